#include "view/settings/import.h"

#include <string.h>

#include "view/settings/ini.h"
#include "view/settings/nearest.h"
#include "view/settings/value.h"

#define OPTIONS 1024u /* more than they have, several times over */

/* What is done with an option. */
enum verdict { TAKEN, NEEDLESS, STRANGE, VERDICTS };

static const char *const verdicts[] = {
	[NEEDLESS] = "Without a line here",
	[STRANGE] = "Not understood",
};

/* One option as it was written; the last of one name holds. */
struct entry {
	const struct import_row *row; /* NULL: nobody knows it */
	char *option, *value;         /* value NULL: none was given */
	char *where;                  /* "client.ini:14" */
};

struct import {
	const char *name;
	GPtrArray *entries;
	GString *groups[VERDICTS]; /* [TAKEN] is not used: those lie in `sections` */
	GHashTable *sections;      /* name -> GString, lines of one section */
	GHashTable *lists;         /* "view.filter" -> GString, all its members */
};

static void entry_free(gpointer data)
{
	struct entry *self = data;

	g_free(self->option);
	g_free(self->value);
	g_free(self->where);
	g_free(self);
}

static void string_free(gpointer data)
{
	g_string_free(data, TRUE);
}

/* ---- reading ---- */

static const struct import_row *row_of(const char *option)
{
	for (size_t i = 0; i < import_row_count; i++)
		if (g_ascii_strcasecmp(import_rows[i].option, option) == 0)
			return &import_rows[i];
	return NULL;
}

static const struct import_row *row_of_letter(char letter)
{
	for (size_t i = 0; i < import_row_count; i++)
		if (import_rows[i].letter == letter)
			return &import_rows[i];
	return NULL;
}

static void add(struct import *self, const struct import_row *row, const char *option,
		const char *value, const char *where)
{
	struct entry *entry = g_new(struct entry, 1);

	if (!value && row)
		value = row->toggle;
	*entry = (struct entry){ row, g_strdup(row ? row->option : option), g_strdup(value),
				 g_strdup(where) };
	if (self->entries->len < OPTIONS)
		g_ptr_array_add(self->entries, entry);
	else
		entry_free(entry);
}

static void on_line(void *data, const struct ini_line *line)
{
	struct import *self = data;
	g_autofree char *where = g_strdup_printf("%s:%u", self->name, line->number);

	if (line->wrong) {
		add(self, NULL, line->wrong, NULL, where);
		return;
	}
	g_autofree char *option = g_strdup_printf("%s:%s", line->section, line->name);
	add(self, row_of(option), option, line->value, where);
}

static const char *const *read_word(struct import *self, const char *const *word)
{
	const char *equals = strchr(*word, '='), *value = equals ? equals + 1 : NULL;
	g_autofree char *option = equals ? g_strndup(*word, (size_t)(equals - *word))
					 : g_strdup(*word);
	bool letter = option[0] == '-' && option[1] && !option[2];
	const struct import_row *row = letter ? row_of_letter(option[1]) : row_of(option);

	if (letter && row && !row->toggle && !value && word[1])
		value = *++word;
	add(self, row, option, value, "command line");
	return word + 1;
}

/* ---- judging ---- */

/* The last of that name, or NULL. */
static const struct entry *last_of(const struct import *self, const struct import_row *row)
{
	for (unsigned i = self->entries->len; i-- > 0;) {
		const struct entry *entry = self->entries->pdata[i];
		if (entry->row == row)
			return entry;
	}
	return NULL;
}

static bool is_on(const struct import *self, const char *option)
{
	static const char *const words[] = { "yes", "true", "on", "1", NULL };
	const struct entry *entry = last_of(self, row_of(option));

	return entry && entry->value && g_strv_contains(words, entry->value);
}

/* Nothing of theirs may end our comment. */
static void append_entry(GString *out, const struct entry *entry)
{
	g_autofree char *text = g_strdup_printf("# %s%s%s (%s)", entry->option,
						entry->value ? "=" : "",
						entry->value ? entry->value : "", entry->where);
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (char *c = valid; *c; c++)
		if (g_ascii_iscntrl(*c))
			*c = '?';
	g_string_append(out, valid);
}

static void comment(struct import *self, enum verdict verdict, const struct entry *entry,
		    const char *why)
{
	append_entry(self->groups[verdict], entry);
	g_string_append_printf(self->groups[verdict], ": %s\n", why);
}

static GString *string_in(GHashTable *table, const char *key)
{
	GString *text = g_hash_table_lookup(table, key);

	if (!text) {
		text = g_string_new(NULL);
		g_hash_table_insert(table, g_strdup(key), text);
	}
	return text;
}

/* "view.size" */
static const struct setting *find_target(const char *target, char **section)
{
	const char *dot = strchr(target, '.');

	*section = g_strndup(target, (size_t)(dot - target));
	return schema_find(*section, dot + 1);
}

/* Several of theirs may add to one list of ours: it is written anew with each. */
static char *joined(struct import *self, const char *target, const char *text)
{
	GString *list = string_in(self->lists, target);

	g_string_append_printf(list, "%s%s", list->len ? "," : "", text);
	return g_strdup(list->str);
}

static void take(struct import *self, const struct entry *entry, const char *target,
		 const char *text, const char *note)
{
	g_autofree char *section = NULL;
	g_autoptr(GString) why = g_string_new(NULL);
	const struct setting *row = find_target(target, &section);

	if (!value_right(row, text, why)) {
		comment(self, STRANGE, entry, why->str);
		return;
	}
	g_autofree char *all = row->kind == SETTING_LIST ? joined(self, target, text)
							 : g_strdup(text);
	g_autofree char *quoted = ini_quote(all);
	GString *out = string_in(self->sections, section);
	append_entry(out, entry);
	g_string_append_printf(out, "%s%s\n%s = %s\n", note ? ": " : "", note ? note : "",
			       row->name, quoted);
}

/* Theirs are two options, one of which may be the default. */
static void take_address(struct import *self, const struct entry *entry)
{
	const struct entry *host = last_of(self, row_of("spice:host"));
	const struct entry *port = last_of(self, row_of("spice:port"));
	const char *name = host && host->value ? host->value : "127.0.0.1";
	const char *number = port && port->value ? port->value : "5900";
	g_autofree char *address = strcmp(number, "0") == 0
					   ? g_strdup(name)
					   : g_strdup_printf("%s:%s", name, number);

	if (entry == (port ? port : host))
		take(self, entry, "spice.address", address, NULL);
	else
		comment(self, NEEDLESS, entry, "part of [spice] address");
}

static void convert(struct import *self, const struct entry *entry)
{
	const struct import_row *row = entry->row;
	g_autofree char *text = row->convert(row, entry->value);

	if (!text)
		comment(self, STRANGE, entry, "no value that Looking Glass has");
	else if (!*text)
		comment(self, NEEDLESS, entry, "as it is here by default");
	else if (strcmp(row->target, "spice.address") == 0)
		take_address(self, entry);
	else
		take(self, entry, row->target, text, row->note);
}

static void judge(struct import *self, const struct entry *entry)
{
	const struct import_row *row = entry->row;

	if (!row->target)
		comment(self, NEEDLESS, entry, row->note);
	else if (!entry->value)
		comment(self, STRANGE, entry, "it has no value");
	else if (row->needs && !is_on(self, row->needs))
		comment(self, NEEDLESS, entry, "it was switched off");
	else
		convert(self, entry);
}

static void judge_unknown(struct import *self, const struct entry *entry)
{
	g_autoptr(GString) why = g_string_new("no option of Looking Glass B7 or newer");
	struct nearest nearest = nearest_to(entry->option);

	for (size_t i = 0; i < import_row_count; i++)
		nearest_offer(&nearest, import_rows[i].option);
	nearest_append(&nearest, why);
	comment(self, STRANGE, entry, why->str);
}

/* ---- writing ---- */

static char *write_all(const struct import *self)
{
	GString *out = g_string_new(NULL);

	g_string_printf(out, "# %s, translated by oriel-view --import-looking-glass\n", self->name);
	for (const struct section *const *s = sections; *s; s++) {
		const GString *lines = (*s)->name ? g_hash_table_lookup(self->sections, (*s)->name)
						  : NULL;
		if (lines)
			g_string_append_printf(out, "\n[%s]\n%s", (*s)->name, lines->str);
	}
	for (int i = NEEDLESS; i < VERDICTS; i++)
		if (self->groups[i]->len)
			g_string_append_printf(out, "\n# ---- %s ----\n%s", verdicts[i],
					       self->groups[i]->str);
	return g_string_free(out, FALSE);
}

static GHashTable *strings_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, string_free);
}

char *import_looking_glass(const char *name, const char *text, size_t size,
			   const char *const *words)
{
	struct import self = {
		.name = name,
		.entries = g_ptr_array_new_with_free_func(entry_free),
		.sections = strings_new(),
		.lists = strings_new(),
	};

	for (int i = 0; i < VERDICTS; i++)
		self.groups[i] = g_string_new(NULL);
	ini_read(text, size, on_line, &self);
	while (words && *words)
		words = read_word(&self, words);
	for (size_t i = 0; i < import_row_count; i++) {
		const struct entry *entry = last_of(&self, &import_rows[i]);
		if (entry)
			judge(&self, entry);
	}
	for (unsigned i = 0; i < self.entries->len; i++) {
		const struct entry *entry = self.entries->pdata[i];
		if (!entry->row)
			judge_unknown(&self, entry);
	}
	char *out = write_all(&self);
	for (int i = 0; i < VERDICTS; i++)
		string_free(self.groups[i]);
	g_hash_table_unref(self.sections);
	g_hash_table_unref(self.lists);
	g_ptr_array_unref(self.entries);
	return out;
}
