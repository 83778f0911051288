/* What is believed of a SPICE server's textures, and how their rows are found. */
#include "link/texture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "test.h"

#define WIDTH  40
#define HEIGHT 30
#define PITCH  192
#define SIZE   (2 * MEM_PAGE)

static const struct link_spice_texture good = {
	.width = WIDTH,
	.height = HEIGHT,
	.pitch = PITCH,
	.view = { 0, 0, WIDTH, HEIGHT },
};

static int memory(size_t size, int seals)
{
	int fd = memfd_create("texture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, (off_t)size), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void expect(const char *what, int wanted, const struct link_spice_texture *told,
		   uint32_t bytes, int fd)
{
	int got = link_texture_check(told, bytes, fd);

	if (got != wanted)
		test_fail("%s: %d, want %d", what, got, wanted);
}

static void numbers_are_checked(void)
{
	static const struct {
		const char *what;
		int result;
		uint32_t width, height, pitch, offset;
		struct link_spice_rect view;
	} all[] = {
#define ALL { 0, 0, WIDTH, HEIGHT }
		{ "as it should be", 0, WIDTH, HEIGHT, PITCH, 0, ALL },
		{ "at the end", 0, WIDTH, HEIGHT, PITCH, SIZE - PITCH * HEIGHT, ALL },
		{ "beyond the end", -EPERM, WIDTH, HEIGHT, PITCH, SIZE - PITCH * HEIGHT + 1, ALL },
		{ "far beyond the end", -EPERM, WIDTH, HEIGHT, PITCH, UINT32_MAX, ALL },
		{ "rows overlap", -EINVAL, WIDTH, HEIGHT, WIDTH * 4 - 4, 0, ALL },
		{ "half pixels", -EINVAL, WIDTH, HEIGHT, PITCH + 2, 0, ALL },
		{ "no pitch", -EINVAL, WIDTH, HEIGHT, 0, 0, ALL },
		{ "a pitch beyond all screens", -EINVAL, WIDTH, HEIGHT, 1u << 31, 0, ALL },
		{ "nothing wide", -EINVAL, 0, HEIGHT, PITCH, 0, ALL },
		{ "nothing high", -EINVAL, WIDTH, 0, PITCH, 0, ALL },
		/* 32 bits of the product are 0 */
		{ "an overflowing row", -EINVAL, 1u << 30, HEIGHT, 0, 0, ALL },
		{ "an overflowing picture", -EINVAL, WIDTH, 1u << 31, 1u << 12, 0, ALL },
		{ "more rows than there are", -EPERM, WIDTH, 32767, PITCH, 0, ALL },
		{ "view too wide", -EINVAL, WIDTH, HEIGHT, PITCH, 0, { 1, 0, WIDTH, HEIGHT } },
		{ "view too high", -EINVAL, WIDTH, HEIGHT, PITCH, 0, { 0, 1, WIDTH, HEIGHT } },
		{ "around the corner", -EINVAL, WIDTH, HEIGHT, PITCH, 0, { UINT32_MAX, 0, 2, 2 } },
		{ "nothing to be seen", -EINVAL, WIDTH, HEIGHT, PITCH, 0, { 3, 3, 0, 5 } },
#undef ALL
	};
	int fd = memory(SIZE, F_SEAL_SHRINK);

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		expect(all[i].what, all[i].result,
		       &(struct link_spice_texture){ .width = all[i].width,
						     .height = all[i].height,
						     .pitch = all[i].pitch,
						     .offset = all[i].offset,
						     .view = all[i].view },
		       4, fd);
	expect("an unknown format", -EINVAL, &good, 0, fd);
	expect("larger pixels", -EINVAL, &good, 8, fd);
	close(fd);
}

static void descriptors_are_checked(void)
{
	int pipes[2], open_file = memory(SIZE, F_SEAL_GROW), small = memory(PITCH, F_SEAL_SHRINK);

	CHECK_EQ(pipe(pipes), 0);
	expect("none", -EPERM, &good, 4, -1);
	expect("a pipe", -EPERM, &good, 4, pipes[0]);
	expect("a file that may shrink", -EPERM, &good, 4, open_file);
	expect("a small one", -EPERM, &good, 4, small);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	expect("a device", -EPERM, &good, 4, null);
	close(null);
	close(small);
	close(open_file);
	close(pipes[0]);
	close(pipes[1]);
}

/* The number of each row stands in its third pixel. */
static void rows_are_found(void)
{
	struct link_spice_texture told = good;
	struct link_texture_map map = { 0 };
	int fd = memory(SIZE, F_SEAL_SHRINK);
	ptrdiff_t stride;

	told.offset = 8;
	told.view = (struct link_spice_rect){ 2, 5, 10, 20 };
	for (uint32_t y = 0; y < HEIGHT; y++)
		CHECK_EQ(pwrite(fd, &y, 4, 8 + (off_t)y * PITCH + 2 * 4), 4);
	CHECK_EQ(link_texture_map(&map, fd), 0);
	close(fd);
	link_texture_begin(&map);
	const uint8_t *top = link_texture_top(&map, &told, 4, &stride);
	CHECK_EQ(*(const uint32_t *)(const void *)top, 5);
	CHECK_EQ(*(const uint32_t *)(const void *)(top + 19 * stride), 24);
	told.flipped = 1;
	top = link_texture_top(&map, &told, 4, &stride);
	CHECK_EQ(*(const uint32_t *)(const void *)top, HEIGHT - 1 - 5);
	CHECK_EQ(*(const uint32_t *)(const void *)(top + 19 * stride), HEIGHT - 1 - 24);
	link_texture_end(&map);
	link_texture_unmap(&map);
	link_texture_unmap(&map);
	CHECK_EQ(link_texture_map(&map, -1), -EBADF);
}

static const struct test_case cases[] = {
	TEST(numbers_are_checked),
	TEST(descriptors_are_checked),
	TEST(rows_are_found),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
