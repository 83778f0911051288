/* holds_impl.h - words and registers of the hold model. Private to its files. */
#ifndef TESTS_MODEL_HOLDS_IMPL_H
#define TESTS_MODEL_HOLDS_IMPL_H

#include "tests/model/holds.h"

/* A serial is session * 8 + count: session << 32 | count in the real thing. A hold is claim id * 16
 * + slot mask; its count of takes, which is compared with the producer's memory only, is COUNTED.
 * GONE, WAITED and TAKEN are for the model's judgement and one mutant. */
enum {
	NEWEST,
	ENTRY, /* 2: the history, by count mod 2: the frame's slot */
	SERIAL = ENTRY + 2,
	PIXELS = SERIAL + HOLDS_SLOTS, /* which frame's pixels the slot holds, as far as stored */
	HOLD = PIXELS + HOLDS_SLOTS,
	CLAIMED = HOLD + HOLDS_CONSUMERS, /* blocks that may be, a bit each */
	COUNTED, /* by block: has the hold's count of takes moved since the producer remembered? */
	GONE,    /* by consumer: what was taken from it */
	WAITED = GONE + HOLDS_CONSUMERS, /* slots taken away since a consumer changed its hold */
	WORDS,
	TAKEN = WORDS, /* by slot: the serial last taken away */
	WORDS_WITH_TAKEN = TAKEN + HOLDS_SLOTS,
};

enum { PRODUCER, WORLD, CONSUMER }; /* threads */

/* CLAIMS: `claimed` as read. WORD, BITS: by block, the hold from which slots were taken, and those
 * slots. */
enum {
	SLOT,
	OLD,
	COUNT,
	LATEST,
	BLOCK,
	TRIED,
	STARVED,
	SESSION,
	CLAIMS,
	WORD,
	BITS = WORD + HOLDS_CONSUMERS,
	PRODUCER_REGISTERS = BITS + HOLDS_CONSUMERS
};
enum { STARVED_NOT, STARVED_NOW, STARVED_LONG };

enum producer_pc {
	P_REST,
	P_HIDE,
	P_CLAIMED,
	P_LOOK,
	P_BACK,
	P_TAKE,
	P_TAKEN,
	P_REMEMBER,
	P_ENTRY,
	P_SERIAL,
	P_NEWEST,
	P_PIXELS,
	P_DOWN,
	P_FORGET,
	P_UNCLAIM,
	P_FREE,
};

/* MINE: its block + 1; HELD: what it last wrote to the hold; N, S: the frame in hand; SHOWN_N,
 * SHOWN_S: the frame on screen; SEEN: the newest it accepted; GOT: the pixels it read. */
enum { MINE, HELD, N, S, SHOWN_N, SHOWN_S, SEEN, GOT, LIVES, CONSUMER_REGISTERS };

enum consumer_pc {
	C_OUT,
	C_CLAIMING,
	C_MARK,
	C_MARKING,
	C_REST,
	C_ENTRY,
	C_SET,
	C_CHECK,
	C_CLEAR,
	C_USE,
	C_STILL,
	C_NEXT,
	C_LETGO,
};

extern const struct machine_program holds_producer, holds_world, holds_consumers[HOLDS_CONSUMERS];

static inline const struct holds_config *holds_config(const struct machine_cpu *cpu)
{
	return cpu->model->config;
}

static inline bool holds_mutant(const struct machine_cpu *cpu, enum holds_mutant mutant)
{
	return holds_config(cpu)->mutant == mutant;
}

enum { GONE_BLOCK = 0x10 }; /* or bits of slots */

/* Bookkeeping: whoever owned the block owns it no more. */
void holds_lose(struct machine *machine, const struct holds_config *config, unsigned block);

#endif
