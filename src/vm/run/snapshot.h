/* vm/run/snapshot.h - internal snapshots of a machine's qcow2 disks: with its memory while it runs,
 * of the disks alone while it does not.
 */
#ifndef VM_RUN_SNAPSHOT_H
#define VM_RUN_SNAPSHOT_H

#include "qemu/qmp.h"
#include "vm/config/vm.h"

struct snapshot {
	char *tag;
	gint64 made;  /* seconds since 1970 */
	gint64 state; /* bytes of memory and devices; 0: of disks alone */
};

enum snapshot_verb { SNAPSHOT_CREATE, SNAPSHOT_RESTORE, SNAPSHOT_DELETE };

/* struct snapshot of all, oldest first; to be unref'ed. NULL with `error`. */
GPtrArray *snapshots_running(struct qmp *qmp, GError **error);
GPtrArray *snapshots_stopped(const struct vm *vm, GError **error);

/* FALSE with `error` that says why it cannot be. Takes as long as writing the memory does. */
gboolean snapshot_running(struct qmp *qmp, enum snapshot_verb verb, const char *tag,
			  GError **error);
gboolean snapshot_stopped(const struct vm *vm, enum snapshot_verb verb, const char *tag,
			  GError **error);

const struct snapshot *snapshots_find(const GPtrArray *all, const char *tag);

#endif
