/* Streams to and from PipeWire. What the loudspeaker needs is pulled on PipeWire's real-time
 * thread; what the microphone hears comes on the main thread. */
#include <spa/param/audio/format-utils.h>
#include <spa/param/props.h>

#include "base/clock.h"
#include "spice/sound_pipewire.h"

#define QUANTUM "128/48000" /* as often as a cheap sound card can */

static uint32_t stride(const struct pipe *self)
{
	return self->format.channels * sizeof(int16_t);
}

uint64_t pipe_delay_ns(const struct pipe *self, struct pw_time *time)
{
	if (!self->stream || pw_stream_get_time_n(self->stream, time, sizeof(*time)) < 0 ||
	    !time->rate.denom)
		return 0;
	double seconds = (double)time->delay * time->rate.num / time->rate.denom +
			 (double)time->buffered / self->format.rate;
	return seconds > 0 && seconds < 10 ? (uint64_t)(seconds * NS_PER_S) : 0;
}

/* ---- the real-time thread ---- */

/* When what is pulled now reaches the loudspeaker: turns have a time, later than which they run. */
static uint64_t leaves_ns(const struct pipe *self)
{
	struct pw_time time = { 0 };
	uint64_t delay = pipe_delay_ns(self, &time);

	return (time.now > 0 ? (uint64_t)time.now : clock_ns()) + delay;
}

static void on_play(void *data)
{
	struct pipe *self = data;
	struct sound_track *track = atomic_load(&self->playing);
	struct spa_io_rate_match *match = atomic_load(&self->match);
	struct pw_buffer *buffer = track ? pw_stream_dequeue_buffer(self->stream) : NULL;

	if (!buffer)
		return;
	struct spa_data *out = &buffer->buffer->datas[0];
	uint32_t frames = out->data ? out->maxsize / stride(self) : 0;
	if (buffer->requested && buffer->requested < frames)
		frames = (uint32_t)buffer->requested;
	if (frames)
		sound_track_pull(track, out->data, frames, leaves_ns(self));
	*out->chunk = (struct spa_chunk){ .size = frames * stride(self),
					  .stride = (int32_t)stride(self) };
	if (match) {
		match->rate = 1 / track->pace.rate; /* by how much to stretch */
		match->flags |= SPA_IO_RATE_MATCH_FLAG_ACTIVE;
	}
	pw_stream_queue_buffer(self->stream, buffer);
	atomic_fetch_add(&self->turns, 1);
}

/* ---- the main thread ---- */

static void on_io(void *data, uint32_t id, void *area, uint32_t size)
{
	struct pipe *self = data;

	if (id == SPA_IO_RateMatch)
		atomic_store(&self->match, size >= sizeof(*self->match) ? area : NULL);
}

static void on_hear(void *data)
{
	struct pipe *self = data;
	const struct sound *sound = &self->server->sound;
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(self->stream);

	if (!buffer)
		return;
	const struct spa_data *in = &buffer->buffer->datas[0];
	uint32_t offset = SPA_MIN(in->chunk->offset, in->maxsize);
	uint32_t size = SPA_MIN(in->chunk->size, in->maxsize - offset);
	if (in->data && size >= stride(self))
		sound->listener->heard(sound->data, SPA_PTROFF(in->data, offset, int16_t),
				       size / stride(self));
	pw_stream_queue_buffer(self->stream, buffer);
}

static void on_control(void *data, uint32_t id, const struct pw_stream_control *control)
{
	struct pipe *self = data;
	const struct sound *sound = &self->server->sound;
	double sum = 0;

	for (uint32_t i = 0; i < control->n_values; i++)
		sum += (double)control->values[i];
	if (!control->n_values ||
	    !self->settled) /* before that it is what every stream begins with */
		return;
	if (id == SPA_PROP_channelVolumes)
		self->volume = sum / control->n_values;
	else if (id == SPA_PROP_mute)
		self->muted = sum > 0.5;
	else
		return;
	sound->listener->loudness(sound->data, self->end, self->volume, self->muted);
}

static void on_state(void *data, enum pw_stream_state old, enum pw_stream_state state,
		     const char *error)
{
	struct pipe *self = data;

	(void)old;
	if (state == PW_STREAM_STATE_ERROR)
		pipewire_alert(self->server, "no %s: %s",
			       self->end == SOUND_SPEAKER ? "sound" : "microphone",
			       error ? error : "PipeWire says no more");
}

/* Earlier there is nothing that could be made louder, and the wish would be lost. */
static void on_param(void *data, uint32_t id, const struct spa_pod *param)
{
	struct pipe *self = data;

	if (id != SPA_PARAM_Format || !param || self->settled)
		return;
	self->settled = true;
	if (self->loudness_known)
		pipe_set_loudness(self, self->volume, self->muted);
}

static const struct pw_stream_events events[SOUND_ENDS] = {
	[SOUND_SPEAKER] = { PW_VERSION_STREAM_EVENTS, .state_changed = on_state,
			    .io_changed = on_io, .control_info = on_control,
			    .param_changed = on_param, .process = on_play },
	[SOUND_MICROPHONE] = { PW_VERSION_STREAM_EVENTS, .state_changed = on_state,
			       .control_info = on_control, .param_changed = on_param,
			       .process = on_hear },
};

static const struct {
	const char *name, *description, *category;
	enum pw_direction direction;
	enum pw_stream_flags flags;
} kinds[SOUND_ENDS] = {
	[SOUND_SPEAKER] = { "oriel", "Virtual machine", "Playback", PW_DIRECTION_OUTPUT,
			    PW_STREAM_FLAG_RT_PROCESS },
	[SOUND_MICROPHONE] = { "oriel-microphone", "Virtual machine", "Capture", PW_DIRECTION_INPUT,
			       PW_STREAM_FLAG_NONE },
};

static struct pw_properties *properties_of(const struct pipe *self)
{
	struct pw_properties *out = pw_properties_new(
		PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, kinds[self->end].category,
		PW_KEY_MEDIA_ROLE, "Game", PW_KEY_APP_NAME, "Oriel", PW_KEY_APP_ID, "oriel-view",
		PW_KEY_NODE_NAME, kinds[self->end].name, PW_KEY_NODE_DESCRIPTION,
		kinds[self->end].description, PW_KEY_NODE_LATENCY, QUANTUM, NULL);

	/* How loud it is the guest knows, or the viewer. */
	pw_properties_set(out, "state.restore-props", "false");
	if (self->device)
		pw_properties_set(out, "target.object", self->device);
	return out;
}

static const struct spa_pod *format_of(const struct pipe *self, struct spa_pod_builder *builder)
{
	struct spa_audio_info_raw info = { .format = SPA_AUDIO_FORMAT_S16,
					   .rate = self->format.rate,
					   .channels = self->format.channels };

	info.position[0] = info.channels == 1 ? SPA_AUDIO_CHANNEL_MONO : SPA_AUDIO_CHANNEL_FL;
	for (uint32_t i = 1; i < info.channels; i++)
		info.position[i] = SPA_AUDIO_CHANNEL_FL + i;
	return spa_format_audio_raw_build(builder, SPA_PARAM_EnumFormat, &info);
}

void pipe_open(struct pipe *self)
{
	uint8_t room[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(room, sizeof(room));
	const struct spa_pod *format = format_of(self, &builder);
	enum pw_stream_flags flags = kinds[self->end].flags | PW_STREAM_FLAG_AUTOCONNECT |
				     PW_STREAM_FLAG_MAP_BUFFERS;

	if (self->stream)
		return;
	struct pw_stream *stream = pw_stream_new(self->server->core, kinds[self->end].description,
						 properties_of(self));
	if (!stream)
		return;
	self->stream = stream;
	atomic_store(&self->playing, self->track);
	pw_stream_add_listener(stream, &self->hook, &events[self->end], self);
	if (pw_stream_connect(stream, kinds[self->end].direction, PW_ID_ANY, flags, &format, 1) < 0)
		pipe_close(self);
}

void pipe_close(struct pipe *self)
{
	/* The real-time thread has it until then. */
	if (self->stream)
		pw_stream_destroy(self->stream);
	(void)atomic_load(&self->turns);
	atomic_store(&self->playing, NULL);
	self->stream = NULL;
	self->settled = false;
	atomic_store(&self->match, NULL);
}

void pipe_set_loudness(struct pipe *self, double volume, bool muted)
{
	float volumes[SOUND_CHANNELS_MAX], mute = muted;

	self->volume = volume;
	self->muted = muted;
	self->loudness_known = true;
	if (!self->settled)
		return;
	for (uint32_t i = 0; i < self->format.channels; i++)
		volumes[i] = (float)volume;
	pw_stream_set_control(self->stream, SPA_PROP_channelVolumes, self->format.channels, volumes,
			      SPA_PROP_mute, 1, &mute, 0);
}

void pipe_settle_rest(struct pipe *self)
{
	if (self->stream)
		pw_stream_set_active(self->stream, !self->resting);
}
