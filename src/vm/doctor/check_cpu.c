/* What the processor can, and what of it the machine gets. */
#include <string.h>

#include "vm/doctor/checks.h"

/* ---- KVM ---- */

static bool has_flag(const struct patient *patient, const char *flag)
{
	g_autofree char *flags = texts_field(patient->cpuinfo, "flags");

	return flags && texts_word(flags, flag);
}

/* NULL: neither of the two that virtualize. */
static const char *module_of(const struct patient *patient)
{
	return has_flag(patient, "vmx") ? "kvm_intel" : has_flag(patient, "svm") ? "kvm_amd" : NULL;
}

static void kvm_is_missing(const struct patient *patient, struct finding *finding)
{
	const char *module = module_of(patient);

	finding_say(finding, VERDICT_FAIL, "there is no /dev/kvm");
	if (module) {
		finding_say(finding, VERDICT_FAIL, "the CPU has %s, but %s is not loaded",
			    strcmp(module, "kvm_amd") == 0 ? "svm" : "vmx", module);
		finding_advise(finding, "sudo modprobe %s", module);
		finding_advise(finding, "where that says \"not supported\": switch on "
					"virtualization in the firmware's setup");
		finding_offer(finding, FIX_ROOT, "load KVM's module", WORDS("modprobe", module));
	} else if (has_flag(patient, "hypervisor")) {
		finding_say(finding, VERDICT_FAIL,
			    "this computer is a virtual machine itself, "
			    "without vmx or svm");
		finding_advise(finding, "let whoever runs it switch on nested virtualization");
	} else {
		finding_advise(finding, "switch on virtualization in the firmware's setup: Intel "
					"calls it VT-x, AMD SVM");
	}
}

static void kvm_runs(const struct patient *patient, struct finding *finding)
{
	if (module_of(patient) || !*patient->cpuinfo) {
		finding_say(finding, VERDICT_OK, "a virtual CPU ran");
		return;
	}
	finding_say(finding, VERDICT_WARN,
		    "a virtual CPU ran, but the CPU has neither vmx nor svm: "
		    "a KVM in software, under which Windows is unlikely to "
		    "start");
	finding_advise(finding, "use a computer (or a cloud's machine) whose CPU shows vmx or svm");
}

static void hung_before(const struct patient *patient, struct finding *finding)
{
	bool software = *patient->cpuinfo && !module_of(patient);

	finding_say(finding, VERDICT_FAIL,
		    "since this computer started, a guest has hung under "
		    "KVM%s",
		    software ? ", which the CPU has neither vmx nor svm for" : "");
	if (software)
		finding_advise(finding, "use a computer (or a cloud's machine) whose CPU shows vmx "
					"or svm; machines of this one are emulated");
	finding_advise(finding, "to try again: rm ~/.cache/oriel/kvm-hangs");
}

void check_kvm(const struct patient *patient, struct finding *finding)
{
	if (patient->answers.unasked) {
		finding_say(finding, VERDICT_UNKNOWN, "only the computer itself can try");
		return;
	}
	switch (patient->answers.kvm) {
	case KVM_RUNS:
		kvm_runs(patient, finding);
		break;
	case KVM_MISSING:
		kvm_is_missing(patient, finding);
		break;
	case KVM_DENIED:
		finding_say(finding, VERDICT_FAIL, "/dev/kvm is not open to %s",
			    patient->answers.user);
		finding_advise(finding, "sudo usermod -aG kvm %s", patient->answers.user);
		finding_advise(finding, "log out and in again");
		break;
	case KVM_HUNG_BEFORE:
		hung_before(patient, finding);
		break;
	default:
		finding_say(finding, VERDICT_FAIL, "/dev/kvm is there, but a virtual CPU %s",
			    patient->answers.kvm == KVM_HANGS ? "never comes back"
							      : "does not run");
		finding_advise(finding, "close other programs that virtualize (VirtualBox); in a "
					"container or cloud ask whoever runs it for nested "
					"virtualization");
	}
}

/* ---- the machine's CPUs ---- */

static void check_share(const struct patient *patient, const struct vm_cpus *online,
			struct finding *finding)
{
	const struct vm_cpu *cpu = &patient->vm->cpu;
	unsigned wanted = (unsigned)(cpu->sockets * cpu->cores * cpu->threads);
	unsigned there = cpus_count(online), left = there > 2 ? there - MAX(there / 4, 1) : 1;

	finding_say(finding, wanted < there ? VERDICT_OK : VERDICT_WARN,
		    wanted > there ? "the machine wants %u CPUs, this computer has %u"
				   : "the machine gets %u of %u CPUs",
		    wanted, there);
	if (wanted >= there)
		finding_advise(finding,
			       "leave some to this computer, which draws the picture: at "
			       "most %u for the machine here (cpu.cores, cpu.threads)",
			       left);
}

static void check_governor(const struct patient *patient, struct finding *finding)
{
	g_autofree char *governor = patient_line(
		patient, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	g_autofree char *driver = patient_line(
		patient, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver");

	/* The drivers with a _pstate mean another thing by the same word. */
	if (g_strcmp0(governor, "powersave") != 0 || (driver && strstr(driver, "pstate")))
		return;
	finding_say(finding, VERDICT_WARN,
		    "the CPUs stay at their lowest clock (governor "
		    "powersave)");
	finding_advise(finding, "sudo cpupower frequency-set -g schedutil");
}

void check_cpus(const struct patient *patient, struct finding *finding)
{
	struct vm_cpus online;

	if (!patient_cpus(patient, &online, "/sys/devices/system/cpu/online")) {
		finding_say(finding, VERDICT_UNKNOWN,
			    "/sys/devices/system/cpu/online tells no "
			    "CPUs");
		return;
	}
	check_governor(patient, finding);
	if (!patient->vm) {
		finding_say(finding, VERDICT_OK, "%u CPUs", cpus_count(&online));
	} else {
		check_share(patient, &online, finding);
	}
	check_pins(patient, &online, finding);
}
