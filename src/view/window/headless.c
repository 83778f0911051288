/* No window: for shots, figures and machines without a display. */
#include "view/present/present.h"
#include "view/window/window.h"

static const struct present_impl *const presents[] = { &present_null, NULL };

static struct window *headless_create(const struct window_params *params, GError **error)
{
	(void)params;
	(void)error;
	return g_new0(struct window, 1);
}

static void headless_destroy(struct window *self)
{
	g_free(self);
}

const struct window_impl window_headless = {
	.name = "headless",
	.presents = presents,
	.create = headless_create,
	.destroy = headless_destroy,
};
