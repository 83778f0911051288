#include "view/spice/spice.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/spice/opener.h"

#define LINK_FD     3 /* of the program */
#define OPENER_FD   4
#define WAIT_MIN_MS 100
#define WAIT_MAX_MS 5000

struct seat {
	const struct spice_part *part; /* NULL: it has left */
	void *data;
};

struct spice {
	const struct spice_options *options;
	spice_alert_func alert;
	void *data;
	GArray *seats;     /* struct seat; those who left are swept between two messages */
	struct link *link; /* NULL: oriel-spice does not run */
	struct opener *opener;
	GSubprocess *process;
	unsigned reader, starter; /* sources; 0: none */
	unsigned wait_ms;
	bool greeted; /* since it was started */
	bool told;    /* that there is no connection */
};

static void say(struct spice *self, const char *what, const char *why)
{
	g_autofree char *text = g_strdup_printf("SPICE: %s%s%s", what, *why ? ": " : "", why);

	if (self->alert)
		self->alert(self->data, text);
	else
		log_info("%s", text);
}

/* ---- parts ---- */

void spice_add(struct spice *self, const struct spice_part *part, void *data)
{
	struct seat seat = { part, data };

	g_array_append_val(self->seats, seat);
	if (self->greeted && part->greeted)
		part->greeted(data);
}

void spice_remove(struct spice *self, const struct spice_part *part, void *data)
{
	for (unsigned i = 0; i < self->seats->len; i++) {
		struct seat *seat = &g_array_index(self->seats, struct seat, i);
		if (seat->part == part && seat->data == data)
			seat->part = NULL;
	}
}

static void sweep(struct spice *self)
{
	for (unsigned i = self->seats->len; i-- > 0;)
		if (!g_array_index(self->seats, struct seat, i).part)
			g_array_remove_index(self->seats, i);
}

/* The array may grow and move meanwhile. */
#define EACH(self, i, seat)                                                                        \
	for (unsigned i = 0; i < (self)->seats->len; i++)                                          \
		for (struct seat seat = g_array_index((self)->seats, struct seat, i); seat.part;   \
		     seat.part = NULL)

static void tell_lost(struct spice *self)
{
	EACH(self, i, seat)
	if (seat.part->lost)
		seat.part->lost(seat.data);
}

static void tell_greeted(struct spice *self)
{
	EACH(self, i, seat)
	if (seat.part->greeted)
		seat.part->greeted(seat.data);
}

static void tell_message(struct spice *self, struct link_message *message)
{
	EACH(self, i, seat)
	if (seat.part->hears[message->type])
		seat.part->hears[message->type](seat.data, message);
}

/* ---- the program ---- */

static gboolean on_start(gpointer data);

static void drop_source(unsigned *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

/* It ends by itself when its link does; one that hangs is `killed`. */
static void stop(struct spice *self, bool killed)
{
	drop_source(&self->reader);
	drop_source(&self->starter);
	link_destroy(self->link);
	self->link = NULL;
	g_clear_pointer(&self->opener, opener_destroy);
	if (killed && self->process)
		g_subprocess_force_exit(self->process);
	g_clear_object(&self->process);
}

static void start_later(struct spice *self)
{
	self->starter = g_timeout_add(self->wait_ms, on_start, self);
	self->wait_ms = MIN(self->wait_ms * 2, WAIT_MAX_MS);
}

static void lose(struct spice *self, const char *why)
{
	stop(self, true);
	start_later(self);
	if (!self->told)
		say(self, "keyboard and pointer have no way to the guest; starting it again", why);
	self->told = true;
	tell_lost(self);
}

/* A link that breaks is told by its next turn. */
void spice_ask(struct spice *self, enum link_spice_ask type, const void *body, const char *text,
	       const int *fds)
{
	if (self->link && link_send(self->link, type, body, text, fds) == -EINVAL)
		log_error("what was to be asked (%d) is no such message", type);
}

/* ---- what it tells ---- */

static bool given(const char *text)
{
	return text && *text;
}

/* An address counts more than a file. */
const char *spice_name(const struct spice *self)
{
	const struct spice_options *options = self->options;

	return given(options->address) ? options->address
	       : given(options->file)  ? options->file
				       : "";
}

bool spice_takes_textures(const struct spice *self)
{
	return self->options->textures == SPICE_TEXTURES_AUTO;
}

static void hear_state(struct spice *self, const struct link_message *message)
{
	const struct link_spice_state *body = message->body;

	switch (body->connection) {
	case LINK_SPICE_CONNECTED:
		self->wait_ms = WAIT_MIN_MS;
		if (self->told)
			say(self, "connected", "");
		self->told = false;
		break;
	case LINK_SPICE_LOST:
	case LINK_SPICE_REFUSED:
	case LINK_SPICE_LOCKED:
	case LINK_SPICE_TAKEN:
		if (!self->told)
			say(self, spice_name(self), message->text);
		self->told = true;
		break;
	}
}

static void open_server(struct spice *self)
{
	struct link_spice_open open = { LINK_SPICE_VERSION, !self->options->wait };
	const char *address = self->options->address;

	spice_ask(self, LINK_SPICE_OPEN, &open, address ? address : "", NULL);
}

void spice_open(struct spice *self)
{
	self->told = false;
	if (self->greeted)
		open_server(self);
}

/* Whoever says so knows of nothing. What parts ask when they hear it comes before the server. */
static void hear_hello(struct spice *self, struct link_message *message)
{
	if (self->greeted) {
		say(self, "oriel-spice had ended; it has started itself again", "");
		tell_lost(self);
	}
	self->greeted = true;
	tell_message(self, message);
	open_server(self);
	tell_greeted(self);
}

static void hear_server(const struct link_message *message)
{
	log_info("SPICE: the machine's name is \"%s\"", message->text);
}

static void hear(void *data, struct link_message *message)
{
	struct spice *self = data;

	switch (message->type) {
	case LINK_SPICE_HELLO:
		hear_hello(self, message);
		break;
	case LINK_SPICE_STATE:
		hear_state(self, message);
		tell_message(self, message);
		break;
	case LINK_SPICE_SERVER:
		hear_server(message);
		tell_message(self, message);
		break;
	default:
		tell_message(self, message);
	}
	sweep(self);
}

static gboolean on_turn(gint fd, GIOCondition condition, gpointer data)
{
	struct spice *self = data;
	struct err err = { 0 };

	(void)fd, (void)condition;
	if (link_turn(self->link, hear, self, &err) == 0)
		return G_SOURCE_CONTINUE;
	self->reader = 0;
	lose(self, err.text);
	return G_SOURCE_REMOVE;
}

/* ---- its start ---- */

/* Beside the viewer where it is installed; else in a build tree, seen from src/view or tests; else
 * where programs are. NULL: nowhere. */
static char *find_program(void)
{
	static const char *const places[] = { "oriel-spice", "../spice/oriel-spice",
					      "../../../src/spice/oriel-spice" };
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *here = self ? g_path_get_dirname(self) : g_strdup(".");

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		g_autofree char *path = g_canonicalize_filename(places[i], here);
		if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
			return g_steal_pointer(&path);
	}
	return g_find_program_in_path("oriel-spice");
}

static void add_file(GPtrArray *argv, const char *option, const char *path)
{
	if (given(path))
		g_ptr_array_add(argv, g_strconcat(option, path, NULL));
}

/* Of the options only what stands in the argument list: names of files. */
static GSubprocess *spawn(const struct spice_ends *ends, const struct spice_options *options,
			  GError **error)
{
	g_autofree char *program = find_program();
	g_autoptr(GSubprocessLauncher)
		launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	g_subprocess_launcher_take_fd(launcher, ends->link, LINK_FD);
	if (ends->opener)
		g_subprocess_launcher_take_fd(launcher, ends->opener, OPENER_FD);
	if (!program) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "oriel-spice is not installed; it is built where spice-client-glib is");
		return NULL;
	}
	g_ptr_array_add(argv, g_strdup(program));
	g_ptr_array_add(argv, g_strdup("--link=" G_STRINGIFY(LINK_FD)));
	if (ends->opener)
		g_ptr_array_add(argv, g_strdup("--opener=" G_STRINGIFY(OPENER_FD)));
	add_file(argv, "--password-file=", options->password_file);
	add_file(argv, "--ca-file=", options->ca_file);
	add_file(argv, "--file=", options->file);
	add_file(argv, "--share-dir=", options->share);
	if (options->usb && *options->usb) {
		g_autofree char *list = g_strjoinv(",", options->usb);
		add_file(argv, "--usb-redirect=", list);
	}
	if (options->unconfined)
		g_ptr_array_add(argv, g_strdup("--unconfined"));
	g_ptr_array_add(argv, NULL);
	return g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, error);
}

/* In ours and theirs; FALSE: neither is open. */
static gboolean make_links(struct spice_ends *ours, struct spice_ends *theirs, bool opener,
			   GError **error)
{
	int link[2], files[2] = { 0 }, result = link_pair(link);

	if (result == 0 && opener && (result = link_pair(files)) < 0) {
		close(link[0]);
		close(link[1]);
	}
	if (result < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-result), "no link: %s",
			    g_strerror(-result));
		return FALSE;
	}
	*ours = (struct spice_ends){ link[0], files[0] };
	*theirs = (struct spice_ends){ link[1], files[1] };
	return TRUE;
}

static void close_ends(const struct spice_ends *ends)
{
	close(ends->link);
	if (ends->opener)
		close(ends->opener);
}

static GSubprocess *launch(const struct spice_options *options, struct spice_ends *out,
			   GError **error)
{
	struct spice_ends ours, theirs;

	if (!make_links(&ours, &theirs, !options->sealed, error))
		return NULL;
	GSubprocess *process = spawn(&theirs, options, error);
	if (process)
		*out = ours;
	else
		close_ends(&ours);
	return process;
}

gboolean spice_launch(const struct spice_options *options, struct spice_ends *out, GError **error)
{
	g_autoptr(GSubprocess) process = launch(options, out, error);

	return process != NULL;
}

static gboolean adopt(struct spice *self, const struct spice_ends *ends, GError **error)
{
	int result = link_create(&self->link, ends->link, &link_spice_asks, &link_spice_tells);

	opener_destroy(self->opener);
	self->opener = opener_create(ends->opener > 0 ? ends->opener : -1);
	if (result < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-result), "no link: %s",
			    g_strerror(-result));
		return FALSE;
	}
	self->greeted = false;
	self->reader = g_unix_fd_add(link_fd(self->link), G_IO_IN, on_turn, self);
	return TRUE;
}

static gboolean start(struct spice *self, GError **error)
{
	struct spice_ends ends;

	self->process = launch(self->options, &ends, error);
	return self->process && adopt(self, &ends, error);
}

static gboolean on_start(gpointer data)
{
	struct spice *self = data;
	g_autoptr(GError) error = NULL;

	self->starter = 0;
	if (!start(self, &error))
		lose(self, error->message);
	return G_SOURCE_REMOVE;
}

/* ---- for callers ---- */

bool spice_is_wanted(const struct options *options)
{
	const struct spice_options *spice = &options->spice;

	return spice->enabled && (given(spice->address) || given(spice->file));
}

struct opener *spice_opener(struct spice *self)
{
	if (!self->opener)
		self->opener = opener_create(-1);
	return self->opener;
}

struct spice *spice_create(const struct spice_options *options, spice_alert_func alert, void *data)
{
	struct spice *self = g_new0(struct spice, 1);

	self->options = options;
	self->alert = alert;
	self->data = data;
	self->wait_ms = WAIT_MIN_MS;
	self->seats = g_array_new(FALSE, FALSE, sizeof(struct seat));
	const struct spice_ends ends = { options->link, options->opener };
	if (options->link <= 0)
		self->starter = g_idle_add(on_start, self);
	else if (!adopt(self, &ends, NULL))
		start_later(self);
	return self;
}

void spice_destroy(struct spice *self)
{
	if (!self)
		return;
	stop(self, false);
	g_array_unref(self->seats);
	g_free(self);
}
