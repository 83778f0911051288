/* wire/kvmfr20.h - the bytes of KVMFR 20: what LGMP's messages carry. Private to this room.
 *
 * Layout: spec sections 6.1, 6.3 and 7.1. These structs are only ever local copies: shared memory
 * goes through lgmp6_read() and lgmp6_write().
 */
#ifndef WIRE_KVMFR20_H
#define WIRE_KVMFR20_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define KVMFR20_VERSION   20u
#define KVMFR20_MAGIC     "KVMFR---" /* 8 bytes, no NUL */
#define KVMFR20_UDATA_MIN 48u

enum kvmfr20_queue { KVMFR20_POINTER_ID = 1, KVMFR20_FRAME_ID = 2 };

/* Places in the header's array and ring entries as the released producer has them. */
#define KVMFR20_FRAME_INDEX    0u
#define KVMFR20_POINTER_INDEX  1u
#define KVMFR20_FRAME_LENGTH   3u
#define KVMFR20_POINTER_LENGTH 21u

struct kvmfr20_udata {
	char magic[8];
	uint32_t version;
	char host_version[32];
	uint32_t features;
};

/* Packed back to back after struct kvmfr20_udata, with no alignment. */
struct kvmfr20_record {
	uint8_t type;
	uint8_t pad[3];
	uint32_t size; /* of what follows */
};

enum kvmfr20_record_type { KVMFR20_VMINFO = 1, KVMFR20_OSINFO = 2 };

struct kvmfr20_vminfo {
	uint8_t uuid[16];
	char capture[32];
	uint8_t cpus, cores, sockets;
	char model[]; /* NUL text */
};

struct kvmfr20_osinfo {
	uint8_t os;
	char name[]; /* NUL text */
};

struct kvmfr20_rect {
	uint32_t x, y, width, height;
};

#define KVMFR20_RECTS 64u

/* A frame's payload: this, KVMFR20_RECTS rectangles of which `rect_count` count, and flags. */
struct kvmfr20_frame {
	uint32_t format_version;
	uint32_t serial;
	uint32_t type;
	uint32_t screen_width, screen_height;
	uint32_t data_width, data_height;
	uint32_t frame_width, frame_height;
	uint32_t rotation;
	uint32_t stride; /* texels */
	uint32_t pitch;  /* bytes */
	uint32_t offset; /* of the write pointer, from this struct; pixels follow it */
	uint32_t rect_count;
};

#define KVMFR20_RECTS_AT    56u
#define KVMFR20_FLAGS_AT    1080u
#define KVMFR20_FRAME_BYTES 1084u

/* Where our own frames have their write pointer: pixels then start on a page. */
#define KVMFR20_FILL_OFFSET 4092u

enum kvmfr20_pointer_flags {
	KVMFR20_POSITION = 0x1,
	KVMFR20_VISIBLE = 0x2,
	KVMFR20_SHAPE = 0x4,
};

struct kvmfr20_pointer {
	int16_t x, y; /* the shape's top left corner */
	uint32_t type;
	int8_t hot_x, hot_y;
	uint8_t pad[2];
	uint32_t width, height, pitch; /* monochrome: height counts both masks */
};

struct kvmfr20_set_cursor {
	uint32_t type; /* KVMFR20_SET_CURSOR */
	int32_t x, y;
};

enum kvmfr20_mail_type { KVMFR20_SET_CURSOR = 0 };

static_assert(sizeof(struct kvmfr20_udata) == KVMFR20_UDATA_MIN, "udata");
static_assert(offsetof(struct kvmfr20_udata, version) == 8, "udata");
static_assert(offsetof(struct kvmfr20_udata, host_version) == 12, "udata");
static_assert(offsetof(struct kvmfr20_udata, features) == 44, "udata");
static_assert(sizeof(struct kvmfr20_record) == 8, "record");
static_assert(offsetof(struct kvmfr20_record, size) == 4, "record");
static_assert(sizeof(struct kvmfr20_vminfo) == 51, "vminfo");
static_assert(offsetof(struct kvmfr20_vminfo, capture) == 16, "vminfo");
static_assert(offsetof(struct kvmfr20_vminfo, cpus) == 48, "vminfo");
static_assert(offsetof(struct kvmfr20_vminfo, cores) == 49, "vminfo");
static_assert(offsetof(struct kvmfr20_vminfo, sockets) == 50, "vminfo");
static_assert(offsetof(struct kvmfr20_osinfo, name) == 1, "osinfo");

static_assert(sizeof(struct kvmfr20_frame) == KVMFR20_RECTS_AT, "frame");
static_assert(KVMFR20_RECTS_AT + KVMFR20_RECTS * sizeof(struct kvmfr20_rect) == KVMFR20_FLAGS_AT,
	      "frame");
static_assert(KVMFR20_FLAGS_AT + 4 == KVMFR20_FRAME_BYTES, "frame");
static_assert(offsetof(struct kvmfr20_frame, serial) == 4, "frame");
static_assert(offsetof(struct kvmfr20_frame, type) == 8, "frame");
static_assert(offsetof(struct kvmfr20_frame, screen_width) == 12, "frame");
static_assert(offsetof(struct kvmfr20_frame, screen_height) == 16, "frame");
static_assert(offsetof(struct kvmfr20_frame, data_width) == 20, "frame");
static_assert(offsetof(struct kvmfr20_frame, data_height) == 24, "frame");
static_assert(offsetof(struct kvmfr20_frame, frame_width) == 28, "frame");
static_assert(offsetof(struct kvmfr20_frame, frame_height) == 32, "frame");
static_assert(offsetof(struct kvmfr20_frame, rotation) == 36, "frame");
static_assert(offsetof(struct kvmfr20_frame, stride) == 40, "frame");
static_assert(offsetof(struct kvmfr20_frame, pitch) == 44, "frame");
static_assert(offsetof(struct kvmfr20_frame, offset) == 48, "frame");
static_assert(offsetof(struct kvmfr20_frame, rect_count) == 52, "frame");

static_assert(sizeof(struct kvmfr20_pointer) == 24, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, y) == 2, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, type) == 4, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, hot_x) == 8, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, hot_y) == 9, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, width) == 12, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, height) == 16, "pointer");
static_assert(offsetof(struct kvmfr20_pointer, pitch) == 20, "pointer");
static_assert(sizeof(struct kvmfr20_set_cursor) == 12, "set cursor");

#endif
