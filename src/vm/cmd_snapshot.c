/* oriel snapshot: keeps what a machine's disks and memory are, and returns to it. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/run/attach.h"
#include "vm/run/snapshot.h"
#include "vm/words.h"

static const struct {
	const char *name, *done;
} verbs[] = {
	[SNAPSHOT_CREATE] = { "create", "is made" },
	[SNAPSHOT_RESTORE] = { "restore", "is what the machine is now" },
	[SNAPSHOT_DELETE] = { "delete", "is deleted" },
};

#define LIST (-1)

struct options {
	const char *word, *tag;
	int verb; /* enum snapshot_verb, or LIST */
};

static gboolean take_verb(struct options *self, const char *word)
{
	self->verb = LIST;
	if (!word || strcmp(word, "list") == 0)
		return TRUE;
	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, word) == 0)
			self->verb = (int)i;
	return self->verb != LIST;
}

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext)
		context = g_option_context_new("NAME [list|create|restore|delete] [TAG]");

	g_option_context_set_summary(context, "While the machine runs, its memory is part of it.");
	g_set_prgname("oriel snapshot");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	*self = (struct options){ argv[1], argc == 4 ? argv[3] : NULL, LIST };
	if (argc < 2 || argc > 4 || !take_verb(self, argc > 2 ? argv[2] : NULL) ||
	    (self->verb != LIST) != (self->tag != NULL)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "a machine, a verb and a tag are needed: oriel snapshot win11 create "
			    "before-update");
		return FALSE;
	}
	if (self->tag && !register_is_name(self->tag)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "%s: a tag has letters, digits, - . and _, 48 at most", self->tag);
		return FALSE;
	}
	return TRUE;
}

static void print(const GPtrArray *all)
{
	if (!all->len) {
		fprintf(stderr, "there are no snapshots\n");
		return;
	}
	int width = 24;

	for (unsigned i = 0; i < all->len; i++)
		width = MAX(width, (int)strlen(((const struct snapshot *)all->pdata[i])->tag));
	printf("%-*s %-20s %s\n", width, "TAG", "MADE", "MEMORY");
	for (unsigned i = 0; i < all->len; i++) {
		const struct snapshot *snapshot = all->pdata[i];
		g_autoptr(GDateTime) made = g_date_time_new_from_unix_local(snapshot->made);
		g_autofree char *time = made ? g_date_time_format(made, "%F %T") : g_strdup("-");
		g_autofree char *size = words_for_size((uint64_t)snapshot->state);
		printf("%-*s %-20s %s\n", width, snapshot->tag, time,
		       snapshot->state ? size : "disks alone");
	}
}

static gboolean run_running(const struct options *options, struct qmp *qmp, GError **error)
{
	if (options->verb != LIST)
		return snapshot_running(qmp, (enum snapshot_verb)options->verb, options->tag,
					error);
	g_autoptr(GPtrArray) all = snapshots_running(qmp, error);
	if (all)
		print(all);
	return all != NULL;
}

static gboolean run_stopped(const struct options *options, const struct vm *vm, GError **error)
{
	if (options->verb != LIST)
		return snapshot_stopped(vm, (enum snapshot_verb)options->verb, options->tag, error);
	g_autoptr(GPtrArray) all = snapshots_stopped(vm, error);
	if (all)
		print(all);
	return all != NULL;
}

static gboolean of_file(const struct options *options, GError **error)
{
	g_autofree char *file = register_find(options->word, error);
	struct vm *vm = file ? config_load(file, error) : NULL;
	gboolean good = vm && run_stopped(options, vm, error);

	config_free(vm);
	return good;
}

static gboolean run(const struct options *options, GError **error)
{
	g_autofree char *name = register_name(options->word, error);
	struct record *record = name ? record_read(name) : NULL;

	if (!record)
		return name && of_file(options, error);
	record_free(record);
	struct qmp *qmp = attach(name, NULL, error);
	gboolean good = qmp && run_running(options, qmp, error);
	qmp_destroy(qmp);
	return good;
}

int cmd_snapshot(int argc, char **argv)
{
	struct options options;
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel snapshot: %s\n", error->message);
		return 2;
	}
	if (!run(&options, &error)) {
		fprintf(stderr, "oriel snapshot: %s\n", error->message);
		return 1;
	}
	if (options.verb != LIST)
		fprintf(stderr, "  %-24s %s\n", options.tag, verbs[options.verb].done);
	return 0;
}
