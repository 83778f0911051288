/* Questions over the picture, answered by a user's keys: the SPICE server's password, and whether
 * the guest may listen. oriel-spice is this program. */
#include "view_input_rig.h"

#include <linux/input-event-codes.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/spice.h"
#include "view/hud/hud.h"

#define PATIENCE_NS (10 * NS_PER_S)

static struct {
	struct link *link;
	GString *passwords; /* that were sent, a line each */
	unsigned listens;   /* answers to the guest's wish to listen, */
	bool allowed;       /* and the last of them */
} fake;

/* ---- oriel-spice ---- */

static void tell(uint32_t type, const void *body, const char *text)
{
	CHECK_EQ(link_send(fake.link, type, body, text, NULL), 0);
	CHECK_EQ(link_waiting(fake.link), 0);
}

static void tell_state(enum link_spice_connection connection)
{
	struct link_spice_state body = { connection };

	tell(LINK_SPICE_STATE, &body, "");
}

static void tell_sound(uint32_t flags)
{
	struct link_spice_sound_state body = { flags };

	tell(LINK_SPICE_SOUND_STATE, &body, NULL);
}

static void hear_all(void)
{
	struct link_message *message;
	struct err err;

	while (link_receive(fake.link, &message, &err) == 0) {
		const struct link_spice_listen *listen = message->body;
		if (message->type == LINK_SPICE_PASSWORD)
			g_string_append_printf(fake.passwords, "%s\n", message->text);
		if (message->type != LINK_SPICE_SOUND_LISTEN)
			continue;
		fake.listens++;
		fake.allowed = listen->allowed;
	}
}

/* ---- the user ---- */

static bool asks(void *data)
{
	(void)data;
	return hud_asking(viewer.app->hud);
}

static bool asks_no_more(void *data)
{
	return !asks(data);
}

static bool has_heard(const char *all)
{
	hear_all();
	return strcmp(fake.passwords->str, all) == 0;
}

static void await_question(void)
{
	pump_until(asks, NULL, "the viewer asks");
}

static void await_passwords(const char *all)
{
	for (uint64_t until = clock_ns() + PATIENCE_NS; !has_heard(all); pump_ms(5))
		if (clock_ns() > until)
			test_fail("the passwords are \"%s\", not \"%s\"", fake.passwords->str, all);
}

/* US letters, as the X server begins. */
static void type(const char *text)
{
	static const char rows[][11] = { "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm" };
	static const uint32_t firsts[] = { KEY_1, KEY_Q, KEY_A, KEY_Z };

	for (; *text; text++) {
		bool shifted = g_ascii_isupper(*text);
		if (shifted)
			hands_key(&server, KEY_LEFTSHIFT, true);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			const char *at = strchr(rows[i], g_ascii_tolower(*text));
			if (at)
				hands_tap(&server, firsts[i] + (uint32_t)(at - rows[i]));
		}
		if (shifted)
			hands_key(&server, KEY_LEFTSHIFT, false);
	}
}

/* What reaches the guest, which is nothing of a password. */
static void check_guest_got(const char *keys)
{
	settle();
	CHECK_STR(without_positions(), keys);
	forget();
}

static void tidy_up(void)
{
	tidy();
	link_destroy(fake.link);
	if (fake.passwords)
		g_string_free(fake.passwords, TRUE);
	memset(&fake, 0, sizeof(fake));
}

static void open_viewer(void)
{
	int ends[2];

	tidy_up();
	prepare();
	CHECK_EQ(link_pair(ends), 0);
	CHECK_EQ(link_create(&fake.link, ends[1], &link_spice_tells, &link_spice_asks), 0);
	fake.passwords = g_string_new(NULL);
	viewer.options.spice = (struct spice_options){ .enabled = TRUE,
						       .address = (char *)"fake",
						       .link = ends[0] };
	viewer.options.audio.enabled = TRUE;
	viewer.options.audio.microphone = PERMISSION_ASK;
	open_window(640, 480);
	tell(LINK_SPICE_HELLO, NULL, "");
	forget();
}

/* ---- the password ---- */

static void a_wrong_password_is_asked_for_again(void)
{
	open_viewer();
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	type("barley");
	hands_tap(&server, KEY_ENTER);
	await_passwords("barley\n");
	pump_until(asks_no_more, NULL, "the question goes");
	tell_state(LINK_SPICE_CONNECTING);
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	CHECK_CONTAINS(alert, "not the password");
	type("OpenSesamm");
	hands_tap(&server, KEY_BACKSPACE);
	type("e7");
	hands_tap(&server, KEY_ENTER);
	await_passwords("barley\nOpenSesame7\n");
	tell_state(LINK_SPICE_CONNECTED);
	pump_until(asks_no_more, NULL, "the question goes");
	check_guest_got("");
	hands_tap(&server, KEY_A);
	check_guest_got("key a 1 key a 0");
	tidy_up();
}

static void who_does_not_want_is_left_alone(void)
{
	open_viewer();
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	type("open");
	hands_tap(&server, KEY_ESC);
	pump_until(asks_no_more, NULL, "the question goes");
	check_guest_got("");
	tell_state(LINK_SPICE_LOCKED); /* no news */
	settle();
	CHECK(!asks(NULL));
	hands_tap(&server, KEY_A);
	check_guest_got("key a 1 key a 0");
	hear_all();
	CHECK_STR(fake.passwords->str, "");
	tidy_up();
}

/* A file's, or one typed at the terminal. */
static void an_opened_server_asks_no_more(void)
{
	open_viewer();
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	type("half");
	tell_state(LINK_SPICE_CONNECTED);
	pump_until(asks_no_more, NULL, "the question goes");
	tell_state(LINK_SPICE_LOST);
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	type("whole");
	hands_tap(&server, KEY_ENTER);
	await_passwords("whole\n");
	tidy_up();
}

/* Nothing of it is remembered, and nothing asks on. */
static void a_lost_helper_asks_no_more(void)
{
	open_viewer();
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	tell(LINK_SPICE_HELLO, NULL, "");
	pump_until(asks_no_more, NULL, "the question goes");
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	tidy_up();
}

/* ---- the microphone ---- */

static bool was_answered(void *data)
{
	hear_all();
	return fake.allowed == *(bool *)data;
}

static void await_answer(bool allowed)
{
	pump_until(was_answered, &allowed, "the answer arrives");
}

static void a_guest_listens_when_it_may(void)
{
	open_viewer();
	tell_state(LINK_SPICE_CONNECTED);
	tell_sound(LINK_SPICE_WANTS_TO_LISTEN);
	await_question();
	hear_all();
	CHECK(!fake.allowed);
	hands_tap(&server, KEY_F9);
	await_answer(true);
	pump_until(asks_no_more, NULL, "the question goes");
	check_guest_got("");
	tidy_up();
}

static void a_guest_that_may_not_does_not(void)
{
	open_viewer();
	tell_state(LINK_SPICE_CONNECTED);
	tell_sound(LINK_SPICE_WANTS_TO_LISTEN);
	await_question();
	hands_tap(&server, KEY_ESC);
	pump_until(asks_no_more, NULL, "the question goes");
	hear_all();
	CHECK(!fake.allowed);
	tell_sound(0);
	tell_sound(LINK_SPICE_WANTS_TO_LISTEN); /* as was said: for now */
	settle();
	CHECK(!asks(NULL));
	hear_all();
	CHECK(!fake.allowed);
	tidy_up();
}

/* One after the other; the keys of the second are letters to the first. */
static void questions_wait_for_each_other(void)
{
	open_viewer();
	tell_state(LINK_SPICE_LOCKED);
	await_question();
	tell_sound(LINK_SPICE_WANTS_TO_LISTEN);
	type("open");
	hands_tap(&server, KEY_F9);
	hands_tap(&server, KEY_ENTER);
	await_passwords("open\n");
	CHECK(!fake.allowed);
	tell_state(LINK_SPICE_CONNECTED);
	await_question();
	hands_tap(&server, KEY_F9);
	await_answer(true);
	tidy_up();
}

static const struct test_case cases[] = {
	TEST(a_wrong_password_is_asked_for_again), TEST(who_does_not_want_is_left_alone),
	TEST(an_opened_server_asks_no_more),       TEST(a_lost_helper_asks_no_more),
	TEST(a_guest_listens_when_it_may),         TEST(a_guest_that_may_not_does_not),
	TEST(questions_wait_for_each_other),
};

int main(int argc, char **argv)
{
	return input_main(argc, argv, cases, ARRAY_LEN(cases));
}
