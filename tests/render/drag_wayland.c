#include "drag_wayland.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "link/parcel.h"
#include "test.h"
#include "xdg-shell-client.h"

#define SIDE 64 /* of its window, unless it is told another */

/* ---- the source ---- */

static void on_target(void *data, struct wl_data_source *source, const char *format)
{
	struct drag *self = data;

	(void)source;
	self->accepted = format && strcmp(format, self->format) == 0;
}

static void on_send(void *data, struct wl_data_source *source, const char *format, int fd)
{
	struct drag *self = data;

	(void)source;
	CHECK_STR(format, self->format);
	self->sent++;
	if (!self->words)
		return; /* nor closed */
	CHECK_EQ(write(fd, self->words, strlen(self->words)), (ssize_t)strlen(self->words));
	close(fd);
}

static void on_cancelled(void *data, struct wl_data_source *source)
{
	(void)source;
	((struct drag *)data)->cancelled++;
}

static void on_performed(void *data, struct wl_data_source *source)
{
	(void)data, (void)source;
}

static void on_finished(void *data, struct wl_data_source *source)
{
	(void)source;
	((struct drag *)data)->finished++;
}

static void on_action(void *data, struct wl_data_source *source, uint32_t action)
{
	(void)data, (void)source, (void)action;
}

static const struct wl_data_source_listener source_listener = {
	.target = on_target,
	.send = on_send,
	.cancelled = on_cancelled,
	.dnd_drop_performed = on_performed,
	.dnd_finished = on_finished,
	.action = on_action,
};

static void begin(struct drag *self, uint32_t serial)
{
	self->source = wl_data_device_manager_create_data_source(self->devices);
	wl_data_source_add_listener(self->source, &source_listener, self);
	wl_data_source_offer(self->source, "text/plain");
	wl_data_source_offer(self->source, self->format);
	wl_data_source_set_actions(self->source, WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY);
	wl_data_device_start_drag(self->device, self->source, self->surface, NULL, serial);
	wl_display_flush(self->display);
}

/* ---- what others have: it wants none of it ---- */

static void on_offer(void *data, struct wl_data_device *device, struct wl_data_offer *offer)
{
	struct drag *self = data;

	(void)device;
	if (self->offer)
		wl_data_offer_destroy(self->offer);
	self->offer = offer;
}

static void on_drag_enter(void *data, struct wl_data_device *device, uint32_t serial,
			  struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y,
			  struct wl_data_offer *offer)
{
	(void)data, (void)device, (void)serial, (void)surface, (void)x, (void)y, (void)offer;
}

static void on_drag_leave(void *data, struct wl_data_device *device)
{
	(void)data, (void)device;
}

static void on_drag_motion(void *data, struct wl_data_device *device, uint32_t time, wl_fixed_t x,
			   wl_fixed_t y)
{
	(void)data, (void)device, (void)time, (void)x, (void)y;
}

static void on_selection(void *data, struct wl_data_device *device, struct wl_data_offer *offer)
{
	(void)data, (void)device, (void)offer;
}

static const struct wl_data_device_listener device_listener = {
	.data_offer = on_offer,
	.enter = on_drag_enter,
	.leave = on_drag_leave,
	.motion = on_drag_motion,
	.drop = on_drag_leave,
	.selection = on_selection,
};

/* ---- the pointer ---- */

static void on_enter(void *data, struct wl_pointer *pointer, uint32_t serial,
		     struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	(void)pointer, (void)serial, (void)surface, (void)x, (void)y;
	((struct drag *)data)->entered = true;
}

static void on_leave(void *data, struct wl_pointer *pointer, uint32_t serial,
		     struct wl_surface *surface)
{
	(void)data, (void)pointer, (void)serial, (void)surface;
}

static void on_motion(void *data, struct wl_pointer *pointer, uint32_t time, wl_fixed_t x,
		      wl_fixed_t y)
{
	(void)data, (void)pointer, (void)time, (void)x, (void)y;
}

static void on_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time,
		      uint32_t button, uint32_t state)
{
	struct drag *self = data;

	(void)pointer, (void)time, (void)button;
	if (state && !self->source)
		begin(self, serial);
}

static void on_axis(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis,
		    wl_fixed_t value)
{
	(void)data, (void)pointer, (void)time, (void)axis, (void)value;
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = on_enter,
	.leave = on_leave,
	.motion = on_motion,
	.button = on_button,
	.axis = on_axis,
};

/* ---- the window ---- */

static void make_buffer(struct drag *self)
{
	int fd = memfd_create("drag", MFD_CLOEXEC);

	CHECK_EQ(ftruncate(fd, SIDE * SIDE * 4), 0);
	struct wl_shm_pool *pool = wl_shm_create_pool(self->shm, fd, SIDE * SIDE * 4);
	self->buffer = wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, SIDE * 4,
						 WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
}

static void on_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct drag *self = data;

	xdg_surface_ack_configure(surface, serial);
	if (!self->buffer)
		make_buffer(self);
	wl_surface_attach(self->surface, self->buffer, 0, 0);
	wl_surface_damage(self->surface, 0, 0, SIDE, SIDE);
	wl_surface_commit(self->surface);
}

static const struct xdg_surface_listener surface_listener = { on_configure };

static void on_size(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
		    struct wl_array *states)
{
	(void)data, (void)toplevel, (void)width, (void)height, (void)states;
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	(void)data, (void)toplevel;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_size,
	.close = on_close,
};

static void on_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = { on_ping };

/* ---- life ---- */

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
		      const char *interface, uint32_t version)
{
	struct drag *self = data;
	const struct {
		const struct wl_interface *interface;
		uint32_t version;
		void **at;
	} wanted[] = {
		{ &wl_compositor_interface, 1, (void **)&self->compositor },
		{ &wl_shm_interface, 1, (void **)&self->shm },
		{ &xdg_wm_base_interface, 1, (void **)&self->shell },
		{ &wl_data_device_manager_interface, 3, (void **)&self->devices },
		{ &wl_seat_interface, 1, (void **)&self->seat },
	};

	(void)version;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (strcmp(interface, wanted[i].interface->name) == 0)
			*wanted[i].at = wl_registry_bind(registry, name, wanted[i].interface,
							 wanted[i].version);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_remove,
};

void drag_turn(struct drag *self)
{
	CHECK(wl_display_roundtrip(self->display) >= 0);
}

void drag_open(struct drag *self, const char *format, const char *words)
{
	*self = (struct drag){ .format = format, .words = words };
	self->display = wl_display_connect(NULL);
	CHECK(self->display);
	self->registry = wl_display_get_registry(self->display);
	wl_registry_add_listener(self->registry, &registry_listener, self);
	drag_turn(self);
	CHECK(self->compositor && self->shm && self->shell && self->devices && self->seat);
	xdg_wm_base_add_listener(self->shell, &shell_listener, self);
	self->pointer = wl_seat_get_pointer(self->seat);
	wl_pointer_add_listener(self->pointer, &pointer_listener, self);
	self->device = wl_data_device_manager_get_data_device(self->devices, self->seat);
	wl_data_device_add_listener(self->device, &device_listener, self);
	self->surface = wl_compositor_create_surface(self->compositor);
	self->xdg_surface = xdg_wm_base_get_xdg_surface(self->shell, self->surface);
	xdg_surface_add_listener(self->xdg_surface, &surface_listener, self);
	self->toplevel = xdg_surface_get_toplevel(self->xdg_surface);
	xdg_toplevel_add_listener(self->toplevel, &toplevel_listener, self);
	wl_surface_commit(self->surface);
	while (!self->buffer)
		drag_turn(self);
	drag_turn(self);
}

void drag_close(struct drag *self)
{
	struct wl_proxy *const all[] = {
		(void *)self->offer,      (void *)self->source,      (void *)self->buffer,
		(void *)self->toplevel,   (void *)self->xdg_surface, (void *)self->surface,
		(void *)self->device,     (void *)self->pointer,     (void *)self->seat,
		(void *)self->devices,    (void *)self->shell,       (void *)self->shm,
		(void *)self->compositor, (void *)self->registry,
	};

	/* Without a word to the compositor, which the end of the connection tells all. */
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i])
			wl_proxy_destroy(all[i]);
	if (self->display)
		wl_display_disconnect(self->display);
	*self = (struct drag){ 0 };
}
