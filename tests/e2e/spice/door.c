/* Who gets into a SPICE server and why others do not: TLS, passwords, connection files. The
 * machines have no guest, which nobody needs for that, and certificates are made on the spot. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spice/session.h"
#include "test.h"

#define PATIENCE_S 40
#define LIFE_S     200 /* of each program we start, whatever happens */

static char *work; /* folder */
static unsigned port;
static GSubprocess *machine;

/* ---- programs ---- */

static void limit_life(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFE_S);
}

static GSubprocess *start(GSubprocessFlags flags, const char *first, ...)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(flags);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	va_list args;

	va_start(args, first);
	for (const char *word = first; word; word = va_arg(args, const char *))
		g_ptr_array_add(argv, (char *)word);
	va_end(args);
	g_ptr_array_add(argv, NULL);
	g_subprocess_launcher_set_child_setup(launcher, limit_life, NULL, NULL);
	GSubprocess *self = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata,
							 &error);
	if (!self)
		test_fail("%s", error->message);
	return self;
}

static void shell(const char *script)
{
	g_autofree char *text = g_strdup_printf("exec 2>'%s/why'; cd '%s' && %s", work, work,
						script);
	g_autoptr(GSubprocess) sh = start(G_SUBPROCESS_FLAGS_NONE, "sh", "-ec", text, NULL);

	g_subprocess_wait(sh, NULL, NULL);
	if (!g_subprocess_get_successful(sh))
		test_fail("%s", script);
}

static void make_certificates(void)
{
	shell("umask 077; key() { openssl ecparam -name prime256v1 -genkey -noout -out $1; };"
	      "key ca-key.pem; key other-key.pem; key server-key.pem;"
	      "openssl req -x509 -new -key ca-key.pem -days 2 -subj '/CN=Oriel CA' -out ca-cert.pem;"
	      "openssl req -x509 -new -key other-key.pem -days 2 -subj '/CN=No CA' -out other.pem;"
	      "openssl req -new -key server-key.pem -subj '/O=Oriel/CN=127.0.0.1' -out server.csr;"
	      "openssl x509 -req -in server.csr -CA ca-cert.pem -CAkey ca-key.pem -days 2"
	      " -CAcreateserial -out server-cert.pem");
}

/* One that is free, most likely for a while. */
static unsigned free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_EQ(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void stop_machine(void)
{
	if (!machine)
		return;
	g_subprocess_force_exit(machine);
	g_subprocess_wait(machine, NULL, NULL);
	g_clear_object(&machine);
}

/* `spice` is the option's value. It listens when its monitor answers. */
static void start_machine(const char *spice)
{
	g_autofree char *log = NULL;

	stop_machine();
	machine = start(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE,
			"qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-m", "64", "-S",
			"-nodefaults", "-no-user-config", "-display", "none", "-vga", "std",
			"-name", "spice-door", "-object", "secret,id=word,data=open-sesame",
			"-spice", spice, "-qmp", "stdio", NULL);
	g_autoptr(GDataInputStream)
		answers = g_data_input_stream_new(g_subprocess_get_stdout_pipe(machine));
	g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(answers), FALSE);
	log = g_data_input_stream_read_line(answers, NULL, NULL, NULL);
	if (!log || !strstr(log, "QMP"))
		test_fail("no machine with -spice %s", spice);
}

static void needs_machine(void)
{
	if (!machine)
		test_skip("there is no machine");
}

/* ---- oriel-spice by hand: the line that it says about its connection ---- */

static char *outcome(const char *first, const char *second, const char *third)
{
	g_autoptr(GSubprocess) spice = start(G_SUBPROCESS_FLAGS_STDOUT_PIPE,
					     g_getenv("ORIEL_SPICE"), first, second, third, NULL);
	g_autoptr(GDataInputStream)
		lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(spice));
	char *line = NULL;

	do {
		g_free(line);
		line = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
	} while (line && (strcmp(line, "connecting") == 0 || g_str_has_prefix(line, "machine") ||
			  g_str_has_prefix(line, "takes")));
	g_subprocess_force_exit(spice);
	g_subprocess_wait(spice, NULL, NULL);
	return line ? line : g_strdup("it has ended");
}

static char *path_of(const char *name)
{
	return g_build_filename(work, name, NULL);
}

static void expect(const char *wanted, const char *option, const char *file, const char *address)
{
	g_autofree char *path = file ? path_of(file) : NULL;
	g_autofree char *first = path ? g_strconcat(option, path, NULL) : g_strdup(address);
	g_autofree char *line = outcome(first, path ? address : NULL, NULL);

	if (!g_str_has_prefix(line, wanted))
		test_fail("%s %s: \"%s\" is not \"%s\"", first, address ? address : "", line,
			  wanted);
}

static void write_file(const char *name, const char *format, ...)
{
	g_autofree char *path = path_of(name);
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	CHECK(g_file_set_contents(path, text, -1, NULL));
}

/* ---- cases ---- */

static void a_server_proves_who_it_is(void)
{
	g_autofree char *option = NULL, *address = NULL, *name = NULL;

	if (system("qemu-system-x86_64 -spice help 2>&1 | grep -q unix") != 0)
		test_skip("there is no QEMU with SPICE");
	if (system("openssl version >/dev/null 2>&1") != 0)
		test_skip("openssl is not installed");
	make_certificates();
	port = free_port();
	option = g_strdup_printf("tls-port=%u,addr=127.0.0.1,x509-dir=%s,disable-ticketing=on",
				 port, work);
	start_machine(option);
	address = g_strdup_printf("spice+tls://127.0.0.1:%u", port);
	name = g_strdup_printf("spice+tls://localhost:%u", port);
	expect("connected", "--ca-file=", "ca-cert.pem", address);
	expect("refused: TLS failed", "--ca-file=", "other.pem", address);
	expect("refused: TLS failed", NULL, NULL, address);
	expect("refused: TLS failed", "--ca-file=", "ca-cert.pem", name); /* not its name */
}

/* The certificates stand in it on one line. */
static char *escaped(const char *file)
{
	g_autofree char *path = path_of(file);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	return g_strjoinv("\\n", lines);
}

static void a_connection_file_has_all_of_it(void)
{
	g_autofree char *ca = NULL, *path = path_of("console.vv");

	needs_machine();
	ca = escaped("ca-cert.pem");
	write_file("console.vv",
		   "[virt-viewer]\ntype=spice\nhost=localhost\nport=-1\ntls-port=%u\n"
		   "host-subject=O=Oriel,CN=127.0.0.1\nca=%s\ntitle=Door\ndelete-this-file=0\n",
		   port, ca);
	expect("connected", "--file=", "console.vv", NULL);
	CHECK(g_file_test(path, G_FILE_TEST_EXISTS));
	write_file("console.vv",
		   "[virt-viewer]\ntype=spice\nhost=localhost\nport=-1\ntls-port=%u\n"
		   "host-subject=O=Oriel,CN=somebody else\nca=%s\ndelete-this-file=1\n",
		   port, ca);
	expect("refused: TLS failed", "--file=", "console.vv", NULL);
	CHECK(!g_file_test(path, G_FILE_TEST_EXISTS));
}

static void a_password_is_right_or_not(void)
{
	g_autofree char *option = NULL, *address = NULL;

	needs_machine();
	address = path_of("socket");
	option = g_strdup_printf("unix=on,addr=%s,password-secret=word", address);
	start_machine(option);
	write_file("right", "open-sesame\n");
	write_file("wrong", "open-barley\n");
	expect("connected", "--password-file=", "right", address);
	expect("locked: the server wants a password", "--password-file=", "wrong", address);
	expect("locked: the server wants a password", NULL, NULL, address);
}

static struct {
	unsigned connected, locked, refused, lost, taken;
} heard;

static void on_state(void *data, enum link_spice_connection state, const char *text)
{
	(void)text;
	if (data)
		*(enum link_spice_connection *)data = state;
	heard.taken += state == LINK_SPICE_TAKEN;
	heard.connected += state == LINK_SPICE_CONNECTED;
	heard.locked += state == LINK_SPICE_LOCKED;
	heard.refused += state == LINK_SPICE_REFUSED;
	heard.lost += state == LINK_SPICE_LOST;
}

static void on_server(void *data, const uint8_t *uuid, const char *name)
{
	(void)data, (void)uuid, (void)name;
}

static void on_word(void *data, uint32_t word)
{
	(void)data, (void)word;
}

static const struct session_listener listener = {
	.state = on_state,
	.server = on_server,
	.inputs = { .abilities = on_word, .leds = on_word },
};

static gboolean on_late(gpointer data)
{
	*(bool *)data = true;
	return G_SOURCE_REMOVE;
}

#define RUN_UNTIL(condition)                                                                       \
	do {                                                                                       \
		bool late_ = false;                                                                \
		unsigned timer_ = g_timeout_add_seconds(PATIENCE_S, on_late, &late_);              \
		while (!(condition) && !late_)                                                     \
			g_main_context_iteration(NULL, TRUE);                                      \
		CHECK(condition);                                                                  \
		g_source_remove(timer_);                                                           \
	} while (0)

/* As the viewer does it with what somebody types. */
static void a_locked_server_opens_to_a_better_word(void)
{
	struct address address = { NULL };
	struct session *session;

	needs_machine();
	address.path = path_of("socket");
	session = session_create(&listener, NULL);
	session_open(session, &address, true);
	RUN_UNTIL(heard.locked == 1);
	session_set_password(session, "open-barley");
	RUN_UNTIL(heard.locked == 2);
	CHECK_EQ(heard.connected + heard.lost + heard.refused, 0);
	session_set_password(session, "open-sesame");
	RUN_UNTIL(heard.connected == 1);
	session_destroy(session);
	address_clear(&address);
}

static void who_does_not_wait_is_told_once(void)
{
	struct address address = { .path = path_of("nobody") };
	struct session *session = session_create(&listener, NULL);

	heard.refused = heard.lost = 0;
	session_open(session, &address, false);
	RUN_UNTIL(heard.refused == 1);
	session_open(session, &address, true);
	RUN_UNTIL(heard.lost == 2);
	CHECK_EQ(heard.refused, 1);
	session_destroy(session);
	address_clear(&address);
}

/* The server throws one out for the other. They do not take turns for ever, and one who is asked to
 * by his user gets it. */
static void two_clients_find_an_end(void)
{
	enum link_spice_connection states[2] = { LINK_SPICE_LOST, LINK_SPICE_LOST };
	struct session *sessions[2];
	struct address address = { NULL };
	bool over = false;

	needs_machine();
	address.path = path_of("socket");
	memset(&heard, 0, sizeof(heard));
	for (unsigned i = 0; i < 2; i++) {
		sessions[i] = session_create(&listener, &states[i]);
		session_set_password(sessions[i], "open-sesame");
		session_open(sessions[i], &address, true);
		RUN_UNTIL(states[i] == LINK_SPICE_CONNECTED);
	}
	RUN_UNTIL(heard.taken == 1);
	unsigned loser = states[0] == LINK_SPICE_TAKEN ? 0 : 1;
	RUN_UNTIL(states[!loser] == LINK_SPICE_CONNECTED);
	unsigned connected = heard.connected;
	unsigned timer = g_timeout_add(3000, on_late, &over);
	while (!over)
		g_main_context_iteration(NULL, TRUE);
	(void)timer;
	CHECK_EQ(heard.connected, connected);
	session_open(sessions[loser], &address, true);
	RUN_UNTIL(heard.taken == 2);
	RUN_UNTIL(states[0] == LINK_SPICE_CONNECTED || states[1] == LINK_SPICE_CONNECTED);
	printf("# client %u had it last, after %u connections\n",
	       states[0] == LINK_SPICE_CONNECTED ? 0 : 1, heard.connected);
	session_destroy(sessions[0]);
	session_destroy(sessions[1]);
	address_clear(&address);
}

static const struct test_case cases[] = {
	TEST(a_server_proves_who_it_is),      TEST(a_connection_file_has_all_of_it),
	TEST(a_password_is_right_or_not),     TEST(a_locked_server_opens_to_a_better_word),
	TEST(who_does_not_wait_is_told_once), TEST(two_clients_find_an_end),
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	work = g_dir_make_tmp("oriel-door-XXXXXX", NULL);
	if (!work)
		return 1;
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	stop_machine();
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) ? 1 : status;
}
