#include "spice/sound_pipewire.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define WAIT_MIN_MS 500
#define WAIT_MAX_MS 8000

static struct pipewire *pipewire_from(const struct sound *sound)
{
	assert(sound->impl == sound_pipewire);
	return (struct pipewire *)sound;
}

void pipewire_alert(struct pipewire *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	self->sound.listener->alert(self->sound.data, text);
}

/* ---- its loop, turned by ours ---- */

struct turner {
	GSource source;
	struct pw_loop *loop;
};

static gboolean on_turn(GSource *source, GSourceFunc callback, gpointer data)
{
	(void)callback, (void)data;
	int result = pw_loop_iterate(((struct turner *)source)->loop, 0);

	if (result < 0 && result != -EINTR)
		log_debug("PipeWire's loop: %s", g_strerror(-result));
	return G_SOURCE_CONTINUE;
}

static GSource *turn(struct pw_loop *loop)
{
	static GSourceFuncs funcs = { .dispatch = on_turn };
	GSource *source = g_source_new(&funcs, sizeof(struct turner));

	((struct turner *)source)->loop = loop;
	g_source_add_unix_fd(source, pw_loop_get_fd(loop), G_IO_IN | G_IO_ERR | G_IO_HUP);
	pw_loop_enter(loop);
	g_source_attach(source, NULL);
	return source;
}

/* ---- devices that were named ---- */

static bool has_node(struct pipewire *self, const char *name)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->nodes);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (strcmp(value, name) == 0)
			return true;
	return false;
}

/* Once all that there are have been told. */
static void look_for_devices(struct pipewire *self)
{
	static const char *const uses[] = { "play on", "record from" };

	for (struct pipe *pipe = self->pipes; pipe < self->pipes + SOUND_ENDS; pipe++) {
		if (!pipe->device || !pipe->format.rate)
			continue;
		bool missing = !has_node(self, pipe->device);
		if (missing && !pipe->missed)
			pipewire_alert(self,
				       "there is no device \"%s\" to %s (wpctl status, pw-cli ls "
				       "Node); the default is used",
				       pipe->device, uses[pipe->end]);
		pipe->missed = missing;
	}
}

static void on_global(void *data, uint32_t id, uint32_t permissions, const char *type,
		      uint32_t version, const struct spa_dict *props)
{
	struct pipewire *self = data;
	const char *name = props ? spa_dict_lookup(props, PW_KEY_NODE_NAME) : NULL;

	(void)permissions, (void)version;
	if (strcmp(type, PW_TYPE_INTERFACE_Node) == 0 && name)
		g_hash_table_insert(self->nodes, GUINT_TO_POINTER(id), g_strdup(name));
}

static void on_global_remove(void *data, uint32_t id)
{
	struct pipewire *self = data;

	g_hash_table_remove(self->nodes, GUINT_TO_POINTER(id));
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
	.global_remove = on_global_remove,
};

static void ask_for_devices(struct pipewire *self)
{
	bool named = self->pipes[SOUND_SPEAKER].device || self->pipes[SOUND_MICROPHONE].device;

	if (!named || !self->core)
		return;
	if (!self->registry) {
		self->registry = pw_core_get_registry(self->core, PW_VERSION_REGISTRY, 0);
		if (!self->registry)
			return;
		pw_registry_add_listener(self->registry, &self->registry_hook, &registry_events,
					 self);
	}
	self->synced = pw_core_sync(self->core, PW_ID_CORE, 0);
}

/* ---- the connection ---- */

static void drop_source(unsigned *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void disconnect(struct pipewire *self)
{
	for (int end = 0; end < SOUND_ENDS; end++)
		pipe_close(&self->pipes[end]);
	if (self->registry) {
		spa_hook_remove(&self->registry_hook);
		pw_proxy_destroy((struct pw_proxy *)self->registry);
		self->registry = NULL;
	}
	g_hash_table_remove_all(self->nodes);
	self->synced = -1;
	if (!self->core)
		return;
	spa_hook_remove(&self->core_hook);
	pw_core_disconnect(self->core);
	self->core = NULL;
}

static void settle(struct pipewire *self);

static gboolean on_again(gpointer data)
{
	struct pipewire *self = data;

	self->retrier = 0;
	settle(self);
	return G_SOURCE_REMOVE;
}

static void try_later(struct pipewire *self, const char *why)
{
	if (!self->told)
		pipewire_alert(self, "no sound: PipeWire: %s; it is tried again", why);
	self->told = true;
	if (!self->retrier)
		self->retrier = g_timeout_add(self->wait_ms, on_again, self);
	self->wait_ms = MIN(self->wait_ms * 2, WAIT_MAX_MS);
}

/* Not from within an event of what is to be destroyed. */
static gboolean on_over(gpointer data)
{
	struct pipewire *self = data;

	self->ender = 0;
	disconnect(self);
	try_later(self, "it has left");
	return G_SOURCE_REMOVE;
}

static void on_error(void *data, uint32_t id, int sequence, int result, const char *message)
{
	struct pipewire *self = data;

	(void)sequence;
	log_debug("PipeWire: %u: %s: %s", id, g_strerror(-result), message);
	if (id == PW_ID_CORE && result == -EPIPE && !self->ender)
		self->ender = g_idle_add(on_over, self);
}

/* Who answers is there. */
static void on_done(void *data, uint32_t id, int sequence)
{
	struct pipewire *self = data;

	if (id != PW_ID_CORE || sequence != self->synced)
		return;
	if (self->told)
		pipewire_alert(self, "sound is there again");
	self->told = false;
	self->wait_ms = WAIT_MIN_MS;
	if (self->registry)
		look_for_devices(self);
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.done = on_done,
	.error = on_error,
};

static bool connect_server(struct pipewire *self)
{
	if (self->core)
		return true;
	self->core = pw_context_connect(self->context, NULL, 0);
	if (!self->core) {
		try_later(self, g_strerror(errno));
		return false;
	}
	pw_core_add_listener(self->core, &self->core_hook, &core_events, self);
	self->synced = pw_core_sync(self->core, PW_ID_CORE, 0);
	return true;
}

/* Streams as they are wanted, and a server where one is. */
static void settle(struct pipewire *self)
{
	bool wanted = self->pipes[SOUND_SPEAKER].format.rate ||
		      self->pipes[SOUND_MICROPHONE].format.rate;

	for (int end = 0; end < SOUND_ENDS; end++)
		if (!self->pipes[end].format.rate)
			pipe_close(&self->pipes[end]);
	if (!wanted)
		drop_source(&self->retrier);
	if (!wanted || self->retrier || self->ender || !connect_server(self))
		return;
	ask_for_devices(self);
	for (int end = 0; end < SOUND_ENDS; end++)
		if (self->pipes[end].format.rate)
			pipe_open(&self->pipes[end]);
}

/* ---- a sound server ---- */

static void pipewire_play(struct sound *sound, struct sound_track *track)
{
	struct pipewire *self = pipewire_from(sound);
	struct pipe *pipe = &self->pipes[SOUND_SPEAKER];

	pipe_close(pipe);
	pipe->track = track;
	pipe->format = track ? track->format : (struct sound_format){ 0 };
	pipe->resting = false;
	settle(self);
}

static void pipewire_rest(struct sound *sound, bool resting)
{
	struct pipe *pipe = &pipewire_from(sound)->pipes[SOUND_SPEAKER];

	if (pipe->resting == resting)
		return;
	pipe->resting = resting;
	pipe_settle_rest(pipe);
}

static void pipewire_listen(struct sound *sound, const struct sound_format *format)
{
	struct pipewire *self = pipewire_from(sound);
	struct pipe *pipe = &self->pipes[SOUND_MICROPHONE];

	pipe_close(pipe);
	pipe->format = format ? *format : (struct sound_format){ 0 };
	settle(self);
}

static void pipewire_set_loudness(struct sound *sound, enum sound_end end, double volume,
				  bool muted)
{
	pipe_set_loudness(&pipewire_from(sound)->pipes[end], volume, muted);
}

static void pipewire_set_device(struct sound *sound, enum sound_end end, const char *name)
{
	struct pipe *pipe = &pipewire_from(sound)->pipes[end];

	g_free(pipe->device);
	pipe->device = *name ? g_strdup(name) : NULL;
	pipe->missed = false;
}

static uint32_t pipewire_delay_us(const struct sound *sound)
{
	const struct pipe *pipe = &pipewire_from(sound)->pipes[SOUND_SPEAKER];
	struct pw_time time;

	return (uint32_t)(pipe_delay_ns(pipe, &time) / 1000);
}

static void pipewire_destroy(struct sound *sound)
{
	struct pipewire *self = pipewire_from(sound);

	drop_source(&self->retrier);
	drop_source(&self->ender);
	disconnect(self);
	if (self->context)
		pw_context_destroy(self->context);
	if (self->source) {
		g_source_destroy(self->source);
		g_source_unref(self->source);
		pw_loop_leave(self->loop);
	}
	if (self->loop)
		pw_loop_destroy(self->loop);
	for (int end = 0; end < SOUND_ENDS; end++)
		g_free(self->pipes[end].device);
	g_hash_table_unref(self->nodes);
	pw_deinit();
	g_free(self);
}

/* Up to 1.2 a file of its own gave its data threads real time. */
static struct pw_properties *context_properties(void)
{
	struct pw_properties *out = pw_properties_new(NULL, NULL);
	unsigned major = 1, minor = 0;

	sscanf(pw_get_library_version(), "%u.%u", &major, &minor);
	if (major == 0 || (major == 1 && minor < 3))
		pw_properties_set(out, PW_KEY_CONFIG_NAME, "client-rt.conf");
	return out;
}

static struct sound *pipewire_create(const struct sound_listener *listener, void *data)
{
	struct pipewire *self = g_new0(struct pipewire, 1);

	pw_init(NULL, NULL);
	self->sound = (struct sound){ sound_pipewire, listener, data };
	self->wait_ms = WAIT_MIN_MS;
	self->synced = -1;
	self->nodes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	for (int end = 0; end < SOUND_ENDS; end++)
		self->pipes[end] = (struct pipe){ .server = self, .end = end };
	self->loop = pw_loop_new(NULL);
	if (self->loop) {
		self->source = turn(self->loop);
		self->context = pw_context_new(self->loop, context_properties(), 0);
	}
	if (self->context)
		return &self->sound;
	log_warn("PipeWire's client library does not work: %s", g_strerror(errno));
	pipewire_destroy(&self->sound);
	return NULL;
}

static const struct sound_impl impl = {
	.name = "pipewire",
	.create = pipewire_create,
	.play = pipewire_play,
	.rest = pipewire_rest,
	.listen = pipewire_listen,
	.set_loudness = pipewire_set_loudness,
	.set_device = pipewire_set_device,
	.delay_us = pipewire_delay_us,
	.destroy = pipewire_destroy,
};

const struct sound_impl *const sound_pipewire = &impl;
