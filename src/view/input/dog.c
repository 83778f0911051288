#include "view/input/dog.h"

#include <stdbool.h>

#define ROUND_US G_USEC_PER_SEC

struct dog {
	const struct dog_listener *listener;
	void *data;
	gint64 patience_us;
	GThread *thread;
	GSource *bell; /* of the main loop; any thread may ring */
	GMutex lock;   /* held while let_go() runs */
	GCond cond;
	bool answered, let_go, ended;
};

static gboolean on_bell(gpointer data)
{
	struct dog *self = data;

	g_source_set_ready_time(self->bell, -1);
	g_mutex_lock(&self->lock);
	bool was = self->let_go;
	self->answered = true;
	self->let_go = false;
	g_cond_signal(&self->cond);
	g_mutex_unlock(&self->lock);
	if (was)
		self->listener->awake(self->data);
	return G_SOURCE_CONTINUE;
}

/* Holding the lock. False: it was woken before its time. */
static bool passes(struct dog *self, gint64 us, const bool *unless)
{
	gint64 end = g_get_monotonic_time() + us;

	while (!*unless && !self->ended)
		if (!g_cond_wait_until(&self->cond, &self->lock, end))
			return true;
	return false;
}

static gpointer run(gpointer data)
{
	static const bool never = false;
	struct dog *self = data;

	g_mutex_lock(&self->lock);
	while (passes(self, ROUND_US, &never)) {
		self->answered = false;
		g_source_set_ready_time(self->bell, 0);
		if (!passes(self, self->patience_us, &self->answered))
			continue;
		self->let_go = true;
		self->listener->let_go(self->data);
		while (!self->answered && !self->ended)
			g_cond_wait(&self->cond, &self->lock);
	}
	g_mutex_unlock(&self->lock);
	return NULL;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
	(void)source;
	return callback(data);
}

static GSourceFuncs bell_funcs = { .dispatch = dispatch };

struct dog *dog_start(unsigned patience_ms, const struct dog_listener *listener, void *data)
{
	struct dog *self = g_new0(struct dog, 1);

	self->listener = listener;
	self->data = data;
	self->patience_us = (gint64)patience_ms * 1000;
	g_mutex_init(&self->lock);
	g_cond_init(&self->cond);
	self->bell = g_source_new(&bell_funcs, sizeof(GSource));
	g_source_set_callback(self->bell, on_bell, self, NULL);
	g_source_attach(self->bell, NULL);
	self->thread = g_thread_new("dog", run, self);
	return self;
}

void dog_stop(struct dog *self)
{
	if (!self)
		return;
	g_mutex_lock(&self->lock);
	self->ended = true;
	g_cond_signal(&self->cond);
	g_mutex_unlock(&self->lock);
	g_thread_join(self->thread);
	g_source_destroy(self->bell);
	g_source_unref(self->bell);
	g_cond_clear(&self->cond);
	g_mutex_clear(&self->lock);
	g_free(self);
}
