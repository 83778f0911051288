/* tests/unit/guest/wakes.h - how often the threads of a name were woken. */
#ifndef WAKES_H
#define WAKES_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Voluntary switches of the task, 0 if it is called otherwise. */
static inline uint64_t wakes_of_task(const char *task, const char *prefix)
{
	char path[64], line[128];
	unsigned long long wakes = 0;
	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", task);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	bool ours = fgets(line, sizeof(line), file) && strncmp(line, "Name:\t", 6) == 0 &&
		    strncmp(line + 6, prefix, strlen(prefix)) == 0;
	while (ours && fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &wakes) == 1)
			break;
	fclose(file);
	return wakes;
}

/* Of all threads of this process whose names begin so. */
static inline uint64_t wakes_of(const char *prefix)
{
	DIR *tasks = opendir("/proc/self/task");
	uint64_t sum = 0;
	for (struct dirent *entry; tasks && (entry = readdir(tasks));)
		sum += wakes_of_task(entry->d_name, prefix);
	if (tasks)
		closedir(tasks);
	return sum;
}

/* During so much time; meanwhile `turn` (may be NULL) runs every 50 ms. */
static inline uint64_t wakes_per_second(const char *prefix, uint64_t during_ns,
					void (*turn)(void *data), void *data)
{
	clock_sleep(200 * NS_PER_MS); /* what happened before comes to rest */
	uint64_t before = wakes_of(prefix), begin = clock_ns();
	while (clock_ns() - begin < during_ns) {
		if (turn)
			turn(data);
		clock_sleep(50 * NS_PER_MS);
	}
	uint64_t took = clock_ns() - begin;
	return (wakes_of(prefix) - before) * NS_PER_S / took;
}

#endif
