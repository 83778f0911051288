#include "spice/keys.h"

#include <linux/input-event-codes.h>
#include <spice-client.h>

#include "test.h"

/* As a keyboard's manual has them; the guest of tests/e2e/spice is asked for all. */
static const struct {
	uint32_t code;
	unsigned scancode;
} known[] = {
	{ KEY_ESC, 0x01 },
	{ KEY_1, 0x02 },
	{ KEY_A, 0x1e },
	{ KEY_LEFTSHIFT, 0x2a },
	{ KEY_KPASTERISK, 0x37 },
	{ KEY_SPACE, 0x39 },
	{ KEY_KPDOT, 0x53 },
	{ KEY_102ND, 0x56 },
	{ KEY_F11, 0x57 },
	{ KEY_F12, 0x58 },
	{ KEY_RIGHTCTRL, 0x11d },
	{ KEY_RIGHTALT, 0x138 },
	{ KEY_UP, 0x148 },
	{ KEY_DELETE, 0x153 },
	{ KEY_KPENTER, 0x11c },
	{ KEY_LEFTMETA, 0x15b },
	{ KEY_SYSRQ, 0x137 },
	{ KEY_PAUSE, 0x146 },
	{ KEY_RO, 0x73 },
	{ KEY_YEN, 0x7d },
	{ KEY_MUTE, 0x120 },
	{ KEY_RESERVED, 0 },
	{ 84, 0 },
	{ KEY_BRIGHTNESSUP, 0 },
	{ KEY_MAX, 0 },
	{ UINT32_MAX, 0 },
	{ BTN_LEFT, 0 },
};

static void keys_have_their_scan_codes(void)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (key_scancode(known[i].code) != known[i].scancode)
			test_fail("key %u gives 0x%x, wanted 0x%x", known[i].code,
				  key_scancode(known[i].code), known[i].scancode);
}

/* Print and SysRq are one key of a PC. */
static void no_two_keys_share_one(void)
{
	uint32_t owner[0x200] = { 0 };

	for (uint32_t code = 1; code < KEY_CNT; code++) {
		unsigned scancode = key_scancode(code);

		CHECK(scancode < 0x200 && (scancode & 0x80) == 0);
		if (scancode && owner[scancode] && code != KEY_PRINT)
			test_fail("keys %u and %u both give 0x%x", owner[scancode], code, scancode);
		owner[scancode] = code;
	}
}

static void buttons_have_bits(void)
{
	unsigned seen = 0;

	for (uint32_t code = BTN_LEFT; code <= BTN_EXTRA; code++) {
		unsigned mask = key_button_mask(key_button(code));
		CHECK(mask && (mask & (mask - 1)) == 0 && !(seen & mask));
		seen |= mask;
	}
	CHECK_EQ(key_button(BTN_BACK), key_button(BTN_SIDE));
	CHECK_EQ(key_button(KEY_A), 0);
	CHECK_EQ(key_button(UINT32_MAX), 0);
	CHECK_EQ(key_button_mask(SPICE_MOUSE_BUTTON_UP), 0); /* a wheel is never down */
}

static const struct test_case cases[] = {
	TEST(keys_have_their_scan_codes),
	TEST(no_two_keys_share_one),
	TEST(buttons_have_bits),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
