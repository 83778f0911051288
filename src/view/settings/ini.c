#include "view/settings/ini.h"

#include <string.h>

struct reader {
	char *section;
	unsigned number;
	ini_func func;
	void *data;
};

static void complain(const struct reader *self, const char *wrong)
{
	self->func(self->data, &(struct ini_line){ .number = self->number, .wrong = wrong });
}

static bool is_comment(const char *text)
{
	return !*text || *text == '#' || *text == ';';
}

static void read_section(struct reader *self, char *line)
{
	char *end = strrchr(line, ']'), *comment = strstr(line, " #");

	if (comment && end > comment) {
		*comment = '\0';
		end = strrchr(line, ']');
	}
	if (!end || !is_comment(g_strchug(end + 1))) {
		complain(self, "want ] at the end");
		return;
	}
	*end = '\0';
	g_free(self->section);
	self->section = g_strdup(g_strstrip(line + 1));
}

static void read_entry(struct reader *self, char *line)
{
	char *value = strchr(line, '=');

	if (value)
		*value++ = '\0';
	if (!*g_strstrip(line)) {
		complain(self, "want NAME = VALUE");
		return;
	}
	self->func(self->data, &(struct ini_line){
				       .number = self->number,
				       .section = self->section,
				       .name = line,
				       .value = value ? g_strstrip(value) : NULL,
			       });
}

static void read_line(struct reader *self, const char *start, size_t length)
{
	if (length > INI_LENGTH) {
		complain(self, "the line is longer than 4096 bytes");
		return;
	}
	if (memchr(start, '\0', length)) {
		complain(self, "there is a NUL byte: this is no text");
		return;
	}
	g_autofree char *copy = g_strndup(start, length);
	char *line = g_strstrip(copy);
	if (*line == '[')
		read_section(self, line);
	else if (!is_comment(line))
		read_entry(self, line);
}

void ini_read(const char *text, size_t size, ini_func func, void *data)
{
	struct reader self = { g_strdup(""), 0, func, data };
	const char *end = text + MIN(size, INI_SIZE);

	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		stop = stop ? stop : end;
		self.number++;
		read_line(&self, text, (size_t)(stop - text));
		text = stop + 1;
	}
	if (size > INI_SIZE)
		complain(&self, "the file is larger than 256 KiB, the rest is not read");
	g_free(self.section);
}

static char unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c;
}

static char *unquote_quoted(const char *value)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (value++; *value && *value != '"'; value++) {
		if (*value == '\\' && value[1])
			g_string_append_c(out, unescape(*++value));
		else
			g_string_append_c(out, *value);
	}
	if (*value != '"')
		return NULL;
	value++;
	value += strspn(value, " \t");
	return *value && *value != '#' ? NULL : g_strdup(out->str);
}

char *ini_unquote(const char *value)
{
	if (*value == '"')
		return unquote_quoted(value);
	for (const char *c = value; *c; c++)
		if (*c == '#' && (c[1] == ' ' || !c[1]) && c > value && g_ascii_isspace(c[-1]))
			return g_strchomp(g_strndup(value, (size_t)(c - value)));
	return g_strdup(value);
}

static bool must_quote(const char *text)
{
	return *text == '"' || strpbrk(text, "\n\t\r\v\f") || strstr(text, "#") ||
	       g_ascii_isspace(*text) || (*text && g_ascii_isspace(text[strlen(text) - 1]));
}

char *ini_quote(const char *text)
{
	if (!must_quote(text))
		return g_strdup(text);
	GString *out = g_string_new("\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		if (*text == '\n' || *text == '\t')
			g_string_append_printf(out, "\\%c", *text == '\n' ? 'n' : 't');
		else
			g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}
