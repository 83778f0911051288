#include "view/source/board.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "view/source/past.h"
#include "view/spice/spice.h"

static_assert((int)LINK_SPICE_RECTS_MAX <= (int)REGION_MAX, "a frame's damage fits a region");

struct screen_frame {
	struct frame frame; /* refs 0: the slot is oriel-spice's */
	struct board *board;
	unsigned slot;
};

/* Lives as long as a frame of it does. */
struct board {
	unsigned refs;
	struct spice *spice; /* NULL: it wants nothing back */
	uint32_t surface;
	int fd;
	const uint8_t *base;
	size_t size, slot_size;
	unsigned slots;
	struct pixel_image image;
	struct past past;
	struct screen_frame frames[LINK_SPICE_SLOTS_MAX];
};

/* ---- memory ---- */

static struct board *board_ref(struct board *self)
{
	self->refs++;
	return self;
}

void board_unref(struct board *self)
{
	if (!self || --self->refs)
		return;
	munmap((void *)self->base, self->size);
	close(self->fd);
	g_free(self);
}

void board_retire(struct board *self)
{
	if (self)
		self->spice = NULL;
}

bool board_is(const struct board *self, uint32_t surface)
{
	return self->surface == surface;
}

static bool is_sane(const struct link_spice_surface *told, struct pixel_image *image)
{
	return told->width <= LINK_SPICE_SCREEN_MAX && told->height <= LINK_SPICE_SCREEN_MAX &&
	       pixel_image_init(image, PIXEL_BGRA, told->width, told->height) == 0 &&
	       told->pitch == image->pitch && told->slots > 0 &&
	       told->slots <= LINK_SPICE_SLOTS_MAX && told->slot_size <= UINT32_MAX &&
	       told->slot_size >= pixel_image_size(image) && told->slot_size % MEM_PAGE == 0;
}

/* Of that size for ever. */
static bool is_sealed(int fd, uint64_t size)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);

	return fstat(fd, &status) == 0 && status.st_size >= 0 && (uint64_t)status.st_size == size &&
	       seals > 0 && seals & F_SEAL_SHRINK;
}

struct board *board_create(const struct link_spice_surface *told, int fd, struct spice *spice,
			   uint64_t first)
{
	struct pixel_image image;

	if (!is_sane(told, &image))
		return NULL;
	const uint64_t size = told->slot_size * told->slots; /* below 2^34 */
	if (!is_sealed(fd, size))
		return NULL;
	const void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return NULL;
	struct board *self = g_new0(struct board, 1);
	*self = (struct board){ .refs = 1,
				.spice = spice,
				.surface = told->surface,
				.fd = fd,
				.base = base,
				.size = size,
				.slot_size = told->slot_size,
				.slots = told->slots,
				.image = image };
	past_begin(&self->past, first);
	return self;
}

/* ---- pictures ---- */

static const void *screen_pixels(struct frame *frame)
{
	const struct screen_frame *self = (const struct screen_frame *)frame;

	return self->board->base + self->board->slot_size * self->slot;
}

static void screen_damage(const struct frame *frame, uint64_t since, struct region *out)
{
	const struct board *board = ((const struct screen_frame *)frame)->board;

	past_damage(&board->past, since, frame->serial, board->image.width, board->image.height,
		    out);
}

static void screen_release(struct frame *frame)
{
	struct screen_frame *self = (struct screen_frame *)frame;
	struct board *board = self->board;
	struct link_spice_slot body = { board->surface, self->slot };

	if (board->spice)
		spice_ask(board->spice, LINK_SPICE_DISPLAY_FREE, &body, NULL, NULL);
	board_unref(board);
}

static const struct frame_impl screen_frame_impl = {
	.pixels = screen_pixels,
	.damage = screen_damage,
	.release = screen_release,
};

static bool take_damage(const struct link_spice_frame *told, const struct pixel_image *image,
			struct region *out)
{
	region_clear(out);
	if (told->count > LINK_SPICE_RECTS_MAX)
		return false;
	for (uint32_t i = 0; i < told->count; i++) {
		const struct link_spice_rect *rect = &told->rects[i];
		if ((uint64_t)rect->x + rect->width > image->width ||
		    (uint64_t)rect->y + rect->height > image->height)
			return false;
		region_add(out, (struct rect){ rect->x, rect->y, rect->width, rect->height });
	}
	return true;
}

static struct frame *wrap(struct board *self, unsigned slot, uint64_t serial)
{
	struct screen_frame *frame = &self->frames[slot];

	frame_init(&frame->frame, &screen_frame_impl, &self->image);
	frame->board = board_ref(self);
	frame->slot = slot;
	frame->frame.serial = serial;
	frame->frame.seen_ns = clock_ns();
	frame->frame.shm_fd = self->fd;
	frame->frame.shm_offset = (off_t)(self->slot_size * slot);
	frame->frame.shm_size = self->size;
	return &frame->frame;
}

struct frame *board_take(struct board *self, const struct link_spice_frame *told, uint64_t serial)
{
	struct region damage;

	if (told->slot >= self->slots || self->frames[told->slot].frame.refs ||
	    !take_damage(told, &self->image, &damage))
		return NULL;
	past_add(&self->past, serial, &damage);
	return wrap(self, told->slot, serial);
}
