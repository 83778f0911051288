#include "spice/sound_library.h"

#include <glib.h>
#include <spice-client.h>

#define TAMER "oriel-tamer"

static bool has(const char *variable, const char *name)
{
	const char *folder = g_getenv(variable);
	g_autofree char *path = folder ? g_build_filename(folder, name, NULL) : NULL;

	return path && g_file_test(path, G_FILE_TEST_EXISTS);
}

bool sound_library_is_better(void)
{
	const char *remote = g_getenv("PIPEWIRE_REMOTE");
	const char *name = remote ? remote : "pipewire-0";
	bool pipewire = sound_pipewire &&
			(has("PIPEWIRE_RUNTIME_DIR", name) || has("XDG_RUNTIME_DIR", name));

	return !pipewire && (g_getenv("PULSE_SERVER") || has("PULSE_RUNTIME_PATH", "native") ||
			     has("XDG_RUNTIME_DIR", "pulse/native"));
}

/* ---- it plays, and records where it may ---- */

struct sound_library {
	sound_library_func wish;
	void *data;
	SpiceChannel *record; /* NULL: there is none */
	int format, channels, rate;
	bool wants, allowed, listens;
};

static void tell(struct sound_library *self)
{
	self->wish(self->data, self->wants, self->listens);
}

/* Ours is the first that hears it, and the last while the guest may not listen. */
static void on_record_start(SpiceChannel *channel, gint format, gint channels, gint rate,
			    gpointer data)
{
	struct sound_library *self = data;

	self->format = format;
	self->channels = channels;
	self->rate = rate;
	self->wants = true;
	self->listens = self->allowed;
	if (!self->listens)
		g_signal_stop_emission_by_name(channel, "record-start");
	tell(self);
}

static void on_record_stop(SpiceChannel *channel, gpointer data)
{
	struct sound_library *self = data;

	(void)channel;
	self->wants = self->listens = false;
	tell(self);
}

void sound_library_channel(struct sound_library *self, SpiceChannel *channel)
{
	if (!SPICE_IS_RECORD_CHANNEL(channel) || self->record)
		return;
	self->record = g_object_ref(channel);
	g_signal_connect(channel, "record-start", G_CALLBACK(on_record_start), self);
	g_signal_connect(channel, "record-stop", G_CALLBACK(on_record_stop), self);
}

void sound_library_lost(struct sound_library *self)
{
	if (self->record)
		g_signal_handlers_disconnect_by_data(self->record, self);
	g_clear_object(&self->record);
	self->wants = self->listens = false;
	tell(self);
}

bool sound_library_start(struct sound_library *self, SpiceSession *spice)
{
	(void)self;
	return spice_audio_get(spice, NULL) != NULL;
}

/* The library is told again what the guest wants, or that it wants no more. */
void sound_library_allow(struct sound_library *self, bool allowed)
{
	bool was = self->listens;

	self->allowed = allowed;
	if (allowed && self->wants && !was) {
		g_signal_emit_by_name(self->record, "record-start", self->format, self->channels,
				      self->rate);
	} else if (!allowed && was) {
		g_signal_emit_by_name(self->record, "record-stop");
		self->wants = true;
		tell(self);
	}
}

struct sound_library *sound_library_create(sound_library_func wish, void *data)
{
	struct sound_library *self = g_new0(struct sound_library, 1);

	self->wish = wish;
	self->data = data;
	return self;
}

void sound_library_destroy(struct sound_library *self)
{
	if (self)
		sound_library_lost(self);
	g_free(self);
}

/* ---- it is kept out ---- */

struct tamer {
	sound_library_volume volume;
	void *data;
};

static void on_asked(SpiceAudio *audio, GCancellable *cancellable, SpiceMainChannel *channel,
		     GAsyncReadyCallback callback, gpointer data)
{
	g_autoptr(GTask) task = g_task_new(audio, cancellable, callback, data);

	(void)channel;
	g_task_return_boolean(task, TRUE);
}

static gboolean answer(SpiceAudio *audio, enum sound_end end, gboolean *mute, guint8 *count,
		       guint16 **volumes)
{
	const struct tamer *tamer = g_object_get_data(G_OBJECT(audio), TAMER);
	uint16_t volume;
	bool muted;

	if (!tamer || !tamer->volume(tamer->data, end, &volume, &muted))
		return FALSE;
	*mute = muted;
	*count = 2;
	*volumes = g_new(guint16, 2);
	(*volumes)[0] = (*volumes)[1] = volume;
	return TRUE;
}

static gboolean speaker_answer(SpiceAudio *audio, GAsyncResult *result, gboolean *mute,
			       guint8 *count, guint16 **volumes, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error) &&
	       answer(audio, SOUND_SPEAKER, mute, count, volumes);
}

static gboolean microphone_answer(SpiceAudio *audio, GAsyncResult *result, gboolean *mute,
				  guint8 *count, guint16 **volumes, GError **error)
{
	return g_task_propagate_boolean(G_TASK(result), error) &&
	       answer(audio, SOUND_MICROPHONE, mute, count, volumes);
}

static void deafen(SpiceSession *spice, SpiceAudio *audio)
{
	GList *channels = spice_session_get_channels(spice);

	g_signal_handlers_disconnect_by_data(spice, audio);
	for (GList *i = channels; i; i = i->next)
		g_signal_handlers_disconnect_by_data(i->data, audio);
	g_list_free(channels);
}

/* Its own answers would begin to play and record, to see how loud that is. */
void sound_library_tame(SpiceSession *spice, sound_library_volume volume, void *data)
{
	SpiceAudio *audio = spice_audio_get(spice, NULL);
	struct tamer *tamer;

	if (!audio || g_object_get_data(G_OBJECT(audio), TAMER))
		return;
	SpiceAudioClass *class = SPICE_AUDIO_GET_CLASS(audio);
	class->get_playback_volume_info_async = class->get_record_volume_info_async = on_asked;
	class->get_playback_volume_info_finish = speaker_answer;
	class->get_record_volume_info_finish = microphone_answer;
	tamer = g_new(struct tamer, 1);
	*tamer = (struct tamer){ volume, data };
	g_object_set_data_full(G_OBJECT(audio), TAMER, tamer, g_free);
	deafen(spice, audio);
}
