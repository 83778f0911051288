/* bench/vm.h - a small machine under emulation with an ivshmem server, for as long as a measurement
 * takes. What a machine for people needs is vm/'s business. */
#ifndef BENCH_VM_H
#define BENCH_VM_H

#include <sys/types.h>

#include "base/err.h"

struct vm {
	char directory[32];
	char socket[64]; /* of the server */
	char initrd[64], kernel[512];
	pid_t server, machine;
};

/* Makes what is to be booted (minutes where packages have to be fetched first, else seconds) and
 * starts the server. `program` is the static one that the guest runs. 0 or a negative errno with
 * words; -ENOENT where this machine lacks what it takes. */
int vm_init(struct vm *self, const char *program, struct err *err);
void vm_finish(struct vm *self);

/* Boots the guest (again): `arguments` are those of its program. -1 with errno. */
int vm_boot(struct vm *self, const char *arguments, struct err *err);

/* What its console has said, to stderr. */
void vm_complain(const struct vm *self);

#endif
