/* What carries the picture: the window's root surface where it covers a full screen exactly (so
 * that the compositor may hand it to the display as it is), else a pane of its own over black.
 *
 * A pane's position belongs to its parent's next commit. What must change together is committed
 * with the pane synchronized: it waits for the root's commit then. */
#include "base/mem.h"
#include "view/window/wayland/wayland.h"

#include "fractional-scale-v1-client.h"
#include "viewporter-client.h"

/* Pixman's factors have 16 bits behind the point: one pixel would not reach over a whole screen. */
#define BLACK_SIZE 256

#define VEIL_US (G_USEC_PER_SEC) /* so long without a frame callback: nobody sees the window */

static struct wayland_pane new_surface(struct wayland *self)
{
	struct wayland_pane pane = { .surface = wl_compositor_create_surface(self->compositor) };

	pane.viewport = wp_viewporter_get_viewport(self->viewporter, pane.surface);
	return pane;
}

struct wayland_pane stage_new_pane(struct wayland *self)
{
	struct wl_region *nothing = wl_compositor_create_region(self->compositor);
	struct wayland_pane pane = new_surface(self);

	pane.subsurface = wl_subcompositor_get_subsurface(self->subcompositor, pane.surface,
							  self->root.surface);
	wl_surface_set_input_region(pane.surface, nothing);
	wl_region_destroy(nothing);
	return pane;
}

void stage_free_pane(struct wayland_pane *pane)
{
	if (pane->viewport)
		wp_viewport_destroy(pane->viewport);
	if (pane->subsurface)
		wl_subsurface_destroy(pane->subsurface);
	if (pane->surface)
		wl_surface_destroy(pane->surface);
	*pane = (struct wayland_pane){ 0 };
}

/* ---- screens and their scale ---- */

static void follow_output(struct wayland *self)
{
	const struct wayland_output *output = wayland_output(self);

	if (!output)
		return;
	self->window.refresh_mhz = (uint32_t)MAX(output->mhz, 0);
	if (!self->fractional_scale)
		wayland_set_scale(self, (uint32_t)CLAMP(output->scale, 1, 16) * 120);
}

static void mark_output(struct wayland *self, const struct wl_output *wl, bool entered)
{
	for (unsigned i = 0; i < self->outputs->len; i++) {
		struct wayland_output *output = self->outputs->pdata[i];
		if (output->wl == wl)
			output->entered = entered;
	}
	follow_output(self);
}

static void on_enter(void *data, struct wl_surface *surface, struct wl_output *output)
{
	(void)surface;
	mark_output(data, output, true);
}

static void on_leave(void *data, struct wl_surface *surface, struct wl_output *output)
{
	(void)surface;
	mark_output(data, output, false);
}

static const struct wl_surface_listener surface_listener = {
	.enter = on_enter,
	.leave = on_leave,
};

static void on_preferred_scale(void *data, struct wp_fractional_scale_v1 *scale, uint32_t scale120)
{
	(void)scale;
	wayland_set_scale(data, scale120);
}

static const struct wp_fractional_scale_v1_listener scale_listener = {
	.preferred_scale = on_preferred_scale,
};

void stage_follow_scale(struct wayland *self)
{
	bool wanted = self->fractional_scales && !(self->hints & WINDOW_WHOLE_SCALE);

	if (wanted == (self->fractional_scale != NULL))
		return;
	if (wanted) {
		self->fractional_scale = wp_fractional_scale_manager_v1_get_fractional_scale(
			self->fractional_scales, self->root.surface);
		wp_fractional_scale_v1_add_listener(self->fractional_scale, &scale_listener, self);
		return;
	}
	g_clear_pointer(&self->fractional_scale, wp_fractional_scale_v1_destroy);
	follow_output(self);
}

/* ---- is anybody looking? ---- */

/* True: it is seen again, and what was not shown meanwhile is old. */
static bool settle_view(struct wayland *self)
{
	bool hidden = self->veiled || self->states & SHELL_SUSPENDED;

	if (self->window.suspended == hidden)
		return false;
	self->window.suspended = hidden;
	self->window.listener->visible(self->window.data, !hidden);
	return !hidden;
}

static void set_veiled(struct wayland *self, bool veiled)
{
	g_source_set_ready_time(self->veil, -1);
	self->veiled = veiled;
	if (settle_view(self))
		self->window.listener->needs_picture(self->window.data);
}

static gboolean on_veil(gpointer data)
{
	set_veiled(data, true);
	return G_SOURCE_CONTINUE;
}

static gboolean dispatch_veil(GSource *source, GSourceFunc callback, gpointer data)
{
	(void)source;
	return callback(data);
}

static GSourceFuncs veil_funcs = { .dispatch = dispatch_veil };

void stage_await(struct wayland *self)
{
	if (!self->window.suspended && g_source_get_ready_time(self->veil) < 0)
		g_source_set_ready_time(self->veil, g_get_monotonic_time() + VEIL_US);
}

void stage_ignore(struct wayland *self)
{
	if (self->veil)
		g_source_set_ready_time(self->veil, -1);
}

void stage_asked(struct wayland *self)
{
	set_veiled(self, false);
}

/* The compositor knows better than we do. */
void stage_suspend(struct wayland *self)
{
	set_veiled(self, false);
}

/* All of it. Not with the largest numbers there are: weston multiplies them. */
static void damage_root(struct wayland *self)
{
	wl_surface_damage(self->root.surface, 0, 0, self->logical.width, self->logical.height);
}

/* ---- life ---- */

static void make_black(struct wayland *self)
{
	uint32_t *pixels;

	if (self->black.memory.base)
		return;
	pixels = pixels_make(&self->black, BLACK_SIZE, BLACK_SIZE);
	for (size_t i = 0; pixels && i < BLACK_SIZE * BLACK_SIZE; i++)
		pixels[i] = 0xff000000;
}

void stage_open(struct wayland *self)
{
	make_black(self);
	self->root = new_surface(self);
	wl_surface_add_listener(self->root.surface, &surface_listener, self);
	self->child = stage_new_pane(self);
	stage_follow_scale(self);
	if (!self->veil) {
		self->veil = g_source_new(&veil_funcs, sizeof(GSource));
		g_source_set_callback(self->veil, on_veil, self, NULL);
		g_source_set_can_recurse(self->veil, TRUE);
		g_source_attach(self->veil, NULL);
	}
	self->veiled = false;
	settle_view(self); /* who opens it brings a picture */
	self->stage.target = NULL;
	self->stage.image = (struct pixel_image){ 0 };
}

void stage_close(struct wayland *self)
{
	if (self->veil) {
		g_source_destroy(self->veil);
		g_clear_pointer(&self->veil, g_source_unref);
	}
	g_clear_pointer(&self->fractional_scale, wp_fractional_scale_v1_destroy);
	stage_free_pane(&self->drawn);
	stage_free_pane(&self->child);
	stage_free_pane(&self->root);
	pixels_disconnect(&self->black);
	self->stage.target = NULL;
}

/* ---- pictures ---- */

static struct wl_surface *best_target(const struct wayland *self)
{
	return (self->states & SHELL_FULLSCREEN) && layout_fills(self) ? self->root.surface
								       : self->child.surface;
}

static void show_black(struct wayland *self)
{
	wl_surface_set_buffer_transform(self->root.surface, WL_OUTPUT_TRANSFORM_NORMAL);
	wl_surface_attach(self->root.surface,
			  pixels_buffer(self, &self->black, WL_SHM_FORMAT_XRGB8888), 0, 0);
	damage_root(self);
}

static void hide_child(struct wayland *self)
{
	wl_subsurface_set_sync(self->child.subsurface);
	wl_surface_attach(self->child.surface, NULL, 0, 0);
	wl_surface_commit(self->child.surface);
}

/* KVMFR's rotation turns the stored picture clockwise to make it upright; Wayland's transform says
 * how an upright one was turned counter-clockwise to become the stored one. */
static enum wl_output_transform transform_of(const struct pixel_image *image, bool flipped)
{
	static const enum wl_output_transform transforms[] = {
		[PIXEL_ROTATE_0] = WL_OUTPUT_TRANSFORM_NORMAL,
		[PIXEL_ROTATE_90] = WL_OUTPUT_TRANSFORM_90,
		[PIXEL_ROTATE_180] = WL_OUTPUT_TRANSFORM_180,
		[PIXEL_ROTATE_270] = WL_OUTPUT_TRANSFORM_270,
	};

	return flipped ? WL_OUTPUT_TRANSFORM_FLIPPED_180 : transforms[image->rotation & 3];
}

static bool same_shape(const struct pixel_image *a, const struct pixel_image *b)
{
	return a->width == b->width && a->height == b->height && a->rotation == b->rotation;
}

bool stage_wants(const struct wayland *self, const struct pixel_image *image)
{
	return self->stage.dirty || !same_shape(image, &self->stage.image) ||
	       best_target(self) != self->stage.target;
}

struct wl_surface *stage_attach(struct wayland *self, struct wl_buffer *buffer,
				const struct pixel_image *image, uint32_t padding, bool flipped,
				bool *fresh)
{
	bool reshaped = !same_shape(image, &self->stage.image) || padding != self->stage.padding ||
			flipped != self->stage.flipped;

	self->stage.image = *image;
	self->stage.padding = padding;
	self->stage.flipped = flipped;
	if (reshaped)
		self->stage.dirty = true;
	struct wl_surface *target = best_target(self);
	*fresh = target != self->stage.target;
	if (*fresh) {
		self->stage.dirty = true;
		self->stage.target = target;
		if (target == self->root.surface)
			hide_child(self);
		else
			show_black(self);
	}
	if (self->stage.dirty)
		wl_surface_set_buffer_transform(target, transform_of(image, flipped));
	colour_apply(self, target, image);
	wl_surface_attach(target, buffer, 0, 0);
	return target;
}

void stage_damage(const struct wayland *self, struct region *damage)
{
	struct logical_box box = layout_box(self);

	quirks_damage(self, &self->stage.image, (struct logical_size){ box.width, box.height },
		      damage);
}

/* The child's content first, or weston sends no frame callbacks for it. */
static void commit_all(struct wayland *self)
{
	layout_apply(self);
	wl_subsurface_set_sync(self->child.subsurface);
	wl_surface_commit(self->child.surface);
	panels_apply(self);
	wl_surface_commit(self->root.surface);
	wl_subsurface_set_desync(self->child.subsurface);
	self->stage.dirty = false;
	cursor_apply(self);
}

void stage_commit(struct wayland *self)
{
	if (self->stage.dirty)
		commit_all(self);
	else
		wl_surface_commit(self->stage.target);
}

void stage_touch(struct wayland *self)
{
	self->stage.dirty = true;
}

/* With the picture that is there; only its frame can move it from one surface to another. */
void stage_settle(struct wayland *self)
{
	if (!self->stage.dirty || !self->configured || !(self->stage.target || self->drawn.surface))
		return;
	commit_all(self);
	if (self->stage.target && best_target(self) != self->stage.target)
		self->window.listener->needs_picture(self->window.data);
}

static bool await_configure(struct wayland *self)
{
	while (self->shown && !self->configured)
		if (wl_display_roundtrip(self->display) < 0)
			return false;
	return self->configured;
}

/* The root is there before its pane is: frame callbacks come only then. */
bool stage_open_drawn(struct wayland *self)
{
	if (!await_configure(self))
		return false;
	self->drawn = stage_new_pane(self);
	wl_subsurface_place_above(self->drawn.subsurface, self->child.surface);
	wl_subsurface_set_desync(self->drawn.subsurface);
	if (!self->stage.target)
		show_black(self);
	commit_all(self);
	return true;
}

void stage_close_drawn(struct wayland *self)
{
	stage_free_pane(&self->drawn);
	if (self->root.surface)
		stage_refresh_root(self, true);
}

void stage_refresh_root(struct wayland *self, bool damage)
{
	if (damage)
		damage_root(self);
	wl_surface_commit(self->root.surface);
}
