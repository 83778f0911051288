#include "view/settings/keys.h"

#include <glib.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "base/mem.h"

struct named {
	const char *name;
	uint32_t code;
};

/* Where two names mean one key the first is printed. */
static const struct named keys[] = {
	{ "esc", KEY_ESC },
	{ "1", KEY_1 },
	{ "2", KEY_2 },
	{ "3", KEY_3 },
	{ "4", KEY_4 },
	{ "5", KEY_5 },
	{ "6", KEY_6 },
	{ "7", KEY_7 },
	{ "8", KEY_8 },
	{ "9", KEY_9 },
	{ "0", KEY_0 },
	{ "minus", KEY_MINUS },
	{ "equal", KEY_EQUAL },
	{ "backspace", KEY_BACKSPACE },
	{ "tab", KEY_TAB },
	{ "q", KEY_Q },
	{ "w", KEY_W },
	{ "e", KEY_E },
	{ "r", KEY_R },
	{ "t", KEY_T },
	{ "y", KEY_Y },
	{ "u", KEY_U },
	{ "i", KEY_I },
	{ "o", KEY_O },
	{ "p", KEY_P },
	{ "leftbrace", KEY_LEFTBRACE },
	{ "rightbrace", KEY_RIGHTBRACE },
	{ "enter", KEY_ENTER },
	{ "leftctrl", KEY_LEFTCTRL },
	{ "a", KEY_A },
	{ "s", KEY_S },
	{ "d", KEY_D },
	{ "f", KEY_F },
	{ "g", KEY_G },
	{ "h", KEY_H },
	{ "j", KEY_J },
	{ "k", KEY_K },
	{ "l", KEY_L },
	{ "semicolon", KEY_SEMICOLON },
	{ "apostrophe", KEY_APOSTROPHE },
	{ "grave", KEY_GRAVE },
	{ "leftshift", KEY_LEFTSHIFT },
	{ "backslash", KEY_BACKSLASH },
	{ "z", KEY_Z },
	{ "x", KEY_X },
	{ "c", KEY_C },
	{ "v", KEY_V },
	{ "b", KEY_B },
	{ "n", KEY_N },
	{ "m", KEY_M },
	{ "comma", KEY_COMMA },
	{ "dot", KEY_DOT },
	{ "slash", KEY_SLASH },
	{ "rightshift", KEY_RIGHTSHIFT },
	{ "kpasterisk", KEY_KPASTERISK },
	{ "leftalt", KEY_LEFTALT },
	{ "space", KEY_SPACE },
	{ "capslock", KEY_CAPSLOCK },
	{ "f1", KEY_F1 },
	{ "f2", KEY_F2 },
	{ "f3", KEY_F3 },
	{ "f4", KEY_F4 },
	{ "f5", KEY_F5 },
	{ "f6", KEY_F6 },
	{ "f7", KEY_F7 },
	{ "f8", KEY_F8 },
	{ "f9", KEY_F9 },
	{ "f10", KEY_F10 },
	{ "numlock", KEY_NUMLOCK },
	{ "scrolllock", KEY_SCROLLLOCK },
	{ "kp7", KEY_KP7 },
	{ "kp8", KEY_KP8 },
	{ "kp9", KEY_KP9 },
	{ "kpminus", KEY_KPMINUS },
	{ "kp4", KEY_KP4 },
	{ "kp5", KEY_KP5 },
	{ "kp6", KEY_KP6 },
	{ "kpplus", KEY_KPPLUS },
	{ "kp1", KEY_KP1 },
	{ "kp2", KEY_KP2 },
	{ "kp3", KEY_KP3 },
	{ "kp0", KEY_KP0 },
	{ "kpdot", KEY_KPDOT },
	{ "zenkakuhankaku", KEY_ZENKAKUHANKAKU },
	{ "102nd", KEY_102ND },
	{ "f11", KEY_F11 },
	{ "f12", KEY_F12 },
	{ "ro", KEY_RO },
	{ "katakana", KEY_KATAKANA },
	{ "hiragana", KEY_HIRAGANA },
	{ "henkan", KEY_HENKAN },
	{ "katakanahiragana", KEY_KATAKANAHIRAGANA },
	{ "muhenkan", KEY_MUHENKAN },
	{ "kpjpcomma", KEY_KPJPCOMMA },
	{ "kpenter", KEY_KPENTER },
	{ "rightctrl", KEY_RIGHTCTRL },
	{ "kpslash", KEY_KPSLASH },
	{ "sysrq", KEY_SYSRQ },
	{ "rightalt", KEY_RIGHTALT },
	{ "linefeed", KEY_LINEFEED },
	{ "home", KEY_HOME },
	{ "up", KEY_UP },
	{ "pageup", KEY_PAGEUP },
	{ "left", KEY_LEFT },
	{ "right", KEY_RIGHT },
	{ "end", KEY_END },
	{ "down", KEY_DOWN },
	{ "pagedown", KEY_PAGEDOWN },
	{ "insert", KEY_INSERT },
	{ "delete", KEY_DELETE },
	{ "mute", KEY_MUTE },
	{ "volumedown", KEY_VOLUMEDOWN },
	{ "volumeup", KEY_VOLUMEUP },
	{ "power", KEY_POWER },
	{ "kpequal", KEY_KPEQUAL },
	{ "kpplusminus", KEY_KPPLUSMINUS },
	{ "pause", KEY_PAUSE },
	{ "scale", KEY_SCALE },
	{ "kpcomma", KEY_KPCOMMA },
	{ "hanja", KEY_HANJA },
	{ "yen", KEY_YEN },
	{ "leftmeta", KEY_LEFTMETA },
	{ "rightmeta", KEY_RIGHTMETA },
	{ "compose", KEY_COMPOSE },
	{ "stop", KEY_STOP },
	{ "again", KEY_AGAIN },
	{ "props", KEY_PROPS },
	{ "undo", KEY_UNDO },
	{ "front", KEY_FRONT },
	{ "copy", KEY_COPY },
	{ "open", KEY_OPEN },
	{ "paste", KEY_PASTE },
	{ "find", KEY_FIND },
	{ "cut", KEY_CUT },
	{ "help", KEY_HELP },
	{ "menu", KEY_MENU },
	{ "calc", KEY_CALC },
	{ "sleep", KEY_SLEEP },
	{ "wakeup", KEY_WAKEUP },
	{ "file", KEY_FILE },
	{ "computer", KEY_COMPUTER },
	{ "back", KEY_BACK },
	{ "forward", KEY_FORWARD },
	{ "nextsong", KEY_NEXTSONG },
	{ "playpause", KEY_PLAYPAUSE },
	{ "previoussong", KEY_PREVIOUSSONG },
	{ "stopcd", KEY_STOPCD },
	{ "rewind", KEY_REWIND },
	{ "scrollup", KEY_SCROLLUP },
	{ "scrolldown", KEY_SCROLLDOWN },
	{ "kpleftparen", KEY_KPLEFTPAREN },
	{ "kprightparen", KEY_KPRIGHTPAREN },
	{ "f13", KEY_F13 },
	{ "f14", KEY_F14 },
	{ "f15", KEY_F15 },
	{ "f16", KEY_F16 },
	{ "f17", KEY_F17 },
	{ "f18", KEY_F18 },
	{ "f19", KEY_F19 },
	{ "f20", KEY_F20 },
	{ "f21", KEY_F21 },
	{ "f22", KEY_F22 },
	{ "f23", KEY_F23 },
	{ "f24", KEY_F24 },
};

/* Both without KEY_, and without what is between words. */
static bool same(const char *text, const char *name)
{
	if (g_ascii_strncasecmp(text, "KEY_", 4) == 0)
		text += 4;
	for (;; text++, name++) {
		text += strspn(text, "-_");
		name += strspn(name, "-_");
		if (g_ascii_tolower(*text) != *name)
			return false;
		if (!*name)
			return true;
	}
}

uint32_t key_code(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (same(name, keys[i].name))
			return keys[i].code;
	return 0;
}

const char *key_name(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].code == code)
			return keys[i].name;
	return NULL;
}

const char *key_name_at(size_t number)
{
	return number < ARRAY_LEN(keys) ? keys[number].name : NULL;
}
