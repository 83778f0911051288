/* How a machine is asked to end: by Ctrl-C, by signals, by the end of who started it. */
#include <errno.h>
#include <glib-unix.h>
#include <signal.h>

#include "vm/run/keeper_impl.h"

#define MERCY_S 5 /* for QEMU to quit */

/* ---- taking its power ---- */

static gboolean on_no_mercy(gpointer data)
{
	struct keeper *self = data;

	self->mercy = 0;
	g_subprocess_force_exit(self->qemu);
	return G_SOURCE_REMOVE;
}

void keeper_cut(struct keeper *self)
{
	self->cut = true;
	if (!self->qemu || self->ended)
		return;
	if (!self->mercy)
		self->mercy = g_timeout_add_seconds(MERCY_S, on_no_mercy, self);
	if (self->qmp && qmp_is_ready(self->qmp))
		qmp_ask(self->qmp, "quit", NULL, MERCY_S * 1000, NULL, NULL);
	else
		g_subprocess_send_signal(self->qemu, SIGTERM);
}

/* ---- asking the guest ---- */

static gboolean on_late(gpointer data)
{
	struct keeper *self = data;

	self->patience = 0;
	if (self->must_end) {
		keeper_say(self, "patience", "is over; its power is cut");
		keeper_cut(self);
	} else {
		keeper_say(self, "the guest", "still runs; Ctrl-C %s cuts its power",
			   self->presses > 1 ? "once more" : "twice more");
	}
	return G_SOURCE_REMOVE;
}

static void on_answer(void *data, JsonNode *value, const GError *error)
{
	(void)value;
	if (error)
		keeper_say(data, "the guest", "cannot be asked: %s", error->message);
}

/* A guest that stands still hears nothing. */
static void ask(struct keeper *self)
{
	if (self->paused)
		qmp_ask(self->qmp, "cont", NULL, QMP_PATIENCE_MS, NULL, NULL);
	qmp_ask(self->qmp, "system_powerdown", NULL, QMP_PATIENCE_MS, on_answer, self);
	if (self->patience)
		g_source_remove(self->patience);
	self->patience = g_timeout_add_seconds(self->params.patience_s, on_late, self);
	self->asked = true;
}

static gboolean is_askable(const struct keeper *self)
{
	return self->running && !self->ended && self->qmp && qmp_is_ready(self->qmp);
}

/* Ctrl-C: asks, asks again, cuts. */
static gboolean on_interrupt(gpointer data)
{
	struct keeper *self = data;

	g_cancellable_cancel(self->cancel);
	if (++self->presses > 2 || !is_askable(self)) {
		keeper_cut(self);
		return G_SOURCE_CONTINUE;
	}
	ask(self);
	if (self->presses == 1)
		keeper_say(self, "the guest",
			   "was asked to shut down; it has %u s. Ctrl-C asks again",
			   self->params.patience_s);
	else
		keeper_say(self, "the guest",
			   "was asked again. Cut its power? Ctrl-C once more does");
	return G_SOURCE_CONTINUE;
}

static void end_politely(struct keeper *self, const char *why)
{
	g_cancellable_cancel(self->cancel);
	self->must_end = true;
	if (!is_askable(self)) {
		keeper_cut(self);
		return;
	}
	ask(self);
	keeper_say(self, "the guest", "was asked to shut down (%s); it has %u s", why,
		   self->params.patience_s);
}

static gboolean on_terminate(gpointer data)
{
	end_politely(data, "this program was asked to end");
	return G_SOURCE_CONTINUE;
}

static gboolean on_alone(gint fd, GIOCondition condition, gpointer data)
{
	struct keeper *self = data;

	(void)fd, (void)condition;
	self->sources[3] = 0;
	end_politely(self, "who started it is gone");
	return G_SOURCE_REMOVE;
}

void keeper_listen(struct keeper *self)
{
	self->sources[0] = g_unix_signal_add(SIGINT, on_interrupt, self);
	self->sources[1] = g_unix_signal_add(SIGTERM, on_terminate, self);
	self->sources[2] = g_unix_signal_add(SIGHUP, on_terminate, self);
	if (self->params.report >= 0)
		self->sources[3] = g_unix_fd_add(self->params.report, G_IO_ERR, on_alone, self);
}

void keeper_listen_no_more(struct keeper *self)
{
	guint *timers[] = { &self->patience,   &self->mercy,      &self->sources[0],
			    &self->sources[1], &self->sources[2], &self->sources[3] };

	for (size_t i = 0; i < G_N_ELEMENTS(timers); i++)
		g_clear_handle_id(timers[i], g_source_remove);
}
