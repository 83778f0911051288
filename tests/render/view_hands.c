#include "view_hands.h"

#include <xcb/xtest.h>

#define KEYCODE_OFFSET 8

void hands_focus(struct server *server, xcb_window_t window)
{
	xcb_set_input_focus(server->xcb, XCB_INPUT_FOCUS_NONE, window, XCB_CURRENT_TIME);
	server_sync(server);
}

static void fake(struct server *server, uint8_t type, uint8_t detail, int16_t x, int16_t y)
{
	xcb_test_fake_input(server->xcb, type, detail, XCB_CURRENT_TIME, server->screen->root, x, y,
			    0);
	server_sync(server);
}

void hands_key(struct server *server, uint32_t code, bool pressed)
{
	fake(server, pressed ? XCB_KEY_PRESS : XCB_KEY_RELEASE, (uint8_t)(code + KEYCODE_OFFSET), 0,
	     0);
}

void hands_tap(struct server *server, uint32_t code)
{
	hands_key(server, code, true);
	hands_key(server, code, false);
}

void hands_button(struct server *server, uint8_t number, bool pressed)
{
	fake(server, pressed ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, number, 0, 0);
}

void hands_move(struct server *server, int16_t dx, int16_t dy)
{
	fake(server, XCB_MOTION_NOTIFY, 1, dx, dy); /* 1: relative */
}

void hands_point(struct server *server, int16_t x, int16_t y)
{
	fake(server, XCB_MOTION_NOTIFY, 0, x, y);
}
