/* GPUs of this computer. Those that the guest gets wholly or in parts come with the steps that take
 * them from the host, which this version does not have yet: it says so. */
#include <gio/gio.h>

#include "vm/config/schema.h"
#include "vm/plan/build.h"

static gboolean refuse(const struct vm_gpu *gpu, unsigned number, GError **error)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "gpus[%u]: this version does not hand GPUs to guests yet (mode %s); it has "
		    "virgl, venus and none",
		    number, schema_gpu_mode(gpu->mode));
	return FALSE;
}

gboolean plan_gpu(struct plan *self, const struct vm *vm, const struct facts *facts, GError **error)
{
	(void)self;
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode < VM_GPU_VIRGL)
			return refuse(gpu, i, error);
		if (gpu->mode == VM_GPU_VENUS && facts->qemu_major && facts->qemu_major < 10) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
				    "gpus[%u]: venus needs QEMU 10; this is %u: take virgl", i,
				    facts->qemu_major);
			return FALSE;
		}
	}
	return TRUE;
}
