#include "wire/size.h"

#include "base/mem.h"

#define SIDE_MAX     32767u
#define TEXEL_MAX    16u
#define SLOTS        4u
#define PITCH_ALIGN  256u
#define SHAPE_BYTES  1048600u /* a pointer header and 512 x 512 pixels */
#define SHAPES       7u       /* three for LGMP, four for the extension */
#define HEADER_BYTES (64u << 10)
#define AREA_BYTES   (64u << 10) /* the extension's, at the region's end */
#define LEAST        (32u << 20) /* that it comes in */

uint64_t wire_region_size(uint32_t width, uint32_t height, uint32_t bytes_per_pixel)
{
	if (width == 0 || width > SIDE_MAX || height == 0 || height > SIDE_MAX ||
	    bytes_per_pixel == 0 || bytes_per_pixel > TEXEL_MAX)
		return 0;
	uint64_t frame = align_up((uint64_t)width * bytes_per_pixel, PITCH_ALIGN) * height;
	uint64_t size = next_power_of_two(SLOTS * (align_up(frame, MEM_PAGE) + MEM_PAGE) +
					  SHAPES * SHAPE_BYTES + HEADER_BYTES + AREA_BYTES);
	return max_u64(size, LEAST);
}
