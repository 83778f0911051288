/* How a machine is asked to end: by Ctrl-C, by signals, by the end of who started it. */
#include <errno.h>
#include <glib-unix.h>
#include <signal.h>

#include "vm/config/config.h"
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

static void give_up(struct keeper *self)
{
	if (self->must_end) {
		keeper_say(self, self->name, "has not shut down in %u s; it is switched off",
			   self->params.patience_s);
		keeper_cut(self);
	} else {
		keeper_say(self, self->name,
			   "runs on after %u s; Ctrl-C switches it off, oriel down %s asks again",
			   self->params.patience_s, self->name);
	}
}

/* FALSE: there is nobody to watch it. */
static bool count(struct keeper *self)
{
	gint64 left_us = self->deadline_us - g_get_monotonic_time();
	g_autofree char *line = g_strdup_printf(
		"  %s: asked to shut down; %d s left; %s", self->name,
		(int)((left_us + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC),
		self->must_end ? "then it is switched off" : "Ctrl-C again to switch it off");

	return teller_count(&self->teller, line);
}

static gboolean on_second(gpointer data)
{
	struct keeper *self = data;

	if (self->deadline_us - g_get_monotonic_time() > G_USEC_PER_SEC / 2) {
		count(self);
		return G_SOURCE_CONTINUE;
	}
	self->patience = 0;
	give_up(self);
	return G_SOURCE_REMOVE;
}

static void on_answer(void *data, JsonNode *value, const GError *error)
{
	struct keeper *self = data;

	(void)value;
	if (error)
		keeper_say(self, self->name, "cannot be asked: %s", error->message);
}

/* A guest that stands still hears nothing. */
static void ask(struct keeper *self)
{
	if (self->paused)
		qmp_ask(self->qmp, "cont", NULL, QMP_PATIENCE_MS, NULL, NULL);
	qmp_ask(self->qmp, "system_powerdown", NULL, QMP_PATIENCE_MS, on_answer, self);
	g_clear_handle_id(&self->patience, g_source_remove);
	self->patience = g_timeout_add(1000, on_second, self);
	self->deadline_us = g_get_monotonic_time() +
			    (gint64)self->params.patience_s * G_USEC_PER_SEC;
}

static gboolean is_askable(const struct keeper *self)
{
	return self->running && !self->ended && self->qmp && qmp_is_ready(self->qmp);
}

/* Ctrl-C: asks, then switches off. */
static gboolean on_interrupt(gpointer data)
{
	struct keeper *self = data;

	g_cancellable_cancel(self->cancel);
	teller_typed(&self->teller);
	if (++self->presses > 1 || !is_askable(self)) {
		g_clear_handle_id(&self->patience, g_source_remove);
		keeper_cut(self);
		return G_SOURCE_CONTINUE;
	}
	ask(self);
	if (count(self))
		journal_write(self->journal, "oriel", "Ctrl-C: asked the guest to shut down");
	else
		keeper_say(self, self->name,
			   "was asked to shut down; it has %u s; Ctrl-C again switches it off",
			   self->params.patience_s);
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
	keeper_say(self, self->name, "was asked to shut down (%s); it has %u s", why,
		   self->params.patience_s);
	count(self);
}

static gboolean on_terminate(gpointer data)
{
	end_politely(data, "this program was asked to end");
	return G_SOURCE_CONTINUE;
}

/* Its terminal, or who started it, went with the desktop that it took: that is nobody's wish. */
static gboolean runs_on(struct keeper *self)
{
	if (!config_takes_desktop(self->params.vm))
		return FALSE;
	keeper_leave_terminal(self);
	keeper_say(self, "the terminal", "is gone with the desktop; %s runs on", self->name);
	return TRUE;
}

static gboolean on_hangup(gpointer data)
{
	return runs_on(data) || on_terminate(data);
}

static gboolean on_alone(gint fd, GIOCondition condition, gpointer data)
{
	struct keeper *self = data;

	(void)fd, (void)condition;
	self->sources[3] = 0;
	if (!runs_on(self))
		end_politely(self, "who started it is gone");
	return G_SOURCE_REMOVE;
}

void keeper_listen(struct keeper *self)
{
	self->sources[0] = g_unix_signal_add(SIGINT, on_interrupt, self);
	self->sources[1] = g_unix_signal_add(SIGTERM, on_terminate, self);
	self->sources[2] = g_unix_signal_add(SIGHUP, on_hangup, self);
	if (self->params.report >= 0)
		self->sources[3] = g_unix_fd_add(self->params.report, G_IO_ERR | G_IO_HUP, on_alone,
						 self);
}

void keeper_listen_no_more(struct keeper *self)
{
	guint *timers[] = { &self->patience,   &self->mercy,      &self->sources[0],
			    &self->sources[1], &self->sources[2], &self->sources[3] };

	for (size_t i = 0; i < G_N_ELEMENTS(timers); i++)
		g_clear_handle_id(timers[i], g_source_remove);
}
