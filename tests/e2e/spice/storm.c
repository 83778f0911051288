/* Connections that break, servers that lie, programs that are killed: oriel-spice between a viewer,
 * which is this program, and a real server behind a proxy, which is this program, too.
 *
 * ORIEL_LONG=1 lets it lie for longer. Every lie has a number, which repeats it: ORIEL_SEED. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/guest.h"
#include "e2e/spice/ends.h"
#include "link/spice.h"
#include "test.h"

#define PATIENCE_NS (40 * NS_PER_S)
#define LIFE_S      1500 /* of each program we start, whatever happens */
#define PIPES       32
#define ROUNDS      50
#define LIES_SHORT  60
#define LIES_LONG   800 /* six minutes */

enum { LINK_FD = 3 };

enum lie { TRUTH, FLIP, CUT, SWAP, REPEAT, NOISE, LIES };

/* One connection of a client to the server. */
struct pipe {
	int client, server; /* -1: it is none */
	uint64_t passed;    /* bytes that the server said */
	unsigned char held[4096];
	size_t held_size; /* SWAP: said later */
};

static char work[GUEST_FOLDER_SIZE];

static struct {
	pid_t machine, spice;
	int listener;
	struct pipe pipes[PIPES];
	struct link *link;
	unsigned hellos, connected, lost, refused, taken;

	/* The lie at hand. */
	enum lie lie;
	uint64_t random, after; /* the second: so many bytes are true */
	uint32_t rate;          /* one of so many bytes is not */
	unsigned told;
	unsigned revivals; /* of the machine */

	FILE *said;                       /* what workers say to stderr */
	char *unjudged;                   /* what the last one said */
	unsigned ends[END_COUNT], judged; /* the second: hellos */
} rig;

/* ---- chance ---- */

static uint32_t chance(void)
{
	rig.random = rig.random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rig.random >> 33);
}

/* ---- the proxy ---- */

static int connect_to(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", work, name);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", work, name);
	rig.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK_EQ(bind(rig.listener, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_EQ(listen(rig.listener, PIPES), 0);
}

static void hang_up(struct pipe *pipe)
{
	if (pipe->client >= 0)
		close(pipe->client);
	if (pipe->server >= 0)
		close(pipe->server);
	*pipe = (struct pipe){ .client = -1, .server = -1 };
}

static void hang_up_all(void)
{
	for (size_t i = 0; i < PIPES; i++)
		hang_up(&rig.pipes[i]);
}

static void take_client(void)
{
	int client = accept(rig.listener, NULL, NULL);

	for (size_t i = 0; client >= 0 && i < PIPES; i++)
		if (rig.pipes[i].client < 0) {
			rig.pipes[i].client = client;
			rig.pipes[i].server = connect_to("server");
			return;
		}
	if (client >= 0)
		close(client);
}

static bool put(int fd, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

static void spoil(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (chance() % rig.rate == 0) {
			bytes[i] = rig.lie == NOISE ? (unsigned char)chance()
						    : (unsigned char)(bytes[i] ^ 1 << chance() % 8);
			rig.told++;
		}
}

/* What the server said goes on, or something like it. False: no more. */
static bool pass_on(struct pipe *pipe, unsigned char *bytes, size_t size)
{
	bool lies = rig.lie != TRUTH && pipe->passed >= rig.after;

	pipe->passed += size;
	if (lies && (rig.lie == FLIP || rig.lie == NOISE))
		spoil(bytes, size);
	if (!lies || rig.lie == FLIP || rig.lie == NOISE)
		return put(pipe->client, bytes, size);
	rig.told++;
	if (rig.lie == CUT)
		return put(pipe->client, bytes, chance() % size) && false;
	if (rig.lie == REPEAT)
		return put(pipe->client, bytes, size) && put(pipe->client, bytes, size);
	if (pipe->held_size == 0) { /* SWAP */
		memcpy(pipe->held, bytes, size);
		pipe->held_size = size;
		return true;
	}
	bool done = put(pipe->client, bytes, size) &&
		    put(pipe->client, pipe->held, pipe->held_size);
	pipe->held_size = 0;
	return done;
}

static void serve(struct pipe *pipe, bool from_server)
{
	unsigned char bytes[4096];
	ssize_t got = recv(from_server ? pipe->server : pipe->client, bytes, sizeof(bytes),
			   MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0 || !(from_server ? pass_on(pipe, bytes, (size_t)got)
				      : put(pipe->server, bytes, (size_t)got)))
		hang_up(pipe);
}

/* ---- what oriel-spice tells ---- */

static void hear(const struct link_message *message)
{
	const struct link_spice_state *state = message->body;

	rig.hellos += message->type == LINK_SPICE_HELLO;
	if (message->type != LINK_SPICE_STATE)
		return;
	rig.connected += state->connection == LINK_SPICE_CONNECTED;
	rig.lost += state->connection == LINK_SPICE_LOST;
	rig.taken += state->connection == LINK_SPICE_TAKEN;
	rig.refused += state->connection == LINK_SPICE_REFUSED ||
		       state->connection == LINK_SPICE_LOCKED;
}

static void hear_link(void)
{
	struct link_message *message;
	struct err err;
	int result;

	while ((result = link_receive(rig.link, &message, &err)) == 0)
		hear(message);
	if (result < 0)
		test_fail("%s", err.text);
}

static void turn(void)
{
	struct pollfd wait[2 + 2 * PIPES];
	size_t count = 0;

	wait[count++] = (struct pollfd){ .fd = link_fd(rig.link), .events = POLLIN };
	wait[count++] = (struct pollfd){ .fd = rig.listener, .events = POLLIN };
	for (size_t i = 0; i < PIPES; i++) {
		wait[count++] = (struct pollfd){ .fd = rig.pipes[i].client, .events = POLLIN };
		wait[count++] = (struct pollfd){ .fd = rig.pipes[i].server, .events = POLLIN };
	}
	poll(wait, count, 20);
	for (size_t i = 0; i < PIPES; i++) {
		if (rig.pipes[i].client >= 0 && wait[2 + 2 * i].revents)
			serve(&rig.pipes[i], false);
		if (rig.pipes[i].server >= 0 && wait[3 + 2 * i].revents)
			serve(&rig.pipes[i], true);
	}
	if (wait[1].revents)
		take_client();
	if (wait[0].revents)
		hear_link();
}

#define WAIT_UNTIL(condition)                                                                      \
	GUEST_WAIT(condition, PATIENCE_NS, turn(), "not within its time: %s", #condition)

/* ---- starting and stopping ---- */

/* Its firmware draws a little and then waits for a disk for ever. */
static void start_machine(void)
{
	char spice[128];

	snprintf(spice, sizeof(spice), "unix=on,addr=%s/server,disable-ticketing=on", work);
	rig.machine = fork();
	if (rig.machine == 0) {
		guest_limit_life(LIFE_S);
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		dup2(null, STDERR_FILENO); /* it has a lot to say of such clients */
		execlp("qemu-system-x86_64", "qemu-system-x86_64", "-accel", "tcg", "-M", "q35",
		       "-m", "64", "-nodefaults", "-no-user-config", "-display", "none", "-vga",
		       "qxl", "-name", "spice-storm", "-device", "qemu-xhci", "-device",
		       "usb-tablet", "-device", "virtio-serial-pci", "-chardev",
		       "spicevmc,id=vd,name=vdagent", "-device",
		       "virtserialport,chardev=vd,name=com.redhat.spice.0", "-spice", spice, NULL);
		_exit(127);
	}
}

static void start_spice(void)
{
	char path[96];
	int ends[2];

	snprintf(path, sizeof(path), "%s/said", work);
	CHECK((rig.said = fopen(path, "w+e")));
	CHECK_EQ(link_pair(ends), 0);
	rig.spice = fork();
	if (rig.spice == 0) {
		guest_limit_life(LIFE_S);
		int end = fcntl(ends[1], F_DUPFD, 10);
		dup2(end, LINK_FD);
		dup2(open(path, O_WRONLY | O_APPEND), STDERR_FILENO);
		setenv("ASAN_OPTIONS", END_ASAN_OPTIONS, 1);
		execl(getenv("ORIEL_SPICE"), "oriel-spice", "--link=3", NULL);
		_exit(127);
	}
	close(ends[1]);
	CHECK_EQ(link_create(&rig.link, ends[0], &link_spice_asks, &link_spice_tells), 0);
	WAIT_UNTIL(rig.hellos == 1);
}

/* spice-server 0.15.1 does not always survive a client that leaves early. */
static void calm(uint64_t ns)
{
	for (uint64_t until = clock_ns() + ns; clock_ns() < until;)
		turn();
}

static void open_server(void)
{
	struct link_spice_open open = { .version = LINK_SPICE_VERSION };
	char address[96];

	snprintf(address, sizeof(address), "%s/proxy", work);
	CHECK_EQ(link_send(rig.link, LINK_SPICE_OPEN, &open, address, NULL), 0);
}

/* ---- cases ---- */

/* Once: what is left of one case is there in the next. */
static void start(void)
{
	guest_needs_spice();
	if (rig.machine > 0)
		return;
	for (size_t i = 0; i < PIPES; i++)
		rig.pipes[i].client = rig.pipes[i].server = -1;
	listen_at("proxy");
	start_spice();
	start_machine();
	open_server();
	WAIT_UNTIL(rig.connected == 1);
}

static void a_server_is_reached_through_the_proxy(void)
{
	start();
	CHECK_EQ(rig.connected, 1);
}

static unsigned descriptors(pid_t process)
{
	char path[64];
	unsigned count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", process);
	DIR *folder = opendir(path);
	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

/* Every other time by the server's doing, else by the viewer's. */
static void fifty_connections_leave_nothing_behind(void)
{
	start();
	unsigned before = 0, hellos = rig.hellos;
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned connected = rig.connected, lost = rig.lost, taken = rig.taken;
		if (i % 2) {
			calm(300 * NS_PER_MS);
			hang_up_all();
			WAIT_UNTIL(rig.lost > lost || rig.taken > taken);
			if (rig.taken > taken) /* so it looks to one who is thrown out often */
				open_server();
		} else {
			open_server();
		}
		WAIT_UNTIL(rig.connected > connected);
		if (i == 3) /* whatever is loaded once is loaded */
			before = descriptors(guest_child_of(rig.spice));
	}
	CHECK_EQ(rig.hellos, hellos);
	/* Channels that open late come and go. */
	WAIT_UNTIL(descriptors(guest_child_of(rig.spice)) <= before + 4);
	printf("# %u connections, %u descriptors before, %u after\n", ROUNDS, before,
	       descriptors(guest_child_of(rig.spice)));
}

static void choose_lie(unsigned number)
{
	rig.random = number * 0x9e3779b97f4a7c15u;
	chance();
	rig.lie = FLIP + number % (LIES - 1);
	rig.after = chance() % 4 ? chance() % (1u << (4 + chance() % 14)) : 0;
	rig.rate = 1u << (2 + chance() % 10);
	rig.told = 0;
}

/* What falls over is not ours. */
static void revive_machine(void)
{
	if (waitpid(rig.machine, NULL, WNOHANG) != rig.machine)
		return;
	char path[96];
	snprintf(path, sizeof(path), "%s/server", work);
	unlink(path);
	start_machine();
	rig.revivals++;
}

/* What has been said since the last end. */
static void hear_said(void)
{
	char *text = NULL, part[4096];
	size_t size = 0, got;
	FILE *all = open_memstream(&text, &size);

	fputs(rig.unjudged ? rig.unjudged : "", all);
	while ((got = fread(part, 1, sizeof(part), rig.said)) > 0)
		fwrite(part, 1, got, all);
	clearerr(rig.said);
	fclose(all);
	free(rig.unjudged);
	rig.unjudged = text;
}

/* An end shows when the next worker says hello, which may be after another lie. */
static void judge(unsigned number)
{
	static const char *const names[END_COUNT] = { "a library's", "OURS", "untold" };
	char why[END_WHY_SIZE];

	hear_said();
	if (rig.hellos == rig.judged)
		return;
	rig.judged = rig.hellos;
	enum end end = end_judge(rig.unjudged, why);
	rig.ends[end]++;
	printf("# lie %u: an end, %s: %s\n", number, names[end], why);
	if (end == END_OURS || getenv("ORIEL_SEED"))
		fprintf(stderr, "%s", rig.unjudged);
	free(rig.unjudged);
	rig.unjudged = NULL;
}

/* It has an end: an error, an end of the program, or nobody took offence for a while. */
static bool lie_once(unsigned number)
{
	unsigned before = rig.lost + rig.refused + rig.hellos;

	choose_lie(number);
	open_server();
	for (uint64_t until = clock_ns() + 300 * NS_PER_MS;
	     clock_ns() < until && rig.lost + rig.refused + rig.hellos == before;)
		turn();
	rig.lie = TRUTH;
	calm(50 * NS_PER_MS);
	hang_up_all();
	revive_machine();
	judge(number);
	return rig.lost + rig.refused + rig.hellos != before;
}

static unsigned count_of_lies(void)
{
	const char *wanted = getenv("ORIEL_LONG");

	return wanted && *wanted ? LIES_LONG : LIES_SHORT;
}

/* Whatever a server says, oriel-spice is there afterwards, and knows what it did not say. */
static void lies_end_in_an_error_and_nothing_else(void)
{
	const char *seed = getenv("ORIEL_SEED");
	unsigned noticed = 0, hellos, first = seed ? (unsigned)atoi(seed) : 1;
	unsigned last = seed ? first : count_of_lies();

	start();
	hellos = rig.judged = rig.hellos;
	for (unsigned i = first; i <= last; i++) {
		noticed += lie_once(i);
		if (i % 10 && i != last)
			continue;
		/* A word of truth between. */
		unsigned connected = rig.connected;
		for (uint64_t until = clock_ns() + PATIENCE_NS; rig.connected == connected;) {
			if (clock_ns() >= until)
				test_fail("no truth got through after lie %u: %u ends of the "
					  "worker, %u of the machine, %u times lost, %u refused",
					  i, rig.hellos - hellos, rig.revivals, rig.lost,
					  rig.refused);
			open_server(); /* also to one that starts anew */
			calm(500 * NS_PER_MS);
			revive_machine();
		}
	}
	judge(last);
	printf("# %u lies, %u noticed, %u ends of the worker (%u in libraries, %u untold), "
	       "%u of the machine\n",
	       last - first + 1, noticed, rig.hellos - hellos, rig.ends[END_LIBRARY],
	       rig.ends[END_UNTOLD], rig.revivals);
	CHECK_EQ(rig.ends[END_OURS], 0);
	CHECK(seed || noticed * 3 >= last - first);
}

static pid_t start_viewer(void)
{
	pid_t viewer = fork();

	if (viewer != 0)
		return viewer;
	guest_limit_life(LIFE_S);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDERR_FILENO);
	execl(getenv("ORIEL_VIEW"), "oriel-view", "--no-config", "--headless",
	      "--source=pattern:64x64@100", "--spice=/nonexistent/oriel.sock", "--exit-after=300",
	      NULL);
	_exit(127);
}

/* Not who opens files, which the keeper has started, too. */
static bool is_worker(pid_t process)
{
	char path[64], name[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)process);
	FILE *file = process ? fopen(path, "re") : NULL;
	bool read = file && fgets(name, sizeof(name), file);
	if (file)
		fclose(file);
	return read && strcmp(name, "oriel-spice\n") == 0;
}

/* Workers die while pictures come, then the keeper; the viewer shows all of them. */
static void nobodys_death_holds_pictures_up(void)
{
	pid_t viewer = start_viewer(), keeper = 0;
	unsigned workers = 0, keepers = 0;
	int status = 0;

	while (waitpid(viewer, &status, WNOHANG) == 0) {
		pid_t victim = 0;
		keeper = guest_child_of(viewer);
		if (keeper && is_worker(victim = guest_child_of(keeper)) && workers < 3)
			workers += kill(victim, SIGKILL) == 0;
		else if (keeper && workers == 3)
			keepers += kill(keeper, SIGKILL) == 0;
		clock_sleep(100 * NS_PER_MS);
	}
	printf("# killed %u workers and %u keepers\n", workers, keepers);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	CHECK_EQ(workers, 3);
	CHECK(keepers > 0);
}

static const struct test_case cases[] = {
	TEST(a_server_is_reached_through_the_proxy),
	TEST(fifty_connections_leave_nothing_behind),
	TEST(lies_end_in_an_error_and_nothing_else),
	TEST(nobodys_death_holds_pictures_up),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(work, "storm") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	guest_end(&rig.machine);
	hang_up_all();
	link_destroy(rig.link); /* which ends oriel-spice */
	if (rig.spice > 0)
		waitpid(rig.spice, NULL, 0);
	return guest_remove_folder(work) ? 1 : status;
}
