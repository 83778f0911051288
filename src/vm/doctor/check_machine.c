/* What stands in the machine's file and, by experience, should not. */
#include <string.h>

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
