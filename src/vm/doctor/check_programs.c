/* What has to be installed. */
#include <errno.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/host/facts.h"

/* ---- QEMU ---- */

static bool always(const struct patient *patient)
{
	(void)patient;
	return true;
}

static bool uses_tpm(const struct patient *patient)
{
	const struct vm *vm = patient->vm;

	return !vm || vm->machine.tpm == VM_YES ||
	       (vm->machine.tpm == VM_AUTO && vm->os == VM_WINDOWS11);
}

static bool draws(const struct patient *patient)
{
	return patient_has_mode(patient, VM_GPU_VIRGL) || patient_has_mode(patient, VM_GPU_VENUS);
}

static bool uses_doorbell(const struct patient *patient)
{
	return !patient->vm || (patient->vm->display.kind == VM_DISPLAY_ORIEL &&
				patient->vm->display.memory == VM_SHARED_DOORBELL);
}

static bool shows_qxl(const struct patient *patient)
{
	return patient->vm && patient->vm->display.video == VM_VIDEO_QXL;
}

static const struct {
	const char *type;
	bool (*needed)(const struct patient *patient);
	enum package package; /* that has it, where QEMU comes in pieces */
} types[] = {
	{ "ivshmem-plain", always, PACKAGE_QEMU },
	{ "ivshmem-doorbell", uses_doorbell, PACKAGE_QEMU },
	{ "vfio-pci", patient_shares, PACKAGE_QEMU },
	{ "tpm-crb", uses_tpm, PACKAGE_QEMU },
	{ "virtio-vga-gl", draws, PACKAGE_QEMU_GL },
	{ "qxl-vga", shows_qxl, PACKAGE_QEMU_SPICE },
};

static void check_types(const struct patient *patient, struct finding *finding)
{
	const struct answers_qemu *qemu = &patient->answers.qemu;
	bool spice = !patient->vm || patient->vm->display.spice;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!types[i].needed(patient) ||
		    g_strv_contains((const char *const *)qemu->types, types[i].type))
			continue;
		finding_say(finding, VERDICT_FAIL, "it has no %s", types[i].type);
		advise_package(finding, patient, types[i].package);
	}
	if (spice && !qemu->spice) {
		finding_say(finding, VERDICT_FAIL,
			    "it has no SPICE: no keyboard, pointer and "
			    "sound in the guest");
		advise_package(finding, patient, PACKAGE_QEMU_SPICE);
	}
}

void check_qemu(const struct patient *patient, struct finding *finding)
{
	const struct answers_qemu *qemu = &patient->answers.qemu;

	if (!qemu->path) {
		finding_say(finding, VERDICT_FAIL, "qemu-system-x86_64 is not installed");
		advise_package(finding, patient, PACKAGE_QEMU);
		return;
	}
	if (patient->answers.unasked) {
		finding_say(finding, VERDICT_UNKNOWN,
			    "%s is there; only the computer itself can "
			    "ask it",
			    qemu->path);
		return;
	}
	if (qemu->error) {
		finding_say(finding, VERDICT_UNKNOWN, "%s does not say what it can: %s", qemu->path,
			    g_strerror(qemu->error));
		finding_advise(finding, "try: %s -device help", qemu->path);
		return;
	}
	finding_say(finding, VERDICT_OK, "QEMU %u.%u", qemu->major, qemu->minor);
	if (patient_has_mode(patient, VM_GPU_VENUS) && qemu->major < 10) {
		finding_say(finding, VERDICT_FAIL, "venus needs QEMU 10");
		finding_advise(finding, "take mode: virgl, or a newer QEMU (of your "
					"distribution's backports)");
	}
	check_types(patient, finding);
}

/* ---- what Windows 11 wants ---- */

static void check_firmware(const struct patient *patient, struct finding *finding)
{
	g_autoptr(GPtrArray) all = host_firmwares(patient->sysroot, "/usr/share/qemu/firmware");
	const struct facts_firmware *best = NULL;

	for (unsigned i = 0; i < all->len; i++) {
		const struct facts_firmware *firmware = all->pdata[i];
		if (firmware->secure && (!best || (firmware->enrolled && !best->enrolled)))
			best = firmware;
	}
	if (!best) {
		finding_say(finding, VERDICT_FAIL,
			    "no UEFI firmware with Secure Boot (%u in "
			    "/usr/share/qemu/firmware)",
			    all->len);
		advise_package(finding, patient, PACKAGE_OVMF);
		return;
	}
	if (patient_access(patient, best->code, 4) || patient_access(patient, best->vars, 4)) {
		finding_say(finding, VERDICT_FAIL, "%s or %s cannot be read", best->code,
			    best->vars);
		advise_package(finding, patient, PACKAGE_OVMF);
		return;
	}
	finding_say(finding, VERDICT_OK, "%s", best->code);
	if (!best->enrolled) {
		finding_say(finding, VERDICT_WARN,
			    "it has no keys in it: Secure Boot is off until "
			    "you put them in");
		advise_package(finding, patient, PACKAGE_OVMF);
	}
}

struct want {
	bool met;
	const char *says, *advice;
};

/* Microsoft's published least: 64-bit CPU of two cores, 4 GiB, 64 GB, UEFI, TPM 2.0. */
static void check_size(const struct vm *vm, struct finding *finding)
{
	const struct vm_disk *disk = vm->disks->len ? vm->disks->pdata[0] : NULL;
	const struct want wants[] = {
		{ vm->cpu.sockets * vm->cpu.cores >= 2, "one core", "cpu.cores: 2 or more" },
		{ vm->memory.size >= UINT64_C(4) << 30, "less than 4 GiB of memory",
		  "memory.size: 4G or more" },
		{ !disk || !disk->size || disk->size >= UINT64_C(64000000000),
		  "less than 64 GB of disk", "size: 64G or more for the first disk" },
		{ vm->machine.tpm != VM_NO, "no TPM", "machine.tpm: yes" },
		{ vm->machine.firmware == VM_FIRMWARE_AUTO ||
			  vm->machine.firmware == VM_UEFI_SECURE,
		  "no Secure Boot", "machine.firmware: uefi-secure" },
	};

	for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
		if (wants[i].met)
			continue;
		finding_say(finding, VERDICT_FAIL, "the file gives it %s", wants[i].says);
		finding_advise(finding, "%s", wants[i].advice);
	}
}

void check_windows(const struct patient *patient, struct finding *finding)
{
	if (patient->answers.swtpm) {
		finding_say(finding, VERDICT_OK, "%s", patient->answers.swtpm);
	} else {
		finding_say(finding, VERDICT_FAIL,
			    "swtpm is not installed, so there is no TPM 2.0");
		advise_package(finding, patient, PACKAGE_SWTPM);
	}
	check_firmware(patient, finding);
	if (patient->vm)
		check_size(patient->vm, finding);
}
