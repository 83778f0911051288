/* lib/account.h - what happened, counted. Any thread may add and read; nothing is ordered by it.
 * Reference counted: the last frames outlive the receiver and may outlive one region of memory. */
#ifndef LIB_ACCOUNT_H
#define LIB_ACCOUNT_H

#include <stdatomic.h>
#include <stdint.h>

#include "oriel/oriel.h"

enum account_what {
	ACCOUNT_FRAMES,
	ACCOUNT_DELIVERED,
	ACCOUNT_SKIPPED,
	ACCOUNT_REPEATS,
	ACCOUNT_REJECTED,
	ACCOUNT_RESUBSCRIBED,
	ACCOUNT_SESSIONS,
	ACCOUNT_LOOKS,
	ACCOUNT_WAKEUPS,
	ACCOUNT_RUNG,
	ACCOUNT_COUNT
};

#define ACCOUNT_LATENCIES 1000

/* The last ones. */
struct series {
	_Atomic uint64_t count; /* ever recorded */
	_Atomic uint64_t values[ACCOUNT_LATENCIES];
};

struct account {
	atomic_uint refs;
	_Atomic uint64_t counts[ACCOUNT_COUNT];
	struct series latency;              /* seen -> presented */
	struct series stages[ORIEL_STAGES]; /* of frames whose stamps are all known */
	_Atomic uint32_t wake;              /* enum oriel_wake, by now */

	/* Here, because frames outlive the object and its thread: */
	_Atomic uint32_t bell; /* futex word: the program wants something of the thread */
	int bell_fd;           /* the same as an eventfd, for who sleeps on another one; or -1 */
	/* The thread sleeps on this word instead, which the guest rings, too; or NULL. */
	_Atomic(_Atomic uint32_t *) lent;
	atomic_uint ringing; /* threads that may be using it just now */
	atomic_bool awaited; /* the thread would take a frame, if one of ours came back */
};

/* Rings the bell. Any thread; never blocks. */
void account_ring(struct account *self);

/* From now on the bell rings that word, too; waits for who is ringing the one before, which may be
 * unmapped then. The thread that sleeps. */
void account_lend(struct account *self, _Atomic uint32_t *word);

/* Gives the bell its eventfd; before anybody else knows of the account. 0 or a negative errno. */
int account_open_bell(struct account *self);

static inline void account_add(struct account *self, enum account_what what)
{
	atomic_fetch_add_explicit(&self->counts[what], 1, memory_order_relaxed);
}

void account_latency(struct account *self, uint64_t ns);
void account_stages(struct account *self, const struct oriel_stamps *stamps);

/* The receiver found no room for a frame: when one comes back, the bell shall ring. LOOK ONCE MORE
 * then: what came back before is visible now. */
void account_await(struct account *self);

/* A frame, or its hold, came back. Any thread. */
void account_returned(struct account *self);

/* As the public structure wants it; sorts up to a thousand numbers. */
void account_report(const struct account *self, struct oriel_stats *out);

/* One reference is the caller's; NULL without memory. */
struct account *account_create(void);
struct account *account_ref(struct account *self);
void account_unref(struct account *self); /* NULL is fine */

#endif
