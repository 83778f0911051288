/* Boots, with UEFI, a guest in which the only graphics card is what the firmware draws on: VGA or
 * virtio-vga, as the word says. */
#include <unistd.h>

#include "e2e/reporter.h"
#include "e2e/vfio/devices.h"

#define CODE "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define VARS "/usr/share/OVMF/OVMF_VARS_4M.fd"

/* $4: the card, for QEMU; $5: its driver. No driver draws yet: "nomodeset". */
static const char script[] = "cp " VARS " \"$3/variables\" && " REPORTER_QEMU("768")
	DEVICES_BUT_ONE(
		"") "-device $4 "
		    "-drive if=pflash,unit=0,format=raw,readonly=on,file=" CODE " "
		    "-drive if=pflash,unit=1,format=raw,file=\"$3/variables\" " REPORTER_KERNEL
		    "-append \"" DEVICES_KERNEL "fbcon=nodefer nomodeset -- listener $5\"";

static void needs_firmware(const struct guest_machine *machine)
{
	(void)machine;
	if (access(CODE, R_OK) != 0 || access(VARS, R_OK) != 0)
		test_skip("there is no %s", CODE);
}

int main(int argc, char **argv)
{
	bool is_virtio = argc > 1 && strcmp(argv[1], "virtio-vga") == 0;
	struct reporter reporter = { .name = "single",
				     .life_s = 580,
				     .quiet_s = 200,
				     .prepare = needs_firmware,
				     .script = script,
				     .fourth = is_virtio ? "virtio-vga" : "VGA",
				     .fifth = is_virtio ? "virtio_gpu" : "bochs" };

	if (!getenv("ORIEL_LONG"))
		return reporter_skip("for ORIEL_LONG=1");
	return reporter_run(&reporter);
}
