/* tests/render/view_hands.h - keyboard and pointer of an X server of our own, by XTEST. */
#ifndef TESTS_RENDER_VIEW_HANDS_H
#define TESTS_RENDER_VIEW_HANDS_H

#include "view_rig.h"

/* Keys come to that window now; XCB_NONE: to nobody. */
void hands_focus(struct server *server, xcb_window_t window);

/* By the kernel's code, wherever the layout puts what is printed on it. */
void hands_key(struct server *server, uint32_t code, bool pressed);
void hands_tap(struct server *server, uint32_t code);

/* X's number of a button; 4 to 7 are wheels. */
void hands_button(struct server *server, uint8_t number, bool pressed);

void hands_move(struct server *server, int16_t dx, int16_t dy);
void hands_point(struct server *server, int16_t x, int16_t y); /* at the root */

#endif
