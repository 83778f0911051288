/* Presentation feedback: the driver commits the pane's surface when it hands a picture over, and
 * what was asked before that is about this commit. */
#include "base/clock.h"
#include "view/present/beat.h"
#include "view/present/wayland_present.h"

#include "presentation-time-client.h"

#define OUT_MAX 8 /* some compositors never answer: they are not asked any more then */

struct beat_of_wayland {
	struct beat beat;
	struct wayland *wayland;
	struct wl_surface *surface;
	struct wp_presentation_feedback *out[OUT_MAX];
};

static void end(struct beat_of_wayland *self, struct wp_presentation_feedback *feedback)
{
	for (unsigned i = 0; i < OUT_MAX; i++)
		if (self->out[i] == feedback)
			self->out[i] = NULL;
	wp_presentation_feedback_destroy(feedback);
}

static void on_sync_output(void *data, struct wp_presentation_feedback *feedback,
			   struct wl_output *output)
{
	(void)data, (void)feedback, (void)output;
}

static void on_presented(void *data, struct wp_presentation_feedback *feedback, uint32_t sec_hi,
			 uint32_t sec_lo, uint32_t nsec, uint32_t refresh_ns, uint32_t seq_hi,
			 uint32_t seq_lo, uint32_t flags)
{
	struct beat_of_wayland *self = data;
	uint64_t when = ((uint64_t)sec_hi << 32 | sec_lo) * NS_PER_S + nsec;

	(void)seq_hi, (void)seq_lo, (void)flags;
	end(self, feedback);
	if (refresh_ns)
		self->wayland->window.refresh_mhz = (uint32_t)(NS_PER_S * 1000 / refresh_ns);
	self->beat.shown(self->beat.data, wayland_present_clock(self->wayland, when), refresh_ns);
}

static void on_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	end(data, feedback);
}

static const struct wp_presentation_feedback_listener listener = {
	.sync_output = on_sync_output,
	.presented = on_presented,
	.discarded = on_discarded,
};

static struct beat *create(struct window *window, const struct pane *pane)
{
	struct wayland *wayland = (struct wayland *)window;

	if (!wayland->presentation)
		return NULL;
	struct beat_of_wayland *self = g_new0(struct beat_of_wayland, 1);
	self->wayland = wayland;
	self->surface = pane->wl_surface;
	return &self->beat;
}

static struct wp_presentation_feedback **free_place(struct beat_of_wayland *self)
{
	for (unsigned i = 0; i < OUT_MAX; i++)
		if (!self->out[i])
			return &self->out[i];
	return NULL;
}

static void before(struct beat *beat)
{
	struct beat_of_wayland *self = (struct beat_of_wayland *)beat;
	struct wp_presentation_feedback **out = free_place(self);

	if (!out)
		return;
	*out = wp_presentation_feedback(self->wayland->presentation, self->surface);
	wp_presentation_feedback_add_listener(*out, &listener, self);
}

static void destroy(struct beat *beat)
{
	struct beat_of_wayland *self = (struct beat_of_wayland *)beat;

	for (unsigned i = 0; i < OUT_MAX; i++)
		g_clear_pointer(&self->out[i], wp_presentation_feedback_destroy);
	g_free(self);
}

const struct beat_impl beat_wayland = {
	.create = create,
	.before = before,
	.destroy = destroy,
};
