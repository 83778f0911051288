/* The window itself, and the way of its events through the main loop. */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/clip/clip.h"
#include "view/present/present.h"
#include "view/window/x11/x11.h"

static const struct present_impl *const presents[] = { &present_direct_x11, &present_gpu,
						       &present_copy_x11, NULL };

struct x11_source {
	GSource base;
	struct x11 *x11;
	gpointer tag;
};

static void want_picture(struct x11 *self, bool served)
{
	if (!served)
		self->window.listener->needs_picture(self->window.data);
}

static void lose(struct x11 *self, const char *why)
{
	if (self->lost)
		return;
	self->lost = true;
	self->window.listener->lost(self->window.data, why);
}

static void on_configure(struct x11 *self, const void *event)
{
	const xcb_configure_notify_event_t *e = event;
	struct window *window = &self->window;

	x11_wm_configured(self, e->width, e->height);
	if (e->width == window->width && e->height == window->height)
		return;
	window->width = e->width;
	window->height = e->height;
	if (self->pane)
		xcb_configure_window(self->xcb, self->pane,
				     XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
				     (const uint32_t[]){ e->width, e->height });
	want_picture(self, canvas_resize(&self->canvas));
	window->listener->resized(window->data, e->width, e->height);
}

static void on_expose(struct x11 *self, const void *event)
{
	const xcb_expose_event_t *e = event;
	struct window *window = &self->window;
	if (e->window == self->pane) {
		if (e->count == 0)
			window->listener->resized(window->data, window->width, window->height);
		return;
	}
	bool served = canvas_expose(&self->canvas,
				    (struct rect){ e->x, e->y, e->width, e->height });

	want_picture(self, served || e->count > 0);
}

static void on_visibility(struct x11 *self, const void *event)
{
	const xcb_visibility_notify_event_t *e = event;

	if (e->state != XCB_VISIBILITY_UNOBSCURED)
		want_picture(self, canvas_keep(&self->canvas));
}

static void on_unmap(struct x11 *self, const void *event)
{
	(void)event;
	x11_grab_lost(self);
	want_picture(self, canvas_keep(&self->canvas));
	self->window.suspended = true;
	self->window.listener->visible(self->window.data, false);
}

static void on_map(struct x11 *self, const void *event)
{
	(void)event;
	bool again = self->window.suspended;

	self->window.suspended = false;
	self->window.listener->visible(self->window.data, true);
	if (again)
		self->window.listener->needs_picture(self->window.data);
}

static void on_property(struct x11 *self, const void *event)
{
	x11_wm_property_changed(self, event);
}

static void on_destroy(struct x11 *self, const void *event)
{
	const xcb_destroy_notify_event_t *e = event;

	if (e->window == self->id)
		lose(self, "somebody destroyed the window");
}

static void on_client_message(struct x11 *self, const void *event)
{
	if (x11_wm_is_close(self, event))
		self->window.listener->closed(self->window.data);
	else if (self->drop_ear.message)
		self->drop_ear.message(self->drop_ear.data, event);
}

static void on_generic(struct x11 *self, const void *event)
{
	x11_seat_event(self, event);
}

static void on_error(struct x11 *self, const void *event)
{
	const xcb_generic_error_t *e = event;

	(void)self;
	log_debug("x11: error %u for request %u.%u (resource 0x%x)", e->error_code, e->major_code,
		  e->minor_code, e->resource_id);
}

static void (*const handlers[])(struct x11 *self, const void *event) = {
	[0] = on_error,
	[XCB_EXPOSE] = on_expose,
	[XCB_VISIBILITY_NOTIFY] = on_visibility,
	[XCB_DESTROY_NOTIFY] = on_destroy,
	[XCB_UNMAP_NOTIFY] = on_unmap,
	[XCB_MAP_NOTIFY] = on_map,
	[XCB_CONFIGURE_NOTIFY] = on_configure,
	[XCB_PROPERTY_NOTIFY] = on_property,
	[XCB_CLIENT_MESSAGE] = on_client_message,
	[XCB_GE_GENERIC] = on_generic,
};

static void handle(struct x11 *self, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f;

	if (self->watcher.event)
		self->watcher.event(self->watcher.data, event);
	if (type < ARRAY_LEN(handlers) && handlers[type])
		handlers[type](self, event);
}

static xcb_generic_event_t *next_event(struct x11 *self)
{
	xcb_generic_event_t *event = self->queued;

	self->queued = NULL;
	return event ? event : xcb_poll_for_event(self->xcb);
}

static void dispatch(struct x11 *self)
{
	xcb_generic_event_t *event;

	while ((event = next_event(self))) {
		handle(self, event);
		free(event);
	}
	if (self->watcher.readable)
		self->watcher.readable(self->watcher.data);
	xcb_flush(self->xcb);
	if (xcb_connection_has_error(self->xcb))
		lose(self, "the X server went away");
}

/* While a reply was waited for, events may have been read: no poll() will tell of them. */
static gboolean source_prepare(GSource *base, int *timeout)
{
	struct x11 *self = ((struct x11_source *)base)->x11;

	*timeout = -1;
	if (self->lost)
		return FALSE;
	if (!self->queued)
		self->queued = xcb_poll_for_queued_event(self->xcb);
	return self->queued != NULL || xcb_connection_has_error(self->xcb);
}

static gboolean source_check(GSource *base)
{
	struct x11_source *source = (struct x11_source *)base;

	return source->x11->queued || g_source_query_unix_fd(base, source->tag);
}

static gboolean source_dispatch(GSource *base, GSourceFunc callback, gpointer data)
{
	struct x11 *self = ((struct x11_source *)base)->x11;

	(void)callback;
	(void)data;
	if (!self->lost)
		dispatch(self);
	return self->lost ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare,
	.check = source_check,
	.dispatch = source_dispatch,
};

static void watch(struct x11 *self)
{
	self->source = g_source_new(&source_funcs, sizeof(struct x11_source));
	struct x11_source *source = (struct x11_source *)self->source;
	source->x11 = self;
	source->tag = g_source_add_unix_fd(self->source, xcb_get_file_descriptor(self->xcb),
					   G_IO_IN | G_IO_HUP | G_IO_ERR);
	g_source_set_can_recurse(self->source, TRUE); /* see watch.h */
	g_source_attach(self->source, NULL);
}

/* Events count from here on; the bit gravity keeps what is there while the window grows. */
static void make_window(struct x11 *self, const struct window_params *params)
{
	const uint32_t values[] = {
		self->screen->black_pixel,
		XCB_GRAVITY_NORTH_WEST,
		XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
			XCB_EVENT_MASK_VISIBILITY_CHANGE | XCB_EVENT_MASK_PROPERTY_CHANGE,
	};

	self->window.width = params->width;
	self->window.height = params->height;
	self->id = xcb_generate_id(self->xcb);
	xcb_create_window(self->xcb, XCB_COPY_FROM_PARENT, self->id, self->screen->root, 0, 0,
			  (uint16_t)params->width, (uint16_t)params->height, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, self->screen->root_visual,
			  XCB_CW_BACK_PIXEL | XCB_CW_BIT_GRAVITY | XCB_CW_EVENT_MASK, values);
	self->gc = xcb_generate_id(self->xcb);
	/* Graphics exposures off: or each put would send NoExpose. */
	xcb_create_gc(self->xcb, self->gc, self->id, XCB_GC_GRAPHICS_EXPOSURES, &(uint32_t){ 0 });
}

static void x11_show(struct window *window)
{
	struct x11 *self = (struct x11 *)window;

	if (self->mapped)
		return;
	self->mapped = true;
	xcb_map_window(self->xcb, self->id);
	xcb_flush(self->xcb);
}

static void x11_set_title(struct window *window, const char *title)
{
	x11_wm_set_title((struct x11 *)window, title);
}

static void x11_fit(struct window *window, uint32_t width, uint32_t height)
{
	x11_wm_fit((struct x11 *)window, width, height);
}

static void x11_set_fullscreen(struct window *window, bool on)
{
	x11_wm_set_fullscreen((struct x11 *)window, on);
}

static void x11_set_cursor(struct window *window, const struct cursor_shape *shape)
{
	x11_cursor_set((struct x11 *)window, shape);
}

static void x11_hide_cursor(struct window *window)
{
	x11_cursor_hide((struct x11 *)window);
}

static void x11_set_scale(struct window *window, enum scale_mode scale)
{
	struct x11 *self = (struct x11 *)window;

	(void)scale;
	if (self->lost)
		return;
	want_picture(self, canvas_resize(&self->canvas));
	xcb_flush(self->xcb);
}

/* Somebody may have destroyed it, and the news is still on its way. */
static bool is_there(struct x11 *self)
{
	xcb_get_geometry_reply_t *reply = xcb_get_geometry_reply(
		self->xcb, xcb_get_geometry(self->xcb, self->id), NULL);
	bool there = reply != NULL;

	free(reply);
	return there;
}

/* Above the window's own content, below the panels. Who draws there finds no background in his
 * way: until then the content below shows. */
static bool x11_open_pane(struct window *window, const struct pane_owner *owner, struct pane *out)
{
	struct x11 *self = (struct x11 *)window;
	const uint32_t values[] = { XCB_GRAVITY_NORTH_WEST, XCB_EVENT_MASK_EXPOSURE };

	(void)owner; /* a server that goes takes the window along */
	if (self->lost || !is_there(self))
		return false;
	self->pane = xcb_generate_id(self->xcb);
	xcb_create_window(self->xcb, XCB_COPY_FROM_PARENT, self->pane, self->id, 0, 0,
			  (uint16_t)window->width, (uint16_t)window->height, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
			  XCB_CW_BIT_GRAVITY | XCB_CW_EVENT_MASK, values);
	xcb_configure_window(self->xcb, self->pane, XCB_CONFIG_WINDOW_STACK_MODE,
			     &(uint32_t){ XCB_STACK_MODE_BELOW });
	xcb_map_window(self->xcb, self->pane);
	xcb_flush(self->xcb);
	*out = (struct pane){ .kind = PANE_XCB,
			      .display = self->xcb,
			      .xcb_window = self->pane,
			      .xcb_visual = self->screen->root_visual,
			      .width = window->width,
			      .height = window->height };
	return true;
}

static void x11_close_pane(struct window *window)
{
	struct x11 *self = (struct x11 *)window;

	xcb_destroy_window(self->xcb, self->pane);
	xcb_flush(self->xcb);
	self->pane = XCB_NONE;
}

static void x11_grab_window(struct window *window, unsigned grabs)
{
	if (!((struct x11 *)window)->lost)
		x11_grab((struct x11 *)window, grabs);
}

/* The connection is any thread's. */
static void x11_let_go_window(struct window *window)
{
	x11_let_go((struct x11 *)window);
}

static void x11_set_panel(struct window *window, unsigned place, const struct panel *panel)
{
	struct x11 *self = (struct x11 *)window;

	if (self->lost)
		return;
	x11_panel_set(self, place, panel);
	xcb_flush(self->xcb);
}

static bool x11_window_text(struct window *window, uint32_t code, char out[8])
{
	struct x11 *self = (struct x11 *)window;

	return !self->lost && x11_text(self, code, out);
}

static void x11_set_hints(struct window *window, unsigned hints)
{
	if (!((struct x11 *)window)->lost)
		x11_wm_set_hints((struct x11 *)window, hints);
}

static void x11_inhibit(struct window *window, bool on)
{
	if (!((struct x11 *)window)->lost)
		x11_inhibit_idle((struct x11 *)window, on);
}

static void x11_activate(struct window *window)
{
	if (!((struct x11 *)window)->lost)
		x11_wm_activate((struct x11 *)window);
}

static void x11_destroy(struct window *window)
{
	struct x11 *self = (struct x11 *)window;

	if (self->source) {
		g_source_destroy(self->source);
		g_source_unref(self->source);
	}
	free(self->queued);
	idle_bus_destroy(self->bus);
	x11_cursor_finish(self);
	if (self->id) {
		canvas_finish(&self->canvas);
		xcb_destroy_window(self->xcb, self->id);
		xcb_flush(self->xcb);
	}
	x11_disconnect(self);
	g_free(self);
}

static struct window *x11_create(const struct window_params *params, GError **error)
{
	struct x11 *self = g_new0(struct x11, 1);

	if (!x11_connect(self, error)) {
		x11_destroy(&self->window);
		return NULL;
	}
	make_window(self, params);
	canvas_init(&self->canvas, self);
	x11_wm_init(self, params);
	self->bus = params->alone ? NULL : idle_bus_create();
	if (params->input)
		x11_seat_init(self);
	watch(self);
	return &self->window;
}

static bool at_home(void)
{
	return getenv("DISPLAY") != NULL;
}

const struct window_impl window_x11 = {
	.name = "x11",
	.at_home = at_home,
	.presents = presents,
	.clip = &clip_x11,
	.create = x11_create,
	.show = x11_show,
	.set_title = x11_set_title,
	.fit = x11_fit,
	.set_fullscreen = x11_set_fullscreen,
	.set_cursor = x11_set_cursor,
	.hide_cursor = x11_hide_cursor,
	.set_scale = x11_set_scale,
	.open_pane = x11_open_pane,
	.close_pane = x11_close_pane,
	.grab = x11_grab_window,
	.let_go = x11_let_go_window,
	.set_panel = x11_set_panel,
	.inhibit_idle = x11_inhibit,
	.activate = x11_activate,
	.set_hints = x11_set_hints,
	.text = x11_window_text,
	.destroy = x11_destroy,
};
