/* GPUs of this computer: wholly, in parts, or drawing for the guest. */
#include <gio/gio.h>
#include <string.h>

#include "vm/plan/build.h"
#include "vm/plan/choice.h"

static gboolean check_venus(const struct vm *vm, const struct facts *facts, GError **error)
{
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode == VM_GPU_VENUS && facts->qemu_major && facts->qemu_major < 10) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
				    "gpus[%u]: venus needs QEMU 10; this is %u: take virgl", i,
				    facts->qemu_major);
			return FALSE;
		}
	}
	return TRUE;
}

/* The kernel's ways to reset a device are the only ones that it takes. */
static gboolean check_reset(const struct choice *choice, GError **error)
{
	const char *known = choice->device->reset;
	g_auto(GStrv) methods = g_strsplit(known ? known : "", " ", -1);
	g_auto(GStrv) wanted = g_strsplit(choice->gpu->reset ? choice->gpu->reset : "", " ", -1);

	for (char **word = wanted; known && *word; word++)
		if (**word && !g_strv_contains((const char *const *)methods, *word)) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
				    "gpus[%u].reset: %s is not one of the ways to reset that "
				    "device; the kernel knows: %s",
				    choice->number, *word, *known ? known : "none");
			return FALSE;
		}
	return TRUE;
}

gboolean plan_gpu(struct plan *self, const struct vm *vm, const struct facts *facts, GError **error)
{
	if (!check_venus(vm, facts, error))
		return FALSE;
	g_autoptr(GPtrArray) choices = choices_make(vm, facts, error);
	for (unsigned i = 0; choices && i < choices->len; i++)
		if (!check_reset(choices->pdata[i], error))
			return FALSE;
	if (!choices)
		return FALSE;
	choices_options(self, vm, facts, choices);
	choices_notes(self, vm, choices);
	plan_limits(self, vm); /* if there is no memory for it, the desktop may stay */
	choices_steps(self, facts, choices);
	return TRUE;
}
