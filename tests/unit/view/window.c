/* Which window is opened where nobody chose one. */
#include "test.h"

#include <stdlib.h>

#include "view/window/window.h"

static void at(const char *wayland, const char *session, const char *x11)
{
	unsetenv("WAYLAND_SOCKET");
	unsetenv("WAYLAND_DISPLAY");
	unsetenv("XDG_SESSION_TYPE");
	unsetenv("DISPLAY");
	if (wayland)
		setenv("WAYLAND_DISPLAY", wayland, 1);
	if (session)
		setenv("XDG_SESSION_TYPE", session, 1);
	if (x11)
		setenv("DISPLAY", x11, 1);
}

static void the_environment_chooses(void)
{
	if (!window_wayland.at_home)
		test_skip("built without Wayland");
	at("wayland-7", NULL, ":7");
	CHECK(window_impl_default() == &window_wayland);
	at(NULL, "wayland", ":7");
	CHECK(window_impl_default() == &window_wayland);
	at(NULL, "x11", ":7");
	CHECK(window_impl_default() == &window_x11);
	at("wayland-7", "tty", NULL);
	CHECK(window_impl_default() == &window_wayland);
}

static void nothing_is_x11s_to_complain_about(void)
{
	at(NULL, NULL, NULL);
	CHECK(window_impl_default() == &window_x11);
}

static void each_kind_has_its_name(void)
{
	for (const struct window_impl *const *i = window_impls; *i; i++)
		CHECK(window_impl_find((*i)->name) == *i);
	CHECK(!window_impl_find("w"));
}

static void no_compositor_is_told_with_a_remedy(void)
{
	const struct window_params params = { .title = "", .width = 640, .height = 480 };
	g_autoptr(GError) error = NULL;

	at("/nonexistent/wayland-7", NULL, NULL);
	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	CHECK(!window_create(&window_wayland, &params, &error));
	CHECK(error);
	CHECK_CONTAINS(error->message, "--window=x11");
}

static const struct test_case cases[] = {
	TEST(the_environment_chooses),
	TEST(nothing_is_x11s_to_complain_about),
	TEST(each_kind_has_its_name),
	TEST(no_compositor_is_told_with_a_remedy),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
