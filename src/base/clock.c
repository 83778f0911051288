#include "base/clock.h"

#include <errno.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

#ifdef __x86_64__
static uint64_t ticks(void)
{
	return __rdtsc();
}
#else
static uint64_t ticks(void)
{
	return 0;
}
#endif

/* One moment on both clocks: of several tries the quickest. */
static void read_both(uint64_t *ns, uint64_t *tsc)
{
	uint64_t best = UINT64_MAX;
	for (int i = 0; i < 20; i++) {
		uint64_t before = ticks(), now = clock_ns(), took = ticks() - before;
		if (took >= best)
			continue;
		best = took;
		*ns = now;
		*tsc = before + took / 2;
	}
}

uint32_t clock_tsc_khz(void)
{
	uint64_t ns[2] = { 0 }, tsc[2] = { 0 };
	read_both(&ns[0], &tsc[0]);
	clock_sleep(20 * NS_PER_MS);
	read_both(&ns[1], &tsc[1]);
	return (uint32_t)((tsc[1] - tsc[0]) * NS_PER_MS / (ns[1] - ns[0]));
}

void clock_sleep_until(uint64_t deadline_ns)
{
	struct timespec t = { (time_t)(deadline_ns / NS_PER_S), (long)(deadline_ns % NS_PER_S) };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

void clock_sleep(uint64_t duration_ns)
{
	clock_sleep_until(clock_ns() + duration_ns);
}
