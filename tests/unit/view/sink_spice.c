/* oriel-spice as the viewer has it: started, lost, and started again. No SPICE server is there;
 * what one gets is the matter of tests/e2e/spice. */
#include <gio/gio.h>
#include <signal.h>
#include <unistd.h>

#include "test.h"
#include "view/input/sink.h"
#include "view/spice/server.h"

#define PATIENCE_MS 20000

static struct {
	struct spice_options options;
	struct spice *spice;
	struct sink *sink;
	unsigned alerts, changes;
	char alert[512];
	bool late;
} rig;

static void on_changed(void *data)
{
	(void)data;
	rig.changes++;
}

static void on_leds(void *data, uint32_t leds)
{
	(void)data, (void)leds;
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	rig.alerts++;
	g_strlcpy(rig.alert, text, sizeof(rig.alert));
}

static const struct sink_listener listener = {
	.changed = on_changed,
	.leds = on_leds,
};

static gboolean on_late(gpointer data)
{
	(void)data;
	rig.late = true;
	return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

/* The youngest child of a process, or 0: the keeper has who opens files, and then the worker. */
static pid_t child_of(pid_t parent)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int)parent,
						(int)parent);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return 0;
	const char *last = strrchr(g_strchomp(text), ' ');
	return (pid_t)g_ascii_strtoll(last ? last : text, NULL, 10);
}

/* The program that was started, and the process of it that does the work. */
static pid_t child(void)
{
	return child_of(getpid());
}

/* It may be waited for by another thread: looks once. */
static bool is_another(pid_t before)
{
	pid_t now = child();

	return now != 0 && now != before;
}

static pid_t worker(void)
{
	return child() ? child_of(child()) : 0;
}

#define RUN_UNTIL(condition)                                                                       \
	do {                                                                                       \
		unsigned timer_ = g_timeout_add(PATIENCE_MS, on_late, NULL);                       \
		unsigned tick_ = g_timeout_add(20, on_tick, NULL);                                 \
		rig.late = false;                                                                  \
		while (!(condition) && !rig.late)                                                  \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(timer_);                                                           \
		g_source_remove(tick_);                                                            \
		CHECK(condition);                                                                  \
	} while (0)

static void close_all(void)
{
	sink_destroy(rig.sink);
	spice_destroy(rig.spice);
	rig.sink = NULL;
	rig.spice = NULL;
}

static void open_sink(const char *address)
{
	close_all();
	RUN_UNTIL(child() == 0); /* it leaves by itself */
	memset(&rig, 0, sizeof(rig));
	rig.options.address = (char *)address;
	rig.spice = spice_create(&rig.options, on_alert, NULL);
	rig.sink = sink_spice_create(rig.spice, &listener, NULL);
}

static void nobody_wants_what_has_no_address(void)
{
	struct options options = { .spice = { .enabled = TRUE, .address = (char *)"" } };

	CHECK(!spice_is_wanted(&options));
	options.spice.address = (char *)"/run/vm.sock";
	CHECK(spice_is_wanted(&options));
	options.spice.enabled = FALSE;
	CHECK(!spice_is_wanted(&options));
}

/* Parts come and go while messages do. */
static struct {
	struct spice_part part;
	unsigned greeted, lost, heard;
} other;

static void on_greeted(void *data)
{
	(void)data;
	other.greeted++;
}

static void on_lost(void *data)
{
	(void)data;
	other.lost++;
}

static void on_state(void *data, struct link_message *message)
{
	(void)message;
	other.heard++;
	spice_remove(rig.spice, &other.part, data);
}

static void parts_hear_until_they_leave(void)
{
	open_sink("/nonexistent/oriel.sock");
	other.part = (struct spice_part){ .greeted = on_greeted,
					  .lost = on_lost,
					  .hears = { [LINK_SPICE_STATE] = on_state } };
	spice_add(rig.spice, &other.part, &rig);
	RUN_UNTIL(rig.alerts == 1);
	CHECK_EQ(other.greeted, 1);
	CHECK_EQ(other.lost, 0);
	CHECK_EQ(other.heard, 1);
}

static void what_is_in_the_way_is_said_once(void)
{
	open_sink("/nonexistent/oriel.sock");
	RUN_UNTIL(rig.alerts == 1);
	CHECK_CONTAINS(rig.alert, "/nonexistent/oriel.sock: nobody answers");
	CHECK_EQ(rig.sink->impl->abilities(rig.sink), 0);
	CHECK_EQ(rig.changes, 0);
}

/* Nothing has to be started for that, so it also works in a sandbox. */
static void a_killed_worker_is_replaced(void)
{
	open_sink("/nonexistent/oriel.sock");
	RUN_UNTIL(rig.alerts == 1);
	pid_t keeper = child();
	for (unsigned i = 0; i < 3; i++) {
		pid_t before = worker();
		unsigned alerts = rig.alerts;
		CHECK_EQ(kill(before, SIGKILL), 0);
		RUN_UNTIL(rig.alerts > alerts);
		CHECK_CONTAINS(rig.alert, "started itself again");
		CHECK(worker() != before);
		CHECK_EQ(child(), keeper);
	}
}

static void a_killed_oriel_spice_is_started_again(void)
{
	open_sink("/nonexistent/oriel.sock");
	RUN_UNTIL(rig.alerts == 1);
	pid_t before = child();
	CHECK_EQ(kill(before, SIGKILL), 0);
	RUN_UNTIL(is_another(before));
}

/* Who does not read is given up, and the viewer does not wait for it. */
static void one_that_hangs_is_replaced(void)
{
	open_sink("/nonexistent/oriel.sock");
	RUN_UNTIL(rig.alerts == 1);
	pid_t before = child();
	CHECK_EQ(kill(worker(), SIGSTOP), 0);
	for (unsigned i = 0; i < 2000; i++)
		rig.sink->impl->key(rig.sink, 30, i % 2 == 0);
	RUN_UNTIL(is_another(before));
}

static void a_wrong_address_is_a_persons_to_mend(void)
{
	open_sink("nonsense");
	RUN_UNTIL(rig.alerts == 1);
	CHECK_CONTAINS(rig.alert, "is no SPICE address");
}

/* Linux and Windows say the same machine's differently. */
static void a_server_is_the_guests_or_another(void)
{
	static const uint8_t nobody[16] = { 0 };
	static const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
					  0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };

	CHECK(server_is_guests(uuid, "01234567-89ab-cdef-fedc-ba9876543210"));
	CHECK(server_is_guests(uuid, "01234567-89AB-CDEF-FEDC-BA9876543210"));
	CHECK(server_is_guests(uuid, "67452301-ab89-efcd-fedc-ba9876543210"));
	CHECK(!server_is_guests(uuid, "01234567-89ab-cdef-fedc-ba9876543211"));
	CHECK(!server_is_guests(uuid, "67452301-ab89-efcd-dcfe-ba9876543210"));
	CHECK(server_is_guests(nobody, "01234567-89ab-cdef-fedc-ba9876543211"));
	CHECK(server_is_guests(uuid, NULL));
	CHECK(server_is_guests(uuid, ""));
	CHECK(server_is_guests(uuid, "no uuid"));
	CHECK(server_is_guests(uuid, "01234567-89ab-cdef-fedc-ba98765432101"));
}

static struct {
	char text[512];
	unsigned told, alerts;
} seen;

static void on_obstacle(void *data, const char *text)
{
	(void)data;
	seen.told++;
	g_strlcpy(seen.text, text ? text : "", sizeof(seen.text));
}

static void on_stranger(void *data, const char *text)
{
	(void)data, (void)text;
	seen.alerts++;
}

static const struct server_listener watcher = { .obstacle = on_obstacle, .alert = on_stranger };

/* Also after another address, which is the same program's to connect to. */
static void what_stands_in_the_way_is_shown_as_long_as_it_does(void)
{
	open_sink("/nonexistent/oriel.sock");
	rig.options.wait = TRUE;
	struct server *server = server_create(rig.spice, &watcher, NULL);
	RUN_UNTIL(strstr(seen.text, "nobody answers"));
	CHECK_CONTAINS(seen.text, "/nonexistent/oriel.sock: nobody answers");
	CHECK_CONTAINS(seen.text, "; trying again");
	pid_t before = worker();
	rig.options.address = (char *)"nonsense";
	spice_open(rig.spice);
	RUN_UNTIL(strstr(seen.text, "is no SPICE address"));
	CHECK_EQ(worker(), before);
	CHECK_EQ(seen.alerts, 0);
	server_destroy(server);
}

static const struct test_case cases[] = {
	TEST(nobody_wants_what_has_no_address),
	TEST(parts_hear_until_they_leave),
	TEST(what_is_in_the_way_is_said_once),
	TEST(a_killed_worker_is_replaced),
	TEST(a_killed_oriel_spice_is_started_again),
	TEST(one_that_hangs_is_replaced),
	TEST(a_wrong_address_is_a_persons_to_mend),
	TEST(a_server_is_the_guests_or_another),
	TEST(what_stands_in_the_way_is_shown_as_long_as_it_does),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	close_all();
	return status;
}
