#include "machine.h"

#include <glib-unix.h>
#include <unistd.h>

#include "shm/shm.h"
#include "test.h"
#include "vm/run/image.h"
#include "vm/run/qemu.h"

#define LIFE_S 90

struct machine {
	struct shm *memory;
	struct qemu *qemu;
	struct oriel *oriel;
	guint source;
	bool alive;   /* the guest's init has spoken */
	char *said;   /* its last line */
	bool is_lost; /* detached since the last attach */
	unsigned attached;
	machine_checker checker;
	void *checker_data;
	unsigned approved;
	const char *wrong;
};

static struct machine *running;               /* there is one at a time */
static struct image image = { .initrd = -1 }; /* the same for all */

/* ---- listening ---- */

static void on_attached(void *data, const struct oriel_guest_info *info)
{
	struct machine *self = data;
	(void)info;
	self->attached++;
	self->is_lost = false;
}

static void on_detached(void *data, enum oriel_detach_reason reason, const char *text)
{
	struct machine *self = data;
	(void)text;
	if (reason != ORIEL_DETACH_ABSENT)
		self->is_lost = true;
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct machine *self = data;
	if (!self->checker || self->wrong)
		return;
	self->wrong = self->checker(self->checker_data, frame);
	self->approved += !self->wrong;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct machine *self = data;
	(void)fd;
	(void)condition;
	if (oriel_dispatch(self->oriel) != 0)
		self->wrong = "oriel_dispatch() gave up";
	return G_SOURCE_CONTINUE;
}

static void on_line(void *data, const char *line)
{
	struct machine *self = data;
	self->alive |= g_str_has_prefix(line, "init: running");
	g_free(self->said);
	self->said = g_strdup(line);
	printf("# guest: %s\n", line);
}

static gboolean on_deadline(gpointer data)
{
	*(bool *)data = true;
	return G_SOURCE_CONTINUE;
}

static bool wait_until(struct machine *self, bool (*done)(struct machine *self), double seconds)
{
	bool late = false;
	guint timer = g_timeout_add((guint)(seconds * 1000), on_deadline, &late);
	while (!done(self) && !late)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	return done(self);
}

static bool spoke_or_ended(struct machine *self)
{
	return self->alive || qemu_ended(self->qemu);
}

static bool watched_enough(struct machine *self)
{
	return self->wrong || self->approved == 0 || qemu_ended(self->qemu);
}

static bool is_lost(struct machine *self)
{
	return self->is_lost;
}

/* ---- starting and stopping ---- */

void machine_stop_all(void)
{
	struct machine *self = running;
	running = NULL;
	if (!self)
		return;
	if (self->source)
		g_source_remove(self->source);
	qemu_destroy(self->qemu);
	oriel_close(self->oriel);
	shm_close(self->memory);
	g_free(self->said);
	g_free(self);
}

/* Only what a machine lacks is skipped: a broken image is a failure. */
static void make_image(void)
{
	GError *error = NULL;
	if (image.kernel || image_make(&image, "pattern", NULL, &error))
		return;
	bool absent = error->domain == G_SPAWN_EXIT_ERROR && error->code == IMAGE_EXIT_UNAVAILABLE;
	g_autofree char *text = g_strdup(error->message);
	g_error_free(error);
	if (absent)
		test_skip("no guest to boot: %s", text);
	test_fail("%s", text);
}

struct machine *machine_create(uint32_t width, uint32_t height)
{
	static const struct oriel_listener listener = {
		.attached = on_attached,
		.frame = on_frame,
		.detached = on_detached,
	};
	struct machine *self = running = g_new0(struct machine, 1);
	struct err err;
	char text[256];
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	if (!qemu)
		test_skip("qemu-system-x86_64 is not installed");
	make_image();
	if (shm_create_memfd(&self->memory, "e2e", oriel_shm_size(width, height, 4), &err) != 0)
		test_fail("%s", err.text);
	struct oriel_params params = {
		.use_fd = true,
		.fd = self->memory->fd,
		.listener = &listener,
		.data = self,
	};
	if (oriel_open(&self->oriel, &params, text, sizeof(text)) != 0)
		test_fail("%s", text);
	self->source = g_unix_fd_add(oriel_fd(self->oriel), G_IO_IN, on_readable, self);
	return self;
}

void machine_boot(struct machine *self, const char *capture)
{
	const char *const command[] = { "oriel-guest", "--capture", capture, NULL };
	GError *error = NULL;
	struct qemu_params params = {
		.accel = "tcg",
		.kernel = image.kernel,
		.initrd = image.initrd,
		.memory = self->memory->fd,
		.memory_size = self->memory->size,
		.ram_mib = 256,
		.command = command,
		.line = on_line,
		.data = self,
	};
	self->alive = false;
	self->qemu = qemu_start(&params, &error);
	if (!self->qemu)
		test_fail("%s", error->message);
	wait_until(self, spoke_or_ended, LIFE_S);
	if (!self->alive)
		test_fail("no sign of life within %d s; it said: %s", LIFE_S,
			  self->said ? self->said : "nothing");
}

void machine_kill(struct machine *self)
{
	qemu_destroy(self->qemu);
	self->qemu = NULL;
}

void machine_reset(struct machine *self)
{
	GError *error = NULL;
	if (!qemu_command(self->qemu, "system_reset", &error))
		test_fail("%s", error->message);
}

/* ---- watching ---- */

void machine_watch(struct machine *self, machine_checker checker, void *data, unsigned count,
		   double seconds)
{
	/* Counts upwards to 0, so that watched_enough() needs no second number. */
	self->approved = 0u - count;
	self->checker = checker;
	self->checker_data = data;
	wait_until(self, watched_enough, seconds);
	self->checker = NULL;
	if (self->wrong)
		test_fail("%s", self->wrong);
	if (self->approved != 0)
		test_fail("%u of %u pictures came within %g s; the guest said: %s",
			  count + self->approved, count, seconds,
			  self->said ? self->said : "nothing");
}

void machine_wait_detached(struct machine *self, double seconds)
{
	if (!wait_until(self, is_lost, seconds))
		test_fail("the guest was not missed within %g s", seconds);
}

unsigned machine_attached(const struct machine *self)
{
	return self->attached;
}

struct pixel_image image_of(const struct oriel_format *format)
{
	return (struct pixel_image){
		.format = (enum pixel_format)format->pixel,
		.width = format->width,
		.height = format->height,
		.data_width = format->data_width,
		.data_height = format->data_height,
		.pitch = format->pitch,
		.rotation = (enum pixel_rotation)format->rotation,
		.colour = format->colour,
	};
}
