/* Machines of other programs as files of ours: import/NAME.xml and .yml give import/NAME.golden,
 * which loads without a mistake. ORIEL_GOLDEN=write writes those anew, for somebody to read before
 * they are committed. */
#include <gio/gio.h>

#include "test.h"
#include "vm/config/config.h"
#include "vm/config/write.h"
#include "vm/exchange/import.h"
#include "vm/exchange/libvirt.h"

static char *import(const char *name, const char *text, GError **error)
{
	g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);

	return (import_is_xml(text, strlen(text)) ? import_libvirt : import_libvfio)(
		name, text, strlen(text), lost, error);
}

/* ---- whole files ---- */

static void check_file(const char *name)
{
	g_autofree char *from = g_build_filename(IMPORT, name, NULL);
	g_autofree char *base = g_strndup(from, strlen(from) - 4);
	g_autofree char *to = g_strconcat(base, ".golden", NULL);
	g_autofree char *text = NULL, *wanted = NULL;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(from, &text, NULL, &error))
		test_fail("%s", error->message);
	g_autofree char *yaml = import(name, text, &error);
	if (!yaml)
		test_fail("%s", error->message);
	if (g_strcmp0(g_getenv("ORIEL_GOLDEN"), "write") == 0)
		g_file_set_contents(to, yaml, -1, NULL);
	if (!g_file_get_contents(to, &wanted, NULL, &error))
		test_fail("%s", error->message);
	CHECK_STR(yaml, wanted);
	struct vm *vm = config_parse(to, yaml, strlen(yaml), "/", &error);
	if (!vm)
		test_fail("%s", error->message);
	config_free(vm);
}

static void files_are_carried_over(void)
{
	g_autoptr(GDir) folder = g_dir_open(IMPORT, 0, NULL);
	const char *name;
	unsigned count = 0;

	while ((name = g_dir_read_name(folder)))
		if (g_str_has_suffix(name, ".xml") || g_str_has_suffix(name, ".yml")) {
			check_file(name);
			count++;
		}
	CHECK(count >= 5);
}

/* ---- there and back ---- */

static struct facts_firmware secure = { (char *)"/fw/secure.fd", (char *)"/fw/secure-vars.fd",
					(char *)"raw",           .secure = true,
					.enrolled = true,        .smm = true };

/* What the file says comes back as it was, through libvirt's XML. */
static void comes_back(const char *text)
{
	struct facts facts = { .qemu = (char *)"/bin/qemu",
			       .qemu_img = (char *)"/bin/qemu-img",
			       .swtpm = (char *)"/bin/swtpm",
			       .run = (char *)"/run/oriel",
			       .state = (char *)"/state/oriel" };
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;

	facts.firmwares = g_ptr_array_new();
	facts.devices = g_ptr_array_new();
	g_ptr_array_add(facts.firmwares, &secure);
	struct vm *vm = config_parse("vm.yaml", text, strlen(text), "/vms", &error);
	struct plan *plan = vm ? plan_make(vm, &facts, &error) : NULL;
	if (!plan)
		test_fail("%s", error->message);
	g_autofree char *xml = libvirt_write(vm, plan, &facts, LIBVIRT_SYSTEM, notes);
	g_autofree char *wanted = config_write(vm);
	g_autofree char *yaml = import("x.xml", xml, &error);
	if (!yaml)
		test_fail("%s", error->message);
	struct vm *again = config_parse("again", yaml, strlen(yaml), "/", &error);
	g_autofree char *got = again ? config_write(again) : NULL;
	config_free(again);
	plan_free(plan);
	config_free(vm);
	g_ptr_array_unref(facts.firmwares);
	g_ptr_array_unref(facts.devices);
	CHECK_STR(got ? got : error->message, wanted);
}

static void exported_machines_come_back(void)
{
	comes_back(
		"name: a\nuuid: 4a0c9c3e-6b1d-4c86-9d2c-2f3a1b5e7d91\nos: windows11\n"
		"description: \"a <b> & 'c'\"\n"
		"machine: { firmware: uefi-secure, tpm: yes, clock: local, boot-menu: yes }\n"
		"cpu: { sockets: 2, cores: 3, threads: 2, pin: 4-15, emulator: 0-1, hide-kvm: yes,"
		" vendor-id: abc, flags: [+topoext, -svm] }\n"
		"memory: { size: 3G, hugepages: 1G, locked: yes }\n"
		"disks:\n- { file: /a, bus: ahci, serial: S }\n"
		"- { file: /dev/sdz, format: raw, cache: unsafe, discard: no }\n"
		"cds: [/b.iso, \"\"]\n"
		"networks:\n- { mac: \"52:54:00:00:00:01\" }\n"
		"- { kind: bridge, via: br0, card: e1000e, mac: \"52:54:00:00:00:02\" }\n"
		"display: { memory: plain, size: 32M, video: qxl }\n"
		"sound: { microphone: yes }\n"
		"input: { keyboard: virtio, tablet: no, evdev: [/dev/input/event3] }\n"
		"usb: [046d:c52b]\nshares: [{ path: /s, tag: t, read-only: yes }]\n");
}

/* ---- what is refused ---- */

static void refuses(const char *text, const char *why)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *yaml = import("f", text, &error);

	if (yaml)
		test_fail("taken, instead of %s:\n%s", why, yaml);
	CHECK_CONTAINS(error->message, why);
	CHECK(g_str_has_prefix(error->message, "f:"));
}

static void nonsense_is_refused(void)
{
	g_autoptr(GString) deep = g_string_new(NULL), long_one = g_string_new("<domain>");

	for (unsigned i = 0; i < 30; i++)
		g_string_append(deep, "<domain>");
	for (unsigned i = 0; i < 10001; i++)
		g_string_append(long_one, "<a/>");
	refuses(deep->str, "too deep");
	refuses(long_one->str, "too long");
	refuses("<network/>", "<network> is no machine");
	refuses("<domain>", "f:1:9: ");
	refuses("<!DOCTYPE d [<!ENTITY a \"b\">]><domain/>", "document types are not read");
	refuses("<domain>&a;</domain>", "Entity name");
	refuses("<domain><os><type arch='aarch64'>hvm</type></os></domain>",
		"this is a machine of aarch64");
	refuses("", "is neither libvirt's domain XML nor");
	refuses("name: a\n", "container and cpus are missing");
	refuses("a: [", "f:");
}

static void an_empty_domain_is_a_machine(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *yaml = import("f", "<domain/>", &error);

	CHECK(yaml);
	CHECK_CONTAINS(yaml, "\nname: imported\n");
}

static const struct test_case cases[] = {
	TEST(files_are_carried_over),
	TEST(exported_machines_come_back),
	TEST(nonsense_is_refused),
	TEST(an_empty_domain_is_a_machine),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
