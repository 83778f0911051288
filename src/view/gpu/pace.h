/* view/gpu/pace.h - when to draw: once per refresh of the display, and as late before it as is
 * safe, so that the newest frame is what is seen. Pure; the caller says what time it is.
 *
 * The display tells when something became visible. From that the next refreshes are known, and
 * whether a drawing came in time for the one it was meant for: drawing begins a little later each
 * time, until one comes too late. Where the display tells nothing, everything is drawn at once.
 */
#ifndef VIEW_GPU_PACE_H
#define VIEW_GPU_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	bool late;          /* else at once, but for the one drawing per refresh */
	uint64_t period_ns; /* between refreshes; 0: unknown */
	uint64_t beat_ns;   /* a refresh not long ago; 0: none is known */
	uint64_t lead_ns;   /* drawing begins so long before its refresh */
	uint64_t aim_ns;    /* the refresh that the last drawing is for */
	bool planned;       /* which began when it should, and was not seen yet */
	bool settled;       /* one was too late already: from here on in small steps */
};

void pace_init(struct pace *self, bool late);

/* Something that was drawn is visible since `when_ns`, in a refresh that takes `period_ns` (0:
 * unknown). */
void pace_shown(struct pace *self, uint64_t when_ns, uint64_t period_ns, uint64_t now_ns);

/* When the next drawing should begin; up to `now_ns`: at once. */
uint64_t pace_plan(const struct pace *self, uint64_t now_ns);

/* It begins, when it was planned to (`planned`) or at once. */
void pace_draw(struct pace *self, bool planned, uint64_t now_ns);

#endif
