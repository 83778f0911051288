#include "guest/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "guest/stats.h"
#include "shm/wake.h"
#include "wire/size.h"

/* Between two tries to find the screen, and between two restarts of a memory that somebody keeps
 * spoiling: doubled each time, back to the shortest after a while without trouble. */
#define PAUSE_SHORTEST_NS (100 * NS_PER_MS)
#define PAUSE_LONGEST_NS  (2 * NS_PER_S)
#define QUIET_NS          (5 * NS_PER_S)

int session_init(struct session *self, const struct session_params *params)
{
	memset(self, 0, sizeof(*self));
	self->params = *params;
	self->guest = *params->guest;
	int failed = waker_init(&self->waker);
	if (!failed)
		ringer_init(&self->ringer, params->memory);
	return failed;
}

void session_finish(struct session *self)
{
	ringer_finish(&self->ringer);
	waker_finish(&self->waker);
}

void session_stop(struct session *self)
{
	atomic_store_explicit(&self->stop, true, memory_order_release);
	waker_wake(&self->waker);
}

static bool stopping(struct session *self)
{
	return atomic_load_explicit(&self->stop, memory_order_acquire);
}

static void sleep_until(struct session *self, uint64_t deadline_ns)
{
	while (!stopping(self) && clock_ns() < deadline_ns)
		waker_wait(&self->waker, -1, deadline_ns);
}

/* ---- the screen ---- */

/* Is that a screen that may appear later? */
static bool worth_waiting(int failed)
{
	return failed == -ECONNREFUSED || failed == -ENOENT || failed == -EAGAIN;
}

/* Blocks until there is a capture (0), or session_stop() (0, capture NULL). */
static int find_screen(struct session *self, struct err *err)
{
	const struct shm *memory = self->params.memory;
	struct capture_params params = { .arg = self->params.arg,
					 .fd = memory->fd,
					 .fd_offset = (uint64_t)memory->fd_offset };
	uint64_t pause = PAUSE_SHORTEST_NS;
	struct err why = { 0 };
	while (!stopping(self)) {
		int failed = self->params.capture->create(&self->capture, &params, &why);
		if (!failed)
			return 0;
		if (!worth_waiting(failed))
			return err_set(err, failed, "%s", why.text);
		if (pause == PAUSE_SHORTEST_NS)
			log_warn("%s; waiting for it", why.text);
		sleep_until(self, clock_ns() + pause);
		pause = min_u64(pause * 2, PAUSE_LONGEST_NS);
	}
	return 0;
}

/* ---- the memory ---- */

static void set_cursor(void *data, int32_t x, int32_t y)
{
	struct session *self = data;
	pulse_note_request(&self->pulse);
	pointer_wish(&self->pointer, x, y);
}

static void ring(void *data, const struct wire_ring *ring)
{
	struct session *self = data;
	ringer_ring(&self->ringer, ring);
}

static int build_memory(struct session *self, struct err *err)
{
	const struct capture *capture = self->capture;
	self->guest.features = capture->can_warp ? WIRE_FEATURE_SETCURSORPOS : 0;
	snprintf(self->guest.capture, sizeof(self->guest.capture), "%s", capture->impl->name);
	self->frame_bytes = pixel_image_size(&capture->image);
	struct wire_producer_params params = {
		.base = self->params.memory->base,
		.size = self->params.memory->size,
		.guest = &self->guest,
		.frame_bytes = self->frame_bytes,
		.set_cursor = capture->can_warp ? set_cursor : NULL,
		.data = self,
		.no_extension = self->params.no_extension,
		.ring = ring,
		.doorbell = self->ringer.doorbell.registers != NULL,
		.has_peer = ringer_knocks(&self->ringer) >= 0,
		.peer = self->ringer.doorbell.id,
	};
	struct wake_boot_id boot = wake_boot_id();
	memcpy(params.boot_id, boot.bytes, sizeof(params.boot_id));
	return wire_producer_create(&self->producer, &params, err);
}

static void describe(const struct session *self)
{
	const struct pixel_image *image = &self->capture->image;
	char notice[256];
	uint64_t want = wire_region_size(image->width, image->height,
					 pixel_format_info(image->format)->texel_bytes);
	if (shm_small_notice(self->params.memory, want, notice, sizeof(notice)))
		log_warn("%s", notice);
	const char *detail = self->capture->detail;
	log_info("%s%s%s %ux%u %s into %s (%zu MiB, %u slots)", self->capture->impl->name,
		 detail ? "/" : "", detail ? detail : "", image->width, image->height,
		 pixel_format_info(image->format)->name, self->params.memory->name,
		 self->params.memory->size >> 20, wire_producer_slots(self->producer));
}

/* ---- the threads ---- */

static int start_workers(struct session *self, struct err *err)
{
	pipeline_init(&self->pipeline, self->capture, self->producer, &self->ringer,
		      self->params.fps_limit, self->frame_bytes);
	pointer_init(&self->pointer, self->capture, self->producer, &self->ringer);
	pulse_init(&self->pulse, self->producer, ringer_knocks(&self->ringer),
		   &self->pipeline.worker, &self->pointer.worker);
	/* The pulse last: it tells the other two. */
	int failed = worker_start(&self->pipeline.worker, "oriel-frames", pipeline_run,
				  &self->waker);
	if (!failed)
		failed = worker_start(&self->pointer.worker, "oriel-pointer", pointer_run,
				      &self->waker);
	if (!failed)
		failed = worker_start(&self->pulse.worker, "oriel-pulse", pulse_run, &self->waker);
	return failed ? err_set_errno(err, failed, "starting threads") : 0;
}

static enum worker_end worse(enum worker_end a, enum worker_end b)
{
	return a > b ? a : b;
}

/* The pulse first: it speaks to the other two. */
static enum worker_end stop_workers(struct session *self)
{
	enum worker_end end = pulse_stop(&self->pulse);
	end = worse(end, worker_stop(&self->pointer.worker));
	return worse(end, worker_stop(&self->pipeline.worker));
}

static bool workers_running(struct session *self)
{
	return worker_running(&self->pulse.worker) && worker_running(&self->pointer.worker) &&
	       worker_running(&self->pipeline.worker);
}

static void print_stats(struct session *self, struct stats *before)
{
	struct stats now;
	char line[320];
	stats_take(&now, self);
	stats_line(before, &now, line, sizeof(line));
	*before = now;
	puts(line);
	fflush(stdout);
}

/* Until one of the threads ends or session_stop(). */
static void supervise(struct session *self)
{
	struct stats before;
	stats_take(&before, self);
	while (!stopping(self) && workers_running(self)) {
		uint64_t line_ns = self->params.stats ? before.at_ns + NS_PER_S : WAKER_FOREVER;
		waker_wait(&self->waker, -1, line_ns);
		if (clock_ns() >= line_ns)
			print_stats(self, &before);
	}
}

static int work(struct session *self, enum worker_end *end, struct err *err)
{
	int failed = start_workers(self, err);
	if (!failed)
		supervise(self);
	*end = stop_workers(self);
	if (*end == WORKER_BROKEN && !failed)
		failed = err_set(err, -EIO, "capture %s stopped working",
				 self->params.capture->name);
	return failed;
}

/* ---- from one trouble to the next ---- */

static int renew_memory(struct session *self, enum worker_end why, struct err *err)
{
	if (why == WORKER_RESIZE)
		self->frame_bytes = pipeline_frame_bytes(&self->pipeline);
	self->restarts++;
	log_info(why == WORKER_RESIZE ? "the screen's size changed: new session with other slots"
				      : "the shared memory was spoilt: new session");
	return wire_producer_restart(self->producer, self->frame_bytes, err);
}

/* One capture and one producer, through spoilt sessions and resizes, until the screen is gone. */
static int serve(struct session *self, struct err *err)
{
	int failed = build_memory(self, err);
	if (failed)
		return failed;
	describe(self);
	uint64_t pause = PAUSE_SHORTEST_NS;
	for (;;) {
		uint64_t begin = clock_ns();
		enum worker_end end;
		failed = work(self, &end, err);
		if (failed || stopping(self) || end == WORKER_BLIND)
			return failed;
		if (end == WORKER_SPOILT && clock_ns() - begin < QUIET_NS) {
			sleep_until(self, begin + pause);
			pause = min_u64(pause * 2, PAUSE_LONGEST_NS);
		} else {
			pause = PAUSE_SHORTEST_NS;
		}
		failed = renew_memory(self, end, err);
		if (failed)
			return failed;
	}
}

/* Clears the magic, so consumers know that nothing comes for now. */
static void leave(struct session *self)
{
	wire_producer_destroy(self->producer);
	self->producer = NULL;
	capture_destroy(self->capture);
	self->capture = NULL;
}

int session_run(struct session *self, struct err *err)
{
	int failed = 0;
	while (!failed && !stopping(self)) {
		failed = find_screen(self, err);
		if (failed || !self->capture)
			break;
		failed = serve(self, err);
		if (!failed && !stopping(self)) {
			self->restarts++;
			log_warn("capture %s lost its screen; looking for it",
				 self->params.capture->name);
		}
		leave(self);
	}
	return failed;
}
