#include "vm/plan/fit.h"

#include "vm/plan/devices.h"
#include "vm/plan/group.h"

#define INTEL  0x8086
#define NVIDIA 0x10de

GPtrArray *fit_vfs(const struct facts *facts, const struct facts_device *device)
{
	GPtrArray *vfs = g_ptr_array_new();

	for (unsigned i = 0; i < facts->devices->len; i++) {
		struct facts_device *vf = facts->devices->pdata[i];
		if (vf->is_vf && pci_number(&vf->parent) == pci_number(&device->address))
			g_ptr_array_add(vfs, vf);
	}
	return vfs;
}

static unsigned count_desktops(const struct facts *facts)
{
	unsigned count = 0;

	for (unsigned i = 0; i < facts->devices->len; i++)
		count += ((const struct facts_device *)facts->devices->pdata[i])->desktop;
	return count;
}

/* ---- a whole device ---- */

static char *why_not_apart(const struct facts *facts, const struct facts_device *device,
			   const GPtrArray *given)
{
	g_autoptr(GPtrArray) strangers = group_strangers(facts, device, given);
	g_autofree char *names = group_names(strangers);

	if (device->group < 0)
		return g_strdup("has no IOMMU group: switch VT-d or AMD-Vi on in the firmware, "
				"intel_iommu=on for Intel's; oriel doctor says more");
	if (strangers->len)
		return g_strdup_printf("shares IOMMU group %d with %s: another slot may have a "
				       "group of its own, so may the firmware's ACS option; or "
				       "list them under gpus as well",
				       device->group, names);
	return NULL;
}

static char *why_not_whole(const struct facts *facts, const struct facts_device *device,
			   const GPtrArray *given)
{
	if (device_is_bridge(device))
		return g_strdup("is a bridge, which no guest can have");
	if (device->vfs)
		return g_strdup("has virtual functions, which guests may be using: take one of "
				"them (sriov), or remove them");
	return why_not_apart(facts, device, given);
}

static char *why_not_passed(const struct facts *facts, const struct facts_device *device,
			    const GPtrArray *given)
{
	if (device->desktop && count_desktops(facts) == 1)
		return g_strdup("shows your desktop: mode single takes it from there and gives it "
				"back");
	return why_not_whole(facts, device, given);
}

static char *why_not_single(const struct facts *facts, const struct facts_device *device,
			    const GPtrArray *given)
{
	if (!device->desktop && count_desktops(facts))
		return g_strdup("does not show your desktop: mode passthrough leaves that alone");
	return why_not_whole(facts, device, given);
}

/* ---- a part of it ---- */

static char *why_not_sriov(const struct facts *facts, const struct facts_device *device,
			   const GPtrArray *given)
{
	(void)facts, (void)given;
	if (device->vfs_most == 0)
		return g_strdup(device->vendor == INTEL && device_is_gpu(device)
					? "offers no virtual functions: Intel's need a driver that "
					  "makes them (xe of Linux 6.17, or i915-sriov)"
					: "offers no virtual functions (SR-IOV)");
	if (device->vendor == NVIDIA)
		return g_strdup("NVIDIA's virtual functions need a vGPU type: take mode "
				"nvidia-vgpu");
	if (device->vf_stride == 0 && device->vfs_most > 1)
		return g_strdup("does not say where its virtual functions will be");
	return device->group < 0 ? why_not_apart(facts, device, given) : NULL;
}

static char *why_not_mediated(const struct facts *facts, const struct facts_device *device,
			      const GPtrArray *given)
{
	(void)facts, (void)given;
	if (device->types->len)
		return NULL;
	return g_strdup(device->vendor == INTEL
				? "offers no mediated devices: GVT-g is of Intel's 5th to 10th "
				  "generation, with i915.enable_gvt=1 and kvmgt"
				: "offers no mediated devices: its driver has none");
}

static char *why_not_vgpu(const struct facts *facts, const struct facts_device *device,
			  const GPtrArray *given)
{
	g_autoptr(GPtrArray) vfs = fit_vfs(facts, device);

	(void)given;
	if (device->vendor != NVIDIA)
		return g_strdup("is not NVIDIA's");
	for (unsigned i = 0; i < vfs->len; i++) {
		const struct facts_device *vf = vfs->pdata[i];
		if (vf->vgpus->len || vf->vgpu)
			return NULL;
	}
	if (device->types->len)
		return g_strdup("its driver has mediated devices: take mode mdev");
	if (device->vfs_most == 0)
		return g_strdup("offers no vGPUs: its driver is not NVIDIA's for vGPUs, or the "
				"board has none");
	return g_strdup("has no virtual functions with vGPU types yet: NVIDIA's sriov-manage -e "
			"makes them");
}

char *fit_why_not(const struct facts *facts, const struct facts_device *device,
		  enum vm_gpu_mode mode, const GPtrArray *given)
{
	static char *(*const modes[])(const struct facts *, const struct facts_device *,
				      const GPtrArray *) = {
		[VM_GPU_PASSTHROUGH] = why_not_passed, [VM_GPU_SINGLE] = why_not_single,
		[VM_GPU_SRIOV] = why_not_sriov,        [VM_GPU_MDEV] = why_not_mediated,
		[VM_GPU_NVIDIA_VGPU] = why_not_vgpu,
	};

	return modes[mode](facts, device, given);
}
