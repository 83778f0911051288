#include "vm/config/schema.h"

#include <string.h>

#include "vm/config/rows.h"

#define STRUCT vm
static const struct row vm_rows[] = {
	{ "name", TEXT(name), .needed = true, .min = 1, .max = 48, .example = "win11",
	  .help = "What it is called: letters, digits, dots, - and _" },
	{ "description", TEXT(description), .max = 200, .example = "for games",
	  .help = "For people" },
	{ "uuid", UUID(uuid), .example = "1f0c7c3e-6b1d-4c86-9d2c-2f3a1b5e7d90",
	  .help = "Without one it is made of the name, always the same" },
	{ "os", ENUM(os, "windows11", "windows10", "linux", "other"), .initial = "other",
	  .help = "What runs in it; what is auto elsewhere depends on it" },
	{ "machine", MAP(machine, section_machine), .help = "Firmware and chipset" },
	{ "cpu", MAP(cpu, section_cpu), .help = "Processors" },
	{ "memory", MAP(memory, section_memory), .help = "Memory" },
	{ "disks", LIST(disks, section_disk), .help = "Disks; the guest boots from the first" },
	{ "cds", LIST(cds, section_cd), .help = "CD drives" },
	{ "networks", LIST(networks, section_network), .help = "Network cards" },
	{ "gpus", LIST(gpus, section_gpu), .help = "GPUs of this computer, whole or in parts" },
	{ "display", MAP(display, section_display), .help = "How its screen is shown" },
	{ "sound", MAP(sound, section_sound), .help = "Sound" },
	{ "input", MAP(input, section_input), .help = "Keyboard and pointer" },
	{ "usb", LIST(usb, section_usb), .help = "USB devices of this computer" },
	{ "shares", LIST(shares, section_share), .help = "Folders shared with the guest" },
	{ "qemu", TEXTS(qemu), .max = 4096, .example = "[-device, edu]",
	  .help = "More arguments for QEMU, as they are" },
	{ "hooks", MAP(hooks, section_hooks),
	  .help = "Commands of yours: lists of words that no shell reads, run as you" },
};
const struct section schema = SECTION("machine's file", vm_rows, );
#undef STRUCT

const struct row *section_find(const struct section *self, const char *name)
{
	for (size_t i = 0; i < self->count; i++)
		if (strcmp(self->rows[i].name, name) == 0)
			return &self->rows[i];
	return NULL;
}

const char *schema_gpu_mode(unsigned mode)
{
	return section_find(&section_gpu, "mode")->names[mode];
}

const char *row_kind_name(enum row_kind kind)
{
	static const char *const names[ROW_KINDS] = {
		[ROW_TEXT] = "a text",
		[ROW_PATH] = "a path",
		[ROW_BOOL] = "yes or no",
		[ROW_SWITCH] = "yes, no or auto",
		[ROW_INT] = "a number",
		[ROW_ENUM] = "one of its words",
		[ROW_SIZE] = "a size such as 16G",
		[ROW_EXTENT] = "a resolution such as 2560x1440",
		[ROW_CPUS] = "CPUs such as 2-5,8",
		[ROW_PICK] = "a device",
		[ROW_MAC] = "a MAC address",
		[ROW_UUID] = "a UUID",
		[ROW_FORWARD] = "a port such as tcp:2222:22",
		[ROW_USB] = "a USB device such as 046d:c52b",
		[ROW_TEXTS] = "a list of texts",
		[ROW_COMMANDS] = "a list of commands, each a list of words",
		[ROW_LIST] = "a list",
		[ROW_MAP] = "keys and values",
	};

	return names[kind];
}
