/* view/input/impl.h - what the files of the input share: events.c hears the window, keys.c makes
 * actions of keys, pointer.c ways of the pointer, capture.c holds keyboard and pointer, guest.c is
 * what the guest has down, input.c the life of it all. */
#ifndef VIEW_INPUT_IMPL_H
#define VIEW_INPUT_IMPL_H

#include "view/input/dog.h"
#include "view/input/evdev.h"
#include "view/input/events.h"
#include "view/input/held.h"
#include "view/input/input.h"
#include "view/input/motion.h"

struct input {
	const struct options *options;
	const struct input_listener *listener;
	void *data;
	struct sink *sink;
	struct evdev *evdev; /* NULL: no device is read directly */

	struct held down;  /* at the keyboard, as far as the window told */
	struct held sent;  /* in the guest: never more than `down` */
	struct held early; /* buttons that went down before the focus came */
	struct motion motion;
	double x, y;     /* of the pointer in the window, while it is inside */
	struct point at; /* of the guest's screen; for sinks that know no places */
	bool at_known;
	bool realign_due; /* guest's and user's pointer may be apart */

	bool guest, focused, inside, off; /* off: by the user's key */
	bool start_due;                   /* capture-on-start has not happened */
	int louder;                       /* sensitivity, beyond the setting */

	bool captured, by_itself; /* wished; because the guest hides its pointer */
	bool captured_told;
	bool guest_hides;
	unsigned asked, given; /* enum input_grab */
	unsigned patience_ms;  /* with a main loop that hangs while something is held */
	struct dog *dog;       /* NULL: nothing is */

	struct {
		uint32_t key;   /* it, while it is down; else 0 */
		uint32_t alone; /* a Super key that nothing has followed yet, or 0 */
		bool used, shown;
		unsigned timer; /* 0: none runs */
	} escape;
};

/* guest.c. `abilities`: enum sink_ability. */
bool input_able(const struct input *self, unsigned abilities);
bool input_may(const struct input *self);    /* the guest may get what this window has */
bool input_has_it(const struct input *self); /* and no other window has it */
void input_press(struct input *self, uint32_t code);
void input_release(struct input *self, uint32_t code);
void input_release_all(struct input *self);
/* Keys pressed together and let go in the other order; those that are down stay so. */
void input_strike(struct input *self, const uint32_t *keys, size_t count);

/* capture.c */
void input_ask_for_grabs(struct input *self);
void input_set_captured(struct input *self, bool captured);
void input_toggle_capture(struct input *self); /* says why not */
void input_try_capture(struct input *self);    /* of its own accord: is silent */
void input_review(struct input *self);         /* what input_may() depends on has changed */
void input_on_grabbed(void *data, unsigned grabs, const char *refused);

/* keys.c */
void input_key_pressed(struct input *self, uint32_t code);
void input_key_released(struct input *self, uint32_t code);
void input_drop_escape(struct input *self); /* as if it had never been pressed */
void input_cancel_help(struct input *self); /* that would be shown soon */

/* pointer.c */
void input_on_position(void *data, double x, double y);
void input_leave(struct input *self); /* before it is no more inside */
void input_move(struct input *self, double dx, double dy, double raw_dx, double raw_dy);

/* events.c; data: the input. */
extern const struct evdev_listener input_evdev_listener;

#endif
