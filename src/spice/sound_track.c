#include "spice/sound_track.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

#define ENOUGH_MS 25  /* more too much than the pace can heal soon */
#define WINDOW_MS 250 /* for so long */
#define GAP_MS    500 /* a longer silence is none */
#define LEFT_MS   4   /* too much after a gap: it was stuck with the packet that was missing */
#define HURRY_MS  50  /* for so long */
#define FADE_MS   5
#define START_MS  10 /* what the first stream took to open is lost beyond that */

static uint32_t frames_of(const struct sound_track *self, uint64_t ms)
{
	return (uint32_t)(ms * self->format.rate / 1000);
}

bool sound_format_is_sane(const struct sound_format *format)
{
	return format->rate >= 8000 && format->rate <= 192000 && format->channels >= 1 &&
	       format->channels <= SOUND_CHANNELS_MAX;
}

int sound_track_init(struct sound_track *self, const struct sound_format *format)
{
	if (!sound_format_is_sane(format))
		return -EINVAL;
	*self = (struct sound_track){ .format = *format };
	sound_pace_init(&self->pace);
	sound_depth_init(&self->depth, format->rate);
	self->silent = format->rate;
	self->target = frames_of(self, 20);
	self->quantum = frames_of(self, 3);
	return sound_ring_init(&self->ring, format->channels, format->rate);
}

void sound_track_finish(struct sound_track *self)
{
	sound_ring_finish(&self->ring);
}

/* ---- the writer ---- */

void sound_track_push(struct sound_track *self, const int16_t *samples, uint32_t frames,
		      uint64_t now_ns, uint32_t latency_ms)
{
	const struct sound_arrival arrival = {
		.now_ns = now_ns,
		.frames = frames,
		.fill = sound_ring_fill(&self->ring),
		.quantum = atomic_load_explicit(&self->quantum, memory_order_relaxed),
		.starved = atomic_load_explicit(&self->starved, memory_order_relaxed),
		.limit = self->ring.frames / 2,
	};
	uint32_t target = sound_depth_arrive(&self->depth, &arrival, latency_ms);
	uint64_t at = atomic_load_explicit(&self->ring.written, memory_order_relaxed); /* ours */

	atomic_store_explicit(&self->target, target, memory_order_relaxed);
	atomic_store_explicit(
		&self->start,
		sound_depth_start(&self->depth, target, min_u32(frames, arrival.limit)),
		memory_order_relaxed);
	sound_wait_come(&self->wait, at, now_ns);
	self->overrun += frames - sound_ring_write(&self->ring, samples, frames);
}

void sound_track_rest(struct sound_track *self)
{
	sound_depth_rest(&self->depth);
}

uint32_t sound_track_delay(const struct sound_track *self)
{
	return sound_ring_fill(&self->ring);
}

static uint32_t us_of(const struct sound_track *self, uint64_t frames)
{
	return (uint32_t)(frames * 1000000 / self->format.rate);
}

void sound_track_figures(struct sound_track *self, struct sound_figures *out)
{
	*out = (struct sound_figures){
		.played = self->played,
		.overrun = self->overrun,
		.late = self->depth.late,
		.missed = self->depth.missed,
		.splices = self->splices,
		.target_us = us_of(self, self->target),
		.quantum_us = us_of(self, self->quantum),
		.spread_us = (uint32_t)(sound_depth_spread(&self->depth, self->quantum) * 1e6),
	};
	sound_wait_figures(&self->wait, out->wait_us);
}

/* ---- the reader ---- */

static void count(_Atomic uint32_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* The way from one sample to another, after `done` of `all` steps. */
static int16_t between(int16_t from, int16_t to, uint32_t done, uint32_t all)
{
	return (int16_t)(from + (to - from) * (int64_t)done / all);
}

static void fade_in(const struct sound_track *self, int16_t *out, uint32_t frames)
{
	uint32_t channels = self->format.channels;

	for (uint32_t i = 0; i < frames * channels; i++)
		out[i] = between(0, out[i], i / channels + 1, frames);
}

static void remember_last(struct sound_track *self, const int16_t *out, uint32_t frames)
{
	uint32_t channels = self->format.channels;

	if (frames)
		memcpy(self->last, out + (frames - 1) * channels, channels * sizeof(*out));
}

/* There are no more: the last one dies away, over more than one pull if need be. */
static void die_away(struct sound_track *self, int16_t *out, uint32_t frames)
{
	uint32_t channels = self->format.channels, all = frames_of(self, FADE_MS);

	for (uint32_t i = 0; i < frames; i++, out += channels) {
		self->dying -= self->dying > 0;
		for (uint32_t c = 0; c < channels; c++)
			out[c] = between(0, self->last[c], self->dying, all);
	}
}

static void starve(struct sound_track *self, int16_t *out, uint32_t frames, uint32_t fill)
{
	sound_ring_peek(&self->ring, 0, out, fill);
	sound_ring_skip(&self->ring, fill);
	remember_last(self, out, fill);
	self->dying = frames_of(self, FADE_MS);
	die_away(self, out + fill * self->format.channels, frames - fill);
	self->playing = false;
	self->silent = 0;
	count(&self->starved);
}

/* What has piled up while nobody listened is old; of a sound that begins nothing is lost. */
static bool begin(struct sound_track *self, uint32_t frames, uint32_t fill)
{
	uint32_t start = atomic_load_explicit(&self->start, memory_order_relaxed);
	uint32_t enough = max_u32(start, frames);
	bool gap = self->silent < frames_of(self, GAP_MS);

	if (fill < enough)
		return false;
	if (fill == self->ring.frames) /* it has a hole at its end */
		enough = 0;
	if (!enough || fill > enough + (gap ? 0 : frames_of(self, START_MS)))
		sound_ring_skip(&self->ring, fill - enough);
	self->playing = enough > 0;
	self->window = (struct sound_window){ .hurry = gap };
	sound_pace_jump(&self->pace);
	return self->playing;
}

/* Frames to pass over: there were far too many all the time. */
static uint32_t too_much(struct sound_track *self, uint32_t frames, uint32_t fill, uint32_t target)
{
	struct sound_window *window = &self->window;

	window->lowest = window->pulls ? min_u32(window->lowest, fill) : fill;
	window->sum += fill;
	if (++window->pulls < frames_of(self, window->hurry ? HURRY_MS : WINDOW_MS) / frames)
		return 0;
	uint32_t mean = (uint32_t)(window->sum / window->pulls);
	bool far = window->lowest > target + frames_of(self, window->hurry ? LEFT_MS : ENOUGH_MS);
	*window = (struct sound_window){ 0 };
	/* It may be used up just now: the target stays. */
	return far ? min_u32(min_u32(mean, fill) - target, fill - frames) : 0;
}

/* `out` turns into what lies so far ahead. */
static void cross(const struct sound_track *self, int16_t *out, uint32_t frames, uint32_t ahead)
{
	uint32_t channels = self->format.channels;
	int16_t other[SOUND_CHANNELS_MAX];

	for (uint32_t i = 0; i < frames; i++, out += channels) {
		sound_ring_peek(&self->ring, ahead + i, other, 1);
		for (uint32_t c = 0; c < channels; c++)
			out[c] = between(out[c], other[c], i + 1, frames);
	}
}

static void splice(struct sound_track *self, int16_t *out, uint32_t frames, uint32_t over)
{
	uint32_t faded = min_u32(frames, frames_of(self, FADE_MS));

	sound_ring_peek(&self->ring, 0, out, faded);
	cross(self, out, faded, over);
	sound_ring_peek(&self->ring, over + faded, out + faded * self->format.channels,
			frames - faded);
	sound_ring_skip(&self->ring, over);
	sound_pace_jump(&self->pace);
	count(&self->splices);
}

static void play(struct sound_track *self, int16_t *out, uint32_t frames, uint32_t fill,
		 uint32_t target)
{
	uint32_t over = too_much(self, frames, fill, target);
	double rate = self->format.rate;

	if (over)
		splice(self, out, frames, over);
	else
		sound_ring_peek(&self->ring, 0, out, frames);
	sound_ring_skip(&self->ring, frames);
	remember_last(self, out, frames);
	sound_pace_update(&self->pace, ((double)(fill - over) - target) / rate, frames / rate);
}

/* What has just left the ring. */
static void note(struct sound_track *self, uint32_t frames, uint64_t leaves_ns)
{
	uint64_t read = atomic_load_explicit(&self->ring.read, memory_order_relaxed); /* ours */

	sound_wait_leave(&self->wait, read - frames, frames, self->format.rate, leaves_ns);
	atomic_fetch_add_explicit(&self->played, frames, memory_order_relaxed);
}

void sound_track_pull(struct sound_track *self, int16_t *out, uint32_t frames, uint64_t leaves_ns)
{
	uint32_t fill = sound_ring_fill(&self->ring);
	uint32_t target = atomic_load_explicit(&self->target, memory_order_relaxed);
	bool fresh = !self->playing && begin(self, frames, fill);

	atomic_store_explicit(&self->quantum, frames, memory_order_relaxed);
	if (!self->playing) {
		die_away(self, out, frames);
		self->silent = min_u32(self->silent, self->format.rate) + frames;
		return;
	}
	if (fresh)
		fill = sound_ring_fill(&self->ring);
	if (fill < frames)
		starve(self, out, frames, fill);
	else
		play(self, out, frames, fill, target);
	if (fresh)
		fade_in(self, out, min_u32(frames, frames_of(self, FADE_MS)));
	note(self, min_u32(fill, frames), leaves_ns);
}
