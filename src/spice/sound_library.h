/* spice/sound_library.h - spice-client-glib's own player, which is GStreamer's.
 *
 * On systems that have PulseAudio and no PipeWire it plays and records; what is left to us is to
 * keep it from the microphone until the user lets the guest listen. Everywhere else it has to be
 * kept out: the library makes it for each guest that has an agent, asked or not, since it is to
 * know how loud sound is here, and by then it plays and records.
 */
#ifndef SPICE_SOUND_LIBRARY_H
#define SPICE_SOUND_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "spice/sound.h"

struct _SpiceChannel;
struct _SpiceSession;
struct sound_library;

/* PulseAudio is there, and PipeWire is not. */
bool sound_library_is_better(void);

/* The guest wants to listen, or no more; and it does. */
typedef void (*sound_library_func)(void *data, bool wants, bool listens);

struct sound_library *sound_library_create(sound_library_func wish, void *data);
void sound_library_destroy(struct sound_library *self); /* NULL is fine */

/* Each channel of a session, as soon as it is known: before the library hears of it. */
void sound_library_channel(struct sound_library *self, struct _SpiceChannel *channel);
void sound_library_lost(struct sound_library *self);

/* From now on it plays; false: it cannot. */
bool sound_library_start(struct sound_library *self, struct _SpiceSession *spice);

/* The guest may listen, or no more. */
void sound_library_allow(struct sound_library *self, bool allowed);

/* How loud it is here, of 65535; false: nobody knows yet. */
typedef bool (*sound_library_volume)(void *data, enum sound_end end, uint16_t *volume, bool *muted);

/* Keeps it out of this session from before the guest's agent is heard of; each time that is. All it
 * does is to tell the agent, once for each connection, what `volume` says. */
void sound_library_tame(struct _SpiceSession *spice, sound_library_volume volume, void *data);

#endif
