/* link/link.h - messages between our own processes, over one end of a SOCK_SEQPACKET socket pair.
 *
 * A message is a type, a body of plain fixed-width fields in this machine's byte order (both ends
 * are programs of one installation), maybe a text at the end, and maybe descriptors. What there is
 * stands in a table (struct link_kind); a message that is not in it, or not of its shape, is never
 * handed out.
 *
 * The other process parses foreign bytes, so it may have been taken over: all it can do here is to
 * say something of the table, or to lose the link. Nothing blocks: what the other end does not take
 * now is queued, within limits, and whoever reads too slowly is given up. Messages that only the
 * newest or the sum of matters are merged in the queue, so that a slow reader gets fewer of them.
 *
 * One thread per link. Sizes are in bytes.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	LINK_BODY_MAX = 4160, /* of a message: a path with its fields; more belongs into a memfd */
	LINK_FDS_MAX = 4,     /* with one message */
	LINK_QUEUE_MAX = 256, /* messages that wait for the other end */
};

/* One type of message. Its number is its place in the table. */
struct link_kind {
	const char *name;  /* for errors and logs; NULL: there is no such message */
	uint16_t size;     /* of the body's fields */
	uint16_t text_max; /* a text follows them: so long at most, with the 0 that ends it */
	uint8_t fds;       /* descriptors that come with it, no more and no less */
	/* Puts `next` into `queued`, both bodies of this kind; false: it cannot. NULL: messages of
	 * this kind stay apart. Kinds with a text or descriptors are never merged. */
	bool (*merge)(void *queued, const void *next);
};

/* What one side says. */
struct link_table {
	const struct link_kind *kinds;
	unsigned count;
};

struct link_message {
	uint32_t type;
	const void *body; /* aligned for any field */
	const char *text; /* ends with 0, which is its only one; "" where the kind has none */
	unsigned fd_count;
	int fds[LINK_FDS_MAX]; /* the link closes them; put -1 in the place of what you take */
};

enum { LINK_E_EMPTY = 1 }; /* nothing has come */

struct link;

/* Two ends that find each other; both close on exec. 0 or a negative errno. */
int link_pair(int ends[2]);

/* Takes over `fd`, also on failure. The tables must outlive the link. */
int link_create(struct link **out, int fd, const struct link_table *says,
		const struct link_table *hears);

/* Closes its end. What is still queued is lost. NULL is fine. */
void link_destroy(struct link *self);

/* Readable while there is something to hear, and while what waits could go: take a turn, or flush
 * and receive until LINK_E_EMPTY. It is for waiting only, and never writable. */
int link_fd(const struct link *self);

/* Gives the other end what waits, and hears what has come: a batch of it, so that others have their
 * turn. `hear` may say something, but must not destroy the link. 0, or a negative answer as of
 * link_receive(): its end. */
typedef void (*link_hear_func)(void *data, struct link_message *message);
int link_turn(struct link *self, link_hear_func hear, void *data, struct err *err);

/* Messages that the other end has not taken. */
unsigned link_waiting(const struct link *self);

/* `body` is as long as the kind says; `text` may be NULL for "". Descriptors are duplicated. A
 * message that does not fit its kind is our own mistake: -EINVAL. -ENOBUFS: the other end has not
 * read for too long; other negative errno: the link is broken. Each of these stays, and is told by
 * the next turn, too: who takes turns need not look at it here. */
int link_send(struct link *self, uint32_t type, const void *body, const char *text, const int *fds);

/* Gives the other end what it takes now. 0, or as link_send(). */
int link_flush(struct link *self);

/* The next message, the link's and valid until the next call. 0, LINK_E_EMPTY, -ECONNRESET when the
 * other end has gone, -EPROTO when it said what it must not (`err` has the words), or another
 * negative errno. After a negative answer the link is of no use any more. */
int link_receive(struct link *self, struct link_message **out, struct err *err);

#endif
