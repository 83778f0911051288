#include "spice/sound_speaker.h"

#include <spice-client.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define REST_MS 2000 /* a guest that was silent so long may take a moment to be heard */

static void drop_track(struct sound_speaker *self)
{
	if (!self->track.format.rate)
		return;
	sound_play(self->sound, NULL);
	sound_track_finish(&self->track);
	self->track.format.rate = 0;
}

static void stop_rester(struct sound_speaker *self)
{
	if (self->rester)
		g_source_remove(self->rester);
	self->rester = 0;
}

static void on_playback_start(SpiceChannel *channel, gint format, gint channels, gint rate,
			      gpointer data)
{
	struct sound_speaker *self = data;
	const struct sound_format wanted = { (uint32_t)rate, (uint32_t)channels };

	(void)channel;
	log_debug("the guest plays, %d channels at %d Hz", channels, rate);
	stop_rester(self);
	self->plays = false;
	if (memcmp(&wanted, &self->track.format, sizeof(wanted)) != 0) {
		drop_track(self);
		if (format != SPICE_AUDIO_FMT_S16 || sound_track_init(&self->track, &wanted) < 0) {
			self->track.format.rate = 0;
			self->alert(self->data, "the guest's sound is of a kind that nobody knows");
			return;
		}
		sound_play(self->sound, &self->track);
	}
	sound_rest(self->sound, false);
	self->plays = true;
	self->changed(self->data);
}

static void on_playback_data(SpiceChannel *channel, gpointer samples, gint size, gpointer data)
{
	struct sound_speaker *self = data;
	uint32_t stride = self->track.format.channels * sizeof(int16_t);

	(void)channel;
	if (self->plays && size > 0)
		sound_track_push(&self->track, samples, (uint32_t)size / stride, clock_ns(),
				 self->latency_ms);
}

static gboolean on_rest(gpointer data)
{
	struct sound_speaker *self = data;

	self->rester = 0;
	sound_rest(self->sound, true);
	return G_SOURCE_REMOVE;
}

static void on_playback_stop(SpiceChannel *channel, gpointer data)
{
	struct sound_speaker *self = data;

	(void)channel;
	if (!self->plays)
		return;
	self->plays = false;
	sound_track_rest(&self->track);
	self->rester = g_timeout_add(REST_MS, on_rest, self);
	self->changed(self->data);
}

/* The library has video wait for its sound. */
static void on_get_delay(SpiceChannel *channel, gpointer data)
{
	struct sound_speaker *self = data;
	uint32_t ms = 0;

	if (self->track.format.rate)
		ms = (uint32_t)((uint64_t)sound_track_delay(&self->track) * 1000 /
				self->track.format.rate);
	spice_playback_channel_set_delay(SPICE_PLAYBACK_CHANNEL(channel),
					 ms + sound_delay_us(self->sound) / 1000);
}

void sound_speaker_take(struct sound_speaker *self, SpiceChannel *channel)
{
	g_signal_connect(channel, "playback-start", G_CALLBACK(on_playback_start), self);
	g_signal_connect(channel, "playback-data", G_CALLBACK(on_playback_data), self);
	g_signal_connect(channel, "playback-stop", G_CALLBACK(on_playback_stop), self);
	g_signal_connect(channel, "playback-get-delay", G_CALLBACK(on_get_delay), self);
}

void sound_speaker_lose(struct sound_speaker *self, SpiceChannel *channel)
{
	g_signal_handlers_disconnect_by_data(channel, self);
	stop_rester(self);
	drop_track(self);
	self->plays = false;
}

void sound_speaker_figures(struct sound_speaker *self, struct sound_figures *out)
{
	*out = (struct sound_figures){ 0 };
	if (self->track.format.rate)
		sound_track_figures(&self->track, out);
}
