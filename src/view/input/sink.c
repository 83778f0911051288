#include "view/input/sink.h"

#include <gio/gio.h>
#include <string.h>

const struct sink_impl *const sink_impls[] = { &sink_spice, &sink_record, &sink_null, NULL };

const struct sink_impl *sink_impl_find(const char *text, const char **arg)
{
	size_t length = strcspn(text, ":");

	for (const struct sink_impl *const *i = sink_impls; *i; i++) {
		if (strlen((*i)->name) != length || strncmp((*i)->name, text, length) != 0)
			continue;
		*arg = text[length] ? text + length + 1 : NULL;
		return *i;
	}
	return NULL;
}

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
