/* bench/usage.h - what a process has cost so far, from /proc. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* Of all threads that it has now, since each began. */
struct usage {
	uint64_t cpu_ns;
	uint64_t wakeups;  /* times that it slept: each ended with a wake-up */
	uint64_t switches; /* those and the times that it was pushed off its processor */
};

struct usage usage_of(pid_t pid);

/* What came since `before`. */
struct usage usage_since(pid_t pid, const struct usage *before);

#endif
