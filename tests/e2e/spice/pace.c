/* How long a motion takes from the viewer to QEMU, and what 1000 of them a second cost: by QEMU's
 * own trace of its input, which has the time of day. Where there is a display, a viewer shows
 * moving pictures meanwhile. Times are printed; what has to hold is that nothing is lost. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "e2e/guest.h"
#include "e2e/worker.h"
#include "link/spice.h"
#include "test.h"

#define PATIENCE_NS (40 * NS_PER_S)
#define LIFE_S      120 /* of each program we start, whatever happens */
#define MOTIONS     4000u

static char work[GUEST_FOLDER_SIZE];

static struct {
	pid_t machine, spice, viewer;
	struct link *link;
	unsigned hellos, connected;
	uint64_t sent_us[MOTIONS], taken_us[MOTIONS];
	unsigned taken;
} rig;

static uint64_t day_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- programs ---- */

static void silence(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	dup2(fd, STDERR_FILENO);
}

static void start_machine(void)
{
	char spice[128], trace[96];

	snprintf(spice, sizeof(spice), "unix=on,addr=%s/spice,disable-ticketing=on", work);
	snprintf(trace, sizeof(trace), "%s/trace", work);
	rig.machine = fork();
	if (rig.machine != 0)
		return;
	guest_limit_life(LIFE_S);
	silence("machine");
	execlp("qemu-system-x86_64", "qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-m", "64",
	       "-nodefaults", "-no-user-config", "-display", "none", "-vga", "std", "-device",
	       "virtio-mouse-pci", "-spice", spice, "-msg", "timestamp=on", "-trace",
	       "input_event_rel", "-D", trace, NULL);
	_exit(127);
}

static void start_viewer(void)
{
	if (!getenv("DISPLAY") || !getenv("ORIEL_VIEW"))
		return;
	rig.viewer = fork();
	if (rig.viewer != 0)
		return;
	guest_limit_life(LIFE_S);
	silence("viewer");
	execl(getenv("ORIEL_VIEW"), "oriel-view", "--no-config", "--source=pattern:1280x720@60",
	      "--no-spice", NULL);
	_exit(127);
}

/* ---- the link ---- */

static void open_server(void)
{
	struct link_spice_open open = { .version = LINK_SPICE_VERSION };
	char address[96];

	snprintf(address, sizeof(address), "%s/spice", work);
	CHECK_EQ(link_send(rig.link, LINK_SPICE_OPEN, &open, address, NULL), 0);
}

static void hear_link(void)
{
	struct link_message *message;
	struct err err;
	int result;

	while ((result = link_receive(rig.link, &message, &err)) == 0) {
		const struct link_spice_state *state = message->body;

		if (message->type == LINK_SPICE_HELLO)
			open_server();
		else if (message->type == LINK_SPICE_STATE)
			rig.connected += state->connection == LINK_SPICE_CONNECTED;
	}
	if (result < 0)
		test_fail("%s", err.text);
}

static void move(unsigned number)
{
	rig.sent_us[number] = day_us();
	CHECK_EQ(link_send(rig.link, LINK_SPICE_MOTION, &(struct link_spice_motion){ 1, 0 }, NULL,
			   NULL),
		 0);
	while (link_waiting(rig.link)) {
		struct pollfd wait = { .fd = link_fd(rig.link), .events = POLLIN };
		poll(&wait, 1, 100);
		CHECK_EQ(link_flush(rig.link), 0);
	}
}

/* ---- QEMU's trace ---- */

/* "123@1700000000.123456:input_event_rel con 0, axis x, value 3": that many motions in one. */
static void take_line(const char *line)
{
	unsigned long seconds, us;
	long value;
	const char *words = strstr(line, "axis x, value ");

	if (!words || sscanf(line, "%*u@%lu.%lu:", &seconds, &us) != 2 ||
	    sscanf(words, "axis x, value %ld", &value) != 1)
		return;
	for (; value > 0 && rig.taken < MOTIONS; value--)
		rig.taken_us[rig.taken++] = seconds * 1000000 + us;
}

static void read_trace(void)
{
	char path[96], line[256];

	snprintf(path, sizeof(path), "%s/trace", work);
	FILE *file = fopen(path, "r");
	rig.taken = 0;
	while (file && fgets(line, sizeof(line), file))
		take_line(line);
	if (file)
		fclose(file);
}

/* ---- figures ---- */

static double cpu_s(pid_t process)
{
	unsigned long long ns = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/schedstat", process);
	FILE *file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	if (file)
		fclose(file);
	return (double)ns / 1e9;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_latencies(const char *what)
{
	static int64_t us[MOTIONS];

	for (unsigned i = 0; i < MOTIONS; i++)
		us[i] = (int64_t)(rig.taken_us[i] - rig.sent_us[i]);
	qsort(us, MOTIONS, sizeof(us[0]), by_size);
	printf("# %s: p50 %d us, p95 %d us, p99 %d us, of %u\n", what, (int)us[MOTIONS / 2],
	       (int)us[MOTIONS * 95 / 100], (int)us[MOTIONS * 99 / 100], MOTIONS);
}

static void motion_arrives_and_costs_little(void)
{
	guest_needs_spice();
	start_machine();
	rig.spice = worker_start(&rig.link, LIFE_S);
	start_viewer();
	for (uint64_t until = clock_ns() + PATIENCE_NS; !rig.connected;) {
		CHECK(clock_ns() < until);
		poll(&(struct pollfd){ .fd = link_fd(rig.link), .events = POLLIN }, 1, 100);
		hear_link();
	}
	clock_sleep(2 * NS_PER_S); /* the viewer's start is not measured */
	double before = cpu_s(guest_child_of(rig.spice));
	uint64_t due = clock_ns(), begun = due;
	for (unsigned i = 0; i < MOTIONS; i++) {
		move(i);
		hear_link();
		due += NS_PER_MS;
		if (clock_ns() < due)
			clock_sleep_until(due);
	}
	double seconds = (double)(clock_ns() - begun) / NS_PER_S;
	double used = cpu_s(guest_child_of(rig.spice)) - before;
	for (uint64_t until = clock_ns() + PATIENCE_NS; rig.taken < MOTIONS; read_trace()) {
		if (clock_ns() > until)
			test_fail("%u of %u motions arrived", rig.taken, MOTIONS);
		clock_sleep(50 * NS_PER_MS);
	}
	print_latencies(rig.viewer ? "viewer to QEMU, pictures moving" : "viewer to QEMU");
	printf("# oriel-spice: %.2f %% of a core at %.0f motions/s\n", 100 * used / seconds,
	       MOTIONS / seconds);
}

static const struct test_case cases[] = { TEST(motion_arrives_and_costs_little) };

int main(int argc, char **argv)
{
	if (guest_make_folder(work, "pace") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	guest_end(&rig.viewer);
	guest_end(&rig.machine);
	link_destroy(rig.link); /* which ends oriel-spice */
	if (rig.spice > 0)
		waitpid(rig.spice, NULL, 0);
	return guest_remove_folder(work) ? 1 : status;
}
