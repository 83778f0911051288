/* A computer made of this one: the host's whole file system, read-only, below one in memory that
 * takes all that is written. Then a shell's script of the host's begins, as process 1.
 *
 * `listener SCRIPT WORD...`
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARED "trans=virtio,version=9p2000.L,msize=512000,cache=loose"
#define ABOVE  "lowerdir=/host,upperdir=/above/upper,workdir=/above/work"

static void must_mount(const char *from, const char *to, const char *type, unsigned long flags,
		       const char *options)
{
	mkdir(to, 0755);
	if (mount(from, to, type, flags, options) == 0)
		return;
	printf("Bail out! %s cannot be mounted: %s\n", to, strerror(errno));
	exit(1);
}

static void make_root(void)
{
	static const char *const kept[] = { "dev", "proc", "sys" };
	char from[16], to[16];

	must_mount("host", "/host", "9p", MS_RDONLY, SHARED);
	must_mount("above", "/above", "tmpfs", 0, "mode=755");
	mkdir("/above/upper", 0755);
	mkdir("/above/work", 0755);
	must_mount("root", "/new", "overlay", 0, ABOVE);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		snprintf(from, sizeof(from), "/%s", kept[i]);
		snprintf(to, sizeof(to), "/new/%s", kept[i]);
		must_mount(from, to, NULL, MS_MOVE, NULL);
	}
	must_mount("run", "/new/run", "tmpfs", 0, "mode=755");
	must_mount("tmp", "/new/tmp", "tmpfs", 0, "mode=1777");
	must_mount("/host", "/new/mnt", NULL, MS_BIND, NULL); /* the host's /tmp is there */
}

int main(int argc, char **argv)
{
	(void)argc;
	make_root();
	if (chdir("/new") != 0 || mount("/new", "/", NULL, MS_MOVE, NULL) != 0 ||
	    chroot(".") != 0 || chdir("/") != 0) {
		printf("Bail out! no new root: %s\n", strerror(errno));
		return 1;
	}
	static char shell[] = "sh";
	argv[0] = shell;
	execv("/bin/sh", argv);
	printf("Bail out! /bin/sh: %s\n", strerror(errno));
	return 1;
}
