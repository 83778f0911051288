/* bench/report.h - results as a page for people or as JSON for programs; never a mean alone.
 *
 * A document holds runs, one for each command; a run holds rows, each of some part of it, and a row
 * is either percentiles of many values or one value, which may have a goal. oriel-bench(1)
 * describes the JSON. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "bench/series.h"

struct report {
	bool json;
	bool in_run;
	char part[48];
	unsigned runs, rows;    /* begun so far; rows: of this run */
	unsigned goals, missed; /* in all runs */
};

/* Begins with a line about the machine. */
void report_open(struct report *self, bool json);
void report_close(struct report *self);

/* A run ends where the next one begins. `about` says in some words what is measured and how. */
void report_begin(struct report *self, const char *command, const char *about);

/* The rows that follow are about this part: a size, a rate. */
void report_part(struct report *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* p50, p95, p99, max and count of `series`, in `unit`. */
void report_row(struct report *self, const char *name, const char *unit, struct series *series);

/* One value that has no percentiles. */
void report_value(struct report *self, const char *name, const char *unit, double value);

/* The same, and what it should be at most. */
void report_goal(struct report *self, const char *name, const char *unit, double value,
		 double at_most);

/* What kept this run from measuring; also to stderr. Always 1, the exit status to return. */
int report_failure(struct report *self, const char *text);

#endif
