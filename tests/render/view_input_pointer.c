/* The pointer: ours at an X11 window, and the guest's in its picture. */
#include "view_input_rig.h"

#include <linux/input-event-codes.h>
#include <xcb/xfixes.h>

#include "view/input/impl.h"
#include "view/settings/schema.h"

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

static unsigned only_steps(const struct sink *self)
{
	(void)self;
	return SINK_KEYS | SINK_RELATIVE;
}

static bool is_put(void *data)
{
	const struct point *want = data;

	return script.point.x == want->x && script.point.y == want->y;
}

static void await_point(uint32_t x, uint32_t y)
{
	struct point want = { x, y };

	pump_until(is_put, &want, "the guest's pointer is where ours is");
}

/* A guest's mouse that knows no places: the producer is asked to put the pointer. */
static void pointers_meet_at_the_edges(void)
{
	static struct sink_impl steps;
	static const struct point corners[4][4] = {
		{ { 0, 0 }, { 399, 0 }, { 0, 299 }, { 399, 299 } },
		{ { 0, 299 }, { 0, 0 }, { 399, 299 }, { 399, 0 } },
		{ { 399, 299 }, { 0, 299 }, { 399, 0 }, { 0, 0 } },
		{ { 399, 0 }, { 399, 299 }, { 0, 0 }, { 0, 299 } },
	};

	steps = sink_record;
	steps.abilities = only_steps;
	for (int turn = 0; turn < 4; turn++) {
		prepare();
		viewer.options.rotate = turn;
		open_window(400, 300);
		viewer.app->input->sink->impl = &steps;
		uint32_t w = turn % 2 ? 450 : 600, h = turn % 2 ? 600 : 450;
		server_resize(&server, window(), w, h);
		await_width(w);
		post();
		for (int c = 0; c < 4; c++) {
			struct point want = corners[turn][c];
			hands_point(&server, 1500, 1100);
			await_point(corners[turn][3].x, corners[turn][3].y); /* left there */
			hands_point(&server, c % 2 ? (int16_t)(w - 1) : 0,
				    c / 2 ? (int16_t)(h - 1) : 0);
			await_point(want.x, want.y);
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

/* ---- both ---- */

struct look_of {
	uint32_t width, height, middle;
};

static struct look_of desktop_pointer(void)
{
	free(xcb_xfixes_query_version_reply(server.xcb, xcb_xfixes_query_version(server.xcb, 5, 0),
					    NULL));
	xcb_xfixes_get_cursor_image_reply_t *reply = xcb_xfixes_get_cursor_image_reply(
		server.xcb, xcb_xfixes_get_cursor_image(server.xcb), NULL);
	CHECK(reply);
	const uint32_t *pixels = xcb_xfixes_get_cursor_image_cursor_image(reply);
	struct look_of out = { reply->width, reply->height,
			       pixels[reply->height / 2 * reply->width + reply->width / 2] };
	free(reply);
	return out;
}

static bool looks_so(void *data)
{
	const struct look_of *want = data;
	struct look_of got = desktop_pointer();

	return got.width == want->width && got.height == want->height && got.middle == want->middle;
}

static void await_look(uint32_t width, uint32_t height, uint32_t middle)
{
	struct look_of want = { width, height, middle };

	pump_until(looks_so, &want, "the desktop's pointer looks as it should");
}

static bool is_drawn(void *data)
{
	uint32_t x, y;

	return (red_pixels(&x, &y) == 24) == *(bool *)data;
}

static void await_drawn(bool drawn)
{
	pump_until(is_drawn, &drawn, "the guest's pointer is drawn, or not");
}

static void change(const char *name, int value)
{
	const struct setting *row = schema_find("input", name);

	*(int *)((char *)&viewer.options + row->field) = value;
	app_apply(viewer.app, row);
}

static void without_focus_it_is_a_dot(void)
{
	prepare();
	open_window(320, 240);
	tell_pointer(10, 20, true, true);
	await_look(6, 4, 0xffff0000);
	hands_focus(&server, XCB_NONE);
	await_look(5, 5, 0xffffffff);
	change("cursor-dot", CURSOR_DOT_LARGE);
	await_look(13, 13, 0xffffffff);
	server_resize(&server, window(), 640, 480);
	await_width(640);
	post();
	await_look(14, 14, 0xffffffff); /* as large as before, but for rounding */
	change("cursor-dot", CURSOR_DOT_NONE);
	await_look(12, 8, 0xffff0000);
	change("cursor-dot", CURSOR_DOT_SMALL);
	tell_pointer(10, 20, false, false);
	hands_focus(&server, window());
	await_look(1, 1, 0);
	check_pointer(0, 0, 0);
	tidy();
}

static void the_desktops_arrow_can_stay(void)
{
	prepare();
	viewer.shows_arrow = true;
	open_window(320, 240);
	struct look_of arrow = desktop_pointer();
	tell_pointer(10, 20, true, true);
	CHECK(looks_so(&arrow));
	await_drawn(true);
	check_pointer(24, 10, 20);
	CHECK(script.moves);
	tell_pointer(10, 20, false, false);
	CHECK(looks_so(&arrow));
	await_drawn(false);
	change("hide-cursor", TRUE);
	await_look(1, 1, 0);
	tell_pointer(30, 20, true, false);
	await_look(6, 4, 0xffff0000);
	check_pointer(0, 0, 0);
	CHECK(!script.moves);
	viewer.shows_arrow = false;
	tidy();
}

static void the_guests_is_shown_where_ours_is_not(void)
{
	prepare();
	open_window(320, 240);
	tell_pointer(10, 20, true, true);
	hands_point(&server, 1500, 1100);
	await_drawn(false);
	change("always-show-cursor", TRUE);
	await_drawn(true);
	hands_point(&server, 160, 120);
	await_drawn(false);
	hands_focus(&server, XCB_NONE);
	await_drawn(true);
	hands_focus(&server, window());
	await_drawn(false);
	tidy();
}

static const struct test_case cases[] = {
	TEST(corners_are_exact),
	TEST(pointers_meet_at_the_edges),
	TEST(buttons_and_wheels_arrive),
	TEST(motion_adds_up),
	TEST(captured_pointers_are_the_guests),
	TEST(captured_pointers_grow_with_the_picture),
	TEST(without_focus_it_is_a_dot),
	TEST(the_desktops_arrow_can_stay),
	TEST(the_guests_is_shown_where_ours_is_not),
};

int main(int argc, char **argv)
{
	return input_main(argc, argv, cases, ARRAY_LEN(cases));
}
