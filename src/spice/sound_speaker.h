/* spice/sound_speaker.h - the guest plays: its playback channel, and the track to the sound server.
 *
 * Main thread only.
 */
#ifndef SPICE_SOUND_SPEAKER_H
#define SPICE_SOUND_SPEAKER_H

#include "spice/sound.h"

struct _SpiceChannel;

struct sound_speaker {
	struct sound *sound;         /* must be there while there is a channel */
	struct sound_track track;    /* its format's rate is 0: there is none */
	bool plays;                  /* the guest does */
	uint32_t latency_ms;         /* or SOUND_AUTO */
	unsigned rester;             /* 0: it does not run */
	void (*changed)(void *data); /* `plays` may have */
	void (*alert)(void *data, const char *text);
	void *data;
};

/* Plays what this channel says; and no more. */
void sound_speaker_take(struct sound_speaker *self, struct _SpiceChannel *channel);
void sound_speaker_lose(struct sound_speaker *self, struct _SpiceChannel *channel);

/* All 0 while there is no sound. */
void sound_speaker_figures(struct sound_speaker *self, struct sound_figures *out);

#endif
