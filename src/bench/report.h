/* bench/report.h - results as a table for people or as JSON for programs; never a mean alone. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "bench/series.h"

struct report {
	bool json;
	bool any; /* a row has been printed */
};

/* One more figure of a row, e.g. { "GB/s", 16.8 }. The list ends with a NULL key. */
struct report_figure {
	const char *key;
	double value;
};

/* `about` is one line that says what is measured and how. */
void report_begin(struct report *self, bool json, const char *command, const char *about);

/* p50, p95, p99, max and count of `series` (in `unit`), then the figures (may be NULL). */
void report_row(struct report *self, const char *name, const char *unit, struct series *series,
		const struct report_figure *figures);

/* A single figure that has no percentiles. */
void report_note(struct report *self, const char *name, const char *unit, double value);

void report_end(struct report *self);

#endif
