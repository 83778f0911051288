/* starving.c - waiting for ever: a strongly connected part of the waiting states in which every
 * fair actor either moves or is, somewhere, unable to. That is exactly where a run that treats the
 * fair ones fairly can stay. Tarjan's algorithm with a stack of its own; moves are made anew rather
 * than kept.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/model/space.h"

struct visit {
	uint32_t state;
	unsigned way;
};

struct search {
	const struct space *space;
	uint32_t *order, *low; /* 0: not seen */
	uint32_t *part;        /* 0: not in a finished part */
	uint32_t *open;        /* seen, not yet in a part */
	struct visit *path;
	uint32_t orders, parts, opened, deep;
};

static bool waits(const struct search *self, uint32_t state)
{
	const struct checker_model *model = self->space->model;
	return model->waiting(model, space_state(self->space, state));
}

static void enter(struct search *self, uint32_t state)
{
	self->order[state] = self->low[state] = ++self->orders;
	self->open[self->opened++] = state;
	self->path[self->deep++] = (struct visit){ state, 0 };
}

/* Which actors can move in this state, and which of them stay inside its part? */
static void look_around(const struct search *self, uint32_t state, uint32_t *able, uint32_t *inside)
{
	for (unsigned way = 0, actor; way < self->space->model->ways; way++) {
		uint32_t next = space_next(self->space, state, way, &actor);
		if (next == SPACE_NONE)
			continue;
		*able |= 1u << actor;
		if (self->part[next] == self->part[state])
			*inside |= 1u << actor;
	}
}

/* Closes the part whose root is `root`; does a fair run ever have to leave it? */
static bool close_part(struct search *self, uint32_t root)
{
	uint32_t inside = 0, always = UINT32_MAX, first = self->opened;
	self->parts++;
	do
		self->part[self->open[--first]] = self->parts;
	while (self->open[first] != root);
	for (uint32_t at = first; at < self->opened; at++) {
		uint32_t able = 0;
		look_around(self, self->open[at], &able, &inside);
		always &= able;
	}
	self->opened = first;
	return (always & ~inside & self->space->model->fair) != 0;
}

static void lower(uint32_t *low, uint32_t to)
{
	if (to < *low)
		*low = to;
}

/* One move on the path. False: the state on top of it is done. */
static bool advance(struct search *self, struct visit *top)
{
	unsigned actor;
	if (top->way == self->space->model->ways)
		return false;
	uint32_t state = top->state, next = space_next(self->space, state, top->way++, &actor);
	if (next == SPACE_NONE || self->part[next] || !waits(self, next))
		return true;
	if (!self->order[next])
		enter(self, next);
	else
		lower(&self->low[state], self->order[next]);
	return true;
}

/* True: found a part that nobody has to leave. */
static bool explore(struct search *self, uint32_t from)
{
	enter(self, from);
	while (self->deep) {
		struct visit *top = &self->path[self->deep - 1];
		uint32_t state = top->state;
		if (advance(self, top))
			continue;
		if (self->low[state] == self->order[state] && !close_part(self, state))
			return true;
		if (--self->deep)
			lower(&self->low[self->path[self->deep - 1].state], self->low[state]);
	}
	return false;
}

static void search_all(struct search *self, uint32_t *index)
{
	*index = SPACE_NONE;
	for (uint32_t state = 0; state < self->space->count && *index == SPACE_NONE; state++)
		if (!self->order[state] && waits(self, state) && explore(self, state))
			*index = self->path[self->deep - 1].state;
}

int space_starving(const struct space *space, uint32_t *index)
{
	size_t count = space->count;
	struct search self = {
		.space = space,
		.order = calloc(count, 4),
		.low = calloc(count, 4),
		.part = calloc(count, 4),
		.open = calloc(count, 4),
		.path = calloc(count, sizeof(struct visit)),
	};
	bool room = self.order && self.low && self.part && self.open && self.path;
	if (room)
		search_all(&self, index);
	free(self.order);
	free(self.low);
	free(self.part);
	free(self.open);
	free(self.path);
	return room ? 0 : -ENOMEM;
}
