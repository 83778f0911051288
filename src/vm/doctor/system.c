#include "vm/doctor/system.h"

#include <glib.h>

#include "base/mem.h"
#include "vm/doctor/patient.h"
#include "vm/doctor/texts.h"

/* ID or ID_LIKE of os-release. */
static const struct {
	const char *id;
	enum distribution distribution;
} distributions[] = {
	{ "debian", DISTRIBUTION_DEBIAN },
	{ "ubuntu", DISTRIBUTION_DEBIAN },
	{ "fedora", DISTRIBUTION_FEDORA },
	{ "rhel", DISTRIBUTION_FEDORA },
	{ "centos", DISTRIBUTION_FEDORA },
	{ "arch", DISTRIBUTION_ARCH },
	{ "suse", DISTRIBUTION_SUSE },
	{ "opensuse", DISTRIBUTION_SUSE },
	{ "opensuse-tumbleweed", DISTRIBUTION_SUSE },
};

/* What shows itself by a file; the first that does. Files that only root may see do not show. */
static const struct {
	const char *path;
	enum boot boot;
} boots[] = {
	{ "/run/ostree-booted", BOOT_OSTREE },
	{ "/etc/kernel/proxmox-boot-uuids", BOOT_PROXMOX },
	{ "/etc/kernelstub/configuration", BOOT_KERNELSTUB },
	{ "/usr/sbin/grubby", BOOT_GRUBBY },
	{ "/usr/bin/grubby", BOOT_GRUBBY },
	{ "/etc/default/grub", BOOT_GRUB },
	{ "/etc/kernel/cmdline", BOOT_SYSTEMD_CMDLINE },
	{ "/boot/loader/loader.conf", BOOT_SYSTEMD },
	{ "/boot/efi/loader/loader.conf", BOOT_SYSTEMD },
	{ "/efi/loader/loader.conf", BOOT_SYSTEMD },
	{ "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
	  BOOT_SYSTEMD },
};

static const struct {
	const char *path;
	enum initramfs initramfs;
} initramfses[] = {
	{ "/usr/sbin/update-initramfs", INITRAMFS_DEBIAN },
	{ "/usr/bin/mkinitcpio", INITRAMFS_MKINITCPIO },
	{ "/usr/bin/dracut", INITRAMFS_DRACUT },
	{ "/usr/sbin/dracut", INITRAMFS_DRACUT },
};

static enum distribution find_distribution(const char *release)
{
	static const char *const keys[] = { "ID", "ID_LIKE" };

	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		g_autofree char *ids = texts_value(release, keys[k]);
		for (size_t i = 0; ids && i < ARRAY_LEN(distributions); i++)
			if (texts_word(ids, distributions[i].id))
				return distributions[i].distribution;
	}
	return DISTRIBUTION_OTHER;
}

static enum boot find_boot(const struct patient *patient)
{
	for (size_t i = 0; i < ARRAY_LEN(boots); i++)
		if (patient_has(patient, "%s", boots[i].path))
			return boots[i].boot;
	return BOOT_UNKNOWN;
}

static enum initramfs find_initramfs(const struct patient *patient)
{
	for (size_t i = 0; i < ARRAY_LEN(initramfses); i++)
		if (patient_has(patient, "%s", initramfses[i].path))
			return initramfses[i].initramfs;
	return INITRAMFS_UNKNOWN;
}

void system_look(struct system *self, const struct patient *patient)
{
	g_autofree char *etc = patient_read(patient, NULL, "/etc/os-release");
	g_autofree char *usr = etc ? NULL : patient_read(patient, NULL, "/usr/lib/os-release");
	const char *release = etc ? etc : usr ? usr : "";
	g_autofree char *name = texts_value(release, "PRETTY_NAME");

	self->distribution = find_distribution(release);
	self->boot = find_boot(patient);
	self->initramfs = find_initramfs(patient);
	self->name = texts_fit(name && *name ? name : "a system of no name");
}

void system_finish(struct system *self)
{
	g_free(self->name);
}
