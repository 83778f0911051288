/* A server, and peers in processes of their own that are killed at any instruction. */
#include "ivshmem.h"

#define PEERS  8
#define ROUNDS 200

static uint32_t dice = 12345;

static uint32_t roll(uint32_t sides)
{
	dice = dice * 1664525 + 1013904223;
	return (dice >> 16) % sides;
}

/* ---- processes ---- */

static pid_t run(void (*body)(const char *path), const char *path)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(path);
		_exit(1);
	}
	return child;
}

static void serve(const char *path)
{
	struct ivshmem_server_params params = { .path = path, .size = MIB, .vectors = 2 };
	struct ivshmem_server *server;

	if (ivshmem_server_create(&server, &params, &err) < 0)
		_exit(2);
	for (;;) {
		struct pollfd fd = { ivshmem_server_fd(server), POLLIN, 0 };
		poll(&fd, 1, -1);
		if (ivshmem_server_dispatch(server) < 0)
			_exit(3);
	}
}

/* Stays until it is killed; ends only if the server does it wrong. */
static void live(const char *path)
{
	struct ivshmem_peer *peer;

	dice = (uint32_t)getpid();
	if (ivshmem_peer_connect(&peer, path, &err) < 0)
		_exit(4);
	for (;;) {
		struct pollfd fd = { ivshmem_peer_fd(peer), POLLIN, 0 };
		poll(&fd, 1, 1);
		if (ivshmem_peer_dispatch(peer, &err) < 0) {
			printf("# a peer: %s\n", err.text);
			fflush(stdout);
			_exit(5);
		}
		ivshmem_peer_ring(peer, (uint16_t)roll(ROUNDS), roll(2));
	}
}

static void kill_and_wait(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		test_fail("a process ended by itself: %d", WEXITSTATUS(status));
}

static unsigned fds_of(pid_t pid)
{
	char path[64];
	unsigned count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *directory = opendir(path);
	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static struct ivshmem_peer *visit_patiently(const char *path)
{
	struct ivshmem_peer *peer = NULL;

	for (uint64_t end = clock_ns() + PATIENCE_NS; clock_ns() < end;) {
		if (ivshmem_peer_connect(&peer, path, &err) == 0)
			return peer;
		clock_sleep(NS_PER_MS);
	}
	test_fail("no server: %s", err.text);
}

static void watch(struct ivshmem_peer *peer, int timeout_ms)
{
	struct pollfd fd = { ivshmem_peer_fd(peer), POLLIN, 0 };

	poll(&fd, 1, timeout_ms);
	if (ivshmem_peer_dispatch(peer, &err) < 0)
		test_fail("%s", err.text);
}

static void wait_for_others(struct ivshmem_peer *peer, unsigned count)
{
	for (uint64_t end = clock_ns() + PATIENCE_NS;
	     ivshmem_peer_others(peer) != count && clock_ns() < end;)
		watch(peer, 10);
	CHECK_EQ(ivshmem_peer_others(peer), count);
}

/* Those who were killed while they queued at the door are let in and thrown out in time. */
static void wait_for_fds(pid_t server, unsigned count)
{
	uint64_t end = clock_ns() + PATIENCE_NS;

	while (fds_of(server) != count && clock_ns() < end)
		clock_sleep(NS_PER_MS);
	CHECK_EQ(fds_of(server), count);
}

/* ---- cases ---- */

static void killed_peers_leave_nothing_behind(void)
{
	const char *path = scratch_path("killed");
	pid_t server = run(serve, path), peers[PEERS];
	struct ivshmem_peer *witness = visit_patiently(path);

	for (watch(witness, 1000); ivshmem_peer_state(witness) != IVSHMEM_READY;)
		watch(witness, 1000);
	unsigned before = fds_of(server);
	for (size_t i = 0; i < PEERS; i++)
		peers[i] = run(live, path);
	wait_for_others(witness, PEERS);
	for (int round = 0; round < ROUNDS; round++) {
		size_t victim = roll(PEERS);
		clock_sleep(roll(4000) * NS_PER_US);
		kill_and_wait(peers[victim]);
		peers[victim] = run(live, path);
		watch(witness, 0);
	}
	for (size_t i = 0; i < PEERS; i++)
		kill_and_wait(peers[i]);
	wait_for_others(witness, 0);
	wait_for_fds(server, before);
	ivshmem_peer_destroy(witness);
	kill_and_wait(server);
}

/* Nobody hangs when the server dies, and the next one takes its place at once. */
static void a_killed_server_is_followed_by_another(void)
{
	const char *path = scratch_path("server");

	for (int round = 0; round < 10; round++) {
		pid_t server = run(serve, path);
		struct ivshmem_peer *peers[3];
		for (size_t i = 0; i < ARRAY_LEN(peers); i++)
			peers[i] = visit_patiently(path);
		clock_sleep(roll(3000) * NS_PER_US);
		kill_and_wait(server);
		for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
			while (ivshmem_peer_dispatch(peers[i], &err) == 0)
				;
			CHECK_EQ(ivshmem_peer_state(peers[i]), IVSHMEM_GONE);
			ivshmem_peer_destroy(peers[i]);
		}
		CHECK_EQ(access(path, F_OK), 0);
	}
}

/* The server does not wait for one that is stopped, nor do the others. */
static void a_stopped_peer_stops_nobody(void)
{
	const char *path = scratch_path("stopped");
	pid_t server = run(serve, path), stopped;
	struct ivshmem_peer *witness = visit_patiently(path);

	stopped = run(live, path);
	wait_for_others(witness, 1);
	kill(stopped, SIGSTOP);
	for (int round = 0; round < 50; round++) {
		struct ivshmem_peer *guest = visit_patiently(path);
		wait_for_others(witness, 2);
		ivshmem_peer_destroy(guest);
		wait_for_others(witness, 1);
	}
	kill(stopped, SIGCONT);
	clock_sleep(20 * NS_PER_MS);
	watch(witness, 0);
	CHECK_EQ(ivshmem_peer_others(witness), 1);
	kill_and_wait(stopped);
	wait_for_others(witness, 0);
	ivshmem_peer_destroy(witness);
	kill_and_wait(server);
}

static const struct test_case cases[] = {
	TEST(killed_peers_leave_nothing_behind),
	TEST(a_killed_server_is_followed_by_another),
	TEST(a_stopped_peer_stops_nobody),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
