/* Parts of a device: virtual functions, vGPUs, mediated devices. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/helper/deed.h"
#include "vm/helper/device.h"
#include "vm/helper/holders.h"
#include "vm/helper/place.h"
#include "vm/helper/steps.h"

#define MDEV "/sys/bus/mdev/devices/%s"

/* ---- virtual functions ---- */

static long long count_vfs(const char *address)
{
	return place_number(-1, DEVICE "/sriov_numvfs", address);
}

/* The kernel changes it from 0 and to 0 only. */
static int write_vfs(const char *address, const char *count, struct err *err)
{
	int result = count_vfs(address) > 0 ? place_set(err, "0", DEVICE "/sriov_numvfs", address)
					    : 0;

	if (result == 0 && strcmp(count, "0") != 0)
		result = place_set(err, count, DEVICE "/sriov_numvfs", address);
	if (result == 0 && count_vfs(address) != atoll(count))
		result = err_set(err, -EIO, "%s has %lld virtual functions, and not %s", address,
				 count_vfs(address), count);
	return result;
}

static int note_vfs(struct helper *self, const char *address, struct err *err)
{
	char count[PLACE_TEXT], probe[PLACE_TEXT];
	int result = place_read(count, DEVICE "/sriov_numvfs", address);

	if (result != 0)
		return err_set(err, -ENOENT, "%s cannot be divided into virtual functions",
			       address);
	place_read(probe, DEVICE "/sriov_drivers_autoprobe", address);
	result = journal_note(&self->journal, UNDO_PROBE,
			      (const char *[VERB_WORDS]){ address, *probe ? probe : "-" }, err);
	return result ? result
		      : journal_note(&self->journal, UNDO_VFS,
				     (const char *[VERB_WORDS]){ address, count }, err);
}

/* Otherwise the host's own driver grabs each as it appears. */
static int stop_probing(const char *address, struct err *err)
{
	return place_number(-1, DEVICE "/sriov_drivers_autoprobe", address) == 1
		       ? place_set(err, "0", DEVICE "/sriov_drivers_autoprobe", address)
		       : 0;
}

STEP(step_vfs)
{
	const char *address = words[0];
	long long wanted = atoll(words[1]);
	int result = device_check(address, err);

	(void)value;
	if (result == 0)
		result = note_vfs(self, address, err);
	if (result != 0)
		return result;
	/* Only now, since until here another machine may have been about to give them back. */
	long long now = count_vfs(address),
		  most = place_number(0, DEVICE "/sriov_totalvfs", address);
	if (now > 0 && now >= wanted)
		return 0;
	if (now > 0)
		return err_set(
			err, -EBUSY,
			"%s has %lld virtual functions already, and %lld only once these are "
			"gone",
			address, now, wanted);
	if (wanted > most)
		return err_set(err, -ERANGE, "%s can have %lld virtual functions, and not %lld",
			       address, most, wanted);
	result = stop_probing(address, err);
	return result ? result : write_vfs(address, words[1], err);
}

UNDO(undo_vfs)
{
	long long now = count_vfs(self->words[0]);

	return now < 0 || now == atoll(self->words[1])
		       ? 0
		       : write_vfs(self->words[0], self->words[1], err);
}

UNDO(undo_probe)
{
	char now[PLACE_TEXT];
	int result = place_read(now, DEVICE "/sriov_drivers_autoprobe", self->words[0]);

	if (result != 0 || strcmp(now, self->words[1]) == 0)
		return 0;
	return place_set(err, self->words[1], DEVICE "/sriov_drivers_autoprobe", self->words[0]);
}

/* ---- NVIDIA's vGPUs by way of VFIO ---- */

#define VGPU DEVICE "/nvidia/current_vgpu_type"

static int write_vgpu(const char *address, const char *type, struct err *err)
{
	int result = place_set(err, type, VGPU, address);

	if (result == 0 && place_number(-1, VGPU, address) != atoll(type))
		result = err_set(err, -EIO, "%s has the vGPU type %lld, and not %s", address,
				 place_number(-1, VGPU, address), type);
	return result;
}

STEP(step_vgpu)
{
	char type[PLACE_TEXT];
	int result = device_check(words[0], err);

	(void)value;
	if (result != 0)
		return result;
	if (place_read(type, VGPU, words[0]) != 0)
		return err_set(err, -ENOENT,
			       "%s has no vGPU types: NVIDIA's host driver does not "
			       "run it",
			       words[0]);
	result = journal_note(&self->journal, UNDO_VGPU,
			      (const char *[VERB_WORDS]){ words[0], type }, err);
	return result || strcmp(type, words[1]) == 0 ? result : write_vgpu(words[0], words[1], err);
}

UNDO(undo_vgpu)
{
	long long now = place_number(-1, VGPU, self->words[0]);

	return now < 0 || now == atoll(self->words[1])
		       ? 0
		       : write_vgpu(self->words[0], self->words[1], err);
}

/* ---- mediated devices ---- */

static int mdev_group(const char *uuid)
{
	char name[PLACE_TEXT];

	return place_link(name, MDEV "/iommu_group", uuid) == 0 ? atoi(name) : -1;
}

static int check_type(const char *parent, const char *type, struct err *err)
{
	char path[PLACE_LENGTH];

	place(path, "/sys/class/mdev_bus/%s/mdev_supported_types/%s", parent, type);
	long long left = place_number(-1,
				      "/sys/class/mdev_bus/%s/mdev_supported_types/%s/"
				      "available_instances",
				      parent, type);
	if (left < 0)
		return err_set(err, -ENOENT, "%s offers no type %s (no %s)", parent, type, path);
	if (left == 0)
		return err_set(err, -ENOSPC, "%s has no room for another %s", parent, type);
	return 0;
}

STEP(step_mdev)
{
	const char *parent = words[0], *type = words[1], *uuid = words[2];
	int result = device_check(parent, err);

	(void)value;
	if (result != 0 || (result = check_type(parent, type, err)) != 0)
		return result;
	if (place_is(MDEV, uuid))
		return err_set(err, -EEXIST, "there is a mediated device %s already", uuid);
	result = journal_note(&self->journal, UNDO_MDEV, (const char *[VERB_WORDS]){ uuid, parent },
			      err);
	if (result == 0)
		result = place_set(err, uuid,
				   "/sys/class/mdev_bus/%s/mdev_supported_types/%s/create", parent,
				   type);
	if (result == 0 && mdev_group(uuid) < 0)
		result = err_set(err, -EIO,
				 "%s: the mediated device has no group (is vfio_mdev "
				 "loaded?)",
				 uuid);
	return result ? result : step_give_group(self, mdev_group(uuid), err);
}

UNDO(undo_mdev)
{
	char node[64];

	if (!place_is(MDEV, self->words[0]))
		return 0;
	snprintf(node, sizeof(node), "/dev/vfio/%d", mdev_group(self->words[0]));
	int result = holders_wait((const char *const[]){ node, NULL }, self->until, err);
	if (result == 0)
		result = place_set(err, "1", MDEV "/remove", self->words[0]);
	return result;
}
