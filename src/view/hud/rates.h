/* view/hud/rates.h - what passes in a second, in words. Pure; main thread only. */
#ifndef VIEW_HUD_RATES_H
#define VIEW_HUD_RATES_H

#include "view/hud/sheet.h"
#include "view/stats.h"

#define RATES_KEEP 3 /* looks; the first and the last make a rate */

struct rates {
	struct {
		struct figures figures;
		uint64_t at_ns;
	} looks[RATES_KEEP];
	uint32_t count;
};

void rates_look(struct rates *self, const struct figures *figures, uint64_t now_ns);

/* Has anything passed between the looks that are kept? */
bool rates_moving(const struct rates *self);

/* `note` is what else is to be said, or NULL. */
void rates_compose(const struct rates *self, const struct history *history, const char *note,
		   struct sheet *out);

/* Names and percentiles of each stage. */
void rates_compose_stages(const struct history *history, uint32_t refresh_mhz, struct sheet *out);

#endif
