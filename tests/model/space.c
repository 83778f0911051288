#include "tests/model/space.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash(const uint8_t *state, unsigned size)
{
	uint64_t sum = 0x9E3779B97F4A7C15u;
	for (unsigned at = 0; at < size; at += 8) {
		uint64_t word;
		memcpy(&word, state + at, 8);
		sum = (sum ^ word) * 0xD6E8FEB86659FD93u;
		sum ^= sum >> 32;
	}
	return (uint32_t)(sum ^ sum >> 17);
}

const uint8_t *space_state(const struct space *self, uint32_t index)
{
	return self->states + (size_t)index * self->model->size;
}

/* Where the state stands in the table, or the free place where it would. */
static uint32_t place(const struct space *self, const uint8_t *state)
{
	uint32_t at = hash(state, self->model->size) & self->mask;
	while (self->table[at] &&
	       memcmp(space_state(self, self->table[at] - 1), state, self->model->size) != 0)
		at = (at + 1) & self->mask;
	return at;
}

static bool resize(void *pointer, size_t count, size_t each)
{
	void *old, *bigger;
	memcpy(&old, pointer, sizeof(old));
	bigger = realloc(old, count * each);
	if (bigger)
		memcpy(pointer, &bigger, sizeof(bigger));
	return bigger != NULL;
}

/* Twice as much room; the table is never more than half full. */
static int grow(struct space *self)
{
	uint32_t room = self->room ? self->room * 2 : 1 << 12;
	if (!resize(&self->states, room, self->model->size) || !resize(&self->from, room, 4) ||
	    !resize(&self->way, room, 1) || !resize(&self->table, (size_t)room * 2, 4))
		return -ENOMEM;
	self->room = room;
	self->mask = room * 2 - 1;
	memset(self->table, 0, (size_t)room * 2 * 4);
	for (uint32_t index = 0; index < self->count; index++)
		self->table[place(self, space_state(self, index))] = index + 1;
	return 0;
}

int space_init(struct space *self, const struct checker_model *model)
{
	*self = (struct space){ .model = model };
	return grow(self);
}

void space_finish(struct space *self)
{
	free(self->states);
	free(self->from);
	free(self->way);
	free(self->table);
}

uint32_t space_find(const struct space *self, const uint8_t *state)
{
	return self->table[place(self, state)] - 1;
}

int space_add(struct space *self, const uint8_t *state, uint32_t from, unsigned way)
{
	uint32_t at = place(self, state);
	if (self->table[at])
		return 0;
	if (self->count == self->room) {
		if (grow(self) < 0)
			return -ENOMEM;
		at = place(self, state);
	}
	memcpy(self->states + (size_t)self->count * self->model->size, state, self->model->size);
	self->from[self->count] = from;
	self->way[self->count] = (uint8_t)way;
	self->table[at] = ++self->count;
	return 0;
}

uint32_t space_next(const struct space *self, uint32_t index, unsigned way, unsigned *actor)
{
	uint8_t state[SPACE_STATE_MOST];
	struct checker_move move = { 0 };
	memcpy(state, space_state(self, index), self->model->size);
	if (!self->model->move(self->model, state, way, &move))
		return SPACE_NONE;
	*actor = move.actor;
	return space_find(self, state);
}

static void tell_move(const struct space *self, uint32_t index, unsigned number)
{
	uint8_t state[SPACE_STATE_MOST];
	struct checker_move move = { .told = true };
	memcpy(state, space_state(self, self->from[index]), self->model->size);
	self->model->move(self->model, state, self->way[index], &move);
	printf("# %4u  %s\n", number, move.text);
}

unsigned space_depth(const struct space *self, uint32_t index)
{
	unsigned steps = 0;
	for (; self->from[index] != SPACE_NONE; index = self->from[index])
		steps++;
	return steps;
}

void space_tell(const struct space *self, uint32_t index)
{
	unsigned steps = space_depth(self, index);
	for (unsigned number = 1; number <= steps; number++) {
		uint32_t at = index;
		for (unsigned back = steps; back > number; back--)
			at = self->from[at];
		tell_move(self, at, number);
	}
}
