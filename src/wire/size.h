/* wire/size.h - how much memory a screen needs. Source: spec/oriel-extension ("Region size"). */
#ifndef WIRE_SIZE_H
#define WIRE_SIZE_H

#include <stdint.h>

/* Bytes, a power of two: four frame slots of width x height at bytes_per_pixel, the pointer's
 * buffers, the header and the area of the extension, at least 32 MiB. 0 for sizes of 0 or beyond
 * 32767. */
uint64_t wire_region_size(uint32_t width, uint32_t height, uint32_t bytes_per_pixel);

#endif
