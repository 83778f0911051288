#include "spice/display.h"

#include <assert.h>
#include <spice-client.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "spice/surface.h"

#define BLANK_MS  1000            /* a change of modes is over by then */
#define AGAIN_MS  1000            /* until a channel that broke is opened again */
#define BURST_NS  (4 * NS_PER_MS) /* rectangles of so long become one picture */
#define GLANCE_NS (3 * NS_PER_S)

static_assert((int)LINK_SPICE_RECTS_MAX == (int)REGION_MAX, "a region fits a message");

/* Opening and closing take a while; neither can be called off. */
enum stage { IDLE, OPENING, OPEN, CLOSING };

struct display;

struct outlet {
	struct display *owner;
	SpiceChannel *channel;
	int id;
	enum stage stage;
};

struct display {
	struct part part;
	SpiceMainChannel *main; /* NULL: no connection */
	GPtrArray *outlets;     /* struct outlet: display and cursor channels there are */
	uint32_t monitor;
	bool watched;
	bool glance; /* the screen's size is to be looked up */
	uint64_t glanced_ns;

	/* Of the watched display. */
	struct outlet *shown;  /* NULL: none */
	const uint8_t *pixels; /* the library's, of all of the primary surface; NULL: none */
	int width, height, stride, format;
	bool marked;      /* the server says that it is worth showing */
	struct rect view; /* what the monitor has of it */
	struct surface *surface;
	uint32_t number; /* of that surface */
	uint64_t dirty_ns;
	unsigned copier, blanker, reopener; /* sources; 0: none */

	bool pointer_visible, pointer_placed;
	int x, y;
};

/* ---- to the viewer ---- */

static void tell_blank(struct display *self, enum link_spice_blank why)
{
	struct link_spice_blanked body = { why };

	service_tell(self->part.service, LINK_SPICE_DISPLAY_BLANK, &body, NULL, NULL);
}

static void stop(unsigned *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void drop_surface(struct display *self)
{
	stop(&self->copier);
	stop(&self->blanker);
	g_clear_pointer(&self->surface, surface_destroy);
}

static void blank(struct display *self, enum link_spice_blank why)
{
	drop_surface(self);
	tell_blank(self, why);
}

static gboolean on_still_blank(gpointer data)
{
	struct display *self = data;

	self->blanker = 0;
	tell_blank(self, LINK_SPICE_BLANK_OFF);
	return G_SOURCE_REMOVE;
}

static void blank_soon(struct display *self)
{
	drop_surface(self);
	if (self->watched)
		self->blanker = g_timeout_add(BLANK_MS, on_still_blank, self);
}

static void tell_surface(struct display *self)
{
	const struct pixel_image *image = surface_image(self->surface);
	const int fd = surface_fd(self->surface);
	struct link_spice_surface body = {
		.surface = ++self->number,
		.monitor = self->monitor,
		.width = image->width,
		.height = image->height,
		.pitch = image->pitch,
		.slots = surface_slots(self->surface),
		.slot_size = surface_slot_size(self->surface),
	};

	service_tell(self->part.service, LINK_SPICE_DISPLAY_SURFACE, &body, NULL, &fd);
}

static void tell_frame(struct display *self, int slot, const struct region *damage, uint64_t bytes)
{
	struct link_spice_frame body = { .surface = self->number,
					 .slot = (uint32_t)slot,
					 .count = damage->count,
					 .bytes_copied = bytes };

	for (uint32_t i = 0; i < damage->count; i++)
		body.rects[i] = (struct link_spice_rect){ damage->rects[i].x, damage->rects[i].y,
							  damage->rects[i].width,
							  damage->rects[i].height };
	service_tell(self->part.service, LINK_SPICE_DISPLAY_FRAME, &body, NULL, NULL);
}

/* ---- pictures ---- */

static enum surface_depth depth_of(int format)
{
	return format == SPICE_SURFACE_FMT_16_565   ? SURFACE_565
	       : format == SPICE_SURFACE_FMT_16_555 ? SURFACE_555
						    : SURFACE_32;
}

static bool copy(struct display *self)
{
	const enum surface_depth depth = depth_of(self->format);
	const size_t bytes = depth == SURFACE_32 ? 4 : 2;
	const struct surface_pixels from = {
		.first = self->pixels + (size_t)self->view.y * (size_t)self->stride +
			 self->view.x * bytes,
		.stride = (size_t)self->stride,
		.depth = depth,
	};
	struct region damage;
	uint64_t copied;
	int slot = surface_write(self->surface, &from, &damage, &copied);

	if (slot >= 0)
		tell_frame(self, slot, &damage, copied);
	return slot >= 0;
}

static gboolean on_quiet(gpointer data)
{
	struct display *self = data;

	self->copier = 0;
	copy(self); /* without a free slot: when there is one */
	return G_SOURCE_REMOVE;
}

/* What comes in one go is one picture: the library reads on before the low priority has its turn.
 * But a guest that never pauses is shown, too. */
static void schedule(struct display *self)
{
	uint64_t now = clock_ns();

	if (!self->marked || !self->surface || !surface_dirty(self->surface))
		return;
	if (!self->copier) {
		self->dirty_ns = now;
		self->copier = g_idle_add_full(G_PRIORITY_LOW, on_quiet, self, NULL);
	} else if (now - self->dirty_ns > BURST_NS && copy(self)) {
		stop(&self->copier);
	}
}

static void on_invalidate(SpiceChannel *channel, gint x, gint y, gint width, gint height,
			  gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;
	const int64_t left = self->view.x, top = self->view.y;
	const int64_t x0 = MAX(x, left), x1 = MIN((int64_t)x + width, left + self->view.width);
	const int64_t y0 = MAX(y, top), y1 = MIN((int64_t)y + height, top + self->view.height);

	(void)channel;
	if (outlet != self->shown || !self->surface || x1 <= x0 || y1 <= y0)
		return;
	surface_damage(self->surface, (struct rect){ (uint32_t)(x0 - left), (uint32_t)(y0 - top),
						     (uint32_t)(x1 - x0), (uint32_t)(y1 - y0) });
	schedule(self);
}

/* ---- surfaces ---- */

/* Servers with several channels have one monitor on each. */
static int monitor_in_channel(const struct display *self)
{
	return self->shown->id > 0 ? 0 : (int)self->monitor;
}

static bool find_view(const struct display *self, struct rect *out)
{
	const struct rect all = { 0, 0, (uint32_t)self->width, (uint32_t)self->height };
	const int wanted = monitor_in_channel(self);
	g_autoptr(GArray) monitors = NULL;

	g_object_get(self->shown->channel, "monitors", &monitors, NULL);
	*out = all;
	if (!monitors || !monitors->len)
		return wanted == 0;
	for (unsigned i = 0; i < monitors->len; i++) {
		const SpiceDisplayMonitorConfig *at = &g_array_index(monitors,
								     SpiceDisplayMonitorConfig, i);
		if ((int)at->id == wanted) {
			*out = rect_intersect(all,
					      (struct rect){ at->x, at->y, at->width, at->height });
			return !rect_empty(*out);
		}
	}
	return false;
}

static bool same_rect(const struct rect *a, const struct rect *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

/* As primary surface and monitors now are. */
static void make_surface(struct display *self)
{
	struct rect view;

	if (!self->watched || !self->pixels)
		return;
	if (!find_view(self, &view)) {
		blank(self, LINK_SPICE_BLANK_MONITOR);
		return;
	}
	if (self->surface && same_rect(&view, &self->view))
		return;
	drop_surface(self);
	self->view = view;
	int result = surface_create(&self->surface, view.width, view.height);
	if (result) {
		log_warn("no room for a picture of %ux%u: %s", view.width, view.height,
			 g_strerror(-result));
		blank(self, LINK_SPICE_BLANK_SIZE);
		return;
	}
	tell_surface(self);
	schedule(self);
}

static void settle(struct display *self);

static void take_primary(struct display *self, const SpiceDisplayPrimary *primary)
{
	if (primary->width <= 0 || primary->height <= 0 || primary->stride <= 0)
		return;
	if (self->shown->id == 0)
		service_set_screen(self->part.service, (uint32_t)primary->width,
				   (uint32_t)primary->height);
	drop_surface(self);
	self->pixels = primary->data;
	self->format = primary->format;
	self->width = primary->width;
	self->height = primary->height;
	self->stride = primary->stride;
	self->glance = false;
	make_surface(self);
	settle(self);
}

static void on_primary(SpiceChannel *channel, gint format, gint width, gint height, gint stride,
		       gint shmid, gpointer pixels, gpointer data)
{
	const SpiceDisplayPrimary primary = { .format = (enum SpiceSurfaceFmt)format,
					      .width = width,
					      .height = height,
					      .stride = stride,
					      .data = pixels };
	struct outlet *outlet = data;

	(void)channel, (void)shmid;
	if (outlet == outlet->owner->shown)
		take_primary(outlet->owner, &primary);
}

static void on_primary_destroy(SpiceChannel *channel, gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;

	(void)channel;
	if (outlet != self->shown)
		return;
	self->pixels = NULL;
	self->marked = false;
	blank_soon(self);
}

/* The library keeps the surface of a channel that it opens again, and tells of it no more than that
 * it is complete. */
static void on_mark(SpiceChannel *channel, gint mark, gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;
	SpiceDisplayPrimary primary;

	if (outlet != self->shown)
		return;
	self->marked = mark != 0;
	if (self->pixels || !spice_display_channel_get_primary(channel, 0, &primary))
		schedule(self);
	else
		take_primary(self, &primary);
}

static void on_monitors(SpiceChannel *channel, GParamSpec *spec, gpointer data)
{
	struct outlet *outlet = data;

	(void)channel, (void)spec;
	if (outlet == outlet->owner->shown)
		make_surface(outlet->owner);
}

static void on_scanout(SpiceChannel *channel, GParamSpec *spec, gpointer data)
{
	struct outlet *outlet = data;

	(void)spec;
	if (outlet == outlet->owner->shown && outlet->owner->watched &&
	    spice_display_channel_get_gl_scanout(SPICE_DISPLAY_CHANNEL(channel)))
		blank(outlet->owner, LINK_SPICE_BLANK_GL);
}

/* The guest goes on only when it is told so. */
static void on_draw(SpiceChannel *channel, guint x, guint y, guint width, guint height,
		    gpointer data)
{
	(void)x, (void)y, (void)width, (void)height, (void)data;
	spice_display_channel_gl_draw_done(SPICE_DISPLAY_CHANNEL(channel));
}

/* ---- the pointer ---- */

static void tell_pointer(struct display *self)
{
	struct link_spice_cursor body = { self->pointer_visible, self->pointer_placed, self->x,
					  self->y };

	service_tell(self->part.service, LINK_SPICE_CURSOR, &body, NULL, NULL);
}

static bool is_told(const struct outlet *outlet)
{
	const struct display *self = outlet->owner;

	return self->watched && self->shown && self->shown->id == outlet->id;
}

/* The library swaps red and blue; what it stands for is premultiplied, or nearly so. */
static void convert_shape(uint8_t *to, const uint8_t *rgba, size_t pixels)
{
	for (size_t i = 0; i < pixels; i++, to += 4, rgba += 4) {
		to[0] = MIN(rgba[2], rgba[3]);
		to[1] = MIN(rgba[1], rgba[3]);
		to[2] = MIN(rgba[0], rgba[3]);
		to[3] = rgba[3];
	}
}

static void tell_shape(struct display *self, const struct link_spice_shape *shape,
		       const uint8_t *rgba)
{
	const size_t pixels = (size_t)shape->width * shape->height;
	g_autofree uint8_t *bytes = g_malloc(pixels * 4);
	int fd = memfd_create("oriel-spice-pointer", MFD_CLOEXEC);

	convert_shape(bytes, rgba, pixels);
	if (fd >= 0 && pwrite(fd, bytes, pixels * 4, 0) == (ssize_t)(pixels * 4))
		service_tell(self->part.service, LINK_SPICE_CURSOR_SHAPE, shape, NULL, &fd);
	if (fd >= 0)
		close(fd);
}

static void on_cursor_set(SpiceChannel *channel, gint width, gint height, gint hot_x, gint hot_y,
			  gpointer rgba, gpointer data)
{
	struct outlet *outlet = data;
	const struct link_spice_shape shape = { hot_x, hot_y, (uint32_t)width, (uint32_t)height };

	(void)channel;
	if (!is_told(outlet))
		return;
	if (rgba && width > 0 && height > 0 && width <= LINK_SPICE_CURSOR_MAX &&
	    height <= LINK_SPICE_CURSOR_MAX)
		tell_shape(outlet->owner, &shape, rgba);
	outlet->owner->pointer_visible = true;
	tell_pointer(outlet->owner);
}

/* Who moves it shows it. */
static void on_cursor_move(SpiceChannel *channel, gint x, gint y, gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;

	(void)channel;
	if (!is_told(outlet))
		return;
	self->pointer_visible = self->pointer_placed = true;
	self->x = x;
	self->y = y;
	tell_pointer(self);
}

static void on_cursor_hide(SpiceChannel *channel, gpointer data)
{
	struct outlet *outlet = data;

	(void)channel;
	if (!is_told(outlet))
		return;
	outlet->owner->pointer_visible = false;
	tell_pointer(outlet->owner);
}

/* ---- channels ---- */

static bool is_display(const struct outlet *outlet)
{
	return SPICE_IS_DISPLAY_CHANNEL(outlet->channel);
}

static struct outlet *find_outlet(const struct display *self, bool display, int id)
{
	for (unsigned i = 0; i < self->outlets->len; i++) {
		struct outlet *outlet = self->outlets->pdata[i];
		if (is_display(outlet) == display && outlet->id == id)
			return outlet;
	}
	return NULL;
}

/* NULL: none is to be open. */
static struct outlet *wanted_display(const struct display *self)
{
	struct outlet *own = find_outlet(self, true, (int)self->monitor);

	if (self->watched)
		return own ? own : find_outlet(self, true, 0);
	return self->glance ? find_outlet(self, true, 0) : NULL;
}

static void settle_outlet(struct outlet *outlet, bool open)
{
	if (open && outlet->stage == IDLE) {
		outlet->stage = OPENING;
		spice_channel_connect(outlet->channel);
	} else if (!open && outlet->stage == OPEN) {
		outlet->stage = CLOSING;
		spice_channel_disconnect(outlet->channel, SPICE_CHANNEL_NONE);
	}
}

static void forget_display(struct display *self)
{
	self->shown = NULL;
	self->pixels = NULL;
	self->marked = false;
	self->pointer_visible = self->pointer_placed = false;
	drop_surface(self);
}

/* Opens and closes what now should be. A display that was open for a glance is opened anew for
 * more: what it told has been forgotten. */
static void settle(struct display *self)
{
	struct outlet *wanted = wanted_display(self);

	if (self->shown && self->shown != wanted)
		forget_display(self);
	if (wanted && !self->shown && wanted->stage == IDLE)
		self->shown = wanted;
	for (unsigned i = 0; i < self->outlets->len; i++) {
		struct outlet *outlet = self->outlets->pdata[i];
		settle_outlet(outlet, is_display(outlet) ? outlet == self->shown
							 : self->watched && self->shown &&
								   outlet->id == self->shown->id);
	}
}

static gboolean on_reopen(gpointer data)
{
	struct display *self = data;

	self->reopener = 0;
	settle(self);
	return G_SOURCE_REMOVE;
}

static void on_closed(struct outlet *outlet)
{
	struct display *self = outlet->owner;
	bool meant = outlet->stage == CLOSING;

	outlet->stage = IDLE;
	if (outlet == self->shown) {
		forget_display(self);
		blank_soon(self);
	}
	if (!self->reopener)
		self->reopener = g_timeout_add(meant ? 0 : AGAIN_MS, on_reopen, self);
}

static void on_event(SpiceChannel *channel, SpiceChannelEvent event, gpointer data)
{
	struct outlet *outlet = data;

	(void)channel;
	if (event == SPICE_CHANNEL_OPENED) {
		outlet->stage = OPEN;
		settle(outlet->owner);
	} else if (event != SPICE_CHANNEL_NONE && event != SPICE_CHANNEL_SWITCHING &&
		   outlet->stage != IDLE) {
		on_closed(outlet);
	}
}

static const struct {
	bool display;
	const char *name;
	GCallback func;
} signals[] = {
	{ true, "display-primary-create", G_CALLBACK(on_primary) },
	{ true, "display-primary-destroy", G_CALLBACK(on_primary_destroy) },
	{ true, "display-invalidate", G_CALLBACK(on_invalidate) },
	{ true, "display-mark", G_CALLBACK(on_mark) },
	{ true, "notify::monitors", G_CALLBACK(on_monitors) },
	{ true, "notify::gl-scanout", G_CALLBACK(on_scanout) },
	{ true, "gl-draw", G_CALLBACK(on_draw) },
	{ false, "cursor-set", G_CALLBACK(on_cursor_set) },
	{ false, "cursor-move", G_CALLBACK(on_cursor_move) },
	{ false, "cursor-hide", G_CALLBACK(on_cursor_hide) },
	{ false, "cursor-reset", G_CALLBACK(on_cursor_hide) },
};

static void add_outlet(struct display *self, SpiceChannel *channel)
{
	struct outlet *outlet = g_new0(struct outlet, 1);

	outlet->owner = self;
	outlet->channel = g_object_ref(channel);
	g_object_get(channel, "channel-id", &outlet->id, NULL);
	g_signal_connect(channel, "channel-event", G_CALLBACK(on_event), outlet);
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
		if (signals[i].display == is_display(outlet))
			g_signal_connect(channel, signals[i].name, signals[i].func, outlet);
	g_ptr_array_add(self->outlets, outlet);
	settle(self);
}

static void outlet_free(void *data)
{
	struct outlet *self = data;

	g_signal_handlers_disconnect_by_data(self->channel, self);
	g_object_unref(self->channel);
	g_free(self);
}

static void display_channel(struct part *part, SpiceChannel *channel)
{
	struct display *self = (struct display *)part;

	if (SPICE_IS_MAIN_CHANNEL(channel))
		g_set_object(&self->main, SPICE_MAIN_CHANNEL(channel));
	else if (SPICE_IS_DISPLAY_CHANNEL(channel) || SPICE_IS_CURSOR_CHANNEL(channel))
		add_outlet(self, channel);
}

/* Packing is of no use on one machine. Elsewhere not into what later pictures refer to: the library
 * keeps that beyond a channel's end. */
static void display_dial(struct part *part, SpiceSession *spice)
{
	struct display *self = (struct display *)part;
	g_autofree char *path = NULL;

	g_object_get(spice, "unix-path", &path, NULL);
	g_object_set(spice, "preferred-compression",
		     path ? SPICE_IMAGE_COMPRESSION_OFF : SPICE_IMAGE_COMPRESSION_AUTO_LZ, NULL);
	self->glance = true;
}

static void display_lost(struct part *part)
{
	struct display *self = (struct display *)part;

	forget_display(self);
	stop(&self->reopener);
	g_ptr_array_set_size(self->outlets, 0);
	g_clear_object(&self->main);
}

/* ---- from the viewer ---- */

static void hear_watch(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	const struct link_spice_watch *body = message->body;
	bool watched = body->watching != 0;

	if (watched && self->watched && body->monitor == self->monitor) {
		drop_surface(self);
		make_surface(self);
		return;
	}
	forget_display(self);
	self->watched = watched;
	self->monitor = body->monitor;
	settle(self);
}

static void hear_free(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	const struct link_spice_slot *body = message->body;

	if (!self->surface || body->surface != self->number)
		return;
	surface_free(self->surface, body->slot);
	schedule(self);
}

/* Agents are asked for all monitors at once. */
static void hear_size(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	const struct link_spice_size *body = message->body;
	gboolean agent = FALSE;

	if (self->main)
		g_object_get(self->main, "agent-connected", &agent, NULL);
	if (!agent || body->monitor > 15 || body->width > LINK_SPICE_SCREEN_MAX ||
	    body->height > LINK_SPICE_SCREEN_MAX)
		return;
	spice_main_channel_update_display_enabled(self->main, (int)body->monitor, TRUE, FALSE);
	spice_main_channel_update_display(self->main, (int)body->monitor, 0, 0, (int)body->width,
					  (int)body->height, FALSE);
	spice_main_channel_send_monitor_config(self->main);
}

/* Positions are scaled to the screen, whose size is told by nobody while no display is open. */
static void hear_position(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	uint64_t now = clock_ns();

	(void)message;
	if (self->watched || self->glance || now - self->glanced_ns < GLANCE_NS)
		return;
	self->glanced_ns = now;
	self->glance = true;
	settle(self);
}

static struct part *display_create(struct service *service)
{
	struct display *self = g_new0(struct display, 1);

	(void)service;
	self->outlets = g_ptr_array_new_with_free_func(outlet_free);
	return &self->part;
}

static void display_destroy(struct part *part)
{
	struct display *self = (struct display *)part;

	display_lost(part);
	stop(&self->blanker);
	g_ptr_array_unref(self->outlets);
	g_free(self);
}

const struct part_impl part_display = {
	.name = "display",
	.create = display_create,
	.dial = display_dial,
	.channel = display_channel,
	.lost = display_lost,
	.hears = { [LINK_SPICE_POSITION] = hear_position,
		   [LINK_SPICE_DISPLAY_WATCH] = hear_watch,
		   [LINK_SPICE_DISPLAY_FREE] = hear_free,
		   [LINK_SPICE_DISPLAY_SIZE] = hear_size },
	.destroy = display_destroy,
};
