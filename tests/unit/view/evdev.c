/* Devices of the kernel: what they say, when they are listened to, and how they come and go. Where
 * there is no kernel's device, a socket speaks its words. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "view/input/impl.h"
#include "view/settings/keys.h"
#include "view/settings/value.h"

static GString *told; /* since it was last looked at */

static void on_key(void *data, uint32_t code, bool pressed)
{
	(void)data;
	g_string_append_printf(told, "%s %d ", held_is_button(code) ? "button" : key_name(code),
			       pressed);
}

static void on_motion(void *data, int32_t dx, int32_t dy)
{
	(void)data;
	g_string_append_printf(told, "motion %d %d ", dx, dy);
}

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	(void)data;
	g_string_append_printf(told, "scroll %d %d ", x120, y120);
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	const char *slash = strrchr(text, '/');

	g_string_append_printf(told, "[%s] ", slash ? slash + 1 : text);
}

static const struct evdev_listener listener = { { on_key, on_motion, on_scroll }, on_alert };

static void check_told(const char *want)
{
	g_autofree char *got = g_strchomp(g_strdup(told->str));

	g_string_truncate(told, 0);
	CHECK_STR(got, want);
}

/* ---- the reader ---- */

static struct evdev_reader reader;

static bool feed(const struct input_event *events, size_t count)
{
	return evdev_reader_feed(&reader, events, count);
}

#define FEED(...)                                                                                  \
	feed((const struct input_event[]){ __VA_ARGS__ },                                          \
	     ARRAY_LEN(((const struct input_event[]){ __VA_ARGS__ })))
#define EVENT(type_, code_, value_)                                                                \
	{                                                                                          \
		.type = type_, .code = code_, .value = value_                                      \
	}
#define REPORT  EVENT(EV_SYN, SYN_REPORT, 0)
#define DROPPED EVENT(EV_SYN, SYN_DROPPED, 0)

static void begin_reader(void)
{
	evdev_reader_init(&reader, &listener.events, NULL);
	g_string_truncate(told, 0);
}

static void keys_come_once(void)
{
	begin_reader();
	CHECK(!FEED(EVENT(EV_KEY, KEY_A, 1), REPORT, EVENT(EV_KEY, KEY_A, 2), REPORT,
		    EVENT(EV_KEY, KEY_A, 1), EVENT(EV_KEY, KEY_A, 0), EVENT(EV_KEY, KEY_A, 0),
		    EVENT(EV_KEY, KEY_CNT, 1), EVENT(EV_KEY, 0xffff, 1), EVENT(EV_KEY, KEY_B, -7),
		    EVENT(EV_MSC, MSC_SCAN, 4), EVENT(0xffff, 3, 3), REPORT));
	check_told("a 1 a 0");
}

static void ways_add_up_to_the_report(void)
{
	begin_reader();
	FEED(EVENT(EV_REL, REL_X, 3), EVENT(EV_REL, REL_Y, -4), EVENT(EV_REL, REL_X, 2));
	check_told("");
	FEED(REPORT, REPORT);
	check_told("motion 5 -4");
	FEED(EVENT(EV_REL, REL_X, INT32_MAX), EVENT(EV_REL, REL_X, INT32_MAX),
	     EVENT(EV_REL, REL_Y, INT32_MIN), EVENT(EV_REL, 0xffff, 1), REPORT);
	check_told("motion 1048576 -1048576");
	FEED(EVENT(EV_REL, REL_X, 3), EVENT(EV_KEY, BTN_LEFT, 1), EVENT(EV_REL, REL_X, 2), REPORT);
	check_told("motion 3 0 button 1 motion 2 0");
}

static void wheels_count_once(void)
{
	begin_reader();
	FEED(EVENT(EV_REL, REL_WHEEL, 1), EVENT(EV_REL, REL_HWHEEL, -2), REPORT); /* coarse */
	check_told("scroll -240 -120");
	FEED(EVENT(EV_REL, REL_WHEEL_HI_RES, -30), REPORT); /* fine */
	FEED(EVENT(EV_REL, REL_WHEEL, -1), EVENT(EV_REL, REL_WHEEL_HI_RES, -90), REPORT);
	check_told("scroll 0 30 scroll 0 90");
	FEED(EVENT(EV_REL, REL_HWHEEL_HI_RES, 15), REPORT);
	check_told("scroll 15 0");
}

static void what_was_lost_is_asked_for(void)
{
	struct held down = { 0 };

	begin_reader();
	FEED(EVENT(EV_KEY, KEY_A, 1), EVENT(EV_KEY, KEY_B, 1), REPORT);
	check_told("a 1 b 1");
	CHECK(!FEED(EVENT(EV_REL, REL_X, 9), DROPPED, EVENT(EV_KEY, KEY_C, 1)));
	CHECK(FEED(EVENT(EV_REL, REL_X, 9), REPORT));
	check_told("");
	held_set(&down, KEY_B, true);
	held_set(&down, BTN_LEFT, true);
	evdev_reader_sync(&reader, &down);
	check_told("a 0 button 1");
	CHECK(!FEED(EVENT(EV_REL, REL_X, 1), REPORT));
	check_told("motion 1 0");
}

/* ---- devices of our own ---- */

enum { KEYBOARD, MOUSE, TOUCHPAD, FAKES };

static struct fake {
	const char *name;
	bool there, foreign; /* `foreign`: somebody else has grabbed it */
	int near, far;       /* what the viewer reads, and what we write */
	_Atomic bool grabbed;
	unsigned grabs;
	struct held down;
} fakes[FAKES] = {
	[KEYBOARD] = { "keyboard" },
	[MOUSE] = { "mouse" },
	[TOUCHPAD] = { "touchpad" },
};

static char *folder;
static bool hung; /* the watchdog was first */

static int fake_open(const char *path, struct evdev_abilities *out)
{
	int pair[2];

	for (size_t i = 0; i < FAKES; i++) {
		struct fake *fake = &fakes[i];
		if (!g_str_has_suffix(path, fake->name))
			continue;
		if (!fake->there)
			return -ENOENT;
		if (i == TOUCHPAD)
			return -ENOTSUP;
		CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
		*out = (struct evdev_abilities){ .moves = i == MOUSE, .scrolls = i == MOUSE };
		for (uint32_t code = 1; code < 256; code++)
			held_set(&out->codes, code, i == KEYBOARD);
		held_set(&out->codes, BTN_LEFT, i == MOUSE);
		fake->near = pair[0];
		fake->far = pair[1];
		fake->grabbed = false;
		return pair[0];
	}
	return -EACCES;
}

static struct fake *fake_of(int fd)
{
	for (size_t i = 0; i < FAKES; i++)
		if (fakes[i].near == fd)
			return &fakes[i];
	test_fail("no such device");
}

static int fake_grab(int fd, bool on)
{
	struct fake *fake = fake_of(fd);

	if (on && fake->foreign)
		return -EBUSY;
	if (hung && !on && !fake->grabbed)
		return -EINVAL;
	CHECK(fake->grabbed != on);
	fake->grabbed = on;
	fake->grabs += on;
	return 0;
}

static int fake_down(int fd, struct held *out)
{
	*out = fake_of(fd)->down;
	return 0;
}

static const struct evdev_port fake_port = { fake_open, fake_grab, fake_down };

static void iterate(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static void await(const char *part)
{
	gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

	while (!strstr(told->str, part) && g_get_monotonic_time() < end)
		g_main_context_iteration(NULL, FALSE);
	CHECK_CONTAINS(told->str, part);
}

/* One event and its report. */
static void play(unsigned which, uint16_t type, uint16_t code, int32_t value)
{
	const struct input_event events[] = { EVENT(type, code, value), REPORT };

	if (type == EV_KEY)
		held_set(&fakes[which].down, code, value == 1);
	CHECK_EQ(write(fakes[which].far, events, sizeof(events)), sizeof(events));
	iterate();
}

static void tap(unsigned which, uint16_t code)
{
	play(which, EV_KEY, code, 1);
	play(which, EV_KEY, code, 0);
}

static char *path_of(unsigned which)
{
	return g_build_filename(folder, fakes[which].name, NULL);
}

static void plug(unsigned which)
{
	g_autofree char *path = path_of(which);

	fakes[which].there = true;
	memset(&fakes[which].down, 0, sizeof(fakes[which].down));
	CHECK(g_file_set_contents(path, "", 0, NULL));
}

static void unplug(unsigned which)
{
	g_autofree char *path = path_of(which);

	fakes[which].there = false;
	close(fakes[which].far);
	fakes[which].near = fakes[which].far = -1;
	g_unlink(path);
}

static struct evdev *open_with(const char *names, bool exclusive, const struct evdev_listener *to,
			       void *data)
{
	g_auto(GStrv) paths = g_strsplit(names, " ", -1);

	for (char **path = paths; *path; path++) {
		char *full = g_build_filename(folder, *path, NULL);
		g_free(*path);
		*path = full;
	}
	for (size_t i = 0; i < FAKES; i++)
		fakes[i].grabs = fakes[i].foreign = 0;
	g_string_truncate(told, 0);
	return evdev_create(paths, exclusive, &fake_port, to, data);
}

static void close_all(struct evdev *self)
{
	evdev_destroy(self);
	for (size_t i = 0; i < FAKES; i++)
		if (fakes[i].far > 0)
			unplug((unsigned)i);
}

static void only_what_is_wanted_is_read(void)
{
	plug(KEYBOARD);
	plug(MOUSE);
	struct evdev *self = open_with("keyboard mouse", false, &listener, NULL);
	tap(KEYBOARD, KEY_A);
	play(MOUSE, EV_REL, REL_X, 5);
	evdev_read(self, true);
	check_told("");
	CHECK(evdev_doubles_key(self, KEY_A) && evdev_doubles_key(self, BTN_LEFT));
	CHECK(!evdev_doubles_key(self, BTN_RIGHT) && !evdev_doubles_key(self, KEY_CNT));
	CHECK(evdev_doubles_motion(self) && evdev_doubles_scroll(self));
	play(KEYBOARD, EV_KEY, KEY_B, 1);
	play(MOUSE, EV_REL, REL_X, 7);
	play(MOUSE, EV_REL, REL_WHEEL, -1);
	check_told("b 1 motion 7 0 scroll 0 120");
	evdev_read(self, false);
	check_told("b 0");
	play(KEYBOARD, EV_KEY, KEY_B, 0);
	check_told("");
	CHECK(!evdev_doubles_key(self, KEY_A) && !evdev_doubles_motion(self));
	CHECK_EQ(fakes[KEYBOARD].grabs + fakes[MOUSE].grabs, 0);
	close_all(self);
}

/* Whose press the window system has seen, whose release it must see. */
static void grabs_wait_for_keys_to_come_up(void)
{
	plug(KEYBOARD);
	struct evdev *self = open_with("keyboard", true, &listener, NULL);
	play(KEYBOARD, EV_KEY, KEY_LEFTCTRL, 1);
	evdev_read(self, true);
	CHECK(!fakes[KEYBOARD].grabbed);
	CHECK(evdev_doubles_key(self, KEY_LEFTCTRL));
	play(KEYBOARD, EV_KEY, KEY_C, 1);
	play(KEYBOARD, EV_KEY, KEY_LEFTCTRL, 0);
	CHECK(!fakes[KEYBOARD].grabbed);
	play(KEYBOARD, EV_KEY, KEY_C, 0);
	CHECK(fakes[KEYBOARD].grabbed);
	CHECK(!evdev_doubles_key(self, KEY_A)); /* another keyboard's comes but once */
	check_told("c 1 leftctrl 0 c 0");
	evdev_read(self, false);
	CHECK(!fakes[KEYBOARD].grabbed);
	evdev_read(self, true);
	CHECK(fakes[KEYBOARD].grabbed);
	evdev_read(self, false);
	CHECK_EQ(fakes[KEYBOARD].grabs, 2);
	close_all(self);
}

static void what_another_has_is_shared(void)
{
	plug(KEYBOARD);
	struct evdev *self = open_with("keyboard", true, &listener, NULL);
	fakes[KEYBOARD].foreign = true;
	evdev_read(self, true);
	tap(KEYBOARD, KEY_A);
	check_told("[keyboard: another program has it for itself, so it is shared] a 1 a 0");
	CHECK(evdev_doubles_key(self, KEY_A));
	close_all(self);
}

static void devices_go_and_come(void)
{
	plug(KEYBOARD);
	struct evdev *self = open_with("keyboard", true, &listener, NULL);
	evdev_read(self, true);
	play(KEYBOARD, EV_KEY, KEY_A, 1);
	unplug(KEYBOARD);
	iterate();
	CHECK(g_str_has_prefix(told->str, "a 1 a 0 [keyboard: it is gone; waiting for it]"));
	CHECK(!evdev_doubles_key(self, KEY_A));
	plug(KEYBOARD);
	await("[keyboard: it is there]");
	CHECK(fakes[KEYBOARD].grabbed);
	g_string_truncate(told, 0);
	tap(KEYBOARD, KEY_B);
	check_told("b 1 b 0");
	evdev_read(self, false);
	unplug(KEYBOARD); /* while nobody reads */
	await("gone");
	plug(KEYBOARD);
	await("[keyboard: it is there]");
	close_all(self);
}

static void what_is_missing_is_said(void)
{
	plug(TOUCHPAD);
	struct evdev *self = open_with("keyboard touchpad other", true, &listener, NULL);
	await("other: permission denied");
	CHECK_CONTAINS(told->str, "[keyboard: it is not there; waiting for it]");
	CHECK_CONTAINS(told->str, "[touchpad: neither keyboard nor mouse");
	evdev_read(self, true);
	plug(KEYBOARD);
	await("[keyboard: it is there]");
	CHECK(fakes[KEYBOARD].grabbed);
	close_all(self);
	unplug(TOUCHPAD);
}

/* ---- and what becomes of it ---- */

static struct input *input;
static struct options options;

static void on_grab(void *data, unsigned grabs)
{
	(void)data;
	input_events.grabbed(input, grabs, "");
}

static void on_help(void *data, bool shown)
{
	(void)data, (void)shown;
}

static bool on_projection(void *data, struct projection *out)
{
	(void)data, (void)out;
	return false;
}

static const struct input_listener app = {
	.grab = on_grab,
	.help = on_help,
	.captured = on_help,
	.alert = on_alert,
	.projection = on_projection,
};

static void check_recorded(const char *path, const char *want)
{
	g_autofree char *text = NULL;

	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	g_strdelimit(text, "\n", ' ');
	CHECK_STR(g_strchomp(text), want);
	CHECK_EQ(truncate(path, 0), 0);
}

static void key(uint32_t code, bool pressed)
{
	input_events.key(input, code, pressed);
}

/* Shared: the window tells all of it, too. */
static void nothing_comes_twice(void)
{
	g_autofree char *record = g_build_filename(folder, "record", NULL);

	values_init(&options);
	options.record_input = record;
	CHECK(g_file_set_contents(record, "", 0, NULL));
	input = input_create(&options, NULL, &app, NULL, NULL);
	plug(KEYBOARD);
	plug(MOUSE);
	input->evdev = open_with("keyboard mouse", false, &input_evdev_listener, input);
	input_set_guest(input, true);
	input_events.inside(input, true);
	input_events.focus(input, true);
	tap(KEYBOARD, KEY_A); /* not captured: the window tells it */
	key(KEY_A, true);
	key(KEY_A, false);
	key(KEY_SCROLLLOCK, true);
	key(KEY_SCROLLLOCK, false);
	CHECK(input_captured(input));
	tap(KEYBOARD, KEY_B);
	key(KEY_B, true);
	key(KEY_B, false);
	play(MOUSE, EV_REL, REL_X, 6);
	input_events.motion(input, 9, 0, 6, 0);
	play(MOUSE, EV_KEY, BTN_LEFT, 1);
	input_events.button(input, BTN_LEFT, true);
	play(MOUSE, EV_REL, REL_WHEEL, 1);
	input_events.scroll(input, 0, -120);
	play(KEYBOARD, EV_KEY, KEY_C, 1);
	play(KEYBOARD, EV_KEY, KEY_SCROLLLOCK, 1);
	play(KEYBOARD, EV_KEY, KEY_SCROLLLOCK, 0);
	CHECK(!input_captured(input));
	check_recorded(record, "key a 1 key a 0 key b 1 key b 0 motion 6 0 button 272 1 "
			       "scroll 0 -120 key c 1 key c 0 button 272 0");
	key(KEY_D, true); /* the window's own again */
	key(KEY_D, false);
	check_recorded(record, "key d 1 key d 0");
	options.record_input = NULL;
	input_destroy(input);
	values_clear(&options);
	close_all(NULL);
	g_unlink(record);
}

/* Whatever ends the capture gives the keyboard back. */
static void an_exclusive_keyboard_always_comes_back(void)
{
	g_autofree char *record = g_build_filename(folder, "record", NULL);

	values_init(&options);
	options.record_input = record;
	input = input_create(&options, NULL, &app, NULL, NULL);
	plug(KEYBOARD);
	input->evdev = open_with("keyboard", true, &input_evdev_listener, input);
	input_set_guest(input, true);
	input_events.focus(input, true);
	for (int i = 0; i < 3; i++) {
		input_act(input, ACTION_CAPTURE);
		CHECK(fakes[KEYBOARD].grabbed);
		play(KEYBOARD, EV_KEY, KEY_X, 1);
		if (i == 0)
			tap(KEYBOARD, KEY_SCROLLLOCK);
		if (i == 1)
			input_events.focus(input, false);
		if (i == 2)
			input_set_guest(input, false);
		CHECK(!fakes[KEYBOARD].grabbed);
		CHECK(!input_captured(input));
		play(KEYBOARD, EV_KEY, KEY_X, 0);
		input_events.focus(input, true);
	}
	check_recorded(record, "key x 1 key x 0 key x 1 key x 0 key x 1 key x 0");
	options.record_input = NULL;
	input_destroy(input);
	values_clear(&options);
	close_all(NULL);
	g_unlink(record);
}

/* The main loop does not turn, as when it hangs in a driver. */
static void hang_while_grabbed(void)
{
	gint64 end = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;

	hung = true;
	while (fakes[KEYBOARD].grabbed && g_get_monotonic_time() < end)
		g_usleep(10000);
	CHECK(!fakes[KEYBOARD].grabbed);
}

/* With the main loop stuck, too; nobody watches while nothing is held. */
static void a_hung_viewer_gives_the_keyboard_back(void)
{
	g_autofree char *record = g_build_filename(folder, "record", NULL);

	values_init(&options);
	options.record_input = record;
	input = input_create(&options, NULL, &app, NULL, NULL);
	plug(KEYBOARD);
	input->evdev = open_with("keyboard", true, &input_evdev_listener, input);
	input_set_guest(input, true);
	input_events.focus(input, true);
	CHECK(!input->dog);
	input_act(input, ACTION_CAPTURE);
	CHECK(fakes[KEYBOARD].grabbed && input->dog);
	gint64 end = g_get_monotonic_time() + 3 * G_USEC_PER_SEC / 2;
	while (g_get_monotonic_time() < end) /* it rings, and is answered */
		g_main_context_iteration(NULL, FALSE);
	CHECK(fakes[KEYBOARD].grabbed);
	input_act(input, ACTION_CAPTURE);
	CHECK(!fakes[KEYBOARD].grabbed && !input->dog);

	input->patience_ms = 200;
	input_act(input, ACTION_CAPTURE);
	CHECK(fakes[KEYBOARD].grabbed);
	hang_while_grabbed();
	CHECK(input_captured(input));
	await("given back");
	CHECK(!input_captured(input) && !input->dog);
	hung = false;
	options.record_input = NULL;
	input_destroy(input);
	values_clear(&options);
	close_all(NULL);
	g_unlink(record);
}

/* ---- the kernel's own ---- */

static int make_device(char *name, size_t length)
{
	const struct uinput_setup setup = { .id = { .bustype = BUS_VIRTUAL }, .name = "oriel" };
	int fd = open("/dev/uinput", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		test_skip("/dev/uinput: %s", g_strerror(errno));
	CHECK_EQ(ioctl(fd, UI_SET_EVBIT, EV_KEY) | ioctl(fd, UI_SET_EVBIT, EV_REL), 0);
	CHECK_EQ(ioctl(fd, UI_SET_KEYBIT, KEY_A) | ioctl(fd, UI_SET_KEYBIT, BTN_LEFT), 0);
	CHECK_EQ(ioctl(fd, UI_SET_RELBIT, REL_X) | ioctl(fd, UI_SET_RELBIT, REL_Y), 0);
	CHECK_EQ(ioctl(fd, UI_DEV_SETUP, &setup) | ioctl(fd, UI_DEV_CREATE), 0);
	CHECK(ioctl(fd, UI_GET_SYSNAME(length), name) >= 0);
	return fd;
}

static char *find_node(const char *name)
{
	g_autofree char *path = g_build_filename("/sys/devices/virtual/input", name, NULL);
	GDir *dir = g_dir_open(path, 0, NULL);
	char *out = NULL;

	for (const char *entry; dir && !out && (entry = g_dir_read_name(dir));)
		if (g_str_has_prefix(entry, "event"))
			out = g_build_filename("/dev/input", entry, NULL);
	if (dir)
		g_dir_close(dir);
	return out;
}

static void the_kernels_devices_are_read(void)
{
	const struct input_event press[] = { EVENT(EV_KEY, KEY_A, 1), REPORT };
	struct evdev_abilities can;
	struct held down;
	char name[64] = "";

	int maker = make_device(name, sizeof(name));
	g_autofree char *path = find_node(name);
	if (!path || !g_file_test(path, G_FILE_TEST_EXISTS))
		test_skip("nobody makes nodes in /dev/input here");
	int fd = evdev_kernel.open(path, &can), other = evdev_kernel.open(path, &can);
	CHECK(fd >= 0 && other >= 0);
	CHECK(can.moves && !can.scrolls && held_has(&can.codes, KEY_A) &&
	      held_has(&can.codes, BTN_LEFT) && !held_has(&can.codes, KEY_B));
	CHECK_EQ(evdev_kernel.grab(fd, true), 0);
	CHECK_EQ(evdev_kernel.grab(other, true), -EBUSY);
	CHECK_EQ(write(maker, press, sizeof(press)), sizeof(press));
	CHECK_EQ(evdev_kernel.down(fd, &down), 0);
	CHECK(held_has(&down, KEY_A) && !held_has(&down, BTN_LEFT));
	close(fd); /* ends the grab */
	CHECK_EQ(evdev_kernel.grab(other, true), 0);
	close(other);
	close(maker);
}

static void what_is_no_device_is_refused(void)
{
	struct evdev_abilities can;

	CHECK_EQ(evdev_kernel.open("/dev/null", &can), -ENOTSUP);
	CHECK_EQ(evdev_kernel.open("/nowhere/event0", &can), -ENOENT);
}

static const struct test_case cases[] = {
	TEST(keys_come_once),
	TEST(ways_add_up_to_the_report),
	TEST(wheels_count_once),
	TEST(what_was_lost_is_asked_for),
	TEST(only_what_is_wanted_is_read),
	TEST(grabs_wait_for_keys_to_come_up),
	TEST(what_another_has_is_shared),
	TEST(devices_go_and_come),
	TEST(what_is_missing_is_said),
	TEST(nothing_comes_twice),
	TEST(an_exclusive_keyboard_always_comes_back),
	TEST(a_hung_viewer_gives_the_keyboard_back),
	TEST(the_kernels_devices_are_read),
	TEST(what_is_no_device_is_refused),
};

int main(int argc, char **argv)
{
	told = g_string_new(NULL);
	folder = g_dir_make_tmp("oriel-evdev-XXXXXX", NULL);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	g_rmdir(folder);
	g_free(folder);
	g_string_free(told, TRUE);
	return status;
}
