/* wire/wire.h - answers that both roles of the protocol give. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

/* Positive answers that the caller must handle (negative: -errno). */
enum wire_answer {
	WIRE_E_EMPTY = 1, /* nothing new */
	WIRE_E_BUSY,      /* no room now; look again soon */
	WIRE_E_LOST,      /* the session is gone or spoilt */
	WIRE_E_TIMEOUT,   /* we were too slow and were dropped; subscribe again */
	WIRE_E_FULL,      /* 32 subscribers already */
	WIRE_E_BAD,       /* the peer sent something impossible; it was skipped */
	WIRE_E_FILLING,   /* something is new, but its bytes are still coming */
};

#endif
