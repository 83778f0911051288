/* The guest's sound: what its channels say goes to the sound server, and what the microphone hears
 * to the guest, once the user has allowed it. */
#include <spice-client.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "spice/part.h"
#include "spice/sound.h"
#include "spice/sound_library.h"

#define FULL    65536.0 /* link_spice_loudness.volume */
#define REST_MS 2000    /* a guest that was silent so long may take a moment to be heard */

struct sound_part {
	struct part part;
	struct link_spice_sound wanted;
	struct sound *sound; /* NULL: sound is not wanted, or a matter of the library */
	SpiceSession *spice; /* NULL: no connection */
	SpiceMainChannel *main;
	struct sound_library *library;      /* does all of it; or NULL */
	SpiceChannel *channels[SOUND_ENDS]; /* NULL: not ours */

	struct sound_track track; /* its format's rate is 0: there is none */
	bool plays;
	unsigned rester, nudger; /* 0: none runs */

	struct sound_format heard; /* rate 0: the guest does not listen */
	bool allowed, listens;
	struct link_spice_loudness loudness[SOUND_ENDS];
	bool known[SOUND_ENDS]; /* not only by default */
	struct link_spice_loudness
		guests[SOUND_ENDS]; /* what it wanted last; muted is 2: nothing */
	char *devices[SOUND_ENDS];  /* or NULL */
	uint32_t told;
};

static struct sound_part *from(struct part *part)
{
	return (struct sound_part *)part;
}

/* ---- to the viewer ---- */

static void tell_state(struct sound_part *self)
{
	struct link_spice_sound_state body = {
		(self->plays ? LINK_SPICE_PLAYS : 0) |
			(self->heard.rate ? LINK_SPICE_WANTS_TO_LISTEN : 0) |
			(self->listens ? LINK_SPICE_LISTENS : 0),
	};

	if (body.flags != self->told)
		service_tell(self->part.service, LINK_SPICE_SOUND_STATE, &body, NULL, NULL);
	self->told = body.flags;
}

static void on_alert(void *data, const char *text)
{
	struct sound_part *self = data;
	char shown[512];

	log_info("%s", text);
	service_make_presentable(shown, sizeof(shown), text);
	service_tell(self->part.service, LINK_SPICE_SOUND_ALERT, NULL, shown, NULL);
}

/* ---- loudness ---- */

static void keep_loudness(struct sound_part *self, enum sound_end end, double volume, bool muted)
{
	struct link_spice_loudness *loudness = &self->loudness[end];

	self->known[end] = true;
	const struct link_spice_loudness now = { end, (uint32_t)(CLAMP(volume, 0, 1) * FULL + 0.5),
						 muted };

	if (memcmp(loudness, &now, sizeof(now)) == 0)
		return;
	*loudness = now;
	service_tell(self->part.service, LINK_SPICE_SOUND_LOUD, &now, NULL, NULL);
}

static void set_loudness(struct sound_part *self, enum sound_end end, double volume, bool muted)
{
	keep_loudness(self, end, volume, muted);
	if (self->sound)
		sound_set_loudness(self->sound, end, self->loudness[end].volume / FULL, muted);
}

static void on_loudness(void *data, enum sound_end end, double volume, bool muted)
{
	keep_loudness(data, end, volume, muted);
}

/* What the guest wants it to be; one channel is as loud as the other. It says that again and again,
 * and what the user did meanwhile stays. */
static void follow_guest(struct sound_part *self, enum sound_end end)
{
	guint16 *volumes = NULL;
	guint count = 0, sum = 0;
	gboolean muted = FALSE;

	if (!self->wanted.sync_volume || !self->channels[end])
		return;
	g_object_get(self->channels[end], "volume", &volumes, "nchannels", &count, "mute", &muted,
		     NULL);
	if (!volumes || !count || count > SOUND_CHANNELS_MAX)
		return;
	for (guint i = 0; i < count; i++)
		sum += volumes[i];
	const struct link_spice_loudness now = { end, sum / count, muted };
	if (memcmp(&self->guests[end], &now, sizeof(now)) == 0)
		return;
	self->guests[end] = now;
	set_loudness(self, end, now.volume / 65535.0, muted);
}

static void forget_guests(struct sound_part *self)
{
	for (int end = 0; end < SOUND_ENDS; end++)
		self->guests[end].muted = 2;
}

static void on_guests_loudness(SpiceChannel *channel, GParamSpec *spec, gpointer data)
{
	struct sound_part *self = data;

	(void)spec;
	for (int end = 0; end < SOUND_ENDS; end++)
		if (self->channels[end] == channel)
			follow_guest(self, end);
}

static gboolean on_nudge(gpointer data)
{
	struct sound_part *self = data;

	self->nudger = 0;
	service_nudge(self->part.service);
	return G_SOURCE_REMOVE;
}

/* The guest's agent may ask, so that both begin with the same. The library only queues the answer.
 */
static bool how_loud(void *data, enum sound_end end, uint16_t *volume, bool *muted)
{
	struct sound_part *self = data;
	const struct link_spice_loudness *loudness = &self->loudness[end];

	if (!self->known[end] || !self->wanted.sync_volume)
		return false;
	*volume = (uint16_t)MIN(loudness->volume, UINT16_MAX);
	*muted = loudness->muted != 0;
	if (!self->nudger)
		self->nudger = g_idle_add(on_nudge, self);
	return true;
}

/* ---- the guest plays ---- */

static void drop_track(struct sound_part *self)
{
	if (!self->track.format.rate)
		return;
	sound_play(self->sound, NULL);
	sound_track_finish(&self->track);
	self->track.format.rate = 0;
}

static void stop_timer(unsigned *timer)
{
	if (*timer)
		g_source_remove(*timer);
	*timer = 0;
}

static void on_playback_start(SpiceChannel *channel, gint format, gint channels, gint rate,
			      gpointer data)
{
	struct sound_part *self = data;
	const struct sound_format wanted = { (uint32_t)rate, (uint32_t)channels };

	(void)channel;
	log_debug("the guest plays, %d channels at %d Hz", channels, rate);
	stop_timer(&self->rester);
	self->plays = false;
	if (memcmp(&wanted, &self->track.format, sizeof(wanted)) != 0) {
		drop_track(self);
		if (format != SPICE_AUDIO_FMT_S16 || sound_track_init(&self->track, &wanted) < 0) {
			self->track.format.rate = 0;
			on_alert(self, "the guest's sound is of a kind that nobody knows");
			return;
		}
		sound_play(self->sound, &self->track);
	}
	sound_rest(self->sound, false);
	self->plays = true;
	tell_state(self);
}

static void on_playback_data(SpiceChannel *channel, gpointer samples, gint size, gpointer data)
{
	struct sound_part *self = data;
	uint32_t stride = self->track.format.channels * sizeof(int16_t);
	uint32_t latency = MIN(self->wanted.latency_ms, SOUND_AUTO);

	(void)channel;
	if (self->plays && size > 0)
		sound_track_push(&self->track, samples, (uint32_t)size / stride, clock_ns(),
				 latency);
}

static gboolean on_rest(gpointer data)
{
	struct sound_part *self = data;

	self->rester = 0;
	sound_rest(self->sound, true);
	return G_SOURCE_REMOVE;
}

static void on_playback_stop(SpiceChannel *channel, gpointer data)
{
	struct sound_part *self = data;

	(void)channel;
	if (!self->plays)
		return;
	self->plays = false;
	sound_track_rest(&self->track);
	self->rester = g_timeout_add(REST_MS, on_rest, self);
	tell_state(self);
}

/* The library has video wait for its sound. */
static void on_get_delay(SpiceChannel *channel, gpointer data)
{
	struct sound_part *self = data;
	uint32_t ms = 0;

	if (self->track.format.rate)
		ms = (uint32_t)((uint64_t)sound_track_delay(&self->track) * 1000 /
				self->track.format.rate);
	spice_playback_channel_set_delay(SPICE_PLAYBACK_CHANNEL(channel),
					 ms + sound_delay_us(self->sound) / 1000);
}

/* ---- the guest listens ---- */

static void settle_listening(struct sound_part *self)
{
	bool listens = self->sound && self->heard.rate && self->allowed;

	if (listens != self->listens)
		sound_listen(self->sound, listens ? &self->heard : NULL);
	self->listens = listens;
	tell_state(self);
}

static void on_record_start(SpiceChannel *channel, gint format, gint channels, gint rate,
			    gpointer data)
{
	struct sound_part *self = data;
	const struct sound_format wanted = { (uint32_t)rate, (uint32_t)channels };

	(void)channel;
	log_debug("the guest listens, %d channels at %d Hz", channels, rate);
	self->heard.rate = 0;
	settle_listening(self);
	if (format == SPICE_AUDIO_FMT_S16 && sound_format_is_sane(&wanted))
		self->heard = wanted;
	settle_listening(self);
}

static void on_record_stop(SpiceChannel *channel, gpointer data)
{
	struct sound_part *self = data;

	(void)channel;
	self->heard.rate = 0;
	settle_listening(self);
}

static void on_heard(void *data, const int16_t *samples, uint32_t frames)
{
	struct sound_part *self = data;
	SpiceChannel *channel = self->channels[SOUND_MICROPHONE];

	if (self->listens && channel)
		spice_record_channel_send_data(SPICE_RECORD_CHANNEL(channel), (gpointer)samples,
					       frames * self->heard.channels * sizeof(*samples),
					       (guint32)(clock_ns() / NS_PER_MS));
}

static const struct sound_listener listener = {
	.heard = on_heard,
	.loudness = on_loudness,
	.alert = on_alert,
};

/* ---- connections ---- */

static const struct {
	enum sound_end end;
	const char *signal;
	GCallback callback;
} signals[] = {
	{ SOUND_SPEAKER, "playback-start", G_CALLBACK(on_playback_start) },
	{ SOUND_SPEAKER, "playback-data", G_CALLBACK(on_playback_data) },
	{ SOUND_SPEAKER, "playback-stop", G_CALLBACK(on_playback_stop) },
	{ SOUND_SPEAKER, "playback-get-delay", G_CALLBACK(on_get_delay) },
	{ SOUND_MICROPHONE, "record-start", G_CALLBACK(on_record_start) },
	{ SOUND_MICROPHONE, "record-stop", G_CALLBACK(on_record_stop) },
};

static void take(struct sound_part *self, enum sound_end end, SpiceChannel *channel)
{
	if (self->channels[end])
		return; /* a machine has one of each */
	self->channels[end] = g_object_ref(channel);
	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
		if (signals[i].end == end)
			g_signal_connect(channel, signals[i].signal, signals[i].callback, self);
	g_signal_connect(channel, "notify::volume", G_CALLBACK(on_guests_loudness), self);
	g_signal_connect(channel, "notify::mute", G_CALLBACK(on_guests_loudness), self);
	spice_channel_connect(channel);
}

/* By now the library would have its own player. */
static void on_agent(SpiceChannel *channel, gpointer data)
{
	struct sound_part *self = data;

	(void)channel;
	if (self->spice && !(self->library && self->wanted.enabled))
		sound_library_tame(self->spice, how_loud, self);
}

static void watch_agent(struct sound_part *self, SpiceChannel *channel)
{
	self->main = g_object_ref(SPICE_MAIN_CHANNEL(channel));
	g_signal_connect(channel, "main-agent-update", G_CALLBACK(on_agent), self);
}

static void part_sound_channel(struct part *part, SpiceChannel *channel)
{
	struct sound_part *self = from(part);

	if (SPICE_IS_MAIN_CHANNEL(channel) && !self->main)
		watch_agent(self, channel);
	if (self->library)
		sound_library_channel(self->library, channel);
	else if (self->sound && SPICE_IS_PLAYBACK_CHANNEL(channel))
		take(self, SOUND_SPEAKER, channel);
	else if (self->sound && SPICE_IS_RECORD_CHANNEL(channel))
		take(self, SOUND_MICROPHONE, channel);
}

static void start_library(struct sound_part *self)
{
	if (!sound_library_start(self->library, self->spice))
		on_alert(self, "no sound: the library that should play it has no plugins for that");
}

/* Those that were there before sound was wanted. */
static void start(struct sound_part *self)
{
	if (self->library) {
		start_library(self);
		return;
	}
	GList *channels = spice_session_get_channels(self->spice);
	for (GList *i = channels; i; i = i->next)
		part_sound_channel(&self->part, i->data);
	g_list_free(channels);
}

/* The channels are connected to only where sound is wanted. */
static void part_sound_dial(struct part *part, SpiceSession *spice)
{
	struct sound_part *self = from(part);

	self->spice = spice;
	g_object_set(spice, "enable-audio", TRUE, NULL);
	if (self->library && self->wanted.enabled)
		start_library(self);
}

static void part_sound_lost(struct part *part)
{
	struct sound_part *self = from(part);

	for (int end = 0; end < SOUND_ENDS; end++) {
		if (self->channels[end])
			g_signal_handlers_disconnect_by_data(self->channels[end], self);
		g_clear_object(&self->channels[end]);
	}
	if (self->main)
		g_signal_handlers_disconnect_by_data(self->main, self);
	g_clear_object(&self->main);
	if (self->library)
		sound_library_lost(self->library);
	stop_timer(&self->rester);
	stop_timer(&self->nudger);
	if (self->sound)
		drop_track(self);
	self->spice = NULL;
	self->plays = false;
	self->heard.rate = 0;
	if (!self->library)
		settle_listening(self);
}

/* ---- from the viewer ---- */

static void want(struct sound_part *self)
{
	self->sound = self->library ? NULL : sound_create(&listener, self);
	for (int end = 0; end < SOUND_ENDS && self->sound; end++)
		if (self->devices[end])
			sound_set_device(self->sound, end, self->devices[end]);
	if (self->spice)
		start(self);
}

static void hear_sound(struct part *part, struct link_message *message)
{
	struct sound_part *self = from(part);

	bool synced = self->wanted.sync_volume, enabled = self->wanted.enabled;

	self->wanted = *(const struct link_spice_sound *)message->body;
	if (!synced)
		forget_guests(self);
	if (self->wanted.enabled && !enabled)
		want(self);
	follow_guest(self, SOUND_SPEAKER);
	follow_guest(self, SOUND_MICROPHONE);
}

static void hear_device(struct part *part, struct link_message *message)
{
	const struct link_spice_end *body = message->body;
	struct sound_part *self = from(part);

	if (body->end >= SOUND_ENDS)
		return;
	g_free(self->devices[body->end]);
	self->devices[body->end] = g_strdup(message->text);
	if (self->sound)
		sound_set_device(self->sound, body->end, message->text);
}

static void hear_loudness(struct part *part, struct link_message *message)
{
	const struct link_spice_loudness *body = message->body;

	if (body->end < SOUND_ENDS)
		set_loudness(from(part), body->end, body->volume / FULL, body->muted != 0);
}

static void hear_listen(struct part *part, struct link_message *message)
{
	struct sound_part *self = from(part);

	self->allowed = ((const struct link_spice_listen *)message->body)->allowed != 0;
	if (self->library)
		sound_library_allow(self->library, self->allowed);
	else
		settle_listening(self);
}

static void hear_measure(struct part *part, struct link_message *message)
{
	struct sound_part *self = from(part);
	struct sound_figures figures = { 0 };

	(void)message;
	if (self->track.format.rate)
		sound_track_figures(&self->track, &figures);
	const struct link_spice_sound_figures body = {
		.played = figures.played,
		.overrun = figures.overrun,
		.late = figures.late,
		.missed = figures.missed,
		.splices = figures.splices,
		.target_us = figures.target_us,
		.quantum_us = figures.quantum_us,
		.spread_us = figures.spread_us,
		.device_us = self->sound ? sound_delay_us(self->sound) : 0,
		.p50_us = figures.wait_us[0],
		.p95_us = figures.wait_us[1],
		.p99_us = figures.wait_us[2],
	};
	service_tell(part->service, LINK_SPICE_SOUND_MEASURED, &body, NULL, NULL);
}

/* ---- life ---- */

static void on_library(void *data, bool wants, bool listens)
{
	struct sound_part *self = data;

	self->heard.rate = wants;
	self->listens = listens;
	tell_state(self);
}

static struct part *part_sound_create(struct service *service)
{
	struct sound_part *self = g_new0(struct sound_part, 1);

	(void)service;
	for (int end = 0; end < SOUND_ENDS; end++)
		self->loudness[end] = (struct link_spice_loudness){ end, (uint32_t)FULL, 0 };
	forget_guests(self);
	if (sound_library_is_better())
		self->library = sound_library_create(on_library, self);
	return &self->part;
}

static void part_sound_destroy(struct part *part)
{
	struct sound_part *self = from(part);

	sound_library_destroy(self->library);
	sound_destroy(self->sound);
	for (int end = 0; end < SOUND_ENDS; end++)
		g_free(self->devices[end]);
	g_free(self);
}

const struct part_impl part_sound = {
	.name = "sound",
	.create = part_sound_create,
	.dial = part_sound_dial,
	.channel = part_sound_channel,
	.lost = part_sound_lost,
	.hears = {
		[LINK_SPICE_SOUND] = hear_sound,
		[LINK_SPICE_SOUND_DEVICE] = hear_device,
		[LINK_SPICE_SOUND_LOUDNESS] = hear_loudness,
		[LINK_SPICE_SOUND_LISTEN] = hear_listen,
		[LINK_SPICE_SOUND_MEASURE] = hear_measure,
	},
	.destroy = part_sound_destroy,
};
