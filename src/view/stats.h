/* view/stats.h - counts what passes, once per second if somebody asked. Main thread only. */
#ifndef VIEW_STATS_H
#define VIEW_STATS_H

#include <glib.h>
#include <stdint.h>

/* Everything since the start; two of them make a line. */
struct figures {
	uint64_t in;           /* pictures that the source delivered */
	uint64_t shown;        /* pictures that reached the window */
	uint64_t skipped;      /* replaced by a newer one, in the source or here */
	uint64_t bytes_copied; /* of pixels, by this process */
	uint64_t wakeups;      /* of this process, source threads included */
	const char *way;       /* presenter in use */
};

typedef void (*stats_collect_func)(void *data, struct figures *out);

struct stats;

/* `print`: a line per second and one at the end, on stdout. */
struct stats *stats_create(gboolean print, stats_collect_func collect, void *data);

/* A picture took that long from seen to shown. */
void stats_latency(struct stats *self, uint64_t ns);

/* How often the main loop has woken. */
uint64_t stats_wakeups(const struct stats *self);

/* Prints the last line. NULL is fine. */
void stats_destroy(struct stats *self);

#endif
