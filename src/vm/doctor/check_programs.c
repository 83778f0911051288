/* What has to be installed. */
#include "base/mem.h"
#include "vm/doctor/checks.h"

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
