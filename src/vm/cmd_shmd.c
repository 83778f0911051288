/* oriel shmd: the ivshmem server of one machine, in the foreground. */
#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "shm/ivshmem_server.h"
#include "vm/cmd.h"
#include "vm/words.h"

#define INHERITED_FD 3 /* where systemd puts the first */

struct shmd {
	struct {
		char *socket, *size, *name, *group;
		char **users;
		int vectors, peers;
		gboolean print_qemu;
	} options;
	uint64_t size;
	gid_t group;
	GArray *users; /* uid_t; NULL: whoever the socket's mode lets in */
	struct ivshmem_server *server;
	GMainLoop *loop;
	int status;
};

/* ---- options ---- */

static gboolean take_size(uint64_t *out, const char *text, GError **error)
{
	char *end = NULL;
	guint64 count = g_ascii_strtoull(text, &end, 10);
	unsigned shift = g_ascii_toupper(*end) == 'M' ? 20 : g_ascii_toupper(*end) == 'G' ? 30 : 0;

	if (!g_ascii_isdigit(*text) || !shift || end[1] || !count || count > G_MAXUINT64 >> shift) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "--size %s: a number with M or G is needed, such as 64M", text);
		return FALSE;
	}
	*out = count << shift;
	return TRUE;
}

static gboolean take_group(struct shmd *self, GError **error)
{
	const char *name = self->options.group;
	const struct group *group = name ? getgrnam(name) : NULL;

	if (name && !group) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "--group %s: there is no such group here", name);
		return FALSE;
	}
	self->group = group ? group->gr_gid : 0;
	return TRUE;
}

static gboolean take_users(struct shmd *self, GError **error)
{
	char **names = self->options.users;

	if (!names)
		return TRUE;
	self->users = g_array_new(FALSE, FALSE, sizeof(uid_t));
	for (; *names; names++) {
		const struct passwd *user = getpwnam(*names);
		if (!user) {
			g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
				    "--user %s: there is no such user here", *names);
			return FALSE;
		}
		g_array_append_val(self->users, user->pw_uid);
	}
	return TRUE;
}

static gboolean check_numbers(const struct shmd *self, GError **error)
{
	const struct {
		const char *name;
		int value, most;
	} numbers[] = { { "--vectors", self->options.vectors, IVSHMEM_VECTORS_MAX },
			{ "--peers", self->options.peers, IVSHMEM_PEERS_MAX } };

	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
		if (numbers[i].value >= 1 && numbers[i].value <= numbers[i].most)
			continue;
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "%s %d: there may be 1 to %d", numbers[i].name, numbers[i].value,
			    numbers[i].most);
		return FALSE;
	}
	return TRUE;
}

static gboolean parse(struct shmd *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "socket", 's', 0, G_OPTION_ARG_FILENAME, &self->options.socket, "Where to listen",
		  "PATH" },
		{ "size", 'm', 0, G_OPTION_ARG_STRING, &self->options.size,
		  "Of the shared memory (64M)", "SIZE" },
		{ "vectors", 'v', 0, G_OPTION_ARG_INT, &self->options.vectors,
		  "Bells of each peer (1)", "N" },
		{ "peers", 0, 0, G_OPTION_ARG_INT, &self->options.peers,
		  "At one time, QEMU included (64)", "N" },
		{ "name", 'n', 0, G_OPTION_ARG_STRING, &self->options.name,
		  "Of the machine (oriel)", "NAME" },
		{ "group", 'g', 0, G_OPTION_ARG_STRING, &self->options.group, "Lets this group in",
		  "GROUP" },
		{ "user", 'u', 0, G_OPTION_ARG_STRING_ARRAY, &self->options.users,
		  "Lets this user in; may be repeated", "USER" },
		{ "print-qemu", 'p', 0, G_OPTION_ARG_NONE, &self->options.print_qemu,
		  "What QEMU and libvirt need to be told", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("- share one machine's memory and doorbells");

	g_option_context_add_main_entries(context, entries, NULL);
	g_set_prgname("oriel shmd");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc > 1) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "what is \"%s\"? --help lists the options", argv[1]);
		return FALSE;
	}
	return take_size(&self->size, self->options.size ? self->options.size : "64M", error) &&
	       check_numbers(self, error) && take_group(self, error) && take_users(self, error);
}

static const char *name_of(const struct shmd *self)
{
	return self->options.name ? self->options.name : "oriel";
}

/* Where viewers look for the machines of this user. */
static char *usual_path(const struct shmd *self)
{
	g_autofree char *file = g_strconcat(name_of(self), ".sock", NULL);
	return g_build_filename(g_get_user_runtime_dir(), "oriel", file, NULL);
}

static char *socket_path(const struct shmd *self)
{
	return self->options.socket ? g_canonicalize_filename(self->options.socket, NULL)
				    : usual_path(self);
}

static void make_folder_of(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_mkdir_with_parents(folder, 0700);
}

/* ---- --print-qemu ---- */

/* No <size>: the server knows it, and libvirt refuses one. */
static void print_qemu(const struct shmd *self, const char *path)
{
	g_autofree char *escaped = words_for_qemu(path);
	g_autofree char *word = g_strdup_printf("socket,id=oriel-shm,path=%s", escaped);
	g_autofree char *chardev = words_for_shell(word);
	g_autofree char *xml = g_markup_printf_escaped("<shmem name='%s'>\n"
						       "  <model type='ivshmem-doorbell'/>\n"
						       "  <server path='%s'/>\n"
						       "  <msi vectors='%d'/>\n"
						       "</shmem>\n",
						       name_of(self), path, self->options.vectors);

	printf("# QEMU\n-chardev %s -device ivshmem-doorbell,chardev=oriel-shm,vectors=%d\n\n",
	       chardev, self->options.vectors);
	printf("<!-- libvirt: below <devices> -->\n%s", xml);
}

/* ---- what happens ---- */

/* "qemu-system-x86 (process 123, user root)" */
static char *describe(const struct ivshmem_visitor *who)
{
	g_autofree char *file = g_strdup_printf("/proc/%d/comm", (int)who->pid);
	g_autofree char *program = NULL;
	const struct passwd *user = getpwuid(who->uid);

	if (g_file_get_contents(file, &program, NULL, NULL))
		g_strcanon(g_strchomp(program), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS " ._-+:/",
			   '?');
	return g_strdup_printf("%s (process %d, user %s)", program ? program : "a program",
			       (int)who->pid, user ? user->pw_name : "unknown");
}

static void joined(void *data, const struct ivshmem_visitor *who)
{
	g_autofree char *text = describe(who);
	(void)data;
	log_info("peer %d joined: %s", who->id, text);
}

static void left(void *data, const struct ivshmem_visitor *who, const char *why)
{
	(void)data;
	log_info("peer %d left: %s", who->id, why);
}

static void refused(void *data, const struct ivshmem_visitor *who, const char *why)
{
	g_autofree char *text = describe(who);
	(void)data;
	log_warn("refused %s: %s", text, why);
}

static const struct ivshmem_server_listener listener = { joined, left, refused };

static gboolean dispatch(gint fd, GIOCondition condition, gpointer data)
{
	struct shmd *self = data;
	int result = ivshmem_server_dispatch(self->server);

	(void)fd, (void)condition;
	if (result == 0)
		return G_SOURCE_CONTINUE;
	log_error("the socket broke: %s", g_strerror(-result));
	self->status = 1;
	g_main_loop_quit(self->loop);
	return G_SOURCE_REMOVE;
}

static gboolean stop(gpointer data)
{
	struct shmd *self = data;

	g_main_loop_quit(self->loop);
	return G_SOURCE_CONTINUE;
}

/* ---- serving ---- */

/* systemd hands over a socket that it listens on for us. */
static gboolean has_inherited_socket(void)
{
	const char *pid = g_getenv("LISTEN_PID"), *count = g_getenv("LISTEN_FDS");

	return pid && count && g_ascii_strtoull(pid, NULL, 10) == (guint64)getpid() &&
	       strcmp(count, "1") == 0;
}

/* A bell is a descriptor. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_server(struct shmd *self, const char *path, struct err *err)
{
	gboolean inherited = !self->options.socket && has_inherited_socket();
	/* Users are told apart at the door, so the door has to be open to more of them. */
	const struct ivshmem_server_params params = {
		.path = inherited ? NULL : path,
		.socket = INHERITED_FD,
		.mode = self->users   ? 0666
			: self->group ? 0660
				      : 0600,
		.group = self->group,
		.size = self->size,
		.name = name_of(self),
		.vectors = (unsigned)self->options.vectors,
		.peers = (unsigned)self->options.peers,
		.users = self->users ? (const uid_t *)(void *)self->users->data : NULL,
		.user_count = self->users ? self->users->len : 0,
		.listener = &listener,
	};

	if (!inherited && !self->options.socket)
		make_folder_of(path);
	return ivshmem_server_create(&self->server, &params, err);
}

/* A socket elsewhere is found by the machine's name, if it was given one: a link stands for it
 * among the others. Returns the link's path, or NULL. */
static char *enrol(const struct shmd *self, const char *path)
{
	g_autofree char *link = usual_path(self);
	GStatBuf status;

	if (!self->options.socket || !self->options.name || strcmp(path, link) == 0)
		return NULL;
	make_folder_of(link);
	if (g_lstat(link, &status) == 0 && S_ISLNK(status.st_mode))
		g_unlink(link); /* of one that is gone, or goes by the same name */
	if (symlink(path, link) == 0)
		return g_steal_pointer(&link);
	log_warn("%s: %s; oriel view finds this machine by --server only", link, g_strerror(errno));
	return NULL;
}

/* Unless another server has taken the name. */
static void strike_out(const char *link, const char *path)
{
	g_autofree char *target = link ? g_file_read_link(link, NULL) : NULL;

	if (g_strcmp0(target, path) == 0)
		g_unlink(link);
}

static int serve(struct shmd *self, const char *path)
{
	struct err err;

	log_open("oriel shmd", LOG_INFO);
	/* Before the socket is there: who kills us then finds it removed. */
	self->loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGINT, stop, self);
	g_unix_signal_add(SIGTERM, stop, self);
	raise_descriptor_limit();
	if (open_server(self, path, &err) < 0) {
		log_error("%s", err.text);
		g_main_loop_unref(self->loop);
		return 1;
	}
	g_autofree char *link = enrol(self, path);
	log_info("%llu MiB and %d vector%s a peer, at %s", (unsigned long long)self->size >> 20,
		 self->options.vectors, self->options.vectors == 1 ? "" : "s", path);
	g_unix_fd_add(ivshmem_server_fd(self->server), G_IO_IN, dispatch, self);
	g_main_loop_run(self->loop);
	strike_out(link, path);
	log_info("ends, with %u peers connected", ivshmem_server_peers(self->server));
	ivshmem_server_destroy(self->server);
	g_main_loop_unref(self->loop);
	return self->status;
}

static void finish(struct shmd *self)
{
	g_free(self->options.socket);
	g_free(self->options.size);
	g_free(self->options.name);
	g_free(self->options.group);
	g_strfreev(self->options.users);
	if (self->users)
		g_array_unref(self->users);
}

int cmd_shmd(int argc, char **argv)
{
	struct shmd self = { .options.vectors = 1, .options.peers = IVSHMEM_PEERS_MAX };
	g_autoptr(GError) error = NULL;
	int status = 2;

	if (parse(&self, argc, argv, &error)) {
		g_autofree char *path = socket_path(&self);
		status = 0;
		if (self.options.print_qemu)
			print_qemu(&self, path);
		else
			status = serve(&self, path);
	} else {
		fprintf(stderr, "oriel shmd: %s\n", error->message);
	}
	finish(&self);
	return status;
}
