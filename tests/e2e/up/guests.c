/* A machine with a small Linux in it: its console, its power button. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "rig.h"
#include "terminal.h"

#define BOOT_NS (90 * NS_PER_S)

static struct guest_machine image;

/* The console of the machine, by `oriel console`, as it is typed at and read. */
static struct {
	GSubprocess *process;
	GOutputStream *in;
	GInputStream *out;
	GString *heard;
} line;

static void hang_up(void)
{
	if (!line.process)
		return;
	g_subprocess_force_exit(line.process);
	g_subprocess_wait(line.process, NULL, NULL);
	g_clear_object(&line.process);
	g_string_free(line.heard, TRUE);
}

static void call(const char *name)
{
	hang_up();
	line.process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE |
						G_SUBPROCESS_FLAGS_STDOUT_PIPE,
					NULL, g_getenv("ORIEL"), "console", name, NULL);
	CHECK(line.process);
	line.in = g_subprocess_get_stdin_pipe(line.process);
	line.out = g_subprocess_get_stdout_pipe(line.process);
	line.heard = g_string_new(NULL);
}

static void say(const char *words)
{
	CHECK(g_output_stream_write_all(line.in, words, strlen(words), NULL, NULL, NULL));
}

static bool hears(const char *words)
{
	char text[512];
	gssize got = g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(line.out),
							      text, sizeof(text), NULL, NULL);

	if (got > 0)
		g_string_append_len(line.heard, text, got);
	return strstr(line.heard->str, words) != NULL;
}

static void expect(const char *words)
{
	GUEST_WAIT(hears(words), BOOT_NS, g_usleep(10000), "\"%s\" instead of \"%s\"",
		   line.heard->str, words);
}

/* The line keeps nothing for who comes later, so the guest is asked until it answers. */
static void await_guest(void)
{
	for (uint64_t until = clock_ns() + BOOT_NS; !hears("up: heard ping"); g_usleep(200000)) {
		if (clock_ns() > until)
			test_fail("the guest is not there: %s", line.heard->str);
		say("ping\n");
	}
}

/* ---- the machine ---- */

static void write_machine(const char *name, const char *machine)
{
	g_autofree char *initrd = g_build_filename(image.folder, "initrd", NULL);
	g_autofree char *more = g_strdup_printf(
		"machine: %s\n"
		"qemu: [-kernel, %s, -initrd, %s, -append, 'quiet console=ttyS0 "
		"tsc=reliable tsc_early_khz=%u mitigations=off panic=-1 -- listener']\n",
		machine, image.kernel, initrd, clock_tsc_khz());

	rig_write_of(name, "384M", more);
}

static void bring_up(const char *machine)
{
	guest_needs_qemu();
	if (!image.kernel[0])
		guest_machine_image(&image, 240);
	write_machine("linux", machine);
	rig_do("up", "--emulate", "--detach", "--no-unit", "linux.yaml");
	call("linux");
	await_guest();
}

static void guests_speak_and_shut_down(void)
{
	bring_up("{ firmware: bios }");
	say("hello there\n");
	expect("up: heard hello there");
	rig_do("down", "linux");
	CHECK_CONTAINS(rig_answer.errors, "linux                    was asked to shut down");
	CHECK_CONTAINS(rig_answer.errors, "linux                    is down");
	expect("up: pressed");
	rig_check_clean();
	g_autofree char *log = rig_read("state/oriel/linux/log");
	CHECK_CONTAINS(log, "oriel: linux has shut down");
}

/* At a terminal; paused, too, since that guest would hear nothing. */
static void ctrl_c_shuts_them_down(void)
{
	guest_needs_qemu();
	if (!image.kernel[0])
		guest_machine_image(&image, 240);
	write_machine("linux", "{ firmware: bios }");
	terminal_open("up", "--emulate", "--no-unit", "linux.yaml", NULL);
	terminal_await("Ctrl-C asks it to shut down\r\n");
	call("linux");
	await_guest();
	say("deaf\n");
	expect("up: heard deaf");
	rig_type("down", "--wait=1", "linux", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "linux still runs after 1 s; oriel down --force linux");
	say("awake\n");
	expect("up: heard awake");
	rig_do("pause", "linux");
	terminal_type(TERMINAL_CTRL_C);
	terminal_await("linux: asked to shut down; 60 s left; Ctrl-C again to switch it off");
	terminal_await(TERMINAL_WIPE "  linux                    has shut down\r\n");
	CHECK_EQ(terminal_close(), 0);
	rig_check_clean();
}

static void firmware_and_tpm_are_there(void)
{
	if (!g_getenv("ORIEL_LONG"))
		test_skip("for ORIEL_LONG=1");
	if (system("swtpm --version >/dev/null 2>&1") != 0 ||
	    g_access("/usr/share/qemu/firmware", R_OK) != 0)
		test_skip("no swtpm, or no UEFI firmware");
	bring_up("{ firmware: uefi, tpm: yes }");
	say("firmware\n");
	expect("up: UEFI, a TPM");
	rig_do("snapshot", "linux");
	rig_do("down", "linux");
	rig_check_clean();
}

static const struct test_case cases[] = {
	TEST(guests_speak_and_shut_down),
	TEST(ctrl_c_shuts_them_down),
	TEST(firmware_and_tpm_are_there),
};

int main(int argc, char **argv)
{
	int result = rig_begin() == 0 && guest_make_folder(image.folder, "up-image") == 0
			     ? test_main(argc, argv, cases, ARRAY_LEN(cases))
			     : 1;

	hang_up();
	terminal_end();
	rig_end();
	guest_remove_folder(image.folder);
	return result;
}
