/* GPUs, USB devices, folders, and what a person sees, hears and touches. */
#include "vm/config/rows.h"

#define STRUCT vm_gpu
static const struct row gpu_rows[] = {
	{ "mode",
	  ENUM(mode, "passthrough", "single", "sriov", "mdev", "nvidia-vgpu", "virgl", "venus",
	       "none"),
	  .needed = true,
	  .help = "passthrough: a whole GPU; single: the only one, taken from the desktop and "
		  "returned; sriov: a virtual function; mdev: a mediated device (GVT-g, older NVIDIA "
		  "vGPU); nvidia-vgpu: of newer NVIDIA drivers; virgl and venus: this computer's own "
		  "GPU draws, for Linux guests" },
	{ "device", PICK(device), .example = "0000:01:00.0",
	  .help = "Address (0000:01:00.0), ids (10de:2684), or other: the one that is not your "
		  "desktop's, of a shared one the only one that can be; oriel gpu lists them" },
	{ "type", TEXT(type), .max = 64, .example = "i915-GVTg_V5_4",
	  .help = "Of a mediated device or vGPU: name or number; oriel gpu lists them" },
	{ "vfs", INT(vfs), .initial = "0", .min = 0, .max = 255,
	  .help = "Virtual functions to create where there are fewer; 0: one" },
	{ "rom", PATH(rom), .example = "vbios.rom",
	  .help = "Its firmware, where the card's own cannot be read: see oriel rom" },
	{ "rom-bar", BOOL(rom_bar), .initial = "yes", .help = "Let the guest see a firmware" },
	{ "reset", TEXT(reset), .max = 64, .example = "flr",
	  .help = "How it is reset, best first: device_specific, acpi, flr, af_flr, pm, bus" },
	{ "sleep", BOOL(sleep), .initial = "no",
	  .help = "Let it sleep (D3) while no machine has it; some never wake up" },
	{ "primary", BOOL(primary), .initial = "no",
	  .help = "The guest's firmware shows itself there, and no card is emulated by default; "
		  "a mediated device's screen is shown by SPICE then" },
	{ "display-manager", TEXT(display_manager), .initial = "display-manager.service",
	  .max = 128, .help = "single: what runs the desktop, for systemctl" },
};
const struct section section_gpu = SECTION("gpu", gpu_rows, .alone = "mode");
#undef STRUCT

#define STRUCT vm_display
static const struct row display_rows[] = {
	{ "kind", ENUM(kind, "oriel", "spice", "none"), .initial = "oriel",
	  .help = "oriel: through shared memory, by oriel-guest or a Looking Glass host in the "
		  "guest; spice: what its emulated card shows" },
	{ "memory", ENUM(memory, "doorbell", "plain", "kvmfr"), .initial = "doorbell",
	  .help = "doorbell wakes either side; plain is for guests of older tools; kvmfr is the "
		  "kernel module" },
	{ "size", SIZE(size), .min = MIB(1), .max = GIB(4), .example = "64M",
	  .help = "Of the shared memory, a power of two; without it: enough for resolution" },
	{ "resolution", EXTENT(resolution), .initial = "2560x1440",
	  .help = "The largest that the memory is to have room for" },
	{ "hdr", BOOL(hdr), .initial = "no", .help = "Make room for HDR pictures" },
	{ "device", PATH(device), .initial = "/dev/kvmfr0", .help = "Of kvmfr" },
	{ "video", ENUM(video, "auto", "none", "vga", "qxl", "virtio"), .initial = "auto",
	  .help = "An emulated card, which installers and firmware need; auto: vga unless a GPU "
		  "is primary" },
	{ "spice", BOOL(spice), .initial = "yes",
	  .help = "Keyboard, pointer, clipboard and sound through SPICE" },
	{ "open", BOOL(open), .initial = "yes", .help = "oriel up opens the viewer" },
};
const struct section section_display = SECTION("display", display_rows, .alone = "kind");
#undef STRUCT

#define STRUCT vm_sound
static const struct row sound_rows[] = {
	{ "kind", ENUM(kind, "spice", "pipewire", "none"), .initial = "spice",
	  .help = "spice: through the viewer; pipewire: QEMU plays by itself" },
	{ "microphone", BOOL(microphone), .initial = "yes",
	  .help = "The guest has one; whether it hears anything, the viewer asks" },
};
const struct section section_sound = SECTION("sound", sound_rows, .alone = "kind");
#undef STRUCT

#define STRUCT vm_input
static const struct row input_rows[] = {
	{ "keyboard", ENUM(keyboard, "virtio", "usb", "ps2"), .initial = "usb",
	  .help = "virtio is fastest and needs a driver in Windows" },
	{ "tablet", BOOL(tablet), .initial = "yes",
	  .help = "The pointer goes where yours is; games want it off" },
	{ "evdev", TEXTS(evdev), .max = 255, .example = "[/dev/input/by-id/usb-KB-event-kbd]",
	  .help = "Devices of this computer for the guest alone; both Ctrl keys switch" },
};
const struct section section_input = SECTION("input", input_rows, );
#undef STRUCT

#define STRUCT vm_usb
static const struct row usb_rows[] = {
	{ "device", WHOLE(ROW_USB), .needed = true, .example = "046d:c52b",
	  .help = "Ids as lsusb shows them, or where it is plugged in: 1-2.4" },
};
const struct section section_usb = SECTION("USB device", usb_rows, .alone = "device");
#undef STRUCT

#define STRUCT vm_share
static const struct row share_rows[] = {
	{ "path", PATH(path), .needed = true, .min = 1, .example = "~/shared",
	  .help = "A folder of this computer" },
	{ "tag", TEXT(tag), .initial = "shared", .min = 1, .max = 35,
	  .help = "What the guest mounts it by" },
	{ "read-only", BOOL(read_only), .initial = "no", .help = "The guest may not write" },
};
const struct section section_share = SECTION("folder", share_rows, .alone = "path");
#undef STRUCT

#define STRUCT vm_hooks
static const struct row hooks_rows[] = {
	{ "before-start", COMMANDS(before_start), .example = "[[notify-send, starting]]",
	  .help = "One that fails stops the start" },
	{ "after-start", COMMANDS(after_start), .help = "Once the guest runs" },
	{ "after-stop", COMMANDS(after_stop), .help = "However it ended" },
};
const struct section section_hooks = SECTION("hooks", hooks_rows, );
#undef STRUCT
