#include "easel.h"

#include <errno.h>

#include "base/clock.h"
#include "pixel/pattern.h"

/* ---- a frame of our own ---- */

static const void *sheet_pixels(struct frame *frame)
{
	const struct sheet *self = (const struct sheet *)frame;

	return self->memory.base + self->offset;
}

static int sheet_dmabuf(struct frame *frame, struct frame_dmabuf *out)
{
	struct sheet *self = (struct sheet *)frame;

	self->asked++;
	if (self->dmabuf < 0)
		return -ENOTSUP;
	if (frame->opaque)
		*out = self->texture;
	else
		out->offset = (uint32_t)self->offset;
	out->fd = self->dmabuf;
	return 0;
}

static void sheet_damage(const struct frame *frame, uint64_t since, struct region *out)
{
	const struct sheet *self = (const struct sheet *)frame;

	*out = self->damage;
	if (!since)
		region_set_full(out, frame->image.width, frame->image.height);
}

static void sheet_release(struct frame *frame)
{
	struct sheet *self = (struct sheet *)frame;

	memory_finish(&self->memory);
	g_free(self);
}

static const struct frame_impl sheet_impl = {
	.pixels = sheet_pixels,
	.dmabuf = sheet_dmabuf,
	.damage = sheet_damage,
	.release = sheet_release,
};

struct sheet *sheet_create(enum pixel_format format, uint32_t width, uint32_t height)
{
	struct sheet *self = g_new0(struct sheet, 1);
	struct pixel_image image;

	CHECK_EQ(pixel_image_init(&image, format, width, height), 0);
	CHECK(memory_init(&self->memory, 2, pixel_image_size(&image), NULL));
	frame_init(&self->frame, &sheet_impl, &image);
	memory_place_frame(&self->memory, 0, &self->frame);
	self->frame.serial = 1;
	self->dmabuf = -1;
	pattern_draw(&image, self->memory.base, 0, height, 7, 1);
	return self;
}

void sheet_move(struct sheet *self)
{
	const struct pixel_image *image = &self->frame.image;

	self->offset = self->memory.slot_size;
	memory_place_frame(&self->memory, 1, &self->frame);
	self->frame.serial = 2;
	region_set_full(&self->damage, image->width, image->height);
	pattern_draw(image, self->memory.base + self->offset, 0, image->height, 7, 1);
}

/* ---- an easel: a device, a picture on it, a canvas to draw to ---- */

void easel_open(struct easel *self, const struct gpu_impl *api, uint32_t width, uint32_t height)
{
	const struct pane nowhere = { .kind = PANE_NONE };
	g_autoptr(GError) error = NULL;

	*self = (struct easel){ .width = width, .height = height };
	self->gpu = gpu_create(api, &nowhere, true, LOOK_NEWEST, &error);
	if (!self->gpu)
		test_skip("%s", error->message);
	gpu_picture_init(&self->picture, self->gpu);
	gpu_renderer_init(&self->renderer, self->gpu->log, self->gpu->pl);
	gpu_pointer_init(&self->pointer, self->gpu->pl);
	pl_fmt format = pl_find_named_fmt(self->gpu->pl, "rgba8");
	self->canvas = pl_tex_create(self->gpu->pl,
				     pl_tex_params(.w = (int)width, .h = (int)height,
						   .format = format, .renderable = true,
						   .host_readable = true, .blit_dst = true));
	CHECK(self->canvas != NULL);
	self->download = pl_buf_create(
		self->gpu->pl,
		pl_buf_params(.size = (size_t)width * height * 4, .host_readable = true));
	self->pixels = g_new0(uint32_t, (size_t)width * height);
}

void easel_close(struct easel *self)
{
	g_free(self->pixels);
	gpu_settle(self->gpu);
	pl_tex_destroy(self->gpu->pl, &self->canvas);
	pl_buf_destroy(self->gpu->pl, &self->download);
	gpu_pointer_finish(&self->pointer);
	gpu_renderer_finish(&self->renderer);
	gpu_picture_finish(&self->picture);
	gpu_destroy(self->gpu);
}

void easel_take(struct easel *self, struct sheet *sheet)
{
	struct region damage;

	if (!gpu_picture_suits(&self->picture, &sheet->frame.image))
		test_fail("%s does not suit", pixel_format_info(sheet->frame.image.format)->name);
	CHECK(gpu_picture_update(&self->picture, &sheet->frame, &damage));
	while (gpu_buffers_reading(&self->picture.buffers, NS_PER_S))
		;
}

void easel_paint(struct easel *self, const struct placement *place)
{
	struct pl_frame target = {
		.num_planes = 1,
		.planes[0] = { .texture = self->canvas,
			       .components = 3,
			       .component_mapping = { 0, 1, 2 } },
		.repr = pl_color_repr_rgb,
		.color = pl_color_space_srgb,
	};

	CHECK(gpu_renderer_draw(&self->renderer, &self->picture, place, &self->pointer, &target));
}

void easel_read(struct easel *self)
{
	size_t count = (size_t)self->width * self->height;

	CHECK(pl_tex_download(self->gpu->pl,
			      pl_tex_transfer_params(.tex = self->canvas, .buf = self->download)));
	while (pl_buf_poll(self->gpu->pl, self->download, NS_PER_S))
		;
	CHECK(pl_buf_read(self->gpu->pl, self->download, 0, self->pixels, count * 4));
	for (size_t i = 0; i < count; i++) { /* RGBA bytes */
		uint32_t w = self->pixels[i];
		self->pixels[i] = (w & 0xff) << 16 | (w & 0xff00) | (w >> 16 & 0xff);
	}
}

void easel_draw(struct easel *self, const struct placement *place)
{
	easel_paint(self, place);
	easel_read(self);
}

const struct gpu_impl *easel_api(int *argc, char ***argv)
{
	for (const struct gpu_impl *const *i = gpu_impls; *i && *argc > 1; i++)
		if (strcmp((*i)->name, (*argv)[1]) == 0) {
			(*argc)--;
			(*argv)++;
			return *i;
		}
	return gpu_impls[0];
}
