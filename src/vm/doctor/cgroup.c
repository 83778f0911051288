#include "vm/doctor/cgroup.h"

#include <string.h>

#include "vm/doctor/texts.h"

#define ROOT "/sys/fs/cgroup"

static char *our_group(const struct patient *patient)
{
	g_autofree char *text = patient_read(patient, NULL, "/proc/self/cgroup");

	return text ? texts_cgroup(text) : NULL;
}

/* The one around it; false at the outermost. */
static bool leave(char *group)
{
	char *last = strrchr(group, '/');

	if (!*group)
		return false;
	*(last ? last : group) = 0;
	return true;
}

static char *name_of(const char *group)
{
	return g_strdup(*group ? group : "/");
}

bool cgroup_limit(const struct patient *patient, const char *file, uint64_t *out, char **group)
{
	g_autofree char *at = our_group(patient);
	g_autofree char *least = NULL;

	if (!at)
		return false;
	do {
		g_autofree char *line = patient_line(patient, ROOT "%s/%s", at, file);
		uint64_t number;
		if (!line || !texts_number(line, &number) || (least && number >= *out))
			continue;
		*out = number;
		g_free(least);
		least = name_of(at);
	} while (leave(at));
	*group = g_steal_pointer(&least);
	return *group;
}

char *cgroup_line(const struct patient *patient, const char *file, char **group)
{
	g_autofree char *at = our_group(patient);
	char *line;

	if (!at)
		return NULL;
	do {
		line = patient_line(patient, ROOT "%s/%s", at, file);
	} while (!line && leave(at));
	if (line)
		*group = name_of(at);
	return line;
}
