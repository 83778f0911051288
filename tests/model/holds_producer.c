/* holds_producer.c - choose a slot, refill it, announce it; take away, reap, restart. */
#include "tests/model/holds_impl.h"

static uint8_t *reg(struct machine_cpu *cpu)
{
	return cpu->self->reg;
}

static uint8_t serial(struct machine_cpu *cpu)
{
	unsigned session = holds_mutant(cpu, HOLDS_SERIALS_RECUR) ? 0 : reg(cpu)[SESSION];
	return (uint8_t)(session * 8 + reg(cpu)[COUNT]);
}

/* Slots that were never used are all alike, but for the order of trying: the first of them does. */
static bool like_an_earlier_one(struct machine_cpu *cpu, unsigned slot)
{
	const uint8_t *pixels = cpu->machine->word + PIXELS;
	return !holds_config(cpu)->every_slot && slot > 0 && !pixels[slot] && !pixels[slot - 1] &&
	       slot - 1 != reg(cpu)[LATEST];
}

static bool may_choose(struct machine_cpu *cpu, unsigned slot)
{
	return slot < holds_config(cpu)->slots &&
	       (slot != reg(cpu)[LATEST] || holds_mutant(cpu, HOLDS_REFILL_NEWEST));
}

static void look_for_claims(struct machine_cpu *cpu)
{
	reg(cpu)[CLAIMS] = machine_load(cpu, CLAIMED);
}

/* What some mutants look at too early: with the first frame, or before each is announced. */
static void look_for_claims_early(struct machine_cpu *cpu)
{
	if (holds_mutant(cpu, HOLDS_CLAIMED_FIRST) ||
	    (holds_mutant(cpu, HOLDS_KNOWN_CLAIMS) && reg(cpu)[COUNT] == 1))
		look_for_claims(cpu);
}

static bool looks_early(struct machine_cpu *cpu)
{
	return holds_mutant(cpu, HOLDS_CLAIMED_FIRST) || holds_mutant(cpu, HOLDS_KNOWN_CLAIMS);
}

static void forget_claims(struct machine_cpu *cpu)
{
	if (!looks_early(cpu))
		reg(cpu)[CLAIMS] = 0;
}

/* Something changed. Any slot may be tried first; the others follow in turn. */
static void rest(struct machine_cpu *cpu, unsigned choice)
{
	if (reg(cpu)[COUNT] >= holds_config(cpu)->publishes || !may_choose(cpu, choice) ||
	    like_an_earlier_one(cpu, choice)) {
		machine_block(cpu);
		return;
	}
	reg(cpu)[COUNT]++;
	reg(cpu)[SLOT] = (uint8_t)choice;
	reg(cpu)[OLD] = machine_load(cpu, SERIAL + choice);
	if (!holds_mutant(cpu, HOLDS_LOOK_FIRST))
		machine_store(cpu, SERIAL + choice, 0);
	machine_go(cpu, P_CLAIMED);
}

/* The next slot after one that was held. */
static void hide(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned slot = reg(cpu)[SLOT];
	reg(cpu)[OLD] = machine_load(cpu, SERIAL + slot);
	machine_store(cpu, SERIAL + slot, 0);
	machine_go(cpu, holds_mutant(cpu, HOLDS_LOOK_FIRST) ? P_ENTRY : P_CLAIMED);
}

/* Which holds to look at: read behind the fence, as they are. */
static void claimed(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!holds_mutant(cpu, HOLDS_UNFENCED_HIDE) && !machine_fence(cpu))
		return;
	if (!looks_early(cpu))
		look_for_claims(cpu);
	machine_go(cpu, P_LOOK);
}

/* Is the hold still the word from which slots were taken? */
static bool remembered(struct machine_cpu *cpu, unsigned block, uint8_t hold)
{
	bool moved = cpu->machine->word[COUNTED] >> block & 1;
	if (holds_mutant(cpu, HOLDS_TAKEN_STICKS))
		return true;
	return reg(cpu)[WORD + block] == hold && (!moved || holds_mutant(cpu, HOLDS_UNCOUNTED));
}

/* A word that has changed never comes back: what is remembered of it may be forgotten. */
static bool names(struct machine_cpu *cpu, unsigned block, uint8_t hold)
{
	uint8_t bits = __builtin_popcount(hold & 0xF) <= 2 ? hold & 0xF : 0;
	if (remembered(cpu, block, hold)) {
		bits &= (uint8_t)~reg(cpu)[BITS + block];
	} else {
		reg(cpu)[WORD + block] = reg(cpu)[BITS + block] = 0;
		cpu->machine->word[COUNTED] &= (uint8_t) ~(1u << block);
	}
	return bits >> reg(cpu)[SLOT] & 1;
}

static void found_free(struct machine_cpu *cpu)
{
	reg(cpu)[BLOCK] = reg(cpu)[TRIED] = reg(cpu)[STARVED] = reg(cpu)[OLD] = 0;
	forget_claims(cpu);
	machine_go(cpu, holds_mutant(cpu, HOLDS_LOOK_FIRST) ? P_HIDE : P_ENTRY);
}

/* One block a step. */
static void look(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned block = reg(cpu)[BLOCK];
	if (!holds_mutant(cpu, HOLDS_UNFENCED_HIDE) && !machine_fence(cpu))
		return;
	if ((reg(cpu)[CLAIMS] >> block & 1) && names(cpu, block, machine_load(cpu, HOLD + block))) {
		reg(cpu)[BLOCK] = 0;
		forget_claims(cpu);
		machine_go(cpu, P_BACK);
	} else if (block + 1 < holds_config(cpu)->blocks) {
		reg(cpu)[BLOCK]++;
	} else {
		found_free(cpu);
	}
}

static void try_next(struct machine_cpu *cpu)
{
	unsigned slot = reg(cpu)[SLOT];
	do
		slot = (slot + 1) % holds_config(cpu)->slots;
	while (!may_choose(cpu, slot));
	reg(cpu)[SLOT] = (uint8_t)slot;
	reg(cpu)[OLD] = 0;
	machine_go(cpu, P_HIDE);
}

static unsigned choosable(struct machine_cpu *cpu)
{
	return holds_config(cpu)->slots - (reg(cpu)[LATEST] < HOLDS_SLOTS);
}

/* Held: the slot's serial is put back. After a round of all slots: starved. */
static void put_back(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, SERIAL + reg(cpu)[SLOT], reg(cpu)[OLD]);
	if (++reg(cpu)[TRIED] < choosable(cpu)) {
		try_next(cpu);
		return;
	}
	reg(cpu)[TRIED] = 0;
	if (reg(cpu)[STARVED] == STARVED_LONG) {
		machine_go(cpu, P_TAKE);
	} else {
		reg(cpu)[STARVED] = STARVED_NOW;
		try_next(cpu);
	}
}

static void wait_once(struct machine_cpu *cpu, unsigned slot)
{
	if (cpu->machine->word[WAITED] >> slot & 1)
		machine_wrong(cpu, "a stopped holder is waited for again");
	cpu->machine->word[WAITED] |= (uint8_t)(1u << slot);
}

/* Any held slot; the real one takes the oldest. */
static void take(struct machine_cpu *cpu, unsigned choice)
{
	if (!may_choose(cpu, choice)) {
		machine_block(cpu);
		return;
	}
	if (holds_config(cpu)->once)
		wait_once(cpu, choice);
	reg(cpu)[SLOT] = (uint8_t)choice;
	reg(cpu)[OLD] = reg(cpu)[STARVED] = 0;
	if (holds_mutant(cpu, HOLDS_TAKEN_WORD))
		cpu->machine->word[TAKEN + choice] = machine_load(cpu, SERIAL + choice);
	machine_store(cpu, SERIAL + choice, 0);
	machine_go(cpu, P_TAKEN);
}

/* What holders look at shows it, before a pixel changes. */
static void taken(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!holds_mutant(cpu, HOLDS_TAKE_UNFENCED) && !machine_fence(cpu))
		return;
	for (unsigned i = 0; i < holds_config(cpu)->consumers; i++)
		cpu->machine->word[GONE + i] |= (uint8_t)(1u << reg(cpu)[SLOT]);
	look_for_claims(cpu);
	machine_go(cpu, holds_mutant(cpu, HOLDS_TAKEN_FORGOTTEN) ? P_ENTRY : P_REMEMBER);
}

static void remember_word(struct machine_cpu *cpu, unsigned block, uint8_t hold)
{
	uint8_t bits = remembered(cpu, block, hold) ? reg(cpu)[BITS + block] : 0;
	/* Bits that are not set in the hold count for nothing anyway: fewer states without. */
	bits = (uint8_t)(bits | 1u << reg(cpu)[SLOT]) & hold & 0xF;
	reg(cpu)[BITS + block] = bits;
	reg(cpu)[WORD + block] = bits ? hold : 0;
	cpu->machine->word[COUNTED] &= (uint8_t) ~(1u << block);
}

/* As long as the word stays, its bit for the slot counts for nothing. A block a step. */
static void remember(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned block = reg(cpu)[BLOCK];
	if (reg(cpu)[CLAIMS] >> block & 1)
		remember_word(cpu, block, machine_load(cpu, HOLD + block));
	if (++reg(cpu)[BLOCK] < holds_config(cpu)->blocks)
		return;
	reg(cpu)[BLOCK] = 0;
	forget_claims(cpu);
	machine_go(cpu, P_ENTRY);
}

static void entry(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	look_for_claims_early(cpu);
	machine_store(cpu, ENTRY + serial(cpu) % 2, reg(cpu)[SLOT]);
	machine_go(cpu, holds_mutant(cpu, HOLDS_NEWEST_FIRST) ? P_NEWEST : P_SERIAL);
}

static void publish(struct machine_cpu *cpu, unsigned word)
{
	if (holds_mutant(cpu, HOLDS_NEWEST_RELAXED))
		machine_store(cpu, word, serial(cpu));
	else
		machine_store_release(cpu, word, serial(cpu));
}

static void show_serial(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	publish(cpu, SERIAL + reg(cpu)[SLOT]);
	machine_go(cpu, holds_mutant(cpu, HOLDS_NEWEST_FIRST) ? P_PIXELS : P_NEWEST);
}

static void show_newest(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	publish(cpu, NEWEST);
	machine_go(cpu, holds_mutant(cpu, HOLDS_NEWEST_FIRST) ? P_SERIAL : P_PIXELS);
}

/* The copy, after the frame was announced: all can see it, so nobody is sent to an older slot. */
static void pixels(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!holds_mutant(cpu, HOLDS_UNFENCED_NEWEST) && !machine_fence(cpu))
		return;
	unsigned slot = reg(cpu)[SLOT];
	machine_store(cpu, PIXELS + slot, serial(cpu));
	reg(cpu)[LATEST] = (uint8_t)slot;
	reg(cpu)[SLOT] = 0;
	machine_go(cpu, P_REST);
}

/* ---- a new producer over an old area ---- */

static void down(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, NEWEST, 0);
	machine_go(cpu, P_FORGET);
}

static void forget(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store_release(cpu, SERIAL + reg(cpu)[BLOCK], 0);
	if (cpu->blocked || ++reg(cpu)[BLOCK] < holds_config(cpu)->slots)
		return;
	reg(cpu)[BLOCK] = 0;
	machine_go(cpu, holds_mutant(cpu, HOLDS_UNCLAIM_LAST) ? P_FREE : P_UNCLAIM);
}

/* Before the blocks are free: who claims one after that sets its bit after that. */
static void unclaim(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store_release(cpu, CLAIMED, 0);
	machine_go(cpu, holds_mutant(cpu, HOLDS_UNCLAIM_LAST) ? P_REST : P_FREE);
}

/* An atomic exchange, so that no consumer's compare-exchange gets between. */
static void free_block(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned block = reg(cpu)[BLOCK];
	uint8_t hold = cpu->machine->word[HOLD + block];
	if (machine_fence(cpu)) {
		holds_lose(cpu->machine, holds_config(cpu), block);
		machine_swap(cpu, HOLD + block, hold, 0);
	}
	if (cpu->blocked || ++reg(cpu)[BLOCK] < holds_config(cpu)->blocks)
		return;
	reg(cpu)[BLOCK] = 0;
	machine_go(cpu, holds_mutant(cpu, HOLDS_UNCLAIM_LAST) ? P_UNCLAIM : P_REST);
}

static const struct machine_step producer_steps[] = {
	[P_REST] = { "choose", rest, MACHINE_CHOICES },
	[P_HIDE] = { "hide", hide },
	[P_CLAIMED] = { "claimed?", claimed },
	[P_LOOK] = { "look", look },
	[P_BACK] = { "put back", put_back },
	[P_TAKE] = { "take away", take, MACHINE_CHOICES },
	[P_TAKEN] = { "taken", taken },
	[P_REMEMBER] = { "remember", remember },
	[P_ENTRY] = { "entry", entry },
	[P_SERIAL] = { "slot serial", show_serial },
	[P_NEWEST] = { "newest", show_newest },
	[P_PIXELS] = { "pixels", pixels },
	[P_DOWN] = { "restart", down },
	[P_FORGET] = { "forget", forget },
	[P_UNCLAIM] = { "unclaim", unclaim },
	[P_FREE] = { "free blocks", free_block },
};

const struct machine_program holds_producer = { "producer", producer_steps, PRODUCER_REGISTERS, 4 };

/* ---- the world: time passes, owners are presumed dead, the producer dies ---- */

static void starve(struct machine_cpu *cpu)
{
	struct machine_thread *producer = &cpu->machine->thread[PRODUCER];
	if (!holds_config(cpu)->take || holds_mutant(cpu, HOLDS_NO_TAKE) ||
	    producer->reg[STARVED] != STARVED_NOW)
		machine_block(cpu);
	producer->reg[STARVED] = STARVED_LONG;
}

static void reap(struct machine_cpu *cpu, unsigned block)
{
	uint8_t hold = cpu->machine->word[HOLD + block];
	if (!holds_config(cpu)->reap || block >= holds_config(cpu)->blocks || !hold) {
		machine_block(cpu);
		return;
	}
	holds_lose(cpu->machine, holds_config(cpu), block);
	machine_swap(cpu, HOLD + block, hold, 0);
}

static void restart(struct machine_cpu *cpu)
{
	struct machine_thread *producer = &cpu->machine->thread[PRODUCER];
	uint8_t session = producer->reg[SESSION];
	if (session >= holds_config(cpu)->restarts) {
		machine_block(cpu);
		return;
	}
	machine_drain(producer, cpu->machine->word);
	*producer = (struct machine_thread){ .pc = P_DOWN };
	producer->reg[SESSION] = session + 1;
	producer->reg[LATEST] = HOLDS_SLOTS;
}

static void world(struct machine_cpu *cpu, unsigned choice)
{
	if (choice == 0)
		starve(cpu);
	else if (choice == 1)
		restart(cpu);
	else
		reap(cpu, choice - 2);
}

static const struct machine_step world_steps[] = { { "happens", world, MACHINE_CHOICES } };

const struct machine_program holds_world = { "world", world_steps, 0, 0 };
