/* holds_consumer.c - claim a block, take the newest frame, use it, let the older one go. */
#include "tests/model/holds_impl.h"

static uint8_t *reg(struct machine_cpu *cpu)
{
	return cpu->self->reg;
}

static unsigned me(struct machine_cpu *cpu)
{
	return (unsigned)(cpu->self - cpu->machine->thread) - CONSUMER;
}

static uint8_t bit(unsigned slot)
{
	return (uint8_t)(1u << slot);
}

static void nothing_in_hand(struct machine_cpu *cpu)
{
	reg(cpu)[N] = reg(cpu)[S] = reg(cpu)[GOT] = 0;
}

/* The block was taken away: all frames are lost, nothing more is written into it. */
static void lost(struct machine_cpu *cpu)
{
	nothing_in_hand(cpu);
	reg(cpu)[SHOWN_N] = reg(cpu)[SHOWN_S] = reg(cpu)[MINE] = reg(cpu)[HELD] = 0;
	cpu->machine->word[GONE + me(cpu)] = 0;
	machine_go(cpu, C_OUT);
}

/* Every change of the hold. False: blocked, or lost. */
static bool change(struct machine_cpu *cpu, uint8_t mask)
{
	uint8_t to = (reg(cpu)[HELD] & 0xF0) | mask, word = HOLD + reg(cpu)[MINE] - 1;
	if (holds_mutant(cpu, HOLDS_PLAIN_RELEASE)) {
		cpu->machine->word[word] = to;
	} else if (!machine_swap(cpu, word, reg(cpu)[HELD], to)) {
		if (!cpu->blocked)
			lost(cpu);
		return false;
	}
	reg(cpu)[HELD] = to;
	cpu->machine->word[WAITED] = 0;
	return true;
}

/* The count of takes moves with the mask, in one compare-exchange. It matters where the producer
 * remembers something of this block. */
static void count_take(struct machine_cpu *cpu)
{
	unsigned block = reg(cpu)[MINE] - 1u;
	if (cpu->machine->thread[PRODUCER].reg[BITS + block])
		cpu->machine->word[COUNTED] |= bit(block);
}

static void claimed(struct machine_cpu *cpu, unsigned block, uint8_t id)
{
	reg(cpu)[MINE] = (uint8_t)(block + 1);
	reg(cpu)[HELD] = (uint8_t)(id << 4);
	reg(cpu)[LIVES]++;
	cpu->machine->word[GONE + me(cpu)] = 0;
	bool marks = !holds_mutant(cpu, HOLDS_MARK_FIRST) && !holds_mutant(cpu, HOLDS_MARK_LATE);
	machine_go(cpu, marks ? C_MARK : C_REST);
}

/* From here on the producer looks at the block. */
static void mark(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!machine_fence(cpu))
		return;
	reg(cpu)[GOT] = machine_load(cpu, CLAIMED) | bit(reg(cpu)[MINE] - 1u);
	if (holds_mutant(cpu, HOLDS_MARK_PLAIN)) {
		machine_go(cpu, C_MARKING);
		return;
	}
	cpu->machine->word[CLAIMED] = reg(cpu)[GOT];
	reg(cpu)[GOT] = 0;
	machine_go(cpu, holds_mutant(cpu, HOLDS_MARK_FIRST)  ? C_CLAIMING
			: holds_mutant(cpu, HOLDS_MARK_LATE) ? C_USE
							     : C_REST);
}

static void marking(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	cpu->machine->word[CLAIMED] = reg(cpu)[GOT];
	reg(cpu)[GOT] = 0;
	machine_go(cpu, C_REST);
}

static uint8_t new_id(struct machine_cpu *cpu)
{
	unsigned id = 1 + me(cpu) + HOLDS_CONSUMERS * reg(cpu)[LIVES];
	return (uint8_t)(holds_mutant(cpu, HOLDS_SAME_ID) ? 1 : id);
}

static void claim(struct machine_cpu *cpu, unsigned block)
{
	if (block >= holds_config(cpu)->blocks || reg(cpu)[LIVES] >= holds_config(cpu)->claims)
		machine_block(cpu);
	else if (holds_mutant(cpu, HOLDS_PLAIN_CLAIM) && !machine_load(cpu, HOLD + block)) {
		reg(cpu)[MINE] = (uint8_t)(block + 1);
		machine_go(cpu, C_CLAIMING);
	} else if (holds_mutant(cpu, HOLDS_MARK_FIRST)) {
		reg(cpu)[MINE] = (uint8_t)(block + 1);
		machine_go(cpu, C_MARK);
	} else if (machine_swap(cpu, HOLD + block, 0, (uint8_t)(new_id(cpu) << 4)))
		claimed(cpu, block, new_id(cpu));
	else
		machine_block(cpu);
}

static void claiming(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned block = reg(cpu)[MINE] - 1u;
	uint8_t hold = (uint8_t)(new_id(cpu) << 4);
	if (!holds_mutant(cpu, HOLDS_MARK_FIRST))
		cpu->machine->word[HOLD + block] = hold;
	else if (!machine_swap(cpu, HOLD + block, 0, hold))
		machine_block(cpu);
	claimed(cpu, block, new_id(cpu));
}

static void look_for_newer(struct machine_cpu *cpu)
{
	reg(cpu)[N] = machine_load(cpu, NEWEST);
	if (!reg(cpu)[N] || reg(cpu)[N] == reg(cpu)[SEEN])
		machine_block(cpu);
	machine_go(cpu, C_ENTRY);
}

static void use_again(struct machine_cpu *cpu)
{
	if (!reg(cpu)[SHOWN_N])
		machine_block(cpu);
	reg(cpu)[N] = reg(cpu)[SHOWN_N];
	reg(cpu)[S] = reg(cpu)[SHOWN_S];
	reg(cpu)[GOT] = machine_load(cpu, PIXELS + reg(cpu)[S]);
	machine_go(cpu, C_STILL);
}

/* A newer frame, a repaint of the one on screen, or nobody looks any more. */
static void rest(struct machine_cpu *cpu, unsigned choice)
{
	if (choice == 0)
		look_for_newer(cpu);
	else if (choice == 1)
		use_again(cpu);
	else if (reg(cpu)[SHOWN_N])
		machine_go(cpu, C_LETGO);
	else
		machine_block(cpu);
}

static void entry(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[S] = machine_load(cpu, ENTRY + reg(cpu)[N] % 2);
	machine_go(cpu, holds_mutant(cpu, HOLDS_CHECK_FIRST) ? C_CHECK : C_SET);
}

static void after_set(struct machine_cpu *cpu)
{
	machine_go(cpu, holds_mutant(cpu, HOLDS_CHECK_FIRST) || holds_mutant(cpu, HOLDS_UNCHECKED)
				? C_USE
				: C_CHECK);
}

static void set(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	uint8_t mask = (reg(cpu)[HELD] | bit(reg(cpu)[S])) & 0xF;
	if (holds_mutant(cpu, HOLDS_UNFENCED_BIT)) {
		reg(cpu)[HELD] = (reg(cpu)[HELD] & 0xF0) | mask;
		machine_store(cpu, HOLD + reg(cpu)[MINE] - 1, reg(cpu)[HELD]);
		after_set(cpu);
	} else if (change(cpu, mask)) {
		count_take(cpu);
		after_set(cpu);
	}
}

static bool already_had(struct machine_cpu *cpu)
{
	return reg(cpu)[SHOWN_N] && reg(cpu)[SHOWN_S] == reg(cpu)[S];
}

/* What we held in that slot before must have been taken away: it is forgotten, its bit serves on.
 */
static void accept(struct machine_cpu *cpu)
{
	if (already_had(cpu) && reg(cpu)[SHOWN_N] != reg(cpu)[N]) {
		reg(cpu)[SHOWN_N] = reg(cpu)[SHOWN_S] = 0;
		if (holds_mutant(cpu, HOLDS_SLOT_RELEASE) &&
		    !change(cpu, reg(cpu)[HELD] & 0xF & ~bit(reg(cpu)[S])))
			return;
	}
	cpu->machine->word[GONE + me(cpu)] &= (uint8_t)~bit(reg(cpu)[S]);
	if (reg(cpu)[N] < reg(cpu)[SEEN])
		machine_wrong(cpu, "a consumer went back to an older frame");
	reg(cpu)[SEEN] = reg(cpu)[N];
	machine_go(cpu, holds_mutant(cpu, HOLDS_MARK_LATE) ? C_MARK : C_USE);
}

/* With the bit set, does the slot still carry the frame? Then it stays. */
static void check(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (machine_load(cpu, SERIAL + reg(cpu)[S]) != reg(cpu)[N]) {
		if (cpu->machine->word[NEWEST] == reg(cpu)[N])
			machine_wrong(cpu, "the newest frame could not be taken");
		machine_go(cpu, C_CLEAR);
	} else if (holds_mutant(cpu, HOLDS_CHECK_FIRST)) {
		machine_go(cpu, C_SET);
	} else {
		accept(cpu);
	}
}

/* Back to the mask as it was: the slot may be one that we hold an older frame in. */
static void clear(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	uint8_t mask = reg(cpu)[HELD] & 0xF;
	if (!already_had(cpu) && !holds_mutant(cpu, HOLDS_BIT_LEFT))
		mask &= (uint8_t)~bit(reg(cpu)[S]);
	if (change(cpu, mask)) {
		nothing_in_hand(cpu);
		machine_go(cpu, C_REST);
	}
}

static void use(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (holds_mutant(cpu, HOLDS_CHECK_FIRST) || holds_mutant(cpu, HOLDS_UNCHECKED))
		reg(cpu)[SEEN] = reg(cpu)[N];
	reg(cpu)[GOT] = machine_load(cpu, PIXELS + reg(cpu)[S]);
	machine_go(cpu, C_STILL);
}

/* Was the slot ours all the time that we read it? */
static bool intact(struct machine_cpu *cpu)
{
	if (holds_mutant(cpu, HOLDS_BLIND_USE))
		return true;
	if (holds_mutant(cpu, HOLDS_TAKEN_WORD))
		return machine_load(cpu, TAKEN + reg(cpu)[S]) != reg(cpu)[N] &&
		       cpu->machine->word[HOLD + reg(cpu)[MINE] - 1] == reg(cpu)[HELD];
	return machine_load(cpu, SERIAL + reg(cpu)[S]) == reg(cpu)[N];
}

static void on_screen(struct machine_cpu *cpu)
{
	reg(cpu)[SHOWN_N] = reg(cpu)[N];
	reg(cpu)[SHOWN_S] = reg(cpu)[S];
	nothing_in_hand(cpu);
	machine_go(cpu, C_REST);
}

static void still(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (intact(cpu) && reg(cpu)[GOT] > reg(cpu)[N])
		machine_wrong(cpu, "pixels of a later frame were shown as this one");
	if (reg(cpu)[SHOWN_N] && !already_had(cpu))
		machine_go(cpu, C_NEXT);
	else
		on_screen(cpu);
	reg(cpu)[GOT] = 0;
}

static void let_older_go(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (change(cpu, reg(cpu)[HELD] & 0xF & ~bit(reg(cpu)[SHOWN_S])))
		on_screen(cpu);
}

static void let_go(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!change(cpu, 0))
		return;
	reg(cpu)[SHOWN_N] = reg(cpu)[SHOWN_S] = 0;
	machine_go(cpu, C_REST);
}

static const struct machine_step consumer_steps[] = {
	[C_OUT] = { "claim", claim, HOLDS_CONSUMERS },
	[C_CLAIMING] = { "claim", claiming },
	[C_MARK] = { "mark", mark },
	[C_MARKING] = { "mark", marking },
	[C_REST] = { "look", rest, 3 },
	[C_ENTRY] = { "entry", entry },
	[C_SET] = { "set bit", set },
	[C_CHECK] = { "check", check },
	[C_CLEAR] = { "clear bit", clear },
	[C_USE] = { "read", use },
	[C_STILL] = { "still mine?", still },
	[C_NEXT] = { "older goes", let_older_go },
	[C_LETGO] = { "let go", let_go },
};

const struct machine_program holds_consumers[HOLDS_CONSUMERS] = {
	{ "consumer A", consumer_steps, CONSUMER_REGISTERS, 1 },
	{ "consumer B", consumer_steps, CONSUMER_REGISTERS, 1 },
};
