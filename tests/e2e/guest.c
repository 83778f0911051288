#include "guest.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONSOLE_FD = 3, MONITOR_FD = 4, OUT_OF_THE_WAY = 10 };

/* ---- programs ---- */

void guest_limit_life(unsigned seconds)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(seconds);
}

void guest_end(pid_t *child)
{
	if (*child <= 0)
		return;
	kill(*child, SIGKILL);
	waitpid(*child, NULL, 0);
	*child = 0;
}

pid_t guest_child_of(pid_t parent)
{
	char path[64];
	int last = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	FILE *file = fopen(path, "r");
	while (file && fscanf(file, "%d", &last) == 1) {
	}
	if (file)
		fclose(file);
	return last;
}

int guest_make_folder(char folder[GUEST_FOLDER_SIZE], const char *name)
{
	snprintf(folder, GUEST_FOLDER_SIZE, "/tmp/oriel-%s-XXXXXX", name);
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

int guest_remove_folder(const char *folder)
{
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the image ---- */

void guest_needs_qemu(void)
{
	if (system("qemu-system-x86_64 --version >/dev/null 2>&1") != 0)
		test_skip("qemu-system-x86_64 is not installed");
}

void guest_needs_spice(void)
{
	guest_needs_qemu();
	if (system("qemu-system-x86_64 -spice help 2>&1 | grep -q unix") != 0)
		test_skip("this QEMU has no SPICE");
}

/* The last line of a file, or "". */
static void read_reason(const char *path, char *out, int size)
{
	FILE *file = fopen(path, "r");

	out[0] = '\0';
	while (file && fgets(out, size, file))
		out[strcspn(out, "\n")] = '\0';
	if (file)
		fclose(file);
}

void guest_takes_newer_qemu(const char *folder)
{
	char command[512], why[200], path[4096];

	snprintf(command, sizeof(command), "timeout 240 sh '%s' '%s/newer' 2>'%s/why'",
		 getenv("NEWER"), folder, folder);
	int status = system(command);
	snprintf(path, sizeof(path), "%s/why", folder);
	read_reason(path, why, sizeof(why));
	if (status != 0)
		test_skip("no newer QEMU: %s", why);
	snprintf(path, sizeof(path), "%s/newer/bin:%s", folder, getenv("PATH"));
	setenv("PATH", path, 1);
}

void guest_machine_image(struct guest_machine *self, unsigned patience_s)
{
	char command[1024], path[96], why[200];

	snprintf(path, sizeof(path), "%s/why", self->folder);
	snprintf(command, sizeof(command), "timeout %u sh '%s' '%s/initrd' 2>'%s'", patience_s,
		 getenv("IMAGE"), self->folder, path);
	FILE *output = popen(command, "r");
	bool named = output && fscanf(output, "%511s", self->kernel) == 1;
	int status = output ? pclose(output) : -1;
	if (named && status == 0)
		return;
	self->kernel[0] = '\0';
	read_reason(path, why, sizeof(why));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		test_skip("%s", why);
	test_fail("no guest to boot: %s", why);
}

/* ---- starting and stopping ---- */

static int open_pair(int *ours)
{
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	*ours = ends[0];
	return ends[1];
}

/* Out of the way first: one may have the other's number. */
static void place_ends(int console, int monitor)
{
	console = fcntl(console, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	monitor = fcntl(monitor, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	dup2(console, CONSOLE_FD);
	dup2(monitor, MONITOR_FD);
}

void guest_machine_start(struct guest_machine *self, unsigned life_s, const char *script,
			 const char *fourth, const char *fifth)
{
	char initrd[96];
	int console = open_pair(&self->console), monitor = open_pair(&self->monitor);

	snprintf(initrd, sizeof(initrd), "%s/initrd", self->folder);
	self->length = 0;
	self->pid = fork();
	if (self->pid == 0) {
		guest_limit_life(life_s);
		place_ends(console, monitor);
		execlp("sh", "sh", "-c", script, "sh", self->kernel, initrd, self->folder, fourth,
		       fifth, NULL);
		_exit(127);
	}
	close(console);
	close(monitor);
}

void guest_machine_ended(struct guest_machine *self)
{
	self->pid = 0;
	close(self->console);
	close(self->monitor);
}

void guest_machine_stop(struct guest_machine *self)
{
	if (self->pid <= 0)
		return;
	guest_end(&self->pid);
	guest_machine_ended(self);
}

/* ---- its words ---- */

bool guest_machine_hear(struct guest_machine *self, void (*hear)(const char *line))
{
	char bytes[512];
	ssize_t got = read(self->console, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < got; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\r' && self->length + 1 < sizeof(self->line)) {
			self->line[self->length++] = bytes[i];
			continue;
		}
		self->line[self->length] = '\0';
		self->length = 0;
		hear(self->line);
	}
	return got > 0;
}

void guest_machine_tell(struct guest_machine *self, const char *words)
{
	CHECK_EQ(write(self->console, words, strlen(words)), (ssize_t)strlen(words));
}
