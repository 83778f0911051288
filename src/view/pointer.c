#include "view/pointer.h"

void pointer_init(struct pointer *self, struct window *window)
{
	*self = (struct pointer){ .window = window };
}

static void forget_shape(struct pointer *self)
{
	g_free((void *)self->shape.data);
	self->shape = (struct cursor_shape){ 0 };
}

void pointer_finish(struct pointer *self)
{
	forget_shape(self);
}

static void remember(struct pointer *self, const struct cursor_shape *shape)
{
	if (!cursor_shape_valid(shape))
		return;
	forget_shape(self);
	self->shape = *shape;
	self->shape.data = g_memdup2(shape->data, cursor_shape_bytes(shape));
	self->shown = false;
}

static void hide(struct pointer *self)
{
	if (!self->hidden)
		window_hide_cursor(self->window);
	self->hidden = true;
	self->shown = false;
}

static void show(struct pointer *self)
{
	if (self->shown || !self->shape.data)
		return;
	window_set_cursor(self->window, &self->shape);
	self->shown = true;
	self->hidden = false;
}

void pointer_update(struct pointer *self, const struct cursor *cursor)
{
	if (cursor->has_shape)
		remember(self, &cursor->shape);
	if (cursor->visible)
		show(self);
	else
		hide(self);
}

void pointer_reset(struct pointer *self)
{
	if (self->shown || self->hidden)
		window_set_cursor(self->window, NULL);
	self->shown = self->hidden = false;
	forget_shape(self);
}
