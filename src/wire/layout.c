#include "wire/layout.h"

#include <errno.h>

#include "base/mem.h"
#include "wire/ext_area.h"
#include "wire/kvmfr20.h"
#include "wire/lgmp6.h"
#include "wire/pointer.h"
#include "wire/producer.h"

#define SLOTS_LEAST  2u
#define PIXELS_LEAST (16 * MEM_PAGE) /* a slot that cannot hold a row of 8K is no slot */

/* LGMP's offsets have 32 bits; what lies beyond cannot be named. */
static uint64_t usable(uint64_t region)
{
	return align_down(min_u64(region, UINT32_MAX), MEM_PAGE);
}

static uint32_t take(uint64_t *at, uint64_t bytes)
{
	uint64_t begin = *at;
	*at = align_up(begin + bytes, 4);
	return (uint32_t)begin;
}

static int plan_until(struct wire_layout *out, uint64_t region, uint64_t end, uint64_t udata,
		      uint64_t frame_bytes, struct err *err)
{
	struct wire_layout plan = { .slots = WIRE_SLOTS_MAX };
	uint64_t at = align_up(sizeof(struct lgmp6_header) + udata, 4);

	plan.frame_ring = take(&at, KVMFR20_FRAME_LENGTH * sizeof(struct lgmp6_message));
	plan.pointer_ring = take(&at, KVMFR20_POINTER_LENGTH * sizeof(struct lgmp6_message));
	plan.positions = take(&at, WIRE_POSITIONS * sizeof(struct kvmfr20_pointer));
	plan.shapes = take(&at, WIRE_SHAPES * WIRE_SHAPE_BYTES);
	at = align_up(at, MEM_PAGE);
	uint64_t least = at + SLOTS_LEAST * (MEM_PAGE + PIXELS_LEAST);
	if (end < least)
		return err_set(err, -ENOSPC,
			       "the shared memory has %llu bytes, the smallest that works is %llu: "
			       "make it larger (a power of two)",
			       (unsigned long long)region,
			       (unsigned long long)next_power_of_two(least));

	uint64_t want = MEM_PAGE + align_up(frame_bytes, MEM_PAGE), left = end - at;
	while (plan.slots > SLOTS_LEAST && left / plan.slots < want)
		plan.slots--;
	plan.payloads = (uint32_t)at;
	plan.payload_bytes = (uint32_t)align_down(left / plan.slots, MEM_PAGE);
	*out = plan;
	return 0;
}

int wire_layout_plan(struct wire_layout *out, uint64_t region, uint64_t udata, uint64_t frame_bytes,
		     struct err *err)
{
	return plan_until(out, region, usable(region), udata, frame_bytes, err);
}

bool wire_layout_plan_extended(struct wire_layout *out, uint64_t region, uint64_t udata,
			       uint64_t frame_bytes)
{
	struct wire_layout plan;
	uint64_t area = ext_area_at(region);
	if (!area || plan_until(&plan, region, area, udata, frame_bytes, NULL) ||
	    plan.slots < EXT_SLOTS_LEAST || plan.payload_bytes - MEM_PAGE < frame_bytes)
		return false;
	plan.area = (uint32_t)area;
	*out = plan;
	return true;
}
