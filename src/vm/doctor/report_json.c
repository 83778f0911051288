#include <json-glib/json-glib.h>

#include "vm/doctor/report.h"

enum { FORMAT = 1 }; /* goes up when a key goes or changes its meaning */

static void add_texts(JsonBuilder *builder, const char *name, char *const *texts, unsigned count)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < count; i++)
		json_builder_add_string_value(builder, texts[i]);
	json_builder_end_array(builder);
}

static void add_text(JsonBuilder *builder, const char *name, const char *text)
{
	json_builder_set_member_name(builder, name);
	if (text)
		json_builder_add_string_value(builder, text);
	else
		json_builder_add_null_value(builder);
}

static void add_number(JsonBuilder *builder, const char *name, unsigned number)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_int_value(builder, number);
}

static void add_fact(JsonBuilder *builder, const struct fact *fact)
{
	json_builder_begin_object(builder);
	add_text(builder, "verdict", verdict_name(fact->verdict));
	add_text(builder, "text", fact->text);
	json_builder_end_object(builder);
}

static void add_fix(JsonBuilder *builder, const struct fix *fix)
{
	json_builder_begin_object(builder);
	add_text(builder, "title", fix->title);
	if (fix->kind == FIX_FILE) {
		add_text(builder, "path", fix->path);
		add_text(builder, "content", fix->content);
	} else {
		add_texts(builder, "command", fix->words, g_strv_length(fix->words));
	}
	json_builder_set_member_name(builder, "root");
	json_builder_add_boolean_value(builder, fix->kind != FIX_RUN);
	json_builder_end_object(builder);
}

static void add_check(JsonBuilder *builder, const struct doctor_row *row,
		      const struct finding *finding)
{
	json_builder_begin_object(builder);
	add_text(builder, "id", row->id);
	add_text(builder, "group", row->group);
	add_text(builder, "title", row->title);
	add_text(builder, "why", row->why);
	add_text(builder, "verdict", verdict_name(finding->verdict));
	json_builder_set_member_name(builder, "read");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < finding->facts->len; i++)
		add_fact(builder, finding->facts->pdata[i]);
	json_builder_end_array(builder);
	add_texts(builder, "remedies", (char **)finding->remedies->pdata, finding->remedies->len);
	json_builder_set_member_name(builder, "fixes");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < finding->fixes->len; i++)
		add_fix(builder, finding->fixes->pdata[i]);
	json_builder_end_array(builder);
	json_builder_end_object(builder);
}

static void add_counts(JsonBuilder *builder, const struct report *self)
{
	json_builder_set_member_name(builder, "summary");
	json_builder_begin_object(builder);
	for (int verdict = VERDICTS; verdict-- > 0;)
		add_number(builder, verdict_name((enum verdict)verdict), self->counts[verdict]);
	json_builder_end_object(builder);
}

char *report_json(const struct report *self)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autoptr(JsonGenerator) generator = json_generator_new();

	json_builder_begin_object(builder);
	add_number(builder, "format", FORMAT);
	add_text(builder, "machine", self->patient->vm ? self->patient->vm->name : NULL);
	add_text(builder, "system", self->patient->system.name);
	add_number(builder, "milliseconds", self->milliseconds);
	json_builder_set_member_name(builder, "checks");
	json_builder_begin_array(builder);
	for (unsigned i = 0; i < DOCTOR_ROWS; i++)
		add_check(builder, &doctor_rows[i], &self->findings[i]);
	json_builder_end_array(builder);
	add_counts(builder, self);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, TRUE);
	return json_generator_to_data(generator, NULL);
}
