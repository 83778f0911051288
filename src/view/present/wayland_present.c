#include "view/present/wayland_present.h"

#include <time.h>

#include "base/clock.h"

#include "presentation-time-client.h"

/* ---- buffers ---- */

static unsigned count_busy(const struct wayland_present *self)
{
	unsigned busy = 0;

	for (size_t i = 0; i < WAYLAND_BUFFERS; i++)
		busy += self->buffers[i].busy;
	return busy;
}

static void free_buffer(struct wayland_buffer *buffer)
{
	if (buffer->wl)
		wl_buffer_destroy(buffer->wl);
	frame_unref(buffer->frame);
	*buffer = (struct wayland_buffer){ 0 };
}

/* A frame whose buffer is back waits for its presentation only while it is the newest. */
static void trim(struct wayland_present *self)
{
	for (size_t i = 0; i < WAYLAND_FLIGHTS; i++) {
		struct wayland_flight *flight = &self->flights[i];
		if (flight->frame && !flight->buffer && flight->number != self->number)
			g_clear_pointer(&flight->frame, frame_unref);
	}
}

static void tell_ready(struct wayland_present *self)
{
	self->ready_due = count_busy(self) >= self->limit;
	if (!self->ready_due)
		self->present.listener->ready(self->present.data);
}

static void end_hold(struct wayland_present *self, struct wayland_buffer *buffer)
{
	buffer->busy = false;
	for (size_t i = 0; i < WAYLAND_FLIGHTS; i++)
		if (self->flights[i].buffer == buffer)
			self->flights[i].buffer = NULL;
	g_clear_pointer(&buffer->frame, frame_unref);
}

static void on_release(void *data, struct wl_buffer *wl)
{
	struct wayland_buffer *buffer = data;
	struct wayland_present *self = buffer->owner;

	(void)wl;
	end_hold(self, buffer);
	if (!buffer->image.width) /* retired */
		free_buffer(buffer);
	trim(self);
	if (self->ready_due)
		tell_ready(self);
}

/* The picture is on `surface` now; the other one is not mapped, and no one reads what it had. Not
 * every compositor says so. */
static void clear_other_surface(struct wayland_present *self, const struct wl_surface *surface)
{
	for (size_t i = 0; i < WAYLAND_BUFFERS; i++) {
		struct wayland_buffer *buffer = &self->buffers[i];
		if (!buffer->busy || buffer->surface == surface)
			continue;
		end_hold(self, buffer);
		free_buffer(buffer);
	}
	if (self->ready_due)
		tell_ready(self);
}

static const struct wl_buffer_listener buffer_listener = { .release = on_release };

static bool fits(const struct wayland_buffer *buffer, off_t offset,
		 const struct pixel_image *wanted)
{
	return buffer->wl && buffer->offset == offset && pixel_image_same(&buffer->image, wanted) &&
	       buffer->image.pitch == wanted->pitch;
}

struct wayland_buffer *wayland_present_buffer(struct wayland_present *self, off_t offset,
					      const struct pixel_image *wanted)
{
	struct wayland_buffer *unused = NULL, *idle = NULL, *best = NULL;

	for (size_t i = 0; i < WAYLAND_BUFFERS; i++) {
		struct wayland_buffer *buffer = &self->buffers[i];
		if (!buffer->wl)
			unused = buffer;
		else if (!buffer->busy && fits(buffer, offset, wanted))
			best = best && best->dmabuf ? best : buffer;
		else if (!buffer->busy)
			idle = buffer;
	}
	if (best)
		return best;
	if (!unused && idle)
		free_buffer(idle);
	return unused ? unused : idle;
}

bool wayland_present_has_dmabuf(const struct wayland_present *self, off_t offset,
				const struct pixel_image *wanted)
{
	for (size_t i = 0; i < WAYLAND_BUFFERS; i++)
		if (self->buffers[i].dmabuf && fits(&self->buffers[i], offset, wanted))
			return true;
	return false;
}

void wayland_present_adopt(struct wayland_present *self, struct wayland_buffer *buffer,
			   struct wl_buffer *wl, off_t offset, const struct pixel_image *image)
{
	*buffer = (struct wayland_buffer){
		.wl = wl, .owner = self, .offset = offset, .image = *image
	};
	wl_buffer_add_listener(wl, &buffer_listener, buffer);
}

void wayland_present_retire(struct wayland_present *self)
{
	for (size_t i = 0; i < WAYLAND_BUFFERS; i++) {
		if (self->buffers[i].busy)
			self->buffers[i].image = (struct pixel_image){ 0 };
		else
			free_buffer(&self->buffers[i]);
	}
}

/* ---- flights ---- */

static void free_flight(struct wayland_flight *flight)
{
	g_clear_pointer(&flight->callback, wl_callback_destroy);
	g_clear_pointer(&flight->feedback, wp_presentation_feedback_destroy);
	frame_unref(flight->frame);
	*flight = (struct wayland_flight){ 0 };
}

/* `when_ns` 0: it was never seen. */
static void tell_shown(struct wayland_flight *flight, uint64_t when_ns)
{
	struct present *present = &flight->owner->present;

	if (flight->told)
		return;
	flight->told = true;
	if (flight->frame && when_ns)
		frame_presented(flight->frame, when_ns);
	g_clear_pointer(&flight->frame, frame_unref);
	present->listener->shown(present->data, flight->seen_ns, when_ns);
}

static void close_flight(struct wayland_flight *flight)
{
	if (!flight->callback && !flight->feedback)
		free_flight(flight);
}

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct wayland_flight *flight = data;
	struct wayland_present *self = flight->owner;

	const struct wl_surface *newest = flight->number == self->number ? flight->surface : NULL;

	(void)callback;
	g_clear_pointer(&flight->callback, wl_callback_destroy);
	/* Of those that the compositor asks for at one time, one was seen. */
	if (!self->feedback_works)
		tell_shown(flight, time != self->asked_time ? clock_ns() : 0);
	self->asked_time = time;
	close_flight(flight);
	stage_asked(self->wayland);
	if (newest)
		clear_other_surface(self, newest); /* `self` may be gone after it */
}

static const struct wl_callback_listener frame_listener = { .done = on_frame };

static void on_sync_output(void *data, struct wp_presentation_feedback *feedback,
			   struct wl_output *output)
{
	(void)data, (void)feedback, (void)output;
}

uint64_t wayland_present_clock(const struct wayland *wayland, uint64_t when_ns)
{
	struct timespec now;

	if (wayland->clock == CLOCK_MONOTONIC || clock_gettime(wayland->clock, &now) != 0)
		return when_ns;
	return when_ns + clock_ns() - ((uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec);
}

static void on_presented(void *data, struct wp_presentation_feedback *feedback, uint32_t sec_hi,
			 uint32_t sec_lo, uint32_t nsec, uint32_t refresh, uint32_t seq_hi,
			 uint32_t seq_lo, uint32_t flags)
{
	struct wayland_flight *flight = data;
	struct wayland_present *self = flight->owner;
	uint64_t when = ((uint64_t)sec_hi << 32 | sec_lo) * NS_PER_S + nsec;

	(void)feedback, (void)seq_hi, (void)seq_lo, (void)flags;
	g_clear_pointer(&flight->feedback, wp_presentation_feedback_destroy);
	self->feedback_works = true;
	if (refresh)
		self->wayland->window.refresh_mhz = (uint32_t)(NS_PER_S * 1000 / refresh);
	tell_shown(flight, wayland_present_clock(self->wayland, when));
	close_flight(flight);
}

static void on_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	struct wayland_flight *flight = data;

	(void)feedback;
	g_clear_pointer(&flight->feedback, wp_presentation_feedback_destroy);
	if (flight->owner->feedback_works)
		tell_shown(flight, 0);
	close_flight(flight);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = on_sync_output,
	.presented = on_presented,
	.discarded = on_discarded,
};

/* The oldest one makes room where the compositor keeps quiet about too many. */
static struct wayland_flight *new_flight(struct wayland_present *self)
{
	struct wayland_flight *oldest = &self->flights[0];

	for (size_t i = 0; i < WAYLAND_FLIGHTS; i++) {
		if (!self->flights[i].owner)
			return &self->flights[i];
		if (self->flights[i].number < oldest->number)
			oldest = &self->flights[i];
	}
	tell_shown(oldest, 0);
	free_flight(oldest);
	return oldest;
}

static void take_off(struct wayland_present *self, struct wl_surface *surface,
		     struct wayland_buffer *buffer, struct frame *frame)
{
	struct wayland_flight *flight = new_flight(self);
	struct wp_presentation *presentation = self->wayland->presentation;

	*flight = (struct wayland_flight){
		.owner = self,
		.number = ++self->number,
		.seen_ns = frame->seen_ns,
		.frame = buffer->frame ? frame_ref(frame) : NULL,
		.buffer = buffer,
		.surface = surface,
		.callback = wl_surface_frame(surface),
		.feedback = presentation ? wp_presentation_feedback(presentation, surface) : NULL,
	};
	wl_callback_add_listener(flight->callback, &frame_listener, flight);
	if (flight->feedback)
		wp_presentation_feedback_add_listener(flight->feedback, &feedback_listener, flight);
	trim(self);
}

/* ---- showing ---- */

static void damage(struct wl_surface *surface, const struct region *region)
{
	for (uint32_t i = 0; i < region->count; i++)
		wl_surface_damage_buffer(
			surface, (int32_t)region->rects[i].x, (int32_t)region->rects[i].y,
			(int32_t)region->rects[i].width, (int32_t)region->rects[i].height);
}

/* Nothing changed, neither the picture nor its place: no commit. */
static void land(struct wayland_present *self, struct wayland_buffer *buffer, struct frame *frame)
{
	uint64_t now = clock_ns();

	if (!buffer->busy)
		g_clear_pointer(&buffer->frame, frame_unref);
	frame_presented(frame, now);
	self->present.listener->shown(self->present.data, frame->seen_ns, now);
}

static void commit(struct wayland_present *self, struct wayland_buffer *buffer, struct frame *frame)
{
	struct wl_surface *surface;
	struct region region;
	bool fresh;

	frame_damage(frame, self->serial, &region);
	if (region_empty(&region) && !stage_wants(self->wayland, &buffer->image)) {
		land(self, buffer, frame);
		return;
	}
	surface = stage_attach(self->wayland, buffer->wl, &buffer->image, buffer->padding, &fresh);
	stage_damage(self->wayland, &region);
	if (fresh)
		wl_surface_damage_buffer(surface, 0, 0, (int32_t)buffer->image.width,
					 (int32_t)buffer->image.height);
	else
		damage(surface, &region);
	buffer->busy = true;
	buffer->surface = surface;
	take_off(self, surface, buffer, frame);
	stage_commit(self->wayland);
	stage_await(self->wayland);
	wl_display_flush(self->wayland->display);
	self->serial = frame->serial;
}

static void show_due(struct wayland_present *self)
{
	struct wayland_buffer *buffer = self->due;
	struct frame *frame = self->due_frame;

	self->due = NULL;
	self->due_frame = NULL;
	commit(self, buffer, frame);
	frame_unref(frame);
	tell_ready(self);
}

void wayland_present_show(struct wayland_present *self, struct wayland_buffer *buffer,
			  struct frame *frame, bool reads)
{
	self->due = buffer;
	self->due_frame = frame_ref(frame);
	if (reads)
		buffer->frame = frame_ref(frame);
	if (self->wayland->configured)
		show_due(self);
}

/* ---- life ---- */

static void drop_all(struct wayland_present *self)
{
	if (self->disconnected)
		self->disconnected(self);
	for (size_t i = 0; i < WAYLAND_FLIGHTS; i++)
		free_flight(&self->flights[i]);
	for (size_t i = 0; i < WAYLAND_BUFFERS; i++)
		free_buffer(&self->buffers[i]);
	g_clear_pointer(&self->due_frame, frame_unref);
	self->due = NULL;
	g_clear_pointer(&self->pool, wl_shm_pool_destroy);
}

static void on_configured(void *data)
{
	struct wayland_present *self = data;

	if (self->due)
		show_due(self);
}

static void on_disconnected(void *data)
{
	drop_all(data);
}

static void on_reconnected(void *data, const char *why)
{
	struct wayland_present *self = data;

	self->present.listener->failed(self->present.data, why);
}

void wayland_present_init(struct wayland_present *self, struct window *window, unsigned limit)
{
	self->wayland = (struct wayland *)window;
	self->limit = limit;
	self->wayland->watcher = (struct wayland_watcher){ on_configured, on_disconnected,
							   on_reconnected, self };
}

void wayland_present_finish(struct wayland_present *self)
{
	self->wayland->watcher = (struct wayland_watcher){ 0 };
	drop_all(self);
}

bool wayland_present_alive(const struct wayland_present *self)
{
	return self->wayland->display != NULL;
}
