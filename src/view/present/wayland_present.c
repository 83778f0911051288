#include "view/present/wayland_present.h"

#include "base/clock.h"

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
		struct wayland_frame_flight *flight = &self->flights[i];
		if (flight->frame && !flight->buffer && flight->flight.number != self->number)
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

static void free_flight(struct wayland_frame_flight *self)
{
	wayland_flight_finish(&self->flight);
	g_clear_pointer(&self->frame, frame_unref);
}

static void on_seen(struct wayland_flight *flight, uint64_t when_ns, uint64_t period_ns)
{
	struct wayland_frame_flight *self = (struct wayland_frame_flight *)flight;
	struct wayland_present *owner = flight->sky->data;
	struct present *present = &owner->present;

	(void)period_ns;
	if (self->frame && when_ns)
		frame_presented(self->frame, when_ns);
	g_clear_pointer(&self->frame, frame_unref);
	present->listener->shown(present->data, self->seen_ns, when_ns);
}

static void on_asked(struct wayland_sky *sky, uint64_t number, const struct wl_surface *surface)
{
	struct wayland_present *self = sky->data;

	if (number == self->number)
		clear_other_surface(self, surface);
}

static const struct wayland_flight_listener flight_listener = {
	.seen = on_seen,
	.asked = on_asked,
};

/* The oldest one makes room where the compositor keeps quiet about too many. */
static struct wayland_frame_flight *new_flight(struct wayland_present *self)
{
	struct wayland_frame_flight *oldest = &self->flights[0];

	for (size_t i = 0; i < WAYLAND_FLIGHTS; i++) {
		if (!self->flights[i].flight.sky)
			return &self->flights[i];
		if (self->flights[i].flight.number < oldest->flight.number)
			oldest = &self->flights[i];
	}
	wayland_flight_miss(&oldest->flight);
	return oldest;
}

static void take_off(struct wayland_present *self, struct wl_surface *surface,
		     struct wayland_buffer *buffer, struct frame *frame)
{
	struct wayland_frame_flight *flight = new_flight(self);

	flight->seen_ns = frame->seen_ns;
	flight->frame = buffer->frame ? frame_ref(frame) : NULL;
	flight->buffer = buffer;
	wayland_flight_start(&flight->flight, &self->sky, ++self->number, surface);
	trim(self);
}

/* ---- showing ---- */

static void damage(struct wl_surface *surface, const struct wayland_buffer *buffer,
		   const struct region *region)
{
	for (uint32_t i = 0; i < region->count; i++) {
		const struct rect *rect = &region->rects[i];
		uint32_t y = buffer->flipped ? buffer->image.height - rect->y - rect->height
					     : rect->y;
		wl_surface_damage_buffer(surface, (int32_t)rect->x, (int32_t)y,
					 (int32_t)rect->width, (int32_t)rect->height);
	}
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
	surface = stage_attach(self->wayland, buffer->wl, &buffer->image, buffer->padding,
			       buffer->flipped, &fresh);
	stage_damage(self->wayland, &region);
	if (fresh)
		wl_surface_damage_buffer(surface, 0, 0, (int32_t)buffer->image.width,
					 (int32_t)buffer->image.height);
	else
		damage(surface, buffer, &region);
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
	stage_ignore(self->wayland);
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
	self->sky = (struct wayland_sky){ self->wayland, &flight_listener, self, 0, false };
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
