/* Keyboard and pointer of the window, and what the keys of [keys] do with all the rest. */
#include <assert.h>
#include <gio/gio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/app_impl.h"
#include "view/hud/hud.h"
#include "view/input/actions.h"
#include "view/settings/keys.h"
#include "view/shot.h"

static const uint32_t zooms[] = { 50, 75, 100, 125, 150, 200, 300, 400, 600, ZOOM_MAX };

/* ---- actions ---- */

static void act_stats(struct app *self)
{
	hud_toggle(self->hud, HUD_STATS);
}

static void act_graph(struct app *self)
{
	hud_toggle(self->hud, HUD_GRAPH);
}

/* All of it, or nothing. */
static void act_hud(struct app *self)
{
	hud_show(self->hud, hud_wants_pictures(self->hud) ? 0 : HUD_STATS | HUD_GRAPH);
}

static void act_fullscreen(struct app *self)
{
	window_set_fullscreen(self->window, !self->window->fullscreen);
}

static void act_rotate(struct app *self)
{
	self->turn = (enum pixel_rotation)((self->turn + 1) % 4);
	app_picture_again(self);
	app_plan_resize(self);
	app_alert(self, "turned by %d degrees", self->turn * 90);
}

static void act_video(struct app *self)
{
	self->video_off = !self->video_off;
	app_watch_source(self);
	app_hud_facts(self);
	app_alert(self, self->video_off ? "the picture stands still" : "the picture moves again");
	if (!self->video_off)
		app_picture_again(self);
}

static void act_shot(struct app *self)
{
	self->save_due = true;
	source_refresh(self->source);
}

static void act_scale(struct app *self)
{
	static const char *const names[] = { "as large as fits", "one to one",
					     "the largest whole factor", "never larger than it is",
					     "all of the window" };
	static_assert(ARRAY_LEN(names) == SCALE_MODE_COUNT, "a text for each");
	enum scale_mode next = (self->window->scale + 1) % SCALE_MODE_COUNT;

	window_set_scale(self->window, next);
	app_follow_pointer(self);
	screen_redraw(self->screen);
	app_alert(self, "scale: %s", names[next]);
}

/* The best that works, then each that this window has. */
static void act_presenter(struct app *self)
{
	const struct present_impl *const *all = self->window->impl->presents;
	const char *next = all[self->presenter] ? all[self->presenter]->name : NULL;

	self->presenter = next ? self->presenter + 1 : 0;
	screen_set_way(self->screen, next);
	app_alert(self, "presenter: %s", next ? next : "the best that works");
}

static void act_colours(struct app *self)
{
	static const char *const names[] = { "as they come", "for protanopia", "for deuteranopia",
					     "for tritanopia" };
	static_assert(ARRAY_LEN(names) == LOOK_VISION_COUNT, "a text for each");

	self->look.vision = (self->look.vision + 1) % LOOK_VISION_COUNT;
	screen_set_look(self->screen, &self->look);
	app_alert(self, "colours: %s", names[self->look.vision]);
}

static void act_brightness(struct app *self)
{
	static const float steps[] = { 1, 1.5f, 2, 4, 8 };
	float now = self->look.boost > 0 ? self->look.boost : 1, next = steps[0];

	for (size_t i = ARRAY_LEN(steps); i-- > 0;)
		if (steps[i] > now)
			next = steps[i];
	self->look.boost = next;
	screen_set_look(self->screen, &self->look);
	app_alert(self, "brightness: %g times", (double)next);
}

static bool on_projection(void *data, struct projection *out);

/* What the user looks at stays where it is: the guest's pointer, his own, or the middle. */
static void zoom_to(struct app *self, uint32_t percent)
{
	struct window *window = self->window;
	double x = window->width / 2.0, y = window->height / 2.0;
	struct projection where;

	if (!on_projection(self, &where))
		return;
	if (input_captured(self->input))
		pointer_tip(&self->pointer, &x, &y);
	else
		input_pointer(self->input, &x, &y);
	struct placement plain = placement_of(window->scale, self->picture.width,
					      self->picture.height, window->width, window->height);
	struct zoom zoom = zoom_at(&where.place, &plain, percent, x, y, window->width,
				   window->height);
	window_set_zoom(window, &zoom);
	app_follow_pointer(self);
	screen_redraw(self->screen);
	app_alert(self, "%u %% of what fits", percent);
}

static void act_zoom_in(struct app *self)
{
	uint32_t now = self->window->zoom.percent ? self->window->zoom.percent : 100;

	for (size_t i = 0; i < ARRAY_LEN(zooms); i++)
		if (zooms[i] > now) {
			zoom_to(self, zooms[i]);
			return;
		}
}

static void act_zoom_out(struct app *self)
{
	uint32_t now = self->window->zoom.percent ? self->window->zoom.percent : 100;

	for (size_t i = ARRAY_LEN(zooms); i-- > 0;)
		if (zooms[i] < now) {
			zoom_to(self, zooms[i]);
			return;
		}
}

static void (*const actions[ACTION_COUNT])(struct app *self) = {
	[ACTION_QUIT] = app_ask_quit,
	[ACTION_FULLSCREEN] = act_fullscreen,
	[ACTION_ROTATE] = act_rotate,
	[ACTION_VIDEO] = act_video,
	[ACTION_STATS] = act_stats,
	[ACTION_GRAPH] = act_graph,
	[ACTION_HUD] = act_hud,
	[ACTION_SHOT] = act_shot,
	[ACTION_SCALE] = act_scale,
	[ACTION_PRESENTER] = act_presenter,
	[ACTION_COLOURS] = act_colours,
	[ACTION_BRIGHTNESS] = act_brightness,
	[ACTION_ZOOM_IN] = act_zoom_in,
	[ACTION_ZOOM_OUT] = act_zoom_out,
	[ACTION_CANCEL] = app_clip_cancel,
	[ACTION_RESIZE_GUEST] = app_resize_now,
	[ACTION_MUTE] = app_sound_mute,
	[ACTION_VOLUME_UP] = app_sound_louder,
	[ACTION_VOLUME_DOWN] = app_sound_quieter,
	[ACTION_MICROPHONE] = app_sound_microphone,
};

static void on_action(void *data, enum action action)
{
	struct app *self = data;

	if (actions[action])
		actions[action](self);
	else
		app_alert(self, "%s: this version does not have it", action_name(action));
}

/* ---- pictures for keeping ---- */

static char *picture_path(void)
{
	g_autofree char *folder = shot_folder();
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *name = g_date_time_format(now, "oriel-%Y-%m-%d-%H%M%S");
	g_autofree char *file = g_strdup_printf("%s.%03d.png", name,
						g_date_time_get_microsecond(now) / 1000);

	return g_build_filename(folder, file, NULL);
}

void app_save_picture(struct app *self, struct frame *frame)
{
	g_autofree char *path = picture_path();
	g_autoptr(GError) error = NULL;

	self->save_due = false;
	if (app_write_shot(self, frame, path, &error))
		app_alert(self, "wrote %s", path);
	else
		app_alert(self, "%s", error->message);
}

/* ---- what the input wants to know and have ---- */

static void on_grab(void *data, unsigned grabs)
{
	window_grab(((struct app *)data)->window, grabs);
}

static void on_let_go(void *data)
{
	window_let_go(((struct app *)data)->window);
}

static bool on_wanted(void *data, uint32_t code)
{
	return app_hud_key(data, code);
}

static void on_help(void *data, bool shown)
{
	struct app *self = data;

	app_hud_help(self, shown);
	if (self->help)
		self->help(self->help_data, shown);
}

static void on_focused(void *data, bool focused)
{
	app_clip_focus(data, focused);
}

static void on_captured(void *data, bool captured)
{
	struct app *self = data;
	const char *key = key_name(self->options->input.escape_key);

	app_follow_pointer(self);
	if (captured && key)
		app_alert(self, "keyboard and pointer are the guest's; %s lets them go", key);
	else
		app_alert(self, captured ? "keyboard and pointer are the guest's"
					 : "keyboard and pointer are free");
}

static void on_presence(void *data)
{
	if (((struct app *)data)->source) /* else it comes to be, and will ask */
		app_follow_pointer(data);
}

static void on_alert(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

static bool on_projection(void *data, struct projection *out)
{
	struct app *self = data;
	const struct window *window = self->window;

	if (self->noticed || !self->picture.width || !window->width)
		return false;
	*out = (struct projection){
		.place = window_place(window, self->picture.width, self->picture.height),
		.turn = self->turn,
		.screen_width = self->guest_screen.width,
		.screen_height = self->guest_screen.height,
	};
	return true;
}

static void on_realign(void *data, uint32_t x, uint32_t y)
{
	source_point(((struct app *)data)->source, x, y);
}

void app_follow_pointer(struct app *self)
{
	struct pointer_place now = {
		.captured = input_captured(self->input),
		.focused = input_focused(self->input),
		.inside = input_inside(self->input),
	};

	now.known = on_projection(self, &now.where);
	bool drawn = pointer_follow(&self->pointer, &now);
	if (self->source)
		source_moves(self->source, drawn);
}

const struct input_listener app_input_listener = {
	.grab = on_grab,
	.let_go = on_let_go,
	.action = on_action,
	.help = on_help,
	.wanted = on_wanted,
	.focused = on_focused,
	.captured = on_captured,
	.presence = on_presence,
	.alert = on_alert,
	.projection = on_projection,
	.realign = on_realign,
};
