#include "wire/ext_area.h"

#include <string.h>

#include "base/mem.h"
#include "wire/wire.h"

/* ---- announcement ---- */

size_t ext_record_write(const struct ext_record *record, uint8_t out[EXT_ANNOUNCEMENT])
{
	struct kvmfr20_record head = { .type = EXT_RECORD_TYPE, .size = EXT_RECORD_BYTES };

	memset(out, (uint8_t)EXT_RESERVED, EXT_ANNOUNCEMENT);
	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), record, sizeof(*record));
	return EXT_ANNOUNCEMENT;
}

bool ext_record_find(const uint8_t *blob, size_t size, struct ext_record *out)
{
	struct kvmfr20_record head;
	for (size_t at = KVMFR20_UDATA_MIN; at <= size && size - at >= sizeof(head);
	     at += head.size) {
		memcpy(&head, blob + at, sizeof(head));
		at += sizeof(head);
		if (head.size > size - at)
			return false;
		if (head.type != EXT_RECORD_TYPE || head.size < sizeof(*out))
			continue;
		memcpy(out, blob + at, sizeof(*out));
		return out->magic == EXT_MAGIC && out->major == EXT_MAJOR;
	}
	return false;
}

/* ---- the map ---- */

uint64_t ext_area_at(uint64_t region)
{
	uint64_t end = align_down(min_u64(region, UINT32_MAX), MEM_PAGE);
	return region < EXT_REGION_LEAST ? 0 : end - EXT_AREA_BYTES;
}

/* A span's place and stride, copied once. NULL where it does not lie inside. */
static uint8_t *read_span(uint8_t *area, uint64_t size, const struct ext_span *span, uint32_t count,
			  uint32_t least, uint32_t *stride)
{
	uint32_t at = atomic_load(&span->at);
	*stride = atomic_load(&span->stride);
	bool good = at % 64 == 0 && *stride % 64 == 0 && *stride >= least &&
		    range_inside(at, (uint64_t)count * *stride, size);
	return good ? area + at : NULL;
}

static struct ext_common *read_common(uint8_t *area, uint64_t size)
{
	struct ext_head *head = (void *)area;
	uint32_t at = atomic_load(&head->common);
	bool good = at % 64 == 0 && range_inside(at, sizeof(struct ext_common), size);
	return good ? (void *)(area + at) : NULL;
}

int ext_map_read(struct ext_map *out, uint8_t *base, uint64_t region, uint64_t at, uint64_t size)
{
	if (at == 0 || at % 64 != 0 || size < sizeof(struct ext_head) ||
	    !range_inside(at, size, region))
		return WIRE_E_BAD;
	uint8_t *area = base + at;
	struct ext_map map = { .head = (void *)area };
	if (atomic_load(&map.head->magic) != EXT_MAGIC ||
	    (atomic_load(&map.head->version) & 0xFFFF) != EXT_MAJOR)
		return WIRE_E_BAD;
	map.common = read_common(area, size);
	map.history = read_span(area, size, &map.head->history, EXT_HISTORY,
				sizeof(struct ext_entry), &map.entry_stride);
	map.bells = read_span(area, size, &map.head->bells, EXT_BLOCKS, sizeof(uint32_t),
			      &map.bell_stride);
	map.blocks = read_span(area, size, &map.head->blocks, EXT_BLOCKS, sizeof(struct ext_block),
			       &map.block_stride);
	map.shapes = read_span(area, size, &map.head->shapes, EXT_SHAPES, sizeof(uint32_t),
			       &map.shape_stride);
	if (!map.common || !map.history || !map.bells || !map.blocks || !map.shapes)
		return WIRE_E_BAD;
	*out = map;
	return 0;
}

static void write_span(struct ext_span *span, uint32_t at, uint32_t stride)
{
	atomic_store_explicit(&span->at, at, memory_order_relaxed);
	atomic_store_explicit(&span->stride, stride, memory_order_relaxed);
}

void ext_map_write(struct ext_map *out, uint8_t *base, uint64_t at)
{
	uint8_t *area = base + at;
	struct ext_head *head = (void *)area;

	atomic_store(&head->version, EXT_MINOR << 16 | EXT_MAJOR);
	atomic_store(&head->common, EXT_COMMON_AT);
	write_span(&head->history, EXT_HISTORY_AT, EXT_ENTRY_STRIDE);
	write_span(&head->bells, EXT_BELLS_AT, EXT_BELL_STRIDE);
	write_span(&head->blocks, EXT_BLOCKS_AT, EXT_BLOCK_STRIDE);
	write_span(&head->shapes, EXT_SHAPES_AT, EXT_SHAPE_STRIDE);
	*out = (struct ext_map){
		.head = head,
		.common = (void *)(area + EXT_COMMON_AT),
		.history = area + EXT_HISTORY_AT,
		.bells = area + EXT_BELLS_AT,
		.blocks = area + EXT_BLOCKS_AT,
		.shapes = area + EXT_SHAPES_AT,
		.entry_stride = EXT_ENTRY_STRIDE,
		.bell_stride = EXT_BELL_STRIDE,
		.block_stride = EXT_BLOCK_STRIDE,
		.shape_stride = EXT_SHAPE_STRIDE,
	};
}
