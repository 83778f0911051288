/* The screen stays on, by the screen saver extension and by the desktop's own screen saver: until
 * we say otherwise, or end. */
#include <xcb/screensaver.h>

#include "base/log.h"
#include "view/window/x11/x11.h"

void x11_inhibit_idle(struct x11 *self, bool on)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_screensaver_id);

	if (on == self->awake)
		return;
	self->awake = on;
	idle_bus_inhibit(self->bus, on);
	if (!extension || !extension->present) {
		log_warn("the X server lacks the screen saver extension: the screen may go off");
		return;
	}
	free(xcb_screensaver_query_version_reply(
		self->xcb, xcb_screensaver_query_version(self->xcb, 1, 1), NULL));
	xcb_screensaver_suspend(self->xcb, on);
	xcb_flush(self->xcb);
}
