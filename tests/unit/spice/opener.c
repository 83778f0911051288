/* Files that the viewer may have opened, and those that it may not. */
#include "spice/opener.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char folder[64], path[128];

static const char *at(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static const char *refused(const char *name, bool hidden)
{
	const char *why = "it was opened";
	uint64_t size;

	CHECK_EQ(opener_open(*name == '/' ? name : at(name), hidden, &size, &why), -1);
	return why;
}

static void files_are_opened_to_be_read(void)
{
	const char *why = NULL;
	uint64_t size = 0;
	char text[8] = "";

	make("plain", "hello");
	int fd = opener_open(at("plain"), false, &size, &why);
	CHECK(fd >= 0);
	CHECK_EQ(size, 5);
	CHECK_EQ(read(fd, text, sizeof(text)), 5);
	CHECK_STR(text, "hello");
	CHECK(write(fd, "x", 1) < 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
}

static void what_is_no_file_is_refused(void)
{
	CHECK_EQ(mkdir(at("sub"), 0700), 0);
	CHECK_EQ(mkfifo(at("fifo"), 0600), 0); /* which would block */
	CHECK_CONTAINS(refused("sub", false), "is a folder");
	CHECK_CONTAINS(refused("fifo", false), "is no file");
	CHECK_CONTAINS(refused("/dev/null", true), "is no file");
	CHECK_CONTAINS(refused("missing", false), "No such file");
	const char *why = "";
	uint64_t size;
	CHECK_EQ(opener_open("plain", false, &size, &why), -1);
	CHECK_CONTAINS(why, "is no path");
}

/* Also by a link that has another name. */
static void what_is_hidden_is_refused(void)
{
	const char *why = NULL;
	uint64_t size;

	CHECK_EQ(mkdir(at(".keys"), 0700), 0);
	make(".keys/id", "secret");
	make(".hidden", "secret");
	char target[128];
	snprintf(target, sizeof(target), "%s/.keys/id", folder);
	CHECK_EQ(symlink(target, at("innocent")), 0);
	CHECK_CONTAINS(refused(".keys/id", false), "is hidden");
	CHECK_CONTAINS(refused(".hidden", false), "is hidden");
	CHECK_CONTAINS(refused("innocent", true), "is not where it was");
	CHECK_CONTAINS(refused("sub/../.hidden", true), "is not where it was");
	int fd = opener_open(at(".hidden"), true, &size, &why);
	CHECK(fd >= 0);
	close(fd);
}

static const struct test_case cases[] = {
	TEST(files_are_opened_to_be_read),
	TEST(what_is_no_file_is_refused),
	TEST(what_is_hidden_is_refused),
};

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(name);
}

int main(int argc, char **argv)
{
	snprintf(folder, sizeof(folder), "/tmp/oriel-opener-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}
