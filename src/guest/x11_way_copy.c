#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "guest/bands.h"
#include "guest/x11_way.h"
#include "pixel/copy.h"

/* Memory that the server writes to and we read from. */
struct staging {
	xcb_shm_seg_t segment;
	uint8_t *base; /* NULL: none */
	size_t size;
};

struct way {
	struct x11_way base;
	struct staging staging;
};

static struct way *way_from(struct x11_way *way)
{
	assert(way->impl == &x11_way_copy);
	return container_of(way, struct way, base);
}

static void staging_free(struct staging *self, struct x11_screen *screen)
{
	if (!self->base)
		return;
	xcb_shm_detach(screen->conn, self->segment);
	munmap(self->base, self->size);
	self->base = NULL;
}

static int staging_map(struct staging *out, struct x11_screen *screen, int fd, size_t size)
{
	if (ftruncate(fd, (off_t)size))
		return -errno;
	void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	xcb_shm_seg_t segment;
	int failed = x11_segment_attach(screen, fd, &segment);
	if (failed) {
		munmap(base, size);
		return failed;
	}
	*out = (struct staging){ segment, base, size };
	return 0;
}

static int staging_make(struct staging *out, struct x11_screen *screen, size_t size)
{
	int fd = memfd_create("oriel-guest-x11", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int failed = staging_map(out, screen, fd, size);
	close(fd);
	return failed;
}

/* Screens seldom change their size: a larger one gets a new segment. */
static int staging_reserve(struct staging *self, struct x11_screen *screen, size_t size)
{
	if (self->base && self->size >= size)
		return 0;
	staging_free(self, screen);
	return staging_make(self, screen, size);
}

static int create(struct x11_way **out, struct x11_screen *screen,
		  const struct capture_params *params)
{
	(void)params;
	struct way *self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->base = (struct x11_way){ .impl = &x11_way_copy, .screen = screen };
	int failed = staging_reserve(&self->staging, screen,
				     (size_t)screen->width * screen->height * 4);
	if (failed) {
		free(self);
		return failed;
	}
	*out = &self->base;
	return 0;
}

static void copy_out(struct way *self, struct capture_target *target, const struct region *damage)
{
	const struct pixel_image *image = &target->image;
	for (uint32_t i = 0; i < damage->count; i++) {
		struct rect rect = rect_intersect(
			damage->rects[i], (struct rect){ 0, 0, image->width, image->data_height });
		pixel_copy_rect(image, target->pixels, image->pitch, self->staging.base,
				(size_t)image->width * 4, rect);
		self->base.copied += (uint64_t)rect.width * rect.height * 4;
	}
}

static int fill(struct x11_way *way, struct capture_target *target, const struct region *damage)
{
	struct way *self = way_from(way);
	const struct pixel_image *image = &target->image;
	int failed = staging_reserve(&self->staging, way->screen,
				     (size_t)image->width * image->height * 4);
	if (failed)
		return x11_screen_lost(way->screen) ? CAPTURE_E_LOST : failed;
	struct band bands[REGION_MAX];
	uint32_t count = bands_from_region(damage, image->data_height, bands);
	struct x11_reading reading;
	x11_segment_ask(&reading, way->screen, self->staging.segment, 0, image->width, bands,
			count);
	failed = x11_segment_await(&reading, way->screen);
	if (!failed)
		copy_out(self, target, damage);
	return failed;
}

static void destroy(struct x11_way *way)
{
	struct way *self = way_from(way);
	staging_free(&self->staging, way->screen);
	free(self);
}

const struct x11_way_impl x11_way_copy = {
	.name = "copy",
	.create = create,
	.fill = fill,
	.destroy = destroy,
};
