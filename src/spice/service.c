#include "spice/service.h"

#include <errno.h>
#include <glib-unix.h>
#include <spice-client.h>
#include <string.h>

#include "base/log.h"
#include "spice/display.h"
#include "spice/part.h"
#include "spice/session.h"

/* NULL ends. */
static const struct part_impl *const part_impls[] = { &part_clip,  &part_display, &part_files,
						      &part_share, &part_sound,   NULL };

struct service {
	GMainLoop *loop;
	struct link *link;
	struct session *session;
	const struct service_secrets *secrets;
	struct part *parts[G_N_ELEMENTS(part_impls)]; /* NULL ends */
	unsigned reader;                              /* 0: the link has ended */
	int result;
};

/* ---- to the viewer ---- */

/* A link that breaks is told by its next turn. */
void service_tell(struct service *self, enum link_spice_tell type, const void *body,
		  const char *text, const int *fds)
{
	if (link_send(self->link, type, body, text, fds) == -EINVAL)
		log_error("what was to be told (%d) is no such message", type);
}

static void tell(struct service *self, enum link_spice_tell type, const void *body,
		 const char *text)
{
	service_tell(self, type, body, text, NULL);
}

const struct share_wishes *service_share(const struct service *self)
{
	return &self->secrets->share;
}

void service_make_presentable(char *out, size_t size, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	const char *end;

	g_strlcpy(out, valid, size);
	if (!g_utf8_validate(out, -1, &end))
		out[end - out] = '\0';
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

void service_set_screen(struct service *self, const struct rect *part, int display)
{
	inputs_set_screen(session_inputs(self->session), part, display);
}

void service_nudge(struct service *self)
{
	inputs_nudge(session_inputs(self->session));
}

static void on_state(void *data, enum link_spice_connection state, const char *text)
{
	struct link_spice_state body = { state };
	char shown[512];

	service_make_presentable(shown, sizeof(shown), text);
	log_debug("state %d %s", state, shown);
	tell(data, LINK_SPICE_STATE, &body, shown);
}

static void on_server(void *data, const uint8_t *uuid, const char *name)
{
	struct link_spice_server body;
	char shown[256];

	memcpy(body.uuid, uuid, sizeof(body.uuid));
	service_make_presentable(shown, sizeof(shown), name);
	tell(data, LINK_SPICE_SERVER, &body, shown);
}

static void on_abilities(void *data, uint32_t abilities)
{
	struct link_spice_abilities body = { abilities };

	tell(data, LINK_SPICE_ABILITIES, &body, NULL);
}

static void on_leds(void *data, uint32_t leds)
{
	struct link_spice_lamps body = { leds };

	tell(data, LINK_SPICE_LEDS, &body, NULL);
}

/* ---- its parts ---- */

static void create_parts(struct service *self)
{
	for (size_t i = 0; part_impls[i]; i++) {
		self->parts[i] = part_impls[i]->create(self);
		self->parts[i]->impl = part_impls[i];
		self->parts[i]->service = self;
	}
}

static void destroy_parts(struct service *self)
{
	for (size_t i = 0; self->parts[i]; i++)
		self->parts[i]->impl->destroy(self->parts[i]);
}

static void on_dial(void *data, SpiceSession *spice)
{
	struct service *self = data;

	for (struct part **i = self->parts; *i; i++)
		if ((*i)->impl->dial)
			(*i)->impl->dial(*i, spice);
}

static void on_channel(void *data, SpiceChannel *channel)
{
	struct service *self = data;

	for (struct part **i = self->parts; *i; i++)
		if ((*i)->impl->channel)
			(*i)->impl->channel(*i, channel);
}

static void on_lost(void *data)
{
	struct service *self = data;

	for (struct part **i = self->parts; *i; i++)
		if ((*i)->impl->lost)
			(*i)->impl->lost(*i);
}

static const struct session_listener session_listener = {
	.state = on_state,
	.server = on_server,
	.dial = on_dial,
	.channel = on_channel,
	.lost = on_lost,
	.inputs = { .abilities = on_abilities, .leds = on_leds },
};

/* ---- from the viewer ---- */

/* Nobody, where none is named. */
static void open_address(struct service *self, const char *text, bool patient)
{
	g_autoptr(GError) error = NULL;
	struct address address = { NULL };

	if (*text ? address_parse(&address, text, &error) : self->secrets->address != NULL)
		session_open(self->session, *text ? &address : self->secrets->address, patient);
	else
		session_close(self->session);
	if (error)
		on_state(self, LINK_SPICE_REFUSED, error->message);
	address_clear(&address);
}

static void hear_open(struct service *self, const struct link_message *message)
{
	const struct link_spice_open *body = message->body;

	if (body->version != LINK_SPICE_VERSION)
		on_state(self, LINK_SPICE_REFUSED,
			 "oriel-view and oriel-spice are of two versions; install both anew");
	else if (self->secrets->complaint)
		on_state(self, LINK_SPICE_REFUSED, self->secrets->complaint);
	else
		open_address(self, message->text, !body->impatient);
}

static void hear_password(struct service *self, const struct link_message *message)
{
	session_set_password(self->session, message->text);
}

static void hear_key(struct service *self, const struct link_message *message)
{
	const struct link_spice_key *body = message->body;

	inputs_key(session_inputs(self->session), body->code, body->pressed != 0);
}

static void hear_button(struct service *self, const struct link_message *message)
{
	const struct link_spice_key *body = message->body;

	inputs_button(session_inputs(self->session), body->code, body->pressed != 0);
}

static void hear_motion(struct service *self, const struct link_message *message)
{
	const struct link_spice_motion *body = message->body;

	inputs_motion(session_inputs(self->session), body->x, body->y);
}

static void hear_position(struct service *self, const struct link_message *message)
{
	const struct link_spice_position *body = message->body;

	inputs_position(session_inputs(self->session), body->x, body->y, body->width, body->height);
}

static void hear_scroll(struct service *self, const struct link_message *message)
{
	const struct link_spice_motion *body = message->body;

	inputs_scroll(session_inputs(self->session), body->x, body->y);
}

static void hear_locks(struct service *self, const struct link_message *message)
{
	const struct link_spice_lamps *body = message->body;

	inputs_locks(session_inputs(self->session), body->lamps);
}

static void hear_release(struct service *self, const struct link_message *message)
{
	(void)message;
	inputs_release(session_inputs(self->session));
}

static void (*const hears[])(struct service *self, const struct link_message *message) = {
	[LINK_SPICE_PASSWORD] = hear_password, [LINK_SPICE_OPEN] = hear_open,
	[LINK_SPICE_KEY] = hear_key,           [LINK_SPICE_BUTTON] = hear_button,
	[LINK_SPICE_MOTION] = hear_motion,     [LINK_SPICE_POSITION] = hear_position,
	[LINK_SPICE_SCROLL] = hear_scroll,     [LINK_SPICE_LOCKS] = hear_locks,
	[LINK_SPICE_RELEASE] = hear_release,
};
G_STATIC_ASSERT(G_N_ELEMENTS(hears) <= LINK_SPICE_ASK_COUNT);

/* What nobody hears, this build has no part for. */
static void hear(void *data, struct link_message *message)
{
	struct service *self = data;

	if (message->type < G_N_ELEMENTS(hears) && hears[message->type])
		hears[message->type](self, message);
	for (struct part **i = self->parts; *i; i++)
		if ((*i)->impl->hears[message->type])
			(*i)->impl->hears[message->type](*i, message);
}

static gboolean on_turn(gint fd, GIOCondition condition, gpointer data)
{
	struct service *self = data;
	struct err err = { 0 };
	int result = link_turn(self->link, hear, self, &err);

	(void)fd, (void)condition;
	if (result == 0)
		return G_SOURCE_CONTINUE;
	if (result != -ECONNRESET)
		log_error("%s", err.text);
	self->reader = 0;
	self->result = result == -ECONNRESET ? 0 : result;
	g_main_loop_quit(self->loop);
	return G_SOURCE_REMOVE;
}

int service_run(int fd, const struct service_secrets *secrets)
{
	struct service self = { .secrets = secrets };
	int result = link_create(&self.link, fd, &link_spice_tells, &link_spice_asks);

	if (result < 0)
		return result;
	self.loop = g_main_loop_new(NULL, FALSE);
	create_parts(&self);
	self.session = session_create(&session_listener, &self);
	session_set_password(self.session, secrets->password);
	session_set_trust(self.session, secrets->ca, secrets->subject);
	self.reader = g_unix_fd_add(link_fd(self.link), G_IO_IN, on_turn, &self);
	char title[256];
	service_make_presentable(title, sizeof(title), secrets->title ? secrets->title : "");
	tell(&self, LINK_SPICE_HELLO, NULL, title);
	g_main_loop_run(self.loop);
	inputs_release(session_inputs(self.session));
	session_settle(self.session);
	session_destroy(self.session);
	destroy_parts(&self);
	if (self.reader)
		g_source_remove(self.reader);
	link_destroy(self.link);
	g_main_loop_unref(self.loop);
	return self.result;
}
