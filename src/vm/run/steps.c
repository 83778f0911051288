#include "vm/run/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/run/child.h"
#include "vm/run/helper.h"
#include "vm/run/program.h"
#include "vm/run/sockets.h"

#define SERVE_PATIENCE_MS 10000

/* Something that was done. */
struct deed {
	enum step_kind kind;
	char *path;
	char *what;           /* the step's reason */
	GSubprocess *process; /* STEP_SERVE */
	gboolean ended, expected;
	struct steps *steps;
};

struct opened {
	int fd, as;
};

struct steps {
	struct steps_params params;
	GPtrArray *deeds;
	GArray *opened; /* struct opened */
	struct helper *helper;
};

struct steps *steps_create(const struct steps_params *params)
{
	struct steps *self = g_new0(struct steps, 1);

	self->params = *params;
	self->deeds = g_ptr_array_new();
	self->opened = g_array_new(FALSE, FALSE, sizeof(struct opened));
	return self;
}

static void tell(const struct steps *self, const char *what, const char *how)
{
	if (self->params.done)
		self->params.done(self->params.data, what, how);
}

static struct deed *note(struct steps *self, const struct step *step, const char *path)
{
	struct deed *deed = g_new0(struct deed, 1);

	deed->kind = step->kind;
	deed->path = g_strdup(path);
	deed->what = g_strdup(step->why);
	deed->steps = self;
	g_ptr_array_add(self->deeds, deed);
	return deed;
}

static void deed_free(struct deed *self)
{
	g_clear_object(&self->process);
	g_free(self->path);
	g_free(self->what);
	g_free(self);
}

static gboolean fail(GError **error, const char *path)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
		    g_strerror(errno));
	return FALSE;
}

/* ---- folders ---- */

/* In the run folder others would be within reach of the guest's sockets. */
static gboolean check_folder(const char *path, GError **error)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return fail(error, path);
	if (S_ISDIR(status.st_mode) && status.st_uid == getuid() && !(status.st_mode & 0022))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		    "%s is not a folder that is yours alone to write in; remove it", path);
	return FALSE;
}

static gboolean do_folder(struct steps *self, const struct step *step, GError **error)
{
	g_autofree char *above = g_path_get_dirname(step->path);

	if (g_mkdir_with_parents(above, 0700) != 0)
		return fail(error, above);
	if (g_mkdir(step->path, 0700) == 0)
		note(self, step, step->path);
	else if (errno != EEXIST)
		return fail(error, step->path);
	return check_folder(step->path, error);
}

/* ---- files ---- */

static gboolean do_disk(struct steps *self, const struct step *step, GError **error)
{
	if (g_file_test(step->path, G_FILE_TEST_EXISTS))
		return TRUE;
	g_autofree char *folder = g_path_get_dirname(step->path);
	if (g_mkdir_with_parents(folder, 0755) != 0)
		return fail(error, folder);
	if (!program_run(self->params.journal, self->params.machine, step->words,
			 self->params.cancel, error))
		return FALSE;
	if (!g_file_test(step->path, G_FILE_TEST_EXISTS)) {
		errno = ENOENT;
		return fail(error, step->path);
	}
	tell(self, step->why, step->path);
	return TRUE;
}

/* Whole or not at all. */
static gboolean do_copy(struct steps *self, const struct step *step, GError **error)
{
	g_autofree char *text = NULL;
	gsize length;

	if (g_file_test(step->path, G_FILE_TEST_EXISTS))
		return TRUE;
	if (!g_file_get_contents(step->words[0], &text, &length, error) ||
	    !g_file_set_contents_full(step->path, text, (gssize)length,
				      G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
		return FALSE;
	note(self, step, step->path);
	return TRUE;
}

/* ---- programs beside QEMU ---- */

static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	struct deed *deed = data;

	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	deed->ended = TRUE;
	if (!deed->expected && deed->steps && deed->steps->params.lost) {
		struct steps *self = deed->steps;
		journal_drain(self->params.journal);
		g_autofree char *words = journal_last(self->params.journal, deed->what);
		self->params.lost(self->params.data, deed->what, words);
	}
	if (!deed->steps)
		deed_free(deed); /* its end was awaited by nobody else */
}

static gboolean serves(struct steps *self, struct deed *deed, GError **error)
{
	if (sockets_await(deed->path, &deed->ended, SERVE_PATIENCE_MS))
		return TRUE;
	journal_drain(self->params.journal);
	g_autofree char *words = journal_last(self->params.journal, deed->what);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "it %s %s%s%s",
		    deed->ended ? "ended before it listened at" : "does not listen at", deed->path,
		    *words ? "; its last words:" : "", words);
	return FALSE;
}

static GSubprocess *spawn(struct steps *self, const struct step *step, GError **error)
{
	g_autoptr(GSubprocessLauncher)
		launcher = program_launcher(self->params.journal, step->why, SIGTERM, error);

	if (!launcher)
		return NULL;
	child_give_fd(launcher, self->params.lock, CHILD_LOCK_FD);
	return g_subprocess_launcher_spawnv(launcher, (const char *const *)step->words, error);
}

static gboolean do_serve(struct steps *self, const struct step *step, GError **error)
{
	g_autoptr(GSubprocess) process = spawn(self, step, error);

	if (!process)
		return FALSE;
	struct deed *deed = note(self, step, step->path);
	deed->process = g_object_ref(process);
	deed->expected = TRUE; /* while it starts, its end is told by what waits */
	g_subprocess_wait_async(process, NULL, on_end, deed);
	if (!serves(self, deed, error))
		return FALSE;
	deed->expected = FALSE;
	return TRUE;
}

/* ---- what needs root ---- */

static gboolean open_for_qemu(struct steps *self, const char *path, const char *as, GError **error)
{
	struct opened opened = { open(path, O_RDWR | O_CLOEXEC), atoi(as) };

	if (opened.fd < 0)
		return fail(error, path);
	g_array_append_val(self->opened, opened);
	return TRUE;
}

static gboolean do_root(struct steps *self, const struct step *step, GError **error)
{
	g_autofree char *value = NULL;

	if (!self->helper && self->params.asking)
		self->params.asking(self->params.data);
	if (!self->helper && !(self->helper = helper_start(self->params.machine, error)))
		return FALSE;
	if (!helper_ask(self->helper, step->words, &value, error))
		return FALSE;
	g_autofree char *words = g_strjoinv(" ", step->words);
	tell(self, step->why, words);
	return !step->path || open_for_qemu(self, value, step->path, error);
}

/* ---- all of them ---- */

gboolean steps_do(struct steps *self, const struct step *step, GError **error)
{
	static gboolean (*const kinds[])(struct steps *, const struct step *, GError **) = {
		[STEP_FOLDER] = do_folder, [STEP_DISK] = do_disk,   [STEP_COPY] = do_copy,
		[STEP_ROOT] = do_root,     [STEP_SERVE] = do_serve,
	};

	if (g_cancellable_set_error_if_cancelled(self->params.cancel, error))
		return FALSE;
	if (kinds[step->kind](self, step, error))
		return TRUE;
	g_prefix_error(error, "%s: ", step->why);
	return FALSE;
}

void steps_give(struct steps *self, GSubprocessLauncher *launcher)
{
	for (unsigned i = 0; i < self->opened->len; i++) {
		const struct opened *opened = &g_array_index(self->opened, struct opened, i);
		child_give_fd(launcher, opened->fd, opened->as);
	}
}

static void undo(const struct deed *deed, gboolean failed)
{
	if (deed->kind == STEP_SERVE) {
		child_end(g_object_ref(deed->process), SIGTERM);
		g_unlink(deed->path);
	} else if (deed->kind == STEP_COPY && failed) {
		g_unlink(deed->path);
	} else if (deed->kind == STEP_FOLDER && failed) {
		g_rmdir(deed->path); /* if there is nothing in it */
	}
}

static void drop(struct deed *deed)
{
	deed->steps = NULL;
	if (!deed->process || deed->ended)
		deed_free(deed);
}

void steps_undo(struct steps *self, gboolean failed)
{
	g_autoptr(GError) error = NULL;

	for (unsigned i = self->deeds->len; i-- > 0;) {
		struct deed *deed = self->deeds->pdata[i];
		deed->expected = TRUE;
		undo(deed, failed);
		drop(deed);
	}
	g_ptr_array_set_size(self->deeds, 0);
	if (self->helper && !helper_end(self->helper, &error))
		tell(self, "devices of this computer", error->message);
	self->helper = NULL;
}

void steps_free(struct steps *self)
{
	if (!self)
		return;
	for (unsigned i = 0; i < self->opened->len; i++)
		close(g_array_index(self->opened, struct opened, i).fd);
	g_array_unref(self->opened);
	g_ptr_array_unref(self->deeds);
	g_free(self);
}
