#include "tests/model/wake.h"

/* `armed`, `doorbell` and `attention` carry the claim's id (* 16) so that nobody acts on another
 * owner's. CREDIT
 * is the model's: armings that were not rung for yet. EVENT: the eventfds' counters. */
enum {
	NEWEST,
	FILLED,
	BELL,
	HOLD,
	ARMED,
	DOORBELL,
	ATTENTION,
	CREDIT,
	EVENT,
	WORDS = EVENT + WAKE_CONSUMERS
};

static const char *const names[] = {
	"newest",   "filled",    "bell",     "hold",     "armed",
	"doorbell", "attention", "(credit)", "event[A]", "event[B]",
};

enum { PRODUCER, WORLD, CONSUMER };
enum { CREDIT_MOST = 6 };
enum { ON_POSTED = 1, ON_FILLED = 2 }; /* events */

static uint8_t *reg(struct machine_cpu *cpu)
{
	return cpu->self->reg;
}

static const struct wake_config *config(const struct machine_cpu *cpu)
{
	return cpu->model->config;
}

static bool mutant(const struct machine_cpu *cpu, enum wake_mutant which)
{
	return config(cpu)->mutant == which;
}

/* ---- producer ---- */

enum producer_pc {
	P_REST,
	P_OWNER,
	P_ATTENTION,
	P_ARMED,
	P_BELL,
	P_WAKE,
	P_FILL,
	P_RUNG_FIRST,
	P_FIRST_BELL,
	P_FREE,
};

enum { COUNT, ID, RUNG, AFTER, SESSION, WHAT, PRODUCER_REGISTERS };

static void publish(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (reg(cpu)[COUNT] >= config(cpu)->publishes)
		machine_block(cpu);
	reg(cpu)[WHAT] = ON_POSTED;
	if (mutant(cpu, WAKE_RUNG_FIRST) && cpu->self->pc == P_REST) {
		machine_go(cpu, P_OWNER);
		return;
	}
	machine_store_release(cpu, NEWEST, ++reg(cpu)[COUNT]);
	machine_go(cpu, mutant(cpu, WAKE_RUNG_FIRST) ? P_REST : P_OWNER);
}

static void done_ringing(struct machine_cpu *cpu)
{
	bool unfilled = config(cpu)->filled && reg(cpu)[WHAT] == ON_POSTED;
	reg(cpu)[ID] = 0;
	machine_go(cpu, mutant(cpu, WAKE_RUNG_FIRST) ? P_RUNG_FIRST : unfilled ? P_FILL : P_REST);
	if (cpu->self->pc == P_REST)
		reg(cpu)[WHAT] = 0;
}

static void fill(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store_release(cpu, FILLED, reg(cpu)[COUNT]);
	reg(cpu)[WHAT] = ON_FILLED;
	machine_go(cpu, P_OWNER);
}

static void owner(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!mutant(cpu, WAKE_UNFENCED_PUBLISH) && !machine_fence(cpu))
		return;
	reg(cpu)[ID] = machine_load(cpu, HOLD);
	machine_go(cpu, P_ATTENTION);
	if (!reg(cpu)[ID])
		done_ringing(cpu);
}

/* Does the owner want to be woken for this? */
static void attention(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	uint8_t found = machine_load(cpu, ATTENTION);
	bool wanted = found >> 4 == reg(cpu)[ID] && (found & reg(cpu)[WHAT]);
	machine_go(cpu, P_ARMED);
	if (!wanted && !mutant(cpu, WAKE_INATTENTIVE))
		done_ringing(cpu);
}

/* Armed by the owner, and not rung for since? */
static void armed(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	uint8_t found = machine_load(cpu, ARMED);
	bool rung = found == reg(cpu)[RUNG] && !mutant(cpu, WAKE_FORGETFUL);
	if (found >> 4 != reg(cpu)[ID] || rung) {
		done_ringing(cpu);
		return;
	}
	reg(cpu)[RUNG] = found;
	if (cpu->machine->word[CREDIT]-- == 0)
		machine_wrong(cpu, "rung twice for one arming");
	reg(cpu)[AFTER] = P_REST;
	machine_go(cpu, P_BELL);
}

static void bell(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, BELL, machine_load(cpu, BELL) + 1);
	machine_go(cpu, P_WAKE);
}

enum consumer_pc {
	C_OUT,
	C_JOIN_LOOK,
	C_JOIN_OWN,
	C_JOIN_SET,
	C_LOOK,
	C_TAKE,
	C_BELL,
	C_ARM,
	C_OWN,
	C_AGAIN,
	C_WANT,
	C_SLEEP,
	C_ASLEEP,
	C_AWAKE,
};

static struct machine_thread *consumer(struct machine_cpu *cpu, unsigned which)
{
	return &cpu->machine->thread[CONSUMER + which];
}

/* FUTEX_WAKE: whoever sleeps on the bell, be it the owner or not. */
static void wake_sleepers(struct machine_cpu *cpu, unsigned first)
{
	bool one = mutant(cpu, WAKE_ONE);
	for (unsigned i = 0; i < config(cpu)->consumers; i++) {
		struct machine_thread *sleeper = consumer(cpu,
							  (first + i) % config(cpu)->consumers);
		if (sleeper->pc != C_ASLEEP)
			continue;
		sleeper->pc = C_AWAKE;
		if (one)
			break;
	}
}

/* The eventfd that the block's doorbell names; only its owner's own word counts. */
static void ring_doorbell(struct machine_cpu *cpu)
{
	uint8_t found = machine_load(cpu, DOORBELL);
	if (found >> 4 == reg(cpu)[ID] || reg(cpu)[AFTER] == P_FREE)
		cpu->machine->word[EVENT + (found & 1)] = 1;
}

static void ring(struct machine_cpu *cpu, unsigned choice)
{
	if (choice > 0 && !mutant(cpu, WAKE_ONE))
		machine_block(cpu);
	if (!machine_fence(cpu))
		return;
	if (config(cpu)->doorbell)
		ring_doorbell(cpu);
	else
		wake_sleepers(cpu, choice);
	if (reg(cpu)[AFTER] == P_FREE && mutant(cpu, WAKE_RING_BEFORE))
		machine_go(cpu, P_FREE);
	else
		done_ringing(cpu);
	reg(cpu)[AFTER] = P_REST;
}

/* A new producer: the block is freed, then rung, armed or not. */
static void free_block(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_swap(cpu, HOLD, cpu->machine->word[HOLD], 0);
	if (mutant(cpu, WAKE_RING_BEFORE)) {
		machine_go(cpu, P_REST);
		return;
	}
	reg(cpu)[AFTER] = P_FREE;
	machine_go(cpu, P_BELL);
}

static void ring_before(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[AFTER] = P_FREE;
	bell(cpu, 0);
}

static const struct machine_step producer_steps[] = {
	[P_REST] = { "publish", publish },
	[P_OWNER] = { "owner?", owner },
	[P_ATTENTION] = { "attention?", attention },
	[P_FILL] = { "filled", fill },
	[P_ARMED] = { "armed?", armed },
	[P_BELL] = { "bell", bell },
	[P_WAKE] = { "ring", ring, 2 },
	[P_RUNG_FIRST] = { "publish", publish },
	[P_FIRST_BELL] = { "bell", ring_before },
	[P_FREE] = { "free block", free_block },
};

/* ---- consumer ---- */

/* SEEN: the frame it took last; LOOKED: what it compares `newest` with, the same unless a mutant
 * mixes them up; MINE: its claim; BEFORE: what it found or last wrote in the word it changes; WORD:
 * which of the block's words it prepares; HEARD: the bell before arming; ARMS: its last `armed`;
 * SPURIOUS: wakes with nothing new, one after the other; IDLE: wants no frames; CHANGES: how often
 * it changed its mind; OWED: `attention` does not say so yet, in a mutant. */
enum {
	SEEN,
	LOOKED,
	N,
	MINE,
	BEFORE,
	WORD,
	HEARD,
	ARMS,
	SPURIOUS,
	LIVES,
	IDLE,
	CHANGES,
	OWED,
	CONSUMER_REGISTERS
};

enum { CHANGES_MOST = 2 };

static unsigned me(struct machine_cpu *cpu)
{
	return (unsigned)(cpu->self - cpu->machine->thread) - CONSUMER;
}

static void lost(struct machine_cpu *cpu)
{
	reg(cpu)[MINE] = reg(cpu)[BEFORE] = reg(cpu)[WORD] = reg(cpu)[HEARD] = reg(cpu)[N] = 0;
	reg(cpu)[ARMS] = reg(cpu)[IDLE] = reg(cpu)[OWED] = 0;
	machine_go(cpu, C_OUT);
}

static void claim(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	uint8_t id = (uint8_t)(1 + me(cpu) + WAKE_CONSUMERS * reg(cpu)[LIVES]);
	if (reg(cpu)[LIVES] >= config(cpu)->claims || !machine_swap(cpu, HOLD, 0, id)) {
		machine_block(cpu);
		return;
	}
	reg(cpu)[LIVES]++;
	reg(cpu)[MINE] = id;
	reg(cpu)[WORD] = ATTENTION;
	machine_go(cpu, C_JOIN_LOOK);
}

/* The words that the producer acts on: from what stands there while the block is ours to ours. */
static void join_look(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[BEFORE] = machine_load(cpu, reg(cpu)[WORD]);
	machine_go(cpu, C_JOIN_OWN);
}

static void join_own(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (machine_load(cpu, HOLD) != reg(cpu)[MINE])
		lost(cpu);
	else
		machine_go(cpu, C_JOIN_SET);
}

static bool change(struct machine_cpu *cpu, unsigned word, uint8_t from, uint8_t to)
{
	bool plain = mutant(cpu, WAKE_PLAIN_WORDS) ||
		     (mutant(cpu, WAKE_PLAIN_ATTENTION) && word == ATTENTION);
	if (!plain)
		return machine_swap(cpu, word, from, to);
	cpu->machine->word[word] = to;
	return true;
}

/* Which of the words it can look at tells it of what it waits for. */
static unsigned news(struct machine_cpu *cpu)
{
	return config(cpu)->filled ? FILLED : NEWEST;
}

static uint8_t wish(struct machine_cpu *cpu, bool idle)
{
	unsigned events = config(cpu)->filled ? ON_FILLED : ON_POSTED;
	if (mutant(cpu, WAKE_OTHER_EVENT))
		events ^= ON_FILLED | ON_POSTED;
	return (uint8_t)(reg(cpu)[MINE] << 4 | (idle ? 0 : events));
}

static unsigned next_word(struct machine_cpu *cpu, unsigned word)
{
	return word == ATTENTION && config(cpu)->doorbell ? DOORBELL : ARMED;
}

static void join_set(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned word = reg(cpu)[WORD];
	uint8_t mine = (uint8_t)(reg(cpu)[MINE] << 4 | (word == DOORBELL ? me(cpu) : 0));
	if (word == ATTENTION)
		mine = wish(cpu, false);
	if (!change(cpu, word, reg(cpu)[BEFORE], mine)) {
		machine_go(cpu, C_JOIN_LOOK);
	} else if (word != ARMED) {
		reg(cpu)[WORD] = (uint8_t)next_word(cpu, word);
		machine_go(cpu, C_JOIN_LOOK);
	} else {
		reg(cpu)[ARMS] = mine;
		reg(cpu)[WORD] = 0;
		cpu->machine->word[CREDIT] = 1;
		machine_go(cpu, C_LOOK);
	}
	reg(cpu)[BEFORE] = 0;
}

static void look(struct machine_cpu *cpu, unsigned choice)
{
	if (choice == 1) {
		if (!config(cpu)->fickle || reg(cpu)[CHANGES] >= CHANGES_MOST || reg(cpu)[IDLE])
			machine_block(cpu);
		machine_go(cpu, C_WANT);
		return;
	}
	reg(cpu)[N] = machine_load(cpu, news(cpu));
	machine_go(cpu, reg(cpu)[N] != reg(cpu)[LOOKED] && !reg(cpu)[IDLE] ? C_TAKE : C_BELL);
	if (mutant(cpu, WAKE_BELL_LATE) && cpu->self->pc == C_BELL)
		machine_go(cpu, C_ARM);
}

/* May fail where the frame is not the newest any more; then it is looked for again. */
static void take(struct machine_cpu *cpu, unsigned choice)
{
	uint8_t newest = machine_load(cpu, news(cpu));
	if (choice == 1 && newest == reg(cpu)[N])
		machine_block(cpu);
	if (choice == 0) {
		reg(cpu)[SEEN] = reg(cpu)[LOOKED] = reg(cpu)[N];
		reg(cpu)[SPURIOUS] = 0;
	} else if (mutant(cpu, WAKE_GIVES_UP)) {
		reg(cpu)[LOOKED] = newest;
	}
	machine_go(cpu, C_LOOK);
}

static void read_bell(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[HEARD] = machine_load(cpu, BELL);
	machine_go(cpu, mutant(cpu, WAKE_BELL_LATE) ? C_OWN : C_ARM);
}

static void arm(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	uint8_t next = (reg(cpu)[ARMS] & 0xF0) | ((reg(cpu)[ARMS] + 1) & 0xF);
	if (mutant(cpu, WAKE_UNFENCED_ARM)) {
		machine_store(cpu, ARMED, next);
	} else if (!change(cpu, ARMED, reg(cpu)[ARMS], next)) {
		lost(cpu);
		return;
	}
	if (cpu->machine->word[CREDIT] < CREDIT_MOST)
		cpu->machine->word[CREDIT]++;
	reg(cpu)[ARMS] = next;
	machine_go(cpu, mutant(cpu, WAKE_BELL_LATE) ? C_BELL : C_OWN);
}

static void own(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_go(cpu, mutant(cpu, WAKE_NO_SECOND_LOOK) ? C_SLEEP : C_AGAIN);
	if (machine_load(cpu, HOLD) != reg(cpu)[MINE] && !mutant(cpu, WAKE_OWNER_UNCHECKED))
		lost(cpu);
}

static void look_again(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[N] = machine_load(cpu, news(cpu));
	machine_go(cpu, reg(cpu)[N] != reg(cpu)[LOOKED] && !reg(cpu)[IDLE] ? C_TAKE
			: reg(cpu)[OWED]                                   ? C_WANT
									   : C_SLEEP);
}

/* Changes its mind about frames. Then it looks, unless a mutant did so before. */
static void want(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	bool late = reg(cpu)[OWED], idle = late || reg(cpu)[IDLE];
	if (!change(cpu, ATTENTION, wish(cpu, idle), wish(cpu, !idle))) {
		if (!cpu->blocked)
			lost(cpu);
		return;
	}
	reg(cpu)[IDLE] = !idle;
	reg(cpu)[CHANGES] += !late;
	reg(cpu)[OWED] = reg(cpu)[SPURIOUS] = 0;
	machine_go(cpu, late ? C_SLEEP : C_LOOK);
}

static bool heard(struct machine_cpu *cpu)
{
	uint8_t *event = &cpu->machine->word[EVENT + me(cpu)];
	bool rung = config(cpu)->doorbell ? *event != 0
					  : cpu->machine->word[BELL] != reg(cpu)[HEARD];
	if (config(cpu)->doorbell)
		*event = 0;
	return rung;
}

/* FUTEX_WAIT, or poll() of the eventfd and reading it: the kernel's look is atomic. */
static void sleep_now(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!machine_fence(cpu))
		return;
	machine_go(cpu, heard(cpu) ? C_AWAKE : C_ASLEEP);
	reg(cpu)[N] = 0;
}

/* The user looks again. */
static void wanted_again(struct machine_cpu *cpu)
{
	if (!reg(cpu)[IDLE])
		machine_block(cpu);
	reg(cpu)[HEARD] = 0;
	machine_go(cpu, C_WANT);
	if (mutant(cpu, WAKE_ATTENTION_LATE)) {
		reg(cpu)[IDLE] = 0;
		reg(cpu)[OWED] = 1;
		reg(cpu)[CHANGES]++;
		machine_go(cpu, C_LOOK);
	}
}

static void asleep(struct machine_cpu *cpu, unsigned choice)
{
	if (choice == 1) {
		wanted_again(cpu);
		return;
	}
	bool rung = config(cpu)->doorbell && heard(cpu);
	bool timeout = config(cpu)->reap && cpu->machine->word[HOLD] != reg(cpu)[MINE];
	if (!rung && !timeout)
		machine_block(cpu);
	machine_go(cpu, C_AWAKE);
}

static void awake(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[HEARD] = 0;
	if (machine_load(cpu, HOLD) != reg(cpu)[MINE]) {
		lost(cpu);
		return;
	}
	if ((cpu->machine->word[news(cpu)] == reg(cpu)[SEEN] || reg(cpu)[IDLE]) &&
	    ++reg(cpu)[SPURIOUS] > 2 + 2 * config(cpu)->restarts)
		machine_wrong(cpu, "woken for nothing again and again");
	machine_go(cpu, C_LOOK);
}

static const struct machine_step consumer_steps[] = {
	[C_OUT] = { "claim", claim },
	[C_JOIN_LOOK] = { "found", join_look },
	[C_JOIN_OWN] = { "still mine?", join_own },
	[C_JOIN_SET] = { "prepare", join_set },
	[C_LOOK] = { "look", look, 2 },
	[C_TAKE] = { "take", take, 2 },
	[C_BELL] = { "bell", read_bell },
	[C_ARM] = { "arm", arm },
	[C_OWN] = { "still mine?", own },
	[C_AGAIN] = { "look again", look_again },
	[C_WANT] = { "want", want },
	[C_SLEEP] = { "sleep", sleep_now },
	[C_ASLEEP] = { "asleep", asleep, 2 },
	[C_AWAKE] = { "awake", awake },
};

/* ---- the world ---- */

static void reap(struct machine_cpu *cpu)
{
	uint8_t hold = cpu->machine->word[HOLD];
	if (!config(cpu)->reap || !hold)
		machine_block(cpu);
	machine_swap(cpu, HOLD, hold, 0);
}

static void restart(struct machine_cpu *cpu)
{
	struct machine_thread *producer = &cpu->machine->thread[PRODUCER];
	uint8_t session = producer->reg[SESSION], count = producer->reg[COUNT];
	if (session >= config(cpu)->restarts)
		machine_block(cpu);
	machine_drain(producer, cpu->machine->word);
	*producer = (struct machine_thread){ .pc = P_FREE };
	if (mutant(cpu, WAKE_RING_BEFORE))
		producer->pc = P_FIRST_BELL;
	producer->reg[SESSION] = session + 1;
	producer->reg[COUNT] = count;
	cpu->machine->word[CREDIT] = CREDIT_MOST;
}

static void world(struct machine_cpu *cpu, unsigned choice)
{
	if (choice == 0)
		reap(cpu);
	else
		restart(cpu);
}

static const struct machine_step world_steps[] = { { "happens", world, 2 } };

static const struct machine_program producer_program = { "producer", producer_steps,
							 PRODUCER_REGISTERS, 2 };
static const struct machine_program world_program = { "world", world_steps, 0, 0 };
static const struct machine_program consumer_programs[] = {
	{ "consumer A", consumer_steps, CONSUMER_REGISTERS, 1 },
	{ "consumer B", consumer_steps, CONSUMER_REGISTERS, 1 },
};

static void begin(const struct machine_model *self, struct machine *machine)
{
	(void)self, (void)machine;
}

/* An owner (after a restart: whoever wants to be one) who has not seen the newest frame. */
static bool waiting(const struct machine_model *self, const struct machine *machine)
{
	const struct wake_config *config = self->config;
	const struct machine_thread *awaited = &machine->thread[CONSUMER + config->awaited];
	bool owner = awaited->reg[MINE] && machine->word[HOLD] == awaited->reg[MINE];
	bool able = awaited->reg[LIVES] < config->claims && config->consumers == 1;
	uint8_t news = machine->word[config->filled ? FILLED : NEWEST];
	return (owner || able) && !awaited->reg[IDLE] && news != awaited->reg[SEEN];
}

void wake_model(struct machine_model *model, const struct wake_config *config)
{
	*model = (struct machine_model){
		.words = WORDS,
		.threads = CONSUMER + config->consumers,
		.programs = { &producer_program, &world_program, &consumer_programs[0],
			      &consumer_programs[1] },
		.names = names,
		.begin = begin,
		.waiting = waiting,
		.config = config,
	};
	machine_model_init(model, 1u << PRODUCER | 1u << (CONSUMER + config->awaited));
}
