#include "sysroot.h"

#include <errno.h>
#include <ftw.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct making {
	const char *root;
	char *device; /* the last one's folder */
};

static void add_folder(const char *path)
{
	if (g_mkdir_with_parents(path, 0755) < 0)
		g_error("%s: %s", path, g_strerror(errno));
}

/* Where it is to be; its folder is there. The caller frees. */
static char *place(const char *dir, const char *name)
{
	char *path = g_build_filename(dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	add_folder(folder);
	return path;
}

static void add_file(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = place(dir, name);
	g_autofree char *plain = g_strcompress(text);
	g_autoptr(GError) error = NULL;

	g_unlink(path); /* it would be written over, and not shortened */
	if (!g_file_set_contents_full(path, plain, -1, G_FILE_SET_CONTENTS_NONE, 0644, &error))
		g_error("%s", error->message);
}

static void add_line(const char *dir, const char *name, const char *text)
{
	g_autofree char *line = g_strconcat(text, "\\n", NULL);

	add_file(dir, name, line);
}

static void add_link(const char *dir, const char *name, const char *target)
{
	g_autofree char *path = place(dir, name);

	if (symlink(target, path) < 0)
		g_error("%s: %s", path, g_strerror(errno));
}

/* ---- the words of a PCI function ---- */

static void add_pair(const char *dir, const char *pair, const char *first, const char *second)
{
	g_auto(GStrv) ids = g_strsplit(pair, ":", 2);
	g_autofree char *vendor = g_strconcat("0x", ids[0], NULL);
	g_autofree char *product = g_strconcat("0x", ids[1], NULL);

	add_line(dir, first, vendor);
	add_line(dir, second, product);
}

static void add_id(struct making *self, const char *value)
{
	add_pair(self->device, value, "vendor", "device");
}

static void add_sub(struct making *self, const char *value)
{
	add_pair(self->device, value, "subsystem_vendor", "subsystem_device");
}

static void add_driver(struct making *self, const char *value)
{
	g_autofree char *target = g_build_filename("../../drivers", value, NULL);
	g_autofree char *folder = g_build_filename(self->root, "/sys/bus/pci/drivers", value, NULL);

	add_folder(folder);
	add_link(self->device, "driver", target);
}

static void add_group(struct making *self, const char *value)
{
	g_autofree char *name = g_path_get_basename(self->device);
	g_autofree char *group = g_build_filename("/sys/kernel/iommu_groups", value, NULL);
	g_autofree char *devices = g_build_filename(self->root, group, "devices", NULL);
	g_autofree char *target = g_build_filename("../../../..", group, NULL);
	g_autofree char *back = g_build_filename("../../../../bus/pci/devices", name, NULL);

	add_link(self->device, "iommu_group", target);
	add_link(devices, name, back);
}

static void add_physfn(struct making *self, const char *value)
{
	g_autofree char *target = g_build_filename("..", value, NULL);

	add_link(self->device, "physfn", target);
}

static const struct {
	const char *name;
	void (*add)(struct making *self, const char *value);
} pci_words[] = {
	{ "driver", add_driver }, { "group", add_group }, { "id", add_id },
	{ "physfn", add_physfn }, { "sub", add_sub },
};

static void add_word(struct making *self, const char *word)
{
	g_auto(GStrv) pair = g_strsplit(word, "=", 2);

	if (!pair[0] || !pair[1])
		g_error("%s: want NAME=VALUE", word);
	for (size_t i = 0; i < G_N_ELEMENTS(pci_words); i++)
		if (strcmp(pair[0], pci_words[i].name) == 0) {
			pci_words[i].add(self, pair[1]);
			return;
		}
	add_line(self->device, pair[0], pair[1]);
}

/* ---- lines ---- */

static void take_pci(struct making *self, char **words)
{
	g_free(self->device);
	self->device = g_build_filename(self->root, "/sys/bus/pci/devices", words[1], NULL);
	add_folder(self->device);
	for (char **word = words + 2; *word; word++)
		add_word(self, *word);
}

static void take_output(struct making *self, char **words)
{
	g_autofree char *name = g_strdup_printf("drm/%s/%s-%s/status", words[1], words[1],
						words[2]);

	add_line(self->device, name, words[3]);
}

static void take_mdev(struct making *self, char **words)
{
	g_autofree char *dir = g_build_filename(self->device, "mdev_supported_types", words[1],
						NULL);

	add_folder(dir);
	for (char **word = words + 2; *word; word++) {
		g_auto(GStrv) pair = g_strsplit(*word, "=", 2);
		g_autofree char *made = g_strconcat("devices/", pair[1], NULL);
		if (strcmp(pair[0], "made") == 0)
			add_link(dir, made, "../../..");
		else if (strcmp(pair[0], "free") == 0)
			add_line(dir, "available_instances", pair[1]);
		else
			add_line(dir, pair[0], pair[1]);
	}
}

static void take_vgpu(struct making *self, char **words)
{
	g_autofree char *path = g_build_filename(self->device, "nvidia/creatable_vgpu_types", NULL);
	g_autofree char *before = NULL;

	if (!g_file_get_contents(path, &before, NULL, NULL))
		before = g_strdup("");
	g_autofree char *text = g_strdup_printf("%s%s : %s\n", before, words[1], words[2]);
	add_file(self->device, "nvidia/creatable_vgpu_types", text);
}

static void take_file(struct making *self, char **words)
{
	add_file(self->root, words[1], words[2]);
}

static void take_link(struct making *self, char **words)
{
	add_link(self->root, words[1], words[2]);
}

static void take_folder(struct making *self, char **words)
{
	g_autofree char *path = g_build_filename(self->root, words[1], NULL);

	add_folder(path);
}

static void take_many(struct making *self, char **words)
{
	g_autofree char *path = place(self->root, words[1]);
	size_t length = (size_t)g_ascii_strtoull(words[2], NULL, 10);
	g_autofree char *bytes = g_strnfill(length, 'x');
	g_autoptr(GError) error = NULL;

	if (!g_file_set_contents(path, bytes, (gssize)length, &error))
		g_error("%s", error->message);
}

/* Zeros up to the size, where there is one. */
static void take_bytes(struct making *self, char **words)
{
	g_autofree char *path = place(self->root, words[1]);
	size_t given = strlen(words[2]) / 2;
	size_t length = words[3] ? (size_t)g_ascii_strtoull(words[3], NULL, 10) : given;
	g_autofree char *bytes = g_malloc0(MAX(length, given) + 1);
	g_autoptr(GError) error = NULL;

	for (size_t i = 0; i < given; i++)
		bytes[i] = (char)(g_ascii_xdigit_value(words[2][2 * i]) << 4 |
				  g_ascii_xdigit_value(words[2][2 * i + 1]));
	if (!g_file_set_contents(path, bytes, (gssize)length, &error))
		g_error("%s", error->message);
}

static void take_pipe(struct making *self, char **words)
{
	g_autofree char *path = place(self->root, words[1]);

	g_unlink(path);
	if (mkfifo(path, 0644) < 0)
		g_error("%s: %s", path, g_strerror(errno));
}

static void take_mode(struct making *self, char **words)
{
	g_autofree char *path = g_build_filename(self->root, words[1], NULL);

	if (g_chmod(path, (int)g_ascii_strtoull(words[2], NULL, 8)) < 0)
		g_error("%s: %s", path, g_strerror(errno));
}

static void remove_all(const char *path);

static void take_gone(struct making *self, char **words)
{
	g_autofree char *path = g_build_filename(self->root, words[1], NULL);

	remove_all(path);
}

static const struct {
	const char *name;
	unsigned words; /* at least */
	void (*take)(struct making *self, char **words);
} lines[] = {
	{ "bytes", 3, take_bytes }, { "file", 3, take_file }, { "folder", 2, take_folder },
	{ "gone", 2, take_gone },   { "link", 3, take_link }, { "many", 3, take_many },
	{ "mdev", 2, take_mdev },   { "mode", 3, take_mode }, { "output", 4, take_output },
	{ "pci", 2, take_pci },     { "pipe", 2, take_pipe }, { "vgpu", 3, take_vgpu },
};

static void take_line(struct making *self, const char *line)
{
	g_auto(GStrv) words = NULL;
	int count;

	if (!g_shell_parse_argv(line, &count, &words, NULL))
		return; /* empty, or a comment */
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
		if (strcmp(words[0], lines[i].name) == 0 && (unsigned)count >= lines[i].words) {
			lines[i].take(self, words);
			return;
		}
	g_error("made-up computers have no \"%s\"", line);
}

char *sysroot_make(const char *description)
{
	/* Thousands of little files: in memory, where there is some. */
	bool memory = access("/dev/shm", W_OK) == 0;
	char *root = g_build_filename(memory ? "/dev/shm" : g_get_tmp_dir(), "oriel-sysroot-XXXXXX",
				      NULL);

	if (!g_mkdtemp(root))
		g_error("%s: %s", root, g_strerror(errno));
	struct making making = { .root = root };
	g_auto(GStrv) all = g_strsplit(description, "\n", -1);
	for (char **line = all; *line; line++)
		take_line(&making, *line);
	g_free(making.device);
	return root;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

/* What nobody may enter is opened first. */
static int open_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_D || type == FTW_DNR)
		(void)!chmod(path, stat->st_mode | 0700);
	return 0;
}

static void remove_all(const char *path)
{
	nftw(path, open_one, 16, FTW_PHYS);
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void sysroot_remove(char *root)
{
	if (!root)
		return;
	remove_all(root);
	g_free(root);
}
