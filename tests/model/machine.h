/* machine.h - processes on one memory, one access a step, with stores that come late.
 *
 * Memory: words of a byte. Each thread has a store buffer. A plain store may become visible at any
 * later time and may be overtaken by later stores to other words (weaker than x86-64, where
 * a thread's stores stay in order: that is how a missing release shows, and what write-combined
 * memory does). A release store waits for all earlier ones. machine_fence() and a compare-exchange
 * wait until the buffer is empty: locked operations and mfence. Loads happen in program order, as
 * x86-64 and acquire loads do, and see the thread's own stores.
 *
 * A step is a function run as a whole: at most one access of shared memory that matters. Whatever
 * it does to other words is bookkeeping of the model (ghosts), which no program could do.
 */
#ifndef TESTS_MODEL_MACHINE_H
#define TESTS_MODEL_MACHINE_H

#include "tests/model/checker.h"

enum {
	MACHINE_WORDS = 24,
	MACHINE_THREADS = 4,
	MACHINE_REGISTERS = 14,
	MACHINE_STORES = 4,
	MACHINE_CHOICES = 4,
};

struct machine_store {
	uint8_t word, value; /* enum machine_kind in the word's upper bits */
};

struct machine_thread {
	uint8_t pc, reg[MACHINE_REGISTERS];
	struct machine_buffer {
		uint8_t count;
		struct machine_store store[MACHINE_STORES];
	} buffer;
};

struct machine {
	uint8_t word[MACHINE_WORDS];
	struct machine_thread thread[MACHINE_THREADS];
};

struct machine_cpu;

struct machine_step {
	const char *name;
	void (*run)(struct machine_cpu *cpu, unsigned choice);
	unsigned choices; /* ways to take the step; 0 means 1 */
};

struct machine_program {
	const char *name;
	const struct machine_step *steps; /* by pc */
	unsigned registers, stores;       /* how many it uses */
};

struct machine_model {
	struct checker_model
		checker; /* first: the checker gives it back; machine_model_init() fills it */
	unsigned words, threads;
	const struct machine_program *programs[MACHINE_THREADS];
	const char *const *names; /* of the words */
	void (*begin)(const struct machine_model *self, struct machine *machine);
	const char *(*broken)(const struct machine_model *self, const struct machine *machine);
	bool (*waiting)(const struct machine_model *self, const struct machine *machine);
	const void *config;           /* the model's own */
	unsigned at[MACHINE_THREADS]; /* where a thread stands in a state's bytes */
};

/* What a running step has in hand. */
struct machine_cpu {
	const struct machine_model *model;
	struct machine *machine;
	struct machine_thread *self;
	bool blocked;
	struct checker_move *move;
};

/* Fills `checker` from the rest. Fair: the threads with a bit in `fair`, and every store buffer. */
void machine_model_init(struct machine_model *self, uint32_t fair);

/* ---- for steps ---- */

uint8_t machine_load(struct machine_cpu *cpu, unsigned word);
void machine_store(struct machine_cpu *cpu, unsigned word, uint8_t value);
void machine_store_release(struct machine_cpu *cpu, unsigned word, uint8_t value);

/* Later stores stay behind earlier ones: sfence. */
void machine_fence_stores(struct machine_cpu *cpu);

/* Not before all own stores are visible: mfence. False: the step has to wait, and must return. */
bool machine_fence(struct machine_cpu *cpu);

/* Locked compare-exchange; false where the word is not `from`, or the step has to wait. */
bool machine_swap(struct machine_cpu *cpu, unsigned word, uint8_t from, uint8_t to);

/* Not possible now: as if the step had not run. */
void machine_block(struct machine_cpu *cpu);
void machine_go(struct machine_cpu *cpu, uint8_t pc);
void machine_wrong(struct machine_cpu *cpu, const char *promise);

/* A process dies or a virtual machine is reset: what its stores hold becomes visible. */
void machine_drain(struct machine_thread *thread, uint8_t *words);

#endif
