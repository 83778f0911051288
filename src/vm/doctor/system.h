/* vm/doctor/system.h - which distribution this is, what boots it and what makes its initramfs: the
 * columns of remedies. Reads below a sysroot. */
#ifndef VM_DOCTOR_SYSTEM_H
#define VM_DOCTOR_SYSTEM_H

enum distribution {
	DISTRIBUTION_OTHER,
	DISTRIBUTION_DEBIAN,
	DISTRIBUTION_FEDORA,
	DISTRIBUTION_ARCH,
	DISTRIBUTION_SUSE,
	DISTRIBUTIONS
};

enum boot {
	BOOT_UNKNOWN,
	BOOT_OSTREE,
	BOOT_PROXMOX,
	BOOT_KERNELSTUB,
	BOOT_GRUBBY,
	BOOT_GRUB,
	BOOT_SYSTEMD_CMDLINE, /* systemd-boot, entries made from /etc/kernel/cmdline */
	BOOT_SYSTEMD,         /* systemd-boot, entries by hand */
	BOOTS
};

enum initramfs {
	INITRAMFS_UNKNOWN,
	INITRAMFS_DEBIAN,
	INITRAMFS_DRACUT,
	INITRAMFS_MKINITCPIO,
	INITRAMFSES
};

struct system {
	enum distribution distribution;
	enum boot boot;
	enum initramfs initramfs;
	char *name; /* "Debian GNU/Linux 12 (bookworm)"; never NULL */
};

struct patient;

void system_look(struct system *self, const struct patient *patient);
void system_finish(struct system *self);

#endif
