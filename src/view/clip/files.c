#include "view/clip/files.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "link/opener.h"
#include "link/paths.h"
#include "view/spice/opener.h"

#define PATIENCE_S 30 /* without a byte more of it */
#define LONG_S     1  /* from then on it is told */
#define TICK_MS    500

struct files {
	const struct clipboard_options *options;
	struct spice *spice;
	const struct files_listener *listener;
	void *data;
	bool greeted; /* oriel-spice runs */

	GQueue *paths;         /* that wait; char *, absolute */
	unsigned count, there; /* since nothing was on its way */
	char *name;            /* of the one on its way, for people; NULL: none is */
	bool sending;          /* it was opened */
	uint32_t id;
	uint64_t size, sent;
	int64_t began_us, moved_us;
	unsigned timer; /* 0: none runs */
	bool told;      /* a status */
};

static void say(struct files *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(struct files *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	self->listener->alert(self->data, text);
}

static void tell_status(struct files *self, const char *text)
{
	if (text || self->told)
		self->listener->status(self->data, text);
	self->told = text != NULL;
}

/* ---- one file ---- */

static void next(struct files *self);

static void forget(struct files *self)
{
	g_queue_clear_full(self->paths, g_free);
	g_clear_pointer(&self->name, g_free);
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = 0;
	self->sending = false;
	self->count = self->there = 0;
	tell_status(self, NULL);
}

/* What is on its way, without a word of it. */
static void call_off(struct files *self)
{
	const struct link_spice_file_id body = { self->id };

	if (self->sending)
		spice_ask(self->spice, LINK_SPICE_FILE_CANCEL, &body, NULL, NULL);
	else
		opener_cancel(spice_opener(self->spice));
	self->sending = false;
	g_clear_pointer(&self->name, g_free);
}

/* `why` NULL: it is there. */
static void finish(struct files *self, const char *why)
{
	self->there += !why;
	if (why)
		say(self, "%s: %s", self->name, why);
	else if (self->count == 1)
		say(self, "%s is in the guest", self->name);
	self->sending = false;
	g_clear_pointer(&self->name, g_free);
	next(self);
}

static void on_opened(void *data, int fd, uint64_t size, const char *why)
{
	struct files *self = data;

	if (fd < 0) {
		finish(self, why);
		return;
	}
	const struct link_spice_file body = { size, ++self->id, 0 };
	self->size = size;
	self->sending = true;
	spice_ask(self->spice, LINK_SPICE_FILE_SEND, &body, self->name, &fd);
	close(fd);
}

/* The guest's agent wants UTF-8. */
static char *name_of(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	char *name = g_filename_display_name(base);
	const char *end;

	if (strlen(name) > 255) {
		g_utf8_validate(name, 255, &end);
		name[end - name] = '\0';
	}
	return name;
}

static void describe(struct files *self)
{
	unsigned number = self->count - g_queue_get_length(self->paths);
	g_autofree char *which = self->count == 1
					 ? g_strdup("")
					 : g_strdup_printf("%u of %u, ", number, self->count);
	double part = self->size ? (double)self->sent / (double)self->size : 0;
	g_autofree char *text = g_strdup_printf("Files: %s%s, %.0f %% of %.1f MiB", which,
						self->name, 100 * part,
						(double)self->size / (1 << 20));

	tell_status(self, text);
}

static gboolean on_tick(gpointer data)
{
	struct files *self = data;
	int64_t now = g_get_monotonic_time();

	if (now - self->moved_us > PATIENCE_S * G_USEC_PER_SEC) {
		g_autofree char *name = g_strdup(self->name);
		call_off(self);
		self->name = g_steal_pointer(&name);
		finish(self, "the guest takes no more of it; given up");
		return self->timer != 0;
	}
	if (self->sending && now - self->began_us > LONG_S * G_USEC_PER_SEC)
		describe(self);
	return G_SOURCE_CONTINUE;
}

static void next(struct files *self)
{
	g_autofree char *path = g_queue_pop_head(self->paths);

	if (!path) {
		if (self->count > 1)
			say(self, "%u of %u files are in the guest", self->there, self->count);
		forget(self);
		return;
	}
	self->name = name_of(path);
	self->sent = self->size = 0;
	self->moved_us = g_get_monotonic_time();
	if (!self->timer) {
		self->began_us = self->moved_us;
		self->timer = g_timeout_add(TICK_MS, on_tick, self);
	}
	opener_ask(spice_opener(self->spice), path, on_opened, self);
}

/* ---- oriel-spice: whatever it says may be a lie ---- */

static void hear_sent(void *data, struct link_message *message)
{
	struct files *self = data;
	const struct link_spice_file *body = message->body;

	if (!self->sending || body->id != self->id || body->bytes <= self->sent ||
	    body->bytes > self->size)
		return;
	self->sent = body->bytes;
	self->moved_us = g_get_monotonic_time();
}

static void hear_done(void *data, struct link_message *message)
{
	struct files *self = data;
	const struct link_spice_file_end *body = message->body;

	if (!self->sending || body->id != self->id)
		return;
	if (body->result == LINK_SPICE_FILES_NONE) {
		say(self, "no files for the guest: %s", message->text);
		forget(self);
		return;
	}
	finish(self, body->result == LINK_SPICE_FILE_THERE ? NULL : message->text);
}

static void on_greeted(void *data)
{
	((struct files *)data)->greeted = true;
}

static void on_lost(void *data)
{
	struct files *self = data;

	self->greeted = false;
	if (!self->name)
		return;
	say(self, "no files for the guest: oriel-spice has ended");
	call_off(self);
	forget(self);
}

static const struct spice_part part = {
	.greeted = on_greeted,
	.lost = on_lost,
	.hears = { [LINK_SPICE_FILE_SENT] = hear_sent, [LINK_SPICE_FILE_DONE] = hear_done },
};

/* ---- for callers ---- */

/* NULL: it is no file of this computer. */
static char *path_of(const char *uri)
{
	g_autofree char *host = NULL;
	char *path = g_filename_from_uri(uri, &host, NULL);

	if (path && host && strcmp(host, "localhost") != 0 && strcmp(host, g_get_host_name()) != 0)
		g_clear_pointer(&path, g_free);
	return path;
}

static void on_granted(void *data, GPtrArray *paths, const char *why)
{
	struct files *self = data;

	if (!paths) {
		say(self, "no files for the guest: %s", why);
		return;
	}
	for (unsigned i = 0; i < paths->len; i++)
		g_queue_push_tail(self->paths, g_strdup(paths->pdata[i]));
	self->count += paths->len;
	if (!self->name)
		next(self);
}

/* What can be sent of them. */
static GPtrArray *paths_of(struct files *self, char **uris)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

	for (char **uri = uris; *uri; uri++) {
		char *path = path_of(*uri);
		if (path)
			g_ptr_array_add(paths, path);
		else
			say(self, "%.100s: only files of this computer can be sent", *uri);
	}
	return paths;
}

static void drop_list(struct files *self, const char *uris)
{
	g_auto(GStrv) list = g_uri_list_extract_uris(uris);
	g_autoptr(GPtrArray) paths = NULL;

	if (g_strv_length(list) > LINK_OPENER_FILES_MAX) {
		say(self, "no more than %u files at once", LINK_OPENER_FILES_MAX);
		return;
	}
	paths = paths_of(self, list);
	if (paths->len == 0)
		return;
	int parcel = paths_pack((const char *const *)paths->pdata, paths->len);
	if (parcel < 0) {
		say(self, "no files for the guest: %s", g_strerror(-parcel));
		return;
	}
	opener_drop_list(spice_opener(self->spice), parcel, on_granted, self);
	close(parcel);
}

void files_drop(struct files *self, bool key, const char *text)
{
	if (!self->options->files || !self->greeted)
		say(self, "no files for the guest: %s",
		    self->options->files ? "oriel-spice does not run" : "the settings say so");
	else if (key)
		opener_drop_key(spice_opener(self->spice), text, on_granted, self);
	else
		drop_list(self, text);
}

bool files_cancel(struct files *self)
{
	bool any = self->sending || opener_cancel(spice_opener(self->spice));

	call_off(self);
	forget(self);
	return any;
}

struct files *files_create(const struct clipboard_options *options, struct spice *spice,
			   const struct files_listener *listener, void *data)
{
	struct files *self = g_new0(struct files, 1);

	self->options = options;
	self->spice = spice;
	self->listener = listener;
	self->data = data;
	self->paths = g_queue_new();
	spice_add(spice, &part, self);
	return self;
}

void files_destroy(struct files *self)
{
	if (!self)
		return;
	call_off(self);
	forget(self);
	g_queue_free(self->paths);
	spice_remove(self->spice, &part, self);
	g_free(self);
}
