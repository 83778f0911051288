/* tests/e2e/reporter.h - a guest whose cases are the test's: what it says in TAP is passed on, the
 * rest as a remark.
 */
#ifndef TESTS_E2E_REPORTER_H
#define TESTS_E2E_REPORTER_H

#include "e2e/guest.h"

/* How its machine begins. `memory` is in MiB. */
#define REPORTER_QEMU(memory)                                                                      \
	"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -smp 2 -m " memory        \
	" -nodefaults -no-user-config -display none -no-reboot "                                   \
	"-chardev socket,id=console,fd=3 -serial chardev:console "

/* Our file system, read-only. */
#define REPORTER_FILES                                                                             \
	"-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "

#define REPORTER_KERNEL "-kernel \"$1\" -initrd \"$2\" "

struct reporter {
	const char *name;
	unsigned life_s, quiet_s; /* it may say nothing for so long; then it has hung */
	/* Makes in the machine's folder what its image or script needs; or NULL. */
	void (*prepare)(const struct guest_machine *machine);
	const char *script; /* as of guest_machine_start(), and what it gets */
	const char *fourth, *fifth;
};

/* The exit status of the test. */
int reporter_run(const struct reporter *self);

int reporter_skip(const char *why);

#endif
