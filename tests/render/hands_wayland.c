#include "hands_wayland.h"

#include <unistd.h>
#include <xkbcommon/xkbcommon.h>

#include "link/parcel.h"
#include "view_rig.h"

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
		      const char *interface, uint32_t version)
{
	struct hands *self = data;

	(void)version;
	if (strcmp(interface, wl_seat_interface.name) == 0)
		self->seat = wl_registry_bind(registry, name, &wl_seat_interface, 1);
	else if (strcmp(interface, zwlr_virtual_pointer_manager_v1_interface.name) == 0)
		self->pointers = wl_registry_bind(registry, name,
						  &zwlr_virtual_pointer_manager_v1_interface, 1);
	else if (strcmp(interface, zwp_virtual_keyboard_manager_v1_interface.name) == 0)
		self->keyboards = wl_registry_bind(registry, name,
						   &zwp_virtual_keyboard_manager_v1_interface, 1);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_remove,
};

static void give_keymap(struct hands *self)
{
	struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	struct xkb_keymap *keymap = xkb_keymap_new_from_names(context, NULL,
							      XKB_KEYMAP_COMPILE_NO_FLAGS);

	if (!keymap)
		test_skip("no keymaps here (xkb-data)");
	char *text = xkb_keymap_get_as_string(keymap, XKB_KEYMAP_FORMAT_TEXT_V1);
	size_t size = strlen(text) + 1;
	int fd = parcel_of(text, size);
	CHECK(fd >= 0);
	zwp_virtual_keyboard_v1_keymap(self->keyboard, WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, fd,
				       (uint32_t)size);
	wl_display_roundtrip(self->display);
	close(fd);
	free(text);
	xkb_keymap_unref(keymap);
	xkb_context_unref(context);
}

void hands_open(struct hands *self, bool with_pointer)
{
	self->display = wl_display_connect(NULL);
	CHECK(self->display);
	self->registry = wl_display_get_registry(self->display);
	wl_registry_add_listener(self->registry, &registry_listener, self);
	wl_display_roundtrip(self->display);
	CHECK(self->seat && self->pointers && self->keyboards);
	if (with_pointer)
		self->pointer = zwlr_virtual_pointer_manager_v1_create_virtual_pointer(
			self->pointers, self->seat);
	self->keyboard = zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(self->keyboards,
										 self->seat);
	give_keymap(self);
}

void hands_close(struct hands *self)
{
	if (!self->display)
		return;
	if (self->pointer)
		zwlr_virtual_pointer_v1_destroy(self->pointer);
	zwp_virtual_keyboard_v1_destroy(self->keyboard);
	zwlr_virtual_pointer_manager_v1_destroy(self->pointers);
	zwp_virtual_keyboard_manager_v1_destroy(self->keyboards);
	wl_seat_destroy(self->seat);
	wl_registry_destroy(self->registry);
	wl_display_disconnect(self->display);
	*self = (struct hands){ 0 };
}

void hands_key(struct hands *self, uint32_t code, bool pressed)
{
	zwp_virtual_keyboard_v1_key(self->keyboard, ++self->time, code, pressed);
}

static void on_synced(void *data, struct wl_callback *callback, uint32_t serial)
{
	bool *synced = data;

	(void)serial;
	*synced = true;
	wl_callback_destroy(callback);
}

static const struct wl_callback_listener sync_listener = { .done = on_synced };

static bool is_true(void *data)
{
	return *(bool *)data;
}

void hands_await(struct wl_display *display, const char *what)
{
	static bool synced; /* may be answered after a case that gave up */

	synced = false;
	wl_callback_add_listener(wl_display_sync(display), &sync_listener, &synced);
	pump_until(is_true, &synced, what);
}
