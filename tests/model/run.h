/* run.h - one model as a test case: all promises kept, or the one that a mutant breaks found. */
#ifndef TESTS_MODEL_RUN_H
#define TESTS_MODEL_RUN_H

#include <time.h>

#include "tests/model/machine.h"
#include "tests/test.h"

/* ORIEL_LONG=1: the larger configurations too. ORIEL_TRACE=1: the way to each broken promise. */
static inline bool run_long(void)
{
	return getenv("ORIEL_LONG") != NULL;
}

/* The last `larger` of the cases take minutes: only then. */
static inline int run_main(int argc, char **argv, const struct test_case *cases, size_t count,
			   size_t larger)
{
	return test_main(argc, argv, cases, run_long() ? count : count - larger);
}

static inline double run_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* `promise`: what must be found broken; NULL: nothing. */
static inline void run_model(const struct machine_model *model, const char *promise)
{
	struct checker_result result;
	double since = run_seconds();
	bool told = !promise || getenv("ORIEL_TRACE");
	CHECK_EQ(checker_run(&model->checker, run_long() ? 60000000 : 8000000, told, &result), 0);
	printf("# %s: %u states of %u bytes, %" PRIu64 " moves, %u deep, %.2f s\n",
	       result.wrong ? result.wrong : "all kept", result.states, model->checker.size,
	       result.moves, result.depth, run_seconds() - since);
	CHECK_STR(result.wrong ? result.wrong : "all kept", promise ? promise : "all kept");
}

#endif
