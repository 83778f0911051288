#include "vm/helper/device.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "vm/helper/place.h"
#include "vm/helper/verbs.h"

enum rule { RULE_YES, RULE_BESIDE_DISPLAY };

/* Whatever is not here is never handed out: bridges, SATA controllers, memory, ... */
static const struct class_rule {
	uint32_t class_code, mask;
	enum rule rule;
} class_rules[] = {
	{ 0x010800, 0xffff00, RULE_YES },            /* NVMe */
	{ 0x020000, 0xff0000, RULE_YES },            /* network */
	{ 0x030000, 0xff0000, RULE_YES },            /* displays: GPUs */
	{ 0x040300, 0xffff00, RULE_BESIDE_DISPLAY }, /* a GPU's sound */
	{ 0x0c0300, 0xffff00, RULE_YES },            /* USB */
	{ 0x0c8000, 0xffff00, RULE_BESIDE_DISPLAY }, /* a GPU's USB-C */
	{ 0x120000, 0xff0000, RULE_YES },            /* accelerators */
};

static long long class_of(const char *address)
{
	return place_number(-1, DEVICE "/class", address);
}

/* A GPU's sound, say, is in the GPU's slot. */
static bool is_beside_display(const char *address)
{
	char other[PCI_ADDRESS_LENGTH];

	snprintf(other, sizeof(other), "%s", address);
	for (char function = '0'; function < '8'; function++) {
		other[strlen(other) - 1] = function;
		if (class_of(other) >> 16 == 0x03)
			return true;
	}
	return false;
}

static bool is_class_allowed(const char *address, long long class_code)
{
	for (size_t i = 0; i < ARRAY_LEN(class_rules); i++)
		if ((class_code & class_rules[i].mask) == class_rules[i].class_code)
			return class_rules[i].rule == RULE_YES || is_beside_display(address);
	return false;
}

int device_look(const char *address, struct allowed *out, struct err *err)
{
	struct allowed found = { 0 };
	long long class_code = class_of(address);

	if (!verb_word_fits(WORD_ADDRESS, address))
		return err_set(err, -EINVAL, "%.32s: not an address of PCI, such as 0000:01:00.0",
			       address);
	if (class_code < 0)
		return err_set(err, -ENODEV, "%s: this computer has no such device", address);
	if (!is_class_allowed(address, class_code))
		return err_set(err, -EPERM,
			       "%s has class %06llx, which is never handed to a machine: only GPUs "
			       "with their sound, USB, NVMe, network cards and accelerators are",
			       address, class_code);
	pci_address_parse(address, &found.address);
	found.vendor = (uint16_t)place_number(0xffff, DEVICE "/vendor", address);
	found.product = (uint16_t)place_number(0xffff, DEVICE "/device", address);
	*out = found;
	return 0;
}

static int check_listed(const char *address, const struct allowed *now, struct err *err)
{
	struct allow allow;
	int result = allow_load(&allow, err);
	const struct allowed *entry = result == 0 ? allow_device(&allow, address) : NULL;

	if (result != 0)
		return result;
	if (!entry)
		return err_set(err, -EPERM,
			       "%s may not be handed out: allow it with `oriel gpu allow %s`",
			       address, address);
	if (entry->vendor != now->vendor || entry->product != now->product)
		return err_set(
			err, -EPERM,
			"%s is a %04x:%04x now and was a %04x:%04x when it was allowed; if that "
			"is meant, `oriel gpu allow %s` again",
			address, now->vendor, now->product, entry->vendor, entry->product, address);
	return 0;
}

int device_check(const char *address, struct err *err)
{
	struct allowed now;
	char parent[PLACE_TEXT];
	int result = device_look(address, &now, err);

	if (result == 0 && place_link(parent, DEVICE "/physfn", address) == 0) {
		address = parent;
		result = device_look(address, &now, err);
	}
	return result ? result : check_listed(address, &now, err);
}

int device_group(const char *address, struct err *err)
{
	char name[PLACE_TEXT];

	if (place_link(name, DEVICE "/iommu_group", address) != 0)
		return err_set(
			err, -ENODEV,
			"%s has no IOMMU group: the IOMMU is off, in the firmware or for the "
			"kernel (oriel doctor)",
			address);
	return atoi(name);
}

static int check_member(const char *address, struct err *err)
{
	static const char *const harmless[] = { "", "vfio-pci", "pci-stub" };
	char driver[PLACE_TEXT];

	if (class_of(address) >> 16 == 0x06)
		return 0;
	int result = device_check(address, err);
	if (result != 0)
		return result;
	place_link(driver, DEVICE "/driver", address);
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (strcmp(driver, harmless[i]) == 0)
			return 0;
	return err_set(err, -EBUSY, "%s still has the driver %.64s; hand it over as well", address,
		       driver);
}

int device_group_check(int group, struct err *err)
{
	char path[PLACE_LENGTH];
	struct err why = { 0 };
	int result = 0;

	place(path, "/sys/kernel/iommu_groups/%d/devices", group);
	DIR *folder = opendir(path);
	if (!folder)
		return err_set_errno(err, -errno, "%s", path);
	for (struct dirent *entry; result == 0 && (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			result = check_member(entry->d_name, &why);
	closedir(folder);
	return result ? err_set(err, result, "IOMMU group %d goes as a whole: %.400s", group,
				why.text)
		      : 0;
}
