/* Which dma-bufs the compositor takes: of those that the guest's may be, linear ones and those
 * whose layout only the driver knows. Version 4 tells it in tables that may change; what version 3
 * says once stands in for them. */
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "view/source/frame.h"
#include "view/window/wayland/wayland.h"

#include "linux-dmabuf-unstable-v1-client.h"

#define TABLE_MAX (1 << 16) /* rows: indices have 16 bits */

/* A row of the table, as it comes. */
struct wayland_dmabuf_row {
	uint32_t format, padding;
	uint64_t modifier;
};

static bool contains(const GArray *kinds, uint32_t format, uint64_t modifier)
{
	for (unsigned i = 0; i < kinds->len; i++) {
		const struct wayland_dmabuf_row *kind = &g_array_index(
			kinds, struct wayland_dmabuf_row, i);
		if (kind->format == format && kind->modifier == modifier)
			return true;
	}
	return false;
}

bool wayland_takes_dmabuf(const struct wayland *self, uint32_t fourcc, uint64_t modifier)
{
	return self->dmabuf && contains(self->dmabufs.kinds, fourcc, modifier);
}

static void add(GArray *kinds, uint32_t format, uint64_t modifier)
{
	const struct wayland_dmabuf_row kind = { .format = format, .modifier = modifier };
	bool ours = modifier == FRAME_MODIFIER_LINEAR || modifier == FRAME_MODIFIER_UNKNOWN;

	if (ours && !contains(kinds, format, modifier))
		g_array_append_val(kinds, kind);
}

/* ---- version 3 ---- */

/* The next one says more. */
static void on_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format)
{
	(void)data, (void)dmabuf, (void)format;
}

static void on_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format,
			uint32_t modifier_hi, uint32_t modifier_lo)
{
	struct wayland *self = data;

	(void)dmabuf;
	add(self->dmabufs.kinds, format, (uint64_t)modifier_hi << 32 | modifier_lo);
}

static const struct zwp_linux_dmabuf_v1_listener listener = {
	.format = on_format,
	.modifier = on_modifier,
};

/* ---- version 4 ---- */

/* It stands for all feedback until there is another. */
static void on_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, int32_t fd,
		     uint32_t size)
{
	struct wayland *self = data;
	size_t rows = MIN(size / sizeof(struct wayland_dmabuf_row), TABLE_MAX);
	void *map = rows ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;

	(void)feedback;
	close(fd);
	g_array_set_size(self->dmabufs.table, 0);
	if (map == MAP_FAILED)
		return;
	g_array_append_vals(self->dmabufs.table, map, (unsigned)rows);
	munmap(map, size);
}

static void on_main_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback,
			   struct wl_array *device)
{
	struct wayland *self = data;

	(void)feedback;
	if (device->size == sizeof(self->dmabufs.device))
		memcpy(&self->dmabufs.device, device->data, sizeof(self->dmabufs.device));
}

static void on_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	(void)data, (void)feedback;
}

static void on_tranche_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback,
			      struct wl_array *device)
{
	(void)data, (void)feedback, (void)device;
}

static void on_tranche_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback,
			       struct wl_array *indices)
{
	struct wayland *self = data;
	const GArray *table = self->dmabufs.table;
	const uint16_t *index;

	(void)feedback;
	wl_array_for_each(index, indices)
	{
		if (*index >= table->len)
			continue;
		const struct wayland_dmabuf_row *row = &g_array_index(
			table, struct wayland_dmabuf_row, *index);
		add(self->dmabufs.coming, row->format, row->modifier);
	}
}

static void on_tranche_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback,
			     uint32_t flags)
{
	(void)data, (void)feedback, (void)flags;
}

/* All of it at once, and from the beginning the next time. */
static void on_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	struct wayland *self = data;
	GArray *old = self->dmabufs.kinds;

	(void)feedback;
	self->dmabufs.kinds = self->dmabufs.coming;
	self->dmabufs.coming = old;
	self->dmabufs.refused = false;
	g_array_set_size(old, 0);
	log_debug("the compositor takes dma-bufs of %u kinds, on device %u:%u",
		  self->dmabufs.kinds->len, major(self->dmabufs.device),
		  minor(self->dmabufs.device));
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = on_done,
	.format_table = on_table,
	.main_device = on_main_device,
	.tranche_done = on_tranche_done,
	.tranche_target_device = on_tranche_device,
	.tranche_formats = on_tranche_formats,
	.tranche_flags = on_tranche_flags,
};

/* ---- life ---- */

void dmabuf_listen(struct wayland *self)
{
	if (!self->dmabuf)
		return;
	zwp_linux_dmabuf_v1_add_listener(self->dmabuf, &listener, self);
	if (zwp_linux_dmabuf_v1_get_version(self->dmabuf) <
	    ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION)
		return;
	self->dmabufs.feedback = zwp_linux_dmabuf_v1_get_default_feedback(self->dmabuf);
	zwp_linux_dmabuf_feedback_v1_add_listener(self->dmabufs.feedback, &feedback_listener, self);
}

void dmabuf_init(struct wayland *self)
{
	self->dmabufs.kinds = g_array_new(FALSE, FALSE, sizeof(struct wayland_dmabuf_row));
	self->dmabufs.coming = g_array_new(FALSE, FALSE, sizeof(struct wayland_dmabuf_row));
	self->dmabufs.table = g_array_new(FALSE, FALSE, sizeof(struct wayland_dmabuf_row));
}

void dmabuf_finish(struct wayland *self)
{
	g_clear_pointer(&self->dmabufs.feedback, zwp_linux_dmabuf_feedback_v1_destroy);
	g_clear_pointer(&self->dmabufs.kinds, g_array_unref);
	g_clear_pointer(&self->dmabufs.coming, g_array_unref);
	g_clear_pointer(&self->dmabufs.table, g_array_unref);
}
