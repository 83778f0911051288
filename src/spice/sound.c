#include "spice/sound.h"

#include <glib.h>
#include <string.h>

struct sound *sound_create_named(const char *name, const struct sound_listener *listener,
				 void *data)
{
	const struct sound_impl *const impls[] = { sound_pipewire, &sound_null };
	struct sound *self = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(impls) && !self; i++)
		if (impls[i] && (!name || strcmp(impls[i]->name, name) == 0))
			self = impls[i]->create(listener, data);
	return self;
}

struct sound *sound_create(const struct sound_listener *listener, void *data)
{
	return sound_create_named(NULL, listener, data);
}

void sound_play(struct sound *self, struct sound_track *track)
{
	self->impl->play(self, track);
}

void sound_rest(struct sound *self, bool resting)
{
	if (self->impl->rest)
		self->impl->rest(self, resting);
}

void sound_listen(struct sound *self, const struct sound_format *format)
{
	self->impl->listen(self, format);
}

void sound_set_loudness(struct sound *self, enum sound_end end, double volume, bool muted)
{
	if (self->impl->set_loudness)
		self->impl->set_loudness(self, end, volume, muted);
}

void sound_set_device(struct sound *self, enum sound_end end, const char *name)
{
	if (self->impl->set_device)
		self->impl->set_device(self, end, name);
}

uint32_t sound_delay_us(const struct sound *self)
{
	return self->impl->delay_us ? self->impl->delay_us(self) : 0;
}

void sound_destroy(struct sound *self)
{
	if (self)
		self->impl->destroy(self);
}
