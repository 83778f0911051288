/* Waking: futex between processes, eventfds, the doorbell's one store. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/thread.h"
#include "scratch.h"
#include "shm/wake.h"
#include "shm/wake_doorbell.h"

/* ---- boot id ---- */

static void a_boot_id_is_read(void)
{
	struct wake_boot_id id = { { 9 } };

	CHECK(wake_boot_id_parse("01234567-89ab-cdef-0011-2233445566ff\n", &id));
	CHECK_EQ(id.bytes[0], 0x01);
	CHECK_EQ(id.bytes[7], 0xef);
	CHECK_EQ(id.bytes[15], 0xff);
	CHECK(wake_boot_id_parse("01234567-89ab-cdef-0011-2233445566ff", &id));
}

static void a_bad_boot_id_is_refused(void)
{
	static const char *const texts[] = {
		"",
		"\n",
		"0",
		"01234567-89ab-cdef-0011-2233445566f",
		"01234567-89ab-cdef-0011-2233445566fff",
		"01234567-89ab-cdef-0011-2233445566fg",
		"0123456789ab-cdef-0011-2233445566ff00",
		"01234567089ab-cdef-0011-2233445566ff",
		"01234567-89ab-cdef-0011-2233445566ff\nx",
	};
	struct wake_boot_id id = { { 7 } };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		CHECK(!wake_boot_id_parse(texts[i], &id));
	CHECK_EQ(id.bytes[0], 7);
}

static void only_known_kernels_are_the_same(void)
{
	struct wake_boot_id unknown = { { 0 } }, a = { { 1 } }, b = { { 2 } },
			    here = wake_boot_id();

	CHECK(!wake_same_kernel(&unknown, &unknown));
	CHECK(!wake_same_kernel(&a, &b));
	CHECK(!wake_same_kernel(&a, &unknown));
	CHECK(wake_same_kernel(&a, &a));
	if (access("/proc/sys/kernel/random/boot_id", R_OK) == 0) {
		struct wake_boot_id again = wake_boot_id();
		CHECK(wake_same_kernel(&here, &again));
	}
}

/* ---- futex ---- */

/* A page that the caller maps twice, at two addresses, as two processes would. */
struct pages {
	_Atomic uint32_t *a, *b;
};

static struct pages map_twice(void)
{
	int fd = memfd_create("wake", MFD_CLOEXEC);
	struct pages pages;

	CHECK_EQ(ftruncate(fd, 4096), 0);
	pages.a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pages.b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	CHECK(pages.a != MAP_FAILED && pages.b != MAP_FAILED);
	return pages;
}

static void unmap(struct pages *pages)
{
	munmap((void *)pages->a, 4096);
	munmap((void *)pages->b, 4096);
}

static int wait_for(_Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns)
{
	struct wake_word list = { word, seen };

	return wake_wait(&list, 1, timeout_ns);
}

static void a_changed_word_does_not_sleep(void)
{
	_Atomic uint32_t word = 5;
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 10; i++) {
		uint64_t start = clock_ns();
		CHECK_EQ(wait_for(&word, 4, WAKE_WAIT_MAX_NS), 0);
		uint64_t took = clock_ns() - start;
		best = took < best ? took : best;
	}
	CHECK(best < WAKE_WAIT_MAX_NS / 2);
}

static void nobody_waits_without_a_limit(void)
{
	_Atomic uint32_t word = 5, other = 0;
	uint64_t start = clock_ns();
	struct wake_word both[] = { { &word, 5 }, { &other, 0 } };

	CHECK_EQ(wait_for(&word, 5, 3600 * NS_PER_S), WAKE_E_TIMEOUT);
	CHECK_EQ(wake_wait(both, 2, UINT64_MAX), WAKE_E_TIMEOUT);
	uint64_t took = clock_ns() - start;
	CHECK(took >= 2 * WAKE_WAIT_MAX_NS - 20 * NS_PER_MS);
	CHECK(took < 20 * WAKE_WAIT_MAX_NS);
	CHECK_EQ(wait_for(&word, 5, 0), WAKE_E_TIMEOUT);
}

static void wrong_addresses_are_errors(void)
{
	_Atomic uint32_t words[2] = { 0 };
	struct pages pages = map_twice();

	CHECK_EQ(wait_for((void *)((char *)words + 1), 0, NS_PER_MS), -EINVAL);
	munmap((void *)pages.b, 4096);
	CHECK_EQ(wait_for(pages.b, 0, NS_PER_MS), -EFAULT);
	munmap((void *)pages.a, 4096);
}

/* For how long this thread has been ready to run, and did not. 0 where the kernel does not tell. */
static uint64_t starved_ns(void)
{
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	uint64_t waited = 0;

	if (file && fscanf(file, "%*u %" SCNu64, &waited) != 1)
		waited = 0;
	if (file)
		fclose(file);
	return waited;
}

/* As wake_wait(). `slept`: to the end, though somebody rang before it: nobody woke it, and that it
 * was rung shows by the word only. What a busy machine took of the time does not count. */
static int wait_well(const struct wake_word *words, size_t count, bool *slept)
{
	uint64_t start = clock_ns(), starved = starved_ns();
	int result = wake_wait(words, count, WAKE_WAIT_MAX_NS);
	uint64_t end = clock_ns();

	starved = starved_ns() - starved;
	*slept = result == 0 && end - start >= starved + WAKE_WAIT_MAX_NS / 10 * 9;
	return result;
}

/* That a ring comes in the last moment happens now and then. */
enum { SLEPT_MAX = 4 };

static unsigned sleep_through(_Atomic uint32_t *word, uint32_t seen)
{
	const struct wake_word list = { word, seen };
	bool slept;
	int result = wait_well(&list, 1, &slept);

	return result == 0 || result == WAKE_E_TIMEOUT ? slept : SLEPT_MAX;
}

/* The other side: answers each ring, through the other mapping. How often it slept through one. */
static int answer(struct pages *pages, uint32_t count)
{
	_Atomic uint32_t *ping = &pages->b[0], *pong = &pages->b[16];
	unsigned slept = 0;

	for (uint32_t seen = 0; seen < count && slept < SLEPT_MAX;) {
		slept += sleep_through(ping, seen);
		uint32_t now = atomic_load(ping);
		if (now == seen)
			continue;
		seen = now;
		wake_ring(pong);
	}
	return (int)slept;
}

/* Were the futex private to a mapping, the answers would come by time-out only. */
static unsigned play(uint32_t count)
{
	struct pages pages = map_twice();
	unsigned late = 0;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(answer(&pages, count));
	}
	for (uint32_t i = 0; i < count; i++) {
		CHECK_EQ(wake_ring(&pages.a[0]), 0);
		while (atomic_load(&pages.a[16]) == i && late < SLEPT_MAX)
			late += sleep_through(&pages.a[16], i);
	}
	int status = -1;
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	unmap(&pages);
	return late + (unsigned)WEXITSTATUS(status);
}

static void processes_wake_each_other(void)
{
	CHECK(play(2000) < SLEPT_MAX);
}

enum { FIVE = 5, TRIES = 10, LATE = 30 };

/* How many of five it woke; the others slept on. */
static unsigned ring_once(void)
{
	struct pages pages = map_twice();
	pid_t children[FIVE];
	unsigned woken = 0;
	int status;

	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			const struct wake_word list = { &pages.b[0], 0 };
			bool slept = false;
			atomic_fetch_add(&pages.b[1], 1);
			for (int turn = 0; turn < 25 && atomic_load(&pages.b[0]) == 0; turn++)
				wait_well(&list, 1, &slept);
			_exit(slept);
		}
	}
	while (atomic_load(&pages.a[1]) < ARRAY_LEN(children))
		clock_sleep(NS_PER_MS);
	clock_sleep(30 * NS_PER_MS);
	wake_ring(&pages.a[0]);
	for (size_t i = 0; i < ARRAY_LEN(children); i++) {
		CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
		woken += status == 0;
	}
	unmap(&pages);
	return woken;
}

/* On a busy machine somebody's time may be over just then. */
static void one_ring_wakes_everybody(void)
{
	unsigned woken = ring_once();

	for (int more = 0; more < 4 && woken < FIVE; more++)
		woken = ring_once();
	CHECK_EQ(woken, FIVE);
}

static void *nudge_often(void *data)
{
	for (int i = 0; i < 5; i++) {
		clock_sleep(20 * NS_PER_MS);
		wake_nudge(data);
	}
	return NULL;
}

/* The nudger may come to run only when the time is over. */
static void a_nudge_changes_nothing(void)
{
	_Atomic uint32_t word = 3;
	int result = WAKE_E_TIMEOUT;

	for (int i = 0; i < TRIES && result == WAKE_E_TIMEOUT; i++) {
		pthread_t thread;
		CHECK_EQ(thread_start(&thread, "nudger", nudge_often, (void *)&word), 0);
		result = wait_for(&word, 3, WAKE_WAIT_MAX_NS);
		pthread_join(thread, NULL);
	}
	CHECK_EQ(result, 0);
	CHECK_EQ(word, 3);
}

/* ---- two words at once ---- */

static void *ring_later(void *data)
{
	clock_sleep(20 * NS_PER_MS);
	wake_ring(data);
	return NULL;
}

static int interrupt_one(void)
{
	_Atomic uint32_t shared = 0, own = 0;
	struct wake_word both[] = { { &shared, 0 }, { &own, 0 } };
	pthread_t thread;

	if (thread_start(&thread, "ringer", ring_later, (void *)&own) < 0)
		return 20;
	bool slept;
	int result = wait_well(both, 2, &slept);
	pthread_join(thread, NULL);
	return result == 0 && slept                    ? LATE
	       : result == 0 && atomic_load(&own) == 1 ? 0
						       : 10 + result;
}

/* The ringer may come to run only when the time is over. */
static int interrupt_a_wait(void)
{
	int result = interrupt_one();

	for (int more = 1; more < TRIES && (result == 10 + WAKE_E_TIMEOUT || result == LATE);
	     more++)
		result = interrupt_one();
	return result;
}

static void a_wait_can_be_interrupted(void)
{
	CHECK_EQ(interrupt_a_wait(), 0);
}

static int forbid_waitv(int failed)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)failed),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_LEN(rules), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

/* A kernel that does not know the call, a sandbox that does not allow it. */
static void old_kernels_can_be_interrupted_too(void)
{
	static const int errors[] = { ENOSYS, EPERM };

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		int status;
		pid_t child = fork();
		if (child == 0)
			_exit(forbid_waitv(errors[i]) < 0 ? 77 : interrupt_a_wait());
		CHECK_EQ(waitpid(child, &status, 0), child);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			test_skip("no seccomp here");
		CHECK_EQ(status, 0);
	}
}

/* ---- eventfd ---- */

static void rings_are_counted(void)
{
	int fd = wake_eventfd();

	CHECK(fd >= 0);
	CHECK_EQ(wake_eventfd_clear(fd), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(wake_eventfd_ring(fd), 0);
	CHECK_EQ(wake_eventfd_clear(fd), 3);
	CHECK_EQ(wake_eventfd_clear(fd), 0);
	CHECK_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void a_full_bell_does_not_block(void)
{
	int fd = wake_eventfd();
	uint64_t most = UINT64_MAX - 1;

	CHECK_EQ(write(fd, &most, sizeof(most)), sizeof(most));
	CHECK_EQ(wake_eventfd_ring(fd), -EAGAIN);
	CHECK_EQ(wake_eventfd_clear(fd), most);
	close(fd);
}

/* ---- doorbell ---- */

#define DEVICE "sys/bus/pci/devices/0000:00:04.0/"

static uint32_t register_at(off_t at)
{
	uint32_t value = 0xdead;
	int fd = open(scratch_path(DEVICE "resource0"), O_RDONLY);

	CHECK_EQ(pread(fd, &value, sizeof(value), at), sizeof(value));
	close(fd);
	return value;
}

static int open_doorbell(struct wake_doorbell *out, const char *name, struct err *err)
{
	struct shm memory = { .size = 0 };

	snprintf(memory.name, sizeof(memory.name), "%s", name);
	int result = wake_doorbell_open(out, &memory, scratch, err);
	if (result == 0)
		CHECK_EQ(wake_doorbell_listen(out, &memory, err), -ENOTSUP);
	return result;
}

static void the_doorbell_is_one_store(void)
{
	struct wake_doorbell bell = { 0 };
	struct err err;
	char text[8] = "";
	uint32_t id = 513;

	scratch_text(DEVICE "enable", "0\n");
	scratch_file(DEVICE "resource1", 4096);
	int fd = open(scratch_file(DEVICE "resource0", 4096), O_RDWR);
	CHECK_EQ(pwrite(fd, &id, sizeof(id), 8), sizeof(id));
	close(fd);
	CHECK_EQ(open_doorbell(&bell, "00:04.0", &err), 0);
	CHECK_EQ(bell.id, 513);
	CHECK(!bell.vfio);
	fd = open(scratch_path(DEVICE "enable"), O_RDONLY);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	CHECK_EQ(text[0], '1');
	wake_doorbell_ring(&bell, wake_doorbell_of(7, 3));
	CHECK_EQ(register_at(12), 0x00070003);
	CHECK_EQ(register_at(8), 513);
	CHECK_EQ(register_at(16), 0);
	wake_doorbell_ring(&bell, wake_doorbell_of(65535, 65535));
	CHECK_EQ(register_at(12), 0xffffffff);
	wake_doorbell_close(&bell);
	wake_doorbell_close(&bell);
}

static void a_plain_device_has_no_doorbell(void)
{
	struct wake_doorbell bell = { .id = 99 };
	struct err err;

	scratch_text("sys/bus/pci/devices/0000:00:05.0/enable", "0\n");
	scratch_file("sys/bus/pci/devices/0000:00:05.0/resource0", 4096);
	CHECK_EQ(open_doorbell(&bell, "0000:00:05.0", &err), -ENODEV);
	CHECK_CONTAINS(err.text, "ivshmem-doorbell");
	CHECK_EQ(open_doorbell(&bell, "0000:00:06.0", &err), -ENODEV);
	CHECK_EQ(open_doorbell(&bell, "/dev/shm/x", &err), -EINVAL);
	CHECK_EQ(bell.id, 99);
}

static const struct test_case cases[] = {
	TEST(a_boot_id_is_read),
	TEST(a_bad_boot_id_is_refused),
	TEST(only_known_kernels_are_the_same),
	TEST(a_changed_word_does_not_sleep),
	TEST(nobody_waits_without_a_limit),
	TEST(wrong_addresses_are_errors),
	TEST(processes_wake_each_other),
	TEST(one_ring_wakes_everybody),
	TEST(a_nudge_changes_nothing),
	TEST(a_wait_can_be_interrupted),
	TEST(old_kernels_can_be_interrupted_too),
	TEST(rings_are_counted),
	TEST(a_full_bell_does_not_block),
	TEST(the_doorbell_is_one_store),
	TEST(a_plain_device_has_no_doorbell),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
