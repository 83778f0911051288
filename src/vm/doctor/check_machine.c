/* What stands in the machine's file and, by experience, should not; and what it is touched with. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"

/* ---- experience ---- */

static bool has_gpu(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++)
		if (((const struct vm_gpu *)vm->gpus->pdata[i])->mode < VM_GPU_VIRGL)
			return true;
	return false;
}

static bool has_second_card(const struct vm *vm)
{
	return has_gpu(vm) &&
	       (vm->display.video == VM_VIDEO_QXL || vm->display.video == VM_VIDEO_VIRTIO);
}

static bool has_tablet(const struct vm *vm)
{
	return vm->input.tablet && vm->display.kind == VM_DISPLAY_ORIEL;
}

static bool is_windows(const struct vm *vm)
{
	return vm->os == VM_WINDOWS10 || vm->os == VM_WINDOWS11;
}

static bool has_many_sockets(const struct vm *vm)
{
	return is_windows(vm) && vm->cpu.sockets > 2;
}

static bool has_old_board(const struct vm *vm)
{
	return vm->os == VM_WINDOWS11 &&
	       (vm->machine.chipset == VM_I440FX || vm->machine.firmware == VM_BIOS);
}

static bool hides_hypervisor(const struct vm *vm)
{
	return is_windows(vm) && g_strv_contains((const char *const *)vm->cpu.flags, "-hypervisor");
}

static const struct {
	bool (*is)(const struct vm *vm);
	enum verdict verdict;
	const char *says, *advice;
} habits[] = {
	{ has_second_card, VERDICT_WARN,
	  "an emulated card beside the GPU: the guest may show itself there",
	  "display.video: none, once the GPU's driver is installed" },
	{ has_tablet, VERDICT_OK, "games want input.tablet: no", NULL },
	{ has_many_sockets, VERDICT_WARN,
	  "more than two sockets: Windows uses two at most, of Home one",
	  "cpu.sockets: 1, and more cores" },
	{ has_old_board, VERDICT_FAIL, "Windows 11 does not start on i440fx, nor by a BIOS",
	  "machine.chipset: q35 and machine.firmware: uefi-secure" },
	{ hides_hypervisor, VERDICT_WARN,
	  "without the hypervisor flag Windows gets none of what makes it fast here",
	  "cpu.hide-kvm: yes instead of -hypervisor" },
};

/* In the file's own arguments for QEMU. */
static const struct {
	const char *part;
	enum verdict verdict;
	const char *says, *advice;
} arguments[] = {
	{ "ivshmem-", VERDICT_WARN,
	  "a second shared memory: Looking Glass hosts take the wrong one", "take it from qemu:" },
	{ "scream", VERDICT_WARN, "Scream: sound comes through SPICE",
	  "take it from qemu:, and sound: spice" },
	{ "share=off", VERDICT_FAIL, "memory with share=off: the picture stays black",
	  "share=on in qemu:" },
	{ "kernel_irqchip=split", VERDICT_WARN,
	  "kernel_irqchip=split: NVIDIA's driver stops with code 43", "take it from qemu:" },
	{ "virtio-balloon", VERDICT_WARN,
	  "a balloon: with a GPU all memory is locked, so it frees none", "take it from qemu:" },
	{ "-hypervisor", VERDICT_WARN,
	  "without the hypervisor flag Windows gets none of what makes it fast here",
	  "cpu.hide-kvm: yes instead" },
};

static bool has_argument(const struct vm *vm, const char *part)
{
	for (char **word = vm->qemu; *word; word++)
		if (strstr(*word, part))
			return true;
	return false;
}

void check_configuration(const struct patient *patient, struct finding *finding)
{
	const struct vm *vm = patient->vm;

	if (!vm) {
		finding_say(finding, VERDICT_NOT_NEEDED, "no machine was given");
		return;
	}
	finding_say(finding, VERDICT_OK, "%s", vm->name);
	for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
		if (!habits[i].is(vm))
			continue;
		finding_say(finding, habits[i].verdict, "%s", habits[i].says);
		if (habits[i].advice)
			finding_advise(finding, "%s", habits[i].advice);
	}
	for (size_t i = 0; i < ARRAY_LEN(arguments); i++) {
		if (!has_argument(vm, arguments[i].part))
			continue;
		finding_say(finding, arguments[i].verdict, "%s", arguments[i].says);
		finding_advise(finding, "%s", arguments[i].advice);
	}
}

/* ---- devices that the guest gets to itself ---- */

static void check_evdev(const struct patient *patient, const char *path, struct finding *finding)
{
	int denied = patient_access(patient, path, R_OK | W_OK);

	if (denied == EACCES) {
		finding_say(finding, VERDICT_FAIL, "%s is not open to %s", path,
			    patient->answers.user);
		finding_advise(finding,
			       "sudo usermod -aG input %s (every program of yours can then "
			       "read all that is typed), and log in again",
			       patient->answers.user);
	} else if (denied) {
		finding_say(finding, VERDICT_FAIL, "%s: %s", path, g_strerror(denied));
		finding_advise(finding, "ls /dev/input/by-id shows what there is; plug it in");
	} else if (!strstr(path, "/by-id/") && !strstr(path, "/by-path/")) {
		finding_say(finding, VERDICT_WARN, "%s may be another device after the next start",
			    path);
		finding_advise(finding, "take its name in /dev/input/by-id");
	} else {
		finding_say(finding, VERDICT_OK, "%s", path);
	}
}

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
	for (char **path = vm->input.evdev; *path; path++)
		check_evdev(patient, *path, finding);
	for (unsigned i = 0; i < vm->usb->len; i++)
		check_usb(patient, vm->usb->pdata[i], finding);
}
