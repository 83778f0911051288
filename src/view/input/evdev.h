/* view/input/evdev.h - keyboards and mice read from the kernel itself while they are captured, so
 * that nothing stands between a hand and the guest.
 *
 * They are open all the time and read only while wanted. An exclusive one is grabbed as soon as
 * nothing is down on it, or the window system would never hear of the release; it is given back
 * when the capture ends, by whatever way: also when this program does. One that is gone is waited
 * for. Main thread only.
 */
#ifndef VIEW_EVDEV_H
#define VIEW_EVDEV_H

#include "view/input/evdev_port.h"
#include "view/input/evdev_reader.h"

struct evdev_listener {
	struct evdev_events events;
	/* One sentence for a person. */
	void (*alert)(void *data, const char *text);
};

struct evdev;

/* `paths` ends with NULL and is copied. What cannot be opened is said once the main loop runs. All
 * others must outlive it. */
struct evdev *evdev_create(char *const *paths, bool exclusive, const struct evdev_port *port,
			   const struct evdev_listener *listener, void *data);

/* They are read; or no more: then what is down on them is told as released. */
void evdev_read(struct evdev *self, bool on);

/* Are devices taken from all others while they are read? */
bool evdev_is_exclusive(const struct evdev *self);

/* They are everybody's again, though nobody here knows until evdev_read(false). Any thread. */
void evdev_let_go(struct evdev *self);

/* Does what the window tells come a second time by here? */
bool evdev_doubles_key(const struct evdev *self, uint32_t code);
bool evdev_doubles_motion(const struct evdev *self);
bool evdev_doubles_scroll(const struct evdev *self);

/* NULL is fine. */
void evdev_destroy(struct evdev *self);

#endif
