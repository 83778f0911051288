#include "vm/gpu/gpu.h"

#include "vm/plan/devices.h"
#include "vm/plan/group.h"

GPtrArray *gpu_all(const struct facts *facts)
{
	GPtrArray *all = g_ptr_array_new();

	for (unsigned i = 0; i < facts->devices->len; i++) {
		struct facts_device *device = facts->devices->pdata[i];
		if (device_is_gpu(device) && !device->is_vf)
			g_ptr_array_add(all, device);
	}
	return all;
}

GPtrArray *gpu_mates(const struct facts *facts, const struct facts_device *device)
{
	GPtrArray *mates = g_ptr_array_new();

	for (unsigned i = 0; i < facts->devices->len && device->group >= 0; i++) {
		struct facts_device *other = facts->devices->pdata[i];
		if (other != device && other->group == device->group && !device_is_bridge(other))
			g_ptr_array_add(mates, other);
	}
	return mates;
}

GPtrArray *gpu_whole(const struct facts *facts, const struct facts_device *device)
{
	GPtrArray *whole = group_functions(facts, device);
	g_autoptr(GPtrArray) mates = gpu_mates(facts, device);

	for (unsigned i = 0; i < mates->len; i++) {
		struct facts_device *mate = mates->pdata[i];
		if ((!mate->driver || device_is_kept(mate)) && !g_ptr_array_find(whole, mate, NULL))
			g_ptr_array_add(whole, mate);
	}
	return whole;
}
