/* tests/e2e/guest.h - a machine of a test's own whose guest speaks on its console: its image, its
 * start, its lines, its end. What is common to tests that start programs is here, too.
 *
 * Everything here but the folder's part fails or skips the running test case by itself.
 */
#ifndef TESTS_E2E_GUEST_H
#define TESTS_E2E_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h" /* of GUEST_WAIT */
#include "test.h"

/* ---- programs ---- */

/* For a child before it executes: it ends with us, and after so many seconds whatever happens. */
void guest_limit_life(unsigned seconds);

/* Kills a child, if it is one, and waits for that. It is 0 then. */
void guest_end(pid_t *child);

/* The youngest child of a program's first thread; 0: none, or this kernel does not tell. */
pid_t guest_child_of(pid_t parent);

/* A folder for the test of that name; not 0 where it cannot be had or not be removed. */
enum { GUEST_FOLDER_SIZE = 64 };
int guest_make_folder(char folder[GUEST_FOLDER_SIZE], const char *name);
int guest_remove_folder(const char *folder);

/* Takes turns until the condition holds. Else the case fails after `ns`, with what follows. */
#define GUEST_WAIT(condition, ns, turn, ...)                                                       \
	do {                                                                                       \
		for (uint64_t until_ = clock_ns() + (ns); !(condition); turn)                      \
			if (clock_ns() >= until_)                                                  \
				test_fail(__VA_ARGS__);                                            \
	} while (0)

/* ---- the machine ---- */

struct guest_machine {
	char folder[GUEST_FOLDER_SIZE];
	char kernel[512]; /* "": no image was made */
	pid_t pid;        /* 0: it does not run */
	int console, monitor;
	char line[256]; /* of the console, as far as it has come */
	size_t length;
};

/* Skip where QEMU, or its SPICE server, is missing. */
void guest_needs_qemu(void);
void guest_needs_spice(void);

/* From now on the QEMU of the distribution's backports is the first to be found; its program is
 * in the folder, which must stay. Skips where it cannot be had. */
void guest_takes_newer_qemu(const char *folder);

/* Has the script that IMAGE names make the initrd in the folder. Skips where it says that it cannot
 * be had here. */
void guest_machine_image(struct guest_machine *self, unsigned patience_s);

/* Runs a shell's script: $1 is the kernel, $2 the initrd, $3 the folder, the others are $4 and $5.
 * Descriptor 3 is for the console, 4 for the monitor. */
void guest_machine_start(struct guest_machine *self, unsigned life_s, const char *script,
			 const char *fourth, const char *fifth);
void guest_machine_stop(struct guest_machine *self);

/* It ended by itself, and was waited for. */
void guest_machine_ended(struct guest_machine *self);

/* Reads what the console has. `hear` gets each line once it is whole, without its end. False: there
 * is nothing more to come. */
bool guest_machine_hear(struct guest_machine *self, void (*hear)(const char *line));

void guest_machine_tell(struct guest_machine *self, const char *words);

#endif
