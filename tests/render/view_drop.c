/* A whole viewer on whose window another X11 program drops files: this one, which also speaks as
 * oriel-spice, and as who opens files for the viewer. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "clip_rig.h"
#include "link/opener.h"
#include "link/paths.h"
#include "link/spice.h"
#include "view/window/x11/x11.h"

static struct server server;
static struct script script;
static struct viewer viewer;

/* ---- oriel-spice ---- */

static struct {
	struct link *link, *opener;
	unsigned opens, asked, files, cancels;
	char path[64], name[64], text[64];
	struct link_spice_file file;
	uint32_t opened;
	char alert[256];

	const char *refusal; /* of what is dropped; NULL: it is granted */
	unsigned keys;
	char key[64];
} guest;

static void grant(uint32_t drop, int list)
{
	struct link_opener_id body = { drop };

	if (guest.refusal)
		CHECK_EQ(link_send(guest.opener, LINK_OPENER_REFUSED, &body, guest.refusal, NULL),
			 0);
	else
		CHECK_EQ(link_send(guest.opener, LINK_OPENER_GRANTED, &body, NULL, &list), 0);
}

/* Whose key it is knows which files they are. */
static void grant_key(uint32_t drop, const char *key)
{
	const char *const files[] = { "/portal/one" };
	int list = paths_pack(files, 1);

	guest.keys++;
	g_strlcpy(guest.key, key, sizeof(guest.key));
	grant(drop, list);
	close(list);
}

static void hear_opener(void)
{
	struct link_message *message;
	struct err err;

	while (link_receive(guest.opener, &message, &err) == 0) {
		uint32_t id = ((const struct link_opener_id *)message->body)->id;
		if (message->type == LINK_OPENER_KEY) {
			grant_key(id, message->text);
		} else if (message->type == LINK_OPENER_LIST) {
			grant(id, message->fds[0]);
		} else {
			guest.asked++;
			guest.opened = id;
			g_strlcpy(guest.path, message->text, sizeof(guest.path));
		}
	}
}

static void hear(void)
{
	struct link_message *message;
	struct err err;

	hear_opener();
	while (link_receive(guest.link, &message, &err) == 0) {
		guest.opens += message->type == LINK_SPICE_OPEN;
		guest.cancels += message->type == LINK_SPICE_FILE_CANCEL;
		if (message->type != LINK_SPICE_FILE_SEND)
			continue;
		guest.files++;
		guest.file = *(const struct link_spice_file *)message->body;
		g_strlcpy(guest.name, message->text, sizeof(guest.name));
		ssize_t size = pread(message->fds[0], guest.text, sizeof(guest.text) - 1, 0);
		guest.text[size > 0 ? size : 0] = '\0';
	}
}

static void hand_hear(void);

static bool has_grown(void *count)
{
	hear();
	hand_hear();
	return *(unsigned *)count > 0;
}

static void await(unsigned *count, const char *what)
{
	pump_until(has_grown, count, what);
	*count = 0;
}

static void open_it(const char *bytes)
{
	struct link_opener_file body = { strlen(bytes), guest.opened, 0 };
	int fd = parcel_of(bytes, strlen(bytes));

	CHECK_EQ(link_send(guest.opener, LINK_OPENER_OPENED, &body, NULL, &fd), 0);
	close(fd);
}

static void end_it(enum link_spice_file_result result, const char *why)
{
	struct link_spice_file_end body = { guest.file.id, result };

	CHECK_EQ(link_send(guest.link, LINK_SPICE_FILE_DONE, &body, why, NULL), 0);
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	g_strlcpy(guest.alert, text, sizeof(guest.alert));
}

static bool has_alert(void *text)
{
	hear();
	hand_hear();
	return strstr(guest.alert, text) != NULL;
}

static void await_alert(const char *text)
{
	pump_until(has_alert, (void *)text, text);
}

/* ---- who drags ---- */

static struct {
	xcb_window_t window, target;
	xcb_atom_t selection, enter, position, leave, drop, status, finished, types, list, copy;
	xcb_atom_t wanted; /* what it is to be asked for */
	const char *uris;
	unsigned statuses, accepted, finishes, taken, asked;
	xcb_timestamp_t time; /* that the list was asked for with */
} hand;

static xcb_atom_t atom(const char *name)
{
	g_autofree xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		server.xcb, xcb_intern_atom(server.xcb, 0, (uint16_t)strlen(name), name), NULL);

	return reply->atom;
}

static void hand_open(void)
{
	hand.target = ((struct x11 *)app_window(viewer.app))->id;
	hand.window = xcb_generate_id(server.xcb);
	hand.selection = atom("XdndSelection");
	hand.enter = atom("XdndEnter");
	hand.position = atom("XdndPosition");
	hand.leave = atom("XdndLeave");
	hand.drop = atom("XdndDrop");
	hand.status = atom("XdndStatus");
	hand.finished = atom("XdndFinished");
	hand.types = atom("XdndTypeList");
	hand.list = hand.wanted = atom("text/uri-list");
	hand.copy = atom("XdndActionCopy");
	xcb_create_window(server.xcb, 0, hand.window, server.screen->root, -1, -1, 1, 1, 0,
			  XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, 0, NULL);
	xcb_set_selection_owner(server.xcb, hand.window, hand.selection, XCB_CURRENT_TIME);
	server_sync(&server);
}

static void say(xcb_atom_t type, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const xcb_client_message_event_t message = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = hand.target,
		.type = type,
		.data.data32 = { hand.window, a, b, c, d },
	};

	xcb_send_event(server.xcb, 0, hand.target, 0, (const char *)&message);
	xcb_flush(server.xcb);
}

static void on_request(const xcb_selection_request_event_t *event)
{
	const xcb_selection_notify_event_t answer = {
		.response_type = XCB_SELECTION_NOTIFY,
		.requestor = event->requestor,
		.selection = event->selection,
		.target = event->target,
		.property = event->property,
		.time = event->time,
	};

	hand.asked++;
	hand.time = event->time;
	CHECK_EQ(event->target, hand.wanted);
	if (!hand.uris)
		return; /* it hangs */
	xcb_change_property(server.xcb, XCB_PROP_MODE_REPLACE, event->requestor, event->property,
			    event->target, 8, (uint32_t)strlen(hand.uris), hand.uris);
	xcb_send_event(server.xcb, 0, event->requestor, 0, (const char *)&answer);
	xcb_flush(server.xcb);
}

static void on_message(const xcb_client_message_event_t *event)
{
	const uint32_t *words = event->data.data32;

	if (words[0] != hand.target)
		return;
	if (event->type == hand.status) {
		hand.statuses++;
		hand.accepted += words[1] & 1 && words[4] == hand.copy;
	} else if (event->type == hand.finished) {
		hand.finishes++;
		hand.taken += words[1] & 1 && words[2] == hand.copy;
	}
}

static void hand_hear(void)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(server.xcb))) {
		if ((event->response_type & 0x7f) == XCB_SELECTION_REQUEST)
			on_request((const void *)event);
		else if ((event->response_type & 0x7f) == XCB_CLIENT_MESSAGE)
			on_message((const void *)event);
		free(event);
	}
}

/* Version 5, of these kinds; the last is what is wanted where it is another one. */
static void drag(xcb_atom_t kind, bool in_list)
{
	const xcb_atom_t all[] = { atom("text/plain"), atom("text/html"), kind, hand.wanted };

	hand.statuses = hand.accepted = hand.finishes = hand.taken = 0;
	xcb_change_property(server.xcb, XCB_PROP_MODE_REPLACE, hand.window, hand.types,
			    XCB_ATOM_ATOM, 32, 4, all);
	say(hand.enter, 5u << 24 | in_list, in_list ? all[0] : kind, 0, 0);
	say(hand.position, 0, 10u << 16 | 10, 0, hand.copy);
	await(&hand.statuses, "it says whether it takes them");
}

static void drop(const char *uris)
{
	hand.uris = uris;
	drag(hand.list, true);
	CHECK_EQ(hand.accepted, 1);
	say(hand.drop, 0, 4711, 0, 0);
}

/* ---- together ---- */

static void close_all(void)
{
	if (viewer.app)
		viewer_stop(&viewer);
	link_destroy(guest.link);
	link_destroy(guest.opener);
	memset(&guest, 0, sizeof(guest));
	memset(&hand, 0, sizeof(hand));
	script_finish(&script);
	server_stop(&server);
}

static void open_all(void)
{
	int ends[2], files[2];

	server_start(&server, "640x480x24");
	script_init(&script, 320, 240, 0);
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_pair(files), 0);
	CHECK_EQ(link_create(&guest.link, ends[1], &link_spice_tells, &link_spice_asks), 0);
	CHECK_EQ(link_create(&guest.opener, files[1], &link_opener_tells, &link_opener_asks), 0);
	viewer.options = (struct options){
		.spice = { .enabled = TRUE,
			   .address = (char *)"/nonexistent",
			   .link = ends[0],
			   .opener = files[0] },
		.clipboard = { TRUE, TRUE, TRUE, TRUE },
	};
	viewer_start(&viewer, &script);
	app_on_alert(viewer.app, on_alert, NULL);
	CHECK_EQ(link_send(guest.link, LINK_SPICE_HELLO, NULL, NULL, NULL), 0);
	await(&guest.opens, "it has been greeted");
	script_status(&script, SOURCE_RUNNING, "");
	script_draw(&script, (struct rect){ 0, 0, 320, 240 });
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
	hand_open();
}

/* ---- cases ---- */

static void the_window_says_that_it_takes_drops(void)
{
	open_all();
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		server.xcb,
		xcb_get_property(server.xcb, 0, hand.target, atom("XdndAware"), XCB_ATOM_ATOM, 0,
				 1),
		NULL);
	CHECK(reply && reply->value_len == 1);
	CHECK_EQ(*(uint32_t *)xcb_get_property_value(reply), 5);
	drag(hand.list, false);
	CHECK_EQ(hand.accepted, 1);
	drag(atom("text/plain"), false);
	CHECK_EQ(hand.accepted, 0);
	say(hand.drop, 0, 0, 0, 0);
	await(&hand.finishes, "it refuses");
	CHECK_EQ(hand.taken, 0);
	CHECK_EQ(hand.asked, 0);
	close_all();
}

static void what_is_dropped_goes_to_the_guest(void)
{
	open_all();
	drop("file:///tmp/gr%C3%BC%C3%9Fe.txt\r\nfile://localhost/x/two\r\n");
	await(&hand.finishes, "the drop is over");
	CHECK_EQ(hand.taken, 1);
	CHECK_EQ(hand.time, 4711);
	await(&guest.asked, "it wants the file");
	CHECK_STR(guest.path, "/tmp/gr\xc3\xbc\xc3\x9f"
			      "e.txt");
	open_it("hello");
	await(&guest.files, "it sends the file");
	CHECK_STR(guest.name, "gr\xc3\xbc\xc3\x9f"
			      "e.txt");
	CHECK_STR(guest.text, "hello");
	CHECK_EQ(guest.file.bytes, 5);
	CHECK_EQ(guest.asked, 0); /* one at a time */
	end_it(LINK_SPICE_FILE_FAILED, "no room");
	await_alert("e.txt: no room");
	await(&guest.asked, "it wants the other");
	CHECK_STR(guest.path, "/x/two");
	open_it("");
	await(&guest.files, "it sends the other");
	end_it(LINK_SPICE_FILE_THERE, NULL);
	await_alert("1 of 2 files are in the guest");
	close_all();
}

/* A list could be made up by whoever has taken the viewer over. */
static void the_file_portals_key_goes_before_a_list(void)
{
	static const char *const names[] = { "application/vnd.portal.filetransfer",
					     "application/vnd.portal.files" };

	open_all();
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		hand.wanted = atom(names[i]);
		drop("a key");
		await(&hand.finishes, "the drop is over");
		CHECK_EQ(hand.taken, 1);
		await(&guest.keys, "the portal is asked");
		CHECK_STR(guest.key, "a key");
		await(&guest.asked, "it wants the file");
		CHECK_STR(guest.path, "/portal/one");
		open_it("x");
		await(&guest.files, "it sends the file");
		CHECK_STR(guest.name, "one");
		end_it(LINK_SPICE_FILE_THERE, NULL);
		await_alert("one is in the guest");
		guest.alert[0] = '\0';
	}
	close_all();
}

static void what_is_not_granted_is_told(void)
{
	open_all();
	guest.refusal = "you said no";
	drop("file:///a\r\n");
	await_alert("no files for the guest: you said no");
	CHECK_EQ(guest.asked, 0);
	guest.refusal = NULL;
	drop("file:///b\r\n");
	await(&guest.asked, "it wants the next");
	CHECK_STR(guest.path, "/b");
	close_all();
}

/* Nobody is asked for the others. */
static void where_no_file_can_go_one_is_enough(void)
{
	open_all();
	drop("file:///a\r\nfile:///b\r\n");
	await(&guest.asked, "it wants the file");
	open_it("x");
	await(&guest.files, "it sends the file");
	end_it(LINK_SPICE_FILES_NONE, "the guest runs no agent");
	await_alert("no files for the guest: the guest runs no agent");
	drop("file:///c\r\n");
	await(&guest.asked, "it wants the next");
	CHECK_STR(guest.path, "/c");
	close_all();
}

static void lies_are_passed_over(void)
{
	open_all();
	drop("file:///a\r\n");
	await(&guest.asked, "it wants the file");
	end_it(LINK_SPICE_FILE_THERE, NULL); /* of none */
	guest.opened += 5;
	open_it("another one");
	guest.opened -= 5;
	open_it("x");
	await(&guest.files, "it sends the file");
	CHECK_STR(guest.text, "x");
	guest.file.id += 3;
	end_it(LINK_SPICE_FILE_THERE, NULL);
	guest.file.id -= 3;
	CHECK_EQ(link_send(guest.link, LINK_SPICE_FILE_SENT,
			   &(struct link_spice_file){ UINT64_MAX, guest.file.id, 0 }, NULL, NULL),
		 0);
	pump_ms(20);
	CHECK_STR(guest.alert, "");
	end_it(LINK_SPICE_FILE_THERE, NULL);
	await_alert("a is in the guest");
	close_all();
}

/* Nor is a drag that comes meanwhile mistaken for it. */
static void who_does_not_say_which_is_given_up(void)
{
	open_all();
	drop(NULL);
	await(&hand.asked, "it is asked which");
	say(hand.leave, 0, 0, 0, 0);
	await_alert("does not say which");
	await(&hand.finishes, "the drop is over");
	CHECK_EQ(hand.taken, 0);
	drop("file:///a\r\n");
	await(&guest.asked, "it wants the file");
	close_all();
}

static void the_settings_may_say_no(void)
{
	open_all();
	viewer.options.clipboard.files = FALSE;
	drop("file:///a\r\n");
	await_alert("no files for the guest: the settings say so");
	CHECK_EQ(guest.asked, 0);
	close_all();
}

static const struct test_case cases[] = {
	TEST(the_window_says_that_it_takes_drops),     TEST(what_is_dropped_goes_to_the_guest),
	TEST(where_no_file_can_go_one_is_enough),      TEST(lies_are_passed_over),
	TEST(who_does_not_say_which_is_given_up),      TEST(the_settings_may_say_no),
	TEST(the_file_portals_key_goes_before_a_list), TEST(what_is_not_granted_is_told),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
