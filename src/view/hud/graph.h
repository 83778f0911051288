/* view/hud/graph.h - latencies of the newest pictures, one column each. Main thread only. */
#ifndef VIEW_HUD_GRAPH_H
#define VIEW_HUD_GRAPH_H

#include "view/hud/history.h"
#include "view/hud/pen.h"

extern const uint32_t
	graph_tints[SOURCE_STAGES]; /* 0xrrggbb of each stage; the total has none: 0 */

/* Stages stacked, oldest at the left. `frame_us`: a line where a frame is over; 0: none. */
void graph_draw(struct pen *pen, const double box[4], const struct history *history,
		uint32_t frame_us);

/* The upper end of a scale in ms on which `ms` has its place: 1, 2 or 5 times a power of ten. */
double graph_scale(double ms);

#endif
