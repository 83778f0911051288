/* The clipboard, through the guest's agent. What the viewer offers holds while connections and
 * agents come and go. An agent's answers bear no number: they are for whom asked for that kind
 * first. */
#include <assert.h>
#include <errno.h>
#include <spice-client.h>
#include <spice/vd_agent.h>
#include <unistd.h>

#include "base/log.h"
#include "link/parcel.h"
#include "spice/lines.h"
#include "spice/part.h"

#define PROGRESS_MS 250

/* Something wanted and not answered yet. */
struct errand {
	bool open;
	uint32_t id, selection, kind;
	uint64_t order;
	gulong base; /* bytes that had been read when it was asked for */
};

struct clip {
	struct part part;
	SpiceMainChannel *main;                  /* NULL: there is no connection */
	bool able;                               /* the agent shares clipboards */
	uint32_t offers[LINK_SPICE_SELECTIONS];  /* by the viewer */
	uint32_t grabbed[LINK_SPICE_SELECTIONS]; /* as the agent was told */
	uint32_t guests[LINK_SPICE_SELECTIONS];  /* as the viewer was told */
	struct errand viewers[LINK_SPICE_ERRANDS], agents[LINK_SPICE_ERRANDS]; /* who wants */
	uint32_t last_id;
	uint64_t order;
	unsigned timer; /* 0: none runs */
};

static const uint32_t types[] = {
	[LINK_SPICE_TEXT] = VD_AGENT_CLIPBOARD_UTF8_TEXT,
	[LINK_SPICE_PNG] = VD_AGENT_CLIPBOARD_IMAGE_PNG,
	[LINK_SPICE_BMP] = VD_AGENT_CLIPBOARD_IMAGE_BMP,
	[LINK_SPICE_TIFF] = VD_AGENT_CLIPBOARD_IMAGE_TIFF,
	[LINK_SPICE_JPEG] = VD_AGENT_CLIPBOARD_IMAGE_JPG,
};
static_assert(G_N_ELEMENTS(types) == LINK_SPICE_CLIP_KINDS, "a type for each");
static_assert((int)LINK_SPICE_CLIPBOARD == VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD &&
		      (int)LINK_SPICE_PRIMARY == VD_AGENT_CLIPBOARD_SELECTION_PRIMARY,
	      "the same numbers");

/* LINK_SPICE_CLIP_KINDS: one that nobody here knows. */
static uint32_t kind_of(uint32_t type)
{
	uint32_t kind = 0;

	while (kind < LINK_SPICE_CLIP_KINDS && types[kind] != type)
		kind++;
	return kind;
}

/* ---- errands ---- */

static struct errand *errand_add(struct clip *self, struct errand *all, uint32_t id,
				 uint32_t selection, uint32_t kind)
{
	for (size_t i = 0; i < LINK_SPICE_ERRANDS; i++) {
		if (all[i].open)
			continue;
		all[i] = (struct errand){ true, id, selection, kind, self->order++, 0 };
		return &all[i];
	}
	return NULL;
}

static struct errand *errand_find(struct errand *all, uint32_t id)
{
	for (size_t i = 0; i < LINK_SPICE_ERRANDS; i++)
		if (all[i].open && all[i].id == id)
			return &all[i];
	return NULL;
}

static struct errand *errand_oldest(struct errand *all, uint32_t selection, uint32_t type)
{
	struct errand *oldest = NULL;

	for (size_t i = 0; i < LINK_SPICE_ERRANDS; i++) {
		bool suits = type == VD_AGENT_CLIPBOARD_NONE || types[all[i].kind] == type;
		if (all[i].open && all[i].selection == selection && suits &&
		    (!oldest || all[i].order < oldest->order))
			oldest = &all[i];
	}
	return oldest;
}

static void tell_errand(struct clip *self, enum link_spice_tell type, struct errand *errand,
			const int *fd)
{
	struct link_spice_errand body = { errand->id };

	errand->open = false;
	service_tell(self->part.service, type, &body, NULL, fd);
}

static void end_errands(struct clip *self, struct errand *all, enum link_spice_tell how)
{
	for (size_t i = 0; i < LINK_SPICE_ERRANDS; i++)
		if (all[i].open)
			tell_errand(self, how, &all[i], NULL);
}

static bool any_open(const struct errand *all)
{
	for (size_t i = 0; i < LINK_SPICE_ERRANDS; i++)
		if (all[i].open)
			return true;
	return false;
}

/* The library hands out what is complete; how much of it has come shows at its socket. */
static gulong bytes_read(struct clip *self)
{
	gulong bytes = 0;

	g_object_get(self->main, "total-read-bytes", &bytes, NULL);
	return bytes;
}

static gboolean on_progress(gpointer data)
{
	struct clip *self = data;
	gulong now = self->main ? bytes_read(self) : 0;

	if (!self->main || !any_open(self->viewers)) {
		self->timer = 0;
		return G_SOURCE_REMOVE;
	}
	for (size_t i = 0; i < LINK_SPICE_ERRANDS; i++) {
		struct errand *errand = &self->viewers[i];
		struct link_spice_progress body = { now - errand->base, errand->id, 0 };
		if (errand->open)
			service_tell(self->part.service, LINK_SPICE_CLIP_PROGRESS, &body, NULL,
				     NULL);
	}
	return G_SOURCE_CONTINUE;
}

/* ---- what the agent does ---- */

static bool has_cap(struct clip *self, uint32_t cap)
{
	return spice_main_channel_agent_test_capability(self->main, cap);
}

static bool may_share(struct clip *self, uint32_t selection)
{
	return self->able && (selection == LINK_SPICE_CLIPBOARD ||
			      has_cap(self, VD_AGENT_CAP_CLIPBOARD_SELECTION));
}

static void tell_offer(struct clip *self, uint32_t selection, uint32_t kinds)
{
	struct link_spice_offer body = { selection, kinds };

	if (kinds || self->guests[selection])
		service_tell(self->part.service, LINK_SPICE_CLIP_OFFERED, &body, NULL, NULL);
	self->guests[selection] = kinds;
}

static void grab(struct clip *self, uint32_t selection)
{
	uint32_t list[LINK_SPICE_CLIP_KINDS];
	int count = 0;

	for (uint32_t kind = 0; kind < LINK_SPICE_CLIP_KINDS; kind++)
		if (self->offers[selection] & 1u << kind)
			list[count++] = types[kind];
	if (!may_share(self, selection))
		return;
	if (count)
		spice_main_channel_clipboard_selection_grab(self->main, selection, list, count);
	else if (self->grabbed[selection])
		spice_main_channel_clipboard_selection_release(self->main, selection);
	self->grabbed[selection] = self->offers[selection];
}

static void agent_left(struct clip *self)
{
	self->able = false;
	for (uint32_t i = 0; i < LINK_SPICE_SELECTIONS; i++) {
		self->grabbed[i] = 0;
		tell_offer(self, i, 0);
	}
	end_errands(self, self->viewers, LINK_SPICE_CLIP_REFUSED);
	end_errands(self, self->agents, LINK_SPICE_CLIP_CANCELLED);
}

/* Comes twice: the agent is there, and it has said what it can. */
static void on_agent(SpiceChannel *channel, gpointer data)
{
	struct clip *self = data;
	gboolean connected = FALSE;

	g_object_get(channel, "agent-connected", &connected, NULL);
	bool able = connected && has_cap(self, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND);
	if (able == self->able)
		return;
	if (!able) {
		agent_left(self);
		return;
	}
	self->able = true;
	for (uint32_t i = 0; i < LINK_SPICE_SELECTIONS; i++)
		if (self->offers[i])
			grab(self, i);
}

static gboolean on_grab(SpiceChannel *channel, guint selection, guint32 *list, guint count,
			gpointer data)
{
	struct clip *self = data;
	uint32_t kinds = 0;

	(void)channel;
	if (selection >= LINK_SPICE_SELECTIONS)
		return FALSE;
	for (guint i = 0; i < count; i++)
		if (kind_of(list[i]) < LINK_SPICE_CLIP_KINDS)
			kinds |= 1u << kind_of(list[i]);
	self->offers[selection] = self->grabbed[selection] = 0;
	tell_offer(self, selection, kinds);
	return TRUE;
}

static gboolean on_release(SpiceChannel *channel, guint selection, gpointer data)
{
	(void)channel;
	if (selection < LINK_SPICE_SELECTIONS)
		tell_offer(data, selection, 0);
	return TRUE;
}

static void give_nothing(struct clip *self, uint32_t selection)
{
	spice_main_channel_clipboard_selection_notify(self->main, selection,
						      VD_AGENT_CLIPBOARD_NONE, NULL, 0);
}

static gboolean on_request(SpiceChannel *channel, guint selection, guint type, gpointer data)
{
	struct clip *self = data;
	uint32_t kind = kind_of(type);
	struct errand *errand = NULL;

	(void)channel;
	if (selection >= LINK_SPICE_SELECTIONS)
		return FALSE;
	if (kind < LINK_SPICE_CLIP_KINDS && self->offers[selection] & 1u << kind)
		errand = errand_add(self, self->agents, ++self->last_id, selection, kind);
	if (!errand) {
		give_nothing(self, selection);
		return TRUE;
	}
	struct link_spice_want body = { errand->id, selection, kind };
	service_tell(self->part.service, LINK_SPICE_CLIP_WANTED, &body, NULL, NULL);
	return TRUE;
}

static int parcel_from_guest(uint32_t type, const void *bytes, size_t size)
{
	if (type != VD_AGENT_CLIPBOARD_UTF8_TEXT)
		return parcel_of(bytes, size);
	g_autoptr(GBytes) text = lines_from_guest(bytes, size);
	return text ? parcel_of(g_bytes_get_data(text, NULL), g_bytes_get_size(text)) : -EILSEQ;
}

static void on_data(SpiceChannel *channel, guint selection, guint type, gpointer bytes, guint size,
		    gpointer data)
{
	struct clip *self = data;
	struct errand *errand = errand_oldest(self->viewers, selection, type);

	(void)channel;
	if (!errand) /* nobody wants it any more */
		return;
	int fd = type == VD_AGENT_CLIPBOARD_NONE ? -ENODATA : parcel_from_guest(type, bytes, size);
	if (fd < 0) {
		log_debug("clipboard: %s", g_strerror(-fd));
		tell_errand(self, LINK_SPICE_CLIP_REFUSED, errand, NULL);
		return;
	}
	tell_errand(self, LINK_SPICE_CLIP_GIVEN, errand, &fd);
	close(fd);
}

/* ---- what the viewer asks ---- */

static void hear_offer(struct part *part, struct link_message *message)
{
	struct clip *self = (struct clip *)part;
	const struct link_spice_offer *body = message->body;

	if (body->selection >= LINK_SPICE_SELECTIONS)
		return;
	self->offers[body->selection] = body->kinds;
	if (body->kinds) /* in the place of the guest's */
		self->guests[body->selection] = 0;
	grab(self, body->selection);
}

static void hear_want(struct part *part, struct link_message *message)
{
	struct clip *self = (struct clip *)part;
	const struct link_spice_want *body = message->body;
	struct errand *errand = NULL;
	struct link_spice_errand refused = { body->id };

	if (body->selection < LINK_SPICE_SELECTIONS && body->kind < LINK_SPICE_CLIP_KINDS &&
	    may_share(self, body->selection) && self->guests[body->selection] & 1u << body->kind)
		errand = errand_add(self, self->viewers, body->id, body->selection, body->kind);
	if (!errand) {
		service_tell(part->service, LINK_SPICE_CLIP_REFUSED, &refused, NULL, NULL);
		return;
	}
	errand->base = bytes_read(self);
	if (!self->timer)
		self->timer = g_timeout_add(PROGRESS_MS, on_progress, self);
	spice_main_channel_clipboard_selection_request(self->main, body->selection,
						       types[body->kind]);
}

static void give(struct clip *self, const struct errand *errand, const struct parcel_view *view)
{
	g_autoptr(GBytes) text = NULL;
	const void *bytes = view->bytes;
	size_t size = view->size;

	if (errand->kind == LINK_SPICE_TEXT && has_cap(self, VD_AGENT_CAP_GUEST_LINEEND_CRLF)) {
		text = lines_to_crlf(bytes, size);
		bytes = g_bytes_get_data(text, &size);
	}
	spice_main_channel_clipboard_selection_notify(self->main, errand->selection,
						      types[errand->kind], bytes, size);
}

static void hear_give(struct part *part, struct link_message *message)
{
	struct clip *self = (struct clip *)part;
	const struct link_spice_errand *body = message->body;
	struct errand *errand = errand_find(self->agents, body->id);
	struct parcel_view view;

	if (!errand)
		return;
	errand->open = false;
	int result = parcel_map(message->fds[0], &view);
	if (result < 0) {
		log_warn("clipboard: what the viewer gave is no parcel: %s", g_strerror(-result));
		give_nothing(self, errand->selection);
		return;
	}
	give(self, errand, &view);
	parcel_unmap(&view);
}

static void hear_refuse(struct part *part, struct link_message *message)
{
	struct clip *self = (struct clip *)part;
	const struct link_spice_errand *body = message->body;
	struct errand *errand = errand_find(self->agents, body->id);

	if (!errand)
		return;
	errand->open = false;
	give_nothing(self, errand->selection);
}

/* The agent knows no such thing: what it sends is dropped when it comes. */
static void hear_cancel(struct part *part, struct link_message *message)
{
	const struct link_spice_errand *body = message->body;
	struct errand *errand = errand_find(((struct clip *)part)->viewers, body->id);

	if (errand)
		errand->open = false;
}

/* ---- a part ---- */

static void clip_channel(struct part *part, SpiceChannel *channel)
{
	static const struct {
		const char *signal;
		GCallback callback;
	} ears[] = {
		{ "main-agent-update", G_CALLBACK(on_agent) },
		{ "main-clipboard-selection-grab", G_CALLBACK(on_grab) },
		{ "main-clipboard-selection-release", G_CALLBACK(on_release) },
		{ "main-clipboard-selection-request", G_CALLBACK(on_request) },
		{ "main-clipboard-selection", G_CALLBACK(on_data) },
	};
	struct clip *self = (struct clip *)part;

	if (!SPICE_IS_MAIN_CHANNEL(channel) || self->main)
		return;
	self->main = g_object_ref(SPICE_MAIN_CHANNEL(channel));
	for (size_t i = 0; i < G_N_ELEMENTS(ears); i++)
		g_signal_connect(channel, ears[i].signal, ears[i].callback, self);
}

static void clip_lost(struct part *part)
{
	struct clip *self = (struct clip *)part;

	if (!self->main)
		return;
	g_signal_handlers_disconnect_by_data(self->main, self);
	agent_left(self);
	g_clear_object(&self->main);
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = 0;
}

static struct part *clip_create(struct service *service)
{
	struct clip *self = g_new0(struct clip, 1);

	(void)service;
	return &self->part;
}

static void clip_destroy(struct part *part)
{
	g_free(part);
}

const struct part_impl part_clip = {
	.name = "clip",
	.create = clip_create,
	.channel = clip_channel,
	.lost = clip_lost,
	.hears = {
		[LINK_SPICE_CLIP_OFFER] = hear_offer,
		[LINK_SPICE_CLIP_WANT] = hear_want,
		[LINK_SPICE_CLIP_GIVE] = hear_give,
		[LINK_SPICE_CLIP_REFUSE] = hear_refuse,
		[LINK_SPICE_CLIP_CANCEL] = hear_cancel,
	},
	.destroy = clip_destroy,
};
