/* What text files of /proc, /sys and /etc hold. */
#include <glib.h>

#include "shm/sysfs.h"
#include "test.h"
#include "vm/doctor/domain.h"
#include "vm/doctor/texts.h"

/* "(none)" for NULL; frees. */
#define CHECK_TEXT(got, want)                                                                      \
	do {                                                                                       \
		g_autofree char *text_ = (got);                                                    \
		CHECK_STR(text_ ? text_ : "(none)", want);                                         \
	} while (0)

static void os_release_has_values(void)
{
	const char *text = "ID_LIKE=\"debian ubuntu\"\nID=pop\nNAME='Pop!_OS'\nEMPTY=\nBROKEN";

	CHECK_TEXT(texts_value(text, "ID"), "pop");
	CHECK_TEXT(texts_value(text, "ID_LIKE"), "debian ubuntu");
	CHECK_TEXT(texts_value(text, "NAME"), "Pop!_OS");
	CHECK_TEXT(texts_value(text, "EMPTY"), "");
	CHECK_TEXT(texts_value(text, "BROKEN"), "(none)");
	CHECK_TEXT(texts_value("ID=\"", "ID"), "\"");
}

static void cpuinfo_has_fields(void)
{
	const char *text = "model name\t: x\nmodel\t\t: 158\nflags :\nlast: y";

	CHECK_TEXT(texts_field(text, "model"), "158");
	CHECK_TEXT(texts_field(text, "flags"), "");
	CHECK_TEXT(texts_field(text, "last"), "y");
	CHECK_TEXT(texts_field(text, "mode"), "(none)");
	CHECK(texts_word("fpu vmx svm_lock", "vmx"));
	CHECK(!texts_word("fpu vmx svm_lock", "svm"));
	CHECK(texts_word("lockdown,apparmor\n", "apparmor"));
	CHECK(!texts_word("", ""));
}

static void command_lines_have_parameters(void)
{
	const char *line = "BOOT=/x a.b-c=1 quiet name=\"two words\" a.b_c=2 q=\"\n";

	CHECK_TEXT(texts_parameter(line, "a.b_c"), "2");
	CHECK_TEXT(texts_parameter(line, "a.b-c"), "2");
	CHECK_TEXT(texts_parameter(line, "quiet"), "");
	CHECK_TEXT(texts_parameter(line, "qui"), "(none)");
	CHECK_TEXT(texts_parameter(line, "name"), "two words");
	CHECK_TEXT(texts_parameter("", "x"), "(none)");
	CHECK_TEXT(texts_parameter("x", "x-y"), "(none)");
	CHECK_TEXT(texts_parameter("x=", "x"), "");
}

static void modprobe_files_have_options(void)
{
	const char *text =
		"# options vfio-pci ids=0:0\noptions vfio_pci ids=1:2 \\\n disable_vga=1\n"
		"options vfio-pci-core ids=9:9\n  options vfio-pci ids=3:4\n"
		"softdep nvidia_drm pre: x vfio_pci post: y\nsoftdep amdgpu post: vfio-pci\n";

	CHECK_TEXT(texts_option(text, "vfio-pci", "ids"), "3:4");
	CHECK_TEXT(texts_option(text, "vfio-pci", "disable_vga"), "1");
	CHECK_TEXT(texts_option(text, "vfio", "ids"), "(none)");
	CHECK(texts_softdep(text, "nvidia-drm", "vfio-pci"));
	CHECK(!texts_softdep(text, "nvidia-drm", "y"));
	CHECK(!texts_softdep(text, "amdgpu", "vfio-pci"));
	CHECK(texts_has_id("10de:2684,10de:22ba", 0x10de, 0x22ba));
	CHECK(texts_has_id("10DE:2684:1043:889a", 0x10de, 0x2684));
	CHECK(!texts_has_id("10de:26841", 0x10de, 0x2684));
	CHECK(!texts_has_id("", 0x10de, 0x2684));
}

static void iomem_tells_who_has_a_picture(void)
{
	static const char *const names[] = { "efifb", "BOOTFB", NULL };
	const char *text = "00000000-ffffffff : PCI Bus 0000:00\n"
			   "  c0000000-cfffffff : PCI Bus 0000:01\n"
			   "    c0000000-c0ffffff : 0000:01:00.0\n"
			   "    c1000000-c1ffffff : 0000:01:00.1\n"
			   "      c1000000-c1001000 : BOOTFB\n"
			   "d0000000-d0ffffff : efifb\n";
	const char *name = "";

	CHECK_TEXT(texts_owner(text, names, &name), "0000:01:00.1");
	CHECK_STR(name, "BOOTFB");
	CHECK_TEXT(texts_owner("d0-d1 : efifb\n", names, &name), "(none)");
	CHECK_TEXT(texts_owner("0-1 : 0000:01:00.0\n2-3 : efifb\n", names, NULL), "(none)");
	CHECK_TEXT(texts_owner("                                        0-1 : efifb", names, NULL),
		   "(none)");
}

static void limits_are_of_somebody(void)
{
	char *groups[] = { (char *)"kvm", NULL };
	uint64_t bytes = 7;

	CHECK(!texts_lock_limit("", "me", groups, &bytes));
	CHECK(!texts_lock_limit("you - memlock 1\nme soft memlock 1\nme - nofile 1\n"
				"# me - memlock 1\nme - memlock many\n",
				"me", groups, &bytes));
	CHECK_EQ(bytes, 7);
	CHECK(texts_lock_limit("@kvm hard memlock 2048 # x\n", "me", groups, &bytes));
	CHECK_EQ(bytes, 2048 << 10);
	CHECK(texts_lock_limit("* - memlock unlimited", "me", groups, &bytes));
	CHECK(bytes == UINT64_MAX);
	CHECK(!texts_lock_limit("me - memlock 99999999999999999999\nme - memlock "
				"18446744073709551615\n",
				"me", groups, &bytes));
}

static void cpu_lists_are_read_and_written(void)
{
	struct vm_cpus cpus;

	CHECK(texts_cpus("0-3,8\n", &cpus));
	CHECK_EQ(cpus_count(&cpus), 5);
	CHECK(cpus_has(&cpus, 8));
	CHECK(!cpus_has(&cpus, 4));
	CHECK(!cpus_has(&cpus, VM_CPUS_MAX + 1));
	CHECK_TEXT(cpus_name(&cpus), "0-3,8");
	CHECK(texts_cpus("1023", &cpus));
	CHECK_TEXT(cpus_name(&cpus), "1023");
	CHECK(!texts_cpus("", &cpus));
	CHECK(!texts_cpus("1024", &cpus));
	CHECK(!texts_cpus("3-1", &cpus));
	CHECK(!texts_cpus("1,", &cpus));
	CHECK(!texts_cpus("1-2-3", &cpus));
	CHECK(!texts_cpus("4x", &cpus));
}

static void groups_are_paths(void)
{
	CHECK_TEXT(texts_cgroup("1:x:/a\n0::/user.slice/a.scope\n"), "/user.slice/a.scope");
	CHECK_TEXT(texts_cgroup("0::/\n"), "");
	CHECK_TEXT(texts_cgroup("1:cpuset:/\n"), "(none)");
	CHECK_TEXT(texts_cgroup("0::/../x\n"), "(none)");
	CHECK_TEXT(texts_cgroup("0::/x/..\n"), "(none)");
	CHECK_TEXT(texts_cgroup("0::x\n"), "(none)");
	CHECK_TEXT(texts_cgroup(""), "(none)");
}

static void mediated_devices_are_read(void)
{
	g_autofree char *type = NULL;
	bool starts = false;

	CHECK(!texts_mediated("", &type, &starts));
	CHECK(!texts_mediated("[]", &type, &starts));
	CHECK(!texts_mediated("{\"start\":\"auto\"}", &type, &starts));
	CHECK(!texts_mediated("{\"mdev_type\":[],\"start\":{}}", &type, &starts));
	CHECK(!type);
	CHECK(texts_mediated("{\"mdev_type\":\"nvidia-63\",\"start\":\"auto\"}", &type, &starts));
	CHECK_STR(type, "nvidia-63");
	CHECK(starts);
	g_clear_pointer(&type, g_free);
	CHECK(texts_mediated("{\"mdev_type\":\"a\\nb\",\"start\":7}", &type, &starts));
	CHECK_STR(type, "a");
	CHECK(!starts);
}

static void domains_are_read(void)
{
	struct domain domain;

	domain_parse(&domain, "<d><hostdev><source><address bus='0x1' slot='0x1f' function='7'/>"
			      "<address bus='0x101' slot='0'/><address bus='1x' slot='0'/>"
			      "<address bus='1'/><address slot='32'/><address uuid='u'/></source>"
			      "<address bus='2' slot='0'/></hostdev><shmem/><shmem name='s'/>"
			      "<address uuid='v'/><hostdev><source><address slot='3'/>");
	CHECK_EQ(domain.devices->len, 2);
	const struct pci_address *first = &g_array_index(domain.devices, struct pci_address, 0);
	CHECK_EQ(first->bus, 1);
	CHECK_EQ(first->device, 0x1f);
	CHECK_EQ(first->function, 7);
	CHECK_EQ(domain.mediated->len, 1);
	CHECK_STR(domain.mediated->pdata[0], "u");
	CHECK_EQ(domain.memories->len, 1);
	CHECK_STR(domain.memories->pdata[0], "s");
	domain_finish(&domain);
}

static void foreign_text_is_made_fit(void)
{
	g_autofree char *lang = g_strnfill(4096, 'x');

	CHECK_TEXT(texts_fit("  a\tb\033c\nd"), "a?b?c");
	CHECK_TEXT(texts_fit("\377"), "\357\277\275");
	g_autofree char *cut = texts_fit(lang);
	CHECK_EQ(strlen(cut), 160);
}

static const struct test_case cases[] = {
	TEST(os_release_has_values),          TEST(cpuinfo_has_fields),
	TEST(command_lines_have_parameters),  TEST(modprobe_files_have_options),
	TEST(iomem_tells_who_has_a_picture),  TEST(limits_are_of_somebody),
	TEST(cpu_lists_are_read_and_written), TEST(groups_are_paths),
	TEST(mediated_devices_are_read),      TEST(domains_are_read),
	TEST(foreign_text_is_made_fit),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
