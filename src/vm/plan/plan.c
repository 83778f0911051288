#include "vm/plan/plan.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/un.h>

#include "vm/plan/build.h"

/* ---- putting it together ---- */

void plan_option(struct plan *self, const char *why, const char *name, const char *value)
{
	struct plan_option *option = g_new(struct plan_option, 1);

	*option = (struct plan_option){ g_strdup(name), g_strdup(value), g_strdup(why) };
	g_ptr_array_add(self->options, option);
}

void plan_option_first(struct plan *self, const char *why, const char *name, const char *value)
{
	plan_option(self, why, name, value);
	gpointer last = g_ptr_array_steal_index(self->options, self->options->len - 1);
	g_ptr_array_insert(self->options, 0, last);
}

void plan_optionf(struct plan *self, const char *why, const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *value = g_strdup_vprintf(format, args);
	va_end(args);
	plan_option(self, why, name, value);
}

void plan_device(struct plan *self, const struct vm *vm, const char *why, const char *device, ...)
{
	va_list args;

	va_start(args, device);
	g_autofree char *value = g_strdup_vprintf(device, args);
	va_end(args);
	if (vm->machine.chipset == VM_I440FX) {
		plan_option(self, why, "-device", value);
		return;
	}
	unsigned port = ++self->ports;
	plan_optionf(self, "a port for the next one", "-device",
		     "pcie-root-port,id=port%u,bus=pcie.0,chassis=%u,slot=%u", port, port, port);
	plan_optionf(self, why, "-device", "%s,bus=port%u", value, port);
}

void plan_step(struct plan *self, enum step_kind kind, const char *path, const char *const *words,
	       const char *why)
{
	struct step *step = g_new(struct step, 1);

	*step = (struct step){ kind, g_strdup(path),
			       words ? g_strdupv((char **)words) : g_new0(char *, 1),
			       g_strdup(why) };
	g_ptr_array_add(self->steps, step);
}

void plan_note(struct plan *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(self->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

char *plan_file(const struct plan *self, const char *name)
{
	return g_build_filename(self->folder, name, NULL);
}

/* ---- a whole one ---- */

static void option_free(gpointer data)
{
	struct plan_option *option = data;

	g_free(option->name);
	g_free(option->value);
	g_free(option->why);
	g_free(option);
}

static void step_free(gpointer data)
{
	struct step *step = data;

	g_free(step->path);
	g_strfreev(step->words);
	g_free(step->why);
	g_free(step);
}

static void add_qemu(struct plan *self, const struct vm *vm, const struct facts *facts)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();

	g_ptr_array_add(words, facts->qemu);
	for (unsigned i = 0; i < self->options->len; i++) {
		const struct plan_option *option = self->options->pdata[i];
		g_ptr_array_add(words, option->name);
		if (option->value)
			g_ptr_array_add(words, option->value);
	}
	for (char **word = vm->qemu; *word; word++)
		g_ptr_array_add(words, *word);
	g_ptr_array_add(words, NULL);
	plan_step(self, STEP_QEMU, self->monitor, (const char *const *)words->pdata, "the machine");
}

static gboolean add_parts(struct plan *self, const struct vm *vm, const struct facts *facts,
			  GError **error)
{
	static const plan_part parts[] = { plan_machine, plan_cpu,     plan_storage, plan_network,
					   plan_gpu,     plan_display, plan_hands };

	plan_step(self, STEP_FOLDER, self->folder, NULL, "for the machine's sockets");
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (!parts[i](self, vm, facts, error))
			return FALSE;
	return TRUE;
}

/* What can fail without root does so before anything of this computer has changed. */
static gint root_last(gconstpointer a, gconstpointer b)
{
	const struct step *one = *(struct step *const *)a, *other = *(struct step *const *)b;

	return (one->kind == STEP_ROOT) - (other->kind == STEP_ROOT);
}

static gboolean check_computer(const struct vm *vm, const struct facts *facts, GError **error)
{
	size_t length = strlen(facts->run) + strlen(vm->name) + strlen("//console");

	if (!facts->qemu)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "there is no qemu-system-x86_64; install QEMU (Debian: "
			    "qemu-system-x86)");
	else if (length >= sizeof(((struct sockaddr_un *)0)->sun_path))
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
			    "%s/%s is too long for sockets; set XDG_RUNTIME_DIR to a shorter "
			    "folder",
			    facts->run, vm->name);
	else
		return TRUE;
	return FALSE;
}

struct plan *plan_make(const struct vm *vm, const struct facts *facts, GError **error)
{
	if (!check_computer(vm, facts, error))
		return NULL;
	struct plan *self = g_new0(struct plan, 1);
	self->steps = g_ptr_array_new_with_free_func(step_free);
	self->options = g_ptr_array_new_with_free_func(option_free);
	self->devices = g_ptr_array_new_with_free_func(g_free);
	self->notes = g_ptr_array_new_with_free_func(g_free);
	self->folder = g_build_filename(facts->run, vm->name, NULL);
	self->monitor = plan_file(self, "qmp");
	if (!add_parts(self, vm, facts, error)) {
		plan_free(self);
		return NULL;
	}
	g_ptr_array_sort(self->steps, root_last); /* equals stay in order */
	add_qemu(self, vm, facts);
	return self;
}

void plan_free(struct plan *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->steps);
	g_ptr_array_unref(self->options);
	g_ptr_array_unref(self->notes);
	g_ptr_array_unref(self->devices);
	g_free(self->folder);
	g_free(self->memory);
	g_free(self->spice);
	g_free(self->monitor);
	g_free(self);
}

/* ---- what auto means ---- */

bool plan_has_device(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++)
		if (((const struct vm_gpu *)vm->gpus->pdata[i])->mode < VM_GPU_VIRGL)
			return true;
	return false;
}

bool plan_has_primary(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++) {
		const struct vm_gpu *gpu = vm->gpus->pdata[i];
		if (gpu->mode < VM_GPU_VIRGL && gpu->primary)
			return true;
	}
	return false;
}

bool plan_is_windows(const struct vm *vm)
{
	return vm->os == VM_WINDOWS11 || vm->os == VM_WINDOWS10;
}

enum vm_firmware plan_firmware(const struct vm *vm)
{
	if (vm->machine.firmware != VM_FIRMWARE_AUTO)
		return vm->machine.firmware;
	return vm->os == VM_WINDOWS11             ? VM_UEFI_SECURE
	       : vm->machine.chipset == VM_I440FX ? VM_BIOS
						  : VM_UEFI;
}

bool plan_has_tpm(const struct vm *vm)
{
	return vm->machine.tpm == VM_YES || (vm->machine.tpm == VM_AUTO && vm->os == VM_WINDOWS11);
}
