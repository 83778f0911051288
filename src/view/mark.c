#include "view/mark.h"

#include <string.h>

#include "base/mem.h"

void mark_draw(cairo_t *cairo, double size)
{
	static const double panes[][4] = { /* x of the outer and inner edge, top of each */
					   { -0.62, -0.34, 0.20, 0.06 },
					   { -0.28, 0.28, 0.0, 0.0 },
					   { 0.34, 0.62, 0.06, 0.20 }
	};

	cairo_save(cairo);
	cairo_scale(cairo, size, size);
	for (size_t i = 0; i < ARRAY_LEN(panes); i++) {
		cairo_move_to(cairo, panes[i][0], panes[i][2]);
		cairo_line_to(cairo, panes[i][1], panes[i][3]);
		cairo_line_to(cairo, panes[i][1], 0.84 - panes[i][3] * 0.5);
		cairo_line_to(cairo, panes[i][0], 0.84 - panes[i][2] * 0.5);
		cairo_close_path(cairo);
	}
	cairo_pattern_t *glass = cairo_pattern_create_linear(0, 0, 0, 0.9);
	cairo_pattern_add_color_stop_rgb(glass, 0, 0.56, 0.78, 0.98);
	cairo_pattern_add_color_stop_rgb(glass, 1, 0.30, 0.46, 0.80);
	cairo_set_source(cairo, glass);
	cairo_fill(cairo);
	cairo_pattern_destroy(glass);
	cairo_restore(cairo);
}

void mark_icon(uint32_t *out, uint32_t size)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)size,
							      (int)size);
	cairo_t *cairo = cairo_create(surface);

	cairo_translate(cairo, size / 2.0, size * 0.14);
	mark_draw(cairo, size * 0.78);
	cairo_destroy(cairo);
	cairo_surface_flush(surface);
	for (uint32_t y = 0; y < size; y++)
		memcpy(out + (size_t)y * size,
		       cairo_image_surface_get_data(surface) +
			       (size_t)y * (size_t)cairo_image_surface_get_stride(surface),
		       (size_t)size * 4);
	cairo_surface_destroy(surface);
}
