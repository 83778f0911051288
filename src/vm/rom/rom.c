/* PCI Firmware Specification 3.3, chapter 5 (images, PCIR); UEFI 2.10, 14.4.2 (EFI images). What
 * NVIDIA adds is as its open kernel modules and nouveau read it. */
#include "vm/rom/rom.h"

#include <gio/gio.h>
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"

/* Offsets within an image. */
enum {
	IMAGE_EFI_SIGNATURE = 0x04,
	IMAGE_EFI_MACHINE = 0x0a,
	IMAGE_POINTER = 0x18, /* to PCIR */
	IMAGE_HEADER = 0x1a,  /* bytes of it */
};

/* Offsets within PCIR, and NPDS, which is the same. */
enum {
	PCIR_VENDOR = 0x04,
	PCIR_DEVICE = 0x06,
	PCIR_LIST = 0x08, /* of more devices, from PCIR; since revision 3 */
	PCIR_LENGTH = 0x0a,
	PCIR_REVISION = 0x0c,
	PCIR_CLASS = 0x0d,
	PCIR_IMAGE_LENGTH = 0x10, /* in UNITs */
	PCIR_TYPE = 0x14,
	PCIR_INDICATOR = 0x15,
	PCIR_BYTES = 0x18,
};

/* Offsets within NPDE, at the first 16 bytes behind PCIR. */
enum { NPDE_IMAGE_LENGTH = 0x08, NPDE_LAST = 0x0a, NPDE_BYTES = 0x0b };

enum { UNIT = 512, LAST = 0x80, DEVICES_MAX = 256, TYPE_NVIDIA = 0x70 };

#define SIGNATURE_EFI   0x0ef1u
#define DIRECTORY_AFTER 4096u /* behind the flash's status */

struct bytes {
	const uint8_t *data;
	size_t size;
};

static uint16_t get_u16(const struct bytes *self, size_t offset)
{
	return (uint16_t)(self->data[offset] | self->data[offset + 1] << 8);
}

static uint32_t get_u32(const struct bytes *self, size_t offset)
{
	return get_u16(self, offset) | (uint32_t)get_u16(self, offset + 2) << 16;
}

static bool begins(const struct bytes *self, size_t offset, const char *magic)
{
	return range_inside(offset, strlen(magic), self->size) &&
	       memcmp(self->data + offset, magic, strlen(magic)) == 0;
}

G_GNUC_PRINTF(2, 3) static gboolean refuse(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *why = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
	return FALSE;
}

/* Up to four bytes at `offset`, for errors. */
static char *quote(const struct bytes *self, size_t offset)
{
	GString *out = g_string_new(NULL);

	for (size_t i = offset; i < self->size && i < offset + 4; i++)
		g_string_append_printf(out, "%s%02x", out->len ? " " : "", self->data[i]);
	return g_string_free(out, FALSE);
}

static gboolean need(const struct bytes *self, uint64_t offset, uint64_t length, const char *what,
		     GError **error)
{
	return range_inside(offset, length, self->size) ||
	       refuse(error, "%s should be at 0x%" PRIx64 ", but the file ends at 0x%zx", what,
		      offset, self->size);
}

/* ---- one image ---- */

/* "VN" is NVIDIA's: the images behind it are for its driver alone. */
static bool is_private(const struct bytes *self, size_t offset)
{
	return begins(self, offset, "VN");
}

static gboolean find_header(const struct bytes *self, struct rom_image *image, GError **error)
{
	g_autofree char *found = quote(self, image->offset);

	if (!need(self, image->offset, IMAGE_HEADER, "an image", error))
		return FALSE;
	image->private = is_private(self, image->offset);
	if (!image->private && !begins(self, image->offset, "\x55\xaa"))
		return refuse(error, "an image should begin at 0x%zx with 55 aa; there is %s",
			      image->offset, found);
	image->header = image->offset + get_u16(self, image->offset + IMAGE_POINTER);
	if (!need(self, image->header, PCIR_BYTES, "the image's PCIR", error))
		return FALSE;
	if (begins(self, image->header, image->private ? "NPDS" : "PCIR"))
		return TRUE;
	g_autofree char *there = quote(self, image->header);
	return refuse(error, "the image at 0x%zx should have %s at 0x%zx; there is %s",
		      image->offset, image->private ? "NPDS" : "PCIR", image->header, there);
}

/* NVIDIA's own length and end are for whoever reads its private images too. */
static size_t find_npde(const struct bytes *self, const struct rom_image *image)
{
	size_t offset = align_up(image->header + get_u16(self, image->header + PCIR_LENGTH), 16);

	return begins(self, offset, "NPDE") && range_inside(offset, NPDE_BYTES, self->size) ? offset
											    : 0;
}

static gboolean measure(const struct bytes *self, struct rom_image *image, bool *last,
			GError **error)
{
	size_t npde = find_npde(self, image);
	unsigned units = get_u16(self, npde ? npde + NPDE_IMAGE_LENGTH
					    : image->header + PCIR_IMAGE_LENGTH);

	image->size = (size_t)units * UNIT;
	image->last = self->data[image->header + PCIR_INDICATOR] & LAST;
	*last = npde ? self->data[npde + NPDE_LAST] & LAST : image->last;
	if (units == 0)
		return refuse(error, "the image at 0x%zx says that it has 0 bytes", image->offset);
	if (!range_inside(image->offset, image->size, self->size))
		return refuse(error,
			      "the image at 0x%zx has %zu bytes, but the file ends at 0x%zx: it is "
			      "cut short",
			      image->offset, image->size, self->size);
	if (!range_inside(image->header - image->offset, PCIR_BYTES, image->size))
		return refuse(error, "the image at 0x%zx has %zu bytes, but its PCIR is at 0x%zx",
			      image->offset, image->size, image->header);
	return TRUE;
}

static size_t find_devices(const struct bytes *self, const struct rom_image *image)
{
	unsigned list = get_u16(self, image->header + PCIR_LIST);

	return self->data[image->header + PCIR_REVISION] >= 3 && list ? image->header + list : 0;
}

static void describe(const struct bytes *self, struct rom_image *image)
{
	image->type = self->data[image->header + PCIR_TYPE];
	image->vendor = get_u16(self, image->header + PCIR_VENDOR);
	image->device = get_u16(self, image->header + PCIR_DEVICE);
	image->class = get_u32(self, image->header + PCIR_CLASS) & 0xffffff;
	image->others = find_devices(self, image);
	if (image->type == ROM_EFI && !image->private &&
	    get_u32(self, image->offset + IMAGE_EFI_SIGNATURE) == SIGNATURE_EFI)
		image->machine = get_u16(self, image->offset + IMAGE_EFI_MACHINE);
	for (size_t i = 0; i < image->size; i++)
		image->sum = (uint8_t)(image->sum + self->data[image->offset + i]);
}

/* ---- all of them ---- */

static const struct rom_image *last_of(const struct rom *rom)
{
	return rom->count ? &rom->images[rom->count - 1] : NULL;
}

/* NVIDIA's driver reads on where others stop. */
static bool goes_on(const struct bytes *self, const struct rom *rom, bool last)
{
	return !last || (!last_of(rom)->private && is_private(self, rom->chain_end));
}

/* Dumps of ROM BARs end before the private images, which the BAR does not show. */
static bool may_end(const struct bytes *self, const struct rom *rom)
{
	const struct rom_image *image = last_of(rom);

	return image && (image->last || image->private) &&
	       !begins(self, rom->chain_end, "\x55\xaa") && !is_private(self, rom->chain_end);
}

static gboolean add_image(const struct bytes *self, struct rom *rom, bool *last, GError **error)
{
	struct rom_image image = { .offset = rom->chain_end };
	const struct rom_image *before = last_of(rom);

	if (rom->count == ROM_IMAGES_MAX)
		return refuse(error, "at 0x%zx an image follows, but there are %d already",
			      image.offset, ROM_IMAGES_MAX);
	if (!find_header(self, &image, error) || !measure(self, &image, last, error))
		return FALSE;
	describe(self, &image);
	image.private |= image.type >= TYPE_NVIDIA || (before && (before->last || before->private));
	rom->images[rom->count++] = image;
	rom->chain_end = image.offset + image.size;
	if (!image.private)
		rom->end = rom->chain_end;
	return TRUE;
}

static gboolean walk(const struct bytes *self, struct rom *rom, GError **error)
{
	bool last = false;

	do {
		if (may_end(self, rom))
			break;
		if (!add_image(self, rom, &last, error))
			return FALSE;
	} while (goes_on(self, rom, last));
	return rom->end > rom->start ||
	       refuse(error, "there are only private images of NVIDIA's at 0x%zx", rom->start);
}

/* ---- the flash of an NVIDIA card ---- */

/* Words that its processor runs before anything else: which version they are says where the place
 * of the images is written. */
static gboolean find_in_old_flash(const struct bytes *self, uint64_t *out, GError **error)
{
	uint64_t place = (get_u32(self, 4) >> 16 & 0x7fff) + 4;

	if (!need(self, place, 4, "the flash's place of the images", error))
		return FALSE;
	*out = get_u32(self, place);
	return TRUE;
}

static gboolean find_in_flash(const struct bytes *self, uint64_t *out, GError **error)
{
	uint64_t place = get_u32(self, 8) & 0xfffff;

	if (!need(self, place, 4, "the flash's status", error))
		return FALSE;
	uint64_t directory = (uint64_t)get_u32(self, place) + DIRECTORY_AFTER;
	if (!need(self, directory, 12, "the flash's directory", error))
		return FALSE;
	if (!begins(self, directory, "RFRD")) {
		g_autofree char *found = quote(self, directory);
		return refuse(error,
			      "the flash's directory should be at 0x%" PRIx64
			      " with RFRD; there is %s",
			      directory, found);
	}
	*out = get_u32(self, directory + 8);
	return TRUE;
}

static gboolean enter_flash(const struct bytes *self, struct rom *rom, GError **error)
{
	uint64_t start = 0;
	gboolean found;

	if (!need(self, 0, 12, "an NVIDIA flash's beginning", error))
		return FALSE;
	rom->flash = self->data[5];
	if (rom->flash == 1 || rom->flash == 2)
		found = find_in_old_flash(self, &start, error);
	else if (rom->flash == 3)
		found = find_in_flash(self, &start, error);
	else
		return refuse(error,
			      "an NVIDIA flash of version %u at 0x5; there are known ones of 1 to "
			      "3",
			      rom->flash);
	if (!found || !need(self, start, IMAGE_HEADER, "the flash's first image", error))
		return FALSE;
	rom->start = start;
	return TRUE;
}

/* ---- for callers ---- */

gboolean rom_parse(const uint8_t *data, size_t size, struct rom *out, GError **error)
{
	struct bytes bytes = { data, size };
	struct rom rom = { .size = size };

	if (size > ROM_BYTES_MAX)
		return refuse(error, "it has %zu bytes; no card's firmware has more than %d", size,
			      ROM_BYTES_MAX);
	if (begins(&bytes, 0, "NVGI")) {
		if (!enter_flash(&bytes, &rom, error))
			return FALSE;
	} else if (!begins(&bytes, 0, "\x55\xaa")) {
		g_autofree char *found = quote(&bytes, 0);
		return refuse(error,
			      "it begins with %s, so it is neither an option ROM (55 aa) nor the "
			      "flash of an NVIDIA card (NVGI)",
			      size ? found : "nothing");
	}
	rom.chain_end = rom.start;
	if (!walk(&bytes, &rom, error))
		return FALSE;
	*out = rom;
	return TRUE;
}

const struct rom_image *rom_find(const struct rom *self, uint8_t type)
{
	for (unsigned i = 0; i < self->count; i++)
		if (self->images[i].type == type && !self->images[i].private)
			return &self->images[i];
	return NULL;
}

static bool lists(const struct bytes *self, const struct rom_image *image, uint16_t device)
{
	for (size_t i = 0; image->others && i < DEVICES_MAX; i++) {
		size_t offset = image->others + 2 * i;
		if (!range_inside(offset, 2, self->size) || get_u16(self, offset) == 0)
			return false;
		if (get_u16(self, offset) == device)
			return true;
	}
	return false;
}

bool rom_is_for(const struct rom *self, const uint8_t *data, uint16_t vendor, uint16_t device)
{
	struct bytes bytes = { data, self->size };

	for (unsigned i = 0; i < self->count; i++) {
		const struct rom_image *image = &self->images[i];
		if (!image->private && image->vendor == vendor &&
		    (image->device == device || lists(&bytes, image, device)))
			return true;
	}
	return false;
}

/* A BIOS image's bytes add up to 0; its last one is there for that. */
static void mark_last(uint8_t *data, const struct rom_image *image, size_t start)
{
	uint8_t *indicator = data + (image->header - start) + PCIR_INDICATOR;

	if (*indicator & LAST)
		return;
	*indicator |= LAST;
	if (image->type == ROM_BIOS)
		data[image->offset - start + image->size - 1] -= LAST;
}

GByteArray *rom_trim(const struct rom *self, const uint8_t *data)
{
	GByteArray *out = g_byte_array_sized_new((guint)(self->end - self->start));
	const struct rom_image *last = NULL;

	g_byte_array_append(out, data + self->start, (guint)(self->end - self->start));
	for (unsigned i = 0; i < self->count; i++)
		if (!self->images[i].private)
			last = &self->images[i];
	mark_last(out->data, last, self->start);
	return out;
}

char *rom_image_name(const struct rom_image *image)
{
	static const char *const names[] = { [ROM_BIOS] = "BIOS",
					     [ROM_OPEN_FIRMWARE] = "Open Firmware",
					     [ROM_PA_RISC] = "PA-RISC" };

	if (image->private)
		return g_strdup_printf("NVIDIA's own (0x%02x)", image->type);
	if (image->type == ROM_EFI && image->machine == ROM_MACHINE_X64)
		return g_strdup("UEFI (x64)");
	if (image->type == ROM_EFI)
		return g_strdup_printf(image->machine ? "UEFI (machine 0x%04x)" : "UEFI",
				       image->machine);
	return image->type < ARRAY_LEN(names) ? g_strdup(names[image->type])
					      : g_strdup_printf("type 0x%02x", image->type);
}
