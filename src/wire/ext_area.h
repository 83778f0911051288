/* wire/ext_area.h - the bytes of the extension: announcement and area. Private to this room.
 *
 * Layout: doc/wire.md; the protocol: doc/holds.md. Little endian, natural alignment. Every word has
 * strangers on its other side: each is atomic and read once. Where several entries follow each
 * other the area says where and how far apart, so that a later minor version may make them longer.
 */
#ifndef WIRE_EXT_AREA_H
#define WIRE_EXT_AREA_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "wire/extension.h"
#include "wire/kvmfr20.h"

#define EXT_RECORD_TYPE 79u         /* 'O' */
#define EXT_MAGIC       0x4C45524Fu /* "OREL" */
#define EXT_MAJOR       1u
#define EXT_NO_PEER     0xFFFFFFFFu

#define EXT_SLOTS       8u
#define EXT_SLOTS_LEAST 3u
#define EXT_HISTORY     32u
#define EXT_BLOCKS      32u
#define EXT_SHAPES      4u
#define EXT_HOLDS_MAX   2u /* a block with more bits counts as holding none */

/* A producer of the next minor version, for tests: more fields, longer blocks, unknown bits. */
#ifdef WIRE_EXT_FUTURE
#define EXT_MINOR          1u
#define EXT_FEATURES       0xABCD001Fu
#define EXT_RECORD_BYTES   64u
#define EXT_ENTRY_STRIDE   1216u
#define EXT_BLOCK_STRIDE   320u
#define EXT_RESERVED       0xA5A5A5A5u
#define EXT_ATTENTION_MORE 0xABC0F0F0u
#else
#define EXT_MINOR          0u
#define EXT_FEATURES       0x1Fu
#define EXT_RECORD_BYTES   40u
#define EXT_ENTRY_STRIDE   1152u
#define EXT_BLOCK_STRIDE   256u
#define EXT_RESERVED       0u
#define EXT_ATTENTION_MORE 0u
#endif

/* The announcement: a record of KVMFR's udata. Only ever a local copy. */
struct ext_record {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t area, size; /* offset from the region's start, bytes */
	uint32_t features;
	uint32_t peer; /* EXT_NO_PEER */
	uint8_t boot_id[16];
};

/* ---- producer half ---- */

struct ext_span {
	_Atomic uint32_t at, stride; /* from the area's start */
};

struct ext_slot {
	_Atomic uint64_t offset, size; /* of the pixels; the write pointer (u32) stands before */
};

/* Under a sequence: odd while it is written. */
struct ext_pointer {
	_Atomic uint64_t sequence;
	struct ext_pointer_words {
		int32_t x, y;
		uint32_t flags; /* enum kvmfr20_pointer_flags, without KVMFR20_SHAPE */
		uint32_t shape; /* 0: none yet; its bytes lie in shapes[shape % EXT_SHAPES] */
		uint32_t type;
		int32_t hot_x, hot_y;
		uint32_t width, height, pitch;
	} words;
};

struct ext_clock {
	_Atomic uint32_t kind; /* 1: CLOCK_MONOTONIC in ns */
	uint32_t pad;
	_Atomic uint64_t hz;
	_Atomic uint64_t answer; /* the question's word, stored after: */
	_Atomic uint64_t answer_ns;
};

struct ext_head {
	_Atomic uint32_t magic;
	_Atomic uint32_t version; /* minor << 16 | major */
	_Atomic uint32_t session; /* LGMP's; 0 while the area is built */
	_Atomic uint32_t slot_count;
	struct ext_span history, bells, blocks, shapes;
	_Atomic uint32_t common; /* where struct ext_common is */
	uint32_t pad0[1 + 2];
	struct ext_slot slots[EXT_SLOTS];
	uint32_t pad1[16];
	_Atomic uint64_t slot_serial[EXT_SLOTS];
	_Atomic uint64_t newest;
	uint32_t pad2[14];
	struct ext_pointer pointer;
	uint32_t pad3[4];
	struct ext_clock clock;
	uint32_t pad4[8];
};

/* What a history entry says of its frame. Only ever a local copy. */
struct ext_frame {
	uint64_t captured, posted; /* ns, producer's clock */
	uint32_t slot;
	uint32_t format_version;
	uint32_t type;
	uint32_t screen_width, screen_height;
	uint32_t data_width, data_height;
	uint32_t frame_width, frame_height;
	uint32_t rotation;
	uint32_t pitch;
	uint32_t flags;
	uint32_t rect_count; /* 0: everything */
	uint32_t reserved[11];
};

#define EXT_FILLING   0u
#define EXT_ABANDONED UINT64_MAX

struct ext_entry {
	_Atomic uint64_t mark;   /* the frame's serial; 0 while the entry is written */
	_Atomic uint64_t filled; /* EXT_FILLING, EXT_ABANDONED, else when */
	struct ext_frame frame;
	struct kvmfr20_rect rects[KVMFR20_RECTS]; /* what it changed of the frame before */
};

/* ---- consumer half ---- */

struct ext_common {
	_Atomic uint32_t knock;
	uint32_t pad0[15];
	_Atomic uint32_t claimed; /* blocks that may be: bits are set after claiming, only a new
				   * session clears them */
	uint32_t pad1[15];
};

struct ext_block {
	/* id << 32 | count of takes << 8 | slot mask. Compare-exchange only; 0: free. */
	_Atomic uint64_t hold;
	uint32_t pad0[14];
	/* Compare-exchange only; they count while their id is the hold's. */
	_Atomic uint64_t armed;     /* id << 32 | count of armings */
	_Atomic uint64_t doorbell;  /* id << 32 | peer << 16 | vector */
	_Atomic uint64_t attention; /* id << 32 | enum wire_event << 8 | enum ext_wants */
	_Atomic uint32_t beat;
	uint32_t pad1[9];
	/* Plain: a stale owner may spoil them for a beat. */
	_Atomic uint32_t width, height, scale, refresh;
	_Atomic uint64_t ask; /* id << 32 | count of questions */
	_Atomic uint64_t seen_serial, seen_ns;
	uint32_t pad2[22];
};

enum ext_wants { EXT_WANTS_FRAMES = 0x1, EXT_WANTS_POINTER = 0x2 };

#define EXT_EVENTS_SHIFT 8

/* In place of a doorbell. */
#define EXT_WAKE_NONE  0xFFFF0000u
#define EXT_WAKE_FUTEX 0xFFFF0001u

static_assert(sizeof(struct ext_record) == 40, "record");
static_assert(offsetof(struct ext_record, boot_id) == 24, "record");
static_assert(offsetof(struct ext_head, history) == 16, "head");
static_assert(offsetof(struct ext_head, common) == 48, "head");
static_assert(offsetof(struct ext_head, slots) == 64, "head");
static_assert(offsetof(struct ext_head, slot_serial) == 256, "head");
static_assert(offsetof(struct ext_head, newest) == 320, "head");
static_assert(offsetof(struct ext_head, pointer) == 384, "head");
static_assert(offsetof(struct ext_pointer, words) == 8, "pointer");
static_assert(sizeof(struct ext_pointer_words) == 40, "pointer");
static_assert(offsetof(struct ext_head, clock) == 448, "head");
static_assert(offsetof(struct ext_clock, hz) == 8, "clock");
static_assert(offsetof(struct ext_clock, answer) == 16, "clock");
static_assert(sizeof(struct ext_head) == 512, "head");
static_assert(sizeof(struct ext_frame) == 112, "frame");
static_assert(offsetof(struct ext_frame, slot) == 16, "frame");
static_assert(offsetof(struct ext_frame, rect_count) == 64, "frame");
static_assert(offsetof(struct ext_entry, frame) == 16, "entry");
static_assert(offsetof(struct ext_entry, rects) == 128, "entry");
static_assert(sizeof(struct ext_entry) == 1152, "entry");
static_assert(offsetof(struct ext_common, claimed) == 64, "common");
static_assert(offsetof(struct ext_block, armed) == 64, "block");
static_assert(offsetof(struct ext_block, doorbell) == 72, "block");
static_assert(offsetof(struct ext_block, attention) == 80, "block");
static_assert(offsetof(struct ext_block, beat) == 88, "block");
static_assert(offsetof(struct ext_block, width) == 128, "block");
static_assert(offsetof(struct ext_block, ask) == 144, "block");
static_assert(offsetof(struct ext_block, seen_serial) == 152, "block");
static_assert(sizeof(struct ext_block) == 256, "block");

/* ---- where we put things ---- */

#define EXT_BELL_STRIDE  64u
#define EXT_SHAPE_STRIDE (1u << 20)
#define EXT_HISTORY_AT   0x1000u
#define EXT_BELLS_AT     0xB000u
#define EXT_COMMON_AT    0xC000u /* the consumer half's first page */
#define EXT_BLOCKS_AT    0xD000u
#define EXT_SHAPES_AT    0x10000u
#define EXT_AREA_BYTES   (EXT_SHAPES_AT + EXT_SHAPES * EXT_SHAPE_STRIDE)

/* Below, the area would take more than an eighth. wire_region_size() recommends no less. */
#define EXT_REGION_LEAST (32u << 20)

static_assert(EXT_HISTORY_AT + EXT_HISTORY * EXT_ENTRY_STRIDE <= EXT_BELLS_AT, "area");
static_assert(EXT_BELLS_AT + EXT_BLOCKS * EXT_BELL_STRIDE <= EXT_COMMON_AT, "area");
static_assert(EXT_BLOCKS_AT + EXT_BLOCKS * EXT_BLOCK_STRIDE <= EXT_SHAPES_AT, "area");

/* An area as both roles use it: pointers into the shared memory, all inside it. */
struct ext_map {
	struct ext_head *head;
	struct ext_common *common;
	uint8_t *history, *bells, *blocks, *shapes;
	uint32_t entry_stride, bell_stride, block_stride, shape_stride;
};

/* Where the area of a region of that size lies, whoever built it; 0: too small for one. */
uint64_t ext_area_at(uint64_t region);

/* Learns from the area itself. 0, or WIRE_E_BAD where it is none, of another major version, or
 * says what is impossible. */
int ext_map_read(struct ext_map *out, uint8_t *base, uint64_t region, uint64_t at, uint64_t size);

/* Writes what the above reads, but magic and session, as we place it. */
void ext_map_write(struct ext_map *out, uint8_t *base, uint64_t at);

static inline struct ext_entry *ext_entry(const struct ext_map *self, uint64_t serial)
{
	return (void *)(self->history + (serial % EXT_HISTORY) * self->entry_stride);
}

static inline struct ext_block *ext_block(const struct ext_map *self, unsigned index)
{
	return (void *)(self->blocks + index * self->block_stride);
}

static inline _Atomic uint32_t *ext_bell(const struct ext_map *self, unsigned index)
{
	return (void *)(self->bells + index * self->bell_stride);
}

static inline uint8_t *ext_shape(const struct ext_map *self, uint32_t shape)
{
	return self->shapes + (shape % EXT_SHAPES) * self->shape_stride;
}

static inline uint32_t ext_id(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

/* ---- announcement ---- */

/* Bytes of the record with its header, appended to KVMFR's udata. */
#define EXT_ANNOUNCEMENT (sizeof(struct kvmfr20_record) + EXT_RECORD_BYTES)

size_t ext_record_write(const struct ext_record *record, uint8_t out[EXT_ANNOUNCEMENT]);

/* Looks for a record of our major version in a private copy of udata. */
bool ext_record_find(const uint8_t *blob, size_t size, struct ext_record *out);

#endif
