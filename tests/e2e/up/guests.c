/* A machine with a small Linux in it: its console, its power button. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "line.h"
#include "rig.h"
#include "terminal.h"

#define BOOT_NS (90 * NS_PER_S)

static struct guest_machine image;

/* The line keeps nothing for who comes later, so the guest is asked until it answers. */
static void await_guest(void)
{
	for (uint64_t until = clock_ns() + BOOT_NS; !line_hears("up: heard ping");
	     g_usleep(200000)) {
		if (clock_ns() > until)
			test_fail("the guest is not there: %s", line_heard());
		line_say("ping\n");
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
	line_call("linux");
	await_guest();
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
	guest_needs_qemu();
	if (!image.kernel[0])
		guest_machine_image(&image, 240);
	write_machine("linux", "{ firmware: bios }");
	terminal_open("up", "--emulate", "--no-unit", "linux.yaml", NULL);
	terminal_await("Ctrl-C asks it to shut down\r\n");
	line_call("linux");
	await_guest();
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
	int result = rig_begin() == 0 && guest_make_folder(image.folder, "up-image") == 0
			     ? test_main(argc, argv, cases, ARRAY_LEN(cases))
			     : 1;

	line_hang_up();
	terminal_end();
	rig_end();
	guest_remove_folder(image.folder);
	return result;
}
