/* spice/inputs.h - keyboard and mouse of one SPICE connection.
 *
 * SPICE's mouse is in one of two modes: the server's takes motion, the client's takes places. It is
 * switched as the viewer asks for one or the other; what a button does waits for the switch, so
 * that nothing is clicked where the pointer is not yet. The library has at most 8 messages of
 * motion on their way and adds up the rest: nothing is lost, nobody is flooded. Main thread.
 */
#ifndef SPICE_INPUTS_H
#define SPICE_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

struct inputs_listener {
	void (*abilities)(void *data, uint32_t abilities); /* LINK_SPICE_CAN_*, _HAS_AGENT */
	void (*leds)(void *data, uint32_t leds);
};

struct inputs;
struct rect;
struct _SpiceMainChannel;
struct _SpiceInputsChannel;

struct inputs *inputs_create(const struct inputs_listener *listener, void *data);
void inputs_destroy(struct inputs *self); /* NULL is fine */

/* The channels of a connection, the second once it is open; both NULL when it is lost. */
void inputs_attach(struct inputs *self, struct _SpiceMainChannel *main,
		   struct _SpiceInputsChannel *channel);

/* The part of a display that places are on: as large as the viewer's picture, or scaled. Nothing:
 * it is not known, and taken to be that. */
void inputs_set_screen(struct inputs *self, const struct rect *part, int display);

/* Codes are evdev's. What SPICE has no word for is passed over; without a connection all is. */
void inputs_key(struct inputs *self, uint32_t code, bool pressed);
void inputs_button(struct inputs *self, uint32_t code, bool pressed);
void inputs_motion(struct inputs *self, int32_t dx, int32_t dy);
void inputs_position(struct inputs *self, uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/* 1/120 of a click. SPICE knows clicks: the rest is kept, until the wheel turns the other way. It
 * knows no wheel to the side. */
void inputs_scroll(struct inputs *self, int32_t x120, int32_t y120);

/* 1 scroll, 2 num, 4 caps: what the guest's locks should be. Not right after a lock key, which the
 * guest has yet to answer: it would be turned back. */
void inputs_locks(struct inputs *self, uint32_t locks);

/* Keys and buttons that are down. */
void inputs_release(struct inputs *self);

/* Asks the server for what it was asked for last: what the library has queued on the main channel,
 * and forgotten, goes along. */
void inputs_nudge(struct inputs *self);

#endif
