/* The clipboard of a real X server: with a program of our own that sends and takes small and large
 * data as ICCCM has it, and with xclip. */
#include "clip_rig.h"
#include "view/clip/formats.h"

#define PIECE (48u << 10) /* of the other program's, when it sends in pieces */

static struct server server;

/* ---- the other program ---- */

static struct {
	xcb_connection_t *xcb;
	xcb_window_t window;
	xcb_atom_t atoms[CLIP_FORMATS], clipboard, targets, incr, property;

	/* As an owner. */
	int format; /* that it has; -1: it has gone dumb */
	const char *bytes;
	size_t size, sent;
	bool pieces, stops; /* after the first piece */
	xcb_selection_request_event_t request;
	unsigned asked; /* for data, so often */

	/* As who pastes. */
	GByteArray *got;
	bool done, refused, in_pieces;
	unsigned read_pieces;
	xcb_atom_t type;
} other;

static xcb_atom_t atom(const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		other.xcb, xcb_intern_atom(other.xcb, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t out = reply->atom;

	free(reply);
	return out;
}

static void other_open(void)
{
	other.xcb = xcb_connect(NULL, NULL);
	CHECK(!xcb_connection_has_error(other.xcb));
	other.window = xcb_generate_id(other.xcb);
	xcb_create_window(other.xcb, 0, other.window, server.screen->root, 0, 0, 1, 1, 0,
			  XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK,
			  (const uint32_t[]){ XCB_EVENT_MASK_PROPERTY_CHANGE });
	for (int i = 0; i < CLIP_FORMATS; i++)
		other.atoms[i] = atom(clip_formats[i].name);
	other.clipboard = atom("CLIPBOARD");
	other.targets = atom("TARGETS");
	other.incr = atom("INCR");
	other.property = atom("OTHERS_PROPERTY");
	other.got = g_byte_array_new();
}

static void other_close(void)
{
	if (other.xcb)
		xcb_disconnect(other.xcb);
	if (other.got)
		g_byte_array_unref(other.got);
	memset(&other, 0, sizeof(other));
}

static int format_named(const char *name)
{
	for (int i = 0; i < CLIP_FORMATS; i++)
		if (strcmp(clip_formats[i].name, name) == 0)
			return i;
	test_fail("there is no format %s", name);
}

static void other_copies(const char *format, const char *bytes, size_t size, bool pieces)
{
	other.format = format_named(format);
	other.bytes = bytes;
	other.size = size;
	other.pieces = pieces;
	xcb_set_selection_owner(other.xcb, other.window, other.clipboard, XCB_CURRENT_TIME);
	xcb_flush(other.xcb);
}

static void other_notifies(const xcb_selection_request_event_t *request, xcb_atom_t property)
{
	union {
		xcb_selection_notify_event_t event;
		char bytes[32];
	} answer = { .bytes = { 0 } };

	answer.event.response_type = XCB_SELECTION_NOTIFY;
	answer.event.requestor = request->requestor;
	answer.event.selection = request->selection;
	answer.event.target = request->target;
	answer.event.property = property;
	xcb_send_event(other.xcb, 0, request->requestor, 0, answer.bytes);
	xcb_flush(other.xcb);
}

static void other_puts(xcb_atom_t type, uint8_t format, uint32_t count, const void *bytes)
{
	xcb_change_property(other.xcb, XCB_PROP_MODE_REPLACE, other.request.requestor,
			    other.request.property, type, format, count, bytes);
}

static void other_sends_a_piece(void)
{
	size_t size = MIN(PIECE, other.size - other.sent);

	if (other.stops && other.sent > 0)
		return;
	other_puts(other.request.target, 8, (uint32_t)size, other.bytes + other.sent);
	other.sent += size;
	xcb_flush(other.xcb);
}

static void other_is_asked(const xcb_selection_request_event_t *event)
{
	const uint32_t size = (uint32_t)other.size;

	if (other.format < 0)
		return;
	other.request = *event;
	other.asked += event->target != other.targets;
	if (event->target == other.targets) {
		other_puts(XCB_ATOM_ATOM, 32, 1, &other.atoms[other.format]);
	} else if (event->target != other.atoms[other.format]) {
		other_notifies(event, XCB_ATOM_NONE);
		return;
	} else if (other.pieces) {
		other.sent = 0;
		xcb_change_window_attributes(other.xcb, event->requestor, XCB_CW_EVENT_MASK,
					     (const uint32_t[]){ XCB_EVENT_MASK_PROPERTY_CHANGE });
		other_puts(other.incr, 32, 1, &size);
	} else {
		other_puts(event->target, 8, size, other.bytes);
	}
	other_notifies(event, event->property);
}

static void other_pastes(const char *format)
{
	g_byte_array_set_size(other.got, 0);
	other.done = other.refused = other.in_pieces = false;
	other.read_pieces = 0;
	xcb_convert_selection(other.xcb, other.window, other.clipboard,
			      strcmp(format, "TARGETS") ? other.atoms[format_named(format)]
							: other.targets,
			      other.property, XCB_CURRENT_TIME);
	xcb_flush(other.xcb);
}

static void other_reads(void)
{
	xcb_get_property_reply_t *reply = xcb_get_property_reply(
		other.xcb,
		xcb_get_property(other.xcb, 1, other.window, other.property,
				 XCB_GET_PROPERTY_TYPE_ANY, 0, 1 << 24),
		NULL);

	CHECK(reply);
	size_t size = (size_t)xcb_get_property_value_length(reply);
	if (reply->type == other.incr) {
		other.in_pieces = true;
	} else {
		other.type = reply->type;
		other.read_pieces += size > 0;
		g_byte_array_append(other.got, xcb_get_property_value(reply), (unsigned)size);
		other.done = !other.in_pieces || size == 0;
	}
	free(reply);
}

static void other_hears(xcb_generic_event_t *event)
{
	const xcb_property_notify_event_t *property = (const void *)event;
	const xcb_selection_notify_event_t *notify = (const void *)event;

	switch (event->response_type & 0x7f) {
	case XCB_SELECTION_REQUEST:
		other_is_asked((const void *)event);
		break;
	case XCB_SELECTION_NOTIFY:
		other.refused = notify->property == XCB_ATOM_NONE;
		if (!other.refused)
			other_reads();
		break;
	case XCB_PROPERTY_NOTIFY:
		if (property->window == other.window && other.in_pieces && !other.done &&
		    property->atom == other.property && property->state == XCB_PROPERTY_NEW_VALUE)
			other_reads();
		else if (property->window == other.request.requestor && other.pieces &&
			 property->atom == other.request.property &&
			 property->state == XCB_PROPERTY_DELETE)
			other_sends_a_piece();
		break;
	}
}

/* ---- together ---- */

static gboolean on_tick(gpointer data)
{
	xcb_generic_event_t *event;

	(void)data;
	while (other.xcb && (event = xcb_poll_for_event(other.xcb))) {
		other_hears(event);
		free(event);
	}
	return G_SOURCE_CONTINUE;
}

#define PATIENCE_US (20 * G_USEC_PER_SEC)
#define RUN_UNTIL(condition)                                                                       \
	do {                                                                                       \
		unsigned tick_ = g_timeout_add(1, on_tick, NULL);                                  \
		int64_t until_ = g_get_monotonic_time() + PATIENCE_US;                             \
		while (!(condition) && g_get_monotonic_time() < until_)                            \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(tick_);                                                            \
		CHECK(condition);                                                                  \
	} while (0)

static void close_all(void)
{
	ours_close();
	other_close();
	server_stop(&server);
}

static void open_all(void)
{
	g_autoptr(GError) error = NULL;

	server_start(&server, "640x480x24");
	other_open();
	ours.clip = clip_create(&clip_x11, NULL, &ours_listener, NULL, &error);
	CHECK(ours.clip);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] && ours.offered[CLIP_PRIMARY]);
	CHECK_EQ(ours.kinds[CLIP_CLIPBOARD], 0);
	memset(ours.offered, 0, sizeof(ours.offered));
}

/* ---- cases ---- */

static void expect_ours(const char *bytes, size_t size)
{
	parcel_unmap(&ours.got);
	ours.given = 0;
	clip_want(ours.clip, 11, CLIP_CLIPBOARD, CLIP_TEXT);
	RUN_UNTIL(ours.given == 1);
	CHECK_EQ(ours.got.size, size);
	CHECK(memcmp(ours.got.bytes, bytes, size) == 0);
}

static void what_they_copy_is_offered_and_read(void)
{
	open_all();
	other_copies("UTF8_STRING", "ten bytes!", 10, false);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 1);
	CHECK_EQ(ours.kinds[CLIP_CLIPBOARD], 1u << CLIP_TEXT);
	CHECK_EQ(other.asked, 0); /* lazily */
	expect_ours("ten bytes!", 10);
	expect_ours("ten bytes!", 10);
	CHECK_EQ(other.asked, 2);
	other_copies("STRING", "gr\xfc\xdf", 4, false);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 2);
	expect_ours("grüß", strlen("grüß"));
	other_copies("image/png", "\x89PNG", 4, false);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 3);
	CHECK_EQ(ours.kinds[CLIP_CLIPBOARD], 1u << CLIP_PNG);
	other_copies("UTF8_STRING", "", 0, false);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 4);
	expect_ours("", 0);
	close_all();
}

static void large_data_come_in_pieces(void)
{
	static const size_t sizes[] = { 1, PIECE, 1 << 20, (1 << 20) + 3 };

	open_all();
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		g_autofree char *bytes = noise(sizes[i]);
		unsigned before = ours.offered[CLIP_CLIPBOARD];
		other_copies("UTF8_STRING", bytes, sizes[i], true);
		RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] > before);
		expect_ours(bytes, sizes[i]);
	}
	CHECK(ours.progresses >= 2 * (1 << 20) / PIECE);
	g_autofree char *bytes = noise(1 << 20); /* in one, as large servers allow */
	other_copies("UTF8_STRING", bytes, 1 << 20, false);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 5);
	expect_ours(bytes, 1 << 20);
	close_all();
}

static void dead_owners_are_given_up(void)
{
	open_all();
	g_autofree char *bytes = noise(1 << 20);
	other_copies("UTF8_STRING", bytes, 1 << 20, true);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 1);
	other.stops = true;
	clip_want(ours.clip, 1, CLIP_CLIPBOARD, CLIP_TEXT);
	RUN_UNTIL(ours.refused == 1);
	CHECK_STR(ours.why, "the program that has it does not answer");
	other.format = -1;
	clip_want(ours.clip, 2, CLIP_CLIPBOARD, CLIP_TEXT);
	RUN_UNTIL(ours.refused == 2);
	clip_want(ours.clip, 3, CLIP_CLIPBOARD, CLIP_PNG); /* which it never had */
	CHECK_EQ(ours.refused, 3);
	xcb_destroy_window(other.xcb, other.window);
	xcb_flush(other.xcb);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 2);
	CHECK_EQ(ours.kinds[CLIP_CLIPBOARD], 0);
	close_all();
}

/* What the first one still sends does not end up in the second. */
static void cancelled_ones_leave_no_trace(void)
{
	open_all();
	g_autofree char *bytes = noise(1 << 20);
	other_copies("UTF8_STRING", bytes, 1 << 20, true);
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] == 1);
	for (unsigned i = 0; i < 30; i++) {
		unsigned before = ours.progresses;
		clip_want(ours.clip, i, CLIP_CLIPBOARD, CLIP_TEXT);
		RUN_UNTIL(ours.progresses > before);
		clip_cancel(ours.clip, i);
	}
	CHECK_EQ(ours.given + ours.refused, 0);
	expect_ours(bytes, 1 << 20);
	close_all();
}

static void expect_theirs(const char *format, const char *bytes, size_t size)
{
	other_pastes(format);
	RUN_UNTIL(other.done);
	CHECK_EQ(other.got->len, size);
	CHECK(memcmp(other.got->data, bytes, size) == 0);
	CHECK_EQ(other.type, other.atoms[format_named(format)]);
}

static void what_we_offer_they_paste(void)
{
	open_all();
	ours.gives = true;
	ours.bytes = "grüß";
	ours.size = strlen(ours.bytes);
	clip_offer(ours.clip, CLIP_CLIPBOARD, 1u << CLIP_TEXT);
	/* Who asks too early is told by nobody: the owner is not set yet. */
	other_pastes("TARGETS");
	while (!other.done) {
		if (other.refused)
			other_pastes("TARGETS");
		RUN_UNTIL(other.done || other.refused);
	}
	CHECK_EQ(other.got->len, 4 * (2 + 6));
	CHECK_EQ(ours.wanted, 0);
	expect_theirs("UTF8_STRING", "grüß", strlen("grüß"));
	expect_theirs("text/plain;charset=utf-8", "grüß", strlen("grüß"));
	expect_theirs("STRING", "gr\xfc\xdf", 4);
	CHECK_EQ(ours.wanted, 3);
	other_pastes("image/png");
	RUN_UNTIL(other.refused);
	CHECK_EQ(ours.wanted, 3);
	CHECK_EQ(ours.offered[CLIP_CLIPBOARD], 0); /* our own does not come back */
	ours.gives = false;
	other_pastes("UTF8_STRING");
	RUN_UNTIL(ours.wanted == 4);
	clip_refuse(ours.clip, ours.wanted_id);
	RUN_UNTIL(other.refused);
	clip_offer(ours.clip, CLIP_CLIPBOARD, 0);
	other_pastes("UTF8_STRING");
	RUN_UNTIL(other.refused);
	CHECK_EQ(ours.wanted, 4);
	CHECK_EQ(ours.offered[CLIP_CLIPBOARD], 0);
	close_all();
}

static void large_data_go_in_pieces(void)
{
	g_autofree char *bytes = noise((1 << 20) + 5);

	open_all();
	ours.gives = true;
	ours.bytes = bytes;
	ours.size = (1 << 20) + 5;
	clip_offer(ours.clip, CLIP_CLIPBOARD, 1u << CLIP_TEXT | 1u << CLIP_PNG);
	pump_ms(50);
	expect_theirs("UTF8_STRING", bytes, (1 << 20) + 5);
	CHECK(other.in_pieces);
	CHECK_EQ(other.read_pieces, 9);
	expect_theirs("image/png", bytes, (1 << 20) + 5);
	/* Whose window goes in the middle. */
	other_pastes("image/png");
	RUN_UNTIL(other.read_pieces == 2);
	xcb_destroy_window(other.xcb, other.window);
	xcb_flush(other.xcb);
	pump_ms(50);
	other_close();
	other_open();
	expect_theirs("UTF8_STRING", bytes, (1 << 20) + 5);
	close_all();
}

static void xclip_reads_and_writes(void)
{
	if (system("command -v xclip >/dev/null") != 0)
		test_skip("xclip is not installed");
	open_all();
	free(shell("printf 'from xclip' | xclip -selection clipboard -in >/dev/null"));
	RUN_UNTIL(ours.kinds[CLIP_CLIPBOARD] == 1u << CLIP_TEXT);
	expect_ours("from xclip", 10);
	free(shell("seq 300000 | xclip -selection clipboard -in >/dev/null"));
	RUN_UNTIL(ours.offered[CLIP_CLIPBOARD] >= 2);
	g_autofree char *numbers = shell("seq 300000");
	expect_ours(numbers, strlen(numbers));
	free(shell("printf marked | xclip -selection primary -in >/dev/null"));
	RUN_UNTIL(ours.kinds[CLIP_PRIMARY] == 1u << CLIP_TEXT);
	ours.gives = true;
	ours.bytes = numbers;
	ours.size = strlen(numbers);
	clip_offer(ours.clip, CLIP_CLIPBOARD, 1u << CLIP_TEXT);
	pump_ms(100);
	g_autofree char *pasted = shell("xclip -selection clipboard -out");
	CHECK_EQ(strlen(pasted), strlen(numbers));
	CHECK(strcmp(pasted, numbers) == 0);
	close_all();
}

static const struct test_case cases[] = {
	TEST(what_they_copy_is_offered_and_read),
	TEST(large_data_come_in_pieces),
	TEST(dead_owners_are_given_up),
	TEST(cancelled_ones_leave_no_trace),
	TEST(what_we_offer_they_paste),
	TEST(large_data_go_in_pieces),
	TEST(xclip_reads_and_writes),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
