/* What the processes of the ext stress tell their parent, in memory of its own: no part of the
 * protocol. */
#ifndef TESTS_STRESS_EXT_PEER_H
#define TESTS_STRESS_EXT_PEER_H

#include <stdatomic.h>
#include <stdint.h>

#define EXT_PEER_REGION (32u << 20)
#define EXT_PEER_SCORES 8

struct ext_peer_score {
	_Atomic uint64_t frames; /* published, or seen whole */
	_Atomic uint64_t pointers;
	_Atomic uint64_t wrong;    /* a frame that ended well was not what its serial names */
	_Atomic uint64_t gone;     /* taken away while it was looked at */
	_Atomic uint64_t woken;    /* by a bell */
	_Atomic uint32_t extended; /* as the last session said */
	_Atomic uint32_t minor;
	_Atomic uint64_t longest_ns; /* producer: between two frames */
};

#endif
