/* vm/host/names.h - what PCI devices are called: pci.ids, which most systems have. */
#ifndef VM_HOST_NAMES_H
#define VM_HOST_NAMES_H

#include <stdint.h>

struct names;

/* Reads the file below `sysroot`, more than a megabyte: not for `oriel plan`. Never NULL; without
 * the file nothing has a name. */
struct names *names_load(const char *sysroot);
void names_free(struct names *self); /* NULL is fine */

/* "NVIDIA GeForce RTX 4090", "NVIDIA 2684", "10de:2684": as much as is known. The caller frees. */
char *names_of(const struct names *self, uint16_t vendor, uint16_t product);

/* Of a text like pci.ids; any bytes will do. As names_of(). */
char *names_in(const char *text, uint16_t vendor, uint16_t product);

#endif
