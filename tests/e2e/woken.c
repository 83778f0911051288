/* oriel-guest in an emulated machine with an ivshmem-doorbell device, `oriel shmd` as its server,
 * and consumers outside: frames wake them, nobody polls, whoever is killed. */
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "oriel/oriel.h"
#include "test.h"
#include "vm/run/child.h"
#include "vm/run/image.h"
#include "vm/run/qemu.h"

#define BOOT_S     90
#define PATIENCE_S 30
#define CONSUMERS  3
#define WATCH_MS   1500
#define QUICK      "pattern:640x360@60"

struct consumer {
	struct oriel *oriel;
	guint source;
	unsigned attached, detached, frames;
	uint64_t bound_ns; /* of the last frame's stamps */
};

static struct rig {
	char *directory, *socket;
	GSubprocess *server;
	struct image image;
	struct qemu *qemu;
	bool alive;    /* the guest's init has spoken */
	char *settled; /* what the guest captures that the last case left in good health */
	struct consumer consumers[CONSUMERS];
} rig = { .image.initrd = -1 };

/* ---- waiting ---- */

static gboolean on_deadline(gpointer data)
{
	*(bool *)data = true;
	return G_SOURCE_CONTINUE;
}

/* Runs the main loop until `*count` is at least `wanted`. */
static void wait_for(const char *what, const unsigned *count, unsigned wanted, unsigned seconds)
{
	bool late = false;
	guint timer = g_timeout_add_seconds(seconds, on_deadline, &late);
	while (*count < wanted && !late)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	if (*count < wanted)
		test_fail("%s: %u of %u within %u s", what, *count, wanted, seconds);
}

static void run_for(unsigned ms)
{
	bool over = false;
	guint timer = g_timeout_add(ms, on_deadline, &over);
	while (!over)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
}

/* ---- the server ---- */

static int connect_to_server(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_strlcpy(address.sun_path, rig.socket, sizeof(address.sun_path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void start_server(void)
{
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);
	GError *error = NULL;
	int fd = -1;
	child_end(rig.server, SIGKILL);
	rig.server = g_subprocess_launcher_spawn(launcher, &error, g_getenv("ORIEL"), "shmd", "-s",
						 rig.socket, "-m", "64M", NULL);
	if (!rig.server)
		test_fail("%s", error->message);
	for (int i = 0; i < 1000 && fd < 0; i++) {
		g_usleep(10000);
		fd = connect_to_server();
	}
	if (fd < 0)
		test_fail("the server does not listen");
	close(fd);
}

static void kill_server(void)
{
	child_end(rig.server, SIGKILL);
	rig.server = NULL;
}

/* ---- the machine ---- */

static void on_line(void *data, const char *line)
{
	(void)data;
	rig.alive |= g_str_has_prefix(line, "init: running");
	printf("# guest: %s\n", line);
}

/* Only what a machine lacks is skipped: a broken image is a failure. */
static void make_image(void)
{
	GError *error = NULL;
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	if (!qemu)
		test_skip("qemu-system-x86_64 is not installed");
	if (rig.image.kernel || image_make(&rig.image, "pattern", NULL, &error))
		return;
	bool absent = error->domain == G_SPAWN_EXIT_ERROR && error->code == IMAGE_EXIT_UNAVAILABLE;
	g_autofree char *text = g_strdup(error->message);
	g_error_free(error);
	if (absent)
		test_skip("no guest to boot: %s", text);
	test_fail("%s", text);
}

static void boot(const char *capture)
{
	const char *const command[] = { "oriel-guest", "--capture", capture, NULL };
	struct qemu_params params = {
		.accel = "tcg",
		.kernel = rig.image.kernel,
		.initrd = rig.image.initrd,
		.memory = connect_to_server(),
		.ram_mib = 256,
		.command = command,
		.line = on_line,
	};
	GError *error = NULL;
	bool late = false;
	qemu_destroy(rig.qemu);
	rig.alive = false;
	rig.qemu = qemu_start(&params, &error);
	close(params.memory);
	if (!rig.qemu)
		test_fail("%s", error->message);
	guint timer = g_timeout_add_seconds(BOOT_S, on_deadline, &late);
	while (!rig.alive && !late && !qemu_ended(rig.qemu))
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	CHECK(rig.alive);
}

static void power_cut(void)
{
	qemu_destroy(rig.qemu);
	rig.qemu = NULL;
}

/* ---- consumers ---- */

static void on_attached(void *data, const struct oriel_guest_info *info)
{
	(void)info;
	((struct consumer *)data)->attached++;
}

static void on_detached(void *data, enum oriel_detach_reason reason, const char *text)
{
	printf("# %s\n", text);
	((struct consumer *)data)->detached += reason != ORIEL_DETACH_ABSENT;
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct consumer *self = data;
	struct oriel_stamps stamps;
	oriel_frame_stamps(frame, &stamps);
	oriel_frame_presented(frame, clock_ns());
	self->bound_ns = stamps.bound_ns;
	self->frames++;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct consumer *self = data;
	(void)fd, (void)condition;
	CHECK_EQ(oriel_dispatch(self->oriel), 0);
	return G_SOURCE_CONTINUE;
}

static void consume(struct consumer *self)
{
	static const struct oriel_listener listener = { .attached = on_attached,
							.frame = on_frame,
							.detached = on_detached };
	struct oriel_params params = { .server = rig.socket, .listener = &listener, .data = self };
	char why[512];
	if (oriel_open(&self->oriel, &params, why, sizeof(why)) != 0)
		test_fail("%s", why);
	self->source = g_unix_fd_add(oriel_fd(self->oriel), G_IO_IN, on_readable, self);
}

static struct oriel_stats stats_of(const struct consumer *self)
{
	struct oriel_stats stats;
	oriel_get_stats(self->oriel, &stats);
	return stats;
}

static void stop_consumer(struct consumer *self)
{
	if (self->source)
		g_source_remove(self->source);
	oriel_close(self->oriel);
	*self = (struct consumer){ 0 };
}

static void stop_all(void)
{
	for (unsigned i = 0; i < CONSUMERS; i++)
		stop_consumer(&rig.consumers[i]);
	power_cut();
	kill_server();
}

static void take_consumers(unsigned count)
{
	for (unsigned i = 0; i < CONSUMERS; i++)
		if (i >= count)
			stop_consumer(&rig.consumers[i]);
		else if (!rig.consumers[i].oriel)
			consume(&rig.consumers[i]);
}

/* The next case may go on with this machine: booting is most of what a case takes. */
static void settle(const char *capture)
{
	rig.settled = g_strdup(capture);
}

/* With a machine of its own, or with the last case's if that is as wanted. */
static void begin(unsigned consumers, unsigned frames, const char *capture)
{
	g_autofree char *settled = g_steal_pointer(&rig.settled);
	bool anew = g_strcmp0(settled, capture) != 0;
	if (anew) {
		stop_all();
		make_image();
		start_server();
	}
	take_consumers(consumers);
	if (anew)
		boot(capture);
	for (unsigned i = 0; i < consumers; i++)
		wait_for("frames", &rig.consumers[i].frames, rig.consumers[i].frames + frames,
			 PATIENCE_S);
}

/* A frame costs one wake-up and two looks (before it sleeps it looks once more); beats and a frame
 * that comes while one is looked at are what the slack is for. Without the doorbell there are five
 * looks and more per frame, and no ring at all. */
static bool woken_once_a_frame(const struct oriel_stats *before, const struct oriel_stats *after)
{
	double frames = (double)(after->frames - before->frames);
	double rung = (double)(after->rung - before->rung);
	double woken = (double)(after->wakeups - before->wakeups);
	double looks = (double)(after->looks - before->looks);
	printf("# %.0f frames in %u ms; per frame %.2f wake-ups, %.2f rung, %.2f looks\n", frames,
	       WATCH_MS, woken / frames, rung / frames, looks / frames);
	CHECK_EQ(after->wake, ORIEL_WAKE_DOORBELL);
	return frames >= 10 && rung >= 0.8 * frames &&
	       woken <= 1.4 * frames + 5.0 * WATCH_MS / 1000 &&
	       looks <= 2.8 * frames + 10.0 * WATCH_MS / 1000;
}

/* The first `count` consumers, during the same time. A guest that a busy host stops within its
 * copies rings once more for each. That passes. */
static void check_woken(unsigned count)
{
	bool well = false;
	for (unsigned i = 0; i < 8 && !well; i++) {
		struct oriel_stats before[CONSUMERS];
		for (unsigned k = 0; k < count; k++)
			before[k] = stats_of(&rig.consumers[k]);
		run_for(WATCH_MS);
		well = true;
		for (unsigned k = 0; k < count; k++) {
			struct oriel_stats after = stats_of(&rig.consumers[k]);
			well &= woken_once_a_frame(&before[k], &after);
		}
	}
	CHECK(well);
}

/* ---- cases ---- */

static void frames_wake_and_nobody_polls(void)
{
	begin(1, 30, QUICK);
	check_woken(1);
	settle(QUICK);
}

static void three_consumers_are_woken_by_one_guest(void)
{
	begin(3, 30, QUICK);
	check_woken(3);
	settle(QUICK);
}

static void a_killed_machine_is_booted_again(void)
{
	struct consumer *one = &rig.consumers[0], *two = &rig.consumers[1];
	begin(2, 30, QUICK);
	unsigned attached = one->attached, also = two->attached;
	for (unsigned round = 1; round <= 2; round++) {
		unsigned detached = one->detached;
		power_cut();
		wait_for("detached", &one->detached, detached + 1, PATIENCE_S);
		boot(QUICK);
		wait_for("attached", &one->attached, attached + round, PATIENCE_S);
		wait_for("frames", &one->frames, one->frames + 30, PATIENCE_S);
	}
	wait_for("attached", &two->attached, also + 2, PATIENCE_S);
	check_woken(2);
	settle(QUICK);
}

struct viewer {
	GSubprocess *process;
	GDataInputStream *output;
	char *stats; /* the last line of them */
};

static void start_viewer(struct viewer *self)
{
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);
	g_autofree char *option = g_strconcat("--server=", rig.socket, NULL);
	g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	self->process = g_subprocess_launcher_spawn(launcher, NULL, g_getenv("ORIEL_VIEW"),
						    "--headless", "--stats", "--exit-after=6s",
						    option, NULL);
	CHECK(self->process != NULL);
	self->output = g_data_input_stream_new(g_subprocess_get_stdout_pipe(self->process));
}

/* False at its end. */
static bool read_stats(struct viewer *self)
{
	char *line;
	while ((line = g_data_input_stream_read_line(self->output, NULL, NULL, NULL))) {
		printf("# %s\n", line);
		if (strstr(line, "stats: "))
			break;
		g_free(line);
	}
	if (!line)
		return false;
	g_free(self->stats);
	self->stats = line;
	return true;
}

static void wait_for_viewer(struct viewer *self)
{
	while (read_stats(self))
		if (strstr(self->stats, "woken by doorbell"))
			return;
	test_fail("the viewer was never woken: %s", self->stats ? self->stats : "it said nothing");
}

static void finish_viewer(struct viewer *self)
{
	double rate = 0;
	while (read_stats(self))
		;
	CHECK(g_subprocess_wait(self->process, NULL, NULL));
	CHECK(g_subprocess_get_if_exited(self->process));
	CHECK_EQ(g_subprocess_get_exit_status(self->process), 0);
	CHECK_EQ(sscanf(strstr(self->stats, "stats: "), "stats: in %lf/s", &rate), 1);
	CHECK(rate >= 5);
	CHECK_CONTAINS(self->stats, "woken by doorbell");
	g_free(self->stats);
	g_object_unref(self->output);
	g_object_unref(self->process);
}

/* A consumer and a viewer live on, as long as the guest does. */
static void a_killed_server_is_missed_by_nobody(void)
{
	struct consumer *one = &rig.consumers[0];
	begin(1, 30, QUICK);
	struct viewer viewer = { 0 };
	start_viewer(&viewer);
	wait_for_viewer(&viewer);
	unsigned detached = one->detached; /* at first, until its heart was seen to beat */
	kill_server();
	check_woken(1);
	finish_viewer(&viewer);
	check_woken(1);
	CHECK_EQ(one->detached, detached);
	power_cut();
	wait_for("detached", &one->detached, detached + 1, PATIENCE_S);
	unsigned attached = one->attached;
	start_server();
	boot(QUICK);
	wait_for("attached", &one->attached, attached + 1, PATIENCE_S);
	wait_for("frames", &one->frames, one->frames + 30, PATIENCE_S);
	check_woken(1);
}

static void a_still_picture_lets_everybody_sleep(void)
{
	begin(1, 1, "pattern:640x360:still");
	run_for(1500);
	struct oriel_stats before = stats_of(&rig.consumers[0]);
	run_for(4000);
	struct oriel_stats after = stats_of(&rig.consumers[0]);
	printf("# 4 s: %u wake-ups\n", (unsigned)(after.wakeups - before.wakeups));
	CHECK(after.wakeups - before.wakeups <= 13);
	CHECK_EQ(after.wake, ORIEL_WAKE_DOORBELL);
}

/* The figure of doc/doorbell.md; what a shared machine gets is printed, not judged. */
static void a_thousand_a_second(void)
{
	struct consumer *one = &rig.consumers[0];
	bool longer = g_getenv("ORIEL_LONG") != NULL;
	begin(1, 30, "pattern:64x64@1000");
	run_for(longer ? 3000 : 500); /* the clocks are compared meanwhile */
	for (unsigned round = 0; round < (longer ? 3 : 1); round++) {
		unsigned frames = one->frames;
		run_for(longer ? 2000 : 1000);
		struct oriel_stats stats = stats_of(one);
		const uint64_t *wake = stats.stage_ns[ORIEL_STAGE_WAKE];
		printf("# %u frames; filled -> seen by the library, us: p50 %.1f p95 %.1f "
		       "p99 %.1f, clocks +-%.1f\n",
		       one->frames - frames, (double)wake[0] / 1e3, (double)wake[1] / 1e3,
		       (double)wake[2] / 1e3, (double)one->bound_ns / 1e3);
	}
	CHECK_EQ(stats_of(one).wake, ORIEL_WAKE_DOORBELL);
	check_woken(1);
}

static const struct test_case cases[] = {
	TEST(frames_wake_and_nobody_polls),         TEST(three_consumers_are_woken_by_one_guest),
	TEST(a_killed_machine_is_booted_again),     TEST(a_killed_server_is_missed_by_nobody),
	TEST(a_still_picture_lets_everybody_sleep), TEST(a_thousand_a_second),
};

int main(int argc, char **argv)
{
	rig.directory = g_dir_make_tmp("oriel-woken-XXXXXX", NULL);
	rig.socket = g_build_filename(rig.directory, "socket", NULL);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	stop_all();
	image_finish(&rig.image);
	g_unlink(rig.socket);
	g_rmdir(rig.directory);
	return status;
}
