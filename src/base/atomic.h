/* base/atomic.h - the fences and pauses that C11 has no word for.
 *
 * Shared words are _Atomic and use <stdatomic.h>; this header adds what memory with a
 * write-combined mapping or with non-temporal stores needs on x86-64. Each call names its partner.
 */
#ifndef BASE_ATOMIC_H
#define BASE_ATOMIC_H

#include <stdatomic.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Orders non-temporal and write-combined stores before the next store; a release store alone does
 * not. Partner: the consumer's acquire load of the frame's write pointer. */
static inline void fence_stores(void)
{
#if defined(__x86_64__)
	_mm_sfence();
#endif
	atomic_thread_fence(memory_order_release);
}

/* A store before it is visible before any load after it, also through a write-combined mapping,
 * where the locked operation that compilers emit for a seq_cst fence is not enough. */
static inline void fence_full(void)
{
#if defined(__x86_64__)
	_mm_mfence();
#endif
	atomic_thread_fence(memory_order_seq_cst);
}

/* One turn of a short spin: lets the sibling thread run and saves power. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	_mm_pause();
#endif
}

#endif
