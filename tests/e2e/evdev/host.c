/* Keyboards and mice of a real kernel, in a guest in QEMU: what its monitor presses the viewer's
 * own reader says, and nobody else hears of it. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "test.h"

#define BOOT_NS     (120 * NS_PER_S)
#define PATIENCE_NS (30 * NS_PER_S)
#define LIFE_S      200 /* of QEMU, whatever happens */

enum { CONSOLE_FD = 3, MONITOR_FD = 4 };

static char initrd[96], kernel[512];
static pid_t machine;
static int console = -1, monitor = -1;
static char said[1 << 16]; /* since the last forget() */
static size_t length;

static void forget(void)
{
	length = 0;
	said[0] = 0;
}

/* For messages, which are a line each: the end of it. */
static const char *as_line(const char *text)
{
	static char lines[2][512];
	static unsigned next;
	char *out = lines[next++ % 2];
	size_t all = strlen(text), kept = all < sizeof(lines[0]) ? all : sizeof(lines[0]) - 1;

	memcpy(out, text + all - kept, kept + 1);
	for (char *c = out; *c; c++)
		if (*c < ' ')
			*c = '|';
	return out;
}

/* The monitor's echo is of no interest. */
static void listen_once(void)
{
	struct pollfd waits[] = { { .fd = console, .events = POLLIN },
				  { .fd = monitor, .events = POLLIN } };
	char echo[4096];

	if (poll(waits, 2, 100) <= 0)
		return;
	if (waits[1].revents)
		(void)!read(monitor, echo, sizeof(echo));
	if (!waits[0].revents)
		return;
	ssize_t got = read(console, said + length, sizeof(said) - 1 - length);
	if (got <= 0)
		test_fail("the machine is gone; it said: %s", as_line(said));
	length += (size_t)got;
	said[length] = 0;
}

static void await(const char *text, uint64_t patience)
{
	uint64_t end = clock_ns() + patience;

	while (!strstr(said, text) && clock_ns() < end)
		listen_once();
	if (!strstr(said, text))
		test_fail("the guest never said \"%s\", but: %s", as_line(text), as_line(said));
}

static void check_said(const char *text)
{
	await(text, 0);
}

static void order(const char *command)
{
	CHECK_EQ(write(monitor, command, strlen(command)), strlen(command));
	CHECK_EQ(write(monitor, "\n", 1), 1);
}

static void make_image(void)
{
	char command[256];

	snprintf(command, sizeof(command), "sh \"$IMAGE\" %s", initrd);
	FILE *out = popen(command, "r");
	if (!out || !fgets(kernel, sizeof(kernel), out))
		kernel[0] = 0;
	kernel[strcspn(kernel, "\n")] = 0;
	int status = out ? pclose(out) : -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("no guest can be had here");
	CHECK_EQ(status, 0);
}

static void run_qemu(int to_console, int to_monitor)
{
	static const char script[] =
		"exec qemu-system-x86_64 -machine q35 -accel tcg -m 256 -nodefaults "
		"-no-user-config -display none -no-reboot -device qemu-xhci -device usb-tablet "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-chardev socket,id=monitor,fd=4 -mon chardev=monitor,mode=readline "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append \"quiet console=ttyS0 tsc=reliable tsc_early_khz=$3 mitigations=off "
		"panic=-1 -- listener\"";
	char khz[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFE_S);
	snprintf(khz, sizeof(khz), "%u", clock_tsc_khz());
	dup2(to_console, CONSOLE_FD);
	dup2(to_monitor, MONITOR_FD);
	execlp("sh", "sh", "-c", script, "sh", kernel, initrd, khz, NULL);
	_exit(127);
}

static int make_end(int *ours)
{
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	*ours = ends[0];
	return ends[1];
}

static void start_machine(void)
{
	int to_console = make_end(&console), to_monitor = make_end(&monitor);

	machine = fork();
	if (machine == 0)
		run_qemu(fcntl(to_console, F_DUPFD, 10), fcntl(to_monitor, F_DUPFD, 10));
	close(to_console);
	close(to_monitor);
}

/* ---- cases, each goes on where the one before ended ---- */

static void devices_are_known(void)
{
	if (system("command -v qemu-system-x86_64 >/dev/null"))
		test_skip("no qemu-system-x86_64 here");
	make_image();
	start_machine();
	await("evdev: ready", BOOT_NS);
	check_said("keyboard: 0");
	check_said("Mouse: 0");
	check_said("Tablet: 95"); /* ENOTSUP */
	const char *first = strstr(said, "evdev: exclusive");
	CHECK(first && strstr(first + 1, "evdev: exclusive"));
}

static void needs_guest(void)
{
	if (machine <= 0)
		test_skip("there is no guest");
	forget();
}

static void keys_are_read(void)
{
	needs_guest();
	order("sendkey shift-a");
	await("evdev: key 30 0 0\r\n", PATIENCE_NS);
	await("evdev: key 42 0 0\r\n", PATIENCE_NS);
	check_said("evdev: key 42 1 1\r\n");
	check_said("evdev: key 30 1 1\r\n");
	CHECK(!strstr(said, "leak"));
}

static void mice_are_read(void)
{
	needs_guest();
	order("mouse_set 2"); /* the PS/2 one, not the tablet */
	order("mouse_move 5 -7");
	await("evdev: motion 5 -7\r\n", PATIENCE_NS);
	order("mouse_button 1");
	await("evdev: key 272 1 1\r\n", PATIENCE_NS);
	order("mouse_button 0");
	await("evdev: key 272 0 0\r\n", PATIENCE_NS);
	order("mouse_move 0 0 1"); /* the monitor's up */
	await("evdev: scroll 0 -120\r\n", PATIENCE_NS);
	CHECK(!strstr(said, "leak"));
}

static void whose_end_gives_them_back(void)
{
	needs_guest();
	order("sendkey esc");
	await("evdev: given back\r\n", PATIENCE_NS);
	await("evdev: key 1 0 0\r\n", PATIENCE_NS);
	order("sendkey b");
	await("evdev: key 48 0 0\r\n", PATIENCE_NS);
	CHECK(!strstr(said, "leak"));
}

static const struct test_case cases[] = {
	TEST(devices_are_known),
	TEST(keys_are_read),
	TEST(mice_are_read),
	TEST(whose_end_gives_them_back),
};

int main(int argc, char **argv)
{
	snprintf(initrd, sizeof(initrd), "/tmp/oriel-evdev-%d", (int)getpid());
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	if (machine > 0) {
		kill(machine, SIGKILL);
		waitpid(machine, NULL, 0);
	}
	unlink(initrd);
	return status;
}
