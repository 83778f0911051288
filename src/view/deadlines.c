#include "view/deadlines.h"

static gboolean on_exit_timer(gpointer data)
{
	struct deadlines *self = data;

	self->exit = 0;
	self->listener->exit_due(self->data);
	return G_SOURCE_REMOVE;
}

static gboolean on_shot_timer(gpointer data)
{
	struct deadlines *self = data;

	self->shot = 0;
	self->listener->shot_due(self->data);
	return G_SOURCE_REMOVE;
}

static gboolean on_patience_timer(gpointer data)
{
	struct deadlines *self = data;

	self->patience = 0;
	self->listener->patience_over(self->data);
	return G_SOURCE_REMOVE;
}

static unsigned after(double seconds, GSourceFunc func, struct deadlines *self)
{
	return seconds > 0 ? g_timeout_add((unsigned)(seconds * 1000), func, self) : 0;
}

static double seconds_of(const struct amount *amount)
{
	return amount->seconds ? amount->value : 0;
}

void deadlines_start(struct deadlines *self, const struct options *options,
		     const struct deadlines_listener *listener, void *data)
{
	self->listener = listener;
	self->data = data;
	self->exit = after(seconds_of(&options->exit_after), on_exit_timer, self);
	self->shot = after(seconds_of(&options->shot_after), on_shot_timer, self);
	self->patience = after(options->timeout, on_patience_timer, self);
}

static void cancel(unsigned *timer)
{
	if (*timer)
		g_source_remove(*timer);
	*timer = 0;
}

void deadlines_stop(struct deadlines *self)
{
	cancel(&self->exit);
	cancel(&self->shot);
	cancel(&self->patience);
}

bool amount_reached(const struct amount *amount, uint64_t count)
{
	return amount->value > 0 && !amount->seconds && (double)count >= amount->value;
}
