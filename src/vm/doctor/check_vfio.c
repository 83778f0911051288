/* The driver that hands devices to guests, and who has them before it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/plan/devices.h"
#include "vm/plan/group.h"

/* ---- the modules ---- */

static char *kernel_release(const struct patient *patient)
{
	char *release = patient_line(patient, "/proc/sys/kernel/osrelease");

	/* It becomes part of a path. */
	if (release && !strchr(release, '/') && *release != '.')
		return release;
	g_free(release);
	return NULL;
}

/* 1: there; 0: not; -1: nobody knows. */
static int has_module(const struct patient *patient, const char *release)
{
	static const char *const lists[] = { "modules.dep", "modules.builtin" };
	int known = -1;

	for (size_t i = 0; release && i < ARRAY_LEN(lists); i++) {
		g_autofree char *path = g_strdup_printf("/lib/modules/%s/%s", release, lists[i]);
		g_autofree char *text = patient_read(patient, NULL, path);
		if (text && strstr(text, "/vfio-pci.ko"))
			return 1;
		if (text)
			known = 0;
	}
	return known;
}

/* NULL: it is nowhere to be read. */
static char *kernel_config(const struct patient *patient, const char *release, char **path)
{
	static const char *const places[] = { "/boot/config-%s", "/lib/modules/%s/config",
					      "/usr/lib/modules/%s/config" };
	char *text = NULL;

	for (size_t i = 0; !text && i < ARRAY_LEN(places); i++) {
		g_auto(GStrv) parts = g_strsplit(places[i], "%s", 2);
		g_free(*path);
		*path = g_strconcat(parts[0], release, parts[1], NULL);
		text = patient_read(patient, NULL, *path);
	}
	return text;
}

static void module_is_missing(const struct patient *patient, const char *release,
			      struct finding *finding)
{
	g_autofree char *path = NULL;
	g_autofree char *config = kernel_config(patient, release, &path);

	finding_say(finding, VERDICT_FAIL, "kernel %s has no vfio-pci", release);
	if (config && !strstr(config, "CONFIG_VFIO_PCI=")) {
		finding_say(finding, VERDICT_FAIL, "%s has no CONFIG_VFIO_PCI", path);
		finding_advise(finding,
			       "take your distribution's usual kernel: cloud kernels leave VFIO "
			       "out");
	} else {
		finding_advise(finding, "after an update of the kernel: start the computer anew");
		finding_advise(finding, "else take your distribution's usual kernel, with all its "
					"modules");
	}
}

void check_vfio(const struct patient *patient, struct finding *finding)
{
	g_autofree char *release = kernel_release(patient);

	if (patient_has(patient, "/sys/bus/pci/drivers/vfio-pci")) {
		finding_say(finding, VERDICT_OK, "vfio-pci is loaded");
		return;
	}
	switch (has_module(patient, release)) {
	case 0:
		module_is_missing(patient, release, finding);
		break;
	case 1:
		finding_say(finding, patient_has_helper(patient) ? VERDICT_OK : VERDICT_FAIL,
			    "vfio-pci is not loaded%s",
			    patient_has_helper(patient) ? "; oriel-helper does that" : "");
		if (patient_has_helper(patient))
			break;
		finding_advise(finding, "sudo modprobe vfio-pci");
		finding_offer(finding, FIX_ROOT, "load vfio-pci", WORDS("modprobe", "vfio-pci"));
		break;
	default:
		finding_say(
			finding, VERDICT_UNKNOWN,
			"vfio-pci is not loaded, and there is no /lib/modules/%s/modules.dep to "
			"look into",
			release ? release : "VERSION");
		finding_advise(finding, "sudo modprobe vfio-pci");
	}
}

/* ---- who had it first ---- */

static char *early_ids(const struct patient *patient, const char *modprobe)
{
	char *ids = texts_parameter(patient->cmdline, "vfio-pci.ids");

	return ids ? ids : texts_option(modprobe, "vfio-pci", "ids");
}

static void was_faster(const struct patient *patient, const struct facts_device *device,
		       const char *modprobe, struct finding *finding)
{
	char name[SHORT_ADDRESS];
	g_autofree char *line = g_strdup_printf("softdep %s pre: vfio-pci", device->driver);

	finding_say(finding, VERDICT_WARN, "%s is named in ids=, but %s has it",
		    short_address(device, name), device->driver);
	if (texts_softdep(modprobe, device->driver, "vfio-pci"))
		finding_advise(finding, "the softdep line is there; the initramfs is older:");
	else
		advise_file(finding, "load vfio-pci before the GPU's driver",
			    "/etc/modprobe.d/oriel-vfio.conf", line);
	advise_initramfs(finding, patient);
}

static void check_twin(const struct patient *patient, const struct facts_device *device,
		       struct finding *finding)
{
	for (unsigned i = 0; i < patient->facts.devices->len; i++) {
		const struct facts_device *other = patient->facts.devices->pdata[i];
		if (other == device || other->vendor != device->vendor ||
		    other->product != device->product || !device_is_gpu(other) || other->is_vf)
			continue;
		finding_say(finding, VERDICT_WARN,
			    "ids= takes both cards of kind %04x:%04x, your "
			    "desktop's too",
			    device->vendor, device->product);
		finding_advise(finding, "take ids= away: oriel up takes a card by its address");
		return;
	}
}

void check_early(const struct patient *patient, struct finding *finding)
{
	g_autofree char *modprobe = patient_read_all(patient, "/etc/modprobe.d", ".conf");
	g_autofree char *ids = early_ids(patient, modprobe);

	if (!ids) {
		finding_say(finding, VERDICT_NOT_NEEDED,
			    "no ids= are set; oriel up takes devices "
			    "when it starts");
		return;
	}
	for (unsigned i = 0; i < patient->facts.devices->len; i++) {
		const struct facts_device *device = patient->facts.devices->pdata[i];
		if (!texts_has_id(ids, device->vendor, device->product))
			continue;
		if (device->driver && !device_is_kept(device))
			was_faster(patient, device, modprobe, finding);
		if (device_is_gpu(device))
			check_twin(patient, device, finding);
	}
	g_autofree char *shown = texts_fit(ids);
	if (finding->verdict < VERDICT_OK)
		finding_say(finding, VERDICT_OK, "vfio-pci has what ids=%s names", shown);
}

/* ---- who has it now ---- */

static void has_driver(const struct patient *patient, const struct facts_device *device,
		       struct finding *finding)
{
	char name[SHORT_ADDRESS];

	short_address(device, name);
	if (!device->driver || device_is_kept(device)) {
		finding_say(finding, VERDICT_OK, "%s is %s", name,
			    device->driver ? "on vfio-pci" : "without a driver");
	} else if (patient_has_helper(patient)) {
		finding_say(finding, VERDICT_OK, "%s has %s; oriel up takes it and gives it back",
			    device->driver, name);
	} else {
		g_autofree char *group = device->group < 0
						 ? g_strdup("")
						 : g_strdup_printf("group %d is not viable: ",
								   device->group);
		finding_say(finding, VERDICT_FAIL, "%s%s is on %s", group, name, device->driver);
		advise_helper(finding, patient);
		finding_advise(finding, "leave bridges to pcieport: they do not matter");
	}
}

static void check_functions(const struct patient *patient, const struct patient_gpu *gpu,
			    struct finding *finding)
{
	GPtrArray *functions = group_functions(&patient->facts, gpu->device);

	for (unsigned i = 0; i < functions->len; i++)
		has_driver(patient, functions->pdata[i], finding);
	g_ptr_array_unref(functions);
}

/* What is shared stays with its driver. */
static void check_owner(const struct patient *patient, const struct patient_gpu *gpu,
			struct finding *finding)
{
	bool shared = gpu->asked && gpu->asked->mode != VM_GPU_PASSTHROUGH &&
		      gpu->asked->mode != VM_GPU_SINGLE;

	if (!shared) {
		check_functions(patient, gpu, finding);
	} else if (gpu->device->driver && !device_is_kept(gpu->device)) {
		finding_say(finding, VERDICT_OK, "%s stays with %s, which shares it", gpu->name,
			    gpu->device->driver);
	} else {
		finding_say(finding, VERDICT_FAIL, "%s has no driver that could share it%s",
			    gpu->name, gpu->device->driver ? ": vfio-pci has it" : "");
		finding_advise(finding, "give it back to its own driver: take its ids from "
					"/etc/modprobe.d and the kernel's command line");
		advise_initramfs(finding, patient);
	}
}

void check_drivers(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_owner);
}

/* ---- permissions ---- */

#define VFIO_RULE "SUBSYSTEM==\"vfio\", GROUP=\"kvm\", MODE=\"0660\""

/* oriel-helper hands out what root listed; as itself reads it, a line has to be of this device. */
#define ALLOWED "/etc/oriel/devices"

static void check_allowed(const struct patient *patient, const struct patient_gpu *gpu,
			  struct finding *finding)
{
	const struct facts_device *device = gpu->device;
	char address[PCI_ADDRESS_LENGTH];
	g_autofree char *text = patient_read(patient, NULL, ALLOWED);

	pci_address_format(&device->address, address);
	g_autofree char *line = g_strdup_printf("%s %04x:%04x", address, device->vendor,
						device->product);
	if (!gpu->asked || !patient_has_helper(patient) || (text && strstr(text, line)))
		return;
	finding_say(finding, VERDICT_FAIL,
		    "%s is not in " ALLOWED ": oriel-helper hands out only "
		    "what is",
		    gpu->name);
	finding_advise(finding, "sudo oriel gpu allow %s", address);
}

static void check_group_node(const struct patient *patient, const struct patient_gpu *gpu,
			     struct finding *finding)
{
	g_autofree char *path = g_strdup_printf("/dev/vfio/%d", gpu->device->group);
	int denied = patient_access(patient, path, R_OK | W_OK);

	check_allowed(patient, gpu, finding);
	if (gpu->device->group < 0)
		return;
	if (!denied) {
		finding_say(finding, VERDICT_OK, "%s is open to you", path);
	} else if (patient_has_helper(patient)) {
		finding_say(finding, VERDICT_OK, "%s: oriel-helper opens it to you", path);
	} else if (denied == ENOENT) {
		finding_say(finding, VERDICT_UNKNOWN, "%s is there once vfio-pci has the device",
			    path);
		advise_helper(finding, patient);
	} else {
		finding_say(finding, VERDICT_FAIL, "%s is not open to %s", path,
			    patient->answers.user);
		advise_helper(finding, patient);
		finding_advise(finding, "or, without the helper:");
		advise_file(finding, "let group kvm open VFIO devices",
			    "/etc/udev/rules.d/70-oriel-vfio.rules", VFIO_RULE);
	}
}

/* For what draws with this computer's GPU. */
static void check_render_nodes(const struct patient *patient, struct finding *finding)
{
	g_auto(GStrv) names = patient_list(patient, NULL, "/dev/dri");
	unsigned nodes = 0;

	for (char **name = names; *name; name++) {
		g_autofree char *path = g_build_filename("/dev/dri", *name, NULL);
		if (!g_str_has_prefix(*name, "renderD"))
			continue;
		nodes++;
		if (patient_access(patient, path, R_OK | W_OK) == 0) {
			finding_say(finding, VERDICT_OK, "%s is open to you", path);
			return;
		}
	}
	finding_say(finding, VERDICT_FAIL,
		    nodes ? "no node of /dev/dri/renderD* is open to %s"
			  : "there is no /dev/dri/renderD* for %s",
		    patient->answers.user);
	if (nodes)
		finding_advise(finding, "sudo usermod -aG render %s, and log in again",
			       patient->answers.user);
	else
		finding_advise(finding, "install the driver of this computer's GPU, or take "
					"gpus: none");
}

void check_access(const struct patient *patient, struct finding *finding)
{
	if (patient_has_mode(patient, VM_GPU_VIRGL) || patient_has_mode(patient, VM_GPU_VENUS))
		check_render_nodes(patient, finding);
	if (patient_shares(patient))
		for_each_gpu(patient, finding, check_group_node);
}
