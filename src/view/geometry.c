#include "view/geometry.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "pixel/convert.h"

static const char *const mode_names[] = { "fit", "1:1", "integer", "shrink", "stretch" };
static_assert(ARRAY_LEN(mode_names) == SCALE_MODE_COUNT, "one name per mode");

int scale_mode_from_name(const char *name)
{
	for (int i = 0; i < SCALE_MODE_COUNT; i++)
		if (strcmp(name, mode_names[i]) == 0)
			return i;
	return -1;
}

static uint32_t divide_rounded(uint64_t value, uint64_t by)
{
	return max_u32((uint32_t)((value + by / 2) / by), 1);
}

static void fit(struct placement *out, uint32_t pw, uint32_t ph, uint32_t ww, uint32_t wh)
{
	if ((uint64_t)ww * ph <= (uint64_t)wh * pw) {
		out->width = ww;
		out->height = min_u32(divide_rounded((uint64_t)ww * ph, pw), wh);
	} else {
		out->height = wh;
		out->width = min_u32(divide_rounded((uint64_t)wh * pw, ph), ww);
	}
}

static uint32_t whole_factor(uint32_t picture, uint32_t shown)
{
	return shown % picture == 0 ? shown / picture : 0;
}

static void fill_factor(struct placement *out, uint32_t pw, uint32_t ph)
{
	uint32_t factor = whole_factor(pw, out->width);

	out->factor = factor == whole_factor(ph, out->height) ? factor : 0;
}

struct placement placement_of(enum scale_mode mode, uint32_t pw, uint32_t ph, uint32_t ww,
			      uint32_t wh)
{
	struct placement out = { .width = pw, .height = ph };
	uint32_t factor = min_u32(ww / pw, wh / ph);

	if (mode == SCALE_INTEGER && factor > 0) {
		out.width = pw * factor;
		out.height = ph * factor;
	} else if (mode == SCALE_STRETCH) {
		out.width = ww;
		out.height = wh;
	} else if (mode != SCALE_ONE && (mode != SCALE_SHRINK || factor == 0)) {
		fit(&out, pw, ph, ww, wh);
	}
	out.x = ((int32_t)ww - (int32_t)out.width) / 2;
	out.y = ((int32_t)wh - (int32_t)out.height) / 2;
	fill_factor(&out, pw, ph);
	return out;
}

/* One axis: where the picture begins. */
static int32_t begin_at(double middle, uint32_t shown, uint32_t window)
{
	if (shown <= window)
		return (int32_t)(window - shown) / 2;
	double start = round(window / 2.0 - middle * shown);
	return (int32_t)fmin(fmax(start, (double)window - shown), 0);
}

#define SHOWN_MAX 16384 /* as window systems count with 16 bits */

struct placement placement_zoom(const struct placement *self, const struct zoom *zoom, uint32_t pw,
				uint32_t ph, uint32_t ww, uint32_t wh)
{
	struct placement out = *self;
	uint32_t largest = max_u32(max_u32(self->width, self->height), 1);
	double factor = fmin(zoom->percent / 100.0, (double)SHOWN_MAX / largest);

	if (zoom->percent == 0 || zoom->percent == 100)
		return out;
	out.width = max_u32((uint32_t)lround(self->width * factor), 1);
	out.height = max_u32((uint32_t)lround(self->height * factor), 1);
	out.x = begin_at(zoom->x, out.width, ww);
	out.y = begin_at(zoom->y, out.height, wh);
	fill_factor(&out, pw, ph);
	return out;
}

static double middle_at(double at, int32_t start, uint32_t shown, double then, uint32_t window)
{
	return (at - start) / shown + (window / 2.0 - at) / then;
}

struct zoom zoom_at(const struct placement *now, const struct placement *plain, uint32_t percent,
		    double x, double y, uint32_t ww, uint32_t wh)
{
	double factor = percent / 100.0;

	return (struct zoom){
		.percent = percent,
		.x = middle_at(x, now->x, now->width, plain->width * factor, ww),
		.y = middle_at(y, now->y, now->height, plain->height * factor, wh),
	};
}

struct span {
	uint32_t start, length;
};

/* One axis. A filter at factor s reads at most one source pixel to either side. */
static struct span map_span(struct span in, uint32_t picture, uint32_t shown, bool whole)
{
	uint64_t margin = whole ? 0 : 1;
	uint64_t first = in.start > margin ? in.start - margin : 0;
	uint64_t end = min_u64((uint64_t)in.start + in.length + margin, picture);

	first = first * shown / picture;
	end = (end * shown + picture - 1) / picture;
	first = first > margin ? first - margin : 0;
	end = min_u64(end + margin, shown);
	return (struct span){ (uint32_t)first, (uint32_t)(end - first) };
}

struct rect placement_damage(const struct placement *self, const struct pixel_image *image,
			     struct rect damage)
{
	struct rect upright = pixel_rotate_rect(damage, image->width, image->height,
						image->rotation);
	uint32_t width, height;

	pixel_image_upright(image, &width, &height);
	struct span x = map_span((struct span){ upright.x, upright.width }, width, self->width,
				 self->factor);
	struct span y = map_span((struct span){ upright.y, upright.height }, height, self->height,
				 self->factor);
	return (struct rect){ x.start, y.start, x.length, y.length };
}

/* ---- guest screen and window ---- */

/* One axis: `shown` places show `count` pixels. What lies under a place's middle is meant; where
 * several pixels share a place, the first and the last of both still meet. */
static uint32_t pixel_at(double at, int32_t start, uint32_t shown, uint32_t count)
{
	double inside = fmin(fmax(floor(at) - start, 0), shown - 1);
	uint64_t place = (uint64_t)inside;

	if (shown >= count)
		return (uint32_t)((2 * place + 1) * count / (2 * (uint64_t)shown));
	if (shown == 1)
		return 0;
	return (uint32_t)((place * (count - 1) + (shown - 1) / 2) / (shown - 1));
}

static bool lies_aside(enum pixel_rotation turn)
{
	return turn == PIXEL_ROTATE_90 || turn == PIXEL_ROTATE_270;
}

struct point projection_to_screen(const struct projection *self, double x, double y)
{
	bool aside = lies_aside(self->turn);
	uint32_t width = aside ? self->screen_height : self->screen_width;
	uint32_t height = aside ? self->screen_width : self->screen_height;
	struct rect turned = {
		pixel_at(x, self->place.x, self->place.width, width),
		pixel_at(y, self->place.y, self->place.height, height),
		1,
		1,
	};
	struct rect upright = pixel_rotate_rect(turned, width, height,
						(enum pixel_rotation)((4 - self->turn) % 4));

	return (struct point){ upright.x, upright.y };
}

struct span_rect projection_to_window(const struct projection *self, int32_t x, int32_t y,
				      uint32_t width, uint32_t height)
{
	double w = self->screen_width, h = self->screen_height;
	const struct span_rect turned[] = {
		[PIXEL_ROTATE_0] = { x, y, width, height },
		[PIXEL_ROTATE_90] = { h - y - height, x, height, width },
		[PIXEL_ROTATE_180] = { w - x - width, h - y - height, width, height },
		[PIXEL_ROTATE_270] = { y, w - x - width, height, width },
	};
	bool aside = lies_aside(self->turn);
	double fx = self->place.width / (aside ? h : w), fy = self->place.height / (aside ? w : h);
	struct span_rect at = turned[self->turn];

	return (struct span_rect){ self->place.x + at.x * fx, self->place.y + at.y * fy,
				   at.width * fx, at.height * fy };
}
