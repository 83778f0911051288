/* What the X11 window shows, compared pixel by pixel with what the guest drew. */
#include "view_hands.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xcb/xfixes.h>

#include "pixel/convert.h"
#include "pixel/pattern.h"
#include "view/guard.h"

static struct server server;
static struct script script;
static struct viewer viewer;

/* `test-view-x11 gpu` runs what holds for that way as well. */
static const char *usual_way = "direct";

static void start(void)
{
	if (strcmp(usual_way, "direct") != 0 && !viewer.options.way)
		viewer.options.way = usual_way;
	viewer_start(&viewer, &script);
}

/* What a case that failed has left. */
static void tidy(void)
{
	struct options options = viewer.options;

	if (!viewer.app)
		return;
	viewer_stop(&viewer);
	script_finish(&script);
	viewer.options = options;
}

static void open_all(uint32_t width, uint32_t height, uint32_t pitch)
{
	tidy();
	script_init(&script, width, height, pitch);
	start();
	script_status(&script, SOURCE_RUNNING, "");
}

static void close_all(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
}

static struct placement whole(uint32_t factor)
{
	return (struct placement){ 0, 0, script.image.width * factor, script.image.height * factor,
				   factor };
}

struct size_goal {
	xcb_window_t window;
	uint32_t width, height;
};

static bool has_size(void *data)
{
	const struct size_goal *goal = data;
	xcb_get_geometry_reply_t *got = xcb_get_geometry_reply(
		server.xcb, xcb_get_geometry(server.xcb, goal->window), NULL);
	bool yes = got && got->width == goal->width && got->height == goal->height;

	free(got);
	return yes;
}

/* The window has that size, and the viewer knows. */
static void await_size(uint32_t width, uint32_t height)
{
	struct size_goal goal = { server_window(&server), width, height };

	pump_until(has_size, &goal, "the window has its size");
	pump_ms(30);
}

/* The first picture decides the window's size. */
static void open_shown(uint32_t width, uint32_t height, uint32_t pitch)
{
	open_all(width, height, pitch);
	viewer_post_all(&viewer, &script);
	await_size(width, height);
	viewer_post_all(&viewer, &script);
}

static uint64_t bytes_copied(void)
{
	return viewer_figures(&viewer).bytes_copied;
}

/* OpenGL takes no foreign memory. */
static void check_uncopied(void)
{
	if (strcmp(usual_way, "gpu") != 0)
		CHECK_EQ(bytes_copied(), 0);
}

static void check_way(const char *way)
{
	CHECK_STR(viewer_figures(&viewer).way, way);
}

/* The X server reads only one format itself; the GPU takes them all. */
static const char *other_way(uint32_t format)
{
	return strcmp(usual_way, "direct") == 0 && format != PIXEL_BGRA ? "copy" : usual_way;
}

static void every_pixel_arrives_at_awkward_widths(void)
{
	static const uint32_t sizes[][3] = { { 1366, 768, 0 },
					     { 1366, 768, 1366 * 4 },
					     { 1680, 1050, 1680 * 4 + 52 },
					     { 1920, 1080, 1984 * 4 } };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		open_shown(sizes[i][0], sizes[i][1], sizes[i][2]);
		check_window(&server, server_window(&server), &script, whole(1));
		check_way(usual_way);
		check_uncopied();
		close_all();
	}
}

static struct rect random_rect(const struct pixel_image *image)
{
	uint32_t x = (uint32_t)g_random_int_range(0, (int)image->width);
	uint32_t y = (uint32_t)g_random_int_range(0, (int)image->height);

	return (struct rect){ x, y, (uint32_t)g_random_int_range(1, (int)(image->width - x + 1)),
			      (uint32_t)g_random_int_range(1, (int)(image->height - y + 1)) };
}

static void post_random_damage(void)
{
	struct region damage = { 0 };
	int count = g_random_int_range(1, 6);

	for (int i = 0; i < count; i++) {
		struct rect rect = random_rect(&script.image);
		rect.width = min_u32(rect.width, 200);
		rect.height = min_u32(rect.height, 60);
		script_draw(&script, rect);
		region_add(&damage, rect);
	}
	script_post(&script, &damage);
}

static void random_damage(uint64_t frames)
{
	struct figures before = viewer_figures(&viewer);

	for (uint64_t i = 1; i <= frames; i++) {
		post_random_damage();
		viewer_shown(&viewer, before.shown + before.skipped + i);
	}
}

static void damage_is_enough(void)
{
	open_shown(1366, 768, 0);
	for (int i = 0; i < 10; i++) {
		random_damage(10);
		check_window(&server, server_window(&server), &script, whole(1));
	}
	check_uncopied();
	close_all();
}

static void damage_is_enough_for_copies(void)
{
	viewer.options.way = (char *)"copy";
	open_shown(1366, 768, 0);
	uint64_t before = bytes_copied();
	CHECK(before >= 1366 * 768 * 4);
	for (int i = 0; i < 5; i++) {
		random_damage(10);
		check_window(&server, server_window(&server), &script, whole(1));
	}
	CHECK(bytes_copied() - before < 50 * 1366 * 768 * 4ull / 2); /* only what changed */
	close_all();
}

/* Without waiting in between: frames are replaced, and their damage must not get lost. */
static void skipped_frames_leave_no_hole(void)
{
	open_shown(1366, 768, 0);
	for (int round = 0; round < 10; round++) {
		struct figures before = viewer_figures(&viewer);
		post_random_damage(); /* in flight */
		post_random_damage(); /* waits */
		post_random_damage(); /* replaces it */
		viewer_shown(&viewer, before.shown + before.skipped + 3);
		check_window(&server, server_window(&server), &script, whole(1));
	}
	CHECK(viewer_figures(&viewer).skipped > 0 ||
	      strcmp(usual_way, "gpu") == 0); /* which draws at once */
	close_all();
}

static void slots_go_back_exactly_when_read(void)
{
	open_shown(1366, 768, 0);
	script.poison = true;
	for (int i = 0; i < 60; i++) {
		viewer_post_all(&viewer, &script);
		check_window(&server, server_window(&server), &script, whole(1));
	}
	CHECK(script.given_back >= 60);
	CHECK_EQ(script.frames[script.newest].frame.refs, 0);
	close_all();
}

/* ---- formats and turns ---- */

static void check_picture(const uint32_t *want, uint32_t want_width, uint32_t want_height)
{
	uint32_t width, height;
	g_autofree uint32_t *got = server_grab(&server, server_window(&server), &width, &height);

	CHECK_EQ(width, want_width);
	CHECK_EQ(height, want_height);
	for (size_t i = 0; i < (size_t)width * height; i++)
		if (got[i] != (want[i] & 0xffffff))
			test_fail("pixel %zu,%zu is %06x, wanted %06x", i % width, i / width,
				  got[i], want[i] & 0xffffff);
}

static void show_pattern(enum pixel_format format, enum pixel_rotation rotation, uint32_t width,
			 uint32_t height)
{
	struct pixel_image image;
	bool turned = rotation & 1;

	CHECK_EQ(pixel_image_init(&image, format, width, height), 0);
	image.rotation = rotation;
	tidy();
	script_init(&script, width * 2, height, 0); /* wide enough for 8 bytes a pixel */
	script_change_mode(&script, &image);
	start();
	script_status(&script, SOURCE_RUNNING, "");
	for (uint64_t number = 1; number <= 4; number++) {
		struct region damage;
		pattern_draw(&image, script_slot(&script), 0, image.data_height, number, 7);
		pattern_damage(&image, number, &damage);
		script_deliver(&script, number > 1 ? &damage : NULL);
		viewer_shown(&viewer, number);
		if (number == 1)
			await_size(turned ? height : width, turned ? width : height);
	}
	g_autofree uint32_t *plain = g_new0(uint32_t, (size_t)width * height);
	g_autofree uint32_t *upright = g_new0(uint32_t, (size_t)width * height);
	pixel_to_bgrx(&image, script.frames[script.newest].pixels, plain, (size_t)width * 4,
		      (struct rect){ 0, 0, width, height });
	pixel_rotate_bgrx(upright, (size_t)(turned ? height : width) * 4, plain, (size_t)width * 4,
			  width, height, rotation);
	check_picture(upright, turned ? height : width, turned ? width : height);
}

static void all_formats_are_shown(void)
{
	for (uint32_t format = PIXEL_BGRA; format < PIXEL_FORMAT_COUNT; format++) {
		show_pattern((enum pixel_format)format, PIXEL_ROTATE_0, 683, 301);
		check_way(other_way(format));
		close_all();
	}
}

static void turned_pictures_are_shown_upright(void)
{
	for (int turn = PIXEL_ROTATE_90; turn <= PIXEL_ROTATE_270; turn++) {
		show_pattern(PIXEL_BGRA, (enum pixel_rotation)turn, 683, 301);
		check_way(usual_way);
		close_all();
		show_pattern(PIXEL_RGB_24, (enum pixel_rotation)turn, 683, 301);
		check_way(other_way(PIXEL_RGB_24));
		close_all();
	}
}

/* ---- scaling ---- */

static void resize(uint32_t width, uint32_t height)
{
	server_resize(&server, server_window(&server), width, height);
	await_size(width, height);
}

static void whole_factors_are_exact(void)
{
	open_shown(400, 300, 0);
	resize(800, 600);
	check_window(&server, server_window(&server), &script, whole(2));
	random_damage(20);
	check_window(&server, server_window(&server), &script, whole(2));
	resize(1200, 900);
	random_damage(20);
	check_window(&server, server_window(&server), &script, whole(3));
	check_uncopied();
	close_all();
}

static void letterboxes_are_black(void)
{
	open_shown(400, 300, 0);
	resize(1000, 300); /* 1:1 with bars left and right */
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 300, 0, 400, 300, 1 });
	resize(400, 500);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 100, 400, 300, 1 });
	resize(400, 300);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

static void one_to_one_is_cut(void)
{
	viewer.options.scale = SCALE_ONE;
	open_shown(400, 300, 0);
	resize(300, 200);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ -50, -50, 400, 300, 1 });
	resize(500, 400);
	random_damage(5);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 50, 50, 400, 300, 1 });
	close_all();
}

static void integer_scale_stays_sharp(void)
{
	viewer.options.scale = SCALE_INTEGER;
	open_shown(400, 300, 0);
	resize(999, 777);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 99, 88, 800, 600, 2 });
	close_all();
}

/* As when the settings file changes: with the guest's picture still, the window shows it anew. */
static void scale_changes_while_it_runs(void)
{
	const struct setting *row = schema_find("view", "scale");

	open_shown(400, 300, 0);
	resize(999, 777);
	viewer_post_all(&viewer, &script);
	viewer.options.scale = SCALE_ONE;
	app_apply(viewer.app, row);
	pump_ms(100);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 299, 238, 400, 300, 1 });
	viewer.options.scale = SCALE_INTEGER;
	app_apply(viewer.app, row);
	pump_ms(100);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 99, 88, 800, 600, 2 });
	random_damage(5);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 99, 88, 800, 600, 2 });
	close_all();
}

/* One colour, and rows whose padding is another: not a single pixel may be tinted. */
static void edges_do_not_bleed(void)
{
	uint32_t width, height;

	open_shown(401, 301, 401 * 4 + 60);
	resize(733, 551);
	for (size_t i = 0; i < 401 * 301; i++)
		script.model[i] = 0x20c040;
	script_post(&script, NULL);
	pump_ms(50);
	struct placement at = placement_of(SCALE_FIT, 401, 301, 733, 551);
	CHECK_EQ(at.factor, 0);
	g_autofree uint32_t *got = server_grab(&server, server_window(&server), &width, &height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			bool inside = (int)x >= at.x && (int)y >= at.y && x < at.x + at.width &&
				      y < at.y + at.height;
			CHECK_EQ(got[y * width + x], inside ? 0x20c040 : 0);
		}
	close_all();
}

static int channel(uint32_t pixel, int shift)
{
	return pixel >> shift & 0xff;
}

static double sample(uint32_t x, uint32_t y, int shift)
{
	x = min_u32(x, script.image.width - 1);
	y = min_u32(y, script.image.height - 1);
	return channel(script.model[(size_t)y * script.image.width + x], shift);
}

static double bilinear(double x, double y, int shift)
{
	uint32_t x0 = x < 0 ? 0 : (uint32_t)x, y0 = y < 0 ? 0 : (uint32_t)y;
	double fx = x < 0 ? 0 : x - x0, fy = y < 0 ? 0 : y - y0;

	return (sample(x0, y0, shift) * (1 - fx) + sample(x0 + 1, y0, shift) * fx) * (1 - fy) +
	       (sample(x0, y0 + 1, shift) * (1 - fx) + sample(x0 + 1, y0 + 1, shift) * fx) * fy;
}

/* Soft enough that the server's 7-bit weights do not matter. */
static void draw_soft(void)
{
	for (uint32_t y = 0; y < script.image.height; y++)
		for (uint32_t x = 0; x < script.image.width; x++)
			script.model[(size_t)y * script.image.width + x] =
				(x * 255 / script.image.width) << 16 |
				(y * 255 / script.image.height) << 8 | ((x + y) & 0x1f);
}

static void check_soft(uint32_t width, uint32_t height)
{
	g_autofree uint32_t *got = server_grab(&server, server_window(&server), &width, &height);
	double kx = (double)script.image.width / width, ky = (double)script.image.height / height;

	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			for (int shift = 0; shift < 24; shift += 8) {
				double want = bilinear((x + 0.5) * kx - 0.5, (y + 0.5) * ky - 0.5,
						       shift);
				double is = channel(got[y * width + x], shift);
				if (is < want - 3 || is > want + 3)
					test_fail("%u,%u: %.0f, wanted %.1f", x, y, is, want);
			}
}

static void other_sizes_are_bilinear(void)
{
	open_shown(400, 300, 0);
	resize(700, 525);
	draw_soft();
	script_post(&script, NULL);
	pump_ms(50);
	check_soft(700, 525);
	resize(320, 240);
	check_soft(320, 240);
	close_all();
}

/* Many small damages leave what one full drawing leaves. */
static void scaled_damage_is_enough(void)
{
	static const uint32_t sizes[][2] = { { 733, 551 }, { 333, 251 }, { 1201, 901 } };
	uint32_t width, height;

	open_shown(401, 301, 0);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		resize(sizes[i][0], sizes[i][1]);
		random_damage(40);
		xcb_window_t window = server_window(&server);
		g_autofree uint32_t *parts = server_grab(&server, window, &width, &height);
		xcb_clear_area(server.xcb, 1, window, 0, 0, 0, 0);
		server_sync(&server);
		pump_ms(50);
		g_autofree uint32_t *full = server_grab(&server, window, &width, &height);
		CHECK(memcmp(parts, full, (size_t)width * height * 4) == 0);
	}
	close_all();
}

/* ---- what happens to windows ---- */

static void uncovered_windows_are_whole(void)
{
	open_shown(800, 600, 0);
	xcb_window_t window = server_window(&server);
	xcb_window_t other = server_cover(&server, 100, 100, 300, 200);
	pump_ms(50);
	server_uncover(&server, other);
	pump_ms(50);
	check_window(&server, window, &script, whole(1));
	unsigned refreshes = script.refreshes;
	for (int i = 0; i < 5; i++) { /* from now on without asking the guest */
		other = server_cover(&server, 50, 50, 700, 300);
		random_damage(3);
		server_uncover(&server, other);
		pump_ms(30);
		check_window(&server, window, &script, whole(1));
	}
	CHECK_EQ(script.refreshes, refreshes);
	check_uncopied();
	close_all();
}

/* Nothing stays behind in the server as long as nothing covers the window. */
static void still_windows_ask_for_nothing(void)
{
	open_all(800, 600, 0);
	viewer_post_all(&viewer, &script);
	pump_ms(50);
	random_damage(20);
	CHECK_EQ(script.refreshes, 0);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

static void hidden_windows_come_back(void)
{
	open_shown(800, 600, 0);
	xcb_window_t window = server_window(&server);
	xcb_unmap_window(server.xcb, window);
	server_sync(&server);
	pump_ms(30);
	random_damage(5);
	xcb_map_window(server.xcb, window);
	server_sync(&server);
	pump_ms(50);
	check_window(&server, window, &script, whole(1));
	close_all();
}

static void f11_covers_the_screen_and_back(void)
{
	uint32_t w = server.screen->width_in_pixels, h = server.screen->height_in_pixels;

	open_shown(w / 2, h / 2, 0);
	hands_focus(&server, server_window(&server));
	hands_tap(&server, KEY_F11);
	await_size(w, h);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(2));
	hands_tap(&server, KEY_F11);
	await_size(w / 2, h / 2);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

static void fullscreen_can_be_asked_for(void)
{
	viewer.options.fullscreen = TRUE;
	open_all(800, 600, 0);
	await_size(server.screen->width_in_pixels, server.screen->height_in_pixels);
	close_all();
}

static void change_mode(uint32_t width, uint32_t height)
{
	struct pixel_image image;

	CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, width, height), 0);
	script_change_mode(&script, &image);
	viewer_post_all(&viewer, &script);
}

static void windows_follow_the_guests_mode(void)
{
	open_shown(1024, 768, 0);
	change_mode(1366, 768);
	await_size(1366, 768);
	random_damage(5);
	check_window(&server, server_window(&server), &script, whole(1));
	change_mode(640, 480);
	await_size(640, 480);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

static void windows_that_the_user_sized_stay(void)
{
	open_shown(400, 300, 0);
	resize(800, 600);
	change_mode(800, 300);
	viewer_post_all(&viewer, &script);
	await_size(800, 600);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 150, 800, 300, 1 });
	close_all();
}

/* ---- pointer ---- */

static xcb_xfixes_get_cursor_image_reply_t *cursor_image(void)
{
	xcb_warp_pointer(server.xcb, XCB_NONE, server_window(&server), 0, 0, 0, 0, 50, 50);
	free(xcb_xfixes_query_version_reply(server.xcb, xcb_xfixes_query_version(server.xcb, 5, 0),
					    NULL));
	xcb_xfixes_get_cursor_image_reply_t *reply = xcb_xfixes_get_cursor_image_reply(
		server.xcb, xcb_xfixes_get_cursor_image(server.xcb), NULL);
	CHECK(reply);
	return reply;
}

static void tell_cursor(const uint32_t *pixels, uint32_t size, int32_t hot_x, int32_t hot_y)
{
	const struct cursor cursor = {
		.visible = true,
		.has_shape = true,
		.shape = { .type = CURSOR_COLOUR,
			   .hot_x = hot_x,
			   .hot_y = hot_y,
			   .width = size,
			   .height = size,
			   .pitch = size * 4,
			   .data = (const uint8_t *)pixels },
	};

	script.source.listener->cursor(script.source.data, &cursor);
	pump_ms(20);
}

static void check_cursor(const uint32_t *pixels, uint32_t size, uint32_t factor, uint32_t hot_x,
			 uint32_t hot_y)
{
	xcb_xfixes_get_cursor_image_reply_t *reply = cursor_image();
	const uint32_t *got = xcb_xfixes_get_cursor_image_cursor_image(reply);

	CHECK_EQ(reply->width, size * factor);
	CHECK_EQ(reply->height, size * factor);
	CHECK_EQ(reply->xhot, hot_x);
	CHECK_EQ(reply->yhot, hot_y);
	for (uint32_t y = 0; y < reply->height; y++)
		for (uint32_t x = 0; x < reply->width; x++)
			CHECK_EQ(got[y * reply->width + x], pixels[y / factor * size + x / factor]);
	free(reply);
}

static void make_cursor(uint32_t *pixels, uint32_t size)
{
	for (uint32_t i = 0; i < size * size; i++)
		pixels[i] = i % 3 ? 0xff000000 | g_random_int() >> 8 : 0;
}

static void pointers_look_as_in_the_guest(void)
{
	uint32_t pixels[32 * 32];

	make_cursor(pixels, 32);
	open_shown(400, 300, 0);
	tell_cursor(pixels, 32, 5, 7);
	check_cursor(pixels, 32, 1, 5, 7);
	tell_cursor(pixels, 32, -3, 99); /* outside: X has no such thing */
	check_cursor(pixels, 32, 1, 0, 31);
	close_all();
}

static void pointers_grow_with_the_picture(void)
{
	uint32_t pixels[32 * 32];

	make_cursor(pixels, 32);
	open_shown(400, 300, 0);
	tell_cursor(pixels, 32, 5, 7);
	resize(800, 600);
	check_cursor(pixels, 32, 2, 10, 14);
	tell_cursor(pixels, 32, 4, 4);
	check_cursor(pixels, 32, 2, 8, 8);
	resize(400, 300);
	check_cursor(pixels, 32, 1, 4, 4);
	close_all();
}

static void hidden_pointers_are_hidden(void)
{
	const struct cursor hidden = { .visible = false }, back = { .visible = true };
	uint32_t pixels[16 * 16];

	make_cursor(pixels, 16);
	open_shown(400, 300, 0);
	tell_cursor(pixels, 16, 5, 7);
	script.source.listener->cursor(script.source.data, &hidden);
	pump_ms(20);
	xcb_xfixes_get_cursor_image_reply_t *reply = cursor_image();
	CHECK_EQ(reply->width * reply->height, 1);
	CHECK_EQ(xcb_xfixes_get_cursor_image_cursor_image(reply)[0], 0);
	free(reply);
	script.source.listener->cursor(script.source.data, &back);
	pump_ms(20);
	check_cursor(pixels, 16, 1, 5, 7);
	close_all();
}

/* ---- guests that come and go ---- */

static bool shows_notice(void *data)
{
	uint32_t width, height, *got;

	(void)data;
	if (!server_viewable(&server, server_window(&server)))
		return false;
	got = server_grab(&server, server_window(&server), &width, &height);
	uint32_t corner = got[0];
	uint32_t colours = 0;
	for (size_t i = 0; i < (size_t)width * height; i++)
		colours += got[i] != corner;
	g_free(got);
	return corner != 0 && colours > 500; /* dark, with something written on it */
}

static void guests_are_waited_for(void)
{
	tidy();
	script_init(&script, 800, 600, 0);
	start();
	pump_until(shows_notice, NULL, "the notice is there");
	resize(640, 500);
	pump_until(shows_notice, NULL, "the notice has the new size");
	script_status(&script, SOURCE_RUNNING, "");
	viewer_post_all(&viewer, &script);
	viewer_post_all(&viewer, &script);
	check_way(usual_way);
	uint32_t width, height;
	g_autofree uint32_t *got = server_grab(&server, server_window(&server), &width, &height);
	CHECK_EQ(got[0], 0); /* the letterbox: nothing of the notice is left */
	close_all();
}

static void lost_guests_are_told_and_return(void)
{
	open_shown(800, 600, 0);
	script_status(&script, SOURCE_LOST, "it stopped");
	pump_until(shows_notice, NULL, "the notice is there");
	CHECK(!app_ended(viewer.app, NULL));
	script_status(&script, SOURCE_RUNNING, "");
	script.serial = 0; /* another session counts anew */
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

/* Attached, but it draws nothing: also that must be said. */
static void silent_guests_are_told(void)
{
	open_all(800, 600, 0);
	pump_until(shows_notice, NULL, "the notice is there");
	viewer_post_all(&viewer, &script);
	await_size(800, 600);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

static void brief_restarts_show_no_notice(void)
{
	open_shown(800, 600, 0);
	script_status(&script, SOURCE_RESTART, "");
	pump_ms(50);
	check_window(&server, server_window(&server), &script, whole(1));
	script_status(&script, SOURCE_RUNNING, "");
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

/* ---- broken memory ---- */

static void truncated_memory_ends_nothing(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("oriel-view-XXXXXX", &path, NULL);

	guard_install();
	close(fd);
	tidy();
	script_init_file(&script, 800, 600, path);
	start();
	script_status(&script, SOURCE_RUNNING, "");
	viewer_post_all(&viewer, &script);
	CHECK(ftruncate(script.memory.fd, 4096) == 0);
	for (int i = 0; i < 5; i++) {
		script_slot(&script);
		script_deliver(&script, NULL);
		pump_ms(30);
	}
	CHECK(!app_ended(viewer.app, NULL));
	/* The next machine brings memory that is whole. */
	CHECK(ftruncate(script.memory.fd, (off_t)script.memory.size) == 0);
	script_status(&script, SOURCE_LOST, "");
	script_status(&script, SOURCE_RUNNING, "");
	munmap(script.memory.base, script.memory.size);
	CHECK(mmap(script.memory.base, script.memory.size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED, script.memory.fd, 0) == script.memory.base);
	viewer_post_all(&viewer, &script);
	viewer_post_all(&viewer, &script);
	check_way(usual_way);
	pump_ms(50);
	viewer_post_all(&viewer, &script);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
	unlink(path);
}

/* Rows beyond what is there are black, and nothing beyond is read. */
static void truncated_frames_are_black_below(void)
{
	struct pixel_image image;

	CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, 800, 600), 0);
	open_shown(800, 600, 0);
	image.data_height = 333;
	script_change_mode(&script, &image);
	viewer_post_all(&viewer, &script);
	viewer_post_all(&viewer, &script);
	memset(script.model + 800 * 333, 0, 800 * (600 - 333) * 4);
	check_window(&server, server_window(&server), &script, whole(1));
	close_all();
}

/* ---- several, and the end ---- */

static void two_viewers_live_in_one_process(void)
{
	struct script other;
	struct viewer second = { 0 };

	open_shown(400, 300, 0);
	xcb_window_t first_window = server_window(&server);
	script_init(&other, 640, 480, 0);
	viewer_start(&second, &other);
	script_status(&other, SOURCE_RUNNING, "");
	for (int i = 0; i < 3; i++) {
		script_draw(&other, (struct rect){ 0, 0, 640, 480 });
		script_post(&other, NULL);
		pump_ms(40);
		viewer_post_all(&viewer, &script);
	}
	xcb_window_t second_window = server_window(&server);
	CHECK(first_window != second_window);
	check_window(&server, second_window, &other, (struct placement){ 0, 0, 640, 480, 1 });
	viewer_stop(&second);
	script_finish(&other);
	pump_ms(50);
	check_window(&server, first_window, &script, whole(1));
	close_all();
}

static bool has_ended(void *data)
{
	return app_ended(viewer.app, data);
}

static void ask_to_close(void)
{
	xcb_client_message_event_t event = { .response_type = XCB_CLIENT_MESSAGE, .format = 32 };
	const char *names[] = { "WM_PROTOCOLS", "WM_DELETE_WINDOW" };
	xcb_atom_t atoms[2];

	for (int i = 0; i < 2; i++) {
		xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
			server.xcb,
			xcb_intern_atom(server.xcb, 0, (uint16_t)strlen(names[i]), names[i]), NULL);
		atoms[i] = reply->atom;
		free(reply);
	}
	event.window = server_window(&server);
	event.type = atoms[0];
	event.data.data32[0] = atoms[1];
	xcb_send_event(server.xcb, 0, event.window, 0, (const char *)&event);
	server_sync(&server);
}

static void closing_the_window_ends_it(void)
{
	GError *error = NULL;

	open_shown(400, 300, 0);
	viewer.options.ignore_close = TRUE;
	ask_to_close();
	pump_ms(200);
	CHECK(!has_ended(&error));
	viewer.options.ignore_close = FALSE;
	ask_to_close();
	pump_until(has_ended, &error, "the viewer ends");
	CHECK(!error);
	close_all();
}

static void destroyed_windows_end_it(void)
{
	GError *error = NULL;

	open_shown(400, 300, 0);
	xcb_destroy_window(server.xcb, server_window(&server));
	server_sync(&server);
	pump_until(has_ended, &error, "the viewer ends");
	CHECK_CONTAINS(error->message, "destroyed the window");
	g_error_free(error);
	close_all();
}

/* Last: it takes the server with it. */
static void killed_servers_end_it(void)
{
	GError *error = NULL;

	open_shown(400, 300, 0);
	server_stop(&server);
	pump_until(has_ended, &error, "the viewer ends");
	CHECK_CONTAINS(error->message, "X server went away");
	g_error_free(error);
	close_all();
}

static const struct test_case cases[] = {
	TEST(every_pixel_arrives_at_awkward_widths),
	TEST(damage_is_enough),
	TEST(damage_is_enough_for_copies),
	TEST(skipped_frames_leave_no_hole),
	TEST(slots_go_back_exactly_when_read),
	TEST(all_formats_are_shown),
	TEST(turned_pictures_are_shown_upright),
	TEST(whole_factors_are_exact),
	TEST(letterboxes_are_black),
	TEST(one_to_one_is_cut),
	TEST(integer_scale_stays_sharp),
	TEST(scale_changes_while_it_runs),
	TEST(edges_do_not_bleed),
	TEST(other_sizes_are_bilinear),
	TEST(scaled_damage_is_enough),
	TEST(uncovered_windows_are_whole),
	TEST(still_windows_ask_for_nothing),
	TEST(hidden_windows_come_back),
	TEST(f11_covers_the_screen_and_back),
	TEST(fullscreen_can_be_asked_for),
	TEST(windows_follow_the_guests_mode),
	TEST(windows_that_the_user_sized_stay),
	TEST(pointers_look_as_in_the_guest),
	TEST(pointers_grow_with_the_picture),
	TEST(hidden_pointers_are_hidden),
	TEST(guests_are_waited_for),
	TEST(lost_guests_are_told_and_return),
	TEST(silent_guests_are_told),
	TEST(brief_restarts_show_no_notice),
	TEST(truncated_memory_ends_nothing),
	TEST(truncated_frames_are_black_below),
	TEST(two_viewers_live_in_one_process),
	TEST(closing_the_window_ends_it),
	TEST(destroyed_windows_end_it),
	TEST(killed_servers_end_it),
};

static const struct test_case gpu_cases[] = {
	TEST(every_pixel_arrives_at_awkward_widths),
	TEST(damage_is_enough),
	TEST(skipped_frames_leave_no_hole),
	TEST(slots_go_back_exactly_when_read),
	TEST(all_formats_are_shown),
	TEST(turned_pictures_are_shown_upright),
	TEST(whole_factors_are_exact),
	TEST(letterboxes_are_black),
	TEST(one_to_one_is_cut),
	TEST(integer_scale_stays_sharp),
	TEST(scale_changes_while_it_runs),
	TEST(uncovered_windows_are_whole),
	TEST(still_windows_ask_for_nothing),
	TEST(hidden_windows_come_back),
	TEST(f11_covers_the_screen_and_back),
	TEST(windows_follow_the_guests_mode),
	TEST(lost_guests_are_told_and_return),
	TEST(brief_restarts_show_no_notice),
	TEST(truncated_memory_ends_nothing),
	TEST(truncated_frames_are_black_below),
	TEST(closing_the_window_ends_it),
	TEST(destroyed_windows_end_it),
	TEST(killed_servers_end_it),
};

static int run(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "gpu") != 0)
		return test_main(argc, argv, cases, ARRAY_LEN(cases));
	usual_way = "gpu";
	return test_main(argc - 1, argv + 1, gpu_cases, ARRAY_LEN(gpu_cases));
}

int main(int argc, char **argv)
{
	g_autofree char *xvfb = g_find_program_in_path("Xvfb");
	if (!xvfb) {
		printf("1..0 # SKIP no Xvfb here (package xvfb)\n");
		return 0;
	}
	server_start(&server, "1920x1080x24");
	int status = run(argc, argv);
	server_stop(&server);
	return status;
}
