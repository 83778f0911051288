/* view/input/events.h - what a person does at a window, in the kernel's words: evdev key and button
 * codes (linux/input-event-codes.h), whatever the window system calls them.
 *
 * A window tells, nobody else; all on the main thread. Key repeats are not told. When the focus
 * goes the window tells `focus` and nothing of the keys that are still down: who listens releases
 * them.
 */
#ifndef VIEW_EVENTS_H
#define VIEW_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/* What a window may keep for itself. */
enum input_grab {
	INPUT_GRAB_POINTER = 0x1,  /* locked: only motion() is told, position() is not */
	INPUT_GRAB_CONFINE = 0x2,  /* it cannot leave the window; position() is told */
	INPUT_GRAB_KEYBOARD = 0x4, /* the window system's own shortcuts come here, too */
};

struct input_events {
	/* A key of the keyboard: KEY_A is where A is on a US keyboard, whatever is printed there.
	 */
	void (*key)(void *data, uint32_t code, bool pressed);
	/* Locks as the window system has them now: 1 scroll, 2 num, 4 caps (as SPICE counts). */
	void (*locks)(void *data, uint32_t locks);
	/* The pointer is at that place of the window: pixels of its surface, fractions included. */
	void (*position)(void *data, double x, double y);
	/* It was moved so far: unaccelerated where the window system offers that (`raw_*`, counts
	 * of the device), and as the pointer would have moved (`dx`, `dy`, pixels). Only told while
	 * the pointer is grabbed. */
	void (*motion)(void *data, double dx, double dy, double raw_dx, double raw_dy);
	void (*button)(void *data, uint32_t code, bool pressed); /* BTN_LEFT, ... */
	/* In 1/120 of a wheel's click; right and down are positive. */
	void (*scroll)(void *data, int32_t x120, int32_t y120);
	/* The pointer came into the window, or left. */
	void (*inside)(void *data, bool inside);
	/* The keyboard's keys come here, or no more. */
	void (*focus)(void *data, bool focused);
	/* What is grabbed now, enum input_grab; told after each change, also one that the window
	 * system made. `refused` says in one sentence what was not given, with the remedy; or "".
	 */
	void (*grabbed)(void *data, unsigned grabs, const char *refused);
};

#endif
