#include "vm/plan/devices.h"

#include <string.h>

uint64_t pci_number(const struct pci_address *address)
{
	return (uint64_t)address->domain << 16 | (unsigned)address->bus << 8 |
	       (unsigned)address->device << 3 | address->function;
}

struct pci_address pci_from_number(uint64_t number)
{
	return (struct pci_address){ (uint32_t)(number >> 16), (uint8_t)(number >> 8),
				     (uint8_t)(number >> 3 & 31), (uint8_t)(number & 7) };
}

bool device_is_gpu(const struct facts_device *self)
{
	return self->class_code >> 16 == 0x03;
}

bool device_is_bridge(const struct facts_device *self)
{
	return self->class_code >> 8 == 0x0604;
}

bool device_is_kept(const struct facts_device *self)
{
	return self->driver &&
	       (strstr(self->driver, "vfio") || strcmp(self->driver, "pci-stub") == 0);
}

const struct facts_device *device_at(const struct facts *facts, const struct pci_address *address)
{
	for (unsigned i = 0; i < facts->devices->len; i++) {
		const struct facts_device *device = facts->devices->pdata[i];
		if (pci_number(&device->address) == pci_number(address))
			return device;
	}
	return NULL;
}

struct pci_address device_vf(const struct facts_device *self, unsigned number)
{
	return pci_from_number(pci_number(&self->address) + self->vf_offset +
			       (uint64_t)number * self->vf_stride);
}
