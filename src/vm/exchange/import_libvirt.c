/* The machine of a libvirt domain around its devices, and what is said of the rest. libvirt's
 * formatdomain page says what each element is. */
#include <gio/gio.h>
#include <string.h>

#include "vm/exchange/import_part.h"

/* ---- what is not carried over ---- */

/* Elements without indices, "@attribute" behind them; a "*" at the end stands for anything. NULL:
 * nobody misses it. */
static const struct {
	const char *path, *why;
} known[] = {
	{ "@*", NULL },
	{ "metadata*", NULL },
	{ "genid", "changes when a copy of a machine starts; take a uuid of its own for copies" },
	{ "currentMemory*", NULL },
	{ "maxMemory*", "memory is not added while the guest runs" },
	{ "memtune*", "is left to the kernel" },
	{ "blkiotune*", "is left to the kernel" },
	{ "numatune*", "is left to the kernel; pinned processors have their memory near" },
	{ "memoryBacking/source*", NULL },
	{ "memoryBacking/access*", NULL },
	{ "memoryBacking/allocation*", NULL },
	{ "iothreads", NULL },
	{ "iothreadids*", NULL },
	{ "cputune/iothreadpin*", "QEMU's own threads have one set: cpu.emulator" },
	{ "cputune*", "is left to the kernel" },
	{ "resource*", NULL },
	{ "seclabel*", NULL },
	{ "sysinfo*", "qemu: [-smbios, ...] sets it" },
	{ "os/smbios*", "qemu: [-smbios, ...] sets it" },
	{ "os/nvram*",
	  "the firmware's settings start anew: boot entries, and keys that somebody added" },
	{ "os/firmware*", NULL },
	{ "os/loader@*", NULL },
	{ "os/kernel", "the guest boots from its disk" },
	{ "os/initrd", "the guest boots from its disk" },
	{ "os/cmdline", "the guest boots from its disk" },
	{ "features/acpi*", NULL },
	{ "features/apic*", NULL },
	{ "features/pae*", NULL },
	{ "features/smm*", NULL },
	{ "features/vmport*", NULL },
	{ "features/kvm/*", "cpu.flags sets what a processor has" },
	{ "features/ioapic*", NULL },
	{ "features/hyperv*", NULL },
	{ "cpu/numa*", "the guest has one node" },
	{ "cpu/cache*", NULL },
	{ "cpu/maxphysaddr*", "is this computer's" },
	{ "cpu@*", NULL },
	{ "cpu/model@*", NULL },
	{ "clock@*", NULL },
	{ "clock/timer*", NULL },
	{ "on_poweroff", NULL },
	{ "on_reboot", NULL },
	{ "on_crash", NULL },
	{ "on_lockfailure", NULL },
	{ "pm*", NULL },
	{ "devices/emulator", NULL },
	{ "devices/controller*", NULL },
	{ "devices/*/address*", NULL },
	{ "devices/*/alias*", NULL },
	{ "devices/disk/backingStore*", NULL },
	{ "devices/disk/driver*", NULL },
	{ "devices/disk@*", NULL },
	{ "devices/disk/source@index", NULL },
	{ "devices/disk/source@startupPolicy", NULL },
	{ "devices/disk/target*", NULL },
	{ "devices/disk/iotune*", "is left to the kernel" },
	{ "devices/disk/blockio*", "is what the image has" },
	{ "devices/disk/geometry*", "is what the image has" },
	{ "devices/disk/vendor", "QEMU names it" },
	{ "devices/disk/product", "QEMU names it" },
	{ "devices/disk/wwn", "serial is what the guest sees" },
	{ "devices/disk/encryption*", "encrypted images are not opened yet" },
	{ "devices/disk/shareable", "a disk is one machine's" },
	{ "devices/interface/driver*", NULL },
	{ "devices/interface/target*", NULL },
	{ "devices/interface/source@*", NULL },
	{ "devices/interface/backend*", NULL },
	{ "devices/interface/virtualport*", NULL },
	{ "devices/interface/rom*", NULL },
	{ "devices/interface/mtu*", "is the network's" },
	{ "devices/interface/bandwidth*", "is left to the kernel" },
	{ "devices/interface/filterref*", "is libvirt's" },
	{ "devices/interface/boot*", "the guest boots from its disks" },
	{ "devices/hostdev@*", NULL },
	{ "devices/hostdev/driver*", NULL },
	{ "devices/hostdev/boot*", "the guest boots from its disks" },
	{ "devices/graphics/listen*", NULL },
	{ "devices/graphics/image*", NULL },
	{ "devices/graphics/streaming*", NULL },
	{ "devices/graphics/playback*", NULL },
	{ "devices/graphics/clipboard*", "the viewer's clipboard asks" },
	{ "devices/graphics/filetransfer*", "the viewer has files dropped on it only" },
	{ "devices/graphics/mouse*", NULL },
	{ "devices/graphics/gl*", NULL },
	{ "devices/graphics@*", NULL },
	{ "devices/video*", NULL },
	{ "devices/sound*", NULL },
	{ "devices/audio*", NULL },
	{ "devices/input/source@*", NULL },
	{ "devices/tpm*", NULL },
	{ "devices/serial*", NULL },
	{ "devices/console*", NULL },
	{ "devices/parallel*", "has no place in this file; qemu: can add one" },
	{ "devices/channel/source*", NULL },
	{ "devices/channel/target@*", NULL },
	{ "devices/redirdev*", "USB devices come by usb:, not from another computer" },
	{ "devices/redirfilter*", NULL },
	{ "devices/smartcard*", "there are none" },
	{ "devices/hub*", NULL },
	{ "devices/memballoon*", NULL },
	{ "devices/rng*", "modern processors have one; qemu: [-device, virtio-rng-pci] adds it" },
	{ "devices/watchdog*", "qemu: [-device, i6300esb] adds one" },
	{ "devices/panic*", NULL },
	{ "devices/vsock*", "qemu: can add one" },
	{ "devices/iommu*", "qemu: [-device, intel-iommu] adds one" },
	{ "devices/shmem/server*", "oriel up runs a server of its own" },
	{ "devices/shmem/msi*", NULL },
	{ "devices/shmem/model*", NULL },
	{ "devices/shmem@role", NULL },
	{ "devices/filesystem/driver*", "folders are shared by 9p" },
	{ "devices/filesystem/binary*", "folders are shared by 9p" },
	{ "devices/filesystem@*", NULL },
	{ "qemu:capabilities*", "qemu: takes arguments only" },
	{ "qemu:override*", "qemu: takes arguments only" },
	{ "qemu:commandline/qemu:env*", "there is no environment in this file" },
};

static bool matches(const char *pattern, const char *path)
{
	return g_pattern_match_simple(pattern, path);
}

/* The path without indices, which patterns have none of. */
static char *plain_path(const char *path, const char *attribute)
{
	GString *out = g_string_new(NULL);

	for (; *path; path++) {
		if (*path == '[')
			path += strcspn(path, "]");
		else
			g_string_append_c(out, *path);
	}
	if (attribute)
		g_string_append_printf(out, "@%s", attribute);
	return g_string_free(out, FALSE);
}

static void report(struct import *self, const char *path, const char *attribute)
{
	g_autofree char *plain = plain_path(path, attribute);
	g_autofree char *place = attribute ? g_strdup_printf("%s@%s", path, attribute)
					   : g_strdup(path);

	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (matches(known[i].path, plain)) {
			if (known[i].why)
				import_lose(self, place, "%s", known[i].why);
			return;
		}
	import_lose(self, place, "has no place in this file");
}

static void report_rest(struct import *self, const struct element *element)
{
	g_autofree char *path = element->parent ? element_path(element) : g_strdup("");

	if (!element->taken) {
		report(self, path, NULL);
		return;
	}
	for (unsigned i = 0; i < element->attributes->len; i++) {
		const struct attribute *attribute = element->attributes->pdata[i];
		if (!attribute->taken)
			report(self, path, attribute->name);
	}
	for (unsigned i = 0; i < element->children->len; i++)
		report_rest(self, element->children->pdata[i]);
}

/* ---- identity ---- */

static void import_identity(struct import *self, struct element *domain)
{
	struct element *title = element_find(domain, "title");
	struct element *description = element_find(domain, "description");
	const char *uuid = element_text(element_find(domain, "uuid"));

	if (*uuid)
		import_set(self, NULL, "uuid", uuid, "uuid");
	if (description || title)
		import_set(self, NULL, "description",
			   element_text(description ? description : title), "description");
}

/* libosinfo's ids. */
static const struct {
	const char *part, *os;
} systems[] = {
	{ "microsoft.com/win/11", "windows11" },
	{ "microsoft.com/win", "windows10" },
	{ "libosinfo.org/linux", "linux" },
	{ "debian.org", "linux" },
	{ "ubuntu.com", "linux" },
	{ "fedoraproject.org", "linux" },
	{ "redhat.com", "linux" },
	{ "archlinux.org", "linux" },
	{ "opensuse.org", "linux" },
	{ "suse.com", "linux" },
	{ "nixos.org", "linux" },
	{ "gentoo.org", "linux" },
};

/* Its prefix is whatever somebody chose. */
static const char *find_system(struct element *metadata)
{
	for (unsigned i = 0; metadata && i < metadata->children->len; i++) {
		struct element *info = metadata->children->pdata[i];
		for (unsigned j = 0; j < info->children->len; j++) {
			struct element *os = info->children->pdata[j];
			if (g_str_has_suffix(os->name, "os") && element_attribute(os, "id"))
				return element_attribute(os, "id");
		}
	}
	return NULL;
}

static const char *guess_system(struct element *domain)
{
	if (!element_find(domain, "features/hyperv"))
		return "other";
	return element_find(domain, "devices/tpm") ? "windows11" : "windows10";
}

static void import_system(struct import *self, struct element *domain)
{
	const char *id = find_system(element_find(domain, "metadata"));

	for (size_t i = 0; id && i < G_N_ELEMENTS(systems); i++)
		if (strstr(id, systems[i].part)) {
			import_set(self, NULL, "os", systems[i].os, "metadata");
			return;
		}
	const char *guess = guess_system(domain);
	import_set(self, NULL, "os", guess, "metadata");
	import_lose(self, "os", "the file does not say what runs in it; %s is a guess", guess);
}

/* ---- memory ---- */

static const struct {
	const char *name;
	uint64_t bytes;
} units[] = {
	{ "b", 1 },
	{ "bytes", 1 },
	{ "k", 1 << 10 },
	{ "KiB", 1 << 10 },
	{ "KB", 1000 },
	{ "M", 1 << 20 },
	{ "MiB", 1 << 20 },
	{ "MB", 1000000 },
	{ "G", 1 << 30 },
	{ "GiB", 1 << 30 },
	{ "GB", 1000000000 },
	{ "T", UINT64_C(1) << 40 },
	{ "TiB", UINT64_C(1) << 40 },
	{ "TB", UINT64_C(1000000000000) },
};

/* 0: it says no size that a machine could have. */
static uint64_t read_size(const char *number, const char *unit, uint64_t initial)
{
	guint64 count, bytes = initial;

	for (size_t i = 0; unit && i < G_N_ELEMENTS(units); i++)
		if (strcmp(units[i].name, unit) == 0)
			bytes = units[i].bytes;
	if (!g_ascii_string_to_unsigned(number, 10, 1, UINT64_C(1) << 50, &count, NULL) ||
	    count > (UINT64_C(1) << 50) / bytes)
		return 0;
	return count * bytes;
}

static void import_memory(struct import *self, struct element *domain)
{
	struct element *memory = element_find(domain, "memory");
	struct element *page = element_find(domain, "memoryBacking/hugepages/page");
	uint64_t size = read_size(element_text(memory), element_attribute(memory, "unit"), 1 << 10);
	uint64_t large = read_size(
		page && element_attribute(page, "size") ? element_attribute(page, "size") : "2048",
		element_attribute(page, "unit"), 1 << 10);

	import_setf(self, "memory", "size", "memory", "%" G_GUINT64_FORMAT "M", size >> 20);
	if (size >> 20 && size & ((1 << 20) - 1))
		import_lose(self, "memory", "is a whole number of MiB; the rest was cut off");
	if (element_find(domain, "memoryBacking/hugepages"))
		import_set(self, "memory", "hugepages", large >= 1 << 30 ? "1G" : "2M",
			   "memoryBacking/hugepages");
	if (element_find(domain, "memoryBacking/locked"))
		import_set(self, "memory", "locked", "yes", "memoryBacking/locked");
}

/* ---- firmware and clock ---- */

static bool is_secure(struct element *os)
{
	struct element *loader = element_find(os, "loader");
	const char *secure = element_attribute(loader, "secure");
	g_autoptr(GPtrArray) features = element_all(element_find(os, "firmware"), "feature");

	if (secure)
		return strcmp(secure, "yes") == 0;
	for (unsigned i = 0; i < features->len; i++) {
		element_take_all(features->pdata[i]);
		if (g_strcmp0(element_attribute(features->pdata[i], "name"), "secure-boot") == 0 &&
		    g_strcmp0(element_attribute(features->pdata[i], "enabled"), "yes") == 0)
			return true;
	}
	return strstr(element_text(loader), "secboot") || strstr(element_text(loader), ".ms.");
}

static bool is_uefi(struct element *os)
{
	struct element *loader = element_find(os, "loader");

	element_attribute(loader, "readonly");
	element_attribute(loader, "format");
	return g_strcmp0(element_attribute(os, "firmware"), "efi") == 0 ||
	       g_strcmp0(element_attribute(loader, "type"), "pflash") == 0;
}

static void import_boot(struct import *self, struct element *os)
{
	struct element *menu = element_find(os, "bootmenu");
	g_autoptr(GPtrArray) boots = element_all(os, "boot");

	if (g_strcmp0(element_attribute(menu, "enable"), "yes") == 0)
		import_set(self, "machine", "boot-menu", "yes", "os/bootmenu");
	element_take_all(menu);
	for (unsigned i = 0; i < boots->len; i++) {
		const char *device = element_attribute(boots->pdata[i], "dev");
		element_take_all(boots->pdata[i]);
		if (i == 0 && g_strcmp0(device, "hd") != 0)
			import_lose(self, "os/boot",
				    "the guest boots from its disk, and from a CD "
				    "where that is empty; boot-menu: yes asks");
	}
}

static gboolean import_firmware(struct import *self, struct element *domain, GError **error)
{
	struct element *os = element_find(domain, "os"), *type = element_find(os, "type");
	const char *arch = element_attribute(type, "arch");
	const char *machine = element_attribute(type, "machine");
	bool q35 = !machine || strstr(machine, "q35");

	if (arch && strcmp(arch, "x86_64") != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "os/type@arch: this is a machine of %s; there are only those of x86_64",
			    arch);
		return FALSE;
	}
	element_text(type);
	import_set(self, "machine", "chipset", q35 ? "q35" : "i440fx", "os/type");
	import_set(self, "machine", "firmware",
		   !is_uefi(os)           ? "bios"
		   : is_secure(os) && q35 ? "uefi-secure"
					  : "uefi",
		   "os");
	import_boot(self, os);
	return TRUE;
}

static void import_clock(struct import *self, struct element *domain)
{
	const char *offset = element_attribute(element_find(domain, "clock"), "offset");

	if (!offset)
		return;
	import_set(self, "machine", "clock", strcmp(offset, "localtime") == 0 ? "local" : "utc",
		   "clock");
	if (strcmp(offset, "localtime") != 0 && strcmp(offset, "utc") != 0)
		import_lose(self, "clock", "offset %s: the guest's clock shows local time or UTC",
			    offset);
}

/* ---- the whole domain ---- */

static gboolean convert(struct import *self, struct element *domain, GError **error)
{
	domain->taken = true;
	element_attribute(domain, "type");
	import_identity(self, domain);
	import_system(self, domain);
	import_memory(self, domain);
	if (!import_firmware(self, domain, error))
		return FALSE;
	import_clock(self, domain);
	import_processors(self, domain);
	import_devices(self, element_find(domain, "devices"));
	import_arguments(self, domain);
	report_rest(self, domain);
	return TRUE;
}

char *import_libvirt(const char *name, const char *text, size_t length, GPtrArray *lost,
		     GError **error)
{
	struct element *domain = element_parse(name, text, length, error);
	struct import self;
	char *yaml = NULL;

	if (!domain)
		return NULL;
	if (strcmp(domain->name, "domain") != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "%s: <%s> is no machine; virsh dumpxml NAME writes one, as <domain>",
			    name, domain->name);
		element_free(domain);
		return NULL;
	}
	import_begin(&self, element_text(element_find(domain, "name")), lost);
	if (convert(&self, domain, error)) {
		yaml = import_finish(&self, name, error);
	} else {
		g_prefix_error(error, "%s: ", name);
		import_drop(&self);
	}
	element_free(domain);
	return yaml;
}
