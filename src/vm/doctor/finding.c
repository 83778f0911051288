#include "vm/doctor/finding.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

static const char *const names[] = {
	[VERDICT_NOT_NEEDED] = "not-needed",
	[VERDICT_OK] = "ok",
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "fail",
};
_Static_assert(ARRAY_LEN(names) == VERDICTS, "a name for each verdict");

const char *verdict_name(enum verdict verdict)
{
	return names[verdict];
}

static void fact_free(gpointer data)
{
	struct fact *fact = data;

	g_free(fact->text);
	g_free(fact);
}

static gboolean same_fact(gconstpointer a, gconstpointer b)
{
	const struct fact *one = a, *other = b;

	return one->verdict == other->verdict && strcmp(one->text, other->text) == 0;
}

static void fix_free(gpointer data)
{
	struct fix *fix = data;

	g_free(fix->title);
	g_strfreev(fix->words);
	g_free(fix->path);
	g_free(fix->content);
	g_free(fix);
}

void finding_init(struct finding *self)
{
	self->verdict = VERDICT_NOT_NEEDED;
	self->facts = g_ptr_array_new_with_free_func(fact_free);
	self->remedies = g_ptr_array_new_with_free_func(g_free);
	self->fixes = g_ptr_array_new_with_free_func(fix_free);
}

void finding_finish(struct finding *self)
{
	g_ptr_array_unref(self->facts);
	g_ptr_array_unref(self->remedies);
	g_ptr_array_unref(self->fixes);
}

/* What came of files may be anything; a terminal gets letters. */
static char *fit(char *text)
{
	char *whole = g_utf8_make_valid(text, -1);

	for (char *at = whole; *at; at++)
		if (g_ascii_iscntrl(*at))
			*at = '?';
	g_free(text);
	return whole;
}

void finding_say(struct finding *self, enum verdict verdict, const char *format, ...)
{
	struct fact *fact = g_new0(struct fact, 1);
	va_list arguments;

	va_start(arguments, format);
	fact->text = fit(g_strdup_vprintf(format, arguments));
	va_end(arguments);
	fact->verdict = verdict;
	self->verdict = MAX(self->verdict, verdict);
	if (g_ptr_array_find_with_equal_func(self->facts, fact, same_fact, NULL))
		fact_free(fact);
	else
		g_ptr_array_add(self->facts, fact);
}

void finding_advise(struct finding *self, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *text = fit(g_strdup_vprintf(format, arguments));
	va_end(arguments);
	if (g_ptr_array_find_with_equal_func(self->remedies, text, g_str_equal, NULL))
		g_free(text);
	else
		g_ptr_array_add(self->remedies, text);
}

static bool is_offered(const struct finding *self, const char *title)
{
	for (unsigned i = 0; i < self->fixes->len; i++)
		if (strcmp(((struct fix *)self->fixes->pdata[i])->title, title) == 0)
			return true;
	return false;
}

static struct fix *new_fix(struct finding *self, enum fix_kind kind, const char *title)
{
	struct fix *fix = g_new0(struct fix, 1);

	fix->kind = kind;
	fix->title = g_strdup(title);
	g_ptr_array_add(self->fixes, fix);
	return fix;
}

void finding_offer(struct finding *self, enum fix_kind kind, const char *title,
		   const char *const *words)
{
	if (!is_offered(self, title))
		new_fix(self, kind, title)->words = g_strdupv((char **)words);
}

void finding_offer_file(struct finding *self, const char *title, const char *path,
			const char *content)
{
	if (is_offered(self, title))
		return;
	struct fix *fix = new_fix(self, FIX_FILE, title);
	fix->path = g_strdup(path);
	fix->content = g_strdup(content);
}
