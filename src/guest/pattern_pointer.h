/* guest/pattern_pointer.h - a pointer that bounces over the test picture, one kind a second.
 * One thread: the pointer thread. */
#ifndef GUEST_PATTERN_POINTER_H
#define GUEST_PATTERN_POINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/waker.h"
#include "pixel/cursor.h"

#define PATTERN_POINTER_SIZE 32

struct pattern_pointer {
	uint32_t width, height; /* of the screen */
	uint32_t hz;            /* steps a second */
	uint64_t step;          /* steps made so far */
	uint64_t due_ns;        /* of the next one */
	int kind;               /* enum cursor_type last shown, -1: none */
	bool warped;            /* somebody put it at x, y: it stays there for a second */
	int32_t x, y;           /* hot spot */
	uint8_t data[PATTERN_POINTER_SIZE * PATTERN_POINTER_SIZE * 4];
};

void pattern_pointer_init(struct pattern_pointer *self, uint32_t width, uint32_t height,
			  uint32_t hz);
void pattern_pointer_watch(struct pattern_pointer *self, bool on);
void pattern_pointer_warp(struct pattern_pointer *self, int32_t x, int32_t y);

/* As capture_impl.pointer. */
int pattern_pointer_next(struct pattern_pointer *self, struct waker *waker, uint64_t deadline_ns,
			 struct cursor *out);

#endif
