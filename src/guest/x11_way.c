#include "guest/x11_way.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "guest/bands.h"

static const struct x11_way_impl *const ways[] = {
	&x11_way_pixmap,
	&x11_way_getimage,
	&x11_way_copy,
	&x11_way_socket,
};

int x11_way_create(struct x11_way **out, const char *name, struct x11_screen *screen,
		   const struct capture_params *params, struct err *err)
{
	for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
		if (name && strcmp(ways[i]->name, name) != 0)
			continue;
		int failed = ways[i]->create(out, screen, params);
		if (!failed)
			return 0;
		if (failed != -ENOTSUP)
			return err_set_errno(err, failed, "x11: way \"%s\"", ways[i]->name);
	}
	return err_set(err, -ENOTSUP,
		       "x11: way \"%s\" is not possible here (ways: pixmap getimage copy socket)",
		       name ? name : "any");
}

void x11_way_destroy(struct x11_way *self)
{
	if (self)
		self->impl->destroy(self);
}

/* MIT-SHM 1.2 came with descriptors instead of SysV ids. */
static bool takes_descriptors(struct x11_screen *screen)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(screen->conn,
									      &xcb_shm_id);
	if (!screen->local || !extension || !extension->present)
		return false;
	xcb_shm_query_version_reply_t *version = xcb_shm_query_version_reply(
		screen->conn, xcb_shm_query_version(screen->conn), NULL);
	bool enough = version && (version->major_version > 1 || version->minor_version >= 2);
	free(version);
	return enough;
}

int x11_segment_attach(struct x11_screen *screen, int fd, xcb_shm_seg_t *out)
{
	if (fd < 0 || !takes_descriptors(screen))
		return -ENOTSUP;
	int sent = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* libxcb closes what it sends */
	if (sent < 0)
		return -errno;
	xcb_shm_seg_t segment = xcb_generate_id(screen->conn);
	xcb_generic_error_t *refused = xcb_request_check(
		screen->conn, xcb_shm_attach_fd_checked(screen->conn, segment, sent, 0));
	free(refused);
	if (refused || x11_screen_lost(screen))
		return -ENOTSUP;
	*out = segment;
	return 0;
}

void x11_segment_ask(struct x11_reading *out, struct x11_screen *screen, xcb_shm_seg_t segment,
		     uint64_t offset, uint32_t width, const struct band *bands, uint32_t count)
{
	out->count = count;
	for (uint32_t i = 0; i < count; i++)
		out->asked[i] = xcb_shm_get_image(
			screen->conn, screen->root, 0, (int16_t)bands[i].first, (uint16_t)width,
			(uint16_t)bands[i].rows, UINT32_MAX, XCB_IMAGE_FORMAT_Z_PIXMAP, segment,
			(uint32_t)(offset + (uint64_t)bands[i].first * width * 4));
	xcb_flush(screen->conn);
}

int x11_segment_await(const struct x11_reading *self, struct x11_screen *screen)
{
	bool all = true;
	for (uint32_t i = 0; i < self->count; i++) {
		xcb_generic_error_t *refused = NULL;
		xcb_shm_get_image_reply_t *reply = xcb_shm_get_image_reply(
			screen->conn, self->asked[i], &refused);
		all &= reply != NULL;
		free(reply);
		free(refused);
	}
	if (x11_screen_lost(screen))
		return CAPTURE_E_LOST;
	return all ? 0 : -EIO;
}
