/* dma-bufs of shared memory. The devices are made up: ioctl() is ours, and says what the kernel's
 * would. The real /dev/udmabuf is asked wherever there is one. */
#include <assert.h>
#include <errno.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "scratch.h"
#include "shm/shm.h"
#include "shm/udmabuf.h"

/* As the module's documents have it, written down a second time. By chance both devices give one
 * number to what makes a dma-buf; the arguments differ. */
#define KVMFR_GETSIZE 0x00007544u
#define KVMFR_CREATE  0x40187542u

static struct err err;

/* ---- made-up devices ---- */

static struct {
	bool on;
	bool is_kvmfr;
	int refuse; /* this errno */
	unsigned calls;
	uint64_t flags, offset, size;
	int memfd;
} fake;

static int answer(uint64_t flags, uint64_t offset, uint64_t size)
{
	fake.calls++;
	fake.flags = flags;
	fake.offset = offset;
	fake.size = size;
	if (!fake.refuse)
		return memfd_create("dma-buf", MFD_CLOEXEC);
	errno = fake.refuse;
	return -1;
}

static int fake_ioctl(unsigned long request, const void *argument)
{
	const struct udmabuf_create *wanted = argument;

	static_assert(UDMABUF_CREATE == KVMFR_CREATE, "one case for both");
	if (fake.is_kvmfr && request == KVMFR_GETSIZE)
		return 4 * MIB;
	if (request != KVMFR_CREATE) {
		errno = ENOTTY;
		return -1;
	}
	fake.memfd = (int)wanted->memfd;
	return answer(fake.is_kvmfr ? *(const uint8_t *)argument : wanted->flags, wanted->offset,
		      wanted->size);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;

	va_start(list, request);
	void *argument = va_arg(list, void *);
	va_end(list);
	return fake.on ? fake_ioctl(request, argument)
		       : (int)syscall(SYS_ioctl, fd, request, argument);
}

static void fake_begin(int refuse)
{
	memset(&fake, 0, sizeof(fake));
	fake.on = true;
	fake.refuse = refuse;
}

/* A root with /dev/udmabuf and its limit of 64 MiB. */
static const char *devices(void)
{
	scratch_file("root/dev/udmabuf", 0);
	scratch_text("root/sys/module/udmabuf/parameters/size_limit_mb", "64\n");
	return scratch_path("root");
}

static int sealed(unsigned seals)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK_EQ(ftruncate(fd, 2 * MIB), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* ---- udmabuf ---- */

static void a_sealed_memfd_becomes_one(void)
{
	int fd = sealed(F_SEAL_SHRINK);

	fake_begin(0);
	int dmabuf = udmabuf_create(devices(), "memory", fd, 8192, 4096, &err);
	CHECK(dmabuf >= 0);
	CHECK_EQ(fake.calls, 1);
	CHECK_EQ(fake.memfd, fd);
	CHECK_EQ(fake.flags, UDMABUF_FLAGS_CLOEXEC);
	CHECK_EQ(fake.offset, 8192);
	CHECK_EQ(fake.size, 4096);
	close(dmabuf), close(fd);
}

static void refused(const char *root, int fd, uint64_t size, int code, const char *words)
{
	CHECK_EQ(udmabuf_create(root, "memory", fd, 0, size, &err), code);
	printf("# %s\n", err.text);
	CHECK_EQ(err.code, code);
	CHECK_CONTAINS(err.text, words);
}

static void other_memory_is_refused(void)
{
	int unsealed = sealed(0), readonly = sealed(F_SEAL_SHRINK | F_SEAL_WRITE);
	int file = open(scratch_file("plain", MIB), O_RDWR);

	fake_begin(0);
	refused(devices(), unsealed, 4096, -ENOTSUP, "memory is no sealed memfd");
	refused(devices(), file, 4096, -ENOTSUP, "oriel shmd");
	refused(devices(), readonly, 4096, -ENOTSUP, "sealed against writing");
	CHECK_EQ(fake.calls, 0);
	close(unsealed), close(readonly), close(file);
}

static void a_kernel_without_it_is_named(void)
{
	int fd = sealed(F_SEAL_SHRINK);

	fake_begin(0);
	refused(scratch_path("bare"), fd, 4096, -ENOTSUP, "/dev/udmabuf does not exist");
	CHECK_CONTAINS(err.text, "modprobe udmabuf");
	close(fd);
}

static void its_limit_is_named(void)
{
	int fd = sealed(F_SEAL_SHRINK);

	fake_begin(EINVAL);
	refused(devices(), fd, 65 * MIB, -EFBIG, "echo 65 | sudo tee");
	CHECK_CONTAINS(err.text, "the kernel allows 64");
	CHECK_CONTAINS(err.text, "/sys/module/udmabuf/parameters/size_limit_mb");
	refused(devices(), fd, 64 * MIB, -EINVAL, "Invalid argument");
	fake_begin(ENOMEM);
	refused(devices(), fd, 65 * MIB, -ENOMEM, "memory: making a dma-buf");
	close(fd);
}

/* In a child that is nobody. */
static void permission_is_explained(void)
{
	const char *root = devices();
	int fd = sealed(F_SEAL_SHRINK), status = 1;

	if (geteuid() != 0)
		test_skip("only root can become somebody else");
	chmod(scratch, 0755), chmod(scratch_path("root"), 0755);
	chmod(scratch_path("root/dev"), 0755);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		int result = setgid(65534) || setuid(65534)
				     ? 0
				     : udmabuf_create(root, "memory", fd, 0, 4096, &err);
		printf("# %s\n", err.text);
		fflush(stdout);
		_exit(result == -EACCES && strstr(err.text, "/dev/udmabuf may not be opened") ? 0
											      : 1);
	}
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
	close(fd);
}

/* ---- regions ---- */

static void only_whole_pages_inside_the_region(void)
{
	static const struct {
		uint64_t offset, length;
	} bad[] = { { 0, 0 },
		    { 4095, 4096 },
		    { 0, 4097 },
		    { 2 * MIB, 4096 },
		    { 4096, 2 * MIB },
		    { UINT64_MAX - 4095, 4096 },
		    { 4096, UINT64_MAX - 4095 } };
	struct shm *shm;

	fake_begin(0);
	CHECK_EQ(shm_create_memfd(&shm, "oriel", 2 * MIB, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK_EQ(shm_dmabuf(shm, bad[i].offset, bad[i].length, &err), -EINVAL);
		CHECK_CONTAINS(err.text, "no whole pages");
	}
	CHECK_EQ(fake.calls, 0);
	shm_close(shm);
}

static void a_plain_file_cannot(void)
{
	struct shm_params params = { .path = scratch_file("plain", MIB) };
	struct shm *shm;

	CHECK_EQ(shm_open_region(&shm, &params, &err), 0);
	CHECK_EQ(shm_dmabuf(shm, 0, 4096, &err), -ENOTSUP);
	CHECK_CONTAINS(err.text, "plain is no sealed memfd");
	CHECK_EQ(shm_dmabuf(shm, 0, 4096, NULL), -ENOTSUP);
	shm_close(shm);
}

static void kvmfr_makes_its_own(void)
{
	struct shm_params params = { .path = scratch_path("fake/dev/kvmfr0") };
	struct shm *shm;

	/* Memory that can be mapped, behind a name and calls of the module's. */
	CHECK_EQ(symlink("/dev/zero", params.path), 0);
	fake_begin(0);
	fake.is_kvmfr = true;
	CHECK_EQ(shm_open_region(&shm, &params, &err), 0);
	CHECK_EQ(shm->size, 4 * MIB);
	int dmabuf = shm_dmabuf(shm, MIB, 3 * MIB, &err);
	CHECK(dmabuf >= 0);
	CHECK_EQ(fake.flags, 1);
	CHECK_EQ(fake.offset, MIB);
	CHECK_EQ(fake.size, 3 * MIB);
	close(dmabuf);
	fake.refuse = ENOTTY;
	CHECK_EQ(shm_dmabuf(shm, 0, 4096, &err), -ENOTTY);
	CHECK_CONTAINS(err.text, "kvmfr0: making a dma-buf");
	shm_close(shm);
}

/* ---- the real thing ---- */

static void the_real_device_shares_pages(void)
{
	struct shm *shm;

	memset(&fake, 0, sizeof(fake));
	CHECK_EQ(shm_create_memfd(&shm, "oriel", 2 * MIB, &err), 0);
	int fd = shm_dmabuf(shm, 8192, 8192, &err);
	if (fd < 0) {
		shm_close(shm);
		CHECK(fd == -ENOTSUP || fd == -EACCES);
		test_skip("%.200s", err.text);
	}
	((volatile uint8_t *)shm->base)[8192 + 5] = 77;
	volatile uint8_t *seen = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(seen != MAP_FAILED);
	CHECK_EQ(seen[5], 77);
	((volatile uint8_t *)shm->base)[8192 + 5] = 78;
	CHECK_EQ(seen[5], 78);
	CHECK_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	munmap((void *)seen, 8192);
	close(fd);
	shm_close(shm);
}

static const struct test_case cases[] = {
	TEST(a_sealed_memfd_becomes_one),   TEST(other_memory_is_refused),
	TEST(a_kernel_without_it_is_named), TEST(its_limit_is_named),
	TEST(permission_is_explained),      TEST(only_whole_pages_inside_the_region),
	TEST(a_plain_file_cannot),          TEST(kvmfr_makes_its_own),
	TEST(the_real_device_shares_pages),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
