/* A machine's GPUs as QEMU's arguments. */
#include "vm/plan/build.h"
#include "vm/plan/choice.h"
#include "vm/plan/devices.h"
#include "vm/words.h"

#define INTEL 0x8086
#define GIB   (1ull << 30)

static const struct pci_address *function(const struct choice *choice, unsigned i)
{
	return &g_array_index(choice->functions, struct pci_address, i);
}

/* ---- functions ---- */

static void append_rom(GString *out, const struct vm_gpu *gpu)
{
	g_autofree char *rom = gpu->rom ? words_for_qemu(gpu->rom) : NULL;

	if (rom)
		g_string_append_printf(out, ",romfile=%s", rom);
	if (!gpu->rom_bar)
		g_string_append(out, ",rombar=0");
}

static bool is_vga(const struct choice *choice)
{
	return choice->device->class_code >> 8 == 0x0300;
}

/* Intel's drivers look for their GPU at 00:02.0; what goes to no place of its own comes later, so
 * that this one is still free. */
static bool is_igd(const struct choice *choice)
{
	const struct pci_address *address = &choice->device->address;

	return choice->device->vendor == INTEL && choice_is_whole(choice) && is_vga(choice) &&
	       address->bus == 0 && address->device == 2;
}

/* QEMU 10 takes all of Intel's for a GPU with an OpRegion, which VFs and cards have not. */
static void append_opregion(GString *out, const struct choice *choice)
{
	if (choice->device->vendor == INTEL && device_is_gpu(choice->device))
		g_string_append_printf(out, ",x-igd-opregion=%s", is_igd(choice) ? "on" : "off");
}

static char *first_function(const struct choice *choice)
{
	GString *out = g_string_new(NULL);
	char address[PCI_ADDRESS_LENGTH];

	pci_address_format(function(choice, 0), address);
	g_string_printf(out, "vfio-pci,host=%s,id=gpu%u", address, choice->number);
	if (choice->gpu->primary && choice_is_whole(choice) && is_vga(choice))
		g_string_append(out, ",x-vga=on");
	append_opregion(out, choice);
	append_rom(out, choice->gpu);
	if (choice->functions->len > 1)
		g_string_append(out, ",multifunction=on");
	return g_string_free(out, FALSE);
}

static void add_igd(struct plan *plan, const char *device)
{
	g_autofree char *value = g_strdup_printf("%s,bus=pcie.0,addr=02.0", device);

	plan_option_first(plan, "where Intel's drivers look for it", "-device", value);
}

/* In the slot of the first, as here. */
static void add_others(struct plan *plan, const struct choice *choice, const char *slot)
{
	char address[PCI_ADDRESS_LENGTH];

	for (unsigned i = 1; i < choice->functions->len; i++) {
		pci_address_format(function(choice, i), address);
		plan_optionf(plan, "what goes with it", "-device", "vfio-pci,host=%s,%s.%x",
			     address, slot, i);
	}
}

static void add_functions(struct plan *plan, const struct vm *vm, const struct choice *choice)
{
	g_autofree char *first = first_function(choice);

	if (is_igd(choice)) {
		add_igd(plan, first);
		add_others(plan, choice, "bus=pcie.0,addr=02");
		return;
	}
	plan_device(plan, vm,
		    !choice_is_whole(choice)        ? "a part of the GPU"
		    : device_is_gpu(choice->device) ? "the GPU"
						    : "a device of this computer",
		    "%s,addr=00.0", first);
	g_autofree char *slot = g_strdup_printf("bus=port%u,addr=00", plan->ports);
	add_others(plan, choice, slot);
}

/* ---- mediated devices ---- */

/* The firmware's screen is a picture in memory (ramfb) until the guest's driver draws. */
static void add_mediated(struct plan *plan, const struct vm *vm, const struct choice *choice)
{
	bool shown = choice->gpu->primary;
	bool intel = choice->device->vendor == INTEL;

	plan_device(plan, vm, choice->type->name ? choice->type->name : choice->type->id,
		    "vfio-pci%s,sysfsdev=/sys/bus/mdev/devices/%s,id=gpu%u,display=%s%s",
		    shown ? "-nohotplug" : "", choice->uuid, choice->number,
		    shown ? "on,ramfb=on" : "off", intel ? ",x-igd-opregion=on" : "");
}

/* ---- all ---- */

/* OVMF leaves 32 GiB for windows above 4 GiB. */
static void add_room(struct plan *plan, const struct vm *vm, const struct facts *facts,
		     const GPtrArray *choices)
{
	uint64_t sum = 0, room = 64 * GIB;

	for (unsigned i = 0; i < choices->len; i++) {
		const struct choice *choice = choices->pdata[i];
		for (unsigned j = 0; j < choice->functions->len; j++) {
			const struct facts_device *device = device_at(facts, function(choice, j));
			sum += device ? device->memory : 0;
		}
	}
	if (sum < 16 * GIB || plan_firmware(vm) == VM_BIOS)
		return;
	while (room < 2 * sum && room < 1ull << 46)
		room *= 2;
	plan_optionf(plan, "room for its large windows", "-fw_cfg",
		     "name=opt/ovmf/X-PciMmio64Mb,string=%" G_GUINT64_FORMAT, room >> 20);
}

static void add_names(struct plan *plan, const struct choice *choice)
{
	char address[PCI_ADDRESS_LENGTH];

	for (unsigned i = 0; i < choice->functions->len; i++) {
		pci_address_format(function(choice, i), address);
		g_ptr_array_add(plan->devices, g_strdup(address));
	}
	if (choice->uuid)
		g_ptr_array_add(plan->devices, g_strdup(choice->uuid));
}

void choices_options(struct plan *plan, const struct vm *vm, const struct facts *facts,
		     const GPtrArray *choices)
{
	for (unsigned i = 0; i < choices->len; i++) {
		const struct choice *choice = choices->pdata[i];
		add_names(plan, choice);
		if (choice->uuid)
			add_mediated(plan, vm, choice);
		else
			add_functions(plan, vm, choice);
	}
	add_room(plan, vm, facts, choices);
}
