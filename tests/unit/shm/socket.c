/* The server's socket: stale ones, living ones, rights, inheritance. */
#include <grp.h>
#include <linux/limits.h>

#include "ivshmem.h"

static mode_t mode_of(const char *path)
{
	struct stat st;

	CHECK_EQ(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void a_stale_socket_is_replaced(void)
{
	const char *path = scratch_path("stale");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_EQ(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_EQ(listen(dead, 1), 0);
	close(dead);
	CHECK_EQ(access(path, F_OK), 0);
	struct ivshmem_server *server = start(path, 1);
	struct ivshmem_peer *peer = visit(path);
	settle_one(server, peer);
	CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_READY);
	ivshmem_peer_destroy(peer);
	ivshmem_server_destroy(server);
	CHECK_EQ(access(path, F_OK), -1);
}

static void a_living_one_is_left_alone(void)
{
	const char *path = scratch_path("living");
	struct ivshmem_server *server = start(path, 1), *second = NULL;
	struct ivshmem_server_params params = { .path = path, .size = MIB };

	CHECK_EQ(ivshmem_server_create(&second, &params, &err), -EADDRINUSE);
	CHECK_CONTAINS(err.text, path);
	CHECK(second == NULL);
	settle(server, NULL, 0);
	struct ivshmem_peer *peer = visit(path);
	settle_one(server, peer);
	CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_READY);
	ivshmem_peer_destroy(peer);
	ivshmem_server_destroy(server);
}

static void other_files_are_left_alone(void)
{
	struct ivshmem_server *server = NULL;
	struct ivshmem_server_params params = { .path = scratch_path("plain"), .size = MIB };

	scratch_text("plain", "precious");
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), -EEXIST);
	CHECK_EQ(access(params.path, F_OK), 0);
	params.path = scratch_path("nowhere");
	strcat((char *)params.path, "/socket");
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), -ENOENT);
	CHECK_CONTAINS(err.text, "directory");
	char path[200];
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	params.path = path;
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), -ENAMETOOLONG);
	CHECK(server == NULL);
}

#define RIVALS 8

/* Starts when `go` ends, and serves until `done` does. */
static pid_t rival(const char *path, const int go[2], const int done[2])
{
	struct ivshmem_server_params params = { .path = path, .size = MIB };
	struct ivshmem_server *server;
	pid_t child = fork();
	char byte;

	if (child != 0)
		return child;
	close(go[1]);
	close(done[1]);
	while (read(go[0], &byte, 1) < 0)
		;
	int result = ivshmem_server_create(&server, &params, &err);
	while (result == 0 && read(done[0], &byte, 1) < 0)
		;
	/* Not destroyed: the socket stays behind, stale. */
	_exit(result == 0 ? 0 : result == -EADDRINUSE ? 1 : 2);
}

/* How many of them gave up before the others were asked to. */
static unsigned count_losers(void)
{
	unsigned losers = 0;
	int status;

	for (uint64_t end = clock_ns() + PATIENCE_NS; losers < RIVALS - 1 && clock_ns() < end;) {
		if (waitpid(-1, &status, WNOHANG) <= 0) {
			clock_sleep(NS_PER_MS);
			continue;
		}
		CHECK(WIFEXITED(status));
		CHECK_EQ(WEXITSTATUS(status), 1);
		losers++;
	}
	return losers;
}

/* Of several that start at once, one serves and the others say so. */
static void one_of_many_wins(void)
{
	const char *path = scratch_path("race");

	for (int round = 0; round < 20; round++) {
		int go[2], done[2], status = -1;
		CHECK_EQ(pipe(go), 0);
		CHECK_EQ(pipe(done), 0);
		for (int i = 0; i < RIVALS; i++)
			CHECK(rival(path, go, done) > 0);
		close(go[0]);
		close(go[1]);
		CHECK_EQ(count_losers(), RIVALS - 1);
		close(done[0]);
		close(done[1]);
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

static void rights_are_narrow_and_as_asked(void)
{
	const char *path = scratch_path("rights");
	struct ivshmem_server_params params = { .path = path, .size = MIB };
	struct ivshmem_server *server;
	mode_t before = umask(0);

	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	CHECK_EQ(mode_of(path), 0600);
	ivshmem_server_destroy(server);
	umask(0777);
	params.mode = 0660;
	params.group = getegid();
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	CHECK_EQ(mode_of(path), 0660);
	ivshmem_server_destroy(server);
	umask(before);
}

static void somebody_elses_socket_stays(void)
{
	const char *path = scratch_path("mine");
	struct ivshmem_server *first = start(path, 1);

	unlink(path);
	struct ivshmem_server *second = start(path, 1);
	ivshmem_server_destroy(first);
	CHECK_EQ(access(path, F_OK), 0);
	ivshmem_server_destroy(second);
	CHECK_EQ(access(path, F_OK), -1);
}

static void a_listening_socket_may_be_inherited(void)
{
	const char *path = scratch_path("inherited");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ivshmem_server_params params = { .size = MIB };
	struct ivshmem_server *server = NULL;

	params.socket = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_EQ(bind(params.socket, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "listening");
	CHECK_EQ(listen(params.socket, 4), 0);
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	struct ivshmem_peer *peer = visit(path);
	settle_one(server, peer);
	CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_READY);
	ivshmem_peer_destroy(peer);
	ivshmem_server_destroy(server);
	CHECK_EQ(access(path, F_OK), 0);
	CHECK_EQ(fcntl(params.socket, F_GETFD), -1);
}

/* A visitor of another user; only root can play one. */
static int knock_as(const char *path, uid_t uid)
{
	pid_t child = fork();

	if (child == 0) {
		struct ivshmem_peer *peer;
		if (setgroups(0, NULL) < 0 || setuid(uid) < 0)
			_exit(9);
		_exit(-ivshmem_peer_connect(&peer, path, &err));
	}
	int status;
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void the_list_of_users_decides(void)
{
	const uid_t users[] = { 12345 };
	struct ivshmem_server_params params = { .path = scratch_path("users"),
						.size = MIB,
						.mode = 0666,
						.users = users,
						.user_count = 1,
						.listener = &ears };
	struct ivshmem_server *server;

	if (geteuid() != 0)
		test_skip("only root can come as somebody else");
	chmod(scratch, 0711);
	memset(&heard, 0, sizeof(heard));
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	CHECK_EQ(knock_as(params.path, 12345), 0);
	settle(server, NULL, 0);
	CHECK_EQ(heard.joined, 1);
	CHECK_EQ(knock_as(params.path, 12346), 0);
	settle(server, NULL, 0);
	CHECK_EQ(heard.joined, 1);
	CHECK_EQ(heard.refused, 1);
	CHECK_CONTAINS(heard.why, "list");
	ivshmem_server_destroy(server);
	params.mode = 0;
	params.users = NULL;
	CHECK_EQ(ivshmem_server_create(&server, &params, &err), 0);
	CHECK_EQ(knock_as(params.path, 12345), EACCES);
	ivshmem_server_destroy(server);
}

static void impossible_wishes_are_told(void)
{
	static const struct {
		uint64_t size;
		unsigned vectors, peers;
		const char *words;
	} wishes[] = {
		{ 0, 1, 1, "1 MiB" },         { 4096, 1, 1, "1 MiB" },
		{ 48 << 20, 1, 1, "64 MiB" }, { UINT64_MAX, 1, 1, "power of two" },
		{ MIB, 17, 1, "vectors" },    { MIB, 1, 65, "peers" },
	};
	struct ivshmem_server *server = NULL;

	for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
		struct ivshmem_server_params params = { .path = scratch_path("wish"),
							.size = wishes[i].size,
							.vectors = wishes[i].vectors,
							.peers = wishes[i].peers };
		CHECK_EQ(ivshmem_server_create(&server, &params, &err), -EINVAL);
		CHECK_CONTAINS(err.text, wishes[i].words);
		CHECK_EQ(access(params.path, F_OK), -1);
	}
	CHECK(server == NULL);
	ivshmem_server_destroy(NULL);
}

static const struct test_case cases[] = {
	TEST(a_stale_socket_is_replaced),          TEST(a_living_one_is_left_alone),
	TEST(other_files_are_left_alone),          TEST(one_of_many_wins),
	TEST(rights_are_narrow_and_as_asked),      TEST(somebody_elses_socket_stays),
	TEST(a_listening_socket_may_be_inherited), TEST(the_list_of_users_decides),
	TEST(impossible_wishes_are_told),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
