#include "vm/doctor/report.h"

#include <string.h>

#include "base/mem.h"

#define WIDTH  80
#define INDENT 8 /* of what stands below a check's mark */

static const struct {
	const char *mark, *colour;
	const char *one, *many; /* in the summary */
} looks[VERDICTS] = {
	[VERDICT_NOT_NEEDED] = { "-", "2", "not needed", "not needed" },
	[VERDICT_OK] = { "ok", "32", "fine", "fine" },
	[VERDICT_UNKNOWN] = { "?", "36", "unknown", "unknown" },
	[VERDICT_WARN] = { "warn", "33", "warning", "warnings" },
	[VERDICT_FAIL] = { "FAIL", "1;31", "failure", "failures" },
};

void report_init(struct report *self, const struct patient *patient)
{
	gint64 start = g_get_monotonic_time();

	*self = (struct report){ .patient = patient };
	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		doctor_look(&doctor_rows[i], patient, &self->findings[i]);
		self->counts[self->findings[i].verdict]++;
	}
	self->milliseconds = patient->answers.kvm_ms + patient->answers.qemu_ms +
			     (unsigned)((g_get_monotonic_time() - start) / 1000);
}

void report_finish(struct report *self)
{
	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		finding_finish(&self->findings[i]);
}

/* ---- text ---- */

/* Breaks lines between words; those after the first begin at `indent`. `joint` ends those that go
 * on. */
static void add_broken(GString *out, glong column, glong indent, const char *text,
		       const char *joint)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	glong start = column, width = WIDTH - (glong)strlen(joint);

	for (char **word = words; *word; word++) {
		glong length = g_utf8_strlen(*word, -1);
		if (column > start && column + 1 + length > (word[1] ? width : WIDTH)) {
			g_string_append_printf(out, "%s\n%*s", joint, (int)indent, "");
			column = start = indent;
		} else if (column > start) {
			g_string_append_c(out, ' ');
			column++;
		}
		g_string_append(out, *word);
		column += length;
	}
	g_string_append_c(out, '\n');
}

static void add_words(GString *out, glong column, glong indent, const char *text)
{
	add_broken(out, column, indent, text, "");
}

/* It is for a shell, which it may be copied into, however many lines it takes. */
static bool is_command(const char *remedy)
{
	static const char *const names[] = { "sudo ", "echo ", "mv ", "rm " };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (g_str_has_prefix(remedy, names[i]))
			return !strchr(remedy, '"') && !strchr(remedy, '\'');
	return false;
}

/* "put into FILE: LINE": the line stands alone, and whole where it can. */
static void add_file(GString *out, const char *remedy)
{
	const char *line = strstr(remedy, ": ");
	g_autofree char *where = g_strndup(remedy, (size_t)(line - remedy) + 1);

	add_words(out, INDENT + 2, INDENT + 2, where);
	g_string_append_printf(out, "%*s", INDENT + 4, "");
	add_words(out, INDENT + 4, INDENT + 4, line + 2);
}

static void add_remedies(GString *out, const struct finding *finding)
{
	for (unsigned i = 0; i < finding->remedies->len; i++) {
		const char *remedy = finding->remedies->pdata[i];
		g_string_append_printf(out, "%*s> ", INDENT, "");
		if (g_str_has_prefix(remedy, "put into /") && strstr(remedy, ": "))
			add_file(out, remedy);
		else
			add_broken(out, INDENT + 2, INDENT + 2, remedy,
				   is_command(remedy) ? " \\" : "");
	}
}

static void add_mark(GString *out, enum verdict verdict, bool colour)
{
	const char *mark = looks[verdict].mark;

	g_string_append(out, "  ");
	if (colour)
		g_string_append_printf(out, "\033[%sm%s\033[0m", looks[verdict].colour, mark);
	else
		g_string_append(out, mark);
	g_string_append_printf(out, "%*s", (int)(INDENT - 2 - strlen(mark)), "");
}

/* Those that made the verdict; with `all` the others too, the worst first. To be unref'ed. */
static GPtrArray *pick_facts(const struct finding *finding, bool all)
{
	GPtrArray *texts = g_ptr_array_new();

	for (int verdict = finding->verdict; verdict >= 0; verdict--)
		for (unsigned i = 0; i < finding->facts->len; i++) {
			const struct fact *fact = finding->facts->pdata[i];
			bool made = fact->verdict == finding->verdict;
			if ((int)fact->verdict == verdict && (made || all))
				g_ptr_array_add(texts, fact->text);
		}
	return texts;
}

/* One stands behind the title, several below it. */
static void add_facts(GString *out, const char *title, const GPtrArray *facts)
{
	bool one = facts->len == 1;
	g_autofree char *line = g_strdup_printf("%s%s%s", title, one ? ": " : "",
						one ? (char *)facts->pdata[0] : "");

	add_words(out, INDENT, INDENT, line);
	for (unsigned i = 0; !one && i < facts->len; i++) {
		g_string_append_printf(out, "%*s- ", INDENT, "");
		add_words(out, INDENT + 2, INDENT + 2, facts->pdata[i]);
	}
}

static void add_why(GString *out, const char *why)
{
	g_autofree char *sentence = g_strdup_printf("%s.", why);

	*sentence = g_ascii_toupper(*sentence);
	g_string_append_printf(out, "%*s", INDENT, "");
	add_words(out, INDENT, INDENT, sentence);
}

static void add_check(GString *out, const struct doctor_row *row, const struct finding *finding,
		      bool all, bool colour)
{
	bool said = all || finding->verdict > VERDICT_OK;
	g_autoptr(GPtrArray) facts = said ? pick_facts(finding, all) : g_ptr_array_new();

	add_mark(out, finding->verdict, colour);
	add_facts(out, row->title, facts);
	if (finding->verdict > VERDICT_UNKNOWN)
		add_why(out, row->why);
	add_remedies(out, finding);
}

static void add_heading(GString *out, const char *heading, bool colour)
{
	g_string_append_printf(out, colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", heading);
}

static void add_not_needed(GString *out, const struct report *self)
{
	g_autoptr(GString) names = g_string_new("Not needed:");

	if (!self->counts[VERDICT_NOT_NEEDED])
		return;
	for (unsigned i = 0, count = 0; i < DOCTOR_ROWS; i++)
		if (self->findings[i].verdict == VERDICT_NOT_NEEDED)
			g_string_append_printf(names, "%s %s", count++ ? "," : "",
					       doctor_rows[i].title);
	g_string_append(names, ".\n");
	g_string_append_c(out, '\n');
	add_words(out, 0, 0, g_strchomp(names->str));
}

static unsigned count_fixes(const struct report *self)
{
	unsigned count = 0;

	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		count += self->findings[i].fixes->len;
	return count;
}

/* " (KVM, IOMMU)": what stood above, perhaps out of sight by now. */
static void append_titles(GString *out, const struct report *self, enum verdict verdict)
{
	const char *before = " (";

	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		if (self->findings[i].verdict == verdict) {
			g_string_append_printf(out, "%s%s", before, doctor_rows[i].title);
			before = ", ";
		}
	g_string_append_c(out, ')');
}

static void add_summary(GString *out, const struct report *self)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned fixes = count_fixes(self);

	for (int verdict = VERDICTS; verdict-- > 0;) {
		unsigned count = self->counts[verdict];
		if (!count)
			continue;
		g_string_append_printf(text, "%s%u %s", text->len ? ", " : "", count,
				       count == 1 ? looks[verdict].one : looks[verdict].many);
		if (verdict >= VERDICT_WARN)
			append_titles(text, self, (enum verdict)verdict);
	}
	g_string_append_c(text, '.');
	g_string_append_c(out, '\n');
	add_words(out, 0, 0, text->str);
	if (fixes)
		g_string_append_printf(out,
				       "oriel doctor --fix shows %u thing%s that it can do, and "
				       "asks.\n",
				       fixes, fixes == 1 ? "" : "s");
}

char *report_text(const struct report *self, bool all, bool colour)
{
	const struct patient *patient = self->patient;
	GString *out = g_string_new(NULL);
	const char *heading = NULL;

	g_string_append_printf(out, "%s on %s\n", patient->vm ? patient->vm->name : "Machines",
			       patient->system.name);
	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		const struct doctor_row *row = &doctor_rows[i];
		if (self->findings[i].verdict == VERDICT_NOT_NEEDED && !all)
			continue;
		if (row->group != heading)
			add_heading(out, row->group, colour);
		heading = row->group;
		add_check(out, row, &self->findings[i], all, colour);
	}
	if (!all)
		add_not_needed(out, self);
	add_summary(out, self);
	return g_string_free(out, FALSE);
}
