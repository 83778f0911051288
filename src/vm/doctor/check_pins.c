/* Which CPUs the guest's are to stay on, and which of them somebody keeps from it or for it. */
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/cgroup.h"
#include "vm/doctor/checks.h"

static struct vm_cpus without(const struct vm_cpus *some, const struct vm_cpus *others)
{
	struct vm_cpus rest = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(rest.bits); i++)
		rest.bits[i] = some->bits[i] & ~others->bits[i];
	return rest;
}

static struct vm_cpus both(const struct vm_cpus *some, const struct vm_cpus *others)
{
	struct vm_cpus common = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(common.bits); i++)
		common.bits[i] = some->bits[i] & others->bits[i];
	return common;
}

static bool is_none(const struct vm_cpus *cpus)
{
	return !cpus_count(cpus);
}

/* ---- where they are ---- */

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
		if (!patient_cpus(patient, &shared, path) || !cpus_has(&shared, cpu))
			return 0;
		left = without(&left, &shared);
		caches++;
	}
	return caches;
}

static void check_places(const struct patient *patient, const struct vm_cpus *online,
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
	if (!patient_cpus(patient, &near, path))
		return;
	struct vm_cpus far = without(pins, &near);
	g_autofree char *names = cpus_name(&far), *better = cpus_name(&near);
	if (!cpus_count(&far))
		return;
	finding_say(finding, VERDICT_WARN, "CPUs %s are of another node than the GPU %s", names,
		    gpu->name);
	finding_advise(finding, "pin to %s", better);
}

/* ---- for nobody else ---- */

/* By isolcpus=, or by a control group that is a partition (told from 6.7 on). */
static struct vm_cpus find_isolated(const struct patient *patient)
{
	static const char *const paths[] = { "/sys/devices/system/cpu/isolated",
					     "/sys/fs/cgroup/cpuset.cpus.isolated" };
	struct vm_cpus all = { 0 }, some;

	for (size_t p = 0; p < ARRAY_LEN(paths); p++)
		if (patient_cpus(patient, &some, paths[p]))
			for (size_t i = 0; i < ARRAY_LEN(all.bits); i++)
				all.bits[i] |= some.bits[i];
	return all;
}

/* The first of them, so many. */
static struct vm_cpus first_of(const struct vm_cpus *cpus, unsigned count)
{
	struct vm_cpus first = { 0 };

	for (unsigned cpu = 0; cpu < VM_CPUS_MAX && count; cpu++)
		if (cpus_has(cpus, cpu)) {
			first.bits[cpu / 64] |= UINT64_C(1) << cpu % 64;
			count--;
		}
	return first;
}

static void advise_isolated(const struct patient *patient, const struct vm_cpus *isolated,
			    struct finding *finding)
{
	const struct vm_cpu *cpu = &patient->vm->cpu;
	unsigned wanted = (unsigned)(cpu->sockets * cpu->cores * cpu->threads);
	struct vm_cpus first = first_of(isolated, wanted);
	g_autofree char *names = cpus_name(&first), *parameter = NULL;
	g_autofree char *value = texts_parameter(patient->cmdline, "isolcpus");

	if (cpus_count(isolated) >= wanted)
		finding_advise(finding, "cpu.pin: %s", names);
	else
		finding_advise(finding, "isolate %u CPUs or none: the guest has so many", wanted);
	if (!value)
		return;
	finding_advise(finding, "or isolate none:");
	parameter = g_strdup_printf("isolcpus=%s", value);
	advise_no_parameter(finding, patient, parameter);
}

/* The scheduler puts nothing there by itself, and moves nothing among them. */
static void check_isolated(const struct patient *patient, const struct vm_cpus *isolated,
			   struct finding *finding)
{
	const struct vm_cpu *cpu = &patient->vm->cpu;
	struct vm_cpus inside = both(&cpu->pin, isolated);
	struct vm_cpus crowd = both(&cpu->emulator, isolated);
	g_autofree char *names = cpus_name(isolated), *inner = cpus_name(&inside);

	if (is_none(&inside)) {
		finding_say(finding, VERDICT_WARN, "CPUs %s are isolated, and %s", names,
			    is_none(&cpu->pin) ? "without cpu.pin the guest never runs there"
					       : "cpu.pin names none of them");
		advise_isolated(patient, isolated, finding);
	} else if (cpus_count(&inside) < cpus_count(&cpu->pin)) {
		finding_say(finding, VERDICT_WARN,
			    "of cpu.pin only %s are isolated: on the others it waits for this "
			    "computer's programs",
			    inner);
		advise_isolated(patient, isolated, finding);
	} else {
		finding_say(finding, VERDICT_OK, "cpu.pin: all of them are isolated");
	}
	if (cpus_count(&crowd) > 1) {
		finding_say(finding, VERDICT_WARN,
			    "cpu.emulator names isolated CPUs: all of QEMU's threads will crowd on "
			    "one of them");
		finding_advise(finding, "cpu.emulator: CPUs that are not isolated (%s)", names);
	}
}

/* ---- for others ---- */

static void check_allowed(const struct patient *patient, const struct vm_cpus *online,
			  struct finding *finding)
{
	g_autofree char *group = NULL;
	g_autofree char *line = cgroup_line(patient, "cpuset.cpus.effective", &group);
	struct vm_cpus pins = both(&patient->vm->cpu.pin, online), allowed;

	if (!line || !texts_cpus(line, &allowed))
		return;
	struct vm_cpus kept = without(&pins, &allowed);
	g_autofree char *names = cpus_name(&kept), *rest = cpus_name(&allowed);
	if (is_none(&kept))
		return;
	finding_say(finding, VERDICT_FAIL,
		    "cpu.pin names %s, which the control group %s is kept from", names, group);
	finding_advise(finding, "take from cpu.pin what is not of %s", rest);
	/* Whoever keeps CPUs for machines keeps them from the outermost slices. */
	group[strcspn(group + 1, "/") + 1] = 0;
	advise_group(finding, "or give them back:", group, "AllowedCPUs=");
}

/* ---- none yet ---- */

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
		if (!patient_cpus(patient, &threads, path) || cpus_has(&threads, 0))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(chosen.bits); i++)
			chosen.bits[i] |= threads.bits[i];
	}
	return cpus_count(&chosen) == count ? cpus_name(&chosen) : NULL;
}

static void suggest_pins(const struct patient *patient, const struct vm_cpus *online,
			 struct finding *finding)
{
	const struct vm_cpu *cpu = &patient->vm->cpu;
	unsigned wanted = (unsigned)(cpu->sockets * cpu->cores * cpu->threads);
	g_autofree char *pins = wanted < cpus_count(online) ? suggest(patient, online, wanted)
							    : NULL;

	if (pins)
		finding_say(finding, VERDICT_OK, "cpu.pin: %s would keep them together", pins);
}

void check_pins(const struct patient *patient, const struct vm_cpus *online,
		struct finding *finding)
{
	struct vm_cpus isolated = find_isolated(patient);
	g_autofree char *names = cpus_name(&isolated);
	bool pinned = patient->vm && !is_none(&patient->vm->cpu.pin);

	if (!patient->vm && *names)
		finding_say(finding, VERDICT_OK, "%s are isolated: a machine gets them by cpu.pin",
			    names);
	if (!patient->vm)
		return;
	if (*names)
		check_isolated(patient, &isolated, finding);
	else if (!pinned)
		suggest_pins(patient, online, finding);
	if (!pinned)
		return;
	check_places(patient, online, finding);
	check_allowed(patient, online, finding);
	for (unsigned i = 0; i < patient->gpus->len; i++)
		check_node(patient, patient->gpus->pdata[i], finding);
}
