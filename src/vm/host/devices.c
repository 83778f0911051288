#include "vm/host/devices.h"

#include <string.h>

#include "vm/host/read.h"
#include "vm/host/text.h"
#include "vm/host/types.h"
#include "vm/plan/devices.h"

#define DEVICES_MAX 4096

/* ---- its files ---- */

static uint64_t read_memory(const char *dir)
{
	char text[READ_MAX];

	return sysfs_read(dir, "resource", text, sizeof(text)) >= 0 ? text_memory(text) : 0;
}

static char *read_driver(const char *dir)
{
	char name[TEXT_LINE_MAX];

	return sysfs_link(dir, "driver", name, sizeof(name)) == 0 ? text_line(name) : NULL;
}

static int read_group(const char *dir)
{
	char name[32];
	long long number;

	return sysfs_link(dir, "iommu_group", name, sizeof(name)) == 0 &&
			       text_number(name, 0, G_MAXINT, &number)
		       ? (int)number
		       : -1;
}

/* ---- its monitors ---- */

static void count_output(struct facts_device *self, const char *card, const char *name)
{
	g_autofree char *dir = g_build_filename(card, name, NULL);
	char status[32];

	if (sysfs_read(dir, "status", status, sizeof(status)) < 0)
		return;
	self->outputs++;
	self->monitors += strcmp(status, "connected\n") == 0;
}

static void count_outputs(struct facts_device *self, const char *card)
{
	g_autoptr(GDir) dir = g_dir_open(card, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, "card"))
			count_output(self, card, name);
}

/* DEVICE/drm/card0/card0-DP-1/status */
static void read_monitors(struct facts_device *self, const char *device)
{
	g_autofree char *drm = g_build_filename(device, "drm", NULL);
	g_autoptr(GDir) dir = g_dir_open(drm, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *card = g_build_filename(drm, name, NULL);
		if (g_str_has_prefix(name, "card"))
			count_outputs(self, card);
	}
}

/* Without a driver of its own it may still be what the firmware's frame buffer shows. */
static bool is_desktops(const struct facts_device *self)
{
	return device_is_gpu(self) && !device_is_kept(self) && (self->boot_vga || self->monitors);
}

/* ---- one of them ---- */

static void read_identity(struct facts_device *self, const char *dir)
{
	self->class_code = read_hex(dir, "class");
	self->vendor = (uint16_t)read_hex(dir, "vendor");
	self->product = (uint16_t)read_hex(dir, "device");
	self->subvendor = (uint16_t)read_hex(dir, "subsystem_vendor");
	self->subproduct = (uint16_t)read_hex(dir, "subsystem_device");
}

static void read_place(struct facts_device *self, const char *dir)
{
	self->driver = read_driver(dir);
	self->override = read_parsed(dir, "driver_override", text_override);
	self->reset = read_parsed(dir, "reset_method", text_reset);
	self->group = read_group(dir);
	self->node = MAX(read_number(dir, "numa_node", -1), -1);
	self->memory = read_memory(dir);
}

static void read_functions(struct facts_device *self, const char *dir)
{
	char parent[PCI_ADDRESS_LENGTH];

	self->is_vf = sysfs_link(dir, "physfn", parent, sizeof(parent)) == 0 &&
		      pci_address_parse(parent, &self->parent);
	self->vfs_most = read_count(dir, "sriov_totalvfs");
	if (self->vfs_most == 0)
		return;
	self->vfs = read_count(dir, "sriov_numvfs");
	self->vf_offset = read_count(dir, "sriov_offset");
	self->vf_stride = read_count(dir, "sriov_stride");
}

static struct facts_device *read_device(const char *dir, const struct pci_address *address)
{
	struct facts_device *self = g_new0(struct facts_device, 1);

	self->address = *address;
	read_identity(self, dir);
	read_place(self, dir);
	read_functions(self, dir);
	if (device_is_gpu(self)) {
		self->boot_vga = read_number(dir, "boot_vga", 0) == 1;
		read_monitors(self, dir);
		self->desktop = is_desktops(self);
	}
	self->types = types_mediated(dir);
	self->vgpus = types_vgpus(dir);
	self->vgpu = read_count(dir, "nvidia/current_vgpu_type");
	return self;
}

static void free_device(gpointer data)
{
	struct facts_device *self = data;

	g_free(self->driver);
	g_free(self->override);
	g_free(self->reset);
	g_ptr_array_unref(self->types);
	g_ptr_array_unref(self->vgpus);
	g_free(self);
}

/* ---- all of them ---- */

static gint by_address(gconstpointer a, gconstpointer b)
{
	const struct facts_device *one = *(struct facts_device *const *)a;
	const struct facts_device *other = *(struct facts_device *const *)b;
	uint64_t first = pci_number(&one->address), second = pci_number(&other->address);

	return (first > second) - (first < second);
}

/* Where the kernel has the file for some (5.15 and later), those without cannot be reset. */
static void settle_resets(GPtrArray *all)
{
	bool known = false;

	for (unsigned i = 0; i < all->len; i++)
		known |= ((const struct facts_device *)all->pdata[i])->reset != NULL;
	for (unsigned i = 0; i < all->len && known; i++) {
		struct facts_device *device = all->pdata[i];
		if (!device->reset)
			device->reset = g_strdup("");
	}
}

GPtrArray *host_devices(const char *sysroot)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(free_device);
	g_autofree char *folder = g_build_filename(sysroot, "/sys/bus/pci/devices", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	struct pci_address address;
	const char *name;

	while (dir && (name = g_dir_read_name(dir)) && all->len < DEVICES_MAX) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (pci_address_parse(name, &address))
			g_ptr_array_add(all, read_device(path, &address));
	}
	g_ptr_array_sort(all, by_address);
	settle_resets(all);
	return all;
}
