#include "vm/doctor/holders.h"

#include <errno.h>

#define SHOWN 6

/* 1: it does; 0: not; -1: another user's. */
static int holds(const struct patient *patient, const char *process, holders_match match,
		 const void *data)
{
	g_autofree char *folder = g_strdup_printf("/proc/%s/fd", process);
	int error;
	g_auto(GStrv) descriptors = patient_list(patient, &error, folder);

	for (char **fd = descriptors; *fd; fd++) {
		g_autofree char *path = g_strdup_printf("%s%s/%s", patient->sysroot, folder, *fd);
		g_autofree char *target = g_file_read_link(path, NULL);
		if (target && match(target, data))
			return 1;
	}
	return error == EACCES ? -1 : 0;
}

void holders_find(struct holders *self, const struct patient *patient, holders_match match,
		  const void *data)
{
	g_auto(GStrv) processes = patient_list(patient, NULL, "/proc");
	GString *names = g_string_new(NULL);

	*self = (struct holders){ 0 };
	for (char **process = processes; *process; process++) {
		if (!g_ascii_isdigit(**process))
			continue;
		int answer = holds(patient, *process, match, data);
		self->hidden |= answer < 0;
		if (answer != 1 || ++self->count > SHOWN)
			continue;
		g_autofree char *name = patient_line(patient, "/proc/%s/comm", *process);
		g_string_append_printf(names, "%s%s (%s)", names->len ? ", " : "",
				       name ? name : "?", *process);
	}
	self->names = g_string_free(names, FALSE);
}

void holders_finish(struct holders *self)
{
	g_free(self->names);
}
