/* What oriel-helper does, done to a real kernel: inside a guest that has an emulated IOMMU, cards
 * with virtual functions and two displays. The host passes on what we print.
 *
 * `listener`: the cases. `listener long`: kills, by the hundred. `listener nested ORIEL SCRIPT`:
 * that script, among the host's programs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab.h"

/* ---- the devices of this machine ---- */

#define NIC(number) lab_find("0x8086", "0x10d3", number) /* e1000e: two functions, one group */
#define DISK()      lab_find("0x1b36", "0x0010", 0)      /* nvme */
#define VGA()       lab_find("0x1234", "0x1111", 0)
#define PORT()      lab_find("0x1b36", "0x000c", 0) /* a bridge */
#define EDU()       lab_find("0x1234", "0x11e8", 0) /* of a class that nobody is given */

static const char *driver_of(const char *address)
{
	return lab_link(LAB_DEVICE "/driver", address);
}

static const char *group_of(const char *address)
{
	return lab_link(LAB_DEVICE "/iommu_group", address);
}

static uid_t owner_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_uid : (uid_t)-1;
}

static uid_t owner_of_group(const char *group)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	return owner_of(path);
}

static void allow_all(void)
{
	mkdir("/etc", 0755);
	unlink("/etc/oriel/devices");
	CHECK_EQ(lab_run("allow", NIC(0), NIC(1), DISK(), VGA(), "eth0", NULL), 0);
}

/* ---- what stands in the way ---- */

/* Opens a device as QEMU does, and keeps it until it is killed. */
static pid_t hold_by(const char *address, const char *node)
{
	int ready[2];
	char byte;

	CHECK_EQ(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		/* Were a helper's input among them, it would never end. */
		dup2(ready[1], 3);
		syscall(SYS_close_range, 4u, ~0u, 0u);
		int container = open("/dev/vfio/vfio", O_RDWR), group = open(node, O_RDWR);
		if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 &&
		    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0 &&
		    ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address) >= 0 && write(3, "x", 1) == 1)
			pause();
		_exit(1);
	}
	lab_own(pid);
	close(ready[1]);
	ssize_t got = read(ready[0], &byte, 1);
	close(ready[0]);
	CHECK_EQ(got, 1);
	return pid;
}

static pid_t hold(const char *address)
{
	char node[64];

	snprintf(node, sizeof(node), "/dev/vfio/%s", group_of(address));
	return hold_by(address, node);
}

/* By a name that nobody looks for. */
static pid_t hold_in_secret(const char *address)
{
	char node[64];
	struct stat status;

	snprintf(node, sizeof(node), "/dev/vfio/%s", group_of(address));
	CHECK_EQ(stat(node, &status), 0);
	unlink("/tmp/secret");
	CHECK_EQ(mknod("/tmp/secret", S_IFCHR | 0600, status.st_rdev), 0);
	return hold_by(address, "/tmp/secret");
}

/* What the helper would wait for long is not worth our time; elsewhere it has all it wants. */
static void hurry(bool much)
{
	setenv("HELPER_PATIENCE", much ? "15" : "1", 1);
}

static void let_go(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	lab_disown(pid);
}

/* ---- cases ---- */

static void this_kernel_has_an_iommu(void)
{
	CHECK(lab_is("/sys/kernel/iommu_groups/0"));
	CHECK(lab_is("/sys/class/iommu/dmar0"));
	CHECK_STR(group_of(NIC(0)), group_of(NIC(1)));
}

static void nothing_is_handed_out_unasked(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	mkdir("/etc", 0755);
	unlink("/etc/oriel/devices");
	lab_serve(&helper, "one", -1);
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", NIC(0)), "oriel gpu allow");
	CHECK_CONTAINS(lab_ask(&helper, "macvtap eth0 vm0 52:54:00:00:00:01"), "may not be shared");
	CHECK_CONTAINS(lab_ask(&helper, "bind 0000:00:1e.0; reboot"), "no ");
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", PORT()), "never handed");
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", EDU()), "never handed");
	CHECK_CONTAINS(lab_ask(&helper, "vfs %s 2", DISK()), "oriel gpu allow");
	CHECK_STR(lab_end(&helper), "ok");
	CHECK(lab_run("allow", PORT(), NULL) != 0);
	lab_compare(before);
	free(before);
}

static void a_card_that_was_moved_is_refused(void)
{
	struct lab_helper helper;
	char text[128];

	allow_all();
	snprintf(text, sizeof(text), "%s 10de:2684\n", NIC(0));
	lab_write(text, "/etc/oriel/devices");
	lab_serve(&helper, "one", -1);
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", NIC(0)), "was a 10de:2684");
	allow_all();
	chmod("/etc/oriel/devices", 0666);
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", NIC(0)), "not believed");
	chmod("/etc/oriel/devices", 0644);
	CHECK_STR(lab_end(&helper), "ok");
	allow_all();
}

static void a_group_goes_and_comes_back(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "bind %s", NIC(0));
	CHECK_CONTAINS(lab_ask(&helper, "group %s", NIC(0)), NIC(1));
	LAB_OK(&helper, "bind %s", NIC(1));
	LAB_OK(&helper, "group %s", NIC(0));
	CHECK_STR(driver_of(NIC(0)), "vfio-pci");
	CHECK_STR(driver_of(NIC(1)), "vfio-pci");
	CHECK_EQ(owner_of_group(group_of(NIC(0))), LAB_USER);
	LAB_OK(&helper, "sleep %s no", NIC(0));
	CHECK_STR(lab_read(LAB_DEVICE "/power/control", NIC(0)), "on");
	CHECK_STR(lab_end(&helper), "ok");
	CHECK_STR(driver_of(NIC(0)), "e1000e");
	lab_compare(before);
	free(before);
}

/* The override that somebody had set stays set; (null) is none. */
static void overrides_come_back_as_they_were(void)
{
	struct lab_helper helper;

	CHECK_STR(lab_read(LAB_DEVICE "/driver_override", NIC(0)), "(null)");
	lab_write("e1000e\n", LAB_DEVICE "/driver_override", NIC(1));
	char *before = lab_snapshot();
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "bind %s", NIC(0));
	LAB_OK(&helper, "bind %s", NIC(1));
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
	lab_write("\n", LAB_DEVICE "/driver_override", NIC(1));
	/* Were it "a driver called (null)", no driver could have the device again. */
	lab_write(NIC(0), LAB_DEVICE "/driver/unbind", NIC(0));
	lab_write(NIC(0), "/sys/bus/pci/drivers_probe");
	CHECK_STR(driver_of(NIC(0)), "e1000e");
}

static void a_device_without_a_driver_is_left_without(void)
{
	struct lab_helper helper;

	lab_write(NIC(1), LAB_DEVICE "/driver/unbind", NIC(1));
	char *before = lab_snapshot();
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "bind %s", NIC(1));
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
	lab_write(NIC(1), "/sys/bus/pci/drivers_probe");
}

static void virtual_functions_come_and_go(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot(), vf[64];

	lab_serve(&helper, "one", -1);
	CHECK_CONTAINS(lab_ask(&helper, "vfs %s 99", DISK()), "can have");
	LAB_OK(&helper, "vfs %s 2", DISK());
	snprintf(vf, sizeof(vf), "%s", lab_link(LAB_DEVICE "/virtfn0", DISK()));
	CHECK_STR(driver_of(vf), "");
	LAB_OK(&helper, "bind %s", vf);
	LAB_OK(&helper, "group %s", vf);
	CHECK_STR(driver_of(vf), "vfio-pci");
	CHECK_CONTAINS(lab_ask(&helper, "vfs %s 3", DISK()), "already");
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", DISK()), "virtual functions");
	CHECK_STR(lab_end(&helper), "ok");
	CHECK(!lab_is(LAB_DEVICE "/virtfn0", DISK()));
	lab_compare(before);
	free(before);
}

/* The second machine finds the first one's, and keeps them when that ends. */
static void machines_share_what_can_be_shared(void)
{
	struct lab_helper one, two;
	char *before = lab_snapshot(), vfs[2][64];

	lab_serve(&one, "one", -1);
	lab_serve(&two, "two", -1);
	LAB_OK(&one, "vfs %s 2", DISK());
	LAB_OK(&two, "vfs %s 2", DISK());
	for (int i = 0; i < 2; i++)
		snprintf(vfs[i], sizeof(vfs[i]), "%s", lab_link(LAB_DEVICE "/virtfn%d", DISK(), i));
	LAB_OK(&one, "bind %s", vfs[0]);
	CHECK_CONTAINS(lab_ask(&two, "bind %s", vfs[0]), "1000-one");
	LAB_OK(&two, "bind %s", vfs[1]);
	CHECK_STR(lab_end(&one), "ok");
	CHECK_STR(driver_of(vfs[1]), "vfio-pci");
	CHECK_STR(lab_read(LAB_DEVICE "/sriov_numvfs", DISK()), "2");
	CHECK_STR(lab_end(&two), "ok");
	lab_compare(before);
	free(before);
}

static void resets_are_chosen_and_given_back(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "reset %s bus", DISK());
	CHECK_STR(lab_read(LAB_DEVICE "/reset_method", DISK()), "bus");
	CHECK_CONTAINS(lab_ask(&helper, "reset %s device_specific", DISK()), "no ");
	CHECK_STR(lab_read(LAB_DEVICE "/reset_method", DISK()), "bus");
	LAB_OK(&helper, "reset %s flr,bus", DISK());
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

/* A machine that does not end keeps its device; nobody waits for that without an end. */
static void what_is_in_use_is_named_and_waited_for(void)
{
	struct lab_helper helper, other;
	char *before = lab_snapshot();

	hurry(true);
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "bind %s", NIC(0));
	LAB_OK(&helper, "bind %s", NIC(1));
	pid_t holder = hold(NIC(0));
	lab_serve(&other, "two", -1);
	CHECK_CONTAINS(lab_ask(&other, "bind %s", NIC(0)), "listener (");
	CHECK_STR(lab_end(&other), "ok");
	uint64_t began = clock_ns();
	CHECK_CONTAINS(lab_end(&helper), "is in use by listener (");
	CHECK(clock_ns() - began < 30 * NS_PER_S);
	CHECK(lab_is("/run/oriel/undo/1000-one"));
	CHECK(lab_run("restore", "one", NULL) != 0);
	let_go(holder);
	hurry(false);
	CHECK_EQ(lab_run("restore", "one", NULL), 0);
	CHECK_EQ(lab_run("restore", "one", NULL), 0);
	lab_compare(before);
	free(before);
}

/* QEMU needs a while to end: its device comes back as soon as it has. */
static void a_machine_that_ends_late_is_waited_for(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "bind %s", NIC(0));
	LAB_OK(&helper, "bind %s", NIC(1));
	pid_t holder = hold(NIC(0));
	close(helper.to);
	clock_sleep(300 * NS_PER_MS);
	let_go(holder);
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

/* Whoever unbinds such a device hangs in the kernel, and cannot even be killed: so nobody does. */
static void who_holds_a_device_in_secret_is_waited_for(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	hurry(true);
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "bind %s", NIC(0));
	LAB_OK(&helper, "bind %s", NIC(1));
	pid_t holder = hold_in_secret(NIC(0));
	uint64_t began = clock_ns();
	CHECK_CONTAINS(lab_end(&helper), "in use by a program");
	CHECK(clock_ns() - began < 30 * NS_PER_S);
	CHECK_STR(driver_of(NIC(0)), "vfio-pci");
	let_go(holder);
	hurry(false);
	CHECK_EQ(lab_run("restore", "one", NULL), 0);
	lab_compare(before);
	free(before);
}

/* swapon() wants a header, and little else. */
static void disks_in_use_are_refused(void)
{
	static struct {
		char boot[1024];
		uint32_t version, last_page, bad_pages, padding[125];
		char rest[4096 - 1024 - 512 - 10], magic[10];
	} header = { .version = 1, .last_page = 1000, .magic = "SWAPSPACE2" };
	struct lab_helper helper;

	_Static_assert(sizeof(header) == 4096, "a page");
	char *before = lab_snapshot();
	int disk = open("/dev/nvme0n1", O_WRONLY | O_CLOEXEC);
	CHECK(disk >= 0);
	CHECK_EQ(write(disk, &header, sizeof(header)), sizeof(header));
	CHECK_EQ(fsync(disk), 0);
	close(disk);
	CHECK_EQ(swapon("/dev/nvme0n1", 0), 0);
	lab_serve(&helper, "one", -1);
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", DISK()), "mounted, swapped to");
	CHECK_EQ(swapoff("/dev/nvme0n1"), 0);
	LAB_OK(&helper, "bind %s", DISK());
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

/* The card with the console: everything of it is there again, though some of it anew. */
static void the_display_goes_and_comes_back(void)
{
	struct lab_helper helper;
	char card[64];
	char *before = lab_snapshot();

	CHECK_STR(driver_of(VGA()), "bochs-drm");
	hurry(true);
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "consoles");
	snprintf(card, sizeof(card), "/dev/dri/%s",
		 lab_is(LAB_DEVICE "/drm/card0", VGA()) ? "card0" : "card1");
	int drawing = open(card, O_RDWR | O_CLOEXEC);
	CHECK(drawing >= 0);
	CHECK_CONTAINS(lab_ask(&helper, "bind %s", VGA()), "in use by listener (");
	close(drawing);
	LAB_OK(&helper, "bind %s", VGA());
	LAB_OK(&helper, "group %s", VGA());
	CHECK(!lab_is("%s", card));
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

static void consoles_are_taken_and_given_back(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "consoles");
	char *meanwhile = lab_snapshot();
	CHECK_CONTAINS(meanwhile, "frame buffer device: 0");
	free(meanwhile);
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

static void memory_may_be_locked(void)
{
	struct lab_helper helper;
	struct rlimit limit;

	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 65536, 65536 }), 0);
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "lock 268435456");
	CHECK_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	CHECK_EQ(limit.rlim_cur, 268435456);
	CHECK_CONTAINS(lab_ask(&helper, "lock 999999999999999"), "more memory");
	CHECK_STR(lab_end(&helper), "ok");
}

static void huge_pages_are_found_and_given_back(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();

	hurry(true);
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "pages 2048 8");
	CHECK_STR(lab_read("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"), "8");
	CHECK_CONTAINS(lab_ask(&helper, "pages 2048 1000"), "of 1000 pages");
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

static void interfaces_ride_on_others(void)
{
	struct lab_helper helper;
	char *before = lab_snapshot();
	const char *answer;

	lab_serve(&helper, "one", -1);
	answer = lab_ask(&helper, "macvtap eth0 vm0 52:54:00:00:00:01");
	CHECK_CONTAINS(answer, "ok /dev/tap");
	CHECK_EQ(owner_of(answer + 3), LAB_USER);
	CHECK_STR(lab_read("/sys/class/net/vm0/address"), "52:54:00:00:00:01");
	CHECK_CONTAINS(lab_ask(&helper, "macvtap eth0 eth1 52:54:00:00:00:02"), "already");
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	free(before);
}

static void there_is_one_helper_for_a_machine(void)
{
	struct lab_helper one, two;

	lab_serve(&one, "one", -1);
	lab_serve(&two, "one", 1 << 20);
	lab_reap(&two);
	LAB_OK(&one, "sleep %s no", NIC(0));
	CHECK(lab_run("restore", "one", NULL) != 0);
	CHECK_STR(lab_end(&one), "ok");
}

/* ---- mediated devices ---- */

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

static void load_sample(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/usr/bin/%s.ko", name);
	if (!lab_is("%s", path))
		test_skip("the kernel's sample is not here (ORIEL_LONG=1 builds it)");
	int module = open(path, O_RDONLY | O_CLOEXEC);
	CHECK_EQ(syscall(SYS_finit_module, module, "", 0), 0);
	close(module);
}

/* The kernel's samples are no PCI devices. So the helper gets a root of its own, where one is. */
static void lend_sample(const char *name, const char *address)
{
	static const char *const same[] = { "etc", "run", "dev", "sys/bus", "sys/kernel" };
	char path[128], target[64];

	mkdir("/lab", 0755);
	mkdir("/lab/sys", 0755);
	mkdir("/lab/sys/class", 0755);
	mkdir("/lab/sys/class/mdev_bus", 0755);
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		snprintf(path, sizeof(path), "/lab/%s", same[i]);
		snprintf(target, sizeof(target), "/%s", same[i]);
		CHECK(symlink(target, path) == 0 || errno == EEXIST);
	}
	snprintf(path, sizeof(path), "/lab/sys/class/mdev_bus/%s", address);
	snprintf(target, sizeof(target), "/sys/devices/virtual/%s/%s", name, name);
	unlink(path);
	CHECK_EQ(symlink(target, path), 0);
	setenv("HELPER_ROOT", "/lab", 1);
}

static void make_mediated(const char *parent)
{
	struct lab_helper helper;

	lab_serve(&helper, "one", -1);
	CHECK_CONTAINS(lab_ask(&helper, "mdev %s mtty-9 " UUID, parent), "offers no type");
	LAB_OK(&helper, "mdev %s mtty-2 " UUID, parent);
	CHECK(lab_is("/sys/bus/mdev/devices/" UUID));
	CHECK_EQ(owner_of_group(lab_link("/sys/bus/mdev/devices/" UUID "/iommu_group")), LAB_USER);
	CHECK_CONTAINS(lab_ask(&helper, "mdev %s mtty-2 " UUID, parent), "already");
	CHECK(lab_is("/sys/bus/mdev/devices/" UUID));
	CHECK_STR(lab_end(&helper), "ok");
}

static void mediated_devices_come_and_go(void)
{
	struct lab_helper helper;

	load_sample("mtty");
	allow_all();
	char *before = lab_snapshot();
	lend_sample("mtty", VGA());
	make_mediated(VGA());
	lab_compare(before);
	for (int step = 0; step < 14; step++) {
		lab_serve(&helper, "one", step);
		lab_ask(&helper, "mdev %s mtty-1 " UUID, VGA());
		lab_end(&helper);
		CHECK_EQ(lab_run("restore", "one", NULL), 0);
		lab_compare(before);
	}
	unsetenv("HELPER_ROOT");
	free(before);
}

/* As QEMU does for its user: the device of a group. Below 0: none. */
static int open_mediated(const char *group)
{
	char node[64];
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);

	snprintf(node, sizeof(node), "/dev/vfio/%s", group);
	int fd = open(node, O_RDWR | O_CLOEXEC);
	if (ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container) != 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0)
		return -1;
	return ioctl(fd, VFIO_GROUP_GET_DEVICE_FD, UUID);
}

/* What a guest would draw into is what a viewer would read: 1024x768 of it. */
static bool has_display(int device)
{
	struct vfio_device_gfx_plane_info plane = { .argsz = sizeof(plane),
						    .flags = VFIO_GFX_PLANE_TYPE_REGION };
	uint32_t drawn = 0x00c0ffee, seen = 0;

	if (device < 0 || ioctl(device, VFIO_DEVICE_QUERY_GFX_PLANE, &plane) != 0)
		return false;
	struct vfio_region_info region = { .argsz = sizeof(region), .index = plane.region_index };
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) != 0)
		return false;
	off_t at = (off_t)region.offset + 767 * (off_t)plane.stride + 1023 * 4;
	return plane.width == 1024 && plane.height == 768 &&
	       pwrite(device, &drawn, sizeof(drawn), at) == sizeof(drawn) &&
	       pread(device, &seen, sizeof(seen), at) == sizeof(seen) && seen == drawn;
}

static void mediated_displays_are_their_users(void)
{
	struct lab_helper helper;
	int status;

	load_sample("mdpy");
	allow_all();
	char *before = lab_snapshot();
	lend_sample("mdpy", VGA());
	lab_serve(&helper, "one", -1);
	LAB_OK(&helper, "mdev %s mdpy-xga " UUID, VGA());
	const char *group = lab_link("/sys/bus/mdev/devices/" UUID "/iommu_group");
	pid_t user = fork();
	if (user == 0)
		_exit(setuid(LAB_USER) == 0 && has_display(open_mediated(group)) ? 0 : 1);
	CHECK_EQ(waitpid(user, &status, 0), user);
	CHECK_EQ(status, 0);
	CHECK_STR(lab_end(&helper), "ok");
	lab_compare(before);
	unsetenv("HELPER_ROOT");
	free(before);
}

/* ---- kills ---- */

/* All that a machine with everything asks for. Ends early once the helper is dead. */
static void ask_for_all(struct lab_helper *helper)
{
	char vf[64];
	const char *nic = NIC(0);
	bool alive = lab_ask(helper, "bind %s", nic)[0] && lab_ask(helper, "bind %s", NIC(1))[0] &&
		     lab_ask(helper, "group %s", nic)[0] &&
		     lab_ask(helper, "sleep %s no", nic)[0] &&
		     lab_ask(helper, "reset %s bus", DISK())[0] &&
		     lab_ask(helper, "vfs %s 2", DISK())[0] && lab_ask(helper, "pages 2048 4")[0] &&
		     lab_ask(helper, "consoles")[0] && lab_ask(helper, "bind %s", VGA())[0];

	snprintf(vf, sizeof(vf), "%s", lab_link(LAB_DEVICE "/virtfn1", DISK()));
	if (alive && *vf && lab_ask(helper, "bind %s", vf)[0])
		lab_ask(helper, "group %s", vf);
}

/* True: it lived to the end. */
static bool kill_at(int step, const char *before)
{
	struct lab_helper helper;

	lab_serve(&helper, "one", step);
	ask_for_all(&helper);
	bool lived = strcmp(lab_end(&helper), "ok") == 0;
	printf("# %s step %d\n", lived ? "without" : "killed at", step);
	CHECK_EQ(lab_run("restore", "one", NULL), 0);
	lab_compare(before);
	return lived;
}

/* How many steps there are is found by not being killed. */
static void a_kill_at_any_step_leaves_nothing(void)
{
	char *before = lab_snapshot();
	int step = 0, runs = 0, stride = getenv("ORIEL_LONG") ? 1 : 19;

	while (!kill_at(step, before) && runs < 400)
		step += stride, runs++;
	printf("# killed %d times, every %d steps, the last at %d\n", runs, stride, step - stride);
	CHECK(runs > 5 && runs < 400);
	free(before);
}

static unsigned draw(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

/* At any moment, also while it gives back, and also the restoring that follows. */
static void a_kill_at_any_moment_leaves_nothing(void)
{
	char *before = lab_snapshot();
	unsigned seed = 1;

	if (!getenv("ORIEL_LONG"))
		test_skip("ORIEL_LONG is not set");
	for (int run = 0; run < 200; run++) {
		struct lab_helper helper;
		lab_serve(&helper, "one", -1);
		pid_t killer = fork();
		if (killer == 0) {
			clock_sleep(draw(&seed) % 3000 * NS_PER_MS);
			_exit(kill(helper.pid, SIGKILL));
		}
		ask_for_all(&helper);
		lab_end(&helper);
		let_go(killer);
		draw(&seed);
		lab_restore_killed("one", (int)(draw(&seed) % 40));
		CHECK_EQ(lab_run("restore", "one", NULL), 0);
		lab_compare(before);
		if (run % 10 == 9)
			printf("# %d runs\n", run + 1);
	}
	free(before);
}

static const struct test_case cases[] = {
	TEST(this_kernel_has_an_iommu),
	TEST(nothing_is_handed_out_unasked),
	TEST(a_card_that_was_moved_is_refused),
	TEST(a_group_goes_and_comes_back),
	TEST(overrides_come_back_as_they_were),
	TEST(a_device_without_a_driver_is_left_without),
	TEST(virtual_functions_come_and_go),
	TEST(machines_share_what_can_be_shared),
	TEST(resets_are_chosen_and_given_back),
	TEST(what_is_in_use_is_named_and_waited_for),
	TEST(a_machine_that_ends_late_is_waited_for),
	TEST(who_holds_a_device_in_secret_is_waited_for),
	TEST(disks_in_use_are_refused),
	TEST(the_display_goes_and_comes_back),
	TEST(consoles_are_taken_and_given_back),
	TEST(memory_may_be_locked),
	TEST(huge_pages_are_found_and_given_back),
	TEST(interfaces_ride_on_others),
	TEST(there_is_one_helper_for_a_machine),
	TEST(mediated_devices_come_and_go),
	TEST(mediated_displays_are_their_users),
	TEST(a_kill_at_any_step_leaves_nothing),
	TEST(a_kill_at_any_moment_leaves_nothing),
};

/* ---- the host's programs ---- */

/* Its root as it is, with ours where the kernel is, and whatever is written goes nowhere. */
static void enter_host(void)
{
	static const char *const ours[] = { "dev", "proc", "sys", "run", "tmp" };
	char path[32], there[32];

	mkdir("/host", 0755);
	mkdir("/layer", 0755);
	mkdir("/root", 0755);
	CHECK_EQ(mount("host", "/host", "9p", MS_RDONLY,
		       "trans=virtio,version=9p2000.L,msize=512000,cache=loose"),
		 0);
	CHECK_EQ(mount("layer", "/layer", "tmpfs", 0, ""), 0);
	mkdir("/layer/new", 0755);
	mkdir("/layer/work", 0755);
	mkdir("/layer/all", 0755);
	CHECK_EQ(mount("all", "/layer/all", "overlay", 0,
		       "lowerdir=/host,upperdir=/layer/new,workdir=/layer/work"),
		 0);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		snprintf(path, sizeof(path), "/%s", ours[i]);
		snprintf(there, sizeof(there), "/layer/all/%s", ours[i]);
		CHECK_EQ(mount(path, there, NULL, MS_BIND | MS_REC, NULL), 0);
	}
	CHECK_EQ(chroot("/layer/all"), 0);
	CHECK_EQ(chdir("/"), 0);
}

/* Its words are the cases from then on. */
static int run_script(const char *script, const char *oriel)
{
	if (setjmp(test_leave) != 0)
		return 1;
	const char *gpu = lab_find("0x1234", "0x1111", lab_is(LAB_DEVICE "/boot_vga", VGA()));
	enter_host();
	execl("/bin/sh", "sh", script, oriel, gpu, NULL);
	return 1;
}

/* `listener [long] [CASE]`, from the kernel's command line. */
int main(int argc, char **argv)
{
	unsigned ran = 0, failed = 0;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && strcmp(argv[1], "script") == 0)
		return run_script(argv[2], argv[3]);
	if (argc > 1 && strcmp(argv[1], "long") == 0) {
		setenv("ORIEL_LONG", "1", 1);
		argc--, argv++;
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (argc > 1 && strcmp(argv[1], cases[i].name) != 0)
			continue;
		uint64_t began = clock_ns();
		hurry(false);
		unsetenv("HELPER_ROOT");
		if (!test_run(&cases[i], ++ran)) {
			failed++;
			lab_clean();
		}
		printf("# %.1f s\n", (double)(clock_ns() - began) / NS_PER_S);
	}
	printf("1..%u\n", ran);
	return failed != 0;
}
