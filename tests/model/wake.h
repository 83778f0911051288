/* wake.h - bells as a model: one producer, one block, one or two consumers who may own it.
 *
 * Nothing in it relies on a timeout, unless the config says so: a wake-up that only a timeout saves
 * counts as lost.
 */
#ifndef TESTS_MODEL_WAKE_H
#define TESTS_MODEL_WAKE_H

#include "tests/model/machine.h"

enum { WAKE_CONSUMERS = 2 };

enum wake_mutant {
	WAKE_CORRECT,
	WAKE_UNFENCED_PUBLISH, /* producer: no fence between the frame and looking at `armed` */
	WAKE_RUNG_FIRST,       /* producer: looks at `armed`, then announces the frame */
	WAKE_FORGETFUL,        /* producer: rings for what it has rung for already */
	WAKE_ONE,              /* producer: FUTEX_WAKE of one sleeper, not of all */
	WAKE_RING_BEFORE,      /* producer: a restart rings before it frees the blocks (draft) */
	WAKE_INATTENTIVE,      /* producer: rings whatever `attention` says */
	WAKE_UNFENCED_ARM,     /* consumer: no fence between arming and looking once more */
	WAKE_NO_SECOND_LOOK,   /* consumer: sleeps without looking once more */
	WAKE_BELL_LATE,        /* consumer: reads the bell after arming */
	WAKE_GIVES_UP,         /* consumer: a frame it failed to take counts as seen */
	WAKE_PLAIN_WORDS,      /* consumer: `armed` and `doorbell` by plain stores (draft) */
	WAKE_PLAIN_ATTENTION,  /* consumer: only `attention` by a plain store */
	WAKE_ATTENTION_LATE,   /* consumer: wants frames again after it looked once more */
	WAKE_OTHER_EVENT,      /* consumer: asks to be rung for another event than it waits for */
	WAKE_OWNER_UNCHECKED,  /* consumer: does not look at its hold again after arming */
};

struct wake_config {
	bool doorbell; /* an eventfd across the VM's border, else a futex */
	unsigned consumers, publishes;
	unsigned claims;   /* how often a consumer may claim the block */
	unsigned restarts; /* of the producer */
	bool reap;         /* at any time; a sleeper who lost its block wakes by its timeout then */
	bool filled;       /* they wait for the pixels, not for the announcement */
	bool fickle;       /* they stop wanting frames, and want them again */
	unsigned awaited;  /* the consumer that must see the newest frame in the end */
	enum wake_mutant mutant;
};

void wake_model(struct machine_model *model, const struct wake_config *config);

#endif
