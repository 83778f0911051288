#include "link/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

static void what_was_put_in_comes_out(void)
{
	static char large[3 << 20];
	struct parcel_view view;
	int fd = parcel_create();

	memset(large, 'x', sizeof(large));
	CHECK(fd >= 0);
	CHECK_EQ(parcel_append(fd, "head", 4), 0);
	CHECK_EQ(parcel_append(fd, large, sizeof(large)), 0);
	CHECK_EQ(parcel_seal(fd), 0);
	CHECK_EQ(parcel_map(fd, &view), 0);
	CHECK_EQ(view.size, sizeof(large) + 4);
	CHECK(memcmp(view.bytes, "head", 4) == 0);
	CHECK(memcmp((const char *)view.bytes + 4, large, sizeof(large)) == 0);
	parcel_unmap(&view);
	close(fd);
}

static void nothing_is_a_parcel_too(void)
{
	struct parcel_view view = { NULL, 1 };
	int fd = parcel_of("", 0);

	CHECK(fd >= 0);
	CHECK_EQ(parcel_map(fd, &view), 0);
	CHECK_EQ(view.size, 0);
	CHECK(view.bytes != NULL);
	parcel_unmap(&view);
	close(fd);
}

static void a_sealed_one_changes_no_more(void)
{
	int fd = parcel_of("abc", 3);

	CHECK(fd >= 0);
	CHECK(write(fd, "d", 1) < 0 && errno == EPERM);
	CHECK(ftruncate(fd, 0) < 0 && errno == EPERM);
	CHECK(ftruncate(fd, 9) < 0 && errno == EPERM);
	CHECK(mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

/* What somebody else may have sent in its place. */
static void what_is_not_sealed_is_refused(void)
{
	size_t size = 77;
	int fds[2], open_one = parcel_create();

	CHECK_EQ(parcel_append(open_one, "abc", 3), 0);
	CHECK_EQ(parcel_check(open_one, &size), -EPERM);
	CHECK_EQ(fcntl(open_one, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	CHECK_EQ(parcel_check(open_one, &size), -EPERM);
	close(open_one);
	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(parcel_check(fds[0], &size), -EPERM);
	close(fds[0]);
	close(fds[1]);
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CHECK_EQ(parcel_check(file, &size), -EPERM);
	close(file);
	CHECK_EQ(parcel_check(-1, &size), -EBADF);
	CHECK_EQ(size, 77);
}

static void what_is_too_large_is_refused(void)
{
	size_t size = 77;
	int fd = parcel_create();

	CHECK_EQ(ftruncate(fd, PARCEL_MAX), 0);
	CHECK_EQ(parcel_append(fd, "x", 1), -EFBIG);
	CHECK_EQ(parcel_append(fd, "", 0), 0);
	CHECK_EQ(ftruncate(fd, (off_t)PARCEL_MAX + 1), 0);
	CHECK_EQ(parcel_seal(fd), 0);
	CHECK_EQ(parcel_check(fd, &size), -EFBIG);
	CHECK_EQ(size, 77);
	close(fd);
}

static const struct test_case cases[] = {
	TEST(what_was_put_in_comes_out),    TEST(nothing_is_a_parcel_too),
	TEST(a_sealed_one_changes_no_more), TEST(what_is_not_sealed_is_refused),
	TEST(what_is_too_large_is_refused),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
