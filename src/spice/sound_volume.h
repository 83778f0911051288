/* spice/sound_volume.h - how loud the guest is, and its microphone.
 *
 * Three have a wish: the user, the desktop's mixer and the guest. The last one of them wins, and is
 * told to the viewer; what the guest says again and again is no new wish. Main thread only.
 */
#ifndef SPICE_SOUND_VOLUME_H
#define SPICE_SOUND_VOLUME_H

#include "link/spice.h"
#include "spice/sound.h"

struct _SpiceChannel;
struct service;

struct sound_volume {
	struct service *service;
	struct sound *sound; /* NULL: there is none yet */
	bool sync;           /* the guest's wishes count, and are answered */
	struct link_spice_loudness now[SOUND_ENDS];
	bool known[SOUND_ENDS]; /* not only by default */
	struct link_spice_loudness
		guests[SOUND_ENDS]; /* what it wanted last; muted is 2: nothing */
};

void sound_volume_init(struct sound_volume *self, struct service *service);

/* From the user, in the link's units. */
void sound_volume_set(struct sound_volume *self, const struct link_spice_loudness *wish);

/* From the desktop. 1: as it comes. */
void sound_volume_hear(struct sound_volume *self, enum sound_end end, double volume, bool muted);

/* From the guest, by what this channel knows; NULL: there is none. */
void sound_volume_follow(struct sound_volume *self, enum sound_end end,
			 struct _SpiceChannel *channel);

/* From now on the guest's wishes count, or no more. */
void sound_volume_synchronize(struct sound_volume *self, bool sync);

/* Of 65535; false: nobody knows, or the guest should not. */
bool sound_volume_ask(const struct sound_volume *self, enum sound_end end, uint16_t *volume,
		      bool *muted);

#endif
