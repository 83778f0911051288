/* What root does for a machine's GPUs, in the order in which it works: parts are made, the desktop
 * lets go, devices change drivers, their groups are opened. The helper undoes it backwards. */
#include "vm/plan/build.h"
#include "vm/plan/choice.h"
#include "vm/plan/devices.h"

#define ADDRESS(address_)                                                                          \
	char address[PCI_ADDRESS_LENGTH];                                                          \
	pci_address_format(address_, address)

static void root(struct plan *plan, const char *why, const char *const *words)
{
	plan_step(plan, STEP_ROOT, NULL, words, why);
}

static const struct pci_address *function(const struct choice *choice, unsigned i)
{
	return &g_array_index(choice->functions, struct pci_address, i);
}

/* ---- parts are made ---- */

/* So many as the last of a device's choices wants, which is the most. */
static unsigned vfs_of(const GPtrArray *choices, const struct facts_device *device)
{
	unsigned most = 0;

	for (unsigned i = 0; i < choices->len; i++) {
		const struct choice *choice = choices->pdata[i];
		if (choice->device == device)
			most = MAX(most, choice->vfs);
	}
	return most;
}

static bool is_first(const GPtrArray *choices, unsigned at)
{
	const struct choice *choice = choices->pdata[at];

	for (unsigned i = 0; i < at; i++)
		if (((const struct choice *)choices->pdata[i])->device == choice->device)
			return false;
	return true;
}

static void make_vfs(struct plan *plan, const GPtrArray *choices, unsigned i)
{
	const struct choice *choice = choices->pdata[i];
	g_autofree char *count = g_strdup_printf("%u", vfs_of(choices, choice->device));
	ADDRESS(&choice->device->address);

	if (choice->vfs && is_first(choices, i))
		root(plan, "virtual functions, for no driver of this computer",
		     PLAN_WORDS("vfs", address, count));
}

static void make_vgpu(struct plan *plan, const struct choice *choice)
{
	ADDRESS(function(choice, 0));
	root(plan, choice->type->name, PLAN_WORDS("vgpu", address, choice->type->id));
}

static void make_mediated(struct plan *plan, const struct choice *choice)
{
	ADDRESS(&choice->device->address);
	root(plan, choice->type->name ? choice->type->name : "a part of the GPU",
	     PLAN_WORDS("mdev", address, choice->type->id, choice->uuid));
}

static void make_parts(struct plan *plan, const GPtrArray *choices)
{
	for (unsigned i = 0; i < choices->len; i++) {
		const struct choice *choice = choices->pdata[i];
		make_vfs(plan, choices, i);
		if (choice->uuid)
			make_mediated(plan, choice);
		else if (choice->type)
			make_vgpu(plan, choice);
	}
}

/* ---- the desktop lets go ---- */

static void take_desktop(struct plan *plan, const struct choice *choice)
{
	const char *driver = choice->device->driver;

	root(plan, "the desktop lets the GPU go",
	     PLAN_WORDS("desktop", choice->gpu->display_manager));
	root(plan, "and so do the text consoles", PLAN_WORDS("consoles"));
	if (driver && g_str_equal(driver, "nvidia"))
		root(plan, "NVIDIA's driver lets go only when it is unloaded",
		     PLAN_WORDS("unload", "nvidia"));
}

/* ---- devices change drivers ---- */

static void set_reset(struct plan *plan, const struct choice *choice)
{
	ADDRESS(function(choice, 0));
	g_autofree char *methods = g_strdelimit(g_strdup(choice->gpu->reset), " ", ',');

	root(plan, "how it is reset, as the file says", PLAN_WORDS("reset", address, methods));
}

static void bind_function(struct plan *plan, const struct facts *facts, const struct choice *choice,
			  unsigned i)
{
	const struct facts_device *device = device_at(facts, function(choice, i));
	g_autofree char *why = g_strdup_printf(!device || !device->driver ? "to vfio-pci"
					       : device_is_kept(device)   ? "%s has it already"
									  : "from %s to vfio-pci",
					       device ? device->driver : NULL);
	ADDRESS(function(choice, i));

	root(plan, why, PLAN_WORDS("bind", address));
	/* vfio-pci lets sleep whatever it gets, so this comes after it. */
	if (choice_is_whole(choice) && !choice->gpu->sleep)
		root(plan, "some never wake up", PLAN_WORDS("sleep", address, "no"));
}

static void bind_all(struct plan *plan, const struct facts *facts, const struct choice *choice)
{
	if (choice->gpu->reset && choice->functions->len)
		set_reset(plan, choice);
	for (unsigned i = 0; i < choice->functions->len && choice_is_bound(choice); i++)
		bind_function(plan, facts, choice, i);
}

/* ---- groups are opened ---- */

/* Of functions that do not exist yet nobody knows the group. */
static void open_groups(struct plan *plan, const struct facts *facts, const struct choice *choice,
			GHashTable *opened)
{
	for (unsigned i = 0; i < choice->functions->len; i++) {
		const struct facts_device *device = device_at(facts, function(choice, i));
		ADDRESS(function(choice, i));
		if (!device || g_hash_table_add(opened, GINT_TO_POINTER(device->group)))
			root(plan, "QEMU may open it", PLAN_WORDS("group", address));
	}
}

void choices_steps(struct plan *plan, const struct facts *facts, const GPtrArray *choices)
{
	g_autoptr(GHashTable) opened = g_hash_table_new(NULL, NULL);

	make_parts(plan, choices);
	for (unsigned i = 0; i < choices->len; i++) {
		const struct choice *choice = choices->pdata[i];
		if (choice->gpu->mode == VM_GPU_SINGLE)
			take_desktop(plan, choice);
	}
	for (unsigned i = 0; i < choices->len; i++)
		bind_all(plan, facts, choices->pdata[i]);
	for (unsigned i = 0; i < choices->len; i++)
		open_groups(plan, facts, choices->pdata[i], opened);
}
