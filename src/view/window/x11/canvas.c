#include "view/window/x11/canvas.h"

#include <string.h>

#include "base/mem.h"
#include "view/window/x11/x11.h"

#define DEPTH 24 /* of the pixmap: BGRX, whatever the window has */

void canvas_init(struct canvas *self, struct x11 *x11)
{
	*self = (struct canvas){ .x11 = x11 };
	self->to = xcb_generate_id(x11->xcb);
	xcb_render_create_picture(x11->xcb, self->to, x11->id, x11->window_format, 0, NULL);
}

static void drop_pixmap(struct canvas *self)
{
	if (!self->pixmap)
		return;
	xcb_render_free_picture(self->x11->xcb, self->from);
	xcb_free_gc(self->x11->xcb, self->gc);
	xcb_free_pixmap(self->x11->xcb, self->pixmap);
	self->pixmap = 0;
	self->whole = false;
}

void canvas_finish(struct canvas *self)
{
	if (!self->to)
		return;
	drop_pixmap(self);
	xcb_render_free_picture(self->x11->xcb, self->to);
}

void canvas_forget(struct canvas *self)
{
	self->serial = 0;
}

void canvas_done(struct canvas *self, uint64_t serial)
{
	self->serial = serial;
	self->whole = self->pixmap != 0;
}

/* May the picture's bytes go into the window as they are? */
static bool straight(const struct canvas *self)
{
	return self->x11->plain && self->place.factor == 1 &&
	       self->image.rotation == PIXEL_ROTATE_0;
}

#define FIXED(v) ((xcb_render_fixed_t)((v)*65536.0 + ((v) < 0 ? -0.5 : 0.5)))

/* From window pixels, relative to the placement, to pixels of the stored picture. */
static xcb_render_transform_t transform_of(const struct canvas *self)
{
	bool turned = self->image.rotation & 1;
	double w = self->image.width, h = self->image.height;
	double x = (turned ? h : w) / self->place.width, y = (turned ? w : h) / self->place.height;
	const xcb_render_transform_t turns[] = {
		[PIXEL_ROTATE_0] = { FIXED(x), 0, 0, 0, FIXED(y), 0, 0, 0, FIXED(1) },
		[PIXEL_ROTATE_90] = { 0, FIXED(y), 0, FIXED(-x), 0, FIXED(h), 0, 0, FIXED(1) },
		[PIXEL_ROTATE_180] = { FIXED(-x), 0, FIXED(w), 0, FIXED(-y), FIXED(h), 0, 0,
				       FIXED(1) },
		[PIXEL_ROTATE_270] = { 0, FIXED(-y), FIXED(w), FIXED(x), 0, 0, 0, 0, FIXED(1) },
	};

	return turns[self->image.rotation];
}

static void set_transform(struct canvas *self)
{
	const char *filter = self->place.factor ? "nearest" : "bilinear";

	if (!self->pixmap)
		return;
	xcb_render_set_picture_transform(self->x11->xcb, self->from, transform_of(self));
	xcb_render_set_picture_filter(self->x11->xcb, self->from, (uint16_t)strlen(filter), filter,
				      0, NULL);
}

static void make_pixmap(struct canvas *self)
{
	xcb_connection_t *xcb = self->x11->xcb;
	uint32_t repeat = XCB_RENDER_REPEAT_PAD;

	self->pixmap = xcb_generate_id(xcb);
	self->from = xcb_generate_id(xcb);
	xcb_create_pixmap(xcb, DEPTH, self->pixmap, self->x11->id, (uint16_t)self->image.width,
			  (uint16_t)self->image.height);
	self->gc = xcb_generate_id(xcb);
	xcb_create_gc(xcb, self->gc, self->pixmap, 0, NULL);
	xcb_render_create_picture(xcb, self->from, self->pixmap, self->x11->bgrx_format,
				  XCB_RENDER_CP_REPEAT, &repeat);
	self->whole = false;
	if (self->image.data_height < self->image.height) /* rows that never come are black */
		xcb_render_fill_rectangles(xcb, XCB_RENDER_PICT_OP_SRC, self->from,
					   (xcb_render_color_t){ 0 }, 1,
					   &(xcb_rectangle_t){ 0, 0, (uint16_t)self->image.width,
							       (uint16_t)self->image.height });
	set_transform(self);
}

/* Black again wherever the picture does not reach. */
static void clear_bars(const struct canvas *self)
{
	const struct window *window = &self->x11->window;
	int32_t left = self->place.x, top = self->place.y;
	int32_t right = left + (int32_t)self->place.width;
	int32_t bottom = top + (int32_t)self->place.height;
	const int32_t bars[][4] = {
		{ 0, 0, (int32_t)window->width, top },
		{ 0, bottom, (int32_t)window->width, (int32_t)window->height - bottom },
		{ 0, top, left, bottom - top },
		{ right, top, (int32_t)window->width - right, bottom - top },
	};

	for (size_t i = 0; i < ARRAY_LEN(bars); i++)
		if (bars[i][2] > 0 && bars[i][3] > 0)
			xcb_clear_area(self->x11->xcb, 0, self->x11->id, (int16_t)bars[i][0],
				       (int16_t)bars[i][1], (uint16_t)bars[i][2],
				       (uint16_t)bars[i][3]);
}

/* Rows that the guest has no memory for are black, too. */
static void clear_missing(const struct canvas *self)
{
	if (self->image.data_height < self->image.height)
		xcb_clear_area(self->x11->xcb, 0, self->x11->id, 0, 0, 0, 0);
}

static void place(struct canvas *self)
{
	uint32_t width, height;

	pixel_image_upright(&self->image, &width, &height);
	self->place = window_place(&self->x11->window, width, height);
	clear_bars(self);
	set_transform(self);
	x11_cursor_rescale(self->x11);
}

/* Draws a rectangle of the placement from the pixmap. */
static void draw(struct canvas *self, struct rect rect)
{
	xcb_render_composite(self->x11->xcb, XCB_RENDER_PICT_OP_SRC, self->from, XCB_NONE, self->to,
			     (int16_t)rect.x, (int16_t)rect.y, 0, 0,
			     (int16_t)(self->place.x + (int32_t)rect.x),
			     (int16_t)(self->place.y + (int32_t)rect.y), (uint16_t)rect.width,
			     (uint16_t)rect.height);
}

static void draw_all(struct canvas *self)
{
	draw(self, (struct rect){ 0, 0, self->place.width, self->place.height });
}

void canvas_prepare(struct canvas *self, const struct frame *frame, struct region *damage)
{
	if (!pixel_image_same(&self->image, &frame->image)) {
		drop_pixmap(self);
		self->image = frame->image;
		self->serial = 0;
		place(self);
		clear_missing(self);
	}
	bool wanted = self->keep || !self->exposed || !straight(self);
	if (wanted && !self->pixmap) {
		make_pixmap(self);
		self->serial = 0;
	} else if (!wanted) {
		drop_pixmap(self);
	}
	frame_damage(frame, self->serial, damage);
}

/* Where the picture's corner lies in a drawable. */
struct target {
	xcb_drawable_t drawable;
	xcb_gcontext_t gc;
	int32_t x, y;
};

/* How rectangles get there. */
struct put {
	unsigned (*rect)(struct canvas *self, const struct put *put, const struct target *target,
			 struct rect rect, bool last);
	const void *from;
	size_t pitch;
	bool completes; /* its last request sends an event */
};

static void put_into(struct canvas *self, const struct put *put, const struct region *damage,
		     const struct target *target, bool last, struct canvas_flight *flight)
{
	for (uint32_t i = 0; i < damage->count; i++) {
		flight->last = put->rect(self, put, target, damage->rects[i],
					 last && i + 1 == damage->count);
		if (!flight->first)
			flight->first = flight->last;
	}
}

static struct canvas_flight put_all(struct canvas *self, const struct put *put,
				    const struct region *damage)
{
	const struct target window = { self->x11->id, self->x11->gc, self->place.x, self->place.y };
	const struct target pixmap = { self->pixmap, self->gc, 0, 0 };
	struct canvas_flight flight = { 0 };
	bool windowed = straight(self);

	if (windowed)
		put_into(self, put, damage, &window, !self->pixmap, &flight);
	if (self->pixmap)
		put_into(self, put, damage, &pixmap, true, &flight);
	for (uint32_t i = 0; !windowed && i < damage->count; i++)
		draw(self, placement_damage(&self->place, &self->image, damage->rects[i]));
	flight.completes = put->completes;
	if (!windowed || !put->completes)
		flight.fence = xcb_get_input_focus(self->x11->xcb).sequence;
	return flight;
}

static unsigned put_rect_shm(struct canvas *self, const struct put *put,
			     const struct target *target, struct rect rect, bool last)
{
	const struct canvas_memory *memory = put->from;

	return xcb_shm_put_image(self->x11->xcb, target->drawable, target->gc,
				 (uint16_t)(memory->pitch / 4), (uint16_t)memory->rows,
				 (uint16_t)rect.x, (uint16_t)rect.y, (uint16_t)rect.width,
				 (uint16_t)rect.height, (int16_t)(target->x + (int32_t)rect.x),
				 (int16_t)(target->y + (int32_t)rect.y), DEPTH,
				 XCB_IMAGE_FORMAT_Z_PIXMAP, last, memory->segment, memory->offset)
		.sequence;
}

struct canvas_flight canvas_put_shm(struct canvas *self, const struct canvas_memory *memory,
				    const struct region *damage)
{
	struct put put = { .rect = put_rect_shm, .from = memory, .completes = true };

	return put_all(self, &put, damage);
}

#define STRIP_BYTES (256u << 10) /* below the 256 KiB limit of servers without big requests */

static unsigned put_rect_bytes(struct canvas *self, const struct put *put,
			       const struct target *target, struct rect rect, bool last)
{
	uint32_t row = rect.width * 4, strip = max_u32((STRIP_BYTES - 64) / row, 1);
	g_autofree uint8_t *packed = g_malloc((size_t)row * min_u32(strip, rect.height));
	unsigned sequence = 0;

	(void)last;
	for (uint32_t done = 0; done < rect.height; done += strip) {
		uint32_t rows = min_u32(strip, rect.height - done);
		const uint8_t *from = (const uint8_t *)put->from + (rect.y + done) * put->pitch +
				      (size_t)rect.x * 4;
		for (uint32_t i = 0; i < rows; i++)
			memcpy(packed + (size_t)i * row, from + i * put->pitch, row);
		sequence = xcb_put_image(self->x11->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP,
					 target->drawable, target->gc, (uint16_t)rect.width,
					 (uint16_t)rows, (int16_t)(target->x + (int32_t)rect.x),
					 (int16_t)(target->y + (int32_t)(rect.y + done)), 0, DEPTH,
					 rows * row, packed)
				   .sequence;
	}
	return sequence;
}

struct canvas_flight canvas_put_bytes(struct canvas *self, const void *pixels, size_t pitch,
				      const struct region *damage)
{
	struct put put = { .rect = put_rect_bytes, .from = pixels, .pitch = pitch };

	return put_all(self, &put, damage);
}

/* Nothing in the server to draw from: the next put brings everything. */
static bool ask_again(struct canvas *self)
{
	self->serial = 0;
	return false;
}

bool canvas_resize(struct canvas *self)
{
	if (!self->image.width)
		return true;
	place(self);
	if (!self->whole)
		return ask_again(self);
	draw_all(self);
	return true;
}

/* A rectangle of the window in the placement's own pixels, clipped to it. */
static struct rect in_placement(const struct placement *self, struct rect rect)
{
	int64_t x0 = (int64_t)rect.x - self->x, x1 = x0 + rect.width;
	int64_t y0 = (int64_t)rect.y - self->y, y1 = y0 + rect.height;

	x0 = CLAMP(x0, 0, (int64_t)self->width);
	x1 = CLAMP(x1, 0, (int64_t)self->width);
	y0 = CLAMP(y0, 0, (int64_t)self->height);
	y1 = CLAMP(y1, 0, (int64_t)self->height);
	return (struct rect){ (uint32_t)x0, (uint32_t)y0, (uint32_t)(x1 - x0),
			      (uint32_t)(y1 - y0) };
}

bool canvas_expose(struct canvas *self, struct rect rect)
{
	self->exposed = true;
	if (!self->image.width)
		return true;
	if (!self->whole)
		return ask_again(self);
	rect = in_placement(&self->place, rect);
	if (!rect_empty(rect))
		draw(self, rect);
	return true;
}

bool canvas_keep(struct canvas *self)
{
	if (self->keep)
		return true;
	self->keep = true;
	return self->whole || !self->image.width || ask_again(self);
}
