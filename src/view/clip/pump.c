#include "view/clip/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include "link/parcel.h"
#include "view/clip/clip.h"

#define PIECE (256u << 10)

struct pump {
	const struct pump_listener *listener;
	void *data;
	int fd, parcel;          /* the second: only while it is read */
	struct parcel_view view; /* only while it is written */
	uint64_t bytes;
	int64_t moved_us;
	unsigned source, timer;
};

void pump_stop(struct pump *self)
{
	if (!self)
		return;
	g_source_remove(self->source);
	g_source_remove(self->timer);
	close(self->fd);
	if (self->parcel >= 0)
		close(self->parcel);
	parcel_unmap(&self->view);
	g_free(self);
}

static void finish(struct pump *self, int result)
{
	const struct pump_listener *listener = self->listener;
	void *data = self->data;
	int parcel = self->parcel;

	self->parcel = -1;
	pump_stop(self);
	listener->done(data, result, result < 0 ? -1 : parcel);
	if (parcel >= 0)
		close(parcel);
}

static void moved(struct pump *self, ssize_t bytes)
{
	self->bytes += (uint64_t)bytes;
	self->moved_us = g_get_monotonic_time();
	if (self->listener->progress)
		self->listener->progress(self->data, self->bytes);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct pump *self = data;
	g_autofree char *buffer = g_malloc(PIECE);
	ssize_t size = read(fd, buffer, PIECE);

	(void)condition;
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	int result = size < 0 ? -errno : 0;
	if (size > 0)
		result = parcel_append(self->parcel, buffer, (size_t)size);
	if (size > 0 && result == 0) {
		moved(self, size);
		return G_SOURCE_CONTINUE;
	}
	finish(self, result < 0 ? result : parcel_seal(self->parcel));
	return G_SOURCE_REMOVE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data)
{
	struct pump *self = data;
	size_t left = self->view.size - self->bytes;
	ssize_t size = 0;

	(void)condition;
	if (left > 0)
		size = write(fd, (const char *)self->view.bytes + self->bytes, MIN(left, PIECE));
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (size > 0)
		moved(self, size);
	if (size > 0 && (size_t)size < left)
		return G_SOURCE_CONTINUE;
	finish(self, size < 0 ? -errno : 0);
	return G_SOURCE_REMOVE;
}

static gboolean on_tick(gpointer data)
{
	struct pump *self = data;

	if (g_get_monotonic_time() - self->moved_us < CLIP_PATIENCE_S * G_USEC_PER_SEC)
		return G_SOURCE_CONTINUE;
	finish(self, -ETIMEDOUT);
	return G_SOURCE_REMOVE;
}

static struct pump *start(int fd, const struct pump_listener *listener, void *data,
			  GIOCondition condition, GUnixFDSourceFunc on_ready)
{
	struct pump *self = g_new0(struct pump, 1);

	g_unix_set_fd_nonblocking(fd, TRUE, NULL);
	self->listener = listener;
	self->data = data;
	self->fd = fd;
	self->parcel = -1;
	self->view = (struct parcel_view){ "", 0 };
	self->moved_us = g_get_monotonic_time();
	self->source = g_unix_fd_add(fd, condition, on_ready, self);
	self->timer = g_timeout_add(500, on_tick, self);
	return self;
}

struct pump *pump_read(int fd, const struct pump_listener *listener, void *data)
{
	int parcel = parcel_create();

	if (parcel < 0) {
		close(fd);
		return NULL;
	}
	fcntl(fd, F_SETPIPE_SZ, 1 << 20); /* fewer turns */
	struct pump *self = start(fd, listener, data, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable);
	self->parcel = parcel;
	return self;
}

struct pump *pump_write(int fd, int parcel, const struct pump_listener *listener, void *data)
{
	struct parcel_view view;

	if (parcel_map(parcel, &view) < 0) {
		close(fd);
		return NULL;
	}
	struct pump *self = start(fd, listener, data, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable);
	self->view = view;
	return self;
}
