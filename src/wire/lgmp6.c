#include "wire/lgmp6.h"

#include "base/atomic.h"
#include "base/clock.h"
#include "wire/wire.h"

#define LOCK_SPIN_NS  NS_PER_MS
#define LOCK_LIMIT_NS (20 * NS_PER_MS)
#define LOCK_NAP_NS   (50 * NS_PER_US)

bool lgmp6_trylock(_Atomic uint32_t *lock)
{
	uint32_t free = 0;
	return atomic_load_explicit(lock, memory_order_relaxed) == 0 &&
	       atomic_compare_exchange_strong(lock, &free, 1);
}

int lgmp6_lock(_Atomic uint32_t *lock)
{
	if (lgmp6_trylock(lock))
		return 0;
	uint64_t begin = clock_ns();
	while (!lgmp6_trylock(lock)) {
		uint64_t waited = clock_ns() - begin;
		if (waited > LOCK_LIMIT_NS)
			return WIRE_E_LOST;
		if (waited > LOCK_SPIN_NS)
			clock_sleep(LOCK_NAP_NS); /* the holder may need our core */
		else
			cpu_relax();
	}
	return 0;
}

void lgmp6_unlock(_Atomic uint32_t *lock)
{
	atomic_store(lock, 0);
}

void lgmp6_read(void *to, const void *shared, size_t bytes)
{
	const _Atomic uint32_t *words = shared;
	uint8_t *out = to;
	for (; bytes >= 4; bytes -= 4, out += 4, words++) {
		uint32_t word = atomic_load_explicit(words, memory_order_relaxed);
		__builtin_memcpy(out, &word, 4);
	}
	const _Atomic uint8_t *rest = (const void *)words;
	while (bytes--)
		*out++ = atomic_load_explicit(rest++, memory_order_relaxed);
}

void lgmp6_write(void *shared, const void *from, size_t bytes)
{
	_Atomic uint32_t *words = shared;
	const uint8_t *in = from;
	for (; bytes >= 4; bytes -= 4, in += 4, words++) {
		uint32_t word;
		__builtin_memcpy(&word, in, 4);
		atomic_store_explicit(words, word, memory_order_relaxed);
	}
	_Atomic uint8_t *rest = (void *)words;
	while (bytes--)
		atomic_store_explicit(rest++, *in++, memory_order_relaxed);
}

uint32_t lgmp6_random(const void *salt, uint32_t not_this)
{
	uint64_t x = clock_ns() ^ (uint64_t)(uintptr_t)salt << 20 ^ not_this;
	uint32_t drawn;
	do {
		x += 0x9E3779B97F4A7C15u; /* splitmix64 */
		uint64_t z = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
		z = (z ^ z >> 27) * 0x94D049BB133111EBu;
		drawn = (uint32_t)(z >> 32);
	} while (drawn == 0 || drawn == not_this);
	return drawn;
}
