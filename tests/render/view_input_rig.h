/* tests/render/view_input_rig.h - a viewer in an X11 window with hands at it, and what its guest
 * gets of them. One at a time; the server is there before any case. */
#ifndef TESTS_RENDER_VIEW_INPUT_RIG_H
#define TESTS_RENDER_VIEW_INPUT_RIG_H

#include "view_hands.h"

#include "view/app_impl.h"

extern struct server server;
extern struct script script;
extern struct viewer viewer;
extern GString *lines;  /* what was recorded since forget() */
extern char alert[512]; /* the last one */
extern unsigned helps;  /* how often help was shown */

void prepare(void); /* viewer.options as the settings begin */
/* A window that shows a guest of that size and has the focus; the pointer is in its middle. */
void open_window(uint32_t width, uint32_t height);
xcb_window_t window(void);
void post(void); /* a picture, which is then shown */
void await_width(uint32_t width);
void tidy(void);

void read_more(void);
void await(const char *line);
void settle(void); /* all that was done so far is in `lines` */
void forget(void);
const char *without_positions(void);

void await_capture(bool captured);
void capture(void);
void chord(uint32_t code); /* with the escape key */

/* The pointer goes there; the guest is told `want`. */
void check_corner(int16_t x, int16_t y, const char *want);

int input_main(int argc, char **argv, const struct test_case *cases, size_t count);

#endif
