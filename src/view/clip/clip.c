#include "view/clip/clip.h"

#include <string.h>

#include "link/parcel.h"

#define LIST_MAX (1u << 20) /* bytes */

const char *const clip_drop_formats[CLIP_DROPS] = {
	[CLIP_DROP_KEY] = CLIP_KEY,
	[CLIP_DROP_KEY_GTK3] = CLIP_KEY_GTK3,
	[CLIP_DROP_LIST] = CLIP_LIST,
};

unsigned clip_drop_bit(const char *format)
{
	for (unsigned i = 0; i < CLIP_DROPS; i++)
		if (strcmp(format, clip_drop_formats[i]) == 0)
			return 1u << i;
	return 0;
}

enum clip_drop clip_drop_best(unsigned bits)
{
	int first = g_bit_nth_lsf(bits, -1);

	return first < 0 ? CLIP_DROPS : (enum clip_drop)first;
}

struct clip *clip_create(const struct clip_impl *impl, struct window *window,
			 const struct clip_listener *listener, void *data, GError **error)
{
	struct clip *self = impl->create(window, error);

	if (self)
		*self = (struct clip){ impl, listener, data };
	return self;
}

void clip_offer(struct clip *self, enum clip_selection selection, unsigned kinds)
{
	self->impl->offer(self, selection, kinds);
}

void clip_want(struct clip *self, uint32_t id, enum clip_selection selection, enum clip_kind kind)
{
	self->impl->want(self, id, selection, kind);
}

void clip_cancel(struct clip *self, uint32_t id)
{
	self->impl->cancel(self, id);
}

void clip_give(struct clip *self, uint32_t id, int fd)
{
	self->impl->give(self, id, fd);
}

void clip_refuse(struct clip *self, uint32_t id)
{
	self->impl->refuse(self, id);
}

bool clip_tell_files(struct clip *self, enum clip_drop how, int fd)
{
	struct parcel_view view;

	if (parcel_map(fd, &view) < 0)
		return false;
	g_autofree char *text = view.size <= LIST_MAX ? g_strndup(view.bytes, view.size) : NULL;
	parcel_unmap(&view);
	if (text)
		self->listener->files(self->data, how != CLIP_DROP_LIST, text);
	else
		self->listener->no_files(self->data, "too many at once");
	return text != NULL;
}

void clip_destroy(struct clip *self)
{
	if (self)
		self->impl->destroy(self);
}

/* ---- null ---- */

static struct clip *null_create(struct window *window, GError **error)
{
	(void)window, (void)error;
	return g_new0(struct clip, 1);
}

static void null_offer(struct clip *self, enum clip_selection selection, unsigned kinds)
{
	(void)self, (void)selection, (void)kinds;
}

static void null_want(struct clip *self, uint32_t id, enum clip_selection selection,
		      enum clip_kind kind)
{
	(void)selection, (void)kind;
	self->listener->refused(self->data, id, "there is no clipboard here");
}

static void null_answer(struct clip *self, uint32_t id)
{
	(void)self, (void)id;
}

static void null_give(struct clip *self, uint32_t id, int fd)
{
	(void)self, (void)id, (void)fd;
}

static void null_destroy(struct clip *self)
{
	g_free(self);
}

const struct clip_impl clip_null = {
	.name = "null",
	.create = null_create,
	.offer = null_offer,
	.want = null_want,
	.cancel = null_answer,
	.give = null_give,
	.refuse = null_answer,
	.destroy = null_destroy,
};
