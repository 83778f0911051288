#include "spice/lines.h"

#include "test.h"

static void check(GBytes *got, const char *want, size_t size)
{
	CHECK(got);
	CHECK_EQ(g_bytes_get_size(got), size);
	CHECK(memcmp(g_bytes_get_data(got, NULL), want, size) == 0);
	g_bytes_unref(got);
}

#define FROM(text, want) check(lines_from_guest(text, sizeof(text) - 1), want, sizeof(want) - 1)
#define TO(text, want)   check(lines_to_crlf(text, sizeof(text) - 1), want, sizeof(want) - 1)

static void lines_of_windows_become_ours(void)
{
	FROM("a\r\nb\r\n", "a\nb\n");
	FROM("a\rb\n\r", "a\rb\n\r");
	FROM("a\r\r\nb", "a\r\nb");
	FROM("\r\n", "\n");
	FROM("\r", "\r");
	FROM("plain", "plain");
}

static void zeros_behind_a_text_go(void)
{
	FROM("text\0", "text");
	FROM("text\0\0\0", "text");
	FROM("\0\0", "");
	FROM("", "");
}

static void what_is_no_text_is_refused(void)
{
	CHECK(lines_from_guest("a\xff", 2) == NULL);
	CHECK(lines_from_guest("a\0b", 3) == NULL);
	CHECK(lines_from_guest("\xe2\x82", 2) == NULL);
}

static void our_lines_become_those_of_windows(void)
{
	TO("a\nb\n", "a\r\nb\r\n");
	TO("\n", "\r\n");
	TO("a\r\nb\n\n", "a\r\nb\r\n\r\n");
	TO("", "");
	TO("\xc3\xa4\n", "\xc3\xa4\r\n");
}

static const struct test_case cases[] = {
	TEST(lines_of_windows_become_ours),
	TEST(zeros_behind_a_text_go),
	TEST(what_is_no_text_is_refused),
	TEST(our_lines_become_those_of_windows),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
