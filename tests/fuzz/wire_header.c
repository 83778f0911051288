/* A frame's header somewhere in a region: the input is an offset and the region. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct wire_frame *frame, const struct wire_pixels *pixels, size_t region)
{
	const struct pixel_image *image = &frame->image;

	if (!pixel_image_valid(image) || pixels->size != pixel_image_size(image) ||
	    !range_inside(pixels->offset, pixels->size, region) ||
	    !range_inside(pixels->fill_word, 4, region) || frame->damage.count > REGION_MAX)
		abort();
	for (uint32_t i = 0; i < frame->damage.count; i++) {
		struct rect rect = frame->damage.rects[i];
		if (rect_empty(rect) || !range_inside(rect.x, rect.width, image->width) ||
		    !range_inside(rect.y, rect.height, image->height))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t payload;
	struct wire_frame frame;
	struct wire_pixels pixels;

	if (size < sizeof(payload))
		return 0;
	memcpy(&payload, data, sizeof(payload));
	size -= sizeof(payload);
	uint8_t *region = malloc(size ? size : 1);
	memcpy(region, data + sizeof(payload), size);
	if (wire_frame_read(region, size, payload, &frame, &pixels) == 0)
		check(&frame, &pixels, size);
	free(region);
	return 0;
}
