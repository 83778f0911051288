/* oriel rom: check, dump and trim a graphics card's firmware. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "vm/cmd.h"
#include "vm/rom/dump.h"
#include "vm/rom/rom.h"

struct options {
	char *card, *sysroot;
	gboolean bios, force;
	struct pci_address address;
	const struct verb *verb;
	const char *from, *to;
};

/* A file, and what is in it. */
struct file {
	const char *path;
	char *data;
	gsize size;
	struct rom rom;
};

/* ---- what is in a file ---- */

/* The size first: a wrong file may be a disk. */
static gboolean load(struct file *self, const char *path, GError **error)
{
	struct stat about;

	*self = (struct file){ .path = path };
	if (stat(path, &about) == 0 && (!S_ISREG(about.st_mode) || about.st_size > ROM_BYTES_MAX)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "%s: is no file of at most %d MiB, so no card's firmware", path,
			    ROM_BYTES_MAX >> 20);
		return FALSE;
	}
	if (!g_file_get_contents(path, &self->data, &self->size, error))
		return FALSE;
	if (rom_parse((const uint8_t *)self->data, self->size, &self->rom, error))
		return TRUE;
	g_prefix_error(error, "%s: ", path);
	return FALSE;
}

static void print_image(const struct rom_image *image)
{
	g_autofree char *name = rom_image_name(image);
	const char *remark = "";

	if (image->type == ROM_BIOS && !image->private)
		remark = image->sum ? "  wrong checksum" : "  checksum right";
	printf("  0x%06zx %8zu  %-20s %04x:%04x  %06x%s%s\n", image->offset, image->size, name,
	       image->vendor, image->device, image->class, remark, image->last ? "  last" : "");
}

static void print_rom(const struct file *file)
{
	const struct rom *rom = &file->rom;

	printf("%s: %zu bytes", file->path, rom->size);
	if (rom->flash)
		printf(", the flash of an NVIDIA card (version %u)", rom->flash);
	printf("\n  offset       size  what                 device     class\n");
	for (unsigned i = 0; i < rom->count; i++)
		print_image(&rom->images[i]);
	if (rom->size > rom->chain_end)
		printf("  0x%06zx %8zu  nothing of it\n", rom->chain_end,
		       rom->size - rom->chain_end);
}

/* ---- whether it will do ---- */

static bool complain(const char *path, const char *what)
{
	fprintf(stderr, "oriel rom: %s: %s\n", path, what);
	return false;
}

static bool fits_guest(const struct options *options, const struct file *file)
{
	const struct rom_image *bios = rom_find(&file->rom, ROM_BIOS);
	const struct rom_image *efi = rom_find(&file->rom, ROM_EFI);

	if (options->bios)
		return (bios && bios->sum == 0) ||
		       complain(file->path,
				bios ? "its BIOS image is damaged: the checksum is wrong"
				     : "has no BIOS image, which firmware: bios needs");
	if (!efi)
		return complain(file->path,
				"has no UEFI image, so a guest with UEFI shows nothing until its "
				"driver runs; look for a newer firmware of the card, or give the "
				"guest firmware: bios and say --bios here");
	if (efi->machine && efi->machine != ROM_MACHINE_X64)
		return complain(file->path, "its UEFI image is not for x86-64");
	if (bios && bios->sum)
		complain(file->path,
			 "note: the BIOS image's checksum is wrong; UEFI does not care");
	return true;
}

static bool fits_card(const struct options *options, const struct file *file)
{
	struct rom_card card;
	g_autoptr(GError) error = NULL;
	const char *sysroot = options->sysroot ? options->sysroot : "";

	if (!options->card)
		return true;
	if (!rom_card_read(sysroot, &options->address, &card, &error))
		return complain(file->path, error->message);
	if (rom_is_for(&file->rom, (const uint8_t *)file->data, card.vendor, card.device))
		return true;
	g_autofree char *why = g_strdup_printf("is not for the card at %s, which is %04x:%04x",
					       options->card, card.vendor, card.device);
	return complain(file->path, why);
}

/* ---- the verbs ---- */

static int report(GError *error)
{
	fprintf(stderr, "oriel rom: %s\n", error->message);
	return 1;
}

static gboolean save(const struct options *options, const GByteArray *bytes, GError **error)
{
	if (!options->force && g_file_test(options->to, G_FILE_TEST_EXISTS)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
			    "%s exists; --force overwrites it", options->to);
		return FALSE;
	}
	return g_file_set_contents(options->to, (const char *)bytes->data, bytes->len, error);
}

static bool needs_trim(const struct rom *rom)
{
	return rom->start > 0 || rom->end < rom->size;
}

static int check(const struct options *options)
{
	struct file file;
	g_autoptr(GError) error = NULL;
	bool loaded = load(&file, options->from, &error);
	g_autofree char *data = file.data;

	if (!loaded)
		return report(error);
	print_rom(&file);
	/* Both, so that all is told at once. */
	bool fits = fits_guest(options, &file) & fits_card(options, &file);
	if (fits && needs_trim(&file.rom))
		printf("usable once trimmed to %zu bytes: oriel rom trim %s NEW-FILE\n",
		       file.rom.end - file.rom.start, file.path);
	else if (fits)
		printf("usable as it is\n");
	return fits ? 0 : 1;
}

static int trim(const struct options *options)
{
	struct file file;
	g_autoptr(GError) error = NULL;
	bool loaded = load(&file, options->from, &error);
	g_autofree char *data = file.data;

	if (!loaded)
		return report(error);
	if (!fits_guest(options, &file) || !fits_card(options, &file))
		return 1;
	g_autoptr(GByteArray) bytes = rom_trim(&file.rom, (const uint8_t *)data);
	if (!save(options, bytes, &error))
		return report(error);
	printf("%s: %u of %zu bytes, for rom: in the guest's file\n", options->to, bytes->len,
	       file.size);
	return 0;
}

static int dump(const struct options *options)
{
	const char *sysroot = options->sysroot ? options->sysroot : "";
	struct rom_card card;
	struct rom rom;
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	if (!rom_card_read(sysroot, &options->address, &card, &error) ||
	    !(bytes = rom_dump(sysroot, &options->address, &error)) ||
	    !save(options, bytes, &error))
		return report(error);
	printf("%s: %u bytes of %s\n", options->to, bytes->len, options->from);
	if (card.boot)
		complain(options->to, "note: this computer started on that card, so this may be "
				      "what its firmware left of it; check it, or dump it while "
				      "another card is first");
	if (rom_parse(bytes->data, bytes->len, &rom, &error) &&
	    rom_is_for(&rom, bytes->data, card.vendor, card.device))
		return 0;
	complain(options->to, error ? error->message : "is not for the card that it is of");
	return 1;
}

static const struct verb {
	const char *name;
	int words; /* itself among them */
	const char *usage;
	int (*run)(const struct options *options);
} verbs[] = {
	{ "check", 2, "one file is needed: oriel rom check vbios.rom", check },
	{ "dump", 3, "an address and a file are needed: oriel rom dump 0000:01:00.0 vbios.rom",
	  dump },
	{ "trim", 3, "two files are needed: oriel rom trim flash.rom vbios.rom", trim },
};

/* ---- options ---- */

static gboolean misused(GError **error, const char *why)
{
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, why);
	return FALSE;
}

static gboolean take_words(struct options *self, int argc, char **argv, GError **error)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		if (argc != verbs[i].words + 1)
			return misused(error, verbs[i].usage);
		self->verb = &verbs[i];
		self->from = argv[2];
		self->to = argv[3];
		return TRUE;
	}
	return misused(error, "say check, dump or trim; oriel rom --help says more");
}

static gboolean take_card(struct options *self, GError **error)
{
	const char *text = self->verb->run == dump ? self->from : self->card;

	if (!text || pci_address_parse(text, &self->address))
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "%s: is no address of a card; write it as 0000:01:00.0", text);
	return FALSE;
}

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "card", 'c', 0, G_OPTION_ARG_STRING, &self->card,
		  "Is it for this card? (0000:01:00.0)", "ADDRESS" },
		{ "bios", 'b', 0, G_OPTION_ARG_NONE, &self->bios,
		  "For a guest with firmware: bios, so without UEFI", NULL },
		{ "force", 'f', 0, G_OPTION_ARG_NONE, &self->force, "Overwrite a file", NULL },
		{ "sysroot", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &self->sysroot,
		  "Where /sys is looked for", "FOLDER" },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(
		"check FILE | dump ADDRESS FILE | trim FILE NEW-FILE");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(
		context, "A graphics card's firmware, for guests that the card itself does not\n"
			 "show it to.\n\n"
			 "  check  what is in FILE, and whether a guest can use it\n"
			 "  dump   copy the firmware of the card at ADDRESS to FILE; needs root\n"
			 "  trim   write what a guest needs of FILE to NEW-FILE");
	g_option_context_set_description(context, "oriel-rom(1) says when one is needed. No card "
						  "is ever written to.\n");
	g_set_prgname("oriel rom");
	return g_option_context_parse(context, &argc, &argv, error) &&
	       take_words(self, argc, argv, error) && take_card(self, error);
}

int cmd_rom(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;
	int status = 2;

	if (!parse(&options, argc, argv, &error))
		fprintf(stderr, "oriel rom: %s\n", error->message);
	else
		status = options.verb->run(&options);
	g_free(options.card);
	g_free(options.sysroot);
	return status;
}
