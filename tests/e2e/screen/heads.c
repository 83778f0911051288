/* Guests with two monitors: two cards, and one card with two heads. Each shows another picture, and
 * the viewer's source has the one that it was made for. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "view/source/spice.h"

static void show(uint32_t monitor)
{
	unsigned frames = rig.frames;

	source_destroy(rig.source);
	rig.width = rig.height = 0;
	rig.serial = 0;
	rig.source = source_spice_create(rig.spice, monitor, &screen_listener, NULL);
	RUN_UNTIL(rig.frames > frames && rig.width, PATIENCE_S);
}

static void boot(const char *card, const char *more)
{
	screen_make_image();
	if (!rig.spice)
		screen_open_spice();
	g_autofree char *all = g_strdup_printf(
		"%s -machine i8042=off -device qemu-xhci -device usb-tablet "
		"-trace input_event_abs -D %s/trace",
		more, machine.folder);
	screen_start_machine(card, all);
	RUN_UNTIL(rig.ready, BOOT_S);
}

/* Without a mouse beside it, which would be asked first. What the tablet was told last, of 0x7fff;
 * -1: nothing. */
static int tablet(char axis)
{
	g_autofree char *path = g_strdup_printf("%s/trace", machine.folder);
	g_autofree char *mark = g_strdup_printf("axis %c, value ", axis);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return -1;
	const char *last = g_strrstr(text, mark);
	return last ? (int)strtol(last + strlen(mark), NULL, 0) : -1;
}

static bool is_near(int value, double part)
{
	return value >= part * 0x7fff - 40 && value <= part * 0x7fff + 40;
}

/* In the picture that is shown; `part` is of all that the tablet is for. */
static void expect_place(uint32_t x, uint32_t width, double part)
{
	struct link_spice_position body = { x, 0, width, rig.height };

	spice_ask(rig.spice, LINK_SPICE_POSITION, &body, NULL, NULL);
	RUN_UNTIL(is_near(tablet('x'), part), PATIENCE_S);
}

static void two_cards_are_two_monitors(void)
{
	boot("qxl", "-device qxl,id=second");
	screen_command("mode 1024 768\n", "mode 1024 768");
	screen_command("head 1 1 0\n", "head 1");
	screen_command("mode 800 600\n", "mode 800 600");
	show(0);
	CHECK_EQ(rig.width, 1024);
	RUN_UNTIL(screen_compare() == 0, PATIENCE_S);
	show(1);
	CHECK_EQ(rig.width, 800);
	CHECK_EQ(rig.height, 600);
	RUN_UNTIL(screen_compare_part("second", 0, 800) == 0, PATIENCE_S);
}

/* While it is shown. */
static void each_goes_on_by_itself(void)
{
	screen_needs_guest();
	unsigned frames = rig.frames;
	screen_command("draw 100 7\n", "drawn");
	RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	RUN_UNTIL(screen_compare_part("second", 0, 800) == 0, PATIENCE_S);
	screen_run_until_quiet();
	frames = rig.frames;
	screen_command("head 0 0 0\n", "head 0");
	screen_command("draw 100 8\n", "drawn");
	screen_run_until_quiet();
	CHECK_EQ(rig.frames, frames); /* of the other one nothing is seen */
	show(0);
	RUN_UNTIL(screen_compare() == 0, PATIENCE_S);
	screen_command("head 1 1 0\n", "head 1");
	show(1);
	screen_command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024, PATIENCE_S);
	RUN_UNTIL(screen_compare_part("second", 0, 1024) == 0, PATIENCE_S);
}

static void one_card_may_have_two_heads(void)
{
	screen_needs_guest();
	if (!getenv("ORIEL_LONG"))
		test_skip("ORIEL_LONG is not set");
	screen_stop_machine();
	boot("none", "-device qxl-vga,max_outputs=4");
	screen_command("mode 1024 768\n", "mode 1024 768");
	screen_command("head 1 0 1\n", "head 1");
	screen_command("mode 800 600\n", "mode 800 600");
	show(0);
	CHECK_EQ(rig.width, 1024);
	CHECK_EQ(rig.height, 768);
	RUN_UNTIL(screen_compare_part(NULL, 0, 1824) == 0, PATIENCE_S);
	show(1);
	CHECK_EQ(rig.width, 800);
	CHECK_EQ(rig.height, 600);
	RUN_UNTIL(screen_compare_part(NULL, 1024, 1824) == 0, PATIENCE_S);
	expect_place(0, 800, 1024 / 1823.0);
	expect_place(799, 800, 1);
	expect_place(0, 400, 1024 / 1823.0); /* scaled */
	/* The driver tells of no drawing there, but of another mode. */
	screen_command("mode 640 480\n", "mode 640 480");
	RUN_UNTIL(rig.width == 640 && rig.height == 480, PATIENCE_S);
	RUN_UNTIL(screen_compare_part(NULL, 1024, 1664) == 0, PATIENCE_S);
}

static const struct test_case cases[] = {
	TEST(two_cards_are_two_monitors),
	TEST(each_goes_on_by_itself),
	TEST(one_card_may_have_two_heads),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "screen-heads") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	screen_stop_machine();
	source_destroy(rig.source);
	spice_destroy(rig.spice);
	guest_remove_folder(machine.folder);
	return status;
}
