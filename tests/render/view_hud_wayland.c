/* What lies over the picture at Wayland compositors: panels blend, move, go, and frames pass below
 * them without being touched. ORIEL_TEST_PICTURES=FOLDER keeps the screens, to look at. */
#include "compositor.h"
#include "view_rig.h"

#include <string.h>

#include "view/hud/hud.h"
#include "view/present/present.h"

#define SIDE 60

static struct compositor compositor;
static struct script script;
static struct viewer viewer;
static const char *way = "direct";

static void tidy(void)
{
	if (viewer.app) {
		viewer_stop(&viewer);
		script_finish(&script);
	}
	compositor_stop(&compositor);
}

static void post_some(void)
{
	const struct rect rect = { (uint32_t)g_random_int_range(0, 200),
				   (uint32_t)g_random_int_range(0, 100), 120, 100 };
	struct region damage = { 0 };

	region_add(&damage, rect);
	script_draw(&script, rect);
	viewer_post(&viewer, &script, &damage);
}

/* A third opaque, a third half of it, a third nothing. Premultiplied. */
static uint32_t panel_pixel(uint32_t x, uint32_t y)
{
	if (x < SIDE / 3)
		return 0xff000000 | (x * 4 << 16) | (y * 4 << 8) | 0x55;
	return x < SIDE * 2 / 3 ? 0x80402010 : 0;
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

static uint32_t blend(uint32_t over, uint32_t below)
{
	uint32_t out = 0, rest = 255 - (over >> 24);

	for (int shift = 0; shift < 24; shift += 8)
		out |= ((over >> shift & 0xff) + ((below >> shift & 0xff) * rest + 127) / 255)
		       << shift;
	return out;
}

/* Compositors round in their own ways. */
static bool alike(uint32_t a, uint32_t b)
{
	for (int shift = 0; shift < 24; shift += 8)
		if (abs((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff)) > 2)
			return false;
	return true;
}

struct corner {
	int32_t x, y; /* of the panel; -1: there is none */
};

static uint32_t wanted(const struct corner *corner, uint32_t x, uint32_t y, bool *over)
{
	uint32_t model = script.model[(size_t)y * script.image.width + x] & 0xffffff;
	uint32_t column = x - (uint32_t)corner->x, row = y - (uint32_t)corner->y;

	*over = corner->x >= 0 && column < SIDE && row < SIDE;
	return *over ? blend(panel_pixel(column, row), model) : model;
}

static char *screen_wrong(const struct shot *shot, const void *data)
{
	if (shot->width != script.image.width || shot->height != script.image.height)
		return g_strdup_printf("the screen is %ux%u", shot->width, shot->height);
	for (uint32_t y = 0; y < shot->height; y++)
		for (uint32_t x = 0; x < shot->width; x++) {
			bool over;
			uint32_t want = wanted(data, x, y, &over);
			uint32_t got = shot->pixels[(size_t)y * shot->width + x];
			if (over ? !alike(got, want) : got != want)
				return g_strdup_printf("pixel %u,%u is %06x, wanted %06x", x, y,
						       got, want);
		}
	return NULL;
}

/* The screen shows the model, and the panel with its corner at px, py (or none); soon. */
static void check(int32_t px, int32_t py)
{
	const struct corner corner = { px, py };

	compositor_await(&compositor, screen_wrong, &corner);
}

static void open_all(enum compositor_kind kind, const char *scale)
{
	tidy();
	compositor_start(&compositor, kind, 720, 480, scale, NULL);
	viewer.options = (struct options){ .window = &window_wayland,
					   .way = (char *)way,
					   .fullscreen = TRUE,
					   .hud = { .alerts = TRUE,
						    .status = TRUE,
						    .dim = TRUE,
						    .font_size = 14,
						    .colour = 0xffffffff } };
	script_init(&script, 720, 480, 0);
	script.opaque = kind == WESTON_PIXMAN;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	viewer_post_all(&viewer, &script);
	check(-1, -1);
}

static void panels_lie_over_the_picture(enum compositor_kind kind, const char *scale)
{
	open_all(kind, scale);
	set_panel(3, 98, 60);
	check(98, 60);
	for (int i = 0; i < 10; i++)
		post_some();
	check(98, 60);
	CHECK_STR(viewer_figures(&viewer).way, way);
	CHECK_EQ(strcmp(way, "gpu") == 0 ? 0 : viewer_figures(&viewer).bytes_copied, 0);
	set_panel(3, 300, 180);
	check(300, 180);
	window_set_panel(app_window(viewer.app), 3, NULL);
	check(-1, -1);
	tidy();
}

static void panels_lie_over_the_picture_at_weston(void)
{
	panels_lie_over_the_picture(WESTON_PIXMAN, NULL);
}

static void panels_lie_over_the_picture_at_sway(void)
{
	panels_lie_over_the_picture(SWAY, NULL);
}

static void panels_lie_over_what_the_gpu_draws(void)
{
	if (!present_gpu.create)
		test_skip("built without the GPU's presenter");
	way = "gpu";
	panels_lie_over_the_picture(WESTON_PIXMAN, NULL);
	panels_lie_over_the_picture(SWAY, NULL);
	way = "direct";
}

/* 1.5 would do as well where sway knows of fractions (1.7 does not). */
static void panels_have_the_screens_own_pixels(void)
{
	panels_lie_over_the_picture(SWAY, "2");
}

static char *hud_wrong(const struct shot *shot, const void *data)
{
	size_t at = 40 * shot->width + 40;

	(void)data;
	return shot->pixels[at] != (script.model[at] & 0xffffff) ? NULL : g_strdup("no HUD");
}

/* Numbers, alerts and status, for who looks; then all of it goes. */
static void huds_come_and_go(void)
{
	open_all(SWAY, "2");
	hud_show(app_hud(viewer.app), HUD_STATS | HUD_GRAPH);
	hud_alert(app_hud(viewer.app), 60, "Keyboard and pointer are the guest's");
	hud_set_fact(app_hud(viewer.app), HUD_FACT_MEMORY, "Shared memory too small");
	for (int i = 0; i < 60; i++)
		post_some();
	compositor_await(&compositor, hud_wrong, NULL);
	hud_show(app_hud(viewer.app), 0);
	hud_set_fact(app_hud(viewer.app), HUD_FACT_MEMORY, NULL);
	viewer.options.hud.alerts = FALSE;
	hud_apply(app_hud(viewer.app));
	check(-1, -1);
	tidy();
}

static const struct test_case cases[] = {
	TEST(panels_lie_over_the_picture_at_weston),
	TEST(panels_lie_over_the_picture_at_sway),
	TEST(panels_lie_over_what_the_gpu_draws),
	TEST(panels_have_the_screens_own_pixels),
	TEST(huds_come_and_go),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	tidy();
	return status;
}
