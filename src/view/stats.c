#include "view/stats.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define KEEP 2048 /* newest latencies that percentiles are made of */

struct samples {
	uint64_t count;
	uint64_t values[KEEP];
};

/* Its check() runs once after every poll(): that counts wake-ups without a global. */
struct counter {
	GSource base;
	uint64_t count;
};

struct stats {
	enum stats_style style;
	stats_collect_func collect;
	void *data;
	uint64_t start_ns, last_ns;
	struct figures last;
	struct samples second, total;
	GSource *counter;
	unsigned timer;
};

static void samples_add(struct samples *self, uint64_t value)
{
	self->values[self->count++ % KEEP] = value;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts in place: the order of arrival is lost, which nobody asks for. */
static double percentile_ms(struct samples *self, unsigned percent)
{
	size_t count = (size_t)min_u64(self->count, KEEP);

	if (count == 0)
		return 0;
	qsort(self->values, count, sizeof(self->values[0]), compare);
	return (double)self->values[(count - 1) * percent / 100] / 1e6;
}

static const char *const stage_names[] = { "post", "fill", "wake", "submit", "present", "total" };
static_assert(ARRAY_LEN(stage_names) == SOURCE_STAGES, "one name per stage");

static void print_columns(void)
{
	printf("line,seconds,in,shown,skipped,latency_p50_us,latency_p95_us,latency_p99_us,"
	       "bytes_copied,wakeups,presenter");
	for (size_t i = 0; i < SOURCE_STAGES; i++)
		printf(",%s_p50_us,%s_p95_us,%s_p99_us", stage_names[i], stage_names[i],
		       stage_names[i]);
	printf(",wake,rung,reads\n");
}

static void print_csv(const char *name, const struct figures *now, const struct figures *then,
		      double seconds, struct samples *samples)
{
	printf("%s,%.3f,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
	       ",%.1f,%.1f,%.1f,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%s",
	       name, seconds, now->in - then->in, now->shown - then->shown,
	       now->skipped - then->skipped, percentile_ms(samples, 50) * 1e3,
	       percentile_ms(samples, 95) * 1e3, percentile_ms(samples, 99) * 1e3,
	       now->bytes_copied - then->bytes_copied, now->wakeups - then->wakeups, now->way);
	for (size_t i = 0; i < SOURCE_STAGES; i++)
		for (size_t p = 0; p < 3; p++)
			printf(",%.1f", (double)now->stages[i][p] / 1e3);
	printf(",%s,%" G_GUINT64_FORMAT ",%s\n", now->wake, now->rung - then->rung, now->reads);
}

static void print_words(const char *name, const struct figures *now, const struct figures *then,
			double seconds, struct samples *samples)
{
	printf("%s: in %.1f/s, shown %.1f/s, skipped %" G_GUINT64_FORMAT
	       ", latency p50 %.2f p95 %.2f p99 %.2f ms, copied %" G_GUINT64_FORMAT
	       " bytes, wakeups %.1f/s, presenter %s%s%s%s%s\n",
	       name, (double)(now->in - then->in) / seconds,
	       (double)(now->shown - then->shown) / seconds, now->skipped - then->skipped,
	       percentile_ms(samples, 50), percentile_ms(samples, 95), percentile_ms(samples, 99),
	       now->bytes_copied - then->bytes_copied,
	       (double)(now->wakeups - then->wakeups) / seconds, now->way,
	       now->reads[0] ? " reading " : "", now->reads, now->wake[0] ? ", woken by " : "",
	       now->wake);
}

static void print_line(struct stats *self, const char *name, const struct figures *then,
		       uint64_t then_ns, struct samples *samples, struct figures *now)
{
	double seconds = (double)(clock_ns() - then_ns) / 1e9;

	self->collect(self->data, now);
	if (self->style == STATS_CSV)
		print_csv(name, now, then, seconds, samples);
	else
		print_words(name, now, then, seconds, samples);
	fflush(stdout);
}

static gboolean on_second(gpointer data)
{
	struct stats *self = data;
	uint64_t now_ns = clock_ns();
	struct figures now;

	print_line(self, "stats", &self->last, self->last_ns, &self->second, &now);
	self->last = now;
	self->last_ns = now_ns;
	self->second.count = 0;
	return G_SOURCE_CONTINUE;
}

static gboolean counter_prepare(GSource *base, int *timeout)
{
	(void)base;
	*timeout = -1;
	return FALSE;
}

static gboolean counter_check(GSource *base)
{
	((struct counter *)base)->count++;
	return FALSE;
}

static gboolean counter_dispatch(GSource *base, GSourceFunc callback, gpointer data)
{
	(void)base;
	(void)callback;
	(void)data;
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs counter_funcs = {
	counter_prepare, counter_check, counter_dispatch, NULL, NULL, NULL
};

struct stats *stats_create(enum stats_style style, stats_collect_func collect, void *data)
{
	struct stats *self = g_new0(struct stats, 1);

	self->style = style;
	self->collect = collect;
	self->data = data;
	self->start_ns = self->last_ns = clock_ns();
	self->counter = g_source_new(&counter_funcs, sizeof(struct counter));
	g_source_attach(self->counter, NULL);
	if (style == STATS_CSV)
		print_columns();
	if (style != STATS_SILENT)
		self->timer = g_timeout_add_seconds(1, on_second, self);
	return self;
}

void stats_latency(struct stats *self, uint64_t ns)
{
	samples_add(&self->second, ns);
	samples_add(&self->total, ns);
}

uint64_t stats_wakeups(const struct stats *self)
{
	return ((const struct counter *)self->counter)->count;
}

void stats_destroy(struct stats *self)
{
	if (!self)
		return;
	if (self->style != STATS_SILENT) {
		struct figures now;
		print_line(self, "total", &(struct figures){ 0 }, self->start_ns, &self->total,
			   &now);
		g_source_remove(self->timer);
	}
	g_source_destroy(self->counter);
	g_source_unref(self->counter);
	g_free(self);
}
