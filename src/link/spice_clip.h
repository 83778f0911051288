/* link/spice_clip.h - what oriel-view and oriel-spice say of clipboards and files.
 *
 * Either side offers what it has, which the other may want later, and as often as somebody pastes;
 * whoever is asked gives it, as a parcel (link/parcel.h), or refuses. An offer holds until the next
 * one of that selection, which may come from the other side. Each side numbers what it wants.
 */
#ifndef LINK_SPICE_CLIP_H
#define LINK_SPICE_CLIP_H

#include <stdint.h>

enum link_spice_selection {
	LINK_SPICE_CLIPBOARD,
	LINK_SPICE_PRIMARY, /* what is marked, for the middle button */
	LINK_SPICE_SELECTIONS,
};

enum link_spice_clip_kind {
	LINK_SPICE_TEXT, /* UTF-8, lines end with \n */
	LINK_SPICE_PNG,
	LINK_SPICE_BMP,
	LINK_SPICE_TIFF,
	LINK_SPICE_JPEG,
	LINK_SPICE_CLIP_KINDS,
};

#define LINK_SPICE_ERRANDS 16 /* wanted at a time, by each side; more are refused */

struct link_spice_offer {
	uint32_t selection;
	uint32_t kinds; /* bits: 1 << enum link_spice_clip_kind; 0: no longer */
};

struct link_spice_want {
	uint32_t id, selection, kind;
};

/* Also of what comes with it. */
struct link_spice_errand {
	uint32_t id;
};

struct link_spice_progress {
	uint64_t bytes;
	uint32_t id, reserved;
};

#endif
