/* The model's memory is as weak as it claims and no weaker: the classic litmus tests. */
#include "tests/model/run.h"

enum { X, Y };

/* What litmus programs do, by pc, and what must not come out. */
struct litmus {
	struct machine_program left, right;
	const char *(*broken)(const struct machine_model *self, const struct machine *machine);
	bool (*waiting)(const struct machine_model *self, const struct machine *machine);
};

static const char *const names[] = { "x", "y" };

static void next(struct machine_cpu *cpu)
{
	machine_go(cpu, cpu->self->pc + 1);
}

static void end(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_block(cpu);
}

static void set_x(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, X, 1);
	next(cpu);
}

static void set_y(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store(cpu, Y, 1);
	next(cpu);
}

static void release_y(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_store_release(cpu, Y, 1);
	next(cpu);
}

static void fence(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_fence(cpu);
	next(cpu);
}

static void fence_stores(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	machine_fence_stores(cpu);
	next(cpu);
}

static void read_x(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	cpu->self->reg[X] = machine_load(cpu, X);
	next(cpu);
}

static void read_y(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	cpu->self->reg[Y] = machine_load(cpu, Y);
	next(cpu);
}

static void wait_for_x(struct machine_cpu *cpu, unsigned choice)
{
	(void)choice;
	if (machine_load(cpu, X))
		next(cpu);
}

static const struct machine_step store_x_load_y[] = { { "", set_x }, { "", read_y }, { "", end } };
static const struct machine_step store_y_load_x[] = { { "", set_y }, { "", read_x }, { "", end } };
static const struct machine_step store_x_fence_load_y[] = {
	{ "", set_x }, { "", fence }, { "", read_y }, { "", end }
};
static const struct machine_step store_y_fence_load_x[] = {
	{ "", set_y }, { "", fence }, { "", read_x }, { "", end }
};
static const struct machine_step message[] = { { "", set_x }, { "", set_y }, { "", end } };
static const struct machine_step released[] = { { "", set_x }, { "", release_y }, { "", end } };
static const struct machine_step fenced[] = {
	{ "", set_x }, { "", fence_stores }, { "", set_y }, { "", end }
};
static const struct machine_step read_message[] = { { "", read_y }, { "", read_x }, { "", end } };
static const struct machine_step own_store[] = { { "", set_x }, { "", read_x }, { "", end } };
static const struct machine_step nothing[] = { { "", end } };
static const struct machine_step waits_for_x[] = { { "", wait_for_x }, { "", end } };

static void begin(const struct machine_model *self, struct machine *machine)
{
	(void)self, (void)machine;
}

static void run(const struct litmus *litmus, const char *promise)
{
	struct machine_model model = {
		.words = 2,
		.threads = 2,
		.programs = { &litmus->left, &litmus->right },
		.names = names,
		.begin = begin,
		.broken = litmus->broken,
		.waiting = litmus->waiting,
	};
	machine_model_init(&model, 3);
	run_model(&model, promise);
}

static void run_pair(const struct machine_step *left, const struct machine_step *right,
		     const char *(*broken)(const struct machine_model *self,
					   const struct machine *machine),
		     const char *promise)
{
	struct litmus litmus = { { "left", left, 2, 2 }, { "right", right, 2, 2 }, broken, NULL };
	run(&litmus, promise);
}

static const char *neither_saw(const struct machine_model *self, const struct machine *machine)
{
	const struct machine_thread *left = &machine->thread[0], *right = &machine->thread[1];
	(void)self;
	bool ended = left->pc >= 2 && right->pc >= 2 &&
		     self->programs[0]->steps[left->pc].run == end &&
		     self->programs[1]->steps[right->pc].run == end;
	return ended && !left->reg[Y] && !right->reg[X] ? "neither saw the other" : NULL;
}

static const char *too_early(const struct machine_model *self, const struct machine *machine)
{
	const struct machine_thread *reader = &machine->thread[1];
	(void)self;
	return reader->pc == 2 && reader->reg[Y] && !reader->reg[X] ? "came too early" : NULL;
}

static const char *own_unseen(const struct machine_model *self, const struct machine *machine)
{
	(void)self;
	return machine->thread[0].pc == 2 && !machine->thread[0].reg[X] ? "own store unseen" : NULL;
}

static bool reader_waits(const struct machine_model *self, const struct machine *machine)
{
	(void)self;
	return machine->thread[1].pc == 0;
}

static void stores_pass_loads_without_a_fence(void)
{
	run_pair(store_x_load_y, store_y_load_x, neither_saw, "neither saw the other");
	run_pair(store_x_fence_load_y, store_y_load_x, neither_saw, "neither saw the other");
	run_pair(store_x_fence_load_y, store_y_fence_load_x, neither_saw, NULL);
}

static void stores_pass_stores_without_a_release(void)
{
	run_pair(message, read_message, too_early, "came too early");
	run_pair(released, read_message, too_early, NULL);
	run_pair(fenced, read_message, too_early, NULL);
}

static void own_stores_are_seen(void)
{
	run_pair(own_store, nothing, own_unseen, NULL);
}

static void waiting_ends_where_somebody_comes(void)
{
	struct litmus comes = {
		{ "left", own_store, 2, 2 }, { "right", waits_for_x, 2, 2 }, NULL, reader_waits
	};
	struct litmus stays_away = {
		{ "left", nothing, 2, 2 }, { "right", waits_for_x, 2, 2 }, NULL, reader_waits
	};
	run(&comes, NULL);
	run(&stays_away, "waits for ever");
}

static const struct test_case cases[] = {
	TEST(stores_pass_loads_without_a_fence),
	TEST(stores_pass_stores_without_a_release),
	TEST(own_stores_are_seen),
	TEST(waiting_ends_where_somebody_comes),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
