/* lib/source.h - one mapping of shared memory, its consumer and its frames, kept together for as
 * long as anybody refers to it: frames outlive oriel_close(). */
#ifndef LIB_SOURCE_H
#define LIB_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/account.h"
#include "lib/frame.h"
#include "shm/shm.h"

/* Pictures that may be referred to at once. Two of them can be held; the others were taken back or
 * come from an ended session. */
#define SOURCE_FRAMES 8

struct source {
	atomic_uint refs;
	atomic_bool gone; /* buried */
	struct shm *shm;
	struct wire_consumer *consumer;
	struct account *account; /* a reference */
	/* The frame on screen: ns first, then serial. State, not a message: a reader who finds the
	 * one of an older and the other of a newer frame is off by a frame. */
	_Atomic uint64_t presented_ns, presented_serial;
	struct oriel_frame frames[SOURCE_FRAMES];
};

/* Opens what `path` names (NULL: the usual places) or, if `fd` is not -1, what that descriptor
 * refers to (duplicated). One reference is the caller's. Errors of shm_open_region(). */
int source_open(struct source **out, const char *path, int fd, struct account *account,
		struct err *err);

/* Do the two name one and the same memory? */
bool source_same(const struct source *a, const struct source *b);

/* The backing was truncated: puts zeros of our own in its place, so that whoever still reads a
 * frame does not die. Receiver's thread. */
void source_bury(struct source *self);
static inline bool source_is_gone(const struct source *self)
{
	return atomic_load_explicit(&self->gone, memory_order_acquire);
}

/* Any thread. */
struct source *source_ref(struct source *self);
void source_unref(struct source *self); /* NULL is fine */

#endif
