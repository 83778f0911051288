/* QEMU is asked through its monitor on stdin and stdout, without a machine: that takes some 40 ms,
 * needs no KVM, and leaves nothing behind. swtpm has an option for it. */
#include "vm/doctor/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <grp.h>
#include <json-glib/json-glib.h>
#include <linux/input.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include "vm/paths.h"
#include "vm/run/child.h"

#define QUESTIONS                                                                                  \
	"{\"execute\":\"qmp_capabilities\"}\n"                                                     \
	"{\"execute\":\"query-version\",\"id\":\"version\"}\n"                                     \
	"{\"execute\":\"query-spice\",\"id\":\"spice\"}\n"                                         \
	"{\"execute\":\"qom-list-types\",\"id\":\"types\","                                        \
	"\"arguments\":{\"implements\":\"device\",\"abstract\":false}}\n"                          \
	"{\"execute\":\"quit\"}\n"
#define ANSWER_MAX (1 << 20) /* bytes; QEMU 10 has some 30 KiB */

/* ---- what it says ---- */

static void take_version(struct answers_qemu *self, JsonObject *result)
{
	JsonNode *node = json_object_get_member(result, "qemu");

	if (!node || !JSON_NODE_HOLDS_OBJECT(node))
		return;
	JsonObject *version = json_node_get_object(node);
	self->major = (unsigned)json_object_get_int_member_with_default(version, "major", 0);
	self->minor = (unsigned)json_object_get_int_member_with_default(version, "minor", 0);
}

static void take_types(struct answers_qemu *self, JsonArray *types)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < json_array_get_length(types); i++) {
		JsonNode *node = json_array_get_element(types, i);
		if (JSON_NODE_HOLDS_OBJECT(node))
			g_ptr_array_add(names, g_strdup(json_object_get_string_member_with_default(
						       json_node_get_object(node), "name", "")));
	}
	g_ptr_array_add(names, NULL);
	g_strfreev(self->types);
	self->types = (char **)g_ptr_array_free(names, FALSE);
}

static void take_answer(struct answers_qemu *self, JsonObject *answer)
{
	const char *id = json_object_get_string_member_with_default(answer, "id", "");
	JsonNode *result = json_object_get_member(answer, "return");

	if (!result)
		return;
	if (strcmp(id, "version") == 0 && JSON_NODE_HOLDS_OBJECT(result))
		take_version(self, json_node_get_object(result));
	else if (strcmp(id, "types") == 0 && JSON_NODE_HOLDS_ARRAY(result))
		take_types(self, json_node_get_array(result));
	else if (strcmp(id, "spice") == 0)
		self->spice = true;
}

static void take_lines(struct answers_qemu *self, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autoptr(JsonParser) parser = json_parser_new();
		JsonNode *root = json_parser_load_from_data(parser, *line, -1, NULL)
					 ? json_parser_get_root(parser)
					 : NULL;
		if (root && JSON_NODE_HOLDS_OBJECT(root))
			take_answer(self, json_node_get_object(root));
	}
}

/* What `swtpm --print-capabilities` says. */
static bool take_capabilities(struct answers_swtpm *self, const char *text)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root = json_parser_load_from_data(parser, text, -1, NULL)
				 ? json_parser_get_root(parser)
				 : NULL;

	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		return false;
	JsonObject *object = json_node_get_object(root);
	JsonNode *list = json_object_get_member(object, "features");
	JsonArray *features = list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list)
								  : NULL;
	for (guint i = 0; features && i < json_array_get_length(features); i++) {
		JsonNode *feature = json_array_get_element(features, i);
		self->tpm2 |= JSON_NODE_HOLDS_VALUE(feature) &&
			      g_strcmp0(json_node_get_string(feature), "tpm-2.0") == 0;
	}
	JsonNode *version = json_object_get_member(object, "version");
	if (version && JSON_NODE_HOLDS_VALUE(version))
		self->version = g_strdup(json_node_get_string(version));
	return features;
}

/* ---- the process ---- */

struct talk {
	GSubprocess *process;
	int fd; /* of what it says */
	gint64 end;
};

/* They fit into a pipe, so this does not wait. A QEMU that has ended already is no reason to. */
static void put_questions(GOutputStream *in, const char *questions)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	sigaction(SIGPIPE, &ignore, &before);
	g_output_stream_write_all(in, questions, strlen(questions), NULL, NULL, NULL);
	sigaction(SIGPIPE, &before, NULL);
}

/* `questions` may be NULL. */
static void talk_start(struct talk *self, const char *const *words, const char *questions)
{
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);

	self->fd = -1;
	self->end = g_get_monotonic_time() + ANSWERS_QEMU_MS * 1000;
	g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDIN_PIPE |
							  G_SUBPROCESS_FLAGS_STDOUT_PIPE |
							  G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	self->process = g_subprocess_launcher_spawnv(launcher, words, NULL);
	if (!self->process)
		return;
	if (questions)
		put_questions(g_subprocess_get_stdin_pipe(self->process), questions);
	self->fd = g_unix_input_stream_get_fd(
		G_UNIX_INPUT_STREAM(g_subprocess_get_stdout_pipe(self->process)));
}

/* More than it should say is as bad as nothing. 0, or an errno. */
static int talk_listen(const struct talk *self, GString *text)
{
	char part[4096];
	ssize_t got = 1;

	while (got > 0) {
		gint64 left = (self->end - g_get_monotonic_time()) / 1000;
		struct pollfd readable = { .fd = self->fd, .events = POLLIN };
		int ready = poll(&readable, 1, (int)MAX(left, 0));
		if (ready == 0)
			return ETIMEDOUT;
		got = ready < 0 ? -1 : read(self->fd, part, sizeof(part));
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			g_string_append_len(text, part, got);
		if (text->len > ANSWER_MAX)
			return EMSGSIZE;
	}
	return got < 0 ? errno : 0;
}

/* The same for both; all that it said is in `text`. */
static int talk_end(struct talk *self, GString *text)
{
	if (!self->process)
		return EACCES;
	int error = talk_listen(self, text);
	child_end(self->process, SIGKILL);
	return error;
}

static void start_qemu(struct talk *talk, const struct answers_qemu *qemu)
{
	if (qemu->path)
		talk_start(talk,
			   (const char *const[]){ qemu->path, "-machine", "none", "-nodefaults",
						  "-no-user-config", "-display", "none", "-S",
						  "-qmp", "stdio", NULL },
			   QUESTIONS);
}

static void end_qemu(struct talk *talk, struct answers_qemu *qemu)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!qemu->path)
		return;
	qemu->error = talk_end(talk, text);
	if (!qemu->error)
		take_lines(qemu, text->str);
	if (!qemu->error && (!qemu->types || !qemu->major))
		qemu->error = EPROTO;
}

static void start_swtpm(struct talk *talk, const struct answers_swtpm *swtpm)
{
	if (swtpm->path)
		talk_start(talk,
			   (const char *const[]){ swtpm->path, "socket", "--tpm2",
						  "--print-capabilities", NULL },
			   NULL);
}

static void end_swtpm(struct talk *talk, struct answers_swtpm *swtpm)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!swtpm->path)
		return;
	swtpm->error = talk_end(talk, text);
	if (!swtpm->error && !take_capabilities(swtpm, text->str))
		swtpm->error = EPROTO;
}

/* ---- devices ---- */

static int ask_grab(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return errno;
	int error = ioctl(fd, EVIOCGRAB, 1) == 0 ? 0 : errno == EINVAL ? ENOTTY : errno;
	close(fd); /* and so it is given back */
	return error;
}

static int *ask_grabs(char *const *evdev)
{
	unsigned count = g_strv_length((char **)evdev);
	int *grabs = g_new(int, count + 1);

	for (unsigned i = 0; i < count; i++)
		grabs[i] = ask_grab(evdev[i]);
	return grabs;
}

/* ---- ourselves ---- */

static uint64_t lock_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_max;
}

static char **our_groups(void)
{
	GPtrArray *names = g_ptr_array_new();
	gid_t ids[256];
	int count = getgroups(G_N_ELEMENTS(ids), ids);

	for (int i = 0; i < count; i++) {
		const struct group *group = getgrgid(ids[i]);
		if (group)
			g_ptr_array_add(names, g_strdup(group->gr_name));
	}
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

static unsigned milliseconds_since(gint64 start)
{
	return (unsigned)((g_get_monotonic_time() - start) / 1000);
}

void answers_ask(struct answers *self, char *const *evdev)
{
	struct talk qemu = { .fd = -1 }, swtpm = { .fd = -1 };

	*self = (struct answers){ .qemu.path = g_find_program_in_path("qemu-system-x86_64"),
				  .swtpm.path = g_find_program_in_path("swtpm") };
	gint64 start = g_get_monotonic_time();
	start_qemu(&qemu, &self->qemu);
	start_swtpm(&swtpm, &self->swtpm);
	self->kvm = kvm_ask();
	self->kvm_ms = milliseconds_since(start);
	end_qemu(&qemu, &self->qemu);
	end_swtpm(&swtpm, &self->swtpm);
	self->qemu_ms = milliseconds_since(start) - self->kvm_ms;
	self->setup = g_find_program_in_path("swtpm_setup");
	self->helper = path_of_program("oriel-helper");
	self->pkexec = g_find_program_in_path("pkexec");
	self->lock_limit = lock_limit();
	self->root = geteuid() == 0;
	self->user = g_strdup(g_get_user_name());
	self->groups = our_groups();
	self->grabs = evdev ? ask_grabs(evdev) : NULL;
}

/* NULL where it has no such file. */
static char *find_below(const char *sysroot, const char *path)
{
	g_autofree char *whole = g_strconcat(sysroot, path, NULL);

	return g_file_test(whole, G_FILE_TEST_EXISTS) ? g_strdup(path) : NULL;
}

void answers_guess(struct answers *self, const char *sysroot)
{
	*self = (struct answers){
		.unasked = true,
		.qemu.path = find_below(sysroot, "/usr/bin/qemu-system-x86_64"),
		.swtpm.path = find_below(sysroot, "/usr/bin/swtpm"),
		.setup = find_below(sysroot, "/usr/bin/swtpm_setup"),
		.helper = path_of_program("oriel-helper"),
		.pkexec = find_below(sysroot, "/usr/bin/pkexec"),
		.user = g_strdup(g_get_user_name()),
		.groups = our_groups(),
	};
}

void answers_finish(struct answers *self)
{
	g_free(self->qemu.path);
	g_strfreev(self->qemu.types);
	g_free(self->swtpm.path);
	g_free(self->swtpm.version);
	g_free(self->setup);
	g_free(self->grabs);
	g_free(self->helper);
	g_free(self->pkexec);
	g_free(self->user);
	g_strfreev(self->groups);
}
