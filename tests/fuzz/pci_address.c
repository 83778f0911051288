/* Texts from sysfs and from the command line. What is accepted must survive the way back. */
#include <stdlib.h>
#include <string.h>

#include "shm/sysfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pci_address address, again;
	char *text = malloc(size + 1), written[PCI_ADDRESS_LENGTH];
	uint32_t number;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	sysfs_parse_hex(text, &number);
	if (pci_address_parse(text, &address)) {
		pci_address_format(&address, written);
		if (!pci_address_parse(written, &again) || again.domain != address.domain ||
		    again.bus != address.bus || again.device != address.device ||
		    again.function != address.function)
			abort();
	}
	free(text);
	return 0;
}
