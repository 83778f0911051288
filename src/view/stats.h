/* view/stats.h - counts what passes, once per second if somebody asked. Main thread only. */
#ifndef VIEW_STATS_H
#define VIEW_STATS_H

#include <glib.h>
#include <stdint.h>

#include "view/source/source.h"

/* Everything since the start; two of them make a line. */
struct figures {
	uint64_t in;           /* pictures that the source delivered */
	uint64_t shown;        /* pictures that reached the window */
	uint64_t skipped;      /* replaced by a newer one, in the source or here */
	uint64_t bytes_copied; /* of pixels, by this process */
	uint64_t wakeups;      /* of this process, source threads included */
	const char *way;       /* presenter in use */
	char device[48];       /* what draws for it, or "" */
	const char *reads;     /* what it has the guest's pixels from, or "" */
	uint64_t rung;         /* of the wakeups, by the guest */
	const char *wake;      /* how it wakes us; "" where it does not */
	uint64_t stages[SOURCE_STAGES][3];
};

enum stats_style { STATS_SILENT, STATS_WORDS, STATS_CSV };

typedef void (*stats_collect_func)(void *data, struct figures *out);

struct stats;

/* A line per second and one at the end, on stdout; CSV begins with the columns' names. */
struct stats *stats_create(enum stats_style style, stats_collect_func collect, void *data);

/* A picture took that long from seen to shown. */
void stats_latency(struct stats *self, uint64_t ns);

/* How often the main loop has woken. */
uint64_t stats_wakeups(const struct stats *self);

/* Prints the last line. NULL is fine. */
void stats_destroy(struct stats *self);

#endif
