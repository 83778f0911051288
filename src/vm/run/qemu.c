#include "vm/run/qemu.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "vm/run/child.h"

#define PROGRAM "qemu-system-x86_64"

/* The descriptors as QEMU sees them. */
enum { MEMORY_FD = 20, INITRD_FD, CONSOLE_FD, MONITOR_FD };

#define LINE_MAX_BYTES 4096

struct qemu {
	GSubprocess *process;
	int console, monitor;
	guint console_source;
	GString *partial; /* a line whose end has not come yet */
	gboolean ended;
	void (*line)(void *data, const char *line);
	void *data;
};

static void take_line(struct qemu *self)
{
	g_strchomp(self->partial->str);
	if (self->line && self->partial->str[0])
		self->line(self->data, self->partial->str);
	g_string_truncate(self->partial, 0);
}

static void take_text(struct qemu *self, const char *text, gssize length)
{
	for (gssize i = 0; i < length; i++) {
		if (text[i] == '\n' || self->partial->len >= LINE_MAX_BYTES)
			take_line(self);
		else if ((guchar)text[i] >= ' ' || text[i] == '\t') /* a guest may send anything */
			g_string_append_c(self->partial, text[i]);
	}
}

static gboolean console_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct qemu *self = data;
	char text[4096];
	gssize length = read(fd, text, sizeof(text));
	(void)condition;
	if (length > 0) {
		take_text(self, text, length);
		return G_SOURCE_CONTINUE;
	}
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	take_line(self);
	self->ended = TRUE;
	self->console_source = 0;
	return G_SOURCE_REMOVE;
}

/* On a busy machine an emulated kernel may measure its clock wrongly by a factor of ten and more,
 * and does not notice: it is told instead. */
static char *kernel_command_line(bool emulated, const char *const *command)
{
	GString *line = g_string_new("quiet console=ttyS0 tsc=reliable mitigations=off panic=-1");
	if (emulated)
		g_string_append_printf(line, " tsc_early_khz=%u", clock_tsc_khz());
	g_string_append(line, " --");
	for (; *command; command++)
		g_string_append_printf(line, " %s", *command);
	return g_string_free(line, FALSE);
}

#define ADD(...) g_ptr_array_add(argv, g_strdup_printf(__VA_ARGS__))

/* The one device that guest and viewers share. */
static void add_memory(GPtrArray *argv, uint64_t size)
{
	if (size) {
		ADD("-object"), ADD("memory-backend-file,id=shared,share=on,"
				    "mem-path=/proc/self/fd/%d,size=%" G_GUINT64_FORMAT,
				    MEMORY_FD, size);
		ADD("-device"), ADD("ivshmem-plain,memdev=shared");
	} else {
		ADD("-chardev"), ADD("socket,id=shared,fd=%d", MEMORY_FD);
		ADD("-device"), ADD("ivshmem-doorbell,chardev=shared,vectors=1");
	}
}

static GPtrArray *command_line(const struct qemu_params *params)
{
	bool emulated = strcmp(params->accel, "tcg") == 0;
	const char *accel = emulated ? "tcg,thread=multi" : params->accel;
	const char *cpu = emulated ? "max" : "host";
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
	ADD(PROGRAM);
	ADD("-accel"), ADD("%s", accel);
	ADD("-cpu"), ADD("%s", cpu);
	ADD("-machine"), ADD("q35");
	ADD("-m"), ADD("%u", params->ram_mib);
	ADD("-nodefaults"), ADD("-no-user-config");
	ADD("-display"), ADD("none");
	add_memory(argv, params->memory_size);
	ADD("-chardev"), ADD("socket,id=console,fd=%d", CONSOLE_FD);
	ADD("-serial"), ADD("chardev:console");
	ADD("-chardev"), ADD("socket,id=monitor,fd=%d", MONITOR_FD);
	ADD("-mon"), ADD("chardev=monitor,mode=control");
	ADD("-kernel"), ADD("%s", params->kernel);
	ADD("-initrd"), ADD("/proc/self/fd/%d", INITRD_FD);
	ADD("-append"), g_ptr_array_add(argv, kernel_command_line(emulated, params->command));
	g_ptr_array_add(argv, NULL);
	return argv;
}

static gboolean spawn(struct qemu *self, const struct qemu_params *params, const int *theirs,
		      GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);
	g_autoptr(GPtrArray) argv = command_line(params);
	child_give_fd(launcher, params->memory, MEMORY_FD);
	child_give_fd(launcher, params->initrd, INITRD_FD);
	child_give_fd(launcher, theirs[0], CONSOLE_FD);
	child_give_fd(launcher, theirs[1], MONITOR_FD);
	child_give_fd(launcher, theirs[0], STDERR_FILENO);
	self->process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata,
						     error);
	return self->process != NULL;
}

struct qemu *qemu_start(const struct qemu_params *params, GError **error)
{
	int console[2] = { -1, -1 }, monitor[2] = { -1, -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, console) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) != 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "socketpair: %s",
			    g_strerror(errno));
		return NULL;
	}
	struct qemu *self = g_new0(struct qemu, 1);
	self->console = console[0];
	self->monitor = monitor[0];
	self->partial = g_string_new(NULL);
	self->line = params->line;
	self->data = params->data;
	int theirs[] = { console[1], monitor[1] };
	gboolean spawned = spawn(self, params, theirs, error);
	close(console[1]);
	close(monitor[1]);
	if (!spawned) {
		qemu_destroy(self);
		return NULL;
	}
	g_unix_set_fd_nonblocking(self->console, TRUE, NULL);
	self->console_source = g_unix_fd_add(self->console, G_IO_IN | G_IO_HUP, console_readable,
					     self);
	return self;
}

void qemu_destroy(struct qemu *self)
{
	if (!self)
		return;
	child_end(self->process, SIGKILL);
	if (self->console_source)
		g_source_remove(self->console_source);
	close(self->console);
	close(self->monitor);
	g_string_free(self->partial, TRUE);
	g_free(self);
}

gboolean qemu_ended(const struct qemu *self)
{
	return self->ended;
}

gboolean qemu_command(struct qemu *self, const char *command, GError **error)
{
	g_autofree char *text = g_strdup_printf(
		"{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"%s\"}\n", command);
	gssize length = (gssize)strlen(text);
	if (send(self->monitor, text, (size_t)length, MSG_NOSIGNAL) == length)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "QEMU's monitor does not listen");
	return FALSE;
}

int qemu_pid(const struct qemu *self)
{
	const char *pid = g_subprocess_get_identifier(self->process);
	return pid ? atoi(pid) : 0;
}
