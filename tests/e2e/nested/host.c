/* Boots a guest that runs `oriel up` itself, from this very build: its whole file system is ours,
 * read-only. */
#include "e2e/reporter.h"
#include "e2e/vfio/devices.h"

#define LIFE_S 400

#define START(devices, card)                                                                       \
	REPORTER_QEMU("1280")                                                                      \
	devices REPORTER_FILES REPORTER_KERNEL "-append \"" DEVICES_KERNEL "-- listener $4 " card  \
					       " $5\""

/* $4: our `oriel`, $5: "long" or nothing. */
static const char script[] = DEVICES_DISK START(DEVICES(""), "disk"),
		  newer[] = START(DEVICES_NETWORK(""), "network");

static void take_newer(const struct guest_machine *machine)
{
	guest_takes_newer_qemu(machine->folder);
}

/* With a word: in a newer QEMU, where a network card has the virtual functions. */
int main(int argc, char **argv)
{
	bool is_newer = argc > 1 && strcmp(argv[1], "newer") == 0;
	struct reporter reporter = { .name = "nested",
				     .life_s = LIFE_S,
				     .quiet_s = LIFE_S,
				     .prepare = is_newer ? take_newer : NULL,
				     .script = is_newer ? newer : script,
				     .fourth = getenv("ORIEL"),
				     .fifth = getenv("ORIEL_LONG") ? "long" : "" };

	if (is_newer && !getenv("ORIEL_LONG"))
		return reporter_skip("for ORIEL_LONG=1");
	return reporter_run(&reporter);
}
