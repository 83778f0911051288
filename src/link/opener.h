/* link/opener.h - what oriel-view and the opener of oriel-spice say to each other, over a link of
 * its own, of files that the viewer's sandbox does not let it open.
 *
 * A person has dropped them on the window. The viewer may have been taken over, so its word does
 * not count for that: the opener looks for somebody else's (spice/grant.h), gives back the list of
 * what was granted, and opens each of those once. It gives regular files only, to be read, and none
 * that are hidden.
 */
#ifndef LINK_OPENER_H
#define LINK_OPENER_H

#include "link/link.h"

enum link_opener_ask {
	LINK_OPENER_OPEN, /* struct link_opener_id, text: an absolute path */
	/* What was dropped, each answered by granted or refused: as the file portal's key, or as a
	 * list of absolute paths. */
	LINK_OPENER_KEY,  /* struct link_opener_id, text: the key */
	LINK_OPENER_LIST, /* struct link_opener_id, 1 descriptor: paths */
	LINK_OPENER_ASK_COUNT,
};

enum link_opener_tell {
	LINK_OPENER_OPENED,  /* struct link_opener_file, 1 descriptor */
	LINK_OPENER_REFUSED, /* struct link_opener_id, text: why, for a person */
	LINK_OPENER_GRANTED, /* struct link_opener_id, 1 descriptor: paths */
	LINK_OPENER_TELL_COUNT,
};

/* Paths travel as a parcel (link/parcel.h); a 0 ends each. */
enum {
	LINK_OPENER_FILES_MAX = 1000,
	LINK_OPENER_BYTES_MAX = 1 << 20,
};

struct link_opener_id {
	uint32_t id;
};

struct link_opener_file {
	uint64_t size; /* bytes */
	uint32_t id, reserved;
};

extern const struct link_table link_opener_asks, link_opener_tells;

#endif
