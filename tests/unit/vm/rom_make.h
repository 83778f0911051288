/* Firmware of cards that nobody made: images, chains of them, and NVIDIA flashes around. */
#ifndef TESTS_ROM_MAKE_H
#define TESTS_ROM_MAKE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct rom_recipe {
	uint8_t type;
	unsigned units; /* of 512 bytes */
	bool last;
	bool vn; /* "VN" and NPDS, as NVIDIA's private images have */
	bool npde, npde_last;
	unsigned npde_units;
};

enum { ROM_PCIR = 0x40, ROM_NPDE = 0x60 };

static inline void rom_put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static inline void rom_put32(uint8_t *at, uint32_t value)
{
	rom_put16(at, value & 0xffff);
	rom_put16(at + 2, value >> 16);
}

static inline void rom_put_header(uint8_t *image, const struct rom_recipe *recipe)
{
	uint8_t *pcir = image + ROM_PCIR;

	memcpy(pcir, recipe->vn ? "NPDS" : "PCIR", 4);
	rom_put16(pcir + 0x04, 0x10de);
	rom_put16(pcir + 0x06, 0x1b80);
	rom_put16(pcir + 0x08, 0x40); /* more devices, at 0x80 */
	rom_put16(pcir + 0x0a, 0x1c);
	pcir[0x0c] = 3;
	rom_put32(pcir + 0x0d, 0x030000);
	rom_put16(pcir + 0x10, recipe->units);
	pcir[0x14] = recipe->type;
	pcir[0x15] = recipe->last ? 0x80 : 0;
	rom_put16(image + 0x80, 0x1b81);
	rom_put16(image + 0x82, 0x1b82);
}

static inline void rom_put_npde(uint8_t *image, const struct rom_recipe *recipe)
{
	uint8_t *npde = image + ROM_NPDE;

	memcpy(npde, "NPDE", 4);
	rom_put16(npde + 8, recipe->npde_units);
	npde[0xa] = recipe->npde_last ? 0x80 : 0;
}

static inline void rom_add(GByteArray *out, const struct rom_recipe *recipe)
{
	unsigned units = recipe->npde ? recipe->npde_units : recipe->units;
	size_t size = units * 512u;
	uint8_t *image = g_malloc0(size), sum = 0;

	memcpy(image, recipe->vn ? "VN" : "\x55\xaa", 2);
	image[2] = (uint8_t)units;
	rom_put16(image + 0x18, ROM_PCIR);
	if (recipe->type == 0)
		image[3] = 0xcb; /* whoever starts it gets back at once */
	if (recipe->type == 3) {
		rom_put32(image + 4, 0x0ef1);
		rom_put16(image + 0x0a, 0x8664);
	}
	rom_put_header(image, recipe);
	if (recipe->npde)
		rom_put_npde(image, recipe);
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + image[i]);
	image[size - 1] = (uint8_t)(image[size - 1] - sum);
	g_byte_array_append(out, image, (guint)size);
	g_free(image);
}

/* A BIOS and a UEFI image. */
static inline GByteArray *rom_plain(void)
{
	GByteArray *out = g_byte_array_new();

	rom_add(out, &(struct rom_recipe){ .type = 0, .units = 12 });
	rom_add(out, &(struct rom_recipe){ .type = 3, .units = 8, .last = true });
	return out;
}

/* As NVIDIA's are: what the PCI specification calls the last is not NVIDIA's. */
static inline GByteArray *rom_nvidia(void)
{
	GByteArray *out = g_byte_array_new();

	rom_add(out,
		&(struct rom_recipe){ .type = 0, .units = 12, .npde = true, .npde_units = 12 });
	rom_add(out, &(struct rom_recipe){
			     .type = 3, .units = 8, .last = true, .npde = true, .npde_units = 8 });
	rom_add(out, &(struct rom_recipe){ .type = 0x70, .units = 4, .vn = true });
	rom_add(out, &(struct rom_recipe){ .type = 0x70,
					   .units = 9,
					   .vn = true,
					   .npde = true,
					   .npde_last = true,
					   .npde_units = 2 });
	return out;
}

/* A card's whole flash, of each known version. */
static inline GByteArray *rom_flash(unsigned version)
{
	enum { START = 0x3000, STATUS = 0x800, DIRECTORY = 0x1800 + 0x200 };
	GByteArray *out = g_byte_array_new();
	g_autoptr(GByteArray) chain = rom_nvidia();
	uint8_t end[1024];

	g_byte_array_set_size(out, START);
	memset(out->data, 0, START);
	memcpy(out->data, "NVGI", 4);
	out->data[5] = (uint8_t)version;
	rom_put16(out->data + 6, 0x400);
	rom_put32(out->data + 8, STATUS);
	rom_put32(out->data + 0x404, START);
	rom_put32(out->data + STATUS, DIRECTORY - 4096);
	memcpy(out->data + DIRECTORY, "RFRD", 4);
	rom_put32(out->data + DIRECTORY + 8, START);
	g_byte_array_append(out, chain->data, chain->len);
	memset(end, 0xff, sizeof(end));
	g_byte_array_append(out, end, sizeof(end));
	return out;
}

#endif
