/* spice/sound.h - the sound server of this machine.
 *
 * One kind of it each: `null` plays to nobody, at the right speed; `pipewire` is what desktops
 * have. A server that goes away is waited for, and what was asked holds when it comes back. Main
 * thread only; nothing blocks. Listeners are called from the main loop.
 */
#ifndef SPICE_SOUND_H
#define SPICE_SOUND_H

#include "spice/sound_track.h"

enum sound_end { SOUND_SPEAKER, SOUND_MICROPHONE, SOUND_ENDS };

struct sound_listener {
	/* What the microphone hears, in the format that was asked for. */
	void (*heard)(void *data, const int16_t *samples, uint32_t frames);
	/* Somebody has changed it, in the desktop's mixer say. 1: as it comes. */
	void (*loudness)(void *data, enum sound_end end, double volume, bool muted);
	/* What a person should know: one sentence. */
	void (*alert)(void *data, const char *text);
};

struct sound_impl {
	const char *name;
	/* NULL: there is none of this kind. `listener` must outlive it. */
	struct sound *(*create)(const struct sound_listener *listener, void *data);
	/* Pulls from `track` from now on, until it gets another; NULL: from none. What it had
	 * before is no more in use when this returns. */
	void (*play)(struct sound *self, struct sound_track *track);
	/* The guest is silent, and plays again: what it takes to wait may go. Optional. */
	void (*rest)(struct sound *self, bool resting);
	/* Hears in this format; NULL: is deaf when this returns. */
	void (*listen)(struct sound *self, const struct sound_format *format);
	/* Optional. */
	void (*set_loudness)(struct sound *self, enum sound_end end, double volume, bool muted);
	/* By its name; "": the user's default. For what begins later. Optional. */
	void (*set_device)(struct sound *self, enum sound_end end, const char *name);
	/* From a pull to the loudspeaker. Optional. */
	uint32_t (*delay_us)(const struct sound *self);
	void (*destroy)(struct sound *self);
};

struct sound {
	const struct sound_impl *impl;
	const struct sound_listener *listener;
	void *data;
};

/* The second NULL in a build without PipeWire. */
extern const struct sound_impl sound_null, *const sound_pipewire;

/* The best that there is; null is last. */
struct sound *sound_create(const struct sound_listener *listener, void *data);

/* By its name; NULL: it is not there, or not in this build. */
struct sound *sound_create_named(const char *name, const struct sound_listener *listener,
				 void *data);

void sound_play(struct sound *self, struct sound_track *track);
void sound_rest(struct sound *self, bool resting);
void sound_listen(struct sound *self, const struct sound_format *format);
void sound_set_loudness(struct sound *self, enum sound_end end, double volume, bool muted);
void sound_set_device(struct sound *self, enum sound_end end, const char *name);
uint32_t sound_delay_us(const struct sound *self);
void sound_destroy(struct sound *self); /* NULL is fine */

#endif
