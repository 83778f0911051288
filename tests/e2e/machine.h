/* tests/e2e/machine.h - a real guest in QEMU, and a consumer built on the public library beside it.
 *
 * Everything here fails or skips the running test case by itself, and everything has a deadline.
 * What a case leaves running is ended by machine_stop_all(), so call that first in each case.
 */
#ifndef TESTS_E2E_MACHINE_H
#define TESTS_E2E_MACHINE_H

#include <oriel/oriel.h>

#include "pixel/format.h"

struct machine;

/* Shared memory for a screen of that size and one consumer of it. No guest yet. */
struct machine *machine_create(uint32_t width, uint32_t height);

/* Boots (again) with this argument of oriel-guest's --capture. Skips where QEMU or the packages for
 * a guest cannot be had. */
void machine_boot(struct machine *self, const char *capture);

/* Power cut. */
void machine_kill(struct machine *self);

/* The reset button. */
void machine_reset(struct machine *self);

/* Lets `checker` look at each picture until it has approved of `count` more, or fails. It returns
 * what is wrong with one, or NULL; the text must be static or belong to the checker. */
typedef const char *(*machine_checker)(void *data, struct oriel_frame *frame);
void machine_watch(struct machine *self, machine_checker checker, void *data, unsigned count,
		   double seconds);

/* Waits for the receiver to call the guest gone. */
void machine_wait_detached(struct machine *self, double seconds);

/* Guests that attached so far. */
unsigned machine_attached(const struct machine *self);

void machine_stop_all(void);

/* The library's format as pixel/ knows it. */
struct pixel_image image_of(const struct oriel_format *format);

#endif
