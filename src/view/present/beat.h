/* view/present/beat.h - the display tells when it shows what was drawn on a pane.
 *
 * Members: `wayland` (presentation feedback, else frame callbacks), `x11` (events of the Present
 * extension). Nothing is asked, and nothing wakes this program, but for what is drawn. Main thread
 * only.
 */
#ifndef VIEW_BEAT_H
#define VIEW_BEAT_H

#include "view/window/window.h"

/* The drawing of that number (0: it has none, or an older one) is visible since `when_ns`
 * (clock_ns(); 0: nobody saw it); one refresh takes `period_ns`, 0: unknown. */
typedef void (*beat_seen_func)(void *data, uint64_t number, uint64_t when_ns, uint64_t period_ns);

struct beat;

struct beat_impl {
	/* NULL: the display does not tell. Must go before the pane does. */
	struct beat *(*create)(struct window *window, const struct pane *pane);
	/* A picture is about to be handed over. True: its end is told by this number, once. */
	bool (*before)(struct beat *self, uint64_t number);
	void (*after)(struct beat *self); /* it has been; optional */
	void (*destroy)(struct beat *self);
};

struct beat {
	const struct beat_impl *impl;
	beat_seen_func seen;
	void *data;
	bool exact; /* what it tells are moments of refreshes, not only news of them */
};

extern const struct beat_impl beat_wayland, beat_x11;

/* For this pane; NULL: its display does not tell. */
struct beat *beat_create(struct window *window, const struct pane *pane, beat_seen_func seen,
			 void *data);

/* NULL is fine for these. Numbers go up by one, from 1. */
bool beat_before(struct beat *self, uint64_t number);
void beat_after(struct beat *self);
void beat_destroy(struct beat *self);

#endif
