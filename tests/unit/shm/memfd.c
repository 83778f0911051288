/* Memory without a name, ours and handed in. */
#include <errno.h>
#include <sys/mman.h>

#include "scratch.h"
#include "shm/shm.h"

static struct err err;

static void fresh_memory_is_sealed(void)
{
	struct shm *shm;

	CHECK_EQ(shm_create_memfd(&shm, "oriel", 2 * MIB, &err), 0);
	CHECK_EQ(shm->size, 2 * MIB);
	CHECK(!shm->peer_shrinkable);
	CHECK_EQ(fcntl(shm->fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	CHECK_EQ(ftruncate(shm->fd, 4096), -1);
	CHECK_EQ(ftruncate(shm->fd, 4 * MIB), -1);
	CHECK_EQ(fcntl(shm->fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	CHECK_EQ(shm_current_size(shm), 2 * MIB);
	CHECK_EQ(((uint8_t *)shm->base)[2 * MIB - 1], 0);
	shm_close(shm);
}

static void a_descriptor_is_duplicated(void)
{
	struct shm *a, *b;

	CHECK_EQ(shm_create_memfd(&a, "oriel", MIB, &err), 0);
	CHECK_EQ(shm_open_fd(&b, a->fd, &err), 0);
	CHECK(a->fd != b->fd && !b->peer_shrinkable);
	((volatile uint8_t *)a->base)[5] = 5;
	shm_close(a);
	CHECK_EQ(((volatile uint8_t *)b->base)[5], 5);
	shm_close(b);
}

/* QEMU's own memory is found that way. */
static void a_name_below_proc_leads_to_one(void)
{
	struct shm *a, *b;
	char path[64];

	CHECK_EQ(shm_create_memfd(&a, "oriel", MIB, &err), 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), a->fd);
	CHECK_EQ(shm_open_region(&b, &(struct shm_params){ .path = path }, &err), 0);
	CHECK(!b->peer_shrinkable);
	((volatile uint8_t *)a->base)[5] = 5;
	CHECK_EQ(((volatile uint8_t *)b->base)[5], 5);
	shm_close(a);
	shm_close(b);
}

static void an_unsealed_one_may_shrink(void)
{
	int fd = memfd_create("plain", MFD_CLOEXEC);
	struct shm *shm;

	CHECK_EQ(ftruncate(fd, 2 * MIB), 0);
	CHECK_EQ(shm_open_fd(&shm, fd, &err), 0);
	CHECK(shm->peer_shrinkable);
	CHECK_EQ(ftruncate(fd, MIB), 0);
	CHECK_EQ(shm_current_size(shm), MIB);
	close(fd);
	shm_close(shm);
}

static void wrong_descriptors_are_refused(void)
{
	int ends[2], fd = memfd_create("small", MFD_CLOEXEC);
	struct shm *shm = NULL;

	CHECK_EQ(shm_open_fd(&shm, -1, &err), -EBADF);
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(shm_open_fd(&shm, ends[0], &err), -EINVAL);
	CHECK_CONTAINS(err.text, "is no memory");
	CHECK_EQ(shm_open_fd(&shm, fd, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "0 bytes");
	CHECK_EQ(ftruncate(fd, 2 * MIB), 0);
	int reader = open(scratch_file("readable", MIB), O_RDONLY);
	CHECK_EQ(shm_open_fd(&shm, reader, &err), -EACCES);
	CHECK(shm == NULL);
	close(ends[0]), close(ends[1]), close(fd), close(reader);
}

static void wrong_sizes_are_refused(void)
{
	struct shm *shm = NULL;

	CHECK_EQ(shm_create_memfd(&shm, "oriel", 0, &err), -EINVAL);
	CHECK_EQ(shm_create_memfd(&shm, "oriel", UINT64_MAX, &err), -EFBIG);
	CHECK_EQ(shm_create_memfd(&shm, "oriel", MIB / 2, NULL), -EINVAL);
	CHECK(shm == NULL);
}

static const struct test_case cases[] = {
	TEST(fresh_memory_is_sealed),         TEST(a_descriptor_is_duplicated),
	TEST(a_name_below_proc_leads_to_one), TEST(an_unsealed_one_may_shrink),
	TEST(wrong_descriptors_are_refused),  TEST(wrong_sizes_are_refused),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
