/* holds.h - the hold protocol as a model: one producer, up to two consumers, everything that may
 * happen to them. A stopped or killed consumer is one that takes no step, which the checker tries
 * everywhere anyway; the producer is killed and restarted by the world.
 */
#ifndef TESTS_MODEL_HOLDS_H
#define TESTS_MODEL_HOLDS_H

#include "tests/model/machine.h"

enum { HOLDS_SLOTS = 4, HOLDS_CONSUMERS = 2 };

/* What is left out or done wrong on purpose: the checker must notice. */
enum holds_mutant {
	HOLDS_CORRECT,
	HOLDS_UNFENCED_HIDE, /* producer: no fence between hiding a slot and looking at the holds */
	HOLDS_LOOK_FIRST,    /* producer: looks at the holds, then hides the slot */
	HOLDS_REFILL_NEWEST, /* producer: may choose the newest frame's slot */
	HOLDS_NEWEST_FIRST,  /* producer: announces a frame before its slot says so */
	HOLDS_NEWEST_RELAXED,  /* producer: plain stores where releases are due */
	HOLDS_UNFENCED_NEWEST, /* producer: no fence between announcing a frame and what follows */
	HOLDS_TAKE_UNFENCED,   /* producer: refills a slot taken away before that can be seen */
	HOLDS_NO_TAKE,         /* producer: never takes a slot away */
	HOLDS_KNOWN_CLAIMS,    /* producer: looks for new claims now and then only (draft) */
	HOLDS_SERIALS_RECUR,   /* producer: a new session counts from the same start */
	HOLDS_CLAIMED_FIRST, /* producer: looks at `claimed` before the last frame was announced */
	HOLDS_UNCLAIM_LAST,  /* producer: a restart clears `claimed` after freeing the blocks */
	HOLDS_UNCOUNTED,     /* producer: a hold with the same mask is the same, takes or not */
	HOLDS_TAKEN_STICKS,  /* producer: what was taken counts for nothing in later words, too */
	HOLDS_TAKEN_FORGOTTEN, /* producer: does not remember what it took from whom */
	HOLDS_UNCHECKED,    /* consumer: does not look at the slot's serial after setting its bit */
	HOLDS_CHECK_FIRST,  /* consumer: looks at the serial, then sets its bit */
	HOLDS_UNFENCED_BIT, /* consumer: a plain store sets the bit, with no fence behind it */
	HOLDS_BIT_LEFT,     /* consumer: leaves the bit set when the check failed */
	HOLDS_BLIND_USE,    /* consumer: does not look at the serial after reading the pixels */
	HOLDS_TAKEN_WORD,   /* consumer: looks at taken[] and its hold instead (draft) */
	HOLDS_SLOT_RELEASE, /* consumer: an older frame's release clears its slot's bit whatever it
			       serves */
	HOLDS_PLAIN_RELEASE, /* consumer: changes its hold by a plain store */
	HOLDS_PLAIN_CLAIM,   /* consumer: claims by load and store */
	HOLDS_SAME_ID,       /* consumers: claim ids are not unique */
	HOLDS_MARK_FIRST,    /* consumer: sets its bit in `claimed`, then claims */
	HOLDS_MARK_LATE,     /* consumer: sets its bit in `claimed` after its first take */
	HOLDS_MARK_PLAIN,    /* consumer: sets its bit in `claimed` by load and store */
};

struct holds_config {
	unsigned slots, consumers, blocks, publishes;
	unsigned claims;   /* how often a consumer may claim; 0: it owns its block from the start */
	unsigned restarts; /* of the producer */
	bool take;         /* the producer may take slots away, 20 ms after it found none */
	bool reap;         /* any block may be reaped at any time, also of a live consumer */
	bool idle;         /* ask: with idle consumers and a slot to spare, no waiting for ever */
	bool pending;      /* ask: whatever consumers do, what changed is published in the end */
	bool once;         /* ask: a holder that stands still is waited for once per slot */
	bool every_slot;   /* no short cut: slots that were never used count as different, too */
	enum holds_mutant mutant;
};

void holds_model(struct machine_model *model, const struct holds_config *config);

#endif
