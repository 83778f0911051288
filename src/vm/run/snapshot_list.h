/* vm/run/snapshot_list.h - for snapshot*.c only. */
#ifndef VM_RUN_SNAPSHOT_LIST_H
#define VM_RUN_SNAPSHOT_LIST_H

#include "vm/run/snapshot.h"

/* Of a disk's file. */
#define SNAPSHOT_RAW                                                                               \
	"%s is raw, and has no room for snapshots; qemu-img convert -O qcow2 makes a disk of it "  \
	"that has: name that one in the machine's file"

GPtrArray *snapshots_new(void);

/* Of QEMU's and qemu-img's SnapshotInfo; those already there are passed over. `array` may be
 * NULL. */
void snapshots_add(GPtrArray *all, JsonArray *array);

/* FALSE with `error` where creating finds it, or the others do not. */
gboolean snapshots_check(const GPtrArray *all, enum snapshot_verb verb, const char *tag,
			 GError **error);

#endif
