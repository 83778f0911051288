/* What Windows 11 wants: a TPM 2.0, a firmware with Secure Boot, some size. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/host/facts.h"
#include "vm/plan/plan.h"

/* ---- TPM ---- */

static void check_setup(const struct patient *patient, struct finding *finding)
{
	if (!patient->answers.setup)
		finding_say(finding, VERDICT_OK,
			    "swtpm_setup is not there: libvirt's machines need it, ours do not");
}

static void check_tpm(const struct patient *patient, struct finding *finding)
{
	const struct answers_swtpm *swtpm = &patient->answers.swtpm;

	if (!swtpm->path) {
		finding_say(finding, VERDICT_FAIL,
			    "swtpm is not installed, so there is no TPM 2.0");
		advise_package(finding, patient, PACKAGE_SWTPM);
	} else if (patient->answers.unasked) {
		finding_say(finding, VERDICT_OK, "%s", swtpm->path);
	} else if (swtpm->error) {
		finding_say(finding, VERDICT_WARN, "%s does not say what it can: %s", swtpm->path,
			    g_strerror(swtpm->error));
		finding_advise(finding, "try: %s socket --tpm2 --print-capabilities", swtpm->path);
	} else if (swtpm->version && !swtpm->tpm2) {
		finding_say(finding, VERDICT_FAIL, "%s %s was built without TPM 2.0", swtpm->path,
			    swtpm->version);
		advise_package(finding, patient, PACKAGE_SWTPM);
	} else {
		finding_say(finding, VERDICT_OK, "swtpm %s%s",
			    swtpm->version ? swtpm->version : "before 0.7, which tells no version",
			    swtpm->tpm2 ? ", with TPM 2.0" : "");
		check_setup(patient, finding);
	}
}

/* ---- firmware ---- */

/* -1: it cannot be looked at. */
static goffset size_of(const struct patient *patient, const char *path)
{
	g_autofree char *whole = g_strconcat(patient->sysroot, path, NULL);
	struct stat found;

	return stat(whole, &found) == 0 && S_ISREG(found.st_mode) ? found.st_size : -1;
}

/* Code and variables are one flash chip: each was built for the other's size. */
static void check_pair(const struct patient *patient, const struct facts_firmware *firmware,
		       struct finding *finding)
{
	goffset code = size_of(patient, firmware->code), vars = size_of(patient, firmware->vars);
	goffset all = code + vars;

	if (g_strcmp0(firmware->vars_format, "raw") != 0 || code <= 0 || vars <= 0 ||
	    !(all & (all - 1)))
		return;
	finding_say(finding, VERDICT_WARN, "%s and %s are no pair: together no power of two",
		    firmware->code, firmware->vars);
	advise_package(finding, patient, PACKAGE_OVMF);
}

/* The machine's copy was made of what the firmware was then. */
static void check_copy(const struct patient *patient, const struct facts_firmware *firmware,
		       struct finding *finding)
{
	g_autofree char *copy = g_build_filename(g_get_user_state_dir(), "oriel", patient->vm->name,
						 "firmware-variables", NULL);
	goffset size = size_of(patient, copy), wanted = size_of(patient, firmware->vars);

	if (size < 0)
		return;
	if (patient_access(patient, copy, R_OK | W_OK)) {
		finding_say(finding, VERDICT_FAIL, "%s is not open to %s", copy,
			    patient->answers.user);
		finding_advise(finding, "sudo chown %s %s", patient->answers.user, copy);
	} else if (g_strcmp0(firmware->vars_format, "raw") == 0 && wanted > 0 && size != wanted) {
		g_autofree char *name = size_name((uint64_t)size);
		g_autofree char *wanted_name = size_name((uint64_t)wanted);
		finding_say(finding, VERDICT_FAIL,
			    "%s has %s, this firmware's have %s: the screen would stay black", copy,
			    name, wanted_name);
		finding_advise(finding, "mv %s %s.old (what starts is found anew)", copy, copy);
	} else {
		finding_say(finding, VERDICT_OK, "the machine's settings fit it");
	}
}

/* The firmware keeps Secure Boot's keys by SMM, which KVM has only where the guest may run in any
 * mode of the processor. */
static void check_smm(const struct patient *patient, struct finding *finding)
{
	static const char *const names[] = { "unrestricted_guest", "emulate_invalid_guest_state" };
	unsigned off = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		g_autofree char *value = patient_line(
			patient, "/sys/module/kvm_intel/parameters/%s", names[i]);
		off += value && (*value == 'N' || *value == '0');
	}
	if (off < ARRAY_LEN(names))
		return;
	finding_say(finding, VERDICT_FAIL, "KVM has no SMM here (kvm_intel.unrestricted_guest=N)");
	finding_advise(finding, "take unrestricted_guest=0 and emulate_invalid_guest_state=0 from "
				"/etc/modprobe.d and the kernel's command line");
	finding_advise(finding, "where they are not set: machine.firmware: uefi, without Secure "
				"Boot");
}

static bool is_better(const struct facts_firmware *one, const struct facts_firmware *other)
{
	return one->secure && (!other || (one->enrolled && !other->enrolled));
}

static void no_firmware(const struct patient *patient, unsigned count, struct finding *finding)
{
	finding_say(finding, VERDICT_FAIL,
		    "no UEFI firmware with Secure Boot (%u in /usr/share/qemu/firmware)", count);
	advise_package(finding, patient, PACKAGE_OVMF);
}

static void check_parts(const struct patient *patient, const struct facts_firmware *firmware,
			struct finding *finding)
{
	if (patient_access(patient, firmware->code, R_OK) ||
	    patient_access(patient, firmware->vars, R_OK)) {
		finding_say(finding, VERDICT_FAIL, "%s or %s cannot be read", firmware->code,
			    firmware->vars);
		advise_package(finding, patient, PACKAGE_OVMF);
		return;
	}
	finding_say(finding, VERDICT_OK, "%s", firmware->code);
	if (!firmware->enrolled) {
		finding_say(finding, VERDICT_WARN,
			    "it has no keys in it: Secure Boot is off until you put them in");
		advise_package(finding, patient, PACKAGE_OVMF);
	}
	check_pair(patient, firmware, finding);
	if (firmware->smm)
		check_smm(patient, finding);
	if (patient->vm && plan_firmware(patient->vm) == VM_UEFI_SECURE)
		check_copy(patient, firmware, finding);
}

static void check_firmware(const struct patient *patient, struct finding *finding)
{
	g_autoptr(GPtrArray) all = host_firmwares(patient->sysroot, "/usr/share/qemu/firmware");
	const struct facts_firmware *best = NULL;

	for (unsigned i = 0; i < all->len; i++)
		if (is_better(all->pdata[i], best))
			best = all->pdata[i];
	if (best)
		check_parts(patient, best, finding);
	else
		no_firmware(patient, all->len, finding);
}

/* ---- size ---- */

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
	const struct vm *vm = patient->vm;

	if (!vm || plan_has_tpm(vm))
		check_tpm(patient, finding);
	if (!vm || plan_firmware(vm) == VM_UEFI_SECURE)
		check_firmware(patient, finding);
	if (vm && vm->os == VM_WINDOWS11)
		check_size(vm, finding);
}
