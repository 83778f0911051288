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

int wire_frame_cut(struct wire_frame *frame, uint64_t bytes)
{
	struct pixel_image *image = &frame->image;
	if (!pixel_image_valid(image) || image->pitch > bytes)
		return -EINVAL;
	frame->flags &= own_flags & ~(uint32_t)WIRE_FRAME_TRUNCATED;
	if (pixel_image_size(image) > bytes) {
		image->data_height = (uint32_t)(bytes / image->pitch);
		frame->flags |= WIRE_FRAME_TRUNCATED;
	}
	return 0;
}

static void put_damage(struct kvmfr20_frame *out, const struct wire_frame *frame)
{
	if (frame->damage_all)
		return;
	out->rect_count = frame->damage.count;
	for (uint32_t i = 0; i < frame->damage.count; i++)
		out->rects[i] = (struct kvmfr20_rect){
			frame->damage.rects[i].x,
			frame->damage.rects[i].y,
			frame->damage.rects[i].width,
			frame->damage.rects[i].height,
		};
	if (out->rect_count == 0) {
		out->rects[0] = (struct kvmfr20_rect){ 0, 0, 1, 1 };
		out->rect_count = 1;
	}
}

void wire_frame_write(void *payload, const struct wire_frame *frame)
{
	const struct pixel_image *image = &frame->image;
	struct kvmfr20_frame out;

	out = (struct kvmfr20_frame){
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
		.flags = (frame->flags & own_flags) | (image->colour & colour_flags),
	};
	put_damage(&out, frame);

	uint8_t *to = payload;
	lgmp6_write(to, &out,
		    offsetof(struct kvmfr20_frame, rects) + out.rect_count * sizeof(out.rects[0]));
	lgmp6_write(to + offsetof(struct kvmfr20_frame, flags), &out.flags, sizeof(out.flags));
}

/* ---- reading ---- */

/* The header's words, copied once; rectangles beyond the count stay unread. */
static int fetch(const uint8_t *payload, struct kvmfr20_frame *out)
{
	lgmp6_read(out, payload, offsetof(struct kvmfr20_frame, rects));
	if (out->rect_count > KVMFR20_RECTS)
		return WIRE_E_BAD;
	lgmp6_read(out->rects, payload + offsetof(struct kvmfr20_frame, rects),
		   out->rect_count * sizeof(out->rects[0]));
	lgmp6_read(&out->flags, payload + offsetof(struct kvmfr20_frame, flags),
		   sizeof(out->flags));
	return 0;
}

/* Side by side with the struct: only fields that callers may read are set. */
static void translate(const struct kvmfr20_frame *in, struct wire_frame *out)
{
	out->format_version = in->format_version;
	out->serial = in->serial;
	out->image = (struct pixel_image){
		.format = in->type,
		.width = in->frame_width,
		.height = in->frame_height,
		.data_width = in->data_width,
		.data_height = in->data_height,
		.pitch = in->pitch,
		.rotation = in->rotation,
		.colour = in->flags & colour_flags,
	};
	out->flags = in->flags & own_flags;
	/* A screen of no size is no use to anybody who places a pointer on it. */
	bool sane = in->screen_width - 1 < SIDE_MAX && in->screen_height - 1 < SIDE_MAX;
	out->screen_width = sane ? in->screen_width : in->frame_width;
	out->screen_height = sane ? in->screen_height : in->frame_height;
}

static void read_damage(const struct kvmfr20_frame *in, struct wire_frame *out)
{
	out->damage_all = in->rect_count == 0;
	region_clear(&out->damage);
	for (uint32_t i = 0; i < in->rect_count; i++)
		region_add(&out->damage, (struct rect){ in->rects[i].x, in->rects[i].y,
							in->rects[i].width, in->rects[i].height });
	region_clip(&out->damage, out->image.width, out->image.height);
}

int wire_frame_read(const void *base, uint64_t size, uint32_t payload, struct wire_frame *frame,
		    struct wire_pixels *pixels)
{
	struct kvmfr20_frame in;
	if (payload % 4 != 0 || !range_inside(payload, sizeof(in), size) ||
	    fetch((const uint8_t *)base + payload, &in))
		return WIRE_E_BAD;

	struct wire_pixels found = { .fill_word = (uint64_t)payload + in.offset };
	found.offset = found.fill_word + 4;
	found.size = (uint64_t)in.pitch * in.data_height;
	if (in.offset % 4 != 0 || in.offset < sizeof(in) ||
	    !range_inside(found.fill_word, 4 + found.size, size))
		return WIRE_E_BAD;

	struct wire_frame out;
	translate(&in, &out);
	if (!pixel_image_valid(&out.image))
		return WIRE_E_BAD;
	read_damage(&in, &out);
	*frame = out;
	*pixels = found;
	return 0;
}
