#include "vm/rom/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "vm/rom/rom.h"

static char *folder_of(const char *sysroot, const struct pci_address *address)
{
	char text[PCI_ADDRESS_LENGTH];

	pci_address_format(address, text);
	return g_build_filename(sysroot, "/sys/bus/pci/devices", text, NULL);
}

static gboolean fail(GError **error, int code, const char *what, const char *path,
		     const char *remedy)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s %s: %s%s%s", what, path,
		    g_strerror(code), *remedy ? "; " : "", remedy);
	return FALSE;
}

/* ---- the card ---- */

static gboolean read_hex(const char *folder, const char *name, uint16_t *out, GError **error)
{
	char text[16];
	uint32_t value;
	int length = sysfs_read(folder, name, text, sizeof(text));

	if (length < 0)
		return fail(error, -length, "no card at", folder, "oriel gpu lists what there is");
	if (!sysfs_parse_hex(text, &value) || value > UINT16_MAX)
		return fail(error, EINVAL, name, folder, "");
	*out = (uint16_t)value;
	return TRUE;
}

gboolean rom_card_read(const char *sysroot, const struct pci_address *address, struct rom_card *out,
		       GError **error)
{
	g_autofree char *folder = folder_of(sysroot, address);
	struct rom_card card = { 0 };
	char boot[4];

	if (!read_hex(folder, "vendor", &card.vendor, error) ||
	    !read_hex(folder, "device", &card.device, error))
		return FALSE;
	card.boot = sysfs_read(folder, "boot_vga", boot, sizeof(boot)) > 0 && *boot == '1';
	*out = card;
	return TRUE;
}

/* ---- its ROM ---- */

/* A copy of sysfs, as tests have, has nothing to switch. */
static bool is_sysfs(int fd)
{
	struct statfs about;

	return fstatfs(fd, &about) == 0 && about.f_type == SYSFS_MAGIC;
}

/* The kernel takes "0" without the end of line for a yes. */
static int set_bar(int fd, bool on)
{
	return !is_sysfs(fd) || pwrite(fd, on ? "1\n" : "0\n", 2, 0) == 2 ? 0 : -errno;
}

/* 0 or a negative errno. */
static int read_all(int fd, GByteArray *out)
{
	uint8_t piece[4096];
	ssize_t got;

	while ((got = pread(fd, piece, sizeof(piece), (off_t)out->len)) > 0) {
		if (out->len + (size_t)got > ROM_BYTES_MAX)
			return -EFBIG;
		g_byte_array_append(out, piece, (guint)got);
	}
	return got < 0 ? -errno : out->len ? 0 : -ENODATA;
}

static const char *remedy_of(int code)
{
	switch (code) {
	case EACCES:
	case EPERM:
		return "only root may read it: sudo oriel rom dump ...";
	case ENOENT:
		return "the card has no ROM that this computer can read";
	case EIO:
	case ENODATA:
	case EINVAL:
		return "the card shows no ROM: another card's program may have covered it at "
		       "start. Start the computer with another card as its first, or use the "
		       "maker's firmware file and oriel rom trim";
	default:
		return "";
	}
}

GByteArray *rom_dump(const char *sysroot, const struct pci_address *address, GError **error)
{
	g_autofree char *folder = folder_of(sysroot, address);
	g_autofree char *path = g_build_filename(folder, "rom", NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int status = fd < 0 ? -errno : set_bar(fd, true);
	GByteArray *out = g_byte_array_new();

	if (status == 0) {
		status = read_all(fd, out);
		set_bar(fd, false);
	}
	if (fd >= 0)
		close(fd);
	if (status == 0)
		return out;
	fail(error, -status, "cannot read", path, remedy_of(-status));
	g_byte_array_unref(out);
	return NULL;
}
