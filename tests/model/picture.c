#include "tests/model/picture.h"

enum { SLOTS = 3, ENTRIES = 2 };

enum {
	NEWEST,
	HOLD,
	SERIAL,
	FILLED = SERIAL + SLOTS, /* the write pointer: 0 or all */
	PIXELS = FILLED + SLOTS, /* whose pixels; 0 while they are a mixture */
	MARK = PIXELS + SLOTS,   /* the entry's serial, its sequence word too: 0 while written */
	BODY = MARK + ENTRIES,   /* format, damage, stamps: here the serial they belong to */
	PLACE = BODY + ENTRIES,  /* the slot */
	WORDS = PLACE + ENTRIES,
};

static const char *const names[] = {
	"newest",    "hold",      "serial[0]", "serial[1]", "serial[2]", "filled[0]",
	"filled[1]", "filled[2]", "pixels[0]", "pixels[1]", "pixels[2]", "mark[0]",
	"mark[1]",   "body[0]",   "body[1]",   "place[0]",  "place[1]",
};

enum {
	P_CHOOSE,
	P_LOOK,
	P_EMPTY,
	P_MARK,
	P_BODY,
	P_PLACE,
	P_MARKED,
	P_SERIAL,
	P_NEWEST,
	P_MIX,
	P_PIXELS,
	P_FILLED
};
enum { SLOT, OLD, COUNT, LATEST, PRODUCER_REGISTERS };

static uint8_t *reg(struct machine_cpu *cpu)
{
	return cpu->self->reg;
}

static bool mutant(struct machine_cpu *cpu, enum picture_mutant which)
{
	return ((const struct picture_config *)cpu->model->config)->mutant == which;
}

/* ---- producer ---- */

static void choose(struct machine_cpu *cpu, unsigned slot)
{
	const struct picture_config *config = cpu->model->config;
	if (slot == reg(cpu)[LATEST] || reg(cpu)[COUNT] >= config->publishes)
		machine_block(cpu);
	reg(cpu)[SLOT] = (uint8_t)slot;
	reg(cpu)[OLD] = machine_load(cpu, SERIAL + slot);
	machine_store(cpu, SERIAL + slot, 0);
	machine_go(cpu, P_LOOK);
}

static void look(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!machine_fence(cpu))
		return;
	if (machine_load(cpu, HOLD) >> reg(cpu)[SLOT] & 1) {
		machine_store(cpu, SERIAL + reg(cpu)[SLOT], reg(cpu)[OLD]);
		machine_go(cpu, P_CHOOSE);
	} else {
		reg(cpu)[COUNT]++;
		machine_go(cpu, P_EMPTY);
	}
	reg(cpu)[OLD] = 0;
}

static void empty(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!mutant(cpu, PICTURE_FILL_KEPT) && !mutant(cpu, PICTURE_FILL_LATE))
		machine_store(cpu, FILLED + reg(cpu)[SLOT], 0);
	machine_go(cpu, P_MARK);
}

static unsigned at(struct machine_cpu *cpu)
{
	return reg(cpu)[COUNT] % ENTRIES;
}

static void clear_mark(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!mutant(cpu, PICTURE_MARK_KEPT))
		machine_store(cpu, MARK + at(cpu), 0);
	if (!cpu->blocked && !mutant(cpu, PICTURE_MARK_LATE))
		machine_fence_stores(cpu);
	machine_go(cpu, P_BODY);
}

static void body(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, BODY + at(cpu), reg(cpu)[COUNT]);
	machine_go(cpu, P_PLACE);
}

static void place(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, PLACE + at(cpu), reg(cpu)[SLOT]);
	machine_go(cpu, P_MARKED);
}

/* Needs no order of its own: nobody reads the entry before `newest`, a release, names it. */
static void set_mark(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, MARK + at(cpu), reg(cpu)[COUNT]);
	machine_go(cpu, P_SERIAL);
}

static void show_serial(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store_release(cpu, SERIAL + reg(cpu)[SLOT], reg(cpu)[COUNT]);
	machine_go(cpu, P_NEWEST);
}

static void show_newest(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store_release(cpu, NEWEST, reg(cpu)[COUNT]);
	machine_go(cpu, P_MIX);
}

static void mix(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!machine_fence(cpu))
		return;
	machine_store(cpu, PIXELS + reg(cpu)[SLOT], 0);
	if (mutant(cpu, PICTURE_FILL_LATE))
		machine_store(cpu, FILLED + reg(cpu)[SLOT], 0);
	machine_go(cpu, P_PIXELS);
}

static void pixels(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, PIXELS + reg(cpu)[SLOT], reg(cpu)[COUNT]);
	machine_go(cpu, P_FILLED);
}

/* sfence; write pointer */
static void filled(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	unsigned word = FILLED + reg(cpu)[SLOT];
	if (mutant(cpu, PICTURE_FILL_UNFENCED))
		machine_store(cpu, word, 1);
	else
		machine_store_release(cpu, word, 1);
	reg(cpu)[LATEST] = reg(cpu)[SLOT];
	reg(cpu)[SLOT] = 0;
	machine_go(cpu, P_CHOOSE);
}

static const struct machine_step producer_steps[] = {
	[P_CHOOSE] = { "choose", choose, SLOTS },
	[P_LOOK] = { "look", look },
	[P_EMPTY] = { "empty", empty },
	[P_MARK] = { "clear mark", clear_mark },
	[P_BODY] = { "body", body },
	[P_PLACE] = { "place", place },
	[P_MARKED] = { "mark", set_mark },
	[P_SERIAL] = { "slot serial", show_serial },
	[P_NEWEST] = { "newest", show_newest },
	[P_MIX] = { "copy begins", mix },
	[P_PIXELS] = { "copy ends", pixels },
	[P_FILLED] = { "filled", filled },
};

/* ---- consumer ---- */

enum { C_LOOK, C_MARK, C_BODY, C_PLACE, C_AGAIN, C_SET, C_CHECK, C_CLEAR, C_WAIT, C_READ, C_STILL };
enum { N, S, WHOSE, SEEN, CONSUMER_REGISTERS };

static void start_over(struct machine_cpu *cpu)
{
	reg(cpu)[N] = reg(cpu)[S] = reg(cpu)[WHOSE] = 0;
	machine_go(cpu, C_LOOK);
}

static void look_for_newer(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[N] = machine_load(cpu, NEWEST);
	if (!reg(cpu)[N] || reg(cpu)[N] == reg(cpu)[SEEN])
		machine_block(cpu);
	machine_go(cpu, C_MARK);
}

/* An entry that was overwritten: then there is a newer frame. */
static void read_mark(struct machine_cpu *cpu, uint8_t next)
{
	if (machine_load(cpu, MARK + reg(cpu)[N] % ENTRIES) == reg(cpu)[N]) {
		machine_go(cpu, next);
		return;
	}
	if (cpu->machine->word[NEWEST] == reg(cpu)[N])
		machine_wrong(cpu, "the newest frame's entry could not be read");
	start_over(cpu);
}

static void mark(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	read_mark(cpu, C_BODY);
}

static void read_body(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[WHOSE] = machine_load(cpu, BODY + reg(cpu)[N] % ENTRIES);
	machine_go(cpu, C_PLACE);
}

static void read_place(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[S] = machine_load(cpu, PLACE + reg(cpu)[N] % ENTRIES);
	machine_go(cpu, mutant(cpu, PICTURE_READ_ONCE) ? C_SET : C_AGAIN);
}

static void mark_again(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	read_mark(cpu, C_SET);
	if (cpu->self->pc == C_SET && reg(cpu)[WHOSE] != reg(cpu)[N])
		machine_wrong(cpu, "another frame's description was believed");
}

static void set(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (machine_swap(cpu, HOLD, 0, (uint8_t)(1u << reg(cpu)[S])))
		machine_go(cpu, C_CHECK);
}

static void check(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (machine_load(cpu, SERIAL + reg(cpu)[S]) != reg(cpu)[N]) {
		machine_go(cpu, C_CLEAR);
		return;
	}
	if (reg(cpu)[WHOSE] != reg(cpu)[N])
		machine_wrong(cpu, "another frame's description was believed");
	reg(cpu)[SEEN] = reg(cpu)[N];
	machine_go(cpu, mutant(cpu, PICTURE_FILL_IGNORED) ? C_READ : C_WAIT);
}

static void clear(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_swap(cpu, HOLD, (uint8_t)(1u << reg(cpu)[S]), 0);
	start_over(cpu);
}

static void wait_filled(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (!machine_load(cpu, FILLED + reg(cpu)[S]))
		machine_block(cpu);
	machine_go(cpu, C_READ);
}

static void read_pixels(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	reg(cpu)[WHOSE] = machine_load(cpu, PIXELS + reg(cpu)[S]);
	machine_go(cpu, C_STILL);
}

static void still(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (machine_load(cpu, SERIAL + reg(cpu)[S]) == reg(cpu)[N] &&
	    reg(cpu)[WHOSE] != reg(cpu)[N])
		machine_wrong(cpu, "an incomplete or foreign picture was shown");
	machine_go(cpu, C_CLEAR);
}

static const struct machine_step consumer_steps[] = {
	[C_LOOK] = { "look", look_for_newer },    [C_MARK] = { "mark", mark },
	[C_BODY] = { "body", read_body },         [C_PLACE] = { "place", read_place },
	[C_AGAIN] = { "mark again", mark_again }, [C_SET] = { "set bit", set },
	[C_CHECK] = { "check", check },           [C_CLEAR] = { "clear bit", clear },
	[C_WAIT] = { "filled?", wait_filled },    [C_READ] = { "read", read_pixels },
	[C_STILL] = { "still mine?", still },
};

static const struct machine_program producer = { "producer", producer_steps, PRODUCER_REGISTERS,
						 4 };
static const struct machine_program consumer = { "consumer", consumer_steps, CONSUMER_REGISTERS,
						 0 };

static void begin(const struct machine_model *self, struct machine *machine)
{
	(void)self;
	machine->thread[0].reg[LATEST] = SLOTS;
}

/* Announced and filled in the end, and then the consumer has seen it. */
static bool waiting(const struct machine_model *self, const struct machine *machine)
{
	(void)self;
	return machine->thread[1].reg[SEEN] != machine->word[NEWEST];
}

void picture_model(struct machine_model *model, const struct picture_config *config)
{
	*model = (struct machine_model){
		.words = WORDS,
		.threads = 2,
		.programs = { &producer, &consumer },
		.names = names,
		.begin = begin,
		.waiting = waiting,
		.config = config,
	};
	machine_model_init(model, 3);
}
