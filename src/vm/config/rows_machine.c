/* Firmware, processors, memory, disks, networks. */
#include "vm/config/rows.h"

#define STRUCT vm_machine
static const struct row machine_rows[] = {
	{ "firmware", ENUM(firmware, "auto", "uefi-secure", "uefi", "bios"), .initial = "auto",
	  .help = "What starts the guest; auto: uefi, with Secure Boot for Windows 11" },
	{ "chipset", ENUM(chipset, "q35", "i440fx"), .initial = "q35",
	  .help = "q35 has PCI Express; i440fx is for systems older than that" },
	{ "tpm", SWITCH(tpm), .initial = "auto",
	  .help = "A TPM 2.0 of the guest's own (swtpm); auto: for Windows 11" },
	{ "clock", ENUM(clock, "auto", "local", "utc"), .initial = "auto",
	  .help = "What the guest's clock shows; auto: local time for Windows" },
	{ "boot-menu", BOOL(boot_menu), .initial = "no",
	  .help = "Ask at each start what to boot from" },
};
const struct section section_machine = SECTION("machine", machine_rows, );
#undef STRUCT

#define STRUCT vm_cpu
static const struct row cpu_rows[] = {
	{ "model", TEXT(model), .initial = "host", .max = 64, .min = 1,
	  .help = "host, or one of qemu-system-x86_64 -cpu help" },
	{ "sockets", INT(sockets), .initial = "1", .min = 1, .max = 8,
	  .help = "Windows for home uses only the first" },
	{ "cores", INT(cores), .initial = "4", .min = 1, .max = 512, .help = "Cores a socket" },
	{ "threads", INT(threads), .initial = "1", .min = 1, .max = 2,
	  .help = "Threads a core; 2 where pin names both threads of each" },
	{ "pin", CPUS(pin), .example = "2-5",
	  .help = "The guest's processors stay on these, one each, in order" },
	{ "emulator", CPUS(emulator), .example = "0-1",
	  .help = "QEMU's own threads stay on these" },
	{ "hyperv", SWITCH(hyperv), .initial = "auto",
	  .help = "Tell Windows that its hypervisor can do what Hyper-V can; auto: for Windows" },
	{ "hide-kvm", BOOL(hide_kvm), .initial = "no",
	  .help = "Do not tell the guest that it runs on KVM" },
	{ "vendor-id", TEXT(vendor_id), .max = 12, .example = "GenuineIntel",
	  .help = "What hyperv calls itself, 12 characters at most" },
	{ "flags", TEXTS(flags), .max = 64, .example = "[+topoext, -vmx]",
	  .help = "Features of the processor, on (+) and off (-)" },
};
const struct section section_cpu = SECTION("cpu", cpu_rows, );
#undef STRUCT

#define STRUCT vm_memory
static const struct row memory_rows[] = {
	{ "size", SIZE(size), .initial = "4G", .min = MIB(16), .max = GIB(16384),
	  .help = "The guest's memory" },
	{ "hugepages", ENUM(hugepages, "no", "2M", "1G"), .initial = "no",
	  .help = "Take it in large pages, which must be reserved before" },
	{ "locked", BOOL(locked), .initial = "no", .help = "Never swap it out" },
};
const struct section section_memory = SECTION("memory", memory_rows, .alone = "size");
#undef STRUCT

#define STRUCT vm_disk
static const struct row disk_rows[] = {
	{ "file", PATH(file), .needed = true, .min = 1, .example = "disk.qcow2",
	  .help = "An image, created where it is missing and has a size; or a block device" },
	{ "size", SIZE(size), .min = MIB(1), .max = GIB(1 << 20), .example = "80G",
	  .help = "Of an image that is to be created" },
	{ "format", ENUM(format, "qcow2", "raw"), .initial = "qcow2",
	  .help = "raw for block devices" },
	{ "bus", ENUM(bus, "virtio", "nvme", "ahci"), .initial = "virtio",
	  .help = "virtio is fastest and needs a driver in Windows; nvme and ahci need none" },
	{ "cache", ENUM(cache, "none", "writeback", "unsafe"), .initial = "none",
	  .help = "unsafe loses the disk when this computer crashes" },
	{ "discard", BOOL(discard), .initial = "yes",
	  .help = "Give back the room of what the guest deletes" },
	{ "read-only", BOOL(read_only), .initial = "no", .help = "The guest may not write" },
	{ "serial", TEXT(serial), .max = 20, .example = "WIN11",
	  .help = "Number that the guest sees" },
};
const struct section section_disk = SECTION("disk", disk_rows, .alone = "file");
#undef STRUCT

#define STRUCT vm_cd
static const struct row cd_rows[] = {
	{ "file", PATH(file), .example = "install.iso",
	  .help = "An image; without one the drive is empty" },
};
const struct section section_cd = SECTION("cd", cd_rows, .alone = "file");
#undef STRUCT

#define STRUCT vm_forward
static const struct row forward_rows[] = {
	{ "port", WHOLE(ROW_FORWARD), .example = "tcp:2222:22",
	  .help = "This computer's port and the guest's" },
};
static const struct section section_forward = SECTION("port", forward_rows, .alone = "port");
#undef STRUCT

#define STRUCT vm_network
static const struct row network_rows[] = {
	{ "kind", ENUM(kind, "user", "bridge", "macvtap"), .initial = "user",
	  .help = "user needs no rights; bridge joins one of this computer's bridges; macvtap "
		  "puts the guest beside this computer on its network" },
	{ "via", TEXT(via), .max = 15, .example = "br0",
	  .help = "The bridge, or the interface that macvtap rides on" },
	{ "card", ENUM(card, "virtio", "e1000e"), .initial = "virtio",
	  .help = "e1000e needs no driver in Windows" },
	{ "mac", MAC(mac), .example = "52:54:00:12:34:56",
	  .help = "Without one it is made of the machine's name, always the same" },
	{ "forward", LIST(forwards, section_forward), .example = "[tcp:2222:22]",
	  .help = "Ports of this computer that lead into the guest; with user only" },
};
const struct section section_network = SECTION("network", network_rows, .alone = "kind");
#undef STRUCT
