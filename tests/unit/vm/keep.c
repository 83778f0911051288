/* The parts of `oriel up` that need no QEMU. */
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "vm/run/complaint.h"
#include "vm/run/hooks.h"
#include "vm/run/journal.h"
#include "vm/run/leftovers.h"
#include "vm/run/lock.h"
#include "vm/run/pins.h"
#include "vm/run/program.h"
#include "vm/run/register.h"
#include "vm/run/sockets.h"
#include "vm/run/viewer.h"

static char *folder;

static char *place(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

/* ---- locks ---- */

static void locks_have_one_holder(void)
{
	g_autofree char *path = place("lock");
	g_autoptr(GError) error = NULL;

	CHECK(!lock_holder(path));
	struct lock *lock = lock_take(path, "me 7", NULL);
	CHECK(lock);
	g_autofree char *holder = lock_holder(path);
	CHECK_STR(holder, "me 7");
	CHECK(!lock_take(path, "you 8", &error));
	CHECK(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BUSY));
	lock_release(lock);
	CHECK(!lock_holder(path));
	CHECK(!g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Killed holders hold nothing, but those that inherited do. */
static void locks_end_with_their_holders(void)
{
	g_autofree char *path = place("lock");
	int go[2];
	char byte;

	CHECK_EQ(pipe(go), 0);
	pid_t holder = fork();
	if (holder == 0) {
		lock_take(path, "child", NULL);
		if (fork() == 0) {
			close(go[1]);
			_exit((int)read(go[0], &byte, 1));
		}
		raise(SIGKILL);
	}
	CHECK_EQ(waitpid(holder, NULL, 0), holder);
	g_autofree char *text = lock_holder(path);
	CHECK_STR(text ? text : "nobody", "child");
	close(go[1]);
	close(go[0]);
	struct lock *lock = NULL;
	for (int i = 0; i < 1000 && !lock; i++, g_usleep(10000))
		lock = lock_take(path, "next", NULL);
	CHECK(lock);
	lock_release(lock);
}

/* ---- what programs say ---- */

static void words_stand_in_the_journal(void)
{
	g_autofree char *path = place("log");
	struct journal *journal = journal_open(path, NULL);
	char *words[] = { (char *)"sh", (char *)"-c",
			  (char *)"echo one; echo '2026-11-20T20:50:48.123456Z "
				  "qemu-system-x86_64: two\\033[2J' >&2; exit 3",
			  NULL };
	g_autoptr(GError) error = NULL;

	CHECK(journal);
	CHECK(!program_run(journal, "m", words, NULL, &error));
	CHECK_STR(error->message, "sh ended with status 3, saying\n    one\n    two[2J");
	journal_close(journal);
	g_autofree char *text = NULL;
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	CHECK_CONTAINS(text, " sh: one\n");
	CHECK_CONTAINS(text, " sh: two[2J\n");
	CHECK(!strchr(text, 033));
}

static void long_journals_are_begun_anew(void)
{
	g_autofree char *path = place("long"), *old = place("long.old");
	g_autofree char *much = g_strnfill((2 << 20), 'x');

	CHECK(g_file_set_contents(path, much, -1, NULL));
	struct journal *journal = journal_open(path, NULL);
	journal_write(journal, "who", "what");
	journal_close(journal);
	CHECK(g_file_test(old, G_FILE_TEST_EXISTS));
	GStatBuf status;
	CHECK_EQ(g_stat(path, &status), 0);
	CHECK(status.st_size < 100);
	CHECK_EQ(status.st_mode & 0777, 0600);
}

static gboolean on_cancel(gpointer cancel)
{
	g_cancellable_cancel(cancel);
	return G_SOURCE_REMOVE;
}

static void cancelled_programs_end(void)
{
	g_autofree char *path = place("log");
	struct journal *journal = journal_open(path, NULL);
	char *words[] = { (char *)"sleep", (char *)"100", NULL };
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autoptr(GError) error = NULL;

	g_timeout_add(50, on_cancel, cancel);
	CHECK(!program_run(journal, "m", words, cancel, &error));
	CHECK(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
	journal_close(journal);
}

static void hooks_get_their_words_as_they_are(void)
{
	g_autofree char *path = place("log"), *made = place("a $HOME; b");
	struct journal *journal = journal_open(path, NULL);
	char *touch[] = { (char *)"touch", made, NULL }, *missing[] = { (char *)"/no/such", NULL };
	g_autoptr(GPtrArray) commands = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(commands, touch);
	const struct hooks hooks = { journal, "m", NULL };
	CHECK(hooks_run(&hooks, commands, NULL));
	CHECK(g_file_test(made, G_FILE_TEST_EXISTS));
	g_ptr_array_add(commands, missing);
	CHECK(!hooks_run(&hooks, commands, &error));
	CHECK_CONTAINS(error->message, "/no/such");
	journal_close(journal);
}

static void known_complaints_have_a_remedy(void)
{
	static const struct {
		const char *words, *remedy;
	} complaints[] = {
		{ "vfio 0000:01:00.0: VFIO_MAP_DMA failed: Cannot allocate memory",
		  "LimitMEMLOCK" },
		{ "vfio 0000:01:00.0: group 14 is not viable", "IOMMU group" },
		{ "Could not set up host forwarding rule 'tcp::2222-:22'", "port is in use" },
		{ "Failed to get \"write\" lock", "has that image open" },
	};

	for (size_t i = 0; i < ARRAY_LEN(complaints); i++) {
		const char *remedy = complaint_remedy(complaints[i].words);
		CHECK(remedy);
		CHECK_CONTAINS(remedy, complaints[i].remedy);
	}
	CHECK(!complaint_remedy("VFIO_MAP_DMA failed: Bad address"));
	CHECK(!complaint_remedy("something new"));
}

/* ---- sockets ---- */

static int bind_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	CHECK_EQ(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static gboolean on_listen(gpointer fd)
{
	listen(GPOINTER_TO_INT(fd), 1);
	return G_SOURCE_REMOVE;
}

/* A socket that nobody listens at refuses: to be there is not enough. */
static void listeners_are_waited_for(void)
{
	g_autofree char *path = place("socket");
	gboolean ended = FALSE, gone = TRUE;
	int fd = bind_socket(path);

	CHECK(!sockets_listened(path));
	CHECK(!sockets_await(path, &ended, 30));
	g_timeout_add(50, on_listen, GINT_TO_POINTER(fd));
	CHECK(sockets_await(path, &ended, 10000));
	close(fd);
	g_unlink(path);
	CHECK(!sockets_await(path, &gone, 10000));
}

/* ---- the register ---- */

static void names_and_files_are_told_apart(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = register_find("./x/win11.yaml", NULL);
	g_autofree char *name = register_name("win11", NULL);

	CHECK(g_str_has_suffix(path, "/x/win11.yaml"));
	CHECK_STR(name, "win11");
	CHECK(register_is_name("win-11_b.2"));
	CHECK(!register_is_name(".in-use"));
	CHECK(!register_is_name("../x"));
	CHECK(!register_find("nobody", &error));
	CHECK_CONTAINS(error->message, "nobody.yaml");
	register_remember("known", "/etc/hostname");
	g_autofree char *known = register_find("known", NULL);
	CHECK_STR(known, "/etc/hostname");
	g_autoptr(GPtrArray) all = register_known();
	CHECK_EQ(all->len, 1);
}

static void records_count_while_the_lock_is_held(void)
{
	g_autofree char *run = register_run("m"), *path = register_file("m", "lock");
	g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
	const struct record told = { .name = (char *)"m",
				     .memory = (char *)"/dev/shm/oriel-m",
				     .started = 5 };

	g_mkdir_with_parents(run, 0700);
	struct lock *lock = lock_take(path, pid, NULL);
	CHECK(record_write(&told, NULL));
	struct record *read = record_read("m");
	CHECK(read);
	CHECK_STR(read->memory, "/dev/shm/oriel-m");
	CHECK_EQ(read->pid, getpid());
	CHECK(!read->spice);
	g_auto(GStrv) words = viewer_words(read, NULL);
	CHECK_STR(words[0], "--memory=/dev/shm/oriel-m");
	CHECK_STR(words[1], "--vm=m");
	record_free(read);
	CHECK(!register_is_ending("m"));
	lock_release(lock);
	CHECK(!record_read("m"));
	CHECK(leftovers_found("m"));
	CHECK(leftovers_clear("m", NULL));
	CHECK(!leftovers_found("m"));
}

static const struct test_case cases[] = {
	TEST(locks_have_one_holder),          TEST(locks_end_with_their_holders),
	TEST(words_stand_in_the_journal),     TEST(long_journals_are_begun_anew),
	TEST(cancelled_programs_end),         TEST(hooks_get_their_words_as_they_are),
	TEST(known_complaints_have_a_remedy), TEST(listeners_are_waited_for),
	TEST(names_and_files_are_told_apart), TEST(records_count_while_the_lock_is_held),
};

int main(int argc, char **argv)
{
	folder = g_dir_make_tmp("oriel-keep-XXXXXX", NULL);
	g_setenv("XDG_RUNTIME_DIR", folder, TRUE);
	g_setenv("XDG_STATE_HOME", folder, TRUE);
	g_setenv("XDG_CONFIG_HOME", folder, TRUE);
	int result = test_main(argc, argv, cases, ARRAY_LEN(cases));
	g_autofree char *remove = g_strdup_printf("rm -rf '%s'", folder);
	if (system(remove) != 0)
		result = 1;
	g_free(folder);
	return result;
}
