/* vm/run/keeper.h - one machine from its plan to its end: whoever runs this is the machine's
 * `oriel up`, and nothing of the machine outlives it. Main thread, default main context.
 */
#ifndef VM_RUN_KEEPER_H
#define VM_RUN_KEEPER_H

#include "vm/config/vm.h"
#include "vm/plan/plan.h"

struct keeper_params {
	const struct vm *vm;
	const struct plan *plan;
	const char *file;    /* its YAML's path */
	const char *view;    /* oriel-view; NULL: open no window */
	unsigned patience_s; /* for a guest that was asked to shut down */
	gint64 began_us;     /* monotonic: when this program was started */
	gboolean times;      /* say what starting cost */
	gboolean detached;   /* say no more once it runs */
	int report; /* a socket (front.h): "running" is written there; its reader's end is an order
		     * to shut down, unless detached. -1: none */
};

/* Returns when the machine has ended: an exit status. Says on standard error what happens. */
int keeper_run(const struct keeper_params *params);

#endif
