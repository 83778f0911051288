/* LibVF.IO's machines: YAML with a type's tag, and lists of one-key maps where a map has variants.
 */
#include <string.h>

#include "vm/config/tree.h"
#include "vm/exchange/import_part.h"

struct libvfio {
	struct import import;
	const struct tree *root;
	char *folder; /* of its images */
};

/* ---- the text ---- */

/* Its tags and directives say only what each key says again. Lines and columns stay. */
static char *without_tags(const char *text, size_t length)
{
	g_autofree char *copy = g_strndup(text, length);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	g_autoptr(GRegex) tag = g_regex_new("(^|[-:]\\s|---\\s)(\\s*)![^\\s]*", 0, 0, NULL);

	for (char **line = lines; *line; line++) {
		char *plain = **line == '%' || !g_utf8_validate(*line, -1, NULL)
				      ? g_strdup("")
				      : g_regex_replace(tag, *line, -1, 0, "\\1\\2", 0, NULL);
		if (plain && g_str_has_prefix(plain, "---"))
			memset(plain, ' ', 3);
		g_free(*line);
		*line = plain ? plain : g_strdup("");
	}
	return g_strjoinv("\n", lines);
}

/* ---- looking ---- */

/* In a map, or in a list of one-key maps. */
static const struct tree *find(const struct tree *self, const char *key)
{
	if (!self || self->kind == TREE_MAP)
		return self ? tree_find(self, key) : NULL;
	for (unsigned i = 0; self->kind == TREE_LIST && i < self->items->len; i++) {
		const struct tree *item = self->items->pdata[i];
		const struct tree *found = item->kind == TREE_MAP ? tree_find(item, key) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

/* NULL: there is none, or it is null. */
static const char *text_of(const struct tree *self, const char *key)
{
	const struct tree *found = find(self, key);

	return found && found->kind == TREE_TEXT && *found->text && !tree_is_empty(found)
		       ? found->text
		       : NULL;
}

static bool is_true(const struct tree *self, const char *key, bool initial)
{
	const char *text = text_of(self, key);

	return text ? g_ascii_strcasecmp(text, "true") == 0 || g_ascii_strcasecmp(text, "yes") == 0
		    : initial;
}

static unsigned count_of(const struct tree *self)
{
	return self && self->kind == TREE_LIST ? self->items->len : 0;
}

/* ---- disks ---- */

static void add_disk(struct libvfio *self, const char *kind, const char *name)
{
	struct import *import = &self->import;
	g_autofree char *path = g_build_filename(self->folder, kind, name, NULL);
	const char *size = text_of(find(self->root, "container"), "initialSize");
	g_autofree char *text = g_strconcat(size ? size : "", "G", NULL);
	struct vm_disk *disk = import_add(import, "disks");

	import_set_of(import, disk, "disks", "file", path, "container");
	import_set_of(import, disk, "disks", "bus", "ahci", "container");
	if (size && strcmp(kind, "kernel") == 0)
		import_set_of(import, disk, "disks", "size", text, "container.initialSize");
}

static void import_container(struct libvfio *self)
{
	const struct tree *container = find(self->root, "container");
	const struct tree *states = find(container, "state");
	const char *kernel = text_of(container, "kernel"), *iso = text_of(container, "iso");

	if (kernel)
		add_disk(self, "kernel", kernel);
	for (unsigned i = 0; i < count_of(states); i++) {
		const struct tree *state = states->items->pdata[i];
		if (state->kind == TREE_TEXT && *state->text)
			add_disk(self, "states", state->text);
	}
	if (iso)
		import_set_of(&self->import, import_add(&self->import, "cds"), "cds", "file", iso,
			      "container.iso");
}

/* ---- the machine ---- */

static void import_machine(struct libvfio *self)
{
	struct import *import = &self->import;
	const struct tree *cpus = find(self->root, "cpus");
	const char *memory = text_of(cpus, "ramAlloc");
	static const char *const keys[] = { "cores", "sockets", "threads" };
	bool windows = g_strcmp0(text_of(self->root, "installOs"), "win10") == 0;

	import_set(import, NULL, "os", windows ? "windows10" : "other", "installOs");
	import_set(import, "machine", "firmware", "bios", "firmware");
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		import_set(import, "cpu", keys[i], text_of(cpus, keys[i]), "cpus");
	import_setf(import, "memory", "size", "cpus.ramAlloc", "%sM", memory ? memory : "8192");
	if (!is_true(self->root, "showhypervisor", true))
		import_set(import, "cpu", "hide-kvm", "yes", "showhypervisor");
	if (!windows)
		import_lose(import, "os",
			    "the file does not say what runs in it; os: windows10 or "
			    "linux changes defaults");
}

static void import_screen(struct libvfio *self)
{
	struct import *import = &self->import;
	bool introspects = g_strcmp0(text_of(self->root, "introspect"), "none") != 0;
	bool spice = is_true(self->root, "spice", false);

	import_set(import, "display", "kind",
		   introspects ? "oriel"
		   : spice     ? "spice"
			       : "none",
		   "introspect");
	import_set(import, "display", "spice", spice ? "yes" : "no", "spice");
	import_set(import, "display", "open",
		   is_true(self->root, "startintro", false) ? "yes" : "no", "startintro");
	if (introspects) {
		import_set(import, "display", "memory", "plain", "introspect");
		import_set(import, "display", "size", "128M", "introspect");
		import_lose(import, "introspect",
			    "Scream's memory: a guest's sound comes through SPICE or PipeWire");
	}
	if (is_true(self->root, "nographics", false))
		import_set(import, "display", "video", "none", "nographics");
	if (text_of(self->root, "vncPort") && *text_of(self->root, "vncPort") != '-')
		import_lose(import, "vncPort",
			    "there is no VNC; the viewer shows SPICE and shared "
			    "memory");
}

/* ---- networks ---- */

static void add_forward(struct libvfio *self, struct vm_network *out, const char *protocol,
			const char *host, const char *guest)
{
	const struct row *row = section_find(section_find(&schema, "networks")->of, "forward");
	g_autofree char *text = g_strdup_printf("%s:%s:%s", protocol ? protocol : "tcp", host,
						guest);

	import_add_value(&self->import, out->forwards, row->of,
			 section_find(row->of, row->of->alone), text, "connectivity");
}

static void import_network(struct libvfio *self)
{
	struct import *import = &self->import;
	const struct tree *ports = find(find(self->root, "connectivity"), "exposedPorts");
	const char *ssh = text_of(self->root, "sshPort");
	struct vm_network *out = import_add(import, "networks");

	import_set_of(import, out, "networks", "card", "e1000e", "connectivity");
	if (ssh && *ssh != '-')
		add_forward(self, out, "tcp", ssh, "22");
	for (unsigned i = 0; i < count_of(ports); i++) {
		const struct tree *port = ports->items->pdata[i];
		const char *host = text_of(port, "host"), *guest = text_of(port, "guest");
		if (host && guest)
			add_forward(self, out, text_of(port, "protocol"), host, guest);
	}
	if (count_of(find(self->root, "nics")))
		import_lose(import, "nics",
			    "virtual functions of a network card: bind one and write "
			    "its address as a device of gpus");
}

/* ---- GPUs ---- */

static void import_passthrough(struct libvfio *self, const struct tree *gpu, const char *place)
{
	const char *bdf = text_of(gpu, "bdf");
	struct vm_gpu *out = bdf ? import_add(&self->import, "gpus") : NULL;

	if (!out) {
		import_lose(&self->import, place, "names no device (bdf)");
		return;
	}
	import_set_of(&self->import, out, "gpus", "mode", "passthrough", place);
	import_set_of(&self->import, out, "gpus", "device", bdf, place);
}

static void import_mediated(struct libvfio *self, const struct tree *gpu, const char *place)
{
	const char *type = text_of(gpu, "mdevType"), *parent = text_of(gpu, "parentPort");
	struct vm_gpu *out = type ? import_add(&self->import, "gpus") : NULL;

	if (!out) {
		import_lose(
			&self->import, place,
			"leaves the type to be chosen by its memory; write gpus with mode: mdev, "
			"device and type: oriel gpu lists them");
		return;
	}
	import_set_of(&self->import, out, "gpus", "mode", "mdev", place);
	import_set_of(&self->import, out, "gpus", "device", parent ? parent : "other", place);
	import_set_of(&self->import, out, "gpus", "type", type, place);
	if (!parent)
		import_lose(
			&self->import, place,
			"does not say of which GPU; device: other takes the one that is not the "
			"desktop's");
}

static void import_function(struct libvfio *self, const char *place)
{
	struct vm_gpu *out = import_add(&self->import, "gpus");

	import_set_of(&self->import, out, "gpus", "mode", "sriov", place);
	import_set_of(&self->import, out, "gpus", "device", "other", place);
	import_lose(&self->import, place,
		    "takes any GPU of acceptableTypes; device: other takes the one that is not the "
		    "desktop's, and its functions are created where there are none");
}

static void import_gpus(struct libvfio *self)
{
	const struct tree *gpus = find(self->root, "gpus");

	for (unsigned i = 0; i < count_of(gpus); i++) {
		const struct tree *gpu = gpus->items->pdata[i];
		const char *type = text_of(gpu, "gpuType");
		g_autofree char *place = g_strdup_printf("gpus[%u]", i);
		if (g_strcmp0(type, "passthrough") == 0)
			import_passthrough(self, gpu, place);
		else if (g_strcmp0(type, "sysfsdev") == 0)
			import_mediated(self, gpu, place);
		else if (g_strcmp0(type, "sriovdev") == 0)
			import_function(self, place);
		else
			import_lose(&self->import, place, "gpuType %s: there is no such kind",
				    type ? type : "?");
	}
}

/* ---- commands ---- */

/* {arg, values}: the values are joined by commas. */
static void import_qemu(struct libvfio *self)
{
	const struct tree *commands = find(self->root, "commands");

	for (unsigned i = 0; i < count_of(commands); i++) {
		const struct tree *command = commands->items->pdata[i];
		const struct tree *values = find(command, "values");
		const char *name = text_of(command, "arg");
		g_autoptr(GString) joined = g_string_new(NULL);
		for (unsigned j = 0; j < count_of(values); j++) {
			const struct tree *value = values->items->pdata[j];
			if (value->kind == TREE_TEXT)
				g_string_append_printf(joined, "%s%s", joined->len ? "," : "",
						       value->text);
		}
		if (!name)
			continue;
		import_append(&self->import.vm->qemu, name);
		if (joined->len)
			import_append(&self->import.vm->qemu, joined->str);
	}
}

static void add_hook(const struct tree *command, GPtrArray *hooks)
{
	const struct tree *arguments = find(command, "args");
	char **words = g_new0(char *, 1);

	if (!text_of(command, "exec")) {
		g_free(words);
		return;
	}
	import_append(&words, text_of(command, "exec"));
	for (unsigned i = 0; i < count_of(arguments); i++) {
		const struct tree *word = arguments->items->pdata[i];
		if (word->kind == TREE_TEXT)
			import_append(&words, word->text);
	}
	g_ptr_array_add(hooks, words);
}

static void import_hooks(struct libvfio *self, const char *key, GPtrArray *hooks)
{
	const struct tree *groups = find(self->root, key);

	for (unsigned i = 0; i < count_of(groups); i++) {
		const struct tree *group = groups->items->pdata[i];
		const struct tree *list = find(group, "list");
		if (is_true(group, "is_root", false)) {
			import_lose(&self->import, key, "commands as root: hooks run as you");
			continue;
		}
		for (unsigned j = 0; j < count_of(list); j++)
			add_hook(list->items->pdata[j], hooks);
		if (count_of(list))
			import_lose(&self->import, key,
				    "no shell reads hooks: look whether their words mean the same");
	}
}

/* ---- what is not carried over ---- */

static const struct {
	const char *key, *why;
} rest[] = {
	{ "installCommands", "oriel init makes Windows install itself" },
	{ "appCommands", "nothing is run for single programs" },
	{ "blacklistedPci", "a GPU is named; none is looked for" },
};

/* Known keys, of which there is nothing to say. */
static const char *const known[] = { "name",
				     "startintro",
				     "startapp",
				     "installOs",
				     "nographics",
				     "showhypervisor",
				     "spice",
				     "introspect",
				     "shareddir",
				     "spicePort",
				     "sshPort",
				     "vncPort",
				     "container",
				     "cpus",
				     "gpus",
				     "nics",
				     "root",
				     "sudo",
				     "commands",
				     "connectivity",
				     "startupCommands",
				     "teardownCommands",
				     NULL };

static void report_rest(struct libvfio *self)
{
	for (unsigned i = 0; i < self->root->items->len; i++) {
		const struct tree *item = self->root->items->pdata[i];
		const char *why = g_strv_contains(known, item->key) ? NULL
								    : "has no place in this file";
		for (size_t j = 0; j < G_N_ELEMENTS(rest); j++)
			if (strcmp(rest[j].key, item->key) == 0)
				why = count_of(item) ? rest[j].why : NULL;
		if (why)
			import_lose(&self->import, item->key, "%s", why);
	}
}

static void convert(struct libvfio *self)
{
	const char *shared = text_of(self->root, "shareddir");

	import_container(self);
	import_machine(self);
	import_screen(self);
	import_network(self);
	import_gpus(self);
	import_qemu(self);
	import_hooks(self, "startupCommands", self->import.vm->hooks.before_start);
	import_hooks(self, "teardownCommands", self->import.vm->hooks.after_stop);
	if (shared)
		import_set_of(&self->import, import_add(&self->import, "shares"), "shares", "path",
			      shared, "shareddir");
	report_rest(self);
}

/* The image's name does for a machine without one. */
static const char *name_of(const struct tree *root)
{
	const char *name = text_of(root, "name");
	const char *kernel = text_of(find(root, "container"), "kernel");

	return name ? name : kernel ? kernel : "imported";
}

static bool is_one(const struct tree *root)
{
	return root->kind == TREE_MAP && find(root, "container") && find(root, "cpus");
}

char *import_libvfio(const char *name, const char *text, size_t length, GPtrArray *lost,
		     GError **error)
{
	g_autofree char *plain = without_tags(text, length);
	struct tree *root = tree_parse(name, plain, strlen(plain), error);
	struct libvfio self = { .root = root };
	char *yaml = NULL;

	if (!root)
		return NULL;
	if (is_one(root)) {
		const char *folder = text_of(root, "root");
		self.folder = g_strdup(folder ? folder : "~/.local/libvf.io");
		import_begin(&self.import, name_of(root), lost);
		convert(&self);
		yaml = import_finish(&self.import, name, error);
		g_free(self.folder);
	} else {
		g_set_error(
			error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
			"%s: is neither libvirt's domain XML nor a machine of LibVF.IO (container "
			"and cpus are missing)",
			name);
	}
	tree_free(root);
	return yaml;
}
