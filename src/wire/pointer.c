#include "wire/pointer.h"

#include "base/mem.h"
#include "wire/lgmp6.h"
#include "wire/wire.h"

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* The wire counts both masks of a monochrome shape; we count what is seen. */
static uint32_t masks(uint32_t type)
{
	return type == CURSOR_MONO ? 2 : 1;
}

uint32_t wire_pointer_write(void *payload, const struct cursor *cursor, bool shape)
{
	struct kvmfr20_pointer out = {
		.x = (int16_t)clamp(cursor->x, INT16_MIN, INT16_MAX),
		.y = (int16_t)clamp(cursor->y, INT16_MIN, INT16_MAX),
	};
	if (shape) {
		const struct cursor_shape *from = &cursor->shape;
		out.type = from->type;
		out.hot_x = (int8_t)clamp(from->hot_x, INT8_MIN, INT8_MAX);
		out.hot_y = (int8_t)clamp(from->hot_y, INT8_MIN, INT8_MAX);
		out.width = from->width;
		out.height = from->height * masks(from->type);
		out.pitch = from->pitch;
		lgmp6_write((uint8_t *)payload + sizeof(out), from->data, cursor_shape_bytes(from));
	}
	lgmp6_write(payload, &out, sizeof(out));
	return (cursor->has_position ? KVMFR20_POSITION : 0) |
	       (cursor->visible ? KVMFR20_VISIBLE : 0) | (shape ? KVMFR20_SHAPE : 0);
}

/* Checked, and its bytes copied; *shape only when all is well. */
static int read_shape(const struct kvmfr20_pointer *in, const uint8_t *bytes, uint32_t size,
		      struct cursor_shape *shape, uint8_t *data)
{
	if (in->type >= CURSOR_TYPE_COUNT || in->height % masks(in->type) != 0)
		return WIRE_E_BAD;
	struct cursor_shape out = {
		.type = in->type,
		.hot_x = in->hot_x,
		.hot_y = in->hot_y,
		.width = in->width,
		.height = in->height / masks(in->type),
		.pitch = in->pitch,
		.data = data,
	};
	if (!cursor_shape_valid(&out))
		return WIRE_E_BAD;
	uint32_t length = cursor_shape_bytes(&out);
	if (length > size || length > CURSOR_MAX_BYTES)
		return WIRE_E_BAD;
	lgmp6_read(data, bytes, length);
	*shape = out;
	return 0;
}

int wire_pointer_read(const void *base, uint64_t region, uint32_t udata, uint32_t size,
		      uint32_t offset, struct cursor *cursor, uint8_t *data)
{
	struct kvmfr20_pointer in;
	if (offset % 4 != 0 || size < sizeof(in) || !range_inside(offset, size, region))
		return WIRE_E_BAD;
	const uint8_t *payload = (const uint8_t *)base + offset;
	lgmp6_read(&in, payload, sizeof(in));

	if (udata & KVMFR20_SHAPE) {
		if (read_shape(&in, payload + sizeof(in), size - sizeof(in), &cursor->shape, data))
			return WIRE_E_BAD;
		cursor->has_shape = true;
	}
	if (udata & KVMFR20_POSITION) {
		cursor->has_position = true;
		cursor->x = in.x;
		cursor->y = in.y;
	}
	cursor->visible = udata & KVMFR20_VISIBLE;
	return 0;
}
