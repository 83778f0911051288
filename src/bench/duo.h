/* bench/duo.h - a paced producer in another process, the library in this one. */
#ifndef BENCH_DUO_H
#define BENCH_DUO_H

#include <oriel/oriel.h>
#include <sys/types.h>

#include "base/err.h"
#include "bench/paced.h"

struct duo {
	struct shm *memory;
	struct paced paced;
	pid_t producer;
	struct oriel *oriel;
};

/* Forks first, so call it before any thread runs. `paced` needs no page, memory or eventfd;
 * `early` as in struct oriel_params. 0 or a negative errno with words. */
int duo_init(struct duo *self, const struct paced *paced, bool early,
	     const struct oriel_listener *listener, void *data, struct err *err);
void duo_finish(struct duo *self);

/* Calls the listener for that long, on this thread. False: a side has given up. */
bool duo_dispatch(struct duo *self, uint64_t ns);

/* clock_ns() of when this picture was captured. */
uint64_t duo_captured_ns(struct oriel_frame *frame);

#endif
