/* tests/e2e/up/linux.h - a machine with a small Linux in it (guest.c), called "linux".
 *
 * Everything here fails the running test case by itself.
 */
#ifndef TESTS_E2E_UP_LINUX_H
#define TESTS_E2E_UP_LINUX_H

/* FOLDER/linux.yaml, with such a "machine:". Skips where there can be no guest. */
void linux_write(const char *machine);

/* Waits until it runs: then line_say() reaches it. */
void linux_call(void);

/* Around all cases; not 0: it cannot be. */
int linux_begin(void);
void linux_end(void);

#endif
