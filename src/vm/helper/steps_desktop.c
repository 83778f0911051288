/* The only GPU: what uses it on the host goes first and comes back last. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "vm/helper/deed.h"
#include "vm/helper/holders.h"
#include "vm/helper/place.h"
#include "vm/helper/steps.h"

#define KEEPER "oriel-stays-%s.service"

/* ---- units ---- */

static int systemctl(const char *verb, const char *unit)
{
	return deed_run((const char *const[]){ "/usr/bin/systemctl", verb, "--quiet", unit, NULL });
}

static bool is_running(const char *unit)
{
	return systemctl("is-active", unit) == 0;
}

static int stop_unit(struct helper *self, const char *unit, struct err *err)
{
	if (!is_running(unit))
		return 0;
	int result = journal_note(&self->journal, UNDO_UNIT, (const char *[VERB_WORDS]){ unit },
				  err);
	if (result == 0 && systemctl("stop", unit) != 0)
		result = err_set(err, -EBUSY, "%s does not stop (systemctl status %s)", unit, unit);
	return result;
}

/* Where the desktop was the user's only session, logind would end all that runs for the user, the
 * machine included: so there is another session as long as it is gone. */
static int keep_user(struct helper *self, struct err *err)
{
	char number[16], unit[48], user[32];

	snprintf(number, sizeof(number), "%u", self->caller.uid);
	snprintf(unit, sizeof(unit), "--unit=" KEEPER, number);
	snprintf(user, sizeof(user), "--property=User=%s", number);
	const char *const run[] = { "/usr/bin/systemd-run",     "--quiet",  "--collect",
				    "--property=PAMName=login", user,       unit,
				    "/usr/bin/sleep",           "infinity", NULL };
	int result = journal_note(&self->journal, UNDO_SESSION,
				  (const char *[VERB_WORDS]){ number }, err);
	if (result == 0 && deed_run(run) != 0)
		result = err_set(err, -EIO,
				 "user %s cannot be kept logged in without the desktop (journalctl "
				 "-u " KEEPER ")",
				 number, number);
	return result;
}

UNDO(undo_session)
{
	char unit[48];

	snprintf(unit, sizeof(unit), KEEPER, self->words[0]);
	if (!is_running(unit) || systemctl("stop", unit) == 0)
		return 0;
	return err_set(err, -EIO, "%s does not stop (systemctl status %s)", unit, unit);
}

STEP(step_desktop)
{
	(void)value;
	if (!place_is("/run/systemd/system"))
		return err_set(err, -ENOTSUP,
			       "systemd does not run here: stop the desktop by hand first");
	if (!is_running(words[0]))
		return 0;
	int result = keep_user(self, err);
	return result ? result : stop_unit(self, words[0], err);
}

UNDO(undo_unit)
{
	if (is_running(self->words[0]) || systemctl("start", self->words[0]) == 0)
		return 0;
	return err_set(err, -EIO, "%s does not start (systemctl status %s)", self->words[0],
		       self->words[0]);
}

/* ---- consoles ---- */

#define VTCONSOLES "/sys/class/vtconsole"
#define FIRMWARE   "/sys/bus/platform"

static const char *const firmware_drivers[] = { "efi-framebuffer", "simple-framebuffer",
						"vesa-framebuffer" };

/* They are told by their names: numbers change. */
static bool is_frame_buffer(const char *console)
{
	char name[PLACE_TEXT];

	return place_read(name, VTCONSOLES "/%.32s/name", console) == 0 &&
	       strstr(name, "frame buffer");
}

/* Those that are not already, whichever there are. */
static int bind_consoles(const char *bind, struct err *err)
{
	char path[PLACE_LENGTH], now[PLACE_TEXT];
	int result = 0;

	place(path, VTCONSOLES);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && result == 0 && (entry = readdir(folder));)
		if (entry->d_name[0] != '.' && is_frame_buffer(entry->d_name) &&
		    place_read(now, VTCONSOLES "/%.32s/bind", entry->d_name) == 0 &&
		    strcmp(now, bind) != 0)
			result = place_set(err, bind, VTCONSOLES "/%.32s/bind", entry->d_name);
	if (folder)
		closedir(folder);
	return result;
}

static bool is_bound_frame_buffer(const char *console)
{
	return is_frame_buffer(console) && place_number(0, VTCONSOLES "/%.32s/bind", console) == 1;
}

/* "(S)": the one that the kernel began with. */
static bool is_standing(const char *console)
{
	char name[PLACE_TEXT];

	return place_read(name, VTCONSOLES "/%.32s/name", console) == 0 &&
	       strncmp(name, "(S)", 3) == 0;
}

static bool have_console(bool (*is_meant)(const char *console))
{
	char path[PLACE_LENGTH];
	bool found = false;

	place(path, VTCONSOLES);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && !found && (entry = readdir(folder));)
		found = entry->d_name[0] != '.' && is_meant(entry->d_name);
	if (folder)
		closedir(folder);
	return found;
}

/* The firmware's own picture keeps a part of the card. */
static int release_firmware(struct helper *self, const char *driver, struct err *err)
{
	char device[64];

	snprintf(device, sizeof(device), "%s.0", driver);
	if (!place_is(FIRMWARE "/drivers/%s/%s", driver, device))
		return 0;
	int result = journal_note(&self->journal, UNDO_CONSOLES,
				  (const char *[VERB_WORDS]){ driver, "1" }, err);
	return result ? result : place_set(err, device, FIRMWARE "/drivers/%s/unbind", driver);
}

STEP(step_consoles)
{
	int result = 0;

	(void)words, (void)value;
	/* Without one to stand in the kernel would never bind it again; a card's own driver takes
	 * it along when it lets go of the card. */
	if (have_console(is_standing) && have_console(is_bound_frame_buffer)) {
		result = journal_note(&self->journal, UNDO_CONSOLES,
				      (const char *[VERB_WORDS]){ "-", "1" }, err);
		if (result == 0)
			result = bind_consoles("0", err);
	}
	for (size_t i = 0; result == 0 && i < ARRAY_LEN(firmware_drivers); i++)
		result = release_firmware(self, firmware_drivers[i], err);
	return result;
}

/* Once vfio-pci has had the card, the firmware's picture does not come back, and its device is gone
 * or refuses: the card's own driver has brought another by now, or will. */
UNDO(undo_consoles)
{
	char device[WORD_LENGTH + 4];

	if (strcmp(self->words[0], "-") == 0)
		return bind_consoles(self->words[1], err);
	snprintf(device, sizeof(device), "%s.0", self->words[0]);
	if (place_is(FIRMWARE "/devices/%s", device) &&
	    !place_is(FIRMWARE "/devices/%s/driver", device))
		place_set(NULL, device, FIRMWARE "/drivers/%s/bind", self->words[0]);
	return 0;
}

/* ---- NVIDIA's modules ---- */

/* Each uses those after it. */
static const char *const modules[] = { "nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia" };

static int unload(struct helper *self, const char *module, struct err *err)
{
	if (!place_is("/sys/module/%s", module))
		return 0;
	int result = journal_note(&self->journal, UNDO_MODULE, (const char *[VERB_WORDS]){ module },
				  err);
	if (result != 0)
		return result;
	deed_run((const char *const[]){ "/sbin/modprobe", "-r", module, NULL });
	return place_is("/sys/module/%s", module)
		       ? err_set(err, -EBUSY, "the module %s is still in use", module)
		       : 0;
}

STEP(step_unload)
{
	int result = 0;

	(void)words, (void)value;
	if (!place_is("/sys/module/nvidia"))
		return 0;
	if (place_is("/run/systemd/system")) {
		result = stop_unit(self, "nvidia-persistenced.service", err);
		if (result == 0)
			result = stop_unit(self, "nvidia-powerd.service", err);
	}
	if (result == 0)
		result = holders_wait_nvidia(err);
	for (size_t i = 0; result == 0 && i < ARRAY_LEN(modules); i++)
		result = unload(self, modules[i], err);
	return result;
}

UNDO(undo_module)
{
	if (place_is("/sys/module/%s", self->words[0]))
		return 0;
	deed_run((const char *const[]){ "/sbin/modprobe", self->words[0], NULL });
	return place_is("/sys/module/%s", self->words[0])
		       ? 0
		       : err_set(err, -EIO, "modprobe %s does not work", self->words[0]);
}
