/* Who says what was dropped: the opener as the viewer meets it, on a session bus on which this
 * program is the file portal and the desktop. */
#include "spice/grant.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/opener.h"
#include "link/paths.h"
#include "portal.h"
#include "spice/opener.h"
#include "test.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define OPENER_FD   50

static char folder[64];

static struct {
	bool buttons;
	unsigned questions;
	char text[4096], question[128];
	char asker[64]; /* its name on the bus */
	guint32 notice;
} desktop;

static struct {
	pid_t process;
	struct link *link;
	unsigned answers;
	uint32_t type, id;
	char why[512];
	GPtrArray *paths;
	char bytes[16]; /* of the file */
} viewer;

/* ---- the desktop ---- */

#define NOTICES "org.freedesktop.Notifications"

static const char interface[] =
	"<interface name='" NOTICES "'>"
	"<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
	"<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
	"<arg type='s' direction='in'/><arg type='s' direction='in'/>"
	"<arg type='s' direction='in'/><arg type='as' direction='in'/>"
	"<arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
	"<arg type='u' direction='out'/></method>"
	"<method name='CloseNotification'><arg type='u' direction='in'/></method>"
	"</interface>";

static void notify(GVariant *parameters, GDBusMethodInvocation *invocation)
{
	const char *summary, *text;

	desktop.questions++;
	g_variant_get(parameters, "(&su&s&s&sasa{sv}i)", NULL, NULL, NULL, &summary, &text, NULL,
		      NULL, NULL);
	g_strlcpy(desktop.question, summary, sizeof(desktop.question));
	g_strlcpy(desktop.text, text, sizeof(desktop.text));
	g_strlcpy(desktop.asker, g_dbus_method_invocation_get_sender(invocation),
		  sizeof(desktop.asker));
	g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", ++desktop.notice));
}

static void on_call(const char *method, GVariant *parameters, GDBusMethodInvocation *invocation)
{
	static const char *const abilities[] = { "body", "body-markup", "actions", NULL };
	static const char *const few[] = { "body", NULL };

	if (strcmp(method, "Notify") == 0)
		notify(parameters, invocation);
	else if (strcmp(method, "GetCapabilities") == 0)
		g_dbus_method_invocation_return_value(
			invocation, g_variant_new("(^as)", desktop.buttons ? abilities : few));
	else
		g_dbus_method_invocation_return_value(invocation, NULL);
}

static void start_bus(void)
{
	desktop.buttons = true;
	if (portal_connection())
		return;
	portal_start();
	portal_serve(NOTICES, "/org/freedesktop/Notifications", interface, on_call);
}

static void say(GDBusConnection *from, const char *to, const char *signal, GVariant *parameters)
{
	portal_emit(from, to, "/org/freedesktop/Notifications", NOTICES, signal, parameters);
}

/* What the desktop says when a button is pressed; or another program, which would like to. */
static void press(GDBusConnection *from, const char *to, const char *button)
{
	say(from, to, "ActionInvoked", g_variant_new("(us)", desktop.notice, button));
}

/* ---- the viewer ---- */

/* In a process of its own, which has no thread of ours: this program once more. */
static void start_opener(bool trusting)
{
	int ends[2];

	CHECK_EQ(link_pair(ends), 0);
	viewer.process = fork();
	if (viewer.process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], OPENER_FD);
		execl("/proc/self/exe", "opener", trusting ? "--trusting" : "--asking", NULL);
		_exit(127);
	}
	close(ends[1]);
	CHECK_EQ(link_create(&viewer.link, ends[0], &link_opener_asks, &link_opener_tells), 0);
}

static void end_opener(void)
{
	int status;

	link_destroy(viewer.link);
	CHECK_EQ(waitpid(viewer.process, &status, 0), viewer.process);
	CHECK_EQ(status, 0);
	g_clear_pointer(&viewer.paths, g_ptr_array_unref);
	memset(&viewer, 0, sizeof(viewer));
}

static void add(void *data, const char *path)
{
	g_ptr_array_add(data, g_strdup(path));
}

static void hear(void *data, struct link_message *message)
{
	(void)data;
	viewer.answers++;
	viewer.type = message->type;
	viewer.id = *(const uint32_t *)message->body;
	g_strlcpy(viewer.why, message->text, sizeof(viewer.why));
	memset(viewer.bytes, 0, sizeof(viewer.bytes));
	if (message->type == LINK_OPENER_OPENED) {
		viewer.id = ((const struct link_opener_file *)message->body)->id;
		CHECK(pread(message->fds[0], viewer.bytes, sizeof(viewer.bytes) - 1, 0) >= 0);
	} else if (message->type == LINK_OPENER_GRANTED) {
		g_clear_pointer(&viewer.paths, g_ptr_array_unref);
		viewer.paths = g_ptr_array_new_with_free_func(g_free);
		CHECK_EQ(paths_unpack(message->fds[0], add, viewer.paths), 0);
	}
}

static void turn(void)
{
	struct err err;

	g_main_context_iteration(NULL, FALSE);
	CHECK_EQ(link_turn(viewer.link, hear, NULL, &err), 0);
	clock_sleep(NS_PER_MS);
}

#define AWAIT(condition)                                                                           \
	for (uint64_t until_ = clock_ns() + PATIENCE_NS; !(condition); turn())                     \
		if (clock_ns() >= until_)                                                          \
			test_fail("not within its time: %s (%s)", #condition, viewer.why);

static void await_answer(uint32_t type, const char *why)
{
	AWAIT(viewer.answers > 0);
	CHECK_EQ(viewer.answers, 1);
	viewer.answers = 0;
	if (viewer.type != type)
		test_fail("%u was answered, not %u: %s", viewer.type, type, viewer.why);
	CHECK_CONTAINS(viewer.why, why);
}

static void await_question(void)
{
	AWAIT(desktop.questions > 0);
	desktop.questions = 0;
}

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make(const char *name)
{
	CHECK(g_file_set_contents(path_of(name), name, -1, NULL));
}

static void ask_open(const char *name)
{
	CHECK_EQ(link_send(viewer.link, LINK_OPENER_OPEN, &(struct link_opener_id){ 1 },
			   path_of(name), NULL),
		 0);
}

static void ask_key(const char *key)
{
	CHECK_EQ(link_send(viewer.link, LINK_OPENER_KEY, &(struct link_opener_id){ 2 }, key, NULL),
		 0);
}

/* One file. */
static void ask_list(const char *name)
{
	const char *path = path_of(name);
	int list = paths_pack(&path, 1);

	CHECK(list >= 0);
	CHECK_EQ(link_send(viewer.link, LINK_OPENER_LIST, &(struct link_opener_id){ 3 }, NULL,
			   &list),
		 0);
	close(list);
}

/* ---- cases ---- */

static void what_nobody_dropped_is_not_opened(void)
{
	make("one");
	start_opener(false);
	ask_open("one");
	await_answer(LINK_OPENER_REFUSED, "was not dropped");
	end_opener();
}

static void the_portal_knows_what_was_dropped(void)
{
	start_bus();
	make("one");
	make("two");
	make("three");
	start_opener(false);
	g_autofree char *one = g_strdup(path_of("one")), *two = g_strdup(path_of("two"));
	const char *const files[] = { one, two, NULL };
	portal_has("the key", files);
	ask_key("a guess");
	await_answer(LINK_OPENER_REFUSED, "Invalid transfer");
	ask_key("the key");
	await_answer(LINK_OPENER_GRANTED, "");
	CHECK_EQ(viewer.id, 2);
	CHECK_EQ(viewer.paths->len, 2);
	CHECK_STR((char *)viewer.paths->pdata[0], path_of("one"));
	ask_open("two");
	await_answer(LINK_OPENER_OPENED, "");
	CHECK_EQ(viewer.id, 1);
	CHECK_STR(viewer.bytes, "two");
	ask_open("two"); /* once */
	await_answer(LINK_OPENER_REFUSED, "was not dropped");
	ask_open("three");
	await_answer(LINK_OPENER_REFUSED, "was not dropped");
	CHECK_EQ(desktop.questions, 0);
	portal_has(NULL, NULL);
	end_opener();
}

/* What it is called is where it lies. */
static void else_a_person_is_asked(void)
{
	start_bus();
	make("a<b>&c");
	g_autofree char *innocent = g_strdup(path_of("innocent"));
	CHECK_EQ(symlink(path_of("a<b>&c"), innocent), 0);
	start_opener(false);
	ask_list("innocent");
	await_question();
	CHECK_CONTAINS(desktop.question, "Give files");
	CHECK_CONTAINS(desktop.text, "1 file is");
	CHECK_CONTAINS(desktop.text, "/a&lt;b&gt;&amp;c");
	CHECK_EQ(viewer.answers, 0);
	ask_list("one");
	await_answer(LINK_OPENER_REFUSED, "still open");
	press(portal_connection(), NULL, "give");
	await_answer(LINK_OPENER_GRANTED, "");
	CHECK_STR((char *)viewer.paths->pdata[0], path_of("a<b>&c"));
	ask_open("a<b>&c");
	await_answer(LINK_OPENER_OPENED, "");
	end_opener();
}

static void a_person_may_say_no(void)
{
	start_bus();
	make("one");
	start_opener(false);
	ask_list("one");
	await_question();
	press(portal_connection(), NULL, "refuse");
	await_answer(LINK_OPENER_REFUSED, "you said no");
	ask_list("one");
	await_question();
	say(portal_connection(), NULL, "NotificationClosed",
	    g_variant_new("(uu)", desktop.notice, 2));
	await_answer(LINK_OPENER_REFUSED, "was closed");
	ask_open("one");
	await_answer(LINK_OPENER_REFUSED, "was not dropped");
	end_opener();
}

/* A viewer that was taken over may be on that bus, too. */
static void nobody_else_says_yes(void)
{
	start_bus();
	g_autoptr(GDBusConnection) other = portal_connect();

	make("one");
	start_opener(false);
	ask_list("one");
	await_question();
	press(other, NULL, "give");
	press(other, desktop.asker, "give");
	press(portal_connection(), NULL, "refuse");
	await_answer(LINK_OPENER_REFUSED, "you said no");
	end_opener();
}

static void what_became_another_file_is_not_opened(void)
{
	start_bus();
	make("one");
	make("secret");
	start_opener(false);
	ask_list("one");
	await_question();
	CHECK_EQ(unlink(path_of("one")), 0);
	g_autofree char *secret = g_strdup(path_of("secret"));
	CHECK_EQ(symlink(secret, path_of("one")), 0);
	press(portal_connection(), NULL, "give");
	await_answer(LINK_OPENER_GRANTED, "");
	ask_open("one");
	await_answer(LINK_OPENER_REFUSED, "is not where it was");
	CHECK_EQ(unlink(path_of("one")), 0);
	end_opener();
}

static void where_nobody_can_be_asked_nothing_goes(void)
{
	make("one");
	start_bus();
	desktop.buttons = false;
	start_opener(false);
	ask_list("one");
	await_answer(LINK_OPENER_REFUSED, "have no buttons");
	end_opener();
	g_autofree char *address = g_strdup(g_getenv("DBUS_SESSION_BUS_ADDRESS"));
	g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
	g_setenv("XDG_RUNTIME_DIR", folder, TRUE);
	start_opener(false);
	ask_list("one");
	await_answer(LINK_OPENER_REFUSED, "there is no session bus");
	end_opener();
	g_setenv("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
}

static void who_could_open_all_of_it_is_believed(void)
{
	make("one");
	make(".hidden");
	start_opener(true);
	ask_list(".hidden");
	await_answer(LINK_OPENER_GRANTED, "");
	ask_open(".hidden");
	await_answer(LINK_OPENER_OPENED, "");
	CHECK_STR(viewer.bytes, ".hidden");
	end_opener();
}

static void what_is_no_list_is_refused(void)
{
	static const char *const wrong[] = { "relative", "" };

	start_opener(true);
	for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
		int list = paths_pack(&wrong[i], 1);
		CHECK_EQ(link_send(viewer.link, LINK_OPENER_LIST, &(struct link_opener_id){ 3 },
				   NULL, &list),
			 0);
		close(list);
		await_answer(LINK_OPENER_REFUSED, "no list");
	}
	end_opener();
}

static void names_are_shown_without_their_tricks(void)
{
	g_autofree char *shown = grant_presentable("/a\nb\x1b[1m\xe2\x80\xae"
						   "c\xff\xc3\xa9");

	CHECK(!strpbrk(shown, "\n\x1b"));
	CHECK(!strstr(shown, "\xe2\x80\xae"));
	CHECK_CONTAINS(shown, "\xc3\xa9");
	CHECK(g_utf8_validate(shown, -1, NULL));
}

static const struct test_case cases[] = {
	TEST(what_nobody_dropped_is_not_opened),
	TEST(the_portal_knows_what_was_dropped),
	TEST(else_a_person_is_asked),
	TEST(a_person_may_say_no),
	TEST(nobody_else_says_yes),
	TEST(what_became_another_file_is_not_opened),
	TEST(where_nobody_can_be_asked_nothing_goes),
	TEST(who_could_open_all_of_it_is_believed),
	TEST(what_is_no_list_is_refused),
	TEST(names_are_shown_without_their_tricks),
};

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(name);
}

int main(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--trusting") == 0 || strcmp(argv[1], "--asking") == 0))
		return opener_run(OPENER_FD, strcmp(argv[1], "--trusting") == 0) != 0;
	snprintf(folder, sizeof(folder), "/tmp/oriel-grant-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	portal_stop();
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}
