/* What programs read, to the byte: who compares or patches texts relies on each blank. */
#include "vm/json.h"
#include "test.h"

static void every_member_is_written(void)
{
	char *words[] = { (char *)"one", (char *)"t\"wo" };
	g_autoptr(JsonBuilder) out = json_builder_new();

	json_builder_begin_object(out);
	json_put_text(out, "text", "a\tb");
	json_put_text(out, "none", NULL);
	json_put_number(out, "number", INT64_MIN);
	json_put_bool(out, "is", true);
	json_put_texts(out, "texts", words, ARRAY_LEN(words));
	json_put_texts(out, "empty", NULL, 0);
	json_put_object(out, "object");
	json_put_bool(out, "is", false);
	json_builder_end_object(out);
	json_put_array(out, "array");
	json_builder_add_int_value(out, 7);
	json_builder_end_array(out);
	json_builder_end_object(out);
	g_autofree char *text = json_text(out);
	CHECK_STR(text, "{\n"
			"  \"text\" : \"a\\tb\",\n"
			"  \"none\" : null,\n"
			"  \"number\" : -9223372036854775808,\n"
			"  \"is\" : true,\n"
			"  \"texts\" : [\n"
			"    \"one\",\n"
			"    \"t\\\"wo\"\n"
			"  ],\n"
			"  \"empty\" : [],\n"
			"  \"object\" : {\n"
			"    \"is\" : false\n"
			"  },\n"
			"  \"array\" : [\n"
			"    7\n"
			"  ]\n"
			"}");
}

static const struct test_case cases[] = { TEST(every_member_is_written) };

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
