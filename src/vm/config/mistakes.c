#include "vm/config/mistakes.h"

#include <gio/gio.h>

struct mistake {
	unsigned line, column;
	char *text;
};

struct place {
	const struct tree *at;
	char *path;
};

static void mistake_free(gpointer data)
{
	struct mistake *mistake = data;

	g_free(mistake->text);
	g_free(mistake);
}

static void place_free(gpointer data)
{
	struct place *place = data;

	g_free(place->path);
	g_free(place);
}

void mistakes_init(struct mistakes *self, const char *name)
{
	self->name = name;
	self->all = g_ptr_array_new_with_free_func(mistake_free);
	self->places = g_hash_table_new_full(NULL, NULL, NULL, place_free);
}

void mistakes_finish(struct mistakes *self)
{
	g_ptr_array_unref(self->all);
	g_hash_table_unref(self->places);
}

static void add(struct mistakes *self, unsigned line, unsigned column, const char *path,
		const char *format, va_list args)
{
	struct mistake *mistake = g_new(struct mistake, 1);
	g_autofree char *why = g_strdup_vprintf(format, args);

	*mistake = (struct mistake){ line, column,
				     g_strdup_printf("%s:%u:%u: %s%s%s", self->name, line, column,
						     path, *path ? ": " : "", why) };
	g_ptr_array_add(self->all, mistake);
}

void mistakes_add(struct mistakes *self, const struct tree *at, const char *path,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(self, at->line, at->column, path, format, args);
	va_end(args);
}

void mistakes_remember(struct mistakes *self, const void *field, const struct tree *at,
		       const char *path)
{
	struct place *place = g_new(struct place, 1);

	*place = (struct place){ at, g_strdup(path) };
	g_hash_table_insert(self->places, (gpointer)field, place);
}

void mistakes_of(struct mistakes *self, const void *field, const char *format, ...)
{
	const struct place *place = g_hash_table_lookup(self->places, field);
	va_list args;

	va_start(args, format);
	add(self, place ? place->at->line : 1, place ? place->at->column : 1,
	    place ? place->path : "", format, args);
	va_end(args);
}

bool mistakes_was_read(const struct mistakes *self, const void *field)
{
	return g_hash_table_contains(self->places, field);
}

static gint compare(gconstpointer a, gconstpointer b)
{
	const struct mistake *left = *(struct mistake *const *)a;
	const struct mistake *right = *(struct mistake *const *)b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	return left->column < right->column ? -1 : left->column > right->column;
}

gboolean mistakes_none(struct mistakes *self, unsigned max, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (self->all->len == 0)
		return TRUE;
	g_ptr_array_sort(self->all, compare);
	for (unsigned i = 0; i < self->all->len && i < max; i++)
		g_string_append_printf(text, "%s%s", i ? "\n" : "",
				       ((struct mistake *)self->all->pdata[i])->text);
	if (self->all->len > max)
		g_string_append_printf(text, "\n%s: and %u more", self->name, self->all->len - max);
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, text->str);
	return FALSE;
}
