#include "vm/run/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vm/run/child.h"
#include "vm/run/hooks.h"
#include "vm/run/keeper_impl.h"
#include "vm/run/leftovers.h"
#include "vm/run/pins.h"

/* For processes to end that were killed: half a minute, as large guests' memory takes a while. */
#define ENDING_TRIES 3000
#define ENDING_US    10000
#define ASKING_MS    10000 /* for the terminal to be made ready for polkit's questions */

/* ---- what a person sees ---- */

void keeper_say(struct keeper *self, const char *what, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *how = g_strdup_vprintf(format, args);
	va_end(args);
	teller_say(&self->teller, what, how);
	if (self->journal) {
		g_autofree char *line = g_strdup_printf("%s %s", what, how);
		journal_write(self->journal, "oriel", line);
	}
}

static void on_done(void *data, const char *what, const char *how)
{
	keeper_say(data, what, "%s", how);
}

/* Once QEMU said that it ends, those beside it may be quicker. */
static void on_lost(void *data, const char *what, const char *words)
{
	struct keeper *self = data;

	if (!self->reason)
		keeper_say(self, what, "has ended, which it should not%s", words);
}

static void report(const struct keeper *self, const char *format, int value)
{
	if (self->params.report >= 0)
		dprintf(self->params.report, format, value);
}

/* Who started us may have a terminal to answer polkit at, and sees to that now. */
static void on_asking(void *data)
{
	const struct keeper *self = data;
	struct pollfd seen = { self->params.report, POLLIN, 0 };
	char byte;

	if (self->params.report < 0 || geteuid() == 0)
		return;
	report(self, "asks\n", 0);
	if (poll(&seen, 1, ASKING_MS) == 1 && read(seen.fd, &byte, 1) < 0)
		return; /* polkit will tell what is lacking */
}

/* ---- what is this machine's alone ---- */

static gboolean make_folder(const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0700) == 0)
		return TRUE;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
		    g_strerror(errno));
	return FALSE;
}

static gboolean refuse_second(const struct keeper *self, const char *path, GError **error)
{
	g_autofree char *holder = lock_holder(path);

	g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
		    "%s runs already, by process %s; oriel view %s shows it, oriel down %s ends it",
		    self->name, holder ? holder : "?", self->name, self->name);
	return FALSE;
}

/* Those of one that was killed are about to end. */
static struct lock *await_lock(struct keeper *self, const char *path, GError **error)
{
	g_autofree char *text = g_strdup_printf("%d", (int)getpid());
	struct lock *lock = lock_take(path, text, NULL);

	for (int i = 0; !lock && register_is_ending(self->name) && i < ENDING_TRIES; i++) {
		g_usleep(ENDING_US);
		lock = lock_take(path, text, NULL);
	}
	return lock ? lock : lock_take(path, text, error);
}

static gboolean take_lock(struct keeper *self, GError **error)
{
	g_autofree char *path = register_file(self->name, "lock");
	g_autoptr(GError) why = NULL;

	if (!make_folder(self->params.plan->folder, error))
		return FALSE;
	self->lock = await_lock(self, path, &why);
	if (!self->lock && g_error_matches(why, G_IO_ERROR, G_IO_ERROR_BUSY))
		return refuse_second(self, path, error);
	if (!self->lock)
		g_propagate_error(error, g_steal_pointer(&why));
	return self->lock != NULL;
}

static gboolean open_journal(struct keeper *self, GError **error)
{
	g_autofree char *folder = register_state(self->name);
	g_autofree char *path = g_build_filename(folder, "log", NULL);

	self->journal = journal_open(path, error);
	return self->journal != NULL;
}

static gboolean hold(struct keeper *self, GError **error)
{
	bool before = leftovers_found(self->name);

	if (!take_lock(self, error) || !open_journal(self, error))
		return FALSE;
	if (before)
		keeper_say(self, "leftovers", "of an earlier start are removed");
	if (!leftovers_clean(self->name, error))
		return FALSE;
	self->uses = uses_take(self->params.vm, self->params.plan, error);
	return self->uses != NULL;
}

/* What passthrough needs is a hard limit that somebody raised; the soft one is ours. */
static void raise_memlock(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

/* QEMU would make it readable for all. */
static gboolean make_memory(const struct keeper *self, GError **error)
{
	const char *path = self->params.plan->memory;
	uint64_t size = plan_memory_size(&self->params.vm->display);

	if (!path || !g_str_has_prefix(path, REGISTER_MEMORY))
		return TRUE;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	gboolean made = fd >= 0 && ftruncate(fd, (off_t)size) == 0;
	if (fd < 0 && errno == EEXIST) /* ours would have been removed as a leftover */
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
			    "%s belongs to another user's machine of that name; give this one "
			    "another name",
			    path);
	else if (!made)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
			    g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return made;
}

/* ---- start ---- */

static gboolean run_hooks(struct keeper *self, const char *which, const GPtrArray *commands,
			  GCancellable *cancel, GError **error)
{
	const struct hooks hooks = { self->journal, self->name, cancel };

	if (hooks_run(&hooks, commands, error))
		return TRUE;
	g_prefix_error(error, "hooks, %s: ", which);
	return FALSE;
}

static gboolean do_steps(struct keeper *self, GError **error)
{
	const struct steps_params params = {
		.machine = self->name,
		.journal = self->journal,
		.cancel = self->cancel,
		.lock = lock_fd(self->lock),
		.done = on_done,
		.lost = on_lost,
		.asking = on_asking,
		.data = self,
	};
	const GPtrArray *steps = self->params.plan->steps;

	self->steps = steps_create(&params);
	for (unsigned i = 0; i + 1 < steps->len; i++)
		if (!steps_do(self->steps, steps->pdata[i], error))
			return FALSE;
	return TRUE;
}

static int qemu_pid(const struct keeper *self)
{
	const char *pid = g_subprocess_get_identifier(self->qemu);

	return pid ? atoi(pid) : 0;
}

static void make_record(struct keeper *self)
{
	const struct plan *plan = self->params.plan;

	self->record = (struct record){
		.name = (char *)self->name,
		.file = (char *)self->params.file,
		.memory = plan->memory,
		.spice = plan->spice,
		.pid = getpid(),
		.started = g_get_real_time() / G_USEC_PER_SEC,
	};
}

static void tell_times(struct keeper *self)
{
	double before = (double)(self->exec_us - self->params.began_us) / 1000;
	double qemu = (double)(self->ready_us - self->exec_us) / 1000;
	double after = (double)(self->running_us - self->ready_us) / 1000;

	if (self->params.times)
		keeper_say(self, "time",
			   "%.0f ms until QEMU was run, %.0f ms of its own, %.0f ms "
			   "from there: %.0f ms added",
			   before, qemu, after, before + after);
}

static void announce(struct keeper *self)
{
	self->running = true;
	self->running_us = g_get_monotonic_time();
	keeper_say(self, self->name, "%s, process %d%s", self->paused ? "is paused" : "runs",
		   qemu_pid(self), self->params.detached ? "" : "; Ctrl-C asks it to shut down");
	tell_times(self);
}

void keeper_leave_terminal(struct keeper *self)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	g_clear_handle_id(&self->sources[3], g_source_remove);
	fflush(stderr);
	dup2(nowhere, STDERR_FILENO);
	if (self->params.report >= 0)
		dup2(nowhere, self->params.report);
	close(nowhere);
}

static void tell_notes(struct keeper *self)
{
	const GPtrArray *notes = self->params.plan->notes;

	for (unsigned i = 0; i < notes->len; i++)
		keeper_say(self, "note", "%s", (const char *)notes->pdata[i]);
}

static gboolean start(struct keeper *self, GError **error)
{
	const struct vm *vm = self->params.vm;
	g_autoptr(GError) why = NULL;

	tell_notes(self);
	raise_memlock();
	if (!run_hooks(self, "before-start", vm->hooks.before_start, self->cancel, error) ||
	    !make_memory(self, error) || !do_steps(self, error) ||
	    !keeper_start_qemu(self, error) ||
	    !pins_set(self->qmp, qemu_pid(self), &vm->cpu, error))
		return FALSE;
	make_record(self);
	if (!record_write(&self->record, error))
		return FALSE;
	register_remember(self->name, self->params.file);
	announce(self);
	keeper_open_view(self);
	if (!run_hooks(self, "after-start", vm->hooks.after_start, self->cancel, &why))
		keeper_say(self, "hooks", "%s; %s runs on", why->message, self->name);
	report(self, "running\n", 0); /* all is said: who waits for no more goes */
	if (self->params.detached)
		keeper_leave_terminal(self);
	return TRUE;
}

/* ---- end ---- */

/* Why QEMU ended by itself, in words; NULL: that is for keeper_explain(). */
static const char *ending(const struct keeper *self)
{
	static const struct {
		const char *reason, *words;
	} endings[] = {
		{ "guest-shutdown", "has shut down" },
		{ "guest-reset", "has ended instead of starting again (-no-reboot)" },
		{ "guest-panic", "has crashed" },
		{ "host-qmp-quit", "was switched off" },
		{ "host-signal", "was switched off" },
		{ "host-ui", "was switched off at its window" },
	};

	if (self->cut)
		return "was switched off";
	if (!g_subprocess_get_if_exited(self->qemu) || g_subprocess_get_exit_status(self->qemu))
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
		if (g_strcmp0(endings[i].reason, self->reason) == 0)
			return endings[i].words;
	return "has ended";
}

static void stop_qemu(struct keeper *self)
{
	if (self->qemu && !self->ended)
		child_end(g_object_ref(self->qemu), SIGTERM);
	if (self->qemu)
		while (!self->ended) /* its end is on its way to us */
			g_main_context_iteration(NULL, TRUE);
	qmp_destroy(self->qmp);
	self->qmp = NULL;
}

/* In the reverse order of start(). Others may take the folder as soon as the lock is gone. */
static void finish(struct keeper *self)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = register_run(self->name);

	keeper_close_view(self);
	stop_qemu(self);
	if (self->steps)
		steps_undo(self->steps, !self->running);
	if (self->uses && !leftovers_clean(self->name, &error))
		keeper_say(self, "leftovers", "stay: %s", error->message);
	g_clear_error(&error);
	if (self->uses &&
	    !run_hooks(self, "after-stop", self->params.vm->hooks.after_stop, NULL, &error))
		keeper_say(self, "hooks", "%s", error->message);
	uses_release(self->uses);
	if (self->lock) {
		lock_release(self->lock);
		g_rmdir(folder);
	}
	keeper_listen_no_more(self);
	steps_free(self->steps);
	journal_close(self->journal);
	g_clear_object(&self->qemu);
	g_clear_object(&self->cancel);
	g_free(self->reason);
}

static void complain(struct keeper *self, const GError *error)
{
	fprintf(stderr, "oriel up: %s: %s\n", self->name, error->message);
	if (!self->journal)
		return;
	journal_write(self->journal, "oriel", error->message);
	fprintf(stderr, "  its log: %s\n", journal_path(self->journal));
}

/* From start to end: an exit status. */
static int live(struct keeper *self)
{
	g_autoptr(GError) error = NULL;

	if (start(self, &error)) {
		while (!self->ended)
			g_main_context_iteration(NULL, TRUE);
		const char *words = ending(self);
		if (words) {
			keeper_say(self, self->name, "%s", words);
			return 0;
		}
		keeper_explain(self, &error);
	}
	if (self->presses || self->must_end) {
		keeper_say(self, self->name, "was not started");
		return 130;
	}
	complain(self, error);
	return 1;
}

int keeper_run(const struct keeper_params *params)
{
	struct keeper self = { .params = *params, .name = params->vm->name };
	g_autoptr(GError) error = NULL;
	int status = 1;

	signal(SIGPIPE, SIG_IGN); /* that nobody reads what we say is no reason to drop a guest */
	self.cancel = g_cancellable_new();
	report(&self, "pid %d\n", (int)getpid());
	keeper_listen(&self);
	if (hold(&self, &error))
		status = live(&self);
	else
		fprintf(stderr, "oriel up: %s\n", error->message);
	finish(&self);
	return status;
}
