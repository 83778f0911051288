/* oriel-helper and its client, on made-up trees below a folder: what it refuses, what it writes
 * down, and what it gives back. What a kernel makes of it is tried in tests/e2e/vfio. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "vm/helper/allow.h"
#include "vm/helper/journal.h"
#include "vm/paths.h"
#include "vm/run/helper.h"

static char *root; /* of the tree */

/* The client's, instead of the one that looks beside the program. */
char *path_of_program(const char *name)
{
	(void)name;
	return g_strdup(g_getenv("ORIEL_HELPER"));
}

/* ---- trees ---- */

G_GNUC_PRINTF(2, 3) static void put(const char *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *tail = g_strdup_vprintf(format, args);
	va_end(args);
	g_autofree char *path = g_strconcat(root, tail, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	g_mkdir_with_parents(folder, 0755);
	CHECK(g_file_set_contents(path, text, -1, NULL));
}

static char *get(const char *tail)
{
	g_autofree char *path = g_strconcat(root, tail, NULL);
	char *text = NULL;
	return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("(no file)");
}

#define CHECK_FILE(tail, want)                                                                     \
	do {                                                                                       \
		g_autofree char *text_ = get(tail);                                                \
		CHECK_STR(text_, want);                                                            \
	} while (0)

static void put_link(const char *target, const char *tail)
{
	g_autofree char *path = g_strconcat(root, tail, NULL);
	unlink(path);
	CHECK_EQ(symlink(target, path), 0);
}

#define DEVICES "/sys/bus/pci/devices/"
#define GPU     "0000:01:00.0"
#define SOUND   "0000:01:00.1"
#define CHIP    "0000:00:1f.3" /* the board's own sound */
#define SATA    "0000:00:17.0"
#define VF      "0000:01:10.0"

static void put_device(const char *address, const char *class_code)
{
	put(class_code, DEVICES "%s/class", address);
	put("0x10de\n", DEVICES "%s/vendor", address);
	put("0x2684\n", DEVICES "%s/device", address);
	put("(null)\n", DEVICES "%s/driver_override", address);
	put("flr bus\n", DEVICES "%s/reset_method", address);
	put("1\n", DEVICES "%s/d3cold_allowed", address);
	put("on\n", DEVICES "%s/power/control", address);
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	for (const char *name; folder && (name = g_dir_read_name(folder));) {
		g_autofree char *inside = g_build_filename(path, name, NULL);
		if (g_file_test(inside, G_FILE_TEST_IS_DIR) &&
		    !g_file_test(inside, G_FILE_TEST_IS_SYMLINK))
			remove_tree(inside);
		else
			unlink(inside);
	}
	rmdir(path);
}

static void plant(void)
{
	if (root)
		remove_tree(root);
	g_free(root);
	root = g_dir_make_tmp("oriel-helper-XXXXXX", NULL);
	g_setenv("HELPER_ROOT", root, TRUE);
	g_setenv("HELPER_PATIENCE", "20", TRUE);
	put("", "/run/nothing");
	put_device(GPU, "0x030000\n");
	put_device(SOUND, "0x040300\n");
	put_device(CHIP, "0x040300\n");
	put_device(SATA, "0x010601\n");
	put_device(VF, "0x038000\n");
	put_link("../" GPU, DEVICES VF "/physfn");
	put("# ours\n" GPU " 10de:2684\n" SOUND " 10de:2684 # its sound\n\ninterface eth0\n",
	    "/etc/oriel/devices");
}

/* ---- asking ---- */

static struct helper *start(void)
{
	g_autoptr(GError) error = NULL;
	struct helper *self = helper_start("win11", &error);
	if (!self)
		test_fail("%s", error->message);
	return self;
}

/* "" for ok; else why not. It stays until the next call. */
static const char *ask(struct helper *self, const char *request)
{
	static char said[1024];
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) words = g_strsplit(request, " ", -1);
	gboolean done = helper_ask(self, words, NULL, &error);
	snprintf(said, sizeof(said), "%s", done ? "" : error->message);
	return said;
}

static void end(struct helper *self)
{
	g_autoptr(GError) error = NULL;
	if (!helper_end(self, &error))
		test_fail("%s", error->message);
}

/* Its exit status, and what it said in `said`. */
static int run(char **said, const char *first, const char *second)
{
	const char *argv[] = { g_getenv("ORIEL_HELPER"), first, second, NULL };
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		argv, G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);
	g_autofree char *text = NULL;
	CHECK(g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &text, NULL));
	if (said)
		*said = g_strdup(text);
	return g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
}

static const char *journal_path(void)
{
	static char path[64];
	snprintf(path, sizeof(path), "/run/oriel/undo/%u-win11", getuid());
	return path;
}

/* ---- cases ---- */

static void words_are_what_they_should_be(void)
{
	static const struct {
		enum verb_word kind;
		const char *text;
		bool fits;
	} words[] = {
		{ WORD_ADDRESS, "0000:01:00.0", true },
		{ WORD_ADDRESS, "01:00.0", false },
		{ WORD_ADDRESS, "/sys/bus/pci/devices/0000:01:00.0", false },
		{ WORD_ADDRESS, "0000:01:00.0\n", false },
		{ WORD_ADDRESS, "0000:AB:00.0", false },
		{ WORD_COUNT, "0", true },
		{ WORD_COUNT, "00", false },
		{ WORD_COUNT, "-1", false },
		{ WORD_COUNT, "1234567890123456", false },
		{ WORD_INTERFACE, "enp3s0f1np1", true },
		{ WORD_INTERFACE, "sixteencharacter", false },
		{ WORD_INTERFACE, "..", false },
		{ WORD_INTERFACE, "a/b", false },
		{ WORD_MAC, "52:54:00:12:34:56", true },
		{ WORD_MAC, "53:54:00:12:34:56", false },
		{ WORD_MAC, "00:00:00:00:00:00", false },
		{ WORD_MAC, "52:54:00:12:34:5", false },
		{ WORD_METHODS, "flr,bus", true },
		{ WORD_METHODS, "-", true },
		{ WORD_METHODS, "flr,", false },
		{ WORD_METHODS, "reboot", false },
		{ WORD_MODULES, "nvidia", true },
		{ WORD_MODULES, "ext4", false },
		{ WORD_PAGE, "2048", true },
		{ WORD_PAGE, "4", false },
		{ WORD_TYPE, "i915-GVTg_V5_4", true },
		{ WORD_TYPE, "../x", false },
		{ WORD_TYPE, "", false },
		{ WORD_UNIT, "display-manager.service", true },
		{ WORD_UNIT, "ssh.service", false },
		{ WORD_UUID, "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", true },
		{ WORD_UUID, "83B8F4F2-509f-382f-3c1e-e6bfe0fa1001", false },
		{ WORD_DRIVER, "-", true },
		{ WORD_DRIVER, "snd_hda_intel", true },
		{ WORD_DRIVER, "a driver", false },
		{ WORD_NONE, "", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (verb_word_fits(words[i].kind, words[i].text) != words[i].fits)
			test_fail("kind %d, \"%s\": wanted %d", (int)words[i].kind, words[i].text,
				  words[i].fits);
	CHECK(verb_machine_fits("win-11.test"));
	CHECK(!verb_machine_fits("../win11"));
	CHECK(!verb_machine_fits("-all"));
}

static void requests_that_make_no_sense_are_refused(void)
{
	plant();
	struct helper *helper = start();
	CHECK_CONTAINS(ask(helper, "explode"), "no such verb");
	CHECK_CONTAINS(ask(helper, "bind"), "missing");
	CHECK_CONTAINS(ask(helper, "bind here"), "not what belongs there");
	CHECK_CONTAINS(ask(helper, "bind " GPU " " GPU), "too many");
	CHECK_CONTAINS(ask(helper, "sleep " GPU "  no"), "not what belongs there");
	CHECK_CONTAINS(ask(helper, "bind " GPU "\nbind"), "takes no such request");
	end(helper);
}

static void only_what_is_allowed_is_touched(void)
{
	plant();
	struct helper *helper = start();
	CHECK_STR(ask(helper, "sleep " GPU " no"), "");
	CHECK_STR(ask(helper, "sleep " SOUND " no"), "");
	CHECK_STR(ask(helper, "sleep " VF " no"), ""); /* a part of what is allowed */
	CHECK_CONTAINS(ask(helper, "sleep " CHIP " no"), "never handed");
	CHECK_CONTAINS(ask(helper, "sleep " SATA " no"), "never handed");
	CHECK_CONTAINS(ask(helper, "sleep 0000:09:00.0 no"), "no such device");
	put("0x1002\n", DEVICES GPU "/vendor");
	CHECK_CONTAINS(ask(helper, "sleep " GPU " no"), "was a 10de:2684");
	put("0x10de\n", DEVICES GPU "/vendor");
	CHECK_STR(ask(helper, "sleep " GPU " no"), "");
	put("", "/etc/oriel/devices");
	CHECK_CONTAINS(ask(helper, "sleep " GPU " no"), "oriel gpu allow " GPU);
	end(helper);
}

static void the_list_is_believed_only_if_it_is_roots(void)
{
	plant();
	g_autofree char *file = g_strconcat(root, "/etc/oriel/devices", NULL);
	g_autofree char *folder = g_strconcat(root, "/etc/oriel", NULL);
	struct helper *helper = start();
	chmod(file, 0664);
	CHECK_CONTAINS(ask(helper, "sleep " GPU " no"), "not believed");
	chmod(file, 0644);
	chmod(folder, 0777);
	CHECK_CONTAINS(ask(helper, "sleep " GPU " no"), "not believed");
	chmod(folder, 0755);
	put("what is this\n" GPU " 10de:2684\n", "/etc/oriel/devices");
	CHECK_CONTAINS(ask(helper, "sleep " GPU " no"), "devices:1: not understood");
	put(GPU " 10de:2684\n", "/etc/oriel/elsewhere");
	put_link("elsewhere", "/etc/oriel/devices");
	CHECK_CONTAINS(ask(helper, "sleep " GPU " no"), "symbolic links");
	end(helper);
}

static void the_list_is_written_as_a_whole(void)
{
	g_autofree char *said = NULL;
	plant();
	put("", "/etc/oriel/devices");
	CHECK_EQ(run(NULL, "allow", GPU), 0);
	CHECK_EQ(run(NULL, "allow", "01:00.1"), 0);
	CHECK_EQ(run(NULL, "allow", GPU), 0);
	CHECK_EQ(run(NULL, "allow", "eth0"), 0);
	CHECK_FILE("/etc/oriel/devices",
		   "# What oriel may hand to machines: `oriel gpu allow` writes this.\n" GPU
		   " 10de:2684\n" SOUND " 10de:2684\ninterface eth0\n");
	CHECK_EQ(run(NULL, "forbid", GPU), 0);
	CHECK_EQ(run(NULL, "forbid", "eth0"), 0);
	CHECK_FILE("/etc/oriel/devices",
		   "# What oriel may hand to machines: `oriel gpu allow` writes this.\n" SOUND
		   " 10de:2684\n");
	CHECK_EQ(run(&said, "allow", SATA), 1);
	CHECK_CONTAINS(said, "never handed");
}

static void first_states_are_written_down_and_come_back(void)
{
	plant();
	struct helper *helper = start();
	CHECK_STR(ask(helper, "sleep " GPU " no"), "");
	CHECK_STR(ask(helper, "sleep " GPU " yes"), "");
	CHECK_FILE(DEVICES GPU "/power/control", "auto\n");
	CHECK_STR(ask(helper, "reset " GPU " bus"), "");
	CHECK_FILE(DEVICES GPU "/reset_method", "bus\n");
	CHECK_FILE(journal_path(), "power " GPU " 1 on\nreset " GPU " flr,bus\n");
	end(helper);
	CHECK_FILE(DEVICES GPU "/power/control", "on\n");
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "1\n");
	CHECK_FILE(DEVICES GPU "/reset_method", "flr bus\n");
	CHECK_FILE(journal_path(), "(no file)");
}

/* Half a line: the change was not begun. */
static void a_journal_that_was_left_is_undone(void)
{
	plant();
	put("vfio-pci\n", DEVICES GPU "/driver_override");
	put("power " GPU " 0 auto\noverride " GPU " -\nreset " GPU " b", "%s", journal_path());
	CHECK_EQ(run(NULL, "restore", "win11"), 0);
	CHECK_FILE(DEVICES GPU "/driver_override", "\n"); /* and not "(null)" */
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "0\n");
	CHECK_FILE(DEVICES GPU "/reset_method", "flr bus\n");
	CHECK_FILE(journal_path(), "(no file)");
	CHECK_EQ(run(NULL, "restore", "win11"), 0);
	/* The next start does so, too. */
	put("reset " GPU " bus\n", "%s", journal_path());
	end(start());
	CHECK_FILE(DEVICES GPU "/reset_method", "bus\n");
}

static void a_journal_that_is_not_believed_is_left(void)
{
	static const char *const lies[] = {
		"override 0000:01:00.0 ../../x\n",
		"unit ssh.service\n",
		"module ext4\n",
		"power 0000:01:00.0 1 on off\n",
		"\n",
	};
	g_autoptr(GError) error = NULL;
	for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
		g_autofree char *said = NULL;
		plant();
		put(lies[i], "%s", journal_path());
		CHECK_EQ(run(&said, "restore", "win11"), 1);
		CHECK_CONTAINS(said, "not believed");
		CHECK_FILE(journal_path(), lies[i]);
	}
	CHECK(!helper_start("win11", &error));
	CHECK_CONTAINS(error->message, "not believed");
}

static void a_machine_has_one_helper(void)
{
	g_autoptr(GError) error = NULL;
	plant();
	struct helper *helper = start();
	CHECK(!helper_start("win11", &error));
	CHECK_CONTAINS(error->message, "runs already");
	CHECK_STR(ask(helper, "sleep " GPU " no"), "");
	CHECK_EQ(run(NULL, "restore", "--all"), 0); /* passes it over */
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "0\n");
	end(helper);
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "1\n");
}

static void another_machine_has_it_first(void)
{
	g_autoptr(GError) error = NULL;
	plant();
	struct helper *one = start(), *two = helper_start("linux", &error);
	CHECK(two);
	CHECK_STR(ask(one, "sleep " GPU " no"), "");
	CHECK_CONTAINS(ask(two, "sleep " GPU " no"), "win11 has it");
	end(one);
	CHECK_STR(ask(two, "sleep " GPU " no"), "");
	end(two);
}

#define CALLS "/calls"

/* A systemctl of our own: what it is asked for goes into a file, and what runs is one. */
static void put_systemctl(void)
{
	g_autofree char *script = g_strdup_printf(
		"#!/bin/sh\necho \"$1 $3\" >>%s" CALLS "\ncase $1 in\n"
		"is-active) test -e %s/running ;;\nstop) [ $3 != display-manager.service ] || rm %s/running ;;\nstart) : >%s/running ;;\n"
		"esac\n",
		root, root, root, root);
	g_autofree char *path = g_strconcat(root, "/usr/bin/systemctl", NULL);
	put(script, "/usr/bin/systemctl");
	chmod(path, 0755);
	g_autofree char *run = g_strconcat(root, "/usr/bin/systemd-run", NULL);
	g_autofree char *runs = g_strdup_printf("#!/bin/sh\necho \"run $5\" >>%s" CALLS "\n", root);
	put(runs, "/usr/bin/systemd-run");
	chmod(run, 0755);
	put("", "/run/systemd/system/x");
	put("", CALLS);
	put("", "/running");
}

static void the_desktop_is_stopped_and_started(void)
{
	plant();
	put_systemctl();
	struct helper *helper = start();
	CHECK_STR(ask(helper, "desktop display-manager.service"), "");
	CHECK_FILE("/running", "(no file)");
	g_autofree char *journal = g_strdup_printf("session %u\nunit display-manager.service\n",
						   getuid());
	CHECK_FILE(journal_path(), journal);
	end(helper);
	CHECK_FILE("/running", "");
	g_autofree char *calls = g_strdup_printf(
		"is-active display-manager.service\nrun --unit=oriel-stays-%u.service\n"
		"is-active display-manager.service\nstop display-manager.service\n"
		"is-active display-manager.service\nstart display-manager.service\n"
		"is-active oriel-stays-%u.service\nstop oriel-stays-%u.service\n",
		getuid(), getuid(), getuid());
	CHECK_FILE(CALLS, calls);
	/* What did not run is not started. */
	g_autofree char *running = g_strconcat(root, "/running", NULL);
	unlink(running);
	helper = start();
	CHECK_STR(ask(helper, "desktop display-manager.service"), "");
	end(helper);
	CHECK_FILE("/running", "(no file)");
}

/* A pipe that nobody reads: whoever opens it hangs. */
static void what_hangs_has_a_deadline(void)
{
	plant();
	g_autofree char *path = g_strconcat(root, DEVICES GPU "/d3cold_allowed", NULL);
	struct helper *helper = start();
	CHECK_STR(ask(helper, "sleep " GPU " no"), "");
	unlink(path);
	CHECK_EQ(mkfifo(path, 0600), 0);
	gint64 began = g_get_monotonic_time();
	CHECK_CONTAINS(ask(helper, "sleep " GPU " yes"), "in time");
	CHECK(g_get_monotonic_time() - began < 30 * G_USEC_PER_SEC);
	unlink(path);
	put("0\n", DEVICES GPU "/d3cold_allowed");
	end(helper);
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "1\n");
}

/* systemd's and a person's way to end it; Ctrl-C, which is meant for oriel up, is not. */
static void a_signal_ends_it_in_order(void)
{
	const char *const argv[] = { g_getenv("ORIEL_HELPER"), "serve", "win11", NULL };
	plant();
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
	GOutputStream *to = g_subprocess_get_stdin_pipe(process);
	GInputStream *from = g_subprocess_get_stdout_pipe(process);
	char answers[64] = "";
	const char request[] = "sleep " GPU " no\n";
	CHECK(g_output_stream_write_all(to, request, strlen(request), NULL, NULL, NULL));
	CHECK(g_input_stream_read_all(from, answers, 6, NULL, NULL, NULL));
	CHECK_STR(answers, "ok\nok\n");
	g_subprocess_send_signal(process, SIGINT);
	g_subprocess_send_signal(process, SIGHUP);
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "0\n");
	g_subprocess_send_signal(process, SIGTERM);
	CHECK(g_subprocess_wait_check(process, NULL, NULL));
	CHECK_FILE(DEVICES GPU "/d3cold_allowed", "1\n");
}

static const struct test_case cases[] = {
	TEST(words_are_what_they_should_be),      TEST(requests_that_make_no_sense_are_refused),
	TEST(only_what_is_allowed_is_touched),    TEST(the_list_is_believed_only_if_it_is_roots),
	TEST(the_list_is_written_as_a_whole),     TEST(first_states_are_written_down_and_come_back),
	TEST(a_journal_that_was_left_is_undone),  TEST(a_journal_that_is_not_believed_is_left),
	TEST(a_machine_has_one_helper),           TEST(another_machine_has_it_first),
	TEST(the_desktop_is_stopped_and_started), TEST(what_hangs_has_a_deadline),
	TEST(a_signal_ends_it_in_order),
};

/* Without root, pkexec is asked: this one lets everybody, like sudo -n. */
static void put_pkexec(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "pkexec", NULL);
	g_autofree char *all = g_strdup_printf("%s:%s", folder, g_getenv("PATH"));
	g_file_set_contents(path, "#!/bin/sh\nexec \"$@\"\n", -1, NULL);
	chmod(path, 0755);
	g_setenv("PATH", all, TRUE);
}

int main(int argc, char **argv)
{
	g_autofree char *folder = g_dir_make_tmp("oriel-pkexec-XXXXXX", NULL);
	put_pkexec(folder);
	int result = test_main(argc, argv, cases, ARRAY_LEN(cases));
	if (root)
		remove_tree(root);
	remove_tree(folder);
	return result;
}
