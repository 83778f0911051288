/* picture.h - what a taken frame is made of, as a model: the history entry that describes it and
 * the pixels that arrive after it was announced. One producer, one consumer, three slots, a history
 * of two entries, so that it goes round. The hold itself is holds.h's business.
 */
#ifndef TESTS_MODEL_PICTURE_H
#define TESTS_MODEL_PICTURE_H

#include "tests/model/machine.h"

enum picture_mutant {
	PICTURE_CORRECT,
	PICTURE_MARK_LATE,     /* producer: no store fence between the cleared mark and the body */
	PICTURE_MARK_KEPT,     /* producer: does not clear the mark before it writes */
	PICTURE_READ_ONCE,     /* consumer: does not look at the mark again after the body */
	PICTURE_FILL_KEPT,     /* producer: does not empty the write pointer */
	PICTURE_FILL_LATE,     /* producer: empties it after the frame was announced */
	PICTURE_FILL_UNFENCED, /* producer: no sfence between pixels and write pointer */
	PICTURE_FILL_IGNORED,  /* consumer: reads what was not filled */
};

struct picture_config {
	unsigned publishes;
	enum picture_mutant mutant;
};

void picture_model(struct machine_model *model, const struct picture_config *config);

#endif
