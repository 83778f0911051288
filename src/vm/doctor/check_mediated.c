/* Mediated devices that others define: mdevctl, by which libvirt does it too, keeps a file of each
 * in a folder of its GPU, and makes some when the computer starts. */
#include <errno.h>
#include <string.h>

#include "vm/doctor/checks.h"
#include "vm/plan/plan.h"

#define DEFINED "/etc/mdevctl.d"
#define ACTIVE  "/sys/bus/mdev/devices"

/* One that is defined. */
struct definition {
	const struct patient_gpu *gpu; /* that it is made of */
	const char *uuid;
	char *type;
	bool starts; /* with the computer */
	bool ours;
	const struct facts_type *want; /* what the machine wants of the GPU; NULL: nobody knows */
};

static bool is_mediated(const struct patient_gpu *gpu)
{
	return gpu->device && (!gpu->asked || gpu->asked->mode == VM_GPU_MDEV);
}

/* NULL without a machine. */
static char *our_uuid(const struct patient *patient, const struct patient_gpu *gpu)
{
	bool first = patient->gpus->len && patient->gpus->pdata[0] == gpu;

	return patient->vm && is_mediated(gpu)
		       ? plan_mediated_uuid(patient->vm, gpu->device, gpu->number, first)
		       : NULL;
}

static const struct facts_type *wanted_type(const struct patient_gpu *gpu)
{
	const char *wanted = gpu->asked ? gpu->asked->type : NULL;

	for (unsigned i = 0; wanted && i < gpu->device->types->len; i++) {
		const struct facts_type *type = gpu->device->types->pdata[i];
		if (strcmp(type->id, wanted) == 0 || g_strcmp0(type->name, wanted) == 0)
			return type;
	}
	return NULL;
}

static bool is_full(const struct patient *patient, const struct patient_gpu *gpu)
{
	const struct facts_type *type = wanted_type(gpu);
	g_autofree char *ours = our_uuid(patient, gpu);

	return type && !type->free &&
	       !(type->made && g_strv_contains((const char *const *)type->made, ours));
}

/* ---- who has one ---- */

/* Is it made of this GPU, or will it be? */
static bool is_of(const struct patient *patient, const struct patient_gpu *gpu, const char *uuid)
{
	char address[PCI_ADDRESS_LENGTH];
	g_autofree char *link = g_strdup_printf("%s" ACTIVE "/%s", patient->sysroot, uuid);
	g_autofree char *target = g_file_read_link(link, NULL);
	g_autofree char *folder = g_path_get_dirname(target ? target : "");
	g_autofree char *parent = g_path_get_basename(folder);

	pci_address_format(&gpu->device->address, address);
	return strcmp(parent, address) == 0 ||
	       patient_has(patient, DEFINED "/%s/%s", address, uuid);
}

const char *mediated_clash(const struct patient *patient, const char *uuid)
{
	/* It becomes part of a path. */
	if (!g_uuid_string_is_valid(uuid))
		return NULL;
	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		g_autofree char *ours = our_uuid(patient, gpu);
		if (ours && g_ascii_strcasecmp(ours, uuid) == 0)
			return "its mediated device";
		if (ours && is_full(patient, gpu) && is_of(patient, gpu, uuid))
			return "a mediated device of its GPU, which has no other left";
	}
	return NULL;
}

/* ---- what mdevctl makes ---- */

static void advise_manual(struct finding *finding, const char *uuid)
{
	finding_advise(finding, "sudo mdevctl modify -u %s --manual", uuid);
	finding_advise(finding, "sudo mdevctl stop -u %s", uuid);
}

/* A type that nobody can compare is taken for the right one. */
static void judge_ours(const struct definition *self, struct finding *finding)
{
	if (!self->want || strcmp(self->type, self->want->id) == 0) {
		finding_say(finding, VERDICT_OK, "mdevctl knows the machine's device of %s",
			    self->gpu->name);
		return;
	}
	finding_say(finding, VERDICT_FAIL, "mdevctl has the machine's device of %s as %s, not %s",
		    self->gpu->name, self->type, self->want->id);
	finding_advise(finding, "sudo mdevctl undefine -u %s", self->uuid);
}

static void judge_other(const struct patient *patient, const struct definition *self,
			struct finding *finding)
{
	const char *name = self->gpu->name;

	if (!self->starts)
		return;
	if (!patient->vm ||
	    (self->want && self->want->free && patient_has(patient, ACTIVE "/%s", self->uuid))) {
		finding_say(finding, VERDICT_OK, "mdevctl makes a %s of %s at each start",
			    self->type, name);
	} else if (is_full(patient, self->gpu)) {
		finding_say(finding, VERDICT_FAIL,
			    "mdevctl makes a %s of %s when this computer starts: no %s is left",
			    self->type, name, self->want->id);
		advise_manual(finding, self->uuid);
	} else {
		finding_say(finding, VERDICT_WARN,
			    "mdevctl makes a %s of %s when this computer starts: then the machine "
			    "may find none left, or another kind only",
			    self->type, name);
		advise_manual(finding, self->uuid);
	}
}

static void check_definition(const struct patient *patient, const struct patient_gpu *gpu,
			     const char *folder, const char *uuid, struct finding *finding)
{
	struct definition definition = { .gpu = gpu, .uuid = uuid, .want = wanted_type(gpu) };
	g_autofree char *path = g_build_filename(folder, uuid, NULL);
	g_autofree char *ours = our_uuid(patient, gpu);
	int error;
	g_autofree char *text = patient_read(patient, &error, path);

	if (!text && error == EACCES)
		finding_say(finding, VERDICT_UNKNOWN, "%s may be read by root only", path);
	if (!text || !texts_mediated(text, &definition.type, &definition.starts))
		return;
	definition.ours = ours && g_ascii_strcasecmp(ours, uuid) == 0;
	if (definition.ours)
		judge_ours(&definition, finding);
	else
		judge_other(patient, &definition, finding);
	g_free(definition.type);
}

void check_mediated(const struct patient *patient, struct finding *finding)
{
	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		char address[PCI_ADDRESS_LENGTH];
		if (!is_mediated(gpu))
			continue;
		pci_address_format(&gpu->device->address, address);
		g_autofree char *folder = g_build_filename(DEFINED, address, NULL);
		g_auto(GStrv) names = patient_list(patient, NULL, folder);
		for (char **name = names; *name; name++)
			if (g_uuid_string_is_valid(*name))
				check_definition(patient, gpu, folder, *name, finding);
	}
}
