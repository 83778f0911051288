/* Shows a frame to nobody. */
#include "base/clock.h"
#include "view/present/present.h"

static bool null_suits(const struct window *window, const struct frame *frame)
{
	(void)window;
	return !frame->opaque; /* nobody could keep it */
}

static struct present *null_create(struct window *window, GError **error)
{
	(void)window;
	(void)error;
	return g_new0(struct present, 1);
}

static void null_show(struct present *self, struct frame *frame)
{
	uint64_t now = clock_ns();

	frame_presented(frame, now);
	self->listener->shown(self->data, frame->seen_ns, now);
	self->listener->ready(self->data);
}

static void null_destroy(struct present *self)
{
	g_free(self);
}

const struct present_impl present_null = {
	.name = "null",
	.suits = null_suits,
	.create = null_create,
	.show = null_show,
	.destroy = null_destroy,
};
