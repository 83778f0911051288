#include "view/hud/graph.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"

const uint32_t graph_tints[SOURCE_STAGES] = {
	[SOURCE_POST] = 0x7aa2f7,   [SOURCE_FILL] = 0x5cc8b0,    [SOURCE_WAKE] = 0xe8c468,
	[SOURCE_SUBMIT] = 0xee8f5f, [SOURCE_PRESENT] = 0xb992ef,
};

double graph_scale(double ms)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double power = pow(10, floor(log10(fmax(ms, 0.1)) + 1e-9));

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i] * power >= ms)
			return steps[i] * power;
	return 10 * power;
}

static double top_of(const struct history *history)
{
	double totals[3];

	history_percentiles(history, SOURCE_TOTAL, totals);
	return graph_scale(totals[2] * 1.1);
}

/* Columns stand on whole pixels; the stages of one add up to its height. */
static void draw_column(struct pen *pen, const double box[4], const uint32_t *us, double x,
			double width, double per_us)
{
	double bottom = box[1] + box[3], y = bottom;

	for (unsigned i = 0; i < SOURCE_TOTAL; i++) {
		double next = fmax(y - us[i] * per_us, box[1]);
		cairo_set_source_rgb(pen->cairo, (graph_tints[i] >> 16 & 0xff) / 255.0,
				     (graph_tints[i] >> 8 & 0xff) / 255.0,
				     (graph_tints[i] & 0xff) / 255.0);
		cairo_rectangle(pen->cairo, x, next, width, y - next);
		cairo_fill(pen->cairo);
		y = next;
	}
}

static void draw_columns(struct pen *pen, const double box[4], const struct history *history,
			 double top)
{
	double width = fmax(1, floor(pen->em / 8)), x = floor(box[0] + box[2]) - width;
	const uint32_t *us;

	for (unsigned back = 0; x >= box[0] && (us = history_back(history, back)); back++) {
		draw_column(pen, box, us, x, width, box[3] / (top * 1000));
		x -= width;
	}
}

static void draw_level(struct pen *pen, const double box[4], double part, double strength)
{
	double thin = fmax(1, round(pen->em / 16));
	const double line[] = { box[0], round(box[1] + box[3] * (1 - part)), box[2], thin };

	pen_fill(pen, line, 0, 0xffffff, strength);
}

static void draw_caption(struct pen *pen, const double box[4], double top)
{
	char text[32];
	const struct ink ink = { .text = text, .strength = 0.62 };

	snprintf(text, sizeof(text), "%g ms", top);
	pen_write(pen, &ink, box[0] + 0.2 * pen->em, box[1]);
}

void graph_draw(struct pen *pen, const double box[4], const struct history *history,
		uint32_t frame_us)
{
	double top = top_of(history), frame = frame_us / 1000.0 / top;

	pen_fill(pen, box, 0.2 * pen->em, 0xffffff, 0.04);
	draw_level(pen, box, 0.5, 0.08);
	cairo_save(pen->cairo);
	cairo_set_antialias(pen->cairo, CAIRO_ANTIALIAS_NONE);
	draw_columns(pen, box, history, top);
	cairo_restore(pen->cairo);
	if (frame > 0 && frame <= 1)
		draw_level(pen, box, frame, 0.5);
	draw_caption(pen, box, top);
}
