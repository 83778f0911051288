/* Machines that nobody wrote a file for: what is chosen for which computer, and the answers for
 * Windows' installer. */
#include <gio/gio.h>

#include "test.h"
#include "vm/config/config.h"
#include "vm/config/write.h"
#include "vm/exchange/element.h"
#include "vm/init/answer.h"
#include "vm/init/init.h"
#include "vm/plan/plan.h"

static struct facts_firmware secure = { (char *)"/fw/secure.fd", (char *)"/fw/secure-vars.fd",
					(char *)"raw",           .secure = true,
					.enrolled = true,        .smm = true };
static struct facts_firmware plain = { (char *)"/fw/plain.fd", (char *)"/fw/plain-vars.fd",
				       (char *)"raw" };
static struct facts_device desktop = { .address = { 0, 0, 2, 0 },
				       .class_code = 0x030000,
				       .vendor = 0x8086,
				       .product = 0x4680,
				       .group = 0,
				       .desktop = true,
				       .boot_vga = true };
static struct facts_device other = { .address = { 0, 1, 0, 0 },
				     .class_code = 0x030000,
				     .vendor = 0x10de,
				     .product = 0x2684,
				     .group = 14 };
static const struct host_size large = { 16, 2, 4200, UINT64_C(64) << 30 };
static const struct host_size small = { 2, 1, 0, UINT64_C(6) << 30 };

static struct {
	struct facts facts;
	GHashTable *remarks;
	struct vm *vm;
} rig;

static void begin(const char *gpus)
{
	rig.facts = (struct facts){ .qemu = (char *)"qemu",
				    .qemu_img = (char *)"qemu-img",
				    .swtpm = (char *)"swtpm",
				    .run = (char *)"/run/oriel",
				    .state = (char *)"/state/oriel" };
	rig.facts.firmwares = g_ptr_array_new();
	g_ptr_array_add(rig.facts.firmwares, &secure);
	g_ptr_array_add(rig.facts.firmwares, &plain);
	rig.facts.devices = g_ptr_array_new();
	if (strchr(gpus, 'd'))
		g_ptr_array_add(rig.facts.devices, &desktop);
	if (strchr(gpus, 'o'))
		g_ptr_array_add(rig.facts.devices, &other);
	rig.remarks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void end(void)
{
	config_free(rig.vm);
	rig.vm = NULL;
	g_hash_table_unref(rig.remarks);
	g_ptr_array_unref(rig.facts.firmwares);
	g_ptr_array_unref(rig.facts.devices);
}

static void make(const struct init_wish *wish, const struct host_size *size)
{
	g_autoptr(GError) error = NULL;

	config_free(rig.vm);
	g_hash_table_remove_all(rig.remarks);
	rig.vm = init_machine(wish, &rig.facts, size, rig.remarks, &error);
	if (!rig.vm)
		test_fail("%s", error->message);
	g_autofree char *text = config_write_commented(rig.vm, rig.remarks);
	struct vm *again = config_parse("again", text, strlen(text), "/vms", &error);
	struct plan *plan = again ? plan_make(again, &rig.facts, &error) : NULL;
	config_free(again);
	if (!plan)
		test_fail("%s\n%s", text, error->message);
	plan_free(plan);
}

static const char *remark(const char *part)
{
	const char *text = g_hash_table_lookup(rig.remarks, part);

	return text ? text : "";
}

static const struct vm_gpu *gpu(void)
{
	CHECK_EQ(rig.vm->gpus->len, 1);
	return rig.vm->gpus->pdata[0];
}

/* ---- machines ---- */

static void windows_11_has_what_it_asks_for(void)
{
	const char *const isos[] = { "/iso/Win11.iso", "/iso/virtio-win.iso", NULL };
	unsigned lacking = 99;

	begin("do");
	make(&(struct init_wish){ .name = "a", .os = VM_WINDOWS11, .isos = isos }, &large);
	g_autofree char *table = init_requirements(rig.vm, &rig.facts, &large, &lacking);
	CHECK_EQ(lacking, 0);
	CHECK_CONTAINS(table, "yes  UEFI, Secure Boot");
	CHECK_CONTAINS(table, "yes  4.2 GHz");
	CHECK_EQ(rig.vm->memory.size, UINT64_C(16) << 30);
	CHECK_EQ(rig.vm->cpu.cores * rig.vm->cpu.threads, 8);
	CHECK_EQ(rig.vm->cds->len, 2);
	CHECK_EQ(rig.vm->gpus->len, 0);
	CHECK_CONTAINS(remark("gpus"), "0000:01:00.0 (10de:2684)");
	CHECK(!strstr(remark("gpus"), "00:02.0"));
	end();
}

static void small_computers_give_what_windows_asks_for(void)
{
	begin("d");
	make(&(struct init_wish){ .name = "a", .os = VM_WINDOWS11 }, &small);
	CHECK_EQ(rig.vm->memory.size, UINT64_C(4) << 30);
	CHECK_EQ(rig.vm->cpu.cores, 2);
	CHECK_EQ(rig.vm->cpu.threads, 1);
	CHECK_CONTAINS(remark("memory"), "little for both");
	CHECK_CONTAINS(remark("cds"), "Add virtio-win.iso");
	end();
}

static void what_is_missing_is_counted(void)
{
	const struct host_size slow = { 4, 1, 900, UINT64_C(8) << 30 };
	unsigned lacking = 0;

	begin("");
	make(&(struct init_wish){ .name = "a",
				  .os = VM_WINDOWS11,
				  .disk = "32G",
				  .memory = "2G",
				  .cores = 1 },
	     &slow);
	g_ptr_array_remove_index(rig.facts.firmwares, 0);
	rig.facts.swtpm = NULL;
	g_autofree char *table = init_requirements(rig.vm, &rig.facts, &slow, &lacking);
	CHECK_EQ(lacking, 6);
	CHECK_CONTAINS(table, "NO   not here: install swtpm");
	end();
}

static void linux_is_drawn_for_by_the_computer(void)
{
	begin("d");
	make(&(struct init_wish){ .name = "a", .os = VM_LINUX }, &large);
	CHECK_EQ(gpu()->mode, VM_GPU_VIRGL);
	make(&(struct init_wish){ .name = "a", .os = VM_LINUX, .gpu = "none" }, &large);
	CHECK_EQ(rig.vm->gpus->len, 0);
	end();
}

static void gpus_are_handed_over_as_asked(void)
{
	begin("do");
	make(&(struct init_wish){ .name = "a", .os = VM_LINUX, .gpu = "other" }, &large);
	CHECK_EQ(gpu()->mode, VM_GPU_PASSTHROUGH);
	CHECK_EQ(gpu()->device.kind, VM_PICK_OTHER);
	make(&(struct init_wish){ .name = "a", .os = VM_LINUX, .gpu = "01:00.0" }, &large);
	CHECK_EQ(gpu()->device.address.bus, 1);
	make(&(struct init_wish){ .name = "a", .os = VM_LINUX, .gpu = "10de:2684" }, &large);
	CHECK_EQ(gpu()->device.product, 0x2684);
	end();
	begin("o");
	make(&(struct init_wish){ .name = "a", .os = VM_WINDOWS11, .gpu = "01:00.0" }, &large);
	CHECK_EQ(gpu()->mode, VM_GPU_SINGLE);
	CHECK_CONTAINS(remark("gpus"), "comes back");
	end();
}

static void refuses(const struct init_wish *wish, const char *why)
{
	g_autoptr(GError) error = NULL;
	struct vm *vm = init_machine(wish, &rig.facts, &large, rig.remarks, &error);

	CHECK(!vm);
	CHECK_CONTAINS(error->message, why);
}

static void wishes_that_cannot_be_are_refused(void)
{
	begin("do");
	refuses(&(struct init_wish){ .name = "../x", .os = VM_LINUX }, "a machine's name");
	refuses(&(struct init_wish){ .name = "a", .os = VM_LINUX, .disk = "much" }, "is no size");
	refuses(&(struct init_wish){ .name = "a", .os = VM_LINUX, .memory = "1" }, "must be from");
	refuses(&(struct init_wish){ .name = "a", .os = VM_LINUX, .gpu = "best" }, "is no device");
	end();
}

static void names_of_images_tell(void)
{
	enum vm_os os;

	CHECK(init_guess_os("/x/Win11_24H2_EnglishInternational_x64.iso", &os));
	CHECK_EQ(os, VM_WINDOWS11);
	CHECK(init_guess_os("Win10_22H2_English_x64v1.iso", &os) && os == VM_WINDOWS10);
	CHECK(init_guess_os("debian-12.11.0-amd64-netinst.iso", &os) && os == VM_LINUX);
	CHECK(!init_guess_os("virtio-win-0.1.271.iso", &os));
	CHECK(!init_guess_os("holiday.iso", &os));
	CHECK(init_is_drivers("/a/virtio-win.iso"));
}

/* ---- answers ---- */

static const struct answers good = {
	VM_WINDOWS11, "de-DE", "Windows 11 Pro", NULL, "M\xc3\xbcller & Co", "p<&'\">", "box"
};

static void answers_are_xml(void)
{
	struct answers keyed = good;
	g_autoptr(GError) error = NULL;

	keyed.key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE";
	g_autofree char *text = answers_write(&keyed);
	/* GLib reads no declaration's encoding but UTF-8, which it is. */
	struct element *root = element_parse("a", text, strlen(text), &error);
	if (!root)
		test_fail("%s", error->message);
	g_autoptr(GPtrArray) passes = element_all(root, "settings");
	CHECK_EQ(passes->len, 3);
	CHECK_STR(element_attribute(passes->pdata[0], "pass"), "windowsPE");
	element_free(root);
	CHECK_CONTAINS(text, "<Name>M\xc3\xbcller &amp; Co</Name>");
	CHECK_CONTAINS(text, "<Key>AAAAA-BBBBB-CCCCC-DDDDD-EEEEE</Key>");
	CHECK_CONTAINS(text, "<UILanguage>de-DE</UILanguage>");
	CHECK_CONTAINS(text, "<Value>Windows 11 Pro</Value>");
	CHECK_CONTAINS(text, "\\w11\\amd64</Path>");
	/* "p<&'\">Password" in UTF-16. */
	CHECK_CONTAINS(text, "<Value>cAA8ACYAJwAiAD4AUABhAHMAcwB3AG8AcgBkAA==</Value>");
	CHECK(!strstr(text, "p&lt;"));
}

static void wrong_answers_are_refused(void)
{
	static const struct {
		const char *language, *edition, *key, *user, *password, *why;
	} wrong[] = {
		{ "german", "E", NULL, "u", "p", "is no language" },
		{ "en-US\n", "E", NULL, "u", "p", "is no language" },
		{ "en-US", "", NULL, "u", "p", "is no edition" },
		{ "en-US", "E", "AAAAA", "u", "p", "product key" },
		{ "en-US", "E", NULL, "", "p", "is no account's name" },
		{ "en-US", "E", NULL, "a/b", "p", "is no account's name" },
		{ "en-US", "E", NULL, "a-name-that-is-too-long", "p", "is no account's name" },
		{ "en-US", "E", NULL, "...", "p", "is no account's name" },
		{ "en-US", "E", NULL, "u", "a\nb", "password is one line" },
		{ "en-US", "E", NULL, "u", "\xff", "password is one line" },
	};

	CHECK(!answers_check(&good));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const struct answers answers = { VM_WINDOWS11, wrong[i].language, wrong[i].edition,
						 wrong[i].key, wrong[i].user,     wrong[i].password,
						 "c" };
		g_autofree char *why = answers_check(&answers);
		CHECK(why);
		CHECK_CONTAINS(why, wrong[i].why);
	}
}

static const struct test_case cases[] = {
	TEST(windows_11_has_what_it_asks_for),
	TEST(small_computers_give_what_windows_asks_for),
	TEST(what_is_missing_is_counted),
	TEST(linux_is_drawn_for_by_the_computer),
	TEST(gpus_are_handed_over_as_asked),
	TEST(wishes_that_cannot_be_are_refused),
	TEST(names_of_images_tell),
	TEST(answers_are_xml),
	TEST(wrong_answers_are_refused),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
