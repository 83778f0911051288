/* tests/render/saver.h - a session bus of our own, with a desktop's screen saver on it. One at a
 * time; wants dbus-daemon. */
#ifndef TESTS_RENDER_SAVER_H
#define TESTS_RENDER_SAVER_H

#include <stdbool.h>

extern struct saver {
	unsigned inhibits, ends; /* calls so far */
	bool held;               /* by the last one that asked */
} saver;

/* DBUS_SESSION_BUS_ADDRESS leads there. */
void saver_start(void);
void saver_stop(void);

/* Another one takes its place; the bus stays. */
void saver_go(void);
void saver_come(void);

void saver_await(bool held);

#endif
