#include "view/hud/rates.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "view/hud/graph.h"

void rates_look(struct rates *self, const struct figures *figures, uint64_t now_ns)
{
	if (self->count == RATES_KEEP) {
		self->count--;
		memmove(&self->looks[0], &self->looks[1], self->count * sizeof(self->looks[0]));
	}
	self->looks[self->count].figures = *figures;
	self->looks[self->count++].at_ns = now_ns;
}

bool rates_moving(const struct rates *self)
{
	const struct figures *first = &self->looks[0].figures;
	const struct figures *last = &self->looks[self->count - 1].figures;

	return self->count > 1 && (last->in != first->in || last->shown != first->shown);
}

static const struct {
	const char *name;
	size_t field;
} rows[] = {
	{ "shown", offsetof(struct figures, shown) },
	{ "in", offsetof(struct figures, in) },
	{ "skipped", offsetof(struct figures, skipped) },
	{ "wake-ups", offsetof(struct figures, rung) },
	{ "copied", offsetof(struct figures, bytes_copied) },
};

/* Per second. */
static double rate(const struct rates *self, size_t field)
{
	uint64_t first, last, ns;

	if (self->count < 2)
		return 0;
	ns = self->looks[self->count - 1].at_ns - self->looks[0].at_ns;
	memcpy(&first, (const char *)&self->looks[0].figures + field, sizeof(first));
	memcpy(&last, (const char *)&self->looks[self->count - 1].figures + field, sizeof(last));
	return ns && last > first ? (double)(last - first) * 1e9 / (double)ns : 0;
}

static void add_bytes(struct sheet *out, const char *name, double bytes)
{
	if (bytes == 0)
		sheet_add(out, name, "nothing");
	else if (bytes < 1e6)
		sheet_add(out, name, "%.0f kB/s", bytes / 1e3);
	else
		sheet_add(out, name, "%.0f MB/s", bytes / 1e6);
}

static void add_rate(struct sheet *out, const struct rates *self, size_t i)
{
	double value = rate(self, rows[i].field);

	if (rows[i].field == offsetof(struct figures, bytes_copied))
		add_bytes(out, rows[i].name, value);
	else
		sheet_add(out, rows[i].name, "%.1f/s", value);
}

/* "llvmpipe (LLVM 15.0.6, 256 bits)" says enough before the bracket. */
static void add_device(struct sheet *out, const char *device)
{
	const char *more = strstr(device, " (");

	sheet_add(out, "device", "%.*s", more ? (int)(more - device) : -1, device);
}

void rates_compose(const struct rates *self, const struct history *history, const char *note,
		   struct sheet *out)
{
	const struct figures *now = &self->looks[self->count - 1].figures;
	double ms[3];

	sheet_begin(out, SHEET_NUMBERS, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		add_rate(out, self, i);
	history_percentiles(history, HISTORY_LATENCY, ms);
	sheet_add(out, "latency p50", "%.2f ms", ms[0]);
	sheet_add(out, "p95", "%.2f ms", ms[1]);
	sheet_add(out, "p99", "%.2f ms", ms[2]);
	sheet_add(out, "presenter", "%s", self->count && now->way ? now->way : "none");
	if (self->count && now->device[0])
		add_device(out, now->device);
	if (self->count && now->wake && *now->wake)
		sheet_add(out, "woken by", "%s", now->wake);
	if (note)
		sheet_add(out, "guest", "%s", note);
}

static const char *const names[] = {
	[SOURCE_POST] = "post",     [SOURCE_FILL] = "fill",       [SOURCE_WAKE] = "wake",
	[SOURCE_SUBMIT] = "submit", [SOURCE_PRESENT] = "present", [SOURCE_TOTAL] = "total",
};
static_assert(ARRAY_LEN(names) == SOURCE_STAGES, "each stage has its name");

void rates_compose_stages(const struct history *history, uint32_t refresh_mhz, struct sheet *out)
{
	double ms[3];

	sheet_begin(out, SHEET_GRAPH, NULL);
	out->pictures = history->count;
	out->frame_us = refresh_mhz ? (uint32_t)(1000000000u / refresh_mhz) : 0;
	sheet_add(out, "ms", "%6s %6s %6s", "p50", "p95", "p99");
	for (unsigned i = 0; i < SOURCE_STAGES; i++) {
		history_percentiles(history, i, ms);
		struct sheet_row *row = sheet_add(out, names[i], "%6.2f %6.2f %6.2f", ms[0], ms[1],
						  ms[2]);
		row->tint = graph_tints[i];
	}
}
