/* The object that a program holds: it dispatches on the program's thread what the receiver's
 * thread found. */
#include "oriel/oriel.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/receiver.h"
#include "wire/size.h"

#ifndef ORIEL_VERSION
#error "the build says which version this is"
#endif

static_assert((int)ORIEL_OS_OTHER == (int)WIRE_OS_OTHER, "KVMFR's numbers in both");
static_assert((int)ORIEL_CURSOR_MASKED == (int)CURSOR_MASKED, "KVMFR's numbers in both");

struct oriel {
	struct receiver receiver;
	struct oriel_listener listener;
	void *data;
	struct note *told;            /* the last one that the listener knows; NULL: none */
	struct oriel_guest_info info; /* of it; texts are the note's */
};

static int say(char *error, size_t size, const struct err *err)
{
	if (error && size)
		snprintf(error, size, "%s", err->text);
	return err->code;
}

/* Where the memory is, if that was said only once. */
static int find_place(struct receiver_place *out, const struct oriel_params *params,
		      struct err *err)
{
	*out = (struct receiver_place){
		.path = params->path,
		.fd = params->use_fd ? params->fd : -1,
		.server = params->server,
		.server_fd = params->use_server_fd ? params->server_fd : -1,
	};
	int given = !!params->path + params->use_fd + !!params->server + params->use_server_fd;
	if (given <= 1)
		return 0;
	return err_set(err, -EINVAL, "path, fd, server and server_fd exclude each other");
}

int oriel_open(struct oriel **out, const struct oriel_params *params, char *error,
	       size_t error_size)
{
	struct receiver_place place;
	struct err err = { 0 };
	struct oriel *self = calloc(1, sizeof(*self));
	if (!self) {
		err_set_errno(&err, -ENOMEM, "cannot open the guest's screen");
		return say(error, error_size, &err);
	}
	if (params->listener)
		self->listener = *params->listener;
	self->data = params->data;
	int failed = find_place(&place, params, &err);
	if (!failed)
		failed = receiver_start(&self->receiver, &place, params->early, &err);
	if (failed) {
		free(self);
		err.code = failed;
		return say(error, error_size, &err);
	}
	*out = self;
	return 0;
}

void oriel_close(struct oriel *self)
{
	if (!self)
		return;
	receiver_stop(&self->receiver);
	free(self);
}

int oriel_fd(const struct oriel *self)
{
	return self->receiver.outbox.fd;
}

static void tell_attached(struct oriel *self, const struct wire_guest *guest)
{
	struct oriel_guest_info *info = &self->info;
	*info = (struct oriel_guest_info){
		.host_version = guest->host_version,
		.capture = guest->capture,
		.os_name = guest->os_name,
		.cpu_model = guest->model,
		.os = guest->has_os && guest->os < WIRE_OS_OTHER ? guest->os : ORIEL_OS_OTHER,
		.cpus = guest->cpus,
		.cores = guest->cores,
		.sockets = guest->sockets,
		.can_set_cursor = guest->features & WIRE_FEATURE_SETCURSORPOS,
	};
	memcpy(info->uuid, guest->uuid, sizeof(info->uuid));
	if (self->listener.attached)
		self->listener.attached(self->data, info);
}

static void tell_detached(struct oriel *self, const struct note *note)
{
	bool replaced = note->attached;
	if (self->listener.detached)
		self->listener.detached(
			self->data, replaced ? ORIEL_DETACH_RESTARTED : note->reason,
			replaced ? "another capture program took over" : note->text);
}

static void tell_session(struct oriel *self, struct note *note)
{
	struct note *before = self->told;
	if (!note->attached || (before && before->attached))
		tell_detached(self, note);
	self->told = note;
	outbox_done_note(before);
	if (note->attached)
		tell_attached(self, &note->guest);
}

/* Does it come from the guest that the listener knows? */
static bool is_current(const struct oriel *self, uint64_t session)
{
	return self->told && self->told->attached && self->told->session == session;
}

static void tell_pointer(struct oriel *self, const struct cursor *from)
{
	const struct cursor_shape *shape = &from->shape;
	struct oriel_cursor cursor = {
		.visible = from->visible,
		.has_position = from->has_position,
		.x = from->x,
		.y = from->y,
		.has_shape = from->has_shape,
	};
	if (from->has_shape) {
		cursor.type = (enum oriel_cursor_type)shape->type;
		cursor.hot_x = shape->hot_x;
		cursor.hot_y = shape->hot_y;
		cursor.width = shape->width;
		cursor.height = shape->height;
		cursor.pitch = shape->pitch;
		cursor.data = shape->data;
	}
	if (self->listener.cursor)
		self->listener.cursor(self->data, &cursor);
}

static void tell_frame(struct oriel *self, struct oriel_frame *frame)
{
	account_add(self->receiver.account, ACCOUNT_DELIVERED);
	if (self->listener.frame)
		self->listener.frame(self->data, frame);
}

int oriel_dispatch(struct oriel *self)
{
	struct outbox_news news;
	outbox_collect(&self->receiver.outbox, &news);
	if (news.note)
		tell_session(self, news.note);
	if (news.pointer && is_current(self, news.pointer->session))
		tell_pointer(self, &news.pointer->cursor);
	if (news.frame && is_current(self, news.frame->session))
		tell_frame(self, news.frame);
	outbox_done_pointer(news.pointer);
	oriel_frame_unref(news.frame);
	return 0;
}

void oriel_busy(struct oriel *self, bool busy)
{
	outbox_busy(&self->receiver.outbox, busy);
}

void oriel_moves(struct oriel *self, bool moves)
{
	if (atomic_exchange_explicit(&self->receiver.wishes.shapes, !moves, memory_order_acq_rel) ==
	    moves)
		receiver_ring(&self->receiver);
}

void oriel_refresh(struct oriel *self)
{
	atomic_store_explicit(&self->receiver.wishes.refresh, true, memory_order_release);
	receiver_ring(&self->receiver);
}

void oriel_watch(struct oriel *self, bool frames)
{
	atomic_store_explicit(&self->receiver.wishes.hidden, !frames, memory_order_release);
	receiver_ring(&self->receiver);
}

int oriel_set_cursor(struct oriel *self, int32_t x, int32_t y)
{
	struct wishes *wishes = &self->receiver.wishes;
	if (!self->told || !self->told->attached)
		return -ENOTCONN;
	if (!(self->told->guest.features & WIRE_FEATURE_SETCURSORPOS))
		return -ENOTSUP;
	atomic_store_explicit(&wishes->cursor_at, (uint64_t)(uint32_t)y << 32 | (uint32_t)x,
			      memory_order_relaxed);
	atomic_store_explicit(&wishes->cursor, true, memory_order_release);
	receiver_ring(&self->receiver);
	return 0;
}

void oriel_want(struct oriel *self, uint32_t width, uint32_t height, uint32_t scale120,
		uint32_t mhz)
{
	struct wishes *wishes = &self->receiver.wishes;
	atomic_store_explicit(&wishes->want_size, (uint64_t)height << 32 | width,
			      memory_order_relaxed);
	atomic_store_explicit(&wishes->want_rate, (uint64_t)mhz << 32 | scale120,
			      memory_order_relaxed);
	atomic_store_explicit(&wishes->want, true, memory_order_release);
	receiver_ring(&self->receiver);
}

void oriel_get_stats(const struct oriel *self, struct oriel_stats *out)
{
	account_report(self->receiver.account, out);
}

size_t oriel_shm_size(uint32_t width, uint32_t height, uint32_t bytes_per_pixel)
{
	return (size_t)wire_region_size(width, height, bytes_per_pixel);
}

const char *oriel_version(void)
{
	return ORIEL_VERSION;
}
