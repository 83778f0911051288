/* wake [ROUNDS] - what our wake-ups cost over a bare futex pair, in one run.
 *
 * One process posts a stamp at a steady rate, another sleeps until it is woken. The ways are drawn
 * post by post, so that all of them see the same processors, as busy and as deep asleep. Each line:
 * post -> awake in us. The kernel likes to put both sides on one processor; "apart" is what it
 * costs to wake another one, which in a virtual machine can be much more. */
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "shm/wake.h"

#define SAMPLES_MAX 100000

struct page {
	_Alignas(64) _Atomic uint32_t bell;
	_Alignas(64) _Atomic uint32_t awake; /* the waiter is about to sleep */
	_Alignas(64) _Atomic uint32_t own;
	_Atomic uint64_t stamp;
};

/* ---- ways to wake ---- */

static void bare_post(struct page *page, int fd)
{
	(void)fd;
	atomic_fetch_add(&page->bell, 1);
	syscall(SYS_futex, &page->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void bare_wait(struct page *page, int fd, uint32_t seen)
{
	(void)fd;
	while (atomic_load(&page->bell) == seen)
		syscall(SYS_futex, &page->bell, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void futex_post(struct page *page, int fd)
{
	(void)fd;
	wake_ring(&page->bell);
}

static void futex_wait(struct page *page, int fd, uint32_t seen)
{
	const struct wake_word word = { &page->bell, seen };

	(void)fd;
	while (atomic_load(&page->bell) == seen)
		wake_wait(&word, 1, WAKE_WAIT_MAX_NS);
}

static void two_words_wait(struct page *page, int fd, uint32_t seen)
{
	const struct wake_word words[] = { { &page->bell, seen }, { &page->own, 0 } };

	(void)fd;
	while (atomic_load(&page->bell) == seen)
		wake_wait(words, 2, WAKE_WAIT_MAX_NS);
}

static void eventfd_post(struct page *page, int fd)
{
	(void)page;
	wake_eventfd_ring(fd);
}

static void eventfd_wait(struct page *page, int fd, uint32_t seen)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };

	(void)page, (void)seen;
	do
		poll(&poll_fd, 1, 400);
	while (!wake_eventfd_clear(fd));
}

static const struct way {
	const char *name;
	void (*post)(struct page *page, int fd);
	void (*wait)(struct page *page, int fd, uint32_t seen);
} ways[] = {
	{ "bare futex pair", bare_post, bare_wait },
	{ "futex", futex_post, futex_wait },
	{ "futex, two words", futex_post, two_words_wait },
	{ "eventfd and poll", eventfd_post, eventfd_wait },
};

#define WAYS ARRAY_LEN(ways)

static const struct rate {
	unsigned per_second, posts; /* of a round, all ways together */
	bool apart;                 /* each side keeps to a processor of its own */
} rates[] = {
	{ 1000, 4000, false },
	{ 60, 240, false },
	{ 1000, 4000, true },
	{ 60, 240, true },
};

/* The first or the last of those we may use. */
static void keep_to(const cpu_set_t *all, bool last)
{
	cpu_set_t one;
	int cpu = -1;

	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, all) && (cpu < 0 || last))
			cpu = i;
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* ---- one round ---- */

/* The same on both sides, and in no order: a wake-up is coloured by the one before. */
static size_t way_of(unsigned post)
{
	return (post * 2654435761u >> 13) % WAYS;
}

static void post_all(struct page *page, int fd, const struct rate *rate)
{
	uint64_t next = clock_ns();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	thread_precise_timers();
	for (unsigned i = 0; i < rate->posts; i++) {
		next += NS_PER_S / rate->per_second;
		clock_sleep_until(next);
		atomic_store(&page->stamp, clock_ns());
		ways[way_of(i)].post(page, fd);
		/* One post, one wake-up: a late one is not hidden by the next. */
		while (atomic_load(&page->awake) != i + 1)
			clock_sleep(20 * NS_PER_US);
	}
	_exit(0);
}

static void run_round(const struct rate *rate, double *us[WAYS])
{
	struct page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = wake_eventfd();
	uint32_t seen = 0;
	cpu_set_t all;

	sched_getaffinity(0, sizeof(all), &all);
	pid_t poster = fork();
	if (rate->apart)
		keep_to(&all, poster == 0);
	if (poster == 0)
		post_all(page, fd, rate);
	for (unsigned i = 0; i < rate->posts; i++) {
		ways[way_of(i)].wait(page, fd, seen);
		*us[way_of(i)]++ = (double)(clock_ns() - atomic_load(&page->stamp)) / NS_PER_US;
		seen = atomic_load(&page->bell);
		atomic_store(&page->awake, i + 1);
	}
	waitpid(poster, NULL, 0);
	sched_setaffinity(0, sizeof(all), &all);
	close(fd);
	munmap(page, sizeof(*page));
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, double *us, size_t count)
{
	qsort(us, count, sizeof(*us), compare);
	printf("  %-18s %8.1f %8.1f %8.1f\n", name, us[count / 2], us[count * 95 / 100],
	       us[count * 99 / 100]);
}

static void measure(const struct rate *rate, unsigned rounds)
{
	static double us[WAYS][SAMPLES_MAX];
	double *ends[WAYS];

	for (size_t way = 0; way < WAYS; way++)
		ends[way] = us[way];
	for (unsigned round = 0; round < rounds; round++)
		run_round(rate, ends);
	printf("%u posts/s%s, %u rounds of %u, us: p50 p95 p99\n", rate->per_second,
	       rate->apart ? ", apart" : "", rounds, rate->posts);
	for (size_t way = 0; way < WAYS; way++)
		print(ways[way].name, us[way], (size_t)(ends[way] - us[way]));
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 7;

	rounds = max_u32(1, min_u32(rounds, SAMPLES_MAX / 1000));
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		measure(&rates[i], rounds);
	return 0;
}
