/* What Wayland compositors show, compared pixel by pixel with what the guest drew. */
#include "compositor.h"
#include "view/app_impl.h"
#include "view_rig.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "pixel/convert.h"
#include "pixel/pattern.h"
#include "view/guard.h"
#include "view/window/wayland/wayland.h"

static const char *view_program;
static struct compositor compositor;
static struct script script;
static struct viewer viewer;

/* `test-view-wayland PROGRAM gpu` runs what holds for that way as well. */
static const char *usual_way = "direct";

static bool gpu(void)
{
	return strcmp(usual_way, "gpu") == 0;
}

/* Compositors read few formats themselves; the GPU takes them all. */
static const char *way_for(const char *way)
{
	return gpu() ? usual_way : way;
}

static void tidy(void)
{
	struct options options = viewer.options;

	if (viewer.app) {
		viewer_stop(&viewer);
		script_finish(&script);
		viewer.options = options;
	}
	compositor_stop(&compositor);
}

static void start(enum compositor_kind kind, uint32_t width, uint32_t height, const char *scale,
		  const char *more)
{
	tidy();
	compositor_start(&compositor, kind, width, height, scale, more);
	viewer.options = (struct options){ .window = &window_wayland,
					   .way = gpu() ? usual_way : NULL };
}

static void open_script(uint32_t width, uint32_t height, uint32_t pitch)
{
	script_init(&script, width, height, pitch);
	/* weston's pictures of itself take the unused byte for alpha. */
	script.opaque = compositor.kind == WESTON_PIXMAN;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
}

static void close_all(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	compositor_stop(&compositor);
	viewer.options = (struct options){ 0 };
}

static void post_some(void)
{
	struct region damage = { 0 };

	for (int i = g_random_int_range(1, 6); i > 0; i--) {
		uint32_t x = (uint32_t)g_random_int_range(0, (int)script.image.width - 8);
		uint32_t y = (uint32_t)g_random_int_range(0, (int)script.image.height - 8);
		struct rect rect = { x, y, min_u32(script.image.width - x, 200),
				     min_u32(script.image.height - y, 60) };
		script_draw(&script, rect);
		region_add(&damage, rect);
	}
	viewer_post(&viewer, &script, &damage);
}

static uint32_t wanted(struct placement at, uint32_t x, uint32_t y)
{
	int64_t sx = (int64_t)x - at.x, sy = (int64_t)y - at.y;

	if (sx < 0 || sy < 0 || sx >= at.width || sy >= at.height)
		return 0;
	return script
		.model[(size_t)(sy / at.factor) * script.image.width + (size_t)(sx / at.factor)];
}

static unsigned held(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SCRIPT_SLOTS; i++)
		count += script.frames[i].frame.refs > 0;
	return count;
}

static char *screen_wrong(const struct shot *shot, const void *data)
{
	const struct placement *at = data;
	const struct figures now = viewer_figures(&viewer);

	if (shot->width != compositor.width || shot->height != compositor.height)
		return g_strdup_printf("the screen is %ux%u", shot->width, shot->height);
	for (uint32_t y = 0; y < shot->height; y++)
		for (uint32_t x = 0; x < shot->width; x++) {
			uint32_t got = shot->pixels[(size_t)y * shot->width + x];
			if (got != wanted(*at, x, y))
				return g_strdup_printf("pixel %u,%u of %ux%u is %06x, wanted %06x "
						       "(%s: %u shown, %u skipped, %u held)",
						       x, y, shot->width, shot->height, got,
						       wanted(*at, x, y), now.way,
						       (unsigned)now.shown, (unsigned)now.skipped,
						       held());
		}
	return NULL;
}

/* The screen shows the model at `at`, and black elsewhere; soon. */
static void check_screen(struct placement at)
{
	compositor_await(&compositor, screen_wrong, &at);
}

static struct placement whole(uint32_t factor)
{
	return (struct placement){ 0, 0, script.image.width * factor, script.image.height * factor,
				   factor };
}

/* ---- pixels ---- */

static void every_pixel_arrives(enum compositor_kind kind)
{
	static const uint32_t pitches[] = { 0, 1366 * 4, 1984 * 4 };

	start(kind, 1366, 768, NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(pitches); i++) {
		viewer.options.window = &window_wayland;
		viewer.options.way = gpu() ? usual_way : NULL;
		viewer.options.fullscreen = TRUE;
		open_script(1366, 768, pitches[i]);
		viewer_post_all(&viewer, &script);
		check_screen(whole(1));
		viewer_post_all(&viewer, &script);
		check_screen(whole(1));
		for (int n = 0; n < 20; n++)
			post_some();
		check_screen(whole(1));
		CHECK_STR(viewer_figures(&viewer).way, usual_way);
		CHECK_EQ(gpu() ? 0 : viewer_figures(&viewer).bytes_copied,
			 0); /* OpenGL takes no foreign memory */
		viewer_stop(&viewer);
		script_finish(&script);
	}
	compositor_stop(&compositor);
}

static void on_nothing(void *data)
{
	(void)data;
}

static void on_size(void *data, uint32_t width, uint32_t height)
{
	(void)data, (void)width, (void)height;
}

static void on_visible(void *data, bool visible)
{
	(void)data, (void)visible;
}

static void on_lost(void *data, const char *why)
{
	(void)data;
	test_fail("%s", why);
}

static bool is_configured(void *data)
{
	return ((const struct wayland *)data)->configured;
}

static bool slow;

/* All that is to be sent is answered before more is. */
static void hesitate(struct wl_display *display)
{
	wl_display_flush(display);
	g_usleep(2000);
}

/* Of the window, by the linker. */
int __real_wl_display_roundtrip(struct wl_display *display);
int __wrap_wl_display_roundtrip(struct wl_display *display);
int __wrap_wl_display_roundtrip(struct wl_display *display)
{
	if (slow)
		hesitate(display);
	return __real_wl_display_roundtrip(display);
}

int __real_wl_display_dispatch(struct wl_display *display);
int __wrap_wl_display_dispatch(struct wl_display *display);
int __wrap_wl_display_dispatch(struct wl_display *display)
{
	if (slow)
		hesitate(display);
	return __real_wl_display_dispatch(display);
}

/* Who is told of the full screen after the first commit shows the window elsewhere first, and
 * weston leaves it there, below
 * its panel: once in some hundred windows, before the wish came with it however it is timed. */
static bool decided(void *data)
{
	(void)data;
	return script.refused || viewer_figures(&viewer).shown > 0;
}

/* For screenshots: what the device has is what the guest drew. */
static void check_read(void)
{
	const struct frame *frame = &script.frames[script.newest].frame;
	const size_t pitch = frame->image.pitch / 4;
	g_autofree uint32_t *pixels = screen_read(viewer.app->screen, frame);

	CHECK(gpu() == (pixels != NULL));
	for (uint32_t y = 0; pixels && y < frame->image.height; y++)
		for (uint32_t x = 0; x < frame->image.width; x++)
			CHECK_EQ(pixels[y * pitch + x] & 0xffffff,
				 script.model[(size_t)y * frame->image.width + x]);
}

/* Nothing but a dma-buf: the device imports it, or the source hears that it cannot, and memory is
 * shown from then on. */
static void textures_arrive_or_are_refused(void)
{
	start(WESTON_PIXMAN, 800, 600, NULL, NULL);
	viewer.options.fullscreen = TRUE;
	script_init(&script, 800, 600, 0);
	script.opaque = script.texture = true;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	script_draw(&script, (struct rect){ 0, 0, 800, 600 });
	script_post(&script, NULL);
	pump_until(decided, NULL, "the texture is shown or refused");
	printf("# %s\n", script.refused ? "refused" : viewer_figures(&viewer).reads);
	script.texture = !script.refused;
	viewer_post_all(&viewer, &script);
	for (int n = 0; n < 20; n++)
		post_some();
	check_screen(whole(1));
	CHECK_STR(viewer_figures(&viewer).way, usual_way);
	if (script.texture) {
		CHECK_EQ(viewer_figures(&viewer).bytes_copied, 0);
		check_read();
	}
	CHECK(script.refused <= 1);
	close_all();
}

static void full_screens_are_so_from_the_first(void)
{
	static const struct window_listener listener = { on_size, on_nothing, on_visible,
							 on_nothing, on_lost };
	const struct window_params params = { .title = "full",
					      .width = 640,
					      .height = 480,
					      .fullscreen = true,
					      .listener = &listener };

	start(WESTON_PIXMAN, 1366, 768, NULL, NULL);
	for (unsigned i = 0; i < 40; i++) {
		struct window *window = window_create(&window_wayland, &params, NULL);
		CHECK(window != NULL);
		slow = true;
		window_show(window);
		slow = false;
		pump_until(is_configured, window, "the window has a size");
		if (!window->fullscreen)
			test_fail("window %u came without its full screen", i);
		window_destroy(window);
	}
	compositor_stop(&compositor);
}

static void every_pixel_arrives_at_sway(void)
{
	every_pixel_arrives(SWAY);
}

static void every_pixel_arrives_at_weston(void)
{
	every_pixel_arrives(WESTON_PIXMAN);
}

static void every_pixel_arrives_at_weston_gl(void)
{
	every_pixel_arrives(WESTON_GL);
}

static void windows_are_letterboxed_in_black(void)
{
	start(SWAY, 1000, 600, NULL, NULL); /* which tiles: the window is the screen */
	open_script(400, 300, 0);
	viewer_post_all(&viewer, &script);
	check_screen((struct placement){ 100, 0, 800, 600, 2 });
	post_some();
	check_screen((struct placement){ 100, 0, 800, 600, 2 });
	window_set_scale(app_window(viewer.app), SCALE_ONE);
	post_some();
	check_screen((struct placement){ 300, 150, 400, 300, 1 });
	CHECK_EQ(gpu() ? 0 : viewer_figures(&viewer).bytes_copied, 0);
	close_all();
}

/* On a surface that is composited: a full screen may be scanned out, damage or not. */
static void damage_is_enough(void)
{
	start(SWAY, 1000, 700, NULL, NULL);
	viewer.options.scale = SCALE_ONE;
	open_script(640, 480, 0);
	viewer_post_all(&viewer, &script);
	check_screen((struct placement){ 180, 110, 640, 480, 1 });
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 15; i++)
			post_some();
		check_screen((struct placement){ 180, 110, 640, 480, 1 });
	}
	close_all();
}

static void one_to_one_is_cut(void)
{
	start(WESTON_GL, 300, 200, NULL, NULL); /* sway's pixman does not cut */
	viewer.options.fullscreen = TRUE;
	viewer.options.scale = SCALE_ONE;
	open_script(400, 300, 0);
	viewer_post_all(&viewer, &script);
	check_screen((struct placement){ -50, -50, 400, 300, 1 });
	post_some();
	check_screen((struct placement){ -50, -50, 400, 300, 1 });
	close_all();
}

/* 1280x720 logical units; the picture has the screen's pixels. */
static void scaled_screens_get_their_own_pixels(void)
{
	start(SWAY, 1920, 1080, "1.5", NULL);
	viewer.options.fullscreen = TRUE;
	open_script(1920, 1080, 0);
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	post_some();
	check_screen(whole(1));
	close_all();
}

static char *edges_wrong(const struct shot *shot, const void *data)
{
	(void)data;
	for (uint32_t y = 0; y < shot->height; y++)
		for (uint32_t x = 0; x < shot->width; x++) {
			bool inside = x >= 239 && x < 1682, edge = x == 239 || x == 1681;
			uint32_t pixel = shot->pixels[(size_t)y * shot->width + x];
			if (pixel != (inside ? 0x20c040 : 0) && !(edge && pixel == 0))
				return g_strdup_printf("pixel %u,%u is %06x", x, y, pixel);
		}
	return NULL;
}

/* 1280x720 units of 1.5 pixels, of which sway lets us draw 2; one colour, and rows whose padding is
 * another: not a single pixel may be tinted or out of place. */
static void scaled_pictures_have_clean_edges(void)
{
	start(SWAY, 1920, 1080, "1.5", NULL);
	open_script(801, 600, 801 * 4 + 60);
	for (int i = 0; i < 3; i++) {
		for (size_t n = 0; n < 801 * 600; n++)
			script.model[n] = 0x20c040;
		viewer_post(&viewer, &script, NULL);
		compositor_await(&compositor, edges_wrong, NULL);
	}
	close_all();
}

static bool has_width(void *data)
{
	return app_window(viewer.app)->width == *(uint32_t *)data;
}

static void await_width(uint32_t width)
{
	pump_until(has_width, &width, "the window has another size");
}

static bool is_on_child(void *data)
{
	const struct wayland *wayland = (const struct wayland *)app_window(viewer.app);

	(void)data;
	return wayland->stage.target == wayland->child.surface;
}

static bool is_exact(void *data)
{
	const struct window *window = app_window(viewer.app);

	(void)data;
	return window->scale120 == 180 && window->width == 1280 && window->height == 720;
}

/* Of 1.5 pixels a unit; KWin draws by llvmpipe. Rows without a gap, and with one. */
static void fractions_are_pixel_by_pixel_at_kwin(void)
{
	for (uint32_t pitch = 1200 * 4; pitch <= 1216 * 4; pitch += 16 * 4) {
		start(KWIN_GL, 1200, 900, "1.5", NULL);
		viewer.options.fullscreen = TRUE;
		open_script(1200, 900, pitch);
		viewer_post_all(&viewer, &script);
		check_screen(whole(1));
		for (int i = 0; i < 20; i++)
			post_some();
		check_screen(whole(1));
		CHECK_STR(viewer_figures(&viewer).way, "direct");
		CHECK_EQ(viewer_figures(&viewer).bytes_copied, 0);
		window_set_hints(app_window(viewer.app), WINDOW_TEARING);
		post_some();
		check_screen(whole(1));
		close_all();
	}
}

static char *colour_wrong(const struct shot *shot, const void *data)
{
	uint32_t colour = *(const uint32_t *)data;
	unsigned wrong = 0, x = 0, y = 0;

	for (uint32_t i = 2; i < shot->height - 2; i++)
		for (uint32_t j = 2; j < shot->width - 2; j++) {
			uint32_t got = shot->pixels[(size_t)i * shot->width + j];
			if (got == colour || got == 0)
				continue;
			wrong++;
			x = j;
			y = i;
		}
	return wrong ? g_strdup_printf("%u pixels are not new, as %u,%u", wrong, x, y) : NULL;
}

/* Tile by tile the noise becomes one colour: whatever is left of it was damage that got lost. */
static void no_damage_is_lost_at_kwin(void)
{
	uint32_t colour = 0x20c040;

	start(KWIN_GL, 1200, 904, "1.5", NULL);
	viewer.options.fullscreen = TRUE;
	open_script(805, 606, 805 * 4); /* 1200x903: neither pixels nor units are whole factors */
	viewer_post_all(&viewer, &script);
	for (uint32_t y = 0; y < 606; y += 101)
		for (uint32_t x = 0; x < 805; x += 115) {
			struct region tile = { 1, { { x, y, 115, 101 } } };
			for (uint32_t row = y; row < y + 101; row++)
				for (uint32_t column = x; column < x + 115; column++)
					script.model[(size_t)row * 805 + column] = colour;
			viewer_post(&viewer, &script, &tile);
		}
	compositor_await(&compositor, colour_wrong, &colour);
	close_all();
}

/* 853x480 logical units, rounded; but 1280x720 pixels. */
static void fractions_are_exact_at_kwin(void)
{
	const struct wayland *wayland;

	start(KWIN, 1920, 1080, "1.5", NULL);
	open_script(1280, 720, 0);
	viewer_post_all(&viewer, &script);
	pump_until(is_exact, NULL, "the window has 1280x720 pixels of scale 1.5");
	wayland = (const struct wayland *)app_window(viewer.app);
	CHECK_EQ(wayland->logical.width, 853);
	CHECK_EQ(wayland->logical.height, 480);
	CHECK_EQ(wayland->stage.place.factor, 1);
	for (int i = 0; i < 60; i++)
		post_some();
	CHECK_STR(viewer_figures(&viewer).way, "direct");
	CHECK_EQ(gpu() ? 0 : viewer_figures(&viewer).bytes_copied, 0);
	window_set_hints(app_window(viewer.app), WINDOW_TEARING); /* and content type */
	window_set_fullscreen(app_window(viewer.app), true);
	await_width(1920);
	post_some();
	CHECK(wayland->window.fullscreen);
	CHECK_EQ(wayland->window.height, 1080);
	CHECK(wayland->stage.target == wayland->root.surface); /* may be scanned out */
	window_set_fullscreen(app_window(viewer.app), false);
	await_width(1280);
	pump_until(is_on_child, NULL, "the picture is on the pane again");
	post_some();
	CHECK(!wayland->lost);
	close_all();
}

struct upright {
	uint32_t width, height;
	uint32_t *pixels;
};

static char *upright_wrong(const struct shot *shot, const void *data)
{
	const struct upright *upright = data;
	uint32_t width = upright->width, height = upright->height;

	if (shot->width != width || shot->height != height)
		return g_strdup_printf("the screen is %ux%u", shot->width, shot->height);
	for (size_t i = 0; i < (size_t)width * height; i++)
		if (shot->pixels[i] != (upright->pixels[i] & 0xffffff))
			return g_strdup_printf("pixel %zu,%zu is %06x, wanted %06x", i % width,
					       i / width, shot->pixels[i],
					       upright->pixels[i] & 0xffffff);
	return NULL;
}

static bool has_scale(void *data)
{
	return app_window(viewer.app)->scale120 == *(uint32_t *)data;
}

static void await_scale(uint32_t scale120)
{
	pump_until(has_scale, &scale120, "the window has another scale");
}

/* What KWin tells those who know of whole scales only is the next one. */
static void fractions_are_left_alone_at_will(void)
{
	start(KWIN, 1920, 1080, "1.5", NULL);
	open_script(1280, 720, 0);
	viewer_post_all(&viewer, &script);
	await_scale(180);
	window_set_hints(app_window(viewer.app), WINDOW_WHOLE_SCALE);
	await_scale(240);
	await_width(1280);
	post_some();
	window_set_hints(app_window(viewer.app), 0);
	await_scale(180);
	await_width(1280);
	post_some();
	CHECK(!((const struct wayland *)app_window(viewer.app))->lost);
	close_all();
}

/* Weston draws none; where we were built without libdecor there is none at all. */
static void frames_are_left_out_at_will(void)
{
	const struct wayland *wayland;

	start(WESTON_PIXMAN, 1024, 768, NULL, NULL);
	for (int decorations = 0; decorations < 2; decorations++) {
		viewer.options.window = &window_wayland;
		script_init(&script, 400, 300, 0);
		viewer_start(&viewer, &script);
		if (!decorations)
			window_set_hints(app_window(viewer.app), WINDOW_FRAMELESS);
		script_status(&script, SOURCE_RUNNING, "");
		viewer_post_all(&viewer, &script);
		wayland = (const struct wayland *)app_window(viewer.app);
		bool framed = decorations && shell_decor.destroy;
		CHECK_STR(wayland->shell->name, framed ? shell_decor.name : shell_xdg.name);
		viewer_stop(&viewer);
		script_finish(&script);
	}
	compositor_stop(&compositor);
}

static void check_upright(const struct pixel_image *image)
{
	struct upright upright;
	uint32_t w = image->width, h = image->height;
	g_autofree uint32_t *plain = g_new0(uint32_t, (size_t)w * h);
	g_autofree uint32_t *pixels = g_new0(uint32_t, (size_t)w * h);

	pixel_image_upright(image, &upright.width, &upright.height);
	pixel_to_bgrx(image, script.frames[script.newest].pixels, plain, (size_t)w * 4,
		      (struct rect){ 0, 0, w, h });
	pixel_rotate_bgrx(pixels, (size_t)upright.width * 4, plain, (size_t)w * 4, w, h,
			  image->rotation);
	upright.pixels = pixels;
	compositor_await(&compositor, upright_wrong, &upright);
}

static void show_pattern(enum compositor_kind kind, enum pixel_format format,
			 enum pixel_rotation rotation, const char *way)
{
	struct pixel_image image;
	bool turned = rotation & 1;

	start(kind, turned ? 301 : 683, turned ? 683 : 301, NULL, NULL);
	viewer.options.fullscreen = kind == KWIN_GL;
	CHECK_EQ(pixel_image_init(&image, format, 683, 301), 0);
	image.rotation = rotation;
	script_init(&script, 683 * 2, 301, 0);
	script_change_mode(&script, &image);
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	for (uint64_t number = 1; number <= 4; number++) {
		struct region damage;
		struct figures before = viewer_figures(&viewer);
		pattern_draw(&image, script_slot(&script), 0, image.data_height, number, 7);
		pattern_damage(&image, number, &damage);
		script_deliver(&script, number > 1 ? &damage : NULL);
		viewer_shown(&viewer, before.shown + before.skipped + 1);
	}
	check_upright(&image);
	CHECK_STR(viewer_figures(&viewer).way, way_for(way));
	close_all();
}

/* 10 bits a channel lose two on sway's screen: rounding differs, so its pixels are not compared. */
static void all_formats_are_shown(void)
{
	show_pattern(SWAY, PIXEL_BGRA, PIXEL_ROTATE_0, "direct");
	show_pattern(SWAY, PIXEL_RGBA, PIXEL_ROTATE_0, "direct");
	show_pattern(SWAY, PIXEL_RGBA16F, PIXEL_ROTATE_0, "copy");
	show_pattern(SWAY, PIXEL_BGR_32, PIXEL_ROTATE_0, "copy");
	show_pattern(SWAY, PIXEL_RGB_24, PIXEL_ROTATE_0, "copy");
}

static void turned_pictures_are_shown_upright(void)
{
	for (int turn = PIXEL_ROTATE_90; turn <= PIXEL_ROTATE_270; turn++) {
		show_pattern(SWAY, PIXEL_BGRA, (enum pixel_rotation)turn, "direct");
		show_pattern(SWAY, PIXEL_RGB_24, (enum pixel_rotation)turn, "copy");
	}
}

/* Whose rows have gaps, which KWin does not heed. */
static void turned_pictures_are_upright_at_kwin(void)
{
	for (int turn = PIXEL_ROTATE_0; turn <= PIXEL_ROTATE_270; turn++)
		show_pattern(KWIN_GL, PIXEL_BGRA, (enum pixel_rotation)turn, "direct");
	show_pattern(KWIN_GL, PIXEL_RGB_24, PIXEL_ROTATE_0, "copy");
}

/* ---- buffers ---- */

static void plain_guests_get_their_frames_back(void)
{
	start(SWAY, 800, 600, NULL, NULL);
	open_script(800, 600, 0);
	script.fleeting = true;
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	script.poison = true;
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	CHECK_STR(viewer_figures(&viewer).way, "copy");
	for (int i = 0; i < 4; i++)
		post_some();
	uint64_t before = viewer_figures(&viewer).bytes_copied;
	for (int i = 0; i < 20; i++) {
		post_some();
		CHECK_EQ(script.frames[script.newest].frame.refs, 0);
	}
	check_screen(whole(1));
	/* At most what changed since a buffer was written last: two or three frames' damage. */
	CHECK(viewer_figures(&viewer).bytes_copied - before < 20 * 800 * 600 * 4ull / 2);
	close_all();
}

static bool one_is_held(void *data)
{
	(void)data;
	return held() <= 1;
}

static void await_releases(void)
{
	pump_until(one_is_held, NULL, "the compositor gives back what it no longer shows");
}

static void slots_are_held_while_they_are_read(enum compositor_kind kind)
{
	start(kind, 1366, 768, NULL, NULL);
	viewer.options.fullscreen = TRUE;
	open_script(1366, 768, 0);
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	script.poison = true;
	for (int i = 0; i < 60; i++) {
		post_some();
		CHECK(held() <= 2);
		if (i % 20 == 0)
			check_screen(whole(1));
	}
	await_releases();
	CHECK_EQ(gpu() ? 0 : viewer_figures(&viewer).bytes_copied, 0);
	close_all();
}

static void slots_are_held_while_sway_reads_them(void)
{
	slots_are_held_while_they_are_read(SWAY);
}

static void slots_are_held_while_weston_reads_them(void)
{
	slots_are_held_while_they_are_read(WESTON_PIXMAN);
}

/* Faster than any screen: the newest is what is there in the end, and none is lost track of. */
static void floods_end_with_the_newest(void)
{
	start(SWAY, 800, 600, NULL, NULL);
	open_script(800, 600, 0);
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	struct figures before = viewer_figures(&viewer);
	for (int i = 0; i < 300; i++) {
		struct region damage = { 1, { { (uint32_t)i * 2, 100, 100, 100 } } };
		script_draw(&script, damage.rects[0]);
		script_post(&script, &damage);
		g_main_context_iteration(NULL, FALSE);
	}
	viewer_shown(&viewer, before.shown + before.skipped + 300);
	check_screen(whole(1));
	CHECK(viewer_figures(&viewer).skipped > before.skipped || gpu()); /* which draws at once */
	close_all();
}

/* ---- life ---- */

static int64_t number_behind(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	CHECK(at);
	return g_ascii_strtoll(at + strlen(what), NULL, 10);
}

static void windows_live_through_200_resizes(void)
{
	start(SWAY, 1600, 1000, NULL, "for_window [app_id=.*] floating enable");
	open_script(640, 480, 0);
	viewer_post_all(&viewer, &script);
	for (int i = 0; i < 200; i++) {
		g_autofree char *command = g_strdup_printf("[app_id=oriel-view] resize set %d %d",
							   200 + g_random_int_range(0, 1200),
							   200 + g_random_int_range(0, 700));
		g_free(compositor_tell(&compositor, command));
		post_some();
	}
	g_free(compositor_tell(&compositor, "[app_id=oriel-view] resize set 1280 960"));
	await_width(1280);
	post_some();
	g_free(compositor_tell(&compositor, "[app_id=oriel-view] floating disable"));
	window_set_scale(app_window(viewer.app), SCALE_INTEGER);
	check_screen((struct placement){ 160, 20, 1280, 960, 2 });
	CHECK_EQ(gpu() ? 0 : viewer_figures(&viewer).bytes_copied, 0);
	close_all();
}

static void random_mode(uint32_t width, uint32_t height)
{
	struct pixel_image image;
	enum pixel_format format = (enum pixel_format)g_random_int_range(PIXEL_BGRA,
									 PIXEL_FORMAT_COUNT);

	CHECK_EQ(pixel_image_init(&image, format, width, height), 0);
	image.rotation = (enum pixel_rotation)g_random_int_range(0, 4);
	script_change_mode(&script, &image);
	script.fleeting = g_random_boolean();
}

static unsigned open_descriptors(void)
{
	GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
	unsigned count = 0;

	while (dir && g_dir_read_name(dir))
		count++;
	if (dir)
		g_dir_close(dir);
	return count;
}

static void post_pattern(uint64_t number, bool all)
{
	struct region damage;

	pattern_draw(&script.image, script_slot(&script), 0, script.image.data_height, number, 7);
	pattern_damage(&script.image, number, &damage);
	script_deliver(&script, all ? NULL : &damage);
}

static bool has_shown_more(void *data)
{
	return viewer_figures(&viewer).shown > *(uint64_t *)data;
}

static void await_picture(uint64_t shown)
{
	pump_until(has_shown_more, &shown, "another picture is shown");
}

/* Sizes, formats, turns, plain guests and others, and a new guest now and then. */
static void modes_change_in_10000_frames(void)
{
	struct pixel_image last;
	unsigned descriptors = 0;

	start(SWAY, 800, 600, NULL, NULL);
	open_script(640, 480, 0);
	for (uint64_t number = 1; number <= 10000; number++) {
		bool fresh = number % 20 == 1;
		uint64_t shown = viewer_figures(&viewer).shown;
		if (number % 500 == 1)
			script_status(&script, number % 1000 == 1 ? SOURCE_RUNNING : SOURCE_RESTART,
				      "");
		if (fresh)
			random_mode((uint32_t)g_random_int_range(64, 640),
				    (uint32_t)g_random_int_range(64, 480));
		post_pattern(number, fresh);
		g_main_context_iteration(NULL, FALSE);
		if (number % 100 == 0)
			await_picture(shown);
		CHECK(held() <= 3);
		if (number == 1000)
			descriptors = open_descriptors();
	}
	await_releases();
	CHECK(open_descriptors() <= descriptors + 8);
	struct figures now = viewer_figures(&viewer);
	CHECK(now.shown >= 100 && now.shown + now.skipped > 5000);
	CHECK_EQ(pixel_image_init(&last, PIXEL_BGRA, 400, 300), 0);
	script_change_mode(&script, &last);
	script.fleeting = false;
	viewer_post_all(&viewer, &script);
	check_screen(whole(2));
	CHECK_STR(viewer_figures(&viewer).way, "direct");
	close_all();
}

/* The same toplevel, before and after. */
static void guests_come_back_into_the_same_window(void)
{
	struct pixel_image image;

	start(SWAY, 1024, 768, NULL, NULL);
	open_script(1024, 768, 0);
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	g_autofree char *tree = compositor_tell(&compositor, "get_tree");
	int64_t pid = number_behind(tree, "\"pid\": ");
	const char *view = strstr(tree, "\"app_id\": \"oriel-view\"");
	CHECK(view && pid > 0);
	for (int i = 0; i < 40; i++) {
		script_status(&script, SOURCE_RESTART, "");
		CHECK_EQ(
			pixel_image_init(&image, PIXEL_BGRA, i % 2 ? 1024 : 512, i % 2 ? 768 : 384),
			0);
		script_change_mode(&script, &image);
		script_status(&script, SOURCE_RUNNING, "");
		viewer_post_all(&viewer, &script);
		await_releases();
	}
	viewer_post_all(&viewer, &script);
	check_screen(whole(script.image.width == 512 ? 2 : 1));
	g_autofree char *after = compositor_tell(&compositor, "get_tree");
	CHECK(strstr(after, "\"app_id\": \"oriel-view\""));
	close_all();
}

static GError *ended;

static bool has_ended(void *data)
{
	(void)data;
	return app_ended(viewer.app, &ended);
}

static void killed_compositors_are_reported(void)
{
	g_clear_error(&ended);
	start(SWAY, 800, 600, NULL, NULL);
	open_script(800, 600, 0);
	viewer_post_all(&viewer, &script);
	compositor_kill(&compositor);
	pump_until(has_ended, NULL, "the viewer ends");
	CHECK(ended);
	CHECK_CONTAINS(ended->message, "the Wayland compositor went away");
	g_clear_error(&ended);
	close_all();
}

/* The compositor faults when it reads, and throws us out. */
static void lost_memory_is_no_end(enum compositor_kind kind)
{
	g_autofree char *path = NULL;

	start(kind, 1366, 768, NULL, NULL);
	viewer.options.fullscreen = TRUE;
	path = g_build_filename(compositor.dir, "memory", NULL);
	script_init_file(&script, 1366, 768, path);
	script.opaque = kind == WESTON_PIXMAN;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	post_some();
	CHECK_EQ(truncate(path, 4096), 0);
	window_set_scale(app_window(viewer.app), SCALE_ONE); /* drawn once more */
	script_deliver(&script, NULL);
	pump_ms(500); /* to read it, or not to: both must do */
	CHECK_EQ(truncate(path, (off_t)script.memory.size), 0);
	if (has_ended(NULL))
		test_fail("ended: %s", ended ? ended->message : "no reason");
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	close_all();
}

static void lost_memory_is_no_end_at_weston(void)
{
	lost_memory_is_no_end(WESTON_PIXMAN);
}

static void lost_memory_is_no_end_at_sway(void)
{
	lost_memory_is_no_end(SWAY);
}

static unsigned watched;
static bool watching;

static void on_watch(struct source *source, bool on)
{
	(void)source;
	watched++;
	watching = on;
}

static bool not_watching(void *data)
{
	(void)data;
	return !watching;
}

static bool is_watching(void *data)
{
	(void)data;
	return watching;
}

static void hidden_windows_let_the_guest_rest(void)
{
	struct source_impl impl = script_impl;

	start(SWAY, 800, 600, NULL, NULL);
	open_script(800, 600, 0);
	impl.watch = on_watch;
	script.source.impl = &impl;
	watched = 0;
	watching = true;
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	g_free(compositor_tell(&compositor, "workspace 2"));
	for (int i = 0; i < 3; i++)
		script_post(&script, NULL);
	pump_until(not_watching, NULL, "the guest may rest");
	g_free(compositor_tell(&compositor, "workspace 1"));
	pump_until(is_watching, NULL, "the guest must work again");
	CHECK_EQ(watched, 2);
	viewer_post_all(&viewer, &script);
	check_screen(whole(1));
	close_all();
}

/* ---- figures ---- */

static int by_value(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static uint64_t shown_at, asked_at;

/* Of the window, by the linker: the compositor has painted, and asks for the next picture. */
void __real_stage_asked(struct wayland *self);
void __wrap_stage_asked(struct wayland *self);
void __wrap_stage_asked(struct wayland *self)
{
	asked_at = asked_at ? asked_at : clock_ns();
	__real_stage_asked(self);
}

static void on_presented(struct frame *frame, uint64_t when_ns)
{
	(void)frame;
	shown_at = when_ns;
}

static bool is_shown(void *data)
{
	(void)data;
	return shown_at > 0;
}

static unsigned pixels_back;

static void on_pixels_back(struct frame *frame)
{
	(void)frame;
	pixels_back++;
}

struct moments {
	uint64_t painted[40], seen[40]; /* ns after the commit */
};

/* From the commit until the compositor has painted, and until it says that it is visible. Who draws
 * has drawn, and given the pixels back, long before that. */
static void time_commit(struct moments *out, size_t i)
{
	static struct frame_impl impl; /* frames know it until they are made anew */

	impl = script_frame_impl;
	impl.presented = on_presented;
	impl.give_back = on_pixels_back;
	script.frame_impl = &impl;
	shown_at = asked_at = 0;
	pixels_back = 0;
	script_slot(&script);
	uint64_t before = clock_ns();
	script_deliver(&script, NULL);
	uint64_t after = clock_ns();
	CHECK_EQ(shown_at, 0);
	CHECK_EQ(pixels_back, gpu());
	pump_until(is_shown, NULL, "the frame is presented");
	CHECK(shown_at > after && asked_at > after);
	script.frame_impl = NULL;
	out->painted[i] = asked_at - (gpu() ? after : before);
	out->seen[i] = shown_at - (gpu() ? after : before);
}

/* One in ten is quicker: a machine that is busy must do. */
static uint64_t quick(const char *what, uint64_t *took, size_t count)
{
	qsort(took, count, sizeof(*took), by_value);
	printf("# commit to %s: %.1f ms, at most %.1f ms\n", what, (double)took[count / 2] / 1e6,
	       (double)took[count - 1] / 1e6);
	return took[count / 10];
}

/* weston's headless screen begins to paint 9 ms after a commit: a refresh less 7 ms. The pixels are
 * in its frame buffer then, and it sends the frame callback; when a timer of 16 ms has gone off it
 * calls them visible. */
static void changes_are_visible_within_refreshes(void)
{
	static const uint64_t refresh = NS_PER_S / 60;
	struct moments took;

	start(WESTON_PIXMAN, 1366, 768, NULL, NULL);
	open_script(1366, 768, 0);
	viewer_post_all(&viewer, &script);
	viewer_post_all(&viewer, &script);
	for (size_t i = 0; i < ARRAY_LEN(took.seen); i++) {
		pump_ms(60 + (unsigned)i % 17);
		time_commit(&took, i);
	}
	CHECK(quick("pixels in the frame buffer", took.painted, ARRAY_LEN(took.painted)) < refresh);
	CHECK(quick("presentation", took.seen, ARRAY_LEN(took.seen)) < 4 * refresh);
	close_all();
}

static unsigned count_commits(const char *log, double after_s)
{
	g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
	double first = 0;
	unsigned commits = 0;

	for (int i = 0; lines[i]; i++) {
		double stamp = lines[i][0] == '[' ? g_ascii_strtod(lines[i] + 1, NULL) / 1000 : 0;
		first = first > 0 ? first : stamp;
		commits += stamp > first + after_s && strstr(lines[i], ".commit()") != NULL;
	}
	return commits;
}

static unsigned commits_of(const char *source)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
		G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
	g_autofree char *log = NULL;

	g_subprocess_launcher_setenv(launcher, "WAYLAND_DEBUG", "1", TRUE);
	g_autoptr(GSubprocess) process = g_subprocess_launcher_spawn(launcher, NULL, view_program,
								     "--window=wayland", source,
								     "--exit-after=2.5s", NULL);
	CHECK(process);
	CHECK(g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &log, NULL));
	CHECK_CONTAINS(log, "create_pool");
	return count_commits(log, 1);
}

static void still_pictures_are_not_committed(void)
{
	start(SWAY, 1024, 768, NULL, NULL);
	CHECK_EQ(commits_of("--source=pattern:800x600@0"), 0);
	CHECK(commits_of("--source=pattern:800x600@20") > 20);
	compositor_stop(&compositor);
}

static const struct test_case cases[] = {
	TEST(every_pixel_arrives_at_sway),
	TEST(every_pixel_arrives_at_weston),
	TEST(every_pixel_arrives_at_weston_gl),
	TEST(textures_arrive_or_are_refused),
	TEST(full_screens_are_so_from_the_first),
	TEST(windows_are_letterboxed_in_black),
	TEST(damage_is_enough),
	TEST(one_to_one_is_cut),
	TEST(scaled_screens_get_their_own_pixels),
	TEST(scaled_pictures_have_clean_edges),
	TEST(fractions_are_pixel_by_pixel_at_kwin),
	TEST(no_damage_is_lost_at_kwin),
	TEST(turned_pictures_are_upright_at_kwin),
	TEST(fractions_are_exact_at_kwin),
	TEST(fractions_are_left_alone_at_will),
	TEST(frames_are_left_out_at_will),
	TEST(all_formats_are_shown),
	TEST(turned_pictures_are_shown_upright),
	TEST(plain_guests_get_their_frames_back),
	TEST(slots_are_held_while_sway_reads_them),
	TEST(slots_are_held_while_weston_reads_them),
	TEST(floods_end_with_the_newest),
	TEST(windows_live_through_200_resizes),
	TEST(modes_change_in_10000_frames),
	TEST(guests_come_back_into_the_same_window),
	TEST(killed_compositors_are_reported),
	TEST(lost_memory_is_no_end_at_weston),
	TEST(lost_memory_is_no_end_at_sway),
	TEST(hidden_windows_let_the_guest_rest),
	TEST(still_pictures_are_not_committed),
	TEST(changes_are_visible_within_refreshes),
};

/* PROGRAM oriel-view [CASE] */
static const struct test_case gpu_cases[] = {
	TEST(every_pixel_arrives_at_weston),
	TEST(every_pixel_arrives_at_sway),
	TEST(every_pixel_arrives_at_weston_gl),
	TEST(textures_arrive_or_are_refused),
	TEST(windows_are_letterboxed_in_black),
	TEST(one_to_one_is_cut),
	TEST(all_formats_are_shown),
	TEST(turned_pictures_are_shown_upright),
	TEST(floods_end_with_the_newest),
	TEST(windows_live_through_200_resizes),
	TEST(guests_come_back_into_the_same_window),
	TEST(hidden_windows_let_the_guest_rest),
	TEST(still_pictures_are_not_committed),
	TEST(changes_are_visible_within_refreshes),
};

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	view_program = argv[1];
	guard_install();
	if (argc > 2 && strcmp(argv[2], "gpu") == 0)
		usual_way = "gpu";
	int status = gpu() ? test_main(argc - 2, argv + 2, gpu_cases, ARRAY_LEN(gpu_cases))
			   : test_main(argc - 1, argv + 1, cases, ARRAY_LEN(cases));
	tidy();
	return status;
}
