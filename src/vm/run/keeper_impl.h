/* vm/run/keeper_impl.h - for keeper*.c only. */
#ifndef VM_RUN_KEEPER_IMPL_H
#define VM_RUN_KEEPER_IMPL_H

#include <stdbool.h>

#include "qemu/qmp.h"
#include "vm/run/journal.h"
#include "vm/run/keeper.h"
#include "vm/run/lock.h"
#include "vm/run/register.h"
#include "vm/run/steps.h"
#include "vm/run/teller.h"
#include "vm/run/uses.h"

struct keeper {
	struct keeper_params params;
	const char *name;
	struct teller teller;
	struct lock *lock;
	struct uses *uses;
	struct journal *journal;
	struct steps *steps;
	struct record record;
	GCancellable *cancel; /* of what starts */

	GSubprocess *qemu;
	struct qmp *qmp;
	bool ended;   /* QEMU has */
	bool running; /* it was announced */
	bool paused;
	bool must_end;    /* after the patience, whatever the guest does */
	bool cut;         /* we took its power */
	unsigned presses; /* of Ctrl-C */
	guint patience, mercy, sources[4];
	gint64 deadline_us; /* monotonic: the patience's end */
	char *reason;       /* of its shutdown, QEMU's word */

	GSubprocess *viewer;
	gint64 exec_us, ready_us, running_us;
};

/* A line of what happens, for the person and the journal. */
G_GNUC_PRINTF(3, 4)
void keeper_say(struct keeper *self, const char *what, const char *format, ...);

/* Nobody is at the terminal any more: from here on only the journal is told. */
void keeper_leave_terminal(struct keeper *self);

/* ---- keeper_end.c: who wants it to end, and how ---- */

/* Listens to signals and to the end of the report's reader. */
void keeper_listen(struct keeper *self);
void keeper_listen_no_more(struct keeper *self);

/* As quitting at QEMU's monitor; by force if that does not help. */
void keeper_cut(struct keeper *self);

/* ---- keeper_qemu.c ---- */

/* Starts it and waits until its monitor is ready. */
gboolean keeper_start_qemu(struct keeper *self, GError **error);

/* "QEMU ended with status 1; its last words: ..." and what to do. */
void keeper_explain(struct keeper *self, GError **error);

/* ---- keeper_view.c ---- */

void keeper_open_view(struct keeper *self);
void keeper_close_view(struct keeper *self);

#endif
