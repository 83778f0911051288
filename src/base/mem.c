#include "base/mem.h"

uint64_t next_power_of_two(uint64_t value)
{
	uint64_t power = 1;
	while (power < value && power != 0)
		power <<= 1;
	return power;
}
