/* Monitors, by RandR. */
#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>

#include "base/log.h"
#include "view/window/x11/x11.h"

static bool has_monitors(struct x11 *self)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_randr_id);

	if (!extension || !extension->present)
		return false;
	g_autofree xcb_randr_query_version_reply_t *version = xcb_randr_query_version_reply(
		self->xcb, xcb_randr_query_version(self->xcb, 1, 5), NULL);
	return version && (version->major_version > 1 || version->minor_version >= 5);
}

static bool is_called(struct x11 *self, xcb_atom_t atom, const char *name)
{
	g_autofree xcb_get_atom_name_reply_t *reply = xcb_get_atom_name_reply(
		self->xcb, xcb_get_atom_name(self->xcb, atom), NULL);

	return reply && (size_t)xcb_get_atom_name_name_length(reply) == strlen(name) &&
	       memcmp(xcb_get_atom_name_name(reply), name, strlen(name)) == 0;
}

struct rect x11_monitor(struct x11 *self, const char *name)
{
	unsigned long number = strtoul(name, NULL, 10);

	if (!has_monitors(self))
		return (struct rect){ 0 };
	g_autofree xcb_randr_get_monitors_reply_t *reply = xcb_randr_get_monitors_reply(
		self->xcb, xcb_randr_get_monitors(self->xcb, self->screen->root, 1), NULL);
	if (!reply)
		return (struct rect){ 0 };
	xcb_randr_monitor_info_iterator_t i = xcb_randr_get_monitors_monitors_iterator(reply);
	for (unsigned long at = 1; i.rem; xcb_randr_monitor_info_next(&i), at++)
		if (at == number || is_called(self, i.data->name, name))
			return (struct rect){ (uint32_t)MAX(i.data->x, 0),
					      (uint32_t)MAX(i.data->y, 0), i.data->width,
					      i.data->height };
	log_warn("monitor=%s: the X server has none of that name", name);
	return (struct rect){ 0 };
}
