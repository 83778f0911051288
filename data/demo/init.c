/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * init of the guests that `oriel demo` and the end-to-end tests boot. Linked statically, so that it
 * and one more program are a whole system.
 *
 * The kernel hands over what follows " -- " on its command line. init mounts what a program
 * expects, loads the kernel modules that image.sh put there (in the order of their names), runs
 * that command on the console, and powers the machine off when it ends. Behind "become" a command
 * takes init's place instead, as a system's own init wants.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct mount_point {
	const char *type, *where;
	mode_t mode;
} mount_points[] = {
	{ "proc", "/proc", 0755 },      { "sysfs", "/sys", 0755 },
	{ "devtmpfs", "/dev", 0755 },   { "devpts", "/dev/pts", 0755 },
	{ "tmpfs", "/dev/shm", 01777 }, { "tmpfs", "/tmp", 01777 },
	{ "tmpfs", "/run", 0755 },
};

/* Directories that X looks for and nobody else makes here. */
static const struct mount_point directories[] = {
	{ NULL, "/root", 0700 },    { NULL, "/tmp/.X11-unix", 01777 },
	{ NULL, "/var", 0755 },     { NULL, "/var/log", 0755 },
	{ NULL, "/var/lib", 0755 }, { NULL, "/var/lib/xkb", 0755 },
};

static void make_directory(const struct mount_point *point)
{
	mkdir(point->where, point->mode);
	chmod(point->where, point->mode); /* the umask is not asked */
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);
	if (fd < 0)
		return;
	for (int to = 0; to <= 2; to++)
		dup2(fd, to);
	if (fd > 2)
		close(fd);
}

#define MODULES "/lib/modules/oriel"

static void load_module(const char *name)
{
	char path[512];
	snprintf(path, sizeof(path), MODULES "/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		printf("init: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void load_modules(void)
{
	struct dirent **entries;
	int count = scandir(MODULES, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++)
		if (entries[i]->d_name[0] != '.')
			load_module(entries[i]->d_name);
}

/* Runs argv[0] with the rest; returns its wait status. Orphans are reaped on the way. */
static int run(char **argv)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		setsid();
		execvp(argv[0], argv);
		printf("init: cannot run %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	for (pid_t pid = 0; child > 0 && pid != child;) {
		pid = wait(&status);
		if (pid < 0 && errno != EINTR)
			break;
	}
	return status;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_points); i++) {
		make_directory(&mount_points[i]);
		mount(mount_points[i].type, mount_points[i].where, mount_points[i].type, 0, NULL);
		chmod(mount_points[i].where, mount_points[i].mode);
	}
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		make_directory(&directories[i]);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	setenv("HOME", "/root", 1);
	open_console();
	setvbuf(stdout, NULL, _IOLBF, 0);
	load_modules();
	if (argc > 2 && strcmp(argv[1], "become") == 0) {
		execvp(argv[2], argv + 2);
		printf("init: cannot become %s: %s\n", argv[2], strerror(errno));
	} else if (argc < 2) {
		printf("init: nothing to run: the kernel's command line needs \" -- PROGRAM\"\n");
	} else {
		printf("init: running %s\n", argv[1]);
		int status = run(argv + 1);
		printf("init: %s ended with %s %d\n", argv[1],
		       WIFSIGNALED(status) ? "signal" : "status",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	sync();
	return reboot(RB_POWER_OFF);
}
