/* Words at numeric offsets, and nothing else: the peers below share no code with src/. */
#ifndef TESTS_INTEROP_RAW_H
#define TESTS_INTEROP_RAW_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t get32(const uint8_t *memory, uint64_t at)
{
	uint32_t value;
	memcpy(&value, memory + at, 4);
	return value;
}

static inline uint64_t get64(const uint8_t *memory, uint64_t at)
{
	uint64_t value;
	memcpy(&value, memory + at, 8);
	return value;
}

static inline void set32(uint8_t *memory, uint64_t at, uint32_t value)
{
	memcpy(memory + at, &value, 4);
}

static inline void set64(uint8_t *memory, uint64_t at, uint64_t value)
{
	memcpy(memory + at, &value, 8);
}

#endif
