#include <errno.h>

#include "base/clock.h"
#include "guest/bands.h"
#include "guest/capture.h"
#include "guest/pattern_spec.h"
#include "pixel/pattern.h"
#include "test.h"

static void bands_are_disjoint_and_sorted(void)
{
	struct region region = { 0 };
	region_add(&region, (struct rect){ 0, 50, 10, 10 });
	region_add(&region, (struct rect){ 5, 10, 3, 5 });
	region_add(&region, (struct rect){ 90, 12, 3, 10 });
	region_add(&region, (struct rect){ 0, 95, 10, 10 });
	region_add(&region, (struct rect){ 0, 200, 10, 10 });
	struct band bands[REGION_MAX];
	CHECK_EQ(bands_from_region(&region, 100, bands), 3);
	CHECK_EQ(bands[0].first, 10);
	CHECK_EQ(bands[0].rows, 12);
	CHECK_EQ(bands[1].first, 50);
	CHECK_EQ(bands[2].first, 95);
	CHECK_EQ(bands[2].rows, 5);
}

static void words_are_understood(void)
{
	struct pattern_spec spec;
	CHECK_EQ(pattern_spec_parse(&spec, NULL, NULL), 0);
	CHECK_EQ(spec.image.width, 1920);
	CHECK_EQ(spec.hz, 60);
	CHECK_EQ(spec.image.format, PIXEL_BGRA);
	CHECK_EQ(pattern_spec_parse(&spec, "640x480@0:rgba16f:still:cursor:rot270:pq", NULL), 0);
	CHECK_EQ(spec.image.width, 640);
	CHECK_EQ(spec.image.height, 480);
	CHECK_EQ(spec.hz, 0);
	CHECK_EQ(spec.image.format, PIXEL_RGBA16F);
	CHECK_EQ(spec.image.rotation, PIXEL_ROTATE_270);
	CHECK_EQ(spec.image.colour, PIXEL_COLOUR_PQ);
	CHECK(spec.still && spec.cursor);
	CHECK_EQ(spec.cursor_hz, 60);
	CHECK_EQ(pattern_spec_parse(&spec, "cursor@1000", NULL), 0);
	CHECK(spec.cursor && !spec.still);
	CHECK_EQ(spec.cursor_hz, 1000);
}

static void mistakes_are_named(void)
{
	static const char *const wrong[] = { "640x",    "640x480@", "bgra9",    "0x5",
					     "99999x5", "cursor@",  "cursor@0", "cursors" };
	for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
		struct pattern_spec spec;
		struct err err = { 0 };
		CHECK_EQ(pattern_spec_parse(&spec, wrong[i], &err), -EINVAL);
		CHECK_CONTAINS(err.text, wrong[i]);
	}
}

/* ---- the capture ---- */

struct player {
	struct capture *capture;
	struct waker waker;
	struct capture_info info;
	struct region missed;
	uint8_t *pixels;
};

static void player_open(struct player *self, const char *arg)
{
	memset(self, 0, sizeof(*self));
	struct capture_params params = { .arg = arg, .fd = -1 };
	CHECK_EQ(waker_init(&self->waker), 0);
	CHECK_EQ(capture_pattern.create(&self->capture, &params, NULL), 0);
	self->pixels = calloc(1, pixel_image_size(&self->capture->image));
	capture_pattern.watch(self->capture, true);
}

static void player_close(struct player *self)
{
	capture_destroy(self->capture);
	waker_finish(&self->waker);
	free(self->pixels);
}

static int player_wait(struct player *self, uint64_t limit_ns)
{
	return self->capture->impl->wait(self->capture, &self->waker, clock_ns() + limit_ns,
					 &self->info, &self->missed);
}

static void player_fill(struct player *self)
{
	struct capture_target target = { .pixels = self->pixels, .image = self->info.image };
	CHECK_EQ(self->capture->impl->fill(self->capture, &target, &self->missed), 0);
	region_clear(&self->missed);
}

static void player_is_right(struct player *self)
{
	uint64_t number, stamp;
	CHECK(pattern_read(&self->info.image, self->pixels, &number, &stamp));
	CHECK_EQ(pattern_check(&self->info.image, self->pixels, number, stamp, NULL), 0);
}

/* Frames are missed on purpose: their damage must not be forgotten. */
static void every_format_is_drawn_from_its_damage(void)
{
	for (int format = PIXEL_BGRA; format < PIXEL_FORMAT_COUNT; format++) {
		char arg[64];
		struct player player;
		snprintf(arg, sizeof(arg), "322x130@0:%s",
			 pixel_format_info((uint32_t)format)->name);
		player_open(&player, arg);
		for (int i = 0; i < 40; i++) {
			CHECK_EQ(player_wait(&player, NS_PER_S), 0);
			if (i % 3)
				continue;
			player_fill(&player);
			player_is_right(&player);
		}
		player_close(&player);
	}
}

static void two_run_side_by_side(void)
{
	struct player a, b;
	player_open(&a, "322x130@0");
	player_open(&b, "640x200@0:rgba10");
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(player_wait(&a, NS_PER_S), 0);
		player_fill(&a);
		if (i < 5) {
			CHECK_EQ(player_wait(&b, NS_PER_S), 0);
			player_fill(&b);
		}
		player_is_right(&a);
		player_is_right(&b);
	}
	uint64_t number_a, number_b, stamp;
	CHECK(pattern_read(&a.info.image, a.pixels, &number_a, &stamp));
	CHECK(pattern_read(&b.info.image, b.pixels, &number_b, &stamp));
	CHECK_EQ(number_a, 10);
	CHECK_EQ(number_b, 5);
	player_close(&a);
	player_close(&b);
}

static void a_still_one_changes_once_per_watch(void)
{
	struct player player;
	player_open(&player, "320x200:still");
	CHECK_EQ(player_wait(&player, NS_PER_S), 0);
	CHECK_EQ(player_wait(&player, 50 * NS_PER_MS), CAPTURE_E_TIMEOUT);
	capture_pattern.watch(player.capture, false);
	capture_pattern.watch(player.capture, true);
	region_clear(&player.missed);
	CHECK_EQ(player_wait(&player, NS_PER_S), 0);
	CHECK(region_is_full(&player.missed, 320, 200));
	player_close(&player);
}

static void the_rate_is_kept(void)
{
	struct player player;
	player_open(&player, "320x200@100");
	uint64_t begin = clock_ns();
	for (int i = 0; i < 21; i++)
		CHECK_EQ(player_wait(&player, NS_PER_S), 0);
	CHECK((clock_ns() - begin) / NS_PER_MS >= 199);
	player_close(&player);
}

static void a_wake_ends_the_wait(void)
{
	struct player player;
	player_open(&player, "320x200:still");
	CHECK_EQ(player_wait(&player, NS_PER_S), 0);
	waker_wake(&player.waker);
	uint64_t begin = clock_ns();
	CHECK_EQ(player_wait(&player, 60 * NS_PER_S), CAPTURE_E_TIMEOUT);
	CHECK(clock_ns() - begin < 30 * NS_PER_S);
	player_close(&player);
}

static void the_pointer_shows_each_kind(void)
{
	struct player player;
	struct cursor cursor;
	unsigned seen = 0;
	player_open(&player, "320x200:cursor");
	capture_pointer_watch(player.capture, true);
	for (int i = 0; i < 130 && seen != 7; i++) {
		CHECK_EQ(capture_pointer(player.capture, &player.waker, clock_ns() + NS_PER_S,
					 &cursor),
			 0);
		CHECK(cursor.visible && cursor.has_position);
		if (!cursor.has_shape)
			continue;
		CHECK(cursor_shape_valid(&cursor.shape));
		seen |= 1u << cursor.shape.type;
	}
	CHECK_EQ(seen, 7);
	CHECK_EQ(capture_warp(player.capture, 100, 50), 0);
	CHECK_EQ(capture_pointer(player.capture, &player.waker, clock_ns() + NS_PER_S, &cursor), 0);
	CHECK_EQ(cursor.x + 4, 100);
	CHECK_EQ(cursor.y + 4, 50);
	player_close(&player);
}

static const struct test_case cases[] = {
	TEST(bands_are_disjoint_and_sorted),
	TEST(words_are_understood),
	TEST(mistakes_are_named),
	TEST(every_format_is_drawn_from_its_damage),
	TEST(two_run_side_by_side),
	TEST(a_still_one_changes_once_per_watch),
	TEST(the_rate_is_kept),
	TEST(a_wake_ends_the_wait),
	TEST(the_pointer_shows_each_kind),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
