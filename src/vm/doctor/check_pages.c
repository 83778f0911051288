/* Huge pages: how many are there, on which node, and for whom. */
#include <stdio.h>

#include "base/mem.h"
#include "vm/doctor/cgroup.h"
#include "vm/doctor/checks.h"

#define ALL_PAGES "/sys/kernel/mm/hugepages"
#define NODES     "/sys/devices/system/node"

/* What the machine asks for. */
struct order {
	unsigned kib;    /* of a page */
	uint64_t wanted; /* pages */
};

static struct order order_of(const struct vm *vm)
{
	struct order order = { .kib = vm && vm->memory.hugepages == VM_PAGES_1G ? 1 << 20 : 2048 };

	if (vm && vm->memory.hugepages)
		order.wanted = (vm->memory.size + (((uint64_t)order.kib << 10) - 1)) / order.kib >>
			       10;
	return order;
}

/* Of a folder with those of all nodes, or of one. */
static bool read_pages(const struct patient *patient, const char *folder, const struct order *order,
		       const char *name, uint64_t *out)
{
	g_autofree char *text = patient_line(patient, "%s/hugepages-%ukB/%s", folder, order->kib,
					     name);

	return text && texts_number(text, out);
}

/* Free ones that nobody has been promised. Nodes do not tell of promises. */
static bool count_free(const struct patient *patient, const char *folder, const struct order *order,
		       uint64_t *out)
{
	uint64_t pages, promised = 0;

	if (!read_pages(patient, folder, order, "free_hugepages", &pages))
		return false;
	read_pages(patient, folder, order, "resv_hugepages", &promised);
	*out = pages - MIN(pages, promised);
	return true;
}

/* ---- in all ---- */

static void advise_pages(const struct patient *patient, const struct order *order,
			 struct finding *finding)
{
	g_autofree char *huge = g_strdup_printf("\"hugepagesz=1G hugepages=%" G_GUINT64_FORMAT "\"",
						order->wanted);

	if (order->kib > 2048) {
		finding_advise(finding, "pages of 1 GiB are found at boot only:");
		advise_parameter(finding, patient, huge);
		return;
	}
	finding_advise(finding, "echo 1 | sudo tee /proc/sys/vm/compact_memory");
	finding_advise(finding, "sudo sysctl vm.nr_hugepages=%" G_GUINT64_FORMAT, order->wanted);
}

/* Who makes those that are missing, at a start? NULL: nobody. */
static const char *find_maker(const struct patient *patient, const struct order *order,
			      uint64_t missing)
{
	uint64_t available, most = 0, made = 0;

	if (order->kib != 2048 || !patient_meminfo(patient, "MemAvailable", &available) ||
	    available >> 21 <= missing)
		return NULL;
	read_pages(patient, ALL_PAGES, order, "nr_overcommit_hugepages", &most);
	read_pages(patient, ALL_PAGES, order, "surplus_hugepages", &made);
	return patient_has_helper(patient) ? "; oriel up makes the others"
	       : most >= made + missing ? "; the kernel makes the others (nr_overcommit_hugepages)"
					: NULL;
}

static void check_all(const struct patient *patient, const struct order *order, uint64_t have,
		      struct finding *finding)
{
	uint64_t missing = order->wanted - MIN(order->wanted, have);
	const char *maker = missing ? find_maker(patient, order, missing) : NULL;
	bool fine = !missing || maker;

	finding_say(finding, fine ? VERDICT_OK : VERDICT_FAIL,
		    "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " are free, of %u MiB%s", have,
		    order->wanted, order->kib >> 10, maker ? maker : "");
	if (!fine)
		advise_pages(patient, order, finding);
}

/* ---- by node ---- */

/* The node that all pins are of, else that of the first GPU; -1: nobody knows. */
static int find_node(const struct patient *patient, char *const *names)
{
	const struct vm_cpus *pins = &patient->vm->cpu.pin;
	unsigned node;

	for (char *const *name = names; cpus_count(pins) && *name; name++) {
		g_autofree char *path = g_strdup_printf(NODES "/%s/cpulist", *name);
		struct vm_cpus cpus;
		if (sscanf(*name, "node%5u", &node) == 1 && patient_cpus(patient, &cpus, path) &&
		    cpus_contain(&cpus, pins))
			return (int)node;
	}
	for (unsigned i = 0; i < patient->gpus->len; i++) {
		const struct patient_gpu *gpu = patient->gpus->pdata[i];
		if (gpu->device && gpu->device->node >= 0)
			return gpu->device->node;
	}
	return -1;
}

/* Those in all may do, and yet lie where the guest's CPUs are not. */
static void check_node(const struct patient *patient, const struct order *order, int node,
		       struct finding *finding)
{
	g_autofree char *folder = g_strdup_printf(NODES "/node%d/hugepages", node);
	uint64_t here, all = 0;

	if (!count_free(patient, folder, order, &here) || here >= order->wanted)
		return;
	read_pages(patient, folder, order, "nr_hugepages", &all);
	finding_say(finding, VERDICT_WARN,
		    "node %d, where the machine's CPUs or GPU are, has %" G_GUINT64_FORMAT
		    " of %" G_GUINT64_FORMAT ": memory of another node is slower",
		    node, here, order->wanted);
	finding_advise(finding,
		       "echo %" G_GUINT64_FORMAT " | sudo tee %s/hugepages-%ukB/nr_hugepages",
		       all + order->wanted - here, folder, order->kib);
}

static void check_nodes(const struct patient *patient, const struct order *order,
			struct finding *finding)
{
	g_auto(GStrv) names = patient_list(patient, NULL, NODES);
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned nodes = 0;

	for (char **name = names; *name; name++) {
		g_autofree char *folder = g_strdup_printf(NODES "/%s/hugepages", *name);
		uint64_t pages;
		if (!g_str_has_prefix(*name, "node") || !count_free(patient, folder, order, &pages))
			continue;
		g_string_append_printf(text, "%s%s: %" G_GUINT64_FORMAT, nodes++ ? ", " : "", *name,
				       pages);
	}
	if (nodes < 2)
		return;
	finding_say(finding, VERDICT_OK, "free by node: %s", text->str);
	int node = find_node(patient, names);
	if (node >= 0)
		check_node(patient, order, node, finding);
}

/* ---- by control group ---- */

static void check_limit(const struct patient *patient, const struct order *order,
			struct finding *finding)
{
	static const char *const kinds[] = { "max", "rsvd.max" };
	const char *size = order->kib > 2048 ? "1GB" : "2MB";
	uint64_t bytes = order->wanted * order->kib << 10, limit;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		g_autofree char *file = g_strdup_printf("hugetlb.%s.%s", size, kinds[i]);
		g_autofree char *group = NULL;
		if (!cgroup_limit(patient, file, &limit, &group) || limit >= bytes)
			continue;
		g_autofree char *limit_name = size_name(limit), *name = size_name(bytes);
		finding_say(finding, VERDICT_FAIL,
			    "the control group %s may have %s of them (%s), the machine wants %s",
			    group, limit_name, file, name);
		finding_advise(finding, "echo max | sudo tee /sys/fs/cgroup%s/%s",
			       g_str_equal(group, "/") ? "" : group, file);
	}
}

void check_hugepages(const struct patient *patient, struct finding *finding)
{
	bool asked = patient->vm && patient->vm->memory.hugepages;
	struct order order = order_of(patient->vm);
	uint64_t have;

	if (!count_free(patient, ALL_PAGES, &order, &have)) {
		finding_say(finding, asked ? VERDICT_FAIL : VERDICT_NOT_NEEDED,
			    "the kernel has no pages of %u KiB", order.kib);
		if (asked)
			finding_advise(finding, "memory.hugepages: no, or another size");
		return;
	}
	if (!asked) {
		finding_say(finding, VERDICT_NOT_NEEDED, "%" G_GUINT64_FORMAT " are free, of 2 MiB",
			    have);
		return;
	}
	check_all(patient, &order, have, finding);
	check_nodes(patient, &order, finding);
	check_limit(patient, &order, finding);
}
