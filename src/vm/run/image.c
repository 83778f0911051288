#include "vm/run/image.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm/paths.h"
#include "vm/run/child.h"

/* What image.sh writes the initramfs to, as it sees it. */
#define INITRD_FD 9

struct making {
	gboolean done;
	char *kernel;
	GError *error;
};

static void made(GObject *source, GAsyncResult *result, gpointer data)
{
	GSubprocess *script = G_SUBPROCESS(source);
	struct making *self = data;
	g_subprocess_communicate_utf8_finish(script, result, &self->kernel, NULL, &self->error);
	if (!self->error)
		g_subprocess_wait_check(script, NULL, &self->error);
	self->done = TRUE;
}

/* image.sh cleans up on SIGTERM; it gets one too if we die. */
static GSubprocess *spawn_script(const char *kind, int initrd, GError **error)
{
	const char *program = strcmp(kind, "pattern") ? "oriel-guest" : "oriel-guest-static";
	g_autofree char *script = path_of_data("demo/image.sh");
	g_autofree char *guest = path_of_program(program);
	g_autofree char *init = path_of_program("oriel-demo-init");
	if (!script || !guest || !init) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s is neither beside this program nor in the build tree it lies in",
			    !script  ? "share/oriel/demo/image.sh"
			    : !guest ? program
				     : "oriel-demo-init");
		return NULL;
	}
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGTERM);
	g_autofree char *target = g_strdup_printf("/proc/self/fd/%d", INITRD_FD);
	g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	g_subprocess_launcher_setenv(launcher, "ORIEL_INIT", init, TRUE);
	g_subprocess_launcher_setenv(launcher, "ORIEL_GUEST", guest, TRUE);
	child_give_fd(launcher, initrd, INITRD_FD);
	return g_subprocess_launcher_spawn(launcher, error, "sh", script, kind, target, NULL);
}

static gboolean run_script(struct image *self, const char *kind, GCancellable *cancel,
			   GError **error)
{
	struct making making = { 0 };
	GSubprocess *script = spawn_script(kind, self->initrd, error);
	if (!script)
		return FALSE;
	g_subprocess_communicate_utf8_async(script, NULL, cancel, made, &making);
	while (!making.done)
		g_main_context_iteration(NULL, TRUE);
	child_end(script, SIGTERM);
	if (making.error) {
		g_propagate_prefixed_error(error, making.error, "making the guest: ");
		g_free(making.kernel);
		return FALSE;
	}
	self->kernel = g_strchomp(making.kernel);
	return TRUE;
}

gboolean image_make(struct image *out, const char *kind, GCancellable *cancel, GError **error)
{
	struct image image = { NULL, memfd_create("oriel-initrd", MFD_CLOEXEC) };
	if (image.initrd < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "memfd: %s",
			    g_strerror(errno));
		return FALSE;
	}
	if (!run_script(&image, kind, cancel, error)) {
		image_finish(&image);
		return FALSE;
	}
	*out = image;
	return TRUE;
}

void image_finish(struct image *self)
{
	g_clear_pointer(&self->kernel, g_free);
	if (self->initrd >= 0)
		close(self->initrd);
	self->initrd = -1;
}
