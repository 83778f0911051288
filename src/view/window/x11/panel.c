/* Pictures over the guest's: child windows above everything that presenters draw, whose background
 * the X server keeps, so that it repairs them without us. No input stays with them. */
#include <string.h>
#include <xcb/shape.h>

#include "base/mem.h"
#include "view/window/x11/x11.h"

#define PANEL_MAX   4096
#define PIXEL_DEPTH 24
#define STRIP_BYTES ((256u << 10) - 64) /* below the limit of servers without big requests */
#define OUTLINE_MAX 4096                /* rectangles; finer ones are left rough */
#define GLASS_MIN   64                  /* pixels in a row */

static void put(struct x11 *self, xcb_pixmap_t pixmap, const struct panel *panel)
{
	uint32_t row = panel->width * 4, strip = STRIP_BYTES / row;
	g_autofree uint8_t *packed = g_malloc((size_t)row * min_u32(strip, panel->height));
	xcb_gcontext_t gc = xcb_generate_id(self->xcb);

	xcb_create_gc(self->xcb, gc, pixmap, 0, NULL);
	for (uint32_t y = 0; y < panel->height; y += strip) {
		uint32_t rows = min_u32(strip, panel->height - y);
		for (uint32_t i = 0; i < rows; i++)
			memcpy(packed + (size_t)i * row,
			       (const uint8_t *)panel->pixels + (size_t)(y + i) * panel->pitch,
			       row);
		xcb_put_image(self->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, gc,
			      (uint16_t)panel->width, (uint16_t)rows, 0, (int16_t)y, 0, PIXEL_DEPTH,
			      rows * row, packed);
	}
	xcb_free_gc(self->xcb, gc);
}

static xcb_pixmap_t make_pixmap(struct x11 *self, uint8_t depth, const struct panel *panel)
{
	xcb_pixmap_t pixmap = xcb_generate_id(self->xcb);

	xcb_create_pixmap(self->xcb, depth, pixmap, self->id, (uint16_t)panel->width,
			  (uint16_t)panel->height);
	return pixmap;
}

/* The same picture with the window's own kind of pixels. */
static xcb_pixmap_t convert(struct x11 *self, xcb_pixmap_t from, const struct panel *panel)
{
	xcb_pixmap_t to = make_pixmap(self, self->screen->root_depth, panel);
	xcb_render_picture_t in = xcb_generate_id(self->xcb), out = xcb_generate_id(self->xcb);

	xcb_render_create_picture(self->xcb, in, from, self->bgrx_format, 0, NULL);
	xcb_render_create_picture(self->xcb, out, to, self->window_format, 0, NULL);
	xcb_render_composite(self->xcb, XCB_RENDER_PICT_OP_SRC, in, XCB_NONE, out, 0, 0, 0, 0, 0, 0,
			     (uint16_t)panel->width, (uint16_t)panel->height);
	xcb_render_free_picture(self->xcb, in);
	xcb_render_free_picture(self->xcb, out);
	xcb_free_pixmap(self->xcb, from);
	return to;
}

/* Premultiplied colours are those over black already: only the alpha has to be overlooked. */
static xcb_pixmap_t upload(struct x11 *self, const struct panel *panel)
{
	xcb_pixmap_t pixmap = make_pixmap(self, PIXEL_DEPTH, panel);

	put(self, pixmap, panel);
	return self->plain ? pixmap : convert(self, pixmap, panel);
}

/* ---- outlines ---- */

struct outline {
	xcb_rectangle_t rects[OUTLINE_MAX];
	uint32_t count;
};

static const uint8_t *pixel_at(const struct panel *panel, uint32_t x, uint32_t y)
{
	return (const uint8_t *)panel->pixels + (size_t)y * panel->pitch + (size_t)x * 4;
}

static bool is_solid(const uint8_t *pixel)
{
	return pixel[3] >= 128;
}

static bool is_glass(const uint8_t *pixel)
{
	return pixel[3] >= 64 && pixel[3] < 128 && !(pixel[0] | pixel[1] | pixel[2]);
}

static uint32_t glass_from(const struct panel *panel, uint32_t x, uint32_t y)
{
	uint32_t end = x;

	while (end < panel->width && is_glass(pixel_at(panel, end, y)))
		end++;
	return end - x;
}

/* Where what is there from `x` on ends. Black glass darkens by every second row of it; what is only
 * a soft edge does not. */
static uint32_t end_of(const struct panel *panel, uint32_t x, uint32_t y)
{
	uint32_t glass;

	while (x < panel->width) {
		if (is_solid(pixel_at(panel, x, y)))
			x++;
		else if (y % 2 && (glass = glass_from(panel, x, y)) >= GLASS_MIN)
			x += glass;
		else
			break;
	}
	return x;
}

/* A row that looks like the one above makes its rectangle higher. */
static bool extend(struct outline *self, uint32_t x, uint32_t y, uint32_t width)
{
	xcb_rectangle_t *last = self->count ? &self->rects[self->count - 1] : NULL;

	if (!last || last->x != (int16_t)x || last->width != width ||
	    (uint32_t)last->y + last->height != y)
		return false;
	last->height++;
	return true;
}

static bool outline_row(struct outline *self, const struct panel *panel, uint32_t y)
{
	for (uint32_t x = 0, end; x < panel->width; x = end + 1) {
		while (x < panel->width && end_of(panel, x, y) == x)
			x++;
		end = end_of(panel, x, y);
		if (end == x || extend(self, x, y, end - x))
			continue;
		if (self->count == OUTLINE_MAX)
			return false;
		self->rects[self->count++] = (xcb_rectangle_t){ (int16_t)x, (int16_t)y,
								(uint16_t)(end - x), 1 };
	}
	return true;
}

static void trace(struct outline *self, const struct panel *panel)
{
	self->count = 0;
	for (uint32_t y = 0; y < panel->height; y++)
		if (!outline_row(self, panel, y)) {
			self->rects[0] = (xcb_rectangle_t){ 0, 0, (uint16_t)panel->width,
							    (uint16_t)panel->height };
			self->count = 1;
			return;
		}
}

static uint32_t digest(const struct outline *self)
{
	const uint8_t *bytes = (const uint8_t *)self->rects;
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < self->count * sizeof(self->rects[0]); i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

static bool can_shape(struct x11 *self)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_shape_id);

	return extension && extension->present;
}

/* Each change of an outline may expose what lies below: only where it is another one. */
static void shape(struct x11 *self, struct x11_panel *panel, const struct panel *from)
{
	g_autofree struct outline *outline = g_new(struct outline, 1);

	if (!can_shape(self))
		return;
	trace(outline, from);
	uint32_t hash = digest(outline);
	if (hash == panel->shape)
		return;
	panel->shape = hash;
	xcb_shape_rectangles(self->xcb, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING,
			     XCB_CLIP_ORDERING_UNSORTED, panel->id, 0, 0, outline->count,
			     outline->rects);
}

/* ---- windows ---- */

/* Below the lowest one that is above it. */
static void stack(struct x11 *self, unsigned place)
{
	for (unsigned i = place + 1; i < WINDOW_PANELS; i++)
		if (self->panels[i].id) {
			xcb_configure_window(
				self->xcb, self->panels[place].id,
				XCB_CONFIG_WINDOW_SIBLING | XCB_CONFIG_WINDOW_STACK_MODE,
				(const uint32_t[]){ self->panels[i].id, XCB_STACK_MODE_BELOW });
			return;
		}
}

/* Its input region is empty: pointer and crossings are the window's own. */
static void make_child(struct x11 *self, unsigned place, const struct panel *from)
{
	struct x11_panel *panel = &self->panels[place];

	*panel = (struct x11_panel){ .id = xcb_generate_id(self->xcb) };
	xcb_create_window(self->xcb, XCB_COPY_FROM_PARENT, panel->id, self->id, (int16_t)from->x,
			  (int16_t)from->y, (uint16_t)from->width, (uint16_t)from->height, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, 0, NULL);
	if (can_shape(self))
		xcb_shape_rectangles(self->xcb, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_INPUT,
				     XCB_CLIP_ORDERING_UNSORTED, panel->id, 0, 0, 0, NULL);
	stack(self, place);
}

static void lay_out(struct x11 *self, struct x11_panel *panel, const struct panel *from)
{
	const uint32_t values[] = { (uint32_t)from->x, (uint32_t)from->y, from->width,
				    from->height };

	if (panel->x != from->x || panel->y != from->y || panel->width != from->width ||
	    panel->height != from->height)
		xcb_configure_window(self->xcb, panel->id,
				     XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y |
					     XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
				     values);
	panel->x = from->x;
	panel->y = from->y;
	panel->width = from->width;
	panel->height = from->height;
}

static void take_away(struct x11 *self, struct x11_panel *panel)
{
	if (panel->id)
		xcb_destroy_window(self->xcb, panel->id);
	panel->id = XCB_NONE;
}

void x11_panel_set(struct x11 *self, unsigned place, const struct panel *from)
{
	struct x11_panel *panel = &self->panels[place];

	if (!from || from->width - 1 >= PANEL_MAX || from->height - 1 >= PANEL_MAX) {
		take_away(self, panel);
		return;
	}
	bool come = !panel->id;
	xcb_pixmap_t pixmap = upload(self, from);
	if (come)
		make_child(self, place, from);
	xcb_change_window_attributes(self->xcb, panel->id, XCB_CW_BACK_PIXMAP, &pixmap);
	xcb_free_pixmap(self->xcb, pixmap); /* the background stays */
	lay_out(self, panel, from);
	shape(self, panel, from);
	if (come)
		xcb_map_window(self->xcb, panel->id);
	else
		xcb_clear_area(self->xcb, 0, panel->id, 0, 0, 0, 0);
}
