/* How the window behaves: as the settings want it, and as the guest asks. */
#include "base/mem.h"
#include "view/app_impl.h"
#include "view/remember.h"

#define FIRST_WIDTH  1024
#define FIRST_HEIGHT 640

/* What several settings make of each other. */
enum scale_mode app_scale(const struct options *options)
{
	enum scale_mode mode = options->scale;

	if (!options->upscale && (mode == SCALE_FIT || mode == SCALE_INTEGER))
		return SCALE_SHRINK;
	return mode == SCALE_FIT && !options->keep_aspect ? SCALE_STRETCH : mode;
}

/* Until the guest's is known, if it counts at all. */
struct extent app_first_size(struct app *self)
{
	const struct extent guess = { FIRST_WIDTH, FIRST_HEIGHT };

	self->size = self->options->size;
	self->remembered = self->size.width ? NULL : remember_name(self->options);
	if (self->remembered)
		self->size = remember_size(self->remembered);
	return self->size.width ? self->size : guess;
}

/* In the units in which windows are made. */
void app_remember_size(struct app *self)
{
	const struct window *window = self->window;

	if (!self->remembered || !window || !window->user_sized || window->fullscreen)
		return;
	remember_store(self->remembered,
		       (struct extent){ window->width * 120 / window->scale120,
					window->height * 120 / window->scale120 });
}

void app_settle_hints(struct app *self)
{
	const struct options *options = self->options;
	const struct {
		bool wanted;
		enum window_hint hint;
	} hints[] = {
		{ options->borderless, WINDOW_BORDERLESS },
		{ options->maximized, WINDOW_MAXIMIZED },
		{ options->sync == SYNC_TEARING, WINDOW_TEARING },
		{ self->size.width || options->maximized, WINDOW_SIZED },
		{ options->follow_guest, WINDOW_FOLLOWS },
		{ !options->resizable, WINDOW_FIXED },
		{ options->force_aspect, WINDOW_KEEPS_SHAPE },
		{ options->minimize_on_focus_loss, WINDOW_YIELDS },
		{ !options->wayland.fractional_scale, WINDOW_WHOLE_SCALE },
		{ !options->wayland.inhibit_shortcuts, WINDOW_LEAVES_SHORTCUTS },
		{ !options->wayland.decorations, WINDOW_FRAMELESS },
	};
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		all |= hints[i].wanted ? hints[i].hint : 0;
	window_set_hints(self->window, all);
}

void app_settle_awake(struct app *self)
{
	enum idle_inhibit when = self->options->idle_inhibit;
	bool awake = when == IDLE_ALWAYS || (when == IDLE_GUEST && self->guest_awake);

	if (awake == self->awake)
		return;
	self->awake = awake;
	window_inhibit_idle(self->window, awake);
}

/* A guest that wants attention says so in each frame until it has it: once is enough for us. */
void app_heed_wishes(struct app *self, const struct frame *frame)
{
	bool first = frame->wants_attention && !self->guest_attention;

	self->guest_attention = frame->wants_attention;
	self->guest_awake = frame->wants_awake;
	app_settle_awake(self);
	if (first && self->options->request_activation)
		window_activate(self->window);
}
