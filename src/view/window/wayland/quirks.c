/* What KWin gets wrong, and how to have it right all the same.
 *
 * Up to 6.1 at least it does not heed how far the rows of shared memory are apart when it uploads
 * them to the GPU: rows without a gap are all that it shows. 5.27 rounds a damaged rectangle's
 * corner and size one by one on their way through a fractional scale, and what then ends outside
 * the picture is not updated at all: whole steps, that need no rounding, are. */
#include <string.h>

#include "view/window/wayland/wayland.h"

/* Of the many things that only Plasma has; the second only up to Plasma 5. */
#define PLASMA   "org_kde_plasma_shell"
#define PLASMA_5 "org_kde_kwin_idle"

void quirks_note(struct wayland *self, const char *interface)
{
	self->quirks.plasma |= strcmp(interface, PLASMA) == 0;
	self->quirks.idle |= strcmp(interface, PLASMA_5) == 0;
}

uint32_t quirks_columns(const struct wayland *self, const struct pixel_image *image)
{
	uint32_t texel = pixel_format_info(image->format)->texel_bytes;

	if (!self->quirks.plasma || image->pitch % texel)
		return 0;
	return image->pitch / texel - image->width;
}

/* Pixels of the picture that are a whole number of units. */
static uint32_t step_of(uint32_t pixels, uint32_t units)
{
	uint32_t a = pixels, b = units;

	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return pixels / a;
}

/* Outwards to whole steps; `length` is one. */
static void snap(uint32_t *at, uint32_t *extent, uint32_t step, uint32_t length)
{
	uint32_t end = MIN((*at + *extent + step - 1) / step * step, length);

	*at = *at / step * step;
	*extent = end - *at;
}

void quirks_damage(const struct wayland *self, const struct pixel_image *image,
		   struct logical_size shown, struct region *damage)
{
	uint32_t width, height;

	pixel_image_upright(image, &width, &height);
	if (!self->quirks.plasma || !self->quirks.idle ||
	    (width == (uint32_t)shown.width && height == (uint32_t)shown.height))
		return;
	uint32_t across = step_of(width, (uint32_t)shown.width);
	uint32_t down = step_of(height, (uint32_t)shown.height);
	bool turned = image->rotation & 1;
	for (uint32_t i = 0; i < damage->count; i++) {
		struct rect *rect = &damage->rects[i];
		snap(&rect->x, &rect->width, turned ? down : across, image->width);
		snap(&rect->y, &rect->height, turned ? across : down, image->height);
	}
}
