/* What `oriel` does with what a person types. */
#include <gio/gio.h>
#include <unistd.h>

#include "test.h"

static struct answer {
	int status;
	char *output, *errors;
} answer; /* of the last ask() */

/* Runs oriel with up to three arguments. */
static void ask(const char *first, const char *second, const char *third)
{
	GError *error = NULL;
	g_clear_pointer(&answer.output, g_free);
	g_clear_pointer(&answer.errors, g_free);
	g_autoptr(GSubprocess) oriel = g_subprocess_new(
		G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error,
		g_getenv("ORIEL"), first, second, third, NULL);
	if (!oriel)
		test_fail("%s", error->message);
	g_subprocess_communicate_utf8(oriel, NULL, NULL, &answer.output, &answer.errors, NULL);
	answer.status = g_subprocess_get_status(oriel) >> 8;
}

static void help_lists_the_commands(void)
{
	ask("help", NULL, NULL);
	CHECK_EQ(answer.status, 0);
	CHECK_CONTAINS(answer.output, "\n  demo ");
	CHECK_CONTAINS(answer.output, "\n  view ");
}

static void nothing_asked_is_an_error_with_the_list(void)
{
	ask(NULL, NULL, NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.output, "usage: oriel");
}

static void typo_gets_a_suggestion(void)
{
	ask("veiw", NULL, NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_STR(answer.errors, "oriel: veiw is not a command; did you mean view?\n");
}

static void nonsense_gets_none(void)
{
	ask("frobnicate", NULL, NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.errors, "oriel help lists them");
	ask("", NULL, NULL);
	CHECK_EQ(answer.status, 2);
	ask("a-command-that-is-longer-than-any-row-of-the-table", NULL, NULL);
	CHECK_EQ(answer.status, 2);
}

static void shots_say_what_is_wrong(void)
{
	ask("shot", "picture.png", NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.errors, "goes behind -o");
	ask("shot", "--output=never.png", "--memory=/etc/hostname");
	CHECK_EQ(answer.status, 1);
	CHECK_CONTAINS(answer.errors, "/etc/hostname has");
	ask("help", "shot", NULL);
	CHECK_EQ(answer.status, 0);
	CHECK_CONTAINS(answer.output, "--output");
}

static void command_of_its_own_program_is_run(void)
{
	ask("view", "--version", NULL);
	CHECK_EQ(answer.status, 0);
	CHECK_CONTAINS(answer.output, "oriel-view ");
}

static void help_of_a_command_is_its_own(void)
{
	ask("help", "demo", NULL);
	CHECK_EQ(answer.status, 0);
	CHECK_CONTAINS(answer.output, "--pattern");
	ask("help", "help", NULL);
	CHECK_CONTAINS(answer.output, "usage: oriel");
}

static void version_is_the_librarys(void)
{
	ask("--version", NULL, NULL);
	CHECK_EQ(answer.status, 0);
	CHECK_CONTAINS(answer.output, "oriel 0.");
}

static void wrong_options_of_demo_say_what_would_do(void)
{
	ask("demo", "--size=banana", NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.errors, "--size=banana: want WIDTHxHEIGHT");
	ask("demo", "--size=1x1", NULL);
	CHECK_EQ(answer.status, 2);
	ask("demo", "--accel=steam", NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.errors, "steam");
	ask("demo", "--seconds", "-4");
	CHECK_EQ(answer.status, 2);
	ask("demo", "now", NULL);
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.errors, "\"now\"");
}

static void doctors_say_what_they_cannot_do(void)
{
	ask("doctor", "a.yaml", "b.yaml");
	CHECK_EQ(answer.status, 2);
	CHECK_CONTAINS(answer.errors, "one file at most");
	ask("doctor", "--yes", NULL);
	CHECK_EQ(answer.status, 2);
	ask("doctor", "--fix", "--json");
	CHECK_EQ(answer.status, 2);
	ask("doctor", "never.yaml", NULL);
	CHECK_EQ(answer.status, 1);
	CHECK_CONTAINS(answer.errors, "never.yaml");
}

static void doctors_look_at_other_computers(void)
{
	g_autofree char *empty = g_dir_make_tmp("oriel-empty-XXXXXX", NULL);
	g_autofree char *option = g_strconcat("--sysroot=", empty, NULL);

	ask("doctor", option, NULL);
	rmdir(empty);
	CHECK_CONTAINS(answer.output, "Machines on a system of no name\n");
	CHECK_CONTAINS(answer.output, "qemu-system-x86_64 is not installed");
	CHECK_EQ(answer.status, 1);
}

static void help_fits_a_terminal(void)
{
	static const char *const commands[] = { "demo", "doctor", "gpu", "plan", "shmd", "shot" };

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		ask(commands[i], "--help", NULL);
		g_auto(GStrv) lines = g_strsplit(answer.output, "\n", -1);
		for (char **line = lines; *line; line++)
			if (g_utf8_strlen(*line, -1) > 80)
				test_fail("wider than 80 columns: %s", *line);
	}
}

static const struct test_case cases[] = {
	TEST(help_lists_the_commands),
	TEST(nothing_asked_is_an_error_with_the_list),
	TEST(typo_gets_a_suggestion),
	TEST(nonsense_gets_none),
	TEST(command_of_its_own_program_is_run),
	TEST(help_of_a_command_is_its_own),
	TEST(shots_say_what_is_wrong),
	TEST(version_is_the_librarys),
	TEST(wrong_options_of_demo_say_what_would_do),
	TEST(doctors_say_what_they_cannot_do),
	TEST(doctors_look_at_other_computers),
	TEST(help_fits_a_terminal),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
