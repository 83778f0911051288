/* link/opener.h - what oriel-view and the keeper of oriel-spice say to each other, over a link of
 * its own, of files that the viewer's sandbox does not let it open.
 *
 * The user has dropped them on the window: the viewer knows their names, the keeper opens them to
 * be read. It gives regular files only, and none that are hidden.
 */
#ifndef LINK_OPENER_H
#define LINK_OPENER_H

#include "link/link.h"

enum link_opener_ask {
	LINK_OPENER_OPEN, /* struct link_opener_id, text: an absolute path */
	LINK_OPENER_ASK_COUNT,
};

enum link_opener_tell {
	LINK_OPENER_OPENED,  /* struct link_opener_file, 1 descriptor */
	LINK_OPENER_REFUSED, /* struct link_opener_id, text: why, for a person */
	LINK_OPENER_TELL_COUNT,
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
