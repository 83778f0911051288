/* Keys, capture and motion between a window that tells and a sink that gets. */
#include "test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/input-event-codes.h>
#include <math.h>
#include <unistd.h>

#include "view/input/actions.h"
#include "view/input/held.h"
#include "view/input/impl.h"
#include "view/input/motion.h"
#include "view/settings/keys.h"
#include "view/settings/settings.h"
#include "view/settings/value.h"

static struct {
	struct options options;
	struct input *input;
	char *path;
	int fd; /* what the guest got, to be read on */
	char text[65536];
	struct held pressed; /* in the guest */
	unsigned grabs, grab_calls, refuse;
	int last_action; /* -1: none */
	unsigned helps, hides, alerts, captures, realigns;
	char alert[256];
	struct projection projection;
	struct point realigned;
} rig;

/* ---- the window and the app ---- */

static void on_grab(void *data, unsigned grabs)
{
	unsigned given = grabs & ~rig.refuse;

	(void)data;
	rig.grabs = given;
	rig.grab_calls++;
	input_events.grabbed(rig.input, given, given == grabs ? "" : "refused; try again");
}

static void on_action(void *data, enum action action)
{
	(void)data;
	rig.last_action = (int)action;
}

static void on_help(void *data, bool shown)
{
	(void)data;
	rig.helps += shown;
	rig.hides += !shown;
}

static void on_captured(void *data, bool captured)
{
	(void)data;
	rig.captures += captured;
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	rig.alerts++;
	g_strlcpy(rig.alert, text, sizeof(rig.alert));
}

static bool on_projection(void *data, struct projection *out)
{
	(void)data;
	*out = rig.projection;
	return rig.projection.screen_width > 0;
}

static void on_realign(void *data, uint32_t x, uint32_t y)
{
	(void)data;
	rig.realigns++;
	rig.realigned = (struct point){ x, y };
}

static const struct input_listener listener = {
	.grab = on_grab,
	.action = on_action,
	.help = on_help,
	.captured = on_captured,
	.alert = on_alert,
	.projection = on_projection,
	.realign = on_realign,
};

static void close_rig(void)
{
	if (!rig.path)
		return;
	input_destroy(rig.input);
	close(rig.fd);
	g_unlink(rig.path);
	g_free(rig.path);
	values_clear(&rig.options);
	memset(&rig, 0, sizeof(rig));
}

/* With `set` ("sensitivity=3 ...") of [input]. */
static void open_rig(const char *set)
{
	g_auto(GStrv) words = g_strsplit(set, " ", -1);
	GError *error = NULL;

	close_rig();
	values_init(&rig.options);
	rig.path = g_strdup("/tmp/oriel-input-XXXXXX");
	rig.fd = g_mkstemp(rig.path);
	rig.options.record_input = g_strdup(rig.path);
	rig.last_action = -1;
	for (char **word = words; *word && **word; word++) {
		char *value = strchr(*word, '=');
		g_autoptr(GString) why = g_string_new(NULL);
		*value = 0;
		const struct setting *row = schema_find("input", *word);
		CHECK(row && value_set(&rig.options, row, value + 1, why));
	}
	rig.input = input_create(&rig.options, NULL, &listener, NULL, &error);
	CHECK(rig.input);
	input_set_guest(rig.input, true);
}

static void open_focused(const char *set)
{
	open_rig(set);
	input_events.inside(rig.input, true);
	input_events.focus(rig.input, true);
}

static void key(uint32_t code, bool pressed)
{
	input_events.key(rig.input, code, pressed);
}

static void tap(uint32_t code)
{
	key(code, true);
	key(code, false);
}

/* ---- what the guest got ---- */

static void note(const char *line)
{
	char name[32];
	unsigned code, on;

	if (sscanf(line, "key %31s %u", name, &on) == 2)
		code = key_code(name) ? key_code(name) : (uint32_t)atoi(name);
	else if (sscanf(line, "button %u %u", &code, &on) != 2)
		return;
	CHECK_EQ(held_has(&rig.pressed, code), !on); /* never twice */
	held_set(&rig.pressed, code, on);
}

/* The lines since the last call, joined by blanks. */
static const char *got(void)
{
	ssize_t length = read(rig.fd, rig.text, sizeof(rig.text) - 1);

	CHECK(length >= 0);
	rig.text[length] = 0;
	g_auto(GStrv) lines = g_strsplit(rig.text, "\n", -1);
	for (char **line = lines; *line; line++)
		note(*line);
	g_strdelimit(rig.text, "\n", ' ');
	g_strchomp(rig.text);
	return rig.text;
}

/* ---- keys ---- */

static void keys_pass(void)
{
	open_focused("");
	tap(KEY_A);
	key(KEY_A, true);
	key(KEY_A, true);
	key(KEY_A, false);
	key(KEY_A, false);
	CHECK_STR(got(), "key a 1 key a 0 key a 1 key a 0");
	tap(KEY_LEFTMETA);
	tap(600); /* without a name */
	CHECK_STR(got(), "key leftmeta 1 key leftmeta 0 key 600 1 key 600 0");
	tap(KEY_RESERVED);
	tap(KEY_CNT);
	tap(UINT32_MAX);
	CHECK_STR(got(), "");
	close_rig();
}

static void super_may_stay_here(void)
{
	open_focused("forward-super=no");
	tap(KEY_LEFTMETA);
	CHECK_STR(got(), "");
	key(KEY_SCROLLLOCK, true);
	tap(KEY_RIGHTMETA);
	key(KEY_SCROLLLOCK, false);
	CHECK_STR(got(), "key rightmeta 1 key rightmeta 0");
	CHECK(!input_captured(rig.input));
	close_rig();
}

static void a_tap_captures_and_lets_go(void)
{
	open_focused("");
	tap(KEY_SCROLLLOCK);
	CHECK(input_captured(rig.input));
	CHECK_EQ(rig.grabs, INPUT_GRAB_POINTER | INPUT_GRAB_KEYBOARD);
	key(KEY_A, true);
	tap(KEY_SCROLLLOCK);
	CHECK(!input_captured(rig.input));
	CHECK_EQ(rig.grabs, 0);
	key(KEY_A, false);
	CHECK_STR(got(), "key a 1 key a 0"); /* at the end of the capture, once */
	CHECK_EQ(rig.last_action, -1);
	close_rig();
}

static bool wait_for_help(void)
{
	gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC * 5;

	while (!rig.helps && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, FALSE);
	return rig.helps > 0;
}

static void holding_shows_help_and_captures_nothing(void)
{
	open_focused("help-delay=20");
	key(KEY_SCROLLLOCK, true);
	CHECK(wait_for_help());
	CHECK_EQ(rig.hides, 0);
	key(KEY_SCROLLLOCK, false);
	CHECK_EQ(rig.hides, 1);
	CHECK(!input_captured(rig.input));
	key(KEY_SCROLLLOCK, true);
	input_events.focus(rig.input, false); /* its release goes elsewhere */
	input_events.focus(rig.input, true);
	g_usleep(40000);
	while (g_main_context_iteration(NULL, FALSE))
		;
	CHECK_EQ(rig.helps, 1);
	tap(KEY_A);
	CHECK_STR(got(), "key a 1 key a 0");
	close_rig();
}

static void press_chord(const struct chord *chord, bool pressed)
{
	static const uint32_t modifiers[] = { KEY_RIGHTSHIFT, KEY_LEFTCTRL, KEY_LEFTALT,
					      KEY_LEFTMETA };

	for (size_t i = 0; i < ARRAY_LEN(modifiers) && pressed; i++)
		if (chord->modifiers & 1u << i)
			key(modifiers[i], true);
	key(chord->key, pressed);
	for (size_t i = 0; i < ARRAY_LEN(modifiers) && !pressed; i++)
		if (chord->modifiers & 1u << i)
			key(modifiers[i], false);
}

static bool is_own(int action)
{
	return action == ACTION_INPUT || action == ACTION_SENSITIVITY_UP ||
	       action == ACTION_SENSITIVITY_DOWN || action == ACTION_CAPTURE ||
	       action == ACTION_CTRL_ALT_DELETE;
}

/* Twice, so that what is switched is as before. */
static void act_by_key(int action)
{
	for (int i = 0; i < 2; i++) {
		rig.last_action = -1;
		key(KEY_SCROLLLOCK, true);
		press_chord(&rig.options.keys[action], true);
		press_chord(&rig.options.keys[action], false);
		key(KEY_SCROLLLOCK, false);
		CHECK_EQ(rig.last_action, is_own(action) ? -1 : action);
	}
}

static void every_action_has_its_chord(void)
{
	for (int bound = 0; bound < 2; bound++) {
		open_focused("");
		for (int i = 0; i < ACTION_COUNT; i++) {
			if (bound)
				rig.options.keys[i] = (struct chord){ KEY_F1 + (uint32_t)i % 10,
								      (uint32_t)i / 10 + 1 };
			CHECK(rig.options.keys[i].key);
			act_by_key(i);
		}
		CHECK_STR(got(), "key leftctrl 1 key leftalt 1 key delete 1 key delete 0 "
				 "key leftalt 0 key leftctrl 0 key leftctrl 1 key leftalt 1 "
				 "key delete 1 key delete 0 key leftalt 0 key leftctrl 0");
		CHECK_EQ(rig.captures, 1);
		CHECK(!input_captured(rig.input));
		close_rig();
	}
}

static void function_keys_reach_a_console(void)
{
	open_focused("");
	key(KEY_SCROLLLOCK, true);
	key(KEY_F3, true);
	key(KEY_F3, false);
	tap(KEY_W); /* nobody's */
	key(KEY_SCROLLLOCK, false);
	CHECK_STR(got(), "key leftctrl 1 key leftalt 1 key f3 1 key f3 0 key leftalt 0 "
			 "key leftctrl 0");
	CHECK(!input_captured(rig.input));
	close_rig();
}

static void f11_is_the_guests_while_captured(void)
{
	open_focused("");
	tap(KEY_F11);
	CHECK_EQ(rig.last_action, ACTION_FULLSCREEN);
	CHECK_STR(got(), "");
	tap(KEY_SCROLLLOCK);
	tap(KEY_F11);
	CHECK_STR(got(), "key f11 1 key f11 0");
	close_rig();
}

static void the_escape_key_may_change_while_it_is_down(void)
{
	open_focused("");
	key(KEY_SCROLLLOCK, true);
	rig.options.input.escape_key = KEY_RIGHTCTRL;
	key(KEY_SCROLLLOCK, false);
	CHECK(input_captured(rig.input));
	tap(KEY_RIGHTCTRL);
	CHECK(!input_captured(rig.input));
	tap(KEY_SCROLLLOCK);
	CHECK_STR(got(), "key scrolllock 1 key scrolllock 0");
	close_rig();
}

static void lines_tell_all_keys(void)
{
	size_t count;

	open_rig("escape-key=pause");
	rig.options.keys[ACTION_QUIT] = (struct chord){ 0 };
	rig.options.keys[ACTION_SHOT].modifiers = CHORD_SHIFT;
	struct action_line *lines = action_lines(&rig.options, &count);
	bool shot = false;

	CHECK_EQ(count, ACTION_COUNT); /* one has no key, and one line is the escape key's */
	CHECK_STR(lines[0].key, "pause");
	for (size_t i = 1; i < count; i++) {
		CHECK(g_str_has_prefix(lines[i].key, "pause + ") && *lines[i].help);
		shot |= strcmp(lines[i].key, "pause + shift+p") == 0;
	}
	CHECK(shot);
	action_lines_free(lines, count);
	close_rig();
}

/* ---- never stuck ---- */

static struct held physical;
static bool focused, guest;

static void check_nothing_sticks(const char *when)
{
	got();
	for (uint32_t code = 0; code < KEY_CNT; code++) {
		if (!held_has(&rig.pressed, code))
			continue;
		if (!held_has(&physical, code))
			test_fail("%u is down in the guest, not here, after %s", code, when);
		if (!guest || (!focused && !held_is_button(code)))
			test_fail("%u is down without focus or guest, after %s", code, when);
	}
}

static void random_key(void)
{
	static const uint32_t keys[] = { KEY_A,         KEY_B,         KEY_LEFTCTRL, KEY_RIGHTSHIFT,
					 KEY_LEFTMETA,  KEY_F11,       KEY_F3,       KEY_I,
					 KEY_C,         KEY_BACKSPACE, KEY_DELETE,   KEY_SCROLLLOCK,
					 KEY_SCROLLLOCK };
	uint32_t code = keys[g_random_int_range(0, ARRAY_LEN(keys))];
	bool pressed = !held_has(&physical, code);

	held_set(&physical, code, pressed);
	if (focused)
		key(code, pressed);
}

static void random_button(void)
{
	uint32_t code = BTN_LEFT + g_random_int() % 3;
	bool pressed = !held_has(&physical, code);

	held_set(&physical, code, pressed);
	input_events.button(rig.input, code, pressed);
}

/* Capture follows the grabs as window systems give and take them. */
static void random_change(int what)
{
	switch (what) {
	case 0:
		focused = !focused;
		input_events.focus(rig.input, focused);
		break;
	case 1:
		guest = !guest;
		input_set_guest(rig.input, guest);
		break;
	case 2:
		rig.refuse = g_random_int() % 8;
		break;
	case 3:
		input_events.grabbed(rig.input, 0, "");
		break;
	case 4:
		rig.options.input.capture_only = g_random_int() % 2;
		input_settle(rig.input);
		break;
	case 5:
		rig.options.input.enabled = g_random_int() % 4 > 0;
		input_settle(rig.input);
		break;
	case 6:
		input_set_guest_pointer(rig.input, g_random_int() % 2);
		break;
	default:
		input_events.inside(rig.input, g_random_int() % 2);
	}
}

static void nothing_sticks(void)
{
	uint64_t sent = 0, captures = 0;

	for (int round = 0; round < 40; round++) {
		open_rig(round % 2 ? "auto-capture=yes grab-keyboard-on-focus=yes" : "");
		memset(&physical, 0, sizeof(physical));
		focused = false;
		guest = true;
		for (int i = 0; i < 1000; i++) {
			int what = g_random_int_range(0, 60);
			if (what < 8)
				random_change(what);
			else if (what < 16)
				random_button();
			else
				random_key();
			check_nothing_sticks(what < 8 ? "a change" : "a key");
			sent += rig.text[0] != 0;
		}
		captures += rig.captures;
		close_rig();
	}
	CHECK(sent > 1000 && captures > 10);
}

static void a_focus_that_goes_takes_its_keys(void)
{
	open_focused("");
	key(KEY_LEFTALT, true);
	input_events.button(rig.input, BTN_LEFT, true);
	input_events.focus(rig.input, false);
	CHECK_STR(got(), "key leftalt 1 button 272 1 key leftalt 0 button 272 0");
	input_events.focus(rig.input, true);
	key(KEY_LEFTALT, false); /* pressed before */
	input_events.button(rig.input, BTN_LEFT, false);
	CHECK_STR(got(), "");
	open_focused("release-keys-on-focus-loss=no");
	key(KEY_LEFTALT, true);
	input_events.focus(rig.input, false);
	CHECK_STR(got(), "key leftalt 1");
	input_events.focus(rig.input, true);
	CHECK_STR(got(), "key leftalt 0");
	close_rig();
}

static void the_click_that_focuses_counts(void)
{
	open_rig("");
	input_events.inside(rig.input, true);
	input_events.button(rig.input, BTN_LEFT, true);
	input_events.focus(rig.input, true);
	input_events.button(rig.input, BTN_LEFT, false);
	CHECK_STR(got(), "button 272 1 button 272 0");
	close_rig();
}

/* ---- capture ---- */

static void refused_grabs_are_told(void)
{
	open_focused("");
	rig.refuse = INPUT_GRAB_POINTER;
	tap(KEY_SCROLLLOCK);
	CHECK(!input_captured(rig.input));
	CHECK_STR(rig.alert, "refused; try again");
	rig.refuse = INPUT_GRAB_KEYBOARD;
	rig.alerts = 0;
	tap(KEY_SCROLLLOCK);
	CHECK(input_captured(rig.input));
	CHECK_EQ(rig.alerts, 1);
	input_events.grabbed(rig.input, 0, ""); /* taken away */
	CHECK(!input_captured(rig.input));
	close_rig();
}

static void capture_comes_as_the_settings_say(void)
{
	open_focused("capture-on-start=yes");
	CHECK(input_captured(rig.input));
	tap(KEY_SCROLLLOCK);
	input_events.focus(rig.input, false);
	input_events.focus(rig.input, true);
	CHECK(!input_captured(rig.input));
	open_focused("capture-on-focus=yes grab-keyboard=no");
	CHECK_EQ(rig.grabs, INPUT_GRAB_POINTER);
	input_events.focus(rig.input, false);
	CHECK_EQ(rig.grabs, 0);
	open_focused("grab-keyboard-on-focus=yes");
	CHECK(!input_captured(rig.input));
	CHECK_EQ(rig.grabs, INPUT_GRAB_KEYBOARD);
	open_focused("capture-only=yes");
	tap(KEY_A);
	CHECK_STR(got(), "");
	tap(KEY_SCROLLLOCK);
	tap(KEY_A);
	CHECK_STR(got(), "key a 1 key a 0");
	close_rig();
}

static void games_capture_by_themselves(void)
{
	open_focused("auto-capture=yes");
	input_set_guest_pointer(rig.input, false);
	CHECK(input_captured(rig.input));
	input_set_guest_pointer(rig.input, true);
	CHECK(!input_captured(rig.input));
	tap(KEY_SCROLLLOCK); /* by the user: the guest does not end it */
	input_set_guest_pointer(rig.input, false);
	input_set_guest_pointer(rig.input, true);
	CHECK(input_captured(rig.input));
	close_rig();
}

static void without_a_way_nothing_is_captured(void)
{
	open_rig("");
	input_destroy(rig.input);
	g_clear_pointer(&rig.options.record_input, g_free);
	rig.input = input_create(&rig.options, NULL, &listener, NULL, NULL);
	input_set_guest(rig.input, true);
	input_events.focus(rig.input, true);
	tap(KEY_SCROLLLOCK);
	CHECK(!input_captured(rig.input));
	CHECK_CONTAINS(rig.alert, "no way for keyboard and pointer");
	CHECK_EQ(rig.grab_calls, 0);
	close_rig();
}

/* ---- motion ---- */

static void motion_adds_up(void)
{
	for (int sensitivity = -9; sensitivity <= 9; sensitivity++) {
		struct motion motion = { 0 };
		const struct motion_scale scale = { .sensitivity = sensitivity,
						    .guest = 1920,
						    .shown = 1366 };
		int64_t moved = 0, sent = 0; /* in 1/256 */
		for (int i = 0; i < 4000; i++) {
			int32_t d = g_random_int_range(-700, 900);
			moved += d;
			sent += motion_add(&motion, &scale, d / 256.0, -d / 256.0).x;
		}
		/* Within one step, and the rest is what is missing: nothing is lost. */
		int64_t unit = 256LL * 10 * 1366, want = moved * (10 + sensitivity) * 1920;
		int64_t rest = want - sent * unit;
		CHECK(rest > -unit && rest < unit);
		CHECK_EQ((int64_t)(motion.rest[0] * 256), rest);
	}
}

static void motion_is_scaled_and_raw(void)
{
	open_focused("");
	rig.projection = (struct projection){ .place = { .width = 960, .height = 540 },
					      .screen_width = 1920,
					      .screen_height = 1080 };
	tap(KEY_SCROLLLOCK);
	input_events.motion(rig.input, 1.25, -3, 7, 9);
	input_events.motion(rig.input, 0.25, 0, 0, 0);
	CHECK_STR(got(), "motion 2 -6 motion 1 0");
	rig.projection.turn = PIXEL_ROTATE_90; /* the picture's top is at the right */
	input_events.motion(rig.input, 5, 0, 0, 0);
	input_events.position(rig.input, 5, 5);
	CHECK_STR(got(), "motion 0 -5"); /* 1080 of the guest are 960 wide: 5.6 */
	rig.options.input.raw = true;
	rig.projection.turn = PIXEL_ROTATE_0;
	input_events.motion(rig.input, 1, 1, 7, 9);
	CHECK_STR(got(), "motion 7 9");
	close_rig();
}

/* ---- places ---- */

static void corners_meet(void)
{
	static const uint32_t scales120[] = { 120, 150, 180, 240, 60, 100 };

	for (size_t s = 0; s < ARRAY_LEN(scales120); s++)
		for (int turn = 0; turn < 4; turn++) {
			uint32_t w = 1366, h = 768, sw = turn % 2 ? h : w, sh = turn % 2 ? w : h;
			uint32_t pw = sw * scales120[s] / 120, ph = sh * scales120[s] / 120;
			struct projection p = { { 40, 17, pw, ph, 0 }, turn, w, h };
			struct point first = projection_to_screen(&p, 40, 17);
			struct point last = projection_to_screen(&p, 40 + pw - 0.01,
								 17 + ph - 0.01);
			struct point before = projection_to_screen(&p, -1e9, -1);
			struct point behind = projection_to_screen(&p, 1e9, 1e9);
			uint32_t fx = turn == 2 || turn == 3 ? w - 1 : 0;
			uint32_t fy = turn == 2 || turn == 1 ? h - 1 : 0;

			CHECK_EQ(first.x, fx);
			CHECK_EQ(first.y, fy);
			CHECK_EQ(last.x, w - 1 - fx);
			CHECK_EQ(last.y, h - 1 - fy);
			CHECK(before.x == first.x && before.y == first.y);
			CHECK(behind.x == last.x && behind.y == last.y);
		}
}

/* There and back, where a pixel is not smaller than a place. */
static void places_lead_back(void)
{
	for (int turn = 0; turn < 4; turn++) {
		struct projection p = { { 3, 5, 733, 551, 0 }, turn, 401, 301 };
		if (turn % 2)
			p.place = (struct placement){ 3, 5, 551, 733, 0 };
		for (int i = 0; i < 500; i++) {
			int32_t x = g_random_int_range(0, 401), y = g_random_int_range(0, 301);
			struct span_rect at = projection_to_window(&p, x, y, 1, 1);
			struct point back = projection_to_screen(&p, at.x + at.width / 2,
								 at.y + at.height / 2);
			CHECK_EQ(back.x, x);
			CHECK_EQ(back.y, y);
		}
	}
}

static void guests_without_places_get_ways(void)
{
	open_focused("");
	rig.projection = (struct projection){ .place = { 0, 0, 800, 600, 1 },
					      .screen_width = 800,
					      .screen_height = 600 };
	input_events.position(rig.input, 799.9, 0);
	CHECK_STR(got(), "position 799 0 of 800x600");
	CHECK_EQ(rig.realigns, 0); /* this one has places */
	rig.projection.screen_width = 0;
	input_events.position(rig.input, 5, 5);
	input_events.scroll(rig.input, 0, 120);
	input_events.scroll(rig.input, -15, 0);
	CHECK_STR(got(), "scroll 0 120 scroll -15 0");
	close_rig();
}

/* ---- several viewers of one guest ---- */

static void only_the_focused_one_has_it(void)
{
	open_rig("");
	rig.projection = (struct projection){ .place = { 0, 0, 800, 600, 1 },
					      .screen_width = 800,
					      .screen_height = 600 };
	input_events.inside(rig.input, true); /* another one has the focus */
	input_events.position(rig.input, 10, 20);
	input_events.scroll(rig.input, 0, 120);
	input_events.locks(rig.input, 4);
	input_events.button(rig.input, BTN_RIGHT, true);
	input_events.button(rig.input, BTN_RIGHT, false);
	CHECK_STR(got(), "");
	input_events.position(rig.input, 30, 40);
	input_events.button(rig.input, BTN_LEFT, true);
	input_events.focus(rig.input, true); /* by that click, which counts where it was */
	key(KEY_A, true);
	CHECK_STR(got(), "position 30 40 of 800x600 button 272 1 key a 1");
	input_events.focus(rig.input, false);
	CHECK_STR(got(), "key a 0 button 272 0");
	key(KEY_A, false);
	input_events.button(rig.input, BTN_LEFT, false);
	input_events.position(rig.input, 50, 60);
	input_events.focus(rig.input, true); /* by the keyboard: nothing is pressed */
	CHECK_STR(got(), "position 50 60 of 800x600");
	close_rig();
}

/* ---- a way without places ---- */

static unsigned only_steps(const struct sink *self)
{
	(void)self;
	return SINK_KEYS | SINK_RELATIVE;
}

static unsigned only_keys(const struct sink *self)
{
	(void)self;
	return SINK_KEYS;
}

static struct sink_impl poor;

static void open_poor(unsigned (*abilities)(const struct sink *self))
{
	open_focused("");
	poor = sink_record;
	poor.abilities = abilities;
	rig.input->sink->impl = &poor;
	rig.projection = (struct projection){ .place = { 0, 0, 800, 600, 1 },
					      .screen_width = 800,
					      .screen_height = 600 };
}

static void check_realigned(unsigned count, uint32_t x, uint32_t y)
{
	CHECK_EQ(rig.realigns, count);
	CHECK_EQ(rig.realigned.x, x);
	CHECK_EQ(rig.realigned.y, y);
}

static void pointers_meet_where_ours_comes_and_goes(void)
{
	open_poor(only_steps);
	input_events.position(rig.input, 10, 20);
	check_realigned(1, 10, 20);
	input_events.position(rig.input, 15, 18);
	input_events.position(rig.input, 15, 18);
	CHECK_STR(got(), "motion 5 -2");
	input_events.position(rig.input, 900, 30); /* beyond the edge, at once */
	input_events.inside(rig.input, false);
	check_realigned(2, 799, 30);
	CHECK_STR(got(), "motion 784 12");
	input_events.inside(rig.input, true);
	input_events.position(rig.input, 0, 599);
	check_realigned(3, 0, 599);
	CHECK_STR(got(), "");
	tap(KEY_SCROLLLOCK); /* captured, it goes its own ways */
	input_events.motion(rig.input, 7, 7, 7, 7);
	tap(KEY_SCROLLLOCK);
	got();
	input_events.position(rig.input, 400, 300);
	check_realigned(4, 400, 300);
	close_rig();
}

static void pointers_that_cannot_be_led_are_left_alone(void)
{
	open_poor(only_keys);
	input_events.position(rig.input, 10, 20);
	input_events.inside(rig.input, false);
	open_poor(only_steps);
	input_set_guest(rig.input, false);
	input_events.position(rig.input, 10, 20);
	input_events.inside(rig.input, false);
	CHECK_EQ(rig.realigns, 0);
	CHECK_STR(got(), "");
	close_rig();
}

static const struct test_case cases[] = {
	TEST(keys_pass),
	TEST(super_may_stay_here),
	TEST(a_tap_captures_and_lets_go),
	TEST(holding_shows_help_and_captures_nothing),
	TEST(every_action_has_its_chord),
	TEST(function_keys_reach_a_console),
	TEST(f11_is_the_guests_while_captured),
	TEST(the_escape_key_may_change_while_it_is_down),
	TEST(lines_tell_all_keys),
	TEST(nothing_sticks),
	TEST(a_focus_that_goes_takes_its_keys),
	TEST(the_click_that_focuses_counts),
	TEST(refused_grabs_are_told),
	TEST(capture_comes_as_the_settings_say),
	TEST(games_capture_by_themselves),
	TEST(without_a_way_nothing_is_captured),
	TEST(motion_adds_up),
	TEST(motion_is_scaled_and_raw),
	TEST(corners_meet),
	TEST(places_lead_back),
	TEST(guests_without_places_get_ways),
	TEST(only_the_focused_one_has_it),
	TEST(pointers_meet_where_ours_comes_and_goes),
	TEST(pointers_that_cannot_be_led_are_left_alone),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
