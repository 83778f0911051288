/* vm/exchange/libvirt_part.h - how the XML is put together; for libvirt_*.c only. */
#ifndef VM_EXCHANGE_LIBVIRT_PART_H
#define VM_EXCHANGE_LIBVIRT_PART_H

#include "vm/exchange/libvirt.h"
#include "vm/exchange/xml.h"

struct libvirt {
	struct xml xml;
	const struct vm *vm;
	const struct plan *plan;
	const struct facts *facts;
	enum libvirt_whose whose;
	GPtrArray *arguments; /* char *: for QEMU's command line */
	GPtrArray *notes;     /* char * */
	unsigned slots;       /* of PCI, that libvirt_slot() gave */
};

G_GNUC_PRINTF(2, 3) void libvirt_note(struct libvirt *self, const char *format, ...);

/* One of QEMU's arguments, "-device" "edu". */
G_GNUC_PRINTF(3, 4)
void libvirt_argument(struct libvirt *self, const char *name, const char *value, ...);

/* A slot of PCI that libvirt gives to none of its own. */
unsigned libvirt_slot(struct libvirt *self);

/* A PCI device through the command line. */
G_GNUC_PRINTF(2, 3) void libvirt_device(struct libvirt *self, const char *device, ...);

/* The plan's option of that name that has `part`, behind a comma or at the beginning; NULL: none.
 */
const char *libvirt_planned(const struct libvirt *self, const char *name, const char *part);

/* "mac" of "e1000e,mac=52:54:00:00:00:01"; the caller frees; NULL where it has no such key. */
char *libvirt_key(const char *option, const char *key);

void libvirt_storage(struct libvirt *self);
void libvirt_networks(struct libvirt *self);
void libvirt_devices(struct libvirt *self); /* the rest of them */

#endif
