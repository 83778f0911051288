/* The producer's copy path against plain copies that end with the same fence. All ways take turns
 * in one run, into slots in turns, so that what the machine does meanwhile hits all alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/report.h"
#include "pixel/copy.h"
#include "shm/shm.h"
#include "wire/producer.h"
#include "wire/size.h"

#define ROUNDS 200u
#define GOAL   1.1 /* times the fastest */
#define WARMUP 4u  /* the first touch of each slot is the kernel's work */

static const struct {
	const char *name;
	uint32_t width, height;
} sizes[] = { { "1080p", 1920, 1080 }, { "1440p", 2560, 1440 }, { "2160p", 3840, 2160 } };

typedef void (*copy_fn)(void *dst, const void *src, const struct pixel_image *shape);

/* What capture and viewer do for a picture that neither the server nor a GPU can move. */
static void copy_ours(void *dst, const void *src, const struct pixel_image *shape)
{
	pixel_copy_rect(shape, dst, shape->pitch, src, shape->pitch,
			(struct rect){ 0, 0, shape->width, shape->height });
}

static void copy_memcpy(void *dst, const void *src, const struct pixel_image *shape)
{
	memcpy(dst, src, pixel_image_size(shape));
}

#if defined(__x86_64__)
/* The textbook loop; all pictures are multiples of 64 bytes and page aligned. */
static void copy_stream(void *dst, const void *src, const struct pixel_image *shape)
{
	const __m128i *from = src;
	__m128i *to = dst;

	for (size_t i = 0; i < pixel_image_size(shape) / sizeof(*to); i += 4) {
		_mm_stream_si128(to + i, _mm_loadu_si128(from + i));
		_mm_stream_si128(to + i + 1, _mm_loadu_si128(from + i + 1));
		_mm_stream_si128(to + i + 2, _mm_loadu_si128(from + i + 2));
		_mm_stream_si128(to + i + 3, _mm_loadu_si128(from + i + 3));
	}
}

static void copy_string(void *dst, const void *src, const struct pixel_image *shape)
{
	size_t bytes = pixel_image_size(shape);

	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(bytes) : : "memory");
}
#endif

/* Ours first. */
static const struct {
	const char *name;
	copy_fn copy;
} ways[] = {
	{ "oriel", copy_ours },
	{ "memcpy", copy_memcpy },
#if defined(__x86_64__)
	{ "stream", copy_stream },
	{ "rep movsb", copy_string },
#endif
};

/* One frame as a producer makes it; ns from the first byte to the last one published, or 0 if the
 * producer failed. */
static uint64_t one_frame(struct wire_producer *producer, const struct wire_frame *frame,
			  const uint8_t *src, copy_fn copy)
{
	struct wire_slot slot;

	if (wire_producer_acquire(producer, &slot) != 0 ||
	    wire_producer_publish(producer, &slot, frame, NULL) != 0)
		return 0;
	uint64_t start = clock_ns();
	copy(slot.pixels, src, &frame->image);
	wire_slot_fill(producer, &slot, pixel_image_size(&frame->image));
	return clock_ns() - start;
}

/* Another order each time: what one way leaves in the caches must not always hit the same next. */
static void shuffle(size_t order[ARRAY_LEN(ways)])
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		size_t other = (size_t)rand() % (i + 1);
		order[i] = order[other];
		order[other] = i;
	}
}

static bool measure(struct wire_producer *producer, const struct wire_frame *frame,
		    const uint8_t *src, uint32_t rounds, struct series out[ARRAY_LEN(ways)])
{
	size_t order[ARRAY_LEN(ways)] = { 0 };

	for (uint32_t round = 0; round < rounds + WARMUP; round++) {
		shuffle(order);
		for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
			uint64_t took = one_frame(producer, frame, src, ways[order[i]].copy);
			if (took == 0)
				return false;
			if (round >= WARMUP)
				series_add(&out[order[i]], (double)took / 1000);
		}
	}
	return true;
}

static void report_size(struct report *report, const char *size, uint64_t bytes,
			struct series series[ARRAY_LEN(ways)])
{
	double fastest = series_at(&series[0], 50);

	for (size_t i = 1; i < ARRAY_LEN(ways); i++)
		if (series_at(&series[i], 50) < fastest)
			fastest = series_at(&series[i], 50);
	double p50 = series_at(&series[0], 50);
	char name[64];
	report_part(report, "%s", size);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		snprintf(name, sizeof(name), "%s%s%s", ways[i].name, i ? "" : " ",
			 i ? "" : pixel_copy_name());
		report_row(report, name, "us", &series[i]);
		series_finish(&series[i]);
	}
	report_value(report, "oriel", "GB/s", (double)bytes / p50 / 1000);
	report_goal(report, "to the fastest", "x", p50 / fastest, GOAL);
}

static int copy_frames(struct report *report, const char *size, struct wire_producer *producer,
		       const struct wire_frame *frame, uint32_t rounds)
{
	struct series series[ARRAY_LEN(ways)] = { 0 };
	uint64_t bytes = pixel_image_size(&frame->image);
	uint8_t *src = aligned_alloc(MEM_PAGE, align_up(bytes, MEM_PAGE));

	if (!src)
		return 1;
	memset(src, 0x5a, bytes);
	bool good = measure(producer, frame, src, rounds, series);
	report_size(report, size, bytes, series);
	free(src);
	return good ? 0 : 1;
}

static int copy_size(struct report *report, size_t index, uint32_t rounds)
{
	const struct wire_guest guest = { .host_version = "bench" };
	struct wire_frame frame = { .screen_width = sizes[index].width,
				    .screen_height = sizes[index].height,
				    .damage_all = true };
	struct wire_producer *producer = NULL;
	struct shm *shm = NULL;
	struct err err;
	int status = 1;

	pixel_image_init(&frame.image, PIXEL_BGRA, sizes[index].width, sizes[index].height);
	int result = shm_create_memfd(&shm, "oriel-bench",
				      wire_region_size(sizes[index].width, sizes[index].height, 4),
				      &err);
	if (result == 0) {
		struct wire_producer_params params = { .base = shm->base,
						       .size = shm->size,
						       .guest = &guest,
						       .frame_bytes = pixel_image_size(
							       &frame.image) };
		result = wire_producer_create(&producer, &params, &err);
	}
	if (result == 0)
		status = copy_frames(report, sizes[index].name, producer, &frame, rounds);
	else
		status = report_failure(report, err.text);
	wire_producer_destroy(producer);
	shm_close(shm);
	return status;
}

int bench_copy(struct report *report, const struct bench_options *options)
{
	int status = 0;

	report_begin(report, "copy", "a full BGRX picture into shared memory, ways in turns");
	for (size_t i = 0; i < ARRAY_LEN(sizes) && status == 0; i++)
		status = copy_size(report, i, options->rounds ? options->rounds : ROUNDS);
	return status;
}
