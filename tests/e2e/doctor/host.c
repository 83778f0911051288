/* oriel doctor on real kernels: computers in QEMU that have an IOMMU or not. One boot is enough for
 * every day; ORIEL_LONG=1 makes all of them. */
#include <ctype.h>
#include <poll.h>

#include "e2e/guest.h"

#define LIFE_S   200
#define QUIET_MS (90 * 1000)

struct computer {
	const char *name;
	const char *devices; /* for QEMU */
	const char *kernel;  /* parameters */
	const char *says[8]; /* of its report, in one line; NULL ends */
};

static const struct computer all[] = {
	{ "intel",
	  "-cpu max -device intel-iommu,intremap=on,aw-bits=48",
	  "intel_iommu=on",
	  { "ok IOMMU:", "groups, by dmar0", "ok Interrupt remapping:",
	    "ok VFIO: vfio-pci is loaded", "ok The GPU's IOMMU group:", "FAIL Driver now: group",
	    "FAIL Locked memory: you may lock" } },
	{ "none",
	  "-cpu max",
	  "",
	  { "FAIL IOMMU: the firmware offers none", "- Interrupt remapping",
	    "FAIL The GPU's IOMMU group:" } },
	{ "off",
	  "-cpu max -device intel-iommu,intremap=on,aw-bits=48",
	  "intel_iommu=off",
	  { "FAIL IOMMU:", "the firmware offers one (DMAR), the kernel uses it not",
	    "the kernel was started with intel_iommu=off" } },
	{ "no remapping",
	  "-cpu max -device intel-iommu,intremap=off,aw-bits=48",
	  "intel_iommu=on",
	  { "ok IOMMU:", "FAIL Interrupt remapping: interrupts are not remapped" } },
	{ "amd",
	  "-cpu EPYC -device amd-iommu,intremap=on",
	  "",
	  { "ok IOMMU:", "by ivhd0", "ok Interrupt remapping:", "ok The GPU's IOMMU group:" } },
};

static struct guest_machine machine = { .console = -1, .monitor = -1 };
static char report[1 << 16]; /* blanks of any kind are one */
static bool finished;

static const char script[] =
	"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -smp 2 -m 512 -nodefaults "
	"-no-user-config -display none -no-reboot $4 "
	"-chardev socket,id=console,fd=3 -serial chardev:console "
	"-device pcie-root-port,id=rp0,chassis=1,slot=1 -device bochs-display,bus=rp0 "
	"-kernel \"$1\" -initrd \"$2\" "
	"-append \"quiet console=ttyS0 tsc=reliable no_timer_check mitigations=off panic=-1 $5 "
	"-- listener /machines/given.yaml\"";

static void hear(const char *line)
{
	size_t length = strlen(report);

	printf("# %s\n", line);
	fflush(stdout);
	finished |= strncmp(line, "@end ", 5) == 0;
	for (; *line && length + 2 < sizeof(report); line++)
		if (!isspace((unsigned char)*line) || (length && report[length - 1] != ' '))
			report[length++] = isspace((unsigned char)*line) ? ' ' : *line;
	if (length && report[length - 1] != ' ')
		report[length++] = ' ';
	report[length] = 0;
}

static void visit(const struct computer *computer)
{
	report[0] = 0;
	finished = false;
	guest_needs_qemu();
	if (!machine.kernel[0])
		guest_machine_image(&machine, 240);
	guest_machine_start(&machine, LIFE_S, script, computer->devices, computer->kernel);
	struct pollfd spoken = { machine.console, POLLIN, 0 };
	while (!finished && poll(&spoken, 1, QUIET_MS) == 1 && guest_machine_hear(&machine, hear))
		;
	guest_machine_stop(&machine);
	CHECK(finished);
	for (const char *const *says = computer->says; *says; says++)
		CHECK_CONTAINS(report, *says);
}

static void visit_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(all[i].name, name) == 0)
			visit(&all[i]);
}

static void long_visit(const char *name)
{
	if (!getenv("ORIEL_LONG"))
		test_skip("some seconds more: ORIEL_LONG=1");
	visit_by_name(name);
}

static void intels_iommu_is_seen(void)
{
	visit_by_name("intel");
}

static void none_is_seen(void)
{
	long_visit("none");
}

static void one_that_is_off_is_seen(void)
{
	long_visit("off");
}

static void interrupts_that_are_not_remapped_are_seen(void)
{
	long_visit("no remapping");
}

static void amds_iommu_is_seen(void)
{
	long_visit("amd");
}

static const struct test_case cases[] = {
	TEST(intels_iommu_is_seen),    TEST(none_is_seen),
	TEST(one_that_is_off_is_seen), TEST(interrupts_that_are_not_remapped_are_seen),
	TEST(amds_iommu_is_seen),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "doctor") != 0)
		return 1;
	int failed = test_main(argc, argv, cases, ARRAY_LEN(cases));
	guest_machine_stop(&machine);
	return guest_remove_folder(machine.folder) != 0 || failed;
}
