/* Memory for the guest. */
#include "vm/doctor/checks.h"

#define DEVICE_BYTES (UINT64_C(256) << 20) /* that QEMU locks for each device, beside the RAM */
#define LITTLE       (UINT64_C(4) << 30)   /* for a computer that is to run machines */

char *size_name(uint64_t bytes)
{
	return g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/* Of /proc/meminfo, in bytes. */
static bool read_meminfo(const struct patient *patient, const char *name, uint64_t *out)
{
	g_autofree char *text = patient_read(patient, NULL, "/proc/meminfo");
	g_autofree char *value = text ? texts_field(text, name) : NULL;
	uint64_t kib;

	if (!value || !texts_number(value, &kib) || kib > UINT64_MAX >> 10)
		return false;
	*out = kib << 10;
	return true;
}

/* ---- is there enough? ---- */

void check_memory(const struct patient *patient, struct finding *finding)
{
	const struct vm_memory *memory = patient->vm ? &patient->vm->memory : NULL;
	uint64_t available, total;

	if (!read_meminfo(patient, "MemAvailable", &available) ||
	    !read_meminfo(patient, "MemTotal", &total)) {
		finding_say(finding, VERDICT_UNKNOWN, "/proc/meminfo does not tell");
		return;
	}
	g_autofree char *free_name = size_name(available), *total_name = size_name(total);
	uint64_t wanted = memory ? memory->size : LITTLE;
	g_autofree char *wanted_name = size_name(wanted);
	if (memory && memory->hugepages) {
		finding_say(finding, VERDICT_OK, "the machine has huge pages: see hugepages");
		return;
	}
	if (available >= wanted) {
		finding_say(finding, VERDICT_OK, "%s of %s are free", free_name, total_name);
		return;
	}
	finding_say(finding, memory ? VERDICT_FAIL : VERDICT_WARN, "%s of %s are free; %s %s",
		    free_name, total_name, memory ? "the machine wants" : "Windows wants",
		    wanted_name);
	finding_advise(finding, total > wanted ? "close programs, or give less: memory.size"
					       : "give less: memory.size");
}

/* ---- huge pages ---- */

static bool read_pages(const struct patient *patient, unsigned kib, const char *name, uint64_t *out)
{
	g_autofree char *text = patient_line(patient, "/sys/kernel/mm/hugepages/hugepages-%ukB/%s",
					     kib, name);

	return text && texts_number(text, out);
}

static void advise_pages(const struct patient *patient, unsigned kib, uint64_t wanted,
			 struct finding *finding)
{
	g_autofree char *huge = g_strdup_printf("\"hugepagesz=1G hugepages=%" G_GUINT64_FORMAT "\"",
						wanted);

	if (kib > 2048) {
		finding_advise(finding, "pages of 1 GiB are found at boot only:");
		advise_parameter(finding, patient, huge);
		return;
	}
	finding_advise(finding, "echo 1 | sudo tee /proc/sys/vm/compact_memory");
	finding_advise(finding, "sudo sysctl vm.nr_hugepages=%" G_GUINT64_FORMAT, wanted);
}

/* Can they be made of what is free, by the helper at a start? */
static bool may_be_made(const struct patient *patient, unsigned kib, uint64_t bytes)
{
	uint64_t available;

	return kib == 2048 && patient_has_helper(patient) &&
	       read_meminfo(patient, "MemAvailable", &available) && available > bytes;
}

void check_hugepages(const struct patient *patient, struct finding *finding)
{
	const struct vm_memory *memory = patient->vm ? &patient->vm->memory : NULL;
	unsigned kib = memory && memory->hugepages == VM_PAGES_1G ? 1 << 20 : 2048;
	uint64_t have,
		wanted = memory ? (memory->size + (((uint64_t)kib << 10) - 1)) / kib >> 10 : 0;

	if (!read_pages(patient, kib, "free_hugepages", &have)) {
		finding_say(finding, memory ? VERDICT_FAIL : VERDICT_NOT_NEEDED,
			    "the kernel has no pages of %u KiB", kib);
		if (memory)
			finding_advise(finding, "memory.hugepages: none, or another size");
		return;
	}
	if (!memory || !memory->hugepages) {
		finding_say(finding, VERDICT_NOT_NEEDED, "%" G_GUINT64_FORMAT " are free, of 2 MiB",
			    have);
		return;
	}
	uint64_t missing = wanted > have ? (wanted - have) * kib << 10 : 0;
	bool fine = !missing || may_be_made(patient, kib, missing);
	finding_say(finding, fine ? VERDICT_OK : VERDICT_FAIL,
		    "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " are free, of %u MiB%s", have,
		    wanted, kib >> 10, missing && fine ? "; oriel up makes the others" : "");
	if (!fine)
		advise_pages(patient, kib, wanted, finding);
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
