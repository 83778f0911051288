#include "vm/plan/choice.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/plan/build.h"
#include "vm/plan/devices.h"
#include "vm/plan/fit.h"
#include "vm/plan/group.h"
#include "vm/plan/pick.h"

#define NVIDIA 0x10de

struct choosing {
	const struct vm *vm;
	const struct facts *facts;
	GPtrArray *choices; /* so far */
	GPtrArray *given;   /* struct facts_device: of them, so far */
};

bool choice_is_whole(const struct choice *self)
{
	return self->gpu->mode <= VM_GPU_SINGLE;
}

bool choice_is_bound(const struct choice *self)
{
	return self->gpu->mode <= VM_GPU_SRIOV;
}

static void choice_free(gpointer data)
{
	struct choice *self = data;

	g_array_unref(self->functions);
	g_free(self->uuid);
	g_free(self);
}

G_GNUC_PRINTF(4, 5)
static gboolean refuse(const struct choice *self, const char *key, GError **error,
		       const char *format, ...)
{
	char address[PCI_ADDRESS_LENGTH];
	va_list args;

	va_start(args, format);
	g_autofree char *why = g_strdup_vprintf(format, args);
	va_end(args);
	pci_address_format(&self->device->address, address);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "gpus[%u].%s: %s %s", self->number,
		    key, address, why);
	return FALSE;
}

/* ---- whole devices ---- */

static gboolean give(struct choosing *self, struct choice *choice,
		     const struct facts_device *device, GError **error)
{
	if (g_ptr_array_find(self->given, device, NULL))
		return refuse(choice, "device", error, "is this machine's already");
	g_ptr_array_add(self->given, (gpointer)device);
	g_array_append_val(choice->functions, device->address);
	return TRUE;
}

static gboolean choose_whole(struct choosing *self, struct choice *choice, GError **error)
{
	g_autoptr(GPtrArray) functions = group_functions(self->facts, choice->device);

	for (unsigned i = 0; i < functions->len; i++)
		if (!give(self, choice, functions->pdata[i], error))
			return FALSE;
	return TRUE;
}

/* ---- virtual functions ---- */

/* Those that nobody has first, those that wait for guests next, then those of a driver here. One
 * that another machine has is the last resort: that one may have ended by the time of the start,
 * and else its name is what the person needs to hear then. */
static unsigned rank(const struct facts_device *vf)
{
	return vf->taken ? 3 : !vf->driver ? 0 : device_is_kept(vf) ? 1 : 2;
}

static const struct facts_device *free_vf(const struct choosing *self, const GPtrArray *vfs)
{
	const struct facts_device *best = NULL;

	for (unsigned i = 0; i < vfs->len; i++) {
		const struct facts_device *vf = vfs->pdata[i];
		if (!g_ptr_array_find(self->given, vf, NULL) && (!best || rank(vf) < rank(best)))
			best = vf;
	}
	return best;
}

static unsigned count_before(const struct choosing *self, const struct facts_device *device)
{
	unsigned count = 0;

	for (unsigned i = 0; i < self->choices->len; i++)
		count += ((const struct choice *)self->choices->pdata[i])->device == device;
	return count;
}

/* None exists yet: where it will be follows from what the device says of its VFs. */
static gboolean choose_future_vf(struct choosing *self, struct choice *choice, unsigned wanted,
				 GError **error)
{
	const struct facts_device *device = choice->device;
	struct pci_address address = device_vf(device, count_before(self, device));

	if (device->vfs)
		return refuse(choice, "vfs", error,
			      "has %u virtual functions and cannot have %u while those are there: "
			      "take vfs: %u, or remove them",
			      device->vfs, wanted, device->vfs);
	if (device->vf_offset == 0)
		return refuse(choice, "vfs", error,
			      "does not say where its virtual functions will be");
	g_array_append_val(choice->functions, address);
	return TRUE;
}

static gboolean choose_vf(struct choosing *self, struct choice *choice, GError **error)
{
	const struct facts_device *device = choice->device;
	unsigned wanted = MAX((unsigned)choice->gpu->vfs, count_before(self, device) + 1);
	g_autoptr(GPtrArray) vfs = fit_vfs(self->facts, device);

	if (wanted > device->vfs_most)
		return refuse(choice, "vfs", error,
			      "can have %u virtual functions, not %u: take vfs: %u",
			      device->vfs_most, wanted, device->vfs_most);
	choice->vfs = wanted;
	if (wanted > device->vfs)
		return choose_future_vf(self, choice, wanted, error);
	const struct facts_device *vf = free_vf(self, vfs);
	return vf ? give(self, choice, vf, error)
		  : refuse(choice, "vfs", error, "has no virtual function left");
}

/* ---- NVIDIA's vGPUs ---- */

/* Each VF lists what can still be made of it; the first that lists anything says what there is. */
static const GPtrArray *vgpu_types(const GPtrArray *vfs)
{
	for (unsigned i = 0; i < vfs->len; i++) {
		const struct facts_device *vf = vfs->pdata[i];
		if (vf->vgpus->len)
			return vf->vgpus;
	}
	return ((const struct facts_device *)vfs->pdata[0])->vgpus;
}

static bool can_become(const struct facts_device *vf, const char *id)
{
	for (unsigned i = 0; i < vf->vgpus->len && vf->vgpu == 0; i++)
		if (strcmp(((const struct facts_type *)vf->vgpus->pdata[i])->id, id) == 0)
			return true;
	return false;
}

static const struct facts_device *find_vgpu(const struct choosing *self, const GPtrArray *vfs,
					    const char *id, bool made)
{
	for (unsigned i = 0; i < vfs->len; i++) {
		const struct facts_device *vf = vfs->pdata[i];
		bool is = vf->vgpu && vf->vgpu == strtoul(id, NULL, 10);
		if ((made ? is && !vf->taken : can_become(vf, id)) &&
		    !g_ptr_array_find(self->given, vf, NULL))
			return vf;
	}
	return NULL;
}

static gboolean choose_vgpu(struct choosing *self, struct choice *choice, GError **error)
{
	g_autoptr(GPtrArray) vfs = fit_vfs(self->facts, choice->device);
	const struct facts_device *vf = find_vgpu(self, vfs, choice->gpu->type, true);

	choice->made = vf != NULL;
	if (vf)
		return give(self, choice, vf, error);
	choice->type = pick_type(vgpu_types(vfs), choice->gpu, choice->number, error);
	if (!choice->type)
		return FALSE;
	vf = find_vgpu(self, vfs, choice->type->id, false);
	return vf ? give(self, choice, vf, error)
		  : refuse(choice, "type", error, "has no virtual function left for %s",
			   choice->type->name);
}

/* ---- mediated devices ---- */

/* NVIDIA's manager finds the machine of a device by their UUIDs, which are to be the same. */
char *plan_mediated_uuid(const struct vm *vm, const struct facts_device *device, unsigned number,
			 bool first)
{
	g_autofree char *text = g_strdup_printf("gpu %u of %s", number, vm->name);

	return device->vendor == NVIDIA && first ? plan_machine_uuid(vm) : plan_uuid(text);
}

/* Those of this machine that are still to be made of it. */
static unsigned count_wanted(const struct choosing *self, const struct facts_type *type)
{
	unsigned count = 0;

	for (unsigned i = 0; i < self->choices->len; i++) {
		const struct choice *choice = self->choices->pdata[i];
		count += choice->type == type && !choice->made;
	}
	return count;
}

static gboolean choose_mediated(struct choosing *self, struct choice *choice, GError **error)
{
	choice->type = pick_type(choice->device->types, choice->gpu, choice->number, error);
	if (!choice->type)
		return FALSE;
	choice->uuid = plan_mediated_uuid(self->vm, choice->device, choice->number,
					  self->choices->len == 0);
	choice->made = choice->type->made &&
		       g_strv_contains((const char *const *)choice->type->made, choice->uuid);
	if (choice->made || choice->type->free > count_wanted(self, choice->type))
		return TRUE;
	g_autofree char *list = pick_list(choice->device->types);
	return refuse(choice, "type", error, "has no room for another %s; there is room for %s",
		      choice->type->id, *list ? list : "none at all");
}

/* ---- all of them ---- */

static gboolean choose(struct choosing *self, struct choice *choice, GError **error)
{
	static gboolean (*const modes[])(struct choosing *, struct choice *, GError **) = {
		[VM_GPU_PASSTHROUGH] = choose_whole, [VM_GPU_SINGLE] = choose_whole,
		[VM_GPU_SRIOV] = choose_vf,          [VM_GPU_MDEV] = choose_mediated,
		[VM_GPU_NVIDIA_VGPU] = choose_vgpu,
	};

	choice->device = pick_device(self->facts, choice->gpu, choice->number, error);
	if (!choice->device)
		return FALSE;
	if (!choice_is_whole(choice)) {
		g_autofree char *why = fit_why_not(self->facts, choice->device, choice->gpu->mode,
						   NULL);
		if (why)
			return refuse(choice, "device", error, "%s", why);
	}
	return modes[choice->gpu->mode](self, choice, error);
}

/* Whether a group may be taken shows when all of the guest's devices are known. */
static gboolean check_groups(const struct choosing *self, GError **error)
{
	for (unsigned i = 0; i < self->choices->len; i++) {
		const struct choice *choice = self->choices->pdata[i];
		g_autofree char *why = choice_is_whole(choice)
					       ? fit_why_not(self->facts, choice->device,
							     choice->gpu->mode, self->given)
					       : NULL;
		if (why)
			return refuse(choice, "device", error, "%s", why);
	}
	return TRUE;
}

static gboolean choose_all(struct choosing *self, GError **error)
{
	for (unsigned i = 0; i < self->vm->gpus->len; i++) {
		const struct vm_gpu *gpu = self->vm->gpus->pdata[i];
		if (gpu->mode >= VM_GPU_VIRGL)
			continue;
		struct choice *choice = g_new0(struct choice, 1);
		choice->gpu = gpu;
		choice->number = i;
		choice->functions = g_array_new(FALSE, FALSE, sizeof(struct pci_address));
		gboolean chosen = choose(self, choice, error);
		g_ptr_array_add(self->choices, choice);
		if (!chosen)
			return FALSE;
	}
	return check_groups(self, error);
}

GPtrArray *choices_make(const struct vm *vm, const struct facts *facts, GError **error)
{
	g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func(choice_free);
	g_autoptr(GPtrArray) given = g_ptr_array_new();
	struct choosing choosing = { vm, facts, choices, given };

	return choose_all(&choosing, error) ? g_steal_pointer(&choices) : NULL;
}
