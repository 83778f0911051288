#include "view/clip/exchange.h"

#include <assert.h>
#include <errno.h>

#include "base/log.h"
#include "link/parcel.h"

#define GUEST_PATIENCE_S 30 /* without a byte from it */
#define LONG_S           1  /* from then on it is told */
#define TICK_MS          500

static_assert((int)CLIP_SELECTIONS == LINK_SPICE_SELECTIONS &&
		      (int)CLIP_PRIMARY == LINK_SPICE_PRIMARY &&
		      (int)CLIP_KINDS == LINK_SPICE_CLIP_KINDS &&
		      (int)CLIP_JPEG == LINK_SPICE_JPEG && (int)CLIP_TIFF == LINK_SPICE_TIFF &&
		      (int)CLIP_BMP == LINK_SPICE_BMP && (int)CLIP_PNG == LINK_SPICE_PNG,
	      "the same numbers");

#define ALL_KINDS ((1u << CLIP_KINDS) - 1)

enum side { NOBODY, LOCAL, GUEST };

/* One selection. */
struct half {
	enum side owner; /* who copied last */
	unsigned kinds;  /* that the owner has */
	unsigned told;   /* to the other side; 0: it was told of nothing, or has its own now */
	bool fresh;      /* the other side has not been told of this content */
};

struct transfer {
	bool open;
	enum side to;
	uint32_t id; /* by whom it is for */
	enum clip_selection selection;
	enum clip_kind kind;
	uint64_t bytes;
	int64_t began_us, moved_us;
};

struct exchange {
	const struct clipboard_options *options;
	struct spice *spice;
	const struct exchange_listener *listener;
	void *data;
	struct clip *clip;
	bool focused;
	struct half halves[CLIP_SELECTIONS];
	struct transfer transfers[2 * LINK_SPICE_ERRANDS];
	unsigned timer; /* 0: none runs */
	bool told;      /* a status */
};

/* ---- transfers ---- */

static const char *const kind_names[] = {
	[CLIP_TEXT] = "text",           [CLIP_PNG] = "a PNG picture",
	[CLIP_BMP] = "a BMP picture",   [CLIP_TIFF] = "a TIFF picture",
	[CLIP_JPEG] = "a JPEG picture",
};
static_assert(G_N_ELEMENTS(kind_names) == CLIP_KINDS, "a name for each");

static void alert(struct exchange *self, const struct transfer *transfer, const char *why)
{
	g_autofree char *text = g_strdup_printf("clipboard: %s for the %s: %s",
						kind_names[transfer->kind],
						transfer->to == GUEST ? "guest" : "desktop", why);

	self->listener->alert(self->data, text);
}

static struct transfer *find(struct exchange *self, enum side to, uint32_t id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(self->transfers); i++) {
		struct transfer *one = &self->transfers[i];
		if (one->open && one->to == to && one->id == id)
			return one;
	}
	return NULL;
}

static void ask_errand(struct exchange *self, enum link_spice_ask type, uint32_t id, const int *fd)
{
	spice_ask(self->spice, type, &(struct link_spice_errand){ id }, NULL, fd);
}

/* Who wanted it hears no more of it. */
static void refuse(struct exchange *self, enum side to, uint32_t id)
{
	if (to == GUEST)
		ask_errand(self, LINK_SPICE_CLIP_REFUSE, id, NULL);
	else
		clip_refuse(self->clip, id);
}

/* Both ends are told. */
static void give_up(struct exchange *self, struct transfer *transfer)
{
	transfer->open = false;
	if (transfer->to == GUEST)
		clip_cancel(self->clip, transfer->id);
	else
		ask_errand(self, LINK_SPICE_CLIP_CANCEL, transfer->id, NULL);
	refuse(self, transfer->to, transfer->id);
}

static void tell_status(struct exchange *self, const char *text)
{
	if (text || self->told)
		self->listener->status(self->data, text);
	self->told = text != NULL;
}

static void describe(struct exchange *self, const struct transfer *longest)
{
	g_autofree char *size = longest->bytes ? g_strdup_printf("%.1f MiB",
								 (double)longest->bytes / (1 << 20))
					       : g_strdup("waiting");
	g_autofree char *text = g_strdup_printf("Clipboard: %s for the %s, %s",
						kind_names[longest->kind],
						longest->to == GUEST ? "guest" : "desktop", size);

	tell_status(self, text);
}

static gboolean on_tick(gpointer data)
{
	struct exchange *self = data;
	const struct transfer *longest = NULL;
	int64_t now = g_get_monotonic_time();
	bool any = false;

	for (size_t i = 0; i < G_N_ELEMENTS(self->transfers); i++) {
		struct transfer *one = &self->transfers[i];
		if (one->open && now - one->moved_us > GUEST_PATIENCE_S * G_USEC_PER_SEC) {
			alert(self, one, "nothing came for too long; given up");
			give_up(self, one);
		}
		any |= one->open;
		if (one->open && (!longest || one->began_us < longest->began_us))
			longest = one;
	}
	if (longest && now - longest->began_us > LONG_S * G_USEC_PER_SEC)
		describe(self, longest);
	else
		tell_status(self, NULL);
	if (!any)
		self->timer = 0;
	return any;
}

/* NULL: too many, or one that has that number already. */
static struct transfer *begin(struct exchange *self, enum side to, uint32_t id,
			      enum clip_selection selection, enum clip_kind kind)
{
	size_t first = to == GUEST ? 0 : LINK_SPICE_ERRANDS;
	int64_t now = g_get_monotonic_time();

	for (size_t i = first; i < first + LINK_SPICE_ERRANDS && !find(self, to, id); i++) {
		if (self->transfers[i].open)
			continue;
		self->transfers[i] =
			(struct transfer){ true, to, id, selection, kind, 0, now, now };
		if (!self->timer)
			self->timer = g_timeout_add(TICK_MS, on_tick, self);
		return &self->transfers[i];
	}
	return NULL;
}

static void move_on(struct exchange *self, enum side to, uint32_t id, uint64_t bytes)
{
	struct transfer *transfer = find(self, to, id);

	if (!transfer || bytes <= transfer->bytes)
		return;
	transfer->bytes = bytes;
	transfer->moved_us = g_get_monotonic_time();
}

/* Was it still open? */
static bool end(struct exchange *self, enum side to, uint32_t id)
{
	struct transfer *transfer = find(self, to, id);

	if (transfer)
		transfer->open = false;
	return transfer != NULL;
}

/* ---- who has it ---- */

static bool may(const struct exchange *self, enum side to)
{
	const struct clipboard_options *o = self->options;

	return o->enabled && (to == GUEST ? o->to_guest : o->to_local);
}

static void offer(struct exchange *self, enum side to, enum clip_selection selection,
		  unsigned kinds)
{
	struct link_spice_offer body = { selection, kinds };

	if (to == GUEST)
		spice_ask(self->spice, LINK_SPICE_CLIP_OFFER, &body, NULL, NULL);
	else
		clip_offer(self->clip, selection, kinds);
}

/* Offers wait for the focus; that there is none any more does not. */
static void update(struct exchange *self, enum clip_selection selection)
{
	struct half *half = &self->halves[selection];
	enum side to = half->owner == LOCAL ? GUEST : LOCAL;
	unsigned kinds = may(self, to) ? half->kinds : 0;

	if (half->owner == NOBODY || (kinds && !self->focused))
		return;
	if (kinds == half->told && !(kinds && half->fresh))
		return;
	half->told = kinds;
	half->fresh = false;
	offer(self, to, selection, kinds);
}

/* Where another owner was told of something, that one has its own now. */
static void take(struct exchange *self, enum side owner, enum clip_selection selection,
		 unsigned kinds)
{
	struct half *half = &self->halves[selection];

	if (half->owner != owner)
		half->told = 0;
	half->owner = owner;
	half->kinds = kinds & ALL_KINDS;
	half->fresh = true;
	update(self, selection);
	if (!half->kinds)
		half->owner = NOBODY;
}

/* ---- the desktop ---- */

/* That there is nothing takes nothing away from who has not been there yet. */
static void on_offered(void *data, enum clip_selection selection, unsigned kinds)
{
	struct exchange *self = data;
	const struct half *half = &self->halves[selection];

	if (kinds || half->owner == LOCAL || half->told)
		take(self, LOCAL, selection, kinds);
}

static void on_clip_progress(void *data, uint32_t id, uint64_t bytes)
{
	move_on(data, GUEST, id, bytes);
}

static void on_clip_given(void *data, uint32_t id, int fd)
{
	struct exchange *self = data;

	if (end(self, GUEST, id))
		ask_errand(self, LINK_SPICE_CLIP_GIVE, id, &fd);
}

static void on_clip_refused(void *data, uint32_t id, const char *why)
{
	struct exchange *self = data;
	struct transfer *transfer = find(self, GUEST, id);

	if (!transfer)
		return;
	transfer->open = false;
	alert(self, transfer, why);
	ask_errand(self, LINK_SPICE_CLIP_REFUSE, id, NULL);
}

static void on_clip_wanted(void *data, uint32_t id, enum clip_selection selection,
			   enum clip_kind kind)
{
	struct exchange *self = data;
	const struct half *half = &self->halves[selection];
	struct link_spice_want want = { id, selection, kind };

	if (half->owner == GUEST && half->told & 1u << kind && may(self, LOCAL) &&
	    begin(self, LOCAL, id, selection, kind))
		spice_ask(self->spice, LINK_SPICE_CLIP_WANT, &want, NULL, NULL);
	else
		clip_refuse(self->clip, id);
}

static void on_clip_dropped(void *data, uint32_t id)
{
	struct exchange *self = data;

	if (end(self, LOCAL, id))
		ask_errand(self, LINK_SPICE_CLIP_CANCEL, id, NULL);
}

static void on_clip_files(void *data, bool key, const char *text)
{
	struct exchange *self = data;

	if (self->listener->files)
		self->listener->files(self->data, key, text);
}

static void on_clip_no_files(void *data, const char *why)
{
	struct exchange *self = data;
	g_autofree char *text = g_strdup_printf("the dropped files: %s", why);

	self->listener->alert(self->data, text);
}

static const struct clip_listener clip_listener = {
	.offered = on_offered,
	.progress = on_clip_progress,
	.given = on_clip_given,
	.refused = on_clip_refused,
	.wanted = on_clip_wanted,
	.dropped = on_clip_dropped,
	.files = on_clip_files,
	.no_files = on_clip_no_files,
};

/* ---- the guest: whatever it says may be a lie ---- */

static void hear_offered(void *data, struct link_message *message)
{
	struct exchange *self = data;
	const struct link_spice_offer *body = message->body;

	if (body->selection >= CLIP_SELECTIONS)
		return;
	if (body->kinds & ALL_KINDS || self->halves[body->selection].owner == GUEST)
		take(self, GUEST, body->selection, body->kinds);
}

/* Nobody reads the clipboard of who does not look: it may be another one than was offered. */
static bool may_read(const struct exchange *self, const struct link_spice_want *want)
{
	const struct half *half;

	if (want->selection >= CLIP_SELECTIONS || want->kind >= CLIP_KINDS || !self->focused)
		return false;
	half = &self->halves[want->selection];
	return half->owner == LOCAL && half->told & 1u << want->kind && may(self, GUEST);
}

static void hear_wanted(void *data, struct link_message *message)
{
	struct exchange *self = data;
	const struct link_spice_want *body = message->body;

	if (may_read(self, body) && begin(self, GUEST, body->id, body->selection, body->kind))
		clip_want(self->clip, body->id, body->selection, body->kind);
	else if (!find(self, GUEST, body->id))
		refuse(self, GUEST, body->id);
}

static void hear_given(void *data, struct link_message *message)
{
	struct exchange *self = data;
	const struct link_spice_errand *body = message->body;
	struct transfer *transfer = find(self, LOCAL, body->id);
	size_t size;

	if (!transfer)
		return;
	transfer->open = false;
	int result = parcel_check(message->fds[0], &size);
	if (result == 0) {
		clip_give(self->clip, body->id, message->fds[0]);
		return;
	}
	alert(self, transfer, result == -EFBIG ? "larger than 100 MiB" : "it came broken");
	clip_refuse(self->clip, body->id);
}

static void hear_refused(void *data, struct link_message *message)
{
	struct exchange *self = data;
	const struct link_spice_errand *body = message->body;
	struct transfer *transfer = find(self, LOCAL, body->id);

	if (!transfer)
		return;
	transfer->open = false;
	alert(self, transfer, "the guest does not give it");
	clip_refuse(self->clip, body->id);
}

static void hear_cancelled(void *data, struct link_message *message)
{
	struct exchange *self = data;
	const struct link_spice_errand *body = message->body;

	if (end(self, GUEST, body->id))
		clip_cancel(self->clip, body->id);
}

static void hear_progress(void *data, struct link_message *message)
{
	const struct link_spice_progress *body = message->body;

	move_on(data, LOCAL, body->id, body->bytes);
}

/* It has no numbers of transfers any more, so it is told of none. */
static void on_lost(void *data)
{
	struct exchange *self = data;

	for (size_t i = 0; i < G_N_ELEMENTS(self->transfers); i++) {
		struct transfer *one = &self->transfers[i];
		if (one->open && one->to == GUEST)
			clip_cancel(self->clip, one->id);
		else if (one->open)
			clip_refuse(self->clip, one->id);
		one->open = false;
	}
	for (int i = 0; i < CLIP_SELECTIONS; i++) {
		if (self->halves[i].owner == GUEST)
			take(self, GUEST, (enum clip_selection)i, 0);
		self->halves[i].told = 0;
	}
}

static void on_greeted(void *data)
{
	struct exchange *self = data;

	for (int i = 0; i < CLIP_SELECTIONS; i++) {
		self->halves[i].fresh = true;
		update(self, (enum clip_selection)i);
	}
}

static const struct spice_part part = {
	.greeted = on_greeted,
	.lost = on_lost,
	.hears = {
		[LINK_SPICE_CLIP_OFFERED] = hear_offered,
		[LINK_SPICE_CLIP_WANTED] = hear_wanted,
		[LINK_SPICE_CLIP_GIVEN] = hear_given,
		[LINK_SPICE_CLIP_REFUSED] = hear_refused,
		[LINK_SPICE_CLIP_CANCELLED] = hear_cancelled,
		[LINK_SPICE_CLIP_PROGRESS] = hear_progress,
	},
};

/* ---- for callers ---- */

struct exchange *exchange_create(const struct clipboard_options *options,
				 const struct clip_impl *impl, struct window *window,
				 struct spice *spice, const struct exchange_listener *listener,
				 void *data)
{
	struct exchange *self = g_new0(struct exchange, 1);
	g_autoptr(GError) error = NULL;

	self->options = options;
	self->spice = spice;
	self->listener = listener;
	self->data = data;
	self->clip = clip_create(impl ? impl : &clip_null, window, &clip_listener, self, &error);
	if (!self->clip) {
		log_warn("no clipboard: %s", error->message);
		self->clip = clip_create(&clip_null, window, &clip_listener, self, NULL);
	}
	spice_add(spice, &part, self);
	return self;
}

void exchange_focus(struct exchange *self, bool focused)
{
	self->focused = focused;
	for (int i = 0; i < CLIP_SELECTIONS; i++)
		update(self, (enum clip_selection)i);
}

void exchange_settle(struct exchange *self)
{
	for (size_t i = 0; i < G_N_ELEMENTS(self->transfers); i++)
		if (self->transfers[i].open && !may(self, self->transfers[i].to))
			give_up(self, &self->transfers[i]);
	for (int i = 0; i < CLIP_SELECTIONS; i++)
		update(self, (enum clip_selection)i);
}

bool exchange_cancel(struct exchange *self)
{
	bool any = false;

	for (size_t i = 0; i < G_N_ELEMENTS(self->transfers); i++) {
		any |= self->transfers[i].open;
		if (self->transfers[i].open)
			give_up(self, &self->transfers[i]);
	}
	tell_status(self, NULL);
	return any;
}

void exchange_destroy(struct exchange *self)
{
	if (!self)
		return;
	clip_destroy(self->clip); /* from which a last word may come */
	if (self->timer)
		g_source_remove(self->timer);
	spice_remove(self->spice, &part, self);
	g_free(self);
}
