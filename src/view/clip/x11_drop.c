/* Files that another X11 program drags over the window and drops there: XDND, version 5. Messages
 * come to the window, on its connection; we answer on our own. */
#include <stdlib.h>

#include "view/clip/x11.h"
#include "view/window/x11/x11.h"

#define VERSION     5
#define OLDEST      3 /* before that the messages had another form */
#define TYPES_MAX   1024
#define HAS_LIST    0x1
#define WILL_ACCEPT 0x1
#define EVERYWHERE  0x2 /* tell of every place */

static void answer(struct x11_clip *self, enum x11_clip_atom what, uint32_t flags, uint32_t word,
		   uint32_t action)
{
	const xcb_client_message_event_t message = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = self->drop.source,
		.type = self->atoms[what],
		.data.data32 = { self->drop.target->id, flags, word, 0, action },
	};

	xcb_send_event(self->xcb, 0, self->drop.source, 0, (const char *)&message);
	xcb_flush(self->xcb);
}

/* ---- what is dragged ---- */

static unsigned bits_of(const struct x11_clip *self, const xcb_atom_t *types, size_t count)
{
	unsigned bits = 0;

	for (size_t i = 0; i < count; i++)
		for (unsigned how = 0; how < CLIP_DROPS; how++)
			if (types[i] == self->atoms[X11_DROP_FORMATS + how])
				bits |= 1u << how;
	return bits;
}

/* More than three kinds stand in a property: waits for the server, once for each drag. */
static unsigned bits_of_list(struct x11_clip *self)
{
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		self->xcb,
		xcb_get_property(self->xcb, 0, self->drop.source, self->atoms[X11_XDND_TYPES],
				 XCB_ATOM_ATOM, 0, TYPES_MAX),
		NULL);

	if (!reply || reply->format != 32)
		return 0;
	return bits_of(self, xcb_get_property_value(reply), reply->value_len);
}

static void on_enter(struct x11_clip *self, const uint32_t *words)
{
	uint32_t version = words[1] >> 24;

	self->drop.source = words[0];
	self->drop.drops = 0;
	if (version >= OLDEST)
		self->drop.drops = words[1] & HAS_LIST ? bits_of_list(self)
						       : bits_of(self, words + 2, 3);
}

/* Anywhere in the window is as good. */
static void on_position(struct x11_clip *self, const uint32_t *words)
{
	bool welcome = self->drop.drops != 0;

	(void)words;
	answer(self, X11_XDND_STATUS, EVERYWHERE | (welcome ? WILL_ACCEPT : 0), 0,
	       welcome ? self->atoms[X11_XDND_COPY] : XCB_ATOM_NONE);
}

static void on_leave(struct x11_clip *self, const uint32_t *words)
{
	(void)words;
	self->drop.source = XCB_WINDOW_NONE;
}

static void on_drop(struct x11_clip *self, const uint32_t *words)
{
	self->drop.due = self->drop.drops != 0;
	if (self->drop.due)
		x11_fetch_drop(self, words[2]);
	else
		answer(self, X11_XDND_FINISHED, 0, XCB_ATOM_NONE, 0);
}

void x11_drop_done(struct x11_clip *self, int fd)
{
	struct clip *clip = &self->clip;
	bool taken = false;

	if (!self->drop.due)
		return;
	self->drop.due = false;
	if (fd >= 0)
		taken = clip_tell_files(clip, clip_drop_best(self->drop.drops), fd);
	else
		clip->listener->no_files(clip->data,
					 "the program that has them does not say which");
	if (self->drop.source)
		answer(self, X11_XDND_FINISHED, taken ? WILL_ACCEPT : 0,
		       taken ? self->atoms[X11_XDND_COPY] : XCB_ATOM_NONE, 0);
	self->drop.source = XCB_WINDOW_NONE;
}

/* ---- the window's ear ---- */

/* Only the source that has entered counts; and no other while it has not said what was dropped. */
static void on_message(void *data, const xcb_client_message_event_t *event)
{
	static const struct {
		enum x11_clip_atom type;
		void (*hear)(struct x11_clip *self, const uint32_t *words);
	} messages[] = {
		{ X11_XDND_ENTER, on_enter },
		{ X11_XDND_POSITION, on_position },
		{ X11_XDND_LEAVE, on_leave },
		{ X11_XDND_DROP, on_drop },
	};
	struct x11_clip *self = data;
	const uint32_t *words = event->data.data32;

	if (event->format != 32 || self->drop.due)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++)
		if (event->type == self->atoms[messages[i].type] &&
		    (i == 0 || (self->drop.source && self->drop.source == words[0])))
			messages[i].hear(self, words);
}

void x11_drop_open(struct x11_clip *self, struct x11 *target)
{
	if (!target)
		return;
	self->drop.target = target;
	target->drop_ear = (struct x11_drop_ear){ on_message, self };
	xcb_change_property(self->xcb, XCB_PROP_MODE_REPLACE, target->id,
			    self->atoms[X11_XDND_AWARE], XCB_ATOM_ATOM, 32, 1,
			    &(uint32_t){ VERSION });
	xcb_flush(self->xcb);
}

void x11_drop_close(struct x11_clip *self)
{
	if (self->drop.target)
		self->drop.target->drop_ear = (struct x11_drop_ear){ 0 };
}
