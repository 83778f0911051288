/* tests/test.h - named cases in a table, nothing more.
 *
 *	static void pitch_is_aligned(void) { CHECK_EQ(pitch % 256, 0); }
 *	static const struct test_case cases[] = { TEST(pitch_is_aligned), ... };
 *	int main(int argc, char **argv) { return test_main(argc, argv, cases, ARRAY_LEN(cases)); }
 *
 * Prints TAP, so that meson counts every case. A failing check prints both values, marks the case
 * as failed and leaves it. `program NAME` runs one case. test_skip("why") skips aloud.
 *
 * A case may have threads that work on its stack. Whoever leaves it early while they run would pull
 * that from below them, and it is the next case that crashes: so the program ends at the check,
 * with those that were to come as "not run". The same goes for a check that fails in a thread.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct test_case {
	const char *name;
	void (*run)(void);
};

#define TEST(f)                                                                                    \
	{                                                                                          \
#f, f                                                                              \
	}

/* Weak: a test of several files has one of each, so that a check may fail in any of them. */
__attribute__((weak)) jmp_buf test_leave;
enum { TEST_FAILED = 1, TEST_SKIPPED = 2 };
__attribute__((weak)) char test_reason[256];

/* The case that runs; those behind it are up to `end`. */
struct test_now {
	const struct test_case *test, *end;
	unsigned number;
	unsigned threads; /* when it began; 0: nobody knows */
};
__attribute__((weak)) struct test_now test_now;

/* Of this process; 0 where nothing tells. */
static inline unsigned test_count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned count = 0;

	for (struct dirent *entry; tasks && (entry = readdir(tasks));)
		count += entry->d_name[0] != '.';
	if (tasks)
		closedir(tasks);
	return count;
}

/* Ends the program; from within the case, whose stack its threads may still use. */
static inline _Noreturn void test_abandon(void)
{
	unsigned number = test_now.number;

	printf("# its threads still run, so the program ends here\n");
	printf("not ok %u - %s\n", number, test_now.test->name);
	for (const struct test_case *rest = test_now.test; ++rest < test_now.end;)
		printf("not ok %u - %s # not run\n", ++number, rest->name);
	printf("1..%u\n", number);
	fflush(stdout);
	_exit(1);
}

static inline _Noreturn void test_end(int how)
{
	fflush(stdout);
	if (test_now.threads && test_count_threads() > test_now.threads)
		test_abandon();
	longjmp(test_leave, how);
}

#define test_fail(...)                                                                             \
	do {                                                                                       \
		printf("# %s:%d: ", __FILE__, __LINE__);                                           \
		printf(__VA_ARGS__);                                                               \
		printf("\n");                                                                      \
		test_end(TEST_FAILED);                                                             \
	} while (0)

#define test_skip(...)                                                                             \
	do {                                                                                       \
		snprintf(test_reason, sizeof(test_reason), __VA_ARGS__);                           \
		test_end(TEST_SKIPPED);                                                            \
	} while (0)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			test_fail("not true: %s", #condition);                                     \
	} while (0)

#define CHECK_EQ(got, want)                                                                        \
	do {                                                                                       \
		int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                            \
		if (got_ != want_)                                                                 \
			test_fail("%s is %" PRId64 " (0x%" PRIx64 "), wanted %" PRId64             \
				  " (0x%" PRIx64 ")",                                              \
				  #got, got_, (uint64_t)got_, want_, (uint64_t)want_);             \
	} while (0)

#define CHECK_STR(got, want)                                                                       \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		if (strcmp(got_, want_) != 0)                                                      \
			test_fail("%s is \"%s\", wanted \"%s\"", #got, got_, want_);               \
	} while (0)

#define CHECK_CONTAINS(text, part)                                                                 \
	do {                                                                                       \
		const char *text_ = (text), *part_ = (part);                                       \
		if (!strstr(text_, part_))                                                         \
			test_fail("%s is \"%s\", without \"%s\"", #text, text_, part_);            \
	} while (0)

static inline bool test_run(const struct test_case *test, unsigned number)
{
	int left = setjmp(test_leave);
	if (left == 0)
		test->run();
	if (left == TEST_SKIPPED)
		printf("ok %u - %s # SKIP %s\n", number, test->name, test_reason);
	else
		printf("%sok %u - %s\n", left == TEST_FAILED ? "not " : "", number, test->name);
	fflush(stdout);
	return left != TEST_FAILED;
}

static inline int test_main(int argc, char **argv, const struct test_case *cases, size_t count)
{
	unsigned ran = 0, failed = 0;
	for (size_t i = 0; i < count; i++) {
		if (argc >= 2 && strcmp(argv[1], cases[i].name) != 0)
			continue;
		test_now = (struct test_now){ &cases[i], argc < 2 ? &cases[count] : NULL, ++ran,
					      test_count_threads() };
		failed += !test_run(&cases[i], ran);
	}
	printf("1..%u\n", ran);
	return failed || !ran ? 1 : 0;
}

#endif
