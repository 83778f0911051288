/* Drawn by the GPU, through libplacebo, onto a pane of the window: every format, filter and look.
 * The guest's memory is read by the device itself where it can, else the damage is copied once. */
#include <gio/gio.h>

#include "base/clock.h"
#include "base/log.h"
#include "view/gpu/gpu.h"
#include "view/gpu/picture.h"
#include "view/gpu/render.h"
#include "view/present/present.h"

#define POLL_MS 1 /* while the device reads a frame after it was shown; rare */

struct gpu_present {
	struct present present;
	struct window *window;
	struct gpu *gpu;
	struct gpu_picture picture;
	struct gpu_renderer renderer;
	struct gpu_pointer pointer;
	uint64_t pointer_serial;              /* of its shape */
	uint32_t screen_width, screen_height; /* that it lies on */
	uint32_t width, height;               /* of the pane, as the device knows it */
	struct frame *reading;                /* whose memory the device may still read */
	unsigned poll;
};

static bool gpu_suits(const struct window *window, const struct frame *frame)
{
	(void)frame;
	return window->impl->open_pane != NULL && window->width > 0;
}

/* ---- frames that the device still reads ---- */

static void give_back(struct gpu_present *self)
{
	g_clear_pointer(&self->reading, frame_unref);
}

static gboolean on_poll(gpointer data)
{
	struct gpu_present *self = data;

	if (gpu_buffers_reading(&self->picture.buffers, 0))
		return G_SOURCE_CONTINUE;
	self->poll = 0;
	give_back(self);
	return G_SOURCE_REMOVE;
}

static void keep_while_read(struct gpu_present *self, struct frame *frame)
{
	give_back(self);
	if (!gpu_buffers_reading(&self->picture.buffers, 0))
		return;
	self->reading = frame_ref(frame);
	if (!self->poll)
		self->poll = g_timeout_add(POLL_MS, on_poll, self);
}

/* ---- drawing ---- */

static bool follow_size(struct gpu_present *self)
{
	const struct window *window = self->window;

	if (self->width == window->width && self->height == window->height)
		return true;
	gpu_settle(self->gpu);
	self->width = window->width;
	self->height = window->height;
	return gpu_resize(self->gpu, self->width, self->height);
}

static struct placement place(const struct gpu_present *self)
{
	uint32_t width, height;

	pixel_image_upright(&self->picture.image, &width, &height);
	return window_place(self->window, width, height);
}

/* All of it is opaque, and says so where there is a component for that. */
static void fill_alpha(struct pl_frame *target)
{
	struct pl_plane *plane = &target->planes[0];

	if (plane->texture->params.format->num_components < 4)
		return;
	plane->components = 4;
	plane->component_mapping[3] = PL_CHANNEL_A;
	target->repr.alpha = PL_ALPHA_PREMULTIPLIED;
}

/* A pane that nobody sees takes no picture: that is no failure. */
static bool draw(struct gpu_present *self)
{
	struct placement where = place(self);
	struct pl_swapchain_frame canvas;
	struct pl_frame target;

	if (!pl_swapchain_start_frame(self->gpu->chain, &canvas))
		return !pl_gpu_is_failed(self->gpu->pl);
	pl_frame_from_swapchain(&target, &canvas);
	fill_alpha(&target);
	if (self->pointer.shown)
		gpu_pointer_place(&self->pointer, &where, self->screen_width, self->screen_height);
	bool drawn = gpu_renderer_draw(&self->renderer, &self->picture, &where, &self->pointer,
				       &target);
	if (!pl_swapchain_submit_frame(self->gpu->chain))
		return false;
	pl_swapchain_swap_buffers(self->gpu->chain);
	return drawn;
}

/* Where the display takes HDR, it may have it. */
static void hint_colours(struct gpu_present *self)
{
	struct pl_frame picture;

	gpu_picture_describe(&self->picture, &picture);
	pl_swapchain_colorspace_hint(self->gpu->chain,
				     self->window->look.keep_hdr ? &picture.color : NULL);
}

static void gpu_show(struct present *present, struct frame *frame)
{
	struct gpu_present *self = (struct gpu_present *)present;
	bool reshaped = !pixel_image_same(&self->picture.image, &frame->image);
	struct region damage;

	if (!self->gpu || !gpu_picture_suits(&self->picture, &frame->image) || !follow_size(self) ||
	    !gpu_picture_update(&self->picture, frame, &damage)) {
		present->listener->failed(present->data, "the device took no picture");
		return;
	}
	if (reshaped)
		hint_colours(self);
	if (!region_empty(&damage) && !draw(self)) {
		present->listener->failed(present->data, "the device drew nothing");
		return;
	}
	uint64_t now = clock_ns();
	frame_presented(frame, now);
	keep_while_read(self, frame);
	present->bytes_copied = self->picture.buffers.bytes_copied;
	present->listener->shown(present->data, frame->seen_ns, now);
	present->listener->ready(present->data);
}

static bool gpu_redraw(struct present *present)
{
	struct gpu_present *self = (struct gpu_present *)present;
	g_autoptr(GError) error = NULL;

	if (self->gpu && !gpu_renderer_set_look(&self->renderer, &self->window->look, &error))
		log_warn("%s", error->message);
	return self->gpu && self->picture.serial && follow_size(self) && draw(self);
}

static bool take_shape(struct gpu_present *self, const struct present_pointer *pointer)
{
	if (self->pointer_serial == pointer->serial)
		return self->pointer.width > 0;
	self->pointer_serial = pointer->serial;
	return gpu_pointer_set_shape(&self->pointer, pointer->shape);
}

/* Without a picture there is nothing to draw on yet: the next one has it. */
static bool gpu_point(struct present *present, const struct present_pointer *pointer)
{
	struct gpu_present *self = (struct gpu_present *)present;

	self->pointer.shown = pointer && self->gpu && take_shape(self, pointer);
	if (self->pointer.shown) {
		self->pointer.x = pointer->x;
		self->pointer.y = pointer->y;
		self->screen_width = pointer->screen_width;
		self->screen_height = pointer->screen_height;
	}
	if (self->gpu && self->picture.serial && follow_size(self))
		draw(self);
	return self->pointer.shown || !pointer;
}

static void gpu_forget(struct present *present)
{
	struct gpu_present *self = (struct gpu_present *)present;

	if (!self->gpu)
		return;
	gpu_settle(self->gpu);
	give_back(self);
	gpu_picture_forget(&self->picture);
}

/* ---- life ---- */

static void close_all(struct gpu_present *self)
{
	if (self->poll)
		g_source_remove(self->poll);
	self->poll = 0;
	if (self->gpu) {
		gpu_settle(self->gpu);
		gpu_pointer_finish(&self->pointer);
		gpu_renderer_finish(&self->renderer);
		gpu_picture_finish(&self->picture);
		gpu_destroy(self->gpu);
	}
	self->gpu = NULL;
	give_back(self);
}

static void gpu_present_destroy(struct present *present)
{
	struct gpu_present *self = (struct gpu_present *)present;

	close_all(self);
	self->window->impl->close_pane(self->window);
	g_free(self);
}

static void on_gone(void *data)
{
	struct gpu_present *self = data;

	close_all(self);
	self->present.listener->failed(self->present.data, "the display went away");
}

static struct present *gpu_present_create(struct window *window, GError **error)
{
	struct gpu_present *self = g_new0(struct gpu_present, 1);
	const struct look *look = &window->look;
	g_autoptr(GError) wrong = NULL;
	const struct pane_owner owner = { on_gone, self };
	struct pane pane;

	self->window = window;
	if (!window->impl->open_pane(window, &owner, &pane)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "the window has no room to draw in");
		g_free(self);
		return NULL;
	}
	self->gpu = gpu_create(NULL, &pane, look->software, look->pace, error);
	if (!self->gpu) {
		gpu_present_destroy(&self->present);
		return NULL;
	}
	self->present.device = self->gpu->device;
	self->width = pane.width;
	self->height = pane.height;
	gpu_picture_init(&self->picture, self->gpu);
	gpu_renderer_init(&self->renderer, self->gpu->log, self->gpu->pl);
	gpu_pointer_init(&self->pointer, self->gpu->pl);
	if (!gpu_renderer_set_look(&self->renderer, look, &wrong))
		log_warn("%s", wrong->message);
	return &self->present;
}

const struct present_impl present_gpu = {
	.name = "gpu",
	.looks = true,
	.suits = gpu_suits,
	.create = gpu_present_create,
	.show = gpu_show,
	.redraw = gpu_redraw,
	.pointer = gpu_point,
	.forget = gpu_forget,
	.destroy = gpu_present_destroy,
};
