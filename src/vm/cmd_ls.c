/* oriel ls: this user's machines, those that run first of all. */
#include <gio/gio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "qemu/qmp.h"
#include "vm/cmd.h"
#include "vm/json.h"
#include "vm/run/leftovers.h"
#include "vm/run/register.h"
#include "vm/words.h"

#define ASK_MS 1000
#define LEFT   "left behind" /* by one that was killed */

struct options {
	gboolean all, json;
};

/* What there is to say of one. */
struct entry {
	char *name, *state, *file, *memory, *spice;
	int pid;
	gint64 ram, uptime; /* bytes, seconds; 0: unknown */
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "all", 'a', 0, G_OPTION_ARG_NONE, &self->all, "Those that do not run, too",
		  NULL },
		{ "json", 'j', 0, G_OPTION_ARG_NONE, &self->json, "For programs", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- list machines");

	g_option_context_add_main_entries(context, entries, NULL);
	g_set_prgname("oriel ls");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 1)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "what is \"%s\"? --help lists the options", argv[1]);
	return argc == 1;
}

/* ---- finding out ---- */

static void entry_free(gpointer data)
{
	struct entry *self = data;

	g_free(self->name);
	g_free(self->state);
	g_free(self->file);
	g_free(self->memory);
	g_free(self->spice);
	g_free(self);
}

static void ask(struct entry *self)
{
	g_autofree char *path = register_file(self->name, "qmp");
	struct qmp *qmp = qmp_connect(path, ASK_MS, NULL);
	g_autoptr(JsonNode) status = qmp ? qmp_call(qmp, "query-status", NULL, NULL) : NULL;
	g_autoptr(JsonNode) ram = qmp ? qmp_call(qmp, "query-memory-size-summary", NULL, NULL)
				      : NULL;
	const char *state = qmp_text(qmp_as_object(status), "status");

	self->state = g_strdup(state                            ? state
			       : register_is_ending(self->name) ? "ending"
			       : self->uptime                   ? "busy"
								: "starting");
	self->ram = qmp_number(qmp_as_object(ram), "base-memory");
	qmp_destroy(qmp);
}

static struct entry *entry_of(struct record *record)
{
	struct entry *self = g_new0(struct entry, 1);

	self->name = g_strdup(record->name);
	self->file = g_strdup(record->file);
	self->memory = g_strdup(record->memory);
	self->spice = g_strdup(record->spice);
	self->pid = record->pid;
	if (record->started)
		self->uptime = MAX(g_get_real_time() / G_USEC_PER_SEC - record->started, 1);
	ask(self);
	return self;
}

static gboolean is_there(const GPtrArray *entries, const char *name)
{
	for (unsigned i = 0; i < entries->len; i++)
		if (g_str_equal(((const struct entry *)entries->pdata[i])->name, name))
			return TRUE;
	return FALSE;
}

static void add_others(GPtrArray *entries, const GPtrArray *names, const char *state)
{
	for (unsigned i = 0; i < names->len; i++) {
		if (is_there(entries, names->pdata[i]))
			continue;
		struct entry *entry = g_new0(struct entry, 1);
		entry->name = g_strdup(names->pdata[i]);
		entry->state = g_strdup(state);
		entry->file = register_find(entry->name, NULL);
		g_ptr_array_add(entries, entry);
	}
}

static GPtrArray *find(const struct options *options)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
	g_autoptr(GPtrArray) running = register_running(), left = leftovers_all(),
			     known = options->all ? register_known() : NULL;

	for (unsigned i = 0; i < running->len; i++)
		g_ptr_array_add(entries, entry_of(running->pdata[i]));
	add_others(entries, left, LEFT);
	if (known)
		add_others(entries, known, "off");
	return entries;
}

/* ---- telling ---- */

static char *describe_time(gint64 seconds)
{
	if (!seconds)
		return g_strdup("-");
	if (seconds < 60)
		return g_strdup_printf("%d s", (int)seconds);
	if (seconds < 3600)
		return g_strdup_printf("%d min", (int)(seconds / 60));
	if (seconds < 86400)
		return g_strdup_printf("%d h %d min", (int)(seconds / 3600),
				       (int)(seconds / 60 % 60));
	return g_strdup_printf("%d d %d h", (int)(seconds / 86400), (int)(seconds / 3600 % 24));
}

static int widest(const GPtrArray *entries, bool state, int least)
{
	for (unsigned i = 0; i < entries->len; i++) {
		const struct entry *entry = entries->pdata[i];
		least = MAX(least, (int)strlen(state ? entry->state : entry->name));
	}
	return least;
}

static char *describe_place(const struct entry *entry)
{
	if (strcmp(entry->state, LEFT) == 0)
		return g_strdup_printf("oriel down %s clears up", entry->name);
	return g_strdup(entry->memory ? entry->memory : entry->spice ? entry->spice : "-");
}

static void print_table(const GPtrArray *entries)
{
	int names = widest(entries, false, 16), states = widest(entries, true, 10);

	if (!entries->len) {
		fprintf(stderr, "no machine runs; oriel ls --all lists those that could\n");
		return;
	}
	printf("%-*s %-*s %10s %11s  %s\n", names, "NAME", states, "STATE", "MEMORY", "UP",
	       "WHERE VIEWERS LOOK");
	for (unsigned i = 0; i < entries->len; i++) {
		const struct entry *entry = entries->pdata[i];
		g_autofree char *ram = entry->ram ? words_for_size((uint64_t)entry->ram)
						  : g_strdup("-");
		g_autofree char *up = describe_time(entry->uptime);
		g_autofree char *place = describe_place(entry);
		printf("%-*s %-*s %10s %11s  %s\n", names, entry->name, states, entry->state, ram,
		       up, place);
	}
}

static void put_entry(JsonBuilder *out, const struct entry *entry)
{
	json_builder_begin_object(out);
	json_put_text(out, "name", entry->name);
	json_put_text(out, "state", entry->state);
	json_put_text(out, "file", entry->file);
	json_put_text(out, "memory", entry->memory);
	json_put_text(out, "spice", entry->spice);
	json_put_number(out, "pid", entry->pid);
	json_put_number(out, "ram", entry->ram);
	json_put_number(out, "uptime", entry->uptime);
	json_builder_end_object(out);
}

static void print_json(const GPtrArray *entries)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (unsigned i = 0; i < entries->len; i++)
		put_entry(builder, entries->pdata[i]);
	json_builder_end_array(builder);
	g_autofree char *text = json_text(builder);
	printf("%s\n", text);
}

int cmd_ls(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel ls: %s\n", error->message);
		return 2;
	}
	g_autoptr(GPtrArray) entries = find(&options);
	if (options.json)
		print_json(entries);
	else
		print_table(entries);
	return 0;
}
