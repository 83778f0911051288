/* What X11 devices tell that no server for tests has: fine wheels, and places under a capture. The
 * server's words are written here. */
#include "test.h"

#include <xcb/xinput.h>

#include "view/window/x11/x11.h"

#define OPCODE 131
#define MASTER 2
#define SLAVE  9

static struct x11 x11;
static xcb_screen_t screen = { .width_in_pixels = 1920, .height_in_pixels = 1080 };
static int32_t scrolled[2];
static unsigned scrolls, motions;
static double moved[4];

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	(void)data;
	scrolls++;
	scrolled[0] += x120;
	scrolled[1] += y120;
}

static void on_motion(void *data, double dx, double dy, double raw_dx, double raw_dy)
{
	const double all[] = { dx, dy, raw_dx, raw_dy };

	(void)data;
	motions++;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		moved[i] += all[i];
}

static const struct input_events events = { .scroll = on_scroll, .motion = on_motion };

static void begin(void)
{
	memset(&x11, 0, sizeof(x11));
	x11.seat.opcode = OPCODE;
	x11.screen = &screen;
	x11.window.input = &events;
	x11.seat.grabs = INPUT_GRAB_POINTER;
	memset(scrolled, 0, sizeof(scrolled));
	memset(moved, 0, sizeof(moved));
	scrolls = motions = 0;
}

static void check_scrolled(int32_t x120, int32_t y120)
{
	CHECK_EQ(scrolled[0], x120);
	CHECK_EQ(scrolled[1], y120);
	memset(scrolled, 0, sizeof(scrolled));
}

static void check_moved(double dx, double dy, double raw_dx, double raw_dy)
{
	const double want[] = { dx, dy, raw_dx, raw_dy };

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		CHECK_EQ(moved[i] * 1000 + 0.5, want[i] * 1000 + 0.5);
	memset(moved, 0, sizeof(moved));
}

/* ---- the server's words ---- */

static xcb_input_fp3232_t fp3232(double value)
{
	int64_t whole = (int64_t)(value * 4294967296.0);

	return (xcb_input_fp3232_t){ (int32_t)(whole >> 32), (uint32_t)whole };
}

static void hear(const void *event)
{
	x11_seat_event(&x11, event);
}

/* A device with two places or motions and a wheel of each kind. */
static void change_device(bool places, double increment)
{
	struct {
		xcb_input_device_changed_event_t head;
		xcb_input_valuator_class_t valuators[2];
		xcb_input_scroll_class_t wheels[2];
	} event = {
		.head = { .response_type = XCB_GE_GENERIC,
			  .extension = OPCODE,
			  .event_type = XCB_INPUT_DEVICE_CHANGED,
			  .deviceid = MASTER,
			  .sourceid = SLAVE,
			  .num_classes = 4 },
	};
	for (uint16_t i = 0; i < 2; i++) {
		event.valuators[i] = (xcb_input_valuator_class_t){
			.type = XCB_INPUT_DEVICE_CLASS_TYPE_VALUATOR,
			.len = sizeof(event.valuators[i]) / 4,
			.sourceid = SLAVE,
			.number = i,
			.max = fp3232(places ? 32767 : 0),
			.mode = places ? XCB_INPUT_VALUATOR_MODE_ABSOLUTE
				       : XCB_INPUT_VALUATOR_MODE_RELATIVE,
		};
		event.wheels[i] = (xcb_input_scroll_class_t){
			.type = XCB_INPUT_DEVICE_CLASS_TYPE_SCROLL,
			.len = sizeof(event.wheels[i]) / 4,
			.sourceid = SLAVE,
			.number = (uint16_t)(2 + i),
			.scroll_type = i ? XCB_INPUT_SCROLL_TYPE_VERTICAL
					 : XCB_INPUT_SCROLL_TYPE_HORIZONTAL,
			.increment = fp3232(increment),
		};
	}
	hear(&event);
}

static void turn(unsigned number, double value)
{
	const struct {
		xcb_input_motion_event_t head;
		uint32_t buttons, valuators;
		xcb_input_fp3232_t value;
	} event = {
		.head = { .response_type = XCB_GE_GENERIC,
			  .extension = OPCODE,
			  .event_type = XCB_INPUT_MOTION,
			  .deviceid = MASTER,
			  .sourceid = SLAVE,
			  .buttons_len = 1,
			  .valuators_len = 1 },
		.valuators = 1u << number,
		.value = fp3232(value),
	};

	hear(&event);
}

static void move(double x, double y, double raw_x, double raw_y)
{
	const struct {
		xcb_input_raw_motion_event_t head;
		uint32_t valuators;
		xcb_input_fp3232_t values[2], raw[2];
	} event = {
		.head = { .response_type = XCB_GE_GENERIC,
			  .extension = OPCODE,
			  .event_type = XCB_INPUT_RAW_MOTION,
			  .deviceid = MASTER,
			  .sourceid = SLAVE,
			  .valuators_len = 1 },
		.valuators = 3,
		.values = { fp3232(x), fp3232(y) },
		.raw = { fp3232(raw_x), fp3232(raw_y) },
	};

	hear(&event);
}

static void press(uint32_t number, uint32_t flags)
{
	const xcb_input_button_press_event_t event = {
		.response_type = XCB_GE_GENERIC,
		.extension = OPCODE,
		.event_type = XCB_INPUT_BUTTON_PRESS,
		.deviceid = MASTER,
		.detail = number,
		.flags = flags,
	};

	hear(&event);
}

static void enter(void)
{
	const xcb_input_enter_event_t event = {
		.response_type = XCB_GE_GENERIC,
		.extension = OPCODE,
		.event_type = XCB_INPUT_ENTER,
		.deviceid = MASTER,
	};

	hear(&event);
}

/* ---- cases ---- */

static void wheels_are_fine(void)
{
	begin();
	change_device(false, 15);
	turn(3, 1000); /* where it stands, others have turned it */
	check_scrolled(0, 0);
	turn(3, 1007.5);
	check_scrolled(0, 60);
	turn(3, 1002.5);
	check_scrolled(0, -40);
	turn(2, -15);
	turn(2, 0);
	check_scrolled(120, 0);
	press(4, XCB_INPUT_POINTER_EVENT_FLAGS_POINTER_EMULATED); /* for who knows no axes */
	check_scrolled(0, 0);
	press(4, 0); /* a wheel without an axis */
	check_scrolled(0, -120);
}

/* A seventh of a click at a time, and none of it is lost. */
static void parts_of_parts_are_kept(void)
{
	begin();
	change_device(false, 7);
	turn(3, 0);
	for (int i = 1; i <= 7000; i++)
		turn(3, i);
	CHECK(scrolled[1] == 120000 || scrolled[1] == 119999);
	check_scrolled(0, scrolled[1]);
	begin();
	change_device(false, -10); /* some count the other way */
	turn(3, 0);
	turn(3, 5);
	check_scrolled(0, -60);
}

static void wheels_turned_elsewhere_do_not_count(void)
{
	begin();
	change_device(false, 15);
	turn(3, 0);
	turn(3, 15);
	enter();
	turn(3, 900);
	check_scrolled(0, 120);
	turn(3, 915);
	check_scrolled(0, 120);
	change_device(false, 30); /* another mouse */
	turn(3, 5000);
	turn(3, 5015);
	check_scrolled(0, 60);
}

static void mice_tell_both_motions(void)
{
	begin();
	change_device(false, 15);
	move(4.5, -3, 2, -1);
	check_moved(4.5, -3, 2, -1);
	CHECK_EQ(scrolls, 0);
}

/* Tablets, and the mice of virtual machines: the way from place to place, in pixels. */
static void places_make_ways(void)
{
	begin();
	change_device(true, 15);
	move(100, 100, 32767 / 2.0, 32767 / 2.0); /* it was put down somewhere */
	CHECK_EQ(motions, 0);
	move(1, 1, 32767 / 2.0 + 32767 / 192.0, 32767 / 2.0 - 32767 / 54.0);
	check_moved(10, -20, 10, -20);
	move(1, 1, 32767, 0);
	move(1, 1, 0, 32767); /* from corner to corner */
	check_moved(-970, 560, -970, 560);
	change_device(false, 15);
	move(4, 5, 6, 7);
	check_moved(4, 5, 6, 7);
}

static void motion_is_told_while_it_is_ours(void)
{
	begin();
	change_device(false, 15);
	x11.seat.grabs = 0;
	move(4, 5, 6, 7);
	x11.seat.grabs = INPUT_GRAB_KEYBOARD;
	move(4, 5, 6, 7);
	CHECK_EQ(motions, 0);
	x11.seat.grabs = INPUT_GRAB_CONFINE;
	move(4, 5, 6, 7);
	CHECK_EQ(motions, 1);
}

static const struct test_case cases[] = {
	TEST(wheels_are_fine),
	TEST(parts_of_parts_are_kept),
	TEST(wheels_turned_elsewhere_do_not_count),
	TEST(mice_tell_both_motions),
	TEST(places_make_ways),
	TEST(motion_is_told_while_it_is_ours),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
