/* Small pictures of our own: black, pointers, panels. */
#include "view/window/wayland/wayland.h"

#include "base/log.h"

uint32_t *pixels_make(struct wayland_pixels *out, uint32_t width, uint32_t height)
{
	g_autoptr(GError) error = NULL;
	struct wayland_pixels made = { .width = width, .height = height };

	if (!memory_init(&made.memory, 1, (size_t)width * height * 4, &error)) {
		log_warn("%s", error->message);
		return NULL;
	}
	*out = made;
	return (uint32_t *)(void *)made.memory.base;
}

struct wl_buffer *pixels_buffer(struct wayland *self, struct wayland_pixels *pixels,
				uint32_t format)
{
	struct wl_shm_pool *pool;

	if (pixels->buffer)
		return pixels->buffer;
	pool = wl_shm_create_pool(self->shm, pixels->memory.fd, (int32_t)pixels->memory.size);
	pixels->buffer = wl_shm_pool_create_buffer(pool, 0, (int32_t)pixels->width,
						   (int32_t)pixels->height,
						   (int32_t)pixels->width * 4, format);
	wl_shm_pool_destroy(pool);
	return pixels->buffer;
}

void pixels_disconnect(struct wayland_pixels *self)
{
	g_clear_pointer(&self->buffer, wl_buffer_destroy);
}

void pixels_finish(struct wayland_pixels *self)
{
	pixels_disconnect(self);
	memory_finish(&self->memory);
	*self = (struct wayland_pixels){ 0 };
}
