/* Disks and CD drives. */
#include <gio/gio.h>

#include "vm/plan/build.h"
#include "vm/words.h"

static const char *const formats[] = { [VM_QCOW2] = "qcow2", [VM_RAW] = "raw" };
static const char *const caches[] = {
	[VM_CACHE_NONE] = "cache.direct=on",
	[VM_CACHE_WRITEBACK] = "cache.direct=off",
	[VM_CACHE_UNSAFE] = "cache.direct=off,cache.no-flush=on",
};

/* The machine boots from the first disk; an empty one falls through to the CD. */
static unsigned boot_index(const struct vm *vm, unsigned disk)
{
	return disk + 1 + (disk ? vm->cds->len : 0);
}

/* ---- SATA, which the chipset has ---- */

static gboolean add_sata(struct plan *self, const struct vm *vm, const char *why,
			 const char *device, GError **error)
{
	bool q35 = vm->machine.chipset == VM_Q35;
	unsigned place = self->sata++, most = q35 ? 6 : 4;

	if (place >= most) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
			    "%s has more SATA disks and CD drives than the %u that there is room "
			    "for; take bus: virtio or nvme",
			    vm->name, most);
		return FALSE;
	}
	if (q35)
		plan_optionf(self, why, "-device", "%s,bus=ide.%u", device, place);
	else
		plan_optionf(self, why, "-device", "%s,bus=ide.%u,unit=%u", device, place / 2,
			     place % 2);
	return TRUE;
}

/* ---- disks ---- */

static gboolean add_image(struct plan *self, const struct vm_disk *disk, const struct facts *facts,
			  GError **error)
{
	if (!disk->size)
		return TRUE;
	if (!facts->qemu_img) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "there is no qemu-img to create %s; install it (Debian: qemu-utils)",
			    disk->file);
		return FALSE;
	}
	g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size);
	plan_step(self, STEP_DISK, disk->file,
		  PLAN_WORDS(facts->qemu_img, "create", "-q", "-f", formats[disk->format],
			     disk->file, size),
		  "a new disk");
	return TRUE;
}

static void add_drive(struct plan *self, const struct vm_disk *disk, unsigned number)
{
	g_autofree char *file = words_for_qemu(disk->file);
	bool device = g_str_has_prefix(disk->file, "/dev/");

	plan_optionf(self, disk->file, "-blockdev", "driver=%s,node-name=file%u,filename=%s,%s%s%s",
		     device ? "host_device" : "file", number, file, caches[disk->cache],
		     disk->cache == VM_CACHE_NONE ? ",aio=native" : "",
		     disk->discard ? ",discard=unmap" : "");
	plan_optionf(self, "as the guest has it", "-blockdev",
		     "driver=%s,node-name=disk%u,file=file%u%s%s%s", formats[disk->format], number,
		     number, disk->read_only ? ",read-only=on" : "",
		     disk->cache == VM_CACHE_NONE ? ",cache.direct=on" : "",
		     disk->discard ? ",discard=unmap" : "");
}

static gboolean add_device(struct plan *self, const struct vm *vm, const struct vm_disk *disk,
			   unsigned number, GError **error)
{
	/* NVMe has no disk without a number. */
	const char *serial = disk->serial ? disk->serial : disk->bus == VM_NVME ? "oriel" : NULL;
	g_autofree char *device = g_strdup_printf("drive=disk%u,bootindex=%u%s%s", number,
						  boot_index(vm, number), serial ? ",serial=" : "",
						  serial ? serial : "");

	if (disk->bus == VM_AHCI) {
		g_autofree char *sata = g_strconcat("ide-hd,", device, NULL);
		return add_sata(self, vm, "a disk on SATA", sata, error);
	}
	if (disk->bus == VM_NVME)
		plan_device(self, vm, "a disk on NVMe", "nvme,%s", device);
	else
		plan_device(self, vm, "a disk on virtio", "virtio-blk-pci,iothread=io,%s", device);
	return TRUE;
}

static gboolean add_disks(struct plan *self, const struct vm *vm, const struct facts *facts,
			  GError **error)
{
	if (vm->disks->len)
		plan_option(self, "a thread of their own for disks", "-object", "iothread,id=io");
	for (unsigned i = 0; i < vm->disks->len; i++) {
		const struct vm_disk *disk = vm->disks->pdata[i];
		if (!add_image(self, disk, facts, error))
			return FALSE;
		add_drive(self, disk, i);
		if (!add_device(self, vm, disk, i, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- CDs ---- */

/* Installers have drivers for these. */
static gboolean add_cd(struct plan *self, const struct vm *vm, const struct vm_cd *cd,
		       unsigned number, GError **error)
{
	g_autofree char *drive = NULL;

	if (cd->file) {
		g_autofree char *file = words_for_qemu(cd->file);
		plan_optionf(self, cd->file, "-blockdev",
			     "driver=file,node-name=iso%u,filename=%s,read-only=on", number, file);
		plan_optionf(self, "as the guest has it", "-blockdev",
			     "driver=raw,node-name=cd%u,file=iso%u,read-only=on", number, number);
		drive = g_strdup_printf(",drive=cd%u", number);
	}
	g_autofree char *device = g_strdup_printf("ide-cd,id=drive%u,bootindex=%u%s", number,
						  number + 2, drive ? drive : "");
	return add_sata(self, vm, drive ? "in a CD drive" : "an empty CD drive", device, error);
}

gboolean plan_storage(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error)
{
	if (!add_disks(self, vm, facts, error))
		return FALSE;
	for (unsigned i = 0; i < vm->cds->len; i++)
		if (!add_cd(self, vm, vm->cds->pdata[i], i, error))
			return FALSE;
	return TRUE;
}
