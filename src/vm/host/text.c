#include "vm/host/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/plan/facts.h"

#define VGPUS_MAX 256
#define WINDOWS   6     /* of a function, in front of the ROM's */
#define IS_MEMORY 0x200 /* IORESOURCE_MEM of the kernel's ioport.h */

bool text_number(const char *text, long long min, long long max, long long *out)
{
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (end == text || errno || (*end && strcmp(end, "\n") != 0) || value < min || value > max)
		return false;
	*out = value;
	return true;
}

static bool is_fit_to_show(const char *text)
{
	for (const char *at = text; *at; at = g_utf8_next_char(at))
		if (!g_unichar_isprint(g_utf8_get_char(at)))
			return false;
	return true;
}

/* `text` is ours to change; NULL where nobody should see it. */
static char *keep(char *text)
{
	if (strlen(g_strstrip(text)) < TEXT_LINE_MAX && *text && g_utf8_validate(text, -1, NULL) &&
	    is_fit_to_show(text))
		return text;
	g_free(text);
	return NULL;
}

char *text_line(const char *text)
{
	return keep(g_strndup(text, strcspn(text, "\n")));
}

char *text_lines(const char *text)
{
	return keep(g_strdelimit(g_strstrip(g_strdup(text)), "\n", ' '));
}

char *text_override(const char *text)
{
	return strcmp(text, "(null)\n") == 0 ? NULL : text_line(text);
}

char *text_reset(const char *text)
{
	char *methods = g_strstrip(g_strdup(text));

	if (strlen(methods) < TEXT_LINE_MAX &&
	    strspn(methods, "abcdefghijklmnopqrstuvwxyz_ ") == strlen(methods))
		return methods;
	g_free(methods);
	return NULL;
}

/* "0x0000004000000000 0x00000043ffffffff 0x000000000014220c" */
static uint64_t window_size(const char *line)
{
	unsigned long long start, end, flags;

	if (sscanf(line, "%llx %llx %llx", &start, &end, &flags) != 3 || !(flags & IS_MEMORY) ||
	    end <= start)
		return 0;
	return end - start + 1;
}

uint64_t text_memory(const char *text)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < WINDOWS && text; i++) {
		largest = MAX(largest, window_size(text));
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return largest;
}

void text_type_free(gpointer type)
{
	struct facts_type *self = type;

	g_free(self->id);
	g_free(self->name);
	g_free(self->description);
	g_strfreev(self->made);
	g_free(self);
}

static struct facts_type *take_vgpu(const char *line)
{
	g_auto(GStrv) parts = g_strsplit(line, ":", 2);
	long long number;

	if (!parts[0] || !parts[1] || !text_number(g_strstrip(parts[0]), 1, G_MAXUINT, &number))
		return NULL;
	char *name = text_line(parts[1]);
	if (!name)
		return NULL;
	struct facts_type *type = g_new0(struct facts_type, 1);
	type->id = g_strdup_printf("%lld", number);
	type->name = name;
	type->free = 1;
	return type;
}

GPtrArray *text_vgpus(const char *text)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(text_type_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line && all->len < VGPUS_MAX; line++) {
		struct facts_type *type = take_vgpu(*line);
		if (type)
			g_ptr_array_add(all, type);
	}
	return all;
}
