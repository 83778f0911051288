/* Drawn by the GPU, through libplacebo, onto a pane of the window: every format, filter and look.
 * The guest's memory is read by the device itself where it can, else the damage is copied once.
 *
 * Where the display tells when it showed something, one drawing is made for each refresh, and of
 * the frames that come until it begins the newest one counts; else each is drawn at once. */
#include <gio/gio.h>

#include "base/clock.h"
#include "base/log.h"
#include "view/gpu/gpu.h"
#include "view/gpu/pace.h"
#include "view/gpu/picture.h"
#include "view/gpu/render.h"
#include "view/present/alarm.h"
#include "view/present/beat.h"
#include "view/present/pending.h"
#include "view/present/present.h"

#define POLL_NS NS_PER_MS /* while the device reads a frame after it was shown; rare */

struct gpu_present {
	struct present present;
	struct window *window;
	struct gpu *gpu;
	struct gpu_picture picture;
	struct gpu_renderer renderer;
	struct display_light hinted; /* what the swapchain knows of */
	struct gpu_pointer pointer;
	uint64_t pointer_serial;              /* of its shape */
	uint32_t screen_width, screen_height; /* that it lies on */
	uint32_t width, height;               /* of the pane, as the device knows it */
	bool revealed;                        /* the pane was drawn on */
	struct frame *reading;                /* whose memory the device may still read */
	struct alarm poll;

	struct beat *beat; /* NULL: the display does not tell */
	uint64_t number;   /* of the last drawing */
	bool told;         /* that drawing's end will be */
	struct pending pending;
	struct pace pace;
	bool paced;         /* drawings wait for their refresh */
	struct frame *due;  /* the newest one, to be drawn */
	bool dirty;         /* something else is */
	struct alarm start; /* of the drawing */
	struct alarm again; /* nothing was drawn for so long as the user allows */
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

static void on_poll(void *data)
{
	struct gpu_present *self = data;

	if (gpu_buffers_reading(&self->picture.buffers, 0))
		alarm_set(&self->poll, clock_ns() + POLL_NS);
	else
		give_back(self);
}

static void keep_while_read(struct gpu_present *self, struct frame *frame)
{
	give_back(self);
	if (!gpu_buffers_reading(&self->picture.buffers, 0))
		return;
	self->reading = frame_ref(frame);
	alarm_set(&self->poll, clock_ns() + POLL_NS);
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

static void plan_again(struct gpu_present *self)
{
	int least = self->window->look.fps_min;

	alarm_set(&self->again, least > 0 ? clock_ns() + NS_PER_S / (unsigned)least : 0);
}

static bool hand_over(struct gpu_present *self)
{
	const struct window_impl *window = self->window->impl;

	self->told = beat_before(self->beat, ++self->number);
	if (!pl_swapchain_submit_frame(self->gpu->chain))
		return false;
	pl_swapchain_swap_buffers(self->gpu->chain);
	beat_after(self->beat);
	if (!self->revealed && window->reveal_pane)
		window->reveal_pane(self->window);
	self->revealed = true;
	return true;
}

/* A pane that nobody sees takes no picture: that is no failure. */
static bool draw(struct gpu_present *self, bool planned)
{
	struct placement where = place(self);
	struct pl_swapchain_frame canvas;
	struct pl_frame target;

	self->dirty = self->told = false;
	plan_again(self);
	pace_draw(&self->pace, planned, clock_ns());
	if (!pl_swapchain_start_frame(self->gpu->chain, &canvas))
		return !gpu_lost(self->gpu);
	pl_frame_from_swapchain(&target, &canvas);
	fill_alpha(&target);
	if (self->pointer.shown)
		gpu_pointer_place(&self->pointer, &where, self->screen_width, self->screen_height);
	bool drawn = gpu_renderer_draw(&self->renderer, &self->picture, &where, &self->pointer,
				       &target);
	return hand_over(self) && drawn && !gpu_lost(self->gpu);
}

/* Where the display takes HDR, it may have it, as bright as it can show. */
static void hint_colours(struct gpu_present *self)
{
	const struct display_light *light = &self->window->light;
	struct pl_frame picture;

	self->hinted = *light;
	gpu_picture_describe(&self->picture, &picture);
	if (display_light_hdr(light)) {
		picture.color.hdr.min_luma = light->least_nits;
		picture.color.hdr.max_luma = light->most_nits;
	}
	pl_swapchain_colorspace_hint(self->gpu->chain,
				     self->window->look.keep_hdr ? &picture.color : NULL);
}

/* What of the frame is new becomes part of the picture. */
static bool take(struct gpu_present *self, struct frame *frame)
{
	bool reshaped = !pixel_image_same(&self->picture.image, &frame->image);
	struct region damage;

	if (!gpu_picture_suits(&self->picture, &frame->image) ||
	    !gpu_picture_update(&self->picture, frame, &damage))
		return false;
	if (reshaped || memcmp(&self->hinted, &self->window->light, sizeof(self->hinted)) != 0)
		hint_colours(self);
	if (!region_empty(&damage))
		self->dirty = true;
	return true;
}

static void tell_shown(struct gpu_present *self, uint64_t seen_ns, uint64_t when_ns)
{
	self->present.listener->shown(self->present.data, seen_ns, when_ns);
}

/* The frame is part of the last drawing, or changed nothing. */
static void drawn(struct gpu_present *self, struct frame *frame, bool anew)
{
	struct present *present = &self->present;
	uint64_t now = clock_ns(), seen_ns = frame->seen_ns;
	bool awaits = anew && self->told;

	present->bytes_copied = self->picture.buffers.bytes_copied;
	present->reads = self->picture.buffers.reads;
	frame_submitted(frame, now);
	if (!awaits)
		frame_presented(frame, now);
	if (awaits && pending_add(&self->pending, self->number, frame, &seen_ns))
		tell_shown(self, seen_ns, 0);
	keep_while_read(self, frame);
	if (!awaits)
		tell_shown(self, seen_ns, now);
}

/* Nobody saw it, and nobody will. */
static void drop_due(struct gpu_present *self)
{
	struct frame *frame = g_steal_pointer(&self->due);

	if (frame)
		tell_shown(self, frame->seen_ns, 0);
	frame_unref(frame);
}

/* A texture whose layout only a driver of OpenGL's knows is shown by OpenGL; what that cannot take
 * either, nobody can. NULL, or why this device is done with. */
static const char *pass_by(struct gpu_present *self, struct frame *frame)
{
	if (!self->window->wants_opengl && self->gpu->impl != &gpu_opengl) {
		self->window->wants_opengl = true;
		return "OpenGL takes the guest's texture, maybe";
	}
	frame_refuse(frame);
	tell_shown(self, frame->seen_ns, 0);
	return NULL;
}

/* What is due. False: that was told, and `self` may be gone. */
static bool bring(struct gpu_present *self, bool planned)
{
	struct frame *frame = g_steal_pointer(&self->due);
	const char *why = NULL;
	bool anew = false;

	if (!follow_size(self))
		why = "the device took no picture";
	else if (frame && !take(self, frame))
		why = frame->opaque && !gpu_lost(self->gpu) ? pass_by(self, frame)
							    : "the device took no picture";
	else if ((anew = self->dirty) && !draw(self, planned))
		why = "the device drew nothing";
	else if (frame)
		drawn(self, frame, anew);
	frame_unref(frame);
	if (why)
		self->present.listener->failed(self->present.data, why);
	return !why;
}

/* For a window that nobody can see, nothing is done until it asks for a picture again. */
static bool catch_up(struct gpu_present *self, bool planned)
{
	alarm_set(&self->start, 0);
	if (!self->window->suspended)
		return bring(self, planned);
	drop_due(self);
	return true;
}

/* Now or for the refresh to come. As catch_up(). */
static bool plan(struct gpu_present *self)
{
	uint64_t now = clock_ns(), when = self->paced ? pace_plan(&self->pace, now) : now;

	if (when <= now)
		return catch_up(self, false);
	alarm_set(&self->start, when);
	return true;
}

static void on_start(void *data)
{
	catch_up(data, true);
}

static void on_again(void *data)
{
	struct gpu_present *self = data;

	self->dirty = self->picture.serial != 0;
	catch_up(self, false);
}

static void gpu_show(struct present *present, struct frame *frame)
{
	struct gpu_present *self = (struct gpu_present *)present;

	if (!self->gpu) {
		present->listener->failed(present->data, "the display went away");
		return;
	}
	drop_due(self);
	self->due = frame_ref(frame);
	if (plan(self))
		present->listener->ready(present->data);
}

static void on_beat(void *data, uint64_t number, uint64_t when_ns, uint64_t period_ns)
{
	struct gpu_present *self = data;
	uint32_t mhz = self->window->refresh_mhz;
	uint64_t seen_ns;

	if (!period_ns && mhz)
		period_ns = NS_PER_S * 1000 / mhz;
	if (when_ns && self->beat->exact)
		pace_shown(&self->pace, when_ns, period_ns, clock_ns());
	if (pending_end(&self->pending, number, when_ns, &seen_ns))
		tell_shown(self, seen_ns, when_ns);
}

/* On X11 a second picture in one refresh would wait for the next one, and we with it: so there is
 * none even where drawing need not be late. */
static bool heed_pace(struct gpu_present *self)
{
	const struct look *look = &self->window->look;
	bool late = look->late && look->pace == LOOK_NEWEST;

	if (self->pace.late != late)
		pace_init(&self->pace, late);
	self->paced = self->beat && look->pace != LOOK_TEAR &&
		      (late || self->gpu->surface == PANE_XCB);
	return gpu_set_pace(self->gpu, look->pace);
}

static bool gpu_redraw(struct present *present)
{
	struct gpu_present *self = (struct gpu_present *)present;
	g_autoptr(GError) error = NULL;

	if (!self->gpu)
		return false;
	if (!gpu_renderer_set_look(&self->renderer, &self->window->look, &error))
		log_warn("%s", error->message);
	if (!heed_pace(self) || !self->picture.serial)
		return false;
	self->dirty = true;
	return self->window->suspended || (follow_size(self) && draw(self, false));
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
	bool shown = self->pointer.shown;
	if (self->gpu && self->picture.serial) {
		self->dirty = true;
		plan(self);
	}
	return shown || !pointer;
}

/* What waits for its refresh is drawn now. */
static bool gpu_read(struct present *present, const struct frame *frame, void *pixels)
{
	struct gpu_present *self = (struct gpu_present *)present;

	if (!self->gpu || (self->due == frame && !catch_up(self, false)))
		return false;
	return self->picture.serial == frame->serial &&
	       pixel_image_same(&self->picture.image, &frame->image) &&
	       gpu_picture_read(&self->picture, frame->image.pitch, pixels);
}

static void gpu_forget(struct present *present)
{
	struct gpu_present *self = (struct gpu_present *)present;

	if (!self->gpu)
		return;
	gpu_settle(self->gpu);
	drop_due(self);
	give_back(self);
	self->dirty = false;
	gpu_picture_forget(&self->picture);
}

/* ---- life ---- */

static void close_all(struct gpu_present *self)
{
	g_clear_pointer(&self->beat, beat_destroy);
	alarm_finish(&self->poll);
	alarm_finish(&self->start);
	alarm_finish(&self->again);
	if (self->gpu) {
		gpu_settle(self->gpu);
		gpu_pointer_finish(&self->pointer);
		gpu_renderer_finish(&self->renderer);
		gpu_picture_finish(&self->picture);
		gpu_destroy(self->gpu);
	}
	self->gpu = NULL;
	give_back(self);
	pending_clear(&self->pending);
	g_clear_pointer(&self->due, frame_unref);
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
	self->gpu = gpu_create(window->wants_opengl ? &gpu_opengl : NULL, &pane, look->software,
			       look->pace, error);
	if (!self->gpu && window->wants_opengl) {
		g_clear_error(error);
		self->gpu = gpu_create(NULL, &pane, look->software, look->pace, error);
	}
	if (!self->gpu) {
		gpu_present_destroy(&self->present);
		return NULL;
	}
	self->present.device = self->gpu->device;
	self->beat = beat_create(window, &pane, on_beat, self);
	alarm_init(&self->poll, on_poll, self);
	alarm_init(&self->start, on_start, self);
	alarm_init(&self->again, on_again, self);
	self->width = pane.width;
	self->height = pane.height;
	gpu_picture_init(&self->picture, self->gpu);
	gpu_renderer_init(&self->renderer, self->gpu->log, self->gpu->pl);
	gpu_pointer_init(&self->pointer, self->gpu->pl);
	if (!gpu_renderer_set_look(&self->renderer, look, &wrong))
		log_warn("%s", wrong->message);
	heed_pace(self);
	return &self->present;
}

const struct present_impl present_gpu = {
	.name = "gpu",
	.looks = true,
	.late = true,
	.suits = gpu_suits,
	.create = gpu_present_create,
	.show = gpu_show,
	.redraw = gpu_redraw,
	.pointer = gpu_point,
	.read = gpu_read,
	.forget = gpu_forget,
	.destroy = gpu_present_destroy,
};
