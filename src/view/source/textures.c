#include "view/source/textures.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "link/texture.h"
#include "view/source/past.h"
#include "view/spice/spice.h"

#define FRAMES 8 /* out at a time: more than presenters hold */

/* Lives as long as a frame of it does. */
struct texture {
	unsigned refs;
	struct link_spice_texture told;
	int fd;
	struct pixel_image image;
};

struct texture_frame {
	struct frame frame; /* refs 0: nobody has it */
	struct textures *owner;
	struct texture *texture;
	uint32_t draw; /* the guest waits for it; 0: it does not */
	uint8_t *copy; /* of the pixels, for who asked */
};

struct textures {
	unsigned refs;
	struct spice *spice; /* NULL: nobody wants to hear anything */
	void (*refused)(void *data);
	void *data;
	struct texture *shown; /* NULL: none */
	bool fresh;            /* nothing of it was told yet */
	uint64_t serial, seen_ns;
	uint32_t draw; /* of it, that no frame has taken along yet; 0: there is none */
	struct past past;
	struct texture_frame frames[FRAMES];
};

/* ---- memory ---- */

static void texture_unref(struct texture *self)
{
	if (!self || --self->refs)
		return;
	close(self->fd);
	g_free(self);
}

static void textures_unref(struct textures *self)
{
	if (--self->refs == 0)
		g_free(self);
}

static bool describe(const struct link_spice_texture *told, int fd, struct pixel_image *out)
{
	*out = (struct pixel_image){
		.format = pixel_format_from_fourcc(told->fourcc),
		.width = told->view.width,
		.height = told->view.height,
		.data_width = told->view.width,
		.data_height = told->view.height,
		.pitch = told->pitch,
	};
	return link_texture_check(told, pixel_format_info(out->format)->pixel_bytes, fd) == 0 &&
	       pixel_image_valid(out);
}

struct textures *textures_create(struct spice *spice, void (*refused)(void *data), void *data)
{
	struct textures *self = g_new0(struct textures, 1);

	*self = (struct textures){ .refs = 1, .spice = spice, .refused = refused, .data = data };
	return self;
}

bool textures_set(struct textures *self, const struct link_spice_texture *told, int fd)
{
	struct pixel_image image;

	textures_drop(self);
	if (!describe(told, fd, &image))
		return false;
	self->shown = g_new0(struct texture, 1);
	*self->shown = (struct texture){ 1, *told, fd, image };
	self->fresh = true;
	return true;
}

void textures_drop(struct textures *self)
{
	texture_unref(self->shown);
	self->shown = NULL;
	self->draw = 0;
	self->serial = 0;
}

bool textures_there(const struct textures *self)
{
	return self->shown != NULL;
}

bool textures_is(const struct textures *self, uint32_t texture)
{
	return self->shown && self->shown->told.texture == texture;
}

void textures_retire(struct textures *self)
{
	if (!self)
		return;
	textures_drop(self);
	self->spice = NULL;
	textures_unref(self);
}

/* ---- pictures ---- */

static void answer(struct texture_frame *self)
{
	const struct link_spice_done body = { self->draw };

	if (self->draw && self->owner->spice)
		spice_ask(self->owner->spice, LINK_SPICE_DISPLAY_DONE, &body, NULL, NULL);
	self->draw = 0;
}

static void copy_rows(struct texture_frame *self, const struct link_texture_map *map)
{
	const struct pixel_image *image = &self->texture->image;
	const uint32_t bytes = pixel_format_info(image->format)->pixel_bytes;
	ptrdiff_t stride;
	const uint8_t *row = link_texture_top(map, &self->texture->told, bytes, &stride);

	link_texture_begin(map);
	for (uint32_t y = 0; y < image->height; y++)
		memcpy(self->copy + (size_t)y * image->pitch, row + stride * (ptrdiff_t)y,
		       (size_t)image->width * bytes);
	link_texture_end(map);
}

/* Slow, and right only where the rows lie as they seem to. */
static const void *texture_pixels(struct frame *frame)
{
	struct texture_frame *self = (struct texture_frame *)frame;
	struct link_texture_map map;

	if (self->copy)
		return self->copy;
	self->copy = g_try_malloc0(pixel_image_size(&self->texture->image));
	int result = self->copy ? link_texture_map(&map, self->texture->fd) : -ENOMEM;
	if (result < 0) {
		log_info("the guest's texture cannot be mapped: %s", g_strerror(-result));
		g_clear_pointer(&self->copy, g_free);
		return NULL;
	}
	copy_rows(self, &map);
	link_texture_unmap(&map);
	return self->copy;
}

static int texture_dmabuf(struct frame *frame, struct frame_dmabuf *out)
{
	const struct texture *texture = ((const struct texture_frame *)frame)->texture;
	const struct link_spice_texture *told = &texture->told;

	*out = (struct frame_dmabuf){
		.fd = texture->fd,
		.modifier = told->modifier,
		.offset = told->offset,
		.pitch = told->pitch,
		.width = told->width,
		.height = told->height,
		.x = told->view.x,
		.y = told->view.y,
		.flipped = told->flipped != 0,
	};
	return 0;
}

static void texture_refused(struct frame *frame)
{
	const struct textures *owner = ((const struct texture_frame *)frame)->owner;

	if (owner->spice)
		owner->refused(owner->data);
}

static void texture_damage(const struct frame *frame, uint64_t since, struct region *out)
{
	const struct texture_frame *self = (const struct texture_frame *)frame;

	past_damage(&self->owner->past, since, frame->serial, frame->image.width,
		    frame->image.height, out);
}

/* A display server may keep it until there is another, which the guest draws only after this. */
static void texture_presented(struct frame *frame, uint64_t when_ns)
{
	(void)when_ns;
	answer((struct texture_frame *)frame);
}

static void texture_release(struct frame *frame)
{
	struct texture_frame *self = (struct texture_frame *)frame;

	answer(self);
	g_clear_pointer(&self->copy, g_free);
	texture_unref(self->texture);
	textures_unref(self->owner);
}

static const struct frame_impl texture_frame_impl = {
	.pixels = texture_pixels,
	.dmabuf = texture_dmabuf,
	.refused = texture_refused,
	.damage = texture_damage,
	.presented = texture_presented,
	.release = texture_release,
};

/* What was in another texture may look like anything. */
bool textures_draw(struct textures *self, const struct link_spice_drawn *told, uint64_t serial)
{
	const struct link_spice_rect *rect = &told->rect;
	struct region changed;

	const struct pixel_image *image = &self->shown->image;
	if ((uint64_t)rect->x + rect->width > image->width ||
	    (uint64_t)rect->y + rect->height > image->height)
		return false;
	region_clear(&changed);
	if (self->fresh)
		region_set_full(&changed, image->width, image->height);
	else
		region_add(&changed, (struct rect){ rect->x, rect->y, rect->width, rect->height });
	if (!self->past.first || serial != self->past.newest + 1)
		past_begin(&self->past, serial);
	past_add(&self->past, serial, &changed);
	self->fresh = false;
	self->serial = serial;
	self->seen_ns = clock_ns();
	self->draw = told->draw;
	return true;
}

static struct texture_frame *find_free(struct textures *self)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (!self->frames[i].frame.refs)
			return &self->frames[i];
	return NULL;
}

struct frame *textures_frame(struct textures *self)
{
	struct texture_frame *frame = self->shown && self->serial ? find_free(self) : NULL;

	if (!frame)
		return NULL;
	self->refs++;
	self->shown->refs++;
	*frame =
		(struct texture_frame){ .owner = self, .texture = self->shown, .draw = self->draw };
	frame_init(&frame->frame, &texture_frame_impl, &self->shown->image);
	frame->frame.opaque = true;
	frame->frame.serial = self->serial;
	frame->frame.seen_ns = self->seen_ns;
	self->draw = 0;
	return &frame->frame;
}
