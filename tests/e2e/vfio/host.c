/* Boots the guest in which oriel-helper is tried, and passes on what it says: its cases are ours.
 * ORIEL_LONG=1 lets it be killed by the hundred. Other words than none go to the guest's program.
 */
#include <poll.h>

#include "e2e/guest.h"

#define LIFE_S   1500
#define QUIET_MS (200 * 1000) /* it has hung then */

static struct guest_machine machine;
static bool finished;

/* An IOMMU; a disk with virtual functions; a network card of two functions in one group; two
 * displays; something else. $4: words for the guest's program. */
static const char script[] =
	"truncate -s 16M \"$3/disk\" && "
	"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -smp 2 -m ${MEMORY:-768} -nodefaults "
	"-no-user-config -display none -no-reboot "
	"-chardev socket,id=console,fd=3 -serial chardev:console "
	"-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48 "
	"-device pcie-root-port,id=rp0,chassis=1,slot=1 -device pcie-root-port,id=rp1,chassis=1,slot=2 "
	"-device pcie-root-port,id=rp2,chassis=1,slot=3 "
	"-device nvme-subsys,id=ss0,nqn=nq0 -drive if=none,id=nv,file=\"$3/disk\",format=raw "
	"-device nvme,id=nvme0,serial=oriel,subsys=ss0,bus=rp0,sriov_max_vfs=4,sriov_vq_flexible=8,"
	"sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=10 "
	"-device nvme-ns,drive=nv,nsid=1,shared=on "
	"-device e1000e,bus=rp1,addr=0.0,multifunction=on -device e1000e,bus=rp1,addr=0.1 "
	"-vga std -device bochs-display,bus=rp2 -device edu "
	"-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "
	"-kernel \"$1\" -initrd \"$2\" "
	"-append \"quiet console=ttyS0 intel_iommu=on iommu=pt tsc=reliable no_timer_check mitigations=off panic=-1 vga=0x317 "
	"-- listener $4\"";

/* TAP is TAP; the rest is a remark. */
static void hear(const char *line)
{
	bool is_tap = strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0 ||
		      strncmp(line, "1..", 3) == 0 || line[0] == '#';

	if (*line)
		printf("%s%s\n", is_tap ? "" : "# guest: ", line);
	fflush(stdout);
	finished |= strncmp(line, "1..", 3) == 0;
}

/* A module for the guest, which takes a while to build; its case says that it is not there. */
static void build_sample(void)
{
	char command[256], programs[512];

	snprintf(command, sizeof(command), "timeout 200 sh '%s' '%s/mtty.ko'", getenv("SAMPLE"),
		 machine.folder);
	if (system(command) != 0)
		return;
	snprintf(programs, sizeof(programs), "%s %s/mtty.ko", getenv("PROGRAMS"), machine.folder);
	setenv("PROGRAMS", programs, 1);
}

/* One case of our own, so that what is lacking is said, or that the guest died. */
static void the_guest_speaks(void)
{
	guest_needs_qemu();
	if (getenv("ORIEL_LONG") && getenv("SAMPLE"))
		build_sample();
	guest_machine_image(&machine, 240);
	guest_machine_start(&machine, LIFE_S, script, getenv("WORDS"), NULL);
	struct pollfd spoken = { machine.console, POLLIN, 0 };
	while (!finished && poll(&spoken, 1, QUIET_MS) == 1 && guest_machine_hear(&machine, hear))
		;
	CHECK(finished);
}

static int skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

int main(int argc, char **argv)
{
	char words[512] = "";
	bool script_runs = argc > 1 && strcmp(argv[1], "script") == 0;

	if (script_runs && !getenv("ORIEL_LONG"))
		return skip_all("ORIEL_LONG is not set");
	if (getenv("ORIEL_LONG") && !script_runs)
		strcat(words, "long ");
	for (char **word = argv + 1; *word; word++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s ", *word);
	setenv("WORDS", words, 1);
	if (guest_make_folder(machine.folder, "vfio") != 0)
		return 1;
	int left = setjmp(test_leave);
	if (left == 0)
		the_guest_speaks();
	guest_machine_stop(&machine);
	guest_remove_folder(machine.folder);
	if (left == TEST_SKIPPED)
		return skip_all(test_reason);
	if (left == TEST_FAILED)
		printf("Bail out! the guest did not come to its end\n");
	return left == TEST_FAILED;
}
