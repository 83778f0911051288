/* A GPU in parts: virtual functions, mediated devices, NVIDIA's vGPUs. */
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/plan/devices.h"

enum { INTEL = 0x8086, NVIDIA = 0x10de };

static bool is_asked(const struct patient_gpu *gpu, enum vm_gpu_mode mode)
{
	return !gpu->asked || gpu->asked->mode == mode;
}

/* ---- SR-IOV ---- */

static void advise_driver(const struct patient *patient, const struct facts_device *device,
			  struct finding *finding)
{
	if (device->vendor == NVIDIA) {
		finding_advise(finding, "NVIDIA's vGPU driver makes them: sudo "
					"/usr/lib/nvidia/sriov-manage -e ADDRESS");
		return;
	}
	if (device->vendor != INTEL) {
		finding_advise(finding, "this card, or its driver, has none: take passthrough");
		return;
	}
	if (patient->kernel >= 0x611)
		finding_advise(finding, "Linux 6.17 and newer have it in xe, for Panther Lake and "
					"Battlemage");
	finding_advise(finding, "for other Intel GPUs from Tiger Lake on: the module "
				"i915-sriov-dkms, which names the kernels that it fits");
	advise_parameter(finding, patient,
			 "\"intel_iommu=on i915.enable_guc=3 i915.max_vfs=7 "
			 "module_blacklist=xe\"");
}

/* What Intel's drivers were told, where they are loaded. */
static void say_parameters(const struct patient *patient, const struct facts_device *device,
			   struct finding *finding)
{
	static const char *const names[] = { "i915/parameters/max_vfs",
					     "i915/parameters/enable_guc",
					     "xe/parameters/max_vfs" };

	for (size_t i = 0; device->vendor == INTEL && i < ARRAY_LEN(names); i++) {
		g_autofree char *value = patient_line(patient, "/sys/module/%s", names[i]);
		g_auto(GStrv) parts = g_strsplit(names[i], "/parameters/", 2);
		if (!value || !device->driver || strcmp(device->driver, parts[0]) != 0)
			continue;
		g_autofree char *shown = texts_fit(value);
		finding_say(finding, VERDICT_FAIL, "%s.%s is %s", parts[0], parts[1], shown);
	}
}

/* Nobody keeps this computer's drivers from those that will be made. */
static void check_autoprobe(const struct patient *patient, const struct patient_gpu *gpu,
			    struct finding *finding)
{
	char address[PCI_ADDRESS_LENGTH];

	pci_address_format(&gpu->device->address, address);
	g_autofree char *probe = patient_line(
		patient, "/sys/bus/pci/devices/%s/sriov_drivers_autoprobe", address);
	if (patient_has_helper(patient) || !probe || *probe != '1' || gpu->device->vfs)
		return;
	finding_say(finding, VERDICT_WARN, "%s's driver will take the virtual functions itself",
		    gpu->name);
	finding_advise(finding,
		       "before they are made: echo 0 | sudo tee "
		       "/sys/bus/pci/devices/%s/sriov_drivers_autoprobe",
		       address);
}

static void check_vf_drivers(const struct patient *patient, const struct facts_device *parent,
			     struct finding *finding)
{
	for (unsigned i = 0; i < patient->facts.devices->len; i++) {
		const struct facts_device *vf = patient->facts.devices->pdata[i];
		char name[SHORT_ADDRESS];
		if (!vf->is_vf || memcmp(&vf->parent, &parent->address, sizeof(vf->parent)) != 0 ||
		    !vf->driver || device_is_kept(vf))
			continue;
		g_autofree char *rule = g_strdup_printf(
			"ACTION==\"add\", SUBSYSTEM==\"pci\", ATTR{vendor}==\"0x%04x\", "
			"ATTR{device}==\"0x%04x\", TEST==\"physfn\", "
			"ATTR{driver_override}=\"vfio-pci\"",
			vf->vendor, vf->product);
		finding_say(finding, VERDICT_WARN,
			    "%s, a virtual function, is on %s: desktops crash "
			    "when it goes",
			    short_address(vf, name), vf->driver);
		advise_file(finding, "keep virtual functions from this computer's drivers",
			    "/etc/udev/rules.d/70-oriel-vf.rules", rule);
	}
}

static void check_vfs(const struct patient *patient, const struct patient_gpu *gpu,
		      struct finding *finding)
{
	const struct facts_device *device = gpu->device;
	unsigned wanted = gpu->asked && gpu->asked->vfs ? (unsigned)gpu->asked->vfs : 1;

	if (!is_asked(gpu, VM_GPU_SRIOV))
		return;
	if (!device->vfs_most) {
		finding_say(finding, gpu->asked ? VERDICT_FAIL : VERDICT_NOT_NEEDED,
			    "%s has no virtual functions", gpu->name);
		if (gpu->asked) {
			say_parameters(patient, device, finding);
			advise_driver(patient, device, finding);
		}
		return;
	}
	if (wanted > device->vfs_most) {
		finding_say(finding, VERDICT_FAIL,
			    "%s has at most %u virtual functions, the file "
			    "wants %u",
			    gpu->name, device->vfs_most, wanted);
		finding_advise(finding, "gpus: vfs: %u", device->vfs_most);
	} else if (device->vfs >= wanted || patient_has_helper(patient)) {
		finding_say(finding, VERDICT_OK, "%s has %u of %u virtual functions%s", gpu->name,
			    device->vfs, device->vfs_most,
			    device->vfs < wanted ? "; oriel up makes them" : "");
	} else {
		finding_say(finding, VERDICT_WARN, "%s has %u of %u virtual functions", gpu->name,
			    device->vfs, device->vfs_most);
		advise_helper(finding, patient);
	}
	check_autoprobe(patient, gpu, finding);
	check_vf_drivers(patient, device, finding);
}

void check_sriov(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_vfs);
}

/* ---- kinds ---- */

static bool is_type(const struct facts_type *type, const char *wanted)
{
	return strcmp(type->id, wanted) == 0 || g_strcmp0(type->name, wanted) == 0;
}

static char *type_names(const GPtrArray *types)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < types->len && i < 8; i++) {
		const struct facts_type *type = types->pdata[i];
		g_string_append_printf(text, "%s%s", text->len ? ", " : "", type->id);
	}
	return g_string_free(text, FALSE);
}

static void check_type(const struct patient_gpu *gpu, const GPtrArray *types,
		       struct finding *finding)
{
	const char *wanted = gpu->asked ? gpu->asked->type : NULL;
	const struct facts_type *found = NULL;
	g_autofree char *names = type_names(types);

	for (unsigned i = 0; wanted && i < types->len; i++)
		if (is_type(types->pdata[i], wanted))
			found = types->pdata[i];
	if (found && found->free) {
		finding_say(finding, VERDICT_OK, "%s: %u of %s are free", gpu->name, found->free,
			    found->id);
	} else if (found) {
		finding_say(finding, VERDICT_FAIL, "%s: no %s is free", gpu->name, found->id);
		finding_advise(finding,
			       "stop another machine of this GPU; many allow one kind at a "
			       "time only");
	} else if (wanted) {
		finding_say(finding, VERDICT_FAIL, "%s has no %s", gpu->name, wanted);
		finding_advise(finding, "gpus: type: one of %s", names);
	} else {
		finding_say(finding, VERDICT_OK, "%s: %s", gpu->name, names);
	}
}

/* ---- NVIDIA and others ---- */

static bool manager_runs(const struct patient *patient)
{
	return patient_has(patient, "/sys/fs/cgroup/system.slice/nvidia-vgpu-mgr.service");
}

static void check_manager(const struct patient *patient, const struct patient_gpu *gpu,
			  struct finding *finding)
{
	if (gpu->device->vendor != NVIDIA || manager_runs(patient))
		return;
	finding_say(finding, VERDICT_FAIL, "nvidia-vgpu-mgr does not run");
	finding_advise(finding, "install NVIDIA's vGPU driver for this computer (of its licensed "
				"portal), then: sudo systemctl enable --now nvidia-vgpu-mgr");
}

/* The first virtual function that says what it can be. */
static const GPtrArray *vgpu_types(const struct patient *patient, const struct facts_device *parent)
{
	for (unsigned i = 0; i < patient->facts.devices->len; i++) {
		const struct facts_device *vf = patient->facts.devices->pdata[i];
		if (vf->is_vf && vf->vgpus->len && !vf->vgpu &&
		    memcmp(&vf->parent, &parent->address, sizeof(vf->parent)) == 0)
			return vf->vgpus;
	}
	return parent->vgpus;
}

static void check_kinds(const struct patient *patient, const struct patient_gpu *gpu,
			struct finding *finding)
{
	const struct facts_device *device = gpu->device;
	bool vgpu = gpu->asked && gpu->asked->mode == VM_GPU_NVIDIA_VGPU;
	const GPtrArray *types = vgpu ? vgpu_types(patient, device) : device->types;

	if (gpu->asked && !vgpu && gpu->asked->mode != VM_GPU_MDEV)
		return;
	if (types->len) {
		check_type(gpu, types, finding);
		check_manager(patient, gpu, finding);
		return;
	}
	finding_say(finding, gpu->asked ? VERDICT_FAIL : VERDICT_NOT_NEEDED,
		    "%s offers no mediated devices and no vGPUs", gpu->name);
	if (!gpu->asked)
		return;
	check_manager(patient, gpu, finding);
	if (vgpu)
		finding_advise(finding,
			       "sudo /usr/lib/nvidia/sriov-manage -e %s makes the virtual "
			       "functions that vGPUs are made of",
			       gpu->name);
	else if (device->vendor == INTEL)
		finding_advise(finding, "see gvt");
	else
		finding_advise(finding, "take another mode: oriel gpu tells what this GPU can");
}

void check_vgpu(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_kinds);
}

/* ---- GVT-g ---- */

/* Intel's processors of family 6 with a GPU of generation 8 or 9: Broadwell to Comet Lake. Those
 * after them have SR-IOV, or nothing. */
static const uint8_t gvt_models[] = { 0x3d, 0x47, 0x4e, 0x5e, 0x8e, 0x9e, 0xa5, 0xa6 };

static uint64_t cpu_number(const struct patient *patient, const char *name)
{
	g_autofree char *text = texts_field(patient->cpuinfo, name);
	uint64_t number;

	return text && texts_number(text, &number) ? number : 0;
}

static bool can_gvt(const struct patient *patient)
{
	uint64_t model = cpu_number(patient, "model");

	return cpu_number(patient, "cpu family") == 6 && model < 256 &&
	       memchr(gvt_models, (int)model, sizeof(gvt_models));
}

static void advise_gvt(const struct patient *patient, struct finding *finding)
{
	advise_parameter(finding, patient, "\"i915.enable_gvt=1 i915.enable_guc=0\"");
	finding_advise(finding, "load kvmgt at boot: a line \"kvmgt\" in "
				"/etc/modules-load.d/kvmgt.conf");
	finding_offer(finding, FIX_ROOT, "load kvmgt", WORDS("modprobe", "kvmgt"));
}

static void check_intel(const struct patient *patient, const struct patient_gpu *gpu,
			struct finding *finding)
{
	g_autofree char *on = patient_line(patient, "/sys/module/i915/parameters/enable_gvt");

	if (!is_asked(gpu, VM_GPU_MDEV) || gpu->device->vendor != INTEL)
		return;
	if (gpu->device->types->len) {
		finding_say(finding, VERDICT_OK, "%s offers %u kinds", gpu->name,
			    gpu->device->types->len);
	} else if (!can_gvt(patient)) {
		finding_say(finding, gpu->asked ? VERDICT_FAIL : VERDICT_NOT_NEEDED,
			    "%s is too new for GVT-g, which ends with Intel's 10th generation",
			    gpu->name);
		if (gpu->asked)
			finding_advise(finding, "gpus: mode: sriov");
	} else if (!gpu->asked) {
		finding_say(finding, VERDICT_NOT_NEEDED, "%s could; it is switched off", gpu->name);
	} else if (!on || (*on != 'Y' && *on != '1')) {
		finding_say(finding, VERDICT_FAIL, "%s can, but i915.enable_gvt is %s", gpu->name,
			    on ? "off" : "unknown to its driver");
		advise_gvt(patient, finding);
	} else {
		finding_say(finding, VERDICT_FAIL,
			    "i915.enable_gvt is on, but %s offers nothing: "
			    "kvmgt is %s",
			    gpu->name,
			    patient_has(patient, "/sys/module/kvmgt") ? "loaded, and refused it"
								      : "not loaded");
		advise_gvt(patient, finding);
	}
}

void check_gvt(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_intel);
}
