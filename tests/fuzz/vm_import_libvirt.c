/* A libvirt domain. */
#include "vm/exchange/import.h"
#include "vm_yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vm_yaml_try_import(import_libvirt, data, size);
	return 0;
}
