/* bench/board.h - what a guest that rings and its host write into the shared memory. Each word has
 * one writer. Both sides were built together, so no byte of it is checked. */
#ifndef BENCH_BOARD_H
#define BENCH_BOARD_H

#include <stdatomic.h>
#include <stdint.h>
#include <x86intrin.h>

#define BOARD_AT       (48u << 20) /* below it is room for a producer */
#define BOARD_READY    0x6c6c6562  /* "bell" */
#define BOARD_STAMPS   4096
#define BOARD_TARGETS  2
#define BOARD_PRECIOUS (40u << 20) /* where the host leaves something for later machines */
#define BOARD_TREASURE 0x0123456789abcdefull

enum { BOARD_IDLE, BOARD_PINGS, BOARD_BELLS, BOARD_FRAMES, BOARD_END };

struct board {
	/* host */
	_Atomic uint32_t command, count, period_us, targets;
	_Atomic uint32_t doorbells[BOARD_TARGETS];
	_Alignas(64) _Atomic uint64_t ping;
	/* guest */
	_Alignas(64) _Atomic uint32_t ready, boots, id, done, alone;
	_Atomic uint64_t precious;
	_Alignas(64) _Atomic uint64_t pong;
	uint64_t pong_tsc;
	_Alignas(64) _Atomic uint64_t posted;
	uint64_t stamps[BOARD_STAMPS]; /* by number of the post, in the guest's TSC */
};

#endif
