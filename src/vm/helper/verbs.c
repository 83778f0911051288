#include "vm/helper/verbs.h"

#include <string.h>

#include "base/mem.h"
#include "shm/sysfs.h"

const struct verb verbs[VERB_KINDS] = {
	[VERB_BIND] = { "bind", { WORD_ADDRESS } },
	[VERB_DESKTOP] = { "desktop", { WORD_UNIT } },
	[VERB_CONSOLES] = { "consoles", { WORD_NONE } },
	[VERB_GROUP] = { "group", { WORD_ADDRESS } },
	[VERB_LOCK] = { "lock", { WORD_COUNT } },
	[VERB_MACVTAP] = { "macvtap", { WORD_INTERFACE, WORD_INTERFACE, WORD_MAC } },
	[VERB_MDEV] = { "mdev", { WORD_ADDRESS, WORD_TYPE, WORD_UUID } },
	[VERB_PAGES] = { "pages", { WORD_PAGE, WORD_COUNT } },
	[VERB_RESET] = { "reset", { WORD_ADDRESS, WORD_METHODS } },
	[VERB_SLEEP] = { "sleep", { WORD_ADDRESS, WORD_SWITCH } },
	[VERB_UNLOAD] = { "unload", { WORD_MODULES } },
	[VERB_VFS] = { "vfs", { WORD_ADDRESS, WORD_COUNT } },
	[VERB_VGPU] = { "vgpu", { WORD_ADDRESS, WORD_COUNT } },
};

#define DIGITS  "0123456789"
#define HEX     DIGITS "abcdef"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_of(const char *text, const char *characters, size_t most)
{
	size_t length = strlen(text);
	return length && length <= most && strspn(text, characters) == length;
}

/* A name of the kernel's that is also safe as part of a path. */
static bool is_name(const char *text, size_t most)
{
	return is_of(text, LETTERS DIGITS "_.-", most) && strchr(LETTERS DIGITS "_", text[0]);
}

static bool is_address(const char *text)
{
	struct pci_address address;
	char written[PCI_ADDRESS_LENGTH];

	if (!pci_address_parse(text, &address))
		return false;
	pci_address_format(&address, written);
	return strcmp(written, text) == 0;
}

static bool is_count(const char *text)
{
	return is_of(text, DIGITS, 15) && (text[0] != '0' || !text[1]);
}

static bool is_interface(const char *text)
{
	return is_name(text, 15);
}

/* Each 0 of `shape` is a hex digit; the rest is itself. */
static bool is_shaped(const char *text, const char *shape)
{
	for (; *shape; text++, shape++)
		if (*shape == '0' ? !*text || !strchr(HEX, *text) : *text != *shape)
			return false;
	return !*text;
}

/* One that a card may have: the lowest bit of its first byte is a group's. */
static bool is_mac(const char *text)
{
	return is_shaped(text, "00:00:00:00:00:00") && strchr("02468ace", text[1]) &&
	       strcmp(text, "00:00:00:00:00:00") != 0;
}

static bool is_uuid(const char *text)
{
	return is_shaped(text, "00000000-0000-0000-0000-000000000000");
}

static bool is_type(const char *text)
{
	return is_name(text, 64);
}

static bool is_driver(const char *text)
{
	return strcmp(text, "-") == 0 || is_name(text, 64);
}

static bool is_among(const char *text, size_t length, const char *const *names)
{
	for (; *names; names++)
		if (strlen(*names) == length && memcmp(*names, text, length) == 0)
			return true;
	return false;
}

static bool is_methods(const char *text)
{
	static const char *const known[] = { "device_specific", "acpi", "flr",
					     "af_flr",          "pm",   "bus",
					     "cxl_bus",         NULL };
	if (strcmp(text, "-") == 0)
		return true;
	for (size_t length;; text += length + 1) {
		length = strcspn(text, ",");
		if (!is_among(text, length, known))
			return false;
		if (!text[length])
			return true;
	}
}

/* What may be stopped as "the desktop": nothing else is one. */
static const char *const units[] = {
	"display-manager.service",
	"gdm.service",
	"gdm3.service",
	"greetd.service",
	"lemurs.service",
	"lightdm.service",
	"lxdm.service",
	"ly.service",
	"nvidia-persistenced.service",
	"nvidia-powerd.service",
	"plasmalogin.service",
	"sddm.service",
	"slim.service",
	"xdm.service",
	NULL,
};

static const char *const lists[WORD_KINDS][5] = {
	[WORD_MODULES] = { "nvidia" },
	[WORD_PAGE] = { "2048", "1048576" },
	[WORD_SWITCH] = { "yes", "no" },
	[WORD_FLAG] = { "0", "1", "-" },
	[WORD_CONTROL] = { "auto", "on", "-" },
	[WORD_MODULE] = { "nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia" },
};

static bool (*const shapes[WORD_KINDS])(const char *text) = {
	[WORD_ADDRESS] = is_address, [WORD_COUNT] = is_count,     [WORD_INTERFACE] = is_interface,
	[WORD_MAC] = is_mac,         [WORD_METHODS] = is_methods, [WORD_TYPE] = is_type,
	[WORD_UUID] = is_uuid,       [WORD_DRIVER] = is_driver,
};

bool verb_word_fits(enum verb_word kind, const char *text)
{
	if (strlen(text) >= WORD_LENGTH)
		return false;
	if (kind == WORD_UNIT)
		return is_among(text, strlen(text), units);
	if (shapes[kind])
		return shapes[kind](text);
	return is_among(text, strlen(text), lists[kind]);
}

bool verb_machine_fits(const char *name)
{
	return is_name(name, 64);
}

static int find_row(const struct verb *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].name, name) == 0)
			return (int)i;
	return -1;
}

int verb_parse(const struct verb *table, size_t count, char *line, char *words[VERB_WORDS],
	       const char **why)
{
	char *rest = line, *name = strsep(&rest, " ");
	int row = find_row(table, count, name);

	*why = "there is no such verb";
	for (int i = 0; row >= 0 && i < VERB_WORDS && table[row].words[i] != WORD_NONE; i++) {
		words[i] = strsep(&rest, " ");
		*why = words[i] ? "a word is not what belongs there" : "a word is missing";
		if (!words[i] || !verb_word_fits(table[row].words[i], words[i]))
			return -1;
	}
	if (row >= 0 && rest)
		*why = "there is a word too many";
	return row >= 0 && !rest ? row : -1;
}
