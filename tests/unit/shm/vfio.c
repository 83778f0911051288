/* A device through vfio-pci, where this kernel has neither: ioctl() is the linker's to replace, the
 * nodes are plain files, and the device is a memfd with its regions one behind the other. */
#include <dirent.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "scratch.h"
#include "shm/shm.h"
#include "shm/wake.h"
#include "shm/wake_doorbell.h"

#define ADDRESS   "0000:00:04.0"
#define BAR0_AT   0
#define CONFIG_AT 8192
#define BAR2_AT   MIB
#define BAR2_SIZE (2 * MIB)

static struct {
	int device; /* the memfd that stands for it */
	unsigned vectors;
	int rings; /* what the first vector rings, -1 = nothing */
	bool viable;
	unsigned long refused; /* that ioctl fails ... */
	int error;             /* ... with this */
	unsigned switched_off; /* times the interrupts were */
} fake;

static struct err err;

/* ---- the kernel's side ---- */

static void region(struct vfio_region_info *info)
{
	static const struct {
		uint64_t size, offset;
	} regions[] = { [VFIO_PCI_BAR0_REGION_INDEX] = { 256, BAR0_AT },
			[VFIO_PCI_BAR2_REGION_INDEX] = { BAR2_SIZE, BAR2_AT },
			[VFIO_PCI_CONFIG_REGION_INDEX] = { 256, CONFIG_AT } };

	CHECK(info->argsz >= sizeof(*info) && info->index < ARRAY_LEN(regions));
	info->size = regions[info->index].size;
	info->offset = regions[info->index].offset;
}

static void interrupts(const struct vfio_irq_set *set)
{
	CHECK_EQ(set->index, VFIO_PCI_MSIX_IRQ_INDEX);
	CHECK_EQ(set->start, 0);
	CHECK(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER);
	fake.rings = -1;
	if (set->flags & VFIO_IRQ_SET_DATA_NONE) {
		CHECK_EQ(set->count, 0);
		CHECK_EQ(set->argsz, sizeof(*set));
		fake.switched_off++;
		return;
	}
	CHECK(set->flags & VFIO_IRQ_SET_DATA_EVENTFD);
	CHECK_EQ(set->count, 1);
	CHECK_EQ(set->argsz, sizeof(*set) + sizeof(int32_t));
	memcpy(&fake.rings, set->data, sizeof(fake.rings));
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	va_start(list, request);
	void *argument = va_arg(list, void *);
	va_end(list);
	CHECK(fd >= 0);
	if (request == fake.refused) {
		errno = fake.error;
		return -1;
	}
	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)argument)->flags = fake.viable
									? VFIO_GROUP_FLAGS_VIABLE
									: 0;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
	case VFIO_SET_IOMMU:
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		CHECK_STR((const char *)argument, ADDRESS);
		return dup(fake.device);
	case VFIO_DEVICE_GET_REGION_INFO:
		region(argument);
		return 0;
	case VFIO_DEVICE_GET_IRQ_INFO:
		((struct vfio_irq_info *)argument)->count = fake.vectors;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		interrupts(argument);
		return 0;
	default:
		test_fail("ioctl %lx is none of vfio's", request);
	}
}

/* ---- a made-up guest ---- */

static const char *in_device(const char *root, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/" ADDRESS "/%s", root, name);
	return path;
}

static void make_nodes(const char *root)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/dev/vfio/vfio", root);
	scratch_text(path, "");
	snprintf(path, sizeof(path), "%s/dev/vfio/7", root);
	scratch_text(path, "");
}

/* An ivshmem-doorbell device with an IOMMU, and the driver where `bound`. */
static void make_guest(const char *root, bool bound)
{
	if (fake.device)
		close(fake.device);
	memset(&fake, 0, sizeof(fake));
	fake.device = memfd_create("device", 0);
	fake.vectors = 2;
	fake.rings = -1;
	fake.viable = true;
	CHECK_EQ(ftruncate(fake.device, BAR2_AT + BAR2_SIZE), 0);
	scratch_text(in_device(root, "vendor"), "0x1af4\n");
	scratch_text(in_device(root, "device"), "0x1110\n");
	scratch_text(in_device(root, "enable"), "0\n");
	scratch_text(in_device(root, "driver_override"), "(null)\n");
	scratch_file(in_device(root, "resource1"), 4096);
	CHECK_EQ(symlink("../../kernel/iommu_groups/7",
			 scratch_path(in_device(root, "iommu_group"))),
		 0);
	if (bound)
		CHECK_EQ(symlink("../../drivers/vfio-pci", scratch_path(in_device(root, "driver"))),
			 0);
	make_nodes(root);
}

/* As under Secure Boot: the file opens, mapping it is forbidden. */
static void lock_down(const char *root)
{
	char target[64];
	int fd = memfd_create("bar", MFD_ALLOW_SEALING);

	CHECK_EQ(ftruncate(fd, MIB), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	snprintf(target, sizeof(target), "/proc/%d/fd/%d", getpid(), fd);
	CHECK_EQ(symlink(target, scratch_path(in_device(root, "resource2_wc"))), 0);
}

static int open_in(struct shm **out, const char *root, const char *path)
{
	struct shm_params params = { .role = SHM_PRODUCER,
				     .path = path,
				     .sysroot = scratch_path(root) };
	int result = shm_open_region(out, &params, &err);

	if (result < 0)
		printf("# %s\n", err.text);
	return result;
}

static uint32_t device_word(off_t at)
{
	uint32_t value = 0;

	CHECK_EQ(pread(fake.device, &value, sizeof(value), at), sizeof(value));
	return value;
}

static unsigned count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}

/* ---- memory ---- */

static void a_bound_device_keeps_its_fast_memory(void)
{
	struct shm *shm;

	make_guest("bound", true);
	scratch_file(in_device("bound", "resource2_wc"), 4 * MIB);
	CHECK_EQ(open_in(&shm, "bound", NULL), 0);
	CHECK_EQ(shm->size, 4 * MIB);
	CHECK(shm->write_combined && shm->fd >= 0 && shm->vfio);
	CHECK_EQ(device_word(CONFIG_AT + PCI_COMMAND) & 0xffff,
		 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	shm_close(shm);
}

static void lockdown_leaves_the_driver_s_mapping(void)
{
	unsigned before;
	struct shm *shm;

	make_guest("locked", true);
	lock_down("locked");
	before = count_fds();
	CHECK_EQ(open_in(&shm, "locked", ADDRESS), 0);
	CHECK_EQ(shm->size, BAR2_SIZE);
	CHECK(!shm->write_combined && shm->fd < 0 && shm->vfio);
	CHECK_STR(shm->name, ADDRESS);
	((uint32_t *)shm->base)[3] = 0x12345678;
	CHECK_EQ(device_word(BAR2_AT + 12), 0x12345678);
	shm_close(shm);
	CHECK_EQ(count_fds(), before);
}

/* Its owner may be somebody who may open nothing that belongs to root. */
static void the_driver_s_mapping_does_where_sysfs_has_none(void)
{
	struct shm *shm;

	make_guest("absent", true);
	CHECK_EQ(open_in(&shm, "absent", NULL), 0);
	CHECK(shm->fd < 0 && shm->vfio);
	shm_close(shm);
}

static void a_driver_is_only_bound_when_asked_for(void)
{
	struct shm *shm = NULL;
	char text[16] = "";

	make_guest("ask", false);
	scratch_file(in_device("ask", "resource2_wc"), 4 * MIB);
	scratch_text("ask/sys/bus/pci/drivers_probe", "");
	CHECK_EQ(open_in(&shm, "ask", NULL), 0);
	CHECK(!shm->vfio);
	shm_close(shm);
	static const char *const ways[] = { "vfio:", "vfio:" ADDRESS, "vfio:00:04.0" };
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		CHECK_EQ(open_in(&shm, "ask", ways[i]), -EPERM); /* no driver here */
		CHECK_CONTAINS(err.text, "modprobe vfio-pci");
		CHECK_CONTAINS(err.text, "without vfio:");
	}
	int fd = open(scratch_path("ask/sys/bus/pci/drivers_probe"), O_RDONLY);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	CHECK_STR(text, ADDRESS);
	CHECK_EQ(symlink("../../drivers/vfio-pci", scratch_path(in_device("ask", "driver"))), 0);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		CHECK_EQ(open_in(&shm, "ask", ways[i]), 0);
		CHECK(shm->vfio && shm->write_combined);
		shm_close(shm);
	}
}

static void what_is_missing_is_named(void)
{
	struct shm *shm = NULL;

	CHECK_EQ(open_in(&shm, "nothing", "vfio:"), -ENODEV);
	CHECK_CONTAINS(err.text, "no ivshmem PCI device");
	CHECK_EQ(open_in(&shm, "nothing", "vfio:hello"), -EINVAL);
	CHECK_CONTAINS(err.text, "hello is no PCI address");
	make_guest("group", false);
	unlink(scratch_path(in_device("group", "iommu_group")));
	CHECK_EQ(open_in(&shm, "group", "vfio:"), -EPERM);
	CHECK_CONTAINS(err.text, "-device intel-iommu");
	CHECK(!strstr(err.text, "Secure Boot"));
	CHECK(shm == NULL);
}

static void whatever_fails_leaves_nothing_open(void)
{
	static const struct {
		unsigned long request;
		int error, result;
	} rows[] = {
		{ VFIO_GET_API_VERSION, ENOTTY, -ENOTSUP },
		{ VFIO_GROUP_GET_STATUS, EIO, -EIO },
		{ VFIO_GROUP_SET_CONTAINER, EBUSY, -EBUSY },
		{ VFIO_SET_IOMMU, EPERM, -EPERM },
		{ VFIO_GROUP_GET_DEVICE_FD, ENODEV, -ENODEV },
		{ VFIO_DEVICE_GET_REGION_INFO, EINVAL, -EINVAL },
	};
	struct shm *shm = NULL;

	make_guest("fails", true);
	unsigned before = count_fds();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fake.refused = rows[i].request;
		fake.error = rows[i].error;
		CHECK_EQ(open_in(&shm, "fails", NULL), rows[i].result);
		CHECK_EQ(count_fds(), before);
	}
	fake.refused = 0;
	fake.viable = false;
	CHECK_EQ(open_in(&shm, "fails", NULL), -EBUSY);
	CHECK_CONTAINS(err.text, "a group of its own");
	CHECK_EQ(count_fds(), before);
	CHECK(shm == NULL);
}

/* ---- the doorbell ---- */

static void open_doorbell(const char *root, struct shm **shm, struct wake_doorbell *bell)
{
	const uint32_t id = 9;

	make_guest(root, true);
	CHECK_EQ(pwrite(fake.device, &id, sizeof(id), BAR0_AT + 8), sizeof(id));
	CHECK_EQ(open_in(shm, root, NULL), 0);
	CHECK_EQ(wake_doorbell_open(bell, *shm, scratch_path(root), &err), 0);
	CHECK_EQ(bell->id, 9);
	CHECK(!bell->vfio);
}

static void it_rings_and_is_rung(void)
{
	struct wake_doorbell bell;
	struct shm *shm;

	open_doorbell("bell", &shm, &bell);
	wake_doorbell_ring(&bell, wake_doorbell_of(3, 1));
	CHECK_EQ(device_word(BAR0_AT + 12), 3 << 16 | 1);
	CHECK_EQ(wake_doorbell_listen(&bell, shm, &err), 0);
	CHECK_EQ(fake.rings, bell.knocks);
	CHECK_EQ(wake_eventfd_clear(bell.knocks), 0);
	CHECK_EQ(wake_eventfd_ring(fake.rings), 0); /* an interrupt */
	CHECK_EQ(wake_eventfd_clear(bell.knocks), 1);
	wake_doorbell_close(&bell);
	CHECK_EQ(fake.rings, -1);
	CHECK_EQ(fake.switched_off, 1);
	wake_doorbell_close(&bell);
	CHECK_EQ(fake.switched_off, 1);
	shm_close(shm);
}

static void without_interrupts_it_still_rings(void)
{
	struct wake_doorbell bell;
	struct shm *shm;

	open_doorbell("mute", &shm, &bell);
	unsigned before = count_fds();
	fake.vectors = 0;
	CHECK_EQ(wake_doorbell_listen(&bell, shm, &err), -ENOTSUP);
	fake.vectors = 1;
	fake.refused = VFIO_DEVICE_SET_IRQS;
	fake.error = ENOSPC;
	CHECK_EQ(wake_doorbell_listen(&bell, shm, &err), -ENOSPC);
	CHECK_CONTAINS(err.text, ADDRESS);
	CHECK(!bell.vfio);
	CHECK_EQ(count_fds(), before);
	wake_doorbell_ring(&bell, 5);
	CHECK_EQ(device_word(BAR0_AT + 12), 5);
	wake_doorbell_close(&bell);
	shm_close(shm);
}

static const struct test_case cases[] = {
	TEST(a_bound_device_keeps_its_fast_memory),
	TEST(lockdown_leaves_the_driver_s_mapping),
	TEST(the_driver_s_mapping_does_where_sysfs_has_none),
	TEST(a_driver_is_only_bound_when_asked_for),
	TEST(what_is_missing_is_named),
	TEST(whatever_fails_leaves_nothing_open),
	TEST(it_rings_and_is_rung),
	TEST(without_interrupts_it_still_rings),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
