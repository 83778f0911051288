/* A machine's file and a made-up computer -> the whole plan, as golden/NAME.txt has it.
 *
 * Each has three parts: "=== machine" (YAML), "=== computer" (as sysroot.h says) and "=== plan".
 * ORIEL_GOLDEN=write writes the last anew, for somebody to read before it is committed.
 */
#include <gio/gio.h>
#include <string.h>

#include "sysroot.h"
#include "test.h"
#include "vm/config/config.h"
#include "vm/host/devices.h"
#include "vm/plan/plan.h"
#include "vm/plan/text.h"

static struct facts_firmware secure = { (char *)"/fw/secure.fd", (char *)"/fw/secure-vars.fd",
					(char *)"raw",           .secure = true,
					.enrolled = true,        .smm = true };
static struct facts_firmware plain = { (char *)"/fw/plain.fd", (char *)"/fw/plain-vars.fd",
				       (char *)"raw" };

static struct facts make_facts(const char *root)
{
	struct facts facts = { .cpu = FACTS_CPU_AMD,
			       .qemu = (char *)"qemu-system-x86_64",
			       .qemu_img = (char *)"qemu-img",
			       .swtpm = (char *)"swtpm",
			       .run = (char *)"/run/user/1000/oriel",
			       .state = (char *)"/state/oriel",
			       .devices = host_devices(root),
			       .firmwares = g_ptr_array_new() };

	g_ptr_array_add(facts.firmwares, &secure);
	g_ptr_array_add(facts.firmwares, &plain);
	return facts;
}

static char *describe(const struct vm *vm, const struct facts *facts)
{
	g_autoptr(GError) error = NULL;
	struct plan *plan = plan_make(vm, facts, &error);
	GString *out = g_string_new(NULL);

	if (plan) {
		g_autofree char *text = plan_text(plan, vm, 0);
		for (unsigned i = 0; i < plan->notes->len; i++)
			g_string_append_printf(out, "note: %s\n", (char *)plan->notes->pdata[i]);
		g_string_append(out, text);
	} else {
		g_string_append_printf(out, "refused: %s\n", error->message);
	}
	plan_free(plan);
	return g_string_free(out, FALSE);
}

static char *plan_of(const char *machine, const char *computer)
{
	g_autoptr(GError) error = NULL;
	struct vm *vm = config_parse("vm.yaml", machine, strlen(machine), "/vms", &error);
	char *root = sysroot_make(computer);
	struct facts facts = make_facts(root);

	sysroot_remove(root);
	char *text = vm ? describe(vm, &facts) : g_strdup_printf("%s\n", error->message);
	config_free(vm);
	g_ptr_array_unref(facts.devices);
	g_ptr_array_unref(facts.firmwares);
	return text;
}

/* From the first line that differs on. */
static void compare(const char *name, const char *got, const char *want)
{
	g_auto(GStrv) ours = g_strsplit(got, "\n", -1), theirs = g_strsplit(want, "\n", -1);

	for (unsigned i = 0; ours[i] || theirs[i]; i++) {
		if (g_strcmp0(ours[i], theirs[i]) != 0)
			test_fail("%s, line %u of the plan:\n# is     %s\n# wanted %s", name, i + 1,
				  ours[i] ? ours[i] : "nothing", theirs[i] ? theirs[i] : "nothing");
		if (!ours[i] || !theirs[i])
			break;
	}
}

static void check(const char *name)
{
	g_autofree char *file = g_strconcat(GOLDEN, "/", name, ".txt", NULL);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(file, &text, NULL, NULL))
		test_fail("%s cannot be read", file);
	g_auto(GStrv) first = g_strsplit(text, "=== computer\n", 2);
	g_auto(GStrv) second = g_strsplit(first[1] ? first[1] : "", "=== plan\n", 2);
	if (!g_str_has_prefix(first[0], "=== machine\n") || !second[0] || !second[1])
		test_fail("%s lacks one of its three parts", file);
	g_autofree char *got = plan_of(first[0] + strlen("=== machine\n"), second[0]);
	if (g_strcmp0(g_getenv("ORIEL_GOLDEN"), "write") != 0) {
		compare(name, got, second[1]);
		return;
	}
	g_autofree char *whole = g_strconcat(first[0], "=== computer\n", second[0], "=== plan\n",
					     got, NULL);
	CHECK(g_file_set_contents(file, whole, -1, NULL));
}

/* Each is a case, golden/NAME.txt. */
/* clang-format off */
#define GOLDENS(X) \
	X(passthrough) X(passthrough_other) X(passthrough_big) X(passthrough_apu) \
	X(passthrough_igd) X(passthrough_arc) X(passthrough_two) X(passthrough_twins) \
	X(passthrough_shared) X(passthrough_desktop) X(passthrough_no_iommu) \
	X(passthrough_missing) X(passthrough_nic) X(single_amd) X(single_nvidia) \
	X(sriov_future) X(sriov_there) X(sriov_limit) X(sriov_stride) X(mdev_two) \
	X(mdev_one_left) X(sriov_none) X(mdev_gvt) X(mdev_nvidia) X(mdev_full) \
	X(mdev_typo) X(nvidia_vgpu) X(nvidia_vgpu_full) X(nvidia_vgpu_unmade) \
	X(other_none) X(other_many) X(other_monitors) X(passthrough_monitor) X(virgl) \
	X(macvtap_pages)
/* clang-format on */

#define CASE(name_)                                                                                \
	static void name_(void)                                                                    \
	{                                                                                          \
		check(#name_);                                                                     \
	}
#define ROW(name_) TEST(name_),

GOLDENS(CASE)

static void none_is_forgotten(void);

static const struct test_case cases[] = { GOLDENS(ROW) TEST(none_is_forgotten) };

static void none_is_forgotten(void)
{
	g_autoptr(GDir) dir = g_dir_open(GOLDEN, 0, NULL);
	unsigned files = 0;

	while (g_dir_read_name(dir))
		files++;
	CHECK_EQ(files, ARRAY_LEN(cases) - 1);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
