/* view/hud/alerts.h - sentences that go by themselves, newest below. Pure; main thread only. */
#ifndef VIEW_HUD_ALERTS_H
#define VIEW_HUD_ALERTS_H

#include "view/hud/sheet.h"

#define ALERTS 4

struct alerts {
	struct alert {
		char text[216];
		uint64_t until_ns;
	} rows[ALERTS];
	uint32_t count;
};

/* Where there are too many the oldest goes. One that stands already stays until the later end. */
void alerts_add(struct alerts *self, const char *text, uint64_t until_ns);

/* Fills a sheet with what stands at `now_ns` and drops what is over. Returns when it looks
 * otherwise; 0: never. */
uint64_t alerts_compose(struct alerts *self, uint64_t now_ns, struct sheet *out);

#endif
