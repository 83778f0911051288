/* What this X server can do. */
#include <assert.h>
#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/window/x11/x11.h"

static const char *const atom_names[] = {
	[ATOM_WM_PROTOCOLS] = "WM_PROTOCOLS",
	[ATOM_WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
	[ATOM_NET_WM_NAME] = "_NET_WM_NAME",
	[ATOM_NET_WM_PID] = "_NET_WM_PID",
	[ATOM_NET_WM_ICON] = "_NET_WM_ICON",
	[ATOM_NET_WM_STATE] = "_NET_WM_STATE",
	[ATOM_NET_WM_STATE_FULLSCREEN] = "_NET_WM_STATE_FULLSCREEN",
	[ATOM_NET_WM_STATE_MAXIMIZED_HORZ] = "_NET_WM_STATE_MAXIMIZED_HORZ",
	[ATOM_NET_WM_STATE_MAXIMIZED_VERT] = "_NET_WM_STATE_MAXIMIZED_VERT",
	[ATOM_NET_WM_STATE_ATTENTION] = "_NET_WM_STATE_DEMANDS_ATTENTION",
	[ATOM_WM_CHANGE_STATE] = "WM_CHANGE_STATE",
	[ATOM_MOTIF_WM_HINTS] = "_MOTIF_WM_HINTS",
	[ATOM_NET_SUPPORTED] = "_NET_SUPPORTED",
	[ATOM_UTF8_STRING] = "UTF8_STRING",
};
static_assert(ARRAY_LEN(atom_names) == ATOM_COUNT, "one name per atom");

int x11_check(struct x11 *self, xcb_void_cookie_t cookie)
{
	g_autofree xcb_generic_error_t *error = xcb_request_check(self->xcb, cookie);

	return error ? error->error_code : xcb_connection_has_error(self->xcb);
}

static void intern_atoms(struct x11 *self)
{
	xcb_intern_atom_cookie_t cookies[ATOM_COUNT];

	for (int i = 0; i < ATOM_COUNT; i++)
		cookies[i] = xcb_intern_atom(self->xcb, 0, (uint16_t)strlen(atom_names[i]),
					     atom_names[i]);
	for (int i = 0; i < ATOM_COUNT; i++) {
		g_autofree xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(self->xcb,
										  cookies[i], NULL);
		self->atoms[i] = reply ? reply->atom : XCB_ATOM_NONE;
	}
}

/* Descriptors travel only through a local socket; sent through any other they end the connection.
 */
static bool is_local(xcb_connection_t *xcb)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	return getsockname(xcb_get_file_descriptor(xcb), (struct sockaddr *)&address, &length) ==
		       0 &&
	       address.ss_family == AF_UNIX;
}

static void ask_shm(struct x11 *self)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_shm_id);

	if (!extension || !extension->present)
		return;
	g_autofree xcb_shm_query_version_reply_t *version = xcb_shm_query_version_reply(
		self->xcb, xcb_shm_query_version(self->xcb), NULL);
	self->shm_event = extension->first_event + XCB_SHM_COMPLETION;
	self->fd_passing = version && is_local(self->xcb) &&
			   (version->major_version > 1 || version->minor_version >= 2);
}

static bool is_direct(const xcb_render_pictforminfo_t *info, uint8_t depth, uint16_t alpha_mask)
{
	const xcb_render_directformat_t *d = &info->direct;

	return info->type == XCB_RENDER_PICT_TYPE_DIRECT && info->depth == depth &&
	       d->red_shift == 16 && d->red_mask == 0xff && d->green_shift == 8 &&
	       d->green_mask == 0xff && d->blue_shift == 0 && d->blue_mask == 0xff &&
	       d->alpha_mask == alpha_mask && (!alpha_mask || d->alpha_shift == 24);
}

static xcb_render_pictformat_t format_of_visual(const xcb_render_query_pict_formats_reply_t *reply,
						xcb_visualid_t visual)
{
	xcb_render_pictscreen_iterator_t s = xcb_render_query_pict_formats_screens_iterator(reply);

	for (; s.rem; xcb_render_pictscreen_next(&s)) {
		xcb_render_pictdepth_iterator_t d = xcb_render_pictscreen_depths_iterator(s.data);
		for (; d.rem; xcb_render_pictdepth_next(&d)) {
			const xcb_render_pictvisual_t *v = xcb_render_pictdepth_visuals(d.data);
			for (int i = 0; i < d.data->num_visuals; i++)
				if (v[i].visual == visual)
					return v[i].format;
		}
	}
	return XCB_NONE;
}

static gboolean ask_render(struct x11 *self, GError **error)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_render_id);
	g_autofree xcb_render_query_pict_formats_reply_t *reply = NULL;

	if (extension && extension->present) {
		free(xcb_render_query_version_reply(
			self->xcb, xcb_render_query_version(self->xcb, 0, 11), NULL));
		reply = xcb_render_query_pict_formats_reply(
			self->xcb, xcb_render_query_pict_formats(self->xcb), NULL);
	}
	if (!reply) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "the X server lacks the RENDER extension, which draws the picture");
		return FALSE;
	}
	xcb_render_pictforminfo_iterator_t i = xcb_render_query_pict_formats_formats_iterator(
		reply);
	for (; i.rem; xcb_render_pictforminfo_next(&i)) {
		if (is_direct(i.data, 24, 0))
			self->bgrx_format = i.data->id;
		if (is_direct(i.data, 32, 0xff))
			self->argb_format = i.data->id;
	}
	self->window_format = format_of_visual(reply, self->screen->root_visual);
	return TRUE;
}

/* Are 24-bit pictures words of four bytes in our byte order, as frames have them? */
static bool stores_bgrx(xcb_connection_t *xcb)
{
	const xcb_setup_t *setup = xcb_get_setup(xcb);
	xcb_format_iterator_t i = xcb_setup_pixmap_formats_iterator(setup);

	for (; i.rem; xcb_format_next(&i))
		if (i.data->depth == 24)
			return i.data->bits_per_pixel == 32 &&
			       setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST;
	return false;
}

static gboolean ask_formats(struct x11 *self, GError **error)
{
	if (!ask_render(self, error))
		return FALSE;
	if (!self->bgrx_format || !self->argb_format || !self->window_format ||
	    !stores_bgrx(self->xcb)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "the X server (depth %u) has no pixmaps of 24 bit in 32, which hold "
			    "the picture",
			    self->screen->root_depth);
		return FALSE;
	}
	self->plain = self->window_format == self->bgrx_format;
	return TRUE;
}

static xcb_screen_t *nth_screen(xcb_connection_t *xcb, int number)
{
	xcb_screen_iterator_t i = xcb_setup_roots_iterator(xcb_get_setup(xcb));

	while (i.rem && number-- > 0)
		xcb_screen_next(&i);
	return i.rem ? i.data : NULL;
}

/* What the desktop's settings daemon, or the user's ~/.Xresources, say. */
static uint32_t scale_of_resources(const char *text)
{
	static const char name[] = "Xft.dpi:";
	const char *line = g_str_has_prefix(text, name) ? text : strstr(text, "\nXft.dpi:");
	double dpi = line ? g_ascii_strtod(strchr(line, ':') + 1, NULL) : 0;

	return dpi >= 48 && dpi <= 960 ? (uint32_t)(dpi * 120 / 96 + 0.5) : 120;
}

static uint32_t ask_scale(struct x11 *self)
{
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		self->xcb,
		xcb_get_property(self->xcb, 0, self->screen->root, XCB_ATOM_RESOURCE_MANAGER,
				 XCB_ATOM_STRING, 0, 65536),
		NULL);

	if (!reply || reply->format != 8)
		return 120;
	g_autofree char *text = g_strndup(xcb_get_property_value(reply),
					  (size_t)xcb_get_property_value_length(reply));
	return scale_of_resources(text);
}

gboolean x11_connect(struct x11 *self, GError **error)
{
	const char *name = g_getenv("DISPLAY");
	int number = 0;

	self->xcb = xcb_connect(NULL, &number);
	self->screen = xcb_connection_has_error(self->xcb) ? NULL : nth_screen(self->xcb, number);
	if (!self->screen) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
			    "no X server answers at DISPLAY=%s; set DISPLAY, or use --headless",
			    name ? name : "(not set)");
		return FALSE;
	}
	intern_atoms(self);
	ask_shm(self);
	self->window.scale120 = ask_scale(self);
	log_debug("x11: depth %u, descriptors %s", self->screen->root_depth,
		  self->fd_passing ? "yes" : "no");
	return ask_formats(self, error);
}

void x11_disconnect(struct x11 *self)
{
	if (self->xcb)
		xcb_disconnect(self->xcb);
	self->xcb = NULL;
}
