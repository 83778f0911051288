/* lib/receiver.h - the library's own thread: it looks at the memory, takes the newest frame, waits
 * until its bytes are there and leaves it in the outbox.
 *
 * receiver.c is the thread and what it was told; ear.c is how it sleeps; session.c knows whether a
 * guest is there; intake.c takes frames and pointers. Nothing here calls the program back.
 */
#ifndef LIB_RECEIVER_H
#define LIB_RECEIVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/account.h"
#include "lib/ear.h"
#include "lib/history.h"
#include "lib/hub.h"
#include "lib/outbox.h"
#include "lib/pacer.h"
#include "lib/source.h"

/* What other threads ask for. State, not messages: the last value wins. */
struct wishes {
	atomic_bool stop;
	atomic_bool hidden;         /* nobody looks */
	atomic_bool shapes;         /* the pointer only when it looks different */
	atomic_bool refresh;        /* taken by the receiver */
	atomic_bool cursor;         /* taken by the receiver; cursor_at was stored before */
	_Atomic uint64_t cursor_at; /* y << 32 | x */
	atomic_bool want;           /* taken by the receiver; the two below were stored before */
	_Atomic uint64_t want_size; /* height << 32 | width */
	_Atomic uint64_t want_rate; /* mHz << 32 | scale in 1/120 */
};

/* The frame announced last, while its bytes are still coming. Between two Oriels it is not taken
 * before they are there; until then the one before it stays the newest. */
struct filling {
	struct oriel_frame *frame; /* NULL: none taken */
	uint64_t since_ns;         /* we know of it; 0: there is none */
	uint64_t ripe_ns;          /* all bytes counted; good from then on. 0: still coming */
};

/* When to ask the guest for its clock. */
struct timing {
	bool used;          /* a picture came since the last question */
	unsigned questions; /* asked in this session */
	uint64_t ask_ns;    /* not before */
	uint64_t listen_ns; /* until then an answer is to be met as it comes */
};

struct receiver {
	struct outbox outbox;
	struct account *account;
	struct wishes wishes;
	pthread_t thread;

	/* All below: the receiver's thread only. */
	struct source *source;
	char *path;     /* NULL: the usual places, or `fd` */
	int fd;         /* own duplicate, or -1 */
	struct hub hub; /* all zero without a server */
	bool early;     /* frames are handed on when announced */
	struct ear ear;
	struct wake_boot_id boot_id;
	struct wire_want want;

	/* session.c */
	bool live;
	bool quiet_start; /* no detached note was put yet */
	uint64_t started_ns;
	uint64_t check_ns;  /* when to look at the session next */
	uint64_t beat_ns;   /* how often, while live */
	uint64_t reopen_ns; /* when to look for another region next */
	uint64_t left_ns;   /* when the last session ended */
	bool dawning;       /* a session is there whose heartbeat has not moved yet, */
	uint32_t dawn_id;   /* this one, */
	uint64_t dawn_ns;   /* since then */
	uint32_t id;        /* of the LGMP session */
	uint64_t session;   /* counts attached guests */
	bool fenced;        /* the guest runs Oriel's producer */
	bool extended;      /* and we speak its extension: holds last, frames carry stamps */
	struct timing timing;
	struct dmabufs *dmabufs; /* of this session's buffers; NULL: none can be kept */
	enum oriel_detach_reason reason;
	bool can_knock; /* the guest hears its doorbell, as peer: */
	uint16_t guest_peer;

	/* intake.c */
	bool subscribed[2];    /* by enum wire_queue */
	uint64_t subscribe_ns; /* when to try again */
	bool complete;         /* the next frame is news and all of it changed, whatever it says */
	bool repost;           /* the newest again, as soon as it can be had */
	uint64_t told_serial;  /* of the presented frame that the guest knows of */
	bool has_last;         /* the two below are known */
	uint32_t last_serial, last_format;
	uint64_t unread_ns; /* when the outbox got its frame */
	struct filling filling;
	struct history history;
	struct pacer pacer;
	bool looks_known; /* the program was told of the pointer, as: */
	bool looks_visible;
	bool moved; /* since then, and the program did not want to know */
	bool has_position;
	int32_t x, y; /* the pointer's last position */
};

/* Where the memory is: one of these at most. All but the server as for source_open(). */
struct receiver_place {
	const char *path; /* or NULL */
	int fd;           /* or -1 */
	const char *server;
	int server_fd;
};

/* One thread is started. 0 or a negative errno with words. */
int receiver_start(struct receiver *self, const struct receiver_place *place, bool early,
		   struct err *err);

/* Stops the thread and frees what it holds; frames of others stay. */
void receiver_stop(struct receiver *self);

/* Ends the thread's sleep. Any thread; never blocks. */
void receiver_ring(struct receiver *self);

/* ---- between the files ---- */

/* Looks at that memory from now on; the reference moves in. */
void receiver_adopt(struct receiver *self, struct source *source);

/* In a new session: says how the guest can wake us, and learns how we can wake it. */
void receiver_listen(struct receiver *self, const struct wire_session *session);

/* Wakes the guest, if it can be woken. */
void receiver_knock(struct receiver *self);

/* Is the memory there, and the guest? Call it before each look. */
void session_check(struct receiver *self, uint64_t now_ns);

/* Asks about the guest's clock when it is time, and meets answers; when to look for one again, or
 * UINT64_MAX. */
uint64_t session_listen(struct receiver *self, uint64_t now_ns);

/* Something answered WIRE_E_LOST: looks at the session at once. */
void session_lost(struct receiver *self, uint64_t now_ns);

/* A new guest: forgets all about the one before. */
void intake_begin(struct receiver *self, uint64_t now_ns);

/* The guest is gone, or nobody looks: gives back what is not in others' hands. */
void intake_end(struct receiver *self);

/* The newest picture shall come again, complete. */
void intake_refresh(struct receiver *self);

/* Looks at both queues; returns when to look again. */
uint64_t intake_look(struct receiver *self, uint64_t now_ns);

#endif
