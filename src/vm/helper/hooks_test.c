/* For tests only; never installed. HELPER_ROOT stands before each path, HELPER_PATIENCE divides how
 * long things may take, HELPER_KILL is the step after which we are killed. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "vm/helper/hooks.h"

static const char *root = "";
static int divisor = 1;
static long steps_left = -1;

static long number_of(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text ? atol(text) : otherwise;
}

void hook_open(void)
{
	root = getenv("HELPER_ROOT") ? getenv("HELPER_ROOT") : "";
	divisor = (int)number_of("HELPER_PATIENCE", 1);
	steps_left = number_of("HELPER_KILL", -1);
}

const char *hook_root(void)
{
	return root;
}

uid_t hook_owner(void)
{
	return geteuid();
}

int hook_patience(int ms)
{
	return ms / divisor;
}

void hook_step(void)
{
	if (steps_left >= 0 && steps_left-- == 0)
		raise(SIGKILL);
}
