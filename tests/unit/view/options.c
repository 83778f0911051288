#include "view/options.h"
#include "test.h"

#include "view/settings/schema.h"

struct parsed {
	enum options_answer answer;
	char error[256];
	struct options options;
};

static struct parsed parse(const char *line)
{
	struct parsed out = { 0 };
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_autofree char **copy = g_memdup2(argv, sizeof(char *) * (g_strv_length(argv) + 1));

	out.answer = options_parse(&out.options, (int)g_strv_length(argv), copy, &error);
	if (error)
		g_strlcpy(out.error, error->message, sizeof(out.error));
	return out;
}

static void nothing_asked_is_an_x11_window(void)
{
	struct parsed got = parse("oriel-view");

	CHECK_EQ(got.answer, OPTIONS_RUN);
	CHECK(got.options.source == &source_oriel && !got.options.source_arg);
	CHECK_STR(got.options.window->name, "x11");
	CHECK(!got.options.way && !got.options.shot);
	CHECK_EQ(got.options.scale, SCALE_FIT);
	CHECK_EQ(got.options.timeout, 0);
	options_clear(&got.options);
}

static void figures_come_in_words_or_columns(void)
{
	struct parsed none = parse("oriel-view"), words = parse("oriel-view --stats -v"),
		      csv = parse("oriel-view --stats=csv"), xml = parse("oriel-view --stats=xml");

	CHECK_EQ(none.options.stats, STATS_SILENT);
	CHECK_EQ(words.options.stats, STATS_WORDS);
	CHECK(words.options.verbose);
	CHECK_EQ(csv.options.stats, STATS_CSV);
	CHECK_EQ(xml.answer, OPTIONS_WRONG);
	CHECK_CONTAINS(xml.error, "csv");
	options_clear(&none.options);
	options_clear(&words.options);
	options_clear(&csv.options);
	options_clear(&xml.options);
}

static void spice_has_an_address_or_a_file(void)
{
	static const struct {
		const char *line, *address, *file;
		bool enabled;
	} lines[] = {
		{ "oriel-view --spice=/run/vm.sock", "/run/vm.sock", NULL, true },
		{ "oriel-view --spice=spice://vm:5900", "spice://vm:5900", NULL, true },
		{ "oriel-view --spice-address vm:5900 --spice", "vm:5900", NULL, true },
		{ "oriel-view --spice-address=vm:5900 --spice=no", "vm:5900", NULL, false },
		{ "oriel-view --no-spice", NULL, NULL, false },
		{ "oriel-view console.vv", NULL, "console.vv", true },
		{ "oriel-view -f --spice-file=console.vv", NULL, "console.vv", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct parsed got = parse(lines[i].line);
		CHECK_STR(got.error, "");
		CHECK_EQ(got.options.spice.enabled, lines[i].enabled);
		CHECK_EQ(g_strcmp0(got.options.spice.address, lines[i].address), 0);
		CHECK_EQ(g_strcmp0(got.options.spice.file, lines[i].file), 0);
		options_clear(&got.options);
	}
	struct parsed other = parse("oriel-view console.rdp");
	CHECK_CONTAINS(other.error, "what is \"console.rdp\"?");
	options_clear(&other.options);
}

static void a_server_is_asked_for_by_its_socket(void)
{
	struct parsed got = parse("oriel-view --server=/run/win11.sock"),
		      both = parse("oriel-view --server=/run/win11.sock -m /dev/shm/x"),
		      source = parse("oriel-view --source=oriel:server=/run/win11.sock");

	CHECK_EQ(got.answer, OPTIONS_RUN);
	CHECK(got.options.source == &source_oriel);
	CHECK_STR(got.options.source_arg, "server=/run/win11.sock");
	CHECK_EQ(both.answer, OPTIONS_WRONG);
	CHECK_CONTAINS(both.error, "exclude");
	CHECK(source.options.source == &source_oriel);
	CHECK_STR(source.options.source_arg, "server=/run/win11.sock");
	options_clear(&got.options);
	options_clear(&both.options);
	options_clear(&source.options);
}

static void everything_asked_is_taken(void)
{
	struct parsed got = parse("oriel-view --headless --shot=a.png --shot-after=7 "
				  "--exit-after=2.5s -m /dev/shm/x --scale=integer "
				  "--presenter=null");

	CHECK_STR(got.error, "");
	CHECK_EQ(got.answer, OPTIONS_RUN);
	CHECK(got.options.source == &source_oriel);
	CHECK_STR(got.options.source_arg, "/dev/shm/x");
	CHECK_STR(got.options.window->name, "headless");
	CHECK_STR(got.options.way, "null");
	CHECK_STR(got.options.shot, "a.png");
	CHECK_EQ(got.options.shot_after.value, 7);
	CHECK(!got.options.shot_after.seconds);
	CHECK_EQ(got.options.exit_after.value * 10, 25);
	CHECK(got.options.exit_after.seconds);
	CHECK_EQ(got.options.timeout, 10);
	CHECK_EQ(got.options.scale, SCALE_INTEGER);
	options_clear(&got.options);
}

static void mistakes_are_named(void)
{
	static const char *const rows[][2] = {
		{ "oriel-view --scale=big", "there are fit, 1:1, integer" },
		{ "oriel-view --window=gtk", "x11, headless" },
		{ "oriel-view --window=x11 --headless", "exclude each other" },
		{ "oriel-view --source=vnc", "there are oriel" },
		{ "oriel-view --memory=a --source=oriel", "exclude each other" },
		{ "oriel-view --exit-after=soon", "--exit-after=soon: want a count" },
		{ "oriel-view --exit-after=1.5", "want a count" },
		{ "oriel-view --exit-after=-1s", "want a count" },
		{ "oriel-view --exit-after=nans", "want a count" },
		{ "oriel-view --shot-after=3", "needs --shot" },
		{ "oriel-view --timeout=-1", "--timeout=-1: want a number" },
		{ "oriel-view /dev/shm/x", "--memory" },
		{ "oriel-view --nonsense", "--nonsense" },
		{ "oriel-view --scale=ftt", "(did you mean fit?)" },
		{ "oriel-view --fulscreen", "(did you mean fullscreen?)" },
		{ "oriel-view --no-fullscreen=yes", "no value" },
		{ "oriel-view -x", "-x" },
		{ "oriel-view -m", "want =PATH" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct parsed got = parse(rows[i][0]);
		CHECK_EQ(got.answer, OPTIONS_WRONG);
		CHECK_CONTAINS(got.error, rows[i][1]);
		options_clear(&got.options);
	}
}

/* Of those that there are today. */
static void options_of_later_versions_are_mistakes(void)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++) {
		if (!row->later || row->kind != SETTING_BOOL)
			continue;
		g_autofree char *line = g_strdup_printf("oriel-view --%s", setting_option(row));
		struct parsed got = parse(line);
		CHECK_EQ(got.answer, OPTIONS_WRONG);
		CHECK_CONTAINS(got.error, "not in this version");
		options_clear(&got.options);
	}
}

static const struct test_case cases[] = {
	TEST(nothing_asked_is_an_x11_window),
	TEST(figures_come_in_words_or_columns),
	TEST(a_server_is_asked_for_by_its_socket),
	TEST(spice_has_an_address_or_a_file),
	TEST(everything_asked_is_taken),
	TEST(mistakes_are_named),
	TEST(options_of_later_versions_are_mistakes),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
