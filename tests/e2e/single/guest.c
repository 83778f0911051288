/* The only graphics card of a computer with UEFI, inside a guest: what oriel-helper takes from the
 * firmware's picture, from the consoles and from the card's own driver, and how they come back.
 *
 * `listener bochs|virtio_gpu`: the card's driver, which is loaded halfway. Each case goes on where
 * the last one ended. */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "e2e/vfio/lab.h"

#define FIRMWARE "/sys/bus/platform/drivers/efi-framebuffer/efi-framebuffer.0"
#define PICTURE  "/sys/class/graphics/fb0"

static const char *driver; /* its module */

static const char *card(void)
{
	return strcmp(driver, "bochs") == 0 ? lab_find("0x1234", "0x1111", 0)
					    : lab_find("0x1af4", "0x1050", 0);
}

static const char *driver_of_card(void)
{
	return lab_link(LAB_DEVICE "/driver", card());
}

/* By the text consoles, which know it as a frame buffer. */
static void check_drawn_by(const char *name)
{
	char *now = lab_snapshot();

	CHECK_STR(lab_read(PICTURE "/name"), name);
	CHECK_CONTAINS(now, "frame buffer device: 1");
	free(now);
}

static void check_nothing_draws(void)
{
	char *now = lab_snapshot();

	CHECK(!lab_is(PICTURE));
	CHECK(!strstr(now, "frame buffer device: 1"));
	free(now);
}

/* ---- what the firmware left ---- */

static void the_firmware_draws(void)
{
	CHECK(lab_is("/sys/firmware/efi"));
	CHECK(lab_is(FIRMWARE));
	CHECK_STR(lab_read(LAB_DEVICE "/boot_vga", card()), "1");
	check_drawn_by("EFI VGA");
	mkdir("/etc", 0755);
	CHECK_EQ(lab_run("allow", card(), NULL), 0);
}

static void the_firmwares_picture_goes_and_comes_back(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "consoles");
	CHECK(!lab_is(FIRMWARE));
	check_nothing_draws();
	CHECK_STR(lab_end(&helper), "ok");
	CHECK(lab_is(FIRMWARE));
	check_drawn_by("EFI VGA");
	lab_compare(before);
	free(before);
}

/* Until it is not killed any more; so many steps there are. */
static int kill_at_each_step(bool with_card, const char *name)
{
	char *before = lab_snapshot();
	int step = 0;

	for (bool lived = false; !lived && step < 100; step++) {
		struct lab_helper helper;
		lab_serve(&helper, "one", step);
		if (*lab_ask(&helper, "consoles") && with_card &&
		    *lab_ask(&helper, "bind %s", card()))
			lab_ask(&helper, "group %s", card());
		lived = strcmp(lab_end(&helper), "ok") == 0;
		CHECK_EQ(lab_run("restore", "one", NULL), 0);
		check_drawn_by(name);
		lab_compare(before);
	}
	free(before);
	printf("# %d steps\n", step);
	return step;
}

static void kills_leave_the_firmwares_picture(void)
{
	CHECK(kill_at_each_step(false, "EFI VGA") > 3);
}

/* The card itself is as it was. Its picture is not, and no program can bring it back: the kernel
 * forgot where the firmware drew when vfio-pci had the card. */
static void a_card_that_nobody_drives_goes_and_comes_back(void)
{
	struct lab_helper helper;
	char was[LAB_TEXT];

	snprintf(was, sizeof(was), "%s", driver_of_card());
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "consoles");
	LAB_OK(&helper, "bind %s", card());
	LAB_OK(&helper, "group %s", card());
	CHECK_STR(driver_of_card(), "vfio-pci");
	CHECK_STR(lab_end(&helper), "ok");
	CHECK_STR(driver_of_card(), was);
	CHECK_STR(lab_read(LAB_DEVICE "/driver_override", card()), "(null)");
	CHECK(!lab_is("/run/oriel/undo/1000-one"));
	check_nothing_draws();
}

/* ---- its own driver ---- */

/* init has it loaded already, for nothing: with "nomodeset" it drives no card. */
static void load_driver(void)
{
	char pattern[64];
	glob_t found = { 0 };

	syscall(SYS_delete_module, driver, 0);
	snprintf(pattern, sizeof(pattern), "/lib/modules/*/*-%s.ko", driver);
	CHECK_EQ(glob(pattern, 0, NULL, &found), 0);
	int module = open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC);
	CHECK_EQ(syscall(SYS_finit_module, module, "modeset=1", 0), 0);
	close(module);
	globfree(&found);
}

static const char *name_of_picture(void)
{
	return strcmp(driver, "bochs") == 0 ? "bochs-drmdrmfb" : "virtio_gpudrmfb";
}

static void its_driver_brings_a_picture(void)
{
	load_driver();
	CHECK(!lab_is(FIRMWARE));
	check_drawn_by(name_of_picture());
}

/* As often as one likes. */
static void all_of_it_goes_and_comes_back(void)
{
	char *before = lab_snapshot();

	for (int i = 0; i < 3; i++) {
		struct lab_helper helper;
		lab_serve(&helper, "one", -1);
		LAB_OK(&helper, "consoles");
		LAB_OK(&helper, "bind %s", card());
		LAB_OK(&helper, "group %s", card());
		CHECK_STR(driver_of_card(), "vfio-pci");
		check_nothing_draws();
		CHECK_STR(lab_end(&helper), "ok");
		check_drawn_by(name_of_picture());
		lab_compare(before);
	}
	free(before);
}

static void kills_leave_its_drivers_picture(void)
{
	CHECK(kill_at_each_step(true, name_of_picture()) > 8);
}

static const struct test_case cases[] = {
	TEST(the_firmware_draws),
	TEST(the_firmwares_picture_goes_and_comes_back),
	TEST(kills_leave_the_firmwares_picture),
	TEST(a_card_that_nobody_drives_goes_and_comes_back),
	TEST(its_driver_brings_a_picture),
	TEST(all_of_it_goes_and_comes_back),
	TEST(kills_leave_its_drivers_picture),
};

int main(int argc, char **argv)
{
	unsigned failed = 0, count = ARRAY_LEN(cases);

	signal(SIGPIPE, SIG_IGN);
	driver = argc > 1 ? argv[1] : "bochs";
	for (unsigned i = 0; i < count; i++) {
		uint64_t began = clock_ns();
		if (!test_run(&cases[i], i + 1)) {
			failed++;
			lab_clean();
		}
		printf("# %.1f s\n", (double)(clock_ns() - began) / NS_PER_S);
	}
	printf("1..%u\n", count);
	return failed != 0;
}
