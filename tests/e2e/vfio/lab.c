#include "lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER "/usr/bin/oriel-helper-lab"

/* ---- files ---- */

/* A few at once, so that two can be compared. */
static char *next_text(void)
{
	static char texts[24][LAB_TEXT];
	static unsigned turn;

	return texts[turn++ % ARRAY_LEN(texts)];
}

#define FORMAT(out, format)                                                                        \
	do {                                                                                       \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		vsnprintf(out, sizeof(out), format, args);                                         \
		va_end(args);                                                                      \
	} while (0)

static char *read_path(const char *path)
{
	char *out = next_text();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, out, LAB_TEXT - 1);

	if (fd >= 0)
		close(fd);
	out[got < 0 ? 0 : got] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return out;
}

const char *lab_read(const char *format, ...)
{
	char path[LAB_TEXT];

	FORMAT(path, format);
	return read_path(path);
}

static char *link_path(const char *path)
{
	char *out = next_text(), target[LAB_TEXT];
	ssize_t got = readlink(path, target, sizeof(target) - 1);

	target[got < 0 ? 0 : got] = '\0';
	char *slash = strrchr(target, '/');
	strcpy(out, slash ? slash + 1 : target);
	return out;
}

const char *lab_link(const char *format, ...)
{
	char path[LAB_TEXT];

	FORMAT(path, format);
	return link_path(path);
}

bool lab_is(const char *format, ...)
{
	char path[LAB_TEXT];

	FORMAT(path, format);
	return access(path, F_OK) == 0;
}

void lab_write(const char *text, const char *format, ...)
{
	char path[LAB_TEXT];

	FORMAT(path, format);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		test_fail("%s: cannot write %s: %s", path, text, strerror(errno));
	close(fd);
}

/* ---- names in folders ---- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void each_name(const char *folder, void (*each)(void *data, const char *name), void *data)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_shown, by_name);

	for (int i = 0; i < count; i++) {
		each(data, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

struct search {
	const char *vendor, *product;
	unsigned left;
	char found[32];
};

static void look_at(void *data, const char *name)
{
	struct search *self = data;

	if (!*self->found && strcmp(lab_read(LAB_DEVICE "/vendor", name), self->vendor) == 0 &&
	    strcmp(lab_read(LAB_DEVICE "/device", name), self->product) == 0 && self->left-- == 0)
		snprintf(self->found, sizeof(self->found), "%.31s", name);
}

/* Where devices are does not change. */
const char *lab_find(const char *vendor, const char *product, unsigned number)
{
	static struct search known[16];
	struct search *search = known;

	for (; search->vendor; search++)
		if (strcmp(search->vendor, vendor) == 0 && strcmp(search->product, product) == 0 &&
		    search->left == number)
			return search->found;
	*search = (struct search){ vendor, product, number, "" };
	each_name("/sys/bus/pci/devices", look_at, search);
	search->left = number;
	if (!*search->found) {
		search->vendor = NULL;
		test_skip("this machine has no device %s:%s", vendor, product);
	}
	return search->found;
}

/* ---- the helper ---- */

static pid_t running[8];

static void replace(pid_t old, pid_t new)
{
	for (size_t i = 0; i < ARRAY_LEN(running); i++)
		if (running[i] == old) {
			running[i] = new;
			return;
		}
}

void lab_own(pid_t child)
{
	replace(0, child);
}

void lab_disown(pid_t child)
{
	replace(child, 0);
}

void lab_clean(void)
{
	for (size_t i = 0; i < ARRAY_LEN(running); i++)
		if (running[i]) {
			kill(running[i], SIGKILL);
			waitpid(running[i], NULL, 0);
			running[i] = 0;
		}
	lab_run("restore", "one", NULL);
	lab_run("restore", "two", NULL);
}

/* As pkexec would start it for a user: we are root, so that we are believed. */
static void be_helper(int kill, const char *const *words)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", kill);
	setenv("PKEXEC_UID", "1000", 1);
	if (kill >= 0)
		setenv("HELPER_KILL", number, 1);
	execv(words[0], (char *const *)words);
	_exit(127);
}

static const char *hear(struct lab_helper *self)
{
	char *line = next_text();
	size_t length = 0;
	struct pollfd wait = { self->from, POLLIN, 0 };

	while (length + 1 < LAB_TEXT && poll(&wait, 1, 90000) == 1 &&
	       read(self->from, line + length, 1) == 1 && line[length] != '\n')
		length++;
	line[length] = '\0';
	return line;
}

void lab_serve(struct lab_helper *self, const char *machine, int kill)
{
	int to[2], from[2];

	CHECK_EQ(pipe2(to, O_CLOEXEC), 0);
	CHECK_EQ(pipe2(from, O_CLOEXEC), 0);
	self->pid = fork();
	if (self->pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		be_helper(kill, (const char *const[]){ HELPER, "serve", machine, NULL });
	}
	lab_own(self->pid);
	close(to[0]);
	close(from[1]);
	self->to = to[1];
	self->from = from[0];
	if (kill < 0)
		CHECK_STR(hear(self), "ok");
	else
		hear(self);
}

const char *lab_ask(struct lab_helper *self, const char *format, ...)
{
	char request[LAB_TEXT];

	FORMAT(request, format);
	strcat(request, "\n");
	return write(self->to, request, strlen(request)) < 0 ? "" : hear(self);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void lab_reap(struct lab_helper *self)
{
	close(self->to);
	close(self->from);
	wait_for(self->pid);
	lab_disown(self->pid);
}

const char *lab_end(struct lab_helper *self)
{
	close(self->to);
	const char *last = hear(self);
	close(self->from);
	wait_for(self->pid);
	lab_disown(self->pid);
	return last;
}

int lab_run(const char *first, ...)
{
	const char *words[16] = { HELPER, first };
	va_list args;

	va_start(args, first);
	for (size_t i = 2; i + 1 < ARRAY_LEN(words) && (words[i] = va_arg(args, const char *)); i++)
		;
	va_end(args);
	pid_t pid = fork();
	if (pid == 0)
		be_helper(-1, words);
	return wait_for(pid);
}

void lab_restore_killed(const char *machine, int kill)
{
	pid_t pid = fork();

	if (pid == 0)
		be_helper(kill, (const char *const[]){ HELPER, "restore", machine, NULL });
	wait_for(pid);
}

/* ---- what was there ---- */

static void add_file(FILE *out, const char *path)
{
	if (access(path, F_OK) == 0)
		fprintf(out, "%s: %s\n", path, read_path(path));
}

static void add_device(void *data, const char *name)
{
	static const char *const files[] = { "driver_override", "reset_method",
					     "sriov_numvfs",    "sriov_drivers_autoprobe",
					     "d3cold_allowed",  "power/control",
					     "enable",          "msi_bus" };
	FILE *out = data;
	char path[LAB_TEXT];

	fprintf(out, "%s: driver %s, group %s\n", name, lab_link(LAB_DEVICE "/driver", name),
		lab_link(LAB_DEVICE "/iommu_group", name));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), LAB_DEVICE "/%s", name, files[i]);
		add_file(out, path);
	}
	snprintf(path, sizeof(path), LAB_DEVICE "/net", name);
	fprintf(out, "%s: %s\n", path, access(path, F_OK) == 0 ? "there" : "absent");
}

/* Numbers change, names do not. */
static void add_console(void *data, const char *name)
{
	fprintf(data, "console %s: %s\n", lab_read("/sys/class/vtconsole/%s/name", name),
		lab_read("/sys/class/vtconsole/%s/bind", name));
}

struct nodes {
	FILE *out;
	const char *folder;
};

static void add_node(void *data, const char *name)
{
	const struct nodes *self = data;
	char path[LAB_TEXT];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", self->folder, name);
	if (lstat(path, &status) == 0)
		fprintf(self->out, "%s: %u:%u %o\n", path, status.st_uid, status.st_gid,
			status.st_mode);
}

char *lab_snapshot(void)
{
	static const char *const folders[] = { "/dev/vfio",       "/dev/dri",
					       "/run/oriel/undo", "/sys/bus/mdev/devices",
					       "/sys/class/drm",  "/sys/class/net" };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	each_name("/sys/bus/pci/devices", add_device, out);
	each_name("/sys/class/vtconsole", add_console, out);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		each_name(folders[i], add_node, &(struct nodes){ out, folders[i] });
	add_file(out, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
	add_file(out, "/proc/sys/vm/nr_hugepages");
	fclose(out);
	return text;
}

void lab_compare(const char *before)
{
	char *now = lab_snapshot();
	const char *was = before, *is = now;

	while (*was && *was == *is)
		was++, is++;
	if (*was == *is) {
		free(now);
		return;
	}
	while (was > before && was[-1] != '\n')
		was--, is--;
	test_fail("was \"%.*s\", is \"%.*s\"", (int)strcspn(was, "\n"), was, (int)strcspn(is, "\n"),
		  is);
}
