/* KVMFR's blob about the guest. What comes out is printable and ended, whatever goes in. */
#include <stdlib.h>
#include <string.h>

#include "wire/udata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
	if (!memchr(text, 0, size))
		abort();
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_guest guest;
	uint32_t version = 0;
	uint8_t again[WIRE_UDATA_MAX];

	if (wire_udata_read(data, size, &guest, &version) != 0)
		return 0;
	check_text(guest.host_version, sizeof(guest.host_version));
	check_text(guest.capture, sizeof(guest.capture));
	check_text(guest.model, sizeof(guest.model));
	check_text(guest.os_name, sizeof(guest.os_name));
	if (version != 20 || wire_udata_write(&guest, again) > sizeof(again))
		abort();
	return 0;
}
