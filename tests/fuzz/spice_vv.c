/* A connection file from anywhere. */
#include <stdint.h>
#include <stdlib.h>

#include "spice/vv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vv vv;

	if (!vv_parse(&vv, (const char *)data, size, NULL))
		return 0;
	if (!vv.address.host || !(vv.address.port || vv.address.tls_port))
		abort();
	vv_clear(&vv);
	return 0;
}
