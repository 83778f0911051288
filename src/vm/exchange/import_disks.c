/* A libvirt domain's disks, CD drives and network cards. */
#include <stdlib.h>
#include <string.h>

#include "vm/exchange/import_part.h"

/* ---- disks ---- */

static unsigned boot_order(struct element *disk)
{
	const char *order = element_attribute(element_find(disk, "boot"), "order");

	return order ? (unsigned)strtoul(order, NULL, 10) : G_MAXUINT;
}

static gint by_boot_order(gconstpointer a, gconstpointer b)
{
	struct element *first = *(struct element *const *)a, *second = *(struct element *const *)b;
	unsigned one = boot_order(first), other = boot_order(second);

	if (one != other)
		return one < other ? -1 : 1;
	return first->number < second->number ? -1 : first->number > second->number;
}

/* NULL: nothing that a file of ours could name. */
static const char *find_source(struct element *disk)
{
	struct element *source = element_find(disk, "source");
	const char *file = element_attribute(source, "file");

	return file ? file : element_attribute(source, "dev");
}

static void import_bus(struct import *self, struct element *disk, struct vm_disk *out,
		       const char *place)
{
	static const struct {
		const char *theirs, *ours, *why;
	} buses[] = {
		{ "virtio", "virtio", NULL },
		{ "nvme", "nvme", NULL },
		{ "sata", "ahci", NULL },
		{ "ide", "ahci", NULL },
		{ "scsi", "virtio",
		  "SCSI became virtio-blk, for which the guest needs another driver (viostor): "
		  "install that before" },
		{ "usb", "ahci", "a USB disk became one on SATA" },
	};
	const char *bus = element_attribute(element_find(disk, "target"), "bus");

	for (size_t i = 0; bus && i < G_N_ELEMENTS(buses); i++) {
		if (strcmp(buses[i].theirs, bus) != 0)
			continue;
		import_set_of(self, out, "disks", "bus", buses[i].ours, place);
		if (buses[i].why)
			import_lose(self, place, "%s", buses[i].why);
		return;
	}
	import_set_of(self, out, "disks", "bus", "ahci", place);
	if (bus)
		import_lose(self, place, "bus %s became SATA", bus);
}

static void import_driver(struct import *self, struct element *disk, struct vm_disk *out,
			  const char *place)
{
	struct element *driver = element_find(disk, "driver");
	const char *cache = element_attribute(driver, "cache");
	const char *discard = element_attribute(driver, "discard");
	const char *type = element_attribute(driver, "type");

	import_set_of(self, out, "disks", "format", type ? type : "raw", place);
	if (cache && (!strcmp(cache, "none") || !strcmp(cache, "unsafe")))
		import_set_of(self, out, "disks", "cache", cache, place);
	else
		import_set_of(self, out, "disks", "cache", "writeback", place);
	if (g_strcmp0(discard, "unmap") != 0)
		import_set_of(self, out, "disks", "discard", "no", place);
}

static bool is_format(const char *type)
{
	return !type || !strcmp(type, "raw") || !strcmp(type, "qcow2");
}

static void import_disk(struct import *self, struct element *disk, const char *place)
{
	const char *source = find_source(disk);
	const char *type = element_attribute(element_find(disk, "driver"), "type");

	if (!source || !is_format(type)) {
		element_take_all(disk);
		import_lose(self, place,
			    source ? "is of format %s; convert it: qemu-img convert -O qcow2"
				   : "is neither a file nor a device of this computer",
			    type);
		return;
	}
	struct vm_disk *out = import_add(self, "disks");
	import_set_of(self, out, "disks", "file", source, place);
	import_bus(self, disk, out, place);
	import_driver(self, disk, out, place);
	if (element_find(disk, "readonly"))
		import_set_of(self, out, "disks", "read-only", "yes", place);
	if (element_find(disk, "serial"))
		import_set_of(self, out, "disks", "serial",
			      element_text(element_find(disk, "serial")), place);
}

static void import_cd(struct import *self, struct element *disk, const char *place)
{
	const char *source = find_source(disk);
	struct vm_cd *out = import_add(self, "cds");

	element_find(disk, "readonly");
	if (!source && element_find(disk, "source"))
		import_lose(self, place, "is no file of this computer; the drive is empty");
	import_set_of(self, out, "cds", "file", source, place);
}

void import_disks(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) disks = element_all(devices, "disk");

	g_ptr_array_sort(disks, by_boot_order);
	for (unsigned i = 0; i < disks->len; i++) {
		struct element *disk = disks->pdata[i];
		const char *device = element_attribute(disk, "device");
		g_autofree char *place = element_path(disk);
		disk->taken = true;
		if (!device || strcmp(device, "disk") == 0)
			import_disk(self, disk, place);
		else if (strcmp(device, "cdrom") == 0)
			import_cd(self, disk, place);
		else {
			element_take_all(disk);
			import_lose(self, place, "there are disks and CD drives, no %s", device);
		}
	}
}

/* ---- network cards ---- */

static void import_kind(struct import *self, struct element *card, struct vm_network *out,
			const char *place)
{
	const char *type = element_attribute(card, "type");
	struct element *source = element_find(card, "source");
	const char *bridge = element_attribute(source, "bridge");
	const char *dev = element_attribute(source, "dev");
	const char *network = element_attribute(source, "network");

	if (g_strcmp0(type, "bridge") == 0 && bridge) {
		import_set_of(self, out, "networks", "kind", "bridge", place);
		import_set_of(self, out, "networks", "via", bridge, place);
	} else if (g_strcmp0(type, "direct") == 0 && dev) {
		import_set_of(self, out, "networks", "kind", "macvtap", place);
		import_set_of(self, out, "networks", "via", dev, place);
	} else if (network) {
		import_lose(self, place,
			    "libvirt's network %s became kind: user; to stay in it: kind: bridge, "
			    "via: its bridge (virsh net-info %s)",
			    network, network);
	} else if (g_strcmp0(type, "user") != 0) {
		import_lose(self, place, "kind %s became user", type ? type : "?");
	}
}

static void import_card(struct import *self, struct element *card, struct vm_network *out,
			const char *place)
{
	const char *model = element_attribute(element_find(card, "model"), "type");
	bool virtio = model && g_str_has_prefix(model, "virtio");

	import_set_of(self, out, "networks", "card", virtio ? "virtio" : "e1000e", place);
	if (model && !virtio && strcmp(model, "e1000e") != 0)
		import_lose(self, place, "card %s became e1000e", model);
	import_set_of(self, out, "networks", "mac",
		      element_attribute(element_find(card, "mac"), "address"), place);
}

static void import_range(struct import *self, struct element *forward, struct element *range,
			 struct vm_network *out, const char *place)
{
	const char *start = element_attribute(range, "start");
	const char *to = element_attribute(range, "to");
	const char *address = element_attribute(forward, "address");
	const struct row *row = section_find(section_find(&schema, "networks")->of, "forward");
	const struct row *port = section_find(row->of, row->of->alone);
	const char *protocol = element_attribute(forward, "proto");

	if (!start || element_attribute(range, "end")) {
		import_lose(self, place, "a range of ports: write each as forward");
		return;
	}
	g_autofree char *text = g_strdup_printf("%s:%s%s%s:%s", protocol ? protocol : "tcp",
						address ? address : "", address ? ":" : "", start,
						to ? to : start);
	import_add_value(self, out->forwards, row->of, port, text, place);
}

static void import_forwards(struct import *self, struct element *card, struct vm_network *out,
			    const char *place)
{
	g_autoptr(GPtrArray) forwards = element_all(card, "portForward");

	for (unsigned i = 0; i < forwards->len; i++) {
		struct element *forward = forwards->pdata[i];
		g_autoptr(GPtrArray) ranges = element_all(forward, "range");
		forward->taken = true;
		for (unsigned j = 0; j < ranges->len; j++) {
			((struct element *)ranges->pdata[j])->taken = true;
			import_range(self, forward, ranges->pdata[j], out, place);
		}
	}
}

void import_networks(struct import *self, struct element *devices)
{
	g_autoptr(GPtrArray) cards = element_all(devices, "interface");

	for (unsigned i = 0; i < cards->len; i++) {
		struct element *card = cards->pdata[i];
		struct vm_network *out = import_add(self, "networks");
		g_autofree char *place = element_path(card);
		card->taken = true;
		import_kind(self, card, out, place);
		import_card(self, card, out, place);
		import_forwards(self, card, out, place);
	}
}
