#include "vm/plan/pick.h"

#include <gio/gio.h>
#include <string.h>

#include "base/nearest.h"
#include "vm/plan/devices.h"
#include "vm/plan/fit.h"
#include "vm/plan/group.h"

typedef bool (*filter)(const struct facts *facts, const struct facts_device *device,
		       const struct vm_gpu *gpu);

/* The caller frees the array. */
static GPtrArray *all_that(filter fits, const struct facts *facts, const struct vm_gpu *gpu)
{
	GPtrArray *all = g_ptr_array_new();

	for (unsigned i = 0; i < facts->devices->len; i++) {
		struct facts_device *device = facts->devices->pdata[i];
		if (fits(facts, device, gpu))
			g_ptr_array_add(all, device);
	}
	return all;
}

static bool is_gpu(const struct facts *facts, const struct facts_device *device,
		   const struct vm_gpu *gpu)
{
	(void)facts, (void)gpu;
	return device_is_gpu(device) && !device->is_vf;
}

static bool is_named(const struct facts *facts, const struct facts_device *device,
		     const struct vm_gpu *gpu)
{
	(void)facts;
	return !device->is_vf && device->vendor == gpu->device.vendor &&
	       device->product == gpu->device.product;
}

static bool is_other(const struct facts *facts, const struct facts_device *device,
		     const struct vm_gpu *gpu)
{
	return is_gpu(facts, device, gpu) && !device->desktop;
}

static bool is_desktops(const struct facts *facts, const struct facts_device *device,
			const struct vm_gpu *gpu)
{
	return is_gpu(facts, device, gpu) && device->desktop;
}

/* A GPU that can be shared may well be the desktop's. */
static bool can_share(const struct facts *facts, const struct facts_device *device,
		      const struct vm_gpu *gpu)
{
	g_autofree char *why = is_gpu(facts, device, gpu)
				       ? fit_why_not(facts, device, gpu->mode, NULL)
				       : NULL;

	return is_gpu(facts, device, gpu) && !why;
}

/* ---- one of them ---- */

static void refuse_none(const char *what, const struct facts *facts, unsigned number,
			GError **error)
{
	g_autoptr(GPtrArray) gpus = all_that(is_gpu, facts, NULL);
	g_autofree char *names = group_names(gpus);

	if (gpus->len)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "gpus[%u].device: this computer has no %s; its GPUs are %s", number,
			    what, names);
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "gpus[%u].device: this computer has no GPU on PCI", number);
}

static const struct facts_device *only(const GPtrArray *found, const char *what,
				       const struct facts *facts, unsigned number, GError **error)
{
	g_autofree char *names = group_names(found);

	if (found->len == 1)
		return found->pdata[0];
	if (found->len)
		g_set_error(
			error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			"gpus[%u].device: this computer has more than one %s: %s: give the address "
			"of one",
			number, what, names);
	else
		refuse_none(what, facts, number, error);
	return NULL;
}

static const struct facts_device *pick_address(const struct facts *facts, const struct vm_gpu *gpu,
					       unsigned number, GError **error)
{
	const struct facts_device *device = device_at(facts, &gpu->device.address);
	char address[PCI_ADDRESS_LENGTH];
	g_autoptr(GPtrArray) none = g_ptr_array_new();

	pci_address_format(&gpu->device.address, address);
	return device ? device : only(none, address, facts, number, error);
}

static const struct facts_device *pick_id(const struct facts *facts, const struct vm_gpu *gpu,
					  unsigned number, GError **error)
{
	g_autoptr(GPtrArray) found = all_that(is_named, facts, gpu);
	g_autofree char *what = g_strdup_printf("%04x:%04x", gpu->device.vendor,
						gpu->device.product);

	return only(found, what, facts, number, error);
}

static const char *why_no_other(const struct facts *facts)
{
	g_autoptr(GPtrArray) desktops = all_that(is_desktops, facts, NULL);

	return desktops->len == 1 ? "GPU but the desktop's (mode single takes that one)"
				  : "GPU without a monitor (give the address of one)";
}

static const struct facts_device *pick_other(const struct facts *facts, const struct vm_gpu *gpu,
					     unsigned number, GError **error)
{
	g_autoptr(GPtrArray) shared = all_that(can_share, facts, gpu);
	g_autoptr(GPtrArray) others = all_that(is_other, facts, gpu);

	if (gpu->mode > VM_GPU_SINGLE && shared->len == 1)
		return shared->pdata[0];
	return only(others, others->len ? "GPU but the desktop's" : why_no_other(facts), facts,
		    number, error);
}

static const struct facts_device *pick_desktops(const struct facts *facts, const struct vm_gpu *gpu,
						unsigned number, GError **error)
{
	g_autoptr(GPtrArray) desktops = all_that(is_desktops, facts, gpu);
	g_autoptr(GPtrArray) all = all_that(is_gpu, facts, gpu);

	return only(desktops->len ? desktops : all, "GPU of the desktop", facts, number, error);
}

const struct facts_device *pick_device(const struct facts *facts, const struct vm_gpu *gpu,
				       unsigned number, GError **error)
{
	static const struct facts_device *(*const kinds[])(
		const struct facts *, const struct vm_gpu *, unsigned, GError **) = {
		[VM_PICK_NONE] = pick_desktops,
		[VM_PICK_ADDRESS] = pick_address,
		[VM_PICK_ID] = pick_id,
		[VM_PICK_OTHER] = pick_other,
	};

	return kinds[gpu->device.kind](facts, gpu, number, error);
}

/* ---- types ---- */

/* "nvidia-558" for 558. */
static bool has_number(const char *id, const char *number)
{
	const char *dash = strrchr(id, '-');

	return dash && strcmp(dash + 1, number) == 0;
}

static bool is_called(const struct facts_type *type, const char *text)
{
	return g_ascii_strcasecmp(type->id, text) == 0 || has_number(type->id, text) ||
	       (type->name && g_ascii_strcasecmp(type->name, text) == 0);
}

char *pick_list(const GPtrArray *types)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < types->len; i++) {
		const struct facts_type *type = types->pdata[i];
		if (type->free == 0)
			continue;
		g_string_append_printf(out, "%s%s", out->len ? ", " : "", type->id);
		if (type->name)
			g_string_append_printf(out, " (%s)", type->name);
	}
	return g_string_free(out, FALSE);
}

static const char *nearest_type(const GPtrArray *types, const char *text)
{
	struct nearest nearest = nearest_to(text);

	for (unsigned i = 0; i < types->len; i++) {
		const struct facts_type *type = types->pdata[i];
		nearest_offer(&nearest, type->id);
		if (type->name)
			nearest_offer(&nearest, type->name);
	}
	return nearest.best;
}

const struct facts_type *pick_type(const GPtrArray *types, const struct vm_gpu *gpu,
				   unsigned number, GError **error)
{
	for (unsigned i = 0; i < types->len; i++)
		if (is_called(types->pdata[i], gpu->type))
			return types->pdata[i];
	g_autofree char *list = pick_list(types);
	const char *nearest = nearest_type(types, gpu->type);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		    "gpus[%u].type: there is no %s%s%s%s; there is room for %s", number, gpu->type,
		    nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "",
		    *list ? list : "none at all");
	return NULL;
}
