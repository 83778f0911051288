#include "view/input/evdev.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define BATCH 64 /* events */

/* Names come before rights do: a device that has just appeared is tried again, in ms. */
static const unsigned patience[] = { 0, 100, 400, 1600 };

struct device {
	struct evdev *set;
	char *path;
	_Atomic int fd;  /* -1: it is not there */
	unsigned source; /* 0: it is not there */
	struct evdev_abilities can;
	struct evdev_reader reader;
	bool grabbed;
	bool refused; /* to be grabbed, in this capture */
	bool said;    /* that it is not there */
};

struct evdev {
	const struct evdev_port *port;
	const struct evdev_listener *listener;
	void *data;
	struct device *devices;
	size_t count;
	bool exclusive, reading;

	int inotify; /* -1: all are there */
	unsigned watch, timer;
	size_t tried; /* in `patience` */
};

static void say(struct evdev *self, const struct device *device, const char *text)
{
	g_autofree char *line = g_strdup_printf("%s: %s", device->path, text);

	self->listener->alert(self->data, line);
}

/* ---- what is read ---- */

static void on_key(void *data, uint32_t code, bool pressed)
{
	struct device *device = data;

	if (device->set->reading)
		device->set->listener->events.key(device->set->data, code, pressed);
}

static void on_motion(void *data, int32_t dx, int32_t dy)
{
	struct device *device = data;

	if (device->set->reading)
		device->set->listener->events.motion(device->set->data, dx, dy);
}

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	struct device *device = data;

	if (device->set->reading)
		device->set->listener->events.scroll(device->set->data, x120, y120);
}

static const struct evdev_events events = {
	.key = on_key,
	.motion = on_motion,
	.scroll = on_scroll,
};

static const struct held none_down;

static bool is_idle(const struct device *device)
{
	return memcmp(&device->reader.down, &none_down, sizeof(none_down)) == 0;
}

static void grab_if_idle(struct device *device)
{
	struct evdev *self = device->set;

	if (!self->exclusive || !self->reading || device->grabbed || device->refused ||
	    device->fd < 0 || !is_idle(device))
		return;
	int failed = self->port->grab(device->fd, true);
	device->grabbed = failed == 0;
	device->refused = failed != 0;
	if (failed == -EBUSY)
		say(self, device, "another program has it for itself, so it is shared");
	else if (failed)
		say(self, device, g_strerror(-failed));
}

static void seek(struct evdev *self);
static void try_soon(struct evdev *self);

static void lose(struct device *device)
{
	evdev_reader_sync(&device->reader, &none_down);
	if (device->source)
		g_source_remove(device->source);
	if (device->fd >= 0)
		close(device->fd);
	device->source = 0;
	device->fd = -1;
	device->grabbed = false;
}

static void lose_and_seek(struct device *device)
{
	lose(device);
	device->said = true;
	say(device->set, device, "it is gone; waiting for it");
	seek(device->set);
	device->set->tried = 0;
	try_soon(device->set);
}

/* Events; 0: there are no more; negative: it is gone. */
static ssize_t take(struct device *device, struct input_event *out)
{
	ssize_t got = read(device->fd, out, BATCH * sizeof(*out));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return got == 0 ? -1 : got / (ssize_t)sizeof(*out);
}

/* Who listens may end the reading from within. While nothing is to be read only its end is heard.
 */
static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct device *device = data;
	struct input_event batch[BATCH];
	struct held down;
	ssize_t count = condition & G_IO_IN ? take(device, batch) : -1;

	if (count < 0 || !device->set->reading) {
		lose_and_seek(device);
		return G_SOURCE_REMOVE;
	}
	if (evdev_reader_feed(&device->reader, batch, (size_t)count) && device->set->reading &&
	    device->set->port->down(fd, &down) == 0)
		evdev_reader_sync(&device->reader, &down);
	grab_if_idle(device);
	return G_SOURCE_CONTINUE;
}

static void hear(struct device *device, GIOCondition condition)
{
	if (device->source)
		g_source_remove(device->source);
	device->source = g_unix_fd_add(device->fd, condition, on_readable, device);
}

/* What was done before is of no interest, and what is down has been told by the window. */
static void begin(struct device *device)
{
	struct input_event batch[BATCH];
	ssize_t count;

	if (device->fd < 0)
		return;
	while ((count = take(device, batch)) > 0)
		;
	evdev_reader_init(&device->reader, &events, device);
	device->refused = false;
	if (count < 0 || device->set->port->down(device->fd, &device->reader.down) < 0) {
		lose_and_seek(device);
		return;
	}
	hear(device, G_IO_IN);
	grab_if_idle(device);
}

static void end(struct device *device)
{
	if (device->fd < 0)
		return;
	hear(device, G_IO_HUP | G_IO_ERR);
	if (device->grabbed)
		(void)device->set->port->grab(device->fd, false);
	device->grabbed = false;
}

/* ---- coming and going ---- */

static const char *advice(int failed)
{
	switch (failed) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return "it is not there; waiting for it";
	case -EACCES:
	case -EPERM:
		return "permission denied; who is in the group \"input\" may read it";
	case -ENOTSUP:
		return "neither keyboard nor mouse, so it is left to the window system";
	default:
		return g_strerror(-failed);
	}
}

/* 0, or a negative errno. */
static int try_open(struct device *device)
{
	int fd = device->fd < 0 ? device->set->port->open(device->path, &device->can) : 0;

	if (device->fd >= 0 || fd < 0)
		return fd;
	device->fd = fd;
	if (device->said)
		say(device->set, device, "it is there");
	device->said = false;
	if (device->set->reading)
		begin(device);
	else
		hear(device, G_IO_HUP | G_IO_ERR);
	return 0;
}

static void stop_seeking(struct evdev *self)
{
	if (self->watch)
		g_source_remove(self->watch);
	if (self->timer)
		g_source_remove(self->timer);
	if (self->inotify >= 0)
		close(self->inotify);
	self->watch = self->timer = 0;
	self->inotify = -1;
}

static gboolean on_time(gpointer data);

static void try_soon(struct evdev *self)
{
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = 0;
	if (self->tried < ARRAY_LEN(patience))
		self->timer = g_timeout_add(patience[self->tried++], on_time, self);
}

static gboolean on_time(gpointer data)
{
	struct evdev *self = data;
	bool missing = false;

	self->timer = 0;
	for (size_t i = 0; i < self->count; i++) {
		int failed = try_open(&self->devices[i]);
		missing |= failed < 0;
		if (failed < 0 && !self->devices[i].said)
			say(self, &self->devices[i], advice(failed));
		self->devices[i].said |= failed < 0;
	}
	if (missing)
		seek(self);
	else
		stop_seeking(self);
	if (missing)
		try_soon(self);
	return G_SOURCE_REMOVE;
}

static gboolean on_change(gint fd, GIOCondition condition, gpointer data)
{
	char text[4096] __attribute__((aligned(8)));
	struct evdev *self = data;

	(void)condition;
	while (read(fd, text, sizeof(text)) > 0)
		;
	self->tried = 0;
	try_soon(self);
	return G_SOURCE_CONTINUE;
}

/* Its folder, and the one above: where the last device goes, udev takes its folder away. Where they
 * are not there the next one above will do. */
static void look_around(int inotify, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	unsigned found = 0;

	while (found < 2) {
		char *above = g_path_get_dirname(folder);
		bool top = strcmp(above, folder) == 0;
		found += inotify_add_watch(inotify, folder, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) >=
			 0;
		g_free(folder);
		folder = above;
		if (top)
			return;
	}
}

/* Watches, until all are there. */
static void seek(struct evdev *self)
{
	if (self->inotify < 0) {
		self->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (self->inotify >= 0)
			self->watch = g_unix_fd_add(self->inotify, G_IO_IN, on_change, self);
	}
	for (size_t i = 0; i < self->count; i++)
		if (self->inotify >= 0 && self->devices[i].fd < 0)
			look_around(self->inotify, self->devices[i].path);
}

/* ---- life ---- */

void evdev_read(struct evdev *self, bool on)
{
	if (!self || self->reading == on)
		return;
	for (size_t i = 0; !on && i < self->count; i++) {
		end(&self->devices[i]);
		evdev_reader_sync(&self->devices[i].reader, &none_down);
	}
	self->reading = on;
	for (size_t i = 0; on && i < self->count; i++)
		begin(&self->devices[i]);
}

bool evdev_is_exclusive(const struct evdev *self)
{
	return self && self->exclusive;
}

void evdev_let_go(struct evdev *self)
{
	for (size_t i = 0; self && i < self->count; i++) {
		int fd = self->devices[i].fd;
		if (fd >= 0)
			(void)self->port->grab(fd, false);
	}
}

static bool doubles(const struct device *device)
{
	return device->set->reading && device->fd >= 0 && !device->grabbed;
}

bool evdev_doubles_key(const struct evdev *self, uint32_t code)
{
	for (size_t i = 0; self && code < KEY_CNT && i < self->count; i++)
		if (doubles(&self->devices[i]) && held_has(&self->devices[i].can.codes, code))
			return true;
	return false;
}

bool evdev_doubles_motion(const struct evdev *self)
{
	for (size_t i = 0; self && i < self->count; i++)
		if (doubles(&self->devices[i]) && self->devices[i].can.moves)
			return true;
	return false;
}

bool evdev_doubles_scroll(const struct evdev *self)
{
	for (size_t i = 0; self && i < self->count; i++)
		if (doubles(&self->devices[i]) && self->devices[i].can.scrolls)
			return true;
	return false;
}

struct evdev *evdev_create(char *const *paths, bool exclusive, const struct evdev_port *port,
			   const struct evdev_listener *listener, void *data)
{
	struct evdev *self = g_new0(struct evdev, 1);

	self->port = port;
	self->listener = listener;
	self->data = data;
	self->exclusive = exclusive;
	self->inotify = -1;
	self->count = g_strv_length((char **)(uintptr_t)paths);
	self->devices = g_new0(struct device, self->count);
	for (size_t i = 0; i < self->count; i++) {
		struct device *device = &self->devices[i];
		device->set = self;
		device->path = g_strdup(paths[i]);
		device->fd = -1;
		evdev_reader_init(&device->reader, &events, device);
		(void)try_open(device);
	}
	try_soon(self); /* and says what is missing */
	return self;
}

void evdev_destroy(struct evdev *self)
{
	if (!self)
		return;
	self->reading = false;
	stop_seeking(self);
	for (size_t i = 0; i < self->count; i++) {
		lose(&self->devices[i]);
		g_free(self->devices[i].path);
	}
	g_free(self->devices);
	g_free(self);
}
