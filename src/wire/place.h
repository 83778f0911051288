/* wire/place.h - a consumer's place at one LGMP queue. Private to this room.
 *
 * All words here are foreign. One thread uses a place; wire_place_finish() and wire_place_valid()
 * need no place, only what a hold carries, and may be called from any thread.
 */
#ifndef WIRE_PLACE_H
#define WIRE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/lgmp6.h"

/* The region as mapped, and the header at its start. */
struct wire_region {
	uint8_t *base;
	uint64_t size;
};

struct wire_place {
	bool taken;
	uint32_t queue; /* index in the header */
	uint32_t ring, length;
	uint32_t bit;   /* our subscriber number */
	uint32_t claim; /* our client id; new for every subscription */
	uint32_t next;  /* ring index that we read next */
};

/* One undelivered message, copied. */
struct wire_letter {
	uint32_t index;
	uint32_t udata, size, offset;
};

/* The queue of that id, or -1. */
int wire_place_find(const struct wire_region *region, uint32_t id);

/* Are the queue's words possible, and its lock free? */
bool wire_place_sane(const struct wire_region *region, uint32_t queue);

/* Subscribes. A place that we held before and whose owner we still are is given up first. 0,
 * WIRE_E_FULL, WIRE_E_LOST. */
int wire_place_take(struct wire_place *self, const struct wire_region *region, uint32_t queue);

/* Unsubscribes, unless the place is not ours any more. Waits at most 20 ms. */
void wire_place_leave(struct wire_place *self, const struct wire_region *region);

/* 0, or WIRE_E_TIMEOUT: we were dropped, or somebody else sits there. */
int wire_place_status(const struct wire_place *self, const struct wire_region *region);

/* The next message; `self->next` moves on. 0, WIRE_E_EMPTY, WIRE_E_LOST. */
int wire_place_read(struct wire_place *self, const struct wire_region *region,
		    struct wire_letter *out);

/* Does another message wait behind the one just read? */
bool wire_place_more(const struct wire_place *self, const struct wire_region *region);

/* Is subscriber `bit` of that queue still the one with this claim, and not BAD? */
bool wire_place_valid(const struct wire_region *region, uint32_t queue, uint32_t bit,
		      uint32_t claim);

/* Clears our bit in message `index`; who is last takes it out of the queue, if he can without
 * waiting. */
void wire_place_finish(const struct wire_region *region, uint32_t queue, uint32_t ring,
		       uint32_t length, uint32_t index, uint32_t bit);

#endif
