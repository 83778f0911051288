/* A machine of LibVF.IO. */
#include "vm/exchange/import.h"
#include "vm_yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	vm_yaml_try_import(import_libvfio, data, size);
	return 0;
}
