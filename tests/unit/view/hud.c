/* What is written over the picture: its place in windows of any size, and when it is drawn. */
#include <linux/input-event-codes.h>

#include "base/clock.h"
#include "test.h"
#include "view/hud/alerts.h"
#include "view/hud/graph.h"
#include "view/hud/hud.h"
#include "view/hud/place.h"
#include "view/hud/rates.h"

/* ---- a window that counts ---- */

struct fake {
	struct window window;
	unsigned given, taken;
	struct panel last[WINDOW_PANELS];
};

static void fake_set_panel(struct window *window, unsigned place, const struct panel *panel)
{
	struct fake *self = (struct fake *)window;

	self->given += panel != NULL;
	self->taken += panel == NULL;
	self->last[place] = panel ? *panel : (struct panel){ 0 };
}

static const struct window_impl fake_impl = { .name = "fake", .set_panel = fake_set_panel };
static const struct window_impl bare_impl = { .name = "bare" };

static struct fake fake;
static struct hud_options options;
static struct figures figures;
static unsigned looks; /* at them */
static struct hud *hud;

static void collect(void *data, struct figures *out)
{
	(void)data;
	looks++;
	*out = figures;
}

static void open_hud(uint32_t width, uint32_t height, uint32_t scale120)
{
	hud_destroy(hud);
	fake = (struct fake){ .window = { .impl = &fake_impl,
					  .width = width,
					  .height = height,
					  .scale120 = scale120 } };
	options = (struct hud_options){
		.alerts = TRUE, .status = TRUE, .dim = TRUE, .font_size = 14, .colour = 0xffffffff
	};
	figures = (struct figures){ .way = "direct", .wake = "futex" };
	hud = hud_create(&fake.window, &options, collect, NULL);
}

static void close_hud(void)
{
	hud_destroy(hud);
	hud = NULL;
}

static void pump_ms(unsigned ms)
{
	uint64_t end = clock_ns() + ms * UINT64_C(1000000);

	while (clock_ns() < end) {
		g_main_context_iteration(NULL, FALSE);
		g_usleep(2000);
	}
}

static void picture(void)
{
	static const uint64_t stages[SOURCE_STAGES] = { 1000000, 2000000, 300000,
							400000,  5000000, 8700000 };

	figures.in++;
	figures.shown++;
	hud_picture(hud, stages, 5700000);
}

/* ---- places ---- */

static void check_inside(const struct panel *panel)
{
	if (!panel->width)
		return;
	CHECK(panel->x >= 0 && panel->y >= 0);
	CHECK((uint32_t)panel->x + panel->width <= fake.window.width);
	CHECK((uint32_t)panel->y + panel->height <= fake.window.height);
	CHECK(panel->width <= 4096 && panel->height <= 4096);
}

static const char long_text[] =
	"a sentence that is much longer than any window is wide, because somebody has named his "
	"virtual machine after all of his ancestors, and then some more words, \xe2\x80\xa6 and "
	"a-word-without-any-place-to-break-it-that-goes-on-and-on-and-on-and-on-and-on-and-on";

static void show_everything(void)
{
	struct hud_key keys[30];
	const struct hud_question question = {
		long_text, long_text, { { KEY_ENTER, "Enter", long_text } }, 1
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		keys[i] = (struct hud_key){ i == 7 ? long_text : "Shift+R", long_text };
	hud_set_note(hud, long_text);
	hud_show(hud, HUD_STATS | HUD_GRAPH);
	picture();
	hud_set_help(hud, long_text, keys, ARRAY_LEN(keys));
	hud_toggle(hud, HUD_HELP);
	for (int i = 0; i < 6; i++)
		hud_alert(hud, 60, "%d %s", i, long_text);
	for (unsigned i = 0; i < HUD_FACTS; i++)
		hud_set_fact(hud, i, long_text);
	CHECK(hud_ask(hud, &question, NULL, NULL));
}

static void panels_stay_inside_their_window(void)
{
	static const uint32_t sizes[][2] = { { 1, 1 },       { 17, 300 },   { 160, 120 },
					     { 320, 240 },   { 1366, 768 }, { 600, 1024 },
					     { 3840, 2160 }, { 7680, 4320 } };
	static const uint32_t scales[] = { 120, 150, 180, 240, 360 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t j = 0; j < ARRAY_LEN(scales); j++) {
			open_hud(sizes[i][0], sizes[i][1], scales[j]);
			show_everything();
			CHECK_EQ(fake.taken, 0);
			for (unsigned place = 0; place < HUD_PLACES; place++) {
				CHECK(fake.last[place].width > 0);
				check_inside(&fake.last[place]);
			}
		}
	close_hud();
}

static void text_grows_with_the_scale(void)
{
	CHECK_EQ(place_em(14, 120, 1920, 1080), 14);
	CHECK_EQ(place_em(14, 180, 1920, 1080), 21);
	CHECK_EQ(place_em(14, 360, 3840, 2160), 42);
	CHECK(place_em(14, 120, 160, 120) < 14);
	CHECK(place_em(96, 360, 160, 120) <= 6);
}

static void windows_may_shrink_while_it_is_shown(void)
{
	open_hud(1920, 1080, 120);
	show_everything();
	fake.window.width = 300;
	fake.window.height = 200;
	hud_resized(hud);
	for (unsigned place = 0; place < HUD_PLACES; place++)
		check_inside(&fake.last[place]);
	unsigned given = fake.given;
	hud_resized(hud);
	CHECK_EQ(fake.given, given);
	close_hud();
}

static void long_names_are_cut_between_characters(void)
{
	struct sheet sheet;

	sheet_begin(&sheet, SHEET_PILLS, NULL);
	g_autoptr(GString) text = g_string_new("x");
	while (text->len < 500)
		g_string_append(text, "\xe2\x82\xac");
	struct sheet_row *row = sheet_add(&sheet, text->str, "%s", text->str);
	CHECK(g_utf8_validate(row->left, -1, NULL));
	CHECK(g_utf8_validate(row->right, -1, NULL));
	CHECK(strlen(row->right) >= sizeof(row->right) - 4);
	while (sheet.count < SHEET_ROWS)
		CHECK(sheet_add(&sheet, "", "%s", "x"));
	CHECK(!sheet_add(&sheet, "", "%s", "one too many"));
}

/* ---- drawing only what changed ---- */

static void alerts_make_room(void)
{
	const struct panel *alert = &fake.last[HUD_ALERTS], *status = &fake.last[HUD_STATUS];

	open_hud(800, 600, 120);
	hud_alert(hud, 60, "a sentence that is as wide as most of this small window");
	int32_t high = alert->y;
	hud_set_fact(hud, HUD_FACT_MEMORY, "no");
	CHECK_EQ(alert->y, high);
	CHECK_EQ(fake.given, 2); /* they do not meet */
	hud_set_fact(hud, HUD_FACT_MEMORY, "another sentence, as wide as most of this window");
	CHECK(alert->y >= status->y + (int32_t)status->height);
	hud_set_fact(hud, HUD_FACT_MEMORY, NULL);
	CHECK_EQ(alert->y, high);
	close_hud();
}

static void nothing_is_drawn_twice(void)
{
	open_hud(800, 600, 120);
	hud_set_fact(hud, HUD_FACT_MEMORY, "too small");
	hud_set_fact(hud, HUD_FACT_MEMORY, "too small");
	CHECK_EQ(fake.given, 1);
	hud_set_fact(hud, HUD_FACT_MEMORY, NULL);
	hud_set_fact(hud, HUD_FACT_MEMORY, NULL);
	CHECK_EQ(fake.taken, 1);
	hud_alert(hud, 60, "once");
	hud_alert(hud, 60, "once");
	CHECK_EQ(fake.given, 2);
	hud_show(hud, HUD_STATS);
	CHECK_EQ(fake.given, 3);
	hud_show(hud, HUD_STATS);
	CHECK_EQ(fake.given, 3);
	close_hud();
}

static void numbers_are_drawn_twice_a_second_and_stand(void)
{
	open_hud(800, 600, 120);
	hud_show(hud, HUD_STATS);
	for (int i = 0; i < 150; i++) {
		picture();
		pump_ms(10);
	}
	CHECK(fake.given >= 2 && fake.given <= 6); /* 1 at first and 2 per second */
	pump_ms(2000);
	unsigned stood = fake.given, looked = looks;
	pump_ms(1500);
	CHECK_EQ(fake.given, stood);
	CHECK_EQ(looks, looked); /* nothing ticks */
	close_hud();
}

static void graphs_are_drawn_ten_times_a_second(void)
{
	open_hud(800, 600, 120);
	hud_show(hud, HUD_GRAPH);
	for (int i = 0; i < 200; i++) {
		picture();
		pump_ms(5);
	}
	CHECK(fake.given >= 4 && fake.given <= 40);
	pump_ms(2000);
	unsigned stood = fake.given;
	pump_ms(1000);
	CHECK_EQ(fake.given, stood);
	hud_toggle(hud, HUD_GRAPH);
	picture();
	pump_ms(700);
	CHECK_EQ(fake.given, stood);
	CHECK_EQ(fake.taken, 1);
	close_hud();
}

static void windows_without_panels_are_left_alone(void)
{
	const struct hud_question question = { "?", NULL, { { KEY_ESC, "Esc", "no" } }, 1 };

	open_hud(0, 0, 120);
	fake.window.impl = &bare_impl;
	hud_show(hud, HUD_STATS | HUD_GRAPH);
	picture();
	hud_alert(hud, 0.01, "nobody");
	pump_ms(600);
	CHECK(!hud_ask(hud, &question, NULL, NULL));
	CHECK(!hud_asking(hud));
	CHECK_EQ(fake.given, 0);
	close_hud();
}

static void settings_decide(void)
{
	open_hud(800, 600, 120);
	options.alerts = options.status = FALSE;
	hud_apply(hud);
	hud_alert(hud, 60, "unwanted");
	hud_set_fact(hud, HUD_FACT_STILL, "unwanted");
	CHECK_EQ(fake.given, 0);
	options.status = options.fps = TRUE;
	hud_apply(hud);
	CHECK(fake.last[HUD_STATUS].width > 0);
	CHECK(fake.last[HUD_RATES].width > 0);
	CHECK_EQ(fake.last[HUD_ALERTS].width, 0);
	options.fps = FALSE;
	hud_apply(hud);
	CHECK_EQ(fake.last[HUD_RATES].width, 0);
	close_hud();
}

static void what_keys_show_stays(void)
{
	open_hud(800, 600, 120);
	hud_apply(hud);
	hud_toggle(hud, HUD_STATS | HUD_GRAPH);
	options.font_size = 20;
	hud_apply(hud);
	CHECK_EQ(hud_shown(hud), HUD_STATS | HUD_GRAPH);
	options.graph = TRUE;
	hud_apply(hud);
	CHECK_EQ(hud_shown(hud), HUD_STATS | HUD_GRAPH);
	hud_toggle(hud, HUD_STATS);
	options.graph = FALSE;
	hud_apply(hud);
	CHECK_EQ(hud_shown(hud), 0);
	close_hud();
}

/* ---- what it says ---- */

static void alerts_fade_and_go(void)
{
	struct alerts alerts = { 0 };
	struct sheet sheet;
	uint64_t second = 1000000000u;

	for (int i = 0; i < 6; i++) {
		char text[] = { 'a', (char)('0' + i), 0 };
		alerts_add(&alerts, text, (10 + (uint64_t)i) * second);
	}
	uint64_t next = alerts_compose(&alerts, second, &sheet);
	CHECK_EQ(sheet.count, ALERTS);
	CHECK_STR(sheet.rows[0].right, "a2");
	CHECK_EQ(sheet.rows[0].fade, 0);
	CHECK(next > 11 * second && next < 12 * second);
	for (uint32_t step = 1; step < SHEET_FADED; step++) {
		next = alerts_compose(&alerts, next, &sheet);
		CHECK_EQ(sheet.rows[0].fade, step);
		CHECK_EQ(sheet.rows[1].fade, 0);
	}
	CHECK_EQ(next, 12 * second);
	alerts_compose(&alerts, next, &sheet);
	CHECK_EQ(sheet.count, ALERTS - 1);
	CHECK_EQ(alerts_compose(&alerts, 100 * second, &sheet), 0);
	CHECK_EQ(sheet.count, 0);
}

static void rates_are_per_second(void)
{
	struct rates rates = { 0 };
	struct history history = { 0 };
	struct sheet sheet;
	struct figures then = { .way = "direct", .wake = "futex" }, now = then;

	now.shown = 30;
	now.in = 31;
	now.bytes_copied = 5000000;
	rates_look(&rates, &then, 1000000000u);
	CHECK(!rates_moving(&rates));
	rates_look(&rates, &now, 1500000000u);
	CHECK(rates_moving(&rates));
	rates_compose(&rates, &history, NULL, &sheet);
	CHECK_STR(sheet.rows[0].right, "60.0/s");
	CHECK_STR(sheet.rows[1].right, "62.0/s");
	CHECK_STR(sheet.rows[4].right, "10 MB/s");
	rates_look(&rates, &now, 2000000000u);
	rates_look(&rates, &now, 2500000000u);
	CHECK(!rates_moving(&rates));
	rates_compose(&rates, &history, NULL, &sheet);
	CHECK_STR(sheet.rows[0].right, "0.0/s");
	CHECK_STR(sheet.rows[4].right, "nothing");
}

static void histories_keep_the_newest(void)
{
	static struct history history;
	double ms[3];

	for (uint64_t i = 1; i <= HISTORY + 100; i++)
		history_add(&history, (const uint64_t[SOURCE_STAGES]){ i * 1000 }, i * 1000000);
	CHECK_EQ(history_back(&history, 0)[SOURCE_POST], HISTORY + 100);
	CHECK_EQ(history_back(&history, HISTORY - 1)[SOURCE_POST], 101);
	CHECK(!history_back(&history, HISTORY));
	history_percentiles(&history, HISTORY_LATENCY, ms);
	CHECK_EQ(ms[0], 101 + (HISTORY - 1) * 50 / 100);
	CHECK_EQ(ms[2], 101 + (HISTORY - 1) * 99 / 100);
}

static void scales_are_round(void)
{
	CHECK_EQ(graph_scale(0.9), 1);
	CHECK_EQ(graph_scale(1), 1);
	CHECK_EQ(graph_scale(1.1), 2);
	CHECK_EQ(graph_scale(4.7), 5);
	CHECK_EQ(graph_scale(16.7), 20);
	CHECK_EQ(graph_scale(700), 1000);
	CHECK(graph_scale(0) > 0);
}

static unsigned answers;

static void on_answer(void *data, unsigned answer)
{
	(void)data;
	answers += 10 + answer;
}

static void questions_are_answered_once(void)
{
	const struct hud_question question = {
		"Quit?", "Really?", { { KEY_ENTER, "Enter", "yes" }, { KEY_ESC, "Esc", "no" } }, 2
	};

	open_hud(800, 600, 120);
	answers = 0;
	CHECK(!hud_press(hud, KEY_ESC, true));
	CHECK(!hud_asks(hud, on_answer));
	CHECK(hud_ask(hud, &question, on_answer, NULL));
	CHECK(hud_asks(hud, on_answer) && !hud_asks(hud, NULL));
	CHECK_EQ(fake.last[HUD_QUESTION].width, 800); /* dimmed */
	CHECK(hud_press(hud, KEY_A, true));
	CHECK(hud_press(hud, KEY_ESC, false));
	CHECK_EQ(answers, 0);
	CHECK(hud_press(hud, KEY_ESC, true));
	CHECK_EQ(answers, 11);
	CHECK(!hud_press(hud, KEY_ESC, true));
	CHECK_EQ(answers, 11);
	CHECK_EQ(fake.last[HUD_QUESTION].width, 0);
	close_hud();
}

static const struct test_case cases[] = {
	TEST(panels_stay_inside_their_window),
	TEST(text_grows_with_the_scale),
	TEST(windows_may_shrink_while_it_is_shown),
	TEST(long_names_are_cut_between_characters),
	TEST(alerts_make_room),
	TEST(nothing_is_drawn_twice),
	TEST(numbers_are_drawn_twice_a_second_and_stand),
	TEST(graphs_are_drawn_ten_times_a_second),
	TEST(windows_without_panels_are_left_alone),
	TEST(settings_decide),
	TEST(what_keys_show_stays),
	TEST(alerts_fade_and_go),
	TEST(rates_are_per_second),
	TEST(histories_keep_the_newest),
	TEST(scales_are_round),
	TEST(questions_are_answered_once),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
