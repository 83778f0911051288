/* vm/config/vm.h - a machine, as its YAML file describes it: checked, complete, and nothing else.
 *
 * What a file leaves out has its default here; what depends on the computer at hand (which GPU
 * "other" is, how large "auto" memory) is the plan's to find. Sizes are in bytes. Lists are never
 * NULL, texts that nobody gave are. The rows of rows_*.c say what each field is called in a file
 * and what it may be. Plain data; any thread.
 */
#ifndef VM_CONFIG_VM_H
#define VM_CONFIG_VM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "shm/sysfs.h"

enum vm_os { VM_WINDOWS11, VM_WINDOWS10, VM_LINUX, VM_OTHER };

/* What a switch means where "auto" is a third answer. */
enum vm_switch { VM_AUTO, VM_NO, VM_YES };

/* ---- the machine ---- */

enum vm_firmware { VM_FIRMWARE_AUTO, VM_UEFI_SECURE, VM_UEFI, VM_BIOS };
enum vm_chipset { VM_Q35, VM_I440FX };
enum vm_clock { VM_CLOCK_AUTO, VM_CLOCK_LOCAL, VM_CLOCK_UTC };

struct vm_machine {
	enum vm_firmware firmware;
	enum vm_chipset chipset;
	enum vm_clock clock;
	enum vm_switch tpm;
	bool boot_menu;
};

enum { VM_CPUS_MAX = 1024 };

/* CPUs of the computer: bit n of word n / 64. */
struct vm_cpus {
	uint64_t bits[VM_CPUS_MAX / 64];
};

struct vm_cpu {
	char *model; /* "host" or a name that QEMU knows */
	int sockets, cores, threads;
	struct vm_cpus pin;      /* one each for the guest's; none: the scheduler's choice */
	struct vm_cpus emulator; /* QEMU's own threads; none: all that are not pinned */
	enum vm_switch hyperv;   /* what Windows is told of its hypervisor */
	bool hide_kvm;
	char *vendor_id;
	char **flags; /* "+name" and "-name" */
};

enum vm_pages { VM_PAGES_NORMAL, VM_PAGES_2M, VM_PAGES_1G };

struct vm_memory {
	uint64_t size;
	enum vm_pages hugepages;
	bool locked;
};

/* ---- disks and networks ---- */

enum vm_format { VM_QCOW2, VM_RAW };
enum vm_bus { VM_VIRTIO, VM_NVME, VM_AHCI };
enum vm_cache { VM_CACHE_NONE, VM_CACHE_WRITEBACK, VM_CACHE_UNSAFE };

struct vm_disk {
	char *file;    /* an image or a block device */
	uint64_t size; /* of an image that is not there yet; 0: it must be */
	enum vm_format format;
	enum vm_bus bus;
	enum vm_cache cache;
	char *serial;
	bool read_only, discard;
};

struct vm_cd {
	char *file; /* NULL: an empty drive */
};

enum vm_network_kind { VM_NETWORK_USER, VM_NETWORK_BRIDGE, VM_NETWORK_MACVTAP };
enum vm_network_card { VM_CARD_VIRTIO, VM_CARD_E1000E };

/* tcp:127.0.0.1:2222:22 */
struct vm_forward {
	bool udp;
	char *address; /* of the computer; NULL: 127.0.0.1 */
	uint16_t from, to;
};

struct vm_network {
	enum vm_network_kind kind;
	char *via; /* the bridge, or the interface that macvtap rides on */
	enum vm_network_card card;
	char *mac;           /* NULL: made of the machine's name */
	GPtrArray *forwards; /* struct vm_forward; VM_NETWORK_USER */
};

/* ---- GPUs ---- */

/* Which device of the computer. */
enum vm_pick_kind {
	VM_PICK_NONE,    /* nobody said */
	VM_PICK_ADDRESS, /* "0000:01:00.0" */
	VM_PICK_ID,      /* "10de:2684" */
	VM_PICK_OTHER,   /* the one that is not the desktop's */
};

struct vm_pick {
	enum vm_pick_kind kind;
	struct pci_address address;
	uint16_t vendor, product;
};

enum vm_gpu_mode {
	VM_GPU_PASSTHROUGH,
	VM_GPU_SINGLE,
	VM_GPU_SRIOV,
	VM_GPU_MDEV,
	VM_GPU_NVIDIA_VGPU,
	VM_GPU_VIRGL,
	VM_GPU_VENUS,
	VM_GPU_NONE,
};

struct vm_gpu {
	enum vm_gpu_mode mode;
	struct vm_pick device; /* the whole GPU, or the parent of what is shared */
	char *type;            /* VM_GPU_MDEV, VM_GPU_NVIDIA_VGPU: its name or number */
	int vfs;               /* VM_GPU_SRIOV: so many are created where there are fewer; 0: 1 */
	char *rom;
	bool rom_bar;
	char *reset; /* reset methods, best first, as in sysfs; NULL: the kernel's choice */
	bool sleep;  /* D3 while nobody uses it */
	bool primary;
	char *display_manager; /* VM_GPU_SINGLE: its unit */
};

/* ---- what a person sees, hears and touches ---- */

enum vm_display_kind {
	VM_DISPLAY_ORIEL, /* oriel-guest or a B7 host, through shared memory */
	VM_DISPLAY_SPICE, /* only what SPICE shows */
	VM_DISPLAY_NONE,
};
enum vm_shared { VM_SHARED_DOORBELL, VM_SHARED_PLAIN, VM_SHARED_KVMFR };
enum vm_video { VM_VIDEO_AUTO, VM_VIDEO_NONE, VM_VIDEO_VGA, VM_VIDEO_QXL, VM_VIDEO_VIRTIO };

struct vm_extent {
	uint32_t width, height;
};

struct vm_display {
	enum vm_display_kind kind;
	enum vm_shared memory;
	uint64_t size;               /* of the shared memory; 0: enough for `resolution` */
	struct vm_extent resolution; /* the largest that it is to hold */
	bool hdr;
	char *device; /* VM_SHARED_KVMFR */
	enum vm_video video;
	bool spice; /* keyboard, pointer, clipboard and sound through it */
	bool open;  /* `oriel up` opens the viewer */
};

enum vm_sound_kind { VM_SOUND_SPICE, VM_SOUND_PIPEWIRE, VM_SOUND_NONE };

struct vm_sound {
	enum vm_sound_kind kind;
	bool microphone;
};

/* "046d:c52b", or "1-2.4" for what is plugged in there. */
struct vm_usb {
	uint16_t vendor, product; /* both 0: `port` says which */
	char *port;
};

enum vm_keyboard { VM_KEYBOARD_VIRTIO, VM_KEYBOARD_USB, VM_KEYBOARD_PS2 };

struct vm_input {
	enum vm_keyboard keyboard;
	char **evdev; /* of the computer, for the guest alone */
	bool tablet;
};

struct vm_share {
	char *path, *tag;
	bool read_only;
};

/* Each is a list of commands, each of them words: no shell reads them. As the user, never as
 * root. */
struct vm_hooks {
	GPtrArray *before_start, *after_start, *after_stop; /* char ** */
};

struct vm {
	char *name, *description, *uuid;
	enum vm_os os;
	struct vm_machine machine;
	struct vm_cpu cpu;
	struct vm_memory memory;
	GPtrArray *disks;    /* struct vm_disk */
	GPtrArray *cds;      /* struct vm_cd */
	GPtrArray *networks; /* struct vm_network */
	GPtrArray *gpus;     /* struct vm_gpu */
	struct vm_display display;
	struct vm_sound sound;
	struct vm_input input;
	GPtrArray *usb;    /* struct vm_usb */
	GPtrArray *shares; /* struct vm_share */
	char **qemu;       /* arguments, as they are */
	struct vm_hooks hooks;
};

#endif
