/* Boots a guest that runs `oriel up` itself, from this very build: its whole file system is ours,
 * read-only. It passes on what the guest says; the guest's cases are ours. */
#include "e2e/guest.h"

#define LIFE_S 400

static struct guest_machine machine;
static bool finished;

/* An IOMMU; a disk with virtual functions; a network card of two functions in one group.
 * $4: our `oriel`, $5: "long" or nothing. */
static const char script[] =
	"truncate -s 16M \"$3/disk\" && "
	"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -smp 2 -m 1280 -nodefaults "
	"-no-user-config -display none -no-reboot "
	"-chardev socket,id=console,fd=3 -serial chardev:console "
	"-device intel-iommu,intremap=on,caching-mode=on,aw-bits=48 "
	"-device pcie-root-port,id=rp0,chassis=1,slot=1 -device pcie-root-port,id=rp1,chassis=1,slot=2 "
	"-device nvme-subsys,id=ss0,nqn=nq0 -drive if=none,id=nv,file=\"$3/disk\",format=raw "
	"-device nvme,id=nvme0,serial=oriel,subsys=ss0,bus=rp0,sriov_max_vfs=4,sriov_vq_flexible=8,"
	"sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=10 "
	"-device nvme-ns,drive=nv,nsid=1,shared=on "
	"-device e1000e,bus=rp1,addr=0.0,multifunction=on -device e1000e,bus=rp1,addr=0.1 "
	"-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "
	"-kernel \"$1\" -initrd \"$2\" "
	"-append \"quiet console=ttyS0 intel_iommu=on iommu=pt tsc=reliable no_timer_check mitigations=off panic=-1 "
	"-- listener $4 $5\"";

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

static void the_guest_speaks(void)
{
	guest_needs_qemu();
	guest_machine_image(&machine, 240);
	guest_machine_start(&machine, LIFE_S, script, getenv("ORIEL"),
			    getenv("ORIEL_LONG") ? "long" : "");
	while (guest_machine_hear(&machine, hear))
		;
	CHECK(finished);
}

int main(void)
{
	if (guest_make_folder(machine.folder, "nested") != 0)
		return 1;
	int left = setjmp(test_leave);
	if (left == 0)
		the_guest_speaks();
	guest_machine_stop(&machine);
	guest_remove_folder(machine.folder);
	if (left == TEST_SKIPPED)
		printf("1..0 # SKIP %s\n", test_reason);
	if (left == TEST_FAILED)
		printf("Bail out! the guest did not come to its end\n");
	return left == TEST_FAILED;
}
