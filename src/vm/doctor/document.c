/* document-doctor FILE: oriel-doctor(1) with its checks in the place of @CHECKS@. For the build. */
#include <stdio.h>
#include <string.h>

#include "vm/doctor/doctor.h"

#define PLACE "@CHECKS@\n"

/* What scdoc would take for its own is escaped. */
static char *plain(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++) {
		if (strchr("_*\\~<[", *text))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	return g_string_free(out, FALSE);
}

static void print_checks(void)
{
	const char *group = NULL;

	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		const struct doctor_row *row = &doctor_rows[i];
		g_autofree char *title = plain(row->title), *what = plain(row->what);
		g_autofree char *why = plain(row->why);
		if (row->group != group)
			printf("## %s\n\n", row->group);
		group = row->group;
		printf("*%s* (%s)\n\t%s. Why: %s.\n\n", row->id, title, what, why);
	}
}

int main(int argc, char **argv)
{
	g_autofree char *text = NULL;
	char *place = argc == 2 && g_file_get_contents(argv[1], &text, NULL, NULL)
			      ? strstr(text, PLACE)
			      : NULL;

	if (!place) {
		fprintf(stderr, "usage: document-doctor FILE, which has a line " PLACE);
		return 2;
	}
	printf("%.*s", (int)(place - text), text);
	print_checks();
	printf("%s", place + strlen(PLACE));
	return 0;
}
