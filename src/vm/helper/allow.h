/* vm/helper/allow.h - what may be handed out at all: /etc/oriel/devices, a file of root's.
 *
 * A line: "0000:01:00.0 10de:2684", a PCI function and which it was when it was allowed, or
 * "interface eth0", a network interface that machines may share. '#' begins a comment. The file is
 * believed only if it and its folder are root's and nobody else may write there; one line that is
 * not understood and nothing of it is.
 */
#ifndef VM_HELPER_ALLOW_H
#define VM_HELPER_ALLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shm/sysfs.h"

enum { ALLOW_MOST = 256, ALLOW_BYTES = 32768, ALLOW_NAME = 16 };

struct allowed {
	struct pci_address address;
	uint16_t vendor, product;
	char interface[ALLOW_NAME]; /* "": a PCI function */
};

struct allow {
	unsigned count;
	struct allowed entries[ALLOW_MOST];
};

/* Pure. `line` counts from 1 where the text is not understood. 0 or -EINVAL. */
int allow_parse(struct allow *out, const char *text, unsigned *line);

/* Of no file is nothing allowed. 0 or a negative errno. */
int allow_load(struct allow *out, struct err *err);

/* Of that address, or NULL. */
const struct allowed *allow_device(const struct allow *self, const char *address);
bool allow_interface(const struct allow *self, const char *name);

/* Adds what `entry` says, or takes it out, and replaces the file as a whole. */
int allow_change(const struct allowed *entry, bool add, struct err *err);

#endif
