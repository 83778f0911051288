/* GPUs as a person reads them. */
#include <stdarg.h>
#include <string.h>

#include "shm/sysfs.h"
#include "vm/config/schema.h"
#include "vm/gpu/gpu.h"
#include "vm/host/allowed.h"
#include "vm/plan/devices.h"
#include "vm/plan/fit.h"
#include "vm/plan/group.h"

enum { WIDTH = 80, NAME = 33, INDENT = 16 };

/* Words of `text`, in lines that go on below where they began. */
static void append_wrapped(GString *out, const char *label, const char *text)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	glong column = INDENT - 1;

	g_string_append_printf(out, "  %-*s", INDENT - 3, label);
	for (char **word = words; *word; word++) {
		glong length = g_utf8_strlen(*word, -1);
		if (column + 1 + length > WIDTH) {
			g_string_append_printf(out, "\n%*s", INDENT - 1, "");
			column = INDENT - 1;
		}
		g_string_append_printf(out, " %s", *word);
		column += 1 + length;
	}
	g_string_append_c(out, '\n');
}

/* A name, cut where it is too long; columns, not bytes. */
static void append_column(GString *out, const char *text, glong width)
{
	glong length = g_utf8_strlen(text, -1);
	g_autofree char *cut = length > width ? g_utf8_substring(text, 0, width - 2) : NULL;

	g_string_append_printf(out, "%s%s", cut ? cut : text, cut ? ".." : "");
	g_string_append_printf(out, "%*s", (int)(cut ? 0 : width - length), "");
}

/* ---- what it is good for ---- */

static bool is_of_its_kind(const struct facts_device *device, enum vm_gpu_mode mode)
{
	return mode != VM_GPU_NVIDIA_VGPU || device->vendor == 0x10de;
}

static bool has_free(const GPtrArray *types)
{
	for (unsigned i = 0; i < types->len; i++)
		if (((const struct facts_type *)types->pdata[i])->free)
			return true;
	return false;
}

static char *list_types(const GPtrArray *types)
{
	GString *out = g_string_new(has_free(types) ? NULL : "but others have all of them now: ");

	for (unsigned i = 0; i < types->len; i++) {
		const struct facts_type *type = types->pdata[i];
		g_string_append_printf(out, "%s%s", i ? ", " : "", type->id);
		if (type->name)
			g_string_append_printf(out, " (%s)", type->name);
		g_string_append_printf(out, " %u free", type->free);
	}
	return g_string_free(out, FALSE);
}

static char *list_functions(const struct facts *facts, const struct facts_device *device)
{
	g_autoptr(GPtrArray) functions = group_functions(facts, device);

	g_ptr_array_remove_index(functions, 0);
	g_autofree char *names = group_names(functions);
	return functions->len ? g_strdup_printf("with %s", names) : g_strdup("");
}

static char *list_vgpus(const struct facts *facts, const struct facts_device *device)
{
	g_autoptr(GPtrArray) vfs = fit_vfs(facts, device);

	for (unsigned i = 0; i < vfs->len; i++) {
		const struct facts_device *vf = vfs->pdata[i];
		if (vf->vgpus->len)
			return list_types(vf->vgpus);
	}
	return g_strdup("but every virtual function has its type already");
}

/* What is to be said beside "yes". */
static char *how(const struct facts *facts, const struct facts_device *device,
		 enum vm_gpu_mode mode)
{
	switch (mode) {
	case VM_GPU_SRIOV:
		return g_strdup_printf("%u virtual functions, of which %u are there",
				       device->vfs_most, device->vfs);
	case VM_GPU_MDEV:
		return list_types(device->types);
	case VM_GPU_NVIDIA_VGPU:
		return list_vgpus(facts, device);
	default:
		return list_functions(facts, device);
	}
}

static void append_modes(GString *out, const struct facts *facts, const struct facts_device *device)
{
	for (unsigned i = 0; i < VM_GPU_VIRGL; i++) {
		enum vm_gpu_mode mode = (enum vm_gpu_mode)i;
		g_autofree char *why = fit_why_not(facts, device, mode, NULL);
		g_autofree char *more = why ? NULL : how(facts, device, mode);
		g_autofree char *text = why     ? g_strdup_printf("no: %s", why)
					: *more ? g_strdup_printf("yes: %s", more)
						: g_strdup("yes");
		if (is_of_its_kind(device, mode))
			append_wrapped(out, schema_gpu_mode(mode), text);
	}
}

/* ---- the table ---- */

static char *group_of(const struct facts *facts, const struct facts_device *device)
{
	g_autoptr(GPtrArray) strangers = group_strangers(facts, device, NULL);

	return device->group < 0 ? g_strdup("none")
				 : g_strdup_printf("%d, %s", device->group,
						   strangers->len ? "shared" : "alone");
}

static char *monitors_of(const struct facts_device *device)
{
	if (device->outputs)
		return g_strdup_printf("%u of %u", device->monitors, device->outputs);
	return g_strdup(device->desktop ? "desktop" : "-");
}

static void append_row(GString *out, const char *address, const char *name, const char *driver,
		       const char *group, const char *monitors)
{
	append_column(out, address, 12);
	g_string_append(out, "  ");
	append_column(out, name, NAME);
	g_string_append_c(out, ' ');
	append_column(out, driver, 10);
	g_string_append_c(out, ' ');
	append_column(out, group, 12);
	g_string_append_printf(out, " %s\n", monitors);
}

static bool is_allowed(const struct gpu_view *self, const struct facts_device *device)
{
	return allowed_has(self->allowed, device->is_vf ? &device->parent : &device->address);
}

static void append_device(GString *out, const struct gpu_view *self,
			  const struct facts_device *device)
{
	g_autofree char *name = names_of(self->names, device->vendor, device->product);
	g_autofree char *group = group_of(self->facts, device);
	g_autofree char *monitors = monitors_of(device);
	char address[PCI_ADDRESS_LENGTH];

	pci_address_format(&device->address, address);
	g_string_append_c(out, '\n');
	append_row(out, address, name, device->driver ? device->driver : "none", group, monitors);
	append_modes(out, self->facts, device);
	append_wrapped(out, "allowed", is_allowed(self, device) ? "yes" : "not yet");
}

/* What a person would take: the first mode of the first GPU, the desktop's last of all. */
static const struct facts_device *recommend(const struct gpu_view *self, const GPtrArray *devices,
					    enum vm_gpu_mode *mode)
{
	for (int desktops = 0; desktops < 2; desktops++)
		for (unsigned i = 0; i < devices->len; i++) {
			const struct facts_device *device = devices->pdata[i];
			for (int m = 0; m < VM_GPU_VIRGL && device->desktop == desktops; m++) {
				*mode = (enum vm_gpu_mode)m;
				g_autofree char *why = fit_why_not(self->facts, device, *mode,
								   NULL);
				if (!why)
					return device;
			}
		}
	return NULL;
}

static void append_next(GString *out, const struct gpu_view *self, const GPtrArray *devices)
{
	enum vm_gpu_mode mode;
	const struct facts_device *best = recommend(self, devices, &mode);
	char address[PCI_ADDRESS_LENGTH];

	if (!best) {
		g_string_append(out, "\nNone of them is for a guest as things are; oriel doctor "
				     "says what would help.\n");
		return;
	}
	pci_address_format(&best->address, address);
	if (is_allowed(self, best))
		g_string_append(out, "\nNext: in the machine's file\n");
	else
		g_string_append_printf(
			out, "\nNext: oriel gpu allow %s, and in the machine's file\n", address);
	g_string_append_printf(out, "gpus: { mode: %s, device: '%s' }\n", schema_gpu_mode(mode),
			       address);
	if (mode == VM_GPU_SINGLE)
		g_string_append(out, "Your desktop ends then, until the machine does.\n");
}

char *gpu_table(const struct gpu_view *self, const GPtrArray *devices)
{
	GString *out = g_string_new(NULL);

	if (devices->len == 0) {
		g_string_append(out, "This computer has no GPU on PCI.\n");
		return g_string_free(out, FALSE);
	}
	append_row(out, "address", "name", "driver", "group", "monitors");
	for (unsigned i = 0; i < devices->len; i++)
		append_device(out, self, devices->pdata[i]);
	append_next(out, self, devices);
	return g_string_free(out, FALSE);
}

/* ---- all of one ---- */

G_GNUC_PRINTF(3, 4)
static void append_field(GString *out, const char *label, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	append_wrapped(out, label, text);
}

static void append_identity(GString *out, const struct facts_device *device)
{
	append_field(out, "ids", "%04x:%04x, of the board %04x:%04x, class %06x", device->vendor,
		     device->product, device->subvendor, device->subproduct, device->class_code);
	append_field(out, "driver", "%s%s%s", device->driver ? device->driver : "none",
		     device->override ? ", and it may have no other than " : "",
		     device->override ? device->override : "");
	append_field(out, "reset", "%s",
		     !device->reset   ? "this kernel does not say"
		     : *device->reset ? device->reset
				      : "none: after one start it may need a cold boot");
	if (device->memory >> 20)
		append_field(out, "window", "%" G_GUINT64_FORMAT " MiB of its memory at once",
			     device->memory >> 20);
	if (device->node >= 0)
		append_field(out, "memory", "nearest to NUMA node %d", device->node);
}

static void append_group(GString *out, const struct facts *facts, const struct facts_device *device)
{
	g_autoptr(GPtrArray) mates = gpu_mates(facts, device);
	g_autofree char *names = group_names(mates);

	if (device->group < 0)
		append_field(out, "IOMMU group", "none");
	else
		append_field(out, "IOMMU group", "%d, %s%s", device->group,
			     mates->len ? "with " : "alone", names);
}

static void append_screen(GString *out, const struct facts_device *device)
{
	if (!device_is_gpu(device))
		return;
	append_field(out, "monitors", "%u connected, %u possible%s%s", device->monitors,
		     device->outputs, device->boot_vga ? "; the firmware showed itself there" : "",
		     device->desktop ? "; so this is your desktop's" : "");
}

static void append_vfs(GString *out, const struct facts *facts, const struct facts_device *device)
{
	g_autoptr(GPtrArray) vfs = fit_vfs(facts, device);
	g_autofree char *names = group_names(vfs);
	char parent[PCI_ADDRESS_LENGTH];

	pci_address_format(&device->parent, parent);
	if (device->is_vf)
		append_field(out, "part of", "%s", parent);
	if (vfs->len)
		append_field(out, "VFs", "%s", names);
	if (device->vgpu)
		append_field(out, "vGPU type", "%u", device->vgpu);
}

static void append_types(GString *out, const char *label, const GPtrArray *types)
{
	for (unsigned i = 0; i < types->len; i++) {
		const struct facts_type *type = types->pdata[i];
		append_field(out, i ? "" : label, "%s: %u free%s%s%s%s", type->id, type->free,
			     type->name ? ", " : "", type->name ? type->name : "",
			     type->description ? ", " : "",
			     type->description ? type->description : "");
	}
}

char *gpu_details(const struct gpu_view *self, const struct facts_device *device)
{
	GString *out = g_string_new(NULL);
	g_autofree char *name = names_of(self->names, device->vendor, device->product);
	char address[PCI_ADDRESS_LENGTH];

	pci_address_format(&device->address, address);
	g_string_append_printf(out, "%s  %s\n", address, name);
	append_identity(out, device);
	append_group(out, self->facts, device);
	append_screen(out, device);
	append_vfs(out, self->facts, device);
	append_types(out, "mdev types", device->types);
	append_types(out, "vGPU types", device->vgpus);
	append_field(out, "allowed", "%s",
		     is_allowed(self, device) ? "yes: machines may have it"
					      : "not yet: oriel gpu allow lets machines have it");
	g_string_append(out, "modes\n");
	append_modes(out, self->facts, device);
	return g_string_free(out, FALSE);
}
