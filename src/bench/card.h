/* bench/card.h - the QXL card of a box, driven as a guest's driver does it: full pictures of
 * 1024x768, one after the other. */
#ifndef BENCH_CARD_H
#define BENCH_CARD_H

#include <stdbool.h>

#include "bench/box.h"

enum {
	CARD_WIDTH = 1024,
	CARD_HEIGHT = 768,
	CARD_FIRST = 0x404040, /* the first picture's colour */
};

struct card {
	struct box *box;
	uint64_t ram;         /* where the card's memory lies */
	uint16_t ports;       /* and its registers */
	uint64_t header;      /* of its rings, in memory */
	uint64_t slot;        /* to be in each address that it is given */
	uint32_t drawn, done; /* pictures; done: the server has taken them */
};

/* Finds it, wakes it and sets its mode; nothing is to be seen yet. */
int card_init(struct card *self, struct box *box, struct err *err);

/* The colour of the picture of that number, from 0. */
uint32_t card_colour(uint32_t number);

/* One more picture, of a grey of its own: pictures are equal only to one many before. -EAGAIN: the
 * server has not taken those before. */
int card_draw(struct card *self);

#endif
