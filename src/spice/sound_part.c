/* The guest's sound: what its channels say goes to the sound server, and what the microphone hears
 * to the guest, once the user has allowed it. */
#include <spice-client.h>

#include "base/clock.h"
#include "base/log.h"
#include "spice/part.h"
#include "spice/sound.h"
#include "spice/sound_library.h"
#include "spice/sound_speaker.h"
#include "spice/sound_volume.h"

struct sound_part {
	struct part part;
	struct link_spice_sound wanted;
	struct sound *sound; /* NULL: sound is not wanted, or a matter of the library */
	SpiceSession *spice; /* NULL: no connection */
	SpiceMainChannel *main;
	struct sound_library *library;      /* does all of it; or NULL */
	SpiceChannel *channels[SOUND_ENDS]; /* NULL: not ours */

	struct sound_speaker speaker;
	struct sound_volume volume;
	unsigned nudger; /* 0: it does not run */

	struct sound_format heard; /* rate 0: the guest does not listen */
	bool allowed, listens;
	char *devices[SOUND_ENDS]; /* or NULL */
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
		(self->speaker.plays ? LINK_SPICE_PLAYS : 0) |
			(self->heard.rate ? LINK_SPICE_WANTS_TO_LISTEN : 0) |
			(self->listens ? LINK_SPICE_LISTENS : 0),
	};

	if (body.flags != self->told)
		service_tell(self->part.service, LINK_SPICE_SOUND_STATE, &body, NULL, NULL);
	self->told = body.flags;
}

static void on_changed(void *data)
{
	tell_state(data);
}

static void on_alert(void *data, const char *text)
{
	struct sound_part *self = data;
	char shown[512];

	log_info("%s", text);
	service_make_presentable(shown, sizeof(shown), text);
	service_tell(self->part.service, LINK_SPICE_SOUND_ALERT, NULL, shown, NULL);
}

/* ---- how loud it is ---- */

static void on_loudness(void *data, enum sound_end end, double volume, bool muted)
{
	struct sound_part *self = data;

	sound_volume_hear(&self->volume, end, volume, muted);
}

static void on_guests_loudness(SpiceChannel *channel, GParamSpec *spec, gpointer data)
{
	struct sound_part *self = data;

	(void)spec;
	for (int end = 0; end < SOUND_ENDS; end++)
		if (self->channels[end] == channel)
			sound_volume_follow(&self->volume, end, channel);
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

	if (!sound_volume_ask(&self->volume, end, volume, muted))
		return false;
	if (!self->nudger)
		self->nudger = g_idle_add(on_nudge, self);
	return true;
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

static void take(struct sound_part *self, enum sound_end end, SpiceChannel *channel)
{
	if (self->channels[end])
		return; /* a machine has one of each */
	self->channels[end] = g_object_ref(channel);
	if (end == SOUND_SPEAKER) {
		sound_speaker_take(&self->speaker, channel);
	} else {
		g_signal_connect(channel, "record-start", G_CALLBACK(on_record_start), self);
		g_signal_connect(channel, "record-stop", G_CALLBACK(on_record_stop), self);
	}
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

	if (self->channels[SOUND_SPEAKER])
		sound_speaker_lose(&self->speaker, self->channels[SOUND_SPEAKER]);
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
	if (self->nudger)
		g_source_remove(self->nudger);
	self->nudger = 0;
	self->spice = NULL;
	self->heard.rate = 0;
	if (!self->library)
		settle_listening(self);
}

/* ---- from the viewer ---- */

static void want(struct sound_part *self)
{
	self->sound = self->library ? NULL : sound_create(&listener, self);
	self->speaker.sound = self->volume.sound = self->sound;
	for (int end = 0; end < SOUND_ENDS && self->sound; end++)
		if (self->devices[end])
			sound_set_device(self->sound, end, self->devices[end]);
	if (self->spice)
		start(self);
}

static void hear_sound(struct part *part, struct link_message *message)
{
	struct sound_part *self = from(part);

	bool enabled = self->wanted.enabled;

	self->wanted = *(const struct link_spice_sound *)message->body;
	self->speaker.latency_ms = MIN(self->wanted.latency_ms, SOUND_AUTO);
	sound_volume_synchronize(&self->volume, self->wanted.sync_volume);
	if (self->wanted.enabled && !enabled)
		want(self);
	for (int end = 0; end < SOUND_ENDS; end++)
		sound_volume_follow(&self->volume, end, self->channels[end]);
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
	sound_volume_set(&from(part)->volume, message->body);
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
	struct sound_figures figures;

	(void)message;
	sound_speaker_figures(&self->speaker, &figures);
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

	sound_volume_init(&self->volume, service);
	self->speaker =
		(struct sound_speaker){ .changed = on_changed, .alert = on_alert, .data = self };
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
