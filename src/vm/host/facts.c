#include "vm/host/facts.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/host/devices.h"
#include "vm/host/size.h"
#include "vm/paths.h"
#include "vm/run/kvm_probe.h"

#define VERSION_WAIT_US (2 * G_USEC_PER_SEC)

static enum facts_cpu read_cpu(const char *sysroot)
{
	g_autofree char *path = g_build_filename(sysroot, "/proc/cpuinfo", NULL);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return FACTS_CPU_OTHER;
	return strstr(text, "GenuineIntel")   ? FACTS_CPU_INTEL
	       : strstr(text, "AuthenticAMD") ? FACTS_CPU_AMD
					      : FACTS_CPU_OTHER;
}

/* "QEMU emulator version 7.2.22 (Debian ...)"; a program that says nothing is killed. */
static gboolean on_late(gpointer data)
{
	g_subprocess_force_exit(data);
	return G_SOURCE_REMOVE;
}

static unsigned ask_version(const char *qemu)
{
	g_autoptr(GSubprocess) process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE |
								  G_SUBPROCESS_FLAGS_STDERR_SILENCE,
							  NULL, qemu, "--version", NULL);
	g_autofree char *text = NULL;

	if (!process)
		return 0;
	unsigned timer = g_timeout_add(VERSION_WAIT_US / 1000, on_late, process);
	gboolean said = g_subprocess_communicate_utf8(process, NULL, NULL, &text, NULL, NULL);
	g_source_remove(timer);
	const char *version = said && text ? strstr(text, "version ") : NULL;
	return version ? (unsigned)strtoul(version + strlen("version "), NULL, 10) : 0;
}

static bool depends_on_version(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++)
		if (((const struct vm_gpu *)vm->gpus->pdata[i])->mode == VM_GPU_VENUS)
			return true;
	return vm->sound.kind == VM_SOUND_PIPEWIRE;
}

static char *state_folder(void)
{
	const char *set = g_getenv("XDG_STATE_HOME");

	return set && *set == '/'
		       ? g_build_filename(set, "oriel", NULL)
		       : g_build_filename(g_get_home_dir(), ".local", "state", "oriel", NULL);
}

/* A bridge may lead to another computer's machines of the same names. */
static char *whose(const char *sysroot)
{
	g_autofree char *path = g_build_filename(sysroot, "/etc/machine-id", NULL);
	g_autofree char *id = NULL;

	if (!g_file_get_contents(path, &id, NULL, NULL) || !*g_strstrip(id))
		return NULL;
	return g_strdup_printf("%s %u", id, getuid());
}

/* Without the demo's remedy. */
static char *ask_kvm(void)
{
	const char *why = kvm_probe();

	return why ? g_strndup(why, strcspn(why, ";")) : NULL;
}

struct facts *host_facts(const char *sysroot, const struct vm *vm)
{
	struct facts *self = g_new0(struct facts, 1);

	self->kvm = ask_kvm();
	self->cpu = read_cpu(sysroot);
	self->qemu = g_find_program_in_path("qemu-system-x86_64");
	self->qemu_img = g_find_program_in_path("qemu-img");
	self->swtpm = g_find_program_in_path("swtpm");
	self->oriel = g_file_read_link("/proc/self/exe", NULL);
	if (self->qemu && depends_on_version(vm))
		self->qemu_major = ask_version(self->qemu);
	self->firmwares = host_firmwares(sysroot, "/usr/share/qemu/firmware");
	self->devices = host_devices(sysroot);
	self->run = g_build_filename(g_get_user_runtime_dir(), "oriel", NULL);
	self->state = state_folder();
	self->home = whose(sysroot);
	self->memory = host_memory(sysroot);
	return self;
}

void host_facts_free(struct facts *self)
{
	if (!self)
		return;
	g_free(self->kvm);
	g_free(self->qemu);
	g_free(self->qemu_img);
	g_free(self->swtpm);
	g_free(self->oriel);
	g_ptr_array_unref(self->firmwares);
	g_ptr_array_unref(self->devices);
	g_free(self->run);
	g_free(self->state);
	g_free(self->home);
	g_free(self);
}
