/* Two machines side by side do not take each other's devices. */
#include <glib.h>
#include <glib/gstdio.h>

#include "sysroot.h"
#include "test.h"
#include "vm/config/config.h"
#include "vm/host/devices.h"
#include "vm/plan/plan.h"
#include "vm/run/uses.h"

/* As an administrator may have prepared them: nothing tells them apart but who has them. */
static const char *const computer =
	"pci 0000:00:02.0 class=0x030000 id=8086:a7a0 driver=xe group=0 sriov_totalvfs=7 "
	"sriov_numvfs=2 sriov_offset=1 sriov_stride=1\n"
	"pci 0000:00:02.1 class=0x030000 driver=vfio-pci physfn=0000:00:02.0 group=20\n"
	"pci 0000:00:02.2 class=0x030000 driver=vfio-pci physfn=0000:00:02.0 group=21\n";

static struct facts_firmware uefi = { (char *)"/code", (char *)"/vars", (char *)"raw" };

struct machine {
	struct vm *vm;
	struct plan *plan;
	struct uses *uses;
};

/* As `oriel up` does. */
static struct machine start_with(const char *name, const char *more, const char *root,
				 GError **error)
{
	g_autofree char *text = g_strdup_printf("name: %s\n%s\n", name, more);
	struct facts facts = { .qemu = (char *)"qemu",
			       .run = (char *)"/run",
			       .state = (char *)"/state",
			       .devices = host_devices(root),
			       .firmwares = g_ptr_array_new() };
	struct machine self = { .vm = config_parse("a.yaml", text, strlen(text), "/", error) };

	CHECK(self.vm);
	g_ptr_array_add(facts.firmwares, &uefi);
	uses_mark(&facts, name);
	self.plan = plan_make(self.vm, &facts, error);
	CHECK(self.plan);
	self.uses = uses_take(self.vm, self.plan, error);
	g_ptr_array_unref(facts.devices);
	g_ptr_array_unref(facts.firmwares);
	return self;
}

static struct machine start(const char *name, const char *root, GError **error)
{
	return start_with(name, "gpus: { mode: sriov, device: 00:02.0 }", root, error);
}

static void end(struct machine *self)
{
	uses_release(self->uses);
	plan_free(self->plan);
	config_free(self->vm);
}

static void machines_share_a_gpu(void)
{
	g_autoptr(GError) error = NULL;
	char *root = sysroot_make(computer);
	struct machine one = start("one", root, &error), two = start("two", root, &error);
	CHECK(one.uses && two.uses);
	CHECK_STR(one.plan->devices->pdata[0], "0000:00:02.1");
	CHECK_STR(two.plan->devices->pdata[0], "0000:00:02.2");
	struct machine three = start("three", root, &error);
	CHECK(!three.uses); /* there is none left, and who has one is named */
	CHECK_CONTAINS(error->message, "is in use by");
	g_clear_error(&error);
	end(&three);
	end(&one);
	one = start("one", root, &error);
	CHECK(one.uses);
	CHECK_STR(one.plan->devices->pdata[0], "0000:00:02.1");
	end(&one);
	end(&two);
	sysroot_remove(root);
}

/* Both would draw into it. */
static void memory_of_a_device_is_one_machines(void)
{
	static const char kvmfr[] = "display: { memory: kvmfr, device: /dev/kvmfr3 }",
			  other[] = "display: { memory: kvmfr, device: /dev/kvmfr4 }",
			  plain[] = "display: { memory: plain }";
	g_autoptr(GError) error = NULL;
	char *root = sysroot_make(computer);
	struct machine one = start_with("one", kvmfr, root, &error);
	CHECK(one.uses);
	struct machine two = start_with("two", kvmfr, root, &error);
	CHECK(!two.uses);
	CHECK_CONTAINS(error->message, "/dev/kvmfr3 is in use by one");
	g_clear_error(&error);
	struct machine three = start_with("three", other, root, &error),
		       four = start_with("four", plain, root, &error);
	CHECK(three.uses && four.uses);
	struct machine *const all[] = { &one, &two, &three, &four };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		end(all[i]);
	sysroot_remove(root);
}

static const struct test_case cases[] = {
	TEST(machines_share_a_gpu),
	TEST(memory_of_a_device_is_one_machines),
};

int main(int argc, char **argv)
{
	char folder[] = "/tmp/oriel-uses-XXXXXX";

	if (!g_mkdtemp(folder))
		return 1;
	g_setenv("XDG_RUNTIME_DIR", folder, TRUE);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	g_autofree char *inner = g_build_filename(folder, "oriel", NULL);
	g_rmdir(inner);
	g_rmdir(folder);
	return status;
}
