/* What Windows 11 wants of a machine, as a guest sees it: `oriel up` starts firmware that insists
 * on signatures and a TPM, and the distribution's own signed loaders and kernel say what they
 * found. And what is not signed does not start. */
#include <glib/gstdio.h>

#include "base/clock.h"
#include "e2e/up/line.h"
#include "e2e/up/rig.h"

static struct guest_machine image;
static bool has_disks;
static char pcr7[80]; /* of the first boot */

/* The last line of what a script complains of is why it cannot. */
static void make_disks(void)
{
	g_autofree char *command = g_strdup_printf(
		"timeout 240 sh '%s' '%s' '%s' '%s/initrd' 'quiet console=ttyS0 tsc=reliable "
		"tsc_early_khz=%u mitigations=off panic=-1 -- listener' 2>'%s/why'",
		g_getenv("ESP"), rig_folder, image.kernel, image.folder, clock_tsc_khz(),
		rig_folder);
	int status = system(command);
	g_autofree char *why = rig_read("why");

	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("%s", g_strstrip(why));
	if (status != 0)
		test_fail("no disk to boot from: %s", why);
}

static void needs_a_disk(void)
{
	guest_needs_qemu();
	if (system("swtpm --version >/dev/null 2>&1") != 0)
		test_skip("swtpm is not installed");
	if (system("grep -qs enrolled-keys /usr/share/qemu/firmware/*.json") != 0)
		test_skip("no UEFI firmware with Secure Boot's keys is installed");
	if (!image.kernel[0])
		guest_machine_image(&image, 240);
	if (!has_disks)
		make_disks();
	has_disks = true;
}

static void needs_a_long_run(void)
{
	if (!g_getenv("ORIEL_LONG"))
		test_skip("for ORIEL_LONG=1");
}

/* Nothing in it about firmware, keys or TPM: that is what "windows11" stands for. Up to where its
 * console can be heard. */
static GSubprocess *bring_up(const char *disk, const char *more)
{
	g_autofree char *file = g_build_filename(rig_folder, "w11.yaml", NULL);
	g_autofree char *text = g_strdup_printf(
		"name: w11\nos: windows11\nmemory: 512M\ncpu: { cores: 2 }\n"
		"disks: { file: %s, format: raw }\nnetworks: []\nsound: { kind: none }\n"
		"display: { resolution: 640x480 }\n%s",
		disk, more);

	needs_a_disk();
	CHECK(g_file_set_contents(file, text, -1, NULL));
	rig_type("down", "--force", "w11", NULL);
	GSubprocess *up = rig_start("words", "up", "--emulate", "--no-unit", "--no-view",
				    "w11.yaml", NULL);
	rig_await_text("words", "Ctrl-C asks it to shut down");
	line_call("w11");
	return up;
}

/* It tells what it has to tell, and ends. */
static void hear_out(GSubprocess *up)
{
	line_expect("secure: end");
	CHECK_EQ(rig_await(up), 0);
	rig_await_text("words", "has shut down");
	rig_check_clean();
	g_object_unref(up);
}

/* What follows `what` in the guest's words. */
static void find(const char *what, char *out, size_t size)
{
	const char *at = strstr(line_heard(), what);

	if (!at)
		test_fail("no \"%s\" in \"%s\"", what, line_heard());
	at += strlen(what);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static int find_number(const char *what)
{
	char text[32];

	find(what, text, sizeof(text));
	return atoi(text);
}

/* ---- cases ---- */

static void a_guest_sees_secure_boot_and_a_tpm(void)
{
	static const char none[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	static const char *const words[] = {
		"secure: SecureBoot 1", "secure: SetupMode 0", "Secure boot enabled",
		"[integrity]",          "secure: TPM 2\r",     "secure: variable new",
	};
	char pcr4[80];

	hear_out(bring_up("good.img", ""));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		CHECK_CONTAINS(line_heard(), words[i]);
	find("secure: PCR7 ", pcr7, sizeof(pcr7));
	find("secure: PCR4 ", pcr4, sizeof(pcr4));
	CHECK_EQ(strlen(pcr7), 64);
	CHECK_EQ(strlen(pcr4), 64);
	CHECK(strcmp(pcr7, none) != 0 && strcmp(pcr4, none) != 0);
	CHECK_EQ(find_number("secure: resets "), 1);
}

/* A bit less of a signature, and the same disk is none to start from. */
static void what_is_not_signed_does_not_start(void)
{
	GSubprocess *up = bring_up("bad.img", "");

	line_expect("No bootable option or device was found");
	CHECK_CONTAINS(line_heard(), "Access Denied");
	CHECK(!line_hears("secure: begin"));
	rig_do("down", "--force", "w11");
	CHECK_EQ(rig_await(up), 0);
	g_object_unref(up);
}

static void a_kernel_that_is_not_signed_does_not_start(void)
{
	needs_a_long_run();
	GSubprocess *up = bring_up("forged.img", "");

	line_expect("bad shim signature");
	CHECK(!line_hears("secure: begin"));
	rig_do("down", "--force", "w11");
	CHECK_EQ(rig_await(up), 0);
	g_object_unref(up);
}

/* It is the signature alone that it lacks; and the keys that were there do not stay. */
static void without_secure_boot_all_start(void)
{
	needs_a_long_run();
	hear_out(bring_up("bad.img", "machine: { firmware: uefi, tpm: no }\n"));
	CHECK_CONTAINS(line_heard(), "secure: SecureBoot 0");
	CHECK_CONTAINS(line_heard(), "secure: TPM \r");
}

/* The firmware's variables and the TPM's memory. */
static void what_it_keeps_is_there_at_the_next_start(void)
{
	char again[80];

	needs_a_long_run();
	if (!*pcr7)
		test_skip("the first start went wrong");
	hear_out(bring_up("good.img", ""));
	CHECK_CONTAINS(line_heard(), "secure: variable kept");
	CHECK_CONTAINS(line_heard(), "secure: SecureBoot 1");
	CHECK(find_number("secure: resets ") > 1);
	find("secure: PCR7 ", again, sizeof(again));
	CHECK_STR(again, pcr7);
}

static const struct test_case cases[] = {
	TEST(a_guest_sees_secure_boot_and_a_tpm),
	TEST(what_is_not_signed_does_not_start),
	TEST(what_it_keeps_is_there_at_the_next_start),
	TEST(a_kernel_that_is_not_signed_does_not_start),
	TEST(without_secure_boot_all_start),
};

int main(int argc, char **argv)
{
	int result = rig_begin() == 0 && guest_make_folder(image.folder, "secure-image") == 0
			     ? test_main(argc, argv, cases, ARRAY_LEN(cases))
			     : 1;

	line_hang_up();
	rig_end();
	guest_remove_folder(image.folder);
	return result;
}
