#include "view/dot.h"

#include <glib.h>

#define WHITE 0xffffffffu
#define BLACK 0xff000000u

/* Squares of distances from the middle, in quarter pixels. */
static uint32_t colour_at(int32_t x, int32_t y, int32_t size)
{
	int32_t dx = 2 * x - (size - 1), dy = 2 * y - (size - 1);
	int32_t away = dx * dx + dy * dy, inner = size - 2;

	if (away > size * size)
		return 0;
	return away > inner * inner ? BLACK : WHITE;
}

void dot_init(struct cursor_shape *out, uint32_t size)
{
	uint32_t *pixels = g_new(uint32_t, (size_t)size * size);

	for (uint32_t i = 0; i < size * size; i++)
		pixels[i] = colour_at((int32_t)(i % size), (int32_t)(i / size), (int32_t)size);
	*out = (struct cursor_shape){
		.type = CURSOR_COLOUR,
		.hot_x = (int32_t)size / 2,
		.hot_y = (int32_t)size / 2,
		.width = size,
		.height = size,
		.pitch = size * 4,
		.data = (const uint8_t *)pixels,
	};
}

void dot_finish(struct cursor_shape *self)
{
	g_free((void *)self->data);
}
