/* What the window keeps for itself: keyboard and pointer, held by the server's own grabs. The
 * pointer is confined and nobody looks where it is: motion is told as the devices say it. */
#include <xcb/xinput.h>

#include "base/mem.h"
#include "view/window/x11/x11.h"

#define POINTER_GRABS (INPUT_GRAB_POINTER | INPUT_GRAB_CONFINE)

static const char *const reasons[] = {
	[XCB_GRAB_STATUS_ALREADY_GRABBED] =
		"another program holds keyboard or pointer (a menu, a screen lock?); close it and "
		"try again",
	[XCB_GRAB_STATUS_INVALID_TIME] = "the X server is confused about the time; try again",
	[XCB_GRAB_STATUS_NOT_VIEWABLE] = "the window cannot be seen; bring it to the front",
	[XCB_GRAB_STATUS_FROZEN] =
		"another program has stopped keyboard and pointer; wait for it and try again",
};

static const char *reason(unsigned status)
{
	return status < ARRAY_LEN(reasons) && reasons[status] ? reasons[status]
							      : "the X server refused; try again";
}

/* Raw motion is told to whoever asks at the root, so we ask only while it is ours. */
static void hear_motion(struct x11 *self, bool on)
{
	const struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} wanted = { { XCB_INPUT_DEVICE_ALL_MASTER, 1 },
		     on ? XCB_INPUT_XI_EVENT_MASK_RAW_MOTION : 0 };

	if (self->seat.opcode)
		xcb_input_xi_select_events(self->xcb, self->screen->root, 1, &wanted.head);
}

/* What the window itself selected is told as ever (owner events): the mask is for nothing. The grab
 * is the root's, or servers would tell raw motion twice: through the grab, and to who asked for it.
 */
static unsigned hold_pointer(struct x11 *self)
{
	g_autofree xcb_grab_pointer_reply_t *reply = xcb_grab_pointer_reply(
		self->xcb,
		xcb_grab_pointer(self->xcb, 1, self->screen->root, XCB_EVENT_MASK_BUTTON_PRESS,
				 XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC, self->id, XCB_NONE,
				 XCB_CURRENT_TIME),
		NULL);

	return reply ? reply->status : XCB_GRAB_STATUS_INVALID_TIME;
}

static unsigned hold_keyboard(struct x11 *self)
{
	g_autofree xcb_grab_keyboard_reply_t *reply = xcb_grab_keyboard_reply(
		self->xcb,
		xcb_grab_keyboard(self->xcb, 1, self->id, XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC,
				  XCB_GRAB_MODE_ASYNC),
		NULL);

	return reply ? reply->status : XCB_GRAB_STATUS_INVALID_TIME;
}

/* The wish for a pointer that is held already only changes how it is held. Answers the status. */
static unsigned take_pointer(struct x11 *self, unsigned wanted)
{
	unsigned status = XCB_GRAB_STATUS_SUCCESS;

	if (wanted && !(self->seat.grabs & POINTER_GRABS)) {
		status = hold_pointer(self);
		hear_motion(self, status == XCB_GRAB_STATUS_SUCCESS);
	}
	if (!wanted && (self->seat.grabs & POINTER_GRABS)) {
		xcb_ungrab_pointer(self->xcb, XCB_CURRENT_TIME);
		hear_motion(self, false);
	}
	self->seat.grabs &= ~(unsigned)POINTER_GRABS;
	if (status == XCB_GRAB_STATUS_SUCCESS)
		self->seat.grabs |= wanted;
	return status;
}

static unsigned take_keyboard(struct x11 *self, unsigned wanted)
{
	unsigned status = XCB_GRAB_STATUS_SUCCESS;

	if (wanted && !(self->seat.grabs & INPUT_GRAB_KEYBOARD))
		status = hold_keyboard(self);
	if (!wanted && (self->seat.grabs & INPUT_GRAB_KEYBOARD))
		xcb_ungrab_keyboard(self->xcb, XCB_CURRENT_TIME);
	self->seat.grabs &= ~(unsigned)INPUT_GRAB_KEYBOARD;
	if (status == XCB_GRAB_STATUS_SUCCESS)
		self->seat.grabs |= wanted;
	return status;
}

void x11_grab(struct x11 *self, unsigned grabs)
{
	unsigned pointer = take_pointer(self, grabs & POINTER_GRABS);
	unsigned keyboard = take_keyboard(self, grabs & INPUT_GRAB_KEYBOARD);
	unsigned worst = pointer ? pointer : keyboard;

	xcb_flush(self->xcb);
	X11_TELL(self, grabbed, self->seat.grabs, worst ? reason(worst) : "");
}

void x11_let_go(struct x11 *self)
{
	xcb_ungrab_keyboard(self->xcb, XCB_CURRENT_TIME);
	xcb_ungrab_pointer(self->xcb, XCB_CURRENT_TIME);
	xcb_flush(self->xcb);
}

void x11_grab_lost(struct x11 *self)
{
	if (!self->seat.grabs)
		return;
	hear_motion(self, false);
	self->seat.grabs = 0;
	X11_TELL(self, grabbed, 0, "");
}
