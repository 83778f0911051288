/* Built without Wayland. */
#include <gio/gio.h>

#include "view/window/window.h"

static const struct present_impl *const presents[] = { NULL };

static struct window *none_create(const struct window_params *params, GError **error)
{
	(void)params;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "built without Wayland (meson: -Dwayland=enabled); try --window=x11");
	return NULL;
}

const struct window_impl window_wayland = {
	.name = "wayland",
	.presents = presents,
	.create = none_create,
};
