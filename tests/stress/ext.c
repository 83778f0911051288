/* Processes that meet in the extension's area, and a parent that kills and stops them at random.
 * After each blow pictures must flow again in a bounded time, no picture that ended well may be
 * another than its serial names, and the ones that were not hit must not notice.
 *
 * A few seconds by default; ORIEL_LONG=1 makes it minutes.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ext_peer.h"
#include "test.h"
#include "wire/ext_area.h"

#define RECOVERY (10 * NS_PER_S) /* far beyond what is promised: the machine may be crowded */

struct child {
	pid_t pid;
	const char *program, *role;
};

static struct {
	int memory_fd, scores_fd;
	uint8_t *memory;
	struct ext_peer_score *scores;
	struct child children[EXT_PEER_SCORES];
	uint32_t seed;
} stage;

static uint32_t draw(uint32_t below)
{
	stage.seed = stage.seed * 1664525u + 1013904223u;
	return (stage.seed >> 8) % below;
}

static void start(unsigned index, const char *program, const char *role)
{
	char memory[16], scores[16], number[16];
	snprintf(memory, sizeof(memory), "%d", stage.memory_fd);
	snprintf(scores, sizeof(scores), "%d", stage.scores_fd);
	snprintf(number, sizeof(number), "%u", index);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execl(program, program, role, memory, scores, number, NULL);
		_Exit(127);
	}
	stage.children[index] = (struct child){ pid, program, role };
}

static void kill_child(unsigned index)
{
	struct child *child = &stage.children[index];
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	child->pid = 0;
}

static void begin(void)
{
	memset(&stage, 0, sizeof(stage));
	stage.seed = 20;
	stage.memory_fd = memfd_create("ext-stress", 0);
	stage.scores_fd = memfd_create("ext-scores", 0);
	CHECK_EQ(ftruncate(stage.memory_fd, EXT_PEER_REGION), 0);
	size_t size = sizeof(stage.scores[0]) * EXT_PEER_SCORES;
	CHECK_EQ(ftruncate(stage.scores_fd, (off_t)size), 0);
	stage.memory = mmap(NULL, EXT_PEER_REGION, PROT_READ | PROT_WRITE, MAP_SHARED,
			    stage.memory_fd, 0);
	stage.scores = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, stage.scores_fd, 0);
}

static void end(void)
{
	for (unsigned i = 0; i < EXT_PEER_SCORES; i++) {
		kill_child(i);
		if (i > 0)
			CHECK_EQ(atomic_load(&stage.scores[i].wrong), 0);
	}
	munmap(stage.memory, EXT_PEER_REGION);
	close(stage.memory_fd);
	close(stage.scores_fd);
}

static uint64_t frames(unsigned index)
{
	return atomic_load(&stage.scores[index].frames);
}

/* So many frames since the case began, within the time for recovery. */
static void must_reach(unsigned index, uint64_t count)
{
	uint64_t until = clock_ns() + RECOVERY;
	while (frames(index) < count) {
		if (clock_ns() > until)
			test_fail("%s %u stands at %" PRIu64 " frames", stage.children[index].role,
				  index, frames(index));
		clock_sleep(NS_PER_MS);
	}
}

/* So many more. Who sits has all that it may keep at some time, so do not ask for more of it. */
static void must_flow(unsigned index, uint64_t more)
{
	must_reach(index, frames(index) + more);
}

static void must_point(unsigned index, uint64_t more)
{
	const _Atomic uint64_t *pointers = &stage.scores[index].pointers;
	uint64_t from = atomic_load(pointers), until = clock_ns() + RECOVERY;
	while (atomic_load(pointers) < from + more && clock_ns() < until)
		clock_sleep(NS_PER_MS);
	CHECK(atomic_load(pointers) >= from + more);
}

static const char *peer(void)
{
	return getenv("EXT_PEER");
}

static const char *next_peer(void)
{
	return getenv("EXT_PEER_NEXT");
}

/* ---- versions ---- */

static void versions_meet(const char *producer, const char *consumer, uint32_t minor)
{
	begin();
	start(0, producer, "produce");
	start(1, consumer, "consume");
	start(2, consumer, "plain");
	must_flow(1, 100);
	must_flow(2, 20);
	CHECK_EQ(atomic_load(&stage.scores[1].extended), 1);
	CHECK_EQ(atomic_load(&stage.scores[2].extended), 0);
	CHECK_EQ(atomic_load(&stage.scores[1].minor), minor);
	CHECK(atomic_load(&stage.scores[1].woken) > 0);
	CHECK(atomic_load(&stage.scores[1].pointers) > 0);
	end();
}

static void a_newer_producer_serves_us(void)
{
	versions_meet(next_peer(), peer(), 1);
}

static void a_newer_consumer_is_served(void)
{
	versions_meet(peer(), next_peer(), 0);
}

static void newer_ones_understand_each_other(void)
{
	versions_meet(next_peer(), next_peer(), 1);
}

/* The area of another minor version is found, its holders are waited for, and it is built anew. */
static void versions_follow_each_other(void)
{
	begin();
	start(1, peer(), "consume");
	start(2, next_peer(), "consume");
	for (unsigned i = 0; i < 6; i++) {
		start(0, i % 2 ? next_peer() : peer(), "produce");
		must_flow(1, 50);
		must_flow(2, 50);
		kill_child(0);
	}
	end();
}

/* ---- blows ---- */

static void a_stopped_consumer_delays_nobody(void)
{
	begin();
	start(0, peer(), "produce");
	start(1, peer(), "consume");
	start(2, peer(), "sit");
	start(3, peer(), "sit");
	must_flow(1, 100);
	must_reach(2, 2);
	must_reach(3, 2);
	kill(stage.children[2].pid, SIGSTOP);
	kill(stage.children[3].pid, SIGSTOP);
	/* Four slots are held at the most; both are still stopped after they were reaped. */
	must_flow(1, 2000);
	kill(stage.children[2].pid, SIGCONT);
	must_point(2, 20); /* frames it has as many as it may keep */
	must_flow(1, 100);
	printf("# longest time between two frames: %.1f ms\n",
	       (double)atomic_load(&stage.scores[0].longest_ns) / 1e6);
	end();
}

static void blow(unsigned index)
{
	switch (draw(3)) {
	case 0:
		kill_child(index);
		clock_sleep(draw(20) * NS_PER_MS);
		start(index, stage.children[index].program, stage.children[index].role);
		break;
	case 1:
		kill(stage.children[index].pid, SIGSTOP);
		clock_sleep(draw(300) * NS_PER_MS);
		kill(stage.children[index].pid, SIGCONT);
		break;
	default: /* in the middle of something */
		kill(stage.children[index].pid, SIGSTOP);
		kill_child(index);
		start(index, stage.children[index].program, stage.children[index].role);
		break;
	}
}

static void killed_and_stopped_at_random(void)
{
	uint64_t until = clock_ns() + (getenv("ORIEL_LONG") ? 120 : 5) * NS_PER_S;
	unsigned blows = 0;
	begin();
	start(0, peer(), "produce");
	start(1, peer(), "consume");
	start(2, next_peer(), "consume");
	start(3, peer(), "sit");
	start(4, peer(), "plain");
	for (; clock_ns() < until; blows++) {
		unsigned hit = draw(4); /* a plain one may stand for a second: LGMP's rule */
		clock_sleep(draw(50) * NS_PER_MS);
		blow(hit);
		must_flow(1, 5);
		must_flow(2, 5);
	}
	uint64_t gone = 0;
	for (unsigned i = 1; i < 5; i++)
		gone += atomic_load(&stage.scores[i].gone);
	printf("# %u blows; %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 " frames; %" PRIu64
	       " taken away while they were looked at\n",
	       blows, frames(1), frames(2), frames(3), frames(4), gone);
	end();
}

/* Whatever died left nothing behind. */
static void nothing_stays_held(void)
{
	begin();
	start(0, peer(), "produce");
	for (unsigned i = 1; i < 8; i++)
		start(i, peer(), i % 2 ? "sit" : "consume");
	for (unsigned i = 1; i < 8; i++)
		must_reach(i, 2);
	for (unsigned i = 1; i < 8; i++)
		kill_child(i);
	const struct ext_block *blocks = (const void *)(stage.memory + EXT_PEER_REGION -
							EXT_AREA_BYTES + EXT_BLOCKS_AT);
	uint64_t until = clock_ns() + RECOVERY;
	for (unsigned i = 0; i < EXT_BLOCKS; i++)
		while (atomic_load(&blocks[i].hold) != 0 && clock_ns() < until)
			clock_sleep(10 * NS_PER_MS);
	for (unsigned i = 0; i < EXT_BLOCKS; i++)
		CHECK_EQ(atomic_load(&blocks[i].hold), 0);
	end();
}

static const struct test_case cases[] = {
	TEST(a_newer_producer_serves_us),
	TEST(a_newer_consumer_is_served),
	TEST(newer_ones_understand_each_other),
	TEST(versions_follow_each_other),
	TEST(a_stopped_consumer_delays_nobody),
	TEST(killed_and_stopped_at_random),
	TEST(nothing_stays_held),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
