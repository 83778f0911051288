#include "view/window/window.h"

#include <string.h>

const struct window_impl *const window_impls[] = { &window_x11, &window_headless, NULL };

const struct window_impl *window_impl_find(const char *name)
{
	for (const struct window_impl *const *i = window_impls; *i; i++)
		if (strcmp((*i)->name, name) == 0)
			return *i;
	return NULL;
}

struct window *window_create(const struct window_impl *impl, const struct window_params *params,
			     GError **error)
{
	struct window *self = impl->create(params, error);

	if (self) {
		self->impl = impl;
		self->listener = params->listener;
		self->data = params->data;
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

void window_destroy(struct window *self)
{
	if (self)
		self->impl->destroy(self);
}
