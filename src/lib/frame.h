/* lib/frame.h - one picture: a place in a source's pool, counted.
 *
 * Life: the receiver's thread claims a free place, fills it in and publishes it; from then on all
 * of it is constant but the atomics. References are dropped on any thread; the last one gives the
 * message back to the guest and then frees the place. `holding` decides who gives the message back:
 * the last owner or the receiver, which takes it from a plain guest after half a second.
 */
#ifndef LIB_FRAME_H
#define LIB_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/dmabuf.h"
#include "lib/history.h"
#include "oriel/oriel.h"
#include "wire/consumer.h"

struct source;

struct oriel_frame {
	atomic_bool used;    /* set by the receiver's thread, cleared by the last unref */
	atomic_bool holding; /* the message is still to be given back */
	atomic_uint refs;
	struct source *source; /* a reference while used */
	struct wire_hold hold;
	struct oriel_format format;
	uint64_t serial;
	uint64_t session;        /* counts attached guests: which one it came from */
	struct dmabufs *dmabufs; /* of that session, a reference; NULL: none */
	uint64_t seen_ns;
	bool timed;                                  /* the two below are known */
	struct wire_clock clock;                     /* the producer's against ours */
	struct wire_stamps stamps;                   /* in the producer's clock */
	uint64_t ext_serial;                         /* 0: the producer is a plain one */
	_Atomic uint64_t submitted_ns, presented_ns; /* 0: not yet */
	bool fenced; /* the producer orders its stores: bytes counted are bytes there */
	_Atomic uint64_t settled; /* bytes known to be good */
	struct history history;   /* as of this picture */
};

/* Time that stores of a producer without fences may trail its write pointer. */
#define FRAME_SETTLE_NS 20000ull

/* A free place of the pool with one reference, which takes the hold over; NULL when all are in use.
 * Receiver's thread. */
struct oriel_frame *frame_claim(struct source *source, const struct wire_hold *hold);

/* Would frame_claim() find a place? */
bool frame_available(const struct source *source);

/* Writes the public format. */
void frame_set_format(struct oriel_frame *self, const struct wire_frame *from);

/* When the guest announced it, or had filled it when we took it, by our clock; 0: unknown. */
uint64_t frame_made_ns(const struct oriel_frame *self);

/* Gives the message back, whoever comes first. The picture stays readable and may tear. */
void frame_let_go(struct oriel_frame *self);

/* The first `bytes` are known to be good. */
void frame_settle(struct oriel_frame *self, uint64_t bytes);

#endif
