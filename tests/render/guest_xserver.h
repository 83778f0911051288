/* tests/render/guest_xserver.h - X servers that die with the test, and a hand that draws on them.
 */
#ifndef GUEST_XSERVER_H
#define GUEST_XSERVER_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include "test.h"

#define XSERVER_PATIENCE_MS 20000

struct xserver {
	pid_t pid;
	char display[16]; /* ":7" */
};

/* The server writes number and newline one after the other, and dies if nobody takes the second. */
static inline bool xserver_read_number(int fd, char text[8])
{
	unsigned got = 0;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	while (got < 7 && poll(&wait, 1, XSERVER_PATIENCE_MS) == 1 &&
	       read(fd, text + got, 1) == 1) {
		if (text[got] == '\n') {
			text[got] = '\0';
			return true;
		}
		got++;
	}
	return false;
}

/* Starts argv (a NULL-ended list without -displayfd). False: it gave up before it was ready. */
static inline bool xserver_run(struct xserver *self, const char *const *argv)
{
	int ready[2];
	CHECK_EQ(pipe2(ready, O_CLOEXEC), 0);
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		char number[16];
		const char *all[32] = { NULL };
		unsigned count = 0;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		int fd = dup(ready[1]); /* without O_CLOEXEC */
		int quiet = open("/dev/null", O_RDWR);
		dup2(quiet, STDOUT_FILENO);
		dup2(quiet, STDERR_FILENO);
		snprintf(number, sizeof(number), "%d", fd);
		while (argv[count]) {
			all[count] = argv[count];
			count++;
		}
		all[count++] = "-displayfd";
		all[count++] = number;
		execvp(all[0], (char **)all);
		_exit(127);
	}
	close(ready[1]);
	char text[8];
	bool started = xserver_read_number(ready[0], text);
	close(ready[0]);
	if (!started) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return false;
	}
	snprintf(self->display, sizeof(self->display), ":%s", text);
	self->pid = pid;
	return true;
}

/* An Xvfb of that size and depth ("1366x768x24"); `option` NULL or e.g. "-extension", with `value`.
 * Leaves the case when there is none. */
static inline void xserver_start(struct xserver *self, const char *screen, const char *option,
				 const char *value)
{
	const char *argv[] = { "Xvfb", "-screen",  "0",    screen, "-nolisten",
			       "tcp",  "-noreset", option, value,  NULL };
	if (!xserver_run(self, argv))
		test_skip("Xvfb does not start (package xvfb)");
}

static inline void xserver_stop(struct xserver *self)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	self->pid = 0;
}

/* ---- a hand that draws ---- */

struct hand {
	xcb_connection_t *conn;
	xcb_screen_t *screen;
	xcb_gcontext_t gc;
	xcb_window_t window; /* a child of the root: captured pixels must include it */
};

static inline void hand_open(struct hand *self, const struct xserver *server)
{
	self->conn = xcb_connect(server->display, NULL);
	CHECK_EQ(xcb_connection_has_error(self->conn), 0);
	self->screen = xcb_setup_roots_iterator(xcb_get_setup(self->conn)).data;
	self->gc = xcb_generate_id(self->conn);
	self->window = xcb_generate_id(self->conn);
	uint32_t include = XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS;
	xcb_create_gc(self->conn, self->gc, self->screen->root, XCB_GC_SUBWINDOW_MODE, &include);
	uint32_t values[] = { 0x406080, 1 };
	xcb_create_window(self->conn, XCB_COPY_FROM_PARENT, self->window, self->screen->root, 50,
			  40, 200, 150, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
			  XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	xcb_map_window(self->conn, self->window);
}

static inline void hand_close(struct hand *self)
{
	xcb_disconnect(self->conn);
}

static inline void hand_draw(struct hand *self, xcb_drawable_t where, struct rect rect,
			     uint32_t colour)
{
	xcb_rectangle_t area = { (int16_t)rect.x, (int16_t)rect.y, (uint16_t)rect.width,
				 (uint16_t)rect.height };
	xcb_change_gc(self->conn, self->gc, XCB_GC_FOREGROUND, &colour);
	xcb_poly_fill_rectangle(self->conn, where, self->gc, 1, &area);
	xcb_flush(self->conn);
}

/* The root's pixels as the server sees them, to be freed. */
static inline xcb_get_image_reply_t *hand_look(struct hand *self, uint32_t width, uint32_t height)
{
	return xcb_get_image_reply(self->conn,
				   xcb_get_image(self->conn, XCB_IMAGE_FORMAT_Z_PIXMAP,
						 self->screen->root, 0, 0, (uint16_t)width,
						 (uint16_t)height, UINT32_MAX),
				   NULL);
}

#endif
