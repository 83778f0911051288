/* spice/display_impl.h - what the files of the display part share: display.c opens and closes
 * channels, display_picture.c makes pictures of what a display channel has, display_pointer.c
 * tells what a cursor channel has. */
#ifndef SPICE_DISPLAY_IMPL_H
#define SPICE_DISPLAY_IMPL_H

#include <glib-object.h>

#include "pixel/region.h"
#include "spice/part.h"
#include "spice/surface.h"

struct _SpiceChannel;
struct _SpiceMainChannel;

/* Opening and closing take a while; neither can be called off. */
enum stage { IDLE, OPENING, OPEN, CLOSING };

struct display;

struct outlet {
	struct display *owner;
	struct _SpiceChannel *channel;
	int id;
	enum stage stage;
	uint64_t opened_ns;
};

struct display {
	struct part part;
	struct _SpiceMainChannel *main; /* NULL: no connection */
	GPtrArray *outlets;             /* struct outlet: display and cursor channels there are */
	uint32_t monitor;
	bool watched;
	bool glance; /* the screen's size is to be looked up */
	uint64_t glanced_ns;

	/* Of the watched display. */
	struct outlet *shown;  /* NULL: none */
	const uint8_t *pixels; /* the library's, of all of the primary surface; NULL: none */
	int width, height, stride, format;
	bool marked;        /* the server says that it is worth showing */
	struct rect view;   /* what the monitor has of it */
	struct rect screen; /* all of the first display, as it was last */
	struct surface *surface;
	uint32_t number; /* of that surface */
	int blank;       /* why there is none, as was told; -1: it was not */
	uint64_t dirty_ns;
	unsigned copier, blanker, settler; /* sources; 0: none */

	bool pointer_visible, pointer_placed;
	int x, y;
};

/* Of a source of the main loop; 0: there is none. */
static inline void display_stop(unsigned *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

/* What a channel tells by signals; their data is its outlet. NULL ends. */
struct display_signal {
	const char *name;
	GCallback func;
};

/* display_picture.c */
extern const struct display_signal display_picture_signals[];
void display_make_surface(struct display *self); /* as primary surface and monitors now are */
void display_drop_surface(struct display *self);
void display_blank_soon(struct display *self); /* unless there is another surface by then */
void display_schedule(struct display *self);   /* what has changed is to be told */

/* display_pointer.c */
extern const struct display_signal display_pointer_signals[];

/* display.c */
void display_settle(struct display *self); /* opens and closes what now should be */

#endif
