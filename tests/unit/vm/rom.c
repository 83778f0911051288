/* Cards' firmware: what is in it, what is cut off, what is refused and in which words. */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "rom_make.h"
#include "test.h"
#include "vm/rom/dump.h"
#include "vm/rom/rom.h"

static struct rom rom;

static void parse(const GByteArray *bytes)
{
	g_autoptr(GError) error = NULL;

	if (!rom_parse(bytes->data, bytes->len, &rom, &error))
		test_fail("%s", error->message);
}

static void refuses(GByteArray *bytes, const char *why)
{
	g_autoptr(GError) error = NULL;
	struct rom untouched;

	memset(&untouched, 0x5a, sizeof(untouched));
	if (rom_parse(bytes->data, bytes->len, &untouched, &error))
		test_fail("taken, instead of %s", why);
	CHECK_CONTAINS(error->message, why);
	CHECK_EQ(untouched.count, 0x5a5a5a5a);
	g_byte_array_unref(bytes);
}

static void images_are_listed(void)
{
	g_autoptr(GByteArray) bytes = rom_plain();

	parse(bytes);
	CHECK_EQ(rom.count, 2);
	CHECK_EQ(rom.flash, 0);
	CHECK_EQ(rom.images[0].type, ROM_BIOS);
	CHECK_EQ(rom.images[0].size, 12 * 512);
	CHECK_EQ(rom.images[0].sum, 0);
	CHECK_EQ(rom.images[0].class, 0x030000);
	CHECK(!rom.images[0].last);
	CHECK_EQ(rom.images[1].offset, 12 * 512);
	CHECK_EQ(rom.images[1].machine, ROM_MACHINE_X64);
	CHECK(rom.images[1].last);
	CHECK_EQ(rom.end, bytes->len);
	CHECK(rom_find(&rom, ROM_EFI) == &rom.images[1]);
	CHECK(!rom_find(&rom, ROM_PA_RISC));
}

static void it_knows_the_devices_it_is_for(void)
{
	g_autoptr(GByteArray) bytes = rom_plain();

	parse(bytes);
	CHECK(rom_is_for(&rom, bytes->data, 0x10de, 0x1b80));
	CHECK(rom_is_for(&rom, bytes->data, 0x10de, 0x1b82)); /* of its list */
	CHECK(!rom_is_for(&rom, bytes->data, 0x10de, 0x1b83));
	CHECK(!rom_is_for(&rom, bytes->data, 0x1002, 0x1b80));
}

static void nvidias_lengths_override(void)
{
	g_autoptr(GByteArray) bytes = rom_nvidia();

	parse(bytes);
	CHECK_EQ(rom.count, 4);
	CHECK_EQ(rom.images[3].size, 2 * 512);
	CHECK(rom.images[2].private && rom.images[3].private);
	CHECK_EQ(rom.end, 20 * 512);
	CHECK_EQ(rom.chain_end, bytes->len);
}

static void flashes_are_entered(void)
{
	for (unsigned version = 1; version <= 3; version++) {
		g_autoptr(GByteArray) bytes = rom_flash(version);
		parse(bytes);
		CHECK_EQ(rom.flash, version);
		CHECK_EQ(rom.start, 0x3000);
		CHECK_EQ(rom.count, 4);
		CHECK_EQ(rom.chain_end, bytes->len - 1024);
	}
}

/* What remains is a ROM by itself, and the same bytes. */
static void trimming_leaves_what_a_guest_needs(void)
{
	g_autoptr(GByteArray) flash = rom_flash(3);

	parse(flash);
	g_autoptr(GByteArray) trimmed = rom_trim(&rom, flash->data);
	CHECK_EQ(trimmed->len, 20 * 512);
	CHECK(memcmp(trimmed->data, flash->data + 0x3000, trimmed->len) == 0);
	parse(trimmed);
	CHECK_EQ(rom.count, 2);
	CHECK_EQ(rom.start, 0);
	CHECK_EQ(rom.end, trimmed->len);
	g_autoptr(GByteArray) again = rom_trim(&rom, trimmed->data);
	CHECK(again->len == trimmed->len && !memcmp(again->data, trimmed->data, again->len));
}

/* Else a reader would look for more behind the end. */
static void the_last_image_says_so(void)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	rom_add(bytes, &(struct rom_recipe){ .type = 0, .units = 4 });
	rom_add(bytes, &(struct rom_recipe){ .type = 0xe0, .units = 2, .last = true });
	parse(bytes);
	CHECK(rom.images[1].private && !rom.images[0].last);
	g_autoptr(GByteArray) trimmed = rom_trim(&rom, bytes->data);
	CHECK_EQ(trimmed->len, 4 * 512);
	parse(trimmed);
	CHECK(rom.images[0].last);
	CHECK_EQ(rom.images[0].sum, 0);
}

static void dumps_may_end_before_private_images(void)
{
	g_autoptr(GByteArray) bytes = rom_nvidia();

	g_byte_array_set_size(bytes, 20 * 512);
	parse(bytes);
	CHECK_EQ(rom.count, 2);
	guint8 zeros[512] = { 0 };
	g_byte_array_append(bytes, zeros, sizeof(zeros));
	parse(bytes);
	CHECK_EQ(rom.count, 2);
	CHECK_EQ(rom.chain_end, 20 * 512);
}

static GByteArray *changed(GByteArray *bytes, size_t offset, const char *text)
{
	memcpy(bytes->data + offset, text, strlen(text));
	return bytes;
}

static GByteArray *shortened(GByteArray *bytes, guint length)
{
	return g_byte_array_set_size(bytes, length);
}

static void what_it_is_not_is_refused_with_its_place(void)
{
	refuses(g_byte_array_new(), "begins with nothing");
	refuses(changed(rom_plain(), 0, "MZ"), "begins with 4d 5a");
	refuses(shortened(rom_plain(), 2), "an image should be at 0x0");
	refuses(changed(rom_plain(), ROM_PCIR, "PCIE"), "PCIR at 0x40; there is 50 43 49 45");
	refuses(changed(rom_plain(), 12 * 512, "no"), "begin at 0x1800 with 55 aa; there is 6e 6f");
	refuses(shortened(rom_plain(), 12 * 512 + 600), "at 0x1800 has 4096 bytes");
	refuses(shortened(rom_plain(), 12 * 512), "an image should be at 0x1800");
	refuses(changed(rom_flash(3), 5, "\x04"), "NVIDIA flash of version 4 at 0x5");
	refuses(changed(rom_flash(3), 0x1a00, "DIRS"), "RFRD; there is 44 49 52 53");
	refuses(shortened(rom_flash(2), 0x100), "place of the images should be at 0x404");
	refuses(shortened(rom_flash(3), 0x3008), "first image should be at 0x3000");
	GByteArray *empty = rom_plain();
	rom_put16(empty->data + ROM_PCIR + 0x10, 0);
	refuses(empty, "says that it has 0 bytes");
}

static void chains_end(void)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	for (unsigned i = 0; i <= ROM_IMAGES_MAX; i++)
		rom_add(bytes, &(struct rom_recipe){ .type = 0, .units = 1 });
	refuses(g_steal_pointer(&bytes), "there are 32 already");
}

static void cards_are_read_below_a_sysroot(void)
{
	g_autofree char *root = g_dir_make_tmp("oriel-rom-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename(root, "/sys/bus/pci/devices/0000:01:00.0", NULL);
	g_autofree char *vendor = g_build_filename(folder, "vendor", NULL);
	g_autofree char *device = g_build_filename(folder, "device", NULL);
	g_autofree char *path = g_build_filename(folder, "rom", NULL);
	const struct pci_address address = { 0, 1, 0, 0 }, none = { 0, 2, 0, 0 };
	g_autoptr(GByteArray) bytes = rom_plain();
	g_autoptr(GError) error = NULL;
	struct rom_card card;

	g_mkdir_with_parents(folder, 0700);
	g_file_set_contents(vendor, "0x10de\n", -1, NULL);
	g_file_set_contents(device, "0x1b80\n", -1, NULL);
	CHECK(rom_card_read(root, &address, &card, NULL));
	CHECK_EQ(card.device, 0x1b80);
	CHECK(!rom_card_read(root, &none, &card, &error));
	CHECK_CONTAINS(error->message, "no card at");
	g_clear_error(&error);
	CHECK(!rom_dump(root, &address, &error));
	CHECK_CONTAINS(error->message, "no ROM that this computer can read");
	g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL);
	g_autoptr(GByteArray) got = rom_dump(root, &address, NULL);
	CHECK(got && got->len == bytes->len && !memcmp(got->data, bytes->data, got->len));
	g_autofree char *command = g_strdup_printf("rm -r %s", root);
	CHECK_EQ(system(command), 0);
}

static const struct test_case cases[] = {
	TEST(images_are_listed),
	TEST(it_knows_the_devices_it_is_for),
	TEST(nvidias_lengths_override),
	TEST(flashes_are_entered),
	TEST(trimming_leaves_what_a_guest_needs),
	TEST(the_last_image_says_so),
	TEST(dumps_may_end_before_private_images),
	TEST(what_it_is_not_is_refused_with_its_place),
	TEST(chains_end),
	TEST(cards_are_read_below_a_sysroot),
};

/* `test-vm-rom write FOLDER` writes the firmware that the command's own test and the fuzzer read.
 */
static int write_all(const char *folder)
{
	GByteArray *all[] = { rom_plain(), rom_nvidia(), rom_flash(1), rom_flash(2), rom_flash(3) };
	static const char *const names[] = { "plain", "nvidia", "flash1", "flash2", "flash3" };
	gboolean good = TRUE;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);
		good &= g_file_set_contents(path, (const char *)all[i]->data, all[i]->len, NULL);
		g_byte_array_unref(all[i]);
	}
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	return argc == 3 && strcmp(argv[1], "write") == 0
		       ? write_all(argv[2])
		       : test_main(argc, argv, cases, ARRAY_LEN(cases));
}
