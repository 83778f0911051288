#include "bench/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void processor(char *out, size_t length)
{
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "r");

	snprintf(out, length, "processors");
	while (file && fgets(line, sizeof(line), file)) {
		const char *name = strchr(line, ':');
		if (strncmp(line, "model name", 10) != 0 || !name)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, length, "%s", name + 2);
		break;
	}
	if (file)
		fclose(file);
}

void machine_describe(char *out, size_t length)
{
	struct utsname kernel = { 0 };
	char name[48], date[16];
	time_t now = time(NULL);
	double load = 0;

	processor(name, sizeof(name));
	uname(&kernel);
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	if (getloadavg(&load, 1) < 0)
		load = 0;
	snprintf(out, length, "%s, %s %.16s, %ld x %s, load %.1f", date, kernel.sysname,
		 kernel.release, sysconf(_SC_NPROCESSORS_ONLN), name, load);
}
