#include "lib/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int outbox_init(struct outbox *self)
{
	*self = (struct outbox){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	if (self->fd < 0)
		return -errno;
	for (size_t i = 0; i < OUTBOX_POINTERS; i++) {
		self->pointers[i].pixels = malloc(CURSOR_MAX_BYTES);
		if (!self->pointers[i].pixels) {
			outbox_finish(self);
			return -ENOMEM;
		}
	}
	return 0;
}

void outbox_finish(struct outbox *self)
{
	oriel_frame_unref(mailbox_take(&self->frame));
	for (size_t i = 0; i < OUTBOX_POINTERS; i++)
		free(self->pointers[i].pixels);
	close(self->fd);
}

/* Comes after the put. Partner: the exchange in outbox_collect(), which comes before the takes. */
static void signal_once(struct outbox *self)
{
	uint64_t one = 1;
	if (atomic_exchange_explicit(&self->signalled, true, memory_order_acq_rel))
		return;
	if (write(self->fd, &one, sizeof(one)) < 0)
		return; /* only EAGAIN is possible, and then it is readable already */
}

struct oriel_frame *outbox_put_frame(struct outbox *self, struct oriel_frame *frame)
{
	struct oriel_frame *displaced = mailbox_put(&self->frame, frame);
	signal_once(self);
	return displaced;
}

struct oriel_frame *outbox_recall_frame(struct outbox *self)
{
	return mailbox_take(&self->frame);
}

static bool claim(atomic_bool *used)
{
	if (atomic_load_explicit(used, memory_order_acquire))
		return false;
	atomic_store_explicit(used, true, memory_order_relaxed);
	return true;
}

struct note *outbox_edit_note(struct outbox *self)
{
	struct note *note = mailbox_take(&self->note);
	for (size_t i = 0; !note && i < OUTBOX_NOTES; i++)
		if (claim(&self->notes[i].used))
			note = &self->notes[i];
	return note;
}

void outbox_put_note(struct outbox *self, struct note *note)
{
	mailbox_put(&self->note, note);
	signal_once(self);
}

struct pointer_note *outbox_edit_pointer(struct outbox *self)
{
	struct pointer_note *pointer = mailbox_take(&self->pointer);
	for (size_t i = 0; !pointer && i < OUTBOX_POINTERS; i++)
		if (claim(&self->pointers[i].used)) {
			pointer = &self->pointers[i];
			pointer->cursor = (struct cursor){ 0 };
		}
	return pointer;
}

void outbox_put_pointer(struct outbox *self, struct pointer_note *pointer)
{
	mailbox_put(&self->pointer, pointer);
	signal_once(self);
}

void outbox_collect(struct outbox *self, struct outbox_news *out)
{
	uint64_t count;
	if (read(self->fd, &count, sizeof(count)) < 0)
		count = 0; /* dispatched without being asked: look all the same */
	atomic_exchange_explicit(&self->signalled, false, memory_order_acq_rel);
	out->frame = self->busy ? NULL : mailbox_take(&self->frame);
	out->pointer = mailbox_take(&self->pointer);
	out->note = mailbox_take(&self->note); /* last: it was put before the other two */
}

/* A frame that comes after the look is signalled by who puts it. */
void outbox_busy(struct outbox *self, bool busy)
{
	self->busy = busy;
	if (!busy && mailbox_full(&self->frame))
		signal_once(self);
}

void outbox_done_note(struct note *note)
{
	if (note)
		atomic_store_explicit(&note->used, false, memory_order_release);
}

void outbox_done_pointer(struct pointer_note *pointer)
{
	if (pointer)
		atomic_store_explicit(&pointer->used, false, memory_order_release);
}
