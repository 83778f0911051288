/* Memory for the guest. */
#include "vm/doctor/cgroup.h"
#include "vm/doctor/checks.h"
#include "vm/plan/plan.h"

#define DEVICE_BYTES (UINT64_C(256) << 20) /* that QEMU locks for each device, beside the RAM */
#define LITTLE       (UINT64_C(4) << 30)   /* for a computer that is to run machines */

char *size_name(uint64_t bytes)
{
	return g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/* ---- is there enough? ---- */

/* What it takes of ordinary memory: kvmfr and huge pages are set apart before. */
static uint64_t count_wanted(const struct vm *vm)
{
	const struct vm_display *display = &vm->display;
	bool shared = display->kind == VM_DISPLAY_ORIEL && display->memory != VM_SHARED_KVMFR;

	return (vm->memory.hugepages ? 0 : vm->memory.size) +
	       (shared ? plan_memory_size(display) : 0);
}

static void check_limit(const struct patient *patient, uint64_t wanted, struct finding *finding)
{
	g_autofree char *group = NULL, *limit_name = NULL, *wanted_name = size_name(wanted);
	uint64_t limit;

	if (!cgroup_limit(patient, "memory.max", &limit, &group) || limit >= wanted)
		return;
	limit_name = size_name(limit);
	finding_say(finding, VERDICT_FAIL, "the control group %s may have %s, the machine wants %s",
		    group, limit_name, wanted_name);
	advise_group(finding, "lift that limit:", group, "MemoryMax=infinity");
}

/* Swap, be it zram, is no help: a device's memory stays where it is. */
static bool has_only_swap(const struct patient *patient, uint64_t available, uint64_t wanted)
{
	uint64_t swap;

	return patient->gpus->len && patient_meminfo(patient, "SwapFree", &swap) &&
	       available < wanted && swap > wanted - available;
}

static void check_free(const struct patient *patient, uint64_t available, uint64_t total,
		       uint64_t wanted, struct finding *finding)
{
	g_autofree char *free_name = size_name(available), *total_name = size_name(total);
	g_autofree char *wanted_name = size_name(wanted);
	const struct vm *vm = patient->vm;

	if (available >= wanted) {
		finding_say(finding, VERDICT_OK, "%s of %s are free", free_name, total_name);
		return;
	}
	finding_say(finding, vm ? VERDICT_FAIL : VERDICT_WARN, "%s of %s are free; %s %s",
		    free_name, total_name, vm ? "the machine wants" : "Windows wants", wanted_name);
	if (vm && has_only_swap(patient, available, wanted))
		finding_say(finding, VERDICT_FAIL,
			    "swap does not count: with a GPU all of it is locked");
	finding_advise(finding, total > wanted ? "close programs, or give less: memory.size"
					       : "give less: memory.size");
}

void check_memory(const struct patient *patient, struct finding *finding)
{
	const struct vm *vm = patient->vm;
	uint64_t available, total, wanted = vm ? count_wanted(vm) : LITTLE;

	if (!patient_meminfo(patient, "MemAvailable", &available) ||
	    !patient_meminfo(patient, "MemTotal", &total)) {
		finding_say(finding, VERDICT_UNKNOWN, "/proc/meminfo does not tell");
		return;
	}
	if (vm && vm->memory.hugepages)
		finding_say(finding, VERDICT_OK, "the machine has huge pages: see hugepages");
	check_free(patient, available, total, wanted, finding);
	if (vm)
		check_limit(patient, wanted, finding);
}

/* ---- the limit of locked memory ---- */

static bool is_granted(const struct patient *patient, uint64_t bytes)
{
	g_autofree char *main = patient_read(patient, NULL, "/etc/security/limits.conf");
	g_autofree char *more = patient_read_all(patient, "/etc/security/limits.d", ".conf");
	g_autofree char *all = g_strconcat(main ? main : "", "\n", more, NULL);
	char *none[] = { NULL };
	uint64_t granted;

	return texts_lock_limit(all, patient->answers.user ? patient->answers.user : "",
				patient->answers.groups ? patient->answers.groups : none,
				&granted) &&
	       granted >= bytes;
}

static void advise_limit(const struct patient *patient, uint64_t bytes, struct finding *finding)
{
	g_autofree char *line = g_strdup_printf("%s - memlock %" G_GUINT64_FORMAT,
						patient->answers.user ? patient->answers.user : "*",
						(bytes + 1023) >> 10);

	if (is_granted(patient, bytes)) {
		finding_say(finding, VERDICT_FAIL, "limits.conf grants more, to who logs in anew");
		finding_advise(finding, "log out and in again");
		return;
	}
	advise_helper(finding, patient);
	finding_advise(finding, "or, without the helper:");
	advise_file(finding, "let QEMU lock the guest's memory",
		    "/etc/security/limits.d/70-oriel.conf", line);
	finding_advise(finding, "log out and in again");
}

void check_memlock(const struct patient *patient, struct finding *finding)
{
	uint64_t limit = patient->answers.lock_limit;
	uint64_t wanted = patient->vm ? patient->vm->memory.size + patient->gpus->len * DEVICE_BYTES
				      : LITTLE;
	g_autofree char *limit_name = limit == UINT64_MAX ? g_strdup("any amount")
							  : size_name(limit);
	g_autofree char *wanted_name = size_name(wanted);

	if (patient->answers.unasked) {
		finding_say(finding, VERDICT_UNKNOWN, "only the computer itself can tell");
	} else if (patient->answers.root) {
		finding_say(finding, VERDICT_OK, "root may lock all");
	} else if (limit >= wanted) {
		finding_say(finding, VERDICT_OK, "you may lock %s", limit_name);
	} else if (patient_has_helper(patient)) {
		finding_say(finding, VERDICT_OK, "you may lock %s; oriel-helper grants %s",
			    limit_name, patient->vm ? wanted_name : "more");
	} else {
		finding_say(finding, VERDICT_FAIL, "you may lock %s, a machine of this size %s",
			    limit_name, wanted_name);
		advise_limit(patient, wanted, finding);
	}
}
