/* The clipboard of a real compositor, with wl-copy and wl-paste as the other programs. */
#include <linux/input-event-codes.h>
#include <signal.h>

#include "clip_rig.h"
#include "compositor.h"
#include "drag_wayland.h"
#include "hands_wayland.h"
#include "view/clip/formats.h"
#include "view/window/wayland/wayland.h"

static struct compositor compositor;
static struct viewer viewer;
static struct script script;
static struct hands hands; /* a keyboard, so that there is a focus; and a pointer */
static struct drag drag;

static struct wayland *window(void)
{
	return (struct wayland *)app_window(viewer.app);
}

static bool has_serial(void *serial)
{
	return window()->input_serial != *(uint32_t *)serial;
}

/* Known to the compositor when this returns. */
static void offer(enum clip_selection which, unsigned kinds)
{
	clip_offer(ours.clip, which, kinds);
	hands_await(window()->display, "the compositor knows of the offer");
}

/* Whoever takes a selection has been typed at. */
static void type(void)
{
	uint32_t serial = window()->input_serial;

	hands_key(&hands, KEY_LEFTSHIFT, 1);
	hands_key(&hands, KEY_LEFTSHIFT, 0);
	wl_display_roundtrip(hands.display);
	pump_until(has_serial, &serial, "the key arrives");
}

/* ---- together ---- */

static bool is_focused(void *data)
{
	(void)data;
	return window()->focused;
}

static bool is_offered(void *data)
{
	return ours.kinds[CLIP_CLIPBOARD] == *(unsigned *)data;
}

static bool is_marked(void *data)
{
	return ours.kinds[CLIP_PRIMARY] == *(unsigned *)data;
}

static bool is_given(void *data)
{
	(void)data;
	return ours.given + ours.refused > 0;
}

static bool is_refused(void *data)
{
	(void)data;
	return ours.refused > 0;
}

static void close_all(void)
{
	ours_close();
	if (viewer.app)
		viewer_stop(&viewer);
	script_finish(&script);
	drag_close(&drag);
	hands_close(&hands);
	compositor_stop(&compositor);
	memset(&script, 0, sizeof(script));
}

static void open_all(void)
{
	g_autoptr(GError) error = NULL;

	if (system("command -v wl-copy >/dev/null") != 0)
		test_skip("wl-clipboard is not installed");
	close_all();
	compositor_start(&compositor, SWAY, 640, 480, NULL, NULL);
	hands_open(&hands, true);
	script_init(&script, 320, 240, 0);
	viewer.options = (struct options){ .window = &window_wayland };
	viewer_start(&viewer, &script);
	ours.clip = clip_create(app_window(viewer.app)->impl->clip, app_window(viewer.app),
				&ours_listener, NULL, &error);
	CHECK(ours.clip);
	script_status(&script, SOURCE_RUNNING, "");
	script_draw(&script, (struct rect){ 0, 0, 320, 240 });
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
	pump_until(is_focused, NULL, "the window has the focus");
}

static void await_kinds(unsigned kinds)
{
	pump_until(is_offered, &kinds, "it is offered");
}

static void expect_ours(enum clip_selection selection, enum clip_kind kind, const char *bytes,
			size_t size)
{
	parcel_unmap(&ours.got);
	ours.given = 0;
	clip_want(ours.clip, 11, selection, kind);
	pump_until(is_given, NULL, "it comes");
	CHECK_EQ(ours.refused, 0);
	CHECK_EQ(ours.got.size, size);
	CHECK(memcmp(ours.got.bytes, bytes, size) == 0);
}

/* ---- cases ---- */

static void what_they_copy_is_read(void)
{
	unsigned text = 1u << CLIP_TEXT;

	open_all();
	g_free(shell("printf 'ten bytes!' | wl-copy >/dev/null 2>&1"));
	await_kinds(1u << CLIP_TEXT);
	expect_ours(CLIP_CLIPBOARD, CLIP_TEXT, "ten bytes!", 10);
	g_free(shell("printf marked | wl-copy --primary >/dev/null 2>&1"));
	pump_until(is_marked, &text, "it is marked");
	expect_ours(CLIP_PRIMARY, CLIP_TEXT, "marked", 6);
	g_free(shell("printf '\\211PNG' | wl-copy --type image/png >/dev/null 2>&1"));
	await_kinds(1u << CLIP_PNG);
	expect_ours(CLIP_CLIPBOARD, CLIP_PNG, "\x89PNG", 4);
	g_free(shell("seq 200000 | wl-copy --type text/plain >/dev/null 2>&1"));
	await_kinds(1u << CLIP_TEXT);
	g_autofree char *numbers = shell("seq 200000");
	expect_ours(CLIP_CLIPBOARD, CLIP_TEXT, numbers, strlen(numbers));
	CHECK(ours.progresses > 3);
	g_free(shell("wl-copy --clear"));
	await_kinds(0);
	close_all();
}

static void what_we_offer_they_paste(void)
{
	g_autofree char *bytes = noise((1 << 20) + 5);

	open_all();
	ours.gives = true;
	ours.bytes = bytes;
	ours.size = (1 << 20) + 5;
	memset(ours.offered, 0, sizeof(ours.offered));
	offer(CLIP_CLIPBOARD, 1u << CLIP_TEXT);
	offer(CLIP_PRIMARY, 1u << CLIP_TEXT);
	g_autofree char *pasted = shell("wl-paste --no-newline");
	CHECK_EQ(strlen(pasted), strlen(bytes));
	CHECK_STR(pasted, bytes);
	CHECK_EQ(ours.wanted, 1);
	g_autofree char *marked = shell("wl-paste --no-newline --primary");
	CHECK_STR(marked, bytes);
	g_autofree char *types = shell("wl-paste --list-types");
	CHECK_CONTAINS(types, "text/plain;charset=utf-8");
	CHECK(strstr(types, "image/png") == NULL);
	CHECK_EQ(ours.offered[CLIP_CLIPBOARD], 0); /* our own does not come back */
	CHECK_EQ(ours.offered[CLIP_PRIMARY], 0);
	type();
	ours.bytes = "\x89PNG";
	ours.size = 4;
	offer(CLIP_CLIPBOARD, 1u << CLIP_PNG);
	g_autofree char *picture = shell("wl-paste --no-newline --type image/png");
	CHECK_STR(picture, "\x89PNG");
	offer(CLIP_CLIPBOARD, 0);
	g_autofree char *nothing = shell("wl-paste --no-newline 2>&1");
	CHECK_CONTAINS(nothing, "o selection");
	close_all();
}

/* Pasted again, and refused; offered again without a new serial. */
static void what_is_refused_ends_all_the_same(void)
{
	open_all();
	offer(CLIP_CLIPBOARD, 1u << CLIP_TEXT);
	offer(CLIP_CLIPBOARD, 1u << CLIP_TEXT);
	ours.gives = true;
	ours.bytes = "again";
	ours.size = 5;
	for (int i = 0; i < 3; i++) {
		g_autofree char *pasted = shell("wl-paste --no-newline");
		CHECK_STR(pasted, "again");
	}
	/* Who leaves before all is written. */
	g_autofree char *bytes = noise(1 << 20);
	ours.bytes = bytes;
	ours.size = 1 << 20;
	g_free(shell("wl-paste --no-newline | head -c 3"));
	g_autofree char *whole = shell("wl-paste --no-newline");
	CHECK_EQ(strlen(whole), 1 << 20);
	close_all();
}

static void dead_owners_are_given_up(void)
{
	open_all();
	g_autofree char *name = shell("wl-copy --foreground slow >/dev/null 2>&1 & echo $!");
	pid_t owner = atoi(name);
	CHECK(owner > 1);
	await_kinds(1u << CLIP_TEXT);
	CHECK_EQ(kill(owner, SIGSTOP), 0);
	clip_want(ours.clip, 1, CLIP_CLIPBOARD, CLIP_TEXT);
	pump_until(is_refused, NULL, "it is given up");
	kill(owner, SIGKILL);
	CHECK_STR(ours.why, "the program that has it does not answer");
	close_all();
}

/* ---- files ---- */

static void point(uint32_t x, uint32_t y)
{
	zwlr_virtual_pointer_v1_motion_absolute(hands.pointer, ++hands.time, x, y, compositor.width,
						compositor.height);
	zwlr_virtual_pointer_v1_frame(hands.pointer);
	wl_display_roundtrip(hands.display);
	drag_turn(&drag);
}

static void click(bool pressed)
{
	zwlr_virtual_pointer_v1_button(hands.pointer, ++hands.time, BTN_LEFT, pressed);
	zwlr_virtual_pointer_v1_frame(hands.pointer);
	wl_display_roundtrip(hands.display);
	drag_turn(&drag);
}

static bool is_accepted(void *data)
{
	drag_turn(&drag);
	return drag.accepted == *(bool *)data;
}

static bool is_dropped(void *data)
{
	(void)data;
	drag_turn(&drag);
	return ours.drops > 0;
}

static bool is_over(void *data)
{
	drag_turn(&drag);
	return *(unsigned *)data > 0;
}

/* From the other window, on the right, over ours. */
static void drag_over(const char *format, const char *words)
{
	open_all();
	drag_open(&drag, format, words);
	for (int i = 0; i < 200 && !drag.entered; i++) {
		point(480u + i % 2, 240);
		pump_ms(10);
	}
	CHECK(drag.entered);
	click(true);
	CHECK(drag.source);
	point(160, 240);
	point(161, 241);
}

static void files_are_dropped(void)
{
	static const char list[] = "file:///tmp/one\r\nfile:///tmp/two\r\n";
	bool accepted = true;

	drag_over(CLIP_LIST, list);
	pump_until(is_accepted, &accepted, "the window takes files");
	click(false);
	pump_until(is_dropped, NULL, "they are dropped");
	CHECK_STR(ours.dropped, list);
	CHECK(!ours.key);
	pump_until(is_over, &drag.finished, "the other program is told");
	CHECK_EQ(drag.sent, 1);
	close_all();
}

static void the_file_portals_key_is_one(void)
{
	bool accepted = true;

	drag_over(CLIP_KEY, "a key");
	pump_until(is_accepted, &accepted, "the window takes a key");
	click(false);
	pump_until(is_dropped, NULL, "it is dropped");
	CHECK_STR(ours.dropped, "a key");
	CHECK(ours.key);
	pump_until(is_over, &drag.finished, "the other program is told");
	close_all();
}

static void what_is_no_file_is_not_taken(void)
{
	drag_over("application/x-colour", "x");
	click(false);
	pump_until(is_over, &drag.cancelled, "it is refused");
	CHECK(!drag.accepted);
	CHECK_EQ(drag.sent, 0);
	CHECK_EQ(ours.drops, 0);
	close_all();
}

static void who_does_not_say_which_is_given_up(void)
{
	bool accepted = true;

	drag_over(CLIP_LIST, NULL);
	pump_until(is_accepted, &accepted, "the window takes files");
	click(false);
	pump_until(is_over, &drag.sent, "it is asked which");
	pump_until(is_refused, NULL, "it is given up");
	CHECK_STR(ours.why, "the program that has them does not say which");
	CHECK_EQ(ours.drops, 0);
	close_all();
}

/* Read, but not heard: the end of it all has to destroy them, which LeakSanitizer judges. */
static void offers_that_came_last_are_not_forgotten(void)
{
	struct wl_event_queue *others;

	open_all();
	others = wl_display_create_queue(window()->display);
	type();
	for (unsigned i = 0; i < 20; i++)
		clip_offer(ours.clip, CLIP_CLIPBOARD, 1u << CLIP_TEXT);
	CHECK(wl_display_roundtrip_queue(window()->display, others) >= 0);
	wl_event_queue_destroy(others);
	CHECK(wl_display_prepare_read(window()->display) != 0); /* there is something to hear */
	close_all();
}

static const struct test_case cases[] = {
	TEST(what_they_copy_is_read),
	TEST(what_we_offer_they_paste),
	TEST(what_is_refused_ends_all_the_same),
	TEST(dead_owners_are_given_up),
	TEST(files_are_dropped),
	TEST(the_file_portals_key_is_one),
	TEST(what_is_no_file_is_not_taken),
	TEST(who_does_not_say_which_is_given_up),
	TEST(offers_that_came_last_are_not_forgotten),
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
