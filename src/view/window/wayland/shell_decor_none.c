/* Built without libdecor: frames are the compositor's, or there is none. */
#include "view/window/wayland/wayland.h"

static bool none_create(struct wayland *self)
{
	(void)self;
	return false;
}

const struct shell_impl shell_decor = { .name = "libdecor", .create = none_create };
