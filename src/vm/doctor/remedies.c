#include "vm/doctor/remedies.h"

#include "base/mem.h"

/* ---- packages ---- */

static const char *const installers[DISTRIBUTIONS] = {
	[DISTRIBUTION_OTHER] = "install %s",
	[DISTRIBUTION_DEBIAN] = "sudo apt install %s",
	[DISTRIBUTION_FEDORA] = "sudo dnf install %s",
	[DISTRIBUTION_ARCH] = "sudo pacman -S %s",
	[DISTRIBUTION_SUSE] = "sudo zypper install %s",
};

static const char *const packages[PACKAGES][DISTRIBUTIONS] = {
	[PACKAGE_QEMU] = { "QEMU for x86_64 (qemu-system-x86_64)", "qemu-system-x86 qemu-utils",
			   "qemu-system-x86-core qemu-img", "qemu-system-x86 qemu-img",
			   "qemu-x86 qemu-img" },
	[PACKAGE_QEMU_SPICE] = { "QEMU's modules for SPICE", "qemu-system-modules-spice",
				 "qemu-ui-spice-core qemu-audio-spice qemu-char-spice",
				 "qemu-ui-spice-core qemu-audio-spice qemu-chardev-spice",
				 "qemu-spice" },
	[PACKAGE_QEMU_GL] = { "QEMU's modules for OpenGL", "qemu-system-modules-opengl",
			      "qemu-device-display-virtio-vga-gl qemu-ui-egl-headless",
			      "qemu-hw-display-virtio-vga-gl qemu-ui-egl-headless",
			      "qemu-hw-display-virtio-vga qemu-ui-opengl" },
	[PACKAGE_SWTPM] = { "swtpm", "swtpm", "swtpm", "swtpm", "swtpm" },
	[PACKAGE_OVMF] = { "OVMF (UEFI for QEMU, with Secure Boot)", "ovmf", "edk2-ovmf",
			   "edk2-ovmf", "qemu-ovmf-x86_64" },
	[PACKAGE_POLKIT] = { "polkit, with pkexec", "pkexec", "polkit", "polkit", "polkit" },
};

void advise_package(struct finding *finding, const struct patient *patient, enum package package)
{
	enum distribution distribution = patient->system.distribution;
	g_autofree char *text = g_strdup(installers[distribution]);
	/* Of a table of ours, so it is a format with one %s. */
	g_auto(GStrv) parts = g_strsplit(text, "%s", 2);

	finding_advise(finding, "%s%s", parts[0], packages[package][distribution]);
	/* Rooms of the disk image are read-only there. */
	if (patient->system.boot == BOOT_OSTREE)
		finding_advise(finding, "on an image-based system: rpm-ostree install %s",
			       packages[package][distribution]);
}

/* ---- kernel parameters ---- */

/* {} is the parameter. */
static const struct {
	const char *with, *without;
} boot_commands[BOOTS] = {
	[BOOT_UNKNOWN] = { "add {} to the kernel's command line, in your boot loader's settings",
			   "take {} from the kernel's command line, in your boot loader's "
			   "settings" },
	[BOOT_OSTREE] = { "sudo rpm-ostree kargs --append={}",
			  "sudo rpm-ostree kargs --delete={}" },
	[BOOT_PROXMOX] = { "add {} to the line in /etc/kernel/cmdline (or to "
			   "GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub), then: sudo "
			   "proxmox-boot-tool refresh",
			   "take {} from the line in /etc/kernel/cmdline (or from "
			   "/etc/default/grub), then: sudo proxmox-boot-tool refresh" },
	[BOOT_KERNELSTUB] = { "sudo kernelstub --add-options {}",
			      "sudo kernelstub --delete-options {}" },
	[BOOT_GRUBBY] = { "sudo grubby --update-kernel=ALL --args={}",
			  "sudo grubby --update-kernel=ALL --remove-args={}" },
	[BOOT_GRUB] = { "add {} to GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub",
			"take {} from the GRUB_CMDLINE_LINUX lines in /etc/default/grub" },
	[BOOT_SYSTEMD_CMDLINE] = { "add {} to the line in /etc/kernel/cmdline",
				   "take {} from the line in /etc/kernel/cmdline" },
	[BOOT_SYSTEMD] = { "add {} to \"options\" in your entry below loader/entries of the EFI "
			   "partition",
			   "take {} from \"options\" in your entry below loader/entries of the EFI "
			   "partition" },
};

/* What comes after the edit of a file. */
static const char *const boot_updates[BOOTS][DISTRIBUTIONS] = {
	[BOOT_GRUB] = { "sudo grub-mkconfig -o /boot/grub/grub.cfg", "sudo update-grub",
			"sudo grub2-mkconfig -o /boot/grub2/grub.cfg",
			"sudo grub-mkconfig -o /boot/grub/grub.cfg",
			"sudo grub2-mkconfig -o /boot/grub2/grub.cfg" },
	[BOOT_SYSTEMD_CMDLINE] = { "sudo kernel-install add-all", "sudo update-initramfs -u -k all",
				   "sudo kernel-install add-all", "sudo mkinitcpio -P",
				   "sudo sdbootutil update-all-entries" },
};

static void advise_boot(struct finding *finding, const struct patient *patient, const char *command,
			const char *parameter)
{
	const struct system *system = &patient->system;
	g_auto(GStrv) parts = g_strsplit(command, "{}", -1);
	g_autofree char *text = g_strjoinv(parameter, parts);
	const char *update = boot_updates[system->boot][system->distribution];

	finding_advise(finding, "%s", text);
	if (update)
		finding_advise(finding, "%s", update);
	finding_advise(finding, "start the computer anew");
}

void advise_parameter(struct finding *finding, const struct patient *patient, const char *parameter)
{
	advise_boot(finding, patient, boot_commands[patient->system.boot].with, parameter);
}

void advise_no_parameter(struct finding *finding, const struct patient *patient,
			 const char *parameter)
{
	advise_boot(finding, patient, boot_commands[patient->system.boot].without, parameter);
}

/* ---- the initramfs ---- */

static const char *const initramfs_commands[INITRAMFSES] = {
	[INITRAMFS_UNKNOWN] = "make your initramfs anew",
	[INITRAMFS_DEBIAN] = "sudo update-initramfs -u -k all",
	[INITRAMFS_DRACUT] = "sudo dracut --regenerate-all --force",
	[INITRAMFS_MKINITCPIO] = "sudo mkinitcpio -P",
};

void advise_initramfs(struct finding *finding, const struct patient *patient)
{
	if (patient->system.boot == BOOT_OSTREE)
		finding_advise(finding, "sudo rpm-ostree initramfs --enable");
	else
		finding_advise(finding, "%s", initramfs_commands[patient->system.initramfs]);
	finding_advise(finding, "start the computer anew");
}

/* ---- files, and root's steps ---- */

void advise_file(struct finding *finding, const char *title, const char *path, const char *line)
{
	g_autofree char *content = g_strdup_printf("# For Oriel: %s.\n%s\n", title, line);

	finding_advise(finding, "put into %s: %s", path, line);
	finding_offer_file(finding, title, path, content);
}

static bool is_unit(const char *name)
{
	return g_str_has_suffix(name, ".slice") || g_str_has_suffix(name, ".service") ||
	       g_str_has_suffix(name, ".scope");
}

void advise_group(struct finding *finding, const char *what, const char *group,
		  const char *property)
{
	g_autofree char *unit = g_path_get_basename(group);

	if (is_unit(unit))
		finding_advise(finding, "%s sudo systemctl set-property --runtime %s %s", what,
			       unit, property);
	else
		finding_advise(finding, "%s let whoever runs this container (%s) do it", what,
			       group);
}

void advise_helper(struct finding *finding, const struct patient *patient)
{
	if (!patient->answers.helper)
		finding_advise(finding, "install oriel-helper, which belongs to Oriel: it does at "
					"each start what needs root, and undoes it");
	if (!patient->answers.pkexec && !patient->answers.root)
		advise_package(finding, patient, PACKAGE_POLKIT);
}
