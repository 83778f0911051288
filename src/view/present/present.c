#include "view/present/present.h"

struct present *present_create(const struct present_impl *impl, struct window *window,
			       const struct present_listener *listener, void *data, GError **error)
{
	struct present *self = impl->create(window, error);

	if (self) {
		self->impl = impl;
		self->listener = listener;
		self->data = data;
	}
	return self;
}

void present_destroy(struct present *self)
{
	if (self)
		self->impl->destroy(self);
}
