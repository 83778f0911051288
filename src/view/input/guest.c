/* What the guest gets, and what is down in it. */
#include "view/input/impl.h"

bool input_able(const struct input *self, unsigned abilities)
{
	return (self->sink->impl->abilities(self->sink) & abilities) == abilities;
}

bool input_may(const struct input *self)
{
	const struct input_options *options = &self->options->input;

	return self->guest && options->enabled && !self->off &&
	       (self->captured || !options->capture_only);
}

/* Of several viewers of one guest the focused one has the input. */
bool input_has_it(const struct input *self)
{
	return self->focused && input_may(self);
}

static void send(struct input *self, uint32_t code, bool pressed)
{
	const struct sink_impl *impl = self->sink->impl;

	held_set(&self->sent, code, pressed);
	(held_is_button(code) ? impl->button : impl->key)(self->sink, code, pressed);
}

void input_press(struct input *self, uint32_t code)
{
	if (input_has_it(self) && input_able(self, SINK_KEYS) && !held_has(&self->sent, code))
		send(self, code, true);
}

void input_release(struct input *self, uint32_t code)
{
	if (held_has(&self->sent, code))
		send(self, code, false);
}

void input_release_all(struct input *self)
{
	for (uint32_t code = 0; code < KEY_CNT; code++)
		input_release(self, code);
}

/* Keys pressed together and let go in the other order; those that are down stay so. */
void input_strike(struct input *self, const uint32_t *keys, size_t count)
{
	struct held before = self->sent;

	if (!self->guest || !input_able(self, SINK_KEYS))
		return;
	for (size_t i = 0; i < count; i++)
		if (!held_has(&before, keys[i]))
			send(self, keys[i], true);
	while (count-- > 0)
		if (!held_has(&before, keys[count]))
			send(self, keys[count], false);
}
