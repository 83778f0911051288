/* view/input/dog.h - a watchdog over keyboard and pointer: when the main loop of this program
 * hangs, nobody else could let go of what it holds.
 *
 * There is a thread only between start and stop. It rings in the main loop once a second; where
 * that has not answered for the patience's time it lets go, once, and tells so when the loop turns
 * again. A program that was stopped (SIGSTOP) has no thread that could.
 */
#ifndef VIEW_DOG_H
#define VIEW_DOG_H

#include <glib.h>

struct dog;

struct dog_listener {
	/* The dog's thread; the main loop hangs, in whatever. */
	void (*let_go)(void *data);
	/* The main loop, after that; it may end the watch. */
	void (*awake)(void *data);
};

/* `listener` must outlive it. */
struct dog *dog_start(unsigned patience_ms, const struct dog_listener *listener, void *data);

/* let_go() is over, or will not be called. NULL is fine. */
void dog_stop(struct dog *self);

#endif
