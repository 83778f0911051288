/* view/clip/formats.h - what programs call the kinds of data that we know. Pure. */
#ifndef VIEW_CLIP_FORMATS_H
#define VIEW_CLIP_FORMATS_H

#include "view/clip/clip.h"

#define CLIP_FORMATS 13

/* Of one kind the better ones come first. */
extern const struct clip_format {
	const char *name; /* MIME type, or an atom of X11 */
	enum clip_kind kind;
	bool latin1; /* text, but no UTF-8 */
} clip_formats[CLIP_FORMATS];

/* Sets of formats are bits: 1 << place. */
uint32_t clip_format_bit(const char *name); /* 0: unknown */
unsigned clip_kinds_of(uint32_t formats);

/* The best one of that kind; -1: there is none. */
int clip_format_best(uint32_t formats, enum clip_kind kind);

/* A parcel with the same text in the other encoding, or a negative errno. Letters that Latin-1
 * lacks become question marks. */
int clip_from_latin1(int fd);
int clip_to_latin1(int fd);

#endif
