/* wire/extension.h - what two Oriels tell each other beyond LGMP, the same for both roles.
 *
 * This room makes no system call: it says whom to wake, and with what; the caller does it
 * (shm/wake.h and shm/wake_doorbell.h have the means). Bytes: doc/wire.md; the protocol and why it
 * is right: doc/holds.md.
 */
#ifndef WIRE_EXTENSION_H
#define WIRE_EXTENSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A producer's feature bits. Unknown ones are ignored. */
enum wire_ext_features {
	WIRE_EXT_WAKE = 0x1,
	WIRE_EXT_HISTORY = 0x2,
	WIRE_EXT_HOLDS = 0x4,
	WIRE_EXT_CLOCK = 0x8,
	WIRE_EXT_REQUESTS = 0x10,
	WIRE_EXT_DOORBELL = 0x20, /* it can ring doorbells */
};

/* What a consumer may be woken for. */
enum wire_event {
	WIRE_POSTED = 0x1,  /* a frame was announced, its pixels begin to come */
	WIRE_FILLED = 0x2,  /* all of its pixels are there, or the copy was given up */
	WIRE_POINTER = 0x4, /* the pointer moved or changed */
};

enum wire_wake {
	WIRE_WAKE_NONE,     /* nobody can: look now and then */
	WIRE_WAKE_FUTEX,    /* both on one kernel */
	WIRE_WAKE_DOORBELL, /* an ivshmem peer's vector */
};

/* One consumer to be woken now. */
struct wire_ring {
	enum wire_wake kind;    /* never WIRE_WAKE_NONE */
	_Atomic uint32_t *bell; /* futex: add 1 and wake ALL sleepers (wake_ring()) */
	uint16_t peer, vector;  /* doorbell: as the consumer says; a wrong one wakes nobody */
};

#define WIRE_RINGS_MAX 32

/* The window that a consumer would like a picture for. 0: it does not say. */
struct wire_want {
	uint32_t width, height; /* pixels */
	uint32_t scale;         /* in 1/120 */
	uint32_t refresh;       /* mHz */
};

/* When a frame passed where, in ns of the producer's clock; 0: not known (yet). */
struct wire_stamps {
	uint64_t captured, posted, filled;
};

/* How the producer's clock relates to ours (base/clock.h): theirs = ours + offset, give or take
 * `bound`. */
struct wire_clock {
	int64_t offset_ns;
	uint64_t bound_ns;
};

#endif
