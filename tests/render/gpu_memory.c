/* The guest's memory as the GPU's presenter comes by it: dma-bufs, host memory, copies, best first.
 *
 * What stands for a dma-buf here is a memfd: newer software rasterizers map whatever they get.
 * Where the device takes none (Mesa before 25), what remains is that nobody asks for one, and what
 * happens after a refusal. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "easel.h"
#include "pixel/convert.h"
#include "pixel/pattern.h"

#define WIDTH  256
#define HEIGHT 96

static const struct gpu_impl *api;

static bool takes_dmabufs(const struct easel *easel)
{
	const bool *takes = easel->picture.buffers.imports.takes;

	return takes[GPU_DMABUF_BUFFER] || takes[GPU_DMABUF_TEXTURE];
}

static void expect_picture(struct easel *easel, struct sheet *sheet)
{
	const struct pixel_image *image = &sheet->frame.image;
	g_autofree uint32_t *want = g_new0(uint32_t, (size_t)image->width * image->height);
	int gap = image->format == PIXEL_RGBA10 || image->format == PIXEL_RGBA16F;

	easel_draw(easel, &(struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
	pixel_to_bgrx(image, sheet->memory.base + sheet->offset, want, image->width * 4,
		      (struct rect){ 0, 0, image->width, image->height });
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++)
			for (int shift = 0; shift < 24; shift += 8) {
				uint32_t got = easel_at(easel, x, y);
				uint32_t wanted = want[(size_t)y * WIDTH + x];
				if (abs((int)(got >> shift & 255) - (int)(wanted >> shift & 255)) >
				    gap)
					test_fail("%s: %ux%u is %06x, want %06x",
						  pixel_format_info(image->format)->name, x, y, got,
						  wanted & 0xffffff);
			}
}

static void change(struct sheet *sheet)
{
	struct rect rect = { 16, 31, 100, 40 }; /* whole words in each format */

	region_clear(&sheet->damage);
	region_add(&sheet->damage, rect);
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++) {
		uint32_t first,
			span = pixel_row_span(&sheet->frame.image, rect.x, rect.width, &first);
		memset(sheet->memory.base + sheet->offset + (size_t)y * sheet->frame.image.pitch +
			       first,
		       0x35, span);
	}
	sheet->frame.serial++;
}

/* ---- cases ---- */

/* Each format, anywhere in the dma-buf, and what changed of it later: no byte is copied by us. */
static void dmabufs_are_read_in_place(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	bool takes = takes_dmabufs(&easel);
	for (int format = PIXEL_BGRA; takes && format < PIXEL_FORMAT_COUNT; format++) {
		struct sheet *sheet = sheet_create(format, WIDTH, HEIGHT);
		uint64_t copied = easel.picture.buffers.bytes_copied;
		sheet->dmabuf = sheet->memory.fd;
		easel_take(&easel, sheet);
		bool in_place = strcmp(easel.picture.buffers.reads, "dma-buf") == 0;
		printf("# %s: %s\n", pixel_format_info(format)->name, easel.picture.buffers.reads);
		CHECK(in_place || (api == &gpu_opengl && format == PIXEL_RGBA16F));
		expect_picture(&easel, sheet);
		sheet_move(sheet);
		easel_take(&easel, sheet);
		expect_picture(&easel, sheet);
		change(sheet);
		easel_take(&easel, sheet);
		expect_picture(&easel, sheet);
		if (in_place)
			CHECK_EQ(easel.picture.buffers.bytes_copied, copied);
		gpu_settle(easel.gpu);
		gpu_picture_forget(&easel.picture);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
	if (!takes)
		test_skip("%s imports no dma-bufs here", api->name);
}

/* To make one may take milliseconds: not for nothing. */
static void nobody_asks_for_what_he_cannot_take(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	easel_open(&easel, api, WIDTH, HEIGHT);
	easel.picture.buffers.imports.takes[GPU_DMABUF_BUFFER] = false;
	easel.picture.buffers.imports.takes[GPU_DMABUF_TEXTURE] = false;
	sheet->dmabuf = sheet->memory.fd;
	easel_take(&easel, sheet);
	CHECK_EQ(sheet->asked, 0);
	expect_picture(&easel, sheet);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

/* Frames without one, and frames with something that is none: the next best way serves, and the
 * device is not asked again. */
static void next_best(int dmabuf, enum gpu_way way, bool asked_again)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	easel_open(&easel, api, WIDTH, HEIGHT);
	bool host = easel.picture.buffers.imports.takes[GPU_HOST_MEMORY];
	easel.picture.buffers.imports.takes[way] = true;
	sheet->dmabuf = dmabuf;
	easel_take(&easel, sheet);
	CHECK_STR(easel.picture.buffers.reads, gpu_way_names[host ? GPU_HOST_MEMORY : GPU_COPY]);
	expect_picture(&easel, sheet);
	CHECK_EQ(sheet->asked, 1);
	change(sheet);
	easel_take(&easel, sheet);
	expect_picture(&easel, sheet);
	CHECK_EQ(sheet->asked, 1 + asked_again);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static enum gpu_way way_of_api(void)
{
	return api == &gpu_vulkan ? GPU_DMABUF_BUFFER : GPU_DMABUF_TEXTURE;
}

static void frames_without_a_dmabuf(void)
{
	next_best(-1, way_of_api(), true); /* whom to ask, the source knows best */
}

/* Its size cannot be told: that would be the device's risk. */
static void no_dmabuf_at_all(void)
{
	int fds[2];

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	next_best(fds[0], way_of_api(), true);
	close(fds[0]);
	close(fds[1]);
}

/* A picture that reaches beyond its dma-buf is never handed to a device. */
static void dmabuf_too_small(void)
{
	int fd = memfd_create("small", MFD_CLOEXEC);

	CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
	next_best(fd, way_of_api(), true);
	close(fd);
}

static bool lazy(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	bool out = api == &gpu_opengl && takes_dmabufs(&easel);
	easel_close(&easel);
	return out;
}

/* Says yes and then refuses, as devices do that want other memory: this one can only be written. */
static void device_refuses(void)
{
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
	g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", sheet->memory.fd);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	if (!lazy())
		next_best(fd, way_of_api(), false);
	close(fd);
	frame_unref(&sheet->frame);
	if (lazy())
		test_skip("%s looks at what it took only when it draws", api->name);
}

/* ---- textures ---- */

enum { CUT_X = 16, CUT_Y = 9, CUT_WIDTH = 100, CUT_HEIGHT = 60 };

/* The sheet's picture becomes a part of it, as a guest's graphics card has it. */
static void make_texture(struct sheet *sheet, uint64_t modifier, bool flipped)
{
	struct pixel_image *image = &sheet->frame.image;

	sheet->dmabuf = sheet->memory.fd;
	sheet->texture = (struct frame_dmabuf){ .modifier = modifier,
						.pitch = image->pitch,
						.width = WIDTH,
						.height = HEIGHT,
						.x = CUT_X,
						.y = CUT_Y,
						.flipped = flipped };
	image->width = image->data_width = CUT_WIDTH;
	image->height = image->data_height = CUT_HEIGHT;
	sheet->frame.opaque = true;
}

static uint32_t texture_at(const struct sheet *sheet, uint32_t x, uint32_t y)
{
	const uint32_t row = sheet->texture.flipped ? HEIGHT - 1 - (CUT_Y + y) : CUT_Y + y;
	const uint8_t *at = sheet->memory.base + (size_t)row * sheet->texture.pitch +
			    (size_t)(CUT_X + x) * 4;

	return (*(const uint32_t *)(const void *)at) & 0xffffff;
}

static void expect_texture(struct easel *easel, const struct sheet *sheet)
{
	easel_draw(easel, &(struct placement){ 0, 0, CUT_WIDTH, CUT_HEIGHT, 1 });
	for (uint32_t y = 0; y < CUT_HEIGHT; y++)
		for (uint32_t x = 0; x < CUT_WIDTH; x++)
			if ((easel_at(easel, x, y) & 0xffffff) != texture_at(sheet, x, y))
				test_fail("%ux%u is %06x, want %06x", x, y,
					  easel_at(easel, x, y) & 0xffffff,
					  texture_at(sheet, x, y));
}

/* Upright or flipped, of any or of no known layout: and what is drawn on them later. */
static void textures_are_cut_and_turned_over(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	bool takes = easel.picture.buffers.imports.takes[GPU_DMABUF_TEXTURE];
	for (unsigned i = 0; takes && i < 4; i++) {
		struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
		make_texture(sheet, i & 1 ? FRAME_MODIFIER_UNKNOWN : FRAME_MODIFIER_LINEAR, i & 2);
		easel_take(&easel, sheet);
		expect_texture(&easel, sheet);
		memset(sheet->memory.base, 0x5a, (size_t)sheet->texture.pitch * HEIGHT);
		region_clear(&sheet->damage);
		region_add(&sheet->damage, (struct rect){ 0, 0, CUT_WIDTH, CUT_HEIGHT });
		sheet->frame.serial++;
		easel_take(&easel, sheet);
		expect_texture(&easel, sheet);
		CHECK_EQ(easel.picture.buffers.bytes_copied, 0);
		gpu_settle(easel.gpu);
		gpu_picture_forget(&easel.picture);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
	if (!takes)
		test_skip("%s imports no textures here", api->name);
}

/* Only what was drawn is fetched, and from its place, whichever row lies first. */
static void drawn_parts_come_from_their_place(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	bool takes = easel.picture.buffers.imports.takes[GPU_DMABUF_TEXTURE];
	for (unsigned i = 0; takes && i < 2; i++) {
		struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
		make_texture(sheet, FRAME_MODIFIER_UNKNOWN, i);
		easel_take(&easel, sheet);
		const uint32_t before = texture_at(sheet, 0, 0);
		memset(sheet->memory.base, 0xa5, (size_t)sheet->texture.pitch * HEIGHT);
		region_clear(&sheet->damage);
		region_add(&sheet->damage, (struct rect){ 10, 20, 30, 5 });
		sheet->frame.serial++;
		easel_take(&easel, sheet);
		easel_draw(&easel, &(struct placement){ 0, 0, CUT_WIDTH, CUT_HEIGHT, 1 });
		CHECK_EQ(easel_at(&easel, 10, 20) & 0xffffff, 0xa5a5a5);
		CHECK_EQ(easel_at(&easel, 39, 24) & 0xffffff, 0xa5a5a5);
		CHECK((easel_at(&easel, 10, 19) & 0xffffff) != 0xa5a5a5);
		CHECK((easel_at(&easel, 40, 24) & 0xffffff) != 0xa5a5a5);
		CHECK((easel_at(&easel, 39, 25) & 0xffffff) != 0xa5a5a5);
		CHECK_EQ(easel_at(&easel, 0, 0) & 0xffffff, before);
		gpu_settle(easel.gpu);
		gpu_picture_forget(&easel.picture);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
	if (!takes)
		test_skip("%s imports no textures here", api->name);
}

/* The number of a descriptor comes again, and means another texture. */
static void descriptors_that_come_again_are_other_textures(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	bool takes = easel.picture.buffers.imports.takes[GPU_DMABUF_TEXTURE];
	const int fd = fcntl(0, F_DUPFD_CLOEXEC, 100);
	for (unsigned i = 0; takes && i < 6; i++) {
		struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
		make_texture(sheet, FRAME_MODIFIER_UNKNOWN, false);
		memset(sheet->memory.base, (int)(0x10 + i), (size_t)sheet->texture.pitch * HEIGHT);
		CHECK_EQ(dup2(sheet->memory.fd, fd), fd);
		sheet->dmabuf = fd;
		sheet->frame.serial = i + 1;
		region_set_full(&sheet->damage, CUT_WIDTH, CUT_HEIGHT);
		easel_take(&easel, sheet);
		expect_texture(&easel, sheet);
		frame_unref(&sheet->frame);
	}
	close(fd);
	easel_close(&easel);
	if (!takes)
		test_skip("%s imports no textures here", api->name);
}

/* Without a way to import it there is none: nobody looks at its pixels. */
static void what_cannot_be_imported_is_not_read(void)
{
	struct easel easel;
	struct region damage;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	easel_open(&easel, api, WIDTH, HEIGHT);
	easel.picture.buffers.imports.takes[GPU_DMABUF_TEXTURE] = false;
	make_texture(sheet, FRAME_MODIFIER_UNKNOWN, true);
	CHECK(!gpu_picture_update(&easel.picture, &sheet->frame, &damage));
	CHECK_EQ(easel.picture.serial, 0);
	CHECK_EQ(easel.picture.buffers.bytes_copied, 0);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static const struct test_case cases[] = {
	TEST(textures_are_cut_and_turned_over),
	TEST(drawn_parts_come_from_their_place),
	TEST(descriptors_that_come_again_are_other_textures),
	TEST(what_cannot_be_imported_is_not_read),
	TEST(dmabufs_are_read_in_place),
	TEST(nobody_asks_for_what_he_cannot_take),
	TEST(frames_without_a_dmabuf),
	TEST(no_dmabuf_at_all),
	TEST(dmabuf_too_small),
	TEST(device_refuses),
};

int main(int argc, char **argv)
{
	api = easel_api(&argc, &argv);
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
