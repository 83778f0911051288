/* GPUs as a program reads them; oriel-gpu(1) promises these names. */
#include "vm/json.h"
#include "shm/sysfs.h"
#include "vm/config/schema.h"
#include "vm/gpu/gpu.h"
#include "vm/host/allowed.h"
#include "vm/plan/devices.h"
#include "vm/plan/fit.h"
#include "vm/plan/group.h"

/* No group and no node are null. */
static void add_optional(JsonBuilder *out, const char *name, int number)
{
	if (number < 0)
		json_put_text(out, name, NULL);
	else
		json_put_number(out, name, number);
}

static void add_address(JsonBuilder *out, const char *name, const struct pci_address *address)
{
	char text[PCI_ADDRESS_LENGTH];

	pci_address_format(address, text);
	json_put_text(out, name, text);
}

/* Takes `devices`. */
static void add_addresses(JsonBuilder *out, const char *name, GPtrArray *devices)
{
	json_put_array(out, name);
	for (unsigned i = 0; i < devices->len; i++) {
		char text[PCI_ADDRESS_LENGTH];
		pci_address_format(&((struct facts_device *)devices->pdata[i])->address, text);
		json_builder_add_string_value(out, text);
	}
	json_builder_end_array(out);
	g_ptr_array_unref(devices);
}

static void add_types(JsonBuilder *out, const char *name, const GPtrArray *types)
{
	json_put_array(out, name);
	for (unsigned i = 0; i < types->len; i++) {
		const struct facts_type *type = types->pdata[i];
		json_builder_begin_object(out);
		json_put_text(out, "id", type->id);
		json_put_text(out, "name", type->name);
		json_put_text(out, "description", type->description);
		json_put_number(out, "free", type->free);
		json_builder_end_object(out);
	}
	json_builder_end_array(out);
}

/* Why not; null where it is good for it. */
static void add_modes(JsonBuilder *out, const struct facts *facts,
		      const struct facts_device *device)
{
	json_put_object(out, "modes");
	for (unsigned i = 0; i < VM_GPU_VIRGL; i++) {
		g_autofree char *why = fit_why_not(facts, device, (enum vm_gpu_mode)i, NULL);
		json_put_object(out, schema_gpu_mode(i));
		json_put_bool(out, "fit", !why);
		json_put_text(out, "why", why);
		json_builder_end_object(out);
	}
	json_builder_end_object(out);
}

static void add_identity(JsonBuilder *out, const struct gpu_view *view,
			 const struct facts_device *device)
{
	g_autofree char *name = names_of(view->names, device->vendor, device->product);
	g_autofree char *class_code = g_strdup_printf("%06x", device->class_code);
	g_autofree char *id = g_strdup_printf("%04x:%04x", device->vendor, device->product);
	g_autofree char *board = g_strdup_printf("%04x:%04x", device->subvendor,
						 device->subproduct);

	add_address(out, "address", &device->address);
	json_put_text(out, "name", name);
	json_put_text(out, "class", class_code);
	json_put_text(out, "id", id);
	json_put_text(out, "board", board);
	json_put_text(out, "driver", device->driver);
	json_put_text(out, "override", device->override);
	json_put_text(out, "reset", device->reset);
	add_optional(out, "node", device->node);
	json_put_number(out, "window", (gint64)device->memory);
}

static void add_screen(JsonBuilder *out, const struct facts_device *device)
{
	json_put_number(out, "outputs", device->outputs);
	json_put_number(out, "monitors", device->monitors);
	json_put_bool(out, "boot-vga", device->boot_vga);
	json_put_bool(out, "desktop", device->desktop);
}

static void add_device(JsonBuilder *out, const struct gpu_view *view,
		       const struct facts_device *device)
{
	json_builder_begin_object(out);
	add_identity(out, view, device);
	add_optional(out, "group", device->group);
	add_addresses(out, "group-mates", gpu_mates(view->facts, device));
	add_addresses(out, "functions", group_functions(view->facts, device));
	add_screen(out, device);
	json_put_number(out, "vfs-most", device->vfs_most);
	add_addresses(out, "vfs", fit_vfs(view->facts, device));
	add_types(out, "mdev-types", device->types);
	add_types(out, "vgpu-types", device->vgpus);
	json_put_bool(out, "allowed", allowed_has(view->allowed, &device->address));
	add_modes(out, view->facts, device);
	json_builder_end_object(out);
}

char *gpu_json(const struct gpu_view *self, const GPtrArray *devices)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (unsigned i = 0; i < devices->len; i++)
		add_device(builder, self, devices->pdata[i]);
	json_builder_end_array(builder);
	return json_text(builder);
}
