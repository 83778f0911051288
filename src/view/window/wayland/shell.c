/* The window's size, and whose wish it is. */
#include "base/mem.h"
#include "view/window/wayland/wayland.h"

/* Sizes that are not the window's own. */
#define SHELL_BOUND (SHELL_MAXIMIZED | SHELL_FULLSCREEN | SHELL_TILED)

void shell_open(struct wayland *self)
{
	static const struct shell_impl *const shells[] = { &shell_decor, &shell_xdg };

	for (size_t i = self->hints & WINDOW_FRAMELESS ? 1 : 0; !self->shell; i++) {
		self->shell = shells[i];
		if (!shells[i]->create(self))
			self->shell = NULL;
	}
	self->shell->set_title(self);
	shell_set_limits(self);
	if (self->want_fullscreen)
		self->shell->set_fullscreen(self, true);
	if (self->hints & WINDOW_MAXIMIZED)
		self->shell->set_maximized(self, true);
	if (self->hints & WINDOW_BORDERLESS)
		self->shell->set_borderless(self, true);
	if (self->shell->open)
		self->shell->open(self);
}

void shell_close(struct wayland *self)
{
	if (self->shell)
		self->shell->destroy(self);
	self->shell = NULL;
	self->configured = false;
	self->states = 0;
}

/* The largest of the picture's shape that is no wider and no higher. */
static struct logical_size in_shape(const struct wayland *self, struct logical_size size)
{
	if (!(self->hints & WINDOW_KEEPS_SHAPE) || !self->asked_width)
		return size;
	struct placement fit = placement_of(SCALE_FIT, self->asked_width, self->asked_height,
					    (uint32_t)size.width, (uint32_t)size.height);
	return (struct logical_size){ (int32_t)fit.width, (int32_t)fit.height };
}

void shell_set_limits(struct wayland *self)
{
	const struct logical_size least = { SHELL_MIN_WIDTH, SHELL_MIN_HEIGHT }, any = { 0, 0 };
	bool fixed = self->hints & WINDOW_FIXED;

	if (self->shell)
		self->shell->limit(self, fixed ? self->normal : least, fixed ? self->normal : any);
}

void shell_blur(struct wayland *self)
{
	if (self->shell && self->window.fullscreen && self->hints & WINDOW_YIELDS)
		self->shell->minimize(self);
}

void shell_configure(struct wayland *self, struct logical_size size, unsigned states)
{
	bool bound = states & SHELL_BOUND, was_bound = self->states & SHELL_BOUND;

	if (size.width <= 0 || size.height <= 0)
		size = bound ? self->logical : self->normal;
	if (!bound)
		size = in_shape(self, size);
	if (!bound && !was_bound && self->configured &&
	    (size.width != self->normal.width || size.height != self->normal.height))
		self->window.user_sized = true;
	if (!bound)
		self->normal = size;
	unsigned changed = states ^ self->states;
	if (changed & SHELL_FULLSCREEN)
		stage_touch(self);
	self->states = states;
	self->window.fullscreen = states & SHELL_FULLSCREEN;
	if (changed & SHELL_SUSPENDED)
		stage_suspend(self);
	wayland_resize(self, size);
}

void shell_configured(struct wayland *self)
{
	bool first = !self->configured;

	self->configured = true;
	if (first && self->watcher.configured)
		self->watcher.configured(self->watcher.data);
	else
		stage_settle(self);
}

/* Shrunk until it is inside, aspect kept. */
static struct logical_size limit(struct logical_size size, struct logical_size bounds)
{
	double factor = 1;

	if (bounds.width > 0 && bounds.height > 0)
		factor = MIN((double)bounds.width / size.width,
			     (double)bounds.height / size.height);
	if (factor < 1)
		size = (struct logical_size){ (int32_t)(size.width * factor),
					      (int32_t)(size.height * factor) };
	return (struct logical_size){ MAX(size.width, SHELL_MIN_WIDTH),
				      MAX(size.height, SHELL_MIN_HEIGHT) };
}

static struct logical_size bounds_of(const struct wayland *self)
{
	const struct wayland_output *output = wayland_output(self);

	if (self->bounds.width > 0 || !output)
		return self->bounds;
	return (struct logical_size){ wayland_to_logical(self, output->mode.width),
				      wayland_to_logical(self, output->mode.height) };
}

static void take_asked(struct wayland *self)
{
	struct logical_size size = { wayland_to_logical(self, self->asked_width),
				     wayland_to_logical(self, self->asked_height) };

	self->normal = limit(size, bounds_of(self));
	shell_set_limits(self);
	if (self->states & SHELL_BOUND)
		return;
	wayland_resize(self, self->normal);
	if (self->configured)
		self->shell->resized(self);
}

/* Is the size the user's, whatever the picture's? */
static bool is_chosen(const struct wayland *self)
{
	return (self->window.user_sized || self->hints & WINDOW_SIZED) &&
	       !(self->hints & WINDOW_FOLLOWS);
}

void shell_fit(struct wayland *self, uint32_t width, uint32_t height)
{
	if (width == self->asked_width && height == self->asked_height)
		return;
	self->asked_width = width;
	self->asked_height = height;
	if (!is_chosen(self))
		take_asked(self);
}

void shell_rescale(struct wayland *self)
{
	if (self->asked_width && !is_chosen(self))
		take_asked(self);
	wayland_resize(self, self->logical);
}

void shell_set_fullscreen(struct wayland *self, bool on)
{
	self->want_fullscreen = on;
	if (self->shown)
		self->shell->set_fullscreen(self, on);
}
