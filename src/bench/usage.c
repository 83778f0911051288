#include "bench/usage.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>

static void add_schedstat(struct usage *usage, const char *task)
{
	char path[300];
	uint64_t ran = 0;

	snprintf(path, sizeof(path), "%s/schedstat", task);
	FILE *file = fopen(path, "r");
	if (file && fscanf(file, "%" SCNu64, &ran) == 1)
		usage->cpu_ns += ran;
	if (file)
		fclose(file);
}

static void add_switches(struct usage *usage, const char *task)
{
	char path[300], line[256];
	uint64_t count;

	snprintf(path, sizeof(path), "%s/status", task);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "voluntary_ctxt_switches: %" SCNu64, &count) == 1) {
			usage->wakeups += count;
			usage->switches += count;
		} else if (sscanf(line, "nonvoluntary_ctxt_switches: %" SCNu64, &count) == 1) {
			usage->switches += count;
		}
	}
	if (file)
		fclose(file);
}

struct usage usage_of(pid_t pid)
{
	struct usage usage = { 0 };
	char path[64], task[280];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(task, sizeof(task), "%s/%.200s", path, entry->d_name);
		add_schedstat(&usage, task);
		add_switches(&usage, task);
	}
	if (tasks)
		closedir(tasks);
	return usage;
}

struct usage usage_since(pid_t pid, const struct usage *before)
{
	struct usage now = usage_of(pid);

	now.cpu_ns -= before->cpu_ns;
	now.wakeups -= before->wakeups;
	now.switches -= before->switches;
	return now;
}
