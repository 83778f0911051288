/* The ivshmem server, and peers that behave or do not, in one process. */
#include "ivshmem.h"

#include <sys/mman.h>

/* ---- the protocol ---- */

static void the_greeting_has_its_order(void)
{
	const char *path = scratch_path("greet");
	struct ivshmem_server *server = start(path, 2);
	struct ivshmem_peer *first = visit(path);
	int fds[16], raw;

	settle_one(server, first);
	raw = connect_raw(path);
	settle_one(server, first);
	const int64_t wanted[] = { 0, 1, -1, 0, 0, 1, 1 };
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		CHECK_EQ(read_raw(raw, &fds[i]), wanted[i]);
		CHECK_EQ(fds[i] >= 0, i >= 2);
	}
	char more;
	CHECK_EQ(recv(raw, &more, 1, MSG_DONTWAIT), -1);
	CHECK_EQ(ivshmem_peer_others(first), 1);
	CHECK_EQ(ivshmem_peer_find(first, 1)->count, 2);
	/* The second vector of peer 0, as its newcomer has it. */
	CHECK_EQ(wake_eventfd_ring(fds[4]), 0);
	CHECK_EQ(wake_eventfd_clear(ivshmem_peer_own(first)->fds[0]), 0);
	CHECK_EQ(wake_eventfd_clear(ivshmem_peer_own(first)->fds[1]), 1);
	for (size_t i = 2; i < ARRAY_LEN(wanted); i++)
		close(fds[i]);
	close(raw);
	ivshmem_peer_destroy(first);
	ivshmem_server_destroy(server);
}

static void the_memory_is_sealed_and_shared(void)
{
	const char *path = scratch_path("memory");
	struct ivshmem_server *server = start(path, 1);
	struct ivshmem_peer *peer = visit(path);
	struct shm *shm;

	settle_one(server, peer);
	int fd = ivshmem_peer_memory(peer);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	CHECK_EQ(ftruncate(fd, 4096), -1);
	CHECK_EQ(shm_open_fd(&shm, fd, &err), 0);
	CHECK_EQ(shm->size, MIB);
	CHECK(!shm->peer_shrinkable);
	((volatile uint8_t *)shm->base)[77] = 7;
	CHECK_EQ(((volatile uint8_t *)ivshmem_server_memory(server)->base)[77], 7);
	ivshmem_peer_destroy(peer);
	ivshmem_server_destroy(server);
	CHECK_EQ(((volatile uint8_t *)shm->base)[77], 7);
	shm_close(shm);
}

static void the_invited_need_no_socket(void)
{
	const struct ivshmem_server_params params = {
		.no_socket = true, .size = MIB, .peers = 2, .listener = &ears
	};
	struct ivshmem_server *server;
	struct ivshmem_peer *peers[2];

	memset(&heard, 0, sizeof(heard));
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	for (unsigned i = 0; i < 2; i++)
		CHECK_EQ(ivshmem_peer_create(&peers[i], ivshmem_server_invite(server), &err), 0);
	CHECK_EQ(ivshmem_server_invite(server), -EAGAIN);
	CHECK_EQ(heard.joined, 2);
	CHECK_EQ(heard.refused, 1);
	settle(server, peers, 2);
	CHECK_EQ(ivshmem_peer_others(peers[0]), 1);
	CHECK_EQ(ivshmem_peer_ring(peers[0], ivshmem_peer_id(peers[1]), 0), 0);
	CHECK_EQ(wake_eventfd_clear(ivshmem_peer_own(peers[1])->fds[0]), 1);
	ivshmem_peer_destroy(peers[0]);
	settle(server, &peers[1], 1);
	CHECK_EQ(heard.left, 1);
	CHECK_EQ(ivshmem_peer_others(peers[1]), 0);
	ivshmem_peer_destroy(peers[1]);
	ivshmem_server_destroy(server);
}

static void peers_ring_each_other(void)
{
	const char *path = scratch_path("ring");
	struct ivshmem_server *server = start(path, 3);
	struct ivshmem_peer *peers[3];

	for (size_t i = 0; i < 3; i++) {
		peers[i] = visit(path);
		settle(server, peers, i + 1);
	}
	for (unsigned from = 0; from < 3; from++)
		for (unsigned to = 0; to < 3; to++)
			for (unsigned v = 0; from != to && v < 3; v++) {
				const struct ivshmem_bells *own = ivshmem_peer_own(peers[to]);
				CHECK_EQ(ivshmem_peer_ring(peers[from], ivshmem_peer_id(peers[to]),
							   v),
					 0);
				for (unsigned w = 0; w < 3; w++)
					CHECK_EQ(wake_eventfd_clear(own->fds[w]), v == w);
			}
	CHECK_EQ(ivshmem_peer_ring(peers[0], 1, 3), -ENOENT);
	CHECK_EQ(ivshmem_peer_ring(peers[0], 9, 0), -ENOENT);
	for (size_t i = 0; i < 3; i++)
		ivshmem_peer_destroy(peers[i]);
	ivshmem_server_destroy(server);
}

static void a_leaver_is_announced_and_its_id_rests(void)
{
	const char *path = scratch_path("leave");
	struct ivshmem_server *server = start(path, 1);
	struct ivshmem_peer *peers[2] = { visit(path), NULL };

	for (int turn = 0; turn < 5; turn++) {
		peers[1] = visit(path);
		settle(server, peers, 2);
		CHECK_EQ(ivshmem_peer_id(peers[1]), turn + 1);
		CHECK(ivshmem_peer_find(peers[0], (uint16_t)(turn + 1)) != NULL);
		ivshmem_peer_destroy(peers[1]);
		settle(server, peers, 1);
		CHECK_EQ(ivshmem_peer_others(peers[0]), 0);
		CHECK_EQ(ivshmem_server_peers(server), 1);
	}
	CHECK_EQ(heard.joined, 6);
	CHECK_EQ(heard.left, 5);
	ivshmem_peer_destroy(peers[0]);
	ivshmem_server_destroy(server);
}

/* 65 536 visits later the first id is still somebody's. */
static void ids_of_the_living_are_never_given_again(void)
{
	const char *path = scratch_path("ids");
	struct ivshmem_server *server = start(path, 1);
	struct ivshmem_peer *first = visit(path);
	int fd, raw;

	settle_one(server, first);
	for (unsigned i = 1; i <= IVSHMEM_ID_MAX + 2; i++) {
		raw = connect_raw(path);
		CHECK_EQ(ivshmem_server_dispatch(server), 0);
		CHECK_EQ(read_raw(raw, &fd), 0);
		CHECK_EQ(read_raw(raw, &fd), i <= IVSHMEM_ID_MAX ? i : i - IVSHMEM_ID_MAX);
		close(raw);
		CHECK_EQ(ivshmem_server_dispatch(server), 0);
		CHECK_EQ(ivshmem_peer_dispatch(first, &err), 0);
	}
	CHECK_EQ(ivshmem_peer_state(first), IVSHMEM_READY);
	ivshmem_peer_destroy(first);
	ivshmem_server_destroy(server);
}

/* ---- crowds ---- */

#define CROWD 20

static void a_crowd_leaves_nothing_behind(void)
{
	const char *path = scratch_path("crowd");
	unsigned before = open_fds();
	struct ivshmem_server *server = start(path, 4);
	struct ivshmem_peer *peers[CROWD] = { NULL };
	unsigned alone = open_fds();
	uint32_t random = 1;

	for (int turn = 0; turn < 600; turn++) {
		random = random * 1664525 + 1013904223;
		size_t at = (random >> 16) % CROWD;
		if (peers[at])
			ivshmem_peer_destroy(peers[at]);
		peers[at] = turn < 500 && (turn < 20 || random >> 31) ? visit(path) : NULL;
		if (turn % 3 == 0)
			settle(server, peers, CROWD);
	}
	settle(server, peers, CROWD);
	for (size_t i = 0; i < CROWD; i++) {
		CHECK(!peers[i] ||
		      ivshmem_peer_others(peers[i]) + 1 == ivshmem_server_peers(server));
		ivshmem_peer_destroy(peers[i]);
	}
	settle(server, NULL, 0);
	CHECK_EQ(ivshmem_server_peers(server), 0);
	CHECK_EQ(heard.joined, heard.left);
	CHECK(heard.joined > 100);
	CHECK_EQ(open_fds(), alone);
	ivshmem_server_destroy(server);
	CHECK_EQ(open_fds(), before);
}

static void one_too_many_is_refused(void)
{
	const char *path = scratch_path("many");
	struct ivshmem_server_params params = {
		.path = path, .size = MIB, .peers = 2, .listener = &ears
	};
	struct ivshmem_server *server;
	struct ivshmem_peer *peers[3];

	memset(&heard, 0, sizeof(heard));
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	for (size_t i = 0; i < 3; i++) {
		peers[i] = visit(path);
		settle(server, peers, i + 1);
	}
	CHECK_EQ(ivshmem_peer_state(peers[1]), IVSHMEM_READY);
	CHECK_EQ(ivshmem_peer_state(peers[2]), IVSHMEM_GONE);
	CHECK_EQ(heard.refused, 1);
	CHECK_CONTAINS(heard.why, "as many peers");
	ivshmem_peer_destroy(peers[1]);
	settle_one(server, peers[0]);
	ivshmem_peer_destroy(peers[2]);
	peers[1] = visit(path);
	settle(server, peers, 2);
	CHECK_EQ(ivshmem_peer_state(peers[1]), IVSHMEM_READY);
	ivshmem_peer_destroy(peers[0]);
	ivshmem_peer_destroy(peers[1]);
	ivshmem_server_destroy(server);
}

/* ---- peers without manners ---- */

static void who_speaks_or_hangs_up_halfway_is_dropped(void)
{
	const char *path = scratch_path("manners");
	struct ivshmem_server *server = start(path, 1);
	struct ivshmem_peer *good = visit(path);
	int fds[3];

	for (size_t i = 0; i < 3; i++)
		fds[i] = connect_raw(path);
	settle_one(server, good);
	CHECK_EQ(ivshmem_server_peers(server), 4);
	CHECK_EQ(write(fds[0], "x", 1), 1);
	settle_one(server, good);
	CHECK_CONTAINS(heard.why, "spoke");
	shutdown(fds[1], SHUT_WR);
	settle_one(server, good);
	CHECK_CONTAINS(heard.why, "hung up");
	shutdown(fds[2], SHUT_RD);
	struct ivshmem_peer *late = visit(path);
	settle_one(server, good);
	CHECK_EQ(heard.left, 3);
	CHECK_EQ(ivshmem_peer_others(good), 1);
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	ivshmem_peer_destroy(late);
	ivshmem_peer_destroy(good);
	ivshmem_server_destroy(server);
}

static unsigned visits_until_left(struct ivshmem_server *server, struct ivshmem_peer *good,
				  const char *path, unsigned most)
{
	unsigned visits = 0;

	while (visits < most && heard.left == visits) {
		struct ivshmem_peer *guest = visit(path);
		settle_one(server, good);
		ivshmem_peer_destroy(guest);
		settle_one(server, good);
		visits++;
	}
	return visits;
}

static void who_does_not_read_is_dropped(void)
{
	const char *path = scratch_path("slow");
	unsigned before = open_fds();
	struct ivshmem_server *server = start(path, 16);
	struct ivshmem_peer *good = visit(path);
	int slow = connect_raw(path);

	settle_one(server, good);
	unsigned visits = visits_until_left(server, good, path, 1000);
	CHECK(visits >= 10 && visits < 1000);
	CHECK_EQ(heard.left, visits + 1);
	CHECK_EQ(ivshmem_server_peers(server), 1);
	CHECK_EQ(ivshmem_peer_state(good), IVSHMEM_READY);
	CHECK_EQ(ivshmem_peer_others(good), 0);
	close(slow);
	ivshmem_peer_destroy(good);
	ivshmem_server_destroy(server);
	CHECK_EQ(open_fds(), before);
}

/* One that is stopped for a while and goes on hears everything, in order. */
static void who_reads_late_misses_nothing(void)
{
	const char *path = scratch_path("late");
	struct ivshmem_server *server = start(path, 2);
	struct ivshmem_peer *pair[2] = { visit(path), visit(path) };

	settle(server, pair, 2);
	visits_until_left(server, pair[0], path, 120);
	CHECK_EQ(heard.left, 120);
	for (int turn = 0; turn < 20; turn++)
		settle(server, pair, 2);
	CHECK_EQ(ivshmem_peer_state(pair[1]), IVSHMEM_READY);
	CHECK_EQ(ivshmem_peer_others(pair[1]), 1);
	struct ivshmem_peer *guest = visit(path);
	settle(server, pair, 2);
	CHECK_EQ(ivshmem_peer_others(pair[1]), 2);
	ivshmem_peer_destroy(guest);
	ivshmem_peer_destroy(pair[0]);
	ivshmem_peer_destroy(pair[1]);
	ivshmem_server_destroy(server);
}

static void peers_outlive_their_server(void)
{
	const char *path = scratch_path("outlive");
	struct ivshmem_server *server = start(path, 1);
	struct ivshmem_peer *peers[2] = { visit(path), visit(path) };

	settle(server, peers, 2);
	ivshmem_server_destroy(server);
	for (size_t i = 0; i < 2; i++) {
		CHECK_EQ(ivshmem_peer_dispatch(peers[i], &err), -ECONNRESET);
		CHECK_EQ(ivshmem_peer_state(peers[i]), IVSHMEM_GONE);
		CHECK_EQ(ivshmem_peer_fd(peers[i]), -1);
		CHECK_EQ(ivshmem_peer_dispatch(peers[i], &err), 0);
	}
	CHECK_EQ(ivshmem_peer_ring(peers[0], 1, 0), 0);
	CHECK_EQ(wake_eventfd_clear(ivshmem_peer_own(peers[1])->fds[0]), 1);
	CHECK(ivshmem_peer_memory(peers[0]) >= 0);
	ivshmem_peer_destroy(peers[0]);
	ivshmem_peer_destroy(peers[1]);
}

/* ---- without descriptors ---- */

static int starve(const char *path)
{
	struct ivshmem_server *server = start(path, 4);
	int next = dup(0);
	struct rlimit limit = { (rlim_t)next, (rlim_t)next };
	int fds[2] = { -1, -1 }, status;

	close(next);
	pid_t child = fork();
	if (child == 0) {
		fds[0] = connect_raw(path);
		fds[1] = connect_raw(path);
		char byte;
		_exit(read(fds[0], &byte, 1) == 0 && read(fds[1], &byte, 1) == 0 ? 0 : 3);
	}
	setrlimit(RLIMIT_NOFILE, &limit);
	for (uint64_t end = clock_ns() + PATIENCE_NS; heard.refused < 2 && clock_ns() < end;)
		ivshmem_server_dispatch(server);
	waitpid(child, &status, 0);
	ivshmem_server_dispatch(server);
	struct pollfd quiet = { ivshmem_server_fd(server), POLLIN, 0 };
	return status ? 4 : heard.refused != 2 ? 5 : poll(&quiet, 1, 0) ? 6 : 0;
}

static void without_descriptors_nobody_spins(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(starve(scratch_path("starve")));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

static const struct test_case cases[] = {
	TEST(the_greeting_has_its_order),
	TEST(the_memory_is_sealed_and_shared),
	TEST(the_invited_need_no_socket),
	TEST(peers_ring_each_other),
	TEST(a_leaver_is_announced_and_its_id_rests),
	TEST(ids_of_the_living_are_never_given_again),
	TEST(a_crowd_leaves_nothing_behind),
	TEST(one_too_many_is_refused),
	TEST(who_speaks_or_hangs_up_halfway_is_dropped),
	TEST(who_does_not_read_is_dropped),
	TEST(who_reads_late_misses_nothing),
	TEST(peers_outlive_their_server),
	TEST(without_descriptors_nobody_spins),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
