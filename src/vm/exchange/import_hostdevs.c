/* Devices of the computer that a libvirt domain has: GPUs and what goes with them, USB devices. */
#include <stdlib.h>
#include <string.h>

#include "vm/exchange/import_part.h"

/* ---- PCI ---- */

/* A number in hex or decimal, as libvirt writes them. */
static bool read_part(struct element *address, const char *name, unsigned most, unsigned *out)
{
	const char *text = element_attribute(address, name);
	char *end;

	if (!text) {
		*out = 0;
		return strcmp(name, "domain") == 0 || strcmp(name, "function") == 0;
	}
	guint64 value = g_ascii_strtoull(text, &end, 0);
	*out = (unsigned)value;
	return g_ascii_isdigit(*text) && !*end && value <= most;
}

static bool read_address(struct element *address, struct pci_address *out)
{
	unsigned domain, bus, slot, function;

	if (!address || !read_part(address, "domain", 0xffff, &domain) ||
	    !read_part(address, "bus", 0xff, &bus) || !read_part(address, "slot", 0x1f, &slot) ||
	    !read_part(address, "function", 7, &function))
		return false;
	*out = (struct pci_address){ domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)function };
	return true;
}

/* The whole IOMMU group goes to the guest, so its first function stands for a slot. */
static bool has_slot(const struct import *self, const struct pci_address *address)
{
	for (unsigned i = 0; i < self->vm->gpus->len; i++) {
		const struct pci_address *other =
			&((const struct vm_gpu *)self->vm->gpus->pdata[i])->device.address;
		if (other->domain == address->domain && other->bus == address->bus &&
		    other->device == address->device)
			return true;
	}
	return false;
}

static void import_pci(struct import *self, struct element *hostdev, const char *place)
{
	struct element *rom = element_find(hostdev, "rom");
	const char *bar = element_attribute(rom, "bar"), *file = element_attribute(rom, "file");
	const char *on = element_attribute(rom, "enabled");
	struct pci_address at;
	char text[PCI_ADDRESS_LENGTH];

	if (!read_address(element_find(hostdev, "source/address"), &at)) {
		import_lose(self, place, "has no address that a device could have");
		return;
	}
	pci_address_format(&at, text);
	if (has_slot(self, &at)) {
		import_lose(self, place, "%s goes to the guest with the rest of its slot", text);
		return;
	}
	struct vm_gpu *out = import_add(self, "gpus");
	import_set_of(self, out, "gpus", "mode", "passthrough", place);
	import_set_of(self, out, "gpus", "device", text, place);
	import_set_of(self, out, "gpus", "rom", file, place);
	if (g_strcmp0(bar, "off") == 0 || g_strcmp0(on, "no") == 0)
		import_set_of(self, out, "gpus", "rom-bar", "no", place);
}

/* ---- USB ---- */

static void import_usb(struct import *self, struct element *hostdev, const char *place)
{
	struct element *source = element_find(hostdev, "source");
	const char *vendor = element_attribute(element_find(source, "vendor"), "id");
	const char *product = element_attribute(element_find(source, "product"), "id");

	element_attribute(source, "startupPolicy");
	if (!vendor || !product) {
		element_take_all(source);
		import_lose(self, place,
			    "is named by a number that changes at each plugging; write "
			    "its ids: usb: 046d:c52b (lsusb)");
		return;
	}
	unsigned v = (unsigned)strtoul(vendor, NULL, 16), p = (unsigned)strtoul(product, NULL, 16);
	g_autofree char *text = g_strdup_printf("%04x:%04x", v & 0xffff, p & 0xffff);
	import_set_of(self, import_add(self, "usb"), "usb", "device", text, place);
}

void import_hostdevs(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) hostdevs = element_all(devices, "hostdev");

	for (unsigned i = 0; i < hostdevs->len; i++) {
		struct element *hostdev = hostdevs->pdata[i];
		const char *type = element_attribute(hostdev, "type");
		g_autofree char *place = element_path(hostdev);
		hostdev->taken = true;
		if (g_strcmp0(type, "pci") == 0)
			import_pci(self, hostdev, place);
		else if (g_strcmp0(type, "usb") == 0)
			import_usb(self, hostdev, place);
		else {
			element_take_all(hostdev);
			import_lose(self, place,
				    g_strcmp0(type, "mdev") == 0
					    ? "a mediated device: write gpus with mode: mdev, its "
					      "parent as device and its type; oriel gpu lists them"
					    : "there is no place for devices of this kind");
		}
	}
}
