#include "vm/run/teller.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LABEL     24
#define INDENT    (LABEL + 3)
#define USUAL     80 /* of terminals that do not say */
#define WIDTH_MIN 60 /* below it columns make nothing better */
#define WIPE      "\r\033[K"

unsigned teller_width(int fd)
{
	struct winsize size = { 0 };

	if (!isatty(fd))
		return 0;
	ioctl(fd, TIOCGWINSZ, &size);
	return size.ws_col ? size.ws_col : USUAL;
}

/* ---- a line ---- */

static void begin_line(GString *out, glong *column)
{
	g_string_append_printf(out, "\n%*s", INDENT, "");
	*column = INDENT;
}

/* Words of `how` from column INDENT on; its own line ends stay. */
static void append_wrapped(GString *out, const char *how, glong width)
{
	g_auto(GStrv) words = g_strsplit(how, " ", -1);
	glong column = INDENT;

	for (char **word = words; *word; word++) {
		const char *last = strrchr(*word, '\n');
		glong length = g_utf8_strlen(*word, -1);
		if (word > words && column + 1 + length > width) {
			begin_line(out, &column);
		} else if (word > words) {
			g_string_append_c(out, ' ');
			column++;
		}
		g_string_append(out, *word);
		column = last ? g_utf8_strlen(last + 1, -1) : column + length;
	}
}

static char *line_of(const char *what, const char *how, glong width)
{
	GString *out = g_string_new(NULL);
	glong length = g_utf8_strlen(what, -1), column;

	g_string_append_printf(out, "  %s", what);
	if (width >= WIDTH_MIN && length > LABEL)
		begin_line(out, &column);
	else
		g_string_append_printf(out, "%*s", (int)(length > LABEL ? 2 : LABEL - length + 1),
				       "");
	if (width >= WIDTH_MIN)
		append_wrapped(out, how, width);
	else
		g_string_append(out, how);
	return g_string_free(out, FALSE);
}

void teller_wipe(struct teller *self)
{
	if (self->counts)
		fputs(WIPE, stderr);
	self->counts = false;
}

void teller_say(struct teller *self, const char *what, const char *how)
{
	g_autofree char *line = line_of(what, how, teller_width(STDERR_FILENO));

	teller_wipe(self);
	fprintf(stderr, "%s\n", line);
}

/* ---- the line that counts ---- */

static bool can_rewrite(void)
{
	const char *kind = g_getenv("TERM");

	return isatty(STDERR_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
}

bool teller_count(struct teller *self, const char *text)
{
	glong width = teller_width(STDERR_FILENO);

	if (!can_rewrite())
		return false;
	g_autofree char *cut = g_utf8_strlen(text, -1) < width
				       ? g_strdup(text)
				       : g_utf8_substring(text, 0, width - 1);
	fprintf(stderr, WIPE "%s", cut);
	self->counts = true;
	return true;
}

void teller_typed(struct teller *self)
{
	self->counts |= can_rewrite();
}
