/* A hostile oriel-spice at the other end of the viewer's link, as the source of pictures hears it.
 *
 * Each message is a byte and a body of its kind's size, cut short by zeros. The byte's bits 0-2
 * choose the kind, with bit 7 of textures, bits 3-4 the descriptor: a memfd that would do, one too
 * small, one that may shrink, and one of a few bytes. Bit 5: the picture is held, bit 6: all that
 * are held go back. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "view/source/spice.h"

#define HELD 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct frame *held[HELD];
static bool keep;

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void give_back(void)
{
	for (size_t i = 0; i < HELD; i++) {
		frame_unref(held[i]);
		held[i] = NULL;
	}
}

/* What a device is told of is inside. */
static void touch_texture(struct frame *frame)
{
	struct frame_dmabuf where;

	must(frame_dmabuf(frame, &where) == 0 && frame->shm_fd < 0);
	must(where.offset + (uint64_t)where.pitch * where.height <=
	     (uint64_t)lseek(where.fd, 0, SEEK_END));
	must(where.x + (uint64_t)frame->image.width <= where.width);
	must(where.y + (uint64_t)frame->image.height <= where.height);
}

/* All that is claimed is there. */
static void touch(struct frame *frame)
{
	const volatile uint8_t *pixels = frame_pixels(frame);
	const size_t bytes = pixel_image_size(&frame->image);

	must(bytes > 0 && pixel_image_valid(&frame->image));
	if (frame->opaque)
		touch_texture(frame);
	else
		must((uint64_t)frame->shm_offset + bytes <= frame->shm_size);
	must(pixels != NULL);
	(void)(pixels[0] + pixels[bytes - 1]);
}

static void on_frame(void *data, struct frame *frame)
{
	struct region damage;

	(void)data;
	touch(frame);
	for (uint64_t back = 0; back < 20 && back < frame->serial; back++) {
		frame_damage(frame, frame->serial - back, &damage);
		must(damage.count <= REGION_MAX);
	}
	for (size_t i = 0; keep && i < HELD; i++)
		if (!held[i]) {
			held[i] = frame_ref(frame);
			return;
		}
}

static void on_cursor(void *data, const struct cursor *cursor)
{
	(void)data;
	if (cursor->has_shape)
		must(cursor_shape_valid(&cursor->shape));
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	must(status->text && status->guest);
}

static const struct source_listener listener = { on_frame, on_cursor, on_status };

static const uint32_t kinds[] = {
	LINK_SPICE_DISPLAY_SURFACE, LINK_SPICE_DISPLAY_FRAME, LINK_SPICE_DISPLAY_BLANK,
	LINK_SPICE_CURSOR,          LINK_SPICE_CURSOR_SHAPE,  LINK_SPICE_STATE,
	LINK_SPICE_SERVER,          LINK_SPICE_DISPLAY_FRAME,
};

static const uint32_t textures[] = {
	LINK_SPICE_DISPLAY_TEXTURE, LINK_SPICE_DISPLAY_DRAWN, LINK_SPICE_DISPLAY_TEXTURE,
	LINK_SPICE_DISPLAY_DRAWN,   LINK_SPICE_DISPLAY_DRAWN, LINK_SPICE_DISPLAY_SURFACE,
	LINK_SPICE_DISPLAY_FRAME,   LINK_SPICE_STATE,
};

static int memory(unsigned which)
{
	static const struct {
		off_t pages;
		int seals;
	} all[] = { { 48, F_SEAL_SHRINK }, { 47, F_SEAL_SHRINK }, { 48, F_SEAL_GROW }, { 0, 0 } };
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0 && ftruncate(fd, all[which].pages ? all[which].pages * MEM_PAGE : 7) == 0);
	must(!all[which].seals || fcntl(fd, F_ADD_SEALS, all[which].seals) == 0);
	return fd;
}

/* What link_receive() hands out has the shape of its row, whoever sends it. */
static size_t hear(struct source *source, const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t body[LINK_BODY_MAX] = { 0 };
	const uint32_t type = (*data & 128 ? textures : kinds)[*data & 7];
	const struct link_kind *kind = &link_spice_tells.kinds[type];
	const size_t length = min_u64(kind->size, size - 1);
	struct link_message message = { .type = type, .body = body, .text = "\xff text" };

	memcpy(body, data + 1, length);
	message.fd_count = kind->fds;
	if (kind->fds)
		message.fds[0] = memory(*data >> 3 & 3);
	keep = *data & 32;
	if (*data & 64)
		give_back();
	source_spice_part.hears[type](source, &message);
	if (kind->fds && message.fds[0] >= 0)
		close(message.fds[0]);
	return 1 + length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct spice_options nobody = { .link = 0 };
	struct spice *spice = spice_create(&nobody, NULL, NULL);
	struct source *source = source_spice_create(spice, 0, &listener, NULL);

	while (size > 0) {
		size_t used = hear(source, data, size);
		data += used;
		size -= used;
	}
	give_back();
	source_destroy(source);
	spice_destroy(spice);
	return 0;
}
