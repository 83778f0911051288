/* view/present/look.h - how pictures should look; what a way cannot do it leaves. Pure. */
#ifndef VIEW_LOOK_H
#define VIEW_LOOK_H

#include <stdbool.h>

enum look_filter {
	LOOK_AUTO, /* nearest at whole factors, else bilinear up and lanczos down */
	LOOK_NEAREST,
	LOOK_LINEAR,
	LOOK_LANCZOS,
	LOOK_FILTER_COUNT
};

/* For whom colours are moved to where they can be told apart. */
enum look_vision {
	LOOK_ALL,
	LOOK_PROTAN, /* no red cones */
	LOOK_DEUTAN, /* no green ones */
	LOOK_TRITAN, /* no blue ones */
	LOOK_VISION_COUNT
};

/* How drawn frames meet the display's refresh. */
enum look_pace {
	LOOK_NEWEST, /* no tearing; a newer frame replaces one that waits */
	LOOK_VSYNC,  /* each waits for its refresh */
	LOOK_TEAR,   /* at once */
	LOOK_PACE_COUNT
};

/* All 0 is a picture as it comes. */
struct look {
	enum look_filter filter;
	enum look_vision vision;
	enum look_pace pace;
	bool late;      /* drawn as late before a refresh as the display allows */
	int fps_min;    /* drawn again so often though nothing changes; 0: not */
	float boost;    /* light times this; 0 counts as 1 */
	float sharpen;  /* 0 to 1 */
	float hdr_nits; /* brightest point of HDR pictures; 0: as they say */
	float sdr_nits; /* HDR is mapped to a white of so many; 0: 203 */
	bool keep_hdr;  /* where the display takes HDR it is passed on */
	bool software;  /* drawing by the CPU will do */
	char **shaders; /* paths of mpv user shaders, in order, NULL ends; or NULL */
};

/* Is there anything in it that only a way with a GPU can do? */
static inline bool look_special(const struct look *self)
{
	return self->filter != LOOK_AUTO || self->vision != LOOK_ALL || self->sharpen > 0 ||
	       (self->boost > 0 && self->boost != 1) || (self->shaders && self->shaders[0]);
}

#endif
