/* vm/run/qemu.h - one QEMU as a child: started, listened to, gone when we are gone.
 *
 * It gets everything by descriptor: shared memory, initramfs, console, monitor. So it leaves no
 * file and no socket behind however it ends, and the kernel ends it should we be killed.
 * Callbacks come from the default main context; all calls on the main thread.
 */
#ifndef VM_RUN_QEMU_H
#define VM_RUN_QEMU_H

#include <gio/gio.h>
#include <stdint.h>

struct qemu;

struct qemu_params {
	const char *accel;          /* "kvm" or "tcg" */
	const char *kernel;         /* path */
	int initrd;                 /* descriptor of the initramfs; duplicated */
	int memory;                 /* descriptor of the shared memory; duplicated */
	uint64_t memory_size;       /* bytes of it; 0: `memory` is a connection to its ivshmem
				     * server, and the guest has a doorbell */
	unsigned ram_mib;           /* of the guest */
	const char *const *command; /* what init runs, NULL ends; no argument with a space */
	/* Each line of the guest's console, and what QEMU itself has to say. */
	void (*line)(void *data, const char *line);
	void *data;
};

/* NULL with `error` set when there is no QEMU to run. */
struct qemu *qemu_start(const struct qemu_params *params, GError **error);

/* Kills it and waits until it is gone. NULL is fine. */
void qemu_destroy(struct qemu *self);

/* Has it ended by itself? */
gboolean qemu_ended(const struct qemu *self);

/* Sends one command without arguments to the monitor, such as "system_reset" or "quit". */
gboolean qemu_command(struct qemu *self, const char *command, GError **error);

int qemu_pid(const struct qemu *self);

#endif
