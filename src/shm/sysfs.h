/* shm/sysfs.h - small texts from /sys, and PCI addresses. Parsers are pure; any thread. */
#ifndef SHM_SYSFS_H
#define SHM_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci_address {
	uint32_t domain;
	uint8_t bus, device, function;
};

#define PCI_ADDRESS_LENGTH 24 /* bytes of the longest text, with its end */

/* "0000:00:04.0", "00:04.0" (domain 0), or either behind /sys/bus/pci/devices/. */
bool pci_address_parse(const char *text, struct pci_address *out);

/* The way sysfs writes it. */
void pci_address_format(const struct pci_address *self, char out[PCI_ADDRESS_LENGTH]);

/* "0x1af4\n" or "1af4". False for anything else. */
bool sysfs_parse_hex(const char *text, uint32_t *out);

/* DIRECTORY/NAME, at most length - 1 bytes, ended with NUL. Bytes read or a negative errno. */
int sysfs_read(const char *directory, const char *name, char *out, size_t length);

/* 0 or a negative errno. Success says only that the kernel took the text. */
int sysfs_write(const char *directory, const char *name, const char *text);

/* Last part of what the link DIRECTORY/NAME points to. 0 or a negative errno. */
int sysfs_link(const char *directory, const char *name, char *out, size_t length);

#endif
