/* tests/render/compositor.h - Wayland compositors of our own, without a GPU or a screen. */
#ifndef TESTS_RENDER_COMPOSITOR_H
#define TESTS_RENDER_COMPOSITOR_H

#include <glib.h>

#include "test.h"

/* KWin takes pictures of itself only with OpenGL. */
enum compositor_kind { WESTON_PIXMAN, WESTON_GL, SWAY, KWIN, KWIN_GL };

/* A running one; WAYLAND_DISPLAY and XDG_RUNTIME_DIR lead there. It dies with us. */
struct compositor {
	enum compositor_kind kind;
	int pid;
	char *dir, *socket;
	uint32_t width, height; /* of its screen */
};

/* Skips the test where there is no such compositor. `scale` is a text like "1.5"; `more` are lines
 * of configuration (sway only) or NULL. */
void compositor_start(struct compositor *self, enum compositor_kind kind, uint32_t width,
		      uint32_t height, const char *scale, const char *more);
void compositor_kill(struct compositor *self); /* without a goodbye; its files stay */
void compositor_stop(struct compositor *self); /* safe on a zeroed one */

/* What is on the screen, without the unused byte; g_free(). The main loop runs meanwhile. Skips the
 * test where nothing takes pictures. */
uint32_t *compositor_grab(struct compositor *self, uint32_t *width, uint32_t *height);

/* A picture of its screen. */
struct shot {
	const uint32_t *pixels; /* without the unused byte */
	uint32_t width, height;
};

/* Takes pictures until `wrong` finds nothing wrong with one (NULL); what it finds (g_free()) fails
 * the test after a while. */
void compositor_await(struct compositor *self,
		      char *(*wrong)(const struct shot *shot, const void *data), const void *data);

/* Whether nothing is wrong with one within `ms`. */
bool compositor_shows(struct compositor *self, unsigned ms,
		      char *(*wrong)(const struct shot *shot, const void *data), const void *data);

/* Until that pixel has that colour. */
void compositor_await_pixel(struct compositor *self, uint32_t x, uint32_t y, uint32_t colour);

/* Runs a command of its control program (sway only), the main loop meanwhile; what it said. */
char *compositor_tell(struct compositor *self, const char *command);

#endif
