/* A function of PCI: its driver, its resets, its sleep. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "vm/helper/deed.h"
#include "vm/helper/device.h"
#include "vm/helper/holders.h"
#include "vm/helper/place.h"
#include "vm/helper/steps.h"

#define VFIO    "vfio-pci"
#define DRIVERS "/sys/bus/pci/drivers"

/* ---- what is there ---- */

static bool is_there(const char *address)
{
	return place_is(DEVICE, address);
}

static void read_driver(const char *address, char out[PLACE_TEXT])
{
	if (place_link(out, DEVICE "/driver", address) != 0)
		strcpy(out, "-");
}

/* The kernel writes (null) where nothing is. */
static void read_override(const char *address, char out[PLACE_TEXT])
{
	if (place_read(out, DEVICE "/driver_override", address) != 0 || !*out ||
	    strcmp(out, "(null)") == 0)
		strcpy(out, "-");
}

static void swap(char *text, char from, char to)
{
	for (; *text; text++)
		if (*text == from)
			*text = to;
}

static int read_methods(const char *address, char out[PLACE_TEXT])
{
	int result = place_read(out, DEVICE "/reset_method", address);

	swap(out, ' ', ',');
	if (!*out)
		strcpy(out, "-");
	return result;
}

static int note_power(struct helper *self, const char *address, struct err *err)
{
	char cold[PLACE_TEXT], control[PLACE_TEXT];

	place_read(cold, DEVICE "/d3cold_allowed", address);
	place_read(control, DEVICE "/power/control", address);
	return journal_note(
		&self->journal, UNDO_POWER,
		(const char *[VERB_WORDS]){ address, *cold ? cold : "-", *control ? control : "-" },
		err);
}

/* In this order, since the undoing goes the other way round: the driver must find its override
 * gone, and drivers change how a device sleeps. */
static int note_all(struct helper *self, const char *address, const char *driver, struct err *err)
{
	char override[PLACE_TEXT];

	read_override(address, override);
	int result = note_power(self, address, err);
	if (result == 0)
		result = journal_note(&self->journal, UNDO_DRIVER,
				      (const char *[VERB_WORDS]){ address, driver }, err);
	if (result == 0)
		result = journal_note(&self->journal, UNDO_OVERRIDE,
				      (const char *[VERB_WORDS]){ address, override }, err);
	return result;
}

/* ---- binding ---- */

static int load_vfio(struct err *err)
{
	if (place_is(DRIVERS "/" VFIO))
		return 0;
	deed_run((const char *const[]){ "/sbin/modprobe", VFIO, NULL });
	return place_is(DRIVERS "/" VFIO)
		       ? 0
		       : err_set(err, -ENOENT,
				 "the kernel has no vfio-pci, and modprobe does not find it");
}

/* Only one may have a group open. */
static bool is_group_open(int group)
{
	char path[PLACE_LENGTH];

	place(path, "/dev/vfio/%d", group);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool busy = fd < 0 && errno == EBUSY;
	if (fd >= 0)
		close(fd);
	return busy;
}

/* A process that is killed shows its files no more, long before the last of them is closed; until
 * then no driver gets a device of the group. */
static int wait_for_last(int group, uint64_t until, struct err *err)
{
	bool busy;

	while ((busy = is_group_open(group)) && clock_ns() < until)
		usleep(20000);
	return busy ? err_set(err, -EBUSY, "IOMMU group %d is in use by a program that ends", group)
		    : 0;
}

static int wait_for_machine(const char *address, uint64_t until, struct err *err)
{
	char node[64];
	int group = device_group(address, NULL);

	if (group < 0)
		return 0;
	snprintf(node, sizeof(node), "/dev/vfio/%d", group);
	int result = holders_wait((const char *const[]){ node, NULL }, until, err);
	return result ? result : wait_for_last(group, until, err);
}

static int check_unused(const char *address, struct err *err)
{
	if (place_number(0, DEVICE "/sriov_numvfs", address) > 0)
		return err_set(err, -EBUSY,
			       "%s has virtual functions: hand out those, or remove them first",
			       address);
	/* While a driver waits for whoever uses the device, none is shown. */
	int result = wait_for_machine(address, 0, err);
	if (result == 0)
		result = holders_check_disks(address, err);
	return result ? result : holders_wait_display(address, err);
}

/* A driver may wait for ever for whoever uses the device; who that is can be seen here. */
static int unbind(const char *address, struct err *err)
{
	char driver[PLACE_TEXT];
	int result = place_set(err, address, DEVICE "/driver/unbind", address);

	read_driver(address, driver);
	if (result == -ETIMEDOUT)
		return err_set(err, result,
			       "%s: the driver %.64s does not let go; something still uses it",
			       address, driver);
	if (strcmp(driver, "-") != 0)
		return result ? result
			      : err_set(err, -EBUSY, "%s still has the driver %.64s", address,
					driver);
	return 0;
}

static int take(const char *address, const char *driver, struct err *err)
{
	char now[PLACE_TEXT];
	int result = place_set(err, VFIO, DEVICE "/driver_override", address);

	if (result == 0 && strcmp(driver, "-") != 0)
		result = unbind(address, err);
	if (result == 0)
		result = place_set(err, address, "/sys/bus/pci/drivers_probe");
	if (result != 0)
		return result;
	read_driver(address, now);
	if (strcmp(now, VFIO) != 0)
		return err_set(
			err, -EINVAL,
			"vfio-pci does not take %s (driver now: %.64s); the kernel's log says "
			"why",
			address, now);
	return 0;
}

STEP(step_bind)
{
	const char *address = words[0];
	char driver[PLACE_TEXT];
	int result = device_check(address, err);

	(void)value;
	if (result != 0 || (result = device_group(address, err)) < 0)
		return result;
	read_driver(address, driver);
	if ((result = check_unused(address, err)) != 0 || (result = load_vfio(err)) != 0 ||
	    (result = note_all(self, address, driver, err)) != 0)
		return result;
	return strcmp(driver, VFIO) == 0 ? 0 : take(address, driver, err);
}

UNDO(undo_override)
{
	char now[PLACE_TEXT];

	read_override(self->words[0], now);
	if (!is_there(self->words[0]) || strcmp(now, self->words[1]) == 0)
		return 0;
	/* An empty line, and nothing else, means none. */
	return place_set(err, strcmp(self->words[1], "-") == 0 ? "" : self->words[1],
			 DEVICE "/driver_override", self->words[0]);
}

/* Its own driver may not be loaded any more; then whatever else wants the device may have it. */
static int give(const char *address, const char *driver, struct err *err)
{
	char now[PLACE_TEXT];
	bool loaded = place_is(DRIVERS "/%s", driver);
	int result = loaded ? place_set(err, address, DRIVERS "/%s/bind", driver)
			    : place_set(err, address, "/sys/bus/pci/drivers_probe");

	read_driver(address, now);
	if (strcmp(now, driver) == 0 || !loaded)
		return 0;
	return result ? result
		      : err_set(err, -EIO, "%s has the driver %.64s, and not %s as before", address,
				now, driver);
}

UNDO(undo_driver)
{
	const char *address = self->words[0], *driver = self->words[1];
	char now[PLACE_TEXT];
	int result = 0;

	read_driver(address, now);
	if (!is_there(address) || strcmp(now, driver) == 0)
		return 0;
	if (strcmp(now, VFIO) == 0 || strcmp(now, "-") == 0)
		result = wait_for_machine(address, self->until, err);
	if (result == 0 && strcmp(now, "-") != 0)
		result = unbind(address, err);
	if (result == 0 && strcmp(driver, "-") != 0)
		result = give(address, driver, err);
	return result;
}

/* ---- resets ---- */

static int write_methods(const char *address, const char *methods, struct err *err)
{
	char text[WORD_LENGTH], now[PLACE_TEXT];

	snprintf(text, sizeof(text), "%s", strcmp(methods, "-") == 0 ? "" : methods);
	swap(text, ',', ' ');
	int result = place_set(err, text, DEVICE "/reset_method", address);
	if (result != 0)
		return result;
	read_methods(address, now);
	return strcmp(now, methods) == 0
		       ? 0
		       : err_set(err, -EINVAL, "%s: its resets are %.64s now, and not %s", address,
				 now, methods);
}

STEP(step_reset)
{
	char methods[PLACE_TEXT];
	int result = device_check(words[0], err);

	(void)value;
	if (result != 0)
		return result;
	if (read_methods(words[0], methods) != 0)
		return err_set(err, -ENOENT, "%s: this kernel cannot choose how it is reset",
			       words[0]);
	result = journal_note(&self->journal, UNDO_RESET,
			      (const char *[VERB_WORDS]){ words[0], methods }, err);
	return result ? result : write_methods(words[0], words[1], err);
}

UNDO(undo_reset)
{
	char now[PLACE_TEXT];

	if (read_methods(self->words[0], now) != 0 || strcmp(now, self->words[1]) == 0)
		return 0;
	return write_methods(self->words[0], self->words[1], err);
}

/* ---- sleep ---- */

static int write_power(const char *address, const char *cold, const char *control, struct err *err)
{
	char now[PLACE_TEXT];
	int result = 0;

	if (place_read(now, DEVICE "/d3cold_allowed", address) == 0 && strcmp(cold, "-") != 0 &&
	    strcmp(cold, now) != 0)
		result = place_set(err, cold, DEVICE "/d3cold_allowed", address);
	if (result == 0 && place_read(now, DEVICE "/power/control", address) == 0 &&
	    strcmp(control, "-") != 0 && strcmp(control, now) != 0)
		result = place_set(err, control, DEVICE "/power/control", address);
	return result;
}

STEP(step_sleep)
{
	bool may = strcmp(words[1], "yes") == 0;
	int result = device_check(words[0], err);

	(void)value;
	if (result == 0)
		result = note_power(self, words[0], err);
	return result ? result : write_power(words[0], may ? "1" : "0", may ? "auto" : "on", err);
}

UNDO(undo_power)
{
	return write_power(self->words[0], self->words[1], self->words[2], err);
}
