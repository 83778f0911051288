/* Built without libplacebo, Vulkan or EGL. */
#include "view/present/present.h"

static bool none_suits(const struct window *window, const struct frame *frame)
{
	(void)window;
	(void)frame;
	return false;
}

const struct present_impl present_gpu = { .name = "gpu", .suits = none_suits };
