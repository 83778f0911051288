#include "shm/wake.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_TEXT 36

static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t), "the kernel compares plain words");

/* ---- who shares a kernel ---- */

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wake_boot_id_parse(const char *text, struct wake_boot_id *out)
{
	struct wake_boot_id id = { { 0 } };
	unsigned digits = 0;
	size_t length = strcspn(text, "\n");

	if (length != BOOT_ID_TEXT || (text[length] && text[length + 1]))
		return false;
	for (size_t i = 0; i < length; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		int value = digit_value(text[i]);
		if (dash ? text[i] != '-' : value < 0)
			return false;
		if (dash)
			continue;
		id.bytes[digits / 2] = (uint8_t)(id.bytes[digits / 2] << 4 | value);
		digits++;
	}
	*out = id;
	return true;
}

struct wake_boot_id wake_boot_id(void)
{
	struct wake_boot_id id = { { 0 } };
	char text[BOOT_ID_TEXT + 8] = "";
	int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return id;
	if (read(fd, text, sizeof(text) - 1) > 0)
		wake_boot_id_parse(text, &id);
	close(fd);
	return id;
}

bool wake_same_kernel(const struct wake_boot_id *a, const struct wake_boot_id *b)
{
	static const struct wake_boot_id unknown;

	return memcmp(a, &unknown, sizeof(unknown)) && !memcmp(a, b, sizeof(*a));
}

/* ---- futex ---- */

int wake_ring(_Atomic uint32_t *word)
{
	/* Release: partner is the acquire load in differs(), or the kernel's own comparison under
	 * the lock of its queue: whoever sleeps is found, whoever comes later does not sleep. */
	atomic_fetch_add_explicit(word, 1, memory_order_release);
	return wake_nudge(word);
}

int wake_nudge(_Atomic uint32_t *word)
{
	return syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) < 0 ? -errno : 0;
}

static bool differs(const struct wake_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (atomic_load_explicit(words[i].word, memory_order_acquire) != words[i].seen)
			return true;
	return false;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) };
}

static long wait_one(const struct wake_word *word, uint64_t deadline)
{
	struct timespec until = timespec_of(deadline);

	/* The bitset form is the one that takes a point in time. */
	return syscall(SYS_futex, word->word, FUTEX_WAIT_BITSET, word->seen, &until, NULL,
		       FUTEX_BITSET_MATCH_ANY);
}

static long wait_any(const struct wake_word *words, size_t count, uint64_t deadline)
{
	struct futex_waitv list[WAKE_WORDS_MAX] = { 0 };
	struct timespec until = timespec_of(deadline);

	for (size_t i = 0; i < count; i++) {
		list[i].val = words[i].seen;
		list[i].uaddr = (uintptr_t)words[i].word;
		list[i].flags = FUTEX_32;
	}
	return syscall(SYS_futex_waitv, list, count, 0, &until, CLOCK_MONOTONIC);
}

/* Kernels before 5.16, and sandboxes that do not know the call, wait on one word only: then the
 * first is the one that matters, and the others are looked at now and then. */
#define NAP_NS (4 * NS_PER_MS)

static long wait_in_naps(const struct wake_word *words, size_t count, uint64_t deadline)
{
	for (;;) {
		uint64_t nap = min_u64(deadline, clock_ns() + NAP_NS);
		long result = wait_one(&words[0], nap);
		if (result >= 0 || errno != ETIMEDOUT || nap == deadline)
			return result;
		if (differs(words, count))
			return 0;
	}
}

int wake_wait(const struct wake_word *words, size_t count, uint64_t timeout_ns)
{
	uint64_t deadline = clock_ns() + min_u64(timeout_ns, WAKE_WAIT_MAX_NS);
	long result = count == 1 ? wait_one(words, deadline) : wait_any(words, count, deadline);

	if (result < 0 && count > 1 && (errno == ENOSYS || errno == EPERM))
		result = wait_in_naps(words, count, deadline);
	int failed = result < 0 ? errno : 0;
	/* Partner: the release in wake_ring(). What the ringer stored is visible from here on. */
	atomic_thread_fence(memory_order_acquire);
	if (failed == ETIMEDOUT)
		return differs(words, count) ? 0 : WAKE_E_TIMEOUT;
	return failed == EAGAIN || failed == EINTR ? 0 : -failed;
}

/* ---- eventfd ---- */

int wake_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int wake_eventfd_ring(int fd)
{
	uint64_t one = 1;

	/* Partner: the fence in wake_eventfd_clear(). Between them lies the kernel's own lock. */
	atomic_thread_fence(memory_order_release);
	return write(fd, &one, sizeof(one)) < 0 ? -errno : 0;
}

uint64_t wake_eventfd_clear(int fd)
{
	uint64_t rung = 0;
	ssize_t got = read(fd, &rung, sizeof(rung));

	/* Partner: the fence in wake_eventfd_ring(), or in wake_doorbell_ring() of the guest. */
	atomic_thread_fence(memory_order_acquire);
	return got == sizeof(rung) ? rung : 0;
}

int wake_wait_eventfds(const int *fds, size_t count, uint64_t timeout_ns)
{
	struct timespec limit = timespec_of(min_u64(timeout_ns, WAKE_WAIT_MAX_NS));
	struct pollfd polled[WAKE_WORDS_MAX];
	int rung = 0;

	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	if (ppoll(polled, count, &limit, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < count; i++) {
		if (!polled[i].revents)
			continue;
		wake_eventfd_clear(fds[i]);
		rung |= 1 << i;
	}
	return rung;
}
