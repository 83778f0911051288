/* What the window tells a compositor, and what it makes of what that says: see stub.h. */
#include "stub.h"
#include "view/window/wayland/wayland.h"
#include "view_rig.h"

/* ---- the viewer ---- */

static struct script script;
static struct viewer viewer;

static void show(bool dmabuf, unsigned frames)
{
	viewer.options.window = &window_wayland;
	script_init(&script, 640, 480, 0);
	script.dmabuf = dmabuf;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	for (unsigned i = 0; i < frames; i++)
		viewer_post(&viewer, &script, NULL);
	pump_ms(50);
}

static struct window *window(void)
{
	return app_window(viewer.app);
}

static void stop_all(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	stub_stop();
}

static void close_all(void)
{
	struct figures figures = viewer_figures(&viewer);

	CHECK_STR(figures.way, "direct");
	CHECK_EQ(figures.bytes_copied, 0);
	stop_all();
}

static bool has_dmabuf(uint32_t format)
{
	return wayland_takes_dmabuf((const struct wayland *)window(), format, 0);
}

/* Each of the guest's buffers is asked about once, and then always shown that way. */
static void dmabufs_are_used(void)
{
	stub_start();
	show(true, 40);
	CHECK(has_dmabuf(XR24) && !has_dmabuf(XB24));
	CHECK(stub.asked >= 2 && stub.asked <= SCRIPT_SLOTS);
	CHECK(stub.shm_commits >= 1 && stub.shm_commits <= 2 * SCRIPT_SLOTS);
	CHECK(stub.dmabuf_commits >= 40 - 2 * SCRIPT_SLOTS);
	close_all();
}

static void dmabufs_are_used_where_they_are_taken(void)
{
	dmabufs_are_used();
}

static void dmabufs_are_used_where_there_is_no_feedback(void)
{
	stub.no_feedback = true;
	dmabufs_are_used();
}

static void change_feedback(void)
{
	stub.takes_none = true;
	stub_send_feedback();
}

static bool takes_none(void *data)
{
	(void)data;
	return !has_dmabuf(XR24);
}

static void dmabufs_follow_the_newest_feedback(void)
{
	stub_start();
	show(false, 1);
	CHECK(has_dmabuf(XR24));
	stub_order(change_feedback);
	pump_until(takes_none, NULL, "the newest feedback counts");
	script.dmabuf = true;
	script_post(&script, NULL);
	viewer_shown(&viewer, 2);
	CHECK_EQ(stub.asked, 0);
	close_all();
}

static void refused_dmabufs_are_not_asked_for_again(void)
{
	stub.refuses = true;
	stub_start();
	show(true, 20);
	CHECK_EQ(stub.asked, 1);
	CHECK_EQ(stub.dmabuf_commits, 0);
	CHECK(stub.shm_commits >= 20);
	close_all();
}

static void frames_without_dmabufs_are_shown_from_memory(void)
{
	stub_start();
	show(false, 20);
	CHECK_EQ(stub.asked, 0);
	CHECK(stub.shm_commits >= 20);
	close_all();
}

/* ---- textures ---- */

static bool was_refused(void *data)
{
	(void)data;
	return script.refused > 0;
}

static void show_textures(bool flipped, unsigned frames)
{
	viewer.options.window = &window_wayland;
	script_init(&script, 640, 480, 0);
	script.texture = true;
	script.flipped = flipped;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	for (unsigned i = 0; i < frames; i++)
		viewer_post(&viewer, &script, NULL);
	pump_ms(50);
}

/* The compositor is asked about each, and shows no other memory. */
static void textures_are_the_compositors(void)
{
	stub_start();
	show_textures(false, 40);
	CHECK(stub.asked >= 2 && stub.asked <= 2 * SCRIPT_SLOTS);
	CHECK(stub.dmabuf_commits >= 40);
	CHECK_EQ(script.refused, 0);
	CHECK_EQ(stub_heard("wl_surface.set_buffer_transform 6"), 0);
	close_all();
}

/* FLIPPED_180: its own way to turn a picture over, by which damage is counted from the bottom. */
static void flipped_textures_are_turned_over(void)
{
	struct region damage;

	stub_start();
	show_textures(true, 2);
	CHECK(stub_heard("wl_surface.set_buffer_transform 6") >= 1);
	region_clear(&damage);
	region_add(&damage, (struct rect){ 5, 10, 7, 3 });
	viewer_post(&viewer, &script, &damage);
	CHECK_EQ(stub_heard("wl_surface.damage_buffer 5 467 7 3"), 1); /* 480 - 10 - 3 */
	script.flipped = false;
	viewer_post(&viewer, &script, NULL);
	CHECK(stub_heard("wl_surface.set_buffer_transform 0") >= 1);
	close_all();
}

/* What the compositor does not take, and no device is there for, goes back to where it came from:
 * and memory is shown as ever. */
static void textures_that_nobody_takes_are_refused(void)
{
	stub.refuses = true;
	stub_start();
	viewer.options.window = &window_wayland;
	script_init(&script, 640, 480, 0);
	script.texture = true;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	script_post(&script, NULL);
	pump_until(was_refused, NULL, "the texture is refused");
	CHECK_EQ(stub.asked, 1);
	CHECK_EQ(stub.dmabuf_commits, 0);
	script.texture = false;
	for (unsigned i = 0; i < 5; i++)
		viewer_post(&viewer, &script, NULL);
	CHECK(stub.shm_commits >= 5);
	stop_all();
}

/* ---- a window that nobody can see ---- */

static bool is_suspended(void *data)
{
	return window()->suspended == *(bool *)data;
}

static bool shows_newest(void *data)
{
	(void)data;
	return stub.corner == (script.model[0] & 0xffffff);
}

static void suspended_windows_show_nothing(void)
{
	bool suspended = true;

	stub_start();
	show(false, 5);
	pump_until(shows_newest, NULL, "the newest frame is shown");
	stub_order(stub_suspend);
	pump_until(is_suspended, &suspended, "the window knows that nobody sees it");
	unsigned commits = stub.shm_commits, refreshes = script.refreshes;
	for (int i = 0; i < 10; i++) {
		script_draw(&script, (struct rect){ 0, 0, 640, 480 });
		script_post(&script, NULL);
		pump_ms(5);
	}
	CHECK_EQ(stub.shm_commits, commits);
	CHECK(!shows_newest(NULL));
	stub_order(stub_resume);
	pump_until(shows_newest, NULL, "the newest frame is shown");
	CHECK_EQ(stub.shm_commits, commits + 1); /* and no older one before it */
	CHECK_EQ(script.refreshes, refreshes + 1);
	suspended = false;
	CHECK(is_suspended(&suspended));
	close_all();
}

/* ---- light ---- */

#define SRGB   0u
#define HDR10  (11u << 8 | 6)
#define LINEAR (5u << 8 | 6)

static void take_hdr_away(void)
{
	stub.most_nits = 200;
	stub_send_light();
}

static void give_hdr(void)
{
	stub.most_nits = 1000;
	stub_send_light();
}

static bool is_bright(void *data)
{
	return window()->light.most_nits == *(float *)data;
}

static void await_light(float nits)
{
	pump_until(is_bright, &nits, "the window knows its display's light");
}

/* One frame of that kind, and by what way it went. */
static const char *show_kind(enum pixel_format format, uint32_t colour)
{
	struct pixel_image image;
	struct figures before = viewer_figures(&viewer);

	CHECK_EQ(pixel_image_init(&image, format, 640, 480), 0);
	image.colour = colour;
	if (!pixel_image_same(&image, &script.image))
		script_change_mode(&script, &image);
	script_slot(&script);
	script_deliver(&script, NULL);
	viewer_shown(&viewer, before.shown + before.skipped + 1);
	return viewer_figures(&viewer).way;
}

static bool are_colours(void *data)
{
	return stub.colours == *(uint32_t *)data;
}

static void check_direct(enum pixel_format format, uint32_t colour, uint32_t described)
{
	CHECK_STR(show_kind(format, colour), "direct");
	pump_until(are_colours, &described, "the compositor was told of the colours");
}

static void hdr_is_passed_on(void)
{
	stub.most_nits = 1000;
	stub_start();
	show(false, 2);
	await_light(1000);
	CHECK_EQ(window()->light.white_nits, 200);
	CHECK_EQ(stub.colours, SRGB);
	check_direct(PIXEL_RGBA10, PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ, HDR10);
	check_direct(PIXEL_RGBA16F, PIXEL_COLOUR_HDR, LINEAR);
	check_direct(PIXEL_BGRA, 0, SRGB);
	close_all();
}

/* A display without HDR gets none; and one that changes its mind gets what it wants. */
static void hdr_follows_the_display(void)
{
	const uint32_t hdr10 = PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ;

	stub.most_nits = 200;
	stub_start();
	show(false, 2);
	await_light(200);
	CHECK_STR(show_kind(PIXEL_RGBA10, hdr10), "copy");
	pump_until(are_colours, &(uint32_t){ SRGB }, "the compositor sees sRGB");
	stub_order(give_hdr);
	await_light(1000);
	check_direct(PIXEL_RGBA10, hdr10, HDR10);
	stub_order(take_hdr_away);
	await_light(200);
	CHECK_STR(show_kind(PIXEL_RGBA10, hdr10), "copy");
	pump_until(are_colours, &(uint32_t){ SRGB }, "the compositor sees sRGB again");
	check_direct(PIXEL_BGRA, 0, SRGB);
	stop_all();
}

static void hdr_is_mapped_where_the_user_wants_none(void)
{
	stub.most_nits = 1000;
	stub_start();
	viewer.options.hdr = HDR_OFF;
	show(false, 2);
	await_light(1000);
	CHECK_STR(show_kind(PIXEL_RGBA10, PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ), "copy");
	CHECK_EQ(stub.colours, SRGB);
	stop_all();
}

/* ---- pointers and icons ---- */

static bool is_inside(void *data)
{
	(void)data;
	return ((struct wayland *)window())->pointer_inside;
}

static bool was_heard(void *data)
{
	return stub_heard(data) > 0;
}

static void arrows_are_the_compositors(void)
{
	stub_start();
	show(false, 1);
	window_set_cursor(window(), NULL);
	stub_order(stub_enter);
	pump_until(is_inside, NULL, "the pointer is in the window");
	pump_until(was_heard, (void *)"wp_cursor_shape_device_v1.set_shape",
		   "the compositor is asked for its arrow");
	CHECK_EQ(stub_heard("wl_pointer.set_cursor"), 0);
	window_hide_cursor(window());
	pump_until(was_heard, (void *)"wl_pointer.set_cursor", "there is no pointer");
	close_all();
}

static void await_request(const char *request)
{
	pump_until(was_heard, (void *)request, request);
}

/* ---- wishes ---- */

static void wishes_are_told(void)
{
	g_setenv("XDG_ACTIVATION_TOKEN", "of who started us", TRUE);
	stub_start();
	show(false, 1);
	await_request("xdg_activation_v1.activate");
	CHECK(!g_getenv("XDG_ACTIVATION_TOKEN"));
	CHECK_EQ(stub_heard("xdg_activation_v1.get_activation_token"), 0);
	window_activate(window());
	await_request("xdg_activation_token_v1.commit");
	await_request("xdg_activation_token_v1.destroy");
	CHECK_EQ(stub_heard("xdg_activation_v1.activate"), 2);
	CHECK_EQ(stub_heard("wp_content_type_v1.set_content_type 3"), 0);
	CHECK_EQ(stub_heard("wp_tearing_control_v1.set_presentation_hint 1"), 0);
	window_set_hints(window(), WINDOW_TEARING);
	await_request("wp_content_type_v1.set_content_type 3");             /* game */
	await_request("wp_tearing_control_v1.set_presentation_hint 1\nwp"); /* root and child */
	window_inhibit_idle(window(), true);
	await_request("zwp_idle_inhibit_manager_v1.create_inhibitor");
	window_inhibit_idle(window(), false);
	await_request("zwp_idle_inhibitor_v1.destroy");
	close_all();
}

static void icons_come_by_name(void)
{
	stub_start();
	show(false, 1);
	CHECK_EQ(stub_heard("xdg_toplevel_icon_v1.set_name"), 1);
	CHECK_EQ(stub_heard("xdg_toplevel_icon_manager_v1.set_icon"), 1);
	CHECK_EQ(stub_heard("xdg_toplevel_icon_v1.destroy"), 1);
	close_all();
}

static const struct test_case cases[] = {
	TEST(dmabufs_are_used_where_they_are_taken),
	TEST(dmabufs_are_used_where_there_is_no_feedback),
	TEST(dmabufs_follow_the_newest_feedback),
	TEST(refused_dmabufs_are_not_asked_for_again),
	TEST(frames_without_dmabufs_are_shown_from_memory),
	TEST(textures_are_the_compositors),
	TEST(flipped_textures_are_turned_over),
	TEST(textures_that_nobody_takes_are_refused),
	TEST(suspended_windows_show_nothing),
	TEST(hdr_is_passed_on),
	TEST(hdr_follows_the_display),
	TEST(hdr_is_mapped_where_the_user_wants_none),
	TEST(arrows_are_the_compositors),
	TEST(wishes_are_told),
	TEST(icons_come_by_name),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	if (viewer.app)
		viewer_stop(&viewer);
	stub_stop();
	return status;
}
