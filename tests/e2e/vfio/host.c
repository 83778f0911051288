/* Boots the guest in which oriel-helper is tried. ORIEL_LONG=1 lets it be killed by the hundred.
 * Other words than none go to the guest's program.
 */
#include "e2e/reporter.h"
#include "e2e/vfio/devices.h"

/* Two displays, and something else. $4: words for the guest's program. */
static const char script[] = DEVICES_DISK REPORTER_QEMU("${MEMORY:-768}") DEVICES(
	"-device pcie-root-port,id=rp2,chassis=1,slot=3 ") "-vga std -device bochs-display,bus=rp2 -device edu " REPORTER_FILES
	REPORTER_KERNEL "-append \"" DEVICES_KERNEL "vga=0x317 -- listener $4\"";

/* Modules for the guest, which take a while to build; their cases say that they are not there. */
static void build_samples(const struct guest_machine *machine)
{
	char command[256], programs[512];

	if (!getenv("ORIEL_LONG") || !getenv("SAMPLES"))
		return;
	snprintf(command, sizeof(command), "timeout 200 sh '%s' '%s'", getenv("SAMPLES"),
		 machine->folder);
	if (system(command) != 0)
		return;
	snprintf(programs, sizeof(programs), "%s %s/mtty.ko %s/mdpy.ko", getenv("PROGRAMS"),
		 machine->folder, machine->folder);
	setenv("PROGRAMS", programs, 1);
}

int main(int argc, char **argv)
{
	char words[512] = "";
	struct reporter reporter = { .name = "vfio",
				     .life_s = 1500,
				     .quiet_s = 200,
				     .prepare = build_samples,
				     .script = script,
				     .fourth = words };
	bool script_runs = argc > 1 && strcmp(argv[1], "script") == 0;

	if (script_runs && !getenv("ORIEL_LONG"))
		return reporter_skip("ORIEL_LONG is not set");
	if (getenv("ORIEL_LONG") && !script_runs)
		strcat(words, "long ");
	for (char **word = argv + 1; *word; word++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s ", *word);
	return reporter_run(&reporter);
}
