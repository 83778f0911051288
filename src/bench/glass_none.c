/* Without X11 there is no glass to look at. */
#include <stdio.h>

#include "bench/bench.h"

static int absent(void)
{
	fprintf(stderr, "oriel-bench: built without X11 (xcb, xcb-damage, xcb-shm)\n");
	return 1;
}

int bench_glass(const struct bench_options *options)
{
	(void)options;
	return absent();
}

int bench_idle(const struct bench_options *options)
{
	(void)options;
	return absent();
}
