#include "view/input/impl.h"

#define PATIENCE_MS 5000

/* ---- from the guest ---- */

void input_set_guest(struct input *self, bool there)
{
	if (there == self->guest)
		return;
	self->guest = there;
	self->at_known = false;
	self->realign_due = true;
	input_review(self);
	if (there && self->start_due)
		input_try_capture(self);
	self->start_due &= !self->captured;
}

void input_set_guest_pointer(struct input *self, bool visible)
{
	bool changed = self->guest_hides == visible;

	self->guest_hides = !visible;
	if (!changed || !self->options->input.auto_capture)
		return;
	if (visible && self->by_itself) {
		input_set_captured(self, false);
	} else if (!visible && !self->captured && self->inside) {
		input_try_capture(self);
		self->by_itself = self->captured;
	}
}

static void on_sink_changed(void *data)
{
	input_review(data);
}

static void on_leds(void *data, uint32_t leds)
{
	(void)data, (void)leds; /* window systems keep their lamps to themselves */
}

static const struct sink_listener sink_listener = {
	.changed = on_sink_changed,
	.leds = on_leds,
};

/* What is typed is recorded, or it goes to the guest by the way there is. */
static struct sink *open_sink(struct input *self, struct spice *spice, GError **error)
{
	const char *file = self->options->record_input;

	if (file && *file)
		return sink_create(&sink_record, file, &sink_listener, self, error);
	if (spice && self->options->spice.input)
		return sink_spice_create(spice, &sink_listener, self);
	return sink_create(&sink_null, NULL, &sink_listener, self, error);
}

/* ---- life ---- */

void input_settle(struct input *self)
{
	self->louder = 0;
	input_review(self);
}

bool input_captured(const struct input *self)
{
	return self->captured;
}

bool input_focused(const struct input *self)
{
	return self->focused;
}

bool input_inside(const struct input *self)
{
	return self->inside;
}

bool input_pointer(const struct input *self, double *x, double *y)
{
	if (!self->inside)
		return false;
	*x = self->x;
	*y = self->y;
	return true;
}

void input_resize(struct input *self, uint32_t width, uint32_t height)
{
	if (self->guest && self->sink->impl->resize)
		self->sink->impl->resize(self->sink, width, height);
}

const struct sink *input_sink(const struct input *self)
{
	return self->sink;
}

struct input *input_create(const struct options *options, struct spice *spice,
			   const struct input_listener *listener, void *data, GError **error)
{
	struct input *self = g_new0(struct input, 1);

	self->options = options;
	self->listener = listener;
	self->data = data;
	self->patience_ms = PATIENCE_MS;
	self->start_due = options->input.capture_on_start;
	self->sink = open_sink(self, spice, error);
	if (!self->sink) {
		g_free(self);
		return NULL;
	}
	if (options->input.evdev)
		self->evdev = evdev_create(options->input.evdev, options->input.evdev_exclusive,
					   &evdev_kernel, &input_evdev_listener, self);
	return self;
}

void input_destroy(struct input *self)
{
	if (!self)
		return;
	dog_stop(self->dog);
	input_cancel_help(self);
	input_release_all(self);
	evdev_destroy(self->evdev);
	sink_destroy(self->sink);
	g_free(self);
}
