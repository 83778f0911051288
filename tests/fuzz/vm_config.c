/* A machine's YAML file. */
#include "vm_yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vm_yaml_try((const char *)data, size);
	return 0;
}
