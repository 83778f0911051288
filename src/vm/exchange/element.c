#include "vm/exchange/element.h"

#include <gio/gio.h>
#include <string.h>

struct builder {
	struct element *root, *at;
	unsigned depth, count;
};

/* ---- building ---- */

static void attribute_free(gpointer data)
{
	struct attribute *attribute = data;

	g_free(attribute->name);
	g_free(attribute->value);
	g_free(attribute);
}

static void add_attribute(struct element *self, const char *name, const char *value)
{
	struct attribute *attribute = g_new0(struct attribute, 1);

	attribute->name = g_strdup(name);
	attribute->value = g_strdup(value);
	g_ptr_array_add(self->attributes, attribute);
}

static struct element *new_element(struct element *parent, const char *name)
{
	struct element *self = g_new0(struct element, 1);

	self->name = g_strdup(name);
	self->parent = parent;
	self->attributes = g_ptr_array_new_with_free_func(attribute_free);
	self->children = g_ptr_array_new_with_free_func((GDestroyNotify)element_free);
	self->text = g_string_new(NULL);
	for (unsigned i = 0; parent && i < parent->children->len; i++)
		if (strcmp(((struct element *)parent->children->pdata[i])->name, name) == 0)
			self->number++;
	return self;
}

static void on_start(GMarkupParseContext *context, const char *name, const char **names,
		     const char **values, gpointer data, GError **error)
{
	struct builder *self = data;

	(void)context;
	if (++self->depth > ELEMENT_DEPTH_MAX || ++self->count > ELEMENT_COUNT_MAX) {
		g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
			    "this is too %s to be a machine",
			    self->depth > ELEMENT_DEPTH_MAX ? "deep" : "long");
		return;
	}
	struct element *element = new_element(self->at, name);
	if (self->at)
		g_ptr_array_add(self->at->children, element);
	else
		self->root = element;
	for (; *names; names++, values++)
		add_attribute(element, *names, *values);
	self->at = element;
}

static void on_end(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
	struct builder *self = data;

	(void)context, (void)name, (void)error;
	self->at = self->at->parent;
	self->depth--;
}

static void on_text(GMarkupParseContext *context, const char *text, gsize length, gpointer data,
		    GError **error)
{
	struct builder *self = data;

	(void)context, (void)error;
	if (self->at)
		g_string_append_len(self->at->text, text, (gssize)length);
}

/* Comments, processing instructions, document types. */
static void on_other(GMarkupParseContext *context, const char *text, gsize length, gpointer data,
		     GError **error)
{
	(void)context, (void)data;
	if (length > 2 && strncmp(text, "<!", 2) == 0 && text[2] != '-')
		g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
			    "document types are not read");
}

static const GMarkupParser callbacks = { on_start, on_end, on_text, on_other, NULL };

/* GLib's errors may begin with the place; ours always does. */
static void place_error(GMarkupParseContext *context, const char *name, GError *from,
			GError **error)
{
	const char *why = from->message;
	int line, column;

	if (g_str_has_prefix(why, "Error on line") && strstr(why, ": "))
		why = strstr(why, ": ") + 2;
	g_markup_parse_context_get_position(context, &line, &column);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%d:%d: %s", name, line, column,
		    why);
}

struct element *element_parse(const char *name, const char *text, size_t length, GError **error)
{
	struct builder self = { 0 };
	g_autoptr(GError) why = NULL;

	if (length > ELEMENT_TEXT_MAX) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "%s:1:1: this is too long to be a machine", name);
		return NULL;
	}
	if (!g_utf8_validate(text, (gssize)length, NULL)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:1:1: is no UTF-8 text",
			    name);
		return NULL;
	}
	GMarkupParseContext *context = g_markup_parse_context_new(&callbacks, 0, &self, NULL);
	if (!g_markup_parse_context_parse(context, text, (gssize)length, &why) ||
	    !g_markup_parse_context_end_parse(context, &why)) {
		place_error(context, name, why, error);
		g_clear_pointer(&self.root, element_free);
	}
	g_markup_parse_context_free(context);
	return self.root;
}

void element_free(struct element *self)
{
	if (!self)
		return;
	g_free(self->name);
	g_ptr_array_unref(self->attributes);
	g_ptr_array_unref(self->children);
	g_string_free(self->text, TRUE);
	g_free(self);
}

/* ---- looking ---- */

static struct element *find_child(struct element *self, const char *name, size_t length)
{
	for (unsigned i = 0; i < self->children->len; i++) {
		struct element *child = self->children->pdata[i];
		if (strlen(child->name) == length && memcmp(child->name, name, length) == 0) {
			child->taken = true;
			return child;
		}
	}
	return NULL;
}

struct element *element_find(struct element *self, const char *path)
{
	while (self && *path) {
		size_t length = strcspn(path, "/");
		self = find_child(self, path, length);
		path += length + (path[length] == '/');
	}
	return self;
}

const char *element_attribute(struct element *self, const char *name)
{
	for (unsigned i = 0; self && i < self->attributes->len; i++) {
		struct attribute *attribute = self->attributes->pdata[i];
		if (strcmp(attribute->name, name) == 0) {
			attribute->taken = true;
			return attribute->value;
		}
	}
	return NULL;
}

const char *element_text(struct element *self)
{
	if (!self)
		return "";
	self->taken = true;
	return g_strstrip(self->text->str);
}

GPtrArray *element_all(struct element *self, const char *name)
{
	GPtrArray *all = g_ptr_array_new();

	for (unsigned i = 0; self && i < self->children->len; i++)
		if (strcmp(((struct element *)self->children->pdata[i])->name, name) == 0)
			g_ptr_array_add(all, self->children->pdata[i]);
	return all;
}

void element_take_all(struct element *self)
{
	if (!self)
		return;
	self->taken = true;
	for (unsigned i = 0; i < self->attributes->len; i++)
		((struct attribute *)self->attributes->pdata[i])->taken = true;
	for (unsigned i = 0; i < self->children->len; i++)
		element_take_all(self->children->pdata[i]);
}

/* The root's own name says nothing. */
char *element_path(const struct element *self)
{
	g_autofree char *above = self->parent && self->parent->parent ? element_path(self->parent)
								      : NULL;

	return g_strdup_printf(self->number ? "%s%s%s[%u]" : "%s%s%s", above ? above : "",
			       above ? "/" : "", self->name, self->number);
}
