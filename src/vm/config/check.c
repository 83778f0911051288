#include "vm/config/check.h"

#include <string.h>

#include "vm/config/schema.h"
#include "vm/config/value.h"

/* ---- the machine ---- */

static void check_name(const struct vm *vm, struct mistakes *mistakes)
{
	const char *name = vm->name;

	if (name && (!g_ascii_isalnum(*name) ||
		     strspn(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.") != strlen(name)))
		mistakes_of(mistakes, &vm->name,
			    "%s: begins with a letter or digit and has nothing but letters, digits "
			    "and - _ .",
			    name);
}

static void check_firmware(const struct vm *vm, struct mistakes *mistakes)
{
	const struct vm_machine *machine = &vm->machine;

	if (machine->chipset != VM_I440FX)
		return;
	if (machine->firmware == VM_UEFI_SECURE)
		mistakes_of(mistakes, &machine->chipset, "Secure Boot needs chipset: q35");
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode < VM_GPU_VIRGL)
			mistakes_of(mistakes, &machine->chipset,
				    "a GPU of this computer needs chipset: q35");
	}
}

static unsigned count_cpus(const struct vm_cpus *cpus)
{
	unsigned count = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(cpus->bits); i++)
		count += (unsigned)__builtin_popcountll(cpus->bits[i]);
	return count;
}

static void check_flags(const struct vm *vm, struct mistakes *mistakes)
{
	for (char **flag = vm->cpu.flags; *flag; flag++)
		if ((**flag != '+' && **flag != '-') || !g_ascii_isalnum((*flag)[1]) ||
		    strpbrk(*flag, ",= "))
			mistakes_of(mistakes, &vm->cpu.flags, "%s: write +NAME or -NAME", *flag);
}

static void check_cpu(const struct vm *vm, struct mistakes *mistakes)
{
	const struct vm_cpu *cpu = &vm->cpu;
	int count = cpu->sockets * cpu->cores * cpu->threads;
	unsigned pinned = count_cpus(&cpu->pin);

	if (pinned && pinned != (unsigned)count)
		mistakes_of(mistakes, &cpu->pin,
			    "names %u CPUs, but the guest has %d (sockets x cores x threads)",
			    pinned, count);
	if (cpu->model && strpbrk(cpu->model, ",= "))
		mistakes_of(mistakes, &cpu->model, "%s: is a name alone; features go into flags",
			    cpu->model);
	if (cpu->vendor_id && strpbrk(cpu->vendor_id, ",="))
		mistakes_of(mistakes, &cpu->vendor_id, "%s: has no comma and no =", cpu->vendor_id);
	if (cpu->vendor_id && cpu->hyperv == VM_NO)
		mistakes_of(mistakes, &cpu->vendor_id, "needs hyperv: yes");
	check_flags(vm, mistakes);
}

static void check_memory(const struct vm *vm, struct mistakes *mistakes)
{
	static const uint64_t pages[] = {
		[VM_PAGES_NORMAL] = UINT64_C(1) << 20,
		[VM_PAGES_2M] = UINT64_C(2) << 20,
		[VM_PAGES_1G] = UINT64_C(1) << 30,
	};
	static const char *const names[] = { "1M", "2M", "1G" };
	enum vm_pages kind = vm->memory.hugepages;

	if (vm->memory.size % pages[kind])
		mistakes_of(mistakes, &vm->memory.size, "must be a multiple of %s", names[kind]);
}

/* ---- disks and networks ---- */

static void check_disks(const struct vm *vm, struct mistakes *mistakes)
{
	g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < vm->disks->len; i++) {
		const struct vm_disk *disk = vm->disks->pdata[i];
		if (disk->file && !g_hash_table_add(files, disk->file))
			mistakes_of(mistakes, &disk->file,
				    "%s: is a disk of this machine already; two would destroy it",
				    disk->file);
		if (disk->serial && strpbrk(disk->serial, ",= "))
			mistakes_of(mistakes, &disk->serial, "%s: has no comma, = or space",
				    disk->serial);
	}
}

static void check_forwards(const struct vm_network *network, GHashTable *ports,
			   struct mistakes *mistakes)
{
	for (unsigned i = 0; i < network->forwards->len; i++) {
		const struct vm_forward *forward = network->forwards->pdata[i];
		guint key = (guint)forward->udp << 16 | forward->from;
		if (forward->from && !g_hash_table_add(ports, GUINT_TO_POINTER(key)))
			mistakes_of(mistakes, forward, "port %u is forwarded already",
				    forward->from);
	}
	if (network->forwards->len && network->kind != VM_NETWORK_USER)
		mistakes_of(mistakes, &network->forwards,
			    "goes with kind: user; else the guest has an address of its own");
}

static void check_network(const struct vm_network *network, struct mistakes *mistakes)
{
	if (network->kind != VM_NETWORK_USER && !network->via)
		mistakes_of(mistakes, network, "needs via: the %s",
			    network->kind == VM_NETWORK_BRIDGE
				    ? "bridge, as ip link show type bridge lists them"
				    : "interface, as ip link lists them");
	if (network->kind == VM_NETWORK_USER && network->via)
		mistakes_of(mistakes, &network->via, "goes with kind: bridge or macvtap");
	if (network->via && strpbrk(network->via, "/,= "))
		mistakes_of(mistakes, &network->via, "%s: is no interface's name", network->via);
}

static void check_networks(const struct vm *vm, struct mistakes *mistakes)
{
	g_autoptr(GHashTable) ports = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) macs = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < vm->networks->len; i++) {
		const struct vm_network *network = vm->networks->pdata[i];
		check_network(network, mistakes);
		check_forwards(network, ports, mistakes);
		if (network->mac && !g_hash_table_add(macs, network->mac))
			mistakes_of(mistakes, &network->mac, "%s: another card has it already",
				    network->mac);
	}
}

/* ---- GPUs ---- */

/* What each mode needs (+), may have (?) and may not have (-). */
static const struct {
	char device, type, vfs, rom;
} modes[] = {
	[VM_GPU_PASSTHROUGH] = { '+', '-', '-', '?' }, [VM_GPU_SINGLE] = { '?', '-', '-', '?' },
	[VM_GPU_SRIOV] = { '+', '-', '?', '?' },       [VM_GPU_MDEV] = { '+', '+', '-', '-' },
	[VM_GPU_NVIDIA_VGPU] = { '+', '+', '-', '-' }, [VM_GPU_VIRGL] = { '-', '-', '-', '-' },
	[VM_GPU_VENUS] = { '-', '-', '-', '-' },       [VM_GPU_NONE] = { '-', '-', '-', '-' },
};

static void check_key(const struct vm_gpu *gpu, const void *field, const char *name, char rule,
		      struct mistakes *mistakes)
{
	const char *mode = schema_gpu_mode(gpu->mode);
	bool there = mistakes_was_read(mistakes, field);

	if (rule == '+' && !there)
		mistakes_of(mistakes, gpu, "mode %s needs %s; oriel gpu lists what there is", mode,
			    name);
	if (rule == '-' && there)
		mistakes_of(mistakes, field, "%s does not go with mode %s", name, mode);
}

static void check_reset(const struct vm_gpu *gpu, struct mistakes *mistakes)
{
	static const char *const known[] = {
		"device_specific", "acpi", "flr", "af_flr", "pm", "bus", NULL
	};
	g_auto(GStrv) words = g_strsplit(gpu->reset ? gpu->reset : "", " ", -1);

	for (char **word = words; gpu->reset && *word; word++)
		if (!g_strv_contains(known, *word))
			mistakes_of(mistakes, &gpu->reset,
				    "%s: is no way to reset; there are device_specific, acpi, flr, "
				    "af_flr, pm and bus",
				    *word);
}

static void check_gpu(const struct vm_gpu *gpu, struct mistakes *mistakes)
{
	check_key(gpu, &gpu->device, "device", modes[gpu->mode].device, mistakes);
	check_key(gpu, &gpu->type, "type", modes[gpu->mode].type, mistakes);
	check_key(gpu, &gpu->vfs, "vfs", modes[gpu->mode].vfs, mistakes);
	check_key(gpu, &gpu->rom, "rom", modes[gpu->mode].rom, mistakes);
	check_reset(gpu, mistakes);
}

static void check_gpus(const struct vm *vm, struct mistakes *mistakes)
{
	g_autoptr(GHashTable)
		devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	unsigned primary = 0, drawn = 0;

	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		char *address = value_pci_text(&gpu->device.address);
		check_gpu(gpu, mistakes);
		if (gpu->device.kind != VM_PICK_ADDRESS || gpu->mode > VM_GPU_SINGLE)
			g_free(address);
		else if (!g_hash_table_add(devices, address))
			mistakes_of(mistakes, &gpu->device, "this machine has that GPU already");
		if (gpu->primary && primary++)
			mistakes_of(mistakes, &gpu->primary, "only one GPU can be primary");
		drawn += gpu->mode == VM_GPU_VIRGL || gpu->mode == VM_GPU_VENUS;
		if (drawn > 1)
			mistakes_of(mistakes, gpu, "virgl and venus: one is enough");
	}
}

/* ---- what a person sees ---- */

static bool is_drawn(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode == VM_GPU_VIRGL || gpu->mode == VM_GPU_VENUS)
			return true;
	}
	return false;
}

static void check_display(const struct vm *vm, struct mistakes *mistakes)
{
	const struct vm_display *display = &vm->display;

	if (display->size & (display->size - 1))
		mistakes_of(mistakes, &display->size, "must be a power of two: 32M, 64M, 128M");
	if (mistakes_was_read(mistakes, &display->device) && display->memory != VM_SHARED_KVMFR)
		mistakes_of(mistakes, &display->device, "goes with memory: kvmfr");
	if (display->kind == VM_DISPLAY_SPICE && !display->spice)
		mistakes_of(mistakes, &display->spice, "kind: spice needs it");
	if (display->kind == VM_DISPLAY_SPICE && display->video == VM_VIDEO_NONE)
		mistakes_of(mistakes, &display->video, "with kind: spice nothing would be seen");
	if (is_drawn(vm) && display->video != VM_VIDEO_AUTO && display->video != VM_VIDEO_VIRTIO)
		mistakes_of(mistakes, &display->video, "virgl and venus need virtio, or auto");
}

static void check_input(const struct vm *vm, struct mistakes *mistakes)
{
	for (char **device = vm->input.evdev; *device; device++)
		if (!g_str_has_prefix(*device, "/dev/input/") || strpbrk(*device, ",= "))
			mistakes_of(mistakes, &vm->input.evdev,
				    "%s: is no input device; write /dev/input/by-id/...", *device);
}

static void check_shares(const struct vm *vm, struct mistakes *mistakes)
{
	g_autoptr(GHashTable) tags = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < vm->shares->len; i++) {
		const struct vm_share *share = vm->shares->pdata[i];
		if (!g_hash_table_add(tags, share->tag))
			mistakes_of(mistakes, share,
				    "another folder has the tag %s; give it one "
				    "of its own",
				    share->tag);
		if (strpbrk(share->tag, ",=/ "))
			mistakes_of(mistakes, &share->tag, "%s: has no comma, =, / or space",
				    share->tag);
	}
}

static void check_qemu(const struct vm *vm, struct mistakes *mistakes)
{
	if (vm->qemu[0] && vm->qemu[0][0] != '-')
		mistakes_of(mistakes, &vm->qemu,
			    "%s: the first argument begins with -: "
			    "[-device, edu]",
			    vm->qemu[0]);
}

static void (*const checks[])(const struct vm *vm, struct mistakes *mistakes) = {
	check_name, check_firmware, check_cpu,   check_memory, check_disks, check_networks,
	check_gpus, check_display,  check_input, check_shares, check_qemu,
};

void check_vm(const struct vm *vm, struct mistakes *mistakes)
{
	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
		checks[i](vm, mistakes);
}
