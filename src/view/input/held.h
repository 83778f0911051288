/* view/input/held.h - a set of keys and buttons. Pure; any thread. */
#ifndef VIEW_HELD_H
#define VIEW_HELD_H

#include <linux/input-event-codes.h>
#include <stdbool.h>
#include <stdint.h>

/* All zero: none. Codes are below KEY_CNT. */
struct held {
	uint64_t words[KEY_CNT / 64];
};

static inline bool held_has(const struct held *self, uint32_t code)
{
	return self->words[code / 64] >> code % 64 & 1;
}

static inline void held_set(struct held *self, uint32_t code, bool held)
{
	uint64_t bit = UINT64_C(1) << code % 64;

	self->words[code / 64] = held ? self->words[code / 64] | bit
				      : self->words[code / 64] & ~bit;
}

/* Buttons have codes of their own between those of keys. */
static inline bool held_is_button(uint32_t code)
{
	return code >= BTN_MISC && code < KEY_OK;
}

#endif
