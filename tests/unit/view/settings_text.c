/* What is made of the table of settings, and of another program's settings. */
#include "test.h"
#include "view/input/actions.h"
#include "view/options.h"
#include "view/settings/document.h"
#include "view/settings/file.h"
#include "view/settings/import.h"

static const char *data;

static char *slurp(const char *name)
{
	g_autofree char *path = g_build_filename(data, name, NULL);
	char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		test_fail("no %s", path);
	return text;
}

/* ---- documents ---- */

/* Each row's option in `text`, spelled by `format`; and none of those that come later. */
static void check_options(const char *text, const char *format)
{
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++) {
		g_autoptr(GRegex) regex = NULL;
		g_autofree char *name = g_regex_escape_string(setting_option(row), -1);
		g_autoptr(GString) pattern = g_string_new(format);
		g_string_replace(pattern, "NAME", name, 1);
		regex = g_regex_new(pattern->str, 0, 0, NULL);
		CHECK(regex);
		bool there = g_regex_match(regex, text, 0, NULL);
		if (there == row->later)
			test_fail("--%s is %s", setting_option(row), there ? "there" : "missing");
	}
}

static void the_manual_has_every_option(void)
{
	g_autofree char *page = document_man("before\n@OPTIONS@\nbetween\n@LATER@\nbehind\n");

	CHECK(g_str_has_prefix(page, "before\n## "));
	CHECK(g_str_has_suffix(page, "\nbehind\n"));
	check_options(page, "\\*--NAME[*=]");
	CHECK_CONTAINS(page, "*-m*, *--memory=*_PATH_\n\tThe shared memory");
	CHECK_CONTAINS(page, "In the file: [view] *scale*, by default *fit*");
}

static void the_manual_has_every_key(void)
{
	g_autofree char *page = document_man("@KEYS@\n");

	for (int i = 0; i < ACTION_COUNT; i++) {
		g_autofree char *entry = g_strdup_printf(
			" (%s)\n\t%s.\n", action_name((enum action)i), action_help((enum action)i));
		CHECK_CONTAINS(page, entry);
	}
	CHECK_CONTAINS(page, "*q* (quit)\n\tQuit.\n");
}

static void the_manual_names_what_comes_later(void)
{
	g_autofree char *page = document_man("@LATER@\n");
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (row->later)
			CHECK_CONTAINS(page, row->name);
	CHECK(!strstr(page, "fullscreen, scale"));
}

static void shells_complete_every_option(void)
{
	g_autofree char *bash = document_bash(), *fish = document_fish(), *zsh = document_zsh();

	check_options(bash, " --NAME[= ']");
	check_options(fish, " -l NAME ");
	check_options(zsh, "'--NAME[=\\[]");
	CHECK_CONTAINS(bash, "\t--memory | -m)");
	CHECK_CONTAINS(fish, "-l memory -s m -r -F");
	CHECK_CONTAINS(zsh, "'-m[Shared memory");
}

/* True where that shell is there and takes `text` for good. */
static bool shell_takes(const char *shell, const char *text)
{
	g_autofree char *program = g_find_program_in_path(shell), *name = NULL;
	const char *argv[] = { program, "-n", NULL, NULL };
	int status = -1;

	if (!program)
		return true;
	int fd = g_file_open_tmp("completion-XXXXXX", &name, NULL);
	CHECK(fd >= 0);
	close(fd);
	CHECK(g_file_set_contents(name, text, -1, NULL));
	argv[2] = name;
	CHECK(g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
	remove(name);
	return status == 0;
}

static void shells_understand_them(void)
{
	g_autofree char *bash = document_bash(), *fish = document_fish(), *zsh = document_zsh();

	CHECK(shell_takes("bash", bash));
	CHECK(shell_takes("fish", fish));
	CHECK(shell_takes("zsh", zsh));
}

/* What bash offers for "oriel-view WORD...", blanks between. */
static char *bash_offers(const char *words, int at)
{
	g_autofree char *bash = document_bash(), *program = g_find_program_in_path("bash");
	g_autofree char *script = g_strdup_printf(
		"compopt() { :; }\n%s\nCOMP_WORDS=(oriel-view %s)\nCOMP_CWORD=%d\n"
		"_oriel_view\necho \"${COMPREPLY[*]}\"\n",
		bash, words, at);
	const char *argv[] = { program, "-c", script, NULL };
	char *out = NULL;

	if (!program)
		test_skip("no bash");
	CHECK(g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, &out, NULL, NULL, NULL));
	return g_strchomp(out);
}

static void bash_offers_names_and_values(void)
{
	g_autofree char *names = bash_offers("--sca", 1), *values = bash_offers("--scale = i", 3);
	g_autofree char *all = bash_offers("--scale =", 2), *words = bash_offers("--window h", 2);

	CHECK_STR(names, "--scale= --scale-motion");
	CHECK_STR(values, "integer");
	CHECK_STR(all, "fit 1:1 integer shrink stretch");
	CHECK_STR(words, "headless");
}

/* ---- help ---- */

static GString *printed;

static void keep_print(const char *text)
{
	g_string_append(printed, text);
}

static char *help(const char *option)
{
	char *argv[] = { (char *)"oriel-view", (char *)option, NULL };
	struct options options;

	printed = g_string_new(NULL);
	g_set_print_handler(keep_print);
	enum options_answer answer = options_parse(&options, 2, argv, NULL);
	g_set_print_handler(NULL);
	options_clear(&options);
	CHECK_EQ(answer, OPTIONS_DONE);
	return g_string_free(printed, FALSE);
}

static void help_fits_eighty_columns(void)
{
	g_autofree char *some = help("--help"), *all = help("--help-all");
	g_auto(GStrv) lines = g_strsplit(all, "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_utf8_strlen(*line, -1) > 80)
			test_fail("longer than 80: %s", *line);
	check_options(all, "--(\\[no-\\])?NAME[=\\[ \n]");
	CHECK(strlen(some) < strlen(all));
	CHECK_CONTAINS(some, "Window and picture:\n");
	CHECK(!strstr(some, "--presenter"));
}

/* ---- Looking Glass ---- */

static void every_option_of_theirs_is_translated(void)
{
	g_autofree char *ini = slurp("client.ini"), *want = slurp("client.conf");
	g_autofree char *got = import_looking_glass("client.ini", ini, strlen(ini), NULL);

	CHECK_STR(got, want);
	CHECK(!strstr(got, "Not understood"));
	for (size_t i = 0; i < import_row_count; i++) {
		g_autofree char *mention = g_strdup_printf("# %s=", import_rows[i].option);
		CHECK_CONTAINS(got, mention);
	}
}

/* The result is a file of ours without a mistake. */
static void a_translation_is_a_settings_file(void)
{
	g_autofree char *text = slurp("client.conf");
	struct settings_file *file = settings_file_parse("client.conf", text, strlen(text));

	for (unsigned i = 0; i < file->complaints->len; i++)
		test_fail("%s", (char *)file->complaints->pdata[i]);
	CHECK(file->assignments->len > 70);
	settings_file_free(file);
}

static void rows_of_theirs_lead_to_rows_of_ours(void)
{
	for (size_t i = 0; i < import_row_count; i++) {
		const struct import_row *row = &import_rows[i];
		g_auto(GStrv) parts = g_strsplit(row->target ? row->target : "view.scale", ".", 2);
		if (!schema_find(parts[0], parts[1]))
			test_fail("%s: there is no %s", row->option, row->target);
		if (!row->target && !row->note)
			test_fail("%s: neither setting nor reason", row->option);
		if (row->target && !row->convert)
			test_fail("%s: no way there", row->option);
	}
}

static void import_one(const char *ini, const char *const *words, const char *want)
{
	g_autofree char *got = import_looking_glass("a.ini", ini, strlen(ini), words);

	CHECK_CONTAINS(got, want);
}

static void odd_lines_are_named(void)
{
	import_one("[win]\nsize=big\n", NULL, "# win:size=big (a.ini:2): want a size as 1280x720");
	import_one("[win]\nsiz=1x1\n", NULL, "(did you mean win:size?)");
	import_one("[win]\nfullScreen=perhaps\n", NULL, "no value that Looking Glass has");
	import_one("[win]\nfullScreen\n", NULL, "\nfullscreen = yes\n"); /* it toggles */
	import_one("[win]\nkeepAspect\n", NULL, "\nkeep-aspect = no\n");
	import_one("[win]\nsize\n", NULL, "it has no value");
	import_one("[win]\nsize=1x1\nsize=2x2\n", NULL, "(a.ini:3)\nsize = 2x2\n");
	import_one("[spice]\nhost=vm.example\n", NULL, "\naddress = vm.example:5900\n");
	import_one("[spice]\nport=5901\n", NULL, "\naddress = 127.0.0.1:5901\n");
	import_one("[eglFilter]\nffxCASSharpness=0.5\n", NULL, "it was switched off");
	import_one("[input]\nescapeKey=70\n", NULL, "\nescape-key = scrolllock\n");
	import_one("[win]\nfpsMin=-1\n", NULL, "\nfps-min = off\n");
}

static void their_command_line_counts(void)
{
	static const char *const words[] = {
		"win:title=a\nb\x1b[m", "win:uiFont=a \"b",  "-F", "-f",
		"/dev/kvmfr0",          "win:noScreensaver", NULL
	};

	import_one("[app]\nshmFile=/dev/shm/x\n[win]\ntitle=t\n", words,
		   "# win:title=a?b?[m (command line): want UTF-8 without control characters");
	import_one("", words, "\nfont = a \"b\n");
	import_one("", words, "\nfullscreen = yes\n");
	import_one("", words, "# app:shmFile=/dev/kvmfr0 (command line)\nmemory = /dev/kvmfr0\n");
	import_one("", words, "\nidle-inhibit = always\n");
}

static const struct test_case cases[] = {
	TEST(the_manual_has_every_option),
	TEST(the_manual_has_every_key),
	TEST(the_manual_names_what_comes_later),
	TEST(shells_complete_every_option),
	TEST(shells_understand_them),
	TEST(bash_offers_names_and_values),
	TEST(help_fits_eighty_columns),
	TEST(every_option_of_theirs_is_translated),
	TEST(a_translation_is_a_settings_file),
	TEST(rows_of_theirs_lead_to_rows_of_ours),
	TEST(odd_lines_are_named),
	TEST(their_command_line_counts),
};

/* FOLDER-OF-DATA [CASE] */
int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	data = argv[1];
	return test_main(argc - 1, argv + 1, cases, ARRAY_LEN(cases));
}
