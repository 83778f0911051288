/* What the processor can, and what of it the machine gets. */
#include <string.h>

#include "base/mem.h"
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

static bool read_cpus(const struct patient *patient, struct vm_cpus *out, const char *path)
{
	g_autofree char *text = patient_line(patient, "%s", path);

	return text && texts_cpus(text, out);
}

static struct vm_cpus without(const struct vm_cpus *some, const struct vm_cpus *others)
{
	struct vm_cpus rest = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rest.bits); i++)
		rest.bits[i] = some->bits[i] & ~others->bits[i];
	return rest;
}

/* How many last level caches the pins are spread over; 0: nobody knows. */
static unsigned count_caches(const struct patient *patient, const struct vm_cpus *pins)
{
	struct vm_cpus left = *pins;
	unsigned caches = 0;

	for (unsigned cpu = 0; cpu < VM_CPUS_MAX; cpu++) {
		struct vm_cpus shared;
		if (!cpus_has(&left, cpu))
			continue;
		g_autofree char *path = g_strdup_printf(
			"/sys/devices/system/cpu/cpu%u/cache/index3/"
			"shared_cpu_list",
			cpu);
		if (!read_cpus(patient, &shared, path) || !cpus_has(&shared, cpu))
			return 0;
		left = without(&left, &shared);
		caches++;
	}
	return caches;
}

static void check_pins(const struct patient *patient, const struct vm_cpus *online,
		       struct finding *finding)
{
	const struct vm_cpus *pins = &patient->vm->cpu.pin;
	struct vm_cpus beyond = without(pins, online);
	g_autofree char *missing = cpus_name(&beyond), *all = cpus_name(online);
	unsigned caches = count_caches(patient, pins);

	if (cpus_count(&beyond)) {
		finding_say(finding, VERDICT_FAIL,
			    "cpu.pin names %s, which this computer does not "
			    "have",
			    missing);
		finding_advise(finding, "take from cpu.pin what is not of %s", all);
	}
	if (caches > 1 && cpus_count(pins) * (caches - 1) < cpus_count(online)) {
		finding_say(finding, VERDICT_WARN, "cpu.pin is spread over %u last level caches",
			    caches);
		finding_advise(finding, "pin to CPUs that share one: lscpu --extended shows them");
	}
}

/* The node that a GPU hangs on, in a computer of several. */
static void check_node(const struct patient *patient, const struct patient_gpu *gpu,
		       struct finding *finding)
{
	const struct vm_cpus *pins = &patient->vm->cpu.pin;
	struct vm_cpus near;

	if (!gpu->device || gpu->device->node < 0)
		return;
	g_autofree char *path = g_strdup_printf("/sys/devices/system/node/node%d/cpulist",
						gpu->device->node);
	if (!read_cpus(patient, &near, path))
		return;
	struct vm_cpus far = without(pins, &near);
	g_autofree char *names = cpus_name(&far), *better = cpus_name(&near);
	if (!cpus_count(&far))
		return;
	finding_say(finding, VERDICT_WARN, "CPUs %s are of another node than the GPU %s", names,
		    gpu->name);
	finding_advise(finding, "pin to %s", better);
}

/* The last cores with all their threads: the first ones serve interrupts. */
static char *suggest(const struct patient *patient, const struct vm_cpus *online, unsigned count)
{
	struct vm_cpus chosen = { 0 };

	for (unsigned cpu = VM_CPUS_MAX; cpu-- > 1 && cpus_count(&chosen) < count;) {
		struct vm_cpus threads;
		g_autofree char *path = g_strdup_printf("/sys/devices/system/cpu/cpu%u/topology/"
							"thread_siblings_list",
							cpu);
		if (!cpus_has(online, cpu) || cpus_has(&chosen, cpu))
			continue;
		if (!read_cpus(patient, &threads, path) || cpus_has(&threads, 0))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(chosen.bits); i++)
			chosen.bits[i] |= threads.bits[i];
	}
	return cpus_count(&chosen) == count ? cpus_name(&chosen) : NULL;
}

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
	g_autofree char *pins = cpus_count(&cpu->pin) || wanted >= there
					? NULL
					: suggest(patient, online, wanted);
	if (pins)
		finding_say(finding, VERDICT_OK, "cpu.pin: %s would keep them together", pins);
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

	if (!read_cpus(patient, &online, "/sys/devices/system/cpu/online")) {
		finding_say(finding, VERDICT_UNKNOWN,
			    "/sys/devices/system/cpu/online tells no "
			    "CPUs");
		return;
	}
	check_governor(patient, finding);
	if (!patient->vm) {
		finding_say(finding, VERDICT_OK, "%u CPUs", cpus_count(&online));
		return;
	}
	check_share(patient, &online, finding);
	check_pins(patient, &online, finding);
	for (unsigned i = 0; cpus_count(&patient->vm->cpu.pin) && i < patient->gpus->len; i++)
		check_node(patient, patient->gpus->pdata[i], finding);
}
