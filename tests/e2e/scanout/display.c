#include "display.h"

#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define CARD    "/dev/dri/card0"
#define CARD_NS (5 * NS_PER_S)

static int open_card(struct err *err)
{
	uint64_t until = clock_ns() + CARD_NS;
	int fd;

	while ((fd = open(CARD, O_RDWR | O_CLOEXEC)) < 0 && clock_ns() < until)
		clock_sleep(20 * NS_PER_MS);
	return fd < 0 ? err_set_errno(err, -errno, "%s", CARD) : fd;
}

static int ask(const struct display *self, unsigned long request, void *argument, const char *what,
	       struct err *err)
{
	return ioctl(self->fd, request, argument) < 0
		       ? err_set_errno(err, -errno, "%s on %s", what, CARD)
		       : 0;
}

int display_open(struct display *self, struct err *err)
{
	uint32_t crtcs[8] = { 0 }, connectors[8] = { 0 };
	struct drm_mode_card_res resources = { .crtc_id_ptr = (uintptr_t)crtcs,
					       .count_crtcs = ARRAY_LEN(crtcs),
					       .connector_id_ptr = (uintptr_t)connectors,
					       .count_connectors = ARRAY_LEN(connectors) };

	self->fd = open_card(err);
	if (self->fd < 0)
		return self->fd;
	int failed = ask(self, DRM_IOCTL_MODE_GETRESOURCES, &resources, "GETRESOURCES", err);
	self->crtc = crtcs[0];
	self->connector = connectors[0];
	return failed;
}

int display_import(const struct display *self, int dmabuf, uint32_t offset,
		   const struct oriel_format *format, uint32_t *out, struct err *err)
{
	struct drm_prime_handle prime = { .fd = dmabuf };
	int failed = ask(self, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime, "PRIME import", err);

	if (failed)
		return failed;
	struct drm_mode_fb_cmd2 framebuffer = { .width = format->width,
						.height = format->height,
						.pixel_format = format->fourcc,
						.handles = { prime.handle },
						.pitches = { format->pitch },
						.offsets = { offset } };
	failed = ask(self, DRM_IOCTL_MODE_ADDFB2, &framebuffer, "ADDFB2", err);
	if (!failed)
		*out = framebuffer.fb_id;
	return failed;
}

static int find_mode(const struct display *self, const struct oriel_format *format,
		     struct drm_mode_modeinfo *out, struct err *err)
{
	struct drm_mode_modeinfo modes[64];
	struct drm_mode_get_connector connector = { .connector_id = self->connector };
	int failed = ask(self, DRM_IOCTL_MODE_GETCONNECTOR, &connector, "GETCONNECTOR", err);

	/* The first call probes and counts, the second gets what was counted. */
	connector = (struct drm_mode_get_connector){
		.connector_id = self->connector,
		.count_modes = min_u32(connector.count_modes, ARRAY_LEN(modes)),
		.modes_ptr = (uintptr_t)modes,
	};
	if (!failed)
		failed = ask(self, DRM_IOCTL_MODE_GETCONNECTOR, &connector, "GETCONNECTOR", err);
	for (uint32_t i = 0; !failed && i < min_u32(connector.count_modes, ARRAY_LEN(modes)); i++)
		if (modes[i].hdisplay == format->width && modes[i].vdisplay == format->height) {
			*out = modes[i];
			return 0;
		}
	return failed ? failed
		      : err_set(err, -ENOENT, "the card has no mode %ux%u", format->width,
				format->height);
}

int display_show(const struct display *self, uint32_t framebuffer,
		 const struct oriel_format *format, struct err *err)
{
	struct drm_mode_crtc crtc = { .set_connectors_ptr = (uintptr_t)&self->connector,
				      .count_connectors = 1,
				      .crtc_id = self->crtc,
				      .fb_id = framebuffer,
				      .mode_valid = 1 };
	int failed = find_mode(self, format, &crtc.mode, err);

	return failed ? failed : ask(self, DRM_IOCTL_MODE_SETCRTC, &crtc, "SETCRTC", err);
}

int display_update(const struct display *self, uint32_t framebuffer, const struct oriel_rect *rects,
		   size_t count, struct err *err)
{
	struct drm_clip_rect clips[64];
	struct drm_mode_fb_dirty_cmd dirty = { .fb_id = framebuffer,
					       .num_clips = (uint32_t)count,
					       .clips_ptr = (uintptr_t)clips };

	if (count > ARRAY_LEN(clips))
		return err_set(err, -E2BIG, "%zu rectangles", count);
	for (size_t i = 0; i < count; i++)
		clips[i] = (struct drm_clip_rect){
			.x1 = (unsigned short)rects[i].x,
			.y1 = (unsigned short)rects[i].y,
			.x2 = (unsigned short)(rects[i].x + rects[i].width),
			.y2 = (unsigned short)(rects[i].y + rects[i].height),
		};
	return ask(self, DRM_IOCTL_MODE_DIRTYFB, &dirty, "DIRTYFB", err);
}
