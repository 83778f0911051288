/* QEMU's monitor against a peer that says what we write down here. */
#include "qemu/qmp.h"

#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

#define GREETING  "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define HANDSHAKE "{\"execute\":\"qmp_capabilities\",\"id\":0}\n"
#define WELCOME   "{\"return\": {}, \"id\": 0}\r\n"

static struct {
	struct qmp *qmp;
	int peer;
	unsigned ready, events, losses, answers;
	char event[64], why[128], error[128], value[64];
	gint64 number;
	gboolean destroys;
} rig;

static void on_ready(void *data)
{
	(void)data;
	rig.ready++;
}

static void on_event(void *data, const char *name, JsonObject *body)
{
	(void)data;
	rig.events++;
	rig.number = qmp_number(body, "n");
	g_strlcpy(rig.event, name, sizeof(rig.event));
	if (rig.destroys)
		g_clear_pointer(&rig.qmp, qmp_destroy);
}

static void on_lost(void *data, const char *why)
{
	(void)data;
	rig.losses++;
	g_strlcpy(rig.why, why, sizeof(rig.why));
	if (rig.destroys)
		g_clear_pointer(&rig.qmp, qmp_destroy);
}

static void on_answer(void *data, JsonNode *value, const GError *error)
{
	(void)data;
	rig.answers++;
	rig.number = qmp_number(qmp_as_object(value), "n");
	g_strlcpy(rig.error, error ? error->message : "", sizeof(rig.error));
}

static void start(unsigned patience_ms)
{
	static const struct qmp_listener listener = { on_ready, on_event, on_lost };
	int ends[2];

	qmp_destroy(rig.qmp);
	if (rig.peer > 0)
		close(rig.peer);
	memset(&rig, 0, sizeof(rig));
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	rig.peer = ends[1];
	rig.qmp = qmp_create(ends[0], patience_ms, &listener, NULL);
}

static void say(const char *text)
{
	CHECK_EQ(send(rig.peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static gboolean on_late(gpointer data)
{
	*(gboolean *)data = TRUE;
	return G_SOURCE_REMOVE;
}

/* Until `*count` is `wanted`; ten seconds are an error. */
static void await(const unsigned *count, unsigned wanted)
{
	gboolean late = FALSE;
	guint timer = g_timeout_add(10000, on_late, &late);

	while (*count < wanted && !late)
		g_main_context_iteration(NULL, TRUE);
	if (!late)
		g_source_remove(timer);
	CHECK_EQ(*count, wanted);
}

/* What the client said, one line. */
static void expect(const char *line)
{
	char text[512] = "";
	size_t length = strlen(line), got = 0;

	while (got < length) {
		g_main_context_iteration(NULL, FALSE);
		ssize_t bytes = recv(rig.peer, text + got, length - got, MSG_DONTWAIT);
		if (bytes > 0)
			got += (size_t)bytes;
		else
			CHECK(bytes < 0);
	}
	CHECK_STR(text, line);
}

static void shake_hands(void)
{
	start(10000);
	say(GREETING);
	expect(HANDSHAKE);
	CHECK(!qmp_is_ready(rig.qmp));
	say(WELCOME);
	await(&rig.ready, 1);
	CHECK(qmp_is_ready(rig.qmp));
}

static void hands_are_shaken_first(void)
{
	start(10000);
	qmp_ask(rig.qmp, "stop", NULL, 10000, on_answer, NULL);
	say(GREETING);
	expect(HANDSHAKE);
	say(WELCOME);
	expect("{\"execute\":\"stop\",\"id\":1}\n");
	say("{\"return\": {\"n\": 7}, \"id\": 1}\n");
	await(&rig.answers, 1);
	CHECK_EQ(rig.number, 7);
	CHECK_STR(rig.error, "");
}

static void arguments_are_sent(void)
{
	shake_hands();
	qmp_ask(rig.qmp, "eject", qmp_words("id", "a\"b", NULL), 10000, on_answer, NULL);
	expect("{\"execute\":\"eject\",\"arguments\":{\"id\":\"a\\\"b\"},\"id\":1}\n");
}

static void answers_come_in_any_order(void)
{
	shake_hands();
	qmp_ask(rig.qmp, "a", NULL, 10000, on_answer, NULL);
	qmp_ask(rig.qmp, "b", NULL, 10000, on_answer, NULL);
	say("{\"id\": 2, \"return\": {\"n\": 2}}\n");
	await(&rig.answers, 1);
	CHECK_EQ(rig.number, 2);
	say("{\"id\": 1, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n");
	await(&rig.answers, 2);
	CHECK_STR(rig.error, "no");
}

static void events_come_between(void)
{
	shake_hands();
	say("{\"event\": \"SHUTDOWN\", \"data\": {\"n\": 3}}\n{\"event\": \"STOP\"");
	await(&rig.events, 1);
	CHECK_STR(rig.event, "SHUTDOWN");
	CHECK_EQ(rig.number, 3);
	say("}\n");
	await(&rig.events, 2);
	CHECK_STR(rig.event, "STOP");
}

static void late_answers_are_none(void)
{
	shake_hands();
	qmp_ask(rig.qmp, "slow", NULL, 20, on_answer, NULL);
	await(&rig.answers, 1);
	CHECK_STR(rig.error, "QEMU does not answer to slow");
	say("{\"id\": 1, \"return\": {}}\n{\"event\": \"STOP\"}\n");
	await(&rig.events, 1);
	CHECK_EQ(rig.answers, 1);
	CHECK_EQ(rig.losses, 0);
}

static void hanging_up_answers_all(void)
{
	shake_hands();
	qmp_ask(rig.qmp, "a", NULL, 10000, on_answer, NULL);
	qmp_ask(rig.qmp, "b", NULL, 10000, on_answer, NULL);
	close(rig.peer);
	rig.peer = -1;
	await(&rig.losses, 1);
	CHECK_EQ(rig.answers, 2);
	CHECK_STR(rig.why, "QEMU has hung up");
	qmp_ask(rig.qmp, "c", NULL, 10000, on_answer, NULL);
	await(&rig.answers, 3);
	CHECK_STR(rig.error, "QEMU has hung up");
}

static void silence_is_an_end(void)
{
	start(20);
	await(&rig.losses, 1);
	CHECK_STR(rig.why, "QEMU's monitor does not greet");
}

static void nonsense_is_an_end(void)
{
	static const char *const nonsense[] = {
		"hello\n",
		"[]\n",
		"{\"id\": 9, \"return\": {}}\n",
		"{\"id\": 0, \"return\": {}}\n",
		"{\"id\": -1, \"return\": {}}\n",
		"{\"id\": \"1\", \"return\": {}}\n",
		"{\"id\": 1}\n",
		"{\"id\": 1, \"error\": 5}\n",
		"{\"return\": {}}\n",
		"{\"event\": 5}\n",
		"\xff\xfe\n",
		"{\"event\": \"\\ud800\"\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
		shake_hands();
		qmp_ask(rig.qmp, "a", NULL, 10000, on_answer, NULL);
		say(nonsense[i]);
		await(&rig.losses, 1);
		CHECK_EQ(rig.answers, 1);
		CHECK(*rig.error);
	}
	start(10000);
	say("{\"return\": {}}\n");
	await(&rig.losses, 1);
	CHECK_STR(rig.why, "what answers is not QEMU's monitor");
}

static void depth_has_an_end(void)
{
	g_autofree char *deep = g_strnfill(100000, '[');

	shake_hands();
	say("{\"event\": \"A\", \"data\": {\"text\": \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}}\n");
	await(&rig.events, 1);
	say("{\"event\": ");
	say(deep);
	say("\n");
	await(&rig.losses, 1);
	CHECK_CONTAINS(rig.why, "levels deep");
}

static void length_has_an_end(void)
{
	g_autofree char *piece = g_strnfill(64 << 10, 'x');

	shake_hands();
	for (size_t sent = 0; sent <= QMP_LINE_MAX + (1 << 20) && !rig.losses;) {
		ssize_t bytes = send(rig.peer, piece, 64 << 10, MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += bytes > 0 ? (size_t)bytes : 0;
		g_main_context_iteration(NULL, FALSE);
	}
	await(&rig.losses, 1);
	CHECK_STR(rig.why, "QEMU sent a line without an end");
}

static void callbacks_may_destroy(void)
{
	shake_hands();
	rig.destroys = TRUE;
	say("{\"event\": \"A\"}\n{\"event\": \"B\"}\n");
	await(&rig.events, 1);
	CHECK(!rig.qmp);
	shake_hands();
	rig.destroys = TRUE;
	qmp_ask(rig.qmp, "a", NULL, 10000, on_answer, NULL);
	say("?\n");
	await(&rig.losses, 1);
	CHECK(!rig.qmp);
}

static gboolean answer_late(gpointer data)
{
	(void)data;
	say("{\"event\": \"A\"}\n{\"id\": 1, \"return\": {\"n\": 4}}\n");
	return G_SOURCE_REMOVE;
}

static void calls_wait(void)
{
	g_autoptr(GError) error = NULL;

	shake_hands();
	g_timeout_add(10, answer_late, NULL);
	g_autoptr(JsonNode) value = qmp_call(rig.qmp, "query", NULL, &error);
	CHECK_EQ(qmp_number(qmp_as_object(value), "n"), 4);
	CHECK_EQ(rig.events, 1);
}

static void nobody_there_is_an_error(void)
{
	g_autoptr(GError) error = NULL;

	CHECK(!qmp_connect("/nonexistent/qmp", 1000, &error));
	CHECK_CONTAINS(error->message, "/nonexistent/qmp: No such file");
}

static const struct test_case cases[] = {
	TEST(hands_are_shaken_first),    TEST(arguments_are_sent),
	TEST(answers_come_in_any_order), TEST(events_come_between),
	TEST(late_answers_are_none),     TEST(hanging_up_answers_all),
	TEST(silence_is_an_end),         TEST(nonsense_is_an_end),
	TEST(depth_has_an_end),          TEST(length_has_an_end),
	TEST(callbacks_may_destroy),     TEST(calls_wait),
	TEST(nobody_there_is_an_error),
};

int main(int argc, char **argv)
{
	int result = test_main(argc, argv, cases, ARRAY_LEN(cases));

	qmp_destroy(rig.qmp);
	return result;
}
