/* Files for the guest, through its agent: the viewer opens them, the library sends them. One at a
 * time; the viewer has the others. */
#include <spice-client.h>
#include <spice/vd_agent.h>

#include "spice/file.h"
#include "spice/part.h"

#define TOLD_US (100 * 1000) /* between two words of how much has gone */

/* On its way. The library may still call for one that is over, from the main loop; that ends before
 * its owner does. */
struct sending {
	struct files *owner;
	bool over; /* nobody wants to know any more */
	uint32_t id;
	GCancellable *cancel;
	int64_t told_us;
};

struct files {
	struct part part;
	SpiceMainChannel *main;  /* NULL: there is no connection */
	struct sending *sending; /* NULL: nothing is on its way */
};

static void tell_end(struct files *self, uint32_t id, enum link_spice_file_result result,
		     const char *why)
{
	const struct link_spice_file_end body = { id, result };
	char shown[512];

	service_make_presentable(shown, sizeof(shown), why);
	service_tell(self->part.service, LINK_SPICE_FILE_DONE, &body, shown, NULL);
}

/* ---- the library ---- */

static void on_progress(goffset bytes, goffset total, gpointer data)
{
	struct sending *sending = data;
	const struct link_spice_file body = { (uint64_t)bytes, sending->id, 0 };
	int64_t now = g_get_monotonic_time();

	(void)total;
	if (sending->over || now - sending->told_us < TOLD_US)
		return;
	sending->told_us = now;
	service_tell(sending->owner->part.service, LINK_SPICE_FILE_SENT, &body, NULL, NULL);
}

/* The agent's own errors are of this file, or of all of them: the next one will show. */
static void on_sent(GObject *main, GAsyncResult *result, gpointer data)
{
	struct sending *sending = data;
	struct files *self = sending->owner;
	g_autoptr(GError) error = NULL;
	gboolean sent = spice_main_channel_file_copy_finish(SPICE_MAIN_CHANNEL(main), result,
							    &error);

	if (error)
		service_nudge(self->part.service); /* or the agent would not be told */
	if (!sending->over) {
		self->sending = NULL;
		tell_end(self, sending->id, sent ? LINK_SPICE_FILE_THERE : LINK_SPICE_FILE_FAILED,
			 error ? error->message : "");
	}
	g_object_unref(sending->cancel);
	g_free(sending);
}

static void send_file(struct files *self, uint32_t id, GFile *file)
{
	struct sending *sending = g_new0(struct sending, 1);
	GFile *files[] = { file, NULL };

	*sending = (struct sending){ .owner = self, .id = id, .cancel = g_cancellable_new() };
	self->sending = sending;
	spice_main_channel_file_copy_async(self->main, files, G_FILE_COPY_NONE, sending->cancel,
					   on_progress, sending, on_sent, sending);
}

static void give_up(struct files *self)
{
	struct sending *sending = self->sending;

	self->sending = NULL;
	if (!sending)
		return;
	sending->over = true;
	g_cancellable_cancel(sending->cancel);
}

/* ---- the viewer ---- */

/* Why no file at all can go; NULL: it can. */
static const char *obstacle(struct files *self)
{
	gboolean agent = FALSE;

	if (!self->main)
		return "there is no connection to the SPICE server";
	g_object_get(self->main, "agent-connected", &agent, NULL);
	if (!agent)
		return "the guest runs no SPICE agent (spice-vdagent), which would take them";
	if (spice_main_channel_agent_test_capability(self->main, VD_AGENT_CAP_FILE_XFER_DISABLED))
		return "the machine does not allow files (QEMU: disable-agent-file-xfer)";
	return NULL;
}

static void hear_send(struct part *part, struct link_message *message)
{
	struct files *self = (struct files *)part;
	const struct link_spice_file *body = message->body;
	const char *wrong = self->sending ? "another one is on its way" : obstacle(self);

	if (wrong) {
		tell_end(self, body->id, LINK_SPICE_FILES_NONE, wrong);
		return;
	}
	g_autoptr(GFile) file = file_new(message->fds[0], message->text, body->bytes);
	message->fds[0] = -1;
	send_file(self, body->id, file);
}

static void hear_cancel(struct part *part, struct link_message *message)
{
	struct files *self = (struct files *)part;
	const struct link_spice_file_id *body = message->body;

	if (self->sending && self->sending->id == body->id)
		give_up(self);
}

/* ---- a part ---- */

static void files_channel(struct part *part, SpiceChannel *channel)
{
	if (SPICE_IS_MAIN_CHANNEL(channel))
		g_set_object(&((struct files *)part)->main, SPICE_MAIN_CHANNEL(channel));
}

static void files_lost(struct part *part)
{
	struct files *self = (struct files *)part;

	if (self->sending)
		tell_end(self, self->sending->id, LINK_SPICE_FILES_NONE,
			 "the connection to the SPICE server is lost");
	give_up(self);
	g_clear_object(&self->main);
}

static struct part *files_create(struct service *service)
{
	struct files *self = g_new0(struct files, 1);

	(void)service;
	return &self->part;
}

static void files_destroy(struct part *part)
{
	give_up((struct files *)part);
	g_free(part);
}

const struct part_impl part_files = {
	.name = "files",
	.create = files_create,
	.channel = files_channel,
	.lost = files_lost,
	.hears = { [LINK_SPICE_FILE_SEND] = hear_send, [LINK_SPICE_FILE_CANCEL] = hear_cancel },
	.destroy = files_destroy,
};
