#include "spice/display.h"

#include <spice-client.h>

#include "base/clock.h"
#include "spice/display_impl.h"
#include "spice/heap.h"

#define AFTER_MS  30  /* the server closes, too */
#define AGAIN_MS  300 /* until a channel that broke is opened again */
#define PROTOCOL  2
#define MONITORS  16
#define CALM_MS   250 /* spice-server 0.15.1 may fall over one that leaves sooner */
#define GLANCE_NS (3 * NS_PER_S)

/* ---- channels ---- */

static bool is_display(const struct outlet *outlet)
{
	return SPICE_IS_DISPLAY_CHANNEL(outlet->channel);
}

static struct outlet *find_outlet(const struct display *self, bool display, int id)
{
	for (unsigned i = 0; i < self->outlets->len; i++) {
		struct outlet *outlet = self->outlets->pdata[i];
		if (is_display(outlet) == display && outlet->id == id)
			return outlet;
	}
	return NULL;
}

/* NULL: none is to be open. */
static struct outlet *wanted_display(const struct display *self)
{
	struct outlet *own = find_outlet(self, true, (int)self->monitor);

	if (self->watched)
		return own ? own : find_outlet(self, true, 0);
	return self->glance ? find_outlet(self, true, 0) : NULL;
}

/* A server that has not noticed yet that the channel was closed refuses it. The library takes that
 * for an age before the protocol's, and would go on with that for all of the session. */
static void open_outlet(struct outlet *outlet)
{
	g_autoptr(GObject) session = NULL;

	g_object_get(outlet->channel, "spice-session", &session, NULL);
	if (session)
		g_object_set(session, "protocol", PROTOCOL, NULL);
	outlet->stage = OPENING;
	spice_channel_connect(outlet->channel);
}

static gboolean on_settle(gpointer data)
{
	struct display *self = data;

	self->settler = 0;
	display_settle(self);
	return G_SOURCE_REMOVE;
}

static void settle_later(struct display *self, unsigned ms)
{
	if (!self->settler)
		self->settler = g_timeout_add(ms, on_settle, self);
}

static void close_outlet(struct outlet *outlet)
{
	if (clock_ns() - outlet->opened_ns < CALM_MS * NS_PER_MS) {
		settle_later(outlet->owner, CALM_MS);
		return;
	}
	outlet->stage = CLOSING;
	spice_channel_disconnect(outlet->channel, SPICE_CHANNEL_NONE);
}

static void settle_outlet(struct outlet *outlet, bool open)
{
	if (open && outlet->stage == IDLE) {
		open_outlet(outlet);
	} else if (!open && outlet->stage == OPEN) {
		close_outlet(outlet);
	}
}

static void forget_display(struct display *self)
{
	display_texture_leave(self);
	self->shown = NULL;
	self->pixels = NULL;
	self->marked = false;
	self->pointer_visible = self->pointer_placed = false;
	display_drop_surface(self);
}

/* Opens and closes what now should be. A display that was open for a glance is opened anew for
 * more: what it told has been forgotten. */
void display_settle(struct display *self)
{
	struct outlet *wanted = wanted_display(self);

	if (self->shown && self->shown != wanted)
		forget_display(self);
	if (wanted && !self->shown && wanted->stage == IDLE)
		self->shown = wanted;
	for (unsigned i = 0; i < self->outlets->len; i++) {
		struct outlet *outlet = self->outlets->pdata[i];
		settle_outlet(outlet, is_display(outlet) ? outlet == self->shown
							 : self->watched && self->shown &&
								   outlet->id == self->shown->id);
	}
}

static void on_closed(struct outlet *outlet)
{
	struct display *self = outlet->owner;
	bool meant = outlet->stage == CLOSING;

	outlet->stage = IDLE;
	if (outlet == self->shown) {
		forget_display(self);
		display_blank_soon(self);
	}
	heap_give_back();
	settle_later(self, meant ? AFTER_MS : AGAIN_MS);
}

static void on_event(SpiceChannel *channel, SpiceChannelEvent event, gpointer data)
{
	struct outlet *outlet = data;

	(void)channel;
	if (event == SPICE_CHANNEL_OPENED) {
		outlet->stage = OPEN;
		outlet->opened_ns = clock_ns();
		display_settle(outlet->owner);
	} else if (event != SPICE_CHANNEL_NONE && event != SPICE_CHANNEL_SWITCHING &&
		   outlet->stage != IDLE) {
		on_closed(outlet);
	}
}

static void connect_signals(struct outlet *outlet, const struct display_signal *signals)
{
	for (; signals->name; signals++)
		g_signal_connect(outlet->channel, signals->name, signals->func, outlet);
}

static void add_outlet(struct display *self, SpiceChannel *channel)
{
	struct outlet *outlet = g_new0(struct outlet, 1);

	outlet->owner = self;
	outlet->channel = g_object_ref(channel);
	g_object_get(channel, "channel-id", &outlet->id, NULL);
	g_signal_connect(channel, "channel-event", G_CALLBACK(on_event), outlet);
	if (is_display(outlet)) {
		connect_signals(outlet, display_picture_signals);
		connect_signals(outlet, display_texture_signals);
	} else {
		connect_signals(outlet, display_pointer_signals);
	}
	g_ptr_array_add(self->outlets, outlet);
	display_settle(self);
}

static void outlet_free(void *data)
{
	struct outlet *self = data;

	g_signal_handlers_disconnect_by_data(self->channel, self);
	g_object_unref(self->channel);
	g_free(self);
}

static void display_channel(struct part *part, SpiceChannel *channel)
{
	struct display *self = (struct display *)part;

	if (SPICE_IS_MAIN_CHANNEL(channel))
		g_set_object(&self->main, SPICE_MAIN_CHANNEL(channel));
	else if (SPICE_IS_DISPLAY_CHANNEL(channel) || SPICE_IS_CURSOR_CHANNEL(channel))
		add_outlet(self, channel);
}

/* Packing is of no use on one machine. Elsewhere not into what later pictures refer to: the library
 * keeps that beyond a channel's end. */
static void display_dial(struct part *part, SpiceSession *spice)
{
	struct display *self = (struct display *)part;
	g_autofree char *path = NULL;

	g_object_get(spice, "unix-path", &path, NULL);
	g_object_set(spice, "preferred-compression",
		     path ? SPICE_IMAGE_COMPRESSION_OFF : SPICE_IMAGE_COMPRESSION_AUTO_LZ, NULL);
	self->glance = true;
}

static void display_lost(struct part *part)
{
	struct display *self = (struct display *)part;

	forget_display(self);
	display_stop(&self->settler);
	self->screen = (struct rect){ 0 };
	g_ptr_array_set_size(self->outlets, 0);
	g_clear_object(&self->main);
}

/* ---- from the viewer ---- */

static void hear_watch(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	const struct link_spice_watch *body = message->body;
	bool watched = body->watching != 0;

	self->textures = body->textures != 0;
	if (watched && self->watched && body->monitor == self->monitor) {
		display_drop_surface(self);
		self->blank = -1;
		self->texture.told = false;
		if (self->texture.there)
			display_texture_make(self);
		else
			display_make_surface(self);
		return;
	}
	forget_display(self);
	if (!watched)
		service_set_screen(self->part.service, &self->screen, 0);
	self->watched = watched;
	self->monitor = body->monitor;
	self->blank = -1;
	display_settle(self);
}

static void hear_free(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	const struct link_spice_slot *body = message->body;

	if (!self->surface || body->surface != self->number)
		return;
	surface_free(self->surface, body->slot);
	display_schedule(self);
}

static void hear_done(struct part *part, struct link_message *message)
{
	const struct link_spice_done *body = message->body;

	display_texture_done((struct display *)part, body->draw);
}

static void ask_for(struct display *self, uint32_t monitor, const struct rect *at)
{
	spice_main_channel_update_display_enabled(self->main, (int)monitor, TRUE, FALSE);
	spice_main_channel_update_display(self->main, (int)monitor, (int)at->x, (int)at->y,
					  (int)at->width, (int)at->height, FALSE);
}

/* False: it is off, or nobody has told. */
static bool find_monitor(const struct display *self, uint32_t monitor, struct rect *out)
{
	g_autoptr(GArray) monitors = NULL;

	if (self->shown && self->shown->id == 0)
		g_object_get(self->shown->channel, "monitors", &monitors, NULL);
	for (unsigned i = 0; monitors && i < monitors->len; i++) {
		const SpiceDisplayMonitorConfig *at = &g_array_index(monitors,
								     SpiceDisplayMonitorConfig, i);
		if (at->id == monitor && at->width && at->height) {
			*out = (struct rect){ at->x, at->y, at->width, at->height };
			return true;
		}
	}
	return false;
}

/* Agents are asked for all monitors at once, and turn off what is not among them. Who looks at one
 * wants those before it, too. */
static void hear_size(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	const struct link_spice_size *body = message->body;
	gboolean agent = FALSE;

	if (self->main)
		g_object_get(self->main, "agent-connected", &agent, NULL);
	if (!agent || body->monitor >= MONITORS || body->width > LINK_SPICE_SCREEN_MAX ||
	    body->height > LINK_SPICE_SCREEN_MAX)
		return;
	for (uint32_t i = 0; i < MONITORS; i++) {
		struct rect at = { 0 };
		bool on = find_monitor(self, i, &at);
		if (i == body->monitor || (i < body->monitor && !on)) {
			at.width = body->width;
			at.height = body->height;
			on = true;
		}
		if (on)
			ask_for(self, i, &at);
	}
	spice_main_channel_send_monitor_config(self->main);
}

/* Positions are scaled to the screen, whose size is told by nobody while no display is open. */
static void hear_position(struct part *part, struct link_message *message)
{
	struct display *self = (struct display *)part;
	uint64_t now = clock_ns();

	(void)message;
	if (self->watched || self->glance || now - self->glanced_ns < GLANCE_NS)
		return;
	self->glanced_ns = now;
	self->glance = true;
	display_settle(self);
}

static struct part *display_create(struct service *service)
{
	struct display *self = g_new0(struct display, 1);

	(void)service;
	heap_keep();
	self->outlets = g_ptr_array_new_with_free_func(outlet_free);
	return &self->part;
}

static void display_destroy(struct part *part)
{
	struct display *self = (struct display *)part;

	display_lost(part);
	display_stop(&self->blanker);
	g_ptr_array_unref(self->outlets);
	g_free(self);
}

const struct part_impl part_display = {
	.name = "display",
	.create = display_create,
	.dial = display_dial,
	.channel = display_channel,
	.lost = display_lost,
	.hears = { [LINK_SPICE_POSITION] = hear_position,
		   [LINK_SPICE_DISPLAY_WATCH] = hear_watch,
		   [LINK_SPICE_DISPLAY_FREE] = hear_free,
		   [LINK_SPICE_DISPLAY_SIZE] = hear_size,
		   [LINK_SPICE_DISPLAY_DONE] = hear_done },
	.destroy = display_destroy,
};
