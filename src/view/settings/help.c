/* --help, --help-all. */
#include <string.h>

#include "view/settings/impl.h"

#define COLUMN 33 /* where the explanation begins; it is 46 columns wide at most */

/* "-m, --memory=PATH" */
static char *spell(const struct setting *row)
{
	g_autofree char *letter = row->letter ? g_strdup_printf("-%c, ", row->letter) : NULL;
	const char *off = row->kind == SETTING_BOOL && strcmp(row->initial, "yes") == 0 ? "[no-]"
											: "";
	g_autofree char *value = row->kind == SETTING_BOOL ? NULL
				 : row->bare ? g_strdup_printf("[=%s]", setting_value_word(row))
					     : g_strdup_printf("=%s", setting_value_word(row));

	return g_strdup_printf("%s--%s%s%s", letter ? letter : "", off, setting_option(row),
			       value ? value : "");
}

static void help_row(const struct setting *row)
{
	g_autofree char *spelled = spell(row);

	if (strlen(spelled) + 3 > COLUMN)
		g_print("  %s\n%*s%s\n", spelled, COLUMN, "", row->help);
	else
		g_print("  %-*s%s\n", COLUMN - 2, spelled, row->help);
}

static void help_section(const struct section *section, bool all)
{
	bool titled = false;

	for (size_t i = 0; i < section->count; i++) {
		const struct setting *row = &section->rows[i];
		if (row->later || (row->rare && !all))
			continue;
		if (!titled)
			g_print("\n%s:\n", section->title);
		titled = true;
		help_row(row);
	}
}

void settings_help(bool all)
{
	g_print("Usage: oriel-view [OPTION...]\n\nShows the screen of a virtual machine.\n");
	for (const struct section *const *s = sections; *s; s++)
		help_section(*s, all);
	g_print("\n[no-]: on unless --no-NAME says otherwise. All: --print-settings.\n"
		"Manual: oriel-view(1)\n");
}
