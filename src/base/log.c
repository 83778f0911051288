#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* Process-wide by nature: stderr is, too. Written once by log_open() before threads start. */
static struct {
	const char *program;
	enum log_level level;
	bool colour;
} sink = { "oriel", LOG_NOTHING, false };

static const struct {
	const char *name, *label, *colour;
} levels[] = {
	[LOG_NOTHING] = { "nothing", "", "" },
	[LOG_ERROR] = { "error", "error: ", "\033[1;31m" },
	[LOG_WARN] = { "warn", "warning: ", "\033[1;33m" },
	[LOG_INFO] = { "info", "", "" },
	[LOG_DEBUG] = { "debug", "debug: ", "\033[2m" },
};

static enum log_level level_from(const char *name, enum log_level otherwise)
{
	for (unsigned i = 0; name && i < ARRAY_LEN(levels); i++)
		if (strcmp(levels[i].name, name) == 0)
			return (enum log_level)i;
	return otherwise;
}

void log_open(const char *program, enum log_level level)
{
	const char *no_colour = getenv("NO_COLOR");
	sink.program = program;
	sink.level = level_from(getenv("ORIEL_LOG"), level);
	sink.colour = isatty(STDERR_FILENO) && !(no_colour && *no_colour);
}

int log_enabled(enum log_level level)
{
	return level <= sink.level;
}

void log_line(enum log_level level, const char *format, ...)
{
	if (!log_enabled(level))
		return;
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	const char *on = sink.colour ? levels[level].colour : "";
	const char *off = sink.colour && *on ? "\033[0m" : "";
	char line[1200];
	int length = snprintf(line, sizeof(line), "%s: %s%s%s%s\n", sink.program, on,
			      levels[level].label, off, text);
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		sink.level = LOG_NOTHING; /* nobody is listening any more */
}
