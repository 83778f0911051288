/* tests/render/easel.h - a graphics device with a picture of ours on it, and a canvas to draw to.
 */
#ifndef TESTS_RENDER_EASEL_H
#define TESTS_RENDER_EASEL_H

#include "test.h"
#include "view/gpu/gpu.h"
#include "view/gpu/render.h"
#include "view/source/memory.h"

/* A frame of our own. */
struct sheet {
	struct frame frame;
	struct memory memory;
	struct region damage; /* of every question */
	size_t offset;        /* of the picture in its memory: 0, or that of the second half */
	int dmabuf;           /* what its frame says to be one, or -1 */
	unsigned asked;       /* for that */
	struct frame_dmabuf texture; /* of an opaque frame; without its descriptor */
};

/* Frame 7 of the pattern, serial 1. */
struct sheet *sheet_create(enum pixel_format format, uint32_t width, uint32_t height);

/* The same one in the memory's second half; serial 2, all of it damaged. */
void sheet_move(struct sheet *self);

struct easel {
	struct gpu *gpu;
	struct gpu_picture picture;
	struct gpu_renderer renderer;
	struct gpu_pointer pointer;
	pl_tex canvas;
	pl_buf download; /* lasts, for lavapipe's sake: see find_mirror() */
	uint32_t width, height;
	uint32_t *pixels; /* BGRX words, after easel_read() */
};

/* Takes the name of an API off the arguments; Vulkan where there is none. */
const struct gpu_impl *easel_api(int *argc, char ***argv);

/* Skips the test where there is no such device. */
void easel_open(struct easel *self, const struct gpu_impl *api, uint32_t width, uint32_t height);
void easel_close(struct easel *self);

/* The picture follows. */
void easel_take(struct easel *self, struct sheet *sheet);

/* Onto the canvas; easel_read() brings it back. */
void easel_paint(struct easel *self, const struct placement *place);
void easel_read(struct easel *self);

/* Both. */
void easel_draw(struct easel *self, const struct placement *place);

static inline uint32_t easel_at(const struct easel *self, uint32_t x, uint32_t y)
{
	return self->pixels[(size_t)y * self->width + x];
}

#endif
