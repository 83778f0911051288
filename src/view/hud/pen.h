/* view/hud/pen.h - text and shapes of the HUD, in pixels; everything grows with an em. Main thread
 * only. */
#ifndef VIEW_HUD_PEN_H
#define VIEW_HUD_PEN_H

#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdint.h>

struct pen {
	cairo_t *cairo;
	PangoLayout *layout; /* one for every text */
	PangoFontDescription *plain, *bold;
	double em, line;  /* line: height of one */
	double colour[3]; /* of text */
};

/* One piece of text. */
struct ink {
	const char *text;
	double room;     /* wider text is wrapped and cut; 0: no limit */
	int lines;       /* at most so many; 0: one */
	double strength; /* 0 to 1, of the text's colour */
	PangoAlignment side;
	bool bold;
};

/* `colour` is 0xrrggbbaa, as in the settings; its alpha is not used. */
void pen_init(struct pen *self, cairo_t *cairo, const char *font, double em, uint32_t colour);
void pen_finish(struct pen *self);

/* What it takes. */
void pen_measure(struct pen *self, const struct ink *ink, double *width, double *height);

/* Draws with the corner at x, y. */
void pen_write(struct pen *self, const struct ink *ink, double x, double y);

/* A filled shape with round corners; 0xrrggbb. */
void pen_fill(struct pen *self, const double box[4], double radius, uint32_t rgb, double alpha);

/* The HUD's ground: dark glass with a thin edge. */
void pen_ground(struct pen *self, const double box[4], double alpha);

#endif
