/* space.h - the states found so far, in the order they were found. Private to the checker. */
#ifndef TESTS_MODEL_SPACE_H
#define TESTS_MODEL_SPACE_H

#include "tests/model/checker.h"

#define SPACE_NONE UINT32_MAX

struct space {
	const struct checker_model *model;
	uint8_t *states; /* model->size bytes each */
	uint32_t *from;  /* the state it was first reached from */
	uint8_t *way;    /* and by which move */
	uint32_t count, room;
	uint32_t *table; /* open addressing: index of a state + 1; 0 is free */
	uint32_t mask;
};

enum { SPACE_STATE_MOST = 128 };

int space_init(struct space *self, const struct checker_model *model);
void space_finish(struct space *self);

const uint8_t *space_state(const struct space *self, uint32_t index);

/* Its index, or SPACE_NONE. */
uint32_t space_find(const struct space *self, const uint8_t *state);

/* Adds it where it is new. 0 or -ENOMEM. */
int space_add(struct space *self, const uint8_t *state, uint32_t from, unsigned way);

/* Where move `way` leads from a state: its index, or SPACE_NONE (not possible). */
uint32_t space_next(const struct space *self, uint32_t index, unsigned way, unsigned *actor);

/* How many moves lead to a state. */
unsigned space_depth(const struct space *self, uint32_t index);

/* Prints each move on the way to a state. */
void space_tell(const struct space *self, uint32_t index);

/* A state from which those who wait may wait for ever, whatever the fair actors do: SPACE_NONE, or
 * its index. -ENOMEM, else 0. */
int space_starving(const struct space *self, uint32_t *index);

#endif
