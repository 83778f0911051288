/* What is copied crosses between a desktop and a guest that do what the test says: one is a clip,
 * the other speaks as oriel-spice. */
#include "view/clip/exchange.h"

#include <fcntl.h>
#include <unistd.h>

#include "link/parcel.h"
#include "test.h"

#define PATIENCE_MS 20000
#define TEXT        (1u << CLIP_TEXT)
#define PNG         (1u << CLIP_PNG)

/* ---- both ends ---- */

static struct {
	struct spice_options spice_options;
	struct clipboard_options options;
	struct spice *spice;
	struct exchange *exchange;
	struct link *guest;

	/* What the guest was asked, and with what. */
	unsigned asks[LINK_SPICE_ASK_COUNT];
	struct link_spice_offer offered;
	struct link_spice_want wanted;
	char given[64];

	/* What the desktop was asked. */
	struct clip *clip;
	unsigned offers, wants, cancels, gives, refusals;
	enum clip_selection offer_selection, want_selection;
	unsigned offer_kinds, want_kind;
	uint32_t want_id;
	char desk_given[64];

	unsigned alerts, statuses;
	char alert[256], status[256];
	bool late;
} rig;

static void read_parcel(int fd, char *out, size_t size)
{
	struct parcel_view view;

	CHECK_EQ(parcel_map(fd, &view), 0);
	CHECK(view.size < size);
	memcpy(out, view.bytes, view.size);
	out[view.size] = '\0';
	parcel_unmap(&view);
}

static struct clip *desk_create(struct window *window, GError **error)
{
	(void)window, (void)error;
	return rig.clip = g_new0(struct clip, 1);
}

static void desk_offer(struct clip *self, enum clip_selection selection, unsigned kinds)
{
	(void)self;
	rig.offers++;
	rig.offer_selection = selection;
	rig.offer_kinds = kinds;
}

static void desk_want(struct clip *self, uint32_t id, enum clip_selection selection,
		      enum clip_kind kind)
{
	(void)self;
	rig.wants++;
	rig.want_id = id;
	rig.want_selection = selection;
	rig.want_kind = kind;
}

static void desk_cancel(struct clip *self, uint32_t id)
{
	(void)self, (void)id;
	rig.cancels++;
}

static void desk_give(struct clip *self, uint32_t id, int fd)
{
	(void)self, (void)id;
	rig.gives++;
	read_parcel(fd, rig.desk_given, sizeof(rig.desk_given));
}

static void desk_refuse(struct clip *self, uint32_t id)
{
	(void)self, (void)id;
	rig.refusals++;
}

static void desk_destroy(struct clip *self)
{
	g_free(self);
}

static const struct clip_impl desk = {
	.name = "desk",
	.create = desk_create,
	.offer = desk_offer,
	.want = desk_want,
	.cancel = desk_cancel,
	.give = desk_give,
	.refuse = desk_refuse,
	.destroy = desk_destroy,
};

static void desk_offers(unsigned kinds)
{
	rig.clip->listener->offered(rig.clip->data, CLIP_CLIPBOARD, kinds);
}

static void desk_wants(uint32_t id, enum clip_kind kind)
{
	rig.clip->listener->wanted(rig.clip->data, id, CLIP_CLIPBOARD, kind);
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	rig.alerts++;
	g_strlcpy(rig.alert, text, sizeof(rig.alert));
}

static void on_status(void *data, const char *text)
{
	(void)data;
	rig.statuses++;
	g_strlcpy(rig.status, text ? text : "", sizeof(rig.status));
}

static const struct exchange_listener listener = { on_alert, on_status };

/* ---- the guest ---- */

static void hear_guest(void)
{
	struct link_message *message;
	struct err err;

	while (rig.guest && link_receive(rig.guest, &message, &err) == 0) {
		rig.asks[message->type]++;
		if (message->type == LINK_SPICE_CLIP_OFFER)
			rig.offered = *(const struct link_spice_offer *)message->body;
		if (message->type == LINK_SPICE_CLIP_WANT)
			rig.wanted = *(const struct link_spice_want *)message->body;
		if (message->type == LINK_SPICE_CLIP_GIVE)
			read_parcel(message->fds[0], rig.given, sizeof(rig.given));
	}
}

static void tell(enum link_spice_tell type, const void *body, const int *fd)
{
	CHECK_EQ(link_send(rig.guest, type, body, NULL, fd), 0);
}

static void guest_offers(unsigned kinds)
{
	tell(LINK_SPICE_CLIP_OFFERED, &(struct link_spice_offer){ CLIP_CLIPBOARD, kinds }, NULL);
}

static void guest_wants(uint32_t id, uint32_t selection, uint32_t kind)
{
	tell(LINK_SPICE_CLIP_WANTED, &(struct link_spice_want){ id, selection, kind }, NULL);
}

static void guest_says(enum link_spice_tell type, uint32_t id)
{
	tell(type, &(struct link_spice_errand){ id }, NULL);
}

static gboolean on_late(gpointer data)
{
	(void)data;
	rig.late = true;
	return G_SOURCE_CONTINUE;
}

#define RUN_UNTIL(condition)                                                                       \
	do {                                                                                       \
		unsigned timer_ = g_timeout_add(PATIENCE_MS, on_late, NULL);                       \
		rig.late = false;                                                                  \
		for (hear_guest(); !(condition) && !rig.late; hear_guest())                        \
			g_main_context_iteration(NULL, FALSE);                                     \
		g_source_remove(timer_);                                                           \
		CHECK(condition);                                                                  \
	} while (0)

/* All that was told has been heard: a question that is always refused comes back. */
static void settle(void)
{
	unsigned before = rig.asks[LINK_SPICE_CLIP_REFUSE];

	guest_wants(9999, 77, 77);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_REFUSE] == before + 1);
}

static void close_all(void)
{
	exchange_destroy(rig.exchange);
	spice_destroy(rig.spice);
	link_destroy(rig.guest);
	memset(&rig, 0, sizeof(rig));
}

static void open_all(void)
{
	int ends[2];

	close_all();
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_create(&rig.guest, ends[1], &link_spice_tells, &link_spice_asks), 0);
	rig.options = (struct clipboard_options){ TRUE, TRUE, TRUE };
	rig.spice_options.link = ends[0];
	rig.spice_options.address = (char *)"/nonexistent/oriel.sock";
	rig.spice = spice_create(&rig.spice_options, NULL, NULL);
	rig.exchange = exchange_create(&rig.options, &desk, NULL, rig.spice, &listener, NULL);
	exchange_focus(rig.exchange, true);
	tell(LINK_SPICE_HELLO, NULL, NULL);
	RUN_UNTIL(rig.asks[LINK_SPICE_OPEN] == 1);
}

/* ---- cases ---- */

static void what_is_copied_here_is_pasted_there(void)
{
	open_all();
	desk_offers(TEXT | PNG);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	CHECK_EQ(rig.offered.kinds, TEXT | PNG);
	CHECK_EQ(rig.wants, 0); /* nobody pastes yet */
	guest_wants(7, CLIP_CLIPBOARD, CLIP_PNG);
	RUN_UNTIL(rig.wants == 1);
	CHECK_EQ(rig.want_kind, CLIP_PNG);
	int fd = parcel_of("picture", 7);
	rig.clip->listener->given(rig.clip->data, rig.want_id, fd);
	close(fd);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_GIVE] == 1);
	CHECK_STR(rig.given, "picture");
	CHECK_EQ(rig.offers, 0);
}

static void what_is_copied_there_is_pasted_here(void)
{
	open_all();
	guest_offers(TEXT);
	RUN_UNTIL(rig.offers == 1);
	CHECK_EQ(rig.offer_kinds, TEXT);
	CHECK_EQ(rig.asks[LINK_SPICE_CLIP_WANT], 0);
	desk_wants(3, CLIP_TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_WANT] == 1);
	CHECK_EQ(rig.wanted.kind, LINK_SPICE_TEXT);
	int fd = parcel_of("words", 5);
	tell(LINK_SPICE_CLIP_GIVEN, &(struct link_spice_errand){ rig.wanted.id }, &fd);
	close(fd);
	RUN_UNTIL(rig.gives == 1);
	CHECK_STR(rig.desk_given, "words");
	CHECK_EQ(rig.asks[LINK_SPICE_CLIP_OFFER], 0);
}

static void the_last_one_to_copy_has_it(void)
{
	open_all();
	desk_offers(TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	guest_offers(PNG);
	RUN_UNTIL(rig.offers == 1);
	guest_wants(1, CLIP_CLIPBOARD, CLIP_TEXT); /* which it has itself by now */
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_REFUSE] == 1);
	desk_offers(TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 2);
	desk_wants(1, CLIP_PNG);
	CHECK_EQ(rig.refusals, 1);
	desk_offers(TEXT); /* another text */
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 3);
	desk_offers(0);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 4);
	CHECK_EQ(rig.offered.kinds, 0);
	CHECK_EQ(rig.offers, 1);
}

static void nothing_crosses_without_the_focus(void)
{
	open_all();
	exchange_focus(rig.exchange, false);
	desk_offers(TEXT);
	settle();
	CHECK_EQ(rig.asks[LINK_SPICE_CLIP_OFFER], 0);
	exchange_focus(rig.exchange, true);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	exchange_focus(rig.exchange, false);
	guest_wants(1, CLIP_CLIPBOARD, CLIP_TEXT); /* a guest that nobody looks at */
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_REFUSE] == 2);
	CHECK_EQ(rig.wants, 0);
	guest_offers(TEXT);
	settle();
	CHECK_EQ(rig.offers, 0);
	exchange_focus(rig.exchange, true);
	CHECK_EQ(rig.offers, 1);
	exchange_focus(rig.exchange, false); /* what is ours is given all the same */
	desk_wants(1, CLIP_TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_WANT] == 1);
}

static void each_direction_has_its_switch(void)
{
	open_all();
	rig.options.to_local = FALSE;
	guest_offers(TEXT);
	settle();
	CHECK_EQ(rig.offers, 0);
	rig.options.to_local = TRUE;
	exchange_settle(rig.exchange);
	CHECK_EQ(rig.offers, 1);
	desk_wants(5, CLIP_TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_WANT] == 1);
	rig.options.enabled = FALSE;
	exchange_settle(rig.exchange);
	CHECK_EQ(rig.offers, 2);
	CHECK_EQ(rig.offer_kinds, 0);
	CHECK_EQ(rig.refusals, 1);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_CANCEL] == 1);

	rig.options = (struct clipboard_options){ TRUE, FALSE, TRUE };
	desk_offers(TEXT);
	settle();
	CHECK_EQ(rig.asks[LINK_SPICE_CLIP_OFFER], 0);
	rig.options.to_guest = TRUE;
	exchange_settle(rig.exchange);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	rig.options.to_guest = FALSE;
	exchange_focus(rig.exchange, false);
	exchange_settle(rig.exchange);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 2);
	CHECK_EQ(rig.offered.kinds, 0);
}

static void refusals_reach_the_other_side(void)
{
	open_all();
	desk_offers(TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	guest_wants(1, CLIP_CLIPBOARD, CLIP_TEXT);
	RUN_UNTIL(rig.wants == 1);
	rig.clip->listener->refused(rig.clip->data, rig.want_id, "it is too much");
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_REFUSE] == 1);
	CHECK_EQ(rig.alerts, 1);
	CHECK_STR(rig.alert, "clipboard: text for the guest: it is too much");
	guest_offers(TEXT);
	RUN_UNTIL(rig.offers == 1);
	desk_wants(4, CLIP_TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_WANT] == 1);
	guest_says(LINK_SPICE_CLIP_REFUSED, rig.wanted.id);
	RUN_UNTIL(rig.refusals == 1);
	CHECK_EQ(rig.alerts, 2);
}

static void who_wanted_may_leave(void)
{
	open_all();
	desk_offers(TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	guest_wants(1, CLIP_CLIPBOARD, CLIP_TEXT);
	RUN_UNTIL(rig.wants == 1);
	guest_says(LINK_SPICE_CLIP_CANCELLED, 1);
	RUN_UNTIL(rig.cancels == 1);
	guest_offers(TEXT);
	RUN_UNTIL(rig.offers == 1);
	desk_wants(4, CLIP_TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_WANT] == 1);
	rig.clip->listener->dropped(rig.clip->data, 4);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_CANCEL] == 1);
	CHECK_EQ(rig.refusals, 0);
	int fd = parcel_of("late", 4);
	tell(LINK_SPICE_CLIP_GIVEN, &(struct link_spice_errand){ 4 }, &fd);
	close(fd);
	settle();
	CHECK_EQ(rig.gives, 0);
}

static void what_takes_long_is_told_and_cancelled(void)
{
	open_all();
	CHECK(!exchange_cancel(rig.exchange));
	guest_offers(TEXT);
	RUN_UNTIL(rig.offers == 1);
	desk_wants(4, CLIP_TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_WANT] == 1);
	struct link_spice_progress progress = { 3 << 20, rig.wanted.id, 0 };
	tell(LINK_SPICE_CLIP_PROGRESS, &progress, NULL);
	RUN_UNTIL(rig.statuses > 0);
	CHECK_STR(rig.status, "Clipboard: text for the desktop, 3.0 MiB");
	CHECK(exchange_cancel(rig.exchange));
	CHECK_STR(rig.status, "");
	CHECK_EQ(rig.refusals, 1);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_CANCEL] == 1);
	CHECK(!exchange_cancel(rig.exchange));
	CHECK_EQ(rig.alerts, 0);
}

/* By a server that took it over, say. */
static void lies_of_oriel_spice_do_no_harm(void)
{
	char path[] = "/tmp/oriel-exchange-XXXXXX";

	open_all();
	tell(LINK_SPICE_CLIP_OFFERED, &(struct link_spice_offer){ 2, TEXT }, NULL);
	tell(LINK_SPICE_CLIP_OFFERED, &(struct link_spice_offer){ UINT32_MAX, TEXT }, NULL);
	tell(LINK_SPICE_CLIP_OFFERED, &(struct link_spice_offer){ 0, 1u << CLIP_KINDS }, NULL);
	guest_wants(1, CLIP_CLIPBOARD, CLIP_TEXT); /* which nobody offered */
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_REFUSE] == 1);
	CHECK_EQ(rig.offers + rig.wants, 0);
	desk_offers(TEXT);
	for (uint32_t i = 0; i < 50; i++)
		guest_wants(i % 40, CLIP_CLIPBOARD, i % 2 ? CLIP_TEXT : CLIP_PNG);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_REFUSE] >= 1 + 24);
	settle();
	CHECK_EQ(rig.wants, LINK_SPICE_ERRANDS);

	guest_offers(TEXT);
	RUN_UNTIL(rig.offers == 1);
	int file = mkstemp(path);
	unlink(path);
	desk_wants(1, CLIP_TEXT);
	tell(LINK_SPICE_CLIP_GIVEN, &(struct link_spice_errand){ 1 }, &file);
	RUN_UNTIL(rig.refusals == 1);
	CHECK_STR(rig.alert, "clipboard: text for the desktop: it came broken");
	close(file);
	CHECK_EQ(rig.gives, 0);
	int fd = parcel_of("x", 1);
	tell(LINK_SPICE_CLIP_GIVEN, &(struct link_spice_errand){ 1 }, &fd); /* again */
	close(fd);
	settle();
	CHECK_EQ(rig.gives, 0);
}

static void a_started_again_one_learns_it_anew(void)
{
	open_all();
	desk_offers(TEXT);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 1);
	guest_wants(1, CLIP_CLIPBOARD, CLIP_TEXT);
	RUN_UNTIL(rig.wants == 1);
	tell(LINK_SPICE_HELLO, NULL, NULL);
	RUN_UNTIL(rig.asks[LINK_SPICE_CLIP_OFFER] == 2);
	CHECK_EQ(rig.offered.kinds, TEXT);
	CHECK_EQ(rig.cancels, 1);
	guest_offers(PNG);
	RUN_UNTIL(rig.offers == 1);
	desk_wants(2, CLIP_PNG);
	tell(LINK_SPICE_HELLO, NULL, NULL);
	RUN_UNTIL(rig.offers == 2);
	CHECK_EQ(rig.offer_kinds, 0);
	CHECK_EQ(rig.refusals, 1);
}

static const struct test_case cases[] = {
	TEST(what_is_copied_here_is_pasted_there),
	TEST(what_is_copied_there_is_pasted_here),
	TEST(the_last_one_to_copy_has_it),
	TEST(nothing_crosses_without_the_focus),
	TEST(each_direction_has_its_switch),
	TEST(refusals_reach_the_other_side),
	TEST(who_wanted_may_leave),
	TEST(what_takes_long_is_told_and_cancelled),
	TEST(lies_of_oriel_spice_do_no_harm),
	TEST(a_started_again_one_learns_it_anew),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	close_all();
	return status;
}
