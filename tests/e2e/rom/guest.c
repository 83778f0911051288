/* In the guest: `oriel rom dump` on a real kernel's ROM BARs. The host's whole file system is
 * there, read-only, and in it the program.
 *
 *	listener ORIEL FOLDER     FOLDER has what the cards' firmware is: "plain" and "flash3"
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { FILE_MAX = 64 << 10 };

#define GOOD  "0000:00:0a.0"
#define FLASH "0000:00:0b.0"

static const char *oriel, *folder;
static char said[4096];

static int enter_host(void)
{
	static const char *const shared[] = { "proc", "sys", "dev" };

	mkdir("/host", 0755);
	if (mount("host", "/host", "9p", MS_RDONLY,
		  "trans=virtio,version=9p2000.L,msize=512000,cache=loose") != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
		char from[32], to[32];
		snprintf(from, sizeof(from), "/%s", shared[i]);
		snprintf(to, sizeof(to), "/host/%s", shared[i]);
		if (mount(from, to, NULL, MS_BIND, NULL) != 0)
			return -1;
	}
	return mount("tmp", "/host/mnt", "tmpfs", 0, NULL) == 0 && chroot("/host") == 0 ? chdir("/")
											: -1;
}

/* Its exit status; what it said is in `said`. */
static int dump(uid_t user, const char *address, const char *to)
{
	int ends[2], status;

	CHECK_EQ(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		if (user && setuid(user) != 0)
			_exit(99);
		execl(oriel, oriel, "rom", "dump", "--force", address, to, NULL);
		_exit(99);
	}
	close(ends[1]);
	size_t length = 0;
	for (ssize_t got; (got = read(ends[0], said + length, sizeof(said) - 1 - length)) > 0;)
		length += (size_t)got;
	said[length] = '\0';
	close(ends[0]);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static ssize_t load(const char *in, const char *name, char out[FILE_MAX])
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", in, name);
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, out, FILE_MAX);
	close(fd);
	return length;
}

/* Reading it is refused then. */
static bool is_off(const char *address)
{
	char path[128], byte;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/rom", address);
	int fd = open(path, O_RDONLY);
	bool off = fd >= 0 && read(fd, &byte, 1) < 0;
	close(fd);
	return off;
}

static void a_card_shows_what_it_has(void)
{
	static char got[FILE_MAX], wanted[FILE_MAX];

	/* The emulated card is not the one that its firmware is for. */
	CHECK_EQ(dump(0, GOOD, "/mnt/plain"), 1);
	CHECK_CONTAINS(said, "is not for the card that it is of");
	ssize_t length = load(folder, "plain", wanted);
	CHECK(length > 0);
	CHECK_EQ(load("/mnt", "plain", got), length);
	CHECK(memcmp(got, wanted, (size_t)length) == 0);
	CHECK(is_off(GOOD));
}

static void what_the_kernel_refuses_is_explained(void)
{
	CHECK_EQ(dump(0, FLASH, "/mnt/flash"), 1);
	CHECK_CONTAINS(said, "the card shows no ROM");
	CHECK(access("/mnt/flash", F_OK) != 0);
	CHECK(is_off(FLASH));
}

static void only_root_may(void)
{
	CHECK_EQ(dump(65534, GOOD, "/mnt/other"), 1);
	CHECK_CONTAINS(said, "only root may read it");
	CHECK_EQ(dump(0, "0000:00:1e.0", "/mnt/other"), 1);
	CHECK_CONTAINS(said, "no card at");
}

static const struct test_case cases[] = {
	TEST(a_card_shows_what_it_has),
	TEST(what_the_kernel_refuses_is_explained),
	TEST(only_root_may),
};

int main(int argc, char **argv)
{
	if (argc < 3 || enter_host() != 0) {
		perror("not ok 1 - the host's files");
		return 1;
	}
	oriel = argv[1];
	folder = argv[2];
	return test_main(1, argv, cases, ARRAY_LEN(cases));
}
