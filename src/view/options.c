#include "view/options.h"

#include <string.h>

#include "view/settings/value.h"

#define SHOT_TIMEOUT 10 /* s */

/* The caller frees; NULL: nobody said where. */
static char *source_place(const struct options *self, const char *arg)
{
	const struct asked_options *asked = &self->asked;

	if (asked->server && !asked->source)
		return g_strconcat(SOURCE_SERVER, asked->server, NULL);
	if (asked->vm && !arg && self->source == &source_oriel)
		return g_strconcat(SOURCE_VM, asked->vm, NULL);
	return g_strdup(arg);
}

static gboolean resolve_source(struct options *self, GError **error)
{
	const struct asked_options *asked = &self->asked;
	const char *arg = asked->memory;

	self->source = asked->source ? source_impl_find(asked->source, &arg) : &source_oriel;
	g_free(self->source_arg);
	self->source_arg = source_place(self, arg);
	if (!self->source)
		g_set_error(
			error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			"--source=%s: there are oriel, oriel:PATH, oriel:server=SOCKET, spice and pattern:1920x1080@60",
			asked->source);
	return self->source != NULL;
}

/* The name of what was chosen; NULL: nothing was. */
static const char *chosen(const struct options *self, const char *name)
{
	const struct setting *row = schema_find("view", name);
	int value;

	memcpy(&value, (const char *)self + row->field, sizeof(value));
	return value ? row->names[value] : NULL;
}

gboolean options_resolve(struct options *self, GError **error)
{
	const char *window = self->asked.headless ? "headless" : chosen(self, "window");
	double timeout = self->asked.timeout;

	self->window = window ? window_impl_find(window) : window_impl_default();
	self->way = chosen(self, "presenter");
	self->spice.unconfined = self->sandbox == SANDBOX_OFF;
	self->spice.sealed = self->sandbox == SANDBOX_STRICT;
	self->timeout = timeout != SETTING_WORD ? timeout : self->shot ? SHOT_TIMEOUT : 0;
	return resolve_source(self, error);
}

void options_clear(struct options *self)
{
	g_clear_pointer(&self->source_arg, g_free);
	values_clear(self);
}
