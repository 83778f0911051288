#include "view/spice/server.h"

#include <string.h>

struct server {
	struct spice *spice;
	const struct server_listener *listener;
	void *data;
	uint8_t uuid[16]; /* all 0: it does not say */
	char *guest;      /* NULL: nobody knows */
	char *password;   /* as typed; NULL: none was */
	bool locked;
	bool taken; /* by another client */
	bool told;  /* that it is another machine's */
};

/* ---- whose it is ---- */

static bool parse_uuid(const char *text, uint8_t out[16])
{
	unsigned digits = 0;

	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (!g_ascii_isxdigit(*text) || digits == 32)
			return false;
		unsigned value = (unsigned)g_ascii_xdigit_value(*text);
		out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] | value : value << 4);
		digits++;
	}
	return digits == 32;
}

static void turn(uint8_t uuid[16])
{
	static const uint8_t from[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t turned[16];

	for (size_t i = 0; i < sizeof(turned); i++)
		turned[i] = uuid[from[i]];
	memcpy(uuid, turned, sizeof(turned));
}

bool server_is_guests(const uint8_t server[16], const char *guest)
{
	static const uint8_t unknown[16];
	uint8_t other[16];

	if (!guest || memcmp(server, unknown, sizeof(unknown)) == 0 || !parse_uuid(guest, other) ||
	    memcmp(server, other, sizeof(other)) == 0)
		return true;
	turn(other);
	return memcmp(server, other, sizeof(other)) == 0;
}

static void compare(struct server *self)
{
	bool same = server_is_guests(self->uuid, self->guest);

	if (!same && !self->told)
		self->listener->alert(self->data,
				      "the SPICE server is another machine's: keys go there, the "
				      "picture is from here");
	self->told = !same;
}

void server_set_guest(struct server *self, const char *uuid)
{
	g_free(self->guest);
	self->guest = g_strdup(uuid);
	compare(self);
}

static void on_server(void *data, struct link_message *message)
{
	struct server *self = data;
	const struct link_spice_server *body = message->body;

	memcpy(self->uuid, body->uuid, sizeof(self->uuid));
	compare(self);
}

/* ---- whether it is there ---- */

static void set_locked(struct server *self, bool locked)
{
	if (self->locked == locked)
		return;
	self->locked = locked;
	self->listener->locked(self->data, locked, self->password != NULL);
}

/* As the server has it, and which that is. */
static void set_obstacle(struct server *self, const char *what, const char *and)
{
	g_autofree char *text = g_strdup_printf("SPICE: %s: %s%s", spice_name(self->spice), what,
						and);

	self->listener->obstacle(self->data, text);
}

static void on_state(void *data, struct link_message *message)
{
	struct server *self = data;
	const struct link_spice_state *body = message->body;

	switch (body->connection) {
	case LINK_SPICE_CONNECTED:
		self->listener->obstacle(self->data, NULL);
		break;
	case LINK_SPICE_LOST:
		set_obstacle(self, message->text, "; trying again");
		break;
	case LINK_SPICE_REFUSED:
	case LINK_SPICE_TAKEN:
	case LINK_SPICE_LOCKED:
		set_obstacle(self, message->text, "");
		break;
	}
	self->taken = body->connection == LINK_SPICE_TAKEN;
	if (body->connection != LINK_SPICE_CONNECTING)
		set_locked(self, body->connection == LINK_SPICE_LOCKED);
}

static void on_hello(void *data, struct link_message *message)
{
	struct server *self = data;

	if (*message->text)
		self->listener->title(self->data, message->text);
	if (self->password)
		spice_ask(self->spice, LINK_SPICE_PASSWORD, NULL, self->password, NULL);
}

static void on_shared(void *data, struct link_message *message)
{
	struct server *self = data;

	self->listener->alert(self->data, message->text);
}

static void on_lost(void *data)
{
	struct server *self = data;

	self->listener->obstacle(self->data, "SPICE: oriel-spice has ended; starting it again");
	memset(self->uuid, 0, sizeof(self->uuid));
	set_locked(self, false);
}

void server_take_back(struct server *self)
{
	if (self->taken)
		spice_open(self->spice);
	self->taken = false;
}

void server_set_password(struct server *self, const char *password)
{
	g_free(self->password);
	self->password = g_strdup(password);
	self->locked = false; /* or one that is wrong, too, would be no news */
	spice_ask(self->spice, LINK_SPICE_PASSWORD, NULL, password, NULL);
}

/* ---- life ---- */

static const struct spice_part part = {
	.lost = on_lost,
	.hears = {
		[LINK_SPICE_HELLO] = on_hello,
		[LINK_SPICE_STATE] = on_state,
		[LINK_SPICE_SERVER] = on_server,
		[LINK_SPICE_SHARE_ALERT] = on_shared,
	},
};

struct server *server_create(struct spice *spice, const struct server_listener *listener,
			     void *data)
{
	struct server *self = g_new0(struct server, 1);

	self->spice = spice;
	self->listener = listener;
	self->data = data;
	spice_add(spice, &part, self);
	return self;
}

void server_destroy(struct server *self)
{
	if (!self)
		return;
	spice_remove(self->spice, &part, self);
	g_free(self->guest);
	g_free(self->password);
	g_free(self);
}
