/* Without X11 there is no glass to look at. */
#include "bench/bench.h"

static int absent(struct report *report, const char *command)
{
	report_begin(report, command, "not measured");
	return report_failure(report, "built without X11 (xcb, xcb-damage, xcb-shm)");
}

int bench_glass(struct report *report, const struct bench_options *options)
{
	(void)options;
	return absent(report, "glass");
}

int bench_idle(struct report *report, const struct bench_options *options)
{
	(void)options;
	return absent(report, "idle");
}
