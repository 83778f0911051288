/* A text of what came, one event a line: "key leftctrl 1", "button 272 0", "motion -3 4",
 * "position 10 20 of 1920x1080", "scroll 0 -120", "locks 2". Each line is written at once. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "view/input/sink.h"
#include "view/settings/keys.h"

struct record {
	struct sink sink;
	int fd;
	char *name;
	bool failed; /* said once */
};

static void put(struct record *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void put(struct record *self, const char *format, ...)
{
	char line[96];
	va_list args;

	va_start(args, format);
	int length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(self->fd, line, (size_t)length) == length || self->failed)
		return;
	self->failed = true;
	log_warn("cannot write %s: %s; what is typed is no longer recorded", self->name,
		 g_strerror(errno));
}

static struct sink *record_create(const char *arg, const struct sink_listener *listener, void *data,
				  GError **error)
{
	int fd = arg ? open(arg, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)
		     : dup(STDOUT_FILENO);

	(void)listener, (void)data;
	if (fd < 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			    "cannot record input in %s: %s; name a file that can be written",
			    arg ? arg : "standard output", g_strerror(errno));
		return NULL;
	}
	struct record *self = g_new0(struct record, 1);
	self->fd = fd;
	self->name = g_strdup(arg ? arg : "standard output");
	return &self->sink;
}

static unsigned record_abilities(const struct sink *self)
{
	(void)self;
	return SINK_KEYS | SINK_RELATIVE | SINK_ABSOLUTE;
}

static void record_key(struct sink *self, uint32_t code, bool pressed)
{
	const char *name = key_name(code);

	if (name)
		put((struct record *)self, "key %s %d\n", name, pressed);
	else
		put((struct record *)self, "key %" PRIu32 " %d\n", code, pressed);
}

static void record_button(struct sink *self, uint32_t code, bool pressed)
{
	put((struct record *)self, "button %" PRIu32 " %d\n", code, pressed);
}

static void record_motion(struct sink *self, int32_t dx, int32_t dy)
{
	put((struct record *)self, "motion %" PRId32 " %" PRId32 "\n", dx, dy);
}

static void record_position(struct sink *self, uint32_t x, uint32_t y, uint32_t width,
			    uint32_t height)
{
	put((struct record *)self, "position %" PRIu32 " %" PRIu32 " of %" PRIu32 "x%" PRIu32 "\n",
	    x, y, width, height);
}

static void record_scroll(struct sink *self, int32_t x120, int32_t y120)
{
	put((struct record *)self, "scroll %" PRId32 " %" PRId32 "\n", x120, y120);
}

static void record_locks(struct sink *self, uint32_t locks)
{
	put((struct record *)self, "locks %" PRIu32 "\n", locks);
}

static void record_resize(struct sink *self, uint32_t width, uint32_t height)
{
	put((struct record *)self, "resize %" PRIu32 "x%" PRIu32 "\n", width, height);
}

static void record_destroy(struct sink *sink)
{
	struct record *self = (struct record *)sink;

	close(self->fd);
	g_free(self->name);
	g_free(self);
}

const struct sink_impl sink_record = {
	.name = "record",
	.create = record_create,
	.abilities = record_abilities,
	.key = record_key,
	.button = record_button,
	.motion = record_motion,
	.position = record_position,
	.scroll = record_scroll,
	.locks = record_locks,
	.resize = record_resize,
	.destroy = record_destroy,
};
