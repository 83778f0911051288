/* libdecor: a frame that we draw ourselves, where the compositor draws none. */
#include <libdecor.h>

#include "base/log.h"
#include "view/window/wayland/wayland.h"

#define STATE_SUSPENDED 0x80 /* since libdecor 0.2 */

#define SETTLE_MAX 5 /* round trips; it needs two or three */

struct decor {
	struct libdecor *context;
	struct libdecor_frame *frame;
};

static void on_error(struct libdecor *context, enum libdecor_error error, const char *message)
{
	(void)context;
	log_warn("libdecor: %s (%d)", message, (int)error);
}

static struct libdecor_interface context_interface = { .error = on_error };

static unsigned states_of(enum libdecor_window_state state)
{
	unsigned tiled = LIBDECOR_WINDOW_STATE_TILED_LEFT | LIBDECOR_WINDOW_STATE_TILED_RIGHT |
			 LIBDECOR_WINDOW_STATE_TILED_TOP | LIBDECOR_WINDOW_STATE_TILED_BOTTOM;

	return (state & LIBDECOR_WINDOW_STATE_ACTIVE ? SHELL_ACTIVE : 0) |
	       (state & LIBDECOR_WINDOW_STATE_MAXIMIZED ? SHELL_MAXIMIZED : 0) |
	       (state & LIBDECOR_WINDOW_STATE_FULLSCREEN ? SHELL_FULLSCREEN : 0) |
	       (state & tiled ? SHELL_TILED : 0) | (state & STATE_SUSPENDED ? SHELL_SUSPENDED : 0);
}

/* Its next commit of the root has the window's size; `configuration` is answered by it, or NULL. */
static void take_size(struct wayland *self, struct libdecor_configuration *configuration)
{
	struct decor *decor = self->frame;
	struct libdecor_state *state = libdecor_state_new(self->logical.width,
							  self->logical.height);

	libdecor_frame_commit(decor->frame, state, configuration);
	libdecor_state_free(state);
}

static void on_configure(struct libdecor_frame *frame, struct libdecor_configuration *configuration,
			 void *data)
{
	struct wayland *self = data;
	enum libdecor_window_state state = LIBDECOR_WINDOW_STATE_NONE;
	int width = 0, height = 0;

	libdecor_configuration_get_window_state(configuration, &state);
	if (!libdecor_configuration_get_content_size(configuration, frame, &width, &height))
		width = height = 0;
	shell_configure(self, (struct logical_size){ width, height }, states_of(state));
	take_size(self, configuration);
	shell_configured(self);
}

static void on_close(struct libdecor_frame *frame, void *data)
{
	struct wayland *self = data;

	(void)frame;
	self->window.listener->closed(self->window.data);
}

/* The frame changed and comes with the root. */
static void on_commit(struct libdecor_frame *frame, void *data)
{
	struct wayland *self = data;

	(void)frame;
	if (self->stage.target)
		wl_surface_commit(self->root.surface);
}

static void on_dismiss(struct libdecor_frame *frame, const char *seat, void *data)
{
	(void)frame, (void)seat, (void)data;
}

static struct libdecor_frame_interface frame_interface = {
	.configure = on_configure,
	.close = on_close,
	.commit = on_commit,
	.dismiss_popup = on_dismiss,
};

static void resized(struct wayland *self)
{
	take_size(self, NULL);
}

static void on_sync(void *data, struct wl_callback *callback, uint32_t serial)
{
	(void)serial;
	*(struct wl_callback **)data = NULL;
	wl_callback_destroy(callback);
}

static const struct wl_callback_listener sync_listener = { .done = on_sync };

/* libdecor looks around first, and takes no wish but the title before it has done so. Then it
 * commits the root at once: nothing may be sent until the other wishes are told, or the window
 * comes without them at first, and weston never moves it to where a full screen begins. So this
 * ends, unlike a round trip, with the event that did it. */
static bool settle(struct wayland *self, struct decor *decor)
{
	struct wl_callback *sync = NULL;
	int left = SETTLE_MAX;

	while (!libdecor_frame_get_xdg_toplevel(decor->frame) && (sync || left-- > 0)) {
		if (!sync) {
			sync = wl_display_sync(self->display);
			wl_callback_add_listener(sync, &sync_listener, &sync);
		}
		if (wl_display_dispatch(self->display) < 0)
			break;
	}
	g_clear_pointer(&sync, wl_callback_destroy);
	return libdecor_frame_get_xdg_toplevel(decor->frame) != NULL;
}

static void free_decor(struct decor *decor)
{
	if (decor->frame)
		libdecor_frame_unref(decor->frame);
	if (decor->context)
		libdecor_unref(decor->context);
	g_free(decor);
}

static bool decor_create(struct wayland *self)
{
	if (self->decorations) /* the compositor's match its other windows */
		return false;
	struct decor *decor = g_new0(struct decor, 1);
	decor->context = libdecor_new(self->display, &context_interface);
	if (decor->context)
		decor->frame = libdecor_decorate(decor->context, self->root.surface,
						 &frame_interface, self);
	if (!decor->frame) {
		free_decor(decor);
		return false;
	}
	self->frame = decor;
	libdecor_frame_set_app_id(decor->frame, self->app_id);
	libdecor_frame_set_min_content_size(decor->frame, SHELL_MIN_WIDTH, SHELL_MIN_HEIGHT);
	libdecor_frame_map(decor->frame);
	if (settle(self, decor)) {
		hints_set_icon(self, libdecor_frame_get_xdg_toplevel(decor->frame));
		return true;
	}
	log_warn("libdecor makes no window; going on without a frame");
	self->frame = NULL;
	free_decor(decor);
	return false;
}

static void decor_set_title(struct wayland *self)
{
	struct decor *decor = self->frame;

	libdecor_frame_set_title(decor->frame, self->title);
}

static void decor_set_fullscreen(struct wayland *self, bool on)
{
	struct decor *decor = self->frame;

	if (on)
		libdecor_frame_set_fullscreen(decor->frame, wayland_monitor(self));
	else
		libdecor_frame_unset_fullscreen(decor->frame);
}

static void decor_minimize(struct wayland *self)
{
	libdecor_frame_set_minimized(((struct decor *)self->frame)->frame);
}

static void decor_limit(struct wayland *self, struct logical_size least, struct logical_size most)
{
	struct decor *decor = self->frame;

	libdecor_frame_set_min_content_size(decor->frame, least.width, least.height);
	libdecor_frame_set_max_content_size(decor->frame, most.width, most.height);
	if (most.width)
		libdecor_frame_unset_capabilities(decor->frame, LIBDECOR_ACTION_RESIZE);
}

static void decor_set_maximized(struct wayland *self, bool on)
{
	struct decor *decor = self->frame;

	if (on)
		libdecor_frame_set_maximized(decor->frame);
	else
		libdecor_frame_unset_maximized(decor->frame);
}

static void decor_set_borderless(struct wayland *self, bool on)
{
	struct decor *decor = self->frame;

	libdecor_frame_set_visibility(decor->frame, !on);
}

static void decor_destroy(struct wayland *self)
{
	free_decor(self->frame);
	self->frame = NULL;
}

const struct shell_impl shell_decor = {
	.name = "libdecor",
	.create = decor_create,
	.resized = resized,
	.set_title = decor_set_title,
	.set_fullscreen = decor_set_fullscreen,
	.set_maximized = decor_set_maximized,
	.minimize = decor_minimize,
	.limit = decor_limit,
	.set_borderless = decor_set_borderless,
	.destroy = decor_destroy,
};
