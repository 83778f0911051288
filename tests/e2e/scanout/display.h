/* The guest's display: a kernel's mode setting with framebuffers that are dma-bufs. */
#ifndef TESTS_SCANOUT_DISPLAY_H
#define TESTS_SCANOUT_DISPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "oriel/oriel.h"

struct display {
	int fd;
	uint32_t crtc, connector;
};

/* Opens the card, whose modules init has loaded. */
int display_open(struct display *self, struct err *err);

/* Imports a dma-buf and makes a framebuffer of it, which is never freed. */
int display_import(const struct display *self, int dmabuf, uint32_t offset,
		   const struct oriel_format *format, uint32_t *out, struct err *err);

/* Shows it, in a mode of just its size. */
int display_show(const struct display *self, uint32_t framebuffer,
		 const struct oriel_format *format, struct err *err);

/* Tells the card which parts of what it shows have changed; at most 64. */
int display_update(const struct display *self, uint32_t framebuffer, const struct oriel_rect *rects,
		   size_t count, struct err *err);

#endif
