#include "vm/doctor/report.h"
#include "vm/json.h"

enum { FORMAT = 1 }; /* goes up when a key goes or changes its meaning */

static void add_fact(JsonBuilder *builder, const struct fact *fact)
{
	json_builder_begin_object(builder);
	json_put_text(builder, "verdict", verdict_name(fact->verdict));
	json_put_text(builder, "text", fact->text);
	json_builder_end_object(builder);
}

static void add_fix(JsonBuilder *builder, const struct fix *fix)
{
	json_builder_begin_object(builder);
	json_put_text(builder, "title", fix->title);
	if (fix->kind == FIX_FILE) {
		json_put_text(builder, "path", fix->path);
		json_put_text(builder, "content", fix->content);
	} else {
		json_put_texts(builder, "command", fix->words, g_strv_length(fix->words));
	}
	json_put_bool(builder, "root", fix->kind != FIX_RUN);
	json_builder_end_object(builder);
}

static void add_check(JsonBuilder *builder, const struct doctor_row *row,
		      const struct finding *finding)
{
	json_builder_begin_object(builder);
	json_put_text(builder, "id", row->id);
	json_put_text(builder, "group", row->group);
	json_put_text(builder, "title", row->title);
	json_put_text(builder, "why", row->why);
	json_put_text(builder, "verdict", verdict_name(finding->verdict));
	json_put_array(builder, "read");
	for (unsigned i = 0; i < finding->facts->len; i++)
		add_fact(builder, finding->facts->pdata[i]);
	json_builder_end_array(builder);
	json_put_texts(builder, "remedies", (char **)finding->remedies->pdata,
		       finding->remedies->len);
	json_put_array(builder, "fixes");
	for (unsigned i = 0; i < finding->fixes->len; i++)
		add_fix(builder, finding->fixes->pdata[i]);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

static void add_counts(JsonBuilder *builder, const struct report *self)
{
	json_put_object(builder, "summary");
	for (int verdict = VERDICTS; verdict-- > 0;)
		json_put_number(builder, verdict_name((enum verdict)verdict),
				self->counts[verdict]);
	json_builder_end_object(builder);
}

char *report_json(const struct report *self)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_put_number(builder, "format", FORMAT);
	json_put_text(builder, "machine", self->patient->vm ? self->patient->vm->name : NULL);
	json_put_text(builder, "system", self->patient->system.name);
	json_put_number(builder, "milliseconds", self->milliseconds);
	json_put_array(builder, "checks");
	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		add_check(builder, &doctor_rows[i], &self->findings[i]);
	json_builder_end_array(builder);
	add_counts(builder, self);
	json_builder_end_object(builder);
	return json_text(builder);
}
