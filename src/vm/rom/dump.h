/* vm/rom/dump.h - reads a card's ROM through sysfs. The one part of vm/rom that touches anything.
 */
#ifndef VM_ROM_DUMP_H
#define VM_ROM_DUMP_H

#include <glib.h>

#include "shm/sysfs.h"

/* What sysfs says of a card. */
struct rom_card {
	uint16_t vendor, device;
	bool boot; /* the firmware drew on it: its ROM may be what that left of it */
};

/* Below `sysroot`, "" for this computer. */
gboolean rom_card_read(const char *sysroot, const struct pci_address *address, struct rom_card *out,
		       GError **error);

/* The bytes of its ROM BAR; NULL with `error`, which names the remedy. Switches the BAR on for so
 * long, which needs root. May block for as long as the card takes: seconds. */
GByteArray *rom_dump(const char *sysroot, const struct pci_address *address, GError **error);

#endif
