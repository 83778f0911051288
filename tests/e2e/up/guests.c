/* A machine with a small Linux in it: its console, its power button. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "line.h"
#include "linux.h"
#include "rig.h"
#include "terminal.h"

static void bring_up(const char *machine)
{
	linux_write(machine);
	rig_do("up", "--emulate", "--detach", "--no-unit", "linux.yaml");
	linux_call();
}

static void guests_speak_and_shut_down(void)
{
	bring_up("{ firmware: bios }");
	line_say("hello there\n");
	line_expect("up: heard hello there");
	rig_do("down", "linux");
	CHECK_CONTAINS(rig_answer.errors, "linux                    was asked to shut down");
	CHECK_CONTAINS(rig_answer.errors, "linux                    is down");
	line_expect("up: pressed");
	rig_check_clean();
	g_autofree char *log = rig_read("state/oriel/linux/log");
	CHECK_CONTAINS(log, "oriel: linux has shut down");
}

/* At a terminal; paused, too, since that guest would hear nothing. */
static void ctrl_c_shuts_them_down(void)
{
	linux_write("{ firmware: bios }");
	terminal_open("up", "--emulate", "--no-unit", "linux.yaml", NULL);
	terminal_await("Ctrl-C asks it to shut down\r\n");
	linux_call();
	line_say("deaf\n");
	line_expect("up: heard deaf");
	rig_type("down", "--wait=1", "linux", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "linux still runs after 1 s; oriel down --force linux");
	line_say("awake\n");
	line_expect("up: heard awake");
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
	line_say("firmware\n");
	line_expect("up: UEFI, a TPM");
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
	int result = rig_begin() == 0 && linux_begin() == 0
			     ? test_main(argc, argv, cases, ARRAY_LEN(cases))
			     : 1;

	line_hang_up();
	terminal_end();
	rig_end();
	linux_end();
	return result;
}
