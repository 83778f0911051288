/* Each command in a short form: it measures, its JSON is JSON, and what it counts holds. Nothing
 * here looks at a time. */
#include <sys/wait.h>

#include "json.h"
#include "test.h"

#define TEXT_MAX (1u << 20)

static char text[TEXT_MAX];

/* Runs oriel-bench; what it prints lies in `text`. Its exit status. */
static int bench(const char *arguments)
{
	char command[1024];

	snprintf(command, sizeof(command), "'%s' %s", getenv("ORIEL_BENCH"), arguments);
	FILE *output = popen(command, "r");
	CHECK(output);
	size_t got = fread(text, 1, sizeof(text) - 1, output);
	text[got] = '\0';
	int status = pclose(output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void measure(const char *arguments)
{
	int status = bench(arguments);

	if (status != 0)
		test_fail("oriel-bench %s: %d: %s", arguments, status, text);
	const char *wrong = json_wrong(text);
	if (wrong)
		test_fail("no JSON from here: %.60s", wrong);
	CHECK_CONTAINS(text, "\"schema\":\"oriel-bench-1\"");
}

static void need_displays(void)
{
	if (system("command -v Xvfb >/dev/null") != 0)
		test_skip("Xvfb is not installed");
}

/* A number of the row of that name, in the first part of that name. Rows are lines. */
static double figure(const char *part, const char *name, const char *key)
{
	char start[160], wanted[32];

	snprintf(start, sizeof(start), "{\"part\":\"%s\",\"name\":\"%s\"", part, name);
	snprintf(wanted, sizeof(wanted), "\"%s\":", key);
	const char *row = strstr(text, start);
	if (!row)
		test_fail("no row %s in %s", start, text);
	const char *end = strchr(row, '\n'), *at = strstr(row, wanted);
	if (!at || (end && at > end))
		test_fail("no %s in %.200s", wanted, row);
	return strtod(at + strlen(wanted), NULL);
}

static void json_is_judged(void)
{
	static const char *const good[] = { "{}", "[1,-2.5]", "{\"a\":[true,\"\\\"\"]}\n" };
	static const char *const bad[] = { "",      "{",      "{\"a\"}", "[1,]", "{\"a\":nan}",
					   "[1] 2", "\"\n\"", "[1 2]" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		CHECK(json_wrong(good[i]) == NULL);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(json_wrong(bad[i]) != NULL);
}

static void queue_and_copy_measure(void)
{
	measure("queue --json --rounds=500");
	CHECK_EQ(figure("plain", "acquire", "count"), 500);
	CHECK_EQ(figure("between Oriels, three more", "take", "count"), 500);
	measure("copy --json --rounds=2");
	CHECK_EQ(figure("2160p", "memcpy", "count"), 2);
}

static void wake_compares_in_rounds(void)
{
	measure("wake --json --rounds=2 --samples=20 --rate=500");
	CHECK(figure("500/s", "bare futex", "count") > 10);
	CHECK(figure("500/s", "posted to awake", "count") > 10);
	figure("500/s", "over bare, round 2", "value");
	figure("500/s", "over bare, median", "value");
}

static void only_what_must_be_is_copied_or_sent(void)
{
	measure("transport --json --seconds=1 --rate=100 --size=640x480");
	CHECK(figure("100/s 64x64", "posted to seen", "count") > 20);
	CHECK_EQ(figure("100/s 64x64", "bytes copied a frame", "value"), 0);
	CHECK(figure("100/s 64x64", "guest wakes a frame", "value") < 4);
	CHECK(figure("100/s 64x64", "consumer wakes a frame", "value") < 4);
	CHECK(figure("plain producer, 100/s 64x64", "captured to seen", "count") > 20);
	CHECK_EQ(figure("plain producer, 100/s 64x64", "bytes copied a frame", "value"), 0);
	CHECK(figure("1000 moves/s", "moved to listener", "count") > 100);
	CHECK_EQ(figure("1000 moves/s", "frames sent", "value"), 0);
	CHECK_EQ(figure("plain producer, 1000 moves/s", "frames sent", "value"), 0);
	/* What has to be copied is copied once; one frame may lie on the edge of the second. */
	CHECK(figure("100/s 640x480", "bytes copied a frame", "value") > 640 * 480 * 4 * 0.9);
	CHECK(figure("100/s 640x480", "bytes copied a frame", "value") < 640 * 480 * 4 * 1.1);
}

static void glass_copies_nothing(void)
{
	need_displays();
	measure("glass --json --rounds=2 --samples=5 --size=640x480");
	CHECK_EQ(figure("480p full", "oriel", "count") + figure("480p full", "lost", "value"), 10);
	CHECK_EQ(figure("64x64", "floor", "count"), 10);
	CHECK_EQ(figure("64x64", "lost", "value"), 0);
	CHECK_EQ(figure("640x480, all frames", "copied by guest", "value"), 0);
	CHECK_EQ(figure("640x480, all frames", "copied by viewer", "value"), 0);
}

static void nobody_loses_by_a_viewer_that_stops(void)
{
	need_displays();
	measure("idle --json --seconds=2 --samples=20 --viewers=2 --size=640x480");
	CHECK_EQ(figure("viewer 2", "wakes", "count"), 2);
	CHECK(figure("viewer 1", "wakes, all the time", "value") < 20);
	CHECK(figure("guest", "wakes, all the time", "value") < 60);
	CHECK_EQ(figure("a viewer stops", "lost by another", "value"), 0);
	CHECK_EQ(figure("a viewer stops", "lost by itself, continued", "value"), 0);
}

/* No stage is longer than the whole. */
static void a_guest_in_a_machine_is_measured(void)
{
	int status = bench("guest --json --rounds=1 --samples=20 --seconds=1 --rate=100 2>&1");

	if (strstr(text, "no guest to boot here") || strstr(text, "is not installed") ||
	    strstr(text, "was not built"))
		test_skip("no guest can be made here; oriel demo says why");
	if (status != 0)
		test_fail("oriel-bench guest: %d: %s", status, text);
	CHECK(figure("100/s 640x480", "captured to listener", "count") > 20);
	CHECK(figure("100/s 640x480", "seen to listener", "p50") <
	      figure("100/s 640x480", "captured to listener", "max"));
	CHECK_EQ(figure("100/s 640x480", "bytes copied by consumer", "value"), 0);
	/* Mostly looks for the guest's answer about its clock: in naps, but not all the time. */
	CHECK(figure("100/s 640x480", "consumer wakes a frame", "value") < 100);
	CHECK_EQ(figure("doorbell, 100/s", "post to awake", "count"), 20);
	CHECK_EQ(figure("doorbell, 100/s", "bare eventfd", "count"), 20);
}

static void a_missed_goal_is_told_by_check_alone(void)
{
	int status = bench("wake --check --json --rounds=1 --samples=20 --rate=1000");

	CHECK_EQ(status, strstr(text, "\"met\":false") ? 3 : 0);
	CHECK_EQ(bench("wake --rounds=1 --samples=20 --rate=1000"), 0);
	CHECK_CONTAINS(text, "goals met");
}

/* Characters, not bytes: there are only ASCII ones. */
static void fits(const char *what)
{
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (strlen(line) > 80)
			test_fail("%s: %zu columns: %s", what, strlen(line), line);
}

static void pages_fit_80_columns(void)
{
	CHECK_EQ(bench("--help"), 0);
	fits("--help");
	CHECK_EQ(bench("copy --rounds=1"), 0);
	fits("copy");
	CHECK_EQ(bench("wake --rounds=1 --samples=5 --rate=500"), 0);
	fits("wake");
}

static void mistakes_are_named(void)
{
	CHECK_EQ(bench("nonsense 2>&1"), 2);
	CHECK_CONTAINS(text, "nonsense");
	CHECK_EQ(bench("wake --rate=60,x 2>&1"), 2);
	CHECK_CONTAINS(text, "60,x");
	CHECK_EQ(bench("2>&1"), 2);
	CHECK_EQ(bench("glass --guest=/nowhere --json 2>/dev/null"), 1);
	CHECK(json_wrong(text) == NULL);
	CHECK_CONTAINS(text, "\"name\":\"failure\"");
}

static const struct test_case cases[] = {
	TEST(json_is_judged),
	TEST(queue_and_copy_measure),
	TEST(wake_compares_in_rounds),
	TEST(only_what_must_be_is_copied_or_sent),
	TEST(glass_copies_nothing),
	TEST(nobody_loses_by_a_viewer_that_stops),
	TEST(a_guest_in_a_machine_is_measured),
	TEST(a_missed_goal_is_told_by_check_alone),
	TEST(pages_fit_80_columns),
	TEST(mistakes_are_named),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
