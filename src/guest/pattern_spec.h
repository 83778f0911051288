/* guest/pattern_spec.h - what the argument of `--capture pattern:` says. Pure; any thread. */
#ifndef GUEST_PATTERN_SPEC_H
#define GUEST_PATTERN_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "pixel/format.h"

struct pattern_spec {
	struct pixel_image image;
	uint32_t hz; /* 0 = as fast as subscribers take frames */
	bool still;  /* one frame, then nothing changes */
	bool cursor; /* move a pointer that cycles through the three kinds */
	uint32_t cursor_hz;
};

/* Parses words separated by colons, each optional and in any order:
 *	1920x1080@60   size and rate
 *	bgra           one of the six format names
 *	cursor@60      a pointer, and how often it moves
 *	still, rot90, rot180, rot270, hdr, pq
 * NULL or "" is 1920x1080@60:bgra. 0, or -EINVAL with the word that makes no sense. */
int pattern_spec_parse(struct pattern_spec *out, const char *text, struct err *err);

#endif
