/* The table of settings, files of them, and what holds when several places have a say. */
#include "view/settings/settings.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "base/log.h"
#include "test.h"
#include "view/present/present.h"
#include "view/settings/file.h"
#include "view/settings/value.h"

static char *folder; /* of this run */
static const char *data;

static char *path_of(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static void write_file(const char *path, const char *text)
{
	g_autofree char *parent = g_path_get_dirname(path);

	g_mkdir_with_parents(parent, 0700);
	CHECK(g_file_set_contents(path, text, -1, NULL)); /* renames over, as editors do */
}

/* ---- what goes to stderr and stdout ---- */

static int real_stderr = -1;

static void catch_stderr(void)
{
	g_autofree char *path = path_of("stderr");
	FILE *file = fopen(path, "w");

	fflush(stderr);
	real_stderr = dup(2);
	dup2(fileno(file), 2);
	fclose(file);
}

static char *caught_stderr(void)
{
	g_autofree char *path = path_of("stderr");
	char *text = NULL;

	fflush(stderr);
	dup2(real_stderr, 2);
	close(real_stderr);
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static GString *printed;

static void keep_print(const char *text)
{
	g_string_append(printed, text);
}

/* ---- the table ---- */

static void rows_are_whole(void)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++) {
		const struct section *section = schema_section(row);
		CHECK_EQ(schema_number(row), i);
		if (schema_find(section->name, row->name) != row)
			test_fail("%s is there twice", row->name);
		if (schema_find_option(setting_option(row)) != row)
			test_fail("--%s is there twice", setting_option(row));
		if (row->letter && schema_find_letter(row->letter) != row)
			test_fail("-%c is there twice", row->letter);
		if (!row->help || strlen(row->help) > 46 || g_str_has_suffix(row->help, "."))
			test_fail("%s has no good help", row->name);
		if ((row->kind == SETTING_ENUM) != (row->names != NULL))
			test_fail("%s: names without choice, or none", row->name);
		if ((row->kind == SETTING_INT || row->kind == SETTING_FLOAT) &&
		    (row->max <= row->min || (row->word && row->min < 0)))
			test_fail("%s has no range", row->name);
		if (!section->name && row->live)
			test_fail("%s: the command line does not change", row->name);
	}
	for (size_t i = 0; (row = schema_row(i)); i++)
		for (size_t j = 0; row->kind == SETTING_CHORD && j < i; j++)
			if (strcmp(schema_row(j)->initial, row->initial) == 0)
				test_fail("%s has another's key", row->name);
	CHECK_EQ(schema_count(), schema_number(schema_row(schema_count() - 1)) + 1);
}

static void defaults_print_as_written(void)
{
	struct options options = { 0 };
	const struct setting *row;

	values_init(&options);
	for (size_t i = 0; (row = schema_row(i)); i++) {
		g_autofree char *text = value_print(&options, row);
		CHECK_STR(text, row->initial);
	}
	options_clear(&options);
}

static const char *another_value(const struct setting *row)
{
	static const char *const texts[SETTING_KINDS] = {
		[SETTING_TEXT] = " a \"b\" # c ", [SETTING_PATH] = "/tmp/a b",
		[SETTING_LIST] = "one,two",       [SETTING_SIZE] = "641x479",
		[SETTING_POSITION] = "-20,40",    [SETTING_COLOUR] = "#12345678",
		[SETTING_KEY] = "rightctrl",      [SETTING_CHORD] = "shift+super+f12",
		[SETTING_AMOUNT] = "2.5s",
	};
	static char number[32];

	switch (row->kind) {
	case SETTING_BOOL:
		return strcmp(row->initial, "yes") == 0 ? "no" : "yes";
	case SETTING_ENUM:
		return row->names[1];
	case SETTING_INT:
		snprintf(number, sizeof(number), "%g", row->max - 1);
		return number;
	case SETTING_FLOAT:
		snprintf(number, sizeof(number), "%g", row->max / 4);
		return number;
	default:
		return texts[row->kind];
	}
}

static void every_row_goes_out_and_in_again(void)
{
	struct options one = { 0 }, two = { 0 };
	g_autoptr(GString) why = g_string_new(NULL);
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++) {
		const char *text = another_value(row);
		if (!value_set(&one, row, text, why))
			test_fail("%s=%s: %s", row->name, text, why->str);
		g_autofree char *first = value_print(&one, row);
		CHECK_STR(first, text);
		CHECK(value_set(&two, row, first, why));
		g_autofree char *second = value_print(&two, row);
		CHECK_STR(second, first);
	}
	options_clear(&one);
	options_clear(&two);
}

static void other_spellings_mean_the_same(void)
{
	static const char *const rows[][4] = {
		{ "view", "fullscreen", "ON", "yes" },
		{ "view", "fullscreen", "0", "no" },
		{ "view", "scale", "Integer", "integer" },
		{ "view", "size", "AUTO", "auto" },
		{ "view", "fps-min", "30 hz", "30" },
		{ "view", "brightness", "2.50", "2.5" },
		{ "view", "filter", " a , ,b ", "a,b" },
		{ "input", "escape-key", "KEY_SCROLLLOCK", "scrolllock" },
		{ "input", "escape-key", "Scroll-Lock", "scrolllock" },
		{ "keys", "quit", "Ctrl+SHIFT+Q", "shift+ctrl+q" },
		{ "keys", "quit", "None", "none" },
		{ "hud", "colour", "#FF8000", "#ff8000" },
		{ "hud", "colour", "#ff8000ff", "#ff8000" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct options options = { 0 };
		g_autoptr(GString) why = g_string_new(NULL);
		const struct setting *row = schema_find(rows[i][0], rows[i][1]);
		CHECK(row);
		if (!value_set(&options, row, rows[i][2], why))
			test_fail("%s: %s", rows[i][2], why->str);
		g_autofree char *text = value_print(&options, row);
		CHECK_STR(text, rows[i][3]);
		options_clear(&options);
	}
}

/* The table must not forget a window or a presenter that there is. */
static void choices_are_those_that_exist(void)
{
	const struct setting *window = schema_find("view", "window");
	const struct setting *presenter = schema_find("view", "presenter");

	for (const struct window_impl *const *w = window_impls; *w; w++) {
		if (!g_strv_contains(window->names, (*w)->name))
			test_fail("--window does not know %s", (*w)->name);
		for (const struct present_impl *const *p = (*w)->presents; *p; p++)
			if (!g_strv_contains(presenter->names, (*p)->name))
				test_fail("--presenter does not know %s", (*p)->name);
	}
	for (int i = 1; window->names[i]; i++)
		CHECK(window_impl_find(window->names[i]));
}

/* ---- files ---- */

static char *slurp(const char *name)
{
	g_autofree char *path = g_build_filename(data, name, NULL);
	char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		test_fail("no %s", path);
	return text;
}

static void mistakes_have_lines_and_remedies(void)
{
	g_autofree char *text = slurp("broken.conf"), *want = slurp("broken.txt");
	g_autoptr(GString) got = g_string_new(NULL);
	struct settings_file *file = settings_file_parse("broken.conf", text, strlen(text));

	for (unsigned i = 0; i < file->complaints->len; i++)
		g_string_append_printf(got, "%s\n", (char *)file->complaints->pdata[i]);
	CHECK_STR(got->str, want);
	CHECK_EQ(file->assignments->len, 2); /* the good ones among them */
	settings_file_free(file);
}

static void comments_end_values(void)
{
	static const char *const rows[][2] = {
		{ "a # b", "a" },         { "a #b", "a #b" },       { "a# b", "a# b" },
		{ "a #", "a" },           { "#ff0000", "#ff0000" }, { "\"a # b\" # c", "a # b" },
		{ "\"a\\\"b\"", "a\"b" }, { "\" a \"", " a " },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		g_autofree char *text = g_strdup_printf("[view]\ntitle = %s\n", rows[i][0]);
		struct settings_file *file = settings_file_parse("a.conf", text, strlen(text));
		CHECK_EQ(file->assignments->len, 1);
		CHECK_STR(((struct assignment *)file->assignments->pdata[0])->text, rows[i][1]);
		settings_file_free(file);
	}
}

static void too_much_is_refused(void)
{
	g_autoptr(GString) text = g_string_new("[view]\ntitle = ");
	unsigned count = 0;

	while (text->len < 5000)
		g_string_append(text, "long ");
	while (text->len < 400 << 10)
		g_string_append(text, "\nscale = fit");
	struct settings_file *file = settings_file_parse("big.conf", text->str, text->len);
	for (unsigned i = 0; i < file->complaints->len; i++)
		count += strstr(file->complaints->pdata[i], "longer than 4096") ||
			 strstr(file->complaints->pdata[i], "larger than 256 KiB");
	CHECK_EQ(count, 2);
	CHECK(file->assignments->len < 256 << 10);
	settings_file_free(file);
	/* Nonsense is not worth a book. */
	g_string_assign(text, "[view]\n");
	for (int i = 0; i < 1000; i++)
		g_string_append(text, "nonsense\n");
	file = settings_file_parse("nonsense.conf", text->str, text->len);
	CHECK_EQ(file->complaints->len, 20);
	settings_file_free(file);
}

/* ---- layers ---- */

struct opened {
	struct settings *settings;
	enum options_answer answer;
	char error[256];
};

static struct opened open_with(const char *line)
{
	struct opened out = { 0 };
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);

	out.answer = settings_open(&out.settings, (int)g_strv_length(argv), argv, &error);
	if (error)
		g_strlcpy(out.error, error->message, sizeof(out.error));
	return out;
}

static struct opened open_file(const char *text, const char *more)
{
	g_autofree char *path = path_of("own.conf");
	g_autofree char *line = g_strdup_printf("oriel-view --config=%s%s", path, more);

	write_file(path, text);
	return open_with(line);
}

static const char *const layered = "[vm win11]\n"
				   "scale = integer\n"
				   "[vm /dev/shm/win10/view]\n"
				   "title = ten\n"
				   "[view]\n"
				   "scale = 1:1\n"
				   "title = all\n"
				   "title = last\n"
				   "[vm ab12]\n"
				   "fullscreen = yes\n"
				   "[vm ab12/clipboard]\n"
				   "to-guest = no\n";

static void the_particular_beats_the_general(void)
{
	const struct setting *scale = schema_find("view", "scale");
	struct opened got = open_file(layered, "");

	CHECK_STR(got.error, "");
	CHECK_EQ(settings_options(got.settings)->scale, SCALE_ONE);
	CHECK_STR(settings_options(got.settings)->title, "last");
	CHECK_EQ(settings_origin(got.settings, scale).kind, ORIGIN_FILE);
	CHECK_EQ(settings_origin(got.settings, scale).line, 6);
	settings_close(got.settings);
	got = open_file(layered, " --vm=win11");
	CHECK_EQ(settings_options(got.settings)->scale, SCALE_INTEGER);
	CHECK_EQ(settings_origin(got.settings, scale).line, 2);
	settings_close(got.settings);
	got = open_file(layered, " -m /dev/shm/win10");
	CHECK_STR(settings_options(got.settings)->title, "ten");
	settings_close(got.settings);
	got = open_file(layered, " --server=/run/oriel/win11.sock");
	CHECK_EQ(settings_options(got.settings)->scale, SCALE_INTEGER);
	settings_close(got.settings);
	got = open_file(layered, " -m /mnt/win11 --scale fit");
	CHECK_EQ(settings_options(got.settings)->scale, SCALE_FIT);
	CHECK_EQ(settings_origin(got.settings, scale).kind, ORIGIN_COMMAND);
	settings_close(got.settings);
}

static unsigned changes;
static const struct setting *last_change;

static void on_changed(void *user, const struct setting *row)
{
	CHECK(user == &changes);
	changes++;
	last_change = row;
}

static void a_guest_chooses_nothing_personal(void)
{
	struct opened got = open_file(layered, "");
	const struct options *options = settings_options(got.settings);

	changes = 0;
	settings_watch(got.settings, on_changed, &changes);
	settings_identify(got.settings, "Linux", "AB12");
	CHECK(options->fullscreen);
	CHECK(options->clipboard.to_guest);
	CHECK_EQ(changes, 1);
	CHECK_STR(last_change->name, "fullscreen");
	settings_identify(got.settings, "Linux", NULL);
	CHECK(!options->fullscreen);
	settings_close(got.settings);
	/* What the user says is another thing. */
	got = open_file(layered, " --vm=ab12");
	CHECK(!settings_options(got.settings)->clipboard.to_guest);
	settings_close(got.settings);
}

static void a_chosen_file_must_be_right(void)
{
	catch_stderr();
	struct opened got = open_file("[view]\nscale=ftt\n", "");
	struct opened none = open_with("oriel-view --config=/nowhere/at.all");
	g_autofree char *said = caught_stderr();

	CHECK_EQ(got.answer, OPTIONS_WRONG);
	CHECK_CONTAINS(got.error, "own.conf has mistakes (1)");
	CHECK_CONTAINS(
		said,
		"own.conf:2: scale=ftt: there are fit, 1:1, integer, shrink, stretch (did you mean fit?)");
	CHECK_EQ(none.answer, OPTIONS_WRONG);
	CHECK_CONTAINS(none.error, "/nowhere/at.all: No such file");
	settings_close(got.settings);
	settings_close(none.settings);
}

static const struct setting *later_row(void)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (row->later && schema_section(row)->name)
			return row;
	test_skip("everything is in this version");
}

static void what_comes_later_is_said(void)
{
	const struct setting *row = later_row();
	g_autofree char *path = path_of("oriel/view.conf");
	g_autofree char *text = g_strdup_printf("[%s]\n\n%s = %s\n", schema_section(row)->name,
						row->name, row->initial);
	g_autofree char *want = g_strdup_printf("without effect in this version: 3: %s", row->name);

	write_file(path, text);
	catch_stderr();
	struct opened got = open_with("oriel-view");
	g_autofree char *said = caught_stderr();
	CHECK_CONTAINS(said, want);
	settings_close(got.settings);
	g_unlink(path);
}

static void the_usual_file_is_forgiven(void)
{
	g_autofree char *path = path_of("oriel/view.conf");

	write_file(path, "[view]\nscale = ftt\ntitle = right\n");
	catch_stderr();
	struct opened got = open_with("oriel-view");
	g_autofree char *said = caught_stderr();
	CHECK_EQ(got.answer, OPTIONS_RUN);
	CHECK_STR(settings_options(got.settings)->title, "right");
	CHECK_CONTAINS(said, "view.conf:2: scale=ftt");
	settings_close(got.settings);
	got = open_with("oriel-view --no-config");
	CHECK(!settings_options(got.settings)->title);
	CHECK(!settings_path(got.settings));
	settings_close(got.settings);
	g_unlink(path);
	got = open_with("oriel-view");
	CHECK_EQ(got.answer, OPTIONS_RUN);
	settings_close(got.settings);
}

static void what_is_printed_is_a_file(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const struct setting *row;

	for (const struct section *const *s = sections; *s; s++) {
		g_string_append_printf(text, (*s)->name ? "[%s]\n" : "", (*s)->name);
		for (size_t i = 0; (*s)->name && i < (*s)->count; i++) {
			row = &(*s)->rows[i];
			g_string_append_printf(text, "%s = %s\n", row->name,
					       row->kind == SETTING_TEXT ? "\" a \\\"b\\\" # c \""
									 : another_value(row));
		}
	}
	printed = g_string_new(NULL);
	catch_stderr();
	g_set_print_handler(keep_print);
	struct opened got = open_file(text->str, " --print-settings");
	g_set_print_handler(NULL);
	g_free(caught_stderr());
	CHECK_STR(got.error, "");
	CHECK_EQ(got.answer, OPTIONS_DONE);
	CHECK_CONTAINS(printed->str, "own.conf:2");
	struct settings_file *file = settings_file_parse("printed", printed->str, printed->len);
	CHECK_EQ(file->complaints->len, 0);
	for (unsigned i = 0; i < file->assignments->len; i++) {
		const struct assignment *one = file->assignments->pdata[i];
		CHECK_STR(one->text, another_value(one->row));
	}
	settings_file_free(file);
	g_string_free(printed, TRUE);
	settings_close(got.settings);
}

static void an_import_is_written_once(void)
{
	g_autofree char *path = path_of("oriel/view.conf");
	g_autofree char *line = g_strdup_printf(
		"oriel-view --import-looking-glass=%s/client.ini --write -- -F", data);
	g_autofree char *want = slurp("client.conf"), *got = NULL;

	printed = g_string_new(NULL);
	g_set_print_handler(keep_print);
	struct opened first = open_with(line), second = open_with(line);
	g_set_print_handler(NULL);
	CHECK_EQ(first.answer, OPTIONS_DONE);
	CHECK_CONTAINS(printed->str, path);
	CHECK(g_file_get_contents(path, &got, NULL, NULL));
	g_unlink(path);
	g_strdelimit(want, "\n", '\0'); /* the first line */
	CHECK(g_str_has_prefix(got, want));
	CHECK_CONTAINS(got, "# win:fullScreen=yes (command line)\nfullscreen = yes\n");
	CHECK_EQ(second.answer, OPTIONS_WRONG); /* what is there stays */
	CHECK_CONTAINS(second.error, "File exists");
	settings_close(first.settings);
	settings_close(second.settings);
	g_string_free(printed, TRUE);
}

/* ---- a file that changes ---- */

static bool wait_for_changes(unsigned count)
{
	gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

	while (changes < count && g_get_monotonic_time() < end) {
		g_main_context_iteration(NULL, FALSE);
		g_usleep(1000);
	}
	return changes >= count;
}

static void let_pass(unsigned ms)
{
	gint64 end = g_get_monotonic_time() + ms * 1000;

	while (g_get_monotonic_time() < end) {
		g_main_context_iteration(NULL, FALSE);
		g_usleep(1000);
	}
}

static void a_change_applies_while_it_runs(void)
{
	g_autofree char *path = path_of("own.conf");
	struct opened got = open_file("[view]\ntitle = one\n", "");
	const struct options *options = settings_options(got.settings);

	changes = 0;
	settings_watch(got.settings, on_changed, &changes);
	write_file(path, "[view]\ntitle = two\n");
	CHECK(wait_for_changes(1));
	CHECK_STR(options->title, "two");
	FILE *file = fopen(path, "w"); /* in place, in two pieces */
	fputs("[view]\nti", file);
	fflush(file);
	fputs("tle = three\nscale = 1:1\n", file);
	fclose(file);
	CHECK(wait_for_changes(3));
	CHECK_STR(options->title, "three");
	CHECK_EQ(options->scale, SCALE_ONE);
	settings_close(got.settings);
}

static void links_are_followed(void)
{
	g_autofree char *path = path_of("link.conf"), *real = path_of("kept/own.conf");
	g_autofree char *line = g_strdup_printf("oriel-view --config=%s", path);

	write_file(real, "[view]\ntitle = one\n");
	CHECK_EQ(symlink(real, path), 0);
	struct opened got = open_with(line);
	changes = 0;
	settings_watch(got.settings, on_changed, &changes);
	write_file(real, "[view]\ntitle = two\n");
	bool came = wait_for_changes(1);
	remove(path);
	remove(real);
	CHECK(came);
	CHECK_STR(settings_options(got.settings)->title, "two");
	settings_close(got.settings);
}

static void a_broken_change_changes_nothing(void)
{
	g_autofree char *path = path_of("own.conf");
	struct opened got = open_file("[view]\ntitle = one\n", "");
	const struct options *options = settings_options(got.settings);

	changes = 0;
	settings_watch(got.settings, on_changed, &changes);
	catch_stderr();
	write_file(path, "[view]\ntitle = two\nscal = fit\n");
	let_pass(400);
	write_file(path, "[view]\ntitle = three\nmemory = /dev/shm/other\n");
	bool came = wait_for_changes(1);
	write_file(path, "[view]\ntitle = four\nmemory = /dev/shm/third\n");
	came = came && wait_for_changes(2);
	g_autofree char *said = caught_stderr();
	CHECK(came);
	CHECK_EQ(changes, 2);
	CHECK_STR(options->title, "four");
	CHECK(!options->asked.memory);
	CHECK_CONTAINS(said, "own.conf:3: scal: [view] has no such setting (did you mean scale?)");
	CHECK_CONTAINS(said, "the settings stay as they are");
	const char *once = strstr(said, "memory has changed, which applies at the next start");
	CHECK(once);
	CHECK(!strstr(once + 1, "memory has changed"));
	settings_close(got.settings);
}

static const struct test_case cases[] = {
	TEST(rows_are_whole),
	TEST(defaults_print_as_written),
	TEST(every_row_goes_out_and_in_again),
	TEST(other_spellings_mean_the_same),
	TEST(choices_are_those_that_exist),
	TEST(mistakes_have_lines_and_remedies),
	TEST(comments_end_values),
	TEST(too_much_is_refused),
	TEST(the_particular_beats_the_general),
	TEST(a_guest_chooses_nothing_personal),
	TEST(a_chosen_file_must_be_right),
	TEST(the_usual_file_is_forgiven),
	TEST(what_comes_later_is_said),
	TEST(what_is_printed_is_a_file),
	TEST(an_import_is_written_once),
	TEST(a_change_applies_while_it_runs),
	TEST(links_are_followed),
	TEST(a_broken_change_changes_nothing),
};

/* FOLDER-OF-DATA [CASE] */
int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	data = argv[1];
	log_open("test", LOG_WARN);
	folder = g_dir_make_tmp("oriel-settings-XXXXXX", NULL);
	g_setenv("XDG_CONFIG_HOME", folder, TRUE);
	int status = test_main(argc - 1, argv + 1, cases, ARRAY_LEN(cases));
	const char *const left[] = { "own.conf", "stderr", "oriel", "kept", "" };
	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		g_autofree char *path = path_of(left[i]);
		remove(path);
	}
	g_free(folder);
	return status;
}
