/* view/geometry.h - where a picture lies in a window, and where its damage lies then.
 * Pure; any thread. */
#ifndef VIEW_GEOMETRY_H
#define VIEW_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "pixel/format.h"

enum scale_mode {
	SCALE_FIT, /* as large as the window allows, aspect kept */
	SCALE_ONE, /* one guest pixel is one screen pixel, cut off where the window is smaller */
	SCALE_INTEGER, /* the largest whole factor; as SCALE_FIT where not even 1 fits */
	SCALE_SHRINK,  /* as SCALE_FIT, but never larger than it is */
	SCALE_STRETCH, /* all of the window, whatever that does to the picture's shape */
	SCALE_MODE_COUNT
};

/* "fit", "1:1", "integer", "shrink", "stretch"; -1 where no mode has that name. */
int scale_mode_from_name(const char *name);

/* The rectangle of a window that the upright picture covers; black is all around. x and y are
 * negative where the picture is larger than the window (SCALE_ONE). */
struct placement {
	int32_t x, y;
	uint32_t width, height;
	uint32_t factor; /* screen pixels per guest pixel where that is a whole number, else 0 */
};

/* `picture` is the upright size; nothing may be 0. */
struct placement placement_of(enum scale_mode mode, uint32_t picture_width, uint32_t picture_height,
			      uint32_t window_width, uint32_t window_height);

/* A picture may be shown larger than it fits, or smaller. All zero: as it fits. */
struct zoom {
	uint32_t percent; /* 0 counts as 100 */
	double x, y;      /* of the picture, 0 to 1: what lies in the window's middle */
};

#define ZOOM_MAX 800 /* percent */

/* The placement with that zoom: no black where there is a picture to show, the middle where there
 * is too little of it. */
struct placement placement_zoom(const struct placement *self, const struct zoom *zoom,
				uint32_t picture_width, uint32_t picture_height,
				uint32_t window_width, uint32_t window_height);

/* The zoom at which what is shown at (x, y) of the window stays there. */
struct zoom zoom_at(const struct placement *now, const struct placement *plain, uint32_t percent,
		    double x, double y, uint32_t window_width, uint32_t window_height);

/* Window pixels, relative to the placement's corner, that may differ after `damage` of the stored
 * (unrotated) picture; clipped to the placement. Without a whole factor this includes what a
 * bilinear filter reaches and one pixel for the rounding of the window system. */
struct rect placement_damage(const struct placement *self, const struct pixel_image *image,
			     struct rect damage);

/* How a guest's screen lies in the window: its upright picture, turned by the user, placed. */
struct projection {
	struct placement place;
	enum pixel_rotation turn;             /* the user's */
	uint32_t screen_width, screen_height; /* of the guest's screen, before that turn; not 0 */
};

struct point {
	uint32_t x, y;
};

/* The pixel of the guest's screen that is under that point of the window, or the nearest to it.
 * Edges meet edges: what is shown first in the placement is the screen's first pixel, what is last
 * is its last, at any scale. */
struct point projection_to_screen(const struct projection *self, double x, double y);

/* The part of the window that shows the pixels of this rectangle of the guest's screen, relative to
 * the window's corner; as a shape of that size there would be scaled. The rectangle may lie
 * outside. */
struct span_rect {
	double x, y, width, height;
};
struct span_rect projection_to_window(const struct projection *self, int32_t x, int32_t y,
				      uint32_t width, uint32_t height);

#endif
