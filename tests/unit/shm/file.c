/* Files and /dev/kvmfr: what opens, and what the words say where it does not. */
#include "shm/shm.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "scratch.h"

static struct err err;

static int open_path(struct shm **out, const char *path)
{
	struct shm_params params = { .role = SHM_CONSUMER, .path = path };

	err.text[0] = '\0';
	return shm_open_region(out, &params, &err);
}

static int open_below(struct shm **out, enum shm_role role, const char *sysroot)
{
	struct shm_params params = { .role = role, .sysroot = scratch_path(sysroot) };

	return shm_open_region(out, &params, &err);
}

/* Fails with that code, and the words name the path and the reason. */
static void refused(const char *path, int code, const char *words)
{
	struct shm *shm = NULL;

	CHECK_EQ(open_path(&shm, path), code);
	CHECK(shm == NULL);
	CHECK_CONTAINS(err.text, path);
	CHECK_CONTAINS(err.text, words);
	CHECK_EQ(err.code, code);
	printf("# %s\n", err.text);
}

static void a_file_is_shared(void)
{
	const char *path = scratch_file("plain", 2 * MIB);
	struct shm *a, *b;

	CHECK_EQ(open_path(&a, path), 0);
	CHECK_EQ(open_path(&b, path), 0);
	CHECK_EQ(a->size, 2 * MIB);
	CHECK_EQ((uintptr_t)a->base % 4096, 0);
	CHECK(a->base != b->base);
	((volatile uint8_t *)a->base)[2 * MIB - 1] = 77;
	CHECK_EQ(((volatile uint8_t *)b->base)[2 * MIB - 1], 77);
	CHECK_STR(a->name, path);
	CHECK(a->peer_shrinkable && !a->write_combined && a->fd >= 0 && a->fd_offset == 0);
	shm_close(a);
	CHECK_EQ(((volatile uint8_t *)b->base)[2 * MIB - 1], 77);
	shm_close(b);
	shm_close(NULL);
}

static void no_descriptor_stays_behind(void)
{
	const char *path = scratch_file("plain", MIB);
	int before = dup(0), after;
	struct shm *shm;

	close(before);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(open_path(&shm, path), 0);
		shm_close(shm);
		CHECK(open_path(&shm, scratch_file("small", 4096)) < 0);
	}
	after = dup(0);
	close(after);
	CHECK_EQ(after, before);
}

static void truncation_is_seen(void)
{
	const char *path = scratch_file("shrinking", 4 * MIB);
	struct shm *shm;

	CHECK_EQ(open_path(&shm, path), 0);
	CHECK_EQ(shm_current_size(shm), 4 * MIB);
	CHECK_EQ(truncate(path, MIB), 0);
	CHECK_EQ(shm_current_size(shm), MIB);
	shm_close(shm);
}

static void sizes_are_checked(void)
{
	refused(scratch_file("empty", 0), -EINVAL, "0 bytes");
	refused(scratch_file("small", MIB - 1), -EINVAL, "1048575 bytes");
	CHECK_CONTAINS(err.text, "64 MiB");
	struct shm_params params = { .path = scratch_file("small", 4096), .want = 100 * MIB };
	struct shm *shm = NULL;
	CHECK_EQ(shm_open_region(&shm, &params, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "128 MiB");
}

static void a_huge_file_is_no_crash(void)
{
	const char *path = scratch_path("huge");
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	bool made = ftruncate(fd, INT64_MAX) == 0;

	close(fd);
	if (!made)
		test_skip("this file system has no files of 8 EiB");
	refused(path, -ENOMEM, "mapping its");
	unlink(path);
}

static void odd_sizes_open(void)
{
	struct shm *shm;
	char notice[256];

	CHECK_EQ(open_path(&shm, scratch_file("odd", 3 * MIB + 12345)), 0);
	CHECK_EQ(shm->size, 3 * MIB + 12345);
	CHECK(!shm_small_notice(shm, 3 * MIB, notice, sizeof(notice)));
	CHECK(shm_small_notice(shm, 33 * MIB, notice, sizeof(notice)));
	CHECK_CONTAINS(notice, "64 MiB would do");
	CHECK_CONTAINS(notice, shm->name);
	shm_close(shm);
}

static void other_things_are_refused(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	mkfifo(scratch_path("fifo"), 0600);
	mkdir(scratch_path("directory"), 0700);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", scratch_path("socket"));
	CHECK_EQ(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	close(fd);
	CHECK_EQ(symlink("/no/such/place", scratch_path("dangling")), 0);
	CHECK_EQ(symlink(scratch_file("plain", MIB), scratch_path("link")), 0);

	refused(scratch_path("fifo"), -EINVAL, "is a FIFO");
	refused(scratch_path("directory"), -EINVAL, "is a directory");
	refused(scratch_path("socket"), -EINVAL, "is a socket");
	refused(scratch_path("dangling"), -ENOENT,
		"a link to /no/such/place, which does not exist");
	refused(scratch_path("absent"), -ENOENT, "does not exist");
	refused("/dev/null", -EINVAL, "is a device");
	refused(scratch_path("plain/below"), -ENOTDIR, "Not a directory");
}

static void a_link_to_a_file_opens(void)
{
	struct shm *shm;

	scratch_file("target", MIB);
	CHECK_EQ(symlink("target", scratch_path("to-target")), 0);
	CHECK_EQ(open_path(&shm, scratch_path("to-target")), 0);
	shm_close(shm);
}

/* In a child that is nobody: the words name owner, mode and what to type. */
static void permission_is_explained(void)
{
	const char *path = scratch_file("private", MIB);

	if (geteuid() != 0)
		test_skip("only root can become somebody else");
	chmod(scratch, 0755);
	chmod(path, 0640);
	pid_t child = fork();
	if (child == 0) {
		struct shm *shm;
		int result = setgid(65534) || setuid(65534) ? 0 : open_path(&shm, path);
		bool good = result == -EACCES &&
			    strstr(err.text, "user 0, group 0 with mode 0640") &&
			    strstr(err.text, "you are user 65534") &&
			    strstr(err.text, "setfacl -m u:65534:rw /");
		printf("# %s\n", err.text);
		fflush(stdout);
		_exit(good ? 0 : 1);
	}
	int status = 1;
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
}

static void creating_reserves_the_memory(void)
{
	struct shm_params params = { .path = scratch_path("fresh"), .create = 2 * MIB };
	struct shm *shm;
	struct stat st;

	CHECK_EQ(shm_open_region(&shm, &params, &err), 0);
	CHECK_EQ(shm->size, 2 * MIB);
	CHECK_EQ(fstat(shm->fd, &st), 0);
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK(st.st_blocks * 512 >= 2 * MIB);
	shm_close(shm);

	params.create = 8 * MIB; /* there already: opened as it is */
	CHECK_EQ(shm_open_region(&shm, &params, &err), 0);
	CHECK_EQ(shm->size, 2 * MIB);
	shm_close(shm);
}

static void creating_without_room_leaves_nothing(void)
{
	struct shm_params params = { .path = scratch_path("too-much"), .create = 1ull << 50 };
	struct shm *shm = NULL;
	int result = shm_open_region(&shm, &params, &err);

	printf("# %s\n", err.text);
	CHECK(result == -ENOSPC || result == -EFBIG);
	CHECK_CONTAINS(err.text, "too-much");
	CHECK(result != -ENOSPC || strstr(err.text, "no room for 1073741824 MiB"));
	CHECK_EQ(access(params.path, F_OK), -1);
}

static void creating_wants_powers_of_two(void)
{
	static const uint64_t sizes[] = { 1, MIB - 1, 3 * MIB, 1ull << 63, UINT64_MAX };
	struct shm *shm = NULL;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct shm_params params = { .path = scratch_path("bad-size"), .create = sizes[i] };
		CHECK_EQ(shm_open_region(&shm, &params, &err), -EINVAL);
		CHECK_CONTAINS(err.text, "MiB would do");
		CHECK_EQ(access(params.path, F_OK), -1);
	}
}

static void a_regular_kvmfr_is_the_trap(void)
{
	struct shm *shm = NULL;

	refused(scratch_file("trap/dev/kvmfr0", 64 * MIB), -EINVAL, "modprobe kvmfr");
	CHECK_EQ(open_below(&shm, SHM_CONSUMER, "trap"), -EINVAL);
	CHECK_CONTAINS(err.text, "QEMU created it");
	refused(scratch_path("trap/dev/kvmfr7"), -ENOENT, "modprobe kvmfr");
}

static void another_device_is_no_kvmfr(void)
{
	CHECK_EQ(symlink("/dev/null", scratch_path("other/dev/kvmfr0")), 0);
	refused(scratch_path("other/dev/kvmfr0"), -ENOTTY, "no kvmfr device");
}

static void places_are_searched_in_order(void)
{
	struct shm *shm = NULL;

	mkdir(scratch_path("root"), 0700);
	CHECK_EQ(open_below(&shm, SHM_CONSUMER, "root"), -ENOENT);
	CHECK_CONTAINS(err.text, "/dev/shm/looking-glass");
	CHECK_EQ(open_below(&shm, SHM_PRODUCER, "root"), -ENOENT);
	CHECK_CONTAINS(err.text, "ivshmem");
	scratch_file("root/dev/shm/looking-glass", MIB);
	CHECK_EQ(open_below(&shm, SHM_CONSUMER, "root"), 0);
	CHECK_CONTAINS(shm->name, "looking-glass");
	shm_close(shm);
	scratch_file("root/dev/shm/oriel", MIB);
	CHECK_EQ(open_below(&shm, SHM_CONSUMER, "root"), 0);
	CHECK_CONTAINS(shm->name, "oriel");
	shm_close(shm);
}

static const struct test_case cases[] = {
	TEST(a_file_is_shared),
	TEST(no_descriptor_stays_behind),
	TEST(truncation_is_seen),
	TEST(sizes_are_checked),
	TEST(a_huge_file_is_no_crash),
	TEST(odd_sizes_open),
	TEST(other_things_are_refused),
	TEST(a_link_to_a_file_opens),
	TEST(permission_is_explained),
	TEST(creating_reserves_the_memory),
	TEST(creating_without_room_leaves_nothing),
	TEST(creating_wants_powers_of_two),
	TEST(a_regular_kvmfr_is_the_trap),
	TEST(another_device_is_no_kvmfr),
	TEST(places_are_searched_in_order),
};

int main(int argc, char **argv)
{
	scratch_create(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
