#include "vm/plan/group.h"

#include "vm/plan/devices.h"

static bool same_slot(const struct pci_address *a, const struct pci_address *b)
{
	return pci_number(a) >> 3 == pci_number(b) >> 3;
}

/* A processor's own GPU shares its slot with USB and sound of the board, each in a group of its
 * own: of those, only the sound of the monitors is the GPU's. */
static bool goes_along(const struct facts_device *device, const struct facts_device *other)
{
	bool sound = other->address.function == 1 && other->class_code >> 8 == 0x0403;

	return other != device && !other->is_vf && !device_is_bridge(other) &&
	       same_slot(&device->address, &other->address) &&
	       (other->group == device->group || sound);
}

GPtrArray *group_functions(const struct facts *facts, const struct facts_device *device)
{
	GPtrArray *functions = g_ptr_array_new();

	g_ptr_array_add(functions, (gpointer)device);
	for (unsigned i = 0; i < facts->devices->len && !device->is_vf; i++) {
		struct facts_device *other = facts->devices->pdata[i];
		if (goes_along(device, other))
			g_ptr_array_add(functions, other);
	}
	return functions;
}

/* VFIO asks that no driver of this computer has any function of the group; who has no driver is in
 * nobody's way. */
static bool is_stranger(const struct facts_device *device, const struct facts_device *other)
{
	return other != device && other->group == device->group && other->driver &&
	       !device_is_kept(other) && !device_is_bridge(other);
}

GPtrArray *group_strangers(const struct facts *facts, const struct facts_device *device,
			   const GPtrArray *given)
{
	g_autoptr(GPtrArray) own = group_functions(facts, device);
	GPtrArray *strangers = g_ptr_array_new();

	for (unsigned i = 0; i < facts->devices->len; i++) {
		struct facts_device *other = facts->devices->pdata[i];
		if (is_stranger(device, other) && !g_ptr_array_find(own, other, NULL) &&
		    !(given && g_ptr_array_find((GPtrArray *)given, other, NULL)))
			g_ptr_array_add(strangers, other);
	}
	return strangers;
}

static void append_name(GString *out, const struct facts_device *device)
{
	char address[PCI_ADDRESS_LENGTH];
	const char *driver = device->driver ? device->driver : "no driver";

	pci_address_format(&device->address, address);
	if (device_is_gpu(device))
		g_string_append_printf(out, "%s (%04x:%04x, %s)", address, device->vendor,
				       device->product, driver);
	else
		g_string_append_printf(out, "%s (%s)", address, driver);
}

char *group_names(const GPtrArray *devices)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < devices->len; i++) {
		if (i)
			g_string_append(out, ", ");
		append_name(out, devices->pdata[i]);
	}
	return g_string_free(out, FALSE);
}
