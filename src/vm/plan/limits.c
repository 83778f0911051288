/* What the kernel lets a machine have only when root says so: locked memory, huge pages. */
#include "vm/plan/build.h"

#define MIB 1048576ull

/* A guest's device reaches all of its memory, which must stay where it is for that. What QEMU
 * itself needs beside it is little for each device; where all is to be locked, it is all that QEMU
 * ever maps. */
enum { DEVICE_MIB = 256, QEMU_MIB = 4096 };

static void add_lock(struct plan *self, const struct vm *vm)
{
	uint64_t shared = vm->display.kind == VM_DISPLAY_ORIEL ? plan_memory_size(&vm->display) : 0;
	uint64_t extra = (self->devices->len * DEVICE_MIB + (vm->memory.locked ? QEMU_MIB : 0)) *
			 MIB;
	g_autofree char *bytes = g_strdup_printf("%" G_GUINT64_FORMAT,
						 vm->memory.size + shared + extra);

	if (extra)
		plan_step(self, STEP_ROOT, NULL, PLAN_WORDS("lock", bytes),
			  self->devices->len ? "devices reach memory that may not move"
					     : "the file wants it never swapped out");
}

static void add_pages(struct plan *self, const struct vm *vm)
{
	static const unsigned kib[] = { [VM_PAGES_2M] = 2048, [VM_PAGES_1G] = 1048576 };
	g_autofree char *size = NULL, *count = NULL;

	if (vm->memory.hugepages == VM_PAGES_NORMAL)
		return;
	uint64_t page = (uint64_t)kib[vm->memory.hugepages] << 10;
	size = g_strdup_printf("%u", kib[vm->memory.hugepages]);
	count = g_strdup_printf("%" G_GUINT64_FORMAT, (vm->memory.size + page - 1) / page);
	plan_step(self, STEP_ROOT, NULL, PLAN_WORDS("pages", size, count),
		  "huge pages for the guest's memory");
}

void plan_limits(struct plan *self, const struct vm *vm)
{
	add_lock(self, vm);
	add_pages(self, vm);
}
