/* view/hud/history.h - how long the newest pictures took, stage by stage. Main thread only. */
#ifndef VIEW_HUD_HISTORY_H
#define VIEW_HUD_HISTORY_H

#include "view/source/source.h"

#define HISTORY 360 /* pictures */

enum { HISTORY_LATENCY = SOURCE_STAGES, HISTORY_SERIES }; /* seen -> shown, behind the stages */

struct history {
	uint64_t count;                       /* ever; the newest is number count - 1 */
	uint32_t us[HISTORY][HISTORY_SERIES]; /* of number N: us[N % HISTORY] */
};

/* `stages` in ns. */
void history_add(struct history *self, const uint64_t stages[SOURCE_STAGES], uint64_t latency_ns);

/* p50, p95 and p99 in ms; zeros where there is nothing. */
void history_percentiles(const struct history *self, unsigned series, double out[3]);

/* The picture so many before the newest; NULL: there is none. */
const uint32_t *history_back(const struct history *self, unsigned back);

#endif
