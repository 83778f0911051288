/* view/input/evdev_port.h - the kernel's input devices: what only they can be asked. */
#ifndef VIEW_EVDEV_PORT_H
#define VIEW_EVDEV_PORT_H

#include "view/input/held.h"

struct evdev_abilities {
	struct held codes; /* keys and buttons that it has */
	bool moves, scrolls;
};

struct evdev_port {
	/* A descriptor that does not block and gives struct input_event; a negative errno.
	 * -ENOTSUP: it is neither keyboard nor mouse. */
	int (*open)(const char *path, struct evdev_abilities *out);
	/* Nobody else gets its events; or all do. 0, or a negative errno. */
	int (*grab)(int fd, bool on);
	/* What is down now. 0, or a negative errno. */
	int (*down)(int fd, struct held *out);
};

extern const struct evdev_port evdev_kernel;

#endif
