/* What is done for a machine: what follows from its file, and that QEMU takes it. */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "test.h"
#include "vm/config/config.h"
#include "vm/host/facts.h"
#include "vm/plan/plan.h"
#include "vm/plan/text.h"

#define QEMU_WAIT_S 60

static struct facts_firmware secure = {
	(char *)"/fw/secure.fd", (char *)"/fw/secure-vars.fd", (char *)"raw", true, true, true
};
static struct facts_firmware plain = {
	(char *)"/fw/plain,.fd", (char *)"/fw/plain-vars.fd", (char *)"raw", false, false, false
};

static struct {
	struct facts facts;
	struct vm *vm;
	struct plan *plan;
} rig;

static void begin(void)
{
	rig.facts = (struct facts){ .cpu = FACTS_CPU_AMD,
				    .qemu = (char *)"/bin/qemu",
				    .qemu_img = (char *)"/bin/qemu-img",
				    .swtpm = (char *)"/bin/swtpm",
				    .run = (char *)"/run/user/1000/oriel",
				    .state = (char *)"/state/oriel" };
	rig.facts.firmwares = g_ptr_array_new();
	rig.facts.devices = g_ptr_array_new();
	g_ptr_array_add(rig.facts.firmwares, &secure);
	g_ptr_array_add(rig.facts.firmwares, &plain);
}

static void end(void)
{
	plan_free(rig.plan);
	config_free(rig.vm);
	g_clear_pointer(&rig.facts.firmwares, g_ptr_array_unref);
	g_clear_pointer(&rig.facts.devices, g_ptr_array_unref);
	rig.plan = NULL;
	rig.vm = NULL;
}

static void make(const char *text, GError **error)
{
	g_autoptr(GError) mistake = NULL;

	plan_free(rig.plan);
	config_free(rig.vm);
	rig.vm = config_parse("vm.yaml", text, strlen(text), "/vms", &mistake);
	if (!rig.vm)
		test_fail("%s", mistake->message);
	rig.plan = plan_make(rig.vm, &rig.facts, error);
}

static void plan_for(const char *text)
{
	g_autoptr(GError) error = NULL;

	make(text, &error);
	if (!rig.plan)
		test_fail("%s", error->message);
}

static void refused(const char *text, const char *says)
{
	g_autoptr(GError) error = NULL;

	make(text, &error);
	CHECK(!rig.plan);
	CHECK_CONTAINS(error->message, says);
}

static const struct step *last_step(void)
{
	return rig.plan->steps->pdata[rig.plan->steps->len - 1];
}

static char *command(void)
{
	return g_strjoinv(" ", last_step()->words);
}

static void has(const char *part)
{
	g_autofree char *text = command();

	CHECK_CONTAINS(text, part);
}

static void has_not(const char *part)
{
	g_autofree char *text = command();

	if (strstr(text, part))
		test_fail("%s is in %s", part, text);
}

static const struct step *find_step(enum step_kind kind, const char *path)
{
	for (unsigned i = 0; i < rig.plan->steps->len; i++) {
		const struct step *step = rig.plan->steps->pdata[i];
		if (step->kind == kind && strcmp(step->path, path) == 0)
			return step;
	}
	test_fail("no such step: %s", path);
}

/* ---- what follows from a file ---- */

static void windows_11_has_what_it_wants(void)
{
	begin();
	plan_for("name: win11\nos: windows11\ncpu: { threads: 2 }\ndisks: { file: a, size: 1G }\n");
	has("-machine q35,memory-backend=ram,vmport=off,dump-guest-core=off,hpet=off,smm=on");
	has("-accel kvm");
	has("-cpu host,migratable=off,topoext=on,hv_relaxed,");
	has(",hv_stimer_direct,hv_time,");
	has("-smp 8,sockets=1,cores=4,threads=2");
	has("file=/fw/secure.fd");
	has("driver=cfi.pflash01,property=secure,value=on");
	has("file=/state/oriel/win11/firmware-variables-secure");
	has("-device tpm-crb");
	has("base=localtime");
	const struct step *vars = find_step(STEP_COPY,
					    "/state/oriel/win11/firmware-variables-secure");
	CHECK_STR(vars->words[0], "/fw/secure-vars.fd");
	CHECK_STR(find_step(STEP_SERVE, "/run/user/1000/oriel/win11/tpm")->words[4],
		  "dir=/state/oriel/win11/tpm");
	CHECK_STR(find_step(STEP_DISK, "/vms/a")->words[6], "1073741824");
	CHECK_EQ(last_step()->kind, STEP_QEMU);
	CHECK_EQ(rig.plan->notes->len, 0);
	end();
}

static void linux_has_no_more_than_it_needs(void)
{
	begin();
	plan_for("name: box\nos: linux\n");
	has("file=/fw/plain,,.fd");      /* QEMU wants commas twice */
	has("/box/firmware-variables "); /* without anybody's keys */
	has("base=utc");
	has_not("hv_");
	has_not("tpm");
	has_not("smm");
	plan_for("name: box\nmachine: { chipset: i440fx }\ndisks: { file: a, bus: ahci }\n");
	has_not("pflash");
	has_not("pcie");
	has("-machine pc,");
	has("bus=ide.0,unit=0");
	end();
}

static void computers_without_kvm_emulate_and_say_so(void)
{
	begin();
	rig.facts.kvm = (char *)"no /dev/kvm";
	plan_for("name: a\nos: windows10\n");
	has("-accel tcg,thread=multi");
	has("-cpu max,hv_relaxed,hv_vapic,hv_spinlocks=0x1fff ");
	CHECK_EQ(rig.plan->notes->len, 1);
	CHECK_CONTAINS((char *)rig.plan->notes->pdata[0], "no /dev/kvm");
	end();
}

static void shared_memory_fits_the_screen(void)
{
	begin();
	plan_for("name: a\ndisplay: { resolution: 3840x2160 }\n");
	CHECK_STR(rig.plan->memory, "/run/user/1000/oriel/a/memory");
	CHECK_STR(find_step(STEP_SERVE, rig.plan->memory)->words[5], "256M");
	has("-device ivshmem-doorbell,chardev=memory,vectors=1");
	plan_for("name: a\ndisplay: { memory: plain, size: 32M }\n");
	has("mem-path=/dev/shm/oriel-a,size=32M,share=on");
	has("ivshmem-plain,memdev=memory");
	plan_for("name: a\ndisplay: { memory: kvmfr, resolution: 1920x1080 }\n");
	has("mem-path=/dev/kvmfr0,size=64M,share=on");
	plan_for("name: a\ndisplay: spice\n");
	CHECK(!rig.plan->memory);
	has_not("ivshmem");
	CHECK_STR(rig.plan->spice, "/run/user/1000/oriel/a/spice");
	plan_for("name: a\ndisplay: none\n");
	CHECK(!rig.plan->spice);
	has_not("-spice");
	has_not("-audiodev");
	end();
}

static void identities_are_always_the_same(void)
{
	begin();
	plan_for("name: a\nnetworks: [user, user]\n");
	g_autofree char *first = command();
	plan_for("name: a\nnetworks: [user, user]\n");
	has(first);
	plan_for("name: b\nnetworks: [user, user]\n");
	g_autofree char *other = command();
	CHECK(strncmp(strstr(first, "-uuid"), strstr(other, "-uuid"), 42) != 0);
	CHECK(strncmp(strstr(first, "mac="), strstr(other, "mac="), 21) != 0);
	CHECK(strncmp(strstr(first, "mac="), strstr(strstr(first, "mac=") + 1, "mac="), 21) != 0);
	rig.facts.home = (char *)"another computer"; /* on the same network, perhaps */
	plan_for("name: a\nnetworks: [user, user]\n");
	g_autofree char *there = command();
	CHECK(strncmp(strstr(first, "mac="), strstr(there, "mac="), 21) != 0);
	end();
}

static void memory_that_is_not_there_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	begin();
	rig.facts.memory = (uint64_t)16 << 30;
	plan_for("name: a\nmemory: 16G\n");
	make("name: a\nmemory: 17G\n", &error);
	CHECK(!rig.plan);
	CHECK_STR(error->message,
		  "memory: 17.0 GiB, but this computer has 16.0 GiB in all; take less");
	end();
}

/* At a terminal reasons stand below each other; nothing but what must be is wider than it. */
static void reasons_have_a_column(void)
{
	begin();
	plan_for("name: a\nnetworks: user\n");
	for (unsigned width = 80; width <= 200; width += 20) {
		g_autofree char *text = plan_text(rig.plan, rig.vm, width);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
		for (char **line = lines; *line; line++) {
			const char *why = strstr(*line, "# ");
			if (why && g_utf8_strlen(*line, -1) > width)
				test_fail("wider than %u: %s", width, *line);
			if (strstr(*line, "-nodefaults"))
				CHECK_EQ(why - *line,
					 MIN(width - 2 - strlen(why + 2), MAX(width / 2, 40)));
		}
	}
	end();
}

static void guests_boot_from_their_first_disk(void)
{
	begin();
	plan_for("name: a\ndisks: [x, { file: y, bus: nvme, serial: N1 }]\ncds: [c, d]\n");
	has("virtio-blk-pci,iothread=io,drive=disk0,bootindex=1,");
	has("ide-cd,id=drive0,bootindex=2,drive=cd0,bus=ide.0");
	has("ide-cd,id=drive1,bootindex=3,drive=cd1,bus=ide.1");
	has("nvme,drive=disk1,bootindex=4,serial=N1,");
	refused("name: a\ncds: [a, b, c, d, e, f, g]\n", "than the 6 that there is room for");
	end();
}

static void hands_reach_the_guest(void)
{
	begin();
	plan_for("name: a\nusb: [046d:c52b, 1-2.4]\ninput: { keyboard: virtio, tablet: no, evdev: "
		 "[/dev/input/a, /dev/input/b] }\nnetworks: { forward: udp:1:2 }\nqemu: [-S]\n");
	has("usb-host,id=usb-046d-c52b,vendorid=0x046d,productid=0xc52b,");
	has("usb-host,id=usb-1-2.4,hostbus=1,hostport=2.4,");
	has("virtio-keyboard-pci");
	has_not("usb-tablet");
	has("evdev=/dev/input/a,grab_all=on,repeat=on,grab-toggle=ctrl-ctrl");
	has("evdev=/dev/input/b,grab-toggle=ctrl-ctrl");
	has("hostfwd=udp:127.0.0.1:1-:2");
	CHECK_STR(last_step()->words[g_strv_length(last_step()->words) - 1], "-S");
	end();
}

static void what_a_computer_lacks_is_named(void)
{
	begin();
	refused("name: a\ngpus: single\n", "this computer has no GPU on PCI");
	rig.facts.qemu_major = 7;
	refused("name: a\ngpus: venus\n", "venus needs QEMU 10; this is 7");
	refused("name: a\nsound: pipewire\n", "pipewire needs QEMU 8");
	rig.facts.swtpm = NULL;
	refused("name: a\nos: windows11\n", "there is no swtpm");
	rig.facts.qemu_img = NULL;
	refused("name: a\ndisks: { file: x, size: 1G }\n", "no qemu-img to create /vms/x");
	g_ptr_array_set_size(rig.facts.firmwares, 0);
	refused("name: a\n", "no UEFI firmware for a");
	rig.facts.qemu = NULL;
	refused("name: a\n", "install QEMU");
	rig.facts.qemu = (char *)"q";
	rig.facts.run = (char *)"/a/folder/that/is/so/long/that/no/socket/below/it/has/a/name/that"
				"/the/kernel/would/take/today/or/tomorrow";
	refused("name: a\n", "too long for sockets");
	end();
}

/* ---- what the computer says ---- */

static void write_file(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	CHECK(g_file_set_contents(path, text, -1, NULL));
}

static const char *const descriptors[][2] = {
	{ "60-plain.json",
	  "{\"interface-types\":[\"uefi\"],\"mapping\":{\"device\":\"flash\",\"executable\":{"
	  "\"filename\":\"/p\"},\"nvram-template\":{\"filename\":\"/pv\",\"format\":\"qcow2\"}},"
	  "\"targets\":[{\"architecture\":\"x86_64\",\"machines\":[\"pc-q35-*\"]}],\"features\":[]}" },
	{ "40-secure.json",
	  "{\"interface-types\":[\"uefi\"],\"mapping\":{\"device\":\"flash\",\"executable\":{"
	  "\"filename\":\"/s\"},\"nvram-template\":{\"filename\":\"/sv\"}},\"targets\":["
	  "{\"architecture\":\"x86_64\",\"machines\":[\"pc-q35-*\"]}],\"features\":[\"secure-boot\","
	  "\"enrolled-keys\",\"requires-smm\"]}" },
	{ "10-arm.json",
	  "{\"interface-types\":[\"uefi\"],\"mapping\":{\"device\":\"flash\",\"executable\":{"
	  "\"filename\":\"/a\"},\"nvram-template\":{\"filename\":\"/av\"}},\"targets\":["
	  "{\"architecture\":\"aarch64\",\"machines\":[\"virt-*\"]}]}" },
	{ "20-odd.json", "{\"interface-types\":7,\"mapping\":[],\"targets\":[[]]}" },
	{ "30-list.json", "[1,2]" },
	{ "31-broken.json", "{\"mapping\":" },
	{ "32-other.txt", "{}" },
};

static void firmwares_are_found_in_order(void)
{
	g_autofree char *dir = g_dir_make_tmp("oriel-plan-XXXXXX", NULL);

	for (size_t i = 0; i < ARRAY_LEN(descriptors); i++)
		write_file(dir, descriptors[i][0], descriptors[i][1]);
	g_autoptr(GPtrArray) all = host_firmwares("", dir);
	for (size_t i = 0; i < ARRAY_LEN(descriptors); i++) {
		g_autofree char *path = g_build_filename(dir, descriptors[i][0], NULL);
		g_unlink(path);
	}
	g_rmdir(dir);
	CHECK_EQ(all->len, 2);
	const struct facts_firmware *first = all->pdata[0], *second = all->pdata[1];
	CHECK_STR(first->code, "/s");
	CHECK(first->secure && first->enrolled && first->smm && !first->vars_format);
	CHECK_STR(second->vars, "/pv");
	CHECK_STR(second->vars_format, "qcow2");
	CHECK(!second->secure);
}

/* ---- what QEMU says ---- */

/* All that needs nobody beside QEMU; it is told to quit before the guest's first step. */
static const char *const taken[] = {
	"os: other\nmachine: { firmware: bios, boot-menu: yes }\ndisplay: { memory: plain, size: 16M }",
	"os: windows10\nmachine: { chipset: i440fx }\ndisplay: spice\ncpu: { threads: 2, cores: 1, "
	"vendor-id: abc, hide-kvm: yes, flags: [+aes, -vmx] }\ncds: [{}]\n",
	"os: linux\nmachine: { firmware: bios }\ndisplay: { kind: spice, video: qxl }\ninput: { "
	"keyboard: virtio, tablet: no }\nnetworks: [{ card: e1000e }, user]",
	"os: linux\nmachine: { firmware: bios }\ndisplay: { kind: none, video: virtio }\ninput: { "
	"keyboard: ps2 }\nmemory: { size: 64M }\nshares: { path: /tmp, read-only: yes }",
	"os: linux\nmachine: { firmware: bios }\ndisplay: spice\ndisks: [{ file: DISK, format: raw, "
	"cache: writeback }, { file: DISK2, format: raw, bus: nvme, cache: writeback }, { file: "
	"DISK3, format: raw, bus: ahci, cache: unsafe, discard: no, serial: X }]",
};

static gboolean on_late(gpointer data)
{
	g_subprocess_force_exit(data);
	return G_SOURCE_REMOVE;
}

static void run_qemu(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL;

	plan_for(text);
	g_autoptr(GSubprocess) qemu = g_subprocess_newv((const char *const *)last_step()->words,
							G_SUBPROCESS_FLAGS_STDIN_PIPE |
								G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
								G_SUBPROCESS_FLAGS_STDERR_PIPE,
							&error);
	if (!qemu)
		test_fail("%s", error->message);
	unsigned timer = g_timeout_add_seconds(QEMU_WAIT_S, on_late, qemu);
	CHECK(g_subprocess_communicate_utf8(qemu, "quit\n", NULL, NULL, &said, NULL));
	g_source_remove(timer);
	if (!g_subprocess_get_successful(qemu))
		test_fail("%s\n# %s", text, said);
}

static char *with_disks(const char *text, const char *dir)
{
	g_auto(GStrv) parts = g_strsplit(text, "DISK", -1);
	g_autofree char *between = g_build_filename(dir, "disk", NULL);

	return g_strjoinv(between, parts);
}

static void qemu_takes_it(void)
{
	g_autofree char *dir = g_dir_make_tmp("oriel-plan-XXXXXX", NULL);
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	g_autofree char *vms = g_build_filename(dir, "a", NULL);
	static const char *const disks[] = { "disk", "disk2", "disk3" };
	static char block[1 << 20];

	if (!qemu)
		test_skip("no qemu-system-x86_64 here");
	begin();
	rig.facts.qemu = qemu;
	rig.facts.run = dir;
	rig.facts.kvm = (char *)"emulated, to be the same everywhere";
	g_mkdir(vms, 0700);
	for (size_t i = 0; i < ARRAY_LEN(disks); i++) {
		g_autofree char *path = g_build_filename(dir, disks[i], NULL);
		CHECK(g_file_set_contents(path, block, sizeof(block), NULL));
	}
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		g_autofree char *body = with_disks(taken[i], dir);
		g_autofree char *text = g_strconcat("name: a\nqemu: [-S, -monitor, stdio]\n", body,
						    NULL);
		run_qemu(text);
	}
	g_unlink("/dev/shm/oriel-a");
	for (size_t i = 0; i < ARRAY_LEN(disks); i++) {
		g_autofree char *path = g_build_filename(dir, disks[i], NULL);
		g_unlink(path);
	}
	for (const char *const *name = (const char *const[]){ "qmp", "spice", NULL }; *name;
	     name++) {
		g_autofree char *path = g_build_filename(vms, *name, NULL);
		g_unlink(path);
	}
	g_rmdir(vms);
	g_rmdir(dir);
	end();
}

static const struct test_case cases[] = {
	TEST(windows_11_has_what_it_wants),
	TEST(linux_has_no_more_than_it_needs),
	TEST(computers_without_kvm_emulate_and_say_so),
	TEST(shared_memory_fits_the_screen),
	TEST(identities_are_always_the_same),
	TEST(memory_that_is_not_there_is_refused),
	TEST(reasons_have_a_column),
	TEST(guests_boot_from_their_first_disk),
	TEST(hands_reach_the_guest),
	TEST(what_a_computer_lacks_is_named),
	TEST(firmwares_are_found_in_order),
	TEST(qemu_takes_it),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
