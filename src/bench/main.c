/* oriel-bench: a number or it did not happen. */
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "bench/bench.h"

#define RATE_MAX    100000 /* a second */
#define VIEWERS_MAX 8

/* In the order in which `all` runs them: the shortest first. */
static const struct {
	const char *name;
	int (*run)(struct report *report, const struct bench_options *options);
	const char *help;
} commands[] = {
	{ "queue", bench_queue, "posting, taking and releasing a frame, in one process" },
	{ "copy", bench_copy, "the producer's copy path against the fastest plain copies" },
	{ "wake", bench_wake, "from a post to the consumer awake, beside a bare futex" },
	{ "transport", bench_transport, "from a producer's capture to a program's listener" },
	{ "guest", bench_guest, "from a pixel in an emulated machine to a program here" },
	{ "spice", bench_spice, "input, pictures and sound of a machine by way of SPICE" },
	{ "glass", bench_glass, "from a change on one screen to its sight on another" },
	{ "idle", bench_idle, "what all programs cost while the picture stands still" },
};

/* What the command line says apart from the measurement itself. */
struct how {
	bool json, check;
	struct bench_options options;
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },          { "check", no_argument, NULL, 'c' },
	{ "rounds", required_argument, NULL, 'n' },  { "samples", required_argument, NULL, 'm' },
	{ "seconds", required_argument, NULL, 't' }, { "rate", required_argument, NULL, 'r' },
	{ "viewers", required_argument, NULL, 'w' }, { "plain", no_argument, NULL, 'p' },
	{ "size", required_argument, NULL, 's' },    { "block", required_argument, NULL, 'b' },
	{ "guest", required_argument, NULL, 'g' },   { "view", required_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },          { 0 },
};

static void help(void)
{
	printf("Usage: oriel-bench COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		printf("  %-10s%s\n", commands[i].name, commands[i].help);
	printf("  %-10s%s\n", "all", "all of these, in less than ten minutes");
	printf("\nOptions:\n"
	       "  --json          JSON instead of a page\n"
	       "  --check         exit with 3 when a goal is missed\n"
	       "  --rounds=N      measure in N rounds\n"
	       "  --samples=N     values of each round: glass, guest, wake\n"
	       "  --seconds=N     how long to look: guest, idle, spice, transport\n"
	       "  --rate=N,...    frames a second: guest, transport, wake\n"
	       "  --plain         transport: only from a plain producer (B7)\n"
	       "  --viewers=N     idle: so many viewers, and one of them stops for a while\n"
	       "  --size=WxH      size of the screens: glass, idle, transport\n"
	       "  --block=N       glass: only a square of N pixels changes\n"
	       "  --guest=PATH    the capture program (oriel-guest)\n"
	       "  --view=PATH     the viewer (oriel-view)\n"
	       "  --help          this text\n"
	       "\nglass, idle and spice start Xvfbs of their own, guest and spice a QEMU, and end\nthem.\n");
}

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "oriel-bench: %s: %s; see oriel-bench --help\n", what, value);
	return 2;
}

static bool parse_number(const char *text, uint32_t *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value < 1 || value > 1000000000)
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool parse_size(const char *text, struct bench_options *out)
{
	char end;

	return sscanf(text, "%5ux%5u%c", &out->width, &out->height, &end) == 2 &&
	       out->width >= 64 && out->height >= 64 && out->width <= 32767 && out->height <= 32767;
}

static bool parse_rates(const char *text, struct bench_options *out)
{
	char copy[128], *rest = copy, *one;

	snprintf(copy, sizeof(copy), "%s", text);
	for (out->rate_count = 0; (one = strsep(&rest, ",")); out->rate_count++)
		if (out->rate_count == BENCH_RATES_MAX ||
		    !parse_number(one, &out->rates[out->rate_count]) ||
		    out->rates[out->rate_count] > RATE_MAX)
			return false;
	return true;
}

/* False: the value makes no sense. */
static bool take_option(struct how *how, int letter, const char *value)
{
	struct bench_options *out = &how->options;

	switch (letter) {
	case 'j':
		how->json = true;
		return true;
	case 'c':
		how->check = true;
		return true;
	case 'p':
		out->plain = true;
		return true;
	case 'r':
		return parse_rates(value, out);
	case 'm':
		return parse_number(value, &out->samples);
	case 'n':
		return parse_number(value, &out->rounds);
	case 't':
		return parse_number(value, &out->seconds);
	case 'b':
		return parse_number(value, &out->block);
	case 'w':
		return parse_number(value, &out->viewers) && out->viewers <= VIEWERS_MAX;
	case 's':
		return parse_size(value, out);
	case 'g':
		out->guest = value;
		return true;
	case 'v':
		out->view = value;
		return true;
	default:
		return false;
	}
}

static int run(const char *name, struct how *how)
{
	bool all = strcmp(name, "all") == 0, known = all;
	struct report report;
	int status = 0;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		known |= strcmp(commands[i].name, name) == 0;
	if (!known)
		return wrong("unknown command", name);
	how->options.all = all;
	report_open(&report, how->json);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (all || strcmp(commands[i].name, name) == 0)
			status |= commands[i].run(&report, &how->options);
	report_close(&report);
	return status ? status : how->check && report.missed ? 3 : 0;
}

int main(int argc, char **argv)
{
	struct how how = { 0 };
	int letter, at;

	log_open("oriel-bench", LOG_WARN);
	while ((letter = getopt_long(argc, argv, "h", long_options, &at)) != -1) {
		if (letter == 'h') {
			help();
			return 0;
		}
		if (letter == '?')
			return 2;
		if (!take_option(&how, letter, optarg))
			return wrong(long_options[at].name, optarg);
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "oriel-bench: name one command; see oriel-bench --help\n");
		return 2;
	}
	return run(argv[optind], &how);
}
