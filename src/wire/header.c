#include "wire/header.h"

#include <errno.h>

#include "base/mem.h"
#include "wire/lgmp6.h"
#include "wire/wire.h"

#define SIDE_MAX 32767u

static const uint32_t own_flags = WIRE_FRAME_BLOCK_SCREENSAVER | WIRE_FRAME_REQUEST_ACTIVATION |
				  WIRE_FRAME_TRUNCATED;
static const uint32_t colour_flags = PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ;

static_assert(REGION_MAX == KVMFR20_RECTS, "one frame carries one region");
static_assert(sizeof(struct rect) == sizeof(struct kvmfr20_rect), "copied as they are");

/* ---- writing ---- */

int wire_frame_cut(struct pixel_image *image, uint32_t *flags, uint64_t bytes)
{
	if (!pixel_image_valid(image) || image->pitch > bytes)
		return -EINVAL;
	*flags &= own_flags & ~(uint32_t)WIRE_FRAME_TRUNCATED;
	if (pixel_image_size(image) > bytes) {
		image->data_height = (uint32_t)(bytes / image->pitch);
		*flags |= WIRE_FRAME_TRUNCATED;
	}
	return 0;
}

void wire_frame_encode(struct wire_frame_words *out, const struct wire_frame *frame,
		       const struct pixel_image *image, uint32_t flags, bool all)
{
	static const struct rect one_pixel = { 0, 0, 1, 1 };
	bool some = frame->damage.count > 0;

	out->rects = some ? frame->damage.rects : &one_pixel;
	out->flags = (flags & own_flags) | (image->colour & colour_flags);
	out->frame = (struct kvmfr20_frame){
		.format_version = frame->format_version,
		.serial = frame->serial,
		.type = image->format,
		.screen_width = frame->screen_width,
		.screen_height = frame->screen_height,
		.data_width = image->data_width,
		.data_height = image->data_height,
		.frame_width = image->width,
		.frame_height = image->height,
		.rotation = image->rotation,
		.stride = image->pitch / pixel_format_info(image->format)->texel_bytes,
		.pitch = image->pitch,
		.offset = KVMFR20_FILL_OFFSET,
		.rect_count = all    ? 0
			      : some ? frame->damage.count
				     : 1,
	};
}

void wire_frame_write(void *payload, const struct wire_frame *frame)
{
	struct wire_frame_words out;
	wire_frame_encode(&out, frame, &frame->image, frame->flags, frame->damage_all);
	lgmp6_write((uint8_t *)payload + KVMFR20_RECTS_AT, out.rects,
		    out.frame.rect_count * sizeof(out.rects[0]));
	lgmp6_write(payload, &out.frame, sizeof(out.frame));
	lgmp6_write((uint8_t *)payload + KVMFR20_FLAGS_AT, &out.flags, sizeof(out.flags));
}

bool wire_frame_same_format(const struct wire_frame *a, const struct wire_frame *b)
{
	return pixel_image_same(&a->image, &b->image) && a->screen_width == b->screen_width &&
	       a->screen_height == b->screen_height;
}

/* ---- reading ---- */

/* All foreign words of a header, copied once; rectangles beyond the count stay unread. */
static int fetch(const uint8_t *payload, struct wire_frame_words *out,
		 struct rect rects[KVMFR20_RECTS])
{
	lgmp6_read(&out->frame, payload, sizeof(out->frame));
	if (out->frame.rect_count > KVMFR20_RECTS)
		return WIRE_E_BAD;
	lgmp6_read(rects, payload + KVMFR20_RECTS_AT, out->frame.rect_count * sizeof(rects[0]));
	lgmp6_read(&out->flags, payload + KVMFR20_FLAGS_AT, sizeof(out->flags));
	out->rects = rects;
	return 0;
}

/* Rows beyond the picture's own are padding that nobody asked for: they are not waited for. */
static struct pixel_image image_of(const struct wire_frame_words *in)
{
	return (struct pixel_image){
		.format = in->frame.type,
		.width = in->frame.frame_width,
		.height = in->frame.frame_height,
		.data_width = in->frame.data_width,
		.data_height = min_u32(in->frame.data_height, in->frame.frame_height),
		.pitch = in->frame.pitch,
		.rotation = in->frame.rotation,
		.colour = in->flags & colour_flags,
	};
}

static void read_damage(const struct wire_frame_words *in, struct wire_frame *out)
{
	out->damage_all = in->frame.rect_count == 0;
	region_clear(&out->damage);
	for (uint32_t i = 0; i < in->frame.rect_count; i++)
		region_add(&out->damage, in->rects[i]);
	region_clip(&out->damage, out->image.width, out->image.height);
}

int wire_frame_decode(const struct wire_frame_words *in, struct wire_frame *out)
{
	/* A screen of no size is no use to anybody who places a pointer on it. */
	bool sane = in->frame.screen_width - 1 < SIDE_MAX && in->frame.screen_height - 1 < SIDE_MAX;
	struct pixel_image image = image_of(in);

	if (!pixel_image_valid(&image) || in->frame.rect_count > KVMFR20_RECTS)
		return WIRE_E_BAD;
	out->format_version = in->frame.format_version;
	out->serial = in->frame.serial;
	out->image = image;
	out->screen_width = sane ? in->frame.screen_width : image.width;
	out->screen_height = sane ? in->frame.screen_height : image.height;
	out->flags = in->flags & own_flags;
	out->ext_serial = 0;
	out->stamps = (struct wire_stamps){ 0 };
	read_damage(in, out);
	return 0;
}

int wire_frame_read(const void *base, uint64_t size, uint32_t payload, struct wire_frame *frame,
		    struct wire_pixels *pixels)
{
	struct rect rects[KVMFR20_RECTS];
	struct wire_frame_words in;
	if (payload % 4 != 0 || !range_inside(payload, KVMFR20_FRAME_BYTES, size) ||
	    fetch((const uint8_t *)base + payload, &in, rects))
		return WIRE_E_BAD;

	struct pixel_image image = image_of(&in);
	struct wire_pixels found = { .fill_word = (uint64_t)payload + in.frame.offset };
	found.offset = found.fill_word + 4;
	found.size = pixel_image_size(&image);
	uint64_t claimed = (uint64_t)in.frame.pitch * in.frame.data_height;
	if (!pixel_image_valid(&image) || in.frame.offset % 4 != 0 ||
	    in.frame.offset < KVMFR20_FRAME_BYTES ||
	    !range_inside(found.fill_word, 4 + claimed, size))
		return WIRE_E_BAD;

	wire_frame_decode(&in, frame);
	*pixels = found;
	return 0;
}
