/* vm/rom/rom.h - the firmware of a graphics card: a chain of PCI option ROM images, as the card's
 * ROM BAR shows it, or within a dump of an NVIDIA card's whole flash.
 *
 * The bytes are foreign: each offset is checked against what there is. What is not recognised is
 * refused with its offset and value. Pure; any thread.
 */
#ifndef VM_ROM_ROM_H
#define VM_ROM_ROM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { ROM_IMAGES_MAX = 32, ROM_BYTES_MAX = 16 << 20 };

/* Code types of the PCI firmware specification; NVIDIA has more of its own. */
enum { ROM_BIOS = 0, ROM_OPEN_FIRMWARE = 1, ROM_PA_RISC = 2, ROM_EFI = 3 };

enum { ROM_MACHINE_X64 = 0x8664 }; /* of an EFI image, as in PE files */

struct rom_image {
	size_t offset, size; /* in the file */
	size_t header;       /* its PCIR, in the file */
	uint8_t type;
	uint16_t vendor, device;
	uint32_t class;   /* 0x030000: VGA */
	size_t others;    /* list of more devices it is for, in the file; 0: none */
	uint16_t machine; /* ROM_EFI; 0: its header does not say */
	uint8_t sum;      /* of all its bytes; 0 is right for ROM_BIOS */
	bool private;     /* NVIDIA's driver alone reads it */
	bool last;        /* for whoever knows the PCI specification only: kernel, firmware */
};

struct rom {
	size_t size;      /* of the file */
	unsigned flash;   /* version of the NVIDIA flash around it; 0: there is none */
	size_t start;     /* of the first image */
	size_t end;       /* of the last that is not private: a guest needs start to end */
	size_t chain_end; /* of the last */
	struct rom_image images[ROM_IMAGES_MAX];
	unsigned count;
};

/* FALSE: `error` says what it is not, and where. */
gboolean rom_parse(const uint8_t *data, size_t size, struct rom *out, GError **error);

/* The first image of that type that is not private, or NULL. */
const struct rom_image *rom_find(const struct rom *self, uint8_t type);

/* Is it for this device? `data` is what was parsed. */
bool rom_is_for(const struct rom *self, const uint8_t *data, uint16_t vendor, uint16_t device);

/* What a guest needs of `data`, as a file of its own: without the flash around it and NVIDIA's
 * private images, the last image marked as such. */
GByteArray *rom_trim(const struct rom *self, const uint8_t *data);

/* What a person calls the image: "UEFI (x64)". The caller frees. */
char *rom_image_name(const struct rom_image *image);

#endif
