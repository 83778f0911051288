/* shm/wake.h - one side tells the other that something is new.
 *
 * Three ways, best first: a futex on a word of the shared memory, where both sides run on one
 * kernel; the doorbell of an ivshmem device across a machine's border (shm/wake_doorbell.h), which
 * arrives as an eventfd; and looking now and then, which is not our business. This room knows how
 * to wake; which word, and whether anybody sleeps, is known to whoever speaks the protocol.
 *
 * Any thread. Nothing here blocks without a limit.
 */
#ifndef SHM_WAKE_H
#define SHM_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- who shares a kernel ---- */

/* A kernel's name for one of its boots. All zero: nobody knows. */
struct wake_boot_id {
	uint8_t bytes[16];
};

/* Of the running kernel; all zero where it does not say. Containers see that of their machine, as
 * they should. */
struct wake_boot_id wake_boot_id(void);

/* "01234567-89ab-cdef-0123-456789abcdef\n" with or without the newline. False for anything else. */
bool wake_boot_id_parse(const char *text, struct wake_boot_id *out);

/* May these two use a futex? Never when one of them is unknown. The word of a peer is good enough:
 * one that lies only makes us wait to the limit each time. */
bool wake_same_kernel(const struct wake_boot_id *a, const struct wake_boot_id *b);

/* ---- futex ---- */

#define WAKE_WAIT_MAX_NS 400000000ull /* a lost wake-up costs no more than this */
#define WAKE_WORDS_MAX   4

enum {
	WAKE_E_TIMEOUT = 1, /* nobody called */
};

/* A word and the value that the caller has already acted on. */
struct wake_word {
	_Atomic uint32_t *word; /* naturally aligned; in shared memory or in our own */
	uint32_t seen;
};

/* Adds 1 and wakes everybody who waits on the word, in any process. What was stored before is
 * visible to them. Several sides may ring one word. -EFAULT where the memory is gone. */
int wake_ring(_Atomic uint32_t *word);

/* Sleeps until one of `count` (1 to WAKE_WORDS_MAX) words differs from what was seen, but never
 * beyond min(timeout, WAKE_WAIT_MAX_NS). 0: one differs, or somebody called without a change (look
 * and wait again); WAKE_E_TIMEOUT; negative errno. Wakers of one word need not know the others: a
 * program puts a word of its own beside the shared one to be interrupted. */
int wake_wait(const struct wake_word *words, size_t count, uint64_t timeout_ns);

/* Wakes everybody who waits on the word without changing it. Who is just about to sleep misses
 * that and sleeps to its limit: for calling off a thread that waits on one word, where a second
 * word would cost each wake-up some microseconds. */
int wake_nudge(_Atomic uint32_t *word);

/* ---- eventfd ---- */

/* Non-blocking and close-on-exec. The descriptor or a negative errno. */
int wake_eventfd(void);

/* What was stored before is visible to whoever clears it. -EAGAIN: rung 2^64 - 2 times without
 * anybody clearing it, or not an eventfd of ours. `fd` must be non-blocking. */
int wake_eventfd_ring(int fd);

/* How often it rang since it was cleared last, 0 included. `fd` must be non-blocking. */
uint64_t wake_eventfd_clear(int fd);

/* Sleeps until one of `count` (1 to WAKE_WORDS_MAX) descriptors rings, but never beyond
 * min(timeout, WAKE_WAIT_MAX_NS), and clears those that rang. A bit for each of them, by place; 0:
 * nobody called; negative errno. One that cannot be cleared, as only a liar's can be, counts as
 * rung each time: see that it does not keep you busy. */
int wake_wait_eventfds(const int *fds, size_t count, uint64_t timeout_ns);

#endif
