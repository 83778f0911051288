#include "spice/session.h"

#include <spice-client.h>
#include <string.h>

#include "base/log.h"
#include "pixel/region.h"

#define WAIT_MIN_MS 250
#define WAIT_MAX_MS 8000

/* spice-server 0.15.1 falls over, and the machine with it, when a client leaves while its display
 * is being connected. */
#define SETTLE_US 250000

/* A server of one client at a time throws it out for the next. Two that dial by themselves would
 * take turns for ever: who was thrown out so often within that time leaves it to the other. */
#define TURNS    3
#define TURNS_US (5 * G_USEC_PER_SEC)

struct session {
	const struct session_listener *listener;
	void *data;
	struct address address; /* all NULL: nobody was named */
	char *password, *ca, *subject;
	SpiceSession *spice; /* NULL: between two connections */
	SpiceMainChannel *main;
	SpiceInputsChannel *channel;
	struct inputs *inputs;
	enum link_spice_connection state;
	gint64 opened_us;               /* when the last channel was; 0: none */
	gint64 thrown_us[TURNS];        /* the last times that the server hung up on us */
	bool patient;                   /* who does not answer is waited for */
	unsigned wait_ms, timer, ender; /* the last two 0: none runs */
};

static void change(struct session *self, enum link_spice_connection state, const char *text)
{
	self->state = state;
	self->listener->state(self->data, state, text);
}

/* ---- the end of a connection ---- */

/* How long it should still stay. */
static unsigned settle_ms(const struct session *self)
{
	gint64 age = g_get_monotonic_time() - self->opened_us;

	return self->opened_us && age < SETTLE_US ? (unsigned)((SETTLE_US - age) / 1000 + 1) : 0;
}

static void hang_up(struct session *self)
{
	SpiceSession *spice = self->spice;

	self->opened_us = 0;

	self->spice = NULL;
	inputs_attach(self->inputs, NULL, NULL);
	inputs_set_screen(self->inputs, &(struct rect){ 0 }, 0);
	g_clear_object(&self->main);
	g_clear_object(&self->channel);
	if (!spice)
		return;
	if (self->listener->lost)
		self->listener->lost(self->data);
	GList *channels = spice_session_get_channels(spice);
	for (GList *i = channels; i; i = i->next)
		g_signal_handlers_disconnect_by_data(i->data, self);
	g_list_free(channels);
	g_signal_handlers_disconnect_by_data(spice, self);
	spice_session_disconnect(spice);
	g_object_unref(spice);
}

static void stop_timers(struct session *self)
{
	if (self->timer)
		g_source_remove(self->timer);
	if (self->ender)
		g_source_remove(self->ender);
	self->timer = self->ender = 0;
}

static void dial(struct session *self);

static gboolean on_again(gpointer data)
{
	struct session *self = data;

	self->timer = 0;
	hang_up(self);
	if (self->address.path || self->address.host)
		dial(self);
	return G_SOURCE_REMOVE;
}

/* Not from a signal of what is to be destroyed. */
static gboolean on_over(gpointer data)
{
	struct session *self = data;

	self->ender = 0;
	hang_up(self);
	if (self->state != LINK_SPICE_LOST)
		return G_SOURCE_REMOVE;
	self->timer = g_timeout_add(self->wait_ms, on_again, self);
	self->wait_ms = MIN(self->wait_ms * 2, WAIT_MAX_MS);
	return G_SOURCE_REMOVE;
}

static void over(struct session *self, enum link_spice_connection state, const char *text)
{
	if (self->ender || self->timer)
		return;
	if (state == LINK_SPICE_LOST && !self->patient)
		state = LINK_SPICE_REFUSED;
	inputs_attach(self->inputs, NULL, NULL);
	self->ender = g_idle_add(on_over, self);
	change(self, state, text);
}

/* ---- its life ---- */

/* What ends a channel, and whether trying again is of use. */
static const struct {
	SpiceChannelEvent event;
	enum link_spice_connection state;
	const char *text;
} ends[] = {
	{ SPICE_CHANNEL_CLOSED, LINK_SPICE_LOST, "the server has ended the connection" },
	{ SPICE_CHANNEL_ERROR_CONNECT, LINK_SPICE_LOST, "nobody answers" },
	{ SPICE_CHANNEL_ERROR_TLS, LINK_SPICE_REFUSED,
	  "TLS failed; name the certificates of those who sign the server's" },
	{ SPICE_CHANNEL_ERROR_LINK, LINK_SPICE_LOST, "what answers does not speak SPICE" },
	{ SPICE_CHANNEL_ERROR_AUTH, LINK_SPICE_LOCKED,
	  "the server wants a password, or another one" },
	{ SPICE_CHANNEL_ERROR_IO, LINK_SPICE_LOST, "the connection is broken" },
};

static bool was_taken(struct session *self)
{
	gint64 now = g_get_monotonic_time();

	memmove(self->thrown_us, self->thrown_us + 1, sizeof(self->thrown_us[0]) * (TURNS - 1));
	self->thrown_us[TURNS - 1] = now;
	if (!self->thrown_us[0] || now - self->thrown_us[0] > TURNS_US)
		return false;
	memset(self->thrown_us, 0, sizeof(self->thrown_us));
	return true;
}

static void end_with(struct session *self, SpiceChannel *channel, size_t row)
{
	bool thrown = ends[row].event == SPICE_CHANNEL_CLOSED &&
		      self->state == LINK_SPICE_CONNECTED;

	if (thrown && was_taken(self)) {
		over(self, LINK_SPICE_TAKEN,
		     "another client has taken the connection; press a key here to take it back");
		return;
	}
	const GError *error = spice_channel_get_error(channel);
	g_autofree char *text = g_strdup_printf("%s%s%s", ends[row].text, error ? ": " : "",
						error ? error->message : "");

	over(self, ends[row].state, text);
}

static void on_open(struct session *self, SpiceChannel *channel)
{
	self->opened_us = g_get_monotonic_time();
	if (!SPICE_IS_INPUTS_CHANNEL(channel))
		return;
	self->wait_ms = WAIT_MIN_MS;
	self->patient = true;
	inputs_attach(self->inputs, self->main, self->channel);
	change(self, LINK_SPICE_CONNECTED, "");
}

static void on_event(SpiceChannel *channel, SpiceChannelEvent event, gpointer data)
{
	struct session *self = data;

	if (event == SPICE_CHANNEL_OPENED)
		on_open(self, channel);
	if (!SPICE_IS_MAIN_CHANNEL(channel) && !SPICE_IS_INPUTS_CHANNEL(channel))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (ends[i].event == event)
			end_with(self, channel, i);
}

static void on_channel(SpiceSession *spice, SpiceChannel *channel, gpointer data)
{
	struct session *self = data;

	(void)spice;
	g_signal_connect(channel, "channel-event", G_CALLBACK(on_event), self);
	if (SPICE_IS_MAIN_CHANNEL(channel)) {
		g_set_object(&self->main, SPICE_MAIN_CHANNEL(channel));
	} else if (SPICE_IS_INPUTS_CHANNEL(channel)) {
		g_set_object(&self->channel, SPICE_INPUTS_CHANNEL(channel));
		spice_channel_connect(channel);
	}
	if (self->listener->channel)
		self->listener->channel(self->data, channel);
}

static void on_server(SpiceSession *spice, GParamSpec *spec, gpointer data)
{
	static const uint8_t none[16];
	struct session *self = data;
	g_autofree char *name = NULL;
	uint8_t *uuid = NULL;

	(void)spec;
	g_object_get(spice, "name", &name, "uuid", &uuid, NULL);
	self->listener->server(self->data, uuid ? uuid : none, name ? name : "");
}

static void set_address(SpiceSession *spice, const struct address *address)
{
	if (address->path)
		g_object_set(spice, "unix-path", address->path, NULL);
	else
		g_object_set(spice, "host", address->host, "port", address->port, "tls-port",
			     address->tls_port, NULL);
	if (address->proxy)
		g_object_set(spice, "proxy", address->proxy, NULL);
}

static void set_trust(SpiceSession *spice, const char *ca, const char *subject)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	if (ca) {
		g_byte_array_append(bytes, (const guint8 *)ca, (guint)strlen(ca));
		g_object_set(spice, "ca", bytes, NULL);
	}
	if (subject)
		g_object_set(spice, "cert-subject", subject, "verify", SPICE_SESSION_VERIFY_SUBJECT,
			     NULL);
}

/* Only what we use: the rest would be one more parser each. */
static void dial(struct session *self)
{
	SpiceSession *spice = self->spice = spice_session_new();

	g_object_set(spice, "enable-audio", FALSE, "enable-usbredir", FALSE, "enable-smartcard",
		     FALSE, "password", self->password, NULL);
	set_address(spice, &self->address);
	set_trust(spice, self->ca, self->subject);
	if (self->listener->dial)
		self->listener->dial(self->data, spice);
	g_signal_connect(spice, "channel-new", G_CALLBACK(on_channel), self);
	g_signal_connect(spice, "notify::uuid", G_CALLBACK(on_server), self);
	change(self, LINK_SPICE_CONNECTING, "");
	if (!spice_session_connect(spice))
		over(self, LINK_SPICE_LOST, "there is no way to connect");
}

static void dial_afresh(struct session *self)
{
	unsigned rest_ms = settle_ms(self);

	stop_timers(self);
	self->wait_ms = WAIT_MIN_MS;
	if (rest_ms)
		self->timer = g_timeout_add(rest_ms, on_again, self);
	else
		on_again(self);
}

/* ---- for callers ---- */

struct session *session_create(const struct session_listener *listener, void *data)
{
	struct session *self = g_new0(struct session, 1);

	self->listener = listener;
	self->data = data;
	self->wait_ms = WAIT_MIN_MS;
	self->inputs = inputs_create(&listener->inputs, data);
	return self;
}

static void set_text(char **at, const char *text)
{
	g_free(*at);
	*at = g_strdup(text);
}

void session_set_password(struct session *self, const char *password)
{
	set_text(&self->password, password);
	if (self->state == LINK_SPICE_LOCKED && (self->address.path || self->address.host))
		dial_afresh(self);
}

void session_set_trust(struct session *self, const char *ca, const char *subject)
{
	set_text(&self->ca, ca);
	set_text(&self->subject, subject);
}

void session_open(struct session *self, const struct address *address, bool patient)
{
	struct address copy;

	address_copy(&copy, address);
	address_clear(&self->address);
	self->address = copy;
	self->patient = patient;
	dial_afresh(self);
}

void session_close(struct session *self)
{
	address_clear(&self->address);
	self->state = LINK_SPICE_CONNECTING;
	dial_afresh(self);
}

static gboolean on_settled(gpointer data)
{
	*(bool *)data = true;
	return G_SOURCE_REMOVE;
}

void session_settle(struct session *self)
{
	bool settled = !settle_ms(self);

	if (!settled)
		g_timeout_add(settle_ms(self), on_settled, &settled);
	while (!settled)
		g_main_context_iteration(NULL, TRUE);
}

struct inputs *session_inputs(struct session *self)
{
	return self->inputs;
}

void session_destroy(struct session *self)
{
	if (!self)
		return;
	stop_timers(self);
	hang_up(self);
	inputs_destroy(self->inputs);
	address_clear(&self->address);
	g_free(self->password);
	g_free(self->ca);
	g_free(self->subject);
	g_free(self);
}
