#include "vm/run/uses.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/helper/verbs.h"
#include "vm/run/lock.h"
#include "vm/run/register.h"

#define FOLDER ".in-use" /* no machine is called so */

struct uses {
	GPtrArray *locks;
	char *text; /* "win11 4242" */
};

static char *path_of(const char *what)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, what, -1);
	g_autofree char *folder = register_run(FOLDER);

	return g_build_filename(folder, sum, NULL);
}

static gboolean take(struct uses *self, const char *what, GError **error)
{
	g_autofree char *folder = register_run(FOLDER);
	g_autofree char *path = path_of(what);
	g_autoptr(GError) why = NULL;

	g_mkdir_with_parents(folder, 0700);
	struct lock *lock = lock_take(path, self->text, &why);
	if (lock) {
		g_ptr_array_add(self->locks, lock);
		return TRUE;
	}
	g_autofree char *holder = lock_holder(path);
	if (holder && holder[0]) {
		holder[strcspn(holder, " ")] = '\0';
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
			    "%s is in use by %s, which runs: oriel down %s", what, holder, holder);
	} else {
		g_propagate_error(error, g_steal_pointer(&why));
	}
	return FALSE;
}

/* Two names of one file are one disk. */
static gboolean take_file(struct uses *self, const char *file, GError **error)
{
	char *real = realpath(file, NULL);
	gboolean taken = take(self, real ? real : file, error);

	free(real);
	return taken;
}

static gboolean take_disks(struct uses *self, const struct vm *vm, GError **error)
{
	for (unsigned i = 0; i < vm->disks->len; i++) {
		const struct vm_disk *disk = vm->disks->pdata[i];
		if (!disk->read_only && !take_file(self, disk->file, error))
			return FALSE;
	}
	for (char **evdev = vm->input.evdev; *evdev; evdev++)
		if (!take_file(self, *evdev, error))
			return FALSE;
	return TRUE;
}

/* What the helper binds, or makes something of that QEMU gets. */
static gboolean is_exclusive(const char *verb)
{
	return strcmp(verb, verbs[VERB_BIND].name) == 0 || strcmp(verb, verbs[VERB_VGPU].name) == 0;
}

static gboolean take_devices(struct uses *self, const struct plan *plan, GError **error)
{
	for (unsigned i = 0; i < plan->steps->len; i++) {
		const struct step *step = plan->steps->pdata[i];
		if (step->kind == STEP_ROOT && step->words[0] && step->words[1] &&
		    is_exclusive(step->words[0]) && !take(self, step->words[1], error))
			return FALSE;
	}
	return TRUE;
}

/* Memory that is a device, both would write to. */
static gboolean take_memory(struct uses *self, const struct vm *vm, const struct plan *plan,
			    GError **error)
{
	return vm->display.memory != VM_SHARED_KVMFR || !plan->memory ||
	       take_file(self, plan->memory, error);
}

struct uses *uses_take(const struct vm *vm, const struct plan *plan, GError **error)
{
	struct uses *self = g_new0(struct uses, 1);

	self->locks = g_ptr_array_new_with_free_func((GDestroyNotify)lock_release);
	self->text = g_strdup_printf("%s %d", vm->name, (int)getpid());
	if (take_disks(self, vm, error) && take_memory(self, vm, plan, error) &&
	    take_devices(self, plan, error))
		return self;
	uses_release(self);
	return NULL;
}

void uses_mark(struct facts *facts, const char *machine)
{
	char address[PCI_ADDRESS_LENGTH];

	for (unsigned i = 0; i < facts->devices->len; i++) {
		struct facts_device *device = facts->devices->pdata[i];
		if (!device->is_vf)
			continue;
		pci_address_format(&device->address, address);
		g_autofree char *path = path_of(address);
		g_autofree char *holder = lock_holder(path);
		if (holder)
			holder[strcspn(holder, " ")] = '\0';
		device->taken = holder && strcmp(holder, machine) != 0;
	}
}

void uses_sweep(void)
{
	g_autofree char *folder = register_run(FOLDER);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		lock_release(lock_take(path, "", NULL));
	}
	g_rmdir(folder);
}

void uses_release(struct uses *self)
{
	if (!self)
		return;
	g_autofree char *folder = register_run(FOLDER);
	g_ptr_array_unref(self->locks);
	g_rmdir(folder); /* if nobody else has anything */
	g_free(self->text);
	g_free(self);
}
