#include "vm/run/witness.h"

#include <glib-unix.h>
#include <oriel/oriel.h>

struct witness {
	struct oriel *oriel;
	guint source;
	char *guest; /* who captures */
	char *saw;
};

static void attached(void *data, const struct oriel_guest_info *info)
{
	struct witness *self = data;
	g_free(self->guest);
	self->guest = g_strdup_printf("%s %s", info->capture, info->host_version);
	g_strstrip(self->guest);
}

static void frame(void *data, struct oriel_frame *frame)
{
	struct witness *self = data;
	const struct oriel_format *format = oriel_frame_format(frame);
	if (self->saw)
		return;
	self->saw = g_strdup_printf("%ux%u by %s", format->width, format->height,
				    self->guest ? self->guest : "nobody known");
	oriel_watch(self->oriel, false); /* one is enough */
}

static gboolean readable(gint fd, GIOCondition condition, gpointer data)
{
	struct witness *self = data;
	(void)fd;
	(void)condition;
	if (oriel_dispatch(self->oriel) == 0)
		return G_SOURCE_CONTINUE;
	self->source = 0;
	return G_SOURCE_REMOVE;
}

struct witness *witness_create(int fd, GError **error)
{
	static const struct oriel_listener listener = { .attached = attached, .frame = frame };
	struct witness *self = g_new0(struct witness, 1);
	struct oriel_params params = {
		.use_fd = true,
		.fd = fd,
		.listener = &listener,
		.data = self,
	};
	char text[512];
	if (oriel_open(&self->oriel, &params, text, sizeof(text)) != 0) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, text);
		g_free(self);
		return NULL;
	}
	self->source = g_unix_fd_add(oriel_fd(self->oriel), G_IO_IN, readable, self);
	return self;
}

void witness_destroy(struct witness *self)
{
	if (!self)
		return;
	if (self->source)
		g_source_remove(self->source);
	oriel_close(self->oriel);
	g_free(self->guest);
	g_free(self->saw);
	g_free(self);
}

const char *witness_saw(const struct witness *self)
{
	return self->saw;
}
