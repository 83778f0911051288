#include "vm/doctor/checks.h"
#include "vm/doctor/doctor.h"
#include "vm/plan/plan.h"

/* ---- who needs what ---- */

static bool shows_itself(const struct patient *patient)
{
	return !patient->vm || patient->vm->display.kind == VM_DISPLAY_ORIEL;
}

static bool is_windows11(const struct patient *patient)
{
	const struct vm *vm = patient->vm;

	return !vm || vm->os == VM_WINDOWS11 || plan_has_tpm(vm) ||
	       plan_firmware(vm) == VM_UEFI_SECURE;
}

static bool takes_the_only(const struct patient *patient)
{
	return patient->vm
		       ? patient_has_mode(patient, VM_GPU_SINGLE)
		       : patient->gpus->len == 1 &&
				 ((struct patient_gpu *)patient->gpus->pdata[0])->device->desktop;
}

static bool has_functions(const struct patient *patient)
{
	return !patient->vm || patient_has_mode(patient, VM_GPU_SRIOV);
}

static bool has_kinds(const struct patient *patient)
{
	return !patient->vm || patient_has_mode(patient, VM_GPU_MDEV) ||
	       patient_has_mode(patient, VM_GPU_NVIDIA_VGPU);
}

static bool is_mediated(const struct patient *patient)
{
	return !patient->vm || patient_has_mode(patient, VM_GPU_MDEV);
}

static bool opens_nodes(const struct patient *patient)
{
	return patient_shares(patient) || patient_has_mode(patient, VM_GPU_VIRGL) ||
	       patient_has_mode(patient, VM_GPU_VENUS);
}

#define PROCESSOR "Processor and memory"
#define PROGRAMS  "Programs"
#define MACHINE   "The machine"
#define IOMMU     "IOMMU and VFIO"
#define GPU       "The whole GPU"
#define PARTS     "The GPU in parts"

const struct doctor_row doctor_rows[DOCTOR_ROWS] = {
	{ "kvm", PROCESSOR, "KVM",
	  "A virtual CPU runs three instructions in a child, with a deadline; /proc/cpuinfo tells what it ran on",
	  "without it each instruction of the guest is emulated, some twenty times slower", NULL,
	  check_kvm },
	{ "cpus", PROCESSOR, "CPUs",
	  "How many CPUs the machine leaves to this computer, whether its pins share a cache and the GPU's memory node, CPUs that are isolated or kept by a control group, and the clock's governor",
	  "a guest that has all CPUs, or CPUs far from its GPU, stutters", NULL, check_cpus },
	{ "memory", PROCESSOR, "Memory",
	  "What is free and what the control group allows, against what the machine wants with its shared memory",
	  "with a GPU all of the guest's memory is taken at once and never swapped", NULL,
	  check_memory },
	{ "hugepages", PROCESSOR, "Huge pages",
	  "How many are free or can be made, on which memory node, and what the control group allows, against what the machine asks for",
	  "where the machine asks for them, QEMU does not start with fewer", NULL,
	  check_hugepages },
	{ "qemu", PROGRAMS, "QEMU",
	  "QEMU's own monitor says its version, its devices and whether it has SPICE",
	  "it runs the machine; distributions split it into packages", NULL, check_qemu },
	{ "windows", PROGRAMS, "Windows 11",
	  "swtpm and what it can, a UEFI firmware with Secure Boot and keys, whether its parts and the machine's settings are a pair, and the sizes that Microsoft publishes",
	  "its installer refuses a computer without TPM 2.0 and Secure Boot", is_windows11,
	  check_windows },
	{ "libvirt", PROGRAMS, "libvirt",
	  "Files of libvirt's machines: which of them has the same GPU, mediated device or shared memory, and does it run; mediated devices that mdevctl makes of the GPU",
	  "what one of its machines has is not free for ours", NULL, check_libvirt },
	{ "security", PROGRAMS, "AppArmor and SELinux",
	  "Where libvirt is installed: may its QEMU open the shared memory by AppArmor's or SELinux's rules",
	  "their rules for libvirt's QEMU know nothing of shared memory", shows_itself,
	  check_security },
	{ "configuration", MACHINE, "Configuration",
	  "Habits in the machine's file that are known to end badly",
	  "each of these has cost somebody an evening", NULL, check_configuration },
	{ "shared-memory", MACHINE, "Shared memory",
	  "The file in /dev/shm, or the device of kvmfr: its kind, size, and whether you may open it",
	  "the picture comes through it; of a wrong size or owner it stays black", shows_itself,
	  check_shared_memory },
	{ "versions", MACHINE, "Versions",
	  "The version of the protocol that a guest has written into the shared memory",
	  "capture program and viewer speak one version of the protocol only", shows_itself,
	  check_versions },
	{ "lockdown", MACHINE, "Lockdown", "The kernel's lockdown, where the machine wants kvmfr",
	  "with Secure Boot the kernel takes signed modules only", NULL, check_lockdown },
	{ "input", MACHINE, "Input and USB",
	  "Whether you may open the evdev and USB devices that the machine gets, and whether an evdev device is somebody else's alone (it is taken and given back at once)",
	  "QEMU runs as you, and opens what you may open", NULL, check_input },
	{ "iommu", IOMMU, "IOMMU",
	  "IOMMU groups, the firmware's tables DMAR and IVRS, and the kernel's command line; never its log",
	  "it keeps a device that a guest has to that guest's memory; without one no device of "
	  "this computer goes to a guest",
	  patient_shares, check_iommu },
	{ "interrupts", IOMMU, "Interrupt remapping",
	  "The names of interrupts in /proc/interrupts, and allow_unsafe_interrupts",
	  "without it a guest could interrupt this computer by its device, so VFIO refuses",
	  patient_shares, check_interrupts },
	{ "vfio", IOMMU, "VFIO", "Whether vfio-pci is loaded, or there to be loaded",
	  "the driver that hands a device to a guest", patient_shares, check_vfio },
	{ "group", IOMMU, "The GPU's IOMMU group",
	  "Which other devices of this computer share a group with the GPU",
	  "the devices of a group go to a guest all together, or not at all", patient_shares,
	  check_group },
	{ "early-driver", IOMMU, "Driver at boot",
	  "Where ids= are set, by the command line or in /etc/modprobe.d: whether vfio-pci has what they name",
	  "a card that ids= names is bound at boot, unless its own driver is faster",
	  patient_shares, check_early },
	{ "viable", IOMMU, "Driver now", "Which driver has each function of the GPU",
	  "a group is handed out once no driver of this computer has any of it", patient_shares,
	  check_drivers },
	{ "access", IOMMU, "Permissions",
	  "/dev/vfio/GROUP, what root allows in /etc/oriel/devices, and the render node of virgl and venus",
	  "QEMU runs as you, and opens what you may open", opens_nodes, check_access },
	{ "memlock", IOMMU, "Locked memory",
	  "The hard limit of locked memory, against the machine's memory and 256 MiB for each GPU",
	  "a device writes into the guest's memory, so all of it is locked: below that QEMU ends "
	  "with VFIO_MAP_DMA failed",
	  patient_shares, check_memlock },
	{ "framebuffer", GPU, "Firmware's picture",
	  "Whether the firmware's picture lies in the GPU's memory (/proc/iomem)",
	  "who still draws at the firmware's picture keeps the card's memory", patient_gives_gpu,
	  check_framebuffer },
	{ "reset", GPU, "Reset",
	  "The GPU's reset_method, cards that are known not to reset, and others on the same bus",
	  "a card that cannot be reset starts once, then only after this computer does",
	  patient_gives_gpu, check_reset },
	{ "power", GPU, "Power",
	  "Whether the GPU answers, whether it may sleep (D3) while nobody has it, and whether its port can cut it off then",
	  "some cards that fall asleep for good never wake up", patient_gives_gpu, check_power },
	{ "rom", GPU, "ROM",
	  "The ROM that the file names: for this card, with a UEFI image; or whether the firmware has used up the card's own",
	  "the guest's firmware starts the card by it", patient_gives_gpu, check_rom },
	{ "monitor", GPU, "Monitor", "Whether one is plugged into the GPU",
	  "a GPU without any has no desktop to capture", patient_gives_gpu, check_monitor },
	{ "single", GPU, "The only GPU",
	  "Programs that have the GPU open, the display manager, NVIDIA's persistenced, and an ssh server as the way back",
	  "while a guest has it this computer has no screen: what is left is the way back",
	  takes_the_only, check_single },
	{ "sriov", PARTS, "Virtual functions (SR-IOV)",
	  "How many there are and may be, what the driver was told of them, and which driver has those that are there",
	  "the driver makes them, where card, driver and kernel know how", has_functions,
	  check_sriov },
	{ "vgpu", PARTS, "Mediated devices and vGPUs",
	  "Kinds that are offered and free, and whether NVIDIA's manager runs",
	  "the driver offers kinds, each so many times", has_kinds, check_vgpu },
	{ "gvt", PARTS, "Intel GVT-g", "The processor's generation, i915.enable_gvt and kvmgt",
	  "only Intel's 5th to 10th generation have it", is_mediated, check_gvt },
};

/* What nobody asked for cannot fail. */
static void soften(struct finding *finding)
{
	finding->verdict = MIN(finding->verdict, VERDICT_WARN);
	for (unsigned i = 0; i < finding->facts->len; i++) {
		struct fact *fact = finding->facts->pdata[i];
		fact->verdict = MIN(fact->verdict, VERDICT_WARN);
	}
}

void doctor_look(const struct doctor_row *row, const struct patient *patient,
		 struct finding *finding)
{
	finding_init(finding);
	if (!row->needed || row->needed(patient))
		row->check(patient, finding);
	if (!finding->facts->len)
		finding_say(finding, VERDICT_NOT_NEEDED, "%s",
			    patient->vm ? "this machine has no use for it"
					: "nothing here has a use for it");
	if (row->needed && !patient->vm && finding->verdict == VERDICT_FAIL)
		soften(finding);
}
