#include "guest/pipeline.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

/* While starved: consumers mostly give a frame back within a fraction of a millisecond, so the
 * first looks are close together. */
#define LOOK_SOON_NS  (100 * NS_PER_US)
#define LOOKS_SOON    10
#define LOOK_LATER_NS NS_PER_MS

/* After a failed fill: a screen that changes its size needs a moment, and a failure that stays must
 * not become a busy loop. */
#define FAILED_PAUSE_NS     (20 * NS_PER_MS)
#define FAILED_WORTH_A_LINE 25

static void count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

void pipeline_init(struct pipeline *self, struct capture *capture, struct wire_producer *producer,
		   struct ringer *ringer, uint32_t fps_limit, uint64_t slots_cut_for)
{
	memset(self, 0, sizeof(*self));
	self->capture = capture;
	self->producer = producer;
	self->ringer = ringer;
	self->min_period_ns = fps_limit ? NS_PER_S / fps_limit : 0;
	self->slots_cut_for = slots_cut_for;
}

uint64_t pipeline_frame_bytes(const struct pipeline *self)
{
	return pixel_image_size(&self->info.image);
}

/* ---- what changed ---- */

static void everything_changed(struct pipeline *self)
{
	const struct pixel_image *image = &self->info.image;
	region_set_full(&self->pending, image->width, image->height);
	for (uint32_t i = 0; i < WIRE_SLOTS_MAX; i++)
		region_set_full(&self->missed[i], image->width, image->height);
}

static void something_changed(struct pipeline *self, const struct region *changed)
{
	region_unite(&self->pending, changed);
	for (uint32_t i = 0; i < WIRE_SLOTS_MAX; i++)
		region_unite(&self->missed[i], changed);
}

static bool same_picture(const struct capture_info *a, const struct capture_info *b)
{
	return pixel_image_same(&a->image, &b->image) && a->screen_width == b->screen_width &&
	       a->screen_height == b->screen_height;
}

/* Would a session with slots made for this picture serve it better? */
static bool wants_other_slots(const struct pipeline *self)
{
	uint64_t bytes = pipeline_frame_bytes(self);
	if (bytes == self->slots_cut_for)
		return false; /* that was tried: the region is what it is */
	return bytes > wire_producer_slot_bytes(self->producer) ||
	       (bytes < self->slots_cut_for &&
		wire_producer_slots(self->producer) < WIRE_SLOTS_MAX);
}

static enum worker_end take_news(struct pipeline *self, const struct capture_info *info,
				 struct region *changed)
{
	bool same = same_picture(info, &self->info);
	self->info = *info;
	if (region_empty(&self->pending))
		self->pending_since = info->when_ns;
	if (same) {
		region_clip(changed, info->image.width, info->image.height);
		something_changed(self, changed);
		return WORKER_ASKED;
	}
	everything_changed(self);
	return wants_other_slots(self) ? WORKER_RESIZE : WORKER_ASKED;
}

static enum worker_end capture_failed(int answer)
{
	if (answer > 0)
		return WORKER_BLIND;
	log_error("capture: %s", strerror(-answer));
	return WORKER_BROKEN;
}

static enum worker_end collect(struct pipeline *self, uint64_t deadline_ns)
{
	struct capture_info info;
	struct region changed;
	region_clear(&changed);
	int answer = self->capture->impl->wait(self->capture, &self->worker.waker, deadline_ns,
					       &info, &changed);
	if (answer == CAPTURE_E_TIMEOUT)
		return WORKER_ASKED;
	return answer ? capture_failed(answer) : take_news(self, &info, &changed);
}

/* ---- showing it ---- */

static void progress(struct capture_target *target, uint32_t rows)
{
	struct pipeline *self = container_of(target, struct pipeline, target);
	wire_slot_fill(self->producer, &self->slot, (uint64_t)rows * target->image.pitch);
}

/* Rows that do not fit the slot are left out; the producer tells consumers the same. */
static void aim(struct pipeline *self)
{
	const struct pixel_image *image = &self->info.image;
	uint32_t rows = (uint32_t)min_u64(image->height, self->slot.size / image->pitch);
	self->target = (struct capture_target){
		.index = self->slot.index,
		.pixels = self->slot.pixels,
		.offset = self->slot.offset,
		.image = *image,
		.progress = progress,
	};
	self->target.image.data_height = min_u32(image->data_height, rows);
}

static int publish(struct pipeline *self)
{
	const struct pixel_image *image = &self->info.image;
	struct wire_frame frame = {
		.image = *image,
		.screen_width = self->info.screen_width,
		.screen_height = self->info.screen_height,
		.damage_all = region_is_full(&self->pending, image->width, image->height),
		.damage = self->pending,
		.stamps.captured = self->pending_since,
	};
	bool posted = false;
	int answer = wire_producer_publish(self->producer, &self->slot, &frame, &posted);
	if (answer)
		return answer;
	ringer_announce(self->ringer, self->producer, WIRE_POSTED);
	count(&self->stats.frames, 1);
	count(&self->stats.pixels, region_area(&self->pending));
	self->owed = !posted;
	region_clear(&self->pending);
	return 0;
}

static enum worker_end publish_failed(int answer)
{
	if (answer > 0)
		return WORKER_SPOILT;
	log_error("the shared memory is too small for a single row of the screen");
	return WORKER_BROKEN;
}

/* One failure is a screen that has just changed its size; the reason of many is worth a line. */
static void fill_failed(struct pipeline *self, int answer)
{
	count(&self->stats.failed, 1);
	if (answer < 0 && ++self->failing == FAILED_WORTH_A_LINE)
		log_warn("capture %s cannot bring the pixels: %s; trying on",
			 self->capture->impl->name, strerror(-answer));
	everything_changed(self); /* consumers may have seen anything */
	self->not_before = clock_ns() + FAILED_PAUSE_NS;
}

/* The frame is out already: its write pointer must reach the end in any case. */
static void end_frame(struct pipeline *self, bool good)
{
	if (good)
		wire_slot_fill(self->producer, &self->slot, pixel_image_size(&self->target.image));
	else
		wire_slot_abandon(self->producer, &self->slot);
	ringer_announce(self->ringer, self->producer, WIRE_FILLED);
}

/* Nobody looks into the slot any more: the display server may write while the frame is announced.
 */
static void begin(struct pipeline *self)
{
	self->began_ns = clock_ns();
	capture_begin(self->capture, &self->target, &self->missed[self->slot.index]);
}

/* What was begun ends here, also for a frame that could not be announced. */
static int await(struct pipeline *self)
{
	return self->capture->impl->fill(self->capture, &self->target,
					 &self->missed[self->slot.index]);
}

static int fill(struct pipeline *self)
{
	int answer = await(self);
	end_frame(self, !answer);
	count(&self->stats.fill_ns, clock_ns() - self->began_ns);
	if (answer) {
		fill_failed(self, answer);
		return answer > 0 ? answer : 0;
	}
	self->failing = 0;
	region_clear(&self->missed[self->slot.index]);
	return 0;
}

/* Until there may be room: for a little while, until a knock, or until a frame is due. */
static void nap(struct pipeline *self)
{
	uint64_t now = clock_ns();
	uint64_t look = self->starved++ < LOOKS_SOON ? LOOK_SOON_NS : LOOK_LATER_NS;
	count(&self->stats.looks, 1);
	worker_starve(&self->worker, true);
	waker_wait(&self->worker.waker, -1, max_u64(self->not_before, now + look));
	worker_starve(&self->worker, false);
}

static enum worker_end show(struct pipeline *self)
{
	int answer = wire_producer_acquire(self->producer, &self->slot);
	if (answer == WIRE_E_BUSY) {
		nap(self); /* every slot is held by somebody */
		return WORKER_ASKED;
	}
	if (answer)
		return publish_failed(answer);
	aim(self);
	begin(self);
	answer = publish(self);
	if (answer) {
		await(self);
		return publish_failed(answer);
	}
	self->starved = 0;
	self->not_before = clock_ns() + self->min_period_ns;
	answer = fill(self);
	return answer ? capture_failed(answer) : WORKER_ASKED;
}

/* ---- one turn after the other ---- */

/* May a frame be published now? A frame that could not be posted at once would only grow old. */
static bool room(struct pipeline *self)
{
	return clock_ns() >= self->not_before && wire_producer_ready(self->producer);
}

/* Newcomers see the last frame again at once; frames that found the queue full go out. */
static enum worker_end repost(struct pipeline *self)
{
	self->owed |= worker_take_newcomer(&self->worker);
	if (!self->owed)
		return WORKER_ASKED;
	int answer = wire_producer_flush(self->producer);
	self->owed = answer == WIRE_E_BUSY;
	return answer == WIRE_E_LOST ? WORKER_SPOILT : WORKER_ASKED;
}

static enum worker_end turn(struct pipeline *self)
{
	enum worker_end end = repost(self);
	if (end)
		return end;
	bool waiting = !region_empty(&self->pending);
	if (waiting && !room(self)) {
		nap(self);
		return WORKER_ASKED;
	}
	uint64_t deadline = waiting      ? 0 /* only the newest state of what is due anyway */
			    : self->owed ? clock_ns() + LOOK_LATER_NS
					 : WAKER_FOREVER;
	end = collect(self, deadline);
	if (end || region_empty(&self->pending) || !room(self))
		return end;
	return show(self);
}

/* Nobody looks: nothing runs, but the end of the screen is noticed. */
static enum worker_end rest(struct pipeline *self)
{
	if (self->watching)
		self->capture->impl->watch(self->capture, false);
	self->watching = false;
	return collect(self, WAKER_FOREVER);
}

static enum worker_end rise(struct pipeline *self)
{
	int answer = self->capture->impl->watch(self->capture, true);
	if (answer)
		return capture_failed(answer);
	self->watching = true;
	/* A repeat of the frame from before the rest would be an old picture; a new one comes. */
	worker_take_newcomer(&self->worker);
	return WORKER_ASKED;
}

enum worker_end pipeline_run(struct worker *worker)
{
	struct pipeline *self = container_of(worker, struct pipeline, worker);
	enum worker_end end = WORKER_ASKED;
	thread_precise_timers();
	while (!end && !worker_stopping(worker)) {
		if (!worker_watched(worker))
			end = rest(self);
		else if (!self->watching)
			end = rise(self);
		else
			end = turn(self);
	}
	if (self->watching)
		self->capture->impl->watch(self->capture, false);
	return end;
}
