#include "vm/doctor/patient.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/doctor/texts.h"
#include "vm/host/devices.h"
#include "vm/plan/devices.h"
#include "vm/plan/pick.h"

#define FILE_MAX  (1 << 20)
#define NAMES_MAX 4096

/* ---- files ---- */

static char *below(const struct patient *self, const char *path)
{
	return g_strconcat(self->sysroot, path, NULL);
}

/* Files of sysfs tell no size, so it is read until nothing comes. */
static char *read_text(int fd, int *error)
{
	g_autofree char *text = g_malloc(FILE_MAX + 1);
	size_t length = 0;
	ssize_t got = 1;

	while (got > 0 && length < FILE_MAX) {
		got = read(fd, text + length, FILE_MAX - length);
		length += got > 0 ? (size_t)got : 0;
	}
	if (got < 0) {
		*error = errno;
		return NULL;
	}
	for (size_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	return g_strndup(text, length);
}

char *patient_read(const struct patient *self, int *error, const char *path)
{
	g_autofree char *whole = below(self, path);
	int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int failed = fd < 0 ? errno : 0;
	struct stat found;
	char *text = NULL;

	if (fd >= 0 && (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)))
		failed = EISDIR;
	else if (fd >= 0)
		text = read_text(fd, &failed);
	if (fd >= 0)
		close(fd);
	if (error)
		*error = failed;
	return text;
}

char *patient_line(const struct patient *self, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *path = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	char *text = patient_read(self, NULL, path);
	if (text)
		text[strcspn(text, "\n")] = 0;
	return text ? g_strstrip(text) : NULL;
}

bool patient_has(const struct patient *self, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *path = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_autofree char *whole = below(self, path);
	return access(whole, F_OK) == 0;
}

bool patient_cpus(const struct patient *self, struct vm_cpus *out, const char *path)
{
	g_autofree char *text = patient_line(self, "%s", path);

	return text && texts_cpus(text, out);
}

bool patient_meminfo(const struct patient *self, const char *name, uint64_t *out)
{
	g_autofree char *text = patient_read(self, NULL, "/proc/meminfo");
	g_autofree char *value = text ? texts_field(text, name) : NULL;
	uint64_t kib;

	if (!value || !texts_number(value, &kib) || kib > UINT64_MAX >> 10)
		return false;
	*out = kib << 10;
	return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **patient_list(const struct patient *self, int *error, const char *folder)
{
	g_autofree char *whole = below(self, folder);
	GPtrArray *names = g_ptr_array_new();

	errno = 0;
	g_autoptr(GDir) dir = g_dir_open(whole, 0, NULL);
	if (error)
		*error = dir ? 0 : errno ? errno : ENOENT;
	const char *name;
	while (dir && names->len < NAMES_MAX && (name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

char *patient_read_all(const struct patient *self, const char *folder, const char *ending)
{
	g_auto(GStrv) names = patient_list(self, NULL, folder);
	GString *all = g_string_new(NULL);

	for (char **name = names; *name && all->len < FILE_MAX; name++) {
		g_autofree char *path = g_build_filename(folder, *name, NULL);
		g_autofree char *text = g_str_has_suffix(*name, ending)
						? patient_read(self, NULL, path)
						: NULL;
		if (text)
			g_string_append_printf(all, "%s\n", text);
	}
	return g_string_free(all, FALSE);
}

char *patient_link(const struct patient *self, const char *path)
{
	g_autofree char *whole = below(self, path);
	g_autofree char *where = g_file_read_link(whole, NULL);

	return where ? g_path_get_basename(where) : NULL;
}

int patient_access(const struct patient *self, const char *path, int mode)
{
	g_autofree char *whole = below(self, path);

	return faccessat(AT_FDCWD, whole, mode, AT_EACCESS) == 0 ? 0 : errno;
}

/* ---- GPUs ---- */

const char *short_address(const struct facts_device *device, char out[SHORT_ADDRESS])
{
	pci_address_format(&device->address, out);
	if (g_str_has_prefix(out, "0000:"))
		memmove(out, out + 5, strlen(out + 5) + 1);
	return out;
}

bool same_slot(const struct facts_device *a, const struct facts_device *b)
{
	return a->address.domain == b->address.domain && a->address.bus == b->address.bus &&
	       a->address.device == b->address.device;
}

static void add_gpu(struct patient *self, const struct vm_gpu *asked, unsigned number,
		    const struct facts_device *device, const char *missing)
{
	struct patient_gpu *gpu = g_new0(struct patient_gpu, 1);

	gpu->asked = asked;
	gpu->number = number;
	gpu->device = device;
	gpu->missing = g_strdup(missing);
	if (device)
		short_address(device, gpu->name);
	g_ptr_array_add(self->gpus, gpu);
}

static void gpu_free(gpointer data)
{
	struct patient_gpu *gpu = data;

	g_free(gpu->missing);
	g_free(gpu);
}

static void pick(struct patient *self, unsigned number)
{
	const struct vm_gpu *asked = self->vm->gpus->pdata[number];
	g_autoptr(GError) error = NULL;
	const struct facts_device *device = pick_device(&self->facts, asked, number, &error);

	add_gpu(self, asked, number, device, device ? NULL : error->message);
}

/* Without a machine: those that might be given away; all of them where the desktop has all. */
static void pick_any(struct patient *self)
{
	for (int desktops = 0; desktops < 2 && !self->gpus->len; desktops++)
		for (unsigned i = 0; i < self->facts.devices->len; i++) {
			const struct facts_device *device = self->facts.devices->pdata[i];
			if (device_is_gpu(device) && !device->is_vf &&
			    (desktops || !device->desktop))
				add_gpu(self, NULL, 0, device, NULL);
		}
}

static void find_gpus(struct patient *self)
{
	self->gpus = g_ptr_array_new_with_free_func(gpu_free);
	if (!self->vm) {
		pick_any(self);
		return;
	}
	for (unsigned i = 0; i < self->vm->gpus->len; i++)
		if (((const struct vm_gpu *)self->vm->gpus->pdata[i])->mode < VM_GPU_VIRGL)
			pick(self, i);
}

/* ---- the whole ---- */

static char *read_or_empty(const struct patient *self, const char *path)
{
	char *text = patient_read(self, NULL, path);

	return text ? text : g_strdup("");
}

static unsigned read_kernel(const struct patient *self)
{
	g_autofree char *release = patient_line(self, "/proc/sys/kernel/osrelease");
	unsigned major, minor;

	if (!release || sscanf(release, "%3u.%3u", &major, &minor) != 2)
		return 0;
	return major << 8 | (minor & 255);
}

void patient_init(struct patient *self, const char *sysroot, const struct vm *vm,
		  struct answers *answers)
{
	*self = (struct patient){ .sysroot = g_strdup(sysroot), .vm = vm, .answers = *answers };
	*answers = (struct answers){ 0 };
	self->cpuinfo = read_or_empty(self, "/proc/cpuinfo");
	self->cmdline = read_or_empty(self, "/proc/cmdline");
	self->kernel = read_kernel(self);
	self->facts.devices = host_devices(sysroot);
	find_gpus(self);
	system_look(&self->system, self);
}

void patient_finish(struct patient *self)
{
	answers_finish(&self->answers);
	system_finish(&self->system);
	g_ptr_array_unref(self->gpus);
	g_ptr_array_unref(self->facts.devices);
	g_free(self->cpuinfo);
	g_free(self->cmdline);
	g_free(self->sysroot);
}

/* ---- questions that many checks have ---- */

bool patient_has_mode(const struct patient *self, enum vm_gpu_mode mode)
{
	for (unsigned i = 0; self->vm && i < self->vm->gpus->len; i++)
		if (((const struct vm_gpu *)self->vm->gpus->pdata[i])->mode == mode)
			return true;
	return false;
}

bool patient_gives_gpu(const struct patient *self)
{
	return !self->vm || patient_has_mode(self, VM_GPU_PASSTHROUGH) ||
	       patient_has_mode(self, VM_GPU_SINGLE);
}

bool patient_shares(const struct patient *self)
{
	return !self->vm || self->gpus->len > 0;
}

bool patient_has_helper(const struct patient *self)
{
	return self->answers.helper && (self->answers.pkexec || self->answers.root);
}
