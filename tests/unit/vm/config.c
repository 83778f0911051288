/* A machine's file: what it may say, what it means, and what is said of mistakes. */
#include <gio/gio.h>

#include "test.h"
#include "vm/config/config.h"
#include "vm/config/schema.h"
#include "vm/config/tree.h"
#include "vm/config/value.h"

static struct vm *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct vm *vm = config_parse("vm.yaml", text, strlen(text), "/vms", &error);

	if (!vm)
		test_fail("%s", error->message);
	return vm;
}

/* ---- what it means ---- */

static void a_name_is_enough(void)
{
	struct vm *vm = parse("name: plain\n");

	CHECK_STR(vm->name, "plain");
	CHECK_EQ(vm->os, VM_OTHER);
	CHECK_EQ(vm->machine.chipset, VM_Q35);
	CHECK_EQ(vm->machine.tpm, VM_AUTO);
	CHECK_EQ(vm->cpu.cores, 4);
	CHECK_EQ(vm->memory.size, UINT64_C(4) << 30);
	CHECK_EQ(vm->disks->len, 0);
	CHECK_EQ(vm->display.resolution.width, 2560);
	CHECK_STR(vm->display.device, "/dev/kvmfr0");
	CHECK(vm->qemu && !vm->qemu[0]);
	CHECK(!vm->uuid && !vm->cpu.vendor_id);
	config_free(vm);
}

static const char whole[] = "# everything at once\n"
			    "name: win11\n"
			    "os: windows11\n"
			    "uuid: 1F0C7C3E-6b1d-4c86-9d2c-2f3a1b5e7d90\n"
			    "machine: { firmware: uefi-secure, tpm: yes }\n"
			    "cpu:\n"
			    "  cores: 4\n"
			    "  threads: 2\n"
			    "  pin: 2-5,8-11\n"
			    "  flags: [+topoext, -vmx]\n"
			    "memory: 16G\n"
			    "disks:\n"
			    "  - file: win11.qcow2\n"
			    "    size: 80G\n"
			    "  - /dev/sdb1\n"
			    "cds: [../iso/win11.iso, ]\n"
			    "networks:\n"
			    "  kind: user\n"
			    "  forward: [tcp:2222:22, udp:0.0.0.0:53:5353]\n"
			    "gpus:\n"
			    "- mode: passthrough\n"
			    "  device: 0000:0a:00.1\n"
			    "- { mode: mdev, device: 8086:3e92, type: i915-GVTg_V5_4 }\n"
			    "- mode: single\n"
			    "  device: other\n"
			    "display: { memory: kvmfr, size: 128M, hdr: on }\n"
			    "usb: [046d:c52b, 1-2.4]\n"
			    "shares: ~/games\n"
			    "qemu: [-device, edu]\n"
			    "hooks:\n"
			    "  before-start: [[notify-send, \"hello, you\"], [true]]\n";

static void check_devices(const struct vm *vm)
{
	const struct vm_gpu *first = vm->gpus->pdata[0], *second = vm->gpus->pdata[1],
			    *third = vm->gpus->pdata[2];
	const struct vm_usb *id = vm->usb->pdata[0], *port = vm->usb->pdata[1];

	CHECK_EQ(vm->gpus->len, 3);
	CHECK_EQ(first->device.kind, VM_PICK_ADDRESS);
	CHECK_EQ(first->device.address.bus, 10);
	CHECK_EQ(first->device.address.function, 1);
	CHECK_EQ(second->device.kind, VM_PICK_ID);
	CHECK_EQ(second->device.product, 0x3e92);
	CHECK_STR(second->type, "i915-GVTg_V5_4");
	CHECK_EQ(third->device.kind, VM_PICK_OTHER);
	CHECK_STR(third->display_manager, "display-manager.service");
	CHECK_EQ(id->vendor, 0x046d);
	CHECK_STR(port->port, "1-2.4");
}

static void check_networks(const struct vm *vm)
{
	const struct vm_network *network = vm->networks->pdata[0];
	const struct vm_forward *ssh = network->forwards->pdata[0],
				*dns = network->forwards->pdata[1];

	CHECK_EQ(vm->networks->len, 1);
	CHECK_EQ(ssh->from, 2222);
	CHECK_EQ(ssh->to, 22);
	CHECK(!ssh->udp && !ssh->address);
	CHECK(dns->udp);
	CHECK_STR(dns->address, "0.0.0.0");
}

static void everything_is_read(void)
{
	struct vm *vm = parse(whole);
	const struct vm_disk *first = vm->disks->pdata[0], *second = vm->disks->pdata[1];
	char **hook = vm->hooks.before_start->pdata[0];

	CHECK_STR(vm->uuid, "1f0c7c3e-6b1d-4c86-9d2c-2f3a1b5e7d90");
	CHECK_EQ(vm->machine.firmware, VM_UEFI_SECURE);
	CHECK_EQ(vm->cpu.pin.bits[0], 0xf3c);
	CHECK_STR(vm->cpu.flags[1], "-vmx");
	CHECK_EQ(vm->memory.size, UINT64_C(16) << 30);
	CHECK_STR(first->file, "/vms/win11.qcow2");
	CHECK_EQ(first->size, UINT64_C(80) << 30);
	CHECK_STR(second->file, "/dev/sdb1");
	CHECK_STR(((struct vm_cd *)vm->cds->pdata[0])->file, "/iso/win11.iso");
	CHECK_EQ(vm->display.size, UINT64_C(128) << 20);
	CHECK(vm->display.hdr);
	CHECK_STR(vm->qemu[1], "edu");
	CHECK_EQ(vm->hooks.before_start->len, 2);
	CHECK_STR(hook[1], "hello, you");
	check_devices(vm);
	check_networks(vm);
	config_free(vm);
}

static void defaults_are_values(void)
{
	struct vm *vm = parse("name: a\ndisks:\nmemory: ~\ncpu: { model: }\n");

	CHECK_EQ(vm->disks->len, 0);
	CHECK_EQ(vm->memory.size, UINT64_C(4) << 30);
	CHECK_STR(vm->cpu.model, "host");
	config_free(vm);
}

/* ---- what is said of mistakes ---- */

static const struct {
	const char *text, *says;
} mistakes[] = {
	{ "", "vm.yaml:1:1: a machine's file needs its name" },
	{ "name: a\nos: windows",
	  "vm.yaml:2:5: os: windows: is none of its values; did you mean windows11?" },
	{ "name: a\nos: beos", "beos: must be one of windows11, windows10, linux, other" },
	{ "name: a\ngpu: none", "vm.yaml:2:6: gpu: unknown key; did you mean gpus?" },
	{ "name: a\ngpus:\n- mode: passthrough\n  adress: 1",
	  "vm.yaml:4:11: gpus[0].adress: unknown key; a gpu has mode, device" },
	{ "name: a\ngpus:\n- device: 01:00.0", "gpus[0]: a gpu needs its mode" },
	{ "name: a\ngpus: passthrough", "gpus[0]: mode passthrough needs device" },
	{ "name: a\ngpus: { mode: mdev, device: other }", "mode mdev needs type" },
	{ "name: a\ngpus: { mode: virgl, rom: x }", "rom does not go with mode virgl" },
	{ "name: a\ngpus: { mode: passthrough, device: 01:00 }", "01:00: is no device" },
	{ "name: a\ngpus: { mode: passthrough, device: 01:00.8 }", "01:00.8: is no device" },
	{ "name: a\ngpus: { mode: single, reset: fast }", "fast: is no way to reset" },
	{ "name: a\ngpus: [{ mode: single, device: 01:00.0 }, { mode: passthrough, device: "
	  "0000:01:00.0 }]",
	  "this machine has that GPU already" },
	{ "name: a\nmachine: { chipset: i440fx }\ngpus: single", "needs chipset: q35" },
	{ "name: a b", "vm.yaml:1:7: name: a b: begins with" },
	{ "name: ../a", "begins with a letter" },
	{ "name: a\nname: b", "vm.yaml:2:1: name stands here twice" },
	{ "name: a\nmemory: 16", "16: must be from 16M" },
	{ "name: a\nmemory: 16GG", "16GG: is no size; write" },
	{ "name: a\nmemory: 99999999999999999999G", "is no size" },
	{ "name: a\nmemory: 16777216T", "is no size" },
	{ "name: a\nmemory: { size: 3M }", "must be from 16M to 16T" },
	{ "name: a\nmemory: { size: 1025M, hugepages: 1G }", "must be a multiple of 1G" },
	{ "name: a\nmemory: [1]", "memory: must be keys and values of a memory" },
	{ "name: a\ncpu: { cores: 0x2 }", "0x2: must be a number from 1 to 512" },
	{ "name: a\ncpu: { cores: -1 }", "must be a number from 1" },
	{ "name: a\ncpu: { cores: 4, pin: 0-2 }", "names 3 CPUs, but the guest has 4" },
	{ "name: a\ncpu: { pin: 5-2 }", "5-2: is no list of CPUs" },
	{ "name: a\ncpu: { flags: topoext }", "topoext: write +NAME or -NAME" },
	{ "name: a\ncpu: { model: \"host,foo=on\" }", "is a name alone" },
	{ "name: a\ncpu: { vendor-id: much too long a text }", "longer than 12" },
	{ "name: a\ndisks: [x, x]", "/vms/x: is a disk of this machine already" },
	{ "name: a\ndisks: [{ size: 8G }]", "a disk needs its file" },
	{ "name: a\nnetworks: bridge", "networks[0]: needs via" },
	{ "name: a\nnetworks: { forward: ssh }", "ssh: is no forwarded port" },
	{ "name: a\nnetworks: { forward: [tcp:1:2, tcp:1:3] }", "port 1 is forwarded already" },
	{ "name: a\nnetworks: { mac: \"01:00:00:00:00:00\" }", "first byte must be even" },
	{ "name: a\ndisplay: { size: 100M }", "must be a power of two" },
	{ "name: a\ndisplay: { resolution: 4k }", "4k: is no resolution" },
	{ "name: a\ndisplay: { device: /dev/kvmfr1 }", "goes with memory: kvmfr" },
	{ "name: a\ndisplay: { kind: spice, spice: no }", "kind: spice needs it" },
	{ "name: a\nusb: mouse", "mouse: is no USB device" },
	{ "name: a\ninput: { evdev: event3 }", "event3: is no input device" },
	{ "name: a\nshares: [/a, /b]", "another folder has the tag shared" },
	{ "name: a\nqemu: edu", "the first argument begins with -" },
	{ "name: a\nhooks: { after-stop: reboot }", "must be a list of commands" },
	{ "name: a\nhooks: { after-stop: [reboot] }", "a command is a list of words" },
	{ "name: [a]", "name: must be a text, not a list" },
	{ "name: a\nuuid: 12", "12: is no UUID" },
	{ "name: &x a", "vm.yaml:1:10: anchors" },
	{ "name: !!str a", "anchors (&), aliases (*) and tags" },
	{ "name: a\nos: *x", "vm.yaml:2:6: anchors" },
	{ "name: a\n---\nname: b", "begins another" },
	{ "- name", "must be keys and values of a machine's file" },
	{ "? [a]\n: b", "a key is one word" },
	{ "name: a\n  os: linux", "vm.yaml:1:7: " },
	{ "name: \"a", "vm.yaml:1:8: " },
	{ "\tname: a", "vm.yaml:1:1: " },
	{ "name: a\ndescription: \"a\\nb\"", "must be one line" },
	{ "name: a\ndescription: \"a\\0b\"", "a zero byte is in this text" },
	{ "name: a\ndescription: \xff", "vm.yaml:2: is not UTF-8" },
};

static void mistakes_are_told_with_place_and_remedy(void)
{
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const char *text = mistakes[i].text;
		g_autoptr(GError) error = NULL;
		struct vm *vm = config_parse("vm.yaml", text, strlen(text), "/vms", &error);
		if (vm)
			test_fail("taken: %s", text);
		CHECK_CONTAINS(error->message, mistakes[i].says);
	}
}

static void check_order(const char *text, const char *const *begins)
{
	g_autoptr(GError) error = NULL;

	CHECK(!config_parse("f", text, strlen(text), "/", &error));
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
	for (unsigned i = 0; begins[i]; i++)
		if (!lines[i] || !g_str_has_prefix(lines[i], begins[i]))
			test_fail("not %s but %s", begins[i], error->message);
	CHECK_EQ(g_strv_length(lines), g_strv_length((char **)begins));
}

static void all_mistakes_are_told_in_the_files_order(void)
{
	check_order(
		"usb: [a]\nos: x\nfoo: bar\n",
		(const char *const[]){ "f:1:1: a machine's file needs its name",
				       "f:1:7: usb[0]: ", "f:2:5: os: ", "f:3:6: foo: ", NULL });
	check_order("gpus: [{ mode: passthrough }, { mode: virgl, type: x }]\nname: -x\n",
		    (const char *const[]){ "f:1:16: gpus[0].mode: mode passthrough needs device",
					   "f:1:52: gpus[1].type: ", "f:2:7: name: ", NULL });
}

static void endless_mistakes_are_counted(void)
{
	GString *text = g_string_new("name: a\n");
	g_autoptr(GError) error = NULL;

	for (unsigned i = 0; i < 100; i++)
		g_string_append_printf(text, "zz%u: 1\n", i);
	CHECK(!config_parse("f", text->str, text->len, "/", &error));
	CHECK_CONTAINS(error->message, "f: and 80 more");
	g_string_free(text, TRUE);
}

static void depth_and_length_are_bounded(void)
{
	GString *text = g_string_new("name: ");
	g_autoptr(GError) deep = NULL, wide = NULL;

	for (unsigned i = 0; i < 1000; i++)
		g_string_append_c(text, '[');
	CHECK(!config_parse("f", text->str, text->len, "/", &deep));
	CHECK_CONTAINS(deep->message, "that deep");
	g_string_assign(text, "name: [");
	for (unsigned i = 0; i < TREE_NODES_MAX; i++)
		g_string_append(text, "a,");
	CHECK(!config_parse("f", text->str, text->len, "/", &wide));
	CHECK_CONTAINS(wide->message, "too long");
	g_string_free(text, TRUE);
}

/* ---- the rows themselves ---- */

/* Defaults and examples are values, and what is written is read as the same. */
static void check_row(const struct row *row)
{
	const char *const given[] = { row->initial, row->example };
	union {
		uint64_t words[64];
		struct vm_forward forward;
	} first, second;

	CHECK(row->help && *row->help);
	for (size_t i = 0; row->kind < ROW_WORD_KINDS && i < ARRAY_LEN(given); i++) {
		if (!given[i])
			continue;
		memset(&first, 0, sizeof(first));
		memset(&second, 0, sizeof(second));
		g_autofree char *why = value_read(row, given[i], "/", &first);
		if (why)
			test_fail("%s: %s", row->name, why);
		g_autofree char *text = value_write(row, &first);
		g_autofree char *again = *text ? value_read(row, text, "/", &second) : NULL;
		if (again)
			test_fail("%s: wrote %s: %s", row->name, text, again);
		g_autofree char *twice = value_write(row, &second);
		if (*text)
			CHECK_STR(twice, text);
		value_clear(row, &first);
		value_clear(row, &second);
	}
}

static void check_section(const struct section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct row *row = &section->rows[i];
		if (row->kind == ROW_ENUM && !row->initial)
			CHECK(row->needed);
		else
			check_row(row);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(section->rows[j].name, row->name) != 0);
		if (row->of)
			check_section(row->of);
	}
	CHECK(!section->alone || section_find(section, section->alone));
}

static void rows_are_sound(void)
{
	check_section(&schema);
}

static void addresses_are_read_either_way(void)
{
	static const char *const wrong[] = { "",          "1",        "01:00",         "01.00:0",
					     "1:2:3:4.5", "01:00.0x", "10000:01:00.0", "01:20.0",
					     "-1:00.0",   "01:00.0 " };
	struct pci_address pci;

	CHECK(value_parse_pci("0a:1f.7", &pci));
	g_autofree char *text = value_pci_text(&pci);
	CHECK_STR(text, "0000:0a:1f.7");
	CHECK(value_parse_pci("10de:01:00.0", &pci));
	CHECK_EQ(pci.domain, 0x10de);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CHECK(!value_parse_pci(wrong[i], &pci));
}

static void examples_are_machines(void)
{
	static const char *const names[] = { "win11.yaml", "linux.yaml" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		g_autofree char *path = g_build_filename(EXAMPLES, names[i], NULL);
		g_autoptr(GError) error = NULL;
		struct vm *vm = config_load(path, &error);
		if (!vm)
			test_fail("%s", error->message);
		CHECK(g_str_has_prefix(names[i], vm->name));
		config_free(vm);
	}
}

static const struct test_case cases[] = {
	TEST(a_name_is_enough),
	TEST(everything_is_read),
	TEST(defaults_are_values),
	TEST(mistakes_are_told_with_place_and_remedy),
	TEST(all_mistakes_are_told_in_the_files_order),
	TEST(endless_mistakes_are_counted),
	TEST(depth_and_length_are_bounded),
	TEST(rows_are_sound),
	TEST(addresses_are_read_either_way),
	TEST(examples_are_machines),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
