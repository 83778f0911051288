/* checker.h - a small explicit-state model checker: every reachable state, each looked at once.
 *
 * States are plain bytes, kept whole (no hash compaction: what it calls exhaustive is exhaustive)
 * and found breadth first, so that a counter-example is a shortest one. Two questions: is a state
 * wrong, and can the system stay for ever among states in which somebody waits?
 */
#ifndef TESTS_MODEL_CHECKER_H
#define TESTS_MODEL_CHECKER_H

#include <stdbool.h>
#include <stdint.h>

enum { CHECKER_TEXT = 96 };

/* What one move was. */
struct checker_move {
	unsigned actor;          /* whose it was, for fairness; below 32 */
	const char *wrong;       /* the move itself broke a promise; NULL: it did not */
	bool told;               /* write `text`? */
	char text[CHECKER_TEXT]; /* for a person */
};

struct checker_model {
	unsigned size; /* bytes of a state, a multiple of 8 */
	unsigned ways; /* at most so many moves leave a state; below 256 */
	/* `state` comes zeroed. */
	void (*start)(const struct checker_model *self, uint8_t *state);
	/* Makes move number `way` in place. False: not possible here (state then undefined). */
	bool (*move)(const struct checker_model *self, uint8_t *state, unsigned way,
		     struct checker_move *move);
	/* The promise that this state breaks, or NULL. */
	const char *(*wrong)(const struct checker_model *self, const uint8_t *state);
	/* Does somebody wait here for what must come? NULL: that is not asked. */
	bool (*waiting)(const struct checker_model *self, const uint8_t *state);
	uint32_t fair; /* actors who take each chance in the end, a bit each; others may stop */
};

struct checker_result {
	const char *wrong; /* NULL: all promises kept in all states */
	uint32_t states, depth;
	uint64_t moves;
};

/* Looks at every state, at most `most` of them. Prints the way to a broken promise as TAP comments
 * when `told`. 0; -ENOMEM; -E2BIG when there are more states. */
int checker_run(const struct checker_model *model, uint32_t most, bool told,
		struct checker_result *result);

#endif
