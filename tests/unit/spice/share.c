#include "spice/share.h"
#include "test.h"

static void becomes(const char *usb, const char *wanted)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *filter = share_filter(usb, &error);

	if (!filter)
		test_fail("%s", error->message);
	CHECK_STR(filter, wanted);
}

static void devices_become_a_filter(void)
{
	becomes("auto", "0x03,-1,-1,-1,0|-1,-1,-1,-1,1");
	becomes("046d:C52b", "-1,0x046d,0xC52b,-1,1|-1,-1,-1,-1,0");
	becomes("046d:c52b, 0951:1666",
		"-1,0x046d,0xc52b,-1,1|-1,0x0951,0x1666,-1,1|-1,-1,-1,-1,0");
}

static void others_are_refused(void)
{
	static const char *const wrong[] = { "",           "046d",       "046d:",
					     "046d:c52",   "046d:c52bx", "all",
					     "046d:c52b,", "0x46:c52b",  "046d:c52b:1" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		g_autoptr(GError) error = NULL;
		if (share_filter(wrong[i], &error))
			test_fail("takes \"%s\"", wrong[i]);
		CHECK_CONTAINS(error->message, "--list-usb");
	}
}

static const struct test_case cases[] = {
	TEST(devices_become_a_filter),
	TEST(others_are_refused),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
