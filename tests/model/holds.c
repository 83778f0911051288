/* holds.c - what the hold protocol promises. */
#include "tests/model/holds_impl.h"

#include <string.h>

static const char *const names[] = {
	"newest",    "entry[0]",  "entry[1]",  "serial[0]", "serial[1]", "serial[2]",
	"serial[3]", "pixels[0]", "pixels[1]", "pixels[2]", "pixels[3]", "hold[0]",
	"hold[1]",   "claimed",   "(counted)", "(gone A)",  "(gone B)",  "(waited)",
	"taken[0]",  "taken[1]",  "taken[2]",  "taken[3]",
};

void holds_lose(struct machine *machine, const struct holds_config *config, unsigned block)
{
	for (unsigned i = 0; i < config->consumers; i++)
		if (machine->thread[CONSUMER + i].reg[MINE] == block + 1)
			machine->word[GONE + i] |= GONE_BLOCK;
}

static bool restarting(const struct machine *machine)
{
	return machine->thread[PRODUCER].pc >= P_DOWN;
}

/* A frame that was checked and not lost since: its slot has no later pixels. */
static bool refilled(const struct machine *machine, unsigned consumer, unsigned n, unsigned s)
{
	const struct machine_thread *self = &machine->thread[CONSUMER + consumer];
	bool lost = machine->word[GONE + consumer] & (GONE_BLOCK | 1u << s);
	return n && !lost && (self->reg[HELD] >> s & 1) && machine->word[PIXELS + s] > n;
}

static const char *broken_consumer(const struct machine *machine, unsigned consumer)
{
	const struct machine_thread *self = &machine->thread[CONSUMER + consumer];
	bool in_hand = self->pc == C_USE || self->pc == C_STILL || self->pc == C_NEXT;
	unsigned expected = self->reg[SHOWN_N] ? 1u << self->reg[SHOWN_S] : 0;
	if (refilled(machine, consumer, self->reg[SHOWN_N], self->reg[SHOWN_S]) ||
	    (in_hand && refilled(machine, consumer, self->reg[N], self->reg[S])))
		return "a slot was refilled under a checked hold";
	if (self->pc == C_REST && (self->reg[HELD] & 0xF & ~expected))
		return "a bit stands for no frame: the slot has leaked";
	if (self->pc == C_REST && (expected & ~self->reg[HELD]))
		return "a frame is shown without its bit";
	if (__builtin_popcount(self->reg[HELD] & 0xF) > 2)
		return "more than two bits";
	return NULL;
}

static const char *broken(const struct machine_model *self, const struct machine *machine)
{
	const struct holds_config *config = self->config;
	const uint8_t *word = machine->word;
	const char *wrong = NULL;
	bool carried = !word[NEWEST] || restarting(machine);
	for (unsigned slot = 0; slot < config->slots; slot++)
		carried |= word[SERIAL + slot] == word[NEWEST];
	for (unsigned i = 0; i < config->consumers && !wrong; i++)
		wrong = broken_consumer(machine, i);
	return wrong ? wrong : carried ? NULL : "no slot carries the newest frame";
}

static bool pending(const struct machine_model *self, const struct machine *machine)
{
	(void)self;
	return machine->thread[PRODUCER].pc != P_REST;
}

/* Pending, although consumers do nothing and leave a slot free. */
static bool idle_but_pending(const struct machine_model *self, const struct machine *machine)
{
	const struct holds_config *config = self->config;
	unsigned busy = 0, mask = 0;
	for (unsigned i = 0; i < config->consumers; i++) {
		const struct machine_thread *consumer = &machine->thread[CONSUMER + i];
		busy += consumer->pc != C_REST;
		mask |= consumer->reg[SHOWN_N] ? 1u << consumer->reg[SHOWN_S] : 0;
	}
	mask |= 1u << machine->thread[PRODUCER].reg[LATEST];
	return pending(self, machine) && !busy &&
	       (unsigned)__builtin_popcount(mask & ((1u << config->slots) - 1)) < config->slots;
}

static void begin(const struct machine_model *self, struct machine *machine)
{
	const struct holds_config *config = self->config;
	machine->thread[PRODUCER].reg[LATEST] = HOLDS_SLOTS;
	for (unsigned i = 0; i < config->consumers && !config->claims; i++) {
		struct machine_thread *consumer = &machine->thread[CONSUMER + i];
		consumer->pc = C_REST;
		consumer->reg[MINE] = (uint8_t)(i + 1);
		consumer->reg[HELD] = machine->word[HOLD + i] = (uint8_t)((i + 1) << 4);
		machine->word[CLAIMED] |= (uint8_t)(1u << i);
	}
}

void holds_model(struct machine_model *model, const struct holds_config *config)
{
	*model = (struct machine_model){
		.words = config->mutant == HOLDS_TAKEN_WORD ? WORDS_WITH_TAKEN : WORDS,
		.threads = CONSUMER + config->consumers,
		.programs = { &holds_producer, &holds_world, &holds_consumers[0],
			      &holds_consumers[1] },
		.names = names,
		.begin = begin,
		.broken = broken,
		.waiting = config->pending ? pending
			   : config->idle  ? idle_but_pending
					   : NULL,
		.config = config,
	};
	machine_model_init(model, 1u << PRODUCER | 1u << WORLD);
}
