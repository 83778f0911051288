/* wire/udata.h - KVMFR's blob about the guest, to and from struct wire_guest. Pure. Private. */
#ifndef WIRE_UDATA_H
#define WIRE_UDATA_H

#include <stddef.h>
#include <stdint.h>

#include "wire/frame.h"

#define WIRE_UDATA_MAX 4096u /* we neither write nor read more */

/* Encodes; texts are cut where they would not fit. Returns the bytes used of `out`. */
size_t wire_udata_write(const struct wire_guest *guest, uint8_t out[WIRE_UDATA_MAX]);

/* Decodes a private copy of a foreign blob. *version is set whenever a magic is there. Unknown
 * records are skipped, those that are cut end the list. 0, or WIRE_E_BAD (no KVMFR 20 blob). */
int wire_udata_read(const uint8_t *blob, size_t size, struct wire_guest *guest, uint32_t *version);

#endif
