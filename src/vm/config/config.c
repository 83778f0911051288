#include "vm/config/config.h"

#include <string.h>

#include "base/nearest.h"
#include "vm/config/check.h"
#include "vm/config/mistakes.h"
#include "vm/config/schema.h"
#include "vm/config/tree.h"
#include "vm/config/value.h"
#include "vm/config/write.h"

struct reader {
	struct mistakes mistakes;
	const char *folder;
};

static void *field_of(const struct row *row, void *section)
{
	return (char *)section + row->field;
}

/* ---- what nobody wrote ---- */

static void clear_section(const struct section *section, void *self);

static void clear_row(const struct row *row, void *field)
{
	if (row->kind < ROW_WORD_KINDS) {
		value_clear(row, field);
		return;
	}
	if (row->kind == ROW_MAP) {
		clear_section(row->of, field);
		return;
	}
	if (row->kind == ROW_TEXTS) {
		g_clear_pointer((char ***)field, g_strfreev);
		return;
	}
	GPtrArray **list = field;
	for (unsigned i = 0; *list && i < (*list)->len; i++) {
		if (row->kind == ROW_LIST)
			clear_section(row->of, (*list)->pdata[i]);
		row->kind == ROW_LIST ? g_free((*list)->pdata[i]) : g_strfreev((*list)->pdata[i]);
	}
	g_clear_pointer(list, g_ptr_array_unref);
}

static void clear_section(const struct section *section, void *self)
{
	for (size_t i = 0; i < section->count; i++)
		clear_row(&section->rows[i], field_of(&section->rows[i], self));
}

static void set_defaults(const struct section *section, void *self);

static void set_default(const struct row *row, void *field)
{
	if (row->kind == ROW_MAP)
		set_defaults(row->of, field);
	else if (row->kind == ROW_TEXTS)
		*(char ***)field = g_new0(char *, 1);
	else if (row->kind > ROW_WORD_KINDS)
		*(GPtrArray **)field = g_ptr_array_new();
	else if (row->initial)
		g_free(value_read(row, row->initial, "/", field));
}

static void set_defaults(const struct section *section, void *self)
{
	for (size_t i = 0; i < section->count; i++)
		set_default(&section->rows[i], field_of(&section->rows[i], self));
}

void *config_add(GPtrArray *list, const struct section *section)
{
	void *one = g_malloc0(section->size);

	set_defaults(section, one);
	g_ptr_array_add(list, one);
	return one;
}

/* ---- what somebody wrote ---- */

static void read_word(struct reader *self, const struct row *row, const struct tree *tree,
		      const char *path, void *field)
{
	if (tree->kind != TREE_TEXT) {
		mistakes_add(&self->mistakes, tree, path, "must be %s, not %s",
			     row_kind_name(row->kind),
			     tree->kind == TREE_LIST ? "a list" : "keys and values");
		return;
	}
	value_clear(row, field);
	g_autofree char *why = value_read(row, tree->text, self->folder, field);
	if (why)
		mistakes_add(&self->mistakes, tree, path, "%s", why);
}

static bool check_word(struct reader *self, const struct row *row, const struct tree *tree,
		       const char *path)
{
	const struct row text = { .kind = ROW_TEXT, .max = row->max ? row->max : 4096 };
	char *word = NULL;

	read_word(self, &text, tree, path, &word);
	g_free(word);
	return tree->kind == TREE_TEXT;
}

static char **read_words(struct reader *self, const struct row *row, const struct tree *tree,
			 const char *path)
{
	GPtrArray *words = g_ptr_array_new();
	unsigned count = tree->kind == TREE_LIST ? tree->items->len : 1;

	for (unsigned i = 0; i < count; i++) {
		const struct tree *item = tree->kind == TREE_LIST ? tree->items->pdata[i] : tree;
		if (check_word(self, row, item, path))
			g_ptr_array_add(words, g_strdup(item->text));
	}
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static void read_texts(struct reader *self, const struct row *row, const struct tree *tree,
		       const char *path, void *field)
{
	clear_row(row, field);
	*(char ***)field = read_words(self, row, tree, path);
}

static void read_commands(struct reader *self, const struct row *row, const struct tree *tree,
			  const char *path, void *field)
{
	GPtrArray *commands = *(GPtrArray **)field;

	for (unsigned i = 0; tree->kind == TREE_LIST && i < tree->items->len; i++) {
		const struct tree *item = tree->items->pdata[i];
		if (item->kind != TREE_LIST || item->items->len == 0) {
			mistakes_add(&self->mistakes, item, path,
				     "a command is a list of words: [notify-send, hello]; no shell "
				     "reads them");
			continue;
		}
		g_ptr_array_add(commands, read_words(self, row, item, path));
	}
	if (tree->kind != TREE_LIST)
		mistakes_add(&self->mistakes, tree, path, "must be %s", row_kind_name(row->kind));
}

static void read_section(struct reader *self, const struct section *section,
			 const struct tree *tree, const char *path, void *out);

static void read_list(struct reader *self, const struct row *row, const struct tree *tree,
		      const char *path, void *field)
{
	GPtrArray *list = *(GPtrArray **)field;
	unsigned count = tree->kind == TREE_LIST ? tree->items->len : 1;

	for (unsigned i = 0; i < count; i++) {
		const struct tree *item = tree->kind == TREE_LIST ? tree->items->pdata[i] : tree;
		g_autofree char *place = g_strdup_printf("%s[%u]", path, i);
		void *one = config_add(list, row->of);
		mistakes_remember(&self->mistakes, one, item, place);
		read_section(self, row->of, item, place, one);
	}
}

static void read_map(struct reader *self, const struct row *row, const struct tree *tree,
		     const char *path, void *field)
{
	read_section(self, row->of, tree, path, field);
}

static void (*const reads[ROW_KINDS])(struct reader *self, const struct row *row,
				      const struct tree *tree, const char *path, void *field) = {
	[ROW_TEXTS] = read_texts,
	[ROW_COMMANDS] = read_commands,
	[ROW_LIST] = read_list,
	[ROW_MAP] = read_map,
};

/* A key without a value is as good as none. */
static void read_row(struct reader *self, const struct row *row, const struct tree *tree,
		     const char *path, void *field)
{
	if (tree_is_empty(tree))
		return;
	mistakes_remember(&self->mistakes, field, tree, path);
	(reads[row->kind] ? reads[row->kind] : read_word)(self, row, tree, path, field);
}

static char *join(const char *path, const char *name)
{
	return *path ? g_strconcat(path, ".", name, NULL) : g_strdup(name);
}

static void refuse_key(struct reader *self, const struct section *section, const struct tree *tree,
		       const char *path)
{
	struct nearest nearest = nearest_to(tree->key);
	GString *names = g_string_new(NULL);

	for (size_t i = 0; i < section->count; i++) {
		nearest_offer(&nearest, section->rows[i].name);
		g_string_append_printf(names, "%s%s", i ? ", " : "", section->rows[i].name);
	}
	if (nearest.best)
		mistakes_add(&self->mistakes, tree, path, "unknown key; did you mean %s?",
			     nearest.best);
	else
		mistakes_add(&self->mistakes, tree, path, "unknown key; a %s has %s", section->name,
			     names->str);
	g_string_free(names, TRUE);
}

static void miss_key(struct reader *self, const struct section *section, const struct row *row,
		     const struct tree *tree, const char *path)
{
	mistakes_add(&self->mistakes, tree, path, "a %s needs its %s: %s", section->name, row->name,
		     row->help);
}

static void read_keys(struct reader *self, const struct section *section, const struct tree *tree,
		      const char *path, void *out)
{
	for (unsigned i = 0; i < tree->items->len; i++) {
		const struct tree *item = tree->items->pdata[i];
		const struct row *row = section_find(section, item->key);
		g_autofree char *place = join(path, item->key);
		if (row)
			read_row(self, row, item, place, field_of(row, out));
		else
			refuse_key(self, section, item, place);
	}
	for (size_t i = 0; i < section->count; i++) {
		const struct row *row = &section->rows[i];
		const struct tree *item = tree_find(tree, row->name);
		if (row->needed && (!item || tree_is_empty(item)))
			miss_key(self, section, row, tree, path);
	}
}

static void read_section(struct reader *self, const struct section *section,
			 const struct tree *tree, const char *path, void *out)
{
	const struct row *alone = section->alone ? section_find(section, section->alone) : NULL;

	if (tree->kind == TREE_MAP)
		read_keys(self, section, tree, path, out);
	else if (alone && alone->needed && tree_is_empty(tree))
		miss_key(self, section, alone, tree, path); /* a lone "-" */
	else if (tree->kind == TREE_TEXT && alone)
		read_row(self, alone, tree, path, field_of(alone, out));
	else
		mistakes_add(&self->mistakes, tree, path, "must be %s of a %s",
			     row_kind_name(ROW_MAP), section->name);
}

/* ---- for callers ---- */

static struct vm *config_read(const char *name, const struct tree *tree, const char *folder,
			      GError **error)
{
	struct reader self = { .folder = folder };
	struct vm *vm = g_new0(struct vm, 1);

	mistakes_init(&self.mistakes, name);
	set_defaults(&schema, vm);
	read_section(&self, &schema, tree, "", vm);
	if (self.mistakes.all->len == 0)
		check_vm(vm, &self.mistakes); /* what follows from mistakes would be none */
	gboolean good = mistakes_none(&self.mistakes, CONFIG_MISTAKES_MAX, error);
	mistakes_finish(&self.mistakes);
	if (!good)
		config_free(vm);
	return good ? vm : NULL;
}

struct vm *config_parse(const char *name, const char *text, size_t length, const char *folder,
			GError **error)
{
	struct tree *tree = tree_parse(name, text, length, error);
	struct vm *vm = tree ? config_read(name, tree, folder, error) : NULL;

	tree_free(tree);
	return vm;
}

struct vm *config_load(const char *path, GError **error)
{
	g_autofree char *whole = g_canonicalize_filename(path, NULL);
	g_autofree char *folder = g_path_get_dirname(whole);
	struct tree *tree = tree_load(path, error);
	struct vm *vm = tree ? config_read(path, tree, folder, error) : NULL;

	tree_free(tree);
	return vm;
}

struct vm *config_new(const char *name)
{
	g_autofree char *word = config_quote(name), *text = g_strconcat("name: ", word, NULL);

	return config_parse(name, text, strlen(text), "/", NULL);
}

bool config_takes_desktop(const struct vm *self)
{
	for (unsigned i = 0; i < self->gpus->len; i++)
		if (((const struct vm_gpu *)self->gpus->pdata[i])->mode == VM_GPU_SINGLE)
			return true;
	return false;
}

void config_free(struct vm *self)
{
	if (!self)
		return;
	clear_section(&schema, self);
	g_free(self);
}
