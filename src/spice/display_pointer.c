/* The guest's pointer, as a cursor channel has it. */
#include <spice-client.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spice/display_impl.h"

static void tell_pointer(struct display *self)
{
	struct link_spice_cursor body = { self->pointer_visible, self->pointer_placed, self->x,
					  self->y };

	service_tell(self->part.service, LINK_SPICE_CURSOR, &body, NULL, NULL);
}

static bool is_told(const struct outlet *outlet)
{
	const struct display *self = outlet->owner;

	return self->watched && self->shown && self->shown->id == outlet->id;
}

/* The library swaps red and blue; what it stands for is premultiplied, or nearly so. */
static void convert_shape(uint8_t *to, const uint8_t *rgba, size_t pixels)
{
	for (size_t i = 0; i < pixels; i++, to += 4, rgba += 4) {
		to[0] = MIN(rgba[2], rgba[3]);
		to[1] = MIN(rgba[1], rgba[3]);
		to[2] = MIN(rgba[0], rgba[3]);
		to[3] = rgba[3];
	}
}

static void tell_shape(struct display *self, const struct link_spice_shape *shape,
		       const uint8_t *rgba)
{
	const size_t pixels = (size_t)shape->width * shape->height;
	g_autofree uint8_t *bytes = g_malloc(pixels * 4);
	int fd = memfd_create("oriel-spice-pointer", MFD_CLOEXEC);

	convert_shape(bytes, rgba, pixels);
	if (fd >= 0 && pwrite(fd, bytes, pixels * 4, 0) == (ssize_t)(pixels * 4))
		service_tell(self->part.service, LINK_SPICE_CURSOR_SHAPE, shape, NULL, &fd);
	if (fd >= 0)
		close(fd);
}

static void on_cursor_set(SpiceChannel *channel, gint width, gint height, gint hot_x, gint hot_y,
			  gpointer rgba, gpointer data)
{
	struct outlet *outlet = data;
	const struct link_spice_shape shape = { hot_x, hot_y, (uint32_t)width, (uint32_t)height };

	(void)channel;
	if (!is_told(outlet))
		return;
	if (rgba && width > 0 && height > 0 && width <= LINK_SPICE_CURSOR_MAX &&
	    height <= LINK_SPICE_CURSOR_MAX)
		tell_shape(outlet->owner, &shape, rgba);
	outlet->owner->pointer_visible = true;
	tell_pointer(outlet->owner);
}

/* Who moves it shows it. */
static void on_cursor_move(SpiceChannel *channel, gint x, gint y, gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;

	(void)channel;
	if (!is_told(outlet))
		return;
	self->pointer_visible = self->pointer_placed = true;
	self->x = x;
	self->y = y;
	tell_pointer(self);
}

static void on_cursor_hide(SpiceChannel *channel, gpointer data)
{
	struct outlet *outlet = data;

	(void)channel;
	if (!is_told(outlet))
		return;
	outlet->owner->pointer_visible = false;
	tell_pointer(outlet->owner);
}

const struct display_signal display_pointer_signals[] = {
	{ "cursor-set", G_CALLBACK(on_cursor_set) },
	{ "cursor-move", G_CALLBACK(on_cursor_move) },
	{ "cursor-hide", G_CALLBACK(on_cursor_hide) },
	{ "cursor-reset", G_CALLBACK(on_cursor_hide) },
	{ NULL },
};
