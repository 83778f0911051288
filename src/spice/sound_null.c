/* A sound server without ears or mouth that keeps time: it pulls as much as a second's clock says
 * should have been played, and hears silence. */
#include <assert.h>
#include <glib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "spice/sound.h"

#define PERIOD_MS  5
#define FRAMES_MAX 2048u

struct null {
	struct sound sound;
	struct sound_track *track; /* NULL: silence */
	struct sound_format heard; /* rate 0: deaf */
	double pulled;             /* frames since began_ns, as played */
	uint64_t sent, began_ns, heard_ns;
	unsigned timer; /* 0: neither */
};

static struct null *null_from(struct sound *sound)
{
	assert(sound->impl == &sound_null);
	return (struct null *)sound;
}

static void pull(struct null *self)
{
	int16_t out[FRAMES_MAX * SOUND_CHANNELS_MAX];
	uint32_t rate = self->track->format.rate;
	double due = (double)(clock_ns() - self->began_ns) / NS_PER_S * rate;
	double wanted = (due - self->pulled) * self->track->pace.rate;
	uint32_t frames = wanted < FRAMES_MAX ? (uint32_t)wanted : FRAMES_MAX;

	if (!frames)
		return;
	sound_track_pull(self->track, out, frames, clock_ns());
	/* Who was late by more than that plays no faster afterwards. */
	self->pulled = wanted < FRAMES_MAX ? self->pulled + frames / self->track->pace.rate : due;
}

static void hear(struct null *self)
{
	static const int16_t silence[FRAMES_MAX];
	uint64_t due = (clock_ns() - self->heard_ns) * self->heard.rate / NS_PER_S;
	uint32_t frames = (uint32_t)min_u64(due - self->sent, FRAMES_MAX / self->heard.channels);

	self->sent = due;
	if (frames)
		self->sound.listener->heard(self->sound.data, silence, frames);
}

static gboolean on_period(gpointer data)
{
	struct null *self = data;

	if (self->track)
		pull(self);
	if (self->heard.rate)
		hear(self);
	return G_SOURCE_CONTINUE;
}

static void settle(struct null *self)
{
	bool runs = self->track || self->heard.rate;

	if (runs && !self->timer)
		self->timer = g_timeout_add(PERIOD_MS, on_period, self);
	if (!runs && self->timer) {
		g_source_remove(self->timer);
		self->timer = 0;
	}
}

static void null_play(struct sound *sound, struct sound_track *track)
{
	struct null *self = null_from(sound);

	self->track = track;
	self->began_ns = clock_ns();
	self->pulled = 0;
	settle(self);
}

static void null_listen(struct sound *sound, const struct sound_format *format)
{
	struct null *self = null_from(sound);

	self->heard = format ? *format : (struct sound_format){ 0 };
	self->heard_ns = clock_ns();
	self->sent = 0;
	settle(self);
}

static void null_destroy(struct sound *sound)
{
	struct null *self = null_from(sound);

	if (self->timer)
		g_source_remove(self->timer);
	g_free(self);
}

static struct sound *null_create(const struct sound_listener *listener, void *data)
{
	struct null *self = g_new0(struct null, 1);

	self->sound = (struct sound){ &sound_null, listener, data };
	return &self->sound;
}

const struct sound_impl sound_null = {
	.name = "null",
	.create = null_create,
	.play = null_play,
	.listen = null_listen,
	.destroy = null_destroy,
};
