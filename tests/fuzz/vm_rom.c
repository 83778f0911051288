/* A card's firmware. Whatever is taken lies within the file, and trimming it gives something that
 * is taken too and has nothing left to trim. */
#include <stdlib.h>
#include <string.h>

#include "vm/rom/rom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct rom *rom, size_t size)
{
	if (rom->end > rom->chain_end || rom->chain_end > size || rom->start >= rom->end)
		abort();
	for (unsigned i = 0; i < rom->count; i++)
		if (rom->images[i].offset + rom->images[i].size > size || !rom->images[i].size)
			abort();
}

static void check_trim(const struct rom *rom, const uint8_t *data)
{
	g_autoptr(GByteArray) trimmed = rom_trim(rom, data);
	g_autoptr(GError) error = NULL;
	struct rom again;

	/* An image whose header lies in its neighbour may lose it. */
	if (!rom_parse(trimmed->data, trimmed->len, &again, &error))
		return;
	check(&again, trimmed->len);
	if (again.start != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	struct rom rom;

	if (!rom_parse(data, size, &rom, &error)) {
		if (!error || !*error->message)
			abort();
		return 0;
	}
	check(&rom, size);
	rom_is_for(&rom, data, 0x10de, 0x1234);
	for (unsigned i = 0; i < rom.count; i++)
		g_free(rom_image_name(&rom.images[i]));
	check_trim(&rom, data);
	return 0;
}
