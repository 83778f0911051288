#include "spice/keys.h"

#include <linux/input-event-codes.h>
#include <spice-client.h>

#include "base/mem.h"

/* The kernel numbered its first 88 keys by these scan codes: KEY_ESC is 1, KEY_F12 0x58, with one
 * gap. For the others, what QEMU's PS/2 keyboard and a Linux guest make of the scan code was read
 * from that guest; a row for what QEMU does not pass on yet follows the kernel's own table. */
#define FIRST_KEY KEY_ESC
#define LAST_KEY  KEY_F12
#define NO_KEY    84

#define GREY(scancode_) (0x100 | (scancode_))

static const uint16_t scancodes[] = {
	[KEY_ZENKAKUHANKAKU] = 0x76,
	[KEY_RO] = 0x73,
	[KEY_KATAKANA] = 0x78,
	[KEY_HIRAGANA] = 0x77,
	[KEY_HENKAN] = 0x79,
	[KEY_KATAKANAHIRAGANA] = 0x70,
	[KEY_MUHENKAN] = 0x7b,
	[KEY_KPJPCOMMA] = 0x5c,
	[KEY_KPENTER] = GREY(0x1c),
	[KEY_RIGHTCTRL] = GREY(0x1d),
	[KEY_KPSLASH] = GREY(0x35),
	[KEY_SYSRQ] = GREY(0x37),
	[KEY_RIGHTALT] = GREY(0x38),
	[KEY_HOME] = GREY(0x47),
	[KEY_UP] = GREY(0x48),
	[KEY_PAGEUP] = GREY(0x49),
	[KEY_LEFT] = GREY(0x4b),
	[KEY_RIGHT] = GREY(0x4d),
	[KEY_END] = GREY(0x4f),
	[KEY_DOWN] = GREY(0x50),
	[KEY_PAGEDOWN] = GREY(0x51),
	[KEY_INSERT] = GREY(0x52),
	[KEY_DELETE] = GREY(0x53),
	[KEY_MUTE] = GREY(0x20),
	[KEY_VOLUMEDOWN] = GREY(0x2e),
	[KEY_VOLUMEUP] = GREY(0x30),
	[KEY_POWER] = GREY(0x5e),
	[KEY_KPEQUAL] = 0x59,
	[KEY_KPPLUSMINUS] = GREY(0x4e),
	[KEY_PAUSE] = GREY(0x46),
	[KEY_KPCOMMA] = 0x7e,
	[KEY_HANGEUL] = 0x72,
	[KEY_HANJA] = 0x71,
	[KEY_YEN] = 0x7d,
	[KEY_LEFTMETA] = GREY(0x5b),
	[KEY_RIGHTMETA] = GREY(0x5c),
	[KEY_COMPOSE] = GREY(0x5d),
	[KEY_STOP] = GREY(0x68),
	[KEY_AGAIN] = GREY(0x05),
	[KEY_PROPS] = GREY(0x06),
	[KEY_UNDO] = GREY(0x07),
	[KEY_FRONT] = GREY(0x0c),
	[KEY_COPY] = GREY(0x78),
	[KEY_OPEN] = 0x64,
	[KEY_PASTE] = 0x65,
	[KEY_FIND] = GREY(0x41),
	[KEY_CUT] = GREY(0x3c),
	[KEY_HELP] = GREY(0x75),
	[KEY_MENU] = GREY(0x1e),
	[KEY_CALC] = GREY(0x21),
	[KEY_SLEEP] = GREY(0x5f),
	[KEY_WAKEUP] = GREY(0x63),
	[KEY_MAIL] = GREY(0x6c),
	[KEY_BOOKMARKS] = GREY(0x66),
	[KEY_COMPUTER] = GREY(0x6b),
	[KEY_BACK] = GREY(0x6a),
	[KEY_FORWARD] = GREY(0x69),
	[KEY_NEXTSONG] = GREY(0x19),
	[KEY_PLAYPAUSE] = GREY(0x22),
	[KEY_PREVIOUSSONG] = GREY(0x10),
	[KEY_STOPCD] = GREY(0x24),
	[KEY_HOMEPAGE] = GREY(0x32),
	[KEY_REFRESH] = GREY(0x67),
	[KEY_F13] = 0x5d,
	[KEY_F14] = 0x5e,
	[KEY_F15] = 0x5f,
	[KEY_F16] = 0x55,
	[KEY_F17] = GREY(0x03),
	[KEY_F18] = GREY(0x77),
	[KEY_F19] = GREY(0x04),
	[KEY_F20] = 0x5a,
	[KEY_F21] = 0x74,
	[KEY_F22] = GREY(0x79),
	[KEY_F23] = 0x6d,
	[KEY_F24] = 0x6f,
	[KEY_PRINT] = GREY(0x37),
	[KEY_SEARCH] = GREY(0x65),
	[KEY_MEDIA] = GREY(0x6d),
};

unsigned key_scancode(uint32_t code)
{
	if (code >= FIRST_KEY && code <= LAST_KEY && code != NO_KEY && code != KEY_ZENKAKUHANKAKU)
		return code;
	return code < ARRAY_LEN(scancodes) ? scancodes[code] : 0;
}

static const struct {
	uint32_t code;
	unsigned button, mask;
} buttons[] = {
	{ BTN_LEFT, SPICE_MOUSE_BUTTON_LEFT, SPICE_MOUSE_BUTTON_MASK_LEFT },
	{ BTN_RIGHT, SPICE_MOUSE_BUTTON_RIGHT, SPICE_MOUSE_BUTTON_MASK_RIGHT },
	{ BTN_MIDDLE, SPICE_MOUSE_BUTTON_MIDDLE, SPICE_MOUSE_BUTTON_MASK_MIDDLE },
	{ BTN_SIDE, SPICE_MOUSE_BUTTON_SIDE, SPICE_MOUSE_BUTTON_MASK_SIDE },
	{ BTN_BACK, SPICE_MOUSE_BUTTON_SIDE, SPICE_MOUSE_BUTTON_MASK_SIDE },
	{ BTN_EXTRA, SPICE_MOUSE_BUTTON_EXTRA, SPICE_MOUSE_BUTTON_MASK_EXTRA },
	{ BTN_FORWARD, SPICE_MOUSE_BUTTON_EXTRA, SPICE_MOUSE_BUTTON_MASK_EXTRA },
};

unsigned key_button(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(buttons); i++)
		if (buttons[i].code == code)
			return buttons[i].button;
	return 0;
}

unsigned key_button_mask(unsigned button)
{
	for (size_t i = 0; i < ARRAY_LEN(buttons); i++)
		if (buttons[i].button == button)
			return buttons[i].mask;
	return 0;
}
