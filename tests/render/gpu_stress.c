/* Pictures at random: every frame may have another format, size, rotation, damage, place and look.
 * Nothing breaks, and memory stays bounded. 500 frames; ORIEL_LONG=1: 10,000. On lavapipe 200, or
 * 2000: it keeps much of what it has compiled (1.1 GiB after 6000) and crashes in the end. */
#include <unistd.h>

#include "base/clock.h"
#include "easel.h"

#define CANVAS_WIDTH  320
#define CANVAS_HEIGHT 240
#define SIDE_MAX      4096
#define GROWTH_MAX    160 /* MiB from the most of the first half to the end */

static const struct gpu_impl *api;
static uint64_t state = 1;

static uint32_t roll(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % below;
}

static uint64_t resident_mib(void)
{
	unsigned long all, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	CHECK(file && fscanf(file, "%lu %lu", &all, &resident) == 2);
	fclose(file);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) >> 20;
}

/* Small ones are as likely as large ones; thin ones reach the largest side. */
static void roll_size(uint32_t *width, uint32_t *height)
{
	*width = 1 + roll(1u << (1 + roll(12)));
	*height = 1 + roll(1u << (1 + roll(12)));
	if (*width * *height > 1u << 20 && roll(8))
		*height = 1 + (1u << 20) / *width;
	if (roll(64) == 0)
		*width = SIDE_MAX;
}

static struct sheet *roll_sheet(void)
{
	uint32_t width, height;

	roll_size(&width, &height);
	struct sheet *sheet = sheet_create(PIXEL_BGRA + roll(PIXEL_FORMAT_COUNT - PIXEL_BGRA),
					   width, height);
	sheet->frame.image.rotation = roll(4);
	if (roll(4) == 0)
		sheet->frame.image.data_height = 1 + roll(height);
	if (sheet->frame.image.format == PIXEL_RGBA10 || sheet->frame.image.format == PIXEL_RGBA16F)
		sheet->frame.image.colour = roll(2) ? PIXEL_COLOUR_HDR : 0;
	return sheet;
}

static void roll_damage(struct sheet *sheet)
{
	const struct pixel_image *image = &sheet->frame.image;

	region_clear(&sheet->damage);
	for (uint32_t i = roll(4); i > 0; i--) {
		uint32_t x = roll(image->width), y = roll(image->height);
		region_add(&sheet->damage, (struct rect){ x, y, 1 + roll(image->width - x),
							  1 + roll(image->height - y) });
	}
	sheet->frame.serial++;
}

static void roll_look(struct easel *easel)
{
	static const float boosts[] = { 0, 1, 2.5f }, sharps[] = { 0, 0, 0.5f };
	const struct look look = {
		.filter = roll(LOOK_FILTER_COUNT),
		.vision = roll(LOOK_VISION_COUNT),
		.boost = boosts[roll(3)],
		.sharpen = sharps[roll(3)],
	};

	CHECK(gpu_renderer_set_look(&easel->renderer, &look, NULL));
}

static void roll_pointer(struct easel *easel)
{
	static const uint8_t bytes[64 * 2 * 256]; /* mono: two masks */
	const struct cursor_shape shape = { .type = CURSOR_COLOUR + roll(CURSOR_TYPE_COUNT),
					    .width = 1 + roll(64),
					    .height = 1 + roll(64),
					    .pitch = 256,
					    .data = bytes };

	gpu_pointer_set_shape(&easel->pointer, &shape);
	easel->pointer.shown = roll(4);
	easel->pointer.x = (int32_t)roll(CANVAS_WIDTH) - 32;
	easel->pointer.y = (int32_t)roll(CANVAS_HEIGHT) - 32;
}

static void draw_one(struct easel *easel, struct sheet *sheet)
{
	uint32_t width, height;

	easel_take(easel, sheet);
	pixel_image_upright(&sheet->frame.image, &width, &height);
	const struct placement place = placement_of(roll(SCALE_MODE_COUNT), width, height,
						    CANVAS_WIDTH, CANVAS_HEIGHT);
	gpu_pointer_place(&easel->pointer, &place, width, height);
	easel_paint(easel, &place);
}

/* As a new mode of the guest: its memory is another one. */
static void replace(struct easel *easel, struct sheet **sheet)
{
	gpu_settle(easel->gpu);
	gpu_picture_forget(&easel->picture);
	if (*sheet)
		frame_unref(&(*sheet)->frame);
	*sheet = roll_sheet();
}

static void anything_goes(void)
{
	struct sheet *sheet = NULL;
	struct easel easel;
	uint64_t half = 0;

	easel_open(&easel, api, CANVAS_WIDTH, CANVAS_HEIGHT);
	const char *late_free = getenv("LATE_FREE");
	if (easel.gpu->late && !(late_free && *late_free)) {
		easel_close(&easel);
		test_skip("lavapipe waits for itself, or crashes, where programs come and go;"
			  " late_free.c helps, but not together with sanitizers");
	}
	unsigned frames = easel.gpu->late ? 200 : 500;
	if (getenv("ORIEL_LONG"))
		frames = easel.gpu->late ? 2000 : 10000;
	for (unsigned i = 0; i < frames; i++) {
		if (i % 4 == 0)
			replace(&easel, &sheet);
		if (roll(20) == 0)
			roll_look(&easel);
		if (roll(10) == 0)
			roll_pointer(&easel);
		roll_damage(sheet);
		draw_one(&easel, sheet);
		if (i % (frames / 10) != 0)
			continue;
		uint64_t now = resident_mib();
		printf("# frame %u: %" PRIu64 " MiB resident\n", i, now);
		if (i <= frames / 2)
			half = MAX(half, now);
	}
	uint64_t end = resident_mib();
	printf("# the end: %" PRIu64 " MiB resident\n", end);
	CHECK(end < half + GROWTH_MAX);
	easel_close(&easel);
	frame_unref(&sheet->frame);
}

static const struct test_case cases[] = {
	TEST(anything_goes),
};

int main(int argc, char **argv)
{
	api = easel_api(&argc, &argv);
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
