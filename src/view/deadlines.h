/* view/deadlines.h - what the options say must happen after so many seconds or frames.
 * Main thread only. */
#ifndef VIEW_DEADLINES_H
#define VIEW_DEADLINES_H

#include "view/options.h"

struct deadlines_listener {
	void (*exit_due)(void *data);      /* --exit-after */
	void (*shot_due)(void *data);      /* --shot-after: the next picture is the one */
	void (*patience_over)(void *data); /* --timeout */
};

struct deadlines {
	const struct deadlines_listener *listener;
	void *data;
	unsigned exit, shot, patience; /* timers; 0: none runs */
};

/* Starts a timer for each limit in seconds; each calls back once. */
void deadlines_start(struct deadlines *self, const struct options *options,
		     const struct deadlines_listener *listener, void *data);

/* Safe on a zeroed one. */
void deadlines_stop(struct deadlines *self);

/* Is `amount` a count of frames, and has `count` come that far? */
bool amount_reached(const struct amount *amount, uint64_t count);

#endif
