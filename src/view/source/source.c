#include "view/source/source.h"

#include <string.h>

const struct source_impl *const source_impls[] = { &source_oriel, &source_spice, &source_pattern,
						   NULL };

const struct source_impl *source_impl_find(const char *text, const char **arg)
{
	size_t length = strcspn(text, ":");

	for (const struct source_impl *const *i = source_impls; *i; i++)
		if (strlen((*i)->name) == length && memcmp((*i)->name, text, length) == 0) {
			*arg = text[length] ? text + length + 1 : NULL;
			return *i;
		}
	return NULL;
}

struct source *source_create(const struct source_impl *impl, const char *arg,
			     const struct source_listener *listener, void *data, GError **error)
{
	struct source *self = impl->create(arg, listener, data, error);

	if (self) {
		self->impl = impl;
		self->listener = listener;
		self->data = data;
	}
	return self;
}

void source_refresh(struct source *self)
{
	self->impl->refresh(self);
}

void source_busy(struct source *self, bool busy)
{
	if (self->impl->busy)
		self->impl->busy(self, busy);
}

void source_moves(struct source *self, bool moves)
{
	if (self->impl->moves)
		self->impl->moves(self, moves);
}

void source_watch(struct source *self, bool watching)
{
	if (self->impl->watch)
		self->impl->watch(self, watching);
}

void source_point(struct source *self, uint32_t x, uint32_t y)
{
	if (self->impl->point)
		self->impl->point(self, x, y);
}

void source_want(struct source *self, uint32_t width, uint32_t height, uint32_t scale120,
		 uint32_t mhz)
{
	if (self->impl->want)
		self->impl->want(self, width, height, scale120, mhz);
}

void source_figures(const struct source *self, struct source_figures *out)
{
	*out = (struct source_figures){ .wake = "" };
	if (self->impl->figures)
		self->impl->figures(self, out);
}

void source_newest(const struct source *self, uint64_t stages[SOURCE_STAGES])
{
	memset(stages, 0, SOURCE_STAGES * sizeof(stages[0]));
	if (self->impl->newest)
		self->impl->newest(self, stages);
}

void source_destroy(struct source *self)
{
	if (self)
		self->impl->destroy(self);
}

char *source_uuid_text(const uint8_t uuid[16])
{
	static const uint8_t nobody[16];
	GString *out = g_string_new(NULL);

	for (int i = 0; i < 16; i++)
		g_string_append_printf(out, "%s%02x",
				       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	return g_string_free(out, memcmp(uuid, nobody, sizeof(nobody)) == 0);
}
