#include "view/hud/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static uint32_t to_us(uint64_t ns)
{
	return (uint32_t)min_u64(ns / 1000, UINT32_MAX);
}

void history_add(struct history *self, const uint64_t stages[SOURCE_STAGES], uint64_t latency_ns)
{
	uint32_t *us = self->us[self->count++ % HISTORY];

	for (unsigned i = 0; i < SOURCE_STAGES; i++)
		us[i] = to_us(stages[i]);
	us[HISTORY_LATENCY] = to_us(latency_ns);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void history_percentiles(const struct history *self, unsigned series, double out[3])
{
	static const unsigned percents[] = { 50, 95, 99 };
	size_t count = (size_t)min_u64(self->count, HISTORY);
	uint32_t values[HISTORY];

	for (size_t i = 0; i < count; i++)
		values[i] = self->us[i][series];
	qsort(values, count, sizeof(values[0]), compare);
	for (size_t i = 0; i < 3; i++)
		out[i] = count ? values[(count - 1) * percents[i] / 100] / 1e3 : 0;
}

const uint32_t *history_back(const struct history *self, unsigned back)
{
	if (back >= min_u64(self->count, HISTORY))
		return NULL;
	return self->us[(self->count - 1 - back) % HISTORY];
}
