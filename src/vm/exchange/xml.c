#include "vm/exchange/xml.h"

static void indent(struct xml *self)
{
	for (unsigned i = 0; i < self->open->len; i++)
		g_string_append(self->text, "  ");
}

void xml_init(struct xml *self)
{
	self->text = g_string_new(NULL);
	self->open = g_ptr_array_new();
}

void xml_line(struct xml *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *line = g_markup_vprintf_escaped(format, args);
	va_end(args);
	indent(self);
	g_string_append_printf(self->text, "%s\n", line);
}

void xml_open(struct xml *self, const char *name)
{
	indent(self);
	g_string_append_printf(self->text, "<%s>\n", name);
	g_ptr_array_add(self->open, (gpointer)name);
}

void xml_open_with(struct xml *self, const char *name, const char *attributes, ...)
{
	va_list args;

	va_start(args, attributes);
	g_autofree char *escaped = g_markup_vprintf_escaped(attributes, args);
	va_end(args);
	indent(self);
	g_string_append_printf(self->text, "<%s %s>\n", name, escaped);
	g_ptr_array_add(self->open, (gpointer)name);
}

void xml_close(struct xml *self)
{
	const char *name = g_ptr_array_steal_index(self->open, self->open->len - 1);

	indent(self);
	g_string_append_printf(self->text, "</%s>\n", name);
}

char *xml_finish(struct xml *self)
{
	while (self->open->len)
		xml_close(self);
	g_ptr_array_unref(self->open);
	return g_string_free(self->text, FALSE);
}
