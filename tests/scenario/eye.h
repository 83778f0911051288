/* tests/scenario/eye.h - a viewer built on the library, as a process of its own: it compares every
 * pixel of every picture with what the pattern says, and keeps a score that its parent reads. */
#ifndef TESTS_SCENARIO_EYE_H
#define TESTS_SCENARIO_EYE_H

#include "scene.h"

struct eye_score {
	_Atomic uint64_t frames;    /* right ones */
	_Atomic uint64_t wrong;     /* torn, or older than the one before */
	_Atomic uint64_t gone;      /* taken away while they were looked at */
	_Atomic uint64_t stamp;     /* in the pixels of the last one */
	_Atomic uint64_t number;    /* likewise */
	_Atomic uint64_t delivered; /* by the library, right or not */
	_Atomic uint64_t pointers;
	_Atomic uint64_t at; /* the last pointer: y << 32 | x */
	_Atomic uint64_t attached;
};

struct eye {
	pid_t pid;
	char path[64];
	struct eye_score *score; /* shared */
};

/* On the scene's memory; its score begins anew only with the first start. */
void eye_start(struct eye *self, const struct scene *scene);

/* Kills it; not before its score was found without a wrong picture. */
void eye_end(struct eye *self);

/* `more` right frames, soon. */
void eye_must_flow(struct eye *self, uint64_t more);

#endif
