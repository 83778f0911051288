#include "view/hud/hud.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "view/hud/alerts.h"
#include "view/hud/place.h"
#include "view/hud/rates.h"

#define GRAPH_MS 100
#define RATES_MS 500
#define DIM      0.45 /* less than half: X11 has no glass, and makes stripes of it */

/* A panel, as it was drawn last. */
struct face {
	bool on;
	uint32_t least; /* width that it has had: it does not jump with its numbers */
	struct sheet sheet;
	uint32_t size[2]; /* as it stands */
	int32_t y;
};

struct hud {
	struct window *window;
	const struct hud_options *options;
	hud_figures_func figures;
	void *data;

	unsigned shown;                /* enum hud_part */
	unsigned applied;              /* the same, as the options last wanted it */
	uint32_t width, height, scale; /* of the window, as its panels were drawn */
	struct face faces[HUD_PLACES];
	uint64_t drawn;

	struct history history;
	struct rates rates;
	char *note;
	unsigned ticker;      /* runs while pictures come and somebody looks; 0: no */
	uint64_t rates_at_ns; /* last look */

	struct alerts alerts;
	unsigned alert_timer;
	char *facts[HUD_FACTS];
	struct sheet help;

	struct hud_question question; /* only the keys; count 0: none */
	struct sheet asked;
	hud_answer_func answer;
	void *answer_data;
};

/* ---- panels ---- */

static double em_of(const struct hud *self)
{
	return place_em(self->options->font_size, self->window->scale120, self->window->width,
			self->window->height);
}

/* The question stands before a darkened picture, where the window can do that. */
static cairo_surface_t *dim(const struct hud *self, cairo_surface_t *card, int32_t corner[2])
{
	cairo_surface_t *all = cairo_image_surface_create(
		CAIRO_FORMAT_ARGB32, (int)self->window->width, (int)self->window->height);
	cairo_t *cairo = cairo_create(all);

	cairo_set_source_rgba(cairo, 0, 0, 0, DIM);
	cairo_paint(cairo);
	cairo_set_source_surface(cairo, card, corner[0], corner[1]);
	cairo_paint(cairo);
	cairo_destroy(cairo);
	cairo_surface_destroy(card);
	cairo_surface_flush(all);
	corner[0] = corner[1] = 0;
	return all;
}

static bool dims(const struct hud *self, enum hud_place place)
{
	return place == HUD_QUESTION && self->options->dim && self->window->width <= 4096 &&
	       self->window->height <= 4096;
}

static void give(struct hud *self, enum hud_place place, cairo_surface_t *surface,
		 const int32_t corner[2])
{
	const struct panel panel = {
		.x = corner[0],
		.y = corner[1],
		.width = (uint32_t)cairo_image_surface_get_width(surface),
		.height = (uint32_t)cairo_image_surface_get_height(surface),
		.pitch = (uint32_t)cairo_image_surface_get_stride(surface),
		.pixels = cairo_image_surface_get_data(surface),
	};

	self->drawn++;
	window_set_panel(self->window, place, &panel);
}

/* Alerts go below what stands in the upper corners, where they would lie over it. */
static int32_t lowered(const struct hud *self, const int32_t corner[2], const uint32_t size[2])
{
	static const enum hud_place above[] = { HUD_RATES, HUD_STATUS };
	uint32_t height = self->window->height, lowest = height > size[1] ? height - size[1] : 0;
	int32_t y = corner[1], other[2];

	for (size_t i = 0; i < ARRAY_LEN(above); i++) {
		const struct face *face = &self->faces[above[i]];
		place_corner(above[i], em_of(self), self->window->width, height, face->size, other);
		if (face->on)
			y = MAX(y, place_below(em_of(self), corner, size, other, face->size));
	}
	return MIN(y, (int32_t)lowest);
}

static void draw(struct hud *self, enum hud_place place)
{
	struct face *face = &self->faces[place];
	uint32_t width = self->window->width, height = self->window->height, room[2];
	double em = em_of(self);
	int32_t corner[2];

	place_room(em, width, height, room);
	const struct sheet_style style = {
		em, self->options->font, self->options->colour, room[0], room[1], face->least
	};
	cairo_surface_t *surface = sheet_draw(&face->sheet, &style, &self->history);
	const uint32_t size[2] = { (uint32_t)cairo_image_surface_get_width(surface),
				   (uint32_t)cairo_image_surface_get_height(surface) };
	if (place == HUD_RATES || place == HUD_LATENCIES)
		face->least = size[0];
	memcpy(face->size, size, sizeof(size));
	place_corner(place, em, width, height, size, corner);
	if (place == HUD_ALERTS)
		corner[1] = lowered(self, corner, size);
	face->y = corner[1];
	if (dims(self, place))
		surface = dim(self, surface, corner);
	give(self, place, surface, corner);
	cairo_surface_destroy(surface);
}

/* What stands above them has changed. */
static void settle_alerts(struct hud *self)
{
	const struct face *face = &self->faces[HUD_ALERTS];
	int32_t corner[2];

	if (!face->on || !self->window->width || !self->window->height)
		return;
	place_corner(HUD_ALERTS, em_of(self), self->window->width, self->window->height, face->size,
		     corner);
	if (lowered(self, corner, face->size) != face->y)
		draw(self, HUD_ALERTS);
}

static void take_away(struct hud *self, enum hud_place place)
{
	struct face *face = &self->faces[place];

	if (face->on)
		window_set_panel(self->window, place, NULL);
	face->on = false;
	face->least = 0;
	settle_alerts(self);
}

/* Nothing happens where that is what stands there. */
static void put(struct hud *self, enum hud_place place, const struct sheet *sheet)
{
	struct face *face = &self->faces[place];

	if (!sheet->count || !self->window->width || !self->window->height) {
		take_away(self, place);
		return;
	}
	if (face->on && memcmp(&face->sheet, sheet, sizeof(*sheet)) == 0)
		return;
	face->on = true;
	face->sheet = *sheet;
	draw(self, place);
	settle_alerts(self);
}

static void draw_again(struct hud *self)
{
	for (unsigned i = 0; i < HUD_PLACES; i++) {
		self->faces[i].least = 0;
		if (self->faces[i].on)
			draw(self, (enum hud_place)i);
	}
}

void hud_resized(struct hud *self)
{
	const struct window *window = self->window;

	if (self->width == window->width && self->height == window->height &&
	    self->scale == window->scale120)
		return;
	self->width = window->width;
	self->height = window->height;
	self->scale = window->scale120;
	draw_again(self);
}

/* ---- numbers ---- */

static void look(struct hud *self)
{
	struct figures now;

	self->figures(self->data, &now);
	self->rates_at_ns = clock_ns();
	rates_look(&self->rates, &now, self->rates_at_ns);
}

static void show_rates(struct hud *self)
{
	struct sheet sheet;

	rates_compose(&self->rates, &self->history, self->note, &sheet);
	put(self, HUD_RATES, &sheet);
}

static void show_graph(struct hud *self)
{
	struct sheet sheet;

	rates_compose_stages(&self->history, self->window->refresh_mhz, &sheet);
	put(self, HUD_LATENCIES, &sheet);
}

static void stop(unsigned *timer)
{
	if (*timer)
		g_source_remove(*timer);
	*timer = 0;
}

/* Once the rates have come to rest nothing ticks until the next picture. */
static gboolean on_tick(gpointer data)
{
	struct hud *self = data;

	if (self->shown & HUD_GRAPH)
		show_graph(self);
	if (clock_ns() - self->rates_at_ns < (RATES_MS - GRAPH_MS / 2) * UINT64_C(1000000))
		return G_SOURCE_CONTINUE;
	look(self);
	if (self->shown & HUD_STATS)
		show_rates(self);
	if (rates_moving(&self->rates))
		return G_SOURCE_CONTINUE;
	self->ticker = 0;
	return G_SOURCE_REMOVE;
}

static void start(struct hud *self)
{
	if (self->ticker)
		return;
	self->rates.count = 0;
	look(self);
	self->ticker = g_timeout_add(self->shown & HUD_GRAPH ? GRAPH_MS : RATES_MS, on_tick, self);
}

bool hud_wants_pictures(const struct hud *self)
{
	return self->shown & (HUD_STATS | HUD_GRAPH);
}

void hud_picture(struct hud *self, const uint64_t stages[SOURCE_STAGES], uint64_t latency_ns)
{
	if (!hud_wants_pictures(self))
		return;
	history_add(&self->history, stages, latency_ns);
	start(self);
}

void hud_set_note(struct hud *self, const char *note)
{
	if (g_strcmp0(self->note, note) == 0)
		return;
	g_free(self->note);
	self->note = g_strdup(note);
	if (self->shown & HUD_STATS)
		show_rates(self);
}

/* ---- what is shown ---- */

unsigned hud_shown(const struct hud *self)
{
	return self->shown;
}

static const struct {
	unsigned part;
	enum hud_place place;
} parts_of[] = {
	{ HUD_STATS, HUD_RATES },
	{ HUD_GRAPH, HUD_LATENCIES },
	{ HUD_HELP, HUD_KEYS },
};

static void come(struct hud *self, unsigned parts)
{
	if (parts & (HUD_STATS | HUD_GRAPH)) {
		stop(&self->ticker); /* it may have to tick faster */
		start(self);
	}
	if (parts & HUD_STATS)
		show_rates(self);
	if (parts & HUD_GRAPH)
		show_graph(self);
	if (parts & HUD_HELP)
		put(self, HUD_KEYS, &self->help);
}

void hud_show(struct hud *self, unsigned parts)
{
	unsigned fresh = parts & ~self->shown;

	for (size_t i = 0; i < ARRAY_LEN(parts_of); i++)
		if (!(parts & parts_of[i].part))
			take_away(self, parts_of[i].place);
	if (!hud_wants_pictures(self))
		self->history.count = 0; /* what it holds is from long ago */
	self->shown = parts;
	if (!hud_wants_pictures(self))
		stop(&self->ticker);
	come(self, fresh);
}

void hud_toggle(struct hud *self, unsigned parts)
{
	hud_show(self, self->shown ^ parts);
}

void hud_set_help(struct hud *self, const char *title, const struct hud_key *keys, unsigned count)
{
	sheet_begin(&self->help, SHEET_KEYS, title);
	for (unsigned i = 0; i < count; i++)
		sheet_add(&self->help, keys[i].key, "%s", keys[i].help);
	if (self->shown & HUD_HELP)
		put(self, HUD_KEYS, &self->help);
}

/* ---- alerts ---- */

static void show_alerts(struct hud *self);

static gboolean on_alert_due(gpointer data)
{
	struct hud *self = data;

	self->alert_timer = 0;
	show_alerts(self);
	return G_SOURCE_REMOVE;
}

static void show_alerts(struct hud *self)
{
	uint64_t now = clock_ns(), next;
	struct sheet sheet;

	stop(&self->alert_timer);
	next = alerts_compose(&self->alerts, now, &sheet);
	if (!next)
		take_away(self, HUD_ALERTS);
	else
		put(self, HUD_ALERTS, &sheet);
	if (next)
		self->alert_timer = g_timeout_add((unsigned)((next - now) / 1000000 + 1),
						  on_alert_due, self);
}

void hud_alert(struct hud *self, double seconds, const char *format, ...)
{
	va_list args;

	if (!self->options->alerts)
		return;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	alerts_add(&self->alerts, text, clock_ns() + (uint64_t)(seconds * 1e9));
	show_alerts(self);
}

/* ---- what holds for a while ---- */

static void show_facts(struct hud *self)
{
	static const uint32_t tints[HUD_FACTS] = {
		[HUD_FACT_MEMORY] = 0xee8f5f,     [HUD_FACT_STILL] = 0x9aa3b2,
		[HUD_FACT_MICROPHONE] = 0xf0616d, [HUD_FACT_TRANSFER] = 0x6fb7e8,
		[HUD_FACT_SPICE] = 0xee8f5f,
	};
	struct sheet sheet;

	sheet_begin(&sheet, SHEET_PILLS, NULL);
	sheet.side = 1;
	for (unsigned i = 0; i < HUD_FACTS; i++) {
		bool wanted = i == HUD_FACT_MICROPHONE ? self->options->recording
						       : self->options->status;
		if (self->facts[i] && wanted)
			sheet_add(&sheet, "", "%s", self->facts[i])->tint = tints[i];
	}
	put(self, HUD_STATUS, &sheet);
}

void hud_set_fact(struct hud *self, enum hud_fact fact, const char *text)
{
	g_free(self->facts[fact]);
	self->facts[fact] = g_strdup(text);
	show_facts(self);
}

/* ---- questions ---- */

bool hud_ask(struct hud *self, const struct hud_question *question, hud_answer_func answer,
	     void *data)
{
	if (!self->window->width || !self->window->impl->set_panel)
		return false;
	self->question = *question;
	self->answer = answer;
	self->answer_data = data;
	sheet_begin(&self->asked, SHEET_KEYS, question->title);
	if (question->text)
		sheet_add(&self->asked, "", "%s", question->text);
	for (unsigned i = 0; i < question->count; i++)
		sheet_add(&self->asked, question->answers[i].name, "%s", question->answers[i].text);
	put(self, HUD_QUESTION, &self->asked);
	return true;
}

bool hud_asking(const struct hud *self)
{
	return self->question.count > 0;
}

bool hud_asks(const struct hud *self, hud_answer_func answer)
{
	return hud_asking(self) && self->answer == answer;
}

void hud_withdraw(struct hud *self)
{
	self->question.count = 0;
	take_away(self, HUD_QUESTION);
}

bool hud_press(struct hud *self, uint32_t key, bool pressed)
{
	if (!hud_asking(self))
		return false;
	for (unsigned i = 0; pressed && i < self->question.count; i++)
		if (self->question.answers[i].key == key) {
			hud_withdraw(self);
			self->answer(self->answer_data, i);
			return true;
		}
	return true;
}

/* ---- life ---- */

void hud_apply(struct hud *self)
{
	unsigned parts = (self->options->fps ? HUD_STATS : 0) |
			 (self->options->graph ? HUD_GRAPH : 0);
	unsigned changed = parts ^ self->applied;

	self->applied = parts;
	hud_show(self, (self->shown & ~changed) | (parts & changed));
	if (!self->options->alerts)
		self->alerts.count = 0;
	show_alerts(self);
	show_facts(self);
	draw_again(self);
}

struct hud *hud_create(struct window *window, const struct hud_options *options,
		       hud_figures_func figures, void *data)
{
	struct hud *self = g_new0(struct hud, 1);

	self->window = window;
	self->options = options;
	self->figures = figures;
	self->data = data;
	return self;
}

uint64_t hud_drawn(const struct hud *self)
{
	return self->drawn;
}

void hud_destroy(struct hud *self)
{
	if (!self)
		return;
	stop(&self->ticker);
	stop(&self->alert_timer);
	for (unsigned i = 0; i < HUD_FACTS; i++)
		g_free(self->facts[i]);
	g_free(self->note);
	g_free(self);
}
