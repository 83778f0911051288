/* PCI devices in a made-up /sys: files stand for BARs, a write-sealed memfd for kernel lockdown. */
#include <errno.h>
#include <sys/mman.h>

#include "scratch.h"
#include "shm/shm.h"
#include "shm/sysfs.h"

static struct err err;

static const char *in_device(const char *root, const char *address, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/%s", root, address, name);
	return path;
}

static void make_device(const char *root, const char *address, const char *vendor,
			const char *device)
{
	scratch_text(in_device(root, address, "vendor"), vendor);
	scratch_text(in_device(root, address, "device"), device);
	scratch_text(in_device(root, address, "enable"), "0\n");
	scratch_text(in_device(root, address, "driver_override"), "(null)\n");
}

static void make_ivshmem(const char *root, const char *address)
{
	make_device(root, address, "0x1af4\n", "0x1110\n");
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

static void the_first_device_is_found(void)
{
	struct shm *shm;

	make_device("many", "0000:00:01.0", "0x8086\n", "0x1110\n");
	make_device("many", "0000:00:02.0", "0x1af4\n", "0x1000\n");
	make_ivshmem("many", "0000:00:1f.0");
	make_ivshmem("many", "0000:00:04.0");
	scratch_file(in_device("many", "0000:00:04.0", "resource2_wc"), 4 * MIB);
	CHECK_EQ(open_in(&shm, "many", NULL), 0);
	CHECK_STR(shm->name, "0000:00:04.0");
	CHECK_EQ(shm->size, 4 * MIB);
	CHECK(shm->write_combined && !shm->peer_shrinkable && shm->fd >= 0);
	CHECK_EQ(shm_current_size(shm), 4 * MIB);
	shm_close(shm);
}

static void enable_is_written(void)
{
	struct shm *shm;
	char text[8] = "";

	make_ivshmem("enable", "0000:00:04.0");
	scratch_file(in_device("enable", "0000:00:04.0", "resource2_wc"), MIB);
	CHECK_EQ(open_in(&shm, "enable", NULL), 0);
	shm_close(shm);
	sysfs_read(scratch_path(in_device("enable", "0000:00:04.0", "")), "enable", text,
		   sizeof(text));
	CHECK_EQ(text[0], '1');
}

static void addresses_in_every_way(void)
{
	static const char *const ways[] = { "0000:00:04.0", "00:04.0",
					    "/sys/bus/pci/devices/0000:00:04.0" };
	struct shm *shm;

	make_ivshmem("ways", "0000:00:04.0");
	scratch_file(in_device("ways", "0000:00:04.0", "resource2"), 2 * MIB);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		CHECK_EQ(open_in(&shm, "ways", ways[i]), 0);
		CHECK_STR(shm->name, "0000:00:04.0");
		CHECK(!shm->write_combined);
		shm_close(shm);
	}
}

static void wrong_devices_are_refused(void)
{
	struct shm *shm = NULL;

	make_device("wrong", "0000:00:02.0", "0x1234\n", "0x1111\n");
	CHECK_EQ(open_in(&shm, "wrong", "00:02.0"), -EINVAL);
	CHECK_CONTAINS(err.text, "0000:00:02.0 is 1234:1111, not an ivshmem device");
	CHECK_EQ(open_in(&shm, "wrong", "00:03.0"), -ENODEV);
	CHECK_CONTAINS(err.text, "no PCI device 0000:00:03.0");
	make_ivshmem("wrong", "0000:00:05.0");
	CHECK_EQ(open_in(&shm, "wrong", "00:05.0"), -ENOENT);
	scratch_file(in_device("wrong", "0000:00:05.0", "resource2_wc"), 4096);
	CHECK_EQ(open_in(&shm, "wrong", "00:05.0"), -EINVAL);
	CHECK_CONTAINS(err.text, "4096 bytes");
	unlink(scratch_path(in_device("wrong", "0000:00:05.0", "enable")));
	CHECK(open_in(&shm, "wrong", "00:05.0") < 0);
	CHECK_CONTAINS(err.text, "run as root");
	CHECK(shm == NULL);
}

/* As under Secure Boot: the file opens, mapping it is forbidden. */
static void lock_down(const char *root, const char *address)
{
	char target[64];
	int fd = memfd_create("bar", MFD_ALLOW_SEALING);

	make_ivshmem(root, address);
	CHECK_EQ(ftruncate(fd, MIB), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	snprintf(target, sizeof(target), "/proc/%d/fd/%d", getpid(), fd);
	CHECK_EQ(symlink(target, scratch_path(in_device(root, address, "resource2_wc"))), 0);
}

static void lockdown_names_the_iommu(void)
{
	struct shm *shm = NULL;

	lock_down("locked", "0000:00:04.0");
	CHECK_EQ(open_in(&shm, "locked", NULL), -EPERM);
	CHECK_CONTAINS(err.text, "Secure Boot");
	CHECK_CONTAINS(err.text, "-device intel-iommu");
	CHECK(shm == NULL);
}

static void lockdown_needs_the_driver(void)
{
	struct shm *shm = NULL;
	char text[32] = "";
	const char *address = "0000:00:04.0";

	lock_down("group", address);
	CHECK_EQ(symlink("../../kernel/iommu_groups/7",
			 scratch_path(in_device("group", address, "iommu_group"))),
		 0);
	scratch_text("group/sys/bus/pci/drivers_probe", "");
	CHECK_EQ(open_in(&shm, "group", NULL), -EPERM);
	CHECK_CONTAINS(err.text, "modprobe vfio-pci");
	sysfs_read(scratch_path(in_device("group", address, "")), "driver_override", text,
		   sizeof(text));
	CHECK(strncmp(text, "vfio-pci", 8) == 0);
	sysfs_read(scratch_path("group/sys/bus/pci"), "drivers_probe", text, sizeof(text));
	CHECK_STR(text, address);

	/* Bound: now the nodes of vfio are asked for, and are missing. */
	CHECK_EQ(symlink("../../drivers/vfio-pci",
			 scratch_path(in_device("group", address, "driver"))),
		 0);
	CHECK_EQ(open_in(&shm, "group", NULL), -ENOENT);
	CHECK_CONTAINS(err.text, "/dev/vfio/vfio");
	CHECK_EQ(symlink("/dev/null", scratch_path("group/dev/vfio/vfio")), 0);
	CHECK_EQ(open_in(&shm, "group", NULL), -ENOENT);
	CHECK_CONTAINS(err.text, "/dev/vfio/7");
	CHECK_EQ(symlink("/dev/null", scratch_path("group/dev/vfio/7")), 0);
	CHECK_EQ(open_in(&shm, "group", NULL), -ENOTSUP);
	CHECK(shm == NULL);
}

static void addresses_are_parsed(void)
{
	static const char *const bad[] = {
		"",
		"4",
		"00:04",
		"00:04.8",
		"00:20.0",
		"100:04.0:",
		"00:04.0 ",
		"0000:00:04",
		"g0:04.0",
		"00:04.00",
		":04.0",
		"0000:00:04.0/..",
		"../00:04.0",
		"/dev/shm/x",
		"00::04.0",
		"00:04.-1",
		"123456789:00:04.0",
		"0x00:04.0",
	};
	struct pci_address address = { 9, 9, 9, 9 };
	char text[PCI_ADDRESS_LENGTH];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (pci_address_parse(bad[i], &address))
			test_fail("\"%s\" is no address", bad[i]);
	CHECK_EQ(address.bus, 9);
	CHECK(pci_address_parse("10000:E1:1f.7", &address));
	pci_address_format(&address, text);
	CHECK_STR(text, "10000:e1:1f.7");
	CHECK(pci_address_parse("ffffffff:ff:1f.7", &address));
	pci_address_format(&address, text);
	CHECK_STR(text, "ffffffff:ff:1f.7");
}

static void hex_is_parsed(void)
{
	static const char *const bad[] = { "",           "0x",        "\n", "0x1af4 ",
					   "0x1af4\n\n", "123456789", "-1" };
	uint32_t value = 42;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (sysfs_parse_hex(bad[i], &value))
			test_fail("\"%s\" is no number", bad[i]);
	CHECK_EQ(value, 42);
	CHECK(sysfs_parse_hex("0x1af4\n", &value) && value == 0x1af4);
	CHECK(sysfs_parse_hex("1110", &value) && value == 0x1110);
}

static const struct test_case cases[] = {
	TEST(the_first_device_is_found), TEST(enable_is_written),
	TEST(addresses_in_every_way),    TEST(wrong_devices_are_refused),
	TEST(lockdown_names_the_iommu),  TEST(lockdown_needs_the_driver),
	TEST(addresses_are_parsed),      TEST(hex_is_parsed),
};

int main(int argc, char **argv)
{
	scratch_create("/tmp");
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
