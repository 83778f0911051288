/* Machines in libvirt's words: what is carried over, and that the rest is told. What libvirt itself
 * says to it is in tests/e2e/exchange. */
#include <gio/gio.h>

#include "test.h"
#include "vm/config/config.h"
#include "vm/exchange/libvirt.h"
#include "vm/plan/build.h"

static struct facts_firmware secure = {
	(char *)"/fw/secure.fd", (char *)"/fw/secure-vars.fd", (char *)"raw", true, true, true
};
static struct facts_firmware plain = {
	(char *)"/fw/plain.fd", (char *)"/fw/plain-vars.fd", (char *)"raw", false, false, false
};

static struct {
	char *xml;
	GPtrArray *notes;
} answer;

static struct facts make_facts(void)
{
	struct facts facts = { .cpu = FACTS_CPU_AMD,
			       .qemu = (char *)"/bin/qemu",
			       .qemu_img = (char *)"/bin/qemu-img",
			       .swtpm = (char *)"/bin/swtpm",
			       .run = (char *)"/run/user/1000/oriel",
			       .state = (char *)"/state/oriel" };

	facts.firmwares = g_ptr_array_new();
	g_ptr_array_add(facts.firmwares, &secure);
	g_ptr_array_add(facts.firmwares, &plain);
	facts.devices = g_ptr_array_new();
	return facts;
}

static void clear(void)
{
	g_clear_pointer(&answer.xml, g_free);
	g_clear_pointer(&answer.notes, g_ptr_array_unref);
}

/* `device`: one more of the plan's; NULL: none. */
static void export_with(const char *text, enum libvirt_whose whose, const char *device)
{
	struct facts facts = make_facts();
	g_autoptr(GError) error = NULL;
	struct vm *vm = config_parse("vm.yaml", text, strlen(text), "/vms", &error);
	struct plan *plan = vm ? plan_make(vm, &facts, &error) : NULL;

	clear();
	if (!plan)
		test_fail("%s", error->message);
	if (device)
		plan_option(plan, "made up", "-device", device);
	answer.notes = g_ptr_array_new_with_free_func(g_free);
	answer.xml = libvirt_write(vm, plan, &facts, whose, answer.notes);
	plan_free(plan);
	config_free(vm);
	g_ptr_array_unref(facts.firmwares);
	g_ptr_array_unref(facts.devices);
}

static void export(const char *text)
{
	export_with(text, LIBVIRT_SYSTEM, NULL);
}

static void has(const char *part)
{
	CHECK_CONTAINS(answer.xml, part);
}

static void has_not(const char *part)
{
	if (strstr(answer.xml, part))
		test_fail("%s is in %s", part, answer.xml);
}

static void notes(const char *part)
{
	for (unsigned i = 0; i < answer.notes->len; i++)
		if (strstr(answer.notes->pdata[i], part))
			return;
	test_fail("no note says \"%s\"", part);
}

static void windows_11_keeps_what_it_has(void)
{
	export("name: win11\nos: windows11\ncpu: { threads: 2, pin: 2-9 }\n"
	       "memory: { size: 16G, hugepages: 1G }\ndisks: { file: a, size: 1G }\n");
	has("<domain type='kvm' ");
	has("<libosinfo:os id='http://microsoft.com/win/11'/>");
	has("<memory unit='MiB'>16384</memory>");
	has("<page size='1' unit='GiB'/>");
	has("<vcpupin vcpu='0' cpuset='2'/>");
	has("<vcpupin vcpu='7' cpuset='9'/>");
	has("<feature enabled='yes' name='secure-boot'/>");
	has("<smm state='on'/>");
	has("<stimer state='on'><direct state='on'/></stimer>");
	has("<timer name='hypervclock' present='yes'/>");
	has("mode='host-passthrough' check='none' migratable='off'");
	has("<feature policy='require' name='topoext'/>");
	has("<tpm model='tpm-crb'>");
	has("<boot order='1'/>");
	notes("BitLocker");
	notes("libvirt creates no image");
	clear();
}

static void what_somebody_wrote_is_escaped(void)
{
	export("name: a\ndescription: \"<&'\\\">\"\ndisks: \"/d/it's <b>.qcow2\"\nqemu: [-x, \"'&\"]\n");
	has("<description>&lt;&amp;&apos;&quot;&gt;</description>");
	has("<source file='/d/it&apos;s &lt;b&gt;.qcow2'/>");
	has("<qemu:arg value='&apos;&amp;'/>");
	clear();
}

static void each_libvirt_can_reach_its_sockets(void)
{
	export("name: a\n");
	has("<server path='/run/oriel/a.sock'/>");
	has("<listen type='address' address='127.0.0.1'/>");
	notes("--user libvirt-qemu");
	export_with("name: a\n", LIBVIRT_SESSION, NULL);
	has("<server path='/run/user/1000/oriel/a/memory'/>");
	has("<listen type='socket' socket='/run/user/1000/oriel/a/spice'/>");
	notes("oriel shmd --socket /run/user/1000/oriel/a/memory --size 64M --name a");
	clear();
}

static void what_libvirt_lacks_goes_to_qemu_and_is_told(void)
{
	export("name: a\ndisks: { file: n, bus: nvme }\nnetworks: { forward: tcp:2222:22 }\n"
	       "display: { memory: kvmfr }\nusb: 1-2\nhooks: { after-stop: [[ls]] }\n");
	has("<qemu:arg value='nvme,drive=disk0,bootindex=1,serial=oriel,bus=pcie.0,addr=0x10'/>");
	has("<qemu:arg value='virtio-net-pci,netdev=net0,mac=");
	has("<qemu:arg value='memory-backend-file,id=memory,mem-path=/dev/kvmfr0,");
	has("<qemu:arg value='ivshmem-plain,memdev=memory,bus=pcie.0,addr=0x12'/>");
	has("<qemu:arg value='usb-host,hostbus=1,hostport=2,bus=usb.0'/>");
	has_not("<interface");
	has_not("<shmem");
	notes("disks[0]: libvirt 9 has no NVMe");
	notes("networks[0]: libvirt 9 forwards no ports");
	notes("libvirt has no kvmfr");
	notes("usb[0]: libvirt finds devices by their ids");
	notes("hooks: ");
	clear();
}

static void devices_of_the_computer_are_the_plans(void)
{
	export_with("name: a\n", LIBVIRT_SYSTEM,
		    "vfio-pci,host=0000:0a:00.1,romfile=/r.rom,bus=port9,multifunction=on");
	has("<address domain='0x0000' bus='0x0a' slot='0x00' function='0x1'/>");
	has("<driver name='vfio'/>");
	has("<rom file='/r.rom'/>");
	export_with("name: a\n", LIBVIRT_SYSTEM, "vfio-pci,host=0000:0a:00.1,rombar=0");
	has("<rom bar='off'/>");
	export_with("name: a\n", LIBVIRT_SYSTEM,
		    "vfio-pci,sysfsdev=/sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	has("<source><address uuid='83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'/></source>");
	has("display='off' ramfb='off'");
	notes("does not make the mediated device 83b8f4f2");
	export_with("name: a\n", LIBVIRT_SYSTEM,
		    "vfio-pci-nohotplug,sysfsdev=/sys/bus/mdev/devices/"
		    "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001,display=on,ramfb=on");
	has("display='on' ramfb='on'");
	clear();
}

static const struct test_case cases[] = {
	TEST(windows_11_keeps_what_it_has),
	TEST(what_somebody_wrote_is_escaped),
	TEST(each_libvirt_can_reach_its_sockets),
	TEST(what_libvirt_lacks_goes_to_qemu_and_is_told),
	TEST(devices_of_the_computer_are_the_plans),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
