/* What lies over the picture in an X11 window: it stays there whatever presenter draws below, and
 * costs the guest nothing. With ORIEL_PICTURES=FOLDER the windows are written there, to look at. */
#include "view_rig.h"

#include <cairo.h>
#include <linux/input-event-codes.h>
#include <xcb/shape.h>

#include "view/hud/hud.h"

static struct server server;
static struct script script;
static struct viewer viewer;
static char *way; /* presenter */

static void close_all(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
}

static void open_all(uint32_t width, uint32_t height)
{
	if (viewer.app)
		close_all();
	viewer.options.way = way;
	viewer.options.hud.font_size = 14;
	viewer.options.hud.colour = 0xffffffff;
	viewer.options.hud.alerts = TRUE;
	viewer.options.hud.status = TRUE;
	viewer.options.hud.dim = TRUE;
	script_init(&script, width, height, 0);
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
}

static struct hud *hud(void)
{
	return app_hud(viewer.app);
}

static void post_some(void)
{
	const struct rect rect = { (uint32_t)g_random_int_range(0, 200),
				   (uint32_t)g_random_int_range(0, 150), 160, 120 };
	struct region damage = { 0 };

	region_add(&damage, rect);
	script_draw(&script, rect);
	viewer_post(&viewer, &script, &damage);
}

static void open_shown(uint32_t width, uint32_t height)
{
	open_all(width, height);
	viewer_post_all(&viewer, &script);
	pump_ms(50);
	viewer_post_all(&viewer, &script);
}

static uint32_t *grab(uint32_t *width, uint32_t *height)
{
	server_sync(&server);
	return server_grab(&server, server_window(&server), width, height);
}

static void keep(const char *name)
{
	const char *folder = getenv("ORIEL_PICTURES");
	uint32_t width, height;

	if (!folder)
		return;
	g_autofree uint32_t *pixels = grab(&width, &height);
	g_autofree char *file = g_strdup_printf("%s/%s-%s.png", folder, way, name);
	cairo_surface_t *surface = cairo_image_surface_create_for_data(
		(uint8_t *)pixels, CAIRO_FORMAT_RGB24, (int)width, (int)height, (int)width * 4);
	cairo_surface_write_to_png(surface, file);
	cairo_surface_destroy(surface);
}

/* ---- panels ---- */

#define SIDE 64

/* Its left half is opaque, then a stripe of three quarters, then nothing. */
static uint32_t panel_pixel(uint32_t x, uint32_t y)
{
	if (x < SIDE / 2)
		return 0xff000000 | (x * 3 << 16) | (y * 3 << 8) | 0x55;
	return x < SIDE * 3 / 4 ? 0xbf2040b0 : 0;
}

static void set_panel(unsigned place, int32_t x, int32_t y)
{
	static uint32_t pixels[SIDE][SIDE];

	for (uint32_t row = 0; row < SIDE; row++)
		for (uint32_t column = 0; column < SIDE; column++)
			pixels[row][column] = panel_pixel(column, row);
	CHECK(window_set_panel(app_window(viewer.app), place,
			       &(struct panel){ x, y, SIDE, SIDE, sizeof(pixels[0]), pixels }));
}

/* What the window has to show: the model, and the panel with its corner at px, py (or none). */
static uint32_t wanted(uint32_t x, uint32_t y, int32_t px, int32_t py)
{
	int32_t column = (int32_t)x - px, row = (int32_t)y - py;

	if (px >= 0 && column >= 0 && column < SIDE && row >= 0 && row < SIDE) {
		uint32_t pixel = panel_pixel((uint32_t)column, (uint32_t)row);
		if (pixel)
			return pixel & 0xffffff;
	}
	return script.model[(size_t)y * script.image.width + x] & 0xffffff;
}

static void check(int32_t px, int32_t py)
{
	uint32_t width, height;
	g_autofree uint32_t *pixels = grab(&width, &height);

	CHECK_EQ(width, script.image.width);
	CHECK_EQ(height, script.image.height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			if (pixels[(size_t)y * width + x] != wanted(x, y, px, py))
				test_fail("pixel %u,%u is %06x, wanted %06x", x, y,
					  pixels[(size_t)y * width + x], wanted(x, y, px, py));
}

static void panels_stay_above_frames(void)
{
	open_shown(400, 300);
	set_panel(3, 100, 80);
	check(100, 80);
	for (int i = 0; i < 20; i++) {
		post_some();
		check(100, 80);
	}
	viewer_post_all(&viewer, &script);
	check(100, 80);
	close_all();
}

static void panels_move_and_go(void)
{
	open_shown(400, 300);
	set_panel(3, 100, 80);
	pump_ms(50);
	set_panel(3, 290, 10);
	pump_ms(50);
	check(290, 10);
	window_set_panel(app_window(viewer.app), 3, NULL);
	pump_ms(50);
	check(-1, -1);
	close_all();
}

static void higher_places_cover_lower_ones(void)
{
	open_shown(400, 300);
	set_panel(5, 100, 80);
	set_panel(2, 100 + SIDE / 4, 80);
	set_panel(0, 100, 80 + SIDE / 4);
	uint32_t width, height;
	g_autofree uint32_t *pixels = grab(&width, &height);
	for (uint32_t y = 0; y < SIDE; y++)
		for (uint32_t x = 0; x < SIDE * 3 / 4; x++)
			CHECK_EQ(pixels[(80 + y) * width + 100 + x], panel_pixel(x, y) & 0xffffff);
	close_all();
}

/* The server repairs them: nothing comes to us, and nobody asks for a picture. */
static void exposed_panels_cost_nothing(void)
{
	open_shown(400, 300);
	set_panel(3, 100, 80);
	/* Windows that were covered once keep a copy from then on. */
	server_uncover(&server, server_cover(&server, 0, 0, 10, 10));
	pump_ms(100);
	unsigned refreshes = script.refreshes;
	uint64_t shown = viewer_figures(&viewer).shown;
	xcb_window_t cover = server_cover(&server, 104, 84, SIDE / 2 - 8, SIDE - 8);
	pump_ms(30);
	server_uncover(&server, cover);
	pump_ms(50);
	CHECK_EQ(viewer_figures(&viewer).shown, shown);
	CHECK_EQ(script.refreshes, refreshes);
	check(100, 80);
	close_all();
}

static void input_passes_panels(void)
{
	open_shown(400, 300);
	set_panel(3, 100, 80);
	server_sync(&server);
	xcb_window_t window = server_window(&server);
	g_autofree xcb_translate_coordinates_reply_t *hit = xcb_translate_coordinates_reply(
		server.xcb, xcb_translate_coordinates(server.xcb, window, window, 110, 90), NULL);
	CHECK(hit);
	if (strcmp(way, "gpu") != 0)
		CHECK_EQ(hit->child, XCB_NONE);
	close_all();
}

/* ---- the HUD ---- */

static void run_for(unsigned frames)
{
	for (unsigned i = 0; i < frames; i++) {
		post_some();
		pump_ms(8);
	}
}

static void numbers_come_and_stand(void)
{
	viewer.options.hud.fps = TRUE;
	viewer.options.hud.graph = TRUE;
	open_shown(800, 600);
	run_for(100);
	uint64_t flowing = hud_drawn(hud());
	CHECK(flowing >= 4);
	keep("numbers");
	pump_ms(2600);
	uint64_t stood = hud_drawn(hud());
	CHECK(stood - flowing <= 6);
	pump_ms(1200);
	CHECK_EQ(hud_drawn(hud()), stood);
	hud_toggle(hud(), HUD_STATS | HUD_GRAPH);
	pump_ms(50);
	check(-1, -1);
	close_all();
}

static void set_resources(const char *text)
{
	xcb_change_property(server.xcb, XCB_PROP_MODE_REPLACE, server.screen->root,
			    XCB_ATOM_RESOURCE_MANAGER, XCB_ATOM_STRING, 8, (uint32_t)strlen(text),
			    text);
	server_sync(&server);
}

/* X11 has no scale but for the desktop's habit of telling the resolution of text. */
static void text_grows_with_the_desktops(void)
{
	set_resources("*customization: -color\nXft.dpi:\t192\nXft.antialias: 1\n");
	viewer.options.hud.fps = TRUE;
	open_shown(800, 600);
	CHECK_EQ(app_window(viewer.app)->scale120, 240);
	run_for(20);
	keep("large");
	close_all();
	set_resources("Xft.dpi: 1e9\n");
	open_shown(400, 300);
	CHECK_EQ(app_window(viewer.app)->scale120, 120);
	close_all();
	set_resources("");
}

static void hidden_huds_draw_nothing(void)
{
	open_shown(400, 300);
	run_for(30);
	pump_ms(600);
	CHECK_EQ(hud_drawn(hud()), 0);
	CHECK(!hud_wants_pictures(hud()));
	check(-1, -1);
	close_all();
}

static void alerts_go_by_themselves(void)
{
	open_shown(800, 600);
	hud_alert(hud(), 0.5, "The keyboard is the guest's now; ScrollLock gives it back");
	hud_alert(hud(), 5, "Scale: integer");
	pump_ms(50);
	keep("alerts");
	CHECK_EQ(hud_drawn(hud()), 2);
	pump_ms(900);
	CHECK(hud_drawn(hud()) >= 3 && hud_drawn(hud()) <= 7);
	keep("alert");
	close_all();
}

static void small_memory_is_said(void)
{
	open_all(800, 600);
	script_draw(&script, (struct rect){ 0, 0, 800, 600 });
	script.image.data_height = 400;
	viewer_post(&viewer, &script, NULL);
	pump_ms(50);
	CHECK(hud_drawn(hud()) >= 1 && hud_drawn(hud()) <= 2); /* the window found its size */
	keep("memory");
	close_all();
}

static void help_is_shown(void)
{
	static const struct hud_key keys[] = {
		{ "ScrollLock", "Capture keyboard and pointer, or let them go" },
		{ "Q", "Quit" },
		{ "F", "Full screen and back" },
		{ "Shift+R", "Turn the picture by 90 degrees" },
		{ "D", "Show rates" },
		{ "T", "Show latencies as a graph" },
		{ "S", "Write a screenshot" },
	};

	open_shown(800, 600);
	hud_set_help(hud(), "Hold ScrollLock and press", keys, ARRAY_LEN(keys));
	CHECK_EQ(hud_drawn(hud()), 0);
	hud_toggle(hud(), HUD_HELP);
	CHECK_EQ(hud_drawn(hud()), 1);
	keep("help");
	close_all();
}

static unsigned answered;

static void on_answer(void *data, unsigned answer)
{
	(void)data;
	answered += 1 + answer;
}

/* Every second row of the picture, away from the card. */
static bool is_dimmed(void *data)
{
	uint32_t width, height;
	g_autofree uint32_t *got = grab(&width, &height);

	for (uint32_t y = 0; y < 20; y++)
		for (uint32_t x = 0; x < width; x++)
			if ((got[y * width + x] & 0xffffff) !=
			    (y % 2 && *(bool *)data ? 0 : wanted(x, y, -1, -1)))
				return false;
	return true;
}

static void questions_wait_for_their_keys(void)
{
	bool dimmed = true;

	static const struct hud_question question = {
		.title = "Quit?",
		.text = "The virtual machine keeps running. This sentence is long so that it has "
			"to be broken into several lines.",
		.answers = { { KEY_ENTER, "Enter", "Quit" }, { KEY_ESC, "Esc", "Stay" } },
		.count = 2,
	};

	open_shown(800, 600);
	answered = 0;
	CHECK(!hud_press(hud(), KEY_ENTER, true));
	CHECK(hud_ask(hud(), &question, on_answer, NULL));
	keep("question");
	pump_until(is_dimmed, &dimmed, "the picture is dimmed");
	post_some();
	pump_until(is_dimmed, &dimmed, "the picture is dimmed still");
	CHECK(hud_press(hud(), KEY_A, true));
	CHECK_EQ(answered, 0);
	CHECK(hud_press(hud(), KEY_ESC, true));
	CHECK_EQ(answered, 2);
	CHECK(!hud_asking(hud()));
	pump_ms(50);
	check(-1, -1);
	close_all();
}

static void close_window(void)
{
	const struct window *window = app_window(viewer.app);

	window->listener->closed(window->data);
}

static void closing_asks_where_that_is_wanted(void)
{
	viewer.options.confirm_quit = TRUE;
	open_shown(400, 300);
	close_window();
	CHECK(hud_asking(hud()));
	CHECK(!app_ended(viewer.app, NULL));
	CHECK(hud_press(hud(), KEY_ESC, true));
	CHECK(!app_ended(viewer.app, NULL));
	close_window();
	CHECK(hud_press(hud(), KEY_ENTER, true));
	CHECK(app_ended(viewer.app, NULL));
	close_all();
}

static void closing_twice_is_an_answer(void)
{
	viewer.options.confirm_quit = TRUE;
	open_shown(400, 300);
	close_window();
	CHECK(!app_ended(viewer.app, NULL));
	close_window();
	CHECK(app_ended(viewer.app, NULL));
	close_all();
}

static const struct test_case cases[] = {
	TEST(panels_stay_above_frames),
	TEST(panels_move_and_go),
	TEST(higher_places_cover_lower_ones),
	TEST(exposed_panels_cost_nothing),
	TEST(input_passes_panels),
	TEST(numbers_come_and_stand),
	TEST(text_grows_with_the_desktops),
	TEST(hidden_huds_draw_nothing),
	TEST(alerts_go_by_themselves),
	TEST(small_memory_is_said),
	TEST(help_is_shown),
	TEST(questions_wait_for_their_keys),
	TEST(closing_asks_where_that_is_wanted),
	TEST(closing_twice_is_an_answer),
};

int main(int argc, char **argv)
{
	g_autofree char *xvfb = g_find_program_in_path("Xvfb");
	if (!xvfb) {
		printf("1..0 # SKIP no Xvfb here (package xvfb)\n");
		return 0;
	}
	way = argc > 1 ? argv[1] : (char *)"direct";
	server_start(&server, "1280x960x24");
	int status = test_main(argc - (argc > 1), argv + (argc > 1), cases, ARRAY_LEN(cases));
	server_stop(&server);
	return status;
}
