#include "vm/config/write.h"

#include <string.h>

#include "vm/config/value.h"

struct writer {
	GString *out;
	bool commented;
	GHashTable *remarks;
};

/* ---- words ---- */

static bool is_plain(const char *text)
{
	static const char *const taken[] = { "~", "null", "Null", "NULL", "-", ".", NULL };

	if (g_strv_contains(taken, text) || !(g_ascii_isalnum(*text) || strchr("/.-+~_", *text)))
		return false;
	for (const char *c = text; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("/.-+~_=", *c) &&
		    !(*c == ':' && c[1] && c[1] != ':' && c != text))
			return false;
	return !g_str_has_prefix(text, "---") && !g_str_has_prefix(text, "...");
}

char *config_quote(const char *text)
{
	GString *out = g_string_new("\"");

	if (*text && is_plain(text)) {
		g_string_assign(out, text);
		return g_string_free(out, FALSE);
	}
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			g_string_append_printf(out, "\\x%02x", (unsigned char)*text);
		else if (strchr("\"\\", *text))
			g_string_append_printf(out, "\\%c", *text);
		else
			g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

static void append_word(GString *out, const char *text)
{
	g_autofree char *word = config_quote(text);

	g_string_append(out, word);
}

static void append_words(GString *out, char *const *words)
{
	g_string_append_c(out, '[');
	for (unsigned i = 0; words[i]; i++) {
		g_string_append(out, i ? ", " : "");
		append_word(out, words[i]);
	}
	g_string_append_c(out, ']');
}

static void append_commands(GString *out, const GPtrArray *commands)
{
	g_string_append_c(out, '[');
	for (unsigned i = 0; i < commands->len; i++) {
		g_string_append(out, i ? ", " : "");
		append_words(out, commands->pdata[i]);
	}
	g_string_append_c(out, ']');
}

/* ---- what is as it would be anyway ---- */

static const void *field_of(const struct row *row, const void *section)
{
	return (const char *)section + row->field;
}

/* Room for whatever one word can be. */
union field {
	struct vm_cpus cpus;
	struct vm_forward forward;
	struct vm_usb usb;
	struct vm_pick pick;
	uint64_t size;
	void *pointer;
};

static char *initial_of(const struct row *row)
{
	union field field;

	memset(&field, 0, sizeof(field));
	if (row->initial)
		g_free(value_read(row, row->initial, "/", &field));
	char *text = value_write(row, &field);
	value_clear(row, &field);
	return text;
}

static bool has_list(const struct row *row, const void *field)
{
	if (row->kind == ROW_TEXTS)
		return **(char **const *)field != NULL;
	return (*(GPtrArray *const *)field)->len > 0;
}

static bool has_word(const struct row *row, const void *field)
{
	g_autofree char *text = value_write(row, field), *initial = initial_of(row);

	return row->needed || strcmp(text, initial) != 0;
}

static bool has(const struct row *row, const void *section);

static unsigned count_of(const struct section *section, const void *self)
{
	unsigned count = 0;

	for (size_t i = 0; i < section->count; i++)
		count += has(&section->rows[i], self);
	return count;
}

static bool has(const struct row *row, const void *section)
{
	const void *field = field_of(row, section);

	if (row->kind == ROW_MAP)
		return count_of(row->of, field) > 0;
	return row->kind < ROW_WORD_KINDS ? has_word(row, field) : has_list(row, field);
}

/* The row that may stand for its whole section, as nothing else is said. */
static const struct row *alone_of(const struct section *section, const void *self)
{
	const struct row *alone = section->alone ? section_find(section, section->alone) : NULL;

	return alone && count_of(section, self) == has(alone, self) ? alone : NULL;
}

/* ---- values ---- */

static void append_value(GString *out, const struct row *row, const void *field);

static void append_flow(GString *out, const struct section *section, const void *self)
{
	const struct row *alone = alone_of(section, self);
	unsigned written = 0;

	if (alone) {
		append_value(out, alone, field_of(alone, self));
		return;
	}
	g_string_append(out, "{ ");
	for (size_t i = 0; i < section->count; i++) {
		const struct row *row = &section->rows[i];
		if (!has(row, self))
			continue;
		g_string_append_printf(out, "%s%s: ", written++ ? ", " : "", row->name);
		append_value(out, row, field_of(row, self));
	}
	g_string_append(out, " }");
}

static void append_list(GString *out, const struct row *row, const GPtrArray *list)
{
	g_string_append_c(out, '[');
	for (unsigned i = 0; i < list->len; i++) {
		g_string_append(out, i ? ", " : "");
		append_flow(out, row->of, list->pdata[i]);
	}
	g_string_append_c(out, ']');
}

static void append_value(GString *out, const struct row *row, const void *field)
{
	if (row->kind < ROW_WORD_KINDS) {
		g_autofree char *text = value_write(row, field);
		append_word(out, text);
	} else if (row->kind == ROW_TEXTS) {
		append_words(out, *(char **const *)field);
	} else if (row->kind == ROW_COMMANDS) {
		append_commands(out, *(GPtrArray *const *)field);
	} else if (row->kind == ROW_LIST) {
		append_list(out, row, *(GPtrArray *const *)field);
	} else {
		append_flow(out, row->of, field);
	}
}

/* ---- lines ---- */

static void write_items(GString *out, const struct row *row, const GPtrArray *list)
{
	g_string_append_printf(out, "%s:\n", row->name);
	for (unsigned i = 0; i < list->len; i++) {
		g_string_append(out, "  - ");
		append_flow(out, row->of, list->pdata[i]);
		g_string_append_c(out, '\n');
	}
}

static void write_map(GString *out, const struct row *map, const void *self)
{
	g_string_append_printf(out, "%s:\n", map->name);
	for (size_t i = 0; i < map->of->count; i++) {
		const struct row *row = &map->of->rows[i];
		if (!has(row, self))
			continue;
		g_string_append_printf(out, "  %s: ", row->name);
		append_value(out, row, field_of(row, self));
		g_string_append_c(out, '\n');
	}
}

static void write_part(GString *out, const struct row *row, const void *field)
{
	if (row->kind == ROW_LIST) {
		write_items(out, row, *(GPtrArray *const *)field);
		return;
	}
	if (row->kind == ROW_MAP && !alone_of(row->of, field)) {
		write_map(out, row, field);
		return;
	}
	g_string_append_printf(out, "%s: ", row->name);
	append_value(out, row, field);
	g_string_append_c(out, '\n');
}

static const char *example_of(const struct row *row)
{
	const struct row *alone = row->of && row->of->alone ? section_find(row->of, row->of->alone)
							    : NULL;

	return row->example ? row->example : alone ? alone->example : NULL;
}

static void write_comments(struct writer *self, const struct row *row, bool written)
{
	const char *remark = self->remarks ? g_hash_table_lookup(self->remarks, row->name) : NULL;
	const char *example = written ? NULL : example_of(row);

	if (!self->commented || (!written && !example && !remark))
		return;
	g_string_append_printf(self->out, "\n# %s.\n", row->help);
	if (remark)
		g_string_append_printf(self->out, "# %s\n", remark);
	if (example)
		g_string_append_printf(self->out, "#%s: %s\n", row->name, example);
}

static void write_all(struct writer *self, const struct vm *vm)
{
	for (size_t i = 0; i < schema.count; i++) {
		const struct row *row = &schema.rows[i];
		bool written = has(row, vm);
		write_comments(self, row, written);
		if (written)
			write_part(self->out, row, field_of(row, vm));
	}
}

char *config_write(const struct vm *vm)
{
	struct writer self = { .out = g_string_new(NULL) };

	write_all(&self, vm);
	return g_string_free(self.out, FALSE);
}

char *config_write_commented(const struct vm *vm, GHashTable *remarks)
{
	struct writer self = { g_string_new(NULL), true, remarks };

	write_all(&self, vm);
	return g_string_free(self.out, FALSE);
}
