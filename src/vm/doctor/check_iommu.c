/* The unit that lets a device see one machine's memory only. The kernel's log is no evidence: it
 * says "IOMMU enabled" for the parameter alone. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/plan/group.h"

/* ---- is it there? ---- */

static const struct {
	const char *table;       /* of ACPI */
	const char *on;          /* the parameter that switches it on; NULL: none is needed */
	const char *switches[3]; /* parameters that may switch it off; NULL ends */
} units[] = {
	{ "DMAR", "intel_iommu=on", { "intel_iommu", "iommu" } },
	{ "IVRS", NULL, { "amd_iommu", "iommu" } },
	{ "VIOT", NULL, { "iommu" } },
};

static unsigned count_groups(const struct patient *patient)
{
	g_auto(GStrv) names = patient_list(patient, NULL, "/sys/kernel/iommu_groups");

	return g_strv_length(names);
}

/* The parameter that switches it off, as it stands; NULL: none. */
static char *find_switch(const struct patient *patient, size_t unit)
{
	for (const char *const *name = units[unit].switches; *name; name++) {
		g_autofree char *value = texts_parameter(patient->cmdline, *name);
		if (value && texts_word(value, "off"))
			return g_strdup_printf("%s=%s", *name, value);
	}
	return NULL;
}

static void unit_is_off(const struct patient *patient, size_t unit, struct finding *finding)
{
	g_autofree char *off = find_switch(patient, unit);
	const char *on = units[unit].on;
	g_autofree char *set = texts_parameter(patient->cmdline, "intel_iommu");

	finding_say(finding, VERDICT_FAIL,
		    "the firmware offers one (%s), the kernel uses it not: "
		    "0 groups",
		    units[unit].table);
	if (off) {
		finding_say(finding, VERDICT_FAIL, "the kernel was started with %s", off);
		advise_no_parameter(finding, patient, off);
	}
	if (on && !(set && g_str_has_prefix(set, "on")))
		advise_parameter(finding, patient, on);
	else if (!off)
		finding_advise(finding, "update the firmware; sudo dmesg | grep -i -e DMAR -e "
					"AMD-Vi says what the kernel dislikes");
}

static void no_unit(const struct patient *patient, struct finding *finding)
{
	g_autofree char *flags = texts_field(patient->cpuinfo, "flags");

	finding_say(finding, VERDICT_FAIL,
		    "the firmware offers none: 0 groups, no table DMAR or "
		    "IVRS");
	if (flags && texts_word(flags, "hypervisor")) {
		finding_advise(finding, "this computer is a virtual machine itself: let whoever "
					"runs it give it one (QEMU: -device intel-iommu)");
		return;
	}
	finding_advise(finding,
		       "switch it on in the firmware's setup: Intel calls it VT-d, AMD "
		       "IOMMU or AMD-Vi; where there is \"SVM\" or \"CSM\", SVM on and CSM "
		       "off help");
}

void check_iommu(const struct patient *patient, struct finding *finding)
{
	unsigned groups = count_groups(patient);
	g_auto(GStrv) names = patient_list(patient, NULL, "/sys/class/iommu");
	g_autofree char *list = g_strjoinv(", ", names);
	int error;
	g_auto(GStrv) tables = patient_list(patient, &error, "/sys/firmware/acpi/tables");

	if (groups) {
		finding_say(finding, VERDICT_OK, "%u groups%s%s", groups, *list ? ", by " : "",
			    list);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (g_strv_contains((const char *const *)tables, units[i].table)) {
			unit_is_off(patient, i, finding);
			return;
		}
	if (error == EACCES) {
		finding_say(finding, VERDICT_UNKNOWN,
			    "0 groups, and /sys/firmware/acpi/tables may "
			    "not be read");
		finding_advise(finding, "as root: oriel doctor");
		return;
	}
	no_unit(patient, finding);
}

/* ---- interrupts ---- */

static void not_remapped(const struct patient *patient, struct finding *finding)
{
	g_autofree char *off = texts_parameter(patient->cmdline, "intremap");

	finding_say(finding, VERDICT_FAIL,
		    "interrupts are not remapped (no IR- in "
		    "/proc/interrupts): VFIO refuses");
	if (off && texts_word(off, "off"))
		advise_no_parameter(finding, patient, "intremap=off");
	else
		finding_advise(finding, "update the firmware, and switch x2APIC on in its setup");
	finding_advise(finding, "the last resort, which lets a guest interrupt this computer as it "
				"likes: options vfio_iommu_type1 allow_unsafe_interrupts=1 in "
				"/etc/modprobe.d");
}

void check_interrupts(const struct patient *patient, struct finding *finding)
{
	g_autofree char *unsafe = patient_line(
		patient, "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
	g_autofree char *text = patient_read(patient, NULL, "/proc/interrupts");

	if (!count_groups(patient)) {
		finding_say(finding, VERDICT_NOT_NEEDED,
			    "without an IOMMU there is nothing to "
			    "remap");
	} else if (!text) {
		finding_say(finding, VERDICT_UNKNOWN, "/proc/interrupts cannot be read");
	} else if (strstr(text, " IR-")) {
		finding_say(finding, VERDICT_OK, "remapped (IR- in /proc/interrupts)");
	} else if (unsafe && (*unsafe == 'Y' || *unsafe == '1')) {
		finding_say(finding, VERDICT_WARN,
			    "not remapped, and allow_unsafe_interrupts is "
			    "set: a guest may interrupt this computer as it "
			    "likes");
		finding_advise(finding, "update the firmware, then take the option from "
					"/etc/modprobe.d");
	} else {
		not_remapped(patient, finding);
	}
}

/* ---- the GPU's group ---- */

void for_each_gpu(const struct patient *patient, struct finding *finding,
		  void (*check)(const struct patient *patient, const struct patient_gpu *gpu,
				struct finding *finding))
{
	unsigned there = 0;

	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		if (gpu->device) {
			check(patient, gpu, finding);
			there++;
		}
	}
	if (!there)
		finding_say(finding, VERDICT_NOT_NEEDED, "no GPU to look at");
}

static bool is_intel_desktop(const struct facts_device *device)
{
	return device->vendor == 0x8086 && !device->address.bus && device->address.device == 2;
}

static void no_group(const struct patient *patient, const struct patient_gpu *gpu,
		     struct finding *finding)
{
	if (!count_groups(patient)) {
		finding_say(finding, VERDICT_FAIL, "%s is in no group: there is no IOMMU",
			    gpu->name);
		finding_advise(finding, "see iommu above");
		return;
	}
	finding_say(finding, VERDICT_FAIL, "%s is in no group, though others are", gpu->name);
	if (is_intel_desktop(gpu->device))
		advise_parameter(finding, patient, "intel_iommu=on");
	else
		finding_advise(finding, "update the firmware: its table leaves this device out");
}

static void check_members(const struct patient *patient, const struct patient_gpu *gpu,
			  struct finding *finding)
{
	const struct facts_device *device = gpu->device;

	if (device->group < 0) {
		no_group(patient, gpu, finding);
		return;
	}
	GPtrArray *strangers = group_strangers(&patient->facts, device, NULL);
	g_autofree char *others = group_names(strangers);
	bool alone = !strangers->len;
	g_ptr_array_unref(strangers);
	if (alone) {
		finding_say(finding, VERDICT_OK, "%s is alone in group %d", gpu->name,
			    device->group);
		return;
	}
	finding_say(finding, VERDICT_FAIL, "%s shares group %d with %s", gpu->name, device->group,
		    others);
	finding_advise(finding, "put the card into another slot, the one nearest to the CPU first");
	finding_advise(finding, "switch ACS on in the firmware's setup, where there is such a "
				"thing");
	finding_advise(finding, "or do without what shares the group: a guest gets all of it");
	finding_advise(finding, "pcie_acs_override is a patch for the kernel that only hides the "
				"sharing: devices can then still reach each other past the IOMMU");
}

static void check_missing(const struct patient *patient, struct finding *finding)
{
	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		if (gpu->device)
			continue;
		finding_say(finding, VERDICT_FAIL, "%s", gpu->missing);
		finding_advise(finding, "oriel gpu lists what there is");
	}
}

void check_group(const struct patient *patient, struct finding *finding)
{
	check_missing(patient, finding);
	for_each_gpu(patient, finding, check_members);
}
