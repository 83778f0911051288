/* Pictures of a screen in slots: what is written, and how little. */
#include "spice/surface.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#define WIDTH  64
#define HEIGHT 40

static uint32_t screen[HEIGHT][WIDTH];
static const struct surface_pixels pixels = { screen, sizeof(screen[0]), SURFACE_32 };

static struct surface *make(void)
{
	struct surface *self;

	memset(screen, 0x11, sizeof(screen));
	CHECK_EQ(surface_create(&self, WIDTH, HEIGHT), 0);
	return self;
}

static void draw(struct surface *self, struct rect rect, uint32_t value)
{
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++)
			screen[y][x] = value;
	surface_damage(self, rect);
}

static int write_one(struct surface *self, struct region *damage, uint64_t *bytes)
{
	return surface_write(self, &pixels, damage, bytes);
}

static void check_slot(const struct surface *self, int slot)
{
	const size_t size = surface_slot_size(self) * surface_slots(self);
	const struct pixel_image *image = surface_image(self);
	uint8_t *base = mmap(NULL, size, PROT_READ, MAP_SHARED, surface_fd(self), 0);

	CHECK(base != MAP_FAILED);
	for (uint32_t y = 0; y < HEIGHT; y++)
		CHECK(memcmp(base + surface_slot_size(self) * (size_t)slot +
				     (size_t)y * image->pitch,
			     screen[y], sizeof(screen[y])) == 0);
	munmap(base, size);
}

static void the_first_picture_is_whole(void)
{
	struct surface *self = make();
	struct region damage;
	uint64_t bytes;

	CHECK(surface_dirty(self));
	int slot = write_one(self, &damage, &bytes);
	CHECK(slot >= 0);
	CHECK(region_is_full(&damage, WIDTH, HEIGHT));
	CHECK_EQ(bytes, WIDTH * HEIGHT * 4);
	CHECK(!surface_dirty(self));
	check_slot(self, slot);
	surface_destroy(self);
}

/* A slot that was lent for long gets all that it missed, and nobody else more than that. */
static void only_what_was_missed_is_written(void)
{
	struct surface *self = make();
	struct region damage;
	uint64_t bytes;

	int first = write_one(self, &damage, &bytes);
	draw(self, (struct rect){ 4, 5, 10, 3 }, 7);
	int second = write_one(self, &damage, &bytes);
	CHECK(second != first);
	CHECK_EQ(bytes, WIDTH * HEIGHT * 4);
	CHECK_EQ(region_area(&damage), 30);
	surface_free(self, (uint32_t)first);
	draw(self, (struct rect){ 50, 30, 2, 2 }, 9);
	CHECK_EQ(write_one(self, &damage, &bytes), first);
	CHECK_EQ(bytes, (30 + 4) * 4);
	CHECK_EQ(region_area(&damage), 4);
	check_slot(self, first);
	surface_destroy(self);
}

static void without_a_free_slot_nothing_is_lost(void)
{
	struct surface *self = make();
	struct region damage;
	uint64_t bytes;

	for (unsigned i = 0; i < surface_slots(self); i++) {
		draw(self, (struct rect){ i, 0, 1, 1 }, i);
		CHECK(write_one(self, &damage, &bytes) >= 0);
	}
	draw(self, (struct rect){ 20, 20, 4, 4 }, 5);
	CHECK_EQ(write_one(self, &damage, &bytes), -1);
	CHECK(surface_dirty(self));
	surface_free(self, 99); /* is none */
	CHECK_EQ(write_one(self, &damage, &bytes), -1);
	surface_free(self, 2);
	CHECK_EQ(write_one(self, &damage, &bytes), 2);
	CHECK_EQ(region_area(&damage), 16);
	check_slot(self, 2);
	surface_destroy(self);
}

static void damage_outside_is_cut(void)
{
	struct surface *self = make();
	struct region damage;
	uint64_t bytes;

	surface_free(self, (uint32_t)write_one(self, &damage, &bytes));
	surface_damage(self, (struct rect){ WIDTH, 0, 5, 5 });
	CHECK(!surface_dirty(self));
	surface_damage(self, (struct rect){ WIDTH - 2, HEIGHT - 1, UINT32_MAX, UINT32_MAX });
	write_one(self, &damage, &bytes);
	CHECK_EQ(bytes, 2 * 4);
	surface_destroy(self);
}

static void small_pixels_become_large(void)
{
	static const struct {
		enum surface_depth depth;
		uint16_t packed[4];
		uint32_t wanted[4];
	} rows[] = {
		{ SURFACE_565,
		  { 0xf800, 0x07e0, 0x001f, 0x8410 },
		  { 0xff0000, 0x00ff00, 0x0000ff, 0x848284 } },
		{ SURFACE_555,
		  { 0x7c00, 0x03e0, 0x801f, 0x4210 },
		  { 0xff0000, 0x00ff00, 0x0000ff, 0x848484 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct surface_pixels from = { rows[i].packed, 8, rows[i].depth };
		struct surface *self;
		struct region damage;
		uint64_t bytes;
		uint32_t got[4];

		CHECK_EQ(surface_create(&self, 4, 1), 0);
		int slot = surface_write(self, &from, &damage, &bytes);
		CHECK_EQ(pread(surface_fd(self), got, sizeof(got),
			       (off_t)surface_slot_size(self) * slot),
			 (ssize_t)sizeof(got));
		for (int j = 0; j < 4; j++)
			CHECK_EQ(got[j], rows[i].wanted[j]);
		surface_destroy(self);
	}
}

static void memory_cannot_shrink(void)
{
	struct surface *self = make();

	CHECK(fcntl(surface_fd(self), F_GET_SEALS) & F_SEAL_SHRINK);
	CHECK(ftruncate(surface_fd(self), 0) != 0);
	surface_destroy(self);
	CHECK_EQ(surface_create(&self, 0, 5), -EINVAL);
	CHECK_EQ(surface_create(&self, 5, 40000), -EINVAL);
}

static const struct test_case cases[] = {
	TEST(the_first_picture_is_whole),          TEST(only_what_was_missed_is_written),
	TEST(without_a_free_slot_nothing_is_lost), TEST(damage_outside_is_cut),
	TEST(small_pixels_become_large),           TEST(memory_cannot_shrink),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
