/* Where oriel-spice is not built. */
#include "bench/bench.h"

int bench_spice(struct report *report, const struct bench_options *options)
{
	(void)options;
	report_begin(report, "spice", "input, pictures and sound of a machine by way of SPICE");
	return report_failure(report, "spice: oriel-bench was built without it");
}
