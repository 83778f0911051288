#include "e2e/spice/ends.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX 256

/* They do as they are told: who told them counts. */
static const char *const servants[] = { "libasan.",    "libubsan.", "libc.so",     "libglib-",
					"libgobject-", "libgio-",   "libpthread.", "/lib/gcc" };

static const char *const signs[] = { "ERROR: AddressSanitizer", "runtime error:" };

static bool has_any(const char *line, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* Its next line, without the end; NULL: there is none. */
static const char *line_of(const char *at, char line[LINE_MAX])
{
	size_t length = strcspn(at, "\n");

	if (!*at)
		return NULL;
	snprintf(line, LINE_MAX, "%.*s", (int)(length < LINE_MAX ? length : LINE_MAX - 1), at);
	return at + length + (at[length] == '\n');
}

static bool is_frame(const char *line)
{
	return strncmp(line + strspn(line, " "), "#", 1) == 0 && strstr(line, " 0x");
}

/* Symbols name its files, where they could be read; modules are always named. */
static bool is_ours(const char *frame)
{
	return strstr(frame, "oriel-spice") || strstr(frame, "/src/") || strstr(frame, "/tests/");
}

static const char *find_sign(const char *said, char line[LINE_MAX])
{
	while ((said = line_of(said, line)))
		if (has_any(line, signs, sizeof(signs) / sizeof(*signs)))
			return said;
	return NULL;
}

/* What was said before the keeper told of the end. */
static void find_last(const char *said, char found[LINE_MAX])
{
	char line[LINE_MAX];

	found[0] = '\0';
	while ((said = line_of(said, line)) && !strstr(line, "killed by"))
		strcpy(found, line);
}

/* The first stack is that of the deed; others tell where memory came from. */
static enum end judge_stack(const char *at, char frame[LINE_MAX])
{
	bool begun = false;

	while ((at = line_of(at, frame))) {
		if (begun && !is_frame(frame))
			break;
		begun |= is_frame(frame);
		if (begun && !has_any(frame, servants, sizeof(servants) / sizeof(*servants)))
			return is_ours(frame) ? END_OURS : END_LIBRARY;
	}
	strcpy(frame, "nobody but servants");
	return begun ? END_OURS : END_UNTOLD;
}

enum end end_judge(const char *said, char why[END_WHY_SIZE])
{
	char sign[LINE_MAX] = "", frame[LINE_MAX] = "";
	const char *at = find_sign(said, sign);
	enum end end = at ? judge_stack(at, frame) : END_UNTOLD;

	if (!at)
		find_last(said, sign);

	/* An undefined deed names its place in its first line. */
	if (strstr(sign, "runtime error:") && is_ours(sign))
		end = END_OURS;
	snprintf(why, END_WHY_SIZE, "%s%s%s", sign, *frame ? " <-" : "", frame);
	return end;
}
