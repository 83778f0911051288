#include "view/hud/alerts.h"

#include <string.h>

#include "base/mem.h"

#define FADE_NS 60000000u /* a step of fading out */
#define TINT    0x7fb4f5  /* the program's own blue */

static void drop(struct alerts *self, uint32_t at)
{
	self->count--;
	memmove(&self->rows[at], &self->rows[at + 1], (self->count - at) * sizeof(self->rows[0]));
}

static struct alert *find(struct alerts *self, const char *text)
{
	for (uint32_t i = 0; i < self->count; i++)
		if (strncmp(self->rows[i].text, text, sizeof(self->rows[i].text) - 1) == 0)
			return &self->rows[i];
	return NULL;
}

void alerts_add(struct alerts *self, const char *text, uint64_t until_ns)
{
	struct alert *alert = find(self, text);

	if (alert) {
		alert->until_ns = max_u64(alert->until_ns, until_ns);
		return;
	}
	if (self->count == ALERTS)
		drop(self, 0);
	alert = &self->rows[self->count++];
	g_strlcpy(alert->text, text, sizeof(alert->text));
	alert->until_ns = until_ns;
}

/* Steps of fading that are over; `next` is when the next one comes. */
static uint32_t faded(uint64_t until_ns, uint64_t now_ns, uint64_t *next)
{
	uint64_t left = until_ns - now_ns, steps = min_u64((left - 1) / FADE_NS, SHEET_FADED - 1);

	*next = until_ns - steps * FADE_NS;
	return (uint32_t)(SHEET_FADED - 1 - steps);
}

uint64_t alerts_compose(struct alerts *self, uint64_t now_ns, struct sheet *out)
{
	uint64_t soonest = 0, next;

	sheet_begin(out, SHEET_PILLS, NULL);
	out->side = 0.5;
	for (uint32_t i = 0; i < self->count;) {
		if (self->rows[i].until_ns <= now_ns) {
			drop(self, i);
			continue;
		}
		struct sheet_row *row = sheet_add(out, "", "%s", self->rows[i].text);
		row->tint = TINT;
		row->fade = faded(self->rows[i].until_ns, now_ns, &next);
		soonest = soonest ? min_u64(soonest, next) : next;
		i++;
	}
	return soonest;
}
