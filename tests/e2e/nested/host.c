/* Boots a guest that runs `oriel up` itself, from this very build: its whole file system is ours,
 * read-only. */
#include "e2e/reporter.h"
#include "e2e/vfio/devices.h"

#define LIFE_S 400

/* $4: our `oriel`, $5: "long" or nothing. */
static const char script[] = DEVICES_DISK REPORTER_QEMU("1280") DEVICES("")
	REPORTER_FILES REPORTER_KERNEL "-append \"" DEVICES_KERNEL "-- listener $4 $5\"";

int main(void)
{
	struct reporter reporter = { .name = "nested",
				     .life_s = LIFE_S,
				     .quiet_s = LIFE_S,
				     .script = script,
				     .fourth = getenv("ORIEL"),
				     .fifth = getenv("ORIEL_LONG") ? "long" : "" };

	return reporter_run(&reporter);
}
