#include "bench/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "bench/machine.h"

static const struct {
	const char *name;
	double percent;
} columns[] = { { "p50", 50 }, { "p95", 95 }, { "p99", 99 }, { "max", 100 } };

/* ---- JSON ---- */

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar((unsigned char)*text < ' ' ? ' ' : *text);
	}
	putchar('"');
}

static void json_key(const char *key, const char *value)
{
	printf("\"%s\":", key);
	json_string(value);
}

static void json_row_begin(struct report *self, const char *name, const char *unit)
{
	printf("%s\n{", self->rows ? "," : "");
	if (self->part[0]) {
		json_key("part", self->part);
		putchar(',');
	}
	json_key("name", name);
	putchar(',');
	json_key("unit", unit);
}

/* ---- pages ---- */

/* Four digits say all that such a measurement knows. */
static int digits(double value)
{
	double size = value < 0 ? -value : value;

	return size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
}

static void page_name(const struct report *self, const char *name, const char *unit)
{
	printf("%*s%-*s %-4s", self->part[0] ? 2 : 0, "", self->part[0] ? 30 : 32, name, unit);
}

static void page_number(double value)
{
	printf("%9.*f", digits(value), value);
}

/* ---- both ---- */

void report_open(struct report *self, bool json)
{
	char machine[160];

	*self = (struct report){ .json = json };
	machine_describe(machine, sizeof(machine));
	if (!json) {
		printf("%s\n\n", machine);
		return;
	}
	printf("{\"schema\":\"oriel-bench-1\",");
	json_key("machine", machine);
	printf(",\"runs\":[");
}

static void end_run(struct report *self)
{
	if (self->json && self->in_run)
		printf("\n]}");
	self->in_run = false;
	self->rows = 0;
	self->part[0] = '\0';
}

void report_close(struct report *self)
{
	end_run(self);
	if (self->json)
		printf("\n]}\n");
	else if (self->goals)
		printf("\n%u of %u goals met\n", self->goals - self->missed, self->goals);
	fflush(stdout);
}

void report_begin(struct report *self, const char *command, const char *about)
{
	end_run(self);
	self->in_run = true;
	if (self->json) {
		printf("%s\n{", self->runs++ ? "," : "");
		json_key("command", command);
		putchar(',');
		json_key("about", about);
		printf(",\"rows\":[");
		return;
	}
	printf("%s%s: %s\n%-37s", self->runs++ ? "\n" : "", command, about, "");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		printf("%9s", columns[i].name);
	printf("%7s\n", "count");
	fflush(stdout);
}

void report_part(struct report *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(self->part, sizeof(self->part), format, args);
	va_end(args);
	if (!self->json && self->part[0])
		printf("%s\n", self->part);
}

static void row_end(struct report *self)
{
	printf("%s", self->json ? "}" : "\n");
	self->rows++;
	fflush(stdout);
}

void report_row(struct report *self, const char *name, const char *unit, struct series *series)
{
	if (self->json) {
		json_row_begin(self, name, unit);
		for (size_t i = 0; i < ARRAY_LEN(columns); i++)
			printf(",\"%s\":%.3f", columns[i].name,
			       series_at(series, columns[i].percent));
		printf(",\"count\":%zu", series->count);
	} else {
		page_name(self, name, unit);
		for (size_t i = 0; i < ARRAY_LEN(columns); i++)
			page_number(series_at(series, columns[i].percent));
		printf("%7zu", series->count);
	}
	row_end(self);
}

static void value_begin(struct report *self, const char *name, const char *unit, double value)
{
	if (self->json) {
		json_row_begin(self, name, unit);
		printf(",\"value\":%.3f", value);
	} else {
		page_name(self, name, unit);
		page_number(value);
	}
}

void report_value(struct report *self, const char *name, const char *unit, double value)
{
	value_begin(self, name, unit, value);
	row_end(self);
}

void report_goal(struct report *self, const char *name, const char *unit, double value,
		 double at_most)
{
	bool met = value <= at_most;

	value_begin(self, name, unit, value);
	if (self->json)
		printf(",\"at_most\":%.3f,\"met\":%s", at_most, met ? "true" : "false");
	else
		printf("   %s: at most %g", met ? "met" : "MISSED", at_most);
	self->goals++;
	self->missed += !met;
	row_end(self);
}

int report_failure(struct report *self, const char *text)
{
	fprintf(stderr, "oriel-bench: %s\n", text);
	if (self->json && self->in_run) {
		json_row_begin(self, "failure", "");
		putchar(',');
		json_key("text", text);
		row_end(self);
	}
	return 1;
}
