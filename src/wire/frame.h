/* wire/frame.h - a frame's header after it was checked, the same for both roles.
 * Layout on the wire: spec section 6.3 (KVMFRFrame, 1084 bytes). */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "pixel/cursor.h"
#include "pixel/format.h"
#include "pixel/region.h"
#include "wire/extension.h"

enum wire_frame_flags {
	WIRE_FRAME_BLOCK_SCREENSAVER = 0x1,
	WIRE_FRAME_REQUEST_ACTIVATION = 0x2,
	/* 0x8 and 0x10 live in image.colour */
	WIRE_FRAME_TRUNCATED = 0x4, /* the region is too small for all rows */
};

struct wire_frame {
	uint32_t format_version; /* changes whenever `image` (or the screen size) does */
	uint32_t serial;         /* a repeat of the same picture keeps it */
	struct pixel_image image;
	uint32_t screen_width, screen_height; /* the guest's screen: what cursor positions mean */
	uint32_t flags;                       /* enum wire_frame_flags */
	bool damage_all;                      /* everything changed (or nothing is known) */
	struct region damage; /* else: changed since `serial` - 1; clipped to the picture */

	/* Through the extension only; else 0. */
	uint64_t ext_serial; /* of this frame, never the same twice; wire_consumer_damage_since() */
	struct wire_stamps stamps;
};

/* Who the guest is: KVMFR's udata with its records (spec section 6.1). Texts are NUL-terminated and
 * made printable on reading. */
enum wire_os { WIRE_OS_LINUX, WIRE_OS_BSD, WIRE_OS_OSX, WIRE_OS_WINDOWS, WIRE_OS_OTHER };
enum wire_features { WIRE_FEATURE_SETCURSORPOS = 0x1 };

struct wire_guest {
	char host_version[32]; /* of the capture program, e.g. "B7" or "Oriel 0.1" */
	uint32_t features;     /* enum wire_features */
	bool has_vm, has_os;   /* were the two records there? */
	uint8_t uuid[16];      /* canonical textual byte order; all 0 = unknown */
	char capture[32];
	uint8_t cpus, cores, sockets;
	char model[128];
	uint8_t os; /* enum wire_os */
	char os_name[128];
};

#endif
