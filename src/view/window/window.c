#include "view/window/window.h"

#include <string.h>

const struct window_impl *const window_impls[] = { &window_wayland, &window_x11, &window_headless,
						   NULL };

const struct window_impl *window_impl_default(void)
{
	for (const struct window_impl *const *i = window_impls; *i; i++)
		if ((*i)->at_home && (*i)->at_home())
			return *i;
	return &window_x11;
}

const struct window_impl *window_impl_find(const char *name)
{
	for (const struct window_impl *const *i = window_impls; *i; i++)
		if (strcmp((*i)->name, name) == 0)
			return *i;
	return NULL;
}

static const struct input_events nobody;

struct window *window_create(const struct window_impl *impl, const struct window_params *params,
			     GError **error)
{
	struct window *self = impl->create(params, error);

	if (self) {
		self->impl = impl;
		self->listener = params->listener;
		self->data = params->data;
		self->input = params->input ? params->input : &nobody;
		self->input_data = params->input_data;
		self->scale = params->scale;
		if (!self->scale120)
			self->scale120 = 120;
	}
	return self;
}

void window_show(struct window *self)
{
	if (self->impl->show)
		self->impl->show(self);
}

void window_set_title(struct window *self, const char *title)
{
	if (self->impl->set_title)
		self->impl->set_title(self, title);
}

void window_fit(struct window *self, uint32_t width, uint32_t height)
{
	if (self->impl->fit)
		self->impl->fit(self, width, height);
}

void window_set_fullscreen(struct window *self, bool on)
{
	if (self->impl->set_fullscreen)
		self->impl->set_fullscreen(self, on);
}

void window_set_cursor(struct window *self, const struct cursor_shape *shape)
{
	if (self->impl->set_cursor)
		self->impl->set_cursor(self, shape);
}

void window_hide_cursor(struct window *self)
{
	if (self->impl->hide_cursor)
		self->impl->hide_cursor(self);
}

void window_set_scale(struct window *self, enum scale_mode scale)
{
	if (self->scale == scale)
		return;
	self->scale = scale;
	if (self->impl->set_scale)
		self->impl->set_scale(self, scale);
	self->listener->resized(self->data, self->width, self->height);
}

void window_set_zoom(struct window *self, const struct zoom *zoom)
{
	self->zoom = *zoom;
	if (self->impl->set_scale)
		self->impl->set_scale(self, self->scale);
}

struct placement window_place(const struct window *self, uint32_t width, uint32_t height)
{
	struct placement plain = placement_of(self->scale, width, height, self->width,
					      self->height);

	return placement_zoom(&plain, &self->zoom, width, height, self->width, self->height);
}

bool window_set_panel(struct window *self, unsigned place, const struct panel *panel)
{
	if (!self->impl->set_panel)
		return false;
	if (place < WINDOW_PANELS)
		self->impl->set_panel(self, place, panel);
	return true;
}

void window_grab(struct window *self, unsigned grabs)
{
	if (self->impl->grab)
		self->impl->grab(self, grabs);
	else if (self->input->grabbed)
		self->input->grabbed(self->input_data, 0,
				     grabs ? "this window cannot grab keyboard or pointer" : "");
}

void window_let_go(struct window *self)
{
	if (self && self->impl->let_go)
		self->impl->let_go(self);
}

void window_inhibit_idle(struct window *self, bool on)
{
	if (self->impl->inhibit_idle)
		self->impl->inhibit_idle(self, on);
}

void window_activate(struct window *self)
{
	if (self->impl->activate)
		self->impl->activate(self);
}

void window_set_hints(struct window *self, unsigned hints)
{
	if (self->impl->set_hints)
		self->impl->set_hints(self, hints);
}

bool window_text(struct window *self, uint32_t code, char out[8])
{
	return self->impl->text && self->impl->text(self, code, out);
}

void window_destroy(struct window *self)
{
	if (self)
		self->impl->destroy(self);
}
