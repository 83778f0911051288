/* view/hud/place.h - where panels lie in a window. Pure; any thread. */
#ifndef VIEW_HUD_PLACE_H
#define VIEW_HUD_PLACE_H

#include <stdint.h>

/* Places for panels, as in window_set_panel(): a later one covers an earlier one. */
enum hud_place {
	HUD_RATES,
	HUD_LATENCIES,
	HUD_STATUS,
	HUD_ALERTS,
	HUD_KEYS,
	HUD_QUESTION,
	HUD_PLACES
};

/* An em in pixels: `font_size` at the display's scale, less in windows that are small for it. */
double place_em(int font_size, uint32_t scale120, uint32_t width, uint32_t height);

/* What a panel may take of a window of that size: never nothing, never more than the window. */
void place_room(double em, uint32_t width, uint32_t height, uint32_t room[2]);

/* The corner of a panel of `size`, which is not larger than its room. */
void place_corner(enum hud_place place, double em, uint32_t width, uint32_t height,
		  const uint32_t size[2], int32_t corner[2]);

/* How low a panel begins so that it does not lie over that other one: its own y where they do not
 * meet. */
int32_t place_below(double em, const int32_t corner[2], const uint32_t size[2],
		    const int32_t other[2], const uint32_t other_size[2]);

#endif
