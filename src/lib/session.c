/* Is a guest there? Its coming and going, told through notes in the outbox. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "lib/receiver.h"

#define CHECK_NS  (50 * NS_PER_MS)
#define BEAT_NS   (400 * NS_PER_MS) /* where the guest wakes us, and says when it goes */
#define REOPEN_NS NS_PER_S
/* Questions about the guest's clock, as long as pictures come: the first ones, then rarely (clocks
 * drift).
 * Its answer comes at once where it can be woken, else it looks each 50 ms. */
#define QUESTIONS    20
#define EARLY_NS     (200 * NS_PER_MS)
#define LATER_NS     (1500 * NS_PER_MS)
#define GOOD_NS      (100 * NS_PER_US)
#define KNOCKED_NS   (400 * NS_PER_US)
#define ANSWER_NS    (60 * NS_PER_MS)
#define LISTEN_NAP   (140 * NS_PER_US) /* behind an answer it waits 200 us for the next question */
#define SUCCESSOR_NS NS_PER_S /* a new capture program that has not beaten by then is no news */
/* A heartbeat must be seen moving, every 100 ms at the least; before that nobody can say whether
 * a guest is there. */
#define GRACE_NS (300 * NS_PER_MS)
#define DAWN_NS  (10 * NS_PER_MS) /* as often it beats by our own capture programs */

static void say_detached(struct receiver *self, enum oriel_detach_reason reason, const char *why)
{
	struct note *note = outbox_edit_note(&self->outbox);
	self->quiet_start = false;
	self->reason = reason;
	note->attached = false;
	note->session = self->session;
	note->reason = reason;
	snprintf(note->text, sizeof(note->text), "%.120s: %.380s", self->source->shm->name, why);
	outbox_put_note(&self->outbox, note);
}

static void leave(struct receiver *self, enum oriel_detach_reason reason, const char *why,
		  uint64_t now)
{
	intake_end(self);
	self->live = false;
	self->extended = false;
	dmabufs_unref(self->dmabufs);
	self->dmabufs = NULL;
	self->left_ns = now;
	self->reopen_ns = now + CHECK_NS;
	say_detached(self, reason, why);
}

static bool wakes(const struct receiver *self, const struct wire_session *session)
{
	bool bells = self->hub.peer && session->doorbell;
	return session->extended && (session->futex || bells);
}

static void enter(struct receiver *self, const struct wire_session *session, uint64_t now)
{
	struct note *note = outbox_edit_note(&self->outbox);
	self->live = true;
	self->quiet_start = false;
	self->id = session->id;
	self->fenced = strncmp(session->guest.host_version, "Oriel", 5) == 0;
	self->extended = session->extended;
	self->beat_ns = wakes(self, session) ? BEAT_NS : CHECK_NS;
	self->timing = (struct timing){ 0 };
	self->dmabufs = dmabufs_create();
	note->attached = true;
	note->session = ++self->session;
	note->guest = session->guest;
	account_add(self->account, ACCOUNT_SESSIONS);
	receiver_listen(self, session);
	intake_begin(self, now);
	outbox_put_note(&self->outbox, note);
}

/* Why there is no guest, as the public header names it. */
static enum oriel_detach_reason reason_of(const struct receiver *self,
					  const struct wire_session *session)
{
	switch (session->state) {
	case WIRE_LGMP_VERSION:
	case WIRE_KVMFR_VERSION:
		return ORIEL_DETACH_VERSION;
	case WIRE_ABSENT:
		return self->session ? ORIEL_DETACH_LOST : ORIEL_DETACH_ABSENT;
	default:
		return self->live && session->id != self->id ? ORIEL_DETACH_RESTARTED
							     : ORIEL_DETACH_LOST;
	}
}

/* One sentence for a person, with what would help. */
static void describe(const struct receiver *self, const struct wire_session *session, char *out,
		     size_t size)
{
	if (session->state == WIRE_LGMP_VERSION)
		snprintf(out, size,
			 "the capture program speaks LGMP %u, not 6: install oriel-guest or "
			 "Looking Glass B7 in the guest",
			 session->lgmp_version);
	else if (session->state == WIRE_KVMFR_VERSION)
		snprintf(out, size,
			 "the capture program speaks KVMFR %u, not 20: install oriel-guest or "
			 "Looking Glass B7 in the guest",
			 session->kvmfr_version);
	else if (session->state == WIRE_ABSENT && self->session)
		snprintf(out, size, "the capture program ended; waiting for it to come back");
	else
		snprintf(out, size, "%s", session->why ? session->why : "no guest");
}

/* Too early to say anything: a heartbeat may be seen moving any moment now. */
static bool wait_and_see(const struct receiver *self, const struct wire_session *session,
			 uint64_t now)
{
	if (self->live || session->state != WIRE_STALE)
		return false;
	return self->quiet_start ? now - self->started_ns < GRACE_NS
				 : self->reason == ORIEL_DETACH_RESTARTED &&
					   now - self->left_ns < SUCCESSOR_NS;
}

static void explain(struct receiver *self, const struct wire_session *session, uint64_t now)
{
	char why[200];
	enum oriel_detach_reason reason = reason_of(self, session);
	if (wait_and_see(self, session, now))
		return;
	describe(self, session, why, sizeof(why));
	if (self->live)
		leave(self, reason, why, now);
	else if (self->quiet_start || reason != self->reason)
		say_detached(self, reason, why);
}

/* A plain file may be cut by anybody who may write it; touching what is gone would kill us. So it
 * is measured before each look (a quarter of a microsecond). A cut between that and the touch is
 * still possible: only a sealed memfd excludes it. */
static void check_memory(struct receiver *self, uint64_t now)
{
	static const char truncated[] = "the memory was truncated: start the machine anew";
	struct shm *shm = self->source->shm;
	if (source_is_gone(self->source) || !shm->peer_shrinkable)
		return;
	int64_t size = shm_current_size(shm);
	if (size >= 0 && (uint64_t)size >= (uint64_t)shm->fd_offset + shm->size)
		return;
	source_bury(self->source);
	if (self->live)
		leave(self, ORIEL_DETACH_MEMORY, truncated, now);
	else
		say_detached(self, ORIEL_DETACH_MEMORY, truncated);
}

/* The guest may come back through a server that was started again. */
static void look_for_another_server(struct receiver *self, uint64_t now)
{
	struct source *other, *old = self->source;
	int memory = hub_next_memory(&self->hub, now);
	if (memory < 0)
		return;
	if (source_open(&other, NULL, memory, self->account, NULL)) {
		hub_refuse(&self->hub, now);
		return;
	}
	hub_move(&self->hub);
	hub_name(&self->hub, other->shm);
	receiver_adopt(self, other);
	source_unref(old);
}

/* The guest may come back in another file of the same name. */
static void look_for_another_file(struct receiver *self, uint64_t now)
{
	struct source *other;
	if (now < self->reopen_ns)
		return;
	self->reopen_ns = now + REOPEN_NS;
	if (source_open(&other, self->path, self->fd, self->account, NULL))
		return;
	struct source *old = self->source;
	bool better = source_is_gone(old) ? other->shm->size >= old->shm->size
					  : !source_same(old, other);
	if (better)
		receiver_adopt(self, other);
	source_unref(better ? old : other);
}

static void look_for_another(struct receiver *self, uint64_t now)
{
	hub_tend(&self->hub);
	if (self->live)
		return;
	if (self->hub.peer)
		look_for_another_server(self, now);
	else
		look_for_another_file(self, now);
}

static bool knows_well(const struct receiver *self)
{
	struct wire_clock clock;
	return wire_consumer_clock_now(self->source->consumer, &clock) == 0 &&
	       clock.bound_ns < GOOD_NS;
}

static bool is_known(const struct receiver *self)
{
	struct wire_clock clock;
	return wire_consumer_clock_now(self->source->consumer, &clock) == 0;
}

/* Answers make the bound smaller, up to a point; each costs the guest and us some 200 us. */
static void compare_clocks(struct receiver *self, uint64_t now)
{
	struct timing *timing = &self->timing;
	struct wire_clock clock;
	bool asked = false, late = timing->questions >= QUESTIONS;
	if (now < timing->ask_ns || (!timing->used && is_known(self)))
		return;
	timing->used = false;
	timing->questions += !late;
	timing->ask_ns = now + (late ? LATER_NS : EARLY_NS);
	wire_consumer_clock(self->source->consumer, &clock, &asked);
	if (asked)
		receiver_knock(self);
	if (!knows_well(self))
		timing->listen_ns = clock_ns() + (self->can_knock ? KNOCKED_NS : ANSWER_NS);
}

/* Behind an answer the guest waits for the next questions for 200 us. Whoever sees the answer later
 * than that knows its clock to some 25 ms only. */
uint64_t session_listen(struct receiver *self, uint64_t now)
{
	struct timing *timing = &self->timing;
	struct wire_clock clock;
	bool asked;
	if (self->extended)
		compare_clocks(self, now);
	if (now >= timing->listen_ns)
		return UINT64_MAX;
	wire_consumer_clock(self->source->consumer, &clock, &asked);
	if (knows_well(self))
		timing->listen_ns = 0;
	bool rings = self->ear.armed == ORIEL_WAKE_DOORBELL && ear_relies(&self->ear);
	return timing->listen_ns && !rings ? now + LISTEN_NAP : UINT64_MAX;
}

/* Somebody new is there, who is a guest once the heartbeat has moved. */
static bool dawns(struct receiver *self, const struct wire_session *session, uint64_t now)
{
	if (session->state != WIRE_STALE || !self->dawning || self->dawn_id != session->id) {
		self->dawning = session->state == WIRE_STALE;
		self->dawn_id = session->id;
		self->dawn_ns = now;
	}
	return self->dawning && now - self->dawn_ns < GRACE_NS;
}

void session_check(struct receiver *self, uint64_t now)
{
	const struct wire_session *session;
	check_memory(self, now);
	if (now < self->check_ns)
		return;
	self->check_ns = now + (self->live ? self->beat_ns : CHECK_NS);
	look_for_another(self, now);
	if (source_is_gone(self->source))
		return;
	enum wire_state state = wire_consumer_check(self->source->consumer, now, &session);
	if (state != WIRE_LIVE)
		explain(self, session, now);
	else if (!self->live)
		enter(self, session, now);
	if (!self->live && dawns(self, session, now))
		self->check_ns = now + DAWN_NS;
}

void session_lost(struct receiver *self, uint64_t now)
{
	self->check_ns = now;
	session_check(self, now);
}
