/* What the two whole-session targets share: the input as a script of steps, and a second thread
 * that keeps writing the same input's words into the memory while the steps run.
 *
 * A script is records of 8 bytes: u8 step, u8 free, u16 place (a word's index), u32 value. Lock
 * words are left alone unless the first record is 0xff: each stuck lock costs 20 ms.
 */
#ifndef TESTS_FUZZ_WIRE_SCRIPT_H
#define TESTS_FUZZ_WIRE_SCRIPT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/lgmp6.h"

#define SCRIPT_STEPS 64u

struct script_step {
	uint8_t op, free;
	uint16_t place;
	uint32_t value;
};

struct script {
	uint32_t count;
	bool locks; /* may locks be touched? */
	struct script_step steps[SCRIPT_STEPS];
	uint8_t *memory;
	_Atomic bool stop;
	pthread_t writer;
};

static inline bool script_is_lock(uint32_t at)
{
	uint32_t queue = (at - 32) % sizeof(struct lgmp6_queue);
	return at >= 32 && at < LGMP6_UDATA &&
	       (queue == offsetof(struct lgmp6_queue, lock) ||
		queue == offsetof(struct lgmp6_queue, mail_lock));
}

static inline void script_poke(struct script *self, const struct script_step *step)
{
	uint32_t at = 4u * step->place;
	if (self->locks || !script_is_lock(at))
		atomic_store((_Atomic uint32_t *)(void *)(self->memory + at), step->value);
}

static inline void *script_write(void *data)
{
	struct script *self = data;
	while (!atomic_load(&self->stop))
		for (uint32_t i = 0; i < self->count; i++)
			if (self->steps[i].op & 0x80)
				script_poke(self, &self->steps[i]);
	return NULL;
}

/* `memory` has at least 256 KiB: every place lies in it. */
static inline void script_begin(struct script *self, const uint8_t *data, size_t size,
				uint8_t *memory)
{
	memset(self, 0, sizeof(*self));
	self->memory = memory;
	self->count = (uint32_t)(size / sizeof(struct script_step));
	if (self->count > SCRIPT_STEPS)
		self->count = SCRIPT_STEPS;
	if (self->count)
		memcpy(self->steps, data, self->count * sizeof(struct script_step));
	self->locks = self->count && self->steps[0].op == 0xff;
	if (pthread_create(&self->writer, NULL, script_write, self))
		abort();
}

static inline void script_end(struct script *self)
{
	atomic_store(&self->stop, true);
	pthread_join(self->writer, NULL);
}

#endif
