#include "view/present/alarm.h"

#include "base/clock.h"

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
	(void)source;
	return callback(data);
}

static GSourceFuncs funcs = { .dispatch = dispatch };

/* Whoever it calls may set it again, or finish it. */
static gboolean on_due(gpointer data)
{
	struct alarm *self = data;

	alarm_set(self, 0);
	self->ring(self->data);
	return G_SOURCE_CONTINUE;
}

void alarm_init(struct alarm *self, void (*ring)(void *data), void *data)
{
	*self = (struct alarm){ g_source_new(&funcs, sizeof(GSource)), ring, data };
	g_source_set_callback(self->source, on_due, self, NULL);
	g_source_attach(self->source, NULL);
}

void alarm_finish(struct alarm *self)
{
	if (self->source) {
		g_source_destroy(self->source);
		g_source_unref(self->source);
	}
	*self = (struct alarm){ 0 };
}

void alarm_set(struct alarm *self, uint64_t when_ns)
{
	g_source_set_ready_time(self->source, when_ns ? (gint64)(when_ns / NS_PER_US) : -1);
}
