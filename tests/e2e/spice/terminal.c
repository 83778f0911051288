/* A viewer that asks for the SPICE server's password in its terminal: a real server with one, the
 * viewer as a user starts it, and this program at the terminal's other end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "e2e/guest.h"

#define PATIENCE_NS (30 * NS_PER_S)
#define LIFE_S      120 /* of each program we start, whatever happens */
#define QUESTION    "Password of the SPICE server: "

static char work[GUEST_FOLDER_SIZE];

static struct {
	pid_t machine, viewer;
	int terminal; /* -1: there is none */
	char said[16384];
	size_t length, read; /* read: up to here it was waited for */
} rig = { .terminal = -1 };

/* ---- the terminal ---- */

static void listen_for(int ms)
{
	struct pollfd wait = { .fd = rig.terminal, .events = POLLIN };

	if (poll(&wait, 1, ms) < 1)
		return;
	ssize_t got = read(rig.terminal, rig.said + rig.length, sizeof(rig.said) - 1 - rig.length);
	if (got > 0)
		rig.length += (size_t)got;
	else
		clock_sleep(10 * NS_PER_MS); /* it has ended */
	rig.said[rig.length] = '\0';
}

static bool has_said(const char *words)
{
	const char *at = strstr(rig.said + rig.read, words);

	if (at)
		rig.read = (size_t)(at - rig.said) + strlen(words);
	return at != NULL;
}

static void await(const char *words)
{
	GUEST_WAIT(has_said(words), PATIENCE_NS, listen_for(50), "not said: %s; but: %s", words,
		   rig.said + rig.read);
}

static void type(const char *text)
{
	CHECK_EQ(write(rig.terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static bool echoes(void)
{
	struct termios now;

	CHECK_EQ(tcgetattr(rig.terminal, &now), 0);
	return now.c_lflag & ECHO;
}

/* ---- programs ---- */

static bool listens(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/spice", work);
	return access(path, F_OK) == 0;
}

static void start_machine(void)
{
	char spice[128];

	snprintf(spice, sizeof(spice), "unix=on,addr=%s/spice,password-secret=word", work);
	rig.machine = fork();
	if (rig.machine == 0) {
		guest_limit_life(LIFE_S);
		execlp("qemu-system-x86_64", "qemu-system-x86_64", "-accel", "tcg", "-M", "q35",
		       "-m", "64", "-S", "-nodefaults", "-no-user-config", "-display", "none",
		       "-vga", "std", "-object", "secret,id=word,data=open-sesame", "-spice", spice,
		       NULL);
		_exit(127);
	}
	GUEST_WAIT(listens(), PATIENCE_NS, clock_sleep(10 * NS_PER_MS), "no server");
}

/* It ends with its first picture, which only the password brings. */
static void run_viewer(void)
{
	char spice[96];

	snprintf(spice, sizeof(spice), "--spice=%s/spice", work);
	guest_limit_life(LIFE_S);
	execl(getenv("ORIEL_VIEW"), "oriel-view", "--no-config", "--headless", "--source=spice",
	      "--no-audio", "--exit-after=1", spice, NULL);
	_exit(127);
}

static void forget(void)
{
	guest_end(&rig.viewer);
	if (rig.terminal >= 0)
		close(rig.terminal);
	rig.terminal = -1;
	rig.length = rig.read = 0;
	rig.said[0] = '\0';
}

static void start_viewer(void)
{
	forget();
	rig.viewer = forkpty(&rig.terminal, NULL, NULL, NULL);
	if (rig.viewer == 0)
		run_viewer();
	CHECK(rig.viewer > 0);
}

static bool ended(int *status)
{
	if (rig.viewer <= 0 || waitpid(rig.viewer, status, WNOHANG) != rig.viewer)
		return false;
	rig.viewer = 0;
	return true;
}

static int await_end(void)
{
	int status = 0;

	GUEST_WAIT(ended(&status), PATIENCE_NS, listen_for(20),
		   "the viewer does not end; it said: %s", rig.said);
	return status;
}

static void needs_machine(void)
{
	if (rig.machine <= 0)
		test_skip("there is no machine");
}

/* ---- cases ---- */

static void a_wrong_password_is_asked_for_again(void)
{
	guest_needs_spice();
	start_machine();
	start_viewer();
	await(QUESTION);
	CHECK(!echoes());
	type("open-barley\n");
	await("That was not it. " QUESTION);
	CHECK(!echoes());
	type("open-sesame\n");
	int status = await_end();
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	CHECK(echoes());
	CHECK(!strstr(rig.said, "barley"));
	CHECK(!strstr(rig.said, "sesame"));
}

/* End of file: it goes on without, and the terminal is the shell's again. */
static void who_does_not_answer_is_left_alone(void)
{
	needs_machine();
	start_viewer();
	await(QUESTION);
	CHECK(!echoes());
	type("\x04");
	GUEST_WAIT(echoes(), PATIENCE_NS, listen_for(20), "the terminal stays silent");
	for (unsigned i = 0; i < 50; i++)
		listen_for(20);
	CHECK(!strstr(rig.said + rig.read, QUESTION));
	CHECK_EQ(waitpid(rig.viewer, NULL, WNOHANG), 0);
	CHECK_EQ(kill(rig.viewer, SIGTERM), 0);
	await_end();
}

static void whoever_leaves_leaves_the_terminal_as_it_was(void)
{
	needs_machine();
	start_viewer();
	await(QUESTION);
	CHECK(!echoes());
	type("\x03");
	await_end();
	CHECK(echoes());
}

static void without_a_terminal_nobody_is_asked(void)
{
	int out[2];

	needs_machine();
	forget();
	CHECK_EQ(pipe(out), 0);
	rig.viewer = fork();
	if (rig.viewer == 0) {
		int null = open("/dev/null", O_RDONLY);
		setsid();
		dup2(null, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		close(out[0]);
		run_viewer();
	}
	close(out[1]);
	rig.terminal = out[0];
	await("wants a password: --spice-password-file"); /* as there is no other way */
	CHECK(!strstr(rig.said, QUESTION));
	CHECK_EQ(waitpid(rig.viewer, NULL, WNOHANG), 0);
	CHECK_EQ(kill(rig.viewer, SIGTERM), 0);
	await_end();
}

static const struct test_case cases[] = {
	TEST(a_wrong_password_is_asked_for_again),
	TEST(who_does_not_answer_is_left_alone),
	TEST(whoever_leaves_leaves_the_terminal_as_it_was),
	TEST(without_a_terminal_nobody_is_asked),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(work, "terminal") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	forget();
	guest_end(&rig.machine);
	return guest_remove_folder(work) ? 1 : status;
}
