/* link/spice_sound.h - the bodies of the messages about sound.
 *
 * The guest plays and listens through oriel-spice, which has the sound server; the viewer has the
 * user. Nothing that the user has not allowed is recorded: oriel-spice tells that the guest wants
 * to listen, and LINK_SPICE_SOUND_LISTEN is the answer.
 */
#ifndef LINK_SPICE_SOUND_H
#define LINK_SPICE_SOUND_H

#include <stdint.h>

#define LINK_SPICE_LATENCY_AUTO UINT32_MAX

struct link_spice_sound {
	uint32_t enabled;     /* 0 or 1; once it was 1 it stays */
	uint32_t latency_ms;  /* to keep ready; or LINK_SPICE_LATENCY_AUTO: as short as it holds */
	uint32_t sync_volume; /* 1: the guest's volume is ours */
};

enum link_spice_sound_end {
	LINK_SPICE_SPEAKER,
	LINK_SPICE_MICROPHONE,
	LINK_SPICE_SOUND_ENDS,
};

struct link_spice_end {
	uint32_t end;
};

struct link_spice_loudness {
	uint32_t end;
	uint32_t volume; /* 65536: as the guest made it, and no more */
	uint32_t muted;  /* 0 or 1 */
};

struct link_spice_listen {
	uint32_t allowed; /* 0 or 1; 0 takes effect at once */
};

enum {
	LINK_SPICE_PLAYS = 0x1,           /* the guest does */
	LINK_SPICE_WANTS_TO_LISTEN = 0x2, /* the guest does, allowed or not */
	LINK_SPICE_LISTENS = 0x4,         /* the guest gets what the microphone hears */
};

struct link_spice_sound_state {
	uint32_t flags;
};

struct link_spice_sound_figures {
	uint64_t played, overrun;       /* frames */
	uint32_t late, missed, splices; /* gaps: the guest's fault, ours; skips */
	uint32_t target_us;             /* that a pull should find ready, in the mean */
	uint32_t quantum_us;            /* of that: what it takes at once */
	uint32_t spread_us;             /* and what is late is waited for */
	uint32_t device_us;             /* from a pull to the loudspeaker */
	/* From a packet's coming to its first sample's leaving the loudspeaker: those of it that
	 * left since this was asked last. */
	uint32_t p50_us, p95_us, p99_us;
	uint32_t reserved;
};

#endif
