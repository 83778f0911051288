#include "view/input/sink.h"

struct sink *sink_create(const struct sink_impl *impl, const char *arg,
			 const struct sink_listener *listener, void *data, GError **error)
{
	struct sink *self = impl->create(arg, listener, data, error);

	if (self) {
		self->impl = impl;
		self->listener = listener;
		self->data = data;
	}
	return self;
}

void sink_destroy(struct sink *self)
{
	if (self)
		self->impl->destroy(self);
}
