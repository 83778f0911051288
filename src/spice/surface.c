#include "spice/surface.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "link/spice_display.h"

/* One is shown, one is on its way there, one is newer than that, and one is to be written. */
#define SLOTS LINK_SPICE_SLOTS_MAX

struct slot {
	bool lent;
	struct region missing; /* changed since it was written */
};

struct surface {
	struct pixel_image image;
	size_t slot_size;
	int fd;
	uint8_t *base;
	struct region changed; /* since the newest picture */
	struct slot slots[SLOTS];
};

static int make_memory(struct surface *self)
{
	const size_t size = self->slot_size * SLOTS;

	self->fd = memfd_create("oriel-spice", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (self->fd < 0 || ftruncate(self->fd, (off_t)size) ||
	    fcntl(self->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	self->base = base;
	return 0;
}

int surface_create(struct surface **out, uint32_t width, uint32_t height)
{
	struct surface *self = calloc(1, sizeof(*self));
	int result;

	if (!self)
		return -ENOMEM;
	self->fd = -1;
	result = pixel_image_init(&self->image, PIXEL_BGRA, width, height);
	if (result == 0) {
		self->slot_size = align_up(pixel_image_size(&self->image), MEM_PAGE);
		result = make_memory(self);
	}
	if (result) {
		surface_destroy(self);
		return result;
	}
	surface_damage(self, (struct rect){ 0, 0, width, height });
	*out = self;
	return 0;
}

void surface_destroy(struct surface *self)
{
	if (!self)
		return;
	if (self->base)
		munmap(self->base, self->slot_size * SLOTS);
	if (self->fd >= 0)
		close(self->fd);
	free(self);
}

const struct pixel_image *surface_image(const struct surface *self)
{
	return &self->image;
}

int surface_fd(const struct surface *self)
{
	return self->fd;
}

size_t surface_slot_size(const struct surface *self)
{
	return self->slot_size;
}

unsigned surface_slots(const struct surface *self)
{
	(void)self;
	return SLOTS;
}

void surface_damage(struct surface *self, struct rect rect)
{
	const struct rect all = { 0, 0, self->image.width, self->image.height };

	rect = rect_intersect(rect, all);
	if (rect_empty(rect))
		return;
	region_add(&self->changed, rect);
	for (unsigned i = 0; i < SLOTS; i++)
		region_add(&self->slots[i].missing, rect);
}

bool surface_dirty(const struct surface *self)
{
	return !region_empty(&self->changed);
}

/* ---- copying ---- */

static void copy_565(uint32_t *to, const void *from, uint32_t count)
{
	const uint16_t *pixels = from;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t r = pixels[i] >> 11, g = pixels[i] >> 5 & 63, b = pixels[i] & 31;
		to[i] = (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2);
	}
}

static void copy_555(uint32_t *to, const void *from, uint32_t count)
{
	const uint16_t *pixels = from;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t r = pixels[i] >> 10 & 31, g = pixels[i] >> 5 & 31, b = pixels[i] & 31;
		to[i] = (r << 3 | r >> 2) << 16 | (g << 3 | g >> 2) << 8 | (b << 3 | b >> 2);
	}
}

static void copy_32(uint32_t *to, const void *from, uint32_t count)
{
	memcpy(to, from, (size_t)count * 4);
}

/* Bytes R, G, B and one of no meaning. */
static void copy_rgb(uint32_t *to, const void *from, uint32_t count)
{
	const uint32_t *pixels = from;

	for (uint32_t i = 0; i < count; i++)
		to[i] = (pixels[i] & 255) << 16 | (pixels[i] & 0xff00) | (pixels[i] >> 16 & 255);
}

static const struct {
	size_t bytes;
	void (*copy)(uint32_t *to, const void *from, uint32_t count);
} depths[] = {
	[SURFACE_32] = { 4, copy_32 },
	[SURFACE_565] = { 2, copy_565 },
	[SURFACE_555] = { 2, copy_555 },
	[SURFACE_RGB] = { 4, copy_rgb },
};

static void copy_rect(const struct surface *self, uint8_t *slot, const struct surface_pixels *from,
		      struct rect rect)
{
	const uint8_t *source = (const uint8_t *)from->first + (ptrdiff_t)rect.y * from->stride +
				rect.x * depths[from->depth].bytes;

	slot += (size_t)rect.y * self->image.pitch + (size_t)rect.x * 4;
	for (uint32_t y = 0; y < rect.height; y++) {
		depths[from->depth].copy((uint32_t *)(void *)slot, source, rect.width);
		slot += self->image.pitch;
		source += from->stride;
	}
}

/* That which has the least to be written: slots nobody needs are never touched. */
static int find_free(const struct surface *self)
{
	int best = -1;

	for (int i = 0; i < SLOTS; i++)
		if (!self->slots[i].lent &&
		    (best < 0 || region_area(&self->slots[i].missing) <
					 region_area(&self->slots[best].missing)))
			best = i;
	return best;
}

int surface_write(struct surface *self, const struct surface_pixels *from, struct region *damage,
		  uint64_t *bytes_copied)
{
	int index = find_free(self);

	if (index < 0)
		return -1;
	struct slot *slot = &self->slots[index];
	for (uint32_t i = 0; i < slot->missing.count; i++)
		copy_rect(self, self->base + self->slot_size * (size_t)index, from,
			  slot->missing.rects[i]);
	*bytes_copied = region_area(&slot->missing) * 4;
	*damage = self->changed;
	slot->lent = true;
	region_clear(&slot->missing);
	region_clear(&self->changed);
	return index;
}

void surface_free(struct surface *self, uint32_t slot)
{
	if (slot < SLOTS)
		self->slots[slot].lent = false;
}
