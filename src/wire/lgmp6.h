/* wire/lgmp6.h - the bytes of LGMP 6: header, queues, messages, mailbox. Private to this room.
 *
 * Layout: spec sections 1.2 to 1.4, natural x86-64 alignment, little endian. Every word has
 * strangers on its other side: each is atomic and read once. Accesses are seq_cst unless a comment
 * says otherwise: so are the peers', and the locked store that this becomes leaves a write-combined
 * mapping at once.
 */
#ifndef WIRE_LGMP6_H
#define WIRE_LGMP6_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LGMP6_MAGIC        0x504D474Cu /* "LGMP" */
#define LGMP6_VERSION      6u
#define LGMP6_QUEUES       5u
#define LGMP6_SUBSCRIBERS  32u
#define LGMP6_MAIL_SLOTS   10u
#define LGMP6_MAIL_BYTES   64u
#define LGMP6_UDATA        5756u /* starts inside the header's tail padding */
#define LGMP6_MAX_TIME_MS  1000u /* a message at the head waits this long for a subscriber */
#define LGMP6_HEARTBEAT_MS 1000u /* and a subscriber this long for the timestamp to move */
#define LGMP6_RING_MAX     4096u /* entries; our own bound on a foreign ring */

struct lgmp6_mail {
	_Atomic uint32_t size;
	_Atomic uint32_t data[LGMP6_MAIL_BYTES / 4];
};

struct lgmp6_message {
	_Atomic uint32_t udata;
	_Atomic uint32_t size; /* bytes allocated at `offset`, not bytes used */
	_Atomic uint32_t offset;
	_Atomic uint32_t pending; /* bit per subscriber that has not finished with it */
};

struct lgmp6_queue {
	_Atomic uint32_t id;
	_Atomic uint32_t length; /* ring entries: one more than the messages it can hold */
	_Atomic uint32_t newcomers;
	_Atomic uint32_t max_time;
	_Atomic uint32_t position; /* the producer writes here next */
	_Atomic uint32_t ring;     /* offset of struct lgmp6_message[length] */
	_Atomic uint64_t timeout[LGMP6_SUBSCRIBERS];
	_Atomic uint32_t client[LGMP6_SUBSCRIBERS];
	_Atomic uint32_t lock; /* guards subs, start, timeout, client, and posting */
	uint32_t pad0;
	_Atomic uint64_t subs;  /* ON bits << 32 | BAD bits */
	_Atomic uint32_t start; /* the oldest unfinished message */
	uint32_t pad1;
	_Atomic uint64_t head_deadline; /* producer's ms, for the message at `start` */
	_Atomic uint32_t count;         /* messages from start to position */
	_Atomic uint32_t mail_lock;
	_Atomic uint32_t mail_free; /* LGMP6_MAIL_SLOTS: the mailbox is empty */
	_Atomic uint32_t mail_next; /* slot that the next consumer writes */
	_Atomic uint32_t mail_written;
	_Atomic uint32_t mail_acked;
	struct lgmp6_mail mail[LGMP6_MAIL_SLOTS];
};

struct lgmp6_header {
	_Atomic uint32_t magic;
	_Atomic uint32_t version;
	_Atomic uint32_t session;
	uint32_t pad0;
	_Atomic uint64_t timestamp; /* ms of the producer's clock: the heartbeat */
	_Atomic uint32_t queue_count;
	uint32_t pad1;
	struct lgmp6_queue queues[LGMP6_QUEUES];
	_Atomic uint32_t udata_size;
	uint32_t udata_begin; /* first bytes of udata, read and written as bytes */
};

static_assert(sizeof(struct lgmp6_mail) == 68, "mail");
static_assert(offsetof(struct lgmp6_mail, data) == 4, "mail");

static_assert(sizeof(struct lgmp6_message) == 16, "message");
static_assert(offsetof(struct lgmp6_message, udata) == 0, "message");
static_assert(offsetof(struct lgmp6_message, size) == 4, "message");
static_assert(offsetof(struct lgmp6_message, offset) == 8, "message");
static_assert(offsetof(struct lgmp6_message, pending) == 12, "message");

static_assert(sizeof(struct lgmp6_queue) == 1144, "queue");
static_assert(offsetof(struct lgmp6_queue, id) == 0, "queue");
static_assert(offsetof(struct lgmp6_queue, length) == 4, "queue");
static_assert(offsetof(struct lgmp6_queue, newcomers) == 8, "queue");
static_assert(offsetof(struct lgmp6_queue, max_time) == 12, "queue");
static_assert(offsetof(struct lgmp6_queue, position) == 16, "queue");
static_assert(offsetof(struct lgmp6_queue, ring) == 20, "queue");
static_assert(offsetof(struct lgmp6_queue, timeout) == 24, "queue");
static_assert(offsetof(struct lgmp6_queue, client) == 280, "queue");
static_assert(offsetof(struct lgmp6_queue, lock) == 408, "queue");
static_assert(offsetof(struct lgmp6_queue, subs) == 416, "queue");
static_assert(offsetof(struct lgmp6_queue, start) == 424, "queue");
static_assert(offsetof(struct lgmp6_queue, head_deadline) == 432, "queue");
static_assert(offsetof(struct lgmp6_queue, count) == 440, "queue");
static_assert(offsetof(struct lgmp6_queue, mail_lock) == 444, "queue");
static_assert(offsetof(struct lgmp6_queue, mail_free) == 448, "queue");
static_assert(offsetof(struct lgmp6_queue, mail_next) == 452, "queue");
static_assert(offsetof(struct lgmp6_queue, mail_written) == 456, "queue");
static_assert(offsetof(struct lgmp6_queue, mail_acked) == 460, "queue");
static_assert(offsetof(struct lgmp6_queue, mail) == 464, "queue");

static_assert(sizeof(struct lgmp6_header) == 5760, "header");
static_assert(offsetof(struct lgmp6_header, magic) == 0, "header");
static_assert(offsetof(struct lgmp6_header, version) == 4, "header");
static_assert(offsetof(struct lgmp6_header, session) == 8, "header");
static_assert(offsetof(struct lgmp6_header, timestamp) == 16, "header");
static_assert(offsetof(struct lgmp6_header, queue_count) == 24, "header");
static_assert(offsetof(struct lgmp6_header, queues) == 32, "header");
static_assert(offsetof(struct lgmp6_header, udata_size) == 5752, "header");
static_assert(offsetof(struct lgmp6_header, udata_begin) == LGMP6_UDATA, "header");

/* The three bit sets of lgmp6_queue.subs. */
static inline uint32_t lgmp6_on(uint64_t subs)
{
	return (uint32_t)(subs >> 32);
}

static inline uint32_t lgmp6_bad(uint64_t subs)
{
	return (uint32_t)subs;
}

/* Who still answers. A subscriber that was killed stays ON and BAD until somebody needs its place.
 */
static inline uint32_t lgmp6_live(uint64_t subs)
{
	return lgmp6_on(subs) & ~lgmp6_bad(subs);
}

static inline uint64_t lgmp6_subs(uint32_t on, uint32_t bad)
{
	return (uint64_t)on << 32 | bad;
}

/* One word, 0 free, 1 held; nobody says by whom. False where it is held. */
bool lgmp6_trylock(_Atomic uint32_t *lock);

/* Spins for 1 ms, then naps until 20 ms are over: its holder died or was stopped. 0 or WIRE_E_LOST.
 * Between this and lgmp6_unlock() nothing may block or touch memory that is not the queue's. */
int lgmp6_lock(_Atomic uint32_t *lock);
void lgmp6_unlock(_Atomic uint32_t *lock);

/* Foreign bytes in, once; ours out. Word by word, so that a peer that rewrites them meanwhile makes
 * the copy wrong but never the program. `shared` is 4-aligned; order comes from the caller. */
void lgmp6_read(void *to, const void *shared, size_t bytes);
void lgmp6_write(void *shared, const void *from, size_t bytes);

/* A number that differs from those of other processes and earlier calls, and is never 0 or
 * `not_this`. Not for secrets. */
uint32_t lgmp6_random(const void *salt, uint32_t not_this);

#endif
