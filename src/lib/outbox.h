/* lib/outbox.h - what the receiver's thread leaves for oriel_dispatch().
 *
 * Three mailboxes where the newest wins, and one descriptor that is readable while there is
 * something in them. Notes and pointers come from small pools: an unread one is taken back and
 * written over, so nothing is allocated and nothing queues up.
 *
 * Two threads: the receiver's (outbox_put_*, outbox_edit_*) and the one that dispatches
 * (outbox_collect, outbox_done_*).
 */
#ifndef LIB_OUTBOX_H
#define LIB_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mailbox.h"
#include "lib/frame.h"
#include "pixel/cursor.h"

/* Is a guest there, and which? */
struct note {
	atomic_bool used;
	bool attached;
	uint64_t session;                /* counts attached guests */
	enum oriel_detach_reason reason; /* the rest: when not attached */
	char text[512];
	struct wire_guest guest; /* when attached */
};

/* The pointer as of now; with a shape until one was delivered. */
struct pointer_note {
	atomic_bool used;
	uint64_t session;
	struct cursor cursor; /* cursor.shape.data is `pixels` */
	uint8_t *pixels;      /* CURSOR_MAX_BYTES */
};

/* One with the reader who shows it until the next, one just taken, one being written. */
#define OUTBOX_NOTES    3
#define OUTBOX_POINTERS 2

struct outbox {
	int fd;
	atomic_bool signalled; /* fd was made readable since the last collect */
	bool busy;             /* frames stay; of the thread that dispatches */
	struct mailbox frame, note, pointer;
	struct note notes[OUTBOX_NOTES];
	struct pointer_note pointers[OUTBOX_POINTERS];
};

/* 0 or a negative errno. */
int outbox_init(struct outbox *self);

/* Only when both threads are done with it. */
void outbox_finish(struct outbox *self);

/* ---- the receiver's thread ---- */

/* Moves the reference in; returns the unread one it replaced, or NULL. */
struct oriel_frame *outbox_put_frame(struct outbox *self, struct oriel_frame *frame);

/* Takes an unread frame back; NULL if it was read. */
struct oriel_frame *outbox_recall_frame(struct outbox *self);

/* The unread one, or a clean one. To be given to the put function below. */
struct note *outbox_edit_note(struct outbox *self);
void outbox_put_note(struct outbox *self, struct note *note);
struct pointer_note *outbox_edit_pointer(struct outbox *self);
void outbox_put_pointer(struct outbox *self, struct pointer_note *pointer);

/* ---- the thread that dispatches ---- */

struct outbox_news {
	struct oriel_frame *frame; /* to be unref'ed */
	struct note *note;         /* to be marked done */
	struct pointer_note *pointer;
};

/* Everything there is; fd is not readable afterwards unless more comes. A note about a session
 * comes no later than its first frame or pointer. */
void outbox_collect(struct outbox *self, struct outbox_news *out);

/* While busy frames are not collected: a newer one replaces the one that lies there. */
void outbox_busy(struct outbox *self, bool busy);
void outbox_done_note(struct note *note); /* NULL is fine */
void outbox_done_pointer(struct pointer_note *pointer);

#endif
