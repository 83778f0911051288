/* Frames of pixel/pattern.h, drawn here at a steady rate: what needs no guest. */
#include "view/source/source.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "pixel/pattern.h"
#include "view/source/memory.h"
#include "view/watch.h"

#define SLOTS 4 /* as many as a real producer has */

struct pattern_frame {
	struct frame frame; /* refs 0: the slot is free */
	const void *pixels;
};

struct pattern {
	struct source source;
	struct pixel_image image;
	unsigned rate;  /* Hz; 0: one picture, then still */
	uint64_t limit; /* frames to draw; 0: no end */
	uint64_t number;
	unsigned newest; /* slot of the last picture */
	struct pattern_frame frames[SLOTS];
	struct memory memory;
	int timer;
	unsigned watch;
};

static const void *pattern_pixels(struct frame *frame)
{
	return ((struct pattern_frame *)frame)->pixels;
}

static void pattern_frame_damage(const struct frame *self, uint64_t since, struct region *out)
{
	if (since == self->serial)
		region_clear(out);
	else if (since + 1 == self->serial)
		pattern_damage(&self->image, self->serial, out);
	else
		region_set_full(out, self->image.width, self->image.height);
}

static void pattern_release(struct frame *frame)
{
	(void)frame; /* free for the next picture */
}

static const struct frame_impl pattern_frame_impl = {
	.pixels = pattern_pixels,
	.damage = pattern_frame_damage,
	.release = pattern_release,
};

static void deliver(struct pattern *self)
{
	struct frame *frame = &self->frames[self->newest].frame;

	if (frame->refs == 0) {
		frame_init(frame, &pattern_frame_impl, &self->image);
		memory_place_frame(&self->memory, self->newest, frame);
		frame->serial = self->number;
	} else {
		frame_ref(frame);
	}
	frame->seen_ns = clock_ns();
	self->source.listener->frame(self->source.data, frame);
	frame_unref(frame);
}

static bool take_free_slot(struct pattern *self)
{
	for (unsigned i = 1; i <= SLOTS; i++) {
		unsigned slot = (self->newest + i) % SLOTS;
		if (self->frames[slot].frame.refs == 0) {
			self->newest = slot;
			return true;
		}
	}
	return false;
}

static void draw_next(struct pattern *self)
{
	if (!take_free_slot(self))
		return; /* everything is being shown: the next tick finds room */
	self->number++;
	pattern_draw(&self->image, memory_slot(&self->memory, self->newest), 0,
		     self->image.data_height, self->number, clock_ns());
	deliver(self);
}

static void start(struct pattern *self)
{
	struct source_status status = { SOURCE_RUNNING, "test pattern", "" };

	self->source.listener->status(self->source.data, &status);
}

static gboolean on_tick(int fd, GIOCondition condition, gpointer data)
{
	struct pattern *self = data;
	uint64_t ticks;

	(void)condition;
	if (read(fd, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return G_SOURCE_CONTINUE;
	if (self->number == 0)
		start(self);
	draw_next(self);
	if (self->limit && self->number >= self->limit)
		timerfd_settime(fd, 0, &(struct itimerspec){ 0 }, NULL);
	return G_SOURCE_CONTINUE;
}

/* The first tick comes at once, from the main loop like all others. */
static gboolean arm(struct pattern *self, GError **error)
{
	uint64_t period = self->rate ? NS_PER_S / self->rate : 0;
	struct itimerspec when = {
		.it_value.tv_nsec = 1,
		.it_interval = { (time_t)(period / NS_PER_S), (long)(period % NS_PER_S) },
	};

	self->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (self->timer < 0 || timerfd_settime(self->timer, 0, &when, NULL) != 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "cannot make a timer: %s", g_strerror(errno));
		return FALSE;
	}
	self->watch = watch_readable(self->timer, on_tick, self);
	return TRUE;
}

/* One word after the size: a format's name, "rotate=90" or "frames=10". */
static gboolean parse_word(struct pattern *self, enum pixel_format *format,
			   enum pixel_rotation *rotation, const char *word)
{
	guint64 value;

	if (g_str_has_prefix(word, "frames="))
		return g_ascii_string_to_unsigned(word + 7, 10, 1, G_MAXINT64, &self->limit, NULL);
	if (g_str_has_prefix(word, "rotate=")) {
		if (!g_ascii_string_to_unsigned(word + 7, 10, 0, 270, &value, NULL) || value % 90)
			return FALSE;
		*rotation = (enum pixel_rotation)(value / 90);
		return TRUE;
	}
	*format = pixel_format_from_name(word);
	return *format != PIXEL_INVALID;
}

static gboolean parse(struct pattern *self, const char *arg, GError **error)
{
	g_auto(GStrv) words = g_strsplit(arg, ",", -1);
	enum pixel_format format = PIXEL_BGRA;
	enum pixel_rotation rotation = PIXEL_ROTATE_0;
	unsigned width = 0, height = 0;
	char end;
	bool good;

	good = words[0] &&
	       (sscanf(words[0], "%ux%u%c", &width, &height, &end) == 2 ||
		sscanf(words[0], "%ux%u@%u%c", &width, &height, &self->rate, &end) == 3) &&
	       self->rate <= 1000;
	for (int i = 1; good && words[i]; i++)
		good = parse_word(self, &format, &rotation, words[i]);
	if (good && pixel_image_init(&self->image, format, width, height) == 0) {
		self->image.rotation = rotation;
		return TRUE;
	}
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "source \"pattern:%s\" is not WIDTHxHEIGHT[@HZ][,FORMAT][,rotate=90]"
		    "[,frames=N]",
		    arg);
	return FALSE;
}

static void pattern_destroy(struct source *source)
{
	struct pattern *self = (struct pattern *)source;

	if (self->watch)
		g_source_remove(self->watch);
	if (self->timer >= 0)
		close(self->timer);
	memory_finish(&self->memory);
	g_free(self);
}

static struct source *pattern_create(const char *arg, const struct source_listener *listener,
				     void *data, GError **error)
{
	struct pattern *self = g_new0(struct pattern, 1);

	(void)listener;
	(void)data;
	self->timer = -1;
	self->rate = 60;
	if (parse(self, arg ? arg : "1920x1080@60", error) &&
	    memory_init(&self->memory, SLOTS, pixel_image_size(&self->image), error) &&
	    arm(self, error)) {
		for (unsigned i = 0; i < SLOTS; i++)
			self->frames[i].pixels = memory_slot(&self->memory, i);
		return &self->source;
	}
	pattern_destroy(&self->source);
	return NULL;
}

static void pattern_refresh(struct source *source)
{
	struct pattern *self = (struct pattern *)source;

	if (self->number > 0)
		deliver(self);
}

const struct source_impl source_pattern = {
	.name = "pattern",
	.create = pattern_create,
	.refresh = pattern_refresh,
	.destroy = pattern_destroy,
};
