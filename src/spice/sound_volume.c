#include "spice/sound_volume.h"

#include <spice-client.h>
#include <string.h>

#include "spice/part.h"

#define FULL     65536.0 /* link_spice_loudness.volume */
#define GUEST    65535.0 /* the protocol's */
#define NO_MUTED 2       /* no wish is like that */

static void forget_guests(struct sound_volume *self)
{
	for (int end = 0; end < SOUND_ENDS; end++)
		self->guests[end].muted = NO_MUTED;
}

void sound_volume_init(struct sound_volume *self, struct service *service)
{
	*self = (struct sound_volume){ .service = service };
	for (int end = 0; end < SOUND_ENDS; end++)
		self->now[end] = (struct link_spice_loudness){ end, (uint32_t)FULL, 0 };
	forget_guests(self);
}

void sound_volume_hear(struct sound_volume *self, enum sound_end end, double volume, bool muted)
{
	const struct link_spice_loudness now = { end, (uint32_t)(CLAMP(volume, 0, 1) * FULL + 0.5),
						 muted };

	self->known[end] = true;
	if (memcmp(&self->now[end], &now, sizeof(now)) == 0)
		return;
	self->now[end] = now;
	service_tell(self->service, LINK_SPICE_SOUND_LOUD, &now, NULL, NULL);
}

static void set(struct sound_volume *self, enum sound_end end, double volume, bool muted)
{
	sound_volume_hear(self, end, volume, muted);
	if (self->sound)
		sound_set_loudness(self->sound, end, self->now[end].volume / FULL, muted);
}

void sound_volume_set(struct sound_volume *self, const struct link_spice_loudness *wish)
{
	if (wish->end < SOUND_ENDS)
		set(self, wish->end, wish->volume / FULL, wish->muted != 0);
}

/* One channel is as loud as the other. It says that again and again, and what the user did
 * meanwhile stays. */
void sound_volume_follow(struct sound_volume *self, enum sound_end end, SpiceChannel *channel)
{
	guint16 *volumes = NULL;
	guint count = 0, sum = 0;
	gboolean muted = FALSE;

	if (!self->sync || !channel)
		return;
	g_object_get(channel, "volume", &volumes, "nchannels", &count, "mute", &muted, NULL);
	if (!volumes || !count || count > SOUND_CHANNELS_MAX)
		return;
	for (guint i = 0; i < count; i++)
		sum += volumes[i];
	const struct link_spice_loudness now = { end, sum / count, muted };
	if (memcmp(&self->guests[end], &now, sizeof(now)) == 0)
		return;
	self->guests[end] = now;
	set(self, end, now.volume / GUEST, muted);
}

void sound_volume_synchronize(struct sound_volume *self, bool sync)
{
	if (!self->sync)
		forget_guests(self);
	self->sync = sync;
}

bool sound_volume_ask(const struct sound_volume *self, enum sound_end end, uint16_t *volume,
		      bool *muted)
{
	if (!self->known[end] || !self->sync)
		return false;
	*volume = (uint16_t)MIN(self->now[end].volume, UINT16_MAX);
	*muted = self->now[end].muted != 0;
	return true;
}
