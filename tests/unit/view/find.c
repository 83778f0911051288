/* Guests that run, in folders made for it, and the question which. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"
#include "view/find/find.h"

static char *root;
static struct find_where where;
static const char *servers[3];
static int listeners[8];
static unsigned listening;

static char *in(const char *folder, const char *name)
{
	static char path[4][512];
	static unsigned turn;

	turn = (turn + 1) % 4;
	g_snprintf(path[turn], sizeof(path[0]), "%s/%s/%s", root, folder, name);
	return path[turn];
}

static void set_up(void)
{
	static const char *const folders[] = { "user", "system", "dev", "shm" };

	root = g_dir_make_tmp("oriel-find-XXXXXX", NULL);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		g_mkdir(in(folders[i], ""), 0700);
	servers[0] = g_build_filename(root, "user", NULL);
	servers[1] = g_build_filename(root, "system", NULL);
	where = (struct find_where){ servers, g_build_filename(root, "dev", NULL),
				     g_build_filename(root, "shm", NULL) };
}

static void tear_down(void)
{
	const char *command[] = { "rm", "-rf", root, NULL };

	while (listening)
		close(listeners[--listening]);
	g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
		     NULL, NULL);
	g_free((char *)servers[0]);
	g_free((char *)servers[1]);
	g_free((char *)where.devices);
	g_free((char *)where.files);
	g_free(root);
}

static int serve(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	CHECK_EQ(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_EQ(listen(fd, 4), 0);
	return listeners[listening++] = fd;
}

static void make_file(const char *folder, const char *name)
{
	CHECK(g_file_set_contents(in(folder, name), "", 0, NULL));
}

/* "machine win11; device .../kvmfr0" */
static char *names(const GPtrArray *places)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < places->len; i++) {
		const struct find_place *place = places->pdata[i];
		g_autofree char *base = g_path_get_basename(place->path);
		g_string_append_printf(out, "%s%s", i ? " " : "",
				       *place->name ? place->name : base);
	}
	return g_string_free(out, FALSE);
}

static void check_found(const char *all_wanted, const char *vm, const char *choices_wanted)
{
	g_autoptr(GPtrArray) all = find_places(&where);
	g_autoptr(GPtrArray) choices = find_choices(all, vm);
	g_autofree char *all_names = names(all), *choice_names = names(choices);

	CHECK_STR(all_names, all_wanted);
	CHECK_STR(choice_names, choices_wanted);
}

static void machines_come_before_memory(void)
{
	set_up();
	check_found("", NULL, "");
	make_file("shm", "looking-glass");
	make_file("shm", "oriel-two");
	make_file("shm", "pulse-shm-1");
	check_found("looking-glass oriel-two", NULL, "looking-glass oriel-two");
	make_file("dev", "kvmfr10");
	make_file("dev", "kvmfr2");
	make_file("dev", "kvmfr");
	check_found("kvmfr2 kvmfr10 looking-glass oriel-two", NULL, "kvmfr2 kvmfr10");
	serve(in("user", "win11.sock"));
	check_found("win11 kvmfr2 kvmfr10 looking-glass oriel-two", NULL, "win11");
	tear_down();
}

static void a_dead_servers_socket_is_no_machine(void)
{
	set_up();
	serve(in("user", "dead.sock"));
	close(listeners[--listening]);
	CHECK(g_file_test(in("user", "dead.sock"), G_FILE_TEST_EXISTS));
	check_found("", NULL, "");
	make_file("user", "no-socket.sock");
	check_found("", NULL, "");
	tear_down();
}

static void looking_disturbs_no_server(void)
{
	set_up();
	int fd = serve(in("user", "win11.sock"));
	check_found("win11", NULL, "win11");
	CHECK_EQ(accept(fd, NULL, NULL), -1);
	CHECK_EQ(errno, EAGAIN);
	tear_down();
}

static void folders_and_links_are_machines_too(void)
{
	set_up();
	g_mkdir(in("user", "debian"), 0700);
	serve(in("user", "debian/shm.sock"));
	serve(in("shm", "elsewhere"));
	CHECK_EQ(symlink(in("shm", "elsewhere"), in("system", "linked.sock")), 0);
	serve(in("user", "both.sock"));
	serve(in("system", "both.sock"));
	check_found("both debian linked", NULL, "both debian linked");
	check_found("both debian linked", "debian", "debian");
	check_found("both debian linked", "win11", "");
	tear_down();
}

/* Another machine than the one that was asked for is none; memory without a name may be it. */
static void the_name_asked_for_counts(void)
{
	set_up();
	serve(in("user", "debian.sock"));
	make_file("dev", "kvmfr0");
	check_found("debian kvmfr0", "win11", "kvmfr0");
	check_found("debian kvmfr0", "debian", "debian");
	tear_down();
}

static char *printed(bool csv)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	g_autoptr(GPtrArray) all = find_places(&where);

	find_print(all, csv, out);
	fclose(out);
	return text;
}

static void the_list_is_for_people_or_programs(void)
{
	set_up();
	serve(in("user", "a,b.sock"));
	make_file("shm", "oriel\n1");
	g_autofree char *csv = printed(true);
	g_autofree char *table = printed(false);
	CHECK_CONTAINS(csv, "kind,name,path,usable\nmachine,\"a,b\",\"/");
	CHECK_CONTAINS(csv, "oriel\n1\",yes\n");
	CHECK_CONTAINS(table, "KIND");
	CHECK_CONTAINS(table, "oriel?1\n");
	tear_down();
}

static void without_a_terminal_the_error_names_them(void)
{
	g_autoptr(GError) error = NULL;
	FILE *nowhere = fopen("/dev/null", "r+");

	set_up();
	serve(in("user", "one.sock"));
	serve(in("user", "two.sock"));
	g_autoptr(GPtrArray) all = find_places(&where);
	CHECK(!find_ask(all, nowhere, nowhere, &error));
	CHECK_CONTAINS(error->message, "--vm=one, --vm=two");
	fclose(nowhere);
	tear_down();
}

/* What `typed` chooses on a terminal. */
static char *asked(const char *typed, char **screen)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char text[4096] = "";
	size_t length = 0;
	ssize_t got;

	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	FILE *terminal = fdopen(open(ptsname(master), O_RDWR | O_NOCTTY), "r+");
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) all = find_places(&where);
	CHECK_EQ(write(master, typed, strlen(typed)), (ssize_t)strlen(typed));
	const struct find_place *place = find_ask(all, terminal, terminal, &error);
	char *name = g_strdup(place ? place->name : error->message);
	fclose(terminal); /* ends what can be read */
	while (length < sizeof(text) - 1 &&
	       (got = read(master, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	*screen = g_strdup(text);
	close(master);
	return name;
}

static void a_terminal_is_asked(void)
{
	static const struct {
		const char *typed, *chosen;
	} cases[] = { { "2\n", "two" },
		      { "two\n", "two" },
		      { "0\n3\nnone\n1\n", "one" },
		      { "\004", "there are 2 guests; say which: --vm=one, --vm=two" } };

	set_up();
	serve(in("user", "one.sock"));
	serve(in("user", "two.sock"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		g_autofree char *screen = NULL;
		g_autofree char *chosen = asked(cases[i].typed, &screen);
		CHECK_STR(chosen, cases[i].chosen);
		CHECK_CONTAINS(screen, "Which one? (1 to 2)");
	}
	tear_down();
}

static void options_can_be_typed_as_they_are_named(void)
{
	struct find_place device = { PLACE_DEVICE, (char *)"", (char *)"/dev/kvmfr0", true },
			  odd = { PLACE_FILE, (char *)"", (char *)"/dev/shm/oriel x", true };
	g_autofree char *plain = place_option(&device), *quoted = place_option(&odd);

	CHECK_STR(plain, "--memory=/dev/kvmfr0");
	CHECK_STR(quoted, "'--memory=/dev/shm/oriel x'");
}

static const struct test_case cases[] = {
	TEST(machines_come_before_memory),
	TEST(a_dead_servers_socket_is_no_machine),
	TEST(looking_disturbs_no_server),
	TEST(folders_and_links_are_machines_too),
	TEST(the_name_asked_for_counts),
	TEST(the_list_is_for_people_or_programs),
	TEST(without_a_terminal_the_error_names_them),
	TEST(a_terminal_is_asked),
	TEST(options_can_be_typed_as_they_are_named),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
