/* guest/stats.h - what --stats prints: once a second, what happened in it. */
#ifndef GUEST_STATS_H
#define GUEST_STATS_H

#include <stddef.h>
#include <stdint.h>

struct session;

/* Counters at one moment. */
struct stats {
	uint64_t at_ns, cpu_ns;
	uint64_t frames, failed, looks, pixels, fill_ns, copied, moves, shapes, restarts;
	uint64_t rings, knocks;
	uint32_t frame_watchers, pointer_watchers, oriels, slots;
	uint64_t screen_pixels;
};

/* Supervising thread only, while capture and producer exist. */
void stats_take(struct stats *out, struct session *session);

/* What happened between the two, as one line without a newline. */
void stats_line(const struct stats *before, const struct stats *now, char *out, size_t length);

#endif
