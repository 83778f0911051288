/* What is known to go wrong with a whole GPU. */
#include <string.h>

#include "base/mem.h"
#include "vm/doctor/checks.h"
#include "vm/plan/devices.h"
#include "vm/rom/rom.h"

enum { AMD = 0x1002, NVIDIA = 0x10de };

#define ROM_FILE_MAX (16 << 20)

/* ---- the firmware's picture ---- */

static const char *const pictures[] = { "efifb",  "BOOTFB", "simpledrm", "simple-framebuffer",
					"vesafb", NULL };

static void has_picture(const struct patient *patient, const struct patient_gpu *gpu,
			const char *picture, struct finding *finding)
{
	bool vga = gpu->device->class_code >> 8 == 0x0300;

	/* From 6.0 on vfio-pci takes the picture away, of class VGA only. */
	if (vga && patient->kernel >= 0x600) {
		finding_say(finding, VERDICT_OK,
			    "%s has the firmware's picture (%s): it goes when "
			    "a guest gets the card, and comes back with its "
			    "driver only",
			    gpu->name, picture);
		return;
	}
	finding_say(finding, VERDICT_WARN,
		    "%s holds the memory of %s: \"can't reserve BAR\" is to "
		    "be expected",
		    picture, gpu->name);
	finding_advise(finding, "make another GPU the first one, in the firmware's setup");
	finding_advise(finding, "where there is none:");
	advise_parameter(finding, patient,
			 strcmp(picture, "efifb") == 0 ? "video=efifb:off"
						       : "initcall_blacklist=sysfb_init");
}

static void check_picture(const struct patient *patient, const struct patient_gpu *gpu,
			  struct finding *finding)
{
	g_autofree char *iomem = patient_read(patient, NULL, "/proc/iomem");
	const char *picture = "";
	g_autofree char *owner = iomem ? texts_owner(iomem, pictures, &picture) : NULL;
	char address[PCI_ADDRESS_LENGTH];

	pci_address_format(&gpu->device->address, address);
	if (owner && strcmp(owner, address) == 0)
		has_picture(patient, gpu, picture, finding);
	else if (!iomem)
		finding_say(finding, VERDICT_UNKNOWN, "/proc/iomem cannot be read");
	else
		finding_say(finding, VERDICT_OK, "%s%s", gpu->name,
			    gpu->device->boot_vga
				    ? " was the firmware's, whose picture is gone already"
				    : " is not where the firmware showed itself");
}

void check_framebuffer(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_picture);
}

/* ---- reset ---- */

/* AMD's that do not come back by themselves. */
static const struct {
	uint16_t first, last;
	const char *name;
} stubborn[] = {
	{ 0x67c0, 0x67df, "Polaris" }, { 0x67e0, 0x67ff, "Polaris" }, { 0x6860, 0x687f, "Vega 10" },
	{ 0x66a0, 0x66af, "Vega 20" }, { 0x7310, 0x731f, "Navi 10" }, { 0x7340, 0x734f, "Navi 14" },
	{ 0x7360, 0x736f, "Navi 12" },
};

static const char *stubborn_name(const struct facts_device *device)
{
	for (size_t i = 0; device->vendor == AMD && i < ARRAY_LEN(stubborn); i++)
		if (device->product >= stubborn[i].first && device->product <= stubborn[i].last)
			return stubborn[i].name;
	return NULL;
}

/* Of another slot, on the same bus: it would be reset with it. */
static const struct facts_device *neighbour(const struct patient *patient,
					    const struct facts_device *device)
{
	for (unsigned i = 0; i < patient->facts.devices->len; i++) {
		const struct facts_device *other = patient->facts.devices->pdata[i];
		if (other->address.domain == device->address.domain &&
		    other->address.bus == device->address.bus && !same_slot(other, device))
			return other;
	}
	return NULL;
}

static void advise_reset(struct finding *finding)
{
	finding_advise(finding, "where a second start fails: let the computer sleep for some "
				"seconds (sudo rtcwake -m mem -s 5), or start it anew");
}

static void check_stubborn(const struct patient_gpu *gpu, const char *name, struct finding *finding)
{
	g_autofree char *address = g_malloc(PCI_ADDRESS_LENGTH);

	pci_address_format(&gpu->device->address, address);
	g_autofree char *line = g_strdup_printf(
		"w /sys/bus/pci/devices/%s/reset_method - - - - device_specific", address);
	if (texts_word(gpu->device->reset, "device_specific")) {
		finding_say(finding, VERDICT_OK, "%s (%s) has device_specific", gpu->name, name);
		return;
	}
	finding_say(finding, VERDICT_WARN,
		    "%s is of AMD's %s, which a guest leaves in a state that "
		    "only the module vendor-reset ends",
		    gpu->name, name);
	finding_advise(finding, "install vendor-reset (DKMS), and load it at boot");
	advise_file(finding, "reset this GPU by vendor-reset", "/etc/tmpfiles.d/oriel-reset.conf",
		    line);
	advise_reset(finding);
}

static void check_methods(const struct patient *patient, const struct patient_gpu *gpu,
			  struct finding *finding)
{
	const char *methods = gpu->device->reset;
	const char *stubborn_is = stubborn_name(gpu->device);
	const struct facts_device *other = neighbour(patient, gpu->device);
	char name[SHORT_ADDRESS];

	if (!methods) {
		finding_say(finding, VERDICT_UNKNOWN, "%s: this kernel does not tell (before 5.15)",
			    gpu->name);
	} else if (!*methods) {
		finding_say(finding, VERDICT_FAIL, "%s cannot be reset", gpu->name);
		advise_reset(finding);
	} else if (stubborn_is) {
		check_stubborn(gpu, stubborn_is, finding);
	} else if (strcmp(methods, "bus") == 0 && other) {
		finding_say(finding, VERDICT_FAIL, "%s is reset with its bus only, where %s is too",
			    gpu->name, short_address(other, name));
		finding_advise(finding, "put the card into another slot");
	} else if (strcmp(methods, "pm") == 0) {
		finding_say(finding, VERDICT_WARN,
			    "%s is reset by sleep (pm) only, which often "
			    "changes nothing",
			    gpu->name);
		advise_reset(finding);
	} else {
		finding_say(finding, VERDICT_OK, "%s: %s", gpu->name, methods);
	}
}

void check_reset(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_methods);
}

/* ---- power ---- */

/* Its first bytes are its vendor; a card that is gone reads as ones. A card that sleeps is not
 * asked, since that wakes it up. */
static bool is_gone(const struct patient *patient, const char *address, const char *state)
{
	g_autofree char *path = g_strdup_printf("/sys/bus/pci/devices/%s/config", address);
	g_autofree char *bytes = state && strcmp(state, "D0") == 0
					 ? patient_read(patient, NULL, path)
					 : NULL;

	return bytes && (guchar)bytes[0] == 0xff && (guchar)bytes[1] == 0xff;
}

/* Laptops cut the current of a card that sleeps: its port has power resources (ACPI's _PR3). */
static bool is_cut_off(const struct patient *patient, const char *address)
{
	g_autofree char *allowed = patient_line(patient, "/sys/bus/pci/devices/%s/d3cold_allowed",
						address);
	g_autofree char *link = g_strdup_printf("%s/sys/bus/pci/devices/%s", patient->sysroot,
						address);
	g_autofree char *target = g_file_read_link(link, NULL);
	g_autofree char *folder = g_path_get_dirname(target ? target : "");
	g_autofree char *port = g_path_get_basename(folder);

	return allowed && *allowed == '1' && target &&
	       patient_has(patient, "/sys/bus/pci/devices/%s/firmware_node/power_resources_D3hot",
			   port);
}

static void check_sleep(const struct patient *patient, const struct patient_gpu *gpu,
			struct finding *finding)
{
	char address[PCI_ADDRESS_LENGTH];
	g_autofree char *idle = patient_line(patient,
					     "/sys/module/vfio_pci/parameters/disable_idle_d3");

	pci_address_format(&gpu->device->address, address);
	g_autofree char *state = patient_line(patient, "/sys/bus/pci/devices/%s/power_state",
					      address);
	if (is_gone(patient, address, state)) {
		finding_say(finding, VERDICT_FAIL,
			    "%s does not answer: it never woke up, or fell "
			    "off its bus",
			    gpu->name);
		finding_advise(finding, "switch the computer off, and its power supply for ten "
					"seconds");
	}
	if (is_cut_off(patient, address))
		finding_say(finding, VERDICT_OK,
			    "%s can lose its current while it sleeps (D3cold, as in laptops)",
			    gpu->name);
	/* The helper keeps those awake that the file does not allow to sleep. */
	bool awake = (patient_has_helper(patient) && !(gpu->asked && gpu->asked->sleep)) ||
		     (idle && (*idle == 'Y' || *idle == '1'));
	if (gpu->device->vendor != AMD || gpu->device->address.bus == 0 || awake) {
		finding_say(finding, VERDICT_OK, "%s%s%s", gpu->name, state ? " is in " : "",
			    state ? state : "");
		return;
	}
	finding_say(finding, VERDICT_WARN,
		    "%s may sleep (D3) while no machine has it; AMD's often "
		    "do not wake up",
		    gpu->name);
	advise_file(finding, "keep GPUs awake while no machine has them",
		    "/etc/modprobe.d/oriel-sleep.conf", "options vfio-pci disable_idle_d3=1");
}

void check_power(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_sleep);
}

/* ---- the ROM ---- */

/* Of a file that a person named; not below the sysroot alone, so it may be of any size. */
static void check_file(const struct patient *patient, const struct patient_gpu *gpu,
		       struct finding *finding)
{
	g_autofree char *path = g_strconcat(patient->sysroot, gpu->asked->rom, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *bytes = NULL;
	gsize length = 0;
	struct rom rom;

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
	    !g_file_get_contents(path, &bytes, &length, &error) || length > ROM_FILE_MAX) {
		finding_say(finding, VERDICT_FAIL, "%s: %s", gpu->asked->rom,
			    error ? error->message : "no file of at most 16 MiB");
		finding_advise(finding, "give the path of a ROM in gpus: rom:");
		return;
	}
	const uint8_t *data = (const uint8_t *)bytes;
	if (!rom_parse(data, length, &rom, &error)) {
		finding_say(finding, VERDICT_FAIL, "%s: %s", gpu->asked->rom, error->message);
		finding_advise(finding, "dump it anew: oriel rom dump");
	} else if (rom.flash) {
		finding_say(finding, VERDICT_FAIL, "%s is a dump of the whole flash",
			    gpu->asked->rom);
		finding_advise(finding, "oriel rom trim makes the guest's part of it");
	} else if (!rom_is_for(&rom, data, gpu->device->vendor, gpu->device->product)) {
		finding_say(finding, VERDICT_FAIL, "%s is not for %04x:%04x", gpu->asked->rom,
			    gpu->device->vendor, gpu->device->product);
		finding_advise(finding, "dump this card's own: oriel rom dump");
	} else if (!rom_find(&rom, ROM_EFI)) {
		finding_say(finding, VERDICT_WARN,
			    "%s has no UEFI image: no picture until the "
			    "guest's driver starts",
			    gpu->asked->rom);
		finding_advise(finding, "look for a newer firmware of the card's maker");
	} else {
		finding_say(finding, VERDICT_OK, "%s has a UEFI image for %s", gpu->asked->rom,
			    gpu->name);
	}
}

static void check_firmware(const struct patient *patient, const struct patient_gpu *gpu,
			   struct finding *finding)
{
	if (gpu->asked && gpu->asked->rom) {
		check_file(patient, gpu, finding);
	} else if (gpu->device->boot_vga && gpu->device->vendor == NVIDIA) {
		finding_say(finding, VERDICT_WARN,
			    "%s is where the firmware showed itself: what it "
			    "left of the ROM often does not do for a guest",
			    gpu->name);
		finding_advise(finding, "dump the ROM while another card is the first one (oriel "
					"rom dump), and name it in gpus: rom:");
	} else {
		finding_say(finding, VERDICT_OK, "%s: its own", gpu->name);
	}
}

void check_rom(const struct patient *patient, struct finding *finding)
{
	for_each_gpu(patient, finding, check_firmware);
}

/* ---- the monitor ---- */

static void check_outputs(const struct patient *patient, const struct patient_gpu *gpu,
			  struct finding *finding)
{
	const struct facts_device *device = gpu->device;

	(void)patient;
	if (!device->outputs) {
		finding_say(finding, VERDICT_UNKNOWN,
			    "%s: no driver of this computer's sees its "
			    "outputs",
			    gpu->name);
	} else if (device->monitors) {
		finding_say(finding, VERDICT_OK, "%s: %u of %u outputs have a monitor", gpu->name,
			    device->monitors, device->outputs);
	} else {
		finding_say(finding, VERDICT_WARN,
			    "%s has no monitor: a guest's desktop wants one "
			    "to draw on",
			    gpu->name);
		finding_advise(finding, "plug in a monitor or a dummy plug, or install a virtual "
					"display driver in the guest");
	}
}

void check_monitor(const struct patient *patient, struct finding *finding)
{
	if (patient->vm && patient->vm->display.kind != VM_DISPLAY_ORIEL)
		finding_say(finding, VERDICT_NOT_NEEDED, "nothing is captured");
	else
		for_each_gpu(patient, finding, check_outputs);
}
