/* view/hud/sheet.h - what a panel says, and the picture of it.
 *
 * A sheet is plain memory without pointers: two that compare equal as bytes look the same, so that
 * nobody draws twice what did not change. Begin with sheet_begin(). Main thread only.
 */
#ifndef VIEW_HUD_SHEET_H
#define VIEW_HUD_SHEET_H

#include <cairo.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "view/hud/history.h"

#define SHEET_ROWS 40

enum sheet_kind {
	SHEET_NUMBERS, /* a name and a number per row */
	SHEET_GRAPH,   /* the same, beside a drawing of the history */
	SHEET_KEYS,    /* a title; rows without a key are sentences */
	SHEET_PILLS,   /* each row on a ground of its own, with a dot of its colour */
	SHEET_KINDS
};

struct sheet_row {
	char left[40], right[216];
	uint32_t tint; /* 0xrrggbb; 0: none */
	uint32_t fade; /* 0: it stands; SHEET_FADED: it is gone */
};

#define SHEET_FADED 4

struct sheet {
	enum sheet_kind kind;
	uint32_t count;
	uint64_t pictures; /* SHEET_GRAPH: in the history */
	double side;       /* SHEET_PILLS: 0 left, 0.5 middle, 1 right */
	uint32_t frame_us; /* SHEET_GRAPH: from one refresh to the next; 0: not known */
	char title[120];
	struct sheet_row rows[SHEET_ROWS];
};

struct sheet_style {
	double em;        /* pixels */
	const char *font; /* family; NULL: monospace */
	uint32_t colour;  /* of text, 0xrrggbbaa */
	uint32_t width;   /* pixels that it may take; it is cut there */
	uint32_t height;
	uint32_t at_least; /* pixels that it takes in any case: numbers may come and go */
};

void sheet_begin(struct sheet *self, enum sheet_kind kind, const char *title);

/* A row that is too much is left out, text that is too long is cut. Returns NULL then, or the row.
 */
struct sheet_row *sheet_add(struct sheet *self, const char *left, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* An ARGB picture, not larger than `style` says and not empty; the caller destroys it. */
cairo_surface_t *sheet_draw(const struct sheet *self, const struct sheet_style *style,
			    const struct history *history);

#endif
