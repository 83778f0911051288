/* base/mailbox.h - a place for one thing, where the newest wins.
 *
 * Any number of threads may put and take; nobody waits. What a put displaces comes back to the one
 * who put, who then owns it (and usually unrefs it).
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct mailbox {
	_Atomic(void *) content;
};

/* Publishes `thing` (ownership moves in); returns what was there unread, or NULL. */
static inline void *mailbox_put(struct mailbox *self, void *thing)
{
	return atomic_exchange_explicit(&self->content, thing, memory_order_acq_rel);
}

/* Ownership moves out; NULL when empty. */
static inline void *mailbox_take(struct mailbox *self)
{
	return atomic_exchange_explicit(&self->content, NULL, memory_order_acq_rel);
}

/* Is there something? By the time the answer is read, somebody may have taken or put one. */
static inline bool mailbox_full(struct mailbox *self)
{
	return atomic_load_explicit(&self->content, memory_order_acquire) != NULL;
}

#endif
