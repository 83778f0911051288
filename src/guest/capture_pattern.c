/* The capture that needs nothing: a test picture whose every pixel follows from its number. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/bands.h"
#include "guest/capture.h"
#include "guest/pattern_pointer.h"
#include "guest/pattern_spec.h"
#include "pixel/pattern.h"

/* Readers may overlap with the drawing: they hear of each piece of about this size. */
#define PROGRESS_BYTES (1u << 20)

struct pattern {
	struct capture base;
	struct pattern_spec spec;
	/* The capture thread's: */
	uint64_t number, stamp_ns; /* of the frame to draw */
	uint64_t due_ns;           /* when the next frame changes; WAKER_FOREVER: never */
	bool everything;           /* the next wait reports full damage */
	/* The pointer thread's: */
	struct pattern_pointer pointer;
};

static struct pattern *pattern_from(struct capture *capture)
{
	assert(capture->impl == &capture_pattern);
	return container_of(capture, struct pattern, base);
}

static int create(struct capture **out, const struct capture_params *params, struct err *err)
{
	struct pattern_spec spec;
	int failed = pattern_spec_parse(&spec, params->arg, err);
	if (failed)
		return failed;
	struct pattern *self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_errno(err, -ENOMEM, "pattern");
	self->base.impl = &capture_pattern;
	self->base.image = spec.image;
	self->base.can_warp = spec.cursor;
	self->spec = spec;
	self->due_ns = WAKER_FOREVER;
	uint32_t width, height;
	pixel_image_upright(&spec.image, &width, &height);
	pattern_pointer_init(&self->pointer, width, height, spec.cursor_hz);
	*out = &self->base;
	return 0;
}

static void destroy(struct capture *capture)
{
	free(pattern_from(capture));
}

static int watch(struct capture *capture, bool on)
{
	struct pattern *self = pattern_from(capture);
	self->everything = on;
	self->due_ns = on ? 0 : WAKER_FOREVER;
	return 0;
}

static uint64_t next_due(const struct pattern *self, uint64_t now)
{
	if (self->spec.still)
		return WAKER_FOREVER;
	if (self->spec.hz == 0)
		return now;
	/* From the last due time, so that the rate holds; a late frame is not made up for. */
	uint64_t period = NS_PER_S / self->spec.hz;
	uint64_t due = self->due_ns + period;
	return due > now ? due : now + period;
}

static int wait(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		struct capture_info *info, struct region *damage)
{
	struct pattern *self = pattern_from(capture);
	uint64_t until = min_u64(self->due_ns, deadline_ns);
	/* Looks at the waker even when a frame is due: it means news for the caller. */
	bool woken = waker_wait(waker, -1, until) & WAKER_WOKEN;
	uint64_t now = clock_ns();
	if (woken || now < self->due_ns)
		return CAPTURE_E_TIMEOUT;
	self->due_ns = next_due(self, now);
	self->number++;
	self->stamp_ns = now;
	const struct pixel_image *image = &self->spec.image;
	if (self->everything) {
		region_set_full(damage, image->width, image->height);
	} else {
		struct region changed;
		pattern_damage(image, self->number, &changed);
		region_unite(damage, &changed);
	}
	self->everything = false;
	*info = (struct capture_info){ .image = *image, .when_ns = now };
	pixel_image_upright(image, &info->screen_width, &info->screen_height);
	return 0;
}

static void draw_band(struct pattern *self, struct capture_target *target, struct band band)
{
	uint32_t step = max_u32(1, PROGRESS_BYTES / target->image.pitch);
	uint32_t end = band.first + band.rows;
	for (uint32_t row = band.first; row < end; row += step) {
		uint32_t rows = min_u32(step, end - row);
		pattern_draw(&target->image, target->pixels, row, rows, self->number,
			     self->stamp_ns);
		if (target->progress)
			target->progress(target, row + rows);
	}
}

static int fill(struct capture *capture, struct capture_target *target, const struct region *damage)
{
	struct band bands[REGION_MAX];
	uint32_t count = bands_from_region(damage, target->image.data_height, bands);
	for (uint32_t i = 0; i < count; i++)
		draw_band(pattern_from(capture), target, bands[i]);
	return 0;
}

static int pointer_watch(struct capture *capture, bool on)
{
	pattern_pointer_watch(&pattern_from(capture)->pointer, on);
	return 0;
}

static int pointer(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		   struct cursor *out)
{
	struct pattern *self = pattern_from(capture);
	if (self->spec.cursor)
		return pattern_pointer_next(&self->pointer, waker, deadline_ns, out);
	waker_wait(waker, -1, deadline_ns);
	return CAPTURE_E_TIMEOUT;
}

static int warp(struct capture *capture, int32_t x, int32_t y)
{
	pattern_pointer_warp(&pattern_from(capture)->pointer, x, y);
	return 0;
}

const struct capture_impl capture_pattern = {
	.name = "pattern",
	.help = "[WxH@HZ][:FORMAT][:still][:cursor[@HZ]]   a test picture",
	.create = create,
	.destroy = destroy,
	.watch = watch,
	.wait = wait,
	.fill = fill,
	.pointer_watch = pointer_watch,
	.pointer = pointer,
	.warp = warp,
};
