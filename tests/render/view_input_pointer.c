/* The pointer: ours at an X11 window, and the guest's in its picture. */
#include "view_input_rig.h"

#include <linux/input-event-codes.h>

/* ---- ours ---- */

static void corners_are_exact(void)
{
	static const uint32_t percents[] = { 100, 125, 150, 200, 50 };
	static const char *const corners[4][4] = {
		{ "position 0 0", "position 399 0", "position 0 299", "position 399 299" },
		{ "position 0 299", "position 0 0", "position 399 299", "position 399 0" },
		{ "position 399 299", "position 0 299", "position 399 0", "position 0 0" },
		{ "position 399 0", "position 399 299", "position 0 0", "position 0 299" },
	};

	for (size_t i = 0; i < ARRAY_LEN(percents) * 4; i++) {
		int turn = (int)i % 4;
		prepare();
		viewer.options.rotate = turn;
		open_window(400, 300);
		uint32_t w = (turn % 2 ? 300 : 400) * percents[i / 4] / 100;
		uint32_t h = (turn % 2 ? 400 : 300) * percents[i / 4] / 100;
		server_resize(&server, window(), w, h);
		await_width(w);
		post();
		for (int c = 0; c < 4; c++) {
			g_autofree char *want = g_strdup_printf("%s of 400x300", corners[turn][c]);
			check_corner(c % 2 ? (int16_t)(w - 1) : 0, c / 2 ? (int16_t)(h - 1) : 0,
				     want);
		}
	}
	tidy();
}

static void buttons_and_wheels_arrive(void)
{
	prepare();
	open_window(640, 480);
	forget();
	for (uint8_t number = 1; number <= 9; number++) {
		hands_button(&server, number, true);
		hands_button(&server, number, false);
	}
	settle();
	CHECK_STR(without_positions(),
		  "button 272 1 button 272 0 button 274 1 button 274 0 button 273 1 button 273 0 "
		  "scroll 0 -120 scroll 0 120 scroll -120 0 scroll 120 0 "
		  "button 275 1 button 275 0 button 276 1 button 276 0");
	tidy();
}

/* 4000 of them, at a wall and back: all count, whatever the pointer could follow. */
static void motion_adds_up(void)
{
	int64_t x = 0, y = 0, got_x = 0, got_y = 0;

	prepare();
	viewer.options.input.raw = TRUE;
	open_window(640, 480);
	capture();
	forget();
	for (int i = 0; i < 4000; i++) {
		int16_t dx = (int16_t)g_random_int_range(-20, 31);
		int16_t dy = (int16_t)g_random_int_range(-30, 21);
		hands_move(&server, dx, dy);
		x += dx;
		y += dy;
		if (i % 100 == 0)
			pump_ms(1);
	}
	settle();
	g_auto(GStrv) all = g_strsplit(lines->str, "\n", -1);
	for (char **line = all; *line; line++) {
		int dx, dy;
		if (sscanf(*line, "motion %d %d", &dx, &dy) == 2) {
			got_x += dx;
			got_y += dy;
		}
	}
	CHECK_EQ(got_x, x);
	CHECK_EQ(got_y, y);
	CHECK(!strstr(lines->str, "position"));
	tidy();
}

/* ---- the guest's pointer ---- */

/* 6 by 4 pixels, opaque red, its tip at 1, 1. */
static void tell_pointer(int32_t x, int32_t y, bool visible, bool shape)
{
	static uint32_t pixels[6 * 4];
	struct cursor cursor = {
		.visible = visible,
		.has_position = true,
		.x = x,
		.y = y,
		.has_shape = shape,
		.shape = { CURSOR_COLOUR, 1, 1, 6, 4, 6 * 4, (const uint8_t *)pixels },
	};

	for (size_t i = 0; i < ARRAY_LEN(pixels); i++)
		pixels[i] = 0xffff0000;
	script.source.listener->cursor(script.source.data, &cursor);
	pump_ms(50);
}

/* How many pixels are red, and the first of them. The root is asked, or panels would be missing. */
static unsigned red_pixels(uint32_t *x, uint32_t *y)
{
	uint32_t width, height;
	unsigned count = 0;
	g_autofree uint32_t *got = server_grab(&server, server.screen->root, &width, &height);

	for (uint32_t i = 0; i < width * height; i++)
		if (got[i] == 0xff0000 && count++ == 0) {
			*x = i % width;
			*y = i / width;
		}
	return count;
}

static void check_pointer(unsigned count, uint32_t x, uint32_t y)
{
	uint32_t got_x = 0, got_y = 0;

	CHECK_EQ(red_pixels(&got_x, &got_y), count);
	CHECK_EQ(got_x, x);
	CHECK_EQ(got_y, y);
}

/* Pictures here are black. */
static void captured_pointers_are_the_guests(void)
{
	prepare();
	open_window(320, 240);
	tell_pointer(10, 20, true, true);
	check_pointer(0, 0, 0); /* the X server's own, which no picture shows */
	capture();
	pump_ms(50);
	check_pointer(24, 10, 20);
	tell_pointer(100, 50, true, false);
	check_pointer(24, 100, 50);
	tell_pointer(100, 50, false, false);
	check_pointer(0, 0, 0);
	tell_pointer(100, 50, true, false);
	chord(KEY_R); /* upright, at its tip */
	pump_ms(50);
	post();
	check_pointer(24, 240 - 1 - 51 - 1, 101 - 1);
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(false);
	pump_ms(50);
	check_pointer(0, 0, 0);
	tidy();
}

static void captured_pointers_grow_with_the_picture(void)
{
	uint32_t wide = 640;

	prepare();
	open_window(320, 240);
	tell_pointer(10, 20, true, true);
	capture();
	server_resize(&server, window(), 640, 480);
	await_width(wide);
	pump_ms(50);
	check_pointer(24 * 4, 20, 40);
	script_status(&script, SOURCE_LOST, "");
	pump_ms(400);
	check_pointer(0, 0, 0);
	tidy();
}

static const struct test_case cases[] = {
	TEST(corners_are_exact),
	TEST(buttons_and_wheels_arrive),
	TEST(motion_adds_up),
	TEST(captured_pointers_are_the_guests),
	TEST(captured_pointers_grow_with_the_picture),
};

int main(int argc, char **argv)
{
	return input_main(argc, argv, cases, ARRAY_LEN(cases));
}
