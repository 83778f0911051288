/* oriel demo: a guest with a desktop, from nothing to a window, and nothing left afterwards. */
#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "oriel/oriel.h"
#include "shm/ivshmem_server.h"
#include "vm/cmd.h"
#include "vm/demo_viewer.h"
#include "vm/run/image.h"
#include "vm/run/kvm_probe.h"
#include "vm/run/qemu.h"
#include "vm/run/witness.h"

#define KVM_LIFE_S    8   /* one that says nothing for so long hangs */
#define TCG_LIFE_S    120 /* emulated, on a busy machine */
#define FIRST_FRAME_S 120
#define MEASURE_S     5
#define LINES_KEPT    12

struct demo {
	struct demo_options {
		guint width, height;
		double seconds;
		gboolean pattern, headless, verbose;
		char *accel, *shot;
	} options;
	GCancellable *cancel;
	gboolean interrupted;
	uint64_t step_ns;               /* when the current step began */
	uint64_t power_ns;              /* when the machine was switched on */
	double life_s, first_picture_s; /* from then on */
	struct ivshmem_server *server;  /* of the machine's memory and doorbells */
	guint server_source;
	struct image image;
	struct qemu *qemu;
	gboolean alive; /* the guest's init has spoken */
	GQueue lines;   /* newest of the console, for when something goes wrong */
	struct witness *witness;
	struct demo_viewer *viewer;
};

/* ---- progress ---- */

static void step_begin(struct demo *self, const char *name)
{
	self->step_ns = clock_ns();
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "  %-12s ...", name);
}

static void step_end(struct demo *self, const char *name, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
static void step_end(struct demo *self, const char *name, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	fprintf(stderr, "%s  %-12s %6.1f s  %s\n", isatty(STDERR_FILENO) ? "\r" : "", name,
		(double)(clock_ns() - self->step_ns) / NS_PER_S, text);
}

/* ---- waiting ---- */

static gboolean on_signal(gpointer data)
{
	struct demo *self = data;
	self->interrupted = TRUE;
	g_cancellable_cancel(self->cancel);
	return G_SOURCE_CONTINUE;
}

static gboolean on_deadline(gpointer data)
{
	*(gboolean *)data = TRUE;
	return G_SOURCE_CONTINUE;
}

/* Runs the main context until `done`; FALSE when interrupted or after `seconds` (0: never). */
static gboolean wait_until(struct demo *self, gboolean (*done)(struct demo *self), double seconds)
{
	gboolean late = FALSE;
	guint timer = seconds > 0 ? g_timeout_add((guint)(seconds * 1000), on_deadline, &late) : 0;
	while (!done(self) && !late && !self->interrupted)
		g_main_context_iteration(NULL, TRUE);
	if (timer)
		g_source_remove(timer);
	return done(self) && !self->interrupted;
}

static gboolean guest_spoke_or_ended(struct demo *self)
{
	return self->alive || qemu_ended(self->qemu);
}

static gboolean frame_came_or_over(struct demo *self)
{
	return witness_saw(self->witness) || qemu_ended(self->qemu) ||
	       (self->viewer && demo_viewer_ended(self->viewer));
}

static gboolean show_is_over(struct demo *self)
{
	return qemu_ended(self->qemu) || demo_viewer_ended(self->viewer);
}

/* ---- the machine ---- */

static void on_line(void *data, const char *line)
{
	struct demo *self = data;
	if (g_str_has_prefix(line, "init: running"))
		self->alive = TRUE;
	if (self->options.verbose)
		fprintf(stderr, "  guest: %s\n", line);
	g_queue_push_tail(&self->lines, g_strdup(line));
	if (self->lines.length > LINES_KEPT)
		g_free(g_queue_pop_head(&self->lines));
}

/* A boot that went wrong is explained by its last words. */
static gboolean boot_failed(struct demo *self, GError **error)
{
	GString *text = g_string_new(NULL);
	for (GList *i = self->lines.head; i; i = i->next)
		g_string_append_printf(text, "\n    %s", (const char *)i->data);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the guest %s; its last words:%s",
		    qemu_ended(self->qemu) ? "ended" : "shows no sign of life",
		    text->len ? text->str : " none");
	g_string_free(text, TRUE);
	return FALSE;
}

/* One more who shares memory and doorbells: a connection to give away, or -1. */
static int invite(struct demo *self, GError **error)
{
	int fd = ivshmem_server_invite(self->server);
	if (fd >= 0)
		return fd;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-fd),
		    "no more can share the memory: %s", g_strerror(-fd));
	return -1;
}

static gboolean boot_with(struct demo *self, const char *accel, guint seconds, GError **error)
{
	const struct demo_options *options = &self->options;
	g_autofree char *size = g_strdup_printf("%ux%u", options->width, options->height);
	g_autofree char *pattern = g_strdup_printf("pattern:%s@60:cursor", size);
	const char *const pattern_command[] = { "oriel-guest", "--capture", pattern, NULL };
	const char *const desktop_command[] = { "oriel-desktop", size, "--capture", "x11", NULL };
	struct qemu_params params = {
		.accel = accel,
		.kernel = self->image.kernel,
		.initrd = self->image.initrd,
		.ram_mib = options->pattern ? 256 : 768,
		.command = options->pattern ? pattern_command : desktop_command,
		.line = on_line,
		.data = self,
	};
	qemu_destroy(self->qemu);
	self->qemu = NULL;
	self->alive = FALSE;
	self->power_ns = clock_ns();
	params.memory = invite(self, error);
	if (params.memory < 0)
		return FALSE;
	self->qemu = qemu_start(&params, error);
	close(params.memory);
	if (!self->qemu)
		return FALSE;
	wait_until(self, guest_spoke_or_ended, seconds);
	self->life_s = (double)(clock_ns() - self->power_ns) / NS_PER_S;
	if (self->alive)
		return TRUE;
	return self->interrupted ? FALSE : boot_failed(self, error);
}

/* KVM only where it proves itself twice: one instruction first, then a whole guest. */
static gboolean boot(struct demo *self, GError **error)
{
	const char *asked = self->options.accel;
	const char *why_not = asked && strcmp(asked, "tcg") == 0 ? "as asked" : kvm_probe();
	if (!why_not || (asked && strcmp(asked, "kvm") == 0)) {
		step_begin(self, "boot");
		if (boot_with(self, "kvm", KVM_LIFE_S, error)) {
			step_end(self, "boot", "with KVM");
			return TRUE;
		}
		if (self->interrupted || asked)
			return FALSE;
		step_end(self, "boot", "no sign of life under KVM; emulating instead");
		g_clear_error(error);
		kvm_remember_failure();
		why_not = "KVM does not run a whole guest here";
	}
	step_begin(self, "boot");
	if (!boot_with(self, "tcg", TCG_LIFE_S, error))
		return FALSE;
	step_end(self, "boot", "emulated (%s)", why_not);
	return TRUE;
}

static gboolean serve(gint fd, GIOCondition condition, gpointer data)
{
	struct demo *self = data;
	(void)fd, (void)condition;
	if (ivshmem_server_dispatch(self->server) == 0)
		return G_SOURCE_CONTINUE;
	self->server_source = 0;
	return G_SOURCE_REMOVE;
}

/* Nobody but our children shares it, and no socket is left behind. */
static gboolean make_memory(struct demo *self, GError **error)
{
	const struct ivshmem_server_params params = {
		.no_socket = true,
		.size = oriel_shm_size(self->options.width, self->options.height, 4),
		.name = "oriel-demo",
	};
	struct err err;
	if (ivshmem_server_create(&self->server, &params, &err) != 0) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, err.text);
		return FALSE;
	}
	self->server_source = g_unix_fd_add(ivshmem_server_fd(self->server), G_IO_IN, serve, self);
	return TRUE;
}

static gboolean make_image(struct demo *self, GError **error)
{
	const char *kind = self->options.pattern ? "pattern" : "desktop";
	self->step_ns = clock_ns();
	if (!image_make(&self->image, kind, self->cancel, error))
		return FALSE;
	step_end(self, "image", "%s guest", kind);
	return TRUE;
}

/* ---- the show ---- */

static gboolean open_viewer(struct demo *self, gboolean window, GError **error)
{
	struct demo_viewer_params params = {
		.server = invite(self, error),
		.shot = window ? NULL : self->options.shot,
		.seconds = self->options.seconds > 0 ? self->options.seconds : MEASURE_S,
	};
	demo_viewer_destroy(self->viewer);
	self->viewer = params.server < 0 ? NULL : demo_viewer_start(&params, error);
	if (params.server >= 0)
		close(params.server);
	return self->viewer != NULL;
}

static int memory_of(const struct demo *self)
{
	return ivshmem_server_memory(self->server)->fd;
}

static gboolean wait_for_frame(struct demo *self, GError **error)
{
	if (!self->witness && !(self->witness = witness_create(memory_of(self), error)))
		return FALSE;
	step_begin(self, "first frame");
	wait_until(self, frame_came_or_over, FIRST_FRAME_S);
	if (witness_saw(self->witness)) {
		self->first_picture_s = (double)(clock_ns() - self->power_ns) / NS_PER_S;
		step_end(self, "first frame", "%s", witness_saw(self->witness));
		return TRUE;
	}
	if (self->interrupted || (self->viewer && demo_viewer_ended(self->viewer)))
		return FALSE;
	return boot_failed(self, error);
}

static gboolean show_in_window(struct demo *self)
{
	fprintf(stderr, "  Close the window or press Ctrl-C to end.\n");
	wait_until(self, show_is_over, self->options.seconds);
	return TRUE;
}

static gboolean show_figures(struct demo *self, GError **error)
{
	self->step_ns = clock_ns();
	if (!open_viewer(self, FALSE, error))
		return FALSE;
	if (!wait_until(self, show_is_over, self->options.seconds + 60))
		return self->interrupted;
	if (!demo_viewer_succeeded(self->viewer, error))
		return FALSE;
	step_end(self, "measured", "the picture is %s", self->options.shot);
	printf("  %-24s %.1f s\n  %-24s %.1f s\n", "power on until init", self->life_s,
	       "until the first picture", self->first_picture_s);
	demo_viewer_print_figures(self->viewer, stdout);
	return TRUE;
}

/* A viewer that ends before the first picture was closed by somebody, or found no display. */
static gboolean found_no_display(struct demo *self)
{
	g_autoptr(GError) why = NULL;
	if (!self->viewer || !demo_viewer_ended(self->viewer) ||
	    demo_viewer_succeeded(self->viewer, &why))
		return FALSE;
	fprintf(stderr, "  no window: %s\n", why->message);
	g_clear_pointer(&self->viewer, demo_viewer_destroy);
	return TRUE;
}

static gboolean show(struct demo *self, GError **error)
{
	gboolean window = !self->options.headless && g_getenv("DISPLAY");
	if (window && !open_viewer(self, TRUE, error))
		return FALSE;
	gboolean came = wait_for_frame(self, error);
	if (!self->interrupted && !*error && found_no_display(self)) {
		window = FALSE;
		came = came || wait_for_frame(self, error);
	}
	if (self->interrupted || *error)
		return FALSE;
	if (!came) /* the window was closed before there was anything in it */
		return TRUE;
	return window ? show_in_window(self) : show_figures(self, error);
}

/* ---- options ---- */

static gboolean take_size(struct demo_options *out, const char *text, GError **error)
{
	char end;
	if (!text ||
	    (sscanf(text, "%ux%u%c", &out->width, &out->height, &end) == 2 && out->width >= 128 &&
	     out->height >= 64 && out->width <= 8192 && out->height <= 8192))
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "--size=%s: want WIDTHxHEIGHT, from 128x64 to 8192x8192, e.g. 1280x800", text);
	return FALSE;
}

static gboolean take_options(struct demo_options *out, int argc, char **argv, GError **error)
{
	g_autofree char *size = NULL;
	const GOptionEntry entries[] = {
		{ "size", 's', 0, G_OPTION_ARG_STRING, &size, "The guest's screen (1280x800)",
		  "WxH" },
		{ "seconds", 'n', 0, G_OPTION_ARG_DOUBLE, &out->seconds,
		  "End after so long; without a window: measure", "N" },
		{ "pattern", 'p', 0, G_OPTION_ARG_NONE, &out->pattern,
		  "A small guest with a test picture", NULL },
		{ "headless", 0, 0, G_OPTION_ARG_NONE, &out->headless,
		  "No window: a picture and figures", NULL },
		{ "shot", 0, 0, G_OPTION_ARG_FILENAME, &out->shot,
		  "Where that picture goes (demo.png)", "FILE" },
		{ "accel", 0, 0, G_OPTION_ARG_STRING, &out->accel,
		  "kvm or tcg; by default kvm if it works", "NAME" },
		{ "verbose", 'v', 0, G_OPTION_ARG_NONE, &out->verbose, "Show what the guest prints",
		  NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- boot a guest and show it");
	g_option_context_add_main_entries(context, entries, NULL);
	g_set_prgname("oriel demo");
	if (!g_option_context_parse(context, &argc, &argv, error) || !take_size(out, size, error))
		return FALSE;
	if (argc > 1 || out->seconds < 0 || out->seconds > 1e6 ||
	    (out->accel && strcmp(out->accel, "kvm") && strcmp(out->accel, "tcg"))) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "what is \"%s\"? --help lists the options",
			    argc > 1     ? argv[1]
			    : out->accel ? out->accel
					 : "--seconds");
		return FALSE;
	}
	if (!out->shot)
		out->shot = g_strdup("demo.png");
	return TRUE;
}

/* ---- all of it ---- */

static gboolean run_demo(struct demo *self, GError **error)
{
	return make_memory(self, error) && make_image(self, error) && boot(self, error) &&
	       show(self, error);
}

static void demo_finish(struct demo *self)
{
	demo_viewer_destroy(self->viewer);
	witness_destroy(self->witness);
	qemu_destroy(self->qemu);
	image_finish(&self->image);
	if (self->server_source)
		g_source_remove(self->server_source);
	ivshmem_server_destroy(self->server);
	g_queue_clear_full(&self->lines, g_free);
	g_clear_object(&self->cancel);
	g_free(self->options.accel);
	g_free(self->options.shot);
}

int cmd_demo(int argc, char **argv)
{
	struct demo demo = {
		.options = { .width = 1280, .height = 800 },
		.image.initrd = -1,
		.cancel = g_cancellable_new(),
	};
	const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	g_autoptr(GError) error = NULL;
	int status = 2;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		g_unix_signal_add(signals[i], on_signal, &demo);
	if (take_options(&demo.options, argc, argv, &error))
		status = run_demo(&demo, &error) ? 0 : 1;
	if (demo.interrupted)
		status = 130;
	else if (error)
		fprintf(stderr, "oriel demo: %s\n", error->message);
	demo_finish(&demo);
	return status;
}
