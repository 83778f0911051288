/* Texts, paths, switches and names from a list. */
#include "vm/config/value_kinds.h"

#include <string.h>

#include "base/nearest.h"

static char *read_text(const struct row *row, const char *text, const char *folder, void *field)
{
	(void)folder;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return g_strdup("must be one line, without control characters");
	if (row->min && !*text)
		return g_strdup("must not be empty");
	if (row->max && strlen(text) > (size_t)row->max)
		return g_strdup_printf("%s: is longer than %lld characters", text, row->max);
	*(char **)field = *text ? g_strdup(text) : NULL;
	return NULL;
}

char *value_write_text(const struct row *row, const void *field)
{
	const char *text = *(char *const *)field;

	(void)row;
	return g_strdup(text ? text : "");
}

void value_clear_text(void *field)
{
	g_clear_pointer((char **)field, g_free);
}

static char *read_path(const struct row *row, const char *text, const char *folder, void *field)
{
	char *whole, *why = read_text(row, text, folder, &whole);

	if (why || !*text)
		return why;
	if (strcmp(text, "~") == 0 || g_str_has_prefix(text, "~/"))
		*(char **)field = g_build_filename(g_get_home_dir(), text + 1, NULL);
	else if (*text == '~')
		why = g_strdup_printf("%s: write ~/ for your own folder", text);
	else
		*(char **)field = g_canonicalize_filename(text, folder);
	g_free(whole);
	return why;
}

static char *read_uuid(const struct row *row, const char *text, const char *folder, void *field)
{
	(void)row, (void)folder;
	if (!g_uuid_string_is_valid(text))
		return g_strdup_printf("%s: is no UUID; leave the line out, or ask uuidgen", text);
	*(char **)field = g_ascii_strdown(text, -1);
	return NULL;
}

/* YAML 1.1's words, which people write; and nothing else. */
static const struct {
	const char *word;
	bool value;
} truths[] = {
	{ "yes", true },    { "no", false }, { "true", true },
	{ "false", false }, { "on", true },  { "off", false },
};

static bool parse_truth(const char *text, bool *out)
{
	for (size_t i = 0; i < G_N_ELEMENTS(truths); i++) {
		if (g_ascii_strcasecmp(truths[i].word, text) != 0)
			continue;
		*out = truths[i].value;
		return true;
	}
	return false;
}

static char *read_bool(const struct row *row, const char *text, const char *folder, void *field)
{
	(void)row, (void)folder;
	if (parse_truth(text, field))
		return NULL;
	return g_strdup_printf("%s: must be yes or no", text);
}

static char *write_bool(const struct row *row, const void *field)
{
	(void)row;
	return g_strdup(*(const bool *)field ? "yes" : "no");
}

static char *read_switch(const struct row *row, const char *text, const char *folder, void *field)
{
	bool truth;

	(void)row, (void)folder;
	if (parse_truth(text, &truth))
		*(enum vm_switch *)field = truth ? VM_YES : VM_NO;
	else if (strcmp(text, "auto") == 0)
		*(enum vm_switch *)field = VM_AUTO;
	else
		return g_strdup_printf("%s: must be yes, no or auto", text);
	return NULL;
}

static char *write_switch(const struct row *row, const void *field)
{
	static const char *const words[] = { [VM_AUTO] = "auto", [VM_NO] = "no", [VM_YES] = "yes" };

	(void)row;
	return g_strdup(words[*(const enum vm_switch *)field]);
}

static char *read_enum(const struct row *row, const char *text, const char *folder, void *field)
{
	struct nearest nearest = nearest_to(text);

	(void)folder;
	for (int i = 0; row->names[i]; i++) {
		if (strcmp(row->names[i], text) == 0) {
			*(int *)field = i;
			return NULL;
		}
		nearest_offer(&nearest, row->names[i]);
	}
	if (nearest.best)
		return g_strdup_printf("%s: is none of its values; did you mean %s?", text,
				       nearest.best);
	g_autofree char *names = g_strjoinv(", ", (char **)row->names);
	return g_strdup_printf("%s: must be one of %s", text, names);
}

static char *write_enum(const struct row *row, const void *field)
{
	return g_strdup(row->names[*(const int *)field]);
}

const struct value_kind value_text = { read_text, value_write_text, value_clear_text };
const struct value_kind value_path = { read_path, value_write_text, value_clear_text };
const struct value_kind value_uuid = { read_uuid, value_write_text, value_clear_text };
const struct value_kind value_bool = { read_bool, write_bool, NULL };
const struct value_kind value_switch = { read_switch, write_switch, NULL };
const struct value_kind value_enum = { read_enum, write_enum, NULL };
