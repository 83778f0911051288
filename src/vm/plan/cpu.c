/* Processors, and what Windows is told of its hypervisor. */
#include <string.h>

#include "vm/plan/build.h"

/* What each spares Windows is in QEMU's docs/system/i386/hyperv.rst. `emulated`: QEMU 7.2 takes it
 * without KVM, too. */
static const struct {
	const char *flag;
	bool emulated;
} enlightenments[] = {
	{ "hv_relaxed", true },
	{ "hv_vapic", true },
	{ "hv_spinlocks=0x1fff", true },
	{ "hv_vpindex", false },
	{ "hv_runtime", false },
	{ "hv_synic", false },
	{ "hv_stimer", false },
	{ "hv_stimer_direct", false },
	{ "hv_time", false },
	{ "hv_reset", false },
	{ "hv_frequencies", false },
	{ "hv_tlbflush", false },
	{ "hv_ipi", false },
	{ "hv_reenlightenment", false },
};

static bool has_hyperv(const struct vm *vm)
{
	return vm->cpu.hyperv == VM_YES || (vm->cpu.hyperv == VM_AUTO && plan_is_windows(vm));
}

static void append_hyperv(GString *model, const struct vm *vm, bool emulated)
{
	for (size_t i = 0; i < G_N_ELEMENTS(enlightenments); i++)
		if (enlightenments[i].emulated || !emulated)
			g_string_append_printf(model, ",%s", enlightenments[i].flag);
	if (vm->cpu.vendor_id)
		g_string_append_printf(model, ",hv_vendor_id=%s", vm->cpu.vendor_id);
}

static void append_flags(GString *model, char *const *flags)
{
	for (; *flags; flags++)
		g_string_append_printf(model, ",%s=%s", *flags + 1, **flags == '+' ? "on" : "off");
}

static void add_model(struct plan *self, const struct vm *vm, const struct facts *facts)
{
	bool host = strcmp(vm->cpu.model, "host") == 0;
	g_autoptr(GString) model = g_string_new(NULL);

	/* KVM alone can hand the processor on as it is. */
	g_string_append(model, host && facts->kvm ? "max" : vm->cpu.model);
	if (host && !facts->kvm)
		g_string_append(model, ",migratable=off");
	if (host && !facts->kvm && facts->cpu == FACTS_CPU_AMD && vm->cpu.threads > 1)
		g_string_append(model, ",topoext=on");
	if (has_hyperv(vm))
		append_hyperv(model, vm, facts->kvm != NULL);
	if (vm->cpu.hide_kvm)
		g_string_append(model, ",kvm=off");
	append_flags(model, vm->cpu.flags);
	plan_option(self,
		    has_hyperv(vm) ? "the processor, with what Windows likes to know"
				   : "the processor",
		    "-cpu", model->str);
}

gboolean plan_cpu(struct plan *self, const struct vm *vm, const struct facts *facts, GError **error)
{
	const struct vm_cpu *cpu = &vm->cpu;

	(void)error;
	add_model(self, vm, facts);
	plan_optionf(self, "how many, and how they lie", "-smp",
		     "%d,sockets=%d,cores=%d,threads=%d", cpu->sockets * cpu->cores * cpu->threads,
		     cpu->sockets, cpu->cores, cpu->threads);
	return TRUE;
}
