/* view/present/wayland_flight.h - a picture between its commit and the last word about it.
 *
 * When it became visible is told by presentation feedback where that works (some compositors offer
 * it and never send any), else by frame callbacks. Both stop while the window is hidden: nothing
 * may wait for them. Main thread only.
 */
#ifndef VIEW_WAYLAND_FLIGHT_H
#define VIEW_WAYLAND_FLIGHT_H

#include "view/window/wayland/wayland.h"

struct wayland_flight;
struct wayland_sky;

struct wayland_flight_listener {
	/* It is visible since `when_ns` (clock_ns()) in a refresh that takes `period_ns` (0:
	 * unknown); 0: another one replaced it before anybody saw it. Once. */
	void (*seen)(struct wayland_flight *self, uint64_t when_ns, uint64_t period_ns);
	/* The compositor asks for the next picture on the surface of that flight. At most once for
	 * each; the presenter may be gone after it. Optional. */
	void (*asked)(struct wayland_sky *sky, uint64_t number, const struct wl_surface *surface);
};

/* What those from one presenter know together. */
struct wayland_sky {
	struct wayland *wayland;
	const struct wayland_flight_listener *listener;
	void *data;
	uint32_t asked_time; /* of the last frame callback, ms */
	bool feedback_works; /* one has said presented */
};

struct wayland_flight {
	struct wayland_sky *sky; /* NULL: unused */
	uint64_t number;
	struct wl_surface *surface;
	struct wl_callback *callback;
	struct wp_presentation_feedback *feedback;
	bool told;
};

/* The next commit of `surface` is this flight's. */
void wayland_flight_start(struct wayland_flight *self, struct wayland_sky *sky, uint64_t number,
			  struct wl_surface *surface);

/* Nobody will see it; safe on a zeroed one. */
void wayland_flight_miss(struct wayland_flight *self);

/* Nothing more is told. Safe on a zeroed one. */
void wayland_flight_finish(struct wayland_flight *self);

#endif
