#include "spice/sound_track.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define ERROR_MS   2   /* that the pace may be off by, and threads be late */
#define SPREAD_MS  3   /* packets come so late, at least: the usual timer */
#define SPREADS_MS 12  /* at most: what is later is rare, and a gap's lesson */
#define STEP_MS    5   /* a gap's lesson */
#define RESERVE_MS 100 /* and no more than that */
#define CALM_NS    (30 * NS_PER_S)
#define ENOUGH_MS  25  /* more too much than the pace can heal soon */
#define WINDOW_MS  250 /* for so long */
#define FADE_MS    5
#define START_MS   10  /* what the first stream took to open is lost beyond that */
#define STALL_S    0.2 /* the machine stood still */
/* Packets. */
#define MEMORY      128
#define LONG_MEMORY 1024

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
	self->target = frames_of(self, 20);
	self->quantum = frames_of(self, 5);
	return sound_ring_init(&self->ring, format->channels, format->rate);
}

void sound_track_finish(struct sound_track *self)
{
	sound_ring_finish(&self->ring);
}

/* ---- the writer ---- */

/* How late packets come, compared with each other, in s. QEMU's, for one, come each 10.2 ms until
 * one more of them is due. */
static double spread(const struct sound_track *self)
{
	double out = self->worst - self->mean;

	return out < SPREAD_MS / 1e3    ? SPREAD_MS / 1e3
	       : out < SPREADS_MS / 1e3 ? out
					: SPREADS_MS / 1e3;
}

/* A packet that comes so late must make no gap. */
static bool in_time(const struct sound_track *self, double late, uint32_t frames)
{
	double kept = (double)self->promised - self->quantum - frames / 2;

	return late <= self->mean + kept / self->format.rate - ERROR_MS / 1e3;
}

static void watch(struct sound_track *self, double late)
{
	self->mean += (late - self->mean) / MEMORY;
	self->worst -= (self->worst - self->mean) / LONG_MEMORY;
	if (late > self->worst)
		self->worst = late;
}

static void learn(struct sound_track *self, double late, uint32_t frames, uint32_t gaps)
{
	if (in_time(self, late, frames))
		self->missed += gaps;
	else
		self->late += gaps;
	/* Who stalls for longer is not waited for. */
	if (late < RESERVE_MS / 1e3)
		self->reserve_ms = min_u32(self->reserve_ms + STEP_MS, RESERVE_MS);
}

/* The machine's clock as its packets show it, those that came fastest. */
static void judge(struct sound_track *self, uint32_t frames, uint64_t now_ns)
{
	double late = self->expected_ns ? (double)(int64_t)(now_ns - self->expected_ns) / NS_PER_S
					: 0;
	uint32_t starved = atomic_load_explicit(&self->starved, memory_order_relaxed);

	if (starved != self->judged) {
		learn(self, late, frames, starved - self->judged);
		self->calm_ns = now_ns;
	} else if (now_ns - self->calm_ns > CALM_NS) {
		self->reserve_ms -= self->reserve_ms > 0;
		self->calm_ns = now_ns;
	}
	self->judged = starved;
	if (late < 0 || late > STALL_S)
		late = 0;
	watch(self, late);
	self->expected_ns = now_ns + frames * NS_PER_S / self->format.rate -
			    (uint64_t)(late * (1 - 1.0 / LONG_MEMORY) * NS_PER_S);
}

/* A gap is followed by all of it, else the pace takes its time; so it does where the machine plays
 * again before what it had was used up. */
static uint32_t promise(const struct sound_track *self, uint32_t target, uint32_t frames, bool gap)
{
	uint32_t more = (uint32_t)(frames * SOUND_PACE_MAX), fill = sound_ring_fill(&self->ring);

	if (gap)
		return fill ? min_u32(target, fill + frames / 2) : target;
	return min_u32(target, self->promised + more);
}

static uint32_t target_of(const struct sound_track *self, uint32_t frames, uint32_t latency_ms)
{
	uint32_t quantum = atomic_load_explicit(&self->quantum, memory_order_relaxed);

	if (latency_ms == SOUND_AUTO)
		return quantum + frames / 2 + (uint32_t)(spread(self) * self->format.rate) +
		       frames_of(self, ERROR_MS + self->reserve_ms);
	return max_u32(quantum, frames_of(self, latency_ms));
}

void sound_track_push(struct sound_track *self, const int16_t *samples, uint32_t frames,
		      uint64_t now_ns, uint32_t latency_ms)
{
	if (!self->expected_ns)
		self->judged = self->starved; /* at rest it may run dry */
	bool gap = !self->expected_ns || self->judged != self->starved;
	judge(self, frames, now_ns);
	uint32_t half = self->ring.frames / 2;
	uint32_t target = min_u32(target_of(self, min_u32(frames, half), latency_ms), half);
	self->promised = promise(self, target, frames, gap);
	atomic_store_explicit(&self->target, target, memory_order_relaxed);
	atomic_store_explicit(&self->start, target + min_u32(frames, half) / 2,
			      memory_order_relaxed);
	self->overrun += frames - sound_ring_write(&self->ring, samples, frames);
}

void sound_track_rest(struct sound_track *self)
{
	self->expected_ns = 0;
}

uint32_t sound_track_delay(const struct sound_track *self)
{
	return sound_ring_fill(&self->ring);
}

static uint32_t percentile(const struct sound_track *self, uint64_t total, unsigned percent)
{
	uint64_t below = 0;

	for (uint32_t i = 0; i < SOUND_FILLS; i++) {
		below += self->fills[i];
		if (below * 100 >= total * percent)
			return i * 1000 + 500;
	}
	return 0;
}

void sound_track_figures(const struct sound_track *self, struct sound_figures *out)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < SOUND_FILLS; i++)
		total += self->fills[i];
	*out = (struct sound_figures){
		.played = self->played,
		.overrun = self->overrun,
		.late = self->late,
		.missed = self->missed,
		.splices = self->splices,
		.target_us = (uint32_t)(self->target * UINT64_C(1000000) / self->format.rate),
		.fill_us = { percentile(self, total, 50), percentile(self, total, 95),
			     percentile(self, total, 99) },
	};
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
	count(&self->starved);
}

/* What has piled up while nobody listened is old; of a sound that begins nothing is lost. */
static bool begin(struct sound_track *self, uint32_t frames, uint32_t fill)
{
	uint32_t start = atomic_load_explicit(&self->start, memory_order_relaxed);
	uint32_t enough = max_u32(start, frames);

	if (fill < enough)
		return false;
	if (fill == self->ring.frames) /* it has a hole at its end */
		enough = 0;
	if (!enough || fill > enough + frames_of(self, START_MS))
		sound_ring_skip(&self->ring, fill - enough);
	self->playing = enough > 0;
	self->window = (struct sound_window){ 0 };
	sound_pace_jump(&self->pace);
	return self->playing;
}

/* Frames to pass over: there were far too many all the time. */
static uint32_t too_much(struct sound_track *self, uint32_t frames, uint32_t fill, uint32_t target)
{
	struct sound_window *window = &self->window;

	window->lowest = window->pulls ? min_u32(window->lowest, fill) : fill;
	window->sum += fill;
	if (++window->pulls < frames_of(self, WINDOW_MS) / frames)
		return 0;
	uint32_t mean = (uint32_t)(window->sum / window->pulls);
	bool far = window->lowest > target + frames_of(self, ENOUGH_MS);
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

void sound_track_pull(struct sound_track *self, int16_t *out, uint32_t frames)
{
	uint32_t fill = sound_ring_fill(&self->ring);
	uint32_t target = atomic_load_explicit(&self->target, memory_order_relaxed);
	bool fresh = !self->playing && begin(self, frames, fill);

	atomic_store_explicit(&self->quantum, frames, memory_order_relaxed);
	if (!self->playing) {
		die_away(self, out, frames);
		return;
	}
	if (fresh)
		fill = sound_ring_fill(&self->ring);
	uint32_t ms = (uint32_t)((uint64_t)fill * 1000 / self->format.rate);
	count(&self->fills[min_u32(ms, SOUND_FILLS - 1)]);
	if (fill < frames)
		starve(self, out, frames, fill);
	else
		play(self, out, frames, fill, target);
	if (fresh)
		fade_in(self, out, min_u32(frames, frames_of(self, FADE_MS)));
	atomic_fetch_add_explicit(&self->played, min_u32(fill, frames), memory_order_relaxed);
}
