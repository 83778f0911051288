/* The screen of a guest in QEMU, by way of its SPICE server and oriel-spice, as the viewer's source
 * has it. */
#include <signal.h>

#include "rig.h"
#include "unit/lib/rig.h"
#include "view/source/select.h"
#include "view/source/spice.h"

/* ---- cases, each goes on where the one before ended ---- */

static void a_machine_is_shown_from_its_start(void)
{
	screen_make_image();
	screen_open_spice();
	screen_start_machine("qxl", NULL);
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	CHECK(rig.states[SOURCE_RUNNING] >= 1);
	printf("# the first picture is %ux%u, %s\n", rig.width, rig.height,
	       rig.ready ? "of the guest" : "before the guest is there");
	RUN_UNTIL(rig.ready, BOOT_S);
}

static void modes_change(void)
{
	screen_needs_guest();
	screen_command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024 && rig.height == 768, PATIENCE_S);
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
	screen_command("mode 800 600\n", "mode 800 600");
	RUN_UNTIL(rig.width == 800 && rig.height == 600, PATIENCE_S);
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
	CHECK_EQ(rig.states[SOURCE_DARK], 0); /* and nobody saw a notice */
}

/* What was told to have changed is all that changed. */
static void pictures_are_those_of_qemu(void)
{
	screen_needs_guest();
	for (unsigned seed = 1; seed <= 3; seed++) {
		g_autofree char *line = g_strdup_printf("draw 300 %u\n", seed);
		unsigned frames = rig.frames;
		screen_command(line, "drawn");
		screen_run_until_quiet();
		CHECK(rig.frames > frames);
		CHECK_EQ(screen_compare(), 0);
	}
}

/* And no more than that. */
static void only_what_changed_is_copied(void)
{
	screen_needs_guest();
	struct source_figures before, after;

	screen_command("rect 100 50 30 20\n", "rect"); /* whatever was owed to the slots */
	screen_run_until_quiet();
	source_figures(rig.source, &before);
	rig.area = 0;
	for (unsigned i = 0; i < 20; i++) {
		unsigned frames = rig.frames;
		screen_command("rect 200 150 40 30\n", "rect");
		RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	}
	screen_run_until_quiet();
	source_figures(rig.source, &after);
	printf("# 20 rectangles of 1200 pixels: %" PRIu64 " told, %" PRIu64 " bytes copied\n",
	       rig.area, after.bytes_copied - before.bytes_copied);
	CHECK_EQ(rig.area, 20 * 1200);
	CHECK(after.bytes_copied - before.bytes_copied <= (20 * 1200 + 4 * 600) * 4);
	CHECK_EQ(screen_compare(), 0);
}

static void the_pointer_is_the_guests(void)
{
	screen_needs_guest();
	screen_command("pointer 120 90\n", "pointer");
	if (strstr(rig.said, "no pointer"))
		test_skip("this kernel's card has none");
	RUN_UNTIL(rig.cursor.visible && rig.corner, PATIENCE_S);
	CHECK_EQ(rig.corner, 0xffff8040);
	/* The library tells a place that came with a shape to nobody. */
	screen_command("pointer 200 10\n", "pointer");
	RUN_UNTIL(rig.cursor.x == 200 && rig.cursor.y == 10, PATIENCE_S);
	screen_command("pointer off\n", "pointer");
	RUN_UNTIL(!rig.cursor.visible, PATIENCE_S);
}

/* Time of a processor that oriel-spice's worker has used, in ticks. */
static unsigned long used_ticks(void)
{
	pid_t keeper = 0, worker = 0;
	unsigned long user = 0, system = 0;

	for (pid_t *pid = &keeper, of = getpid();; pid = &worker, of = keeper) {
		g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", of, of);
		g_autofree char *text = NULL;
		if (!g_file_get_contents(path, &text, NULL, NULL))
			test_skip("this kernel does not tell who is whose child");
		for (char *at = text; (*pid = (pid_t)strtol(at, &at, 10));)
			if (*pid != machine.pid)
				break;
		if (pid == &worker)
			break;
	}
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", worker);
	g_autofree char *text = NULL;
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	CHECK_EQ(sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &system),
		 2);
	return user + system;
}

static void it_keeps_up(void)
{
	unsigned flipped = 0;

	screen_needs_guest();
	screen_command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024, PATIENCE_S);
	screen_run_until_quiet();
	rig.careless = true;
	unsigned frames = rig.frames;
	uint64_t began = clock_ns();
	screen_command("flip 3000\n", "flipped");
	CHECK_EQ(sscanf(rig.said, "flipped %u", &flipped), 1);
	double seconds = (double)(clock_ns() - began) / NS_PER_S;
	printf("# QXL at 1024x768: %.0f pictures/s of the %.0f/s that the guest drew\n",
	       (rig.frames - frames) / seconds, flipped / seconds);
	CHECK(rig.frames - frames > flipped / 10);
	rig.careless = false;
	screen_command("rect 0 0 1 1\n", "rect");
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
}

static void unwatched_it_costs_nothing(void)
{
	screen_needs_guest();
	rig.careless = true;
	screen_command("flip 1500\n", "flipped");
	unsigned long before = used_ticks();
	screen_command("flip 1500\n", "flipped");
	unsigned long watched = used_ticks() - before;
	source_watch(rig.source, false);
	screen_run_until_quiet();
	unsigned frames = rig.frames;
	before = used_ticks();
	screen_command("flip 1500\n", "flipped");
	unsigned long unwatched = used_ticks() - before;
	printf("# oriel-spice used %lu ticks, and %lu unwatched\n", watched, unwatched);
	CHECK_EQ(rig.frames, frames);
	CHECK(unwatched <= 2);
	rig.careless = false;
	source_watch(rig.source, true);
	RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
}

/* A capture program in the guest, played by this process. */
static void shared_memory_takes_over_and_gives_back(void)
{
	static struct guest guest;
	g_autoptr(GError) error = NULL;

	screen_needs_guest();
	guest_extend(&guest, false);
	CHECK_EQ(pixel_image_init(&guest.image, PIXEL_BGRA, 320, 200), 0);
	g_autofree char *memory = g_strdup_printf("/proc/self/fd/%d", guest.shm->fd);
	source_destroy(rig.source);
	rig.frames = 0;
	rig.source = source_select_create(memory, rig.spice, 0, &screen_listener, NULL, &error);
	CHECK(rig.source != NULL);
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	CHECK_EQ(rig.from_memory, 0);

	guest_start(&guest, "Oriel test");
	RUN_UNTIL(atomic_load(&guest.knocks), PATIENCE_S);
	uint64_t began = clock_ns();
	guest_frame(&guest, NULL);
	RUN_UNTIL(rig.from_memory == 1, PATIENCE_S);
	printf("# SPICE -> shared memory: %.1f ms after its first picture\n",
	       (double)(rig.memory_ns - began) / NS_PER_MS);
	CHECK(rig.memory_ns - began < NS_PER_S);
	screen_run_until_quiet();
	unsigned frames = rig.frames;
	screen_command("flip 500\n", "flipped");
	CHECK_EQ(rig.frames, frames);

	began = clock_ns();
	unsigned running = rig.states[SOURCE_RUNNING];
	guest_stop(&guest, true);
	RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	printf("# shared memory -> SPICE: %.0f ms after the program's end\n",
	       (double)(rig.frame_ns - began) / NS_PER_MS);
	CHECK_EQ(rig.states[SOURCE_RUNNING], running + 1);
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
	source_destroy(rig.source);
	guest_finish(&guest);
	rig.source = source_spice_create(rig.spice, 0, &screen_listener, NULL);
}

static void a_monitor_that_is_not_there_is_said(void)
{
	screen_needs_guest();
	source_destroy(rig.source);
	rig.frames = 0;
	rig.source = source_spice_create(rig.spice, 5, &screen_listener, NULL);
	RUN_UNTIL(rig.states[SOURCE_DARK] > 0, PATIENCE_S);
	screen_run_until_quiet();
	CHECK_EQ(rig.states[SOURCE_DARK], 1);
	CHECK_EQ(rig.frames, 0);
	source_destroy(rig.source);
	rig.source = source_spice_create(rig.spice, 0, &screen_listener, NULL);
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	CHECK_EQ(rig.states[SOURCE_DARK], 1);
}

static void a_plain_vga_card_is_shown_too(void)
{
	screen_needs_guest();
	screen_stop_machine();
	RUN_UNTIL(rig.states[SOURCE_ABSENT] > 0, PATIENCE_S);
	rig.frames = 0;
	screen_start_machine("std", NULL);
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	RUN_UNTIL(rig.ready, BOOT_S);
	screen_command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024, PATIENCE_S);
	screen_command("draw 300 5\n", "drawn");
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
	unsigned frames = rig.frames;
	screen_command("flip 2000\n", "flipped");
	printf("# VGA at 1024x768: %.0f pictures/s\n", (rig.frames - frames) / 2.0);
	screen_run_until_quiet();
	CHECK_EQ(screen_compare(), 0);
}

static const struct test_case cases[] = {
	TEST(a_machine_is_shown_from_its_start),   TEST(modes_change),
	TEST(pictures_are_those_of_qemu),          TEST(only_what_changed_is_copied),
	TEST(the_pointer_is_the_guests),           TEST(it_keeps_up),
	TEST(unwatched_it_costs_nothing),          TEST(shared_memory_takes_over_and_gives_back),
	TEST(a_monitor_that_is_not_there_is_said), TEST(a_plain_vga_card_is_shown_too),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "screen") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	screen_stop_machine();
	source_destroy(rig.source);
	spice_destroy(rig.spice); /* which ends oriel-spice */
	guest_remove_folder(machine.folder);
	return status;
}
