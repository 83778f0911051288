/* The clipboard of an X server: who owns what. */
#include "view/clip/x11.h"

#include <assert.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "base/log.h"

static const char *const atom_names[] = {
	[X11_CLIPBOARD] = "CLIPBOARD",
	[X11_TARGETS] = "TARGETS",
	[X11_TIMESTAMP] = "TIMESTAMP",
	[X11_INCR] = "INCR",
	[X11_PROPERTY] = "ORIEL_CLIP",
	[X11_DROP_FORMATS + CLIP_DROP_KEY] = CLIP_KEY,
	[X11_DROP_FORMATS + CLIP_DROP_KEY_GTK3] = CLIP_KEY_GTK3,
	[X11_DROP_FORMATS + CLIP_DROP_LIST] = CLIP_LIST,
	[X11_XDND_AWARE] = "XdndAware",
	[X11_XDND_SELECTION] = "XdndSelection",
	[X11_XDND_TYPES] = "XdndTypeList",
	[X11_XDND_ENTER] = "XdndEnter",
	[X11_XDND_POSITION] = "XdndPosition",
	[X11_XDND_LEAVE] = "XdndLeave",
	[X11_XDND_DROP] = "XdndDrop",
	[X11_XDND_STATUS] = "XdndStatus",
	[X11_XDND_FINISHED] = "XdndFinished",
	[X11_XDND_COPY] = "XdndActionCopy",
};
static_assert(G_N_ELEMENTS(atom_names) == X11_ATOMS, "one name per atom");

struct clip_source {
	GSource base;
	struct x11_clip *clip;
	gpointer tag;
};

/* ---- deadlines ---- */

static gboolean on_tick(gpointer data)
{
	struct x11_clip *self = data;
	int64_t before = g_get_monotonic_time() - CLIP_PATIENCE_S * G_USEC_PER_SEC;
	bool fetches = x11_fetch_expire(self, before), serves = x11_serve_expire(self, before);

	xcb_flush(self->xcb);
	if (fetches || serves)
		return G_SOURCE_CONTINUE;
	self->timer = 0;
	return G_SOURCE_REMOVE;
}

void x11_clip_watch_time(struct x11_clip *self)
{
	if (!self->timer)
		self->timer = g_timeout_add(500, on_tick, self);
}

/* ---- owners ---- */

void x11_clip_has_targets(struct x11_clip *self, enum clip_selection selection, uint32_t formats)
{
	self->selections[selection].formats = formats;
	self->clip.listener->offered(self->clip.data, selection, clip_kinds_of(formats));
}

static void on_owner(struct x11_clip *self, const xcb_xfixes_selection_notify_event_t *event)
{
	for (int i = 0; i < CLIP_SELECTIONS; i++) {
		struct x11_selection *selection = &self->selections[i];
		if (selection->atom != event->selection)
			continue;
		bool was = selection->ours;
		selection->ours = event->owner == self->window;
		if (event->owner != XCB_WINDOW_NONE && !selection->ours)
			x11_fetch_targets(self, (enum clip_selection)i);
		else if (!selection->ours && !was)
			x11_clip_has_targets(self, (enum clip_selection)i, 0);
	}
}

/* Who takes a selection says since when, by the server's clock: a change of our own property tells
 * it. */
static void on_time(struct x11_clip *self, xcb_timestamp_t time)
{
	for (int i = 0; i < CLIP_SELECTIONS; i++) {
		struct x11_selection *selection = &self->selections[i];
		if (!selection->due)
			continue;
		selection->due = false;
		selection->since = time;
		selection->ours = true;
		xcb_set_selection_owner(self->xcb, self->window, selection->atom, time);
	}
}

static void x11_offer(struct clip *clip, enum clip_selection which, unsigned kinds)
{
	struct x11_clip *self = (struct x11_clip *)clip;
	struct x11_selection *selection = &self->selections[which];

	selection->kinds = kinds;
	selection->due = kinds != 0;
	if (kinds)
		xcb_change_property(self->xcb, XCB_PROP_MODE_APPEND, self->window,
				    self->atoms[X11_PROPERTY], XCB_ATOM_INTEGER, 32, 0, NULL);
	else if (selection->ours)
		xcb_set_selection_owner(self->xcb, XCB_WINDOW_NONE, selection->atom,
					selection->since);
	xcb_flush(self->xcb);
}

/* ---- transfers ---- */

static void x11_want(struct clip *clip, uint32_t id, enum clip_selection selection,
		     enum clip_kind kind)
{
	struct x11_clip *self = (struct x11_clip *)clip;

	x11_fetch_start(self, id, selection,
			clip_format_best(self->selections[selection].formats, kind));
}

static void x11_cancel(struct clip *clip, uint32_t id)
{
	x11_fetch_cancel((struct x11_clip *)clip, id);
}

static void x11_give(struct clip *clip, uint32_t id, int fd)
{
	x11_serve_give((struct x11_clip *)clip, id, fd);
}

static void x11_refuse(struct clip *clip, uint32_t id)
{
	x11_serve_refuse((struct x11_clip *)clip, id);
}

/* ---- the main loop ---- */

static void handle(struct x11_clip *self, const xcb_generic_event_t *event)
{
	uint8_t type = event->response_type & 0x7f;
	const xcb_property_notify_event_t *property = (const void *)event;

	if (type == self->xfixes + XCB_XFIXES_SELECTION_NOTIFY)
		on_owner(self, (const void *)event);
	else if (type == XCB_PROPERTY_NOTIFY && property->window == self->window)
		on_time(self, property->time);
	else if (type != 0) /* programs come and go while we ask them: no matter */
		x11_fetch_event(self, event), x11_serve_event(self, event);
}

static xcb_generic_event_t *next_event(struct x11_clip *self)
{
	xcb_generic_event_t *event = self->queued;

	self->queued = NULL;
	return event ? event : xcb_poll_for_event(self->xcb);
}

static void dispatch(struct x11_clip *self)
{
	xcb_generic_event_t *event;

	/* Either may read what the other waits for. */
	do {
		while ((event = next_event(self))) {
			handle(self, event);
			free(event);
		}
	} while (x11_fetch_poll(self));
	xcb_flush(self->xcb);
}

static gboolean source_prepare(GSource *base, int *timeout)
{
	struct x11_clip *self = ((struct clip_source *)base)->clip;

	*timeout = -1;
	if (!self->queued)
		self->queued = xcb_poll_for_queued_event(self->xcb);
	return self->queued != NULL;
}

static gboolean source_check(GSource *base)
{
	struct clip_source *source = (struct clip_source *)base;

	return source->clip->queued || g_source_query_unix_fd(base, source->tag);
}

/* A server that goes is the window's to tell. */
static gboolean source_dispatch(GSource *base, GSourceFunc callback, gpointer data)
{
	struct x11_clip *self = ((struct clip_source *)base)->clip;

	(void)callback, (void)data;
	dispatch(self);
	return xcb_connection_has_error(self->xcb) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare,
	.check = source_check,
	.dispatch = source_dispatch,
};

static void watch(struct x11_clip *self)
{
	self->source = g_source_new(&source_funcs, sizeof(struct clip_source));
	struct clip_source *source = (struct clip_source *)self->source;
	source->clip = self;
	source->tag = g_source_add_unix_fd(self->source, xcb_get_file_descriptor(self->xcb),
					   G_IO_IN | G_IO_HUP | G_IO_ERR);
	g_source_attach(self->source, NULL);
}

/* ---- beginning and end ---- */

static void intern(struct x11_clip *self)
{
	xcb_intern_atom_cookie_t cookies[X11_ATOMS + CLIP_FORMATS];

	for (int i = 0; i < X11_ATOMS + CLIP_FORMATS; i++) {
		const char *name = i < X11_ATOMS ? atom_names[i] : clip_formats[i - X11_ATOMS].name;
		cookies[i] = xcb_intern_atom(self->xcb, 0, (uint16_t)strlen(name), name);
	}
	for (int i = 0; i < X11_ATOMS + CLIP_FORMATS; i++) {
		g_autofree xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(self->xcb,
										  cookies[i], NULL);
		xcb_atom_t atom = reply ? reply->atom : XCB_ATOM_NONE;
		if (i < X11_ATOMS)
			self->atoms[i] = atom;
		else
			self->formats[i - X11_ATOMS] = atom;
	}
}

static gboolean ask_xfixes(struct x11_clip *self, GError **error)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_xfixes_id);
	g_autofree xcb_xfixes_query_version_reply_t *version = NULL;

	if (extension && extension->present)
		version = xcb_xfixes_query_version_reply(
			self->xcb, xcb_xfixes_query_version(self->xcb, 5, 0), NULL);
	if (!version) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "the X server lacks the XFIXES extension, which tells who copies");
		return FALSE;
	}
	self->xfixes = extension->first_event;
	return TRUE;
}

static void watch_owners(struct x11_clip *self)
{
	const uint32_t mask = XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER |
			      XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_WINDOW_DESTROY |
			      XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_CLIENT_CLOSE;

	self->window = xcb_generate_id(self->xcb);
	xcb_create_window(self->xcb, 0, self->window, self->screen->root, -1, -1, 1, 1, 0,
			  XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK,
			  (const uint32_t[]){ XCB_EVENT_MASK_PROPERTY_CHANGE });
	self->selections[CLIP_CLIPBOARD].atom = self->atoms[X11_CLIPBOARD];
	self->selections[CLIP_PRIMARY].atom = XCB_ATOM_PRIMARY;
	for (int i = 0; i < CLIP_SELECTIONS; i++) {
		xcb_xfixes_select_selection_input(self->xcb, self->window, self->selections[i].atom,
						  mask);
		x11_fetch_targets(self, (enum clip_selection)i); /* of who has it now */
	}
}

static void x11_destroy(struct clip *clip)
{
	struct x11_clip *self = (struct x11_clip *)clip;

	if (self->timer)
		g_source_remove(self->timer);
	if (self->source) {
		g_source_destroy(self->source);
		g_source_unref(self->source);
	}
	x11_drop_close(self);
	x11_fetch_finish(self);
	x11_serve_finish(self);
	free(self->queued);
	xcb_disconnect(self->xcb);
	g_free(self);
}

static struct clip *x11_create(struct window *window, GError **error)
{
	struct x11_clip *self = g_new0(struct x11_clip, 1);

	self->xcb = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(self->xcb))
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
			    "no second connection to the X server");
	else if (ask_xfixes(self, error)) {
		self->screen = xcb_setup_roots_iterator(xcb_get_setup(self->xcb)).data;
		intern(self);
		watch_owners(self);
		watch(self);
		x11_drop_open(self, (struct x11 *)window);
		return &self->clip;
	}
	x11_destroy(&self->clip);
	return NULL;
}

const struct clip_impl clip_x11 = {
	.name = "x11",
	.create = x11_create,
	.offer = x11_offer,
	.want = x11_want,
	.cancel = x11_cancel,
	.give = x11_give,
	.refuse = x11_refuse,
	.destroy = x11_destroy,
};
