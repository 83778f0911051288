#include "view/source/source.h"

#include <gio/gio.h>
#include <string.h>

const struct source_impl *const source_impls[] = { &source_oriel, &source_pattern, NULL };

static const struct source_impl *find(const char *name, size_t length)
{
	for (const struct source_impl *const *i = source_impls; *i; i++)
		if (strlen((*i)->name) == length && memcmp((*i)->name, name, length) == 0)
			return *i;
	return NULL;
}

struct source *source_create(const char *text, const struct source_listener *listener, void *data,
			     GError **error)
{
	size_t length = strcspn(text, ":");
	const struct source_impl *impl = find(text, length);
	const char *arg = text[length] ? text + length + 1 : NULL;

	if (!impl) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "no source \"%s\": try oriel, oriel:/dev/shm/NAME or "
			    "pattern:1920x1080@60",
			    text);
		return NULL;
	}
	struct source *self = impl->create(arg, listener, data, error);
	if (!self)
		return NULL;
	self->impl = impl;
	self->listener = listener;
	self->data = data;
	return self;
}

void source_refresh(struct source *self)
{
	self->impl->refresh(self);
}

void source_figures(const struct source *self, struct source_figures *out)
{
	*out = (struct source_figures){ 0 };
	if (self->impl->figures)
		self->impl->figures(self, out);
}

void source_destroy(struct source *self)
{
	if (self)
		self->impl->destroy(self);
}
