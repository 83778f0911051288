/* spice/sound_library.h - sound by spice-client-glib's own means, which are GStreamer's.
 *
 * For systems that have PulseAudio and no PipeWire. The library plays and records by itself; what
 * is left to us is to keep it from the microphone.
 */
#ifndef SPICE_SOUND_LIBRARY_H
#define SPICE_SOUND_LIBRARY_H

#include <stdbool.h>

struct _SpiceChannel;
struct _SpiceSession;

/* PulseAudio is there, and PipeWire is not. */
bool sound_library_is_better(void);

/* False: it cannot. */
bool sound_library_start(struct _SpiceSession *spice);

/* Each channel, once it is known: without `listens` the guest gets nothing to hear. */
void sound_library_channel(struct _SpiceChannel *channel, bool listens);

#endif
