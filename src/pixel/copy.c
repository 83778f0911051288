#include "pixel/copy.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Below this a copy fits the nearest cache, and starting to stream costs more than it saves. */
#define STREAM_MIN 4096

struct copy_way {
	const char *name;
	void (*copy)(void *dst, const void *src, size_t bytes);
};

static void copy_plain(void *dst, const void *src, size_t bytes)
{
	memcpy(dst, src, bytes);
}

static const struct copy_way plain = { "memcpy", copy_plain };

#if defined(__x86_64__)

#define LINE  64
#define PAGE  MEM_PAGE
#define PAGES 4 /* pages written in turns: keeps as many DRAM rows open */

/* One cache line to an aligned place. */
typedef void (*copy_line_fn)(uint8_t *dst, const uint8_t *src);

__attribute__((target("avx2"))) static inline void line_avx2(uint8_t *dst, const uint8_t *src)
{
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)src);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(src + 32));

	_mm256_stream_si256((__m256i *)(void *)dst, a);
	_mm256_stream_si256((__m256i *)(void *)(dst + 32), b);
}

static inline void line_sse2(uint8_t *dst, const uint8_t *src)
{
	for (int i = 0; i < LINE; i += 16) {
		__m128i word = _mm_loadu_si128((const __m128i *)(const void *)(src + i));
		_mm_stream_si128((__m128i *)(void *)(dst + i), word);
	}
}

/* Becomes a loop of its own in each function below, with `line` dissolved in it. */
__attribute__((always_inline)) static inline void stream(uint8_t *dst, const uint8_t *src,
							 size_t bytes, copy_line_fn line)
{
	size_t head = (size_t)(-(uintptr_t)dst % LINE);

	memcpy(dst, src, head);
	dst += head, src += head, bytes -= head;
	for (; bytes >= PAGES * PAGE;
	     dst += PAGES * PAGE, src += PAGES * PAGE, bytes -= PAGES * PAGE)
		for (size_t at = 0; at < PAGE; at += LINE)
			for (size_t page = 0; page < PAGES * PAGE; page += PAGE)
				line(dst + page + at, src + page + at);
	for (; bytes >= LINE; dst += LINE, src += LINE, bytes -= LINE)
		line(dst, src);
	memcpy(dst, src, bytes);
}

__attribute__((target("avx2"))) static void copy_avx2(void *dst, const void *src, size_t bytes)
{
	stream(dst, src, bytes, line_avx2);
}

static void copy_sse2(void *dst, const void *src, size_t bytes)
{
	stream(dst, src, bytes, line_sse2);
}

static const struct copy_way avx2 = { "avx2-nt", copy_avx2 };
static const struct copy_way sse2 = { "sse2-nt", copy_sse2 };

static const struct copy_way *choose(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") ? &avx2 : &sse2;
}

#else

static const struct copy_way *choose(void)
{
	return &plain;
}

#endif

/* Chosen once per process; two threads that choose at the same time agree. */
static const struct copy_way *chosen(void)
{
	static _Atomic(const struct copy_way *) way;
	const struct copy_way *found = atomic_load_explicit(&way, memory_order_relaxed);

	if (!found) {
		found = choose();
		atomic_store_explicit(&way, found, memory_order_relaxed);
	}
	return found;
}

static const struct copy_way *way_for(size_t bytes)
{
	return bytes < STREAM_MIN ? &plain : chosen();
}

void pixel_copy(void *dst, const void *src, size_t bytes)
{
	way_for(bytes)->copy(dst, src, bytes);
}

void pixel_copy_rows(void *dst, size_t dst_pitch, const void *src, size_t src_pitch,
		     size_t row_bytes, uint32_t rows)
{
	uint8_t *to = dst;
	const uint8_t *from = src;

	if (dst_pitch == row_bytes && src_pitch == row_bytes) {
		pixel_copy(dst, src, row_bytes * rows);
		return;
	}
	const struct copy_way *way = way_for(row_bytes);
	for (uint32_t row = 0; row < rows; row++, to += dst_pitch, from += src_pitch)
		way->copy(to, from, row_bytes);
}

void pixel_copy_rect(const struct pixel_image *shape, void *dst, size_t dst_pitch, const void *src,
		     size_t src_pitch, struct rect rect)
{
	struct rect there = { 0, 0, shape->width, shape->data_height };
	struct rect part = rect_intersect(rect, there);
	uint32_t first, bytes = pixel_row_span(shape, part.x, part.width, &first);

	pixel_copy_rows((uint8_t *)dst + part.y * dst_pitch + first, dst_pitch,
			(const uint8_t *)src + part.y * src_pitch + first, src_pitch, bytes,
			part.height);
}

const char *pixel_copy_name(void)
{
	return chosen()->name;
}
