/* view/present/beat.h - the display tells when it shows what was drawn on a pane.
 *
 * Members: `wayland` (presentation feedback), `x11` (events of the Present extension). Nothing is
 * asked, and nothing wakes this program, but for what is drawn. Main thread only.
 */
#ifndef VIEW_BEAT_H
#define VIEW_BEAT_H

#include "view/window/window.h"

/* What was drawn last, or before that, is visible since `when_ns` (clock_ns()); one refresh takes
 * `period_ns`, 0: unknown. */
typedef void (*beat_shown_func)(void *data, uint64_t when_ns, uint64_t period_ns);

struct beat;

struct beat_impl {
	/* NULL: the display does not tell. Must go before the pane does. */
	struct beat *(*create)(struct window *window, const struct pane *pane);
	/* A picture is about to be handed over, and has been. Optional. */
	void (*before)(struct beat *self);
	void (*after)(struct beat *self);
	void (*destroy)(struct beat *self);
};

struct beat {
	const struct beat_impl *impl;
	beat_shown_func shown;
	void *data;
};

extern const struct beat_impl beat_wayland, beat_x11;

/* For this pane; NULL: its display does not tell. */
struct beat *beat_create(struct window *window, const struct pane *pane, beat_shown_func shown,
			 void *data);

/* NULL is fine for these. */
void beat_before(struct beat *self);
void beat_after(struct beat *self);
void beat_destroy(struct beat *self);

#endif
