/* spice/display_impl.h - what the files of the display part share: display.c opens and closes
 * channels, display_picture.c makes pictures of what a display channel has, display_pointer.c
 * tells what a cursor channel has. */
#ifndef SPICE_DISPLAY_IMPL_H
#define SPICE_DISPLAY_IMPL_H

#include <glib-object.h>

#include "link/texture.h"
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
	const uint8_t *pixels; /* of all of the primary surface, top row first; NULL: none */
	int width, height;
	ptrdiff_t stride;
	enum surface_depth depth;
	bool marked;        /* the server says that it is worth showing */
	struct rect view;   /* what the monitor has of it */
	struct rect screen; /* all of the first display, as it was last */
	struct surface *surface;
	uint32_t number; /* of that surface */
	int blank;       /* why there is none, as was told; -1: it was not */
	uint64_t dirty_ns;
	unsigned copier, blanker, settler; /* sources; 0: none */

	/* display_texture.c */
	bool textures; /* the viewer takes them */
	struct {
		bool there;                    /* the screen is one */
		bool told;                     /* as it is now */
		struct link_spice_texture now; /* all that can be told of it */
		struct link_texture_map map;   /* where it is copied from */
		uint32_t number;               /* of the one that was told last */
		bool fresh;                    /* nothing was drawn yet */
		uint32_t draw, draws; /* that the server waits for, or 0; that there were */
		unsigned deadline, first_frame; /* sources; 0: none */
	} texture;

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

void display_blank(struct display *self, enum link_spice_blank why);
/* What the watched monitor has of the screen; false: nothing. */
bool display_find_view(const struct display *self, struct rect *out);
/* Shows what the library has drawn by now, if it has. */
void display_find_primary(struct display *self);
/* The screen is of that size. */
void display_set_screen(struct display *self, int width, int height);

/* display_texture.c: screens that the server has in dma-bufs. */
extern const struct display_signal display_texture_signals[];
void display_texture_make(struct display *self);  /* the viewer is told as it now is */
void display_texture_leave(struct display *self); /* the screen is elsewhere */
/* Around a copy; it is the answer to what was drawn. */
void display_texture_begin(struct display *self);
void display_texture_end(struct display *self, bool copied);
void display_texture_done(struct display *self, uint32_t draw); /* the viewer has read it */

/* display_pointer.c */
extern const struct display_signal display_pointer_signals[];

/* display.c */
void display_settle(struct display *self); /* opens and closes what now should be */

#endif
