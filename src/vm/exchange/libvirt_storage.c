/* Disks, CD drives and network cards. */
#include <string.h>

#include "vm/exchange/libvirt_part.h"

static const char *const formats[] = { [VM_QCOW2] = "qcow2", [VM_RAW] = "raw" };

/* ---- disks ---- */

static bool is_block(const struct vm_disk *disk)
{
	return g_str_has_prefix(disk->file, "/dev/");
}

/* "vda", "sda": one letter is enough for what a plan takes. */
static void add_target(struct libvirt *self, const char *kind, const char *bus, unsigned number)
{
	xml_line(&self->xml, "<target dev='%s%c' bus='%s'/>", kind, 'a' + (int)(number % 26), bus);
}

static void add_boot(struct libvirt *self, const char *device)
{
	const char *planned = libvirt_planned(self, "-device", device);
	g_autofree char *order = planned ? libvirt_key(planned, "bootindex") : NULL;

	if (order)
		xml_line(&self->xml, "<boot order='%s'/>", order);
}

static void add_driver(struct libvirt *self, const struct vm_disk *disk)
{
	static const char *const caches[] = { [VM_CACHE_NONE] = "none",
					      [VM_CACHE_WRITEBACK] = "writeback",
					      [VM_CACHE_UNSAFE] = "unsafe" };
	const char *io = disk->cache == VM_CACHE_NONE ? "native" : "threads";
	const char *discard = disk->discard ? "unmap" : "ignore";

	if (disk->bus == VM_VIRTIO)
		xml_line(&self->xml,
			 "<driver name='qemu' type='%s' cache='%s' io='%s' discard='%s' "
			 "iothread='1'/>",
			 formats[disk->format], caches[disk->cache], io, discard);
	else
		xml_line(&self->xml,
			 "<driver name='qemu' type='%s' cache='%s' io='%s' discard='%s'/>",
			 formats[disk->format], caches[disk->cache], io, discard);
}

static void add_source(struct libvirt *self, const struct vm_disk *disk)
{
	if (is_block(disk))
		xml_line(&self->xml, "<source dev='%s'/>", disk->file);
	else
		xml_line(&self->xml, "<source file='%s'/>", disk->file);
}

/* libvirt 9 has no emulated NVMe, but QEMU's arguments are the plan's. */
static void add_nvme(struct libvirt *self, const struct vm_disk *disk, unsigned number)
{
	g_autofree char *node = g_strdup_printf("node-name=file%u", number);
	g_autofree char *drive = g_strdup_printf("drive=disk%u", number);
	g_autofree char *whole = g_strdup_printf("node-name=disk%u", number);
	const char *device = libvirt_planned(self, "-device", drive);
	g_autofree char *order = libvirt_key(device, "bootindex");
	g_autofree char *serial = libvirt_key(device, "serial");

	libvirt_argument(self, "-blockdev", "%s", libvirt_planned(self, "-blockdev", node));
	libvirt_argument(self, "-blockdev", "%s", libvirt_planned(self, "-blockdev", whole));
	libvirt_device(self, "nvme,%s,bootindex=%s,serial=%s", drive, order, serial);
	libvirt_note(self,
		     "disks[%u]: libvirt 9 has no NVMe; it went through QEMU's command line, so "
		     "libvirt neither locks %s nor makes it readable for its QEMU",
		     number, disk->file);
}

static void add_disk(struct libvirt *self, const struct vm_disk *disk, unsigned number)
{
	bool virtio = disk->bus == VM_VIRTIO;
	g_autofree char *drive = g_strdup_printf("drive=disk%u", number);

	if (disk->bus == VM_NVME) {
		add_nvme(self, disk, number);
		return;
	}
	xml_open_with(&self->xml, "disk", "type='%s' device='disk'",
		      is_block(disk) ? "block" : "file");
	add_driver(self, disk);
	add_source(self, disk);
	add_target(self, virtio ? "vd" : "sd",
		   virtio                                ? "virtio"
		   : self->vm->machine.chipset == VM_Q35 ? "sata"
							 : "ide",
		   number);
	if (disk->read_only)
		xml_line(&self->xml, "<readonly/>");
	if (disk->serial)
		xml_line(&self->xml, "<serial>%s</serial>", disk->serial);
	add_boot(self, drive);
	xml_close(&self->xml);
}

static void add_cd(struct libvirt *self, const struct vm_cd *cd, unsigned number)
{
	g_autofree char *id = g_strdup_printf("id=drive%u", number);

	xml_open_with(&self->xml, "disk", "type='file' device='cdrom'");
	xml_line(&self->xml, "<driver name='qemu' type='raw'/>");
	if (cd->file)
		xml_line(&self->xml, "<source file='%s'/>", cd->file);
	add_target(self, "sd", self->vm->machine.chipset == VM_Q35 ? "sata" : "ide",
		   self->vm->disks->len + number);
	xml_line(&self->xml, "<readonly/>");
	add_boot(self, id);
	xml_close(&self->xml);
}

void libvirt_storage(struct libvirt *self)
{
	for (unsigned i = 0; i < self->vm->disks->len; i++)
		add_disk(self, self->vm->disks->pdata[i], i);
	for (unsigned i = 0; i < self->vm->cds->len; i++)
		add_cd(self, self->vm->cds->pdata[i], i);
}

/* ---- network cards ---- */

/* libvirt 9 forwards no ports for a guest. */
static void add_forwarding(struct libvirt *self, const char *model, const char *mac,
			   unsigned number)
{
	g_autofree char *id = g_strdup_printf("id=net%u", number);

	libvirt_argument(self, "-netdev", "%s", libvirt_planned(self, "-netdev", id));
	libvirt_device(self, "%s,netdev=net%u,mac=%s", model, number, mac);
	libvirt_note(self,
		     "networks[%u]: libvirt 9 forwards no ports; the card went through QEMU's "
		     "command line",
		     number);
}

static void add_network(struct libvirt *self, const struct vm_network *network, unsigned number)
{
	static const char *const kinds[] = { [VM_NETWORK_USER] = "user",
					     [VM_NETWORK_BRIDGE] = "bridge",
					     [VM_NETWORK_MACVTAP] = "direct" };
	bool virtio = network->card == VM_CARD_VIRTIO;
	g_autofree char *id = g_strdup_printf("netdev=net%u", number);
	const char *planned = libvirt_planned(self, "-device", id);
	g_autofree char *mac = planned ? libvirt_key(planned, "mac") : g_strdup(network->mac);

	if (network->forwards->len) {
		add_forwarding(self, virtio ? "virtio-net-pci" : "e1000e", mac, number);
		return;
	}
	xml_open_with(&self->xml, "interface", "type='%s'", kinds[network->kind]);
	if (mac)
		xml_line(&self->xml, "<mac address='%s'/>", mac);
	if (network->kind == VM_NETWORK_BRIDGE)
		xml_line(&self->xml, "<source bridge='%s'/>", network->via);
	if (network->kind == VM_NETWORK_MACVTAP)
		xml_line(&self->xml, "<source dev='%s' mode='bridge'/>", network->via);
	xml_line(&self->xml, "<model type='%s'/>", virtio ? "virtio" : "e1000e");
	xml_close(&self->xml);
}

void libvirt_networks(struct libvirt *self)
{
	for (unsigned i = 0; i < self->vm->networks->len; i++)
		add_network(self, self->vm->networks->pdata[i], i);
}
