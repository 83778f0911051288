/* The peer's side: what a server may say, in what pieces, and what it may not. */
#include <endian.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "ivshmem.h"

enum { NONE, MEMORY, BELL, FILE_, PIPE_, TWO, MANY };

/* One message of a script: a value and what comes with it. */
struct line {
	int64_t value;
	int what;
};

/* A new descriptor of each kind; the caller closes it. */
static int make(int what)
{
	int ends[2];

	if (what == BELL || what == TWO || what == MANY)
		return wake_eventfd();
	if (what == MEMORY)
		return memfd_create("memory", MFD_CLOEXEC);
	if (what == FILE_)
		return open(scratch_path("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_EQ(pipe(ends), 0);
	close(ends[0]);
	return ends[1];
}

static void speak(int socket, const struct line *line)
{
	int fds[8];
	size_t count = line->what == NONE ? 0 : line->what == TWO ? 2 : line->what == MANY ? 8 : 1;
	uint64_t wire = htole64((uint64_t)line->value);

	for (size_t i = 0; i < count; i++)
		fds[i] = make(line->what);
	write_raw(socket, &wire, sizeof(wire), fds, count);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* A peer, and the socket that plays its server. */
static struct ivshmem_peer *peer_of(int *socket)
{
	struct ivshmem_peer *peer = NULL;
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_EQ(ivshmem_peer_create(&peer, ends[1], &err), 0);
	*socket = ends[0];
	return peer;
}

#define GREETING                                                                                   \
	{ 0, NONE }, { 5, NONE },                                                                  \
	{                                                                                          \
		-1, MEMORY                                                                         \
	}

/* Each ends in a word too many, a word that is wrong, or one that comes too early. */
static const struct script {
	const char *name;
	const char *words;
	struct line lines[24];
	size_t count;
} scripts[] = {
#define SCRIPT(name, words, ...)                                                                   \
	{                                                                                          \
		name, words, { __VA_ARGS__ },                                                      \
			sizeof((struct line[]){ __VA_ARGS__ }) / sizeof(struct line)               \
	}
	SCRIPT("version 1", "version", { 1, NONE }),
	SCRIPT("version -1", "version", { -1, NONE }),
	SCRIPT("version in the upper half", "version", { 1ll << 32, NONE }),
	SCRIPT("version with a descriptor", "descriptor with its version", { 0, BELL }),
	SCRIPT("negative id", "out of range", { 0, NONE }, { -1, NONE }),
	SCRIPT("large id", "out of range", { 0, NONE }, { 65536, NONE }),
	SCRIPT("huge id", "out of range", { 0, NONE }, { INT64_MAX, NONE }),
	SCRIPT("id with a descriptor", "descriptor with our id", { 0, NONE }, { 5, BELL }),
	SCRIPT("memory without one", "memory", { 0, NONE }, { 5, NONE }, { -1, NONE }),
	SCRIPT("a bell before the memory", "memory", { 0, NONE }, { 5, NONE }, { 5, BELL }),
	SCRIPT("memory of another number", "memory", { 0, NONE }, { 5, NONE }, { -2, MEMORY }),
	SCRIPT("memory twice", "out of range", GREETING, { -1, MEMORY }),
	SCRIPT("no memory later", "out of range", GREETING, { -1, NONE }),
	SCRIPT("peer out of range", "out of range", GREETING, { 65536, BELL }),
	SCRIPT("peer far out of range", "out of range", GREETING, { INT64_MIN, BELL }),
	SCRIPT("a stranger leaves", "was not there", GREETING, { 7, NONE }),
	SCRIPT("we leave", "was not there", GREETING, { 5, BELL }, { 5, NONE }),
	SCRIPT("leaves twice", "was not there", GREETING, { 7, BELL }, { 7, NONE }, { 7, NONE }),
	SCRIPT("a peer twice", "twice", GREETING, { 7, BELL }, { 8, BELL }, { 7, BELL }),
	SCRIPT("us twice", "twice", GREETING, { 5, BELL }, { 7, BELL }, { 5, BELL }),
	SCRIPT("twice after a leaver", "twice", GREETING, { 7, BELL }, { 8, BELL }, { 8, NONE },
	       { 7, BELL }),
	SCRIPT("a file as a bell", "eventfd", GREETING, { 7, FILE_ }),
	SCRIPT("memory as a bell", "eventfd", GREETING, { 5, MEMORY }),
	SCRIPT("a pipe as a bell", "eventfd", GREETING, { 7, PIPE_ }),
	SCRIPT("two bells at once", "several", GREETING, { 7, TWO }),
	SCRIPT("many bells at once", "several", GREETING, { 7, MANY }),
	SCRIPT("17 vectors", "vectors", GREETING, { 7, BELL }, { 7, BELL }, { 7, BELL },
	       { 7, BELL }, { 7, BELL }, { 7, BELL }, { 7, BELL }, { 7, BELL }, { 7, BELL },
	       { 7, BELL }, { 7, BELL }, { 7, BELL }, { 7, BELL }, { 7, BELL }, { 7, BELL },
	       { 7, BELL }, { 7, BELL }),
};

static void nonsense_ends_the_connection(void)
{
	unsigned before = open_fds();

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		const struct script *script = &scripts[i];
		int socket;
		struct ivshmem_peer *peer = peer_of(&socket);
		for (size_t line = 0; line + 1 < script->count; line++)
			speak(socket, &script->lines[line]);
		if (ivshmem_peer_dispatch(peer, &err) != 0)
			test_fail("%s: refused too early: %s", script->name, err.text);
		speak(socket, &script->lines[script->count - 1]);
		if (ivshmem_peer_dispatch(peer, &err) != -EPROTO)
			test_fail("%s: not refused", script->name);
		CHECK_CONTAINS(err.text, script->words);
		CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_GONE);
		ivshmem_peer_destroy(peer);
		close(socket);
	}
	CHECK_EQ(open_fds(), before);
}

static void too_many_peers_are_refused(void)
{
	int socket, result = 0;
	struct ivshmem_peer *peer = peer_of(&socket);
	static const struct line greeting[] = { GREETING };
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_LEN(greeting); i++)
		speak(socket, &greeting[i]);
	while (result == 0 && count < 1000) {
		speak(socket, &(struct line){ 100 + count++, BELL });
		result = ivshmem_peer_dispatch(peer, &err);
	}
	CHECK_EQ(result, -EPROTO);
	CHECK_EQ(count, IVSHMEM_PEERS_MAX);
	ivshmem_peer_destroy(peer);
	close(socket);
}

static void states_follow_the_greeting(void)
{
	int socket;
	struct ivshmem_peer *peer = peer_of(&socket);
	static const struct line lines[] = { GREETING, { 9, BELL }, { 5, BELL }, { 5, BELL } };
	static const int states[] = { IVSHMEM_GREETING, IVSHMEM_GREETING, IVSHMEM_GREETING,
				      IVSHMEM_GREETING, IVSHMEM_READY,    IVSHMEM_READY };

	CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		CHECK_EQ(ivshmem_peer_memory(peer) >= 0, i >= 3);
		speak(socket, &lines[i]);
		CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
		CHECK_EQ(ivshmem_peer_state(peer), states[i]);
	}
	CHECK_EQ(ivshmem_peer_id(peer), 5);
	CHECK_EQ(ivshmem_peer_own(peer)->count, 2);
	CHECK_EQ(ivshmem_peer_others(peer), 1);
	close(socket);
	CHECK_EQ(ivshmem_peer_dispatch(peer, &err), -ECONNRESET);
	CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_GONE);
	CHECK_EQ(ivshmem_peer_own(peer)->count, 2);
	ivshmem_peer_destroy(peer);
}

/* The descriptor comes with whatever byte the server sent it with. */
static void pieces_make_a_message(void)
{
	static const struct line lines[] = { GREETING, { 300, BELL }, { 5, BELL }, { 300, NONE } };

	for (size_t cut = 1; cut < 8; cut++)
		for (int with_last = 0; with_last < 2; with_last++) {
			int socket;
			struct ivshmem_peer *peer = peer_of(&socket);
			for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
				uint64_t wire = htole64((uint64_t)lines[i].value);
				const uint8_t *bytes = (const uint8_t *)&wire;
				size_t count = lines[i].what != NONE;
				int fd = count ? make(lines[i].what) : -1;
				write_raw(socket, bytes, cut, &fd, with_last ? 0 : count);
				CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
				write_raw(socket, bytes + cut, 8 - cut, &fd, with_last ? count : 0);
				CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
				if (count)
					close(fd);
			}
			CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_READY);
			CHECK_EQ(ivshmem_peer_others(peer), 0);
			ivshmem_peer_destroy(peer);
			close(socket);
		}
}

static void a_half_message_is_no_message(void)
{
	unsigned before = open_fds();
	int socket, fd = wake_eventfd();
	struct ivshmem_peer *peer = peer_of(&socket);

	write_raw(socket, "\0\0\0", 3, &fd, 1);
	CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
	CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_GREETING);
	close(socket);
	CHECK_EQ(ivshmem_peer_dispatch(peer, &err), -ECONNRESET);
	ivshmem_peer_destroy(peer);
	close(fd);
	CHECK_EQ(open_fds(), before);
}

/* Another server's eventfds may block; a bell of ours must not. */
static void bells_become_nonblocking(void)
{
	int socket, fd = eventfd(0, EFD_CLOEXEC);
	struct ivshmem_peer *peer = peer_of(&socket);
	static const struct line greeting[] = { GREETING };
	uint64_t wire = htole64(9), most = UINT64_MAX - 1;

	for (size_t i = 0; i < ARRAY_LEN(greeting); i++)
		speak(socket, &greeting[i]);
	write_raw(socket, &wire, sizeof(wire), &fd, 1);
	CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
	CHECK_EQ(write(fd, &most, sizeof(most)), sizeof(most));
	CHECK_EQ(ivshmem_peer_ring(peer, 9, 0), -EAGAIN);
	ivshmem_peer_destroy(peer);
	close(socket);
	close(fd);
}

struct events {
	unsigned bells, left;
	int last;
};

static void count_bell(void *data, const struct ivshmem_bells *of)
{
	struct events *events = data;

	events->bells++;
	events->last = of->id;
}

static void count_left(void *data, uint16_t id)
{
	struct events *events = data;

	events->left++;
	events->last = -id;
}

static void the_listener_hears_of_others(void)
{
	static const struct ivshmem_peer_listener listener = { count_bell, count_left };
	static const struct line lines[] = { GREETING,    { 8, BELL },     { 8, BELL },
					     { 5, BELL }, { 65535, BELL }, { 8, NONE } };
	struct events events = { 0 };
	int socket;
	struct ivshmem_peer *peer = peer_of(&socket);

	ivshmem_peer_listen(peer, &listener, &events);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		speak(socket, &lines[i]);
	CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
	CHECK_EQ(events.bells, 3);
	CHECK_EQ(events.left, 1);
	CHECK_EQ(events.last, -8);
	ivshmem_peer_destroy(peer);
	CHECK_EQ(events.left, 1);
	close(socket);
}

static void a_missing_server_is_told(void)
{
	struct ivshmem_peer *peer = NULL;
	char path[200];

	CHECK_EQ(ivshmem_peer_connect(&peer, scratch_path("nobody"), &err), -ENOENT);
	CHECK_CONTAINS(err.text, "oriel shmd");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CHECK_EQ(ivshmem_peer_connect(&peer, path, &err), -ENAMETOOLONG);
	scratch_text("plain", "");
	CHECK_EQ(ivshmem_peer_connect(&peer, scratch_path("plain"), &err), -ENOTSOCK);
	CHECK(peer == NULL);
	ivshmem_peer_destroy(NULL);
}

static const struct test_case cases[] = {
	TEST(nonsense_ends_the_connection), TEST(too_many_peers_are_refused),
	TEST(states_follow_the_greeting),   TEST(pieces_make_a_message),
	TEST(a_half_message_is_no_message), TEST(bells_become_nonblocking),
	TEST(the_listener_hears_of_others), TEST(a_missing_server_is_told),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
