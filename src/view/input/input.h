/* view/input/input.h - from what a person does at the window to what the guest gets.
 *
 * The escape key is never the guest's: tapped it captures keyboard and pointer or lets them go,
 * held it shows help and makes other keys actions. All else goes to a sink. What is down in the
 * guest is down at the keyboard, too: keys are released when the focus goes, the capture ends, the
 * guest goes, or input is switched off. Main thread only.
 */
#ifndef VIEW_INPUT_H
#define VIEW_INPUT_H

#include "view/geometry.h"
#include "view/input/sink.h"
#include "view/options.h"

struct input_listener {
	/* The window should grab this (enum input_grab); input_events.grabbed() is the answer. */
	void (*grab)(void *data, unsigned grabs);
	/* The main loop hangs: the window should let go of what it grabbed. Another thread.
	 * Optional. */
	void (*let_go)(void *data);
	/* An action that is not of the input itself. */
	void (*action)(void *data, enum action action);
	/* Help should be seen; or no more. */
	void (*help)(void *data, bool shown);
	/* A key was pressed: true where it is for somebody else, and does nothing more here.
	 * Optional. */
	bool (*wanted)(void *data, uint32_t code);
	/* The keyboard's keys come to the window; or no more. Optional. */
	void (*focused)(void *data, bool focused);
	/* Keyboard and pointer are the guest's now; or no more. */
	void (*captured)(void *data, bool captured);
	/* The focus came or went, or the pointer came into the window, or left. Optional. */
	void (*presence)(void *data);
	/* One sentence for a person, with the remedy. */
	void (*alert)(void *data, const char *text);
	/* How the guest's screen lies in the window; false: there is no picture. */
	bool (*projection)(void *data, struct projection *out);
	/* The guest's pointer should be there: pixels of its screen. */
	void (*realign)(void *data, uint32_t x, uint32_t y);
};

struct input;

/* `options` may change while it lives; input_settle() then. `spice`, which may be NULL, and
 * `listener` must outlive it. */
struct input *input_create(const struct options *options, struct spice *spice,
			   const struct input_listener *listener, void *data, GError **error);

/* What a window tells; `data` is the struct input. */
extern const struct input_events input_events;

/* A guest is there; or no more. */
void input_set_guest(struct input *self, bool there);

/* The guest shows its pointer, or hides it, as games do. */
void input_set_guest_pointer(struct input *self, bool visible);

/* Settings have changed. */
void input_settle(struct input *self);

bool input_captured(const struct input *self);

bool input_focused(const struct input *self);
bool input_inside(const struct input *self);

/* Where the pointer is in the window; false, and nothing changed: it is elsewhere. */
bool input_pointer(const struct input *self, double *x, double *y);

/* As if its key had been pressed, for menus. */
void input_act(struct input *self, enum action action);

/* The guest's screen should have that many pixels; nothing where the sink has no word for it. */
void input_resize(struct input *self, uint32_t width, uint32_t height);

/* Where it goes; for tests and status lines. */
const struct sink *input_sink(const struct input *self);

/* Releases what is down in the guest. NULL is fine. */
void input_destroy(struct input *self);

#endif
