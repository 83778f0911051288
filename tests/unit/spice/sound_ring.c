#include "spice/sound_ring.h"

#include <errno.h>
#include <pthread.h>

#include "test.h"

#define TOTAL 2000000u

static struct sound_ring ring;

static void fill_with(int16_t *out, uint32_t frames, uint32_t channels, uint32_t from)
{
	for (uint32_t i = 0; i < frames * channels; i++)
		out[i] = (int16_t)((from + i / channels) * 7 + i % channels);
}

static void what_goes_in_comes_out(void)
{
	int16_t in[2 * 300], out[2 * 300];
	uint32_t position = 0;

	CHECK_EQ(sound_ring_init(&ring, 2, 500), 0);
	CHECK_EQ(ring.frames, 512);
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t frames = 1 + i * 37 % 300;

		fill_with(in, frames, 2, position);
		CHECK_EQ(sound_ring_write(&ring, in, frames), frames);
		CHECK_EQ(sound_ring_fill(&ring), frames);
		sound_ring_peek(&ring, 0, out, frames);
		CHECK(memcmp(in, out, frames * 4) == 0);
		sound_ring_peek(&ring, frames / 2, out, frames - frames / 2);
		CHECK(memcmp(in + frames / 2 * 2, out, (frames - frames / 2) * 4) == 0);
		sound_ring_skip(&ring, frames);
		CHECK_EQ(sound_ring_fill(&ring), 0);
		position += frames;
	}
	sound_ring_finish(&ring);
}

static void a_full_one_takes_what_it_can(void)
{
	int16_t in[100], out[64];

	CHECK_EQ(sound_ring_init(&ring, 1, 64), 0);
	fill_with(in, 100, 1, 0);
	CHECK_EQ(sound_ring_write(&ring, in, 40), 40);
	CHECK_EQ(sound_ring_write(&ring, in + 40, 60), 24);
	CHECK_EQ(sound_ring_write(&ring, in, 1), 0);
	sound_ring_peek(&ring, 0, out, 64);
	CHECK(memcmp(in, out, sizeof(out)) == 0);
	sound_ring_skip(&ring, 64);
	CHECK_EQ(sound_ring_fill(&ring), 0);
	sound_ring_finish(&ring);
}

static void too_large_is_refused(void)
{
	CHECK_EQ(sound_ring_init(&ring, 0, 64), -EINVAL);
	CHECK_EQ(sound_ring_init(&ring, 8, 0x90000000u), -EINVAL);
}

static void *write_all(void *data)
{
	int16_t in[97];

	(void)data;
	for (uint32_t at = 0; at < TOTAL;) {
		uint32_t frames = min_u32(97, TOTAL - at);
		fill_with(in, frames, 1, at);
		at += sound_ring_write(&ring, in, frames);
	}
	return NULL;
}

/* For ThreadSanitizer, too. */
static void two_threads_agree(void)
{
	int16_t out[61], want[61];
	uint32_t wrong = 0;
	pthread_t writer;

	CHECK_EQ(sound_ring_init(&ring, 1, 1024), 0);
	CHECK_EQ(pthread_create(&writer, NULL, write_all, NULL), 0);
	for (uint32_t at = 0; at < TOTAL;) {
		uint32_t frames = min_u32(61, sound_ring_fill(&ring));
		sound_ring_peek(&ring, 0, out, frames);
		sound_ring_skip(&ring, frames);
		fill_with(want, frames, 1, at);
		wrong += memcmp(out, want, frames * sizeof(*out)) != 0;
		at += frames;
	}
	pthread_join(writer, NULL);
	CHECK_EQ(wrong, 0);
	CHECK_EQ(sound_ring_fill(&ring), 0);
	sound_ring_finish(&ring);
}

static const struct test_case cases[] = {
	TEST(what_goes_in_comes_out),
	TEST(a_full_one_takes_what_it_can),
	TEST(too_large_is_refused),
	TEST(two_threads_agree),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
