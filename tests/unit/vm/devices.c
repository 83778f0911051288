/* What sysfs tells of PCI functions. */
#include <glib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "sysroot.h"
#include "test.h"
#include "vm/host/devices.h"
#include "vm/host/text.h"
#include "vm/plan/devices.h"

static struct {
	char *root;
	struct facts facts;
} rig;

static void look(const char *description)
{
	g_clear_pointer(&rig.facts.devices, g_ptr_array_unref);
	sysroot_remove(rig.root);
	rig.root = sysroot_make(description);
	rig.facts.devices = host_devices(rig.root);
}

static void end(void)
{
	g_clear_pointer(&rig.facts.devices, g_ptr_array_unref);
	sysroot_remove(rig.root);
	rig.root = NULL;
}

static const struct facts_device *at(const char *text)
{
	struct pci_address address;

	if (!pci_address_parse(text, &address) || !device_at(&rig.facts, &address))
		test_fail("no device at %s", text);
	return device_at(&rig.facts, &address);
}

/* ---- whole computers ---- */

static const char *const gaming =
	"pci 0000:01:00.0 class=0x030000 id=10de:2684 sub=1043:889a driver=nvidia group=14 "
	"reset_method='flr bus' numa_node=-1 boot_vga=0 driver_override='(null)' "
	"resource='0x00000000f5000000 0x00000000f5ffffff 0x0000000000040200\\n"
	"0x0000004000000000 0x00000043ffffffff 0x000000000014220c\\n"
	"0x0000000000000000 0x0000000000000000 0x0000000000000000'\n"
	"output card1 DP-1 disconnected\n"
	"output card1 HDMI-A-1 disconnected\n"
	"pci 0000:01:00.1 class=0x040300 id=10de:22ba driver=snd_hda_intel group=14\n"
	"pci 0000:00:02.0 class=0x030000 id=8086:4680 driver=i915 group=0 boot_vga=1 "
	"numa_node=0 sriov_totalvfs=7 sriov_numvfs=0 sriov_offset=1 sriov_stride=1\n"
	"output card0 DP-3 connected # a monitor\n"
	"mdev i915-GVTg_V5_4 free=2 description='low_gm_size: 128MB\\nhigh_gm_size: 512MB'\n"
	"pci 0000:00:01.0 class=0x060400 id=8086:460d driver=pcieport group=13\n";

static void devices_are_read_in_order(void)
{
	look(gaming);
	CHECK_EQ(rig.facts.devices->len, 4);
	CHECK_EQ(((struct facts_device *)rig.facts.devices->pdata[0])->address.device, 1);
	const struct facts_device *gpu = at("01:00.0");
	CHECK(gpu == rig.facts.devices->pdata[2]);
	CHECK_EQ(gpu->class_code, 0x030000);
	CHECK_EQ(gpu->vendor, 0x10de);
	CHECK_EQ(gpu->product, 0x2684);
	CHECK_EQ(gpu->subproduct, 0x889a);
	CHECK_STR(gpu->driver, "nvidia");
	CHECK(!gpu->override);
	CHECK_STR(gpu->reset, "flr bus");
	CHECK_EQ(gpu->group, 14);
	CHECK_EQ(gpu->node, -1);
	CHECK_EQ(gpu->memory, 16ull << 30);
	CHECK_EQ(gpu->outputs, 2);
	CHECK_EQ(gpu->monitors, 0);
	CHECK_STR(at("01:00.1")->reset, ""); /* it would have that file */
	CHECK(!gpu->desktop && !gpu->is_vf && gpu->types->len == 0);
	end();
}

static void desktop_is_where_something_is_shown(void)
{
	look(gaming);
	const struct facts_device *gpu = at("00:02.0");
	CHECK(gpu->desktop && gpu->boot_vga);
	CHECK_EQ(gpu->monitors, 1);
	CHECK_EQ(gpu->node, 0);
	look("pci 0000:01:00.0 class=0x030000 id=1002:73bf driver=vfio-pci boot_vga=1\n"
	     "pci 0000:02:00.0 class=0x038000 id=1002:73bf boot_vga=1\n"
	     "pci 0000:03:00.0 class=0x030000 id=1002:73bf driver=amdgpu boot_vga=0\n");
	CHECK(!at("01:00.0")->desktop); /* it is kept for a guest */
	CHECK(at("02:00.0")->desktop);  /* the firmware's frame buffer is still shown */
	CHECK(!at("03:00.0")->desktop);
	end();
}

static void functions_that_could_be_have_addresses(void)
{
	char text[PCI_ADDRESS_LENGTH];

	look(gaming);
	CHECK_EQ(at("00:02.0")->vfs_most, 7);
	struct pci_address vf = device_vf(at("00:02.0"), 6);
	pci_address_format(&vf, text);
	CHECK_STR(text, "0000:00:02.7");
	look("pci 0000:41:00.0 class=0x030200 id=10de:2236 sriov_totalvfs=32 sriov_numvfs=2 "
	     "sriov_offset=4 sriov_stride=1\n"
	     "pci 0000:41:00.4 class=0x030200 id=10de:2236 physfn=0000:41:00.0 "
	     "nvidia/current_vgpu_type=558\n"
	     "vgpu 557 'NVIDIA RTXA5000-1B'\n"
	     "vgpu 558 'NVIDIA RTXA5000-2B'\n");
	const struct facts_device *first = at("41:00.4");
	CHECK(first->is_vf);
	CHECK_EQ(first->parent.bus, 0x41);
	CHECK_EQ(first->vgpus->len, 2);
	CHECK_STR(((struct facts_type *)first->vgpus->pdata[1])->id, "558");
	CHECK_STR(((struct facts_type *)first->vgpus->pdata[1])->name, "NVIDIA RTXA5000-2B");
	CHECK_EQ(first->vgpu, 558);
	vf = device_vf(at("41:00.0"), 5);
	pci_address_format(&vf, text);
	CHECK_STR(text, "0000:41:01.1");
	end();
}

static void mediated_types_are_read(void)
{
	look("pci 0000:00:02.0 class=0x030000 id=8086:3e92 driver=i915\n"
	     "mdev i915-GVTg_V5_8 free=1 description='low_gm_size: 64MB\\nresolution: 1024x768'\n"
	     "mdev i915-GVTg_V5_4 free=0 name=Four made=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001\n"
	     "mdev 'no good' free=1\n");
	const GPtrArray *types = at("00:02.0")->types;
	CHECK_EQ(types->len, 2);
	const struct facts_type *four = types->pdata[0], *eight = types->pdata[1];
	CHECK_STR(four->id, "i915-GVTg_V5_4");
	CHECK_STR(four->name, "Four");
	CHECK_EQ(four->free, 0);
	CHECK_STR(four->made[0], "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	CHECK_STR(eight->description, "low_gm_size: 64MB resolution: 1024x768");
	CHECK(!eight->name && !eight->made[0]);
	CHECK_EQ(eight->free, 1);
	end();
}

static void nonsense_is_passed_over(void)
{
	look("pci 0000:00:02.0 class=gpu vendor=0x10000000f device= numa_node=a reset_method='f;r' "
	     "sriov_totalvfs=-4 resource='0x5 0x1 0x200'\n"
	     "link /sys/bus/pci/devices/0000:00:02.0/driver ../x\033[31m\n"
	     "folder /sys/bus/pci/devices/what\n");
	CHECK_EQ(rig.facts.devices->len, 1);
	const struct facts_device *device = at("00:02.0");
	CHECK_EQ(device->class_code | device->vendor | device->product | device->vfs_most, 0);
	CHECK(!device->reset && !device->driver);
	CHECK_EQ(device->node, -1);
	CHECK_EQ(device->group, -1);
	CHECK_EQ(device->memory, 0);
	look("");
	CHECK_EQ(rig.facts.devices->len, 0);
	end();
}

/* How often something in a folder was opened since it is watched. */
static unsigned count_opened(int watch)
{
	char events[64 << 10] __attribute__((aligned(8)));
	ssize_t got = read(watch, events, sizeof(events));
	unsigned count = 0;

	for (ssize_t at = 0; at < got; count++)
		at += (ssize_t)sizeof(struct inotify_event) +
		      ((const struct inotify_event *)(const void *)(events + at))->len;
	return count;
}

/* `oriel plan` is to be fast. */
static void a_device_costs_few_files(void)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	look(gaming);
	g_autofree char *dir = g_build_filename(rig.root, "/sys/bus/pci/devices/0000:01:00.1",
						NULL);
	CHECK(inotify_add_watch(watch, dir, IN_OPEN) >= 0);
	g_autoptr(GPtrArray) again = host_devices(rig.root);
	unsigned opened = count_opened(watch);
	close(watch);
	if (again->len != 4 || opened < 3 || opened > 16)
		test_fail("%u files were opened for a device", opened);
	end();
}

/* ---- texts ---- */

static void terminals_are_safe(void)
{
	g_autofree char *good = text_line("  Tésla \nmore");
	g_autofree char *bell = text_line("a\a"), *cut = text_line("a\xff"), *empty = text_line("");

	CHECK_STR(good, "Tésla");
	CHECK(!bell && !cut && !empty);
	g_autofree char *long_text = g_strnfill(TEXT_LINE_MAX, 'a');
	CHECK(!text_line(long_text));
}

static void overrides_are_told_from_their_absence(void)
{
	g_autofree char *none = text_override("(null)\n"), *some = text_override("vfio-pci\n");

	CHECK(!none);
	CHECK_STR(some, "vfio-pci");
}

static const struct test_case cases[] = {
	TEST(devices_are_read_in_order),
	TEST(desktop_is_where_something_is_shown),
	TEST(functions_that_could_be_have_addresses),
	TEST(mediated_types_are_read),
	TEST(nonsense_is_passed_over),
	TEST(a_device_costs_few_files),
	TEST(terminals_are_safe),
	TEST(overrides_are_told_from_their_absence),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
