/* QEMU is asked through its monitor on stdin and stdout, without a machine: that takes some 40 ms,
 * needs no KVM, and leaves nothing behind. */
#include "vm/doctor/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <grp.h>
#include <json-glib/json-glib.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

/* ---- the process ---- */

struct talk {
	GSubprocess *process;
	int fd; /* of what it says */
	gint64 end;
};

/* They fit into a pipe, so this does not wait. A QEMU that has ended already is no reason to. */
static void put_questions(GOutputStream *in)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	sigaction(SIGPIPE, &ignore, &before);
	g_output_stream_write_all(in, QUESTIONS, strlen(QUESTIONS), NULL, NULL, NULL);
	sigaction(SIGPIPE, &before, NULL);
}

static void talk_start(struct talk *self, const char *path)
{
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);

	self->fd = -1;
	self->end = g_get_monotonic_time() + ANSWERS_QEMU_MS * 1000;
	g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDIN_PIPE |
							  G_SUBPROCESS_FLAGS_STDOUT_PIPE |
							  G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	self->process = g_subprocess_launcher_spawn(launcher, NULL, path, "-machine", "none",
						    "-nodefaults", "-no-user-config", "-display",
						    "none", "-S", "-qmp", "stdio", NULL);
	if (!self->process)
		return;
	put_questions(g_subprocess_get_stdin_pipe(self->process));
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

static void talk_end(struct talk *self, struct answers_qemu *answer)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!self->process) {
		answer->error = EACCES;
		return;
	}
	answer->error = talk_listen(self, text);
	child_end(self->process, SIGKILL);
	if (!answer->error)
		take_lines(answer, text->str);
	if (!answer->error && (!answer->types || !answer->major))
		answer->error = EPROTO;
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

void answers_ask(struct answers *self)
{
	struct talk talk = { .fd = -1 };

	*self = (struct answers){ .qemu.path = g_find_program_in_path("qemu-system-x86_64") };
	gint64 start = g_get_monotonic_time();
	if (self->qemu.path)
		talk_start(&talk, self->qemu.path);
	self->kvm = kvm_ask();
	self->kvm_ms = milliseconds_since(start);
	if (self->qemu.path)
		talk_end(&talk, &self->qemu);
	self->qemu_ms = milliseconds_since(start) - self->kvm_ms;
	self->swtpm = g_find_program_in_path("swtpm");
	self->helper = path_of_program("oriel-helper");
	self->pkexec = g_find_program_in_path("pkexec");
	self->lock_limit = lock_limit();
	self->root = geteuid() == 0;
	self->user = g_strdup(g_get_user_name());
	self->groups = our_groups();
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
		.swtpm = find_below(sysroot, "/usr/bin/swtpm"),
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
	g_free(self->swtpm);
	g_free(self->helper);
	g_free(self->pkexec);
	g_free(self->user);
	g_strfreev(self->groups);
}
