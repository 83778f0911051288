/* No way leads to the guest: what comes is gone. */
#include "view/input/sink.h"

static struct sink *null_create(const char *arg, const struct sink_listener *listener, void *data,
				GError **error)
{
	(void)arg, (void)listener, (void)data, (void)error;
	return g_new0(struct sink, 1);
}

static unsigned null_abilities(const struct sink *self)
{
	(void)self;
	return 0;
}

static void null_key(struct sink *self, uint32_t code, bool pressed)
{
	(void)self, (void)code, (void)pressed;
}

static void null_motion(struct sink *self, int32_t x, int32_t y)
{
	(void)self, (void)x, (void)y;
}

static void null_position(struct sink *self, uint32_t x, uint32_t y, uint32_t width,
			  uint32_t height)
{
	(void)self, (void)x, (void)y, (void)width, (void)height;
}

static void null_destroy(struct sink *self)
{
	g_free(self);
}

const struct sink_impl sink_null = {
	.name = "null",
	.create = null_create,
	.abilities = null_abilities,
	.key = null_key,
	.button = null_key,
	.motion = null_motion,
	.position = null_position,
	.scroll = null_motion,
	.destroy = null_destroy,
};
