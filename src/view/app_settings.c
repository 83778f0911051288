/* Settings that changed while the app runs. */
#include "base/mem.h"
#include "view/app_impl.h"
#include "view/hud/hud.h"
#include "view/settings/value.h"

static void apply_title(struct app *self)
{
	if (self->options->title)
		window_set_title(self->window, self->options->title);
	else
		app_set_title(self);
}

static void apply_fullscreen(struct app *self)
{
	window_set_fullscreen(self->window, self->options->fullscreen);
}

static void apply_scale(struct app *self)
{
	window_set_scale(self->window, app_scale(self->options));
	app_follow_pointer(self);
}

void app_settle_look(struct app *self)
{
	struct look look;

	look_from_options(&look, self->options);
	screen_set_look(self->screen, &look);
	look_clear(&self->look);
	self->look = look;
}

static void apply_rotate(struct app *self)
{
	self->turn = (enum pixel_rotation)self->options->rotate;
	app_picture_again(self);
	app_plan_resize(self);
}

static void apply_hud(struct app *self)
{
	hud_apply(self->hud);
}

static void apply_spice(struct app *self)
{
	if (self->spice)
		spice_open(self->spice);
	else
		app_alert(self, "SPICE: there was no server at the start; start the viewer again");
}

/* A row that is `live` and needs more than to be read next time. */
static const struct {
	size_t field;
	void (*apply)(struct app *self);
} appliers[] = {
	{ offsetof(struct options, title), apply_title },
	{ offsetof(struct options, fullscreen), apply_fullscreen },
	{ offsetof(struct options, scale), apply_scale },
	{ offsetof(struct options, keep_aspect), apply_scale },
	{ offsetof(struct options, upscale), apply_scale },
	{ offsetof(struct options, idle_inhibit), app_settle_awake },
	{ offsetof(struct options, filters), app_settle_look },
	{ offsetof(struct options, sharpening), app_settle_look },
	{ offsetof(struct options, brightness), app_settle_look },
	{ offsetof(struct options, colour_blind), app_settle_look },
	{ offsetof(struct options, hdr), app_settle_look },
	{ offsetof(struct options, peak_nits), app_settle_look },
	{ offsetof(struct options, max_cll), app_settle_look },
	{ offsetof(struct options, sync), app_settle_look },
	{ offsetof(struct options, late_render), app_settle_look },
	{ offsetof(struct options, fps_min), app_settle_look },
	{ offsetof(struct options, borderless), app_settle_hints },
	{ offsetof(struct options, sync), app_settle_hints },
	{ offsetof(struct options, follow_guest), app_settle_hints },
	{ offsetof(struct options, force_aspect), app_settle_hints },
	{ offsetof(struct options, minimize_on_focus_loss), app_settle_hints },
	{ offsetof(struct options, wayland.fractional_scale), app_settle_hints },
	{ offsetof(struct options, wayland.inhibit_shortcuts), app_settle_hints },
	{ offsetof(struct options, rotate), apply_rotate },
	{ offsetof(struct options, resize_guest), app_resize_again },
	{ offsetof(struct options, spice.address), app_sound_settle },
	{ offsetof(struct options, audio.latency), app_sound_settle },
	{ offsetof(struct options, audio.sync_volume), app_sound_settle },
	{ offsetof(struct options, audio.microphone), app_sound_settle },
	{ offsetof(struct options, clipboard.enabled), app_clip_settle },
	{ offsetof(struct options, clipboard.to_guest), app_clip_settle },
	{ offsetof(struct options, clipboard.to_local), app_clip_settle },
	{ offsetof(struct options, spice.address), apply_spice },
	{ offsetof(struct options, hud.fps), apply_hud },
	{ offsetof(struct options, hud.graph), apply_hud },
	{ offsetof(struct options, hud.alerts), apply_hud },
	{ offsetof(struct options, hud.status), apply_hud },
	{ offsetof(struct options, hud.recording), apply_hud },
	{ offsetof(struct options, hud.dim), apply_hud },
	{ offsetof(struct options, hud.font), apply_hud },
	{ offsetof(struct options, hud.font_size), apply_hud },
	{ offsetof(struct options, hud.colour), apply_hud },
};

static bool is_of_input(const struct setting *row)
{
	return row->field >= offsetof(struct options, input) &&
	       row->field < offsetof(struct options, keys);
}

void app_apply(struct app *self, const struct setting *row)
{
	for (size_t i = 0; i < ARRAY_LEN(appliers); i++)
		if (appliers[i].field == row->field)
			appliers[i].apply(self);
	if (is_of_input(row)) {
		input_settle(self->input);
		pointer_settle(&self->pointer);
		app_follow_pointer(self);
	}
	if (self->window->width) {
		g_autofree char *value = value_print(self->options, row);
		app_alert(self, "%s: %s", row->name, value);
	}
}
