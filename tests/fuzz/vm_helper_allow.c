/* What somebody may have written into /etc/oriel/devices. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vm/helper/allow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), address[PCI_ADDRESS_LENGTH];
	static struct allow allow;
	unsigned line = 0;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	int result = allow_parse(&allow, text, &line);
	if (line == 0 || (result == 0 && allow.count > ALLOW_MOST))
		abort();
	for (unsigned i = 0; result == 0 && i < allow.count; i++) {
		pci_address_format(&allow.entries[i].address, address);
		if (allow.entries[i].interface[0]
			    ? !allow_interface(&allow, allow.entries[i].interface)
			    : !allow_device(&allow, address))
			abort();
	}
	free(text);
	return 0;
}
