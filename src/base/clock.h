/* base/clock.h - one clock, monotonic, in nanoseconds. Any thread; never blocks but where said. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* CLOCK_MONOTONIC (QPC on Windows). Comparable between processes of one kernel. */
uint64_t clock_ns(void);

/* CPU time that this process has used, in ns. */
uint64_t clock_cpu_ns(void);

/* Ticks of the processor's time stamp counter in a millisecond, 0 where there is none. Takes 20 ms.
 * An emulated guest counts the same ticks, and cannot find this out itself on a busy machine. */
uint32_t clock_tsc_khz(void);

/* Blocks until clock_ns() is at least `deadline_ns`; returns at once where it is past. */
void clock_sleep_until(uint64_t deadline_ns);

/* Blocks for `duration_ns`. Naps below 50 us need thread_precise_timers() to be kept. */
void clock_sleep(uint64_t duration_ns);

#endif
