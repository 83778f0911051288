#include "view/present/wayland_flight.h"

#include <time.h>

#include "base/clock.h"

#include "presentation-time-client.h"

static void tell(struct wayland_flight *self, uint64_t when_ns, uint64_t period_ns)
{
	if (self->told)
		return;
	self->told = true;
	self->sky->listener->seen(self, when_ns, period_ns);
}

static void end(struct wayland_flight *self)
{
	if (!self->callback && !self->feedback)
		wayland_flight_miss(self);
}

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct wayland_flight *self = data;
	struct wayland_sky *sky = self->sky;
	struct wayland *wayland = sky->wayland;
	const struct wl_surface *surface = self->surface;
	uint64_t number = self->number;

	(void)callback;
	g_clear_pointer(&self->callback, wl_callback_destroy);
	/* Of those that the compositor asks for at one time, one was seen. */
	if (!sky->feedback_works)
		tell(self, time != sky->asked_time ? clock_ns() : 0, 0);
	sky->asked_time = time;
	end(self);
	if (sky->listener->asked)
		sky->listener->asked(sky, number, surface);
	stage_asked(wayland); /* `sky` may be gone already */
}

static const struct wl_callback_listener frame_listener = { .done = on_frame };

static void on_sync_output(void *data, struct wp_presentation_feedback *feedback,
			   struct wl_output *output)
{
	(void)data, (void)feedback, (void)output;
}

/* The stamp's clock may be another one than ours. */
static uint64_t our_time(const struct wayland *wayland, uint64_t when_ns)
{
	struct timespec now;

	if (wayland->clock == CLOCK_MONOTONIC || clock_gettime(wayland->clock, &now) != 0)
		return when_ns;
	return when_ns + clock_ns() - ((uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec);
}

static void on_presented(void *data, struct wp_presentation_feedback *feedback, uint32_t sec_hi,
			 uint32_t sec_lo, uint32_t nsec, uint32_t refresh_ns, uint32_t seq_hi,
			 uint32_t seq_lo, uint32_t flags)
{
	struct wayland_flight *self = data;
	struct wayland *wayland = self->sky->wayland;
	uint64_t when = ((uint64_t)sec_hi << 32 | sec_lo) * NS_PER_S + nsec;

	(void)feedback, (void)seq_hi, (void)seq_lo, (void)flags;
	g_clear_pointer(&self->feedback, wp_presentation_feedback_destroy);
	self->sky->feedback_works = true;
	if (refresh_ns)
		wayland->window.refresh_mhz = (uint32_t)(NS_PER_S * 1000 / refresh_ns);
	tell(self, our_time(wayland, when), refresh_ns);
	end(self);
}

static void on_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	struct wayland_flight *self = data;

	(void)feedback;
	g_clear_pointer(&self->feedback, wp_presentation_feedback_destroy);
	if (self->sky->feedback_works)
		tell(self, 0, 0);
	end(self);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = on_sync_output,
	.presented = on_presented,
	.discarded = on_discarded,
};

void wayland_flight_start(struct wayland_flight *self, struct wayland_sky *sky, uint64_t number,
			  struct wl_surface *surface)
{
	struct wp_presentation *presentation = sky->wayland->presentation;

	*self = (struct wayland_flight){
		.sky = sky,
		.number = number,
		.surface = surface,
		.callback = wl_surface_frame(surface),
		.feedback = presentation ? wp_presentation_feedback(presentation, surface) : NULL,
	};
	wl_callback_add_listener(self->callback, &frame_listener, self);
	if (self->feedback)
		wp_presentation_feedback_add_listener(self->feedback, &feedback_listener, self);
}

void wayland_flight_miss(struct wayland_flight *self)
{
	if (!self->sky)
		return;
	tell(self, 0, 0);
	wayland_flight_finish(self);
}

void wayland_flight_finish(struct wayland_flight *self)
{
	g_clear_pointer(&self->callback, wl_callback_destroy);
	g_clear_pointer(&self->feedback, wp_presentation_feedback_destroy);
	*self = (struct wayland_flight){ 0 };
}
