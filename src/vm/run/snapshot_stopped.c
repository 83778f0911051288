/* While it does not run: qemu-img, disk by disk. */
#include <gio/gio.h>

#include "vm/run/snapshot_list.h"

static gboolean judge(GSubprocess *process, const char *said, const char *file, GError **error)
{
	if (g_subprocess_get_successful(process))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: qemu-img says: %s", file, said);
	return FALSE;
}

/* What it printed; NULL with `error`. */
static char *run(const char *const *words, const char *file, GError **error)
{
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		words, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
	g_autofree char *output = NULL, *said = NULL;

	if (!process || !g_subprocess_communicate_utf8(process, NULL, NULL, &output, &said, error))
		return NULL;
	return judge(process, g_strchomp(said), file, error) ? g_steal_pointer(&output) : NULL;
}

static gboolean is_qcow2(const struct vm_disk *disk)
{
	return disk->format == VM_QCOW2 && !disk->read_only;
}

static gboolean add_of_disk(GPtrArray *all, const char *file, GError **error)
{
	const char *const words[] = { "qemu-img", "info", "--output=json", file, NULL };

	if (!g_file_test(file, G_FILE_TEST_EXISTS)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s: there is no such disk yet; oriel up makes it", file);
		return FALSE;
	}
	g_autofree char *text = run(words, file, error);
	g_autoptr(JsonNode) node = text ? json_from_string(text, error) : NULL;

	if (node)
		snapshots_add(all, qmp_array(qmp_as_object(node), "snapshots"));
	return node != NULL;
}

GPtrArray *snapshots_stopped(const struct vm *vm, GError **error)
{
	GPtrArray *all = snapshots_new();

	for (unsigned i = 0; i < vm->disks->len; i++) {
		const struct vm_disk *disk = vm->disks->pdata[i];
		if (!is_qcow2(disk) || add_of_disk(all, disk->file, error))
			continue;
		g_ptr_array_unref(all);
		return NULL;
	}
	return all;
}

static gboolean check_disks(const struct vm *vm, GError **error)
{
	unsigned count = 0;

	for (unsigned i = 0; i < vm->disks->len; i++) {
		const struct vm_disk *disk = vm->disks->pdata[i];
		count += is_qcow2(disk);
		if (is_qcow2(disk) || disk->read_only)
			continue;
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, SNAPSHOT_RAW, disk->file);
		return FALSE;
	}
	if (!count)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "%s has no qcow2 disk that could keep a snapshot", vm->name);
	return count > 0;
}

gboolean snapshot_stopped(const struct vm *vm, enum snapshot_verb verb, const char *tag,
			  GError **error)
{
	static const char *const letters[] = {
		[SNAPSHOT_CREATE] = "-c", [SNAPSHOT_RESTORE] = "-a", [SNAPSHOT_DELETE] = "-d"
	};
	g_autoptr(GPtrArray) all = check_disks(vm, error) ? snapshots_stopped(vm, error) : NULL;

	if (!all || !snapshots_check(all, verb, tag, error))
		return FALSE;
	for (unsigned i = 0; i < vm->disks->len; i++) {
		const struct vm_disk *disk = vm->disks->pdata[i];
		const char *const words[] = { "qemu-img", "snapshot", letters[verb],
					      tag,        disk->file, NULL };
		g_autofree char *said = is_qcow2(disk) ? run(words, disk->file, error)
						       : g_strdup("");
		if (!said)
			return FALSE;
	}
	return TRUE;
}
