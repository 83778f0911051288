/* A libvirt domain's processors, and what Windows is told of its hypervisor. */
#include <string.h>

#include "vm/exchange/import_part.h"

enum { CPUS_MAX = 4096 };

static unsigned read_count(const char *text, unsigned initial)
{
	guint64 count;

	return text && g_ascii_string_to_unsigned(text, 10, 1, CPUS_MAX, &count, NULL)
		       ? (unsigned)count
		       : initial;
}

/* ---- how many, and how they lie ---- */

static void set_topology(struct import *self, unsigned sockets, unsigned cores, unsigned threads)
{
	import_setf(self, "cpu", "sockets", "cpu/topology", "%u", sockets);
	import_setf(self, "cpu", "cores", "cpu/topology", "%u", cores);
	import_setf(self, "cpu", "threads", "cpu/topology", "%u", threads);
}

static void import_topology(struct import *self, struct element *domain)
{
	struct element *vcpu = element_find(domain, "vcpu");
	struct element *topology = element_find(domain, "cpu/topology");
	unsigned count = read_count(element_text(vcpu), 1);
	unsigned sockets = read_count(element_attribute(topology, "sockets"), 1);
	unsigned groups = read_count(element_attribute(topology, "dies"), 1) *
			  read_count(element_attribute(topology, "clusters"), 1);
	unsigned cores = read_count(element_attribute(topology, "cores"), 1);
	unsigned threads = read_count(element_attribute(topology, "threads"), 1);

	element_attribute(vcpu, "placement");
	if (topology && (uint64_t)sockets * groups * cores * threads == count) {
		set_topology(self, sockets, groups * cores, threads);
		return;
	}
	set_topology(self, 1, count, 1);
	if (count > 1)
		import_lose(self, "vcpu", "%s: the %u processors became cores of one socket",
			    topology ? "does not go with cpu/topology" : "has no topology", count);
}

static void import_pins(struct import *self, struct element *cputune)
{
	g_autoptr(GPtrArray) pins = element_all(cputune, "vcpupin");
	g_autoptr(GString) list = g_string_new(NULL);
	unsigned last = 0;

	for (unsigned i = 0; i < pins->len; i++) {
		const char *set = element_attribute(pins->pdata[i], "cpuset");
		unsigned vcpu = read_count(element_attribute(pins->pdata[i], "vcpu"), 0);
		element_take_all(pins->pdata[i]);
		unsigned cpu = read_count(set, 0);
		bool ascends = vcpu == i && (i == 0 || cpu > last);
		if (!set || strspn(set, "0123456789") != strlen(set) || !ascends) {
			import_lose(self, "cputune/vcpupin",
				    "cpu.pin has one processor for each of the guest's, in order; "
				    "write it by hand");
			return;
		}
		last = cpu;
		g_string_append_printf(list, "%s%s", i ? "," : "", set);
	}
	if (pins->len)
		import_set(self, "cpu", "pin", list->str, "cputune/vcpupin");
}

/* ---- what they are ---- */

static void import_model(struct import *self, struct element *cpu)
{
	const char *mode = element_attribute(cpu, "mode");
	const char *model = element_text(element_find(cpu, "model"));

	if (!mode && !*model)
		return;
	if (g_strcmp0(mode, "custom") == 0 || !mode)
		import_set(self, "cpu", "model", *model ? model : NULL, "cpu/model");
	else if (strcmp(mode, "maximum") == 0)
		import_set(self, "cpu", "model", "max", "cpu");
	else if (strcmp(mode, "host-passthrough") != 0)
		import_lose(self, "cpu", "mode %s became model host", mode);
}

static void import_features(struct import *self, struct element *cpu)
{
	g_autoptr(GPtrArray) features = element_all(cpu, "feature");

	for (unsigned i = 0; i < features->len; i++) {
		const char *policy = element_attribute(features->pdata[i], "policy");
		const char *name = element_attribute(features->pdata[i], "name");
		bool on = !policy || !strcmp(policy, "require") || !strcmp(policy, "force");
		bool off = policy && (!strcmp(policy, "disable") || !strcmp(policy, "forbid"));
		element_take_all(features->pdata[i]);
		g_autofree char *flag = g_strconcat(on ? "+" : "-", name ? name : "", NULL);
		if (name && (on || off))
			import_append(&self->vm->cpu.flags, flag);
	}
}

/* ---- the hypervisor ---- */

static bool is_on(struct element *element)
{
	const char *state = element_attribute(element, "state");

	return element && (!state || strcmp(state, "on") == 0);
}

static void import_hypervisor(struct import *self, struct element *features)
{
	struct element *hyperv = element_find(features, "hyperv");
	struct element *vendor = element_find(hyperv, "vendor_id");
	bool windows = self->vm->os == VM_WINDOWS10 || self->vm->os == VM_WINDOWS11;

	if (hyperv && !windows)
		import_set(self, "cpu", "hyperv", "yes", "features/hyperv");
	if (!hyperv && windows)
		import_set(self, "cpu", "hyperv", "no", "features/hyperv");
	if (is_on(vendor))
		import_set(self, "cpu", "vendor-id", element_attribute(vendor, "value"),
			   "features/hyperv/vendor_id");
	if (is_on(element_find(features, "kvm/hidden")))
		import_set(self, "cpu", "hide-kvm", "yes", "features/kvm/hidden");
	element_take_all(hyperv);
}

void import_processors(struct import *self, struct element *domain)
{
	struct element *cputune = element_find(domain, "cputune");
	struct element *emulator = element_find(cputune, "emulatorpin");
	struct element *cpu = element_find(domain, "cpu");

	import_topology(self, domain);
	import_pins(self, cputune);
	import_set(self, "cpu", "emulator", element_attribute(emulator, "cpuset"),
		   "cputune/emulatorpin");
	import_model(self, cpu);
	import_features(self, cpu);
	import_hypervisor(self, element_find(domain, "features"));
}
