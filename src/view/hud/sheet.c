#include "view/hud/sheet.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "view/hud/graph.h"
#include "view/hud/pen.h"

#define SMALLEST_EM 6 /* pixels; below that, rows are cut */

#define STRONG 0.96
#define QUIET  0.62

/* Cut between characters: Pango wants whole ones. */
static void take(char *out, size_t size, const char *text)
{
	const char *end;

	g_strlcpy(out, text, size);
	if (!g_utf8_validate(out, -1, &end))
		memset(out + (end - out), 0, size - (size_t)(end - out));
}

void sheet_begin(struct sheet *self, enum sheet_kind kind, const char *title)
{
	memset(self, 0, sizeof(*self));
	self->kind = kind;
	if (title)
		take(self->title, sizeof(self->title), title);
}

struct sheet_row *sheet_add(struct sheet *self, const char *left, const char *format, ...)
{
	va_list args;

	if (self->count == SHEET_ROWS)
		return NULL;
	struct sheet_row *row = &self->rows[self->count++];
	va_start(args, format);
	g_autofree char *right = g_strdup_vprintf(format, args);
	va_end(args);
	take(row->left, sizeof(row->left), left);
	take(row->right, sizeof(row->right), right);
	return row;
}

/* ---- measuring ---- */

/* Where things go, in pixels. */
struct plan {
	double room;        /* width at most */
	double pad, gap;    /* around everything, between columns */
	double left, right; /* columns */
	double plot;        /* width of the drawing */
	double width, height;
};

static void measure_columns(const struct sheet *self, struct pen *pen, struct plan *plan)
{
	double width;

	for (uint32_t i = 0; i < self->count; i++) {
		if (!self->rows[i].left[0])
			continue;
		pen_measure(pen, &(struct ink){ .text = self->rows[i].left }, &width, NULL);
		plan->left = fmax(plan->left, width);
		pen_measure(pen, &(struct ink){ .text = self->rows[i].right }, &width, NULL);
		plan->right = fmax(plan->right, width);
	}
	plan->left = fmin(plan->left, (plan->room - 2 * plan->pad) / 2);
	plan->right = fmin(plan->right, plan->room - 2 * plan->pad - plan->left - plan->gap);
}

static void measure_numbers(const struct sheet *self, struct pen *pen, struct plan *plan)
{
	measure_columns(self, pen, plan);
	plan->width = 2 * plan->pad + plan->left + plan->gap + plan->right;
	plan->height = 2 * plan->pad + pen->line * self->count;
}

/* The drawing takes what the numbers leave, or nothing. */
static void measure_graph(const struct sheet *self, struct pen *pen, struct plan *plan)
{
	measure_numbers(self, pen, plan);
	plan->plot = fmin(24 * pen->em, plan->room - plan->width - 2 * plan->pad);
	if (plan->plot < 6 * pen->em)
		plan->plot = 0;
	else
		plan->width += plan->plot + 2 * plan->pad;
}

static struct ink sentence(const struct sheet_row *row, double room)
{
	return (struct ink){ .text = row->right, .room = room, .lines = 6, .strength = QUIET };
}

static double key_height(const struct pen *pen)
{
	return pen->line + 0.6 * pen->em;
}

/* Sentences wrap to what keys and title need, or to a comfortable measure. */
static void measure_keys(const struct sheet *self, struct pen *pen, struct plan *plan)
{
	const struct ink title = { .text = self->title, .bold = true };
	double width = 0, height = 0, wide = 0;

	plan->gap += 0.6 * pen->em; /* keys have a ground of their own */
	measure_columns(self, pen, plan);
	pen_measure(pen, &title, &width, &height);
	for (uint32_t i = 0; i < self->count; i++)
		if (!self->rows[i].left[0]) {
			pen_measure(pen, &(struct ink){ .text = self->rows[i].right }, &wide, NULL);
			width = fmax(width, fmin(wide, 30 * pen->em));
		}
	plan->width = 2 * plan->pad + fmax(width, plan->left + plan->gap + plan->right);
	plan->width = fmin(plan->width, plan->room);
	plan->height = 2 * plan->pad + (self->title[0] ? height + 0.5 * pen->em : 0);
	for (uint32_t i = 0; i < self->count; i++) {
		struct ink ink = sentence(&self->rows[i], plan->width - 2 * plan->pad);
		pen_measure(pen, &ink, NULL, &height);
		plan->height += self->rows[i].left[0] ? key_height(pen) : height + 0.4 * pen->em;
	}
}

#define PILL_GAP 0.45 /* em */

static double dot_width(const struct pen *pen, const struct sheet_row *row)
{
	return row->tint ? 1.1 * pen->em : 0;
}

static struct ink pill_ink(const struct sheet_row *row, const struct plan *plan, double dot)
{
	return (struct ink){ .text = row->right,
			     .room = plan->room - 2 * plan->pad - dot,
			     .lines = 3,
			     .strength = STRONG * (SHEET_FADED - row->fade) / SHEET_FADED };
}

static void measure_pill(const struct sheet_row *row, struct pen *pen, const struct plan *plan,
			 double *width, double *height)
{
	double dot = dot_width(pen, row);
	struct ink ink = pill_ink(row, plan, dot);

	pen_measure(pen, &ink, width, height);
	*width = fmin(*width + 2 * plan->pad + dot, plan->room);
	*height += plan->pad;
}

static void measure_pills(const struct sheet *self, struct pen *pen, struct plan *plan)
{
	double width, height;

	for (uint32_t i = 0; i < self->count; i++) {
		measure_pill(&self->rows[i], pen, plan, &width, &height);
		plan->width = fmax(plan->width, width);
		plan->height += height + (i ? PILL_GAP * pen->em : 0);
	}
}

/* ---- drawing ---- */

static void draw_rows(const struct sheet *self, struct pen *pen, const struct plan *plan, double x)
{
	double y = plan->pad;

	for (uint32_t i = 0; i < self->count; i++, y += pen->line) {
		const struct sheet_row *row = &self->rows[i];
		const struct ink left = { .text = row->left,
					  .room = plan->left,
					  .strength = QUIET };
		const struct ink right = { .text = row->right,
					   .room = plan->width - plan->pad - x - plan->left -
						   plan->gap,
					   .strength = STRONG,
					   .side = PANGO_ALIGN_RIGHT };
		pen_write(pen, &left, x, y);
		pen_write(pen, &right, x + plan->left + plan->gap, y);
		const double bar[] = { x - 0.55 * pen->em, y + 0.2 * pen->line, 0.22 * pen->em,
				       0.6 * pen->line };
		if (row->tint)
			pen_fill(pen, bar, 0.11 * pen->em, row->tint, 1);
	}
}

static void draw_numbers(const struct sheet *self, struct pen *pen, const struct plan *plan,
			 const struct history *history)
{
	(void)history;
	pen_ground(pen, (const double[]){ 0, 0, plan->width, plan->height }, 1);
	draw_rows(self, pen, plan, plan->pad);
}

static void draw_graph(const struct sheet *self, struct pen *pen, const struct plan *plan,
		       const struct history *history)
{
	const double box[] = { plan->pad, plan->pad, plan->plot, plan->height - 2 * plan->pad };

	pen_ground(pen, (const double[]){ 0, 0, plan->width, plan->height }, 1);
	if (plan->plot > 0)
		graph_draw(pen, box, history, self->frame_us);
	draw_rows(self, pen, plan, plan->plot > 0 ? 3 * plan->pad + plan->plot : plan->pad);
}

static void draw_key(const struct sheet_row *row, struct pen *pen, const struct plan *plan,
		     double y)
{
	const double inset = 0.3 * pen->em, top = 0.25 * pen->em;
	const struct ink key = { .text = row->left,
				 .room = plan->left,
				 .strength = STRONG,
				 .side = PANGO_ALIGN_CENTER };
	const struct ink text = { .text = row->right, .room = plan->right, .strength = STRONG };

	pen_fill(pen,
		 (const double[]){ plan->pad, y + 0.1 * pen->em, plan->left + 2 * inset,
				   pen->line + 0.3 * pen->em },
		 0.3 * pen->em, 0xffffff, 0.13);
	pen_write(pen, &key, plan->pad + inset, y + top);
	pen_write(pen, &text, plan->pad + plan->left + plan->gap, y + top);
}

static void draw_keys(const struct sheet *self, struct pen *pen, const struct plan *plan,
		      const struct history *history)
{
	const double room = plan->width - 2 * plan->pad;
	const struct ink title = {
		.text = self->title, .room = room, .strength = STRONG, .bold = true
	};
	double y = plan->pad, height;

	(void)history;
	pen_ground(pen, (const double[]){ 0, 0, plan->width, plan->height }, 1);
	if (self->title[0]) {
		pen_write(pen, &title, plan->pad, y);
		y += pen->line + 0.5 * pen->em;
	}
	for (uint32_t i = 0; i < self->count; i++) {
		struct ink ink = sentence(&self->rows[i], room);
		pen_measure(pen, &ink, NULL, &height);
		if (self->rows[i].left[0])
			draw_key(&self->rows[i], pen, plan, y);
		else
			pen_write(pen, &ink, plan->pad, y);
		y += self->rows[i].left[0] ? key_height(pen) : height + 0.4 * pen->em;
	}
}

static void draw_pill(const struct sheet_row *row, struct pen *pen, const struct plan *plan,
		      const double box[4])
{
	double dot = dot_width(pen, row), alpha = (double)(SHEET_FADED - row->fade) / SHEET_FADED;
	double size = 0.5 * pen->em, middle = box[1] + plan->pad / 2 + pen->line / 2;
	struct ink ink = pill_ink(row, plan, dot);

	pen_ground(pen, box, alpha);
	if (row->tint)
		pen_fill(pen, (const double[]){ box[0] + plan->pad, middle - size / 2, size, size },
			 size / 2, row->tint, alpha);
	pen_write(pen, &ink, box[0] + plan->pad + dot, box[1] + plan->pad / 2);
}

static void draw_pills(const struct sheet *self, struct pen *pen, const struct plan *plan,
		       const struct history *history)
{
	double y = 0, width, height;

	(void)history;
	for (uint32_t i = 0; i < self->count; i++) {
		measure_pill(&self->rows[i], pen, plan, &width, &height);
		const double box[] = { (plan->width - width) * self->side, y, width, height };
		draw_pill(&self->rows[i], pen, plan, box);
		y += height + PILL_GAP * pen->em;
	}
}

/* ---- together ---- */

static const struct {
	void (*measure)(const struct sheet *self, struct pen *pen, struct plan *plan);
	void (*draw)(const struct sheet *self, struct pen *pen, const struct plan *plan,
		     const struct history *history);
} kinds[] = {
	[SHEET_NUMBERS] = { measure_numbers, draw_numbers },
	[SHEET_GRAPH] = { measure_graph, draw_graph },
	[SHEET_KEYS] = { measure_keys, draw_keys },
	[SHEET_PILLS] = { measure_pills, draw_pills },
};
static_assert(ARRAY_LEN(kinds) == SHEET_KINDS, "each kind is drawn");

static cairo_t *new_cairo(uint32_t width, uint32_t height)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)width,
							      (int)height);
	cairo_t *cairo = cairo_create(surface);

	cairo_surface_destroy(surface);
	return cairo;
}

static void measure(const struct sheet *self, const struct sheet_style *style, double em,
		    struct plan *out)
{
	cairo_t *nothing = new_cairo(1, 1);
	struct pen pen;

	*out = (struct plan){ .room = style->width, .pad = 0.8 * em, .gap = 1.2 * em };
	pen_init(&pen, nothing, style->font, em, style->colour);
	kinds[self->kind].measure(self, &pen, out);
	pen_finish(&pen);
	cairo_destroy(nothing);
	out->width = ceil(fmin(fmax(out->width, style->at_least), style->width));
	out->height = ceil(out->height);
}

/* What is too high is written smaller, and cut only below what eyes can read. */
static double settle(const struct sheet *self, const struct sheet_style *style, struct plan *out)
{
	double em = fmax(style->em, SMALLEST_EM);

	measure(self, style, em, out);
	for (int tries = 0; tries < 4 && out->height > style->height && em > SMALLEST_EM; tries++) {
		em = fmax(SMALLEST_EM, floor(em * style->height / out->height));
		measure(self, style, em, out);
	}
	return em;
}

static uint32_t at_most(double size, uint32_t limit)
{
	return (uint32_t)CLAMP(size, 1, limit ? limit : 1);
}

cairo_surface_t *sheet_draw(const struct sheet *self, const struct sheet_style *style,
			    const struct history *history)
{
	struct plan plan;
	struct pen pen;
	double em = settle(self, style, &plan);
	cairo_t *cairo = new_cairo(at_most(plan.width, style->width),
				   at_most(plan.height, style->height));
	cairo_surface_t *surface = cairo_surface_reference(cairo_get_target(cairo));

	plan.height = fmin(plan.height, style->height); /* the ground ends where the panel does */
	pen_init(&pen, cairo, style->font, em, style->colour);
	kinds[self->kind].draw(self, &pen, &plan, history);
	pen_finish(&pen);
	cairo_destroy(cairo);
	cairo_surface_flush(surface);
	return surface;
}
