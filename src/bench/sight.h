/* bench/sight.h - changes one screen and looks for the change on another. */
#ifndef BENCH_SIGHT_H
#define BENCH_SIGHT_H

#include <stdint.h>
#include <xcb/damage.h>
#include <xcb/xcb.h>

#include "base/err.h"
#include "bench/stage.h"
#include "pixel/region.h"

struct sight {
	xcb_connection_t *source, *target;
	xcb_window_t canvas; /* covers the source's screen */
	xcb_gcontext_t gc;
	xcb_window_t target_root;
	xcb_damage_damage_t damage;
	uint8_t damage_event;
	uint32_t colour; /* the last one that was drawn */
};

/* Connects to the stage's source, which it covers, and to one of its seats. The stage must outlive
 * it; one sight covers at a time. */
int sight_init(struct sight *self, const struct stage *stage, unsigned seat, struct err *err);
void sight_finish(struct sight *self);

/* Fills `rect` of the source with a new colour, then waits until its last pixel has it on the
 * target: damage there, and a read of that one pixel. ns from before the drawing request to the
 * reply; UINT64_MAX if it took longer than `limit_ns` or a display has gone. */
uint64_t sight_measure(struct sight *self, struct rect rect, uint64_t limit_ns);

/* Changes the full screen until one change arrives, for at most 20 s and as long as the stage's
 * programs live. */
bool sight_wait(struct sight *self, const struct stage *stage, uint32_t width, uint32_t height);

#endif
