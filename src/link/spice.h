/* link/spice.h - what oriel-view and oriel-spice say to each other.
 *
 * The viewer asks, oriel-spice tells. Codes are evdev's (linux/input-event-codes.h); lamps and
 * locks are 1 scroll, 2 num, 4 caps. oriel-spice begins, with LINK_SPICE_HELLO, and the viewer's
 * answer is LINK_SPICE_OPEN; passwords go this way or stand in files, never in an argument list.
 */
#ifndef LINK_SPICE_H
#define LINK_SPICE_H

#include "link/link.h"
#include "link/spice_clip.h"
#include "link/spice_display.h"
#include "link/spice_files.h"
#include "link/spice_sound.h"

/* Goes up with each change of a message: programs of two installations refuse each other. */
#define LINK_SPICE_VERSION 8u

enum link_spice_ask {
	/* Session and input: spice/session.h, spice/inputs.h. */
	LINK_SPICE_PASSWORD, /* text; for the next connection, and all after it */
	LINK_SPICE_OPEN,     /* struct link_spice_open, text: the server's address; "": that of the
			      * file that it was started with, or none any more */
	LINK_SPICE_KEY,      /* struct link_spice_key */
	LINK_SPICE_BUTTON,   /* struct link_spice_key */
	LINK_SPICE_MOTION,   /* struct link_spice_motion: steps */
	LINK_SPICE_POSITION, /* struct link_spice_position */
	LINK_SPICE_SCROLL,   /* struct link_spice_motion: 1/120 of a wheel's click */
	LINK_SPICE_LOCKS,    /* struct link_spice_lamps: what the guest's should be */
	LINK_SPICE_RELEASE,  /* whatever is down */
	/* Display: link/spice_display.h. */
	LINK_SPICE_DISPLAY_WATCH, /* struct link_spice_watch */
	LINK_SPICE_DISPLAY_FREE,  /* struct link_spice_slot */
	LINK_SPICE_DISPLAY_SIZE,  /* struct link_spice_size */
	LINK_SPICE_DISPLAY_DONE,  /* struct link_spice_done: that drawing has been read */
	/* Clipboard: link/spice_clip.h. */
	LINK_SPICE_CLIP_OFFER,  /* struct link_spice_offer: the guest may paste this */
	LINK_SPICE_CLIP_WANT,   /* struct link_spice_want: of what the guest offers */
	LINK_SPICE_CLIP_GIVE,   /* struct link_spice_errand, a parcel: what the guest wanted */
	LINK_SPICE_CLIP_REFUSE, /* struct link_spice_errand: it gets nothing */
	LINK_SPICE_CLIP_CANCEL, /* struct link_spice_errand: what we wanted, no more */
	/* Files: link/spice_files.h. */
	LINK_SPICE_FILE_SEND,   /* struct link_spice_file, text: its name; 1 descriptor to read */
	LINK_SPICE_FILE_CANCEL, /* struct link_spice_file_id */
	/* Sound: link/spice_sound.h. */
	LINK_SPICE_SOUND,          /* struct link_spice_sound; before that there is none */
	LINK_SPICE_SOUND_DEVICE,   /* struct link_spice_end, text: its name, or "" for any */
	LINK_SPICE_SOUND_LOUDNESS, /* struct link_spice_loudness: what it should be */
	LINK_SPICE_SOUND_LISTEN,   /* struct link_spice_listen: may the guest? */
	LINK_SPICE_SOUND_MEASURE,  /* LINK_SPICE_SOUND_MEASURED, please */
	/* USB devices and folders. */
	LINK_SPICE_ASK_COUNT,
};

enum link_spice_tell {
	/* Session and input. */
	LINK_SPICE_HELLO,     /* it has started, maybe again: what it was asked is forgotten; text:
			       * how its file calls the machine, or "" */
	LINK_SPICE_STATE,     /* struct link_spice_state, text: why, for a person */
	LINK_SPICE_ABILITIES, /* struct link_spice_abilities */
	LINK_SPICE_LEDS,      /* struct link_spice_lamps: the guest's keyboard has */
	LINK_SPICE_SERVER,    /* struct link_spice_server, text: the machine's name, or "" */
	/* Display. */
	LINK_SPICE_DISPLAY_SURFACE, /* struct link_spice_surface, 1 descriptor */
	LINK_SPICE_DISPLAY_FRAME,   /* struct link_spice_frame */
	LINK_SPICE_DISPLAY_TEXTURE, /* struct link_spice_texture, 1 descriptor */
	LINK_SPICE_DISPLAY_DRAWN,   /* struct link_spice_drawn */
	LINK_SPICE_DISPLAY_BLANK,   /* struct link_spice_blanked: there is no surface any more */
	LINK_SPICE_CURSOR,          /* struct link_spice_cursor */
	LINK_SPICE_CURSOR_SHAPE,    /* struct link_spice_shape, 1 descriptor */
	/* Clipboard. */
	LINK_SPICE_CLIP_OFFERED,   /* struct link_spice_offer: the guest has this */
	LINK_SPICE_CLIP_WANTED,    /* struct link_spice_want: the guest pastes */
	LINK_SPICE_CLIP_GIVEN,     /* struct link_spice_errand, a parcel: what we wanted */
	LINK_SPICE_CLIP_REFUSED,   /* struct link_spice_errand */
	LINK_SPICE_CLIP_CANCELLED, /* struct link_spice_errand: what the guest wanted */
	LINK_SPICE_CLIP_PROGRESS,  /* struct link_spice_progress: of what we wanted */
	/* Files. */
	LINK_SPICE_FILE_SENT, /* struct link_spice_file: so many bytes of it */
	LINK_SPICE_FILE_DONE, /* struct link_spice_file_end, text: why not, for a person */
	/* Sound. */
	LINK_SPICE_SOUND_STATE,    /* struct link_spice_sound_state */
	LINK_SPICE_SOUND_ALERT,    /* text: what a person should know */
	LINK_SPICE_SOUND_LOUD,     /* struct link_spice_loudness: it is */
	LINK_SPICE_SOUND_MEASURED, /* struct link_spice_sound_figures: of what plays, or played */
	/* USB devices and folders. */
	LINK_SPICE_SHARE_ALERT, /* text: what a person should know */
	LINK_SPICE_TELL_COUNT,
};

struct link_spice_open {
	uint32_t version;   /* LINK_SPICE_VERSION */
	uint32_t impatient; /* 1: who does not answer at once is not waited for */
};

struct link_spice_key {
	uint32_t code, pressed; /* 0 or 1 */
};

struct link_spice_motion {
	int32_t x, y; /* right and down are positive */
};

struct link_spice_position {
	uint32_t x, y, width, height; /* pixels of the guest's screen, which is that large */
};

struct link_spice_lamps {
	uint32_t lamps;
};

enum link_spice_connection {
	LINK_SPICE_CONNECTING,
	LINK_SPICE_CONNECTED, /* input arrives */
	LINK_SPICE_LOST,      /* tried again by itself; the text says what is in the way */
	LINK_SPICE_REFUSED,   /* a person has to do something first: address, certificate */
	LINK_SPICE_LOCKED,    /* refused until LINK_SPICE_PASSWORD is right */
	LINK_SPICE_TAKEN,     /* another client has it, and takes it back each time */
};

struct link_spice_state {
	uint32_t connection; /* enum link_spice_connection */
};

enum {
	LINK_SPICE_CAN_KEYS = 0x1,
	LINK_SPICE_CAN_MOVE = 0x2,
	LINK_SPICE_CAN_PLACE = 0x4, /* the guest has a tablet, or an agent that takes positions */
	LINK_SPICE_HAS_AGENT = 0x8,
};

struct link_spice_abilities {
	uint32_t abilities;
};

struct link_spice_server {
	uint8_t uuid[16]; /* all 0: it did not say */
};

extern const struct link_table link_spice_asks, link_spice_tells;

#endif
