/* Taking frames and pointers out of the two queues. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lib/receiver.h"

#define HOLD_NS      (500 * NS_PER_MS) /* the producer drops whoever holds longer than a second */
#define UNREAD_NS    (8 * NS_PER_MS)   /* then an unread frame must not keep a newer one away */
#define SUBSCRIBE_NS (10 * NS_PER_MS)
#define FILL_NS      (100 * NS_PER_MS) /* a frame whose bytes do not come is given up */
#define EXT_FILL_NS  NS_PER_S          /* there the guest says when it gave up */

/* How long to wait before looking at the write pointer again, by the frame's age. */
static const struct {
	uint64_t until, nap;
} fill_table[] = {
	{ 50 * NS_PER_US, 1 * NS_PER_US },
	{ 2 * NS_PER_MS, 50 * NS_PER_US },
	{ UINT64_MAX, 250 * NS_PER_US },
};

/* ---- subscriptions ---- */

static void unsubscribe(struct receiver *self, enum wire_queue queue)
{
	if (!self->subscribed[queue])
		return;
	wire_consumer_unsubscribe(self->source->consumer, queue);
	receiver_knock(self);
	self->subscribed[queue] = false;
}

/* False when the session was lost meanwhile. */
static bool subscribe(struct receiver *self, uint64_t now)
{
	if (now < self->subscribe_ns)
		return true;
	for (unsigned queue = 0; queue < ARRAY_LEN(self->subscribed); queue++) {
		if (self->subscribed[queue])
			continue;
		int answer = wire_consumer_subscribe(self->source->consumer, queue);
		self->subscribed[queue] = answer == 0;
		if (answer == 0)
			receiver_knock(self);
		if (answer == WIRE_E_LOST) {
			session_lost(self, now);
			return false;
		}
		if (answer)
			self->subscribe_ns = now + SUBSCRIBE_NS;
	}
	return true;
}

static void drop_filling(struct receiver *self)
{
	oriel_frame_unref(self->filling.frame);
	self->filling = (struct filling){ 0 };
}

/* Between two Oriels that happens to those who stood still for seconds, stopped by somebody: what
 * was held may have been overwritten since. */
static void dropped(struct receiver *self, enum wire_queue queue)
{
	account_add(self->account, ACCOUNT_RESUBSCRIBED);
	self->subscribed[queue] = false;
	if (!self->extended)
		return;
	drop_filling(self);
	oriel_frame_unref(outbox_recall_frame(&self->outbox));
	self->complete = true;
	self->repost = true;
}

/* What a queue answered instead of a message. A time-out means that the guest dropped us because we
 * were too slow; subscribing again is all there is to do, and nobody need know. */
static void refused(struct receiver *self, enum wire_queue queue, int answer, uint64_t now)
{
	if (answer == WIRE_E_BAD)
		account_add(self->account, ACCOUNT_REJECTED);
	if (answer == WIRE_E_TIMEOUT)
		dropped(self, queue);
	if (answer == WIRE_E_LOST)
		session_lost(self, now);
}

void intake_begin(struct receiver *self, uint64_t now)
{
	pacer_reset(&self->pacer, now);
	self->repost = false;
	self->has_last = false;
	self->has_position = false;
	self->looks_known = false;
	self->moved = false;
	self->subscribe_ns = 0;
}

void intake_end(struct receiver *self)
{
	drop_filling(self);
	oriel_frame_unref(outbox_recall_frame(&self->outbox));
	unsubscribe(self, WIRE_QUEUE_FRAME);
	unsubscribe(self, WIRE_QUEUE_POINTER);
	self->complete = true;
	self->repost = self->extended;
}

/* ---- holds ---- */

static bool anything_held(const struct receiver *self)
{
	for (size_t i = 0; i < SOURCE_FRAMES; i++)
		if (atomic_load_explicit(&self->source->frames[i].holding, memory_order_acquire))
			return true;
	return false;
}

static void take_back_overdue(struct receiver *self, uint64_t now)
{
	for (size_t i = 0; i < SOURCE_FRAMES; i++) {
		struct oriel_frame *frame = &self->source->frames[i];
		if (atomic_load_explicit(&frame->holding, memory_order_acquire) &&
		    now - frame->seen_ns > HOLD_NS)
			frame_let_go(frame);
	}
}

/* A frame that nobody came for keeps the guest from posting a newer one. It stays in the outbox
 * for the case that there is none: the guest does not write into its newest buffer. */
static void loosen_unread(struct receiver *self, uint64_t now)
{
	if (!self->unread_ns || now - self->unread_ns < UNREAD_NS)
		return;
	struct oriel_frame *frame = outbox_recall_frame(&self->outbox);
	self->unread_ns = 0;
	if (!frame)
		return;
	frame_let_go(frame);
	outbox_put_frame(&self->outbox, frame);
}

/* ---- the newest picture again ---- */

static void put_frame(struct receiver *self, struct oriel_frame *frame, uint64_t now)
{
	struct oriel_frame *unread = outbox_put_frame(&self->outbox, frame);
	self->unread_ns = now;
	if (unread)
		account_add(self->account, ACCOUNT_SKIPPED);
	oriel_frame_unref(unread);
}

/* An undelivered frame only needs to say that all of it changed; otherwise the guest posts again
 * for the newcomer that we pretend to be. */
void intake_refresh(struct receiver *self)
{
	struct oriel_frame *frame = outbox_recall_frame(&self->outbox);
	history_spoil(&self->history);
	if (self->filling.frame)
		history_spoil(&self->filling.frame->history);
	if (frame) {
		history_spoil(&frame->history);
		put_frame(self, frame, self->unread_ns);
	} else if (!self->filling.frame) {
		self->complete = true;
		self->repost = true;
	}
}

static void repost_if_wanted(struct receiver *self)
{
	if (!self->repost)
		return;
	if (self->extended) {
		wire_consumer_again(self->source->consumer);
		self->repost = false;
	} else if (!anything_held(self) && frame_available(self->source)) {
		unsubscribe(self, WIRE_QUEUE_FRAME);
		self->repost = false;
	}
}

/* ---- frames ---- */

static bool is_repeat(const struct receiver *self, const struct wire_frame *frame)
{
	return self->has_last && frame->serial == self->last_serial &&
	       frame->format_version == self->last_format;
}

/* Damage is relative to the serial before; after a gap nobody knows. Between two Oriels it is
 * relative to the frame that we took before. */
static const struct region *known_damage(const struct receiver *self,
					 const struct wire_frame *frame)
{
	bool next = self->extended || (self->has_last && frame->serial == self->last_serial + 1 &&
				       frame->format_version == self->last_format);
	return next && !self->complete && !frame->damage_all ? &frame->damage : NULL;
}

/* When we were awake for it, which may have been before the guest had it: not yet seen. */
static uint64_t when_seen(const struct oriel_frame *frame, uint64_t awake)
{
	return awake < frame_made_ns(frame) ? clock_ns() : awake;
}

static void accept(struct receiver *self, struct oriel_frame *frame, const struct wire_frame *from,
		   uint64_t now)
{
	const struct pixel_image *image = &from->image;
	frame_set_format(frame, from);
	frame->serial = history_add(&self->history, known_damage(self, from), image->width,
				    image->height);
	history_copy(&frame->history, &self->history);
	frame->session = self->session;
	frame->dmabufs = dmabufs_ref(self->dmabufs);
	frame->fenced = self->fenced;
	frame->ext_serial = from->ext_serial;
	frame->timed = self->extended &&
		       wire_consumer_clock_now(self->source->consumer, &frame->clock) == 0;
	self->timing.used = true;
	frame->stamps = from->stamps;
	frame->seen_ns = when_seen(frame, now);
	self->complete = false;
	self->repost = false;
	self->has_last = true;
	self->last_serial = from->serial;
	self->last_format = from->format_version;
	account_add(self->account, ACCOUNT_FRAMES);
	ear_news(&self->ear);
	pacer_frame(&self->pacer, now);
	if (self->early)
		put_frame(self, frame, now);
	else
		self->filling = (struct filling){ .frame = frame, .since_ns = frame->seen_ns };
}

/* The program keeps references to as many pictures as there can be. Sitting on the message would
 * make everybody else wait, so it goes back, and the picture is asked for once there is a place. */
static void pass_over(struct receiver *self, const struct wire_hold *hold)
{
	wire_consumer_release(self->source->consumer, hold);
	account_add(self->account, ACCOUNT_SKIPPED);
	self->complete = true;
	self->repost = true;
}

/* Two are held already, and there is a newer one: an unread frame makes room for it, else whoever
 * gives one back. */
static void make_room(struct receiver *self)
{
	struct oriel_frame *unread = outbox_recall_frame(&self->outbox);
	if (unread)
		account_add(self->account, ACCOUNT_SKIPPED);
	else
		account_await(self->account);
	oriel_frame_unref(unread);
}

static int newest_frame(struct receiver *self, struct wire_frame *from, struct wire_hold *hold)
{
	int (*take)(struct wire_consumer *, struct wire_frame *,
		    struct wire_hold *) = self->early ? wire_consumer_frame
						      : wire_consumer_whole_frame;
	int answer = take(self->source->consumer, from, hold);
	if (answer != WIRE_E_BUSY || !self->extended)
		return answer;
	make_room(self);
	return take(self->source->consumer, from, hold);
}

/* All places in use: a plain guest's message is taken all the same and passed over; an Oriel's
 * frame waits until there is a place. */
static bool may_take(struct receiver *self)
{
	if (!self->extended || frame_available(self->source))
		return true;
	make_room(self);
	return frame_available(self->source);
}

/* One that is not taken before it is filled. */
static void note_filling(struct receiver *self, int answer, uint64_t now)
{
	struct filling *filling = &self->filling;
	if (answer != WIRE_E_FILLING)
		filling->since_ns = 0;
	else if (!filling->since_ns)
		filling->since_ns = now;
}

static void take_frame(struct receiver *self, uint64_t now)
{
	struct wire_frame from;
	struct wire_hold hold;
	if (!may_take(self))
		return;
	int answer = newest_frame(self, &from, &hold);
	note_filling(self, answer, now);
	struct oriel_frame *frame = answer == 0 ? frame_claim(self->source, &hold) : NULL;
	if (answer == 0 && !frame) {
		pass_over(self, &hold);
	} else if (answer == 0 && is_repeat(self, &from) && !self->complete) {
		account_add(self->account, ACCOUNT_REPEATS);
		oriel_frame_unref(frame);
	} else if (answer == 0) {
		accept(self, frame, &from, now);
	} else {
		refused(self, WIRE_QUEUE_FRAME, answer, now);
	}
}

/* The guest gave it up, or took the buffer away. */
static bool is_abandoned(const struct receiver *self)
{
	const struct oriel_frame *frame = self->filling.frame;
	struct wire_stamps stamps;
	return self->extended && (!oriel_frame_held(frame) ||
				  !wire_hold_stamps(self->source->consumer, &frame->hold, &stamps));
}

static void hand_over(struct receiver *self, uint64_t now)
{
	struct oriel_frame *frame = self->filling.frame;
	struct wire_stamps stamps;
	frame_settle(frame, frame->hold.size);
	if (wire_hold_stamps(self->source->consumer, &frame->hold, &stamps))
		frame->stamps = stamps;
	self->filling = (struct filling){ 0 };
	put_frame(self, frame, now);
}

static void watch_filling(struct receiver *self, uint64_t now)
{
	struct filling *filling = &self->filling;
	struct oriel_frame *frame = filling->frame;
	if (!frame)
		return;
	if (!filling->ripe_ns &&
	    wire_hold_filled(self->source->consumer, &frame->hold) >= frame->hold.size)
		filling->ripe_ns = now + (frame->fenced ? 0 : FRAME_SETTLE_NS);
	if (is_abandoned(self)) {
		drop_filling(self);
	} else if (filling->ripe_ns && now >= filling->ripe_ns) {
		hand_over(self, now);
	} else if (now - filling->since_ns > (self->extended ? EXT_FILL_NS : FILL_NS)) {
		account_add(self->account, ACCOUNT_REJECTED);
		drop_filling(self);
	}
}

static uint64_t fill_next(const struct receiver *self, uint64_t now)
{
	unsigned row = 0;
	if (self->filling.ripe_ns)
		return self->filling.ripe_ns;
	if (ear_relies(&self->ear))
		return self->filling.since_ns + EXT_FILL_NS;
	while (now - self->filling.since_ns >= fill_table[row].until)
		row++;
	return now + fill_table[row].nap;
}

/* ---- the pointer ---- */

static void follow_pointer(struct receiver *self, const struct cursor *cursor)
{
	if (!cursor->has_position)
		return;
	self->has_position = true;
	self->x = cursor->x;
	self->y = cursor->y;
}

static bool wants_shapes(const struct receiver *self)
{
	return atomic_load_explicit(&self->wishes.shapes, memory_order_acquire);
}

/* To who draws the pointer himself it is the same wherever it is. */
static bool looks_same(const struct receiver *self, const struct cursor *cursor)
{
	return wants_shapes(self) && self->looks_known && !cursor->has_shape &&
	       cursor->visible == self->looks_visible;
}

static void put_pointer(struct receiver *self, const struct cursor *cursor)
{
	struct pointer_note *note = outbox_edit_pointer(&self->outbox);
	struct cursor *to = &note->cursor;
	if (note->session != self->session)
		*to = (struct cursor){ 0 };
	note->session = self->session;
	to->visible = cursor->visible;
	to->has_position = self->has_position;
	to->x = self->x;
	to->y = self->y;
	if (cursor->has_shape) {
		to->has_shape = true;
		to->shape = cursor->shape;
		to->shape.data = note->pixels;
		memcpy(note->pixels, cursor->shape.data, cursor_shape_bytes(&cursor->shape));
	}
	self->looks_known = true;
	self->looks_visible = cursor->visible;
	self->moved = false;
	outbox_put_pointer(&self->outbox, note);
}

static void take_pointer(struct receiver *self, uint64_t now)
{
	struct cursor cursor;
	int answer = wire_consumer_pointer(self->source->consumer, &cursor);
	if (answer) {
		refused(self, WIRE_QUEUE_POINTER, answer, now);
		return;
	}
	ear_news(&self->ear);
	follow_pointer(self, &cursor);
	self->moved = looks_same(self, &cursor);
	if (self->moved)
		return;
	pacer_motion(&self->pacer, now);
	put_pointer(self, &cursor);
}

/* The program wants to know of moves again. */
static void make_up_for_moves(struct receiver *self)
{
	const struct cursor still = { .visible = self->looks_visible };
	if (self->moved && !wants_shapes(self))
		put_pointer(self, &still);
}

static void pass_seen(struct receiver *self)
{
	struct source *source = self->source;
	uint64_t serial = atomic_load_explicit(&source->presented_serial, memory_order_acquire);
	if (serial == self->told_serial)
		return;
	self->told_serial = serial;
	wire_consumer_seen(source->consumer, serial,
			   atomic_load_explicit(&source->presented_ns, memory_order_relaxed));
}

/* What only a protocol with short holds needs. */
static void keep_plain_rules(struct receiver *self, uint64_t now)
{
	take_back_overdue(self, now);
	loosen_unread(self, now);
}

static bool is_subscribed(const struct receiver *self)
{
	return self->subscribed[WIRE_QUEUE_FRAME] && self->subscribed[WIRE_QUEUE_POINTER];
}

/* The frame in hand is looked at before and after: when nothing is taken, there is no newer one. */
uint64_t intake_look(struct receiver *self, uint64_t now)
{
	account_add(self->account, ACCOUNT_LOOKS);
	if (self->extended)
		pass_seen(self);
	else
		keep_plain_rules(self, now);
	repost_if_wanted(self);
	if (!subscribe(self, now))
		return now + NS_PER_MS;
	if (self->subscribed[WIRE_QUEUE_POINTER])
		take_pointer(self, now);
	make_up_for_moves(self);
	watch_filling(self, now);
	if (!self->filling.frame && self->subscribed[WIRE_QUEUE_FRAME])
		take_frame(self, now);
	now = clock_ns();
	watch_filling(self, now);
	if (self->filling.frame)
		return fill_next(self, now);
	if (ear_relies(&self->ear) && is_subscribed(self))
		return UINT64_MAX;
	bool coming = self->filling.since_ns && now - self->filling.since_ns < EXT_FILL_NS;
	return coming ? fill_next(self, now) : pacer_next(&self->pacer, now);
}
