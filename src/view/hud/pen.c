#include "view/hud/pen.h"

#include <math.h>

#define GROUND 0x13151a /* as behind notices */

void pen_init(struct pen *self, cairo_t *cairo, const char *font, double em, uint32_t colour)
{
	*self = (struct pen){ .cairo = cairo, .em = em };
	for (int i = 0; i < 3; i++)
		self->colour[i] = (colour >> (24 - 8 * i) & 0xff) / 255.0;
	self->layout = pango_cairo_create_layout(cairo);
	self->plain = pango_font_description_from_string(font && *font ? font : "monospace");
	pango_font_description_set_absolute_size(self->plain, em * PANGO_SCALE);
	self->bold = pango_font_description_copy(self->plain);
	pango_font_description_set_weight(self->bold, PANGO_WEIGHT_BOLD);
	pen_measure(self, &(struct ink){ .text = "Xg" }, NULL, &self->line);
	self->line = ceil(self->line * 1.1); /* some air */
}

void pen_finish(struct pen *self)
{
	g_object_unref(self->layout);
	pango_font_description_free(self->plain);
	pango_font_description_free(self->bold);
}

static void set(struct pen *self, const struct ink *ink)
{
	int lines = ink->lines > 0 ? ink->lines : 1;

	pango_layout_set_font_description(self->layout, ink->bold ? self->bold : self->plain);
	pango_layout_set_alignment(self->layout, ink->side);
	pango_layout_set_width(self->layout, ink->room > 0 ? (int)(ink->room * PANGO_SCALE) : -1);
	pango_layout_set_wrap(self->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_height(self->layout, -lines);
	pango_layout_set_ellipsize(self->layout, PANGO_ELLIPSIZE_END);
	pango_layout_set_text(self->layout, ink->text, -1);
}

void pen_measure(struct pen *self, const struct ink *ink, double *width, double *height)
{
	int w, h;

	set(self, ink);
	pango_layout_get_pixel_size(self->layout, &w, &h);
	if (width)
		*width = w;
	if (height)
		*height = h;
}

void pen_write(struct pen *self, const struct ink *ink, double x, double y)
{
	set(self, ink);
	cairo_set_source_rgba(self->cairo, self->colour[0], self->colour[1], self->colour[2],
			      ink->strength);
	cairo_move_to(self->cairo, round(x), round(y));
	pango_cairo_show_layout(self->cairo, self->layout);
}

static void trace(cairo_t *cairo, const double box[4], double radius)
{
	double x = box[0], y = box[1], right = x + box[2], bottom = y + box[3];
	double r = fmin(radius, fmin(box[2], box[3]) / 2);

	cairo_new_sub_path(cairo);
	cairo_arc(cairo, right - r, y + r, r, -G_PI_2, 0);
	cairo_arc(cairo, right - r, bottom - r, r, 0, G_PI_2);
	cairo_arc(cairo, x + r, bottom - r, r, G_PI_2, G_PI);
	cairo_arc(cairo, x + r, y + r, r, G_PI, 3 * G_PI_2);
	cairo_close_path(cairo);
}

static void source(cairo_t *cairo, uint32_t rgb, double alpha)
{
	cairo_set_source_rgba(cairo, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0,
			      (rgb & 0xff) / 255.0, alpha);
}

void pen_fill(struct pen *self, const double box[4], double radius, uint32_t rgb, double alpha)
{
	trace(self->cairo, box, radius);
	source(self->cairo, rgb, alpha);
	cairo_fill(self->cairo);
}

void pen_ground(struct pen *self, const double box[4], double alpha)
{
	double thin = fmax(1, round(self->em / 16)), radius = self->em * 0.6;
	const double inner[] = { box[0] + thin / 2, box[1] + thin / 2, box[2] - thin,
				 box[3] - thin };

	pen_fill(self, box, radius, GROUND, 0.88 * alpha);
	trace(self->cairo, inner, radius - thin / 2);
	source(self->cairo, 0xffffff, 0.10 * alpha);
	cairo_set_line_width(self->cairo, thin);
	cairo_stroke(self->cairo);
}
