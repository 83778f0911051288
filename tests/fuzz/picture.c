/* A picture's shape and damage from outside. Whatever pixel_image_valid() and region_clip() let
 * pass is read only inside its rows and written only inside the picture. */
#include <stdlib.h>
#include <string.h>

#include "pixel/convert.h"
#include "pixel/copy.h"
#include "pixel/pattern.h"

#define FIELDS  8
#define RECTS   4
#define LARGEST (1u << 20) /* bytes; more would only be slow */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Damage is clipped before anybody uses it; the copies must cope with rectangles that are not. */
static void exercise(const struct pixel_image *shape, const uint8_t *src,
		     const struct rect rects[RECTS])
{
	size_t bytes = pixel_image_size(shape), pitch = 4 * (size_t)shape->width;
	uint8_t *copy = malloc(bytes), *bgrx = calloc(shape->height, pitch);
	uint8_t *turned = malloc(pitch * shape->height);
	struct region damage = { 0 };
	uint64_t number, stamp;
	uint32_t width, height;

	for (int i = 0; i < RECTS; i++) {
		pixel_copy_rect(shape, copy, shape->pitch, src, shape->pitch, rects[i]);
		pixel_to_bgrx(shape, src, bgrx, pitch, rects[i]);
		region_add(&damage, rects[i]);
	}
	region_clip(&damage, shape->width, shape->height);
	for (uint32_t i = 0; i < damage.count; i++)
		if ((uint64_t)damage.rects[i].x + damage.rects[i].width > shape->width ||
		    (uint64_t)damage.rects[i].y + damage.rects[i].height > shape->height)
			abort();
	pixel_image_upright(shape, &width, &height);
	pixel_rotate_bgrx(turned, 4 * (size_t)width, bgrx, pitch, shape->width, shape->height,
			  shape->rotation);
	pattern_read(shape, src, &number, &stamp);
	pattern_draw(shape, copy, rects[0].y, rects[0].height, 1, 2);
	if (pattern_check(shape, src, 1, 2, NULL) > (uint64_t)shape->width * shape->height)
		abort();
	free(copy);
	free(bgrx);
	free(turned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t words[FIELDS];
	struct rect rects[RECTS];

	if (size < sizeof(words) + sizeof(rects))
		return 0;
	memcpy(words, data, sizeof(words));
	memcpy(rects, data + sizeof(words), sizeof(rects));
	data += sizeof(words) + sizeof(rects), size -= sizeof(words) + sizeof(rects);
	struct pixel_image shape = { .format = words[0],
				     .width = words[1],
				     .height = words[2],
				     .data_width = words[3],
				     .data_height = words[4],
				     .pitch = words[5],
				     .rotation = words[6],
				     .colour = words[7] };
	if (!pixel_image_valid(&shape) || pixel_image_size(&shape) > LARGEST ||
	    (uint64_t)shape.width * shape.height > LARGEST / 4)
		return 0;
	uint8_t *src = calloc(1, pixel_image_size(&shape));
	memcpy(src, data, size < pixel_image_size(&shape) ? size : pixel_image_size(&shape));
	exercise(&shape, src, rects);
	free(src);
	return 0;
}
