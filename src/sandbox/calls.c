/* The second half: system calls that none of our programs makes. */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/sandbox.h"

/* Sanitizers look into their own process with ptrace(), from a process of their own. */
#ifdef SANDBOX_KEEPS_PTRACE
#define PTRACE   "none"
#define POSSIBLE (~SANDBOX_NO_PROCESSES)
#else
#define PTRACE   "ptrace"
#define POSSIBLE (~0u)
#endif

/* By name: an architecture may lack one, and an older libseccomp not know it. */
static const char *const refused[] = {
	/* other programs */
	"execve",
	"execveat",
	"uselib",
	/* other processes */
	PTRACE,
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"kcmp",
	"pidfd_getfd",
	"pidfd_send_signal",
	"rt_sigqueueinfo",
	"perf_event_open",
	/* file systems and name spaces */
	"mount",
	"umount",
	"umount2",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"mount_setattr",
	"pivot_root",
	"chroot",
	"setns",
	"unshare",
	"mknod",
	"mknodat",
	"open_by_handle_at",
	"name_to_handle_at",
	"fanotify_init",
	"quotactl",
	"quotactl_fd",
	/* who we are */
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setgroups",
	"setfsuid",
	"setfsgid",
	"capset",
	"personality",
	/* the kernel itself, and its larger targets */
	"bpf",
	"keyctl",
	"add_key",
	"request_key",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"kexec_load",
	"kexec_file_load",
	"init_module",
	"finit_module",
	"delete_module",
	"create_module",
	"query_module",
	"syslog",
	"acct",
	"swapon",
	"swapoff",
	"reboot",
	"iopl",
	"ioperm",
	"modify_ldt",
	"vm86",
	"vm86old",
	"lookup_dcookie",
	"nfsservctl",
	"_sysctl",
	"sysfs",
	"ustat",
	"vhangup",
	"migrate_pages",
	"move_pages",
	"settimeofday",
	"stime",
	"clock_settime",
	"clock_settime64",
	"clock_adjtime",
	"clock_adjtime64",
	"adjtimex",
	"sethostname",
	"setdomainname",
};

/* Refused only with these arguments. */
static const struct {
	const char *name;
	struct scmp_arg_cmp when;
	int answer;
} particular[] = {
	/* Words that a terminal would take for typed. */
	{ "ioctl", { 1, SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI }, EPERM },
	{ "ioctl", { 1, SCMP_CMP_MASKED_EQ, 0xffffffff, 0x541c /* TIOCLINUX */ }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWNS, CLONE_NEWNS }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWNET, CLONE_NEWNET }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWPID, CLONE_NEWPID }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWIPC, CLONE_NEWIPC }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWUTS, CLONE_NEWUTS }, EPERM },
	{ "clone", { 0, SCMP_CMP_MASKED_EQ, CLONE_NEWCGROUP, CLONE_NEWCGROUP }, EPERM },
};

/* A call that this machine has no number for is refused already. */
static int refuse(scmp_filter_ctx filter, const char *name, int answer,
		  const struct scmp_arg_cmp *when)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((uint16_t)answer), number,
				      when ? 1 : 0, when);
}

static int refuse_lists(scmp_filter_ctx filter)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < ARRAY_LEN(refused); i++)
		failed = refuse(filter, refused[i], EPERM, NULL);
	for (size_t i = 0; !failed && i < ARRAY_LEN(particular); i++)
		failed = refuse(filter, particular[i].name, particular[i].answer,
				&particular[i].when);
	return failed;
}

/* A signal to anybody else. */
static int refuse_kill(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp other = { 0, SCMP_CMP_NE, (scmp_datum_t)getpid(), 0 };
	int failed = refuse(filter, "kill", EPERM, &other);

	return failed ? failed : refuse(filter, "tgkill", EPERM, &other);
}

static int refuse_processes(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp process = { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0 };
	int failed = refuse(filter, "clone", EPERM, &process);

	if (!failed)
		failed = refuse(filter, "fork", EPERM, NULL);
	return failed ? failed : refuse(filter, "vfork", EPERM, NULL);
}

/* No filter compares one argument twice in one rule: each family between gets its own. */
static int refuse_families(scmp_filter_ctx filter, unsigned options)
{
	const struct scmp_arg_cmp other = { 0, SCMP_CMP_NE, AF_UNIX, 0 };
	const struct scmp_arg_cmp beyond = { 0, SCMP_CMP_GT, AF_NETLINK, 0 };

	if (!(options & SANDBOX_INTERNET))
		return refuse(filter, "socket", EACCES, &other);
	int failed = refuse(filter, "socket", EACCES, &beyond);
	for (unsigned family = AF_INET + 1; !failed && family <= AF_NETLINK; family++) {
		const struct scmp_arg_cmp one = { 0, SCMP_CMP_EQ, family, 0 };
		if (family != AF_INET6 && !(family == AF_NETLINK && options & SANDBOX_NETLINK))
			failed = refuse(filter, "socket", EACCES, &one);
	}
	return failed;
}

/* Descriptors that exist stay: of the display server, and of what was connected before. */
static int refuse_sockets(scmp_filter_ctx filter)
{
	int failed = refuse(filter, "socket", EACCES, NULL);

	return failed ? failed : refuse(filter, "connect", EACCES, NULL);
}

static int fill(scmp_filter_ctx filter, unsigned options)
{
	/* Its arguments lie in memory, which no filter sees; the C library takes clone() then. */
	int failed = refuse(filter, "clone3", ENOSYS, NULL);

	if (!failed)
		failed = refuse_lists(filter);
	if (!failed)
		failed = refuse_kill(filter);
	if (!failed && options & SANDBOX_NO_PROCESSES)
		failed = refuse_processes(filter);
	if (!failed && options & SANDBOX_NO_SOCKETS)
		failed = refuse_sockets(filter);
	else if (!failed)
		failed = refuse_families(filter, options);
	return failed;
}

int sandbox_close_calls(unsigned options)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failed;

	if (!filter)
		return -ENOMEM;
	options &= POSSIBLE;
	failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A tree instead of a list: this runs at every call of every frame. */
	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!failed)
		failed = fill(filter, options);
	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed;
}
