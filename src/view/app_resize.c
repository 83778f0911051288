/* The guest's screen follows the window. */
#include "base/log.h"
#include "view/app_impl.h"
#include "view/source/source.h"

#define PAUSE 300 /* ms without another size: nobody wants a mode for each pixel of a pull */

/* A picture that lies on its side is asked for as it stands in the guest. */
static struct extent wanted(const struct app *self)
{
	const struct window *window = self->window;

	if (self->turn % 2)
		return (struct extent){ window->height, window->width };
	return (struct extent){ window->width, window->height };
}

static void ask(struct app *self)
{
	const struct window *window = self->window;

	self->asked_size = wanted(self);
	log_info("asking the guest for %ux%u", self->asked_size.width, self->asked_size.height);
	source_want(self->source, self->asked_size.width, self->asked_size.height, window->scale120,
		    window->refresh_mhz);
	input_resize(self->input, self->asked_size.width, self->asked_size.height);
}

static gboolean on_pause(gpointer data)
{
	struct app *self = data;
	struct extent now = wanted(self);

	self->resize_timer = 0;
	if (now.width != self->asked_size.width || now.height != self->asked_size.height)
		ask(self);
	return G_SOURCE_REMOVE;
}

/* A window that takes the guest's size has nothing to ask for. */
static bool is_chosen(const struct app *self)
{
	return self->window->user_sized || self->window->fullscreen || self->size.width ||
	       self->options->maximized;
}

void app_cancel_resize(struct app *self)
{
	if (self->resize_timer)
		g_source_remove(self->resize_timer);
	self->resize_timer = 0;
}

void app_plan_resize(struct app *self)
{
	app_cancel_resize(self);
	if (self->options->resize_guest && self->state == SOURCE_RUNNING && self->window->width &&
	    is_chosen(self))
		self->resize_timer = g_timeout_add(PAUSE, on_pause, self);
}

void app_resize_again(struct app *self)
{
	self->asked_size = (struct extent){ 0 };
	app_plan_resize(self);
}

void app_resize_now(struct app *self)
{
	app_cancel_resize(self);
	if (self->state != SOURCE_RUNNING || !self->window->width) {
		app_alert(self, "no guest is there that could take another size");
		return;
	}
	ask(self);
	app_alert(self, "asked the guest for a screen of the window's size, %ux%u",
		  self->asked_size.width, self->asked_size.height);
}
