/* The screen of an X server. Damage says what changed, a way (x11_way.h) brings the pixels, the
 * pointer has a connection of its own (x11_pointer.h). */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/damage.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/capture.h"
#include "guest/x11_pointer.h"
#include "guest/x11_screen.h"
#include "guest/x11_spec.h"
#include "guest/x11_way.h"

struct x11 {
	struct capture base;
	struct x11_screen screen; /* the capture thread's connection */
	struct x11_way *way;
	struct x11_pointer *pointer; /* the pointer thread's */
	uint8_t damage_event;        /* number of the first event of the extension */
	xcb_damage_damage_t damage;  /* XCB_NONE while nobody looks */
	struct region changed;       /* events said so; not reported yet */
	bool resized;
	bool everything; /* the next wait reports full damage */
};

static struct x11 *x11_from(struct capture *capture)
{
	assert(capture->impl == &capture_x11);
	return container_of(capture, struct x11, base);
}

/* ---- create ---- */

static const xcb_query_extension_reply_t *extension(struct x11 *self, xcb_extension_t *id)
{
	const xcb_query_extension_reply_t *reply = xcb_get_extension_data(self->screen.conn, id);
	return reply && reply->present ? reply : NULL;
}

static int use_extensions(struct x11 *self, struct err *err)
{
	xcb_connection_t *conn = self->screen.conn;
	const xcb_query_extension_reply_t *damage = extension(self, &xcb_damage_id);
	if (!damage)
		return err_set(err, -ENOTSUP, "x11: the server lacks DAMAGE");
	/* It answers nothing before it was asked for its version. */
	free(xcb_damage_query_version_reply(conn, xcb_damage_query_version(conn, 1, 1), NULL));
	self->damage_event = damage->first_event;
	/* A change of mode changes the root window's size, which the core protocol tells. */
	uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
	xcb_change_window_attributes(conn, self->screen.root, XCB_CW_EVENT_MASK, &events);
	return 0;
}

static int shape(const struct x11 *self, struct pixel_image *out)
{
	const struct x11_screen *screen = &self->screen;
	struct pixel_image image;
	if (pixel_image_init(&image, screen->format, screen->width, screen->height))
		return -ENOTSUP;
	if (self->way->impl->gapless)
		image.pitch = screen->width * 4;
	*out = image;
	return 0;
}

static int open_all(struct x11 *self, const struct x11_spec *spec,
		    const struct capture_params *params, struct err *err)
{
	const char *display = *spec->display ? spec->display : NULL;
	int failed = x11_screen_open(&self->screen, display, err);
	if (!failed)
		failed = use_extensions(self, err);
	if (!failed)
		failed = x11_way_create(&self->way, *spec->way ? spec->way : NULL, &self->screen,
					params, err);
	if (!failed)
		failed = x11_pointer_create(&self->pointer, display, err);
	if (!failed && shape(self, &self->base.image))
		failed = err_set(err, -ENOTSUP, "x11: a screen of %ux%u is too large",
				 self->screen.width, self->screen.height);
	return failed;
}

static void destroy(struct capture *capture)
{
	if (!capture)
		return;
	struct x11 *self = x11_from(capture);
	x11_pointer_destroy(self->pointer);
	x11_way_destroy(self->way);
	if (self->screen.conn)
		x11_screen_close(&self->screen);
	free(self);
}

static int create(struct capture **out, const struct capture_params *params, struct err *err)
{
	struct x11_spec spec;
	int failed = x11_spec_parse(&spec, params->arg, err);
	if (failed)
		return failed;
	struct x11 *self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_errno(err, -ENOMEM, "x11");
	self->base.impl = &capture_x11;
	self->base.can_warp = true;
	failed = open_all(self, &spec, params, err);
	if (failed) {
		destroy(&self->base);
		return failed;
	}
	self->base.detail = self->way->impl->name;
	*out = &self->base;
	return 0;
}

/* ---- what changed ---- */

/* Each event names what has changed since the last look and was not named yet, so a look needs no
 * answer from the server. The other report levels would need one to be exact, or name everything
 * once more for each drawing call. */
static int watch(struct capture *capture, bool on)
{
	struct x11 *self = x11_from(capture);
	xcb_connection_t *conn = self->screen.conn;
	if (on && !self->damage) {
		self->damage = xcb_generate_id(conn);
		xcb_damage_create(conn, self->damage, self->screen.root,
				  XCB_DAMAGE_REPORT_LEVEL_DELTA_RECTANGLES);
		self->everything = self->resized = true;
	} else if (!on && self->damage) {
		xcb_damage_destroy(conn, self->damage);
		self->damage = XCB_NONE;
	}
	xcb_flush(conn);
	return x11_screen_lost(&self->screen) ? CAPTURE_E_LOST : 0;
}

/* Damage may reach beyond the screen's top left edge; the other two are cut by the caller. */
static struct rect to_rect(const xcb_rectangle_t *from)
{
	int x = from->x < 0 ? 0 : from->x, y = from->y < 0 ? 0 : from->y;
	int right = from->x + from->width, bottom = from->y + from->height;
	if (right <= x || bottom <= y)
		return (struct rect){ 0 };
	return (struct rect){ (uint32_t)x, (uint32_t)y, (uint32_t)(right - x),
			      (uint32_t)(bottom - y) };
}

static void take_event(struct x11 *self, xcb_generic_event_t *event)
{
	const xcb_configure_notify_event_t *configure = (xcb_configure_notify_event_t *)event;
	const xcb_damage_notify_event_t *damage = (xcb_damage_notify_event_t *)event;
	uint8_t type = event->response_type & 0x7f;
	if (type == self->damage_event + XCB_DAMAGE_NOTIFY)
		region_add(&self->changed, to_rect(&damage->area));
	else if (type == XCB_CONFIGURE_NOTIFY && configure->window == self->screen.root)
		self->resized = true;
	free(event);
}

/* While nobody looks there is none; watch(true) makes up for it. */
static bool any_news(const struct x11 *self)
{
	return self->damage && (!region_empty(&self->changed) || self->resized || self->everything);
}

/* What has been read already; what comes later makes the next wait short. */
static void drain(struct x11 *self)
{
	xcb_generic_event_t *event;
	while ((event = xcb_poll_for_queued_event(self->screen.conn)))
		take_event(self, event);
}

/* Starts a new look. Whatever an event has named goes out of the server's memory *before* the
 * pixels are asked for on the same connection (and in the same flush): changes until then are in
 * those pixels, changes after it are named by a new event. What was named by events that are still
 * on their way is in the next report. */
static void take_damage(struct x11 *self, struct region *out)
{
	xcb_damage_subtract(self->screen.conn, self->damage, XCB_NONE, XCB_NONE);
	region_unite(out, &self->changed);
	region_clear(&self->changed);
}

static int report(struct x11 *self, struct capture_info *info, struct region *damage)
{
	*info = (struct capture_info){ .when_ns = clock_ns() };
	int failed = self->resized ? x11_screen_measure(&self->screen) : 0;
	if (!failed)
		failed = shape(self, &info->image);
	if (failed)
		return failed;
	take_damage(self, damage);
	if (self->everything || self->resized)
		region_set_full(damage, info->image.width, info->image.height);
	self->resized = self->everything = false;
	info->screen_width = self->screen.width;
	info->screen_height = self->screen.height;
	return 0;
}

static int wait(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		struct capture_info *info, struct region *damage)
{
	struct x11 *self = x11_from(capture);
	drain(self);
	while (!any_news(self)) {
		xcb_generic_event_t *event = x11_screen_event(&self->screen, waker, deadline_ns);
		if (!event)
			return x11_screen_lost(&self->screen) ? CAPTURE_E_LOST : CAPTURE_E_TIMEOUT;
		take_event(self, event);
		drain(self);
	}
	return report(self, info, damage);
}

static void begin(struct capture *capture, struct capture_target *target,
		  const struct region *damage)
{
	struct x11 *self = x11_from(capture);
	if (self->way->impl->begin)
		self->way->impl->begin(self->way, target, damage);
}

static int fill(struct capture *capture, struct capture_target *target, const struct region *damage)
{
	struct x11 *self = x11_from(capture);
	uint64_t before = self->way->copied;
	int failed = self->way->impl->fill(self->way, target, damage);
	capture_count_copied(capture, self->way->copied - before);
	return failed;
}

/* ---- pointer ---- */

static int pointer_watch(struct capture *capture, bool on)
{
	return x11_pointer_watch(x11_from(capture)->pointer, on);
}

static int pointer(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		   struct cursor *out)
{
	return x11_pointer_next(x11_from(capture)->pointer, waker, deadline_ns, out);
}

static int warp(struct capture *capture, int32_t x, int32_t y)
{
	return x11_pointer_warp(x11_from(capture)->pointer, x, y);
}

const struct capture_impl capture_x11 = {
	.name = "x11",
	.help = "[DISPLAY][,way=NAME]   an X server's screen, by default $DISPLAY",
	.create = create,
	.destroy = destroy,
	.watch = watch,
	.wait = wait,
	.begin = begin,
	.fill = fill,
	.pointer_watch = pointer_watch,
	.pointer = pointer,
	.warp = warp,
};
