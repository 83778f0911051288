/* What the GPU draws, against pictures made by the CPU: every format, rotation and kind of pointer,
 * by Vulkan and by OpenGL (in software where there is no GPU). */
#include <gio/gio.h>

#include "easel.h"
#include "pixel/convert.h"
#include "pixel/pattern.h"

#define WIDTH  203 /* not a multiple of anything */
#define HEIGHT 101

static const struct gpu_impl *api;

static int channel_gap(uint32_t a, uint32_t b)
{
	int worst = 0;

	for (int shift = 0; shift < 24; shift += 8)
		worst = MAX(worst, abs((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff)));
	return worst;
}

/* The upright picture as the CPU makes it. */
static uint32_t *reference(struct sheet *sheet, uint32_t *width, uint32_t *height)
{
	const struct pixel_image *image = &sheet->frame.image;
	size_t count = (size_t)image->width * image->height;
	g_autofree uint32_t *flat = g_new0(uint32_t, count);
	uint32_t *out = g_new0(uint32_t, count);

	pixel_to_bgrx(image, sheet->memory.base, flat, image->width * 4,
		      (struct rect){ 0, 0, image->width, image->height });
	pixel_image_upright(image, width, height);
	pixel_rotate_bgrx(out, *width * 4, flat, image->width * 4, image->width, image->height,
			  image->rotation);
	return out;
}

static void expect_reference(struct easel *easel, struct sheet *sheet, uint32_t factor, int gap)
{
	uint32_t width, height;
	g_autofree uint32_t *want = reference(sheet, &width, &height);

	for (uint32_t y = 0; y < height * factor; y++)
		for (uint32_t x = 0; x < width * factor; x++) {
			uint32_t wanted = want[(size_t)(y / factor) * width + x / factor];
			if (channel_gap(easel_at(easel, x, y), wanted) > gap)
				test_fail("%s turned %d: %ux%u is %06x, want %06x",
					  pixel_format_info(sheet->frame.image.format)->name,
					  sheet->frame.image.rotation, x, y, easel_at(easel, x, y),
					  wanted & 0xffffff);
		}
}

/* ---- cases ---- */

static void each_format(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	for (int format = PIXEL_BGRA; format < PIXEL_FORMAT_COUNT; format++) {
		struct sheet *sheet = sheet_create(format, WIDTH, HEIGHT);
		easel_take(&easel, sheet);
		easel_draw(&easel, &(struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
		/* Rounding of ten bits and of halves to eight may differ by one. */
		int gap = format == PIXEL_RGBA10 || format == PIXEL_RGBA16F;
		expect_reference(&easel, sheet, 1, gap);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
}

static void each_rotation(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH * 2, WIDTH * 2);
	for (int turn = PIXEL_ROTATE_0; turn <= PIXEL_ROTATE_270; turn++)
		for (uint32_t factor = 1; factor <= 2; factor++) {
			struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
			uint32_t width, height;
			sheet->frame.image.rotation = turn;
			pixel_image_upright(&sheet->frame.image, &width, &height);
			easel_take(&easel, sheet);
			easel_draw(&easel, &(struct placement){ 0, 0, width * factor,
								height * factor, factor });
			expect_reference(&easel, sheet, factor, 0);
			frame_unref(&sheet->frame);
		}
	easel_close(&easel);
}

static void only_the_damage(void)
{
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	for (int format = PIXEL_BGRA; format < PIXEL_FORMAT_COUNT; format++) {
		struct sheet *sheet = sheet_create(format, WIDTH, HEIGHT);
		easel_take(&easel, sheet);
		pattern_damage(&sheet->frame.image, 8, &sheet->damage);
		pattern_draw(&sheet->frame.image, sheet->memory.base, 0, HEIGHT, 8, 1);
		sheet->frame.serial = 2;
		easel_take(&easel, sheet);
		easel_draw(&easel, &(struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
		expect_reference(&easel, sheet, 1, 1);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
}

static void small_damage_reads_few_rows(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, 640, 480);

	easel_open(&easel, api, 640, 480);
	easel_take(&easel, sheet);
	uint64_t rows = easel.picture.rows_read;
	region_clear(&sheet->damage);
	region_add(&sheet->damage, (struct rect){ 100, 100, 64, 64 });
	sheet->frame.serial = 2;
	easel_take(&easel, sheet);
	CHECK_EQ(easel.picture.rows_read - rows, 64);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

/* Vulkan reads shared memory where it is. */
static void nothing_is_copied(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, 640, 480);

	easel_open(&easel, api, 640, 480);
	bool imports = easel.picture.buffers.imports.takes[GPU_HOST_MEMORY];
	easel_take(&easel, sheet);
	uint64_t copied = easel.picture.buffers.bytes_copied;
	CHECK_EQ(copied, imports ? 0 : 640 * 480 * 4);
	easel_close(&easel);
	frame_unref(&sheet->frame);
	if (!imports)
		test_skip("%s imports no memory", api->name);
}

static void black_around(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	easel_open(&easel, api, WIDTH + 40, HEIGHT + 20);
	memset(sheet->memory.base, 0xff, pixel_image_size(&sheet->frame.image));
	easel_take(&easel, sheet);
	easel_draw(&easel, &(struct placement){ 20, 10, WIDTH, HEIGHT, 1 });
	CHECK_EQ(easel_at(&easel, 19, 50), 0);
	CHECK_EQ(easel_at(&easel, 20, 50), 0xffffff);
	CHECK_EQ(easel_at(&easel, 100, 9), 0);
	CHECK_EQ(easel_at(&easel, WIDTH + 20, 50), 0);
	CHECK_EQ(easel_at(&easel, WIDTH + 19, HEIGHT + 9), 0xffffff);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

/* A picture larger than the window shows its middle. */
static void cut_off(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
	uint32_t width, height;
	g_autofree uint32_t *want = reference(sheet, &width, &height);

	easel_open(&easel, api, 101, 51);
	easel_take(&easel, sheet);
	easel_draw(&easel, &(struct placement){ -51, -25, WIDTH, HEIGHT, 1 });
	for (uint32_t y = 0; y < 51; y++)
		for (uint32_t x = 0; x < 101; x++)
			CHECK_EQ(easel_at(&easel, x, y),
				 want[(y + 25) * WIDTH + x + 51] & 0xffffff);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static void grey(struct sheet *sheet, uint8_t value)
{
	memset(sheet->memory.base, value, pixel_image_size(&sheet->frame.image));
}

static uint32_t drawn_grey(struct easel *easel, struct sheet *sheet)
{
	sheet->frame.serial++;
	region_set_full(&sheet->damage, sheet->frame.image.width, sheet->frame.image.height);
	easel_take(easel, sheet);
	easel_draw(easel, &(struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
	return easel_at(easel, 50, 50) & 0xff;
}

static void bad_user_shader(void)
{
	static const char bad[] =
		"//!HOOK MAIN\n//!BIND HOOKED\nvec4 hook() { return nonsense; }\n";
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "oriel-test-XXXXXX.glsl", NULL);
	int fd = g_mkstemp(path);
	char *paths[] = { path, NULL };
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	close(fd);
	CHECK(g_file_set_contents(path, bad, -1, NULL));
	easel_open(&easel, api, WIDTH, HEIGHT);
	CHECK(gpu_renderer_set_look(&easel.renderer, &(struct look){ .shaders = paths, .boost = 4 },
				    NULL));
	grey(sheet, 0x40);
	for (int i = 0; i < 3; i++)
		CHECK(abs((int)drawn_grey(&easel, sheet) - 0x7d) <= 1);
	remove(path);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static void each_pointer(void)
{
	static const uint8_t colour[] = { 0, 0, 255, 255, 64, 0, 0, 128 };  /* red; half blue */
	static const uint8_t masked[] = { 1, 2, 3, 0, 255, 255, 255, 255 }; /* cover; turn */
	struct cursor_shape shape = {
		.type = CURSOR_COLOUR, .width = 2, .height = 1, .pitch = 8, .data = colour
	};
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
	struct placement place = { 0, 0, WIDTH * 2, HEIGHT * 2, 2 };

	easel_open(&easel, api, WIDTH * 2, HEIGHT * 2);
	grey(sheet, 0x80);
	easel_take(&easel, sheet);
	easel.pointer.shown = true;
	easel.pointer.x = 10;
	easel.pointer.y = 20;
	CHECK(gpu_pointer_set_shape(&easel.pointer, &shape));
	struct rect touched = gpu_pointer_place(&easel.pointer, &place, WIDTH, HEIGHT);
	CHECK_EQ(touched.x, 20);
	CHECK_EQ(touched.width, 4);
	CHECK_EQ(touched.height, 2);
	easel_draw(&easel, &place);
	CHECK_EQ(easel_at(&easel, 19, 40), 0x808080);
	CHECK_EQ(easel_at(&easel, 20, 40), 0xff0000);
	CHECK_EQ(easel_at(&easel, 21, 41), 0xff0000);
	CHECK(channel_gap(easel_at(&easel, 22, 41), 0x404080) <= 1);
	CHECK_EQ(easel_at(&easel, 24, 41), 0x808080);
	CHECK_EQ(easel_at(&easel, 20, 42), 0x808080);

	/* AND rows 01 and 11, XOR rows 10 and 01. */
	shape = (struct cursor_shape){ .type = CURSOR_MONO,
				       .width = 2,
				       .height = 2,
				       .pitch = 1,
				       .data = (const uint8_t[]){ 0x40, 0xc0, 0x80, 0x40 } };
	CHECK(gpu_pointer_set_shape(&easel.pointer, &shape));
	gpu_pointer_place(&easel.pointer, &place, WIDTH, HEIGHT);
	easel_draw(&easel, &place);
	CHECK_EQ(easel_at(&easel, 20, 40), 0xffffff); /* AND 0, XOR 1 */
	CHECK_EQ(easel_at(&easel, 22, 40), 0x808080); /* AND 1, XOR 0 */
	CHECK_EQ(easel_at(&easel, 20, 42), 0x808080); /* AND 1, XOR 0 */
	CHECK_EQ(easel_at(&easel, 22, 42), 0x7f7f7f); /* AND 1, XOR 1 */

	shape = (struct cursor_shape){
		.type = CURSOR_MASKED, .width = 2, .height = 1, .pitch = 8, .data = masked
	};
	CHECK(gpu_pointer_set_shape(&easel.pointer, &shape));
	gpu_pointer_place(&easel.pointer, &place, WIDTH, HEIGHT);
	easel_draw(&easel, &place);
	CHECK_EQ(easel_at(&easel, 20, 40), 0x030201);
	CHECK_EQ(easel_at(&easel, 23, 41), 0x7f7f7f);
	easel.pointer.shown = false;
	easel_draw(&easel, &place);
	CHECK_EQ(easel_at(&easel, 23, 41), 0x808080);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

/* Whatever way the picture is turned, the pointer stands upright on it. */
static void pointers_on_turned_pictures(void)
{
	static const uint8_t pixels[] = { 0, 0, 255, 255 };
	const struct cursor_shape shape = {
		.type = CURSOR_COLOUR, .width = 1, .height = 1, .pitch = 4, .data = pixels
	};
	struct easel easel;

	easel_open(&easel, api, WIDTH, WIDTH);
	easel.pointer.shown = true;
	easel.pointer.x = 3;
	easel.pointer.y = 70;
	CHECK(gpu_pointer_set_shape(&easel.pointer, &shape));
	for (int turn = PIXEL_ROTATE_0; turn <= PIXEL_ROTATE_270; turn++) {
		struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
		struct placement place = { 0, 0, 0, 0, 1 };
		sheet->frame.image.rotation = turn;
		pixel_image_upright(&sheet->frame.image, &place.width, &place.height);
		grey(sheet, 0x80);
		easel_take(&easel, sheet);
		gpu_pointer_place(&easel.pointer, &place, place.width, place.height);
		for (int i = 0; i < 2; i++)
			easel_draw(&easel, &place);
		CHECK_EQ(easel_at(&easel, 3, 70), 0xff0000);
		CHECK_EQ(easel_at(&easel, 4, 70), 0x808080);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
}

static void boost_and_vision(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	easel_open(&easel, api, WIDTH, HEIGHT);
	grey(sheet, 0x40);
	CHECK_EQ(drawn_grey(&easel, sheet), 0x40);
	CHECK(gpu_renderer_set_look(&easel.renderer, &(struct look){ .boost = 4 }, NULL));
	/* 0x40 is 0.0513 of light; four times that is 0.2051, which is 0x7d */
	for (int i = 0; i < 3; i++)
		CHECK(abs((int)drawn_grey(&easel, sheet) - 0x7d) <= 1);
	for (int vision = LOOK_PROTAN; vision < LOOK_VISION_COUNT; vision++) {
		CHECK(gpu_renderer_set_look(&easel.renderer, &(struct look){ .vision = vision },
					    NULL));
		/* Grey is grey for everybody. */
		CHECK(abs((int)drawn_grey(&easel, sheet) - 0x40) <= 2);
	}
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static void sharpening_keeps_flats(void)
{
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	easel_open(&easel, api, WIDTH, HEIGHT);
	CHECK(gpu_renderer_set_look(&easel.renderer, &(struct look){ .sharpen = 1 }, NULL));
	grey(sheet, 0x55);
	CHECK_EQ(drawn_grey(&easel, sheet), 0x55);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static void user_shaders(void)
{
	static const char invert[] = "//!HOOK MAIN\n//!BIND HOOKED\n"
				     "vec4 hook() { vec4 c = HOOKED_tex(HOOKED_pos);\n"
				     "return vec4(vec3(1.0) - c.rgb, c.a); }\n";
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "oriel-test-XXXXXX.glsl", NULL);
	int fd = g_mkstemp(path);
	char missing[] = "/nowhere/else.glsl", *paths[] = { missing, path, NULL };
	g_autoptr(GError) error = NULL;
	struct easel easel;
	struct sheet *sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);

	close(fd);
	CHECK(g_file_set_contents(path, invert, -1, NULL));
	easel_open(&easel, api, WIDTH, HEIGHT);
	CHECK(!gpu_renderer_set_look(&easel.renderer, &(struct look){ .shaders = paths }, &error));
	CHECK(strstr(error->message, "/nowhere/else.glsl"));
	grey(sheet, 0x10);
	CHECK_EQ(drawn_grey(&easel, sheet), 0xef);
	remove(path);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

/* The CPU clips at SDR white, the GPU maps: greys below stay in order and black stays black. */
static void hdr_is_mapped(void)
{
	static const uint32_t kinds[] = { PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ, PIXEL_COLOUR_HDR };
	struct easel easel;

	easel_open(&easel, api, WIDTH, HEIGHT);
	for (unsigned kind = 0; kind < ARRAY_LEN(kinds); kind++) {
		struct sheet *sheet = sheet_create(PIXEL_RGBA10, WIDTH, HEIGHT);
		uint32_t last = 0;
		sheet->frame.image.colour = kinds[kind];
		for (uint32_t step = 0; step < 8; step++) {
			uint32_t value = step * 1023 / 7;
			uint32_t *words = (uint32_t *)sheet->memory.base;
			for (size_t i = 0; i < pixel_image_size(&sheet->frame.image) / 4; i++)
				words[i] = value | value << 10 | value << 20;
			uint32_t seen = drawn_grey(&easel, sheet);
			printf("# %s %u -> %u\n", kind ? "linear" : "pq", value, seen);
			CHECK(step ? seen >= last : seen == 0);
			CHECK(step == 0 || seen > 0);
			last = seen;
		}
		CHECK(last >= 250);
		frame_unref(&sheet->frame);
	}
	easel_close(&easel);
}

static const struct test_case cases[] = {
	TEST(each_format),
	TEST(each_rotation),
	TEST(only_the_damage),
	TEST(small_damage_reads_few_rows),
	TEST(nothing_is_copied),
	TEST(black_around),
	TEST(cut_off),
	TEST(each_pointer),
	TEST(pointers_on_turned_pictures),
	TEST(boost_and_vision),
	TEST(sharpening_keeps_flats),
	TEST(user_shaders),
	TEST(bad_user_shader),
	TEST(hdr_is_mapped),
};

int main(int argc, char **argv)
{
	api = easel_api(&argc, &argv);
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
