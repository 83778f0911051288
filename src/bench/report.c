#include "bench/report.h"

#include <stdio.h>

#include "base/mem.h"

static const struct {
	const char *name;
	double percent;
} columns[] = { { "p50", 50 }, { "p95", 95 }, { "p99", 99 }, { "max", 100 } };

void report_begin(struct report *self, bool json, const char *command, const char *about)
{
	*self = (struct report){ .json = json };
	if (json) {
		printf("{\"command\":\"%s\",\"about\":\"%s\",\"rows\":[", command, about);
		return;
	}
	printf("%s\n\n%-26s %-5s", about, "", "");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		printf("%10s", columns[i].name);
	printf("%8s\n", "count");
}

static void json_row(struct report *self, const char *name, const char *unit, struct series *series,
		     const struct report_figure *figures)
{
	printf("%s\n{\"name\":\"%s\",\"unit\":\"%s\",\"count\":%zu", self->any ? "," : "", name,
	       unit, series->count);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		printf(",\"%s\":%.3f", columns[i].name, series_at(series, columns[i].percent));
	for (; figures && figures->key; figures++)
		printf(",\"%s\":%.3f", figures->key, figures->value);
	printf("}");
}

static void table_row(const char *name, const char *unit, struct series *series,
		      const struct report_figure *figures)
{
	printf("%-26s %-5s", name, unit);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		printf("%10.2f", series_at(series, columns[i].percent));
	printf("%8zu", series->count);
	for (; figures && figures->key; figures++)
		printf("  %s %.2f", figures->key, figures->value);
	printf("\n");
}

void report_row(struct report *self, const char *name, const char *unit, struct series *series,
		const struct report_figure *figures)
{
	if (self->json)
		json_row(self, name, unit, series, figures);
	else
		table_row(name, unit, series, figures);
	self->any = true;
	fflush(stdout);
}

void report_note(struct report *self, const char *name, const char *unit, double value)
{
	if (self->json)
		printf("%s\n{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.3f}", self->any ? "," : "",
		       name, unit, value);
	else
		printf("%-26s %-5s%10.2f\n", name, unit, value);
	self->any = true;
}

void report_end(struct report *self)
{
	if (self->json)
		printf("\n]}\n");
}
