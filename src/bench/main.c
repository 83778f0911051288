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

static const struct {
	const char *name;
	int (*run)(const struct bench_options *options);
	const char *help;
} commands[] = {
	{ "copy", bench_copy, "the producer's copy path against the fastest plain copies" },
	{ "glass", bench_glass, "from a change on one screen to its sight on the other" },
	{ "idle", bench_idle, "what both programs cost while the picture stands still" },
	{ "queue", bench_queue, "posting, taking and releasing a frame, in one process" },
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },         { "floor", no_argument, NULL, 'f' },
	{ "rounds", required_argument, NULL, 'n' }, { "seconds", required_argument, NULL, 't' },
	{ "size", required_argument, NULL, 's' },   { "block", required_argument, NULL, 'b' },
	{ "guest", required_argument, NULL, 'g' },  { "view", required_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },         { 0 },
};

static void help(void)
{
	printf("Usage: oriel-bench COMMAND [OPTION...]\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		printf("  %-8s%s\n", commands[i].name, commands[i].help);
	printf("\nOptions:\n"
	       "  --json          JSON instead of a table\n"
	       "  --rounds=N      measure N times\n"
	       "  --size=WxH      glass, idle: size of the screens (1920x1080)\n"
	       "  --block=N       glass: only a square of N pixels changes\n"
	       "                  (without: the full screen, then 64x64)\n"
	       "  --floor         glass: in turns with the least any program could do\n"
	       "  --seconds=N     idle: how long to look (10)\n"
	       "  --guest=PATH    the capture program (oriel-guest)\n"
	       "  --view=PATH     the viewer (oriel-view)\n"
	       "  --help          this text\n"
	       "\nglass and idle start two Xvfb of their own and end them.\n");
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

/* False: the value makes no sense. */
static bool take_option(struct bench_options *out, int letter, const char *value)
{
	switch (letter) {
	case 'j':
		out->json = true;
		return true;
	case 'f':
		out->floor = true;
		return true;
	case 'n':
		return parse_number(value, &out->rounds);
	case 't':
		return parse_number(value, &out->seconds);
	case 'b':
		return parse_number(value, &out->block);
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

static int run(const char *name, const struct bench_options *options)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(options);
	return wrong("unknown command", name);
}

int main(int argc, char **argv)
{
	struct bench_options options = { .seconds = 10, .width = 1920, .height = 1080 };
	int letter, at;

	log_open("oriel-bench", LOG_WARN);
	while ((letter = getopt_long(argc, argv, "h", long_options, &at)) != -1) {
		if (letter == 'h') {
			help();
			return 0;
		}
		if (letter == '?')
			return 2;
		if (!take_option(&options, letter, optarg))
			return wrong(long_options[at].name, optarg);
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "oriel-bench: name one command; see oriel-bench --help\n");
		return 2;
	}
	return run(argv[optind], &options);
}
