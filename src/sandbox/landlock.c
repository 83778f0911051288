/* The first half: files and TCP. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/sandbox.h"

/* As the kernel has them; the header of older distributions ends at the first version. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
	FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_SIGNAL = 1 << 1,
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
	CREATE_VERSION = 1 << 0,
};

struct ruleset_attr {
	uint64_t handled_fs, handled_net, scoped;
};

struct path_beneath_attr {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

struct net_port_attr {
	uint64_t allowed, port;
};

/* What each version of the kernel's interface brought. An abstract socket's scope is not among it:
 * X servers have those. */
static const struct {
	int abi;
	uint64_t fs, net, scoped;
	unsigned gap; /* without it */
} versions[] = {
	{ 1, (1 << 13) - 1, 0, 0, 0 },
	{ 2, 1 << 13, 0, 0, 0 },
	{ 3, FS_TRUNCATE, 0, 0, SANDBOX_GAP_TRUNCATE },
	{ 4, 0, NET_BIND_TCP | NET_CONNECT_TCP, 0, SANDBOX_GAP_TCP },
	{ 5, FS_IOCTL_DEV, 0, 0, SANDBOX_GAP_DEVICES },
	{ 6, 0, 0, SCOPE_SIGNAL, SANDBOX_GAP_SIGNALS },
};

static const struct {
	unsigned right;
	uint64_t fs;
} rights[] = {
	{ SANDBOX_LIST, FS_READ_DIR },
	{ SANDBOX_READ, FS_READ_DIR | FS_READ_FILE },
	{ SANDBOX_WRITE, FS_WRITE_FILE | FS_TRUNCATE },
	{ SANDBOX_MAKE, FS_MAKE_REG | FS_MAKE_DIR | FS_REMOVE_FILE },
	{ SANDBOX_DEVICE, FS_IOCTL_DEV },
};

static unsigned what_there_is(struct ruleset_attr *out, int abi)
{
	unsigned gaps = 0;

	*out = (struct ruleset_attr){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		if (abi < versions[i].abi) {
			gaps |= versions[i].gap;
			continue;
		}
		out->handled_fs |= versions[i].fs;
		out->handled_net |= versions[i].net;
		out->scoped |= versions[i].scoped;
	}
	return gaps;
}

/* A file has only the rights of files: with others the kernel refuses the rule. */
static uint64_t rights_at(int fd, unsigned wanted)
{
	uint64_t allowed = 0;
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(rights); i++)
		if (wanted & rights[i].right)
			allowed |= rights[i].fs;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		allowed &= FS_OF_FILES;
	return allowed;
}

static int allow_path(int ruleset, const struct ruleset_attr *attr, const struct sandbox_path *path)
{
	struct path_beneath_attr rule = { .parent = open(path->path, O_PATH | O_CLOEXEC) };
	int failed = 0;

	if (rule.parent < 0)
		return 0; /* it is not there, or closed to us already */
	rule.allowed = rights_at(rule.parent, path->rights) & attr->handled_fs;
	if (rule.allowed && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0))
		failed = -errno;
	close(rule.parent);
	return failed;
}

static int allow_port(int ruleset, const struct ruleset_attr *attr, uint16_t port)
{
	const struct net_port_attr rule = { NET_CONNECT_TCP & attr->handled_net, port };

	if (rule.allowed && syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0))
		return -errno;
	return 0;
}

static int fill(int ruleset, const struct ruleset_attr *attr, const struct sandbox_files *files)
{
	int failed = 0;

	for (unsigned i = 0; !failed && i < files->paths->len; i++)
		failed = allow_path(ruleset, attr,
				    &g_array_index(files->paths, struct sandbox_path, i));
	for (unsigned i = 0; !failed && i < files->tcp_ports->len; i++)
		failed = allow_port(ruleset, attr, g_array_index(files->tcp_ports, uint16_t, i));
	return failed;
}

static int enforce(int ruleset)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}

int sandbox_close_files(const struct sandbox_files *files)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	struct ruleset_attr attr;

	if (abi < 0)
		return -errno;
	unsigned gaps = what_there_is(&attr, abi);
	if (files->any_port) {
		attr.handled_net &= ~(uint64_t)NET_CONNECT_TCP;
		gaps &= ~(unsigned)SANDBOX_GAP_TCP;
	}
	/* Older kernels take the larger struct as long as what they do not know is 0. */
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	int failed = fill(ruleset, &attr, files);
	if (!failed)
		failed = enforce(ruleset);
	close(ruleset);
	return failed ? failed : (int)gaps;
}
