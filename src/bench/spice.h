/* bench/spice.h - what the parts of `oriel-bench spice` share: a box, and oriel-spice connected to
 * it, with us in the viewer's place. */
#ifndef BENCH_SPICE_H
#define BENCH_SPICE_H

#include <stdbool.h>

#include "bench/bench.h"
#include "bench/box.h"
#include "link/spice.h"

struct spice {
	struct box box;
	struct link *link;
	pid_t program; /* oriel-spice; its worker is a child of that */
	uint32_t connected, abilities;
	uint32_t pictures; /* told so far; given back at once */
	bool watches;      /* there is a surface */
	bool plays;        /* the guest does */
	bool measured;
	struct link_spice_sound_figures figures; /* once that is so */
};

/* A box, and oriel-spice that is connected to its server. */
int spice_init(struct spice *self, struct err *err);
void spice_finish(struct spice *self);

/* Sends at once, or as soon as it can. */
int spice_ask(struct spice *self, enum link_spice_ask type, const void *body, const char *text);

/* Hears what has come, or comes within `ns`: until then or until one message was heard. */
int spice_listen(struct spice *self, uint64_t ns);

/* Until `*flag` or, without one, for all that time. -ETIMEDOUT: it never was. */
int spice_wait(struct spice *self, const bool *flag, uint64_t ns);

pid_t spice_worker(const struct spice *self);

/* The parts, in files of their own. 0, or a negative errno with words. */
int spice_measure_input(struct report *report, const struct bench_options *options,
			struct err *err);
int spice_measure_screen(struct report *report, const struct bench_options *options,
			 struct err *err);
int spice_measure_switch(struct report *report, const struct bench_options *options,
			 struct err *err);
int spice_measure_sound(struct report *report, const struct bench_options *options,
			struct err *err);

#endif
