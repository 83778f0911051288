/* Presentation feedback and frame callbacks: the driver commits the pane's surface when it hands a
 * picture over, and what was asked before that is about this commit. */
#include "base/mem.h"
#include "view/present/beat.h"
#include "view/present/wayland_flight.h"

#define OUT_MAX 8 /* some compositors never answer */

struct beat_of_wayland {
	struct beat beat;
	struct wl_surface *surface;
	struct wayland_sky sky;
	struct wayland_flight out[OUT_MAX]; /* by number */
};

static void on_seen(struct wayland_flight *flight, uint64_t when_ns, uint64_t period_ns)
{
	struct beat_of_wayland *self = flight->sky->data;

	self->beat.exact = self->sky.feedback_works;
	self->beat.seen(self->beat.data, flight->number, when_ns, period_ns);
}

static const struct wayland_flight_listener listener = { .seen = on_seen };

static struct beat *create(struct window *window, const struct pane *pane)
{
	struct beat_of_wayland *self = g_new0(struct beat_of_wayland, 1);

	self->surface = pane->wl_surface;
	self->sky = (struct wayland_sky){ (struct wayland *)window, &listener, self, 0, false };
	return &self->beat;
}

static bool before(struct beat *beat, uint64_t number)
{
	struct beat_of_wayland *self = (struct beat_of_wayland *)beat;
	struct wayland_flight *out = &self->out[number % OUT_MAX];

	wayland_flight_miss(out);
	wayland_flight_start(out, &self->sky, number, self->surface);
	stage_await(self->sky.wayland);
	return true;
}

static void destroy(struct beat *beat)
{
	struct beat_of_wayland *self = (struct beat_of_wayland *)beat;

	stage_ignore(self->sky.wayland);
	for (size_t i = 0; i < ARRAY_LEN(self->out); i++)
		wayland_flight_finish(&self->out[i]);
	g_free(self);
}

const struct beat_impl beat_wayland = {
	.create = create,
	.before = before,
	.destroy = destroy,
};
