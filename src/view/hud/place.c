#include "view/hud/place.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "base/mem.h"

#define PANEL_MAX 4096 /* no window cares for more */

/* How much of the space that is left lies at its left and above it. */
static const struct {
	double x, y;
} anchors[] = {
	[HUD_RATES] = { 0, 0 },    [HUD_LATENCIES] = { 0, 1 }, [HUD_STATUS] = { 1, 0 },
	[HUD_ALERTS] = { 0.5, 0 }, [HUD_KEYS] = { 0.5, 0.5 },  [HUD_QUESTION] = { 0.5, 0.4 },
};
static_assert(ARRAY_LEN(anchors) == HUD_PLACES, "each place has its anchor");

double place_em(int font_size, uint32_t scale120, uint32_t width, uint32_t height)
{
	double em = round(font_size * (scale120 ? scale120 : 120) / 120.0);
	double small = floor(fmin(width / 36.0, height / 24.0));

	return fmax(fmin(em, small), 6);
}

/* Narrow windows have no margin to give away. */
static uint32_t margin(double em, uint32_t side)
{
	return min_u32((uint32_t)round(em), side / 16);
}

static uint32_t room_of(double em, uint32_t side)
{
	return max_u32(min_u32(side - 2 * margin(em, side), PANEL_MAX), 1);
}

void place_room(double em, uint32_t width, uint32_t height, uint32_t room[2])
{
	room[0] = room_of(em, width);
	room[1] = room_of(em, height);
}

static int32_t corner_of(double anchor, double em, uint32_t side, uint32_t size)
{
	uint32_t edge = margin(em, side), taken = size + 2 * edge;
	uint32_t left = side > taken ? side - taken : 0;

	return (int32_t)(edge + (uint32_t)(left * anchor));
}

void place_corner(enum hud_place place, double em, uint32_t width, uint32_t height,
		  const uint32_t size[2], int32_t corner[2])
{
	corner[0] = corner_of(anchors[place].x, em, width, size[0]);
	corner[1] = corner_of(anchors[place].y, em, height, size[1]);
}

static bool meet(int32_t one, uint32_t length, int32_t other, uint32_t other_length)
{
	return one < other + (int32_t)other_length && other < one + (int32_t)length;
}

int32_t place_below(double em, const int32_t corner[2], const uint32_t size[2],
		    const int32_t other[2], const uint32_t other_size[2])
{
	if (!meet(corner[0], size[0], other[0], other_size[0]) ||
	    !meet(corner[1], size[1], other[1], other_size[1]))
		return corner[1];
	return other[1] + (int32_t)other_size[1] + (int32_t)(em / 2);
}
