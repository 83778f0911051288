/* The screen of a guest in QEMU, by way of its SPICE server and oriel-spice, as the viewer's source
 * has it. What came is put together from what was told to have changed, and compared with what QEMU
 * has. */
#include <glib-unix.h>
#include <signal.h>
#include <sys/socket.h>

#include "e2e/guest.h"
#include "unit/lib/rig.h"
#include "view/source/select.h"
#include "view/source/spice.h"

#define BOOT_S     90
#define PATIENCE_S 30
#define QUIET_MS   600
#define LIFE_S     280 /* of each program we start, whatever happens */

static struct guest_machine machine;

static struct {
	struct spice_options options;
	struct spice *spice;
	struct source *source;
	unsigned console_watch;
	bool late;

	/* What the guest said. */
	bool ready;
	char said[128]; /* its last answer, without "screen: "; "" since command() */

	/* What the source gave. */
	unsigned frames, states[SOURCE_STATE_COUNT];
	uint64_t serial, area, frame_ns; /* area: of all damage */
	uint32_t width, height;
	uint32_t *mirror; /* of it; put together of damage */
	bool careless;    /* the mirror is not needed now */
	struct cursor cursor;
	uint32_t corner; /* the shape's lowest left pixel */
	unsigned from_memory;
	uint64_t memory_ns;
} rig;

/* ---- pictures ---- */

static void take(const struct frame *frame, const uint8_t *pixels, const struct rect *rect)
{
	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		for (uint32_t x = rect->x; x < rect->x + rect->width; x++) {
			uint32_t word;
			memcpy(&word, pixels + (size_t)y * frame->image.pitch + x * 4, 4);
			rig.mirror[y * rig.width + x] = word & 0xffffff;
		}
	rig.area += (uint64_t)rect->width * rect->height;
}

static void on_picture(void *data, struct frame *frame)
{
	const uint8_t *pixels = frame_pixels(frame);
	struct region damage;

	(void)data;
	rig.frames++;
	rig.frame_ns = clock_ns();
	if (frame->image.width == 320) { /* of the capture program below */
		if (!rig.from_memory++)
			rig.memory_ns = rig.frame_ns;
		return;
	}
	if (frame->image.width != rig.width || frame->image.height != rig.height) {
		rig.width = frame->image.width;
		rig.height = frame->image.height;
		g_free(rig.mirror);
		rig.mirror = g_malloc0((size_t)rig.width * rig.height * 4);
		rig.serial = 0;
	}
	if (rig.careless)
		return;
	frame_damage(frame, rig.serial, &damage);
	rig.serial = frame->serial;
	for (uint32_t i = 0; i < damage.count; i++)
		take(frame, pixels, &damage.rects[i]);
}

static void on_pointer(void *data, const struct cursor *cursor)
{
	(void)data;
	rig.cursor = *cursor;
	if (cursor->has_shape)
		memcpy(&rig.corner,
		       cursor->shape.data +
			       (size_t)cursor->shape.pitch * (cursor->shape.height - 1),
		       4);
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	rig.states[status->state]++;
	rig.serial = 0;
}

static const struct source_listener listener = { on_picture, on_pointer, on_status };

/* ---- the guest ---- */

static void hear_line(const char *line)
{
	const char *words = strstr(line, "screen: ");

	if (!words)
		return;
	if (strstr(words, "ready"))
		rig.ready = true;
	else
		snprintf(rig.said, sizeof(rig.said), "%.100s", words + strlen("screen: "));
}

static gboolean on_console(gint fd, GIOCondition condition, gpointer data)
{
	(void)fd, (void)condition, (void)data;
	if (guest_machine_hear(&machine, hear_line))
		return G_SOURCE_CONTINUE;
	rig.console_watch = 0;
	return G_SOURCE_REMOVE;
}

static gboolean on_late(gpointer data)
{
	(void)data;
	rig.late = true;
	return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

#define RUN_UNTIL(condition, seconds)                                                              \
	do {                                                                                       \
		unsigned timer_ = g_timeout_add_seconds(seconds, on_late, NULL);                   \
		unsigned tick_ = g_timeout_add(20, on_tick, NULL);                                 \
		rig.late = false;                                                                  \
		while (!(condition) && !rig.late)                                                  \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(timer_);                                                           \
		g_source_remove(tick_);                                                            \
		if (!(condition))                                                                  \
			test_fail("not within its time: %s", #condition);                          \
	} while (0)

/* Nothing has come for a while. */
static void run_until_quiet(void)
{
	uint64_t since = clock_ns();

	RUN_UNTIL(clock_ns() > MAX(since, rig.frame_ns) + QUIET_MS * NS_PER_MS, PATIENCE_S);
}

static void say(const char *line)
{
	rig.said[0] = '\0';
	guest_machine_tell(&machine, line);
}

static void command(const char *line, const char *answer)
{
	say(line);
	RUN_UNTIL(strstr(rig.said, answer), PATIENCE_S);
}

static void needs_guest(void)
{
	if (!rig.ready)
		test_skip("there is no guest");
}

/* ---- starting and stopping ---- */

static void make_image(void)
{
	if (machine.kernel[0])
		return;
	guest_needs_qemu();
	if (system("qemu-system-x86_64 -device help 2>&1 | grep -q '\"qxl-vga\"'") != 0)
		test_skip("this QEMU has no QXL (qemu-system-modules-spice?)");
	guest_machine_image(&machine, LIFE_S);
}

static void start_machine(const char *card)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 384 -nodefaults "
		"-no-user-config -display none -no-reboot -vga \"$4\" "
		"-spice unix=on,addr=\"$3\"/spice,disable-ticketing=on "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-chardev socket,id=qmp,fd=4 -mon chardev=qmp,mode=control "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append 'quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 -- listener'";

	guest_machine_start(&machine, LIFE_S, script, card, NULL);
	rig.console_watch = g_unix_fd_add(machine.console, G_IO_IN | G_IO_HUP, on_console, NULL);
	CHECK(write(machine.monitor, "{\"execute\":\"qmp_capabilities\"}\n", 31) == 31);
}

static void stop_machine(void)
{
	if (rig.console_watch)
		g_source_remove(rig.console_watch);
	rig.console_watch = 0;
	guest_machine_stop(&machine);
	rig.ready = false;
}

static void open_spice(void)
{
	g_autofree char *address = g_strdup_printf("%s/spice", machine.folder);

	rig.options = (struct spice_options){ .enabled = TRUE,
					      .wait = TRUE,
					      .address = g_strdup(address) };
	rig.spice = spice_create(&rig.options, NULL, NULL);
	rig.source = source_spice_create(rig.spice, 0, &listener, NULL);
}

/* ---- what QEMU has ---- */

static void ask_for_dump(const char *path)
{
	char bytes[512], request[256];

	while (recv(machine.monitor, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
	}
	int length = snprintf(
		request, sizeof(request),
		"{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\"},\"id\":7}\n",
		path);
	CHECK_EQ(write(machine.monitor, request, (size_t)length), length);
	size_t used = 0;
	for (uint64_t until = clock_ns() + PATIENCE_S * NS_PER_S; clock_ns() < until;) {
		struct pollfd wait = { .fd = machine.monitor, .events = POLLIN };
		ssize_t got = poll(&wait, 1, 100) > 0 ? read(machine.monitor, bytes + used,
							     sizeof(bytes) - 1 - used)
						      : 0;
		used += got > 0 ? (size_t)got : 0;
		bytes[used] = '\0';
		if (strstr(bytes, "\"id\": 7"))
			return;
	}
	test_fail("QEMU made no screendump: %s", bytes);
}

/* Pixels that are other ones there. */
static unsigned compare(void)
{
	g_autofree char *path = g_strdup_printf("%s/dump.ppm", machine.folder);
	unsigned width = 0, height = 0, wrong = 0;

	ask_for_dump(path);
	FILE *file = fopen(path, "rb");
	CHECK(file && fscanf(file, "P6 %u %u 255", &width, &height) == 2 && fgetc(file) != EOF);
	CHECK_EQ(width, rig.width);
	CHECK_EQ(height, rig.height);
	for (size_t i = 0; i < (size_t)width * height; i++) {
		uint8_t rgb[3];
		CHECK_EQ(fread(rgb, 1, 3, file), 3);
		wrong += rig.mirror[i] != ((uint32_t)rgb[0] << 16 | rgb[1] << 8 | rgb[2]);
	}
	fclose(file);
	return wrong;
}

/* ---- cases, each goes on where the one before ended ---- */

static void a_machine_is_shown_from_its_start(void)
{
	make_image();
	open_spice();
	start_machine("qxl");
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	CHECK(rig.states[SOURCE_RUNNING] >= 1);
	printf("# the first picture is %ux%u, %s\n", rig.width, rig.height,
	       rig.ready ? "of the guest" : "before the guest is there");
	RUN_UNTIL(rig.ready, BOOT_S);
}

static void modes_change(void)
{
	needs_guest();
	command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024 && rig.height == 768, PATIENCE_S);
	run_until_quiet();
	CHECK_EQ(compare(), 0);
	command("mode 800 600\n", "mode 800 600");
	RUN_UNTIL(rig.width == 800 && rig.height == 600, PATIENCE_S);
	run_until_quiet();
	CHECK_EQ(compare(), 0);
	CHECK_EQ(rig.states[SOURCE_DARK], 0); /* and nobody saw a notice */
}

/* What was told to have changed is all that changed. */
static void pictures_are_those_of_qemu(void)
{
	needs_guest();
	for (unsigned seed = 1; seed <= 3; seed++) {
		g_autofree char *line = g_strdup_printf("draw 300 %u\n", seed);
		unsigned frames = rig.frames;
		command(line, "drawn");
		run_until_quiet();
		CHECK(rig.frames > frames);
		CHECK_EQ(compare(), 0);
	}
}

/* And no more than that. */
static void only_what_changed_is_copied(void)
{
	needs_guest();
	struct source_figures before, after;

	command("rect 100 50 30 20\n", "rect"); /* whatever was owed to the slots */
	run_until_quiet();
	source_figures(rig.source, &before);
	rig.area = 0;
	for (unsigned i = 0; i < 20; i++) {
		unsigned frames = rig.frames;
		command("rect 200 150 40 30\n", "rect");
		RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	}
	run_until_quiet();
	source_figures(rig.source, &after);
	printf("# 20 rectangles of 1200 pixels: %" PRIu64 " told, %" PRIu64 " bytes copied\n",
	       rig.area, after.bytes_copied - before.bytes_copied);
	CHECK_EQ(rig.area, 20 * 1200);
	CHECK(after.bytes_copied - before.bytes_copied <= (20 * 1200 + 4 * 600) * 4);
	CHECK_EQ(compare(), 0);
}

static void the_pointer_is_the_guests(void)
{
	needs_guest();
	command("pointer 120 90\n", "pointer");
	if (strstr(rig.said, "no pointer"))
		test_skip("this kernel's card has none");
	RUN_UNTIL(rig.cursor.visible && rig.corner, PATIENCE_S);
	CHECK_EQ(rig.corner, 0xffff8040);
	/* The library tells a place that came with a shape to nobody. */
	command("pointer 200 10\n", "pointer");
	RUN_UNTIL(rig.cursor.x == 200 && rig.cursor.y == 10, PATIENCE_S);
	command("pointer off\n", "pointer");
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

	needs_guest();
	command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024, PATIENCE_S);
	run_until_quiet();
	rig.careless = true;
	unsigned frames = rig.frames;
	uint64_t began = clock_ns();
	command("flip 3000\n", "flipped");
	CHECK_EQ(sscanf(rig.said, "flipped %u", &flipped), 1);
	double seconds = (double)(clock_ns() - began) / NS_PER_S;
	printf("# QXL at 1024x768: %.0f pictures/s of the %.0f/s that the guest drew\n",
	       (rig.frames - frames) / seconds, flipped / seconds);
	CHECK(rig.frames - frames > flipped / 10);
	rig.careless = false;
	command("rect 0 0 1 1\n", "rect");
	run_until_quiet();
	CHECK_EQ(compare(), 0);
}

static void unwatched_it_costs_nothing(void)
{
	needs_guest();
	rig.careless = true;
	command("flip 1500\n", "flipped");
	unsigned long before = used_ticks();
	command("flip 1500\n", "flipped");
	unsigned long watched = used_ticks() - before;
	source_watch(rig.source, false);
	run_until_quiet();
	unsigned frames = rig.frames;
	before = used_ticks();
	command("flip 1500\n", "flipped");
	unsigned long unwatched = used_ticks() - before;
	printf("# oriel-spice used %lu ticks, and %lu unwatched\n", watched, unwatched);
	CHECK_EQ(rig.frames, frames);
	CHECK(unwatched <= 2);
	rig.careless = false;
	source_watch(rig.source, true);
	RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	run_until_quiet();
	CHECK_EQ(compare(), 0);
}

/* A capture program in the guest, played by this process. */
static void shared_memory_takes_over_and_gives_back(void)
{
	static struct guest guest;
	g_autoptr(GError) error = NULL;

	needs_guest();
	guest_extend(&guest, false);
	CHECK_EQ(pixel_image_init(&guest.image, PIXEL_BGRA, 320, 200), 0);
	g_autofree char *memory = g_strdup_printf("/proc/self/fd/%d", guest.shm->fd);
	source_destroy(rig.source);
	rig.frames = 0;
	rig.source = source_select_create(memory, rig.spice, 0, &listener, NULL, &error);
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
	run_until_quiet();
	unsigned frames = rig.frames;
	command("flip 500\n", "flipped");
	CHECK_EQ(rig.frames, frames);

	began = clock_ns();
	unsigned running = rig.states[SOURCE_RUNNING];
	guest_stop(&guest, true);
	RUN_UNTIL(rig.frames > frames, PATIENCE_S);
	printf("# shared memory -> SPICE: %.0f ms after the program's end\n",
	       (double)(rig.frame_ns - began) / NS_PER_MS);
	CHECK_EQ(rig.states[SOURCE_RUNNING], running + 1);
	run_until_quiet();
	CHECK_EQ(compare(), 0);
	source_destroy(rig.source);
	guest_finish(&guest);
	rig.source = source_spice_create(rig.spice, 0, &listener, NULL);
}

static void a_monitor_that_is_not_there_is_said(void)
{
	needs_guest();
	source_destroy(rig.source);
	rig.frames = 0;
	rig.source = source_spice_create(rig.spice, 5, &listener, NULL);
	RUN_UNTIL(rig.states[SOURCE_DARK] > 0, PATIENCE_S);
	run_until_quiet();
	CHECK_EQ(rig.states[SOURCE_DARK], 1);
	CHECK_EQ(rig.frames, 0);
	source_destroy(rig.source);
	rig.source = source_spice_create(rig.spice, 0, &listener, NULL);
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	CHECK_EQ(rig.states[SOURCE_DARK], 1);
}

static void a_plain_vga_card_is_shown_too(void)
{
	needs_guest();
	stop_machine();
	RUN_UNTIL(rig.states[SOURCE_ABSENT] > 0, PATIENCE_S);
	rig.frames = 0;
	start_machine("std");
	RUN_UNTIL(rig.frames > 0, PATIENCE_S);
	RUN_UNTIL(rig.ready, BOOT_S);
	command("mode 1024 768\n", "mode 1024 768");
	RUN_UNTIL(rig.width == 1024, PATIENCE_S);
	command("draw 300 5\n", "drawn");
	run_until_quiet();
	CHECK_EQ(compare(), 0);
	unsigned frames = rig.frames;
	command("flip 2000\n", "flipped");
	printf("# VGA at 1024x768: %.0f pictures/s\n", (rig.frames - frames) / 2.0);
	run_until_quiet();
	CHECK_EQ(compare(), 0);
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
	stop_machine();
	source_destroy(rig.source);
	spice_destroy(rig.spice); /* which ends oriel-spice */
	guest_remove_folder(machine.folder);
	return status;
}
