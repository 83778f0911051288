/* Through SPICE, by a program of its own: oriel-spice is started beside the viewer and asked over a
 * link. Whatever becomes of it, pictures go on: its end is a state, and it starts itself again. A
 * viewer that has closed itself in can start no program, so main() may have started it before. */
#include <assert.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "link/spice.h"
#include "view/input/sink.h"
#include "view/options.h"

#define CHILD_FD    3
#define WAIT_MIN_MS 100
#define WAIT_MAX_MS 5000
#define BATCH       64 /* messages, before others have their turn */

struct spice {
	struct sink sink;
	char *address;
	struct link *link; /* NULL: oriel-spice does not run */
	GSubprocess *process;
	unsigned reader, writer, starter; /* sources; 0: none */
	unsigned wait_ms;
	uint32_t abilities;
	bool greeted; /* since it was started */
	bool told;    /* that there is no connection */
};

static_assert((int)SINK_KEYS == LINK_SPICE_CAN_KEYS && (int)SINK_RELATIVE == LINK_SPICE_CAN_MOVE &&
		      (int)SINK_ABSOLUTE == LINK_SPICE_CAN_PLACE,
	      "the same bits");

static void set_abilities(struct spice *self, uint32_t abilities)
{
	if (self->abilities == abilities)
		return;
	self->abilities = abilities;
	self->sink.listener->changed(self->sink.data);
}

static void say(struct spice *self, const char *what, const char *why)
{
	g_autofree char *text = g_strdup_printf("SPICE: %s%s%s", what, *why ? ": " : "", why);

	if (self->sink.listener->alert)
		self->sink.listener->alert(self->sink.data, text);
	else
		log_info("%s", text);
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
	drop_source(&self->writer);
	drop_source(&self->starter);
	link_destroy(self->link);
	self->link = NULL;
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
	set_abilities(self, 0);
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data)
{
	struct spice *self = data;
	int result = link_flush(self->link);

	(void)fd, (void)condition;
	if (result == 0 && link_waiting(self->link))
		return G_SOURCE_CONTINUE;
	self->writer = 0;
	if (result < 0)
		lose(self, g_strerror(-result));
	return G_SOURCE_REMOVE;
}

static void ask(struct spice *self, uint32_t type, const void *body, const char *text)
{
	int result = self->link ? link_send(self->link, type, body, text, NULL) : 0;

	if (result < 0)
		lose(self, g_strerror(-result));
	else if (self->link && link_waiting(self->link) && !self->writer)
		self->writer = g_unix_fd_add(link_fd(self->link), G_IO_OUT, on_writable, self);
}

/* ---- what it tells ---- */

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
		if (!self->told)
			say(self, self->address, message->text);
		self->told = true;
		break;
	}
}

static void open_server(struct spice *self)
{
	struct link_spice_open open = { LINK_SPICE_VERSION };

	ask(self, LINK_SPICE_OPEN, &open, self->address);
}

/* Whoever says so knows of nothing. */
static void hear_hello(struct spice *self, const struct link_message *message)
{
	(void)message;
	if (self->greeted)
		say(self, "oriel-spice had ended; it has started itself again", "");
	self->greeted = true;
	set_abilities(self, 0);
	open_server(self);
}

static void hear_abilities(struct spice *self, const struct link_message *message)
{
	const struct link_spice_abilities *body = message->body;

	set_abilities(self, body->abilities & (SINK_KEYS | SINK_RELATIVE | SINK_ABSOLUTE));
}

static void hear_leds(struct spice *self, const struct link_message *message)
{
	const struct link_spice_lamps *body = message->body;

	self->sink.listener->leds(self->sink.data, body->lamps & 7);
}

static void hear_server(struct spice *self, const struct link_message *message)
{
	(void)self;
	log_info("SPICE: the machine's name is \"%s\"", message->text);
}

static void (*const hears[])(struct spice *self, const struct link_message *message) = {
	[LINK_SPICE_HELLO] = hear_hello,         [LINK_SPICE_STATE] = hear_state,
	[LINK_SPICE_ABILITIES] = hear_abilities, [LINK_SPICE_LEDS] = hear_leds,
	[LINK_SPICE_SERVER] = hear_server,
};
static_assert(ARRAY_LEN(hears) == LINK_SPICE_TELL_COUNT, "each is heard");

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct spice *self = data;
	struct link_message *message;
	struct err err = { 0 };
	int result = 0;

	(void)fd, (void)condition;
	for (unsigned i = 0; i < BATCH && result == 0; i++) {
		result = link_receive(self->link, &message, &err);
		if (result == 0)
			hears[message->type](self, message);
		if (!self->link)
			return G_SOURCE_REMOVE; /* what it said had us ask, which failed */
	}
	if (result >= 0)
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

/* Of the options only what stands in the argument list: names of files. */
static GSubprocess *spawn(int fd, const struct spice_options *options, GError **error)
{
	g_autofree char *program = find_program();
	g_autoptr(GSubprocessLauncher)
		launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	g_subprocess_launcher_take_fd(launcher, fd, CHILD_FD);
	if (!program) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "oriel-spice is not installed; it is built where spice-client-glib is");
		return NULL;
	}
	g_ptr_array_add(argv, g_strdup(program));
	g_ptr_array_add(argv, g_strdup("--link=" G_STRINGIFY(CHILD_FD)));
	if (options && options->password_file && *options->password_file)
		g_ptr_array_add(argv,
				g_strconcat("--password-file=", options->password_file, NULL));
	if (options && options->ca_file && *options->ca_file)
		g_ptr_array_add(argv, g_strconcat("--ca-file=", options->ca_file, NULL));
	g_ptr_array_add(argv, NULL);
	return g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, error);
}

/* The link's end of the started program. */
static int launch(const struct spice_options *options, GSubprocess **process, GError **error)
{
	int ends[2], result = link_pair(ends);

	if (result < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-result), "no link: %s",
			    g_strerror(-result));
		return result;
	}
	*process = spawn(ends[1], options, error);
	if (*process)
		return ends[0];
	close(ends[0]);
	return -ECHILD;
}

int sink_spice_launch(const struct spice_options *options, GError **error)
{
	g_autoptr(GSubprocess) process = NULL;

	return launch(options, &process, error);
}

static gboolean adopt(struct spice *self, int fd, GError **error)
{
	int result = link_create(&self->link, fd, &link_spice_asks, &link_spice_tells);

	if (result < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-result), "no link: %s",
			    g_strerror(-result));
		return FALSE;
	}
	self->greeted = false;
	self->reader = g_unix_fd_add(link_fd(self->link), G_IO_IN, on_readable, self);
	return TRUE;
}

static gboolean start(struct spice *self, GError **error)
{
	int fd = launch(NULL, &self->process, error);

	return fd >= 0 && adopt(self, fd, error);
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

/* ---- a sink ---- */

static struct sink *spice_create(const char *arg, const struct sink_listener *listener, void *data,
				 GError **error)
{
	(void)listener, (void)data;
	if (!arg || !*arg) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "SPICE needs the server's address; write spice:/run/vm.sock");
		return NULL;
	}
	struct spice *self = g_new0(struct spice, 1);
	self->address = g_strdup(arg);
	self->wait_ms = WAIT_MIN_MS;
	self->starter = g_idle_add(on_start, self);
	return &self->sink;
}

void sink_spice_adopt(struct sink *sink, int fd)
{
	struct spice *self = (struct spice *)sink;

	assert(sink->impl == &sink_spice);
	drop_source(&self->starter);
	if (!adopt(self, fd, NULL))
		start_later(self);
}

static unsigned spice_abilities(const struct sink *self)
{
	return ((const struct spice *)self)->abilities;
}

static void spice_key(struct sink *self, uint32_t code, bool pressed)
{
	ask((struct spice *)self, LINK_SPICE_KEY, &(struct link_spice_key){ code, pressed }, NULL);
}

static void spice_button(struct sink *self, uint32_t code, bool pressed)
{
	ask((struct spice *)self, LINK_SPICE_BUTTON, &(struct link_spice_key){ code, pressed },
	    NULL);
}

static void spice_motion(struct sink *self, int32_t dx, int32_t dy)
{
	ask((struct spice *)self, LINK_SPICE_MOTION, &(struct link_spice_motion){ dx, dy }, NULL);
}

static void spice_position(struct sink *self, uint32_t x, uint32_t y, uint32_t width,
			   uint32_t height)
{
	ask((struct spice *)self, LINK_SPICE_POSITION,
	    &(struct link_spice_position){ x, y, width, height }, NULL);
}

static void spice_scroll(struct sink *self, int32_t x120, int32_t y120)
{
	ask((struct spice *)self, LINK_SPICE_SCROLL, &(struct link_spice_motion){ x120, y120 },
	    NULL);
}

static void spice_locks(struct sink *self, uint32_t locks)
{
	ask((struct spice *)self, LINK_SPICE_LOCKS, &(struct link_spice_lamps){ locks }, NULL);
}

static void spice_destroy(struct sink *sink)
{
	struct spice *self = (struct spice *)sink;

	stop(self, false);
	g_free(self->address);
	g_free(self);
}

const struct sink_impl sink_spice = {
	.name = "spice",
	.create = spice_create,
	.abilities = spice_abilities,
	.key = spice_key,
	.button = spice_button,
	.motion = spice_motion,
	.position = spice_position,
	.scroll = spice_scroll,
	.locks = spice_locks,
	.destroy = spice_destroy,
};
