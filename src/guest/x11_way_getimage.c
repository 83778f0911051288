#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "guest/bands.h"
#include "guest/x11_way.h"

struct way {
	struct x11_way base;
	xcb_shm_seg_t segment;
	uint64_t fd_offset;
	struct x11_reading reading;
};

static struct way *way_from(struct x11_way *way)
{
	assert(way->impl == &x11_way_getimage);
	return container_of(way, struct way, base);
}

static int create(struct x11_way **out, struct x11_screen *screen,
		  const struct capture_params *params)
{
	xcb_shm_seg_t segment;
	int failed = x11_segment_attach(screen, params->fd, &segment);
	if (failed)
		return failed;
	struct way *self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->base = (struct x11_way){ .impl = &x11_way_getimage, .screen = screen };
	self->segment = segment;
	self->fd_offset = params->fd_offset;
	*out = &self->base;
	return 0;
}

static void begin(struct x11_way *way, struct capture_target *target, const struct region *damage)
{
	struct way *self = way_from(way);
	struct band bands[REGION_MAX];
	uint32_t count = bands_from_region(damage, target->image.data_height, bands);
	x11_segment_ask(&self->reading, way->screen, self->segment,
			self->fd_offset + target->offset, target->image.width, bands, count);
}

static int fill(struct x11_way *way, struct capture_target *target, const struct region *damage)
{
	(void)target;
	(void)damage;
	return x11_segment_await(&way_from(way)->reading, way->screen);
}

static void destroy(struct x11_way *way)
{
	struct way *self = way_from(way);
	xcb_shm_detach(way->screen->conn, self->segment);
	free(self);
}

const struct x11_way_impl x11_way_getimage = {
	.name = "getimage",
	.gapless = true,
	.create = create,
	.begin = begin,
	.fill = fill,
	.destroy = destroy,
};
