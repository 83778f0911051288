#include "vm/init/init.h"

#include <gio/gio.h>
#include <string.h>

#include "vm/config/config.h"
#include "vm/config/schema.h"
#include "vm/config/value.h"
#include "vm/plan/devices.h"
#include "vm/plan/plan.h"

struct maker {
	const struct init_wish *wish;
	const struct facts *facts;
	const struct host_size *size;
	struct vm *vm;
	GHashTable *remarks;
	GError **error;
};

/* ---- what an operating system should have ---- */

static const struct {
	unsigned memory_gib, disk_gib, cores;
	const char *bus, *card;
} systems[] = {
	[VM_WINDOWS11] = { 4, 64, 2, "nvme", "e1000e" },
	[VM_WINDOWS10] = { 2, 40, 1, "nvme", "e1000e" },
	[VM_LINUX] = { 2, 20, 1, "virtio", "virtio" },
	[VM_OTHER] = { 1, 20, 1, "ahci", "e1000e" },
};

enum { MEMORY_MOST_GIB = 16, CORES_MOST = 8, DISK_MORE_GIB = 16 };

/* ---- writing ---- */

G_GNUC_PRINTF(3, 4)
static void remark(struct maker *self, const char *part, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_hash_table_replace(self->remarks, g_strdup(part), g_strdup_vprintf(format, args));
	va_end(args);
}

static const struct section *section_of(const char *part)
{
	return section_find(&schema, part)->of;
}

static bool set(struct maker *self, const struct section *section, void *struct_, const char *key,
		const char *text)
{
	const struct row *row = section_find(section, key);
	void *field = (char *)struct_ + row->field;

	value_clear(row, field);
	g_autofree char *why = value_read(row, text, "/", field);
	if (why && !*self->error)
		g_set_error(self->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s", key,
			    why);
	return !why;
}

/* ---- processors and memory ---- */

/* Half of them, so that this computer stays one. */
static unsigned fitting_cores(const struct maker *self)
{
	unsigned threads = MAX(self->size->threads, 1);
	unsigned cores = MAX(self->size->cpus / threads, 1);
	unsigned least = systems[self->wish->os].cores;

	return CLAMP(cores / 2, MIN(least, MAX(cores, least)), CORES_MOST);
}

static void choose_cpu(struct maker *self)
{
	struct vm_cpu *cpu = &self->vm->cpu;
	unsigned threads = self->size->threads == 2 ? 2 : 1;

	cpu->cores = self->wish->cores ? self->wish->cores : (int)fitting_cores(self);
	cpu->threads = (unsigned)cpu->cores * threads <= self->size->cpus ? (int)threads : 1;
	if (self->size->cpus)
		remark(self, "cpu", "%d processors; this computer has %u",
		       cpu->cores * cpu->threads, self->size->cpus);
}

static bool choose_memory(struct maker *self)
{
	unsigned least = systems[self->wish->os].memory_gib;
	unsigned half = (unsigned)(self->size->memory >> 31);
	g_autofree char *fitting = g_strdup_printf("%uG", CLAMP(half, least, MEMORY_MOST_GIB));

	if (self->size->memory)
		remark(self, "memory", "This computer has %.1f GiB%s",
		       (double)self->size->memory / (1 << 30),
		       half < least ? "; that is little for both" : "");
	return set(self, section_of("memory"), &self->vm->memory, "size",
		   self->wish->memory ? self->wish->memory : fitting);
}

/* ---- disks ---- */

static bool choose_disk(struct maker *self)
{
	const struct section *section = section_of("disks");
	struct vm_disk *disk = config_add(self->vm->disks, section);
	g_autofree char *fitting = g_strdup_printf("%uG", systems[self->wish->os].disk_gib +
								  DISK_MORE_GIB);

	/* Beside the machine's file, wherever that goes. */
	disk->file = g_strconcat(self->wish->name, ".qcow2", NULL);
	remark(self, "disks", "%s", "Created at the first start; it grows as it is filled");
	return set(self, section, disk, "bus", systems[self->wish->os].bus) &&
	       set(self, section, disk, "size", self->wish->disk ? self->wish->disk : fitting);
}

static bool has_drivers(const struct maker *self)
{
	for (const char *const *iso = self->wish->isos; iso && *iso; iso++)
		if (init_is_drivers(*iso))
			return true;
	return false;
}

static void choose_cds(struct maker *self)
{
	for (const char *const *iso = self->wish->isos; iso && *iso; iso++) {
		struct vm_cd *cd = config_add(self->vm->cds, section_of("cds"));
		cd->file = g_strdup(*iso);
	}
	if (plan_is_windows(self->vm) && !has_drivers(self))
		remark(self, "cds", "%s",
		       "Add virtio-win.iso: it has the drivers of the shared memory and of virtio");
	else if (self->vm->cds->len == 0)
		remark(self, "cds", "%s", "Add the installer's image");
}

static bool choose_network(struct maker *self)
{
	const struct section *section = section_of("networks");
	bool virtio = self->wish->unattended && has_drivers(self);

	return set(self, section, config_add(self->vm->networks, section), "card",
		   virtio ? "virtio" : systems[self->wish->os].card);
}

/* ---- GPUs ---- */

static const struct facts_device *next_gpu(const struct facts *facts, unsigned *at)
{
	while (*at < facts->devices->len) {
		const struct facts_device *device = facts->devices->pdata[(*at)++];
		if (device_is_gpu(device) && !device->is_vf)
			return device;
	}
	return NULL;
}

static unsigned count_gpus(const struct facts *facts)
{
	unsigned count = 0, at = 0;

	while (next_gpu(facts, &at))
		count++;
	return count;
}

/* Those that are not the desktop's, in words. */
static void offer_gpus(struct maker *self)
{
	g_autoptr(GString) names = g_string_new(NULL);
	const struct facts_device *device;
	unsigned at = 0;

	while ((device = next_gpu(self->facts, &at))) {
		g_autofree char *address = value_pci_text(&device->address);
		if (!device->desktop)
			g_string_append_printf(names, "%s%s (%04x:%04x)", names->len ? ", " : "",
					       address, device->vendor, device->product);
	}
	if (names->len)
		remark(self, "gpus", "This computer could hand over %s; oriel gpu says more",
		       names->str);
}

static bool add_gpu(struct maker *self, const char *mode)
{
	const struct section *section = section_of("gpus");

	return set(self, section, config_add(self->vm->gpus, section), "mode", mode);
}

static bool give_gpu(struct maker *self)
{
	bool only = count_gpus(self->facts) == 1;

	if (!add_gpu(self, only ? "single" : "passthrough"))
		return false;
	if (only)
		remark(self, "gpus", "%s",
		       "The only one: the desktop ends while the machine runs, and comes back");
	if (only && strcmp(self->wish->gpu, "other") == 0)
		return true;
	return set(self, section_of("gpus"), self->vm->gpus->pdata[0], "device", self->wish->gpu);
}

static bool choose_gpu(struct maker *self)
{
	const char *wish = self->wish->gpu;

	if (wish && strcmp(wish, "none") != 0)
		return give_gpu(self);
	if (wish)
		return true;
	offer_gpus(self);
	if (self->vm->os != VM_LINUX || count_gpus(self->facts) == 0)
		return true;
	remark(self, "gpus", "%s", "This computer's GPU draws for the guest");
	return add_gpu(self, "virgl");
}

/* ---- all of it ---- */

struct vm *init_machine(const struct init_wish *wish, const struct facts *facts,
			const struct host_size *size, GHashTable *remarks, GError **error)
{
	GError *why = NULL;
	struct maker self = { wish, facts, size, config_new(wish->name), remarks, &why };

	if (!self.vm) {
		g_set_error(
			error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			"%s: a machine's name begins with a letter or digit and has nothing but "
			"letters, digits and - _ ., 48 at most",
			wish->name);
		return NULL;
	}
	self.vm->os = wish->os;
	choose_cpu(&self);
	choose_cds(&self);
	if (choose_memory(&self) && choose_disk(&self) && choose_network(&self) &&
	    choose_gpu(&self))
		return self.vm;
	config_free(self.vm);
	g_propagate_error(error, why);
	return NULL;
}
