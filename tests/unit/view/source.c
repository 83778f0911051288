/* Frames, the pattern source and shots: what needs no display. */
#include <errno.h>
#include <glib/gstdio.h>
#include <png.h>

#include "pixel/pattern.h"
#include "test.h"
#include "view/notice.h"
#include "view/shot.h"
#include "view/source/source.h"

struct seen {
	unsigned frames, states;
	struct frame *keep[8];
};

static void on_frame(void *data, struct frame *frame)
{
	struct seen *seen = data;

	if (seen->frames < ARRAY_LEN(seen->keep))
		seen->keep[seen->frames] = frame_ref(frame);
	seen->frames++;
}

static void on_status(void *data, const struct source_status *status)
{
	CHECK_EQ(status->state, SOURCE_RUNNING);
	((struct seen *)data)->states++;
}

static const struct source_listener listener = { .frame = on_frame, .status = on_status };

static struct source *open_source(const char *text, struct seen *seen)
{
	g_autoptr(GError) error = NULL;
	const char *arg = NULL;
	const struct source_impl *impl = source_impl_find(text, &arg);
	struct source *source = source_create(impl, arg, &listener, seen, &error);

	if (!source)
		test_fail("%s: %s", text, error->message);
	return source;
}

static void run_until(struct seen *seen, unsigned frames)
{
	while (seen->frames < frames)
		g_main_context_iteration(NULL, TRUE);
}

static void give_back(struct seen *seen)
{
	for (size_t i = 0; i < ARRAY_LEN(seen->keep); i++)
		frame_unref(seen->keep[i]);
}

static void patterns_are_delivered_right(void)
{
	struct seen seen = { 0 };
	struct source *source = open_source("pattern:333x99@500", &seen);
	uint64_t number, stamp;

	CHECK_EQ(seen.frames, 0);
	run_until(&seen, 3);
	CHECK_EQ(seen.states, 1);
	for (unsigned i = 0; i < 3; i++) {
		const void *pixels = frame_pixels(seen.keep[i]);
		CHECK(pattern_read(&seen.keep[i]->image, pixels, &number, &stamp));
		CHECK_EQ(number, seen.keep[i]->serial);
		CHECK_EQ(pattern_check(&seen.keep[i]->image, pixels, number, stamp, NULL), 0);
	}
	give_back(&seen);
	source_destroy(source);
}

static void held_slots_are_not_drawn_over(void)
{
	struct seen seen = { 0 };
	struct source *source = open_source("pattern:160x32@1000", &seen);
	gint64 end;

	run_until(&seen, 4); /* every slot is ours now */
	end = g_get_monotonic_time() + 20000;
	while (g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, TRUE);
	CHECK_EQ(seen.frames, 4);
	frame_unref(seen.keep[0]);
	seen.keep[0] = NULL;
	run_until(&seen, 5);
	CHECK_EQ(seen.keep[4]->serial, 5);
	give_back(&seen);
	source_destroy(source);
}

static void refresh_brings_the_same_again(void)
{
	struct seen seen = { 0 };
	struct source *source = open_source("pattern:160x32@0", &seen);

	run_until(&seen, 1);
	source_refresh(source);
	CHECK_EQ(seen.frames, 2);
	CHECK_EQ(seen.keep[1]->serial, seen.keep[0]->serial);
	CHECK(frame_pixels(seen.keep[1]) == frame_pixels(seen.keep[0]));
	give_back(&seen);
	source_destroy(source);
}

static void damage_is_told_relative_to_a_serial(void)
{
	struct seen seen = { 0 };
	struct source *source = open_source("pattern:333x99@500", &seen);
	struct region damage;

	run_until(&seen, 3);
	frame_damage(seen.keep[2], 0, &damage);
	CHECK(region_is_full(&damage, 333, 99));
	frame_damage(seen.keep[2], seen.keep[2]->serial, &damage);
	CHECK(region_empty(&damage));
	frame_damage(seen.keep[2], seen.keep[1]->serial, &damage);
	CHECK(!region_empty(&damage) && !region_is_full(&damage, 333, 99));
	seen.keep[2]->image.data_height = 10; /* truncated: no row beyond is read */
	frame_damage(seen.keep[2], 0, &damage);
	CHECK_EQ(region_bounds(&damage).height, 10);
	give_back(&seen);
	source_destroy(source);
}

static void wrong_patterns_are_explained(void)
{
	static const char *const rows[] = { "",         "0x0",   "10",           "9x9@",
					    "9x9@2000", "9x9,z", "9x9,rotate=45" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		g_autoptr(GError) error = NULL;
		CHECK(!source_create(&source_pattern, rows[i], &listener, NULL, &error));
		CHECK_CONTAINS(error->message, rows[i]);
		CHECK_CONTAINS(error->message, "WIDTHxHEIGHT");
	}
}

/* Reads a PNG back as BGRX. */
static uint8_t *read_png(const char *path, uint32_t *width, uint32_t *height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	CHECK(png_image_begin_read_from_file(&image, path));
	image.format = PNG_FORMAT_BGRA;
	uint8_t *pixels = g_malloc(PNG_IMAGE_SIZE(image));
	CHECK(png_image_finish_read(&image, NULL, pixels, 0, NULL));
	*width = image.width;
	*height = image.height;
	return pixels;
}

static void shots_hold_every_pixel(void)
{
	struct seen seen = { 0 };
	struct source *source = open_source("pattern:333x99@0", &seen);
	g_autofree char *dir = g_dir_make_tmp("oriel-shot-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "shot.png", NULL);
	struct pixel_image image;
	uint32_t width, height;
	uint64_t number, stamp;

	run_until(&seen, 1);
	CHECK(shot_write(seen.keep[0], NULL, path, NULL));
	g_autofree uint8_t *pixels = read_png(path, &width, &height);
	CHECK_EQ(width, 333);
	CHECK_EQ(height, 99);
	pixel_image_init(&image, PIXEL_BGRA, width, height);
	image.pitch = width * 4;
	CHECK(pattern_read(&image, pixels, &number, &stamp));
	CHECK_EQ(pattern_check(&image, pixels, number, stamp, NULL), 0);
	give_back(&seen);
	source_destroy(source);
	g_unlink(path);
	CHECK_EQ(g_rmdir(dir), 0); /* nothing else was left */
}

static void shots_that_cannot_be_written_leave_nothing(void)
{
	const struct source_status status = { SOURCE_WAITING, "", "" };
	struct frame *frame = notice_frame(&status, 200, 100);
	g_autoptr(GError) error = NULL;

	CHECK(!shot_write(frame, NULL, "/nowhere/at/all.png", &error));
	CHECK_CONTAINS(error->message, "/nowhere/at/all.png: No such file");
	frame_unref(frame);
}

static void notices_differ(void)
{
	g_autofree uint8_t *first = NULL;

	for (int state = 0; state < SOURCE_STATE_COUNT; state++) {
		const struct source_status status = { (enum source_state)state, "", "" };
		struct frame *frame = notice_frame(&status, 640, 480);
		const uint8_t *pixels = frame_pixels(frame);
		size_t size = pixel_image_size(&frame->image);
		if (first)
			CHECK(memcmp(first, pixels, size) != 0);
		else
			first = g_memdup2(pixels, size);
		frame_unref(frame);
	}
}

static int seven(struct frame *frame, struct frame_dmabuf *out)
{
	out->fd = 7;
	out->offset = (uint32_t)frame->serial;
	return 0;
}

static void dmabufs_are_for_who_has_them(void)
{
	static const struct frame_impl without = { 0 }, with = { .dmabuf = seven };
	struct pixel_image image;
	struct frame frame;
	struct frame_dmabuf where;

	pixel_image_init(&image, PIXEL_BGRA, 64, 64);
	frame_init(&frame, &without, &image);
	CHECK_EQ(frame_dmabuf(&frame, &where), -ENOTSUP);
	frame_init(&frame, &with, &image);
	frame.serial = 5;
	CHECK_EQ(frame_dmabuf(&frame, &where), 0);
	CHECK_EQ(where.fd, 7);
	CHECK_EQ(where.offset, 5);
	CHECK_EQ(where.pitch, image.pitch);
	CHECK_EQ(where.modifier, FRAME_MODIFIER_LINEAR);
	CHECK(!where.flipped);
}

static const struct test_case cases[] = {
	TEST(patterns_are_delivered_right),
	TEST(held_slots_are_not_drawn_over),
	TEST(refresh_brings_the_same_again),
	TEST(damage_is_told_relative_to_a_serial),
	TEST(wrong_patterns_are_explained),
	TEST(shots_hold_every_pixel),
	TEST(shots_that_cannot_be_written_leave_nothing),
	TEST(notices_differ),
	TEST(dmabufs_are_for_who_has_them),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
