/* Devices that the guest gets to itself: what QEMU opens as you. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vm/doctor/checks.h"
#include "vm/doctor/holders.h"

/* ---- evdev ---- */

/* "event3", be that a name or what a link leads to. */
static char *node_of(const struct patient *patient, const char *path)
{
	char *node = patient_link(patient, path);

	return node ? node : g_path_get_basename(path);
}

static bool read_id(const struct patient *patient, const char *node, const char *name,
		    uint32_t *out)
{
	g_autofree char *text = patient_line(patient, "/sys/class/input/%s/device/id/%s", node,
					     name);

	return text && sysfs_parse_hex(text, out);
}

static void is_closed(const struct patient *patient, const char *path, struct finding *finding)
{
	g_autofree char *node = node_of(patient, path);
	uint32_t vendor, product;

	finding_say(finding, VERDICT_FAIL, "%s is not open to %s", path, patient->answers.user);
	if (read_id(patient, node, "vendor", &vendor) &&
	    read_id(patient, node, "product", &product)) {
		g_autofree char *rule = g_strdup_printf(
			"SUBSYSTEM==\"input\", KERNEL==\"event*\", ATTRS{id/vendor}==\"%04x\", "
			"ATTRS{id/product}==\"%04x\", TAG+=\"uaccess\"",
			vendor, product);
		advise_file(finding, "let the user at the seat open this input device",
			    "/etc/udev/rules.d/70-oriel-input.rules", rule);
		finding_advise(finding, "sudo udevadm control --reload; sudo udevadm trigger");
		finding_advise(finding, "or, for all devices:");
	}
	finding_advise(finding,
		       "sudo usermod -aG input %s (every program of yours can then read all that "
		       "is typed), and log in again",
		       patient->answers.user);
}

static bool is_node(const char *target, const void *node)
{
	return g_str_has_prefix(target, "/dev/input/") &&
	       strcmp(target + strlen("/dev/input/"), node) == 0;
}

/* Who has it open is not always who has it alone, but one of them. */
static void is_grabbed(const struct patient *patient, const char *path, struct finding *finding)
{
	g_autofree char *node = node_of(patient, path);
	struct holders holders;

	holders_find(&holders, patient, is_node, node);
	finding_say(finding, VERDICT_FAIL, "somebody has %s to himself already%s%s", path,
		    holders.count ? "; it is open in: " : "", holders.names);
	finding_advise(finding,
		       "end that program, or take the device from it: another machine, "
		       "oriel-view --evdev, a program that remaps keys%s",
		       holders.count ? "" : " (sudo fuser -v /dev/input/event* shows all)");
	holders_finish(&holders);
}

static void may_not_be_tried(const char *path, int error, struct finding *finding)
{
	finding_say(finding, VERDICT_FAIL, "%s %s%s", path,
		    error == ENOTTY ? "is no input device" : "cannot be taken: ",
		    error == ENOTTY ? "" : g_strerror(error));
	finding_advise(finding, "ls /dev/input/by-id shows what there is; keyboards end in "
				"-event-kbd, mice in -event-mouse");
}

static void check_evdev(const struct patient *patient, unsigned number, struct finding *finding)
{
	const char *path = patient->vm->input.evdev[number];
	int denied = patient_access(patient, path, R_OK | W_OK);
	int grab = patient->answers.grabs ? patient->answers.grabs[number] : 0;

	if (denied == EACCES) {
		is_closed(patient, path, finding);
	} else if (denied) {
		finding_say(finding, VERDICT_FAIL, "%s: %s", path, g_strerror(denied));
		finding_advise(finding, "ls /dev/input/by-id shows what there is; plug it in");
	} else if (grab == EBUSY) {
		is_grabbed(patient, path, finding);
	} else if (grab) {
		may_not_be_tried(path, grab, finding);
	} else if (!strstr(path, "/by-id/") && !strstr(path, "/by-path/")) {
		finding_say(finding, VERDICT_WARN, "%s may be another device after the next start",
			    path);
		finding_advise(finding, "take its name in /dev/input/by-id");
	} else {
		finding_say(finding, VERDICT_OK, "%s%s", path,
			    patient->answers.grabs ? " is there and free" : "");
	}
}

/* ---- USB ---- */

static bool reads(const struct patient *patient, const char *device, const char *name,
		  unsigned wanted)
{
	g_autofree char *text = patient_line(patient, "/sys/bus/usb/devices/%s/%s", device, name);
	uint32_t value;

	return text && sysfs_parse_hex(text, &value) && value == wanted;
}

/* Its folder in sysfs; NULL: it is not plugged in. */
static char *find_usb(const struct patient *patient, const struct vm_usb *usb)
{
	g_auto(GStrv) names = patient_list(patient, NULL, "/sys/bus/usb/devices");

	for (char **name = names; *name; name++)
		if (usb->port ? strcmp(*name, usb->port) == 0
			      : reads(patient, *name, "idVendor", usb->vendor) &&
					reads(patient, *name, "idProduct", usb->product))
			return g_strdup(*name);
	return NULL;
}

static char *usb_node(const struct patient *patient, const char *name)
{
	g_autofree char *bus = patient_line(patient, "/sys/bus/usb/devices/%s/busnum", name);
	g_autofree char *number = patient_line(patient, "/sys/bus/usb/devices/%s/devnum", name);
	uint64_t b, n;

	if (!bus || !number || !texts_number(bus, &b) || !texts_number(number, &n))
		return NULL;
	return g_strdup_printf("/dev/bus/usb/%03u/%03u", (unsigned)b % 1000, (unsigned)n % 1000);
}

static void check_usb(const struct patient *patient, const struct vm_usb *usb,
		      struct finding *finding)
{
	g_autofree char *id = g_strdup_printf("%04x:%04x", usb->vendor, usb->product);
	const char *shown = usb->port ? usb->port : id;
	g_autofree char *name = find_usb(patient, usb);
	g_autofree char *node = name ? usb_node(patient, name) : NULL;
	g_autofree char *rule = g_strdup_printf(
		"SUBSYSTEM==\"usb\", ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", "
		"TAG+=\"uaccess\"",
		usb->vendor, usb->product);

	if (!name) {
		finding_say(finding, VERDICT_WARN, "USB %s is not plugged in", shown);
		finding_advise(finding, "plug it in; lsusb shows what there is");
	} else if (!node || patient_access(patient, node, R_OK | W_OK) == 0) {
		finding_say(finding, VERDICT_OK, "USB %s", shown);
	} else {
		finding_say(finding, VERDICT_FAIL, "%s (USB %s) is not open to %s", node, shown,
			    patient->answers.user);
		if (!usb->port)
			advise_file(finding, "let the user at the seat open this USB device",
				    "/etc/udev/rules.d/70-oriel-usb.rules", rule);
		finding_advise(finding, "sudo udevadm control --reload, and plug it in anew");
	}
}

void check_input(const struct patient *patient, struct finding *finding)
{
	const struct vm *vm = patient->vm;

	if (!vm || (!*vm->input.evdev && !vm->usb->len)) {
		finding_say(finding, VERDICT_NOT_NEEDED,
			    vm ? "keyboard and pointer come through the window"
			       : "no machine was given");
		return;
	}
	for (unsigned i = 0; vm->input.evdev[i]; i++)
		check_evdev(patient, i, finding);
	for (unsigned i = 0; i < vm->usb->len; i++)
		check_usb(patient, vm->usb->pdata[i], finding);
}
