/* A computer whose devices go to a machine and come back: `oriel gpu`, `plan`, `up` and `down` with
 * a real kernel, a real QEMU and oriel-helper, in a guest with an emulated IOMMU. The host's file
 * system is mounted below /host, where its programs run.
 *
 * `listener PATH disk|network [long]`: that of `oriel`; which card has virtual functions; with the
 * cases that take long.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "e2e/vfio/lab.h"

#define WAIT_S 60
#define HOST   "/host"
#define SHARED "trans=virtio,version=9p2000.L,msize=512000,cache=loose"
#define NIC(n) lab_find("0x8086", "0x10d3", n)      /* two functions, one group */
#define CARD() lab_find(rig.vendor, rig.product, 0) /* with virtual functions */

static struct {
	const char *oriel;
	const char *vendor, *product; /* of the card with virtual functions */
	char *before;                 /* what was there */
	int status;
	char text[16384]; /* of the last ask() */
	pid_t up;
} rig;

/* ---- the host's file system, and what of it is ours to write ---- */

static void must_mount(const char *from, const char *to, const char *type, unsigned long flags,
		       const char *options)
{
	if (mount(from, to, type, flags, options) != 0)
		test_fail("%s cannot be mounted: %s", to, strerror(errno));
}

/* Programs look for who they are in /etc; the helper keeps its list there. */
static void the_hosts_programs_run_here(void)
{
	mkdir(HOST, 0755);
	must_mount("host", HOST, "9p", MS_RDONLY, SHARED);
	must_mount("/dev", HOST "/dev", NULL, MS_BIND, NULL);
	must_mount("/proc", HOST "/proc", NULL, MS_BIND, NULL);
	must_mount("/sys", HOST "/sys", NULL, MS_BIND, NULL);
	must_mount("run", HOST "/run", "tmpfs", 0, "mode=755");
	must_mount("etc", HOST "/etc", "tmpfs", 0, "mode=755");
	lab_write("root:x:0:0::/run:/bin/sh\n", HOST "/etc/passwd");
}

static void be_in_host(const char *command)
{
	if (chroot(HOST) != 0 || chdir("/run") != 0)
		_exit(126);
	setenv("ORIEL", rig.oriel, 1);
	setenv("HOME", "/run", 1);
	setenv("XDG_RUNTIME_DIR", "/run", 1);
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int open_output(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static pid_t start(const char *command, int output)
{
	pid_t child = fork();

	if (child == 0) {
		dup2(output, 1);
		dup2(output, 2);
		be_in_host(command);
	}
	return child;
}

static void read_output(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, rig.text, sizeof(rig.text) - 1);

	rig.text[got < 0 ? 0 : got] = '\0';
	close(fd);
}

/* What a shell makes of it, with $ORIEL; its words and status. */
static void ask(const char *command)
{
	int output = open_output("/answer");
	pid_t child = start(command, output);

	close(output);
	waitpid(child, &rig.status, 0);
	rig.status = WIFEXITED(rig.status) ? WEXITSTATUS(rig.status) : 128;
	read_output("/answer");
}

static void says(const char *part)
{
	if (!strstr(rig.text, part))
		test_fail("it says (%d):\n# %s\n# without: %s", rig.status, rig.text, part);
}

static void write_machine(const char *name, const char *gpus)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), HOST "/run/%s.yaml", name);
	snprintf(text, sizeof(text),
		 "name: %s\nos: linux\nmemory: 64M\ndisplay: none\nsound: none\nnetworks: []\n"
		 "machine: { firmware: bios }\ndisks: { file: %s.qcow2, size: 1M }\n"
		 "gpus: %s\n",
		 name, name, gpus);
	lab_write(text, "%s", path);
}

/* ---- one that runs ---- */

static bool has_written(const char *part)
{
	read_output("/up");
	return strstr(rig.text, part);
}

static void wait_until(bool (*is)(const char *word), const char *word)
{
	for (uint64_t until = clock_ns() + WAIT_S * NS_PER_S; !is(word); usleep(50000))
		if (clock_ns() > until)
			test_fail("%s did not come within %d s:\n# %s", word, WAIT_S, rig.text);
}

static void up(const char *command)
{
	int output = open_output("/up");

	rig.up = start(command, output);
	close(output);
	wait_until(has_written, "runs, process");
}

static void has_driver(const char *address, const char *driver)
{
	CHECK_STR(lab_link(LAB_DEVICE "/driver", address), driver);
}

/* Somebody has that file open. */
static bool is_open_by(const char *process, const char *path)
{
	char name[300], target[256];
	snprintf(name, sizeof(name), "/proc/%.64s/fd", process);
	DIR *dir = opendir(name);
	bool found = false;

	for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
		snprintf(name, sizeof(name), "/proc/%.64s/fd/%.64s", process, entry->d_name);
		ssize_t got = readlink(name, target, sizeof(target) - 1);
		target[got < 0 ? 0 : got] = '\0';
		found = strcmp(target, path) == 0; /* as we see it, not the process */
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool is_open(const char *path)
{
	DIR *dir = opendir("/proc");
	bool found = false;

	for (struct dirent *entry; !found && (entry = readdir(dir));)
		found = is_open_by(entry->d_name, path);
	closedir(dir);
	return found;
}

static void wait_until_all_is_back(void)
{
	bool same = false;

	for (uint64_t until = clock_ns() + WAIT_S * NS_PER_S; !same && clock_ns() < until;) {
		char *now = lab_snapshot();
		same = strcmp(now, rig.before) == 0;
		free(now);
		usleep(50000);
	}
	lab_compare(rig.before);
}

/* ---- the cases, each going on where the last one ended ---- */

static void gpu_and_plan_know_this_kernel(void)
{
	char want[128], gpus[256];

	snprintf(gpus, sizeof(gpus),
		 "[{ mode: sriov, device: \"%s\", vfs: 2 }, { mode: passthrough, device: \"%s\" }]",
		 CARD(), NIC(0));
	write_machine("one", gpus);
	snprintf(want, sizeof(want), "exec $ORIEL gpu %s", NIC(0));
	ask(want);
	snprintf(want, sizeof(want), "passthrough   yes: with %s (e1000e)", NIC(1));
	says(want);
	ask("exec $ORIEL plan one.yaml");
	CHECK_EQ(rig.status, 0);
	snprintf(want, sizeof(want), "vfs %s 2", CARD());
	says(want);
	snprintf(want, sizeof(want), "bind %s  # from e1000e to vfio-pci", NIC(1));
	says(want);
}

static void nothing_goes_that_nobody_allowed(void)
{
	ask("exec $ORIEL up one.yaml");
	CHECK_EQ(rig.status, 1);
	says("oriel gpu allow");
	lab_compare(rig.before);
}

static void allowing_one_allows_its_slot(void)
{
	char command[128];

	snprintf(command, sizeof(command), "exec $ORIEL gpu allow %s %s", CARD(), NIC(0));
	ask(command);
	CHECK_EQ(rig.status, 0);
	ask("cat /etc/oriel/devices");
	says(NIC(1));
	snprintf(command, sizeof(command), "exec $ORIEL gpu %s", NIC(1));
	ask(command);
	says("allowed       yes");
}

static void a_machine_has_its_devices(void)
{
	char group[64], vf[32];

	snprintf(group, sizeof(group), HOST "/dev/vfio/%s",
		 lab_link(LAB_DEVICE "/iommu_group", NIC(0)));
	up("exec $ORIEL up one.yaml");
	snprintf(vf, sizeof(vf), "%s", lab_link(LAB_DEVICE "/virtfn0", CARD()));
	has_driver(vf, "vfio-pci");
	has_driver(NIC(0), "vfio-pci");
	has_driver(NIC(1), "vfio-pci");
	CHECK(is_open(group));
	ask("exec $ORIEL ls");
	says("running");
}

/* What its devices remember, nobody can write down. */
static void its_memory_cannot_be_kept(void)
{
	ask("exec $ORIEL snapshot one create x");
	CHECK_EQ(rig.status, 1);
	says("it has a device of this computer, whose state cannot be kept; shut it down");
	ask("exec $ORIEL ls");
	says("running");
}

static void another_machine_takes_what_is_left(void)
{
	char gpus[128];

	snprintf(gpus, sizeof(gpus), "{ mode: passthrough, device: \"%s\" }", NIC(0));
	write_machine("two", gpus);
	ask("exec $ORIEL up two.yaml");
	CHECK_EQ(rig.status, 1);
	says("is in use by one");
	snprintf(gpus, sizeof(gpus), "{ mode: sriov, device: \"%s\", vfs: 2 }", CARD());
	write_machine("two", gpus);
	ask("exec $ORIEL plan two.yaml");
	says(lab_link(LAB_DEVICE "/virtfn1", CARD()));
}

static void all_is_back_when_it_is_down(void)
{
	int status;

	ask("exec $ORIEL down --force one");
	CHECK_EQ(rig.status, 0);
	CHECK_EQ(waitpid(rig.up, &status, 0), rig.up);
	lab_compare(rig.before);
}

/* QEMU ends with `oriel up`, and the helper sees that both are gone. */
static void all_is_back_when_it_is_killed(void)
{
	up("exec $ORIEL up one.yaml");
	kill(rig.up, SIGKILL);
	waitpid(rig.up, NULL, 0);
	wait_until_all_is_back();
}

enum { LONG = 1 }; /* so many at the end */

static const struct test_case cases[] = {
	TEST(the_hosts_programs_run_here),        TEST(gpu_and_plan_know_this_kernel),
	TEST(nothing_goes_that_nobody_allowed),   TEST(allowing_one_allows_its_slot),
	TEST(a_machine_has_its_devices),          TEST(its_memory_cannot_be_kept),
	TEST(another_machine_takes_what_is_left), TEST(all_is_back_when_it_is_down),
	TEST(all_is_back_when_it_is_killed),
};

int main(int argc, char **argv)
{
	bool is_network = argc > 2 && strcmp(argv[2], "network") == 0;

	rig.oriel = argc > 1 ? argv[1] : "/usr/bin/oriel";
	rig.vendor = is_network ? "0x8086" : "0x1b36";
	rig.product = is_network ? "0x10c9" : "0x0010";
	rig.before = lab_snapshot();
	unsigned failed = 0, count = ARRAY_LEN(cases) - (argc > 3 ? 0 : LONG);
	for (unsigned i = 0; i < count; i++) {
		uint64_t began = clock_ns();
		failed += !test_run(&cases[i], i + 1);
		printf("# %.1f s\n", (double)(clock_ns() - began) / NS_PER_S);
	}
	printf("1..%u\n", count);
	return failed != 0;
}
