/* A viewer that shows pictures more slowly than the guest changes: what it begins to show is the
 * newest there is. */
#include "unit/lib/rig.h"
#include "view/present/screen.h"
#include "view/source/source.h"

#define GUEST_MS 8  /* between two pictures of the guest */
#define SHOWS_MS 50 /* so long a picture is on its way */
#define SHOWS    12
#define PATIENCE (20 * G_USEC_PER_SEC)

struct scene {
	struct guest guest;
	struct screen *screen;
	struct source *source;
	unsigned shown, stale; /* begun; of these when a newer one had been there */
};

/* ---- a presenter with the patience of a slow server ---- */

struct slow {
	struct present present;
	struct frame *frame;
	unsigned timer; /* until it is done */
};

/* For the presenter, which knows nobody but its listener. */
static struct scene *scene;

static gboolean on_done(gpointer data)
{
	struct slow *self = data;
	uint64_t seen_ns = self->frame->seen_ns;

	frame_unref(self->frame);
	self->frame = NULL;
	self->timer = 0;
	self->present.listener->shown(self->present.data, seen_ns, clock_ns());
	self->present.listener->ready(self->present.data);
	return G_SOURCE_REMOVE;
}

static uint64_t number_of(struct frame *frame)
{
	uint64_t number = 0, stamp;

	CHECK(pattern_read(&frame->image, frame_pixels(frame), &number, &stamp));
	return number;
}

/* One may have come since the main loop looked. */
static void slow_show(struct present *present, struct frame *frame)
{
	struct slow *self = (struct slow *)present;

	scene->shown++;
	if (number_of(frame) + 1 < scene->guest.number) {
		scene->stale++;
		fprintf(stderr, "# began with %" PRIu64 " when there was %" PRIu64 "\n",
			number_of(frame), scene->guest.number);
	}
	self->frame = frame_ref(frame);
	self->timer = g_timeout_add(SHOWS_MS, on_done, self);
}

static bool slow_suits(const struct window *window, const struct frame *frame)
{
	(void)window;
	(void)frame;
	return true;
}

static struct present *slow_create(struct window *window, GError **error)
{
	(void)window;
	(void)error;
	struct slow *self = g_new0(struct slow, 1);
	return &self->present;
}

static void slow_destroy(struct present *present)
{
	struct slow *self = (struct slow *)present;

	if (self->timer)
		g_source_remove(self->timer);
	frame_unref(self->frame);
	g_free(self);
}

static const struct present_impl present_slow = {
	.name = "slow",
	.suits = slow_suits,
	.create = slow_create,
	.show = slow_show,
	.destroy = slow_destroy,
};

static const struct present_impl *const presents[] = { &present_slow, NULL };
static const struct window_impl window_slow = { .name = "slow", .presents = presents };

/* ---- what the viewer does with it ---- */

static void on_picture(void *data, struct frame *frame)
{
	screen_show(((struct scene *)data)->screen, frame);
}

static void on_pointer(void *data, const struct cursor *cursor)
{
	(void)data;
	(void)cursor;
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	(void)status;
}

static const struct source_listener source_listener = { on_picture, on_pointer, on_status };

static void on_shown(void *data, uint64_t seen_ns, uint64_t when_ns)
{
	(void)data;
	(void)seen_ns;
	(void)when_ns;
}

static void on_busy(void *data, bool busy)
{
	source_busy(((struct scene *)data)->source, busy);
}

static void on_failed(void *data, const char *why)
{
	(void)data;
	test_fail("%s", why);
}

static const struct screen_listener screen_listener = {
	.shown = on_shown,
	.busy = on_busy,
	.failed = on_failed,
};

static gboolean on_guest_due(gpointer data)
{
	struct scene *self = data;

	guest_publish(&self->guest, NULL);
	guest_fill(&self->guest, self->guest.image.data_height);
	return G_SOURCE_CONTINUE;
}

static void open_scene(struct scene *self, struct window *window)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *memory = NULL;

	guest_extend(&self->guest, false);
	guest_start(&self->guest, "Oriel test");
	memory = g_strdup_printf("/proc/self/fd/%d", self->guest.shm->fd);
	self->screen = screen_create(window, NULL, &screen_listener, self, &error);
	self->source = source_create(&source_oriel, memory, &source_listener, self, &error);
	if (!self->source)
		test_fail("%s", error->message);
}

static void a_slow_viewer_begins_with_the_newest(void)
{
	struct window window = { .impl = &window_slow };
	struct scene self = { 0 };
	gint64 end = g_get_monotonic_time() + PATIENCE;

	scene = &self;
	open_scene(&self, &window);
	unsigned due = g_timeout_add(GUEST_MS, on_guest_due, &self);
	while (self.shown < SHOWS && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, TRUE);
	CHECK_EQ(self.shown, SHOWS);
	CHECK(self.guest.number > 2 * SHOWS); /* it was slow, indeed */
	CHECK(self.stale <= SHOWS / 6);       /* this machine may be busy, too */
	g_source_remove(due);
	screen_destroy(self.screen);
	source_destroy(self.source);
	guest_finish(&self.guest);
}

static const struct test_case cases[] = {
	TEST(a_slow_viewer_begins_with_the_newest),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
