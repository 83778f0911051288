#include "guest/options.h"

#include <errno.h>

#include "test.h"

#define PARSE(out, ...) parse(out, (const char *[]){ "oriel-guest", __VA_ARGS__, NULL }, &err)

static int parse(struct options *out, const char **words, struct err *err)
{
	int count = 0;
	while (words[count])
		count++;
	return options_parse(out, count, (char **)words, err);
}

static void every_option_is_understood(void)
{
	struct err err = { 0 };
	struct options options;
	CHECK_EQ(PARSE(&options, "--memory", "/tmp/x", "--create=64M", "-c", "pattern:still",
		       "--fps-limit", "30", "--stats", "-v", "--no-extension"),
		 0);
	CHECK_STR(options.memory, "/tmp/x");
	CHECK_EQ(options.create, 64 << 20);
	CHECK_STR(options.capture, "pattern:still");
	CHECK_EQ(options.fps_limit, 30);
	CHECK(options.stats && options.verbose && options.no_extension && !options.help);
}

static void mistakes_are_named(void)
{
	struct err err = { 0 };
	struct options options;
	CHECK_EQ(PARSE(&options, "--create", "lots"), -EINVAL);
	CHECK_CONTAINS(err.text, "lots");
	CHECK_CONTAINS(err.text, "64M");
	CHECK_EQ(PARSE(&options, "--fps-limit=0"), -EINVAL);
	CHECK_EQ(PARSE(&options, "--memroy", "x"), -EINVAL);
	CHECK_CONTAINS(err.text, "--memroy");
	CHECK_EQ(PARSE(&options, "--memory"), -EINVAL);
	CHECK_CONTAINS(err.text, "needs a value");
	CHECK_EQ(PARSE(&options, "word"), -EINVAL);
	CHECK_CONTAINS(err.text, "word");
}

static void sizes(void)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} rows[] = {
		{ "1", 1 },           { "64M", 64 << 20 }, { "64MiB", 64 << 20 },
		{ "2g", 2ull << 30 }, { "", 0 },           { "0", 0 },
		{ "-1", 0 },          { "64X", 0 },        { "1MB", 0 },
		{ "64M5", 0 },        { "99999999T", 0 },  { "99999999999999999999", 0 },
	};
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t bytes = 0;
		CHECK_EQ(options_size(rows[i].text, &bytes), rows[i].bytes != 0);
		CHECK_EQ(bytes, rows[i].bytes);
	}
}

static const struct capture_impl first = { .name = "first", .help = "[ARG]   does nothing" };
static const struct capture_impl second = { .name = "second", .help = "" };
static const struct capture_impl *const impls[] = { &first, &second, NULL };

static void help_fits_80_columns(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	options_help(file, "oriel-guest", impls);
	fclose(file);
	CHECK_CONTAINS(text, "--fps-limit");
	CHECK_CONTAINS(text, "first");
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		CHECK(strlen(line) <= 80);
	free(text);
}

static void captures_are_found_by_name(void)
{
	struct err err = { 0 };
	const char *arg = "";
	CHECK(capture_find(impls, NULL, &arg, &err) == &first);
	CHECK(arg == NULL);
	CHECK(capture_find(impls, "second", &arg, &err) == &second);
	CHECK(capture_find(impls, "second::0", &arg, &err) == &second);
	CHECK_STR(arg, ":0");
	CHECK(capture_find(impls, "sec", &arg, &err) == NULL);
	CHECK_CONTAINS(err.text, "first, second");
}

static const struct test_case cases[] = {
	TEST(every_option_is_understood), TEST(mistakes_are_named),         TEST(sizes),
	TEST(help_fits_80_columns),       TEST(captures_are_found_by_name),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
