#include "tests/model/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum machine_kind { KIND_PLAIN = 0, KIND_RELEASE = 0x80, KIND_BARRIER = 0x40, KIND_WORD = 0x3F };

enum {
	WAYS = MACHINE_CHOICES + MACHINE_STORES, /* of one thread */
	ACTOR_BUFFER = 16,                       /* + thread: its stores becoming visible */
};

static void say(struct machine_cpu *cpu, const char *format, ...)
{
	if (!cpu->move->told)
		return;
	size_t length = strlen(cpu->move->text);
	va_list list;
	va_start(list, format);
	vsnprintf(cpu->move->text + length, CHECKER_TEXT - length, format, list);
	va_end(list);
}

/* ---- a state as bytes: registers and buffers that a program never uses are left out ---- */

static unsigned buffer_bytes(const struct machine_program *program)
{
	return program->stores ? 1 + 2 * program->stores : 0;
}

/* Lays the threads out behind the words; bytes in all. */
static unsigned lay_out(struct machine_model *self)
{
	unsigned at = self->words;
	for (unsigned i = 0; i < self->threads; i++) {
		self->at[i] = at;
		at += 1 + self->programs[i]->registers + buffer_bytes(self->programs[i]);
	}
	return at;
}

static void pack(const struct machine_model *self, const struct machine *machine, uint8_t *state)
{
	memcpy(state, machine->word, self->words);
	for (unsigned i = 0; i < self->threads; i++) {
		const struct machine_thread *thread = &machine->thread[i];
		const struct machine_program *program = self->programs[i];
		uint8_t *at = state + self->at[i];
		at[0] = thread->pc;
		memcpy(at + 1, thread->reg, program->registers);
		memcpy(at + 1 + program->registers, &thread->buffer, buffer_bytes(program));
	}
}

static void unpack(const struct machine_model *self, const uint8_t *state, struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	memcpy(machine->word, state, self->words);
	for (unsigned i = 0; i < self->threads; i++) {
		struct machine_thread *thread = &machine->thread[i];
		const struct machine_program *program = self->programs[i];
		const uint8_t *at = state + self->at[i];
		thread->pc = at[0];
		memcpy(thread->reg, at + 1, program->registers);
		memcpy(&thread->buffer, at + 1 + program->registers, buffer_bytes(program));
	}
}

/* ---- the store buffer ---- */

static void drop_store(struct machine_thread *thread, unsigned at)
{
	thread->buffer.count--;
	for (; at < thread->buffer.count; at++)
		thread->buffer.store[at] = thread->buffer.store[at + 1];
	thread->buffer.store[at] = (struct machine_store){ 0 };
}

static void drop_barriers(struct machine_thread *thread)
{
	while (thread->buffer.count && (thread->buffer.store[0].word & KIND_BARRIER))
		drop_store(thread, 0);
}

/* May this store become visible before those that were made earlier? */
static bool may_flush(const struct machine_thread *thread, unsigned at)
{
	if (at >= thread->buffer.count || (thread->buffer.store[at].word & KIND_BARRIER))
		return false;
	if (at > 0 && (thread->buffer.store[at].word & KIND_RELEASE))
		return false;
	for (unsigned i = 0; i < at; i++)
		if ((thread->buffer.store[i].word & KIND_BARRIER) ||
		    ((thread->buffer.store[i].word ^ thread->buffer.store[at].word) & KIND_WORD) ==
			    0)
			return false;
	return true;
}

static void flush(struct machine_cpu *cpu, unsigned at)
{
	struct machine_store store = cpu->self->buffer.store[at];
	unsigned word = store.word & KIND_WORD;
	say(cpu, "now visible: %s = 0x%x", cpu->model->names[word], store.value);
	cpu->machine->word[word] = store.value;
	drop_store(cpu->self, at);
	drop_barriers(cpu->self);
}

void machine_drain(struct machine_thread *thread, uint8_t *words)
{
	for (unsigned i = 0; i < thread->buffer.count; i++)
		if (!(thread->buffer.store[i].word & KIND_BARRIER))
			words[thread->buffer.store[i].word & KIND_WORD] =
				thread->buffer.store[i].value;
	memset(&thread->buffer, 0, sizeof(thread->buffer));
}

static unsigned depth(const struct machine_cpu *cpu)
{
	return cpu->model->programs[cpu->self - cpu->machine->thread]->stores;
}

static void push(struct machine_cpu *cpu, unsigned word, uint8_t value)
{
	if (cpu->self->buffer.count == depth(cpu))
		machine_block(cpu);
	else
		cpu->self->buffer.store[cpu->self->buffer.count++] =
			(struct machine_store){ (uint8_t)word, value };
}

/* ---- what steps do ---- */

uint8_t machine_load(struct machine_cpu *cpu, unsigned word)
{
	uint8_t value = cpu->machine->word[word];
	for (unsigned i = 0; i < cpu->self->buffer.count; i++)
		if (!(cpu->self->buffer.store[i].word & KIND_BARRIER) &&
		    (cpu->self->buffer.store[i].word & KIND_WORD) == word)
			value = cpu->self->buffer.store[i].value;
	say(cpu, "%s is 0x%x  ", cpu->model->names[word], value);
	return value;
}

void machine_store(struct machine_cpu *cpu, unsigned word, uint8_t value)
{
	say(cpu, "%s := 0x%x  ", cpu->model->names[word], value);
	push(cpu, word, value);
}

void machine_store_release(struct machine_cpu *cpu, unsigned word, uint8_t value)
{
	say(cpu, "%s := 0x%x (release)  ", cpu->model->names[word], value);
	push(cpu, word | KIND_RELEASE, value);
}

void machine_fence_stores(struct machine_cpu *cpu)
{
	if (cpu->self->buffer.count)
		push(cpu, KIND_BARRIER, 0);
}

bool machine_fence(struct machine_cpu *cpu)
{
	if (cpu->self->buffer.count)
		machine_block(cpu);
	return !cpu->blocked;
}

bool machine_swap(struct machine_cpu *cpu, unsigned word, uint8_t from, uint8_t to)
{
	if (!machine_fence(cpu))
		return false;
	uint8_t found = cpu->machine->word[word];
	say(cpu, "%s 0x%x -> 0x%x %s  ", cpu->model->names[word], from, to,
	    found == from ? "done" : "failed");
	if (found != from)
		return false;
	cpu->machine->word[word] = to;
	return true;
}

void machine_block(struct machine_cpu *cpu)
{
	cpu->blocked = true;
}

void machine_go(struct machine_cpu *cpu, uint8_t pc)
{
	cpu->self->pc = pc;
}

void machine_wrong(struct machine_cpu *cpu, const char *promise)
{
	cpu->move->wrong = promise;
}

/* ---- the checker's side ---- */

static const struct machine_model *model_of(const struct checker_model *checker)
{
	return (const struct machine_model *)checker; /* its first member */
}

static void start(const struct checker_model *checker, uint8_t *state)
{
	struct machine machine = { 0 };
	model_of(checker)->begin(model_of(checker), &machine);
	pack(model_of(checker), &machine, state);
}

static void run_step(struct machine_cpu *cpu, const struct machine_program *program,
		     unsigned choice)
{
	const struct machine_step *step = &program->steps[cpu->self->pc];
	say(cpu, "%-11s %-12s ", program->name, step->name);
	step->run(cpu, choice);
}

static void run_flush(struct machine_cpu *cpu, const struct machine_program *program, unsigned at)
{
	say(cpu, "%-11s %-12s ", program->name, "(buffer)");
	if (may_flush(cpu->self, at))
		flush(cpu, at);
	else
		machine_block(cpu);
}

/* Most ways are not: this is worth knowing before anything is unpacked. */
static bool possible(const struct machine_model *self, const uint8_t *state, unsigned thread,
		     unsigned which)
{
	const struct machine_program *program = self->programs[thread];
	const uint8_t *at = state + self->at[thread];
	if (which >= MACHINE_CHOICES)
		return program->stores && which - MACHINE_CHOICES < at[1 + program->registers];
	return which == 0 || which < program->steps[at[0]].choices;
}

static bool move(const struct checker_model *checker, uint8_t *state, unsigned way,
		 struct checker_move *move)
{
	const struct machine_model *self = model_of(checker);
	unsigned thread = way / WAYS, which = way % WAYS;
	struct machine machine;
	if (!possible(self, state, thread, which))
		return false;
	unpack(self, state, &machine);
	struct machine_cpu cpu = { self, &machine, &machine.thread[thread], false, move };
	move->actor = which < MACHINE_CHOICES ? thread : ACTOR_BUFFER + thread;
	if (which < MACHINE_CHOICES)
		run_step(&cpu, self->programs[thread], which);
	else
		run_flush(&cpu, self->programs[thread], which - MACHINE_CHOICES);
	pack(self, &machine, state);
	return !cpu.blocked;
}

static const char *wrong(const struct checker_model *checker, const uint8_t *state)
{
	struct machine machine;
	unpack(model_of(checker), state, &machine);
	return model_of(checker)->broken(model_of(checker), &machine);
}

static bool waiting(const struct checker_model *checker, const uint8_t *state)
{
	struct machine machine;
	unpack(model_of(checker), state, &machine);
	return model_of(checker)->waiting(model_of(checker), &machine);
}

void machine_model_init(struct machine_model *self, uint32_t fair)
{
	self->checker = (struct checker_model){
		.size = (lay_out(self) + 7) / 8 * 8,
		.ways = self->threads * WAYS,
		.start = start,
		.move = move,
		.wrong = self->broken ? wrong : NULL,
		.waiting = self->waiting ? waiting : NULL,
		.fair = fair | 0xFu << ACTOR_BUFFER,
	};
}
