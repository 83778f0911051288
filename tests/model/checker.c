#include "tests/model/checker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/model/space.h"

/* One move out of a state; a broken promise ends the search. */
static int try_way(struct space *space, uint32_t index, unsigned way, struct checker_result *result)
{
	const struct checker_model *model = space->model;
	struct checker_move move = { 0 };
	uint8_t state[SPACE_STATE_MOST];
	memcpy(state, space_state(space, index), model->size);
	if (!model->move(model, state, way, &move))
		return 0;
	result->moves++;
	uint32_t before = space->count;
	int err = space_add(space, state, index, way);
	if (move.wrong || (space->count > before && model->wrong))
		result->wrong = move.wrong ? move.wrong : model->wrong(model, state);
	return err;
}

/* The move that broke the promise, which may lead to a state known before. */
static void tell(struct space *space, uint32_t index, unsigned way, const char *wrong)
{
	struct checker_move move = { .told = true };
	uint8_t state[SPACE_STATE_MOST];
	memcpy(state, space_state(space, index), space->model->size);
	space_tell(space, index);
	space->model->move(space->model, state, way, &move);
	printf("# then  %s\n# BROKEN: %s\n", move.text, wrong);
}

static int search(struct space *space, uint32_t most, bool told, struct checker_result *result)
{
	for (uint32_t index = 0; index < space->count; index++) {
		for (unsigned way = 0; way < space->model->ways; way++) {
			int err = try_way(space, index, way, result);
			if (err < 0)
				return err;
			if (result->wrong && told)
				tell(space, index, way, result->wrong);
			if (result->wrong || index + 1 == space->count)
				result->depth = space_depth(space, index) + 1;
			if (result->wrong)
				return 0;
		}
		if (space->count > most)
			return -E2BIG;
	}
	return 0;
}

static int search_starving(struct space *space, bool told, struct checker_result *result)
{
	uint32_t index;
	int err = space_starving(space, &index);
	if (err < 0 || index == SPACE_NONE)
		return err;
	result->wrong = "waits for ever";
	result->depth = space_depth(space, index);
	if (told) {
		space_tell(space, index);
		printf("# BROKEN: from here on it may wait for ever\n");
	}
	return 0;
}

int checker_run(const struct checker_model *model, uint32_t most, bool told,
		struct checker_result *result)
{
	struct space space;
	uint8_t state[SPACE_STATE_MOST] = { 0 };
	*result = (struct checker_result){ 0 };
	int err = space_init(&space, model);
	model->start(model, state);
	if (err == 0)
		err = space_add(&space, state, SPACE_NONE, 0);
	if (err == 0)
		err = search(&space, most, told, result);
	if (err == 0 && !result->wrong && model->waiting)
		err = search_starving(&space, told, result);
	result->states = space.count;
	space_finish(&space);
	return err;
}
