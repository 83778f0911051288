#include "view/settings/settings.h"

#include <string.h>

#include "base/log.h"
#include "view/settings/impl.h"
#include "view/settings/value.h"

/* The path itself, its last part, or that without ".sock". */
static bool is_called(const char *path, const char *name)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	size_t length = strlen(name);

	if (!path || strcmp(path, name) == 0)
		return path != NULL;
	return slash && strncmp(slash + 1, name, length) == 0 &&
	       (slash[1 + length] == '\0' || strcmp(slash + 1 + length, ".sock") == 0);
}

/* What the user said of the machine. */
static bool user_means(const struct settings *self, const char *vm)
{
	const struct asked_options *asked = &self->values.asked;

	return g_strcmp0(asked->vm, vm) == 0 || is_called(asked->memory, vm) ||
	       is_called(asked->server, vm);
}

/* What the guest says of itself, and anyone could. */
static bool guest_claims(const struct settings *self, const char *vm)
{
	return g_strcmp0(self->guest, vm) == 0 ||
	       (self->uuid && g_ascii_strcasecmp(self->uuid, vm) == 0);
}

static bool applies(const struct settings *self, const struct assignment *assignment)
{
	const char *vm = assignment->vm;

	return !vm || user_means(self, vm) ||
	       (guest_claims(self, vm) && !assignment->row->personal);
}

/* A particular line beats a general one, wherever it stands. */
static const struct assignment *find(const struct settings *self, const GPtrArray *assignments,
				     const struct setting *row)
{
	const struct assignment *best = NULL;

	for (unsigned i = 0; i < assignments->len; i++) {
		const struct assignment *one = assignments->pdata[i];
		if (one->row == row && applies(self, one) && (!best || one->vm || !best->vm))
			best = one;
	}
	return best;
}

static const char *effective(const struct settings *self, const struct setting *row,
			     struct origin *origin)
{
	const struct assignment *typed = find(self, self->command, row);
	const struct assignment *written = self->file ? find(self, self->file->assignments, row)
						      : NULL;

	*origin = (struct origin){ ORIGIN_DEFAULT };
	if (typed) {
		origin->kind = ORIGIN_COMMAND;
		return typed->text;
	}
	if (!written)
		return row->initial;
	*origin = (struct origin){ ORIGIN_FILE, written->line,
				   written->vm && !user_means(self, written->vm) };
	return written->text;
}

static void set(struct options *options, const struct setting *row, const char *text)
{
	g_autoptr(GString) why = g_string_new(NULL);

	if (row->initial == text && !*text)
		value_clear(options, row);
	else if (!value_set(options, row, text, why))
		log_warn("%s=%s: %s", row->name, text, why->str); /* was right when it was read */
}

static void say_restart(struct settings *self, const struct setting *row,
			const struct origin *origin)
{
	bool *said = &self->restart[schema_number(row)];

	if (*said)
		return;
	*said = true;
	if (origin->told)
		log_warn("%s:%u: %s has to be known before the guest says its name; call the "
			 "section [vm MEMORY] or start with --vm",
			 self->file->name, origin->line, row->name);
	else
		log_warn("%s: %s has changed, which applies at the next start", self->file->name,
			 row->name);
}

static void settle_row(struct settings *self, const struct setting *row, bool start)
{
	struct origin origin;
	const char *text = effective(self, row, &origin);
	struct options fresh = { 0 };

	set(&fresh, row, text);
	g_autofree char *old = value_print(&self->values, row);
	g_autofree char *new = value_print(&fresh, row);
	value_clear(&fresh, row);
	bool same = strcmp(old, new) == 0;
	if (!same && !start && !row->live) {
		say_restart(self, row, &origin);
		return;
	}
	self->origins[schema_number(row)] = origin;
	if (same && !start)
		return;
	set(&self->values, row, text);
	if (!start && !row->later && self->changed)
		self->changed(self->data, row);
}

void settings_settle(struct settings *self, bool start)
{
	/* Which machine it is decides about all others. */
	static const char *const first[][2] = { { NULL, "vm" },
						{ "view", "memory" },
						{ "view", "server" } };
	const struct setting *row;

	for (size_t i = 0; start && i < G_N_ELEMENTS(first); i++)
		settle_row(self, schema_find(first[i][0], first[i][1]), start);
	for (size_t i = 0; (row = schema_row(i)); i++)
		settle_row(self, row, start);
}

void settings_identify(struct settings *self, const char *guest, const char *uuid)
{
	if (g_strcmp0(self->guest, guest) == 0 && g_strcmp0(self->uuid, uuid) == 0)
		return;
	g_free(self->guest);
	g_free(self->uuid);
	self->guest = g_strdup(guest);
	self->uuid = g_strdup(uuid);
	settings_settle(self, false);
}

const struct options *settings_options(const struct settings *self)
{
	return &self->values;
}

void settings_lend_spice(struct settings *self, int link, int opener)
{
	self->values.spice.link = link;
	self->values.spice.opener = opener;
}

struct origin settings_origin(const struct settings *self, const struct setting *row)
{
	return self->origins[schema_number(row)];
}

const char *settings_path(const struct settings *self)
{
	return self->path;
}

void settings_close(struct settings *self)
{
	if (!self)
		return;
	settings_unwatch(self);
	options_clear(&self->values);
	g_free(self->origins);
	g_free(self->restart);
	g_ptr_array_unref(self->command);
	g_ptr_array_unref(self->rest);
	settings_file_free(self->file);
	g_free(self->path);
	g_free(self->guest);
	g_free(self->uuid);
	g_free(self);
}
