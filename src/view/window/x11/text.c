/* What a key types: by the core protocol's table, which servers make of layout and level. Asked
 * while somebody types to us, which is rare. */
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#include "view/window/x11/x11.h"

#define KEYCODE_OFFSET 8
#define GROUP(state)   ((state) >> X11_GROUP_SHIFT & 3)

/* Of the core table's columns: two levels of the first group, of the second, and the levels that a
 * third key (AltGr) chooses. */
static unsigned column(uint32_t state, bool shift)
{
	if (state & XCB_MOD_MASK_5)
		return 4 + shift;
	return (GROUP(state) ? 2 : 0) + shift;
}

static xcb_keysym_t symbol(struct x11 *self, xcb_keycode_t key, uint32_t state)
{
	xcb_get_keyboard_mapping_reply_t *reply = xcb_get_keyboard_mapping_reply(
		self->xcb, xcb_get_keyboard_mapping(self->xcb, key, 1), NULL);
	xcb_keysym_t found = XCB_NO_SYMBOL;

	if (!reply)
		return found;
	const xcb_keysym_t *all = xcb_get_keyboard_mapping_keysyms(reply);
	unsigned at = column(state, state & XCB_MOD_MASK_SHIFT);
	if (at < reply->keysyms_per_keycode)
		found = all[at];
	if (found == XCB_NO_SYMBOL && reply->keysyms_per_keycode > 0)
		found = all[0];
	free(reply);
	return state & XCB_MOD_MASK_LOCK && !(state & XCB_MOD_MASK_SHIFT)
		       ? xkb_keysym_to_upper(found)
		       : found;
}

bool x11_text(struct x11 *self, uint32_t code, char out[8])
{
	char text[8] = "";

	if (code + KEYCODE_OFFSET > UINT8_MAX)
		return false;
	xkb_keysym_to_utf8(
		symbol(self, (xcb_keycode_t)(code + KEYCODE_OFFSET), self->seat.modifiers), text,
		sizeof(text));
	if ((unsigned char)text[0] < ' ' || text[0] == 0x7f)
		text[0] = '\0';
	memcpy(out, text, sizeof(text));
	return true;
}
