#include "view/settings/schema.h"

#include <string.h>

#include "view/settings/rows.h"

/* In the order of --help. */
const struct section *const sections[] = {
	&section_view,  &section_input, &section_keys,      &section_hud, &section_wayland,
	&section_audio, &section_spice, &section_clipboard, &section_run, NULL,
};

size_t schema_count(void)
{
	size_t count = 0;

	for (const struct section *const *s = sections; *s; s++)
		count += (*s)->count;
	return count;
}

const struct setting *schema_row(size_t number)
{
	for (const struct section *const *s = sections; *s; s++) {
		if (number < (*s)->count)
			return &(*s)->rows[number];
		number -= (*s)->count;
	}
	return NULL;
}

static bool has(const struct section *section, const struct setting *row)
{
	return row >= section->rows && row < section->rows + section->count;
}

size_t schema_number(const struct setting *row)
{
	size_t before = 0;

	for (const struct section *const *s = sections; *s && !has(*s, row); s++)
		before += (*s)->count;
	return before + (size_t)(row - schema_section(row)->rows);
}

const struct section *schema_section(const struct setting *row)
{
	const struct section *const *s = sections;

	while (!has(*s, row))
		s++;
	return *s;
}

const struct section *schema_find_section(const char *name, size_t length)
{
	for (const struct section *const *s = sections; *s; s++)
		if ((*s)->name && strlen((*s)->name) == length &&
		    strncmp((*s)->name, name, length) == 0)
			return *s;
	return NULL;
}

const struct setting *schema_find(const char *section, const char *name)
{
	for (const struct section *const *s = sections; *s; s++)
		for (size_t i = 0; g_strcmp0((*s)->name, section) == 0 && i < (*s)->count; i++)
			if (strcmp((*s)->rows[i].name, name) == 0)
				return &(*s)->rows[i];
	return NULL;
}

const struct setting *schema_find_option(const char *option)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (strcmp(setting_option(row), option) == 0)
			return row;
	return NULL;
}

const struct setting *schema_find_letter(char letter)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (row->letter && row->letter == letter)
			return row;
	return NULL;
}

const char *setting_option(const struct setting *row)
{
	return row->option ? row->option : row->name;
}

const char *setting_value_word(const struct setting *row)
{
	static const char *const words[SETTING_KINDS] = {
		[SETTING_INT] = "N",     [SETTING_FLOAT] = "N",      [SETTING_ENUM] = "NAME",
		[SETTING_TEXT] = "TEXT", [SETTING_PATH] = "PATH",    [SETTING_LIST] = "A,B",
		[SETTING_SIZE] = "WxH",  [SETTING_POSITION] = "X,Y", [SETTING_COLOUR] = "#RRGGBB",
		[SETTING_KEY] = "KEY",   [SETTING_CHORD] = "KEYS",   [SETTING_AMOUNT] = "AMOUNT",
	};

	return row->value ? row->value : words[row->kind];
}
