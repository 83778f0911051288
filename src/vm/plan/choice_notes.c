/* What of a machine's GPUs a person should know before it starts. */
#include "vm/plan/build.h"
#include "vm/plan/choice.h"
#include "vm/plan/devices.h"

#define INTEL  0x8086
#define NVIDIA 0x10de

struct noting {
	struct plan *plan;
	const struct vm *vm;
	const struct choice *choice;
	char address[PCI_ADDRESS_LENGTH];
};

static void note_desktop(const struct noting *self)
{
	const struct choice *choice = self->choice;

	if (choice->gpu->mode == VM_GPU_SINGLE)
		plan_note(self->plan,
			  "gpus[%u]: the desktop ends when this machine starts, and with it all "
			  "that runs there; it comes back when the machine has ended",
			  choice->number);
	else if (choice_is_whole(choice) && choice->device->desktop)
		plan_note(self->plan,
			  "gpus[%u]: a monitor of this computer hangs on %s; it will show the "
			  "guest, and nothing else, until the machine has ended",
			  choice->number, self->address);
}

static void note_kind(const struct noting *self)
{
	if (!device_is_gpu(self->choice->device))
		plan_note(self->plan, "gpus[%u]: %s is no GPU (its class is %06x)",
			  self->choice->number, self->address, self->choice->device->class_code);
}

static void note_reset(const struct noting *self)
{
	const char *reset = self->choice->device->reset;

	if (choice_is_whole(self->choice) && reset && !*reset)
		plan_note(self->plan,
			  "gpus[%u]: the kernel cannot reset %s: a second start may fail until "
			  "this computer has been switched off",
			  self->choice->number, self->address);
}

/* A card that the firmware shows itself on has changed its own firmware by then. */
static void note_rom(const struct noting *self)
{
	const struct facts_device *device = self->choice->device;

	if (choice_is_whole(self->choice) && device->boot_vga && device->vendor == NVIDIA &&
	    !self->choice->gpu->rom)
		plan_note(
			self->plan,
			"gpus[%u]: this computer's firmware showed itself on %s: where the guest's "
			"screen stays black, give it a rom (oriel rom)",
			self->choice->number, self->address);
}

static void note_intel(const struct noting *self)
{
	const struct choice *choice = self->choice;

	if (choice->device->vendor == INTEL && choice->gpu->mode == VM_GPU_SRIOV &&
	    plan_is_windows(self->vm) && !self->vm->cpu.vendor_id)
		plan_note(self->plan,
			  "gpus[%u]: Windows' driver for Intel's virtual functions may stop with "
			  "code 43 unless cpu has a vendor-id, such as GenuineIntel",
			  choice->number);
	if (choice->device->vendor == INTEL && choice->gpu->mode == VM_GPU_PASSTHROUGH &&
	    device_is_gpu(choice->device) && choice->device->address.bus == 0)
		plan_note(
			self->plan,
			"gpus[%u]: a processor's own GPU (%s) may show nothing before the guest's "
			"driver runs",
			choice->number, self->address);
}

static void note_made(const struct noting *self)
{
	if (self->choice->made)
		plan_note(self->plan,
			  "gpus[%u]: a vGPU of that type is there already; this takes it",
			  self->choice->number);
}

void choices_notes(struct plan *plan, const struct vm *vm, const GPtrArray *choices)
{
	static void (*const notes[])(const struct noting *) = {
		note_desktop, note_kind, note_reset, note_rom, note_intel, note_made,
	};

	for (unsigned i = 0; i < choices->len; i++) {
		struct noting noting = { plan, vm, choices->pdata[i], "" };
		pci_address_format(&noting.choice->device->address, noting.address);
		for (size_t j = 0; j < G_N_ELEMENTS(notes); j++)
			notes[j](&noting);
	}
}
