/* Hands at a Wayland window, what it keeps for itself, and what lies over its picture; with a
 * pointer and a keyboard of our own. */
#include <glib/gstdio.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "compositor.h"
#include "hands_wayland.h"
#include "view/input/input.h"
#include "view/present/screen.h"
#include "view/settings/value.h"
#include "view/window/wayland/wayland.h"
#include "view_rig.h"

static struct compositor compositor;

/* ---- hands ---- */

static struct hands hands;
static struct window *window;

static struct wayland *wayland(void)
{
	return (struct wayland *)window;
}

/* The compositor has done what it was asked for, and the window was told. Twice, for what the
 * window asks for then. */
static void settle(void)
{
	for (int i = 0; i < 2; i++) {
		wl_display_roundtrip(hands.display);
		hands_await(wayland()->display, "the compositor answers");
	}
}

static void point(uint32_t x, uint32_t y)
{
	zwlr_virtual_pointer_v1_motion_absolute(hands.pointer, ++hands.time, x, y, compositor.width,
						compositor.height);
	zwlr_virtual_pointer_v1_frame(hands.pointer);
	settle();
}

static void move(double dx, double dy)
{
	zwlr_virtual_pointer_v1_motion(hands.pointer, ++hands.time, wl_fixed_from_double(dx),
				       wl_fixed_from_double(dy));
	zwlr_virtual_pointer_v1_frame(hands.pointer);
	settle();
}

static void click(uint32_t button, bool pressed)
{
	zwlr_virtual_pointer_v1_button(hands.pointer, ++hands.time, button, pressed);
	zwlr_virtual_pointer_v1_frame(hands.pointer);
	settle();
}

static void scroll(uint32_t axis, double value, int clicks)
{
	zwlr_virtual_pointer_v1_axis_source(hands.pointer, clicks ? WL_POINTER_AXIS_SOURCE_WHEEL
								  : WL_POINTER_AXIS_SOURCE_FINGER);
	if (clicks)
		zwlr_virtual_pointer_v1_axis_discrete(hands.pointer, ++hands.time, axis,
						      wl_fixed_from_double(value), clicks);
	else
		zwlr_virtual_pointer_v1_axis(hands.pointer, ++hands.time, axis,
					     wl_fixed_from_double(value));
	zwlr_virtual_pointer_v1_frame(hands.pointer);
	settle();
}

static void type(uint32_t code, bool pressed)
{
	hands_key(&hands, code, pressed);
	settle();
}

/* ---- what the window tells ---- */

static struct told {
	GString *keys;
	double x, y, dx, dy, raw_dx, raw_dy;
	int32_t x120, y120;
	uint32_t locks;
	unsigned motions, positions;
	bool inside, focused;
	unsigned grabs, grabbed;
	char refused[256];
	unsigned visible, closed;
} told;

static void on_key(void *data, uint32_t code, bool pressed)
{
	(void)data;
	g_string_append_printf(told.keys, "%c%u ", pressed ? '+' : '-', code);
}

static void on_locks(void *data, uint32_t locks)
{
	(void)data;
	told.locks = locks;
}

static void on_position(void *data, double x, double y)
{
	(void)data;
	told.x = x;
	told.y = y;
	told.positions++;
}

static void on_motion(void *data, double dx, double dy, double raw_dx, double raw_dy)
{
	(void)data;
	told.dx += dx;
	told.dy += dy;
	told.raw_dx += raw_dx;
	told.raw_dy += raw_dy;
	told.motions++;
}

static void on_button(void *data, uint32_t code, bool pressed)
{
	on_key(data, code, pressed);
}

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	(void)data;
	told.x120 += x120;
	told.y120 += y120;
}

static void on_inside(void *data, bool inside)
{
	(void)data;
	told.inside = inside;
}

static void on_focus(void *data, bool focused)
{
	(void)data;
	told.focused = focused;
}

static void on_grabbed(void *data, unsigned grabs, const char *refused)
{
	(void)data;
	told.grabs = grabs;
	told.grabbed++;
	g_strlcpy(told.refused, refused, sizeof(told.refused));
}

static struct input *taker; /* gets all of it in our place; or NULL */

static const struct input_events input = {
	.key = on_key,
	.locks = on_locks,
	.position = on_position,
	.motion = on_motion,
	.button = on_button,
	.scroll = on_scroll,
	.inside = on_inside,
	.focus = on_focus,
	.grabbed = on_grabbed,
};

static void on_resized(void *data, uint32_t width, uint32_t height)
{
	(void)data, (void)width, (void)height;
}

static void on_nothing(void *data)
{
	(void)data;
}

static void on_visible(void *data, bool visible)
{
	(void)data;
	told.visible += visible;
}

static void on_closed(void *data)
{
	(void)data;
	told.closed++;
}

static void on_lost(void *data, const char *why)
{
	(void)data;
	printf("# lost: %s\n", why);
}

static const struct window_listener window_listener = {
	.resized = on_resized,
	.needs_picture = on_nothing,
	.visible = on_visible,
	.closed = on_closed,
	.lost = on_lost,
};

/* ---- a window with a grey picture ---- */

static struct screen *screen;
static struct script script;

static void on_shown(void *data, uint64_t seen_ns, uint64_t when_ns)
{
	(void)data, (void)seen_ns, (void)when_ns;
}

static void on_busy(void *data, bool busy)
{
	(void)data, (void)busy;
}

static void on_failed(void *data, const char *why)
{
	(void)data;
	printf("# failed: %s\n", why);
}

static const struct screen_listener screen_listener = {
	.shown = on_shown,
	.busy = on_busy,
	.needs_picture = on_nothing,
	.failed = on_failed,
};

static void on_frame(void *data, struct frame *frame)
{
	(void)data;
	screen_show(screen, frame);
}

static const struct source_listener source_listener = { .frame = on_frame };

static void show_grey(void)
{
	for (size_t i = 0; i < (size_t)script.image.width * script.image.height; i++)
		script.model[i] = 0x808080;
	script_post(&script, NULL);
	compositor_await_pixel(&compositor, compositor.width - 40, compositor.height - 40,
			       0x808080);
}

static bool has_hands(void *data)
{
	(void)data;
	return wayland()->focused && wayland()->pointer_inside;
}

static bool is_true(void *data)
{
	return *(bool *)data;
}

static void await(bool *what, const char *why)
{
	pump_until(is_true, what, why);
}

static bool is_false(void *data)
{
	return !*(bool *)data;
}

static bool is_granted(void *data)
{
	return told.grabs == *(unsigned *)data;
}

static void await_grabs(unsigned grabs)
{
	pump_until(is_granted, &grabs, "the grabs are as they should be");
}

static void close_all(void)
{
	screen_destroy(screen);
	window_destroy(window);
	script_finish(&script);
	screen = NULL;
	window = NULL;
	hands_close(&hands);
	compositor_stop(&compositor);
	if (told.keys)
		g_string_free(told.keys, TRUE);
	told = (struct told){ 0 };
}

static void open_all(const char *scale, const char *more, bool fullscreen)
{
	const struct window_params params = {
		.title = "hands",
		.width = 400,
		.height = 300,
		.fullscreen = fullscreen,
		.listener = &window_listener,
		.input = taker ? &input_events : &input,
		.input_data = taker,
	};

	close_all();
	compositor_start(&compositor, SWAY, 800, 600, scale, more);
	hands_open(&hands, true);
	told.keys = g_string_new("");
	window = window_create(&window_wayland, &params, NULL);
	CHECK(window);
	screen = screen_create(window, NULL, &screen_listener, NULL, NULL);
	script_init(&script, 800, 600, 0);
	script.source.listener = &source_listener;
	window_fit(window, 800, 600);
	window_show(window);
	show_grey();
	point(400, 300);
	pump_until(has_hands, NULL, "the window has keyboard and pointer");
}

/* ---- hands ---- */

static void keys_and_buttons_have_the_kernels_numbers(void)
{
	open_all(NULL, NULL, false);
	CHECK(told.focused && told.inside);
	type(KEY_A, true);
	type(KEY_A, false);
	type(KEY_SCROLLLOCK, true);
	type(KEY_SCROLLLOCK, false);
	click(BTN_LEFT, true);
	click(BTN_LEFT, false);
	click(BTN_EXTRA, true);
	click(BTN_EXTRA, false);
	CHECK_STR(told.keys->str, "+30 -30 +70 -70 +272 -272 +276 -276 ");
	close_all();
}

static void held_keys_do_not_repeat(void)
{
	open_all(NULL, "input * repeat_rate 50\ninput * repeat_delay 100", false);
	type(KEY_Q, true);
	pump_ms(600);
	type(KEY_Q, false);
	CHECK_STR(told.keys->str, "+16 -16 ");
	close_all();
}

static void positions_are_pixels_of_the_window(void)
{
	open_all(NULL, NULL, false);
	point(123, 45);
	CHECK(told.x == 123 && told.y == 45);
	close_all();
	open_all("1.5", NULL, false); /* sway rounds up: the window has 2 pixels per unit */
	CHECK_EQ(window->scale120, 240);
	point(150, 300);
	CHECK(told.x > 199 && told.x < 201 && told.y > 399 && told.y < 401);
	close_all();
}

static void wheels_turn_in_120ths(void)
{
	open_all(NULL, NULL, false);
	scroll(WL_POINTER_AXIS_VERTICAL_SCROLL, 15, 1);
	CHECK_EQ(told.y120, 120);
	scroll(WL_POINTER_AXIS_VERTICAL_SCROLL, -30, -2);
	CHECK_EQ(told.y120, -120);
	scroll(WL_POINTER_AXIS_HORIZONTAL_SCROLL, 15, 1);
	CHECK_EQ(told.x120, 120);
	told.y120 = 0;
	for (int i = 0; i < 30; i++) /* fingers: fractions add up */
		scroll(WL_POINTER_AXIS_VERTICAL_SCROLL, 0.5, 0);
	CHECK(told.y120 >= 119 && told.y120 <= 121);
	close_all();
}

static void locks_are_told(void)
{
	open_all(NULL, NULL, false);
	zwp_virtual_keyboard_v1_modifiers(hands.keyboard, 0, 0, 2, 0); /* Lock */
	settle();
	CHECK_EQ(told.locks, 4);
	zwp_virtual_keyboard_v1_modifiers(hands.keyboard, 0, 0, 2 | 16, 0); /* and Mod2 */
	settle();
	CHECK_EQ(told.locks, 6);
	zwp_virtual_keyboard_v1_modifiers(hands.keyboard, 0, 0, 0, 0);
	settle();
	CHECK_EQ(told.locks, 0);
	close_all();
}

static void focus_goes_with_the_workspace(void)
{
	open_all(NULL, NULL, false);
	CHECK(told.focused);
	g_free(compositor_tell(&compositor, "workspace 2"));
	pump_until(is_false, &told.focused, "the keyboard is elsewhere");
	pump_until(is_false, &told.inside, "the pointer is elsewhere");
	g_free(compositor_tell(&compositor, "workspace 1"));
	await(&told.focused, "the keyboard is back");
	close_all();
}

static void activation_brings_the_window_back(void)
{
	open_all(NULL, "focus_on_window_activation focus", false);
	g_free(compositor_tell(&compositor, "workspace 2"));
	pump_until(is_false, &told.focused, "the keyboard is elsewhere");
	window_activate(window);
	await(&told.focused, "the window has the keyboard again");
	close_all();
}

/* Who listened to a window may be gone before it. */
static void windows_that_are_destroyed_tell_nothing(void)
{
	open_all(NULL, NULL, false);
	window_grab(window, INPUT_GRAB_POINTER);
	settle();
	unsigned grabbed = told.grabbed;
	CHECK(told.focused && told.inside);
	screen_destroy(screen);
	window_destroy(window);
	screen = NULL;
	window = NULL;
	CHECK(told.focused && told.inside);
	CHECK_EQ(told.grabbed, grabbed);
	close_all();
}

/* ---- grabs ---- */

static void locked_pointers_move_raw(void)
{
	open_all(NULL, NULL, false);
	move(5, 5);
	CHECK_EQ(told.motions, 0); /* nothing is grabbed */
	window_grab(window, INPUT_GRAB_POINTER);
	await_grabs(INPUT_GRAB_POINTER);
	CHECK_STR(told.refused, "");
	unsigned positions = told.positions;
	told.dx = told.dy = told.raw_dx = told.raw_dy = 0;
	for (int i = 0; i < 10; i++)
		move(100, -50); /* far beyond the window */
	CHECK_EQ(told.motions, 10);
	CHECK(told.raw_dx == 1000 && told.raw_dy == -500);
	CHECK_EQ(told.positions, positions);
	window_grab(window, 0);
	settle();
	CHECK_EQ(told.grabs, 0);
	move(1, 1);
	CHECK_EQ(told.motions, 10);
	CHECK(told.positions > positions);
	close_all();
}

static void confined_pointers_stay_inside(void)
{
	open_all(NULL, NULL, false);
	window_grab(window, INPUT_GRAB_CONFINE);
	await_grabs(INPUT_GRAB_CONFINE);
	for (int i = 0; i < 10; i++)
		move(200, 200);
	CHECK(told.inside && told.x < 800 && told.y < 600);
	CHECK(told.motions > 0 && told.positions > 0);
	close_all();
}

/* Sway answers at once. */
static void shortcuts_are_ours_when_grabbed(void)
{
	open_all(NULL, "bindsym a fullscreen toggle", false);
	type(KEY_A, true);
	type(KEY_A, false);
	CHECK(window->fullscreen);
	CHECK_STR(told.keys->str, "");
	window_grab(window, INPUT_GRAB_KEYBOARD);
	await_grabs(INPUT_GRAB_KEYBOARD);
	type(KEY_A, true);
	type(KEY_A, false);
	CHECK(window->fullscreen);
	CHECK_STR(told.keys->str, "+30 -30 ");
	window_grab(window, 0);
	await_grabs(0);
	close_all();
}

static gpointer let_go(gpointer data)
{
	window_let_go(data);
	return NULL;
}

/* What the watchdog's thread gives back is the compositor's again; and can be had again. */
static void hung_windows_let_go(void)
{
	open_all(NULL, "bindsym a fullscreen toggle", false);
	window_grab(window, INPUT_GRAB_KEYBOARD | INPUT_GRAB_POINTER);
	await_grabs(INPUT_GRAB_KEYBOARD | INPUT_GRAB_POINTER);
	g_thread_join(g_thread_new("let go", let_go, window));
	pump_ms(50);
	move(50, 50);
	CHECK(told.positions > 0);
	type(KEY_A, true);
	type(KEY_A, false);
	CHECK(window->fullscreen);
	CHECK_STR(told.keys->str, "");
	window_grab(window, 0);
	await_grabs(0);
	window_grab(window, INPUT_GRAB_KEYBOARD);
	await_grabs(INPUT_GRAB_KEYBOARD);
	close_all();
}

static bool is_refused(void *data)
{
	(void)data;
	return told.refused[0] != 0;
}

static void refusals_come_with_a_remedy(void)
{
	open_all(NULL, "seat * shortcuts_inhibitor disable", false);
	g_free(compositor_tell(&compositor, "[app_id=oriel-view] shortcuts_inhibitor disable"));
	window_grab(window, INPUT_GRAB_KEYBOARD);
	pump_until(is_refused, NULL, "the window has waited long enough for an answer");
	CHECK_EQ(told.grabs, 0);
	CHECK_CONTAINS(told.refused, "the compositor keeps its shortcuts");
	CHECK_CONTAINS(told.refused, "settings");
	close_all();
}

/* Keys come, but for those that the compositor wants; and no refusal is told. */
static void shortcuts_stay_the_compositors_where_the_user_says_so(void)
{
	open_all(NULL, "bindsym a fullscreen toggle", false);
	window_set_hints(window, WINDOW_LEAVES_SHORTCUTS);
	window_grab(window, INPUT_GRAB_KEYBOARD);
	settle();
	CHECK_EQ(told.grabs, INPUT_GRAB_KEYBOARD);
	CHECK_STR(told.refused, "");
	type(KEY_A, true);
	type(KEY_A, false);
	type(KEY_B, true);
	type(KEY_B, false);
	CHECK_STR(told.keys->str, "+48 -48 ");
	window_set_hints(window, 0); /* and at once: */
	settle();
	await_grabs(INPUT_GRAB_KEYBOARD);
	type(KEY_A, true);
	type(KEY_A, false);
	CHECK_STR(told.keys->str, "+48 -48 +30 -30 ");
	close_all();
}

static void grabs_end_with_the_focus_and_return(void)
{
	open_all(NULL, NULL, false);
	window_grab(window, INPUT_GRAB_POINTER);
	await_grabs(INPUT_GRAB_POINTER);
	g_free(compositor_tell(&compositor, "workspace 2"));
	await_grabs(0);
	g_free(compositor_tell(&compositor, "workspace 1"));
	point(400, 300);
	await_grabs(INPUT_GRAB_POINTER);
	close_all();
}

/* ---- panels and pointers ---- */

static void check_pixel(uint32_t x, uint32_t y, uint32_t colour)
{
	compositor_await_pixel(&compositor, x, y, colour);
}

static void fill_panel(unsigned place, int32_t x, int32_t y, uint32_t colour)
{
	uint32_t pixels[40 * 20];
	const struct panel panel = { x, y, 40, 20, 160, pixels };

	for (size_t i = 0; i < ARRAY_LEN(pixels); i++)
		pixels[i] = colour;
	CHECK(window_set_panel(window, place, &panel));
}

/* ---- from the hands to a sink ---- */

static char alerted[256];

static void on_wish(void *data, unsigned grabs)
{
	(void)data;
	window_grab(window, grabs);
}

static void on_action(void *data, enum action action)
{
	(void)data, (void)action;
}

static void on_help(void *data, bool shown)
{
	(void)data, (void)shown;
}

static void on_captured(void *data, bool captured)
{
	(void)data;
	told.grabbed += captured;
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	g_strlcpy(alerted, text, sizeof(alerted));
}

static bool on_projection(void *data, struct projection *out)
{
	(void)data;
	*out = (struct projection){ .place = window_place(window, 800, 600),
				    .screen_width = 800,
				    .screen_height = 600 };
	return true;
}

static const struct input_listener input_listener = {
	.grab = on_wish,
	.action = on_action,
	.help = on_help,
	.captured = on_captured,
	.alert = on_alert,
	.projection = on_projection,
};

static void captures_reach_the_sink(void)
{
	char path[] = "/tmp/oriel-hands-XXXXXX";
	struct options options = { 0 };
	g_autofree char *text = NULL;

	close(g_mkstemp(path));
	values_init(&options);
	options.record_input = g_strdup(path);
	alerted[0] = 0;
	taker = input_create(&options, NULL, &input_listener, NULL, NULL);
	CHECK(taker);
	open_all(NULL, "bindsym a fullscreen toggle", false);
	input_set_guest(taker, true);
	point(799, 599);
	type(KEY_SCROLLLOCK, true);
	type(KEY_SCROLLLOCK, false);
	settle();
	CHECK(input_captured(taker) && told.grabbed == 1);
	for (int i = 0; i < 10; i++)
		move(100.25, -50);
	type(KEY_A, true);
	type(KEY_SCROLLLOCK, true);
	type(KEY_SCROLLLOCK, false); /* lets go, and of the key as well */
	type(KEY_A, false);
	CHECK(!input_captured(taker) && !window->fullscreen);
	type(KEY_A, true); /* the compositor's again */
	type(KEY_A, false);
	CHECK(window->fullscreen);
	CHECK_STR(alerted, "");
	g_file_get_contents(path, &text, NULL, NULL);
	CHECK_CONTAINS(text, "position 799 599 of 800x600\n"
			     "motion 100 -50\nmotion 100 -50\nmotion 100 -50\nmotion 101 -50\n");
	CHECK_CONTAINS(text, "motion 101 -50\nmotion 100 -50\nmotion 100 -50\n"
			     "key a 1\nkey a 0\n");
	close_all();
	g_clear_pointer(&taker, input_destroy);
	values_clear(&options);
	g_unlink(path);
}

/* Half of 808080, and half of full blue. */
static char *mixture_wrong(const struct shot *shot, const void *data)
{
	uint32_t mixed = shot->pixels[(size_t)210 * shot->width + 210];

	(void)data;
	return (mixed & 0xff) > 0xb8 && (mixed >> 16) < 0x48 ? NULL
							     : g_strdup_printf("%06x", mixed);
}

static void panels_lie_over_the_picture(void)
{
	for (int fullscreen = 0; fullscreen < 2; fullscreen++) {
		open_all(NULL, NULL, fullscreen);
		uint64_t serial = script.serial;
		fill_panel(3, 100, 100, 0xffff0000);
		check_pixel(100, 100, 0xff0000);
		check_pixel(139, 119, 0xff0000);
		check_pixel(140, 119, 0x808080);
		check_pixel(99, 100, 0x808080);
		fill_panel(1, 110, 110, 0xff00ff00); /* below */
		check_pixel(120, 115, 0xff0000);
		check_pixel(145, 125, 0x00ff00);
		fill_panel(5, 110, 110, 0xff0000ff); /* above */
		check_pixel(120, 115, 0x0000ff);
		fill_panel(5, 200, 200, 0x80000080); /* elsewhere, half transparent */
		check_pixel(120, 115, 0xff0000);
		compositor_await(&compositor, mixture_wrong, NULL);
		CHECK(window_set_panel(window, 3, NULL));
		check_pixel(100, 100, 0x808080);
		CHECK_EQ(script.serial, serial); /* and no frame was needed for it */
		close_all();
	}
}

static void panels_wait_for_the_first_picture(void)
{
	open_all(NULL, NULL, false);
	screen_destroy(screen);
	window_destroy(window);
	const struct window_params params = {
		.title = "panel", .width = 800, .height = 600, .listener = &window_listener
	};
	window = window_create(&window_wayland, &params, NULL);
	screen = screen_create(window, NULL, &screen_listener, NULL, NULL);
	fill_panel(0, 10, 10, 0xffff0000);
	window_show(window);
	settle();
	show_grey();
	check_pixel(10, 10, 0xff0000);
	check_pixel(9, 10, 0x808080);
	close_all();
}

struct tally {
	uint32_t colour;
	unsigned least, most; /* pixels of it */
};

static char *tally_wrong(const struct shot *shot, const void *data)
{
	const struct tally *tally = data;
	unsigned found = 0;

	for (size_t i = 0; i < (size_t)shot->width * shot->height; i++)
		found += shot->pixels[i] == tally->colour;
	if (found >= tally->least && found <= tally->most)
		return NULL;
	return g_strdup_printf("%u pixels are %06x, wanted %u to %u", found, tally->colour,
			       tally->least, tally->most);
}

static void check_count(uint32_t colour, unsigned least, unsigned most)
{
	const struct tally tally = { colour, least, most };

	compositor_await(&compositor, tally_wrong, &tally);
}

/* Sway paints it itself where there is no hardware for it. */
static void pointers_follow_the_guest(void)
{
	uint32_t pixels[16 * 16];
	const struct cursor_shape shape = {
		CURSOR_COLOUR, 3, 4, 16, 16, 64, (const uint8_t *)pixels
	};

	open_all(NULL, NULL, false);
	for (size_t i = 0; i < ARRAY_LEN(pixels); i++)
		pixels[i] = 0xff00ffff;
	window_set_cursor(window, &shape);
	check_count(0x00ffff, 16 * 16, 16 * 16);
	check_pixel(397, 296, 0x00ffff);
	check_pixel(412, 311, 0x00ffff);
	window_hide_cursor(window);
	check_count(0x808080, 800 * 600, 800 * 600);
	window_set_cursor(window, NULL);
	check_count(0x808080, 1, 800 * 600 - 1);
	for (int i = 0; i < 200; i++) {
		pixels[i] = 0xff0000ff;
		window_set_cursor(window, &shape);
	}
	check_count(0x0000ff, 200, 200);
	check_count(0x00ffff, 16 * 16 - 200, 16 * 16 - 200);
	close_all();
}

/* Twice as large in a picture that is; inverting pixels are black with a white rim. */
static void pointers_have_the_pictures_scale(void)
{
	static const uint8_t masks[2 * 8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					      0x00, 0x00, 0x00, 0x18, 0x18, 0x00, 0x00, 0x00 };
	const struct cursor_shape shape = { CURSOR_MONO, 3, 3, 8, 8, 1, masks };
	struct pixel_image image;

	open_all(NULL, NULL, false);
	CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, 400, 300), 0);
	script_change_mode(&script, &image);
	show_grey();
	window_set_cursor(window, &shape);
	check_pixel(400, 300, 0x000000);
	check_pixel(403, 303, 0x000000);
	check_pixel(398, 300, 0xffffff);
	check_pixel(405, 303, 0xffffff);
	check_pixel(396, 300, 0x808080);
	close_all();
}

/* ---- wishes ---- */

static bool is_inhibited(void *data)
{
	(void)data;
	g_autofree char *tree = compositor_tell(&compositor, "get_tree");
	return strstr(tree, "\"inhibit_idle\": true");
}

static bool is_fullscreen(void *data)
{
	return window->fullscreen == *(bool *)data;
}

static bool is_closed(void *data)
{
	(void)data;
	return told.closed > 0;
}

static void fill_the_screen(bool fullscreen)
{
	window_set_fullscreen(window, fullscreen);
	pump_until(is_fullscreen, &fullscreen, "the window fills the screen, or no longer");
}

static void wishes_are_harmless(void)
{
	open_all(NULL, NULL, false);
	window_inhibit_idle(window, true);
	pump_until(is_inhibited, NULL, "sway knows that the screen stays on");
	window_inhibit_idle(window, false);
	window_set_hints(window, WINDOW_TEARING | WINDOW_BORDERLESS | WINDOW_MAXIMIZED);
	window_activate(window);
	window_set_hints(window, 0);
	fill_the_screen(true);
	fill_the_screen(false);
	g_free(compositor_tell(&compositor, "[app_id=oriel-view] kill"));
	pump_until(is_closed, NULL, "the window is asked to close");
	CHECK_EQ(told.closed, 1);
	CHECK(!wayland()->lost);
	close_all();
}

static const struct test_case cases[] = {
	TEST(keys_and_buttons_have_the_kernels_numbers),
	TEST(held_keys_do_not_repeat),
	TEST(positions_are_pixels_of_the_window),
	TEST(wheels_turn_in_120ths),
	TEST(locks_are_told),
	TEST(focus_goes_with_the_workspace),
	TEST(activation_brings_the_window_back),
	TEST(windows_that_are_destroyed_tell_nothing),
	TEST(locked_pointers_move_raw),
	TEST(confined_pointers_stay_inside),
	TEST(shortcuts_are_ours_when_grabbed),
	TEST(hung_windows_let_go),
	TEST(refusals_come_with_a_remedy),
	TEST(shortcuts_stay_the_compositors_where_the_user_says_so),
	TEST(grabs_end_with_the_focus_and_return),
	TEST(captures_reach_the_sink),
	TEST(panels_lie_over_the_picture),
	TEST(panels_wait_for_the_first_picture),
	TEST(pointers_follow_the_guest),
	TEST(pointers_have_the_pictures_scale),
	TEST(wishes_are_harmless),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	close_all();
	return status;
}
