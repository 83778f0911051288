/* sandbox/sandbox.h - what a program gives up, so that whoever got hold of it has little.
 *
 * Two halves. Landlock closes the file system and TCP: it binds the thread that asks and those
 * that it begets, so it comes before there is another one, and leaves the files that start-up
 * needs. seccomp closes system calls, in all threads at once: it comes after start-up. Neither is
 * ever taken back, and both are for Linux to keep, not for us. doc/sandbox.md has the whole story.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <glib.h>
#include <stdbool.h>

enum sandbox_mode {
	SANDBOX_AUTO, /* as much as this kernel and these drivers can; the rest is said */
	SANDBOX_OFF,
	SANDBOX_STRICT, /* all of it, or an error */
};

/* What may be done with a path and what is below it. */
enum sandbox_right {
	SANDBOX_LIST = 0x1, /* names in a folder */
	SANDBOX_READ = 0x2,
	SANDBOX_WRITE = 0x4,
	SANDBOX_MAKE = 0x8,   /* files and folders come and go */
	SANDBOX_DEVICE = 0x10 /* ioctl() on devices */
};

struct sandbox_path {
	char *path;
	unsigned rights;
};

/* What the file system shall be for the rest of this process. */
struct sandbox_files {
	GArray *paths;     /* struct sandbox_path; those that do not exist are no matter */
	GArray *tcp_ports; /* uint16_t, to connect to */
	bool any_port;     /* of TCP: all of them */
};

void sandbox_files_init(struct sandbox_files *self);
void sandbox_files_add(struct sandbox_files *self, const char *path, unsigned rights);
void sandbox_files_clear(struct sandbox_files *self);

/* A row of a table: %h: home, %c: its settings, %d: its data, %C: its caches, %r: what it has
 * while it runs. A star stands for anything. */
struct sandbox_place {
	const char *path;
	unsigned rights;
};

void sandbox_files_add_places(struct sandbox_files *self, const struct sandbox_place *places,
			      size_t count);

/* What every program needs of the system: libraries, names of hosts, what the kernel says of the
 * machine. None of it holds secrets of the user. */
void sandbox_files_add_system(struct sandbox_files *self);

/* What this kernel's Landlock is too old for. */
enum sandbox_gap {
	SANDBOX_GAP_TCP = 0x1,
	SANDBOX_GAP_DEVICES = 0x2,
	SANDBOX_GAP_SIGNALS = 0x4,
	SANDBOX_GAP_TRUNCATE = 0x8
};

/* The first half. 0; positive: all but these gaps; negative errno: nothing is closed. */
int sandbox_close_files(const struct sandbox_files *files);

/* "TCP, ioctl() on devices"; the caller frees. */
char *sandbox_gap_text(unsigned gaps);

enum sandbox_call_option {
	SANDBOX_NO_PROCESSES = 0x1, /* not even children without another program */
	SANDBOX_NO_SOCKETS = 0x2,   /* not even AF_UNIX */
	SANDBOX_INTERNET = 0x4,     /* besides AF_UNIX, AF_INET and AF_INET6 stay */
	SANDBOX_NETLINK = 0x8,      /* with that, AF_NETLINK: devices that come and go */
};

/* The second half. 0, or a negative errno: nothing is closed. -ENOSYS: built without libseccomp. */
int sandbox_close_calls(unsigned options);

#endif
