/* spice/sound_track.h - the guest's sound between the SPICE channel and the sound server.
 *
 * The server's packets come on the main thread when they come; the sound server's real-time thread
 * pulls what it needs when it needs it. The track keeps as little ready as goes without gaps, and
 * steers the rate that the sound server plays at, so that it stays that little. Where there is
 * nothing it fades out, and in again; where far too much has piled up it passes over it, from one
 * place to the other by a cross-fade: nothing clicks.
 *
 * Pulling neither allocates, locks nor calls the kernel. Frames are one sample of each channel.
 */
#ifndef SPICE_SOUND_TRACK_H
#define SPICE_SOUND_TRACK_H

#include "spice/sound_depth.h"
#include "spice/sound_pace.h"
#include "spice/sound_ring.h"
#include "spice/sound_wait.h"

enum { SOUND_CHANNELS_MAX = 8 };

struct sound_format {
	uint32_t rate, channels; /* signed 16 bit, interleaved */
};

struct sound_track {
	struct sound_format format;
	struct sound_ring ring;
	struct sound_wait wait;
	/* The writer's. */
	struct sound_depth depth;
	uint64_t overrun; /* frames */
	/* The reader's. */
	struct sound_pace pace;
	bool playing;
	uint32_t silent; /* frames since it played; more than a second of them are one */
	struct sound_window {
		uint32_t lowest, pulls;
		uint64_t sum;
		bool hurry; /* there was a gap before */
	} window;           /* fills of a while */
	uint32_t dying;     /* frames that `last` has to become silence in */
	int16_t last[SOUND_CHANNELS_MAX];
	/* Told by the writer. */
	_Atomic uint32_t target; /* frames that a pull should find, in the mean */
	_Atomic uint32_t start;  /* frames to begin with: they are seen when a packet has come */
	/* Told by the reader. */
	_Atomic uint32_t quantum; /* frames of a pull */
	_Atomic uint32_t starved, splices;
	_Atomic uint64_t played;
};

/* What has become of it. */
struct sound_figures {
	uint64_t played, overrun; /* frames */
	uint32_t late;            /* gaps: the server's samples came too late */
	uint32_t missed;          /* gaps although they came in time: our fault */
	uint32_t splices;         /* what had piled up was passed over */
	uint32_t target_us;       /* that a pull should find, in the mean */
	uint32_t quantum_us;      /* of that: what it takes at once */
	uint32_t spread_us;       /* and what is late is waited for */
	uint32_t wait_us[3]; /* from a packet's coming to its first sample's leaving: p50, p95, p99,
				since they were asked last */
};

bool sound_format_is_sane(const struct sound_format *format);

/* 0 or a negative errno; the format must be sane. Neither thread uses it meanwhile. */
int sound_track_init(struct sound_track *self, const struct sound_format *format);
void sound_track_finish(struct sound_track *self);

/* The writer: what came at this time, and how much to keep ready, ms or SOUND_AUTO. */
void sound_track_push(struct sound_track *self, const int16_t *samples, uint32_t frames,
		      uint64_t now_ns, uint32_t latency_ms);
/* The writer: that was all, for now. */
void sound_track_rest(struct sound_track *self);

void sound_track_figures(struct sound_track *self, struct sound_figures *out);

/* The writer: frames between a push now and the pull that takes its first. */
uint32_t sound_track_delay(const struct sound_track *self);

/* The reader: always fills `out`, whose first frame reaches the loudspeaker at `leaves_ns`.
 * pace.rate is then what to play at. */
void sound_track_pull(struct sound_track *self, int16_t *out, uint32_t frames, uint64_t leaves_ns);

#endif
