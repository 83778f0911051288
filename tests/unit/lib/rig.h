/* tests/unit/lib/rig.h - a guest and a watcher in one process, on a sealed memfd.
 *
 * The guest: a real wire producer whose pulse runs on a thread of its own; frames are posted by the
 * test. It is a plain one unless guest_extend() was called. The watcher: the public library, and
 * what its callbacks said.
 */
#ifndef TESTS_LIB_RIG_H
#define TESTS_LIB_RIG_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/thread.h"
#include "oriel/oriel.h"
#include "pixel/format.h"
#include "pixel/pattern.h"
#include "shm/ivshmem_peer.h"
#include "shm/shm.h"
#include "shm/wake.h"
#include "test.h"
#include "wire/producer.h"

#define MIB (1024ull * 1024)

struct guest {
	struct shm *shm;
	struct wire_producer *producer;
	struct pixel_image image;
	uint64_t number; /* of the last frame; its pixels are pattern_draw(number, number) */
	struct wire_slot slot;
	pthread_t pulse;
	atomic_bool stop;
	atomic_int cursor_x, cursor_y, cursor_count;
	bool extend;               /* speak to Oriels */
	bool elsewhere;            /* on another kernel: nobody can be woken */
	struct ivshmem_peer *peer; /* in a machine of its own: rings and is rung by doorbells */
	atomic_bool mute;          /* it does not ring, whatever it says */
	atomic_uint knocks;        /* wake-ups of the pulse by somebody */
	_Atomic uint64_t rung;     /* consumers woken */
};

struct watcher {
	struct oriel *oriel;
	struct guest *guest; /* idles while we wait */
	unsigned attached, detached, frames, cursors;
	enum oriel_detach_reason reason;
	char text[256], version[32];
	bool hold;                 /* keep a reference to the last frame */
	struct oriel_frame *frame; /* the last one, with `hold` */
	uint64_t serial;
	struct oriel_format format;
	bool held;
	uint64_t wrong; /* pixels of the last frame */
	uint64_t number;
	struct oriel_cursor cursor; /* the last; data is gone */
	uint32_t cursor_word;
};

#define RIG_DEADLINE (5 * NS_PER_S)

/* ---- the guest ---- */

static void *pulse_by_doorbell(struct guest *self)
{
	while (!atomic_load(&self->stop)) {
		wire_producer_pulse(self->producer, clock_ns(), NULL);
		if (wake_wait_eventfds(ivshmem_peer_own(self->peer)->fds, 1, 50 * NS_PER_MS) > 0)
			atomic_fetch_add(&self->knocks, 1);
	}
	return NULL;
}

static void *pulse(void *data)
{
	struct guest *self = data;
	if (self->peer)
		return pulse_by_doorbell(self);
	struct wake_word knock = { .word = wire_producer_knock_word(self->producer) };
	while (!atomic_load(&self->stop)) {
		if (knock.word)
			knock.seen = atomic_load(knock.word);
		wire_producer_pulse(self->producer, clock_ns(), NULL);
		if (!knock.word)
			clock_sleep(5 * NS_PER_MS);
		else if (wake_wait(&knock, 1, 50 * NS_PER_MS) == 0)
			atomic_fetch_add(&self->knocks, 1);
	}
	return NULL;
}

/* Wakes who sleeps, also when a session ends. */
static void ring(void *data, const struct wire_ring *one)
{
	struct guest *self = data;
	if (self->mute)
		return;
	if (one->kind == WIRE_WAKE_DOORBELL) {
		static pthread_mutex_t peer = PTHREAD_MUTEX_INITIALIZER; /* the pulse rings, too */
		CHECK(self->peer != NULL);
		pthread_mutex_lock(&peer);
		ivshmem_peer_dispatch(self->peer, NULL);
		ivshmem_peer_ring(self->peer, one->peer, one->vector);
		pthread_mutex_unlock(&peer);
	} else {
		CHECK_EQ(one->kind, WIRE_WAKE_FUTEX);
		CHECK_EQ(wake_ring(one->bell), 0);
	}
	atomic_fetch_add(&self->rung, 1);
}

static inline void guest_ring(struct guest *self, enum wire_event event)
{
	struct wire_ring rings[WIRE_RINGS_MAX];
	unsigned count = wire_producer_rings(self->producer, event, rings);
	for (unsigned i = 0; i < count; i++)
		ring(self, &rings[i]);
}

static void moved(void *data, int32_t x, int32_t y)
{
	struct guest *self = data;
	atomic_store(&self->cursor_x, x);
	atomic_store(&self->cursor_y, y);
	atomic_fetch_add(&self->cursor_count, 1);
}

/* Memory only, sealed. */
static inline void guest_prepare_size(struct guest *self, uint64_t size)
{
	memset(self, 0, sizeof(*self));
	CHECK_EQ(shm_create_memfd(&self->shm, "lib-test", size, NULL), 0);
	CHECK_EQ(pixel_image_init(&self->image, PIXEL_BGRA, 320, 200), 0);
}

static inline void guest_prepare(struct guest *self)
{
	guest_prepare_size(self, 16 * MIB);
}

/* From the next start on it speaks to Oriels; `elsewhere`: from another kernel. */
static inline void guest_extend(struct guest *self, bool elsewhere)
{
	guest_prepare_size(self, 64 * MIB);
	self->extend = true;
	self->elsewhere = elsewhere;
}

/* A capture program of that name comes up in the memory (prepared if need be). */
static inline void guest_start(struct guest *self, const char *version)
{
	struct wire_guest who = { .has_vm = true, .has_os = true, .os = WIRE_OS_LINUX };
	struct wire_producer_params params = {
		.guest = &who, .frame_bytes = 1 << 20, .set_cursor = moved, .data = self
	};
	if (!self->shm)
		guest_prepare(self);
	snprintf(who.host_version, sizeof(who.host_version), "%s", version);
	snprintf(who.capture, sizeof(who.capture), "test");
	if (strncmp(version, "Oriel", 5) == 0)
		who.features = WIRE_FEATURE_SETCURSORPOS;
	params.base = self->shm->base;
	params.size = self->shm->size;
	params.no_extension = !self->extend;
	params.ring = ring;
	params.doorbell = params.has_peer = self->peer != NULL;
	if (self->peer)
		params.peer = ivshmem_peer_id(self->peer);
	if (self->extend && !self->elsewhere)
		memcpy(params.boot_id, wake_boot_id().bytes, sizeof(params.boot_id));
	CHECK_EQ(wire_producer_create(&self->producer, &params, NULL), 0);
	atomic_store(&self->stop, false);
	CHECK_EQ(thread_start(&self->pulse, "pulse", pulse, self), 0);
}

/* It goes: `clean` clears the magic, otherwise the heartbeat just stops. */
static inline void guest_stop(struct guest *self, bool clean)
{
	uint32_t magic = 0;
	if (!self->producer)
		return;
	atomic_store(&self->stop, true);
	pthread_join(self->pulse, NULL);
	memcpy(&magic, self->shm->base, sizeof(magic));
	wire_producer_destroy(self->producer);
	self->producer = NULL;
	if (!clean)
		__atomic_store_n((uint32_t *)self->shm->base, magic, __ATOMIC_SEQ_CST);
}

/* Stops it and frees the memory. */
static inline void guest_finish(struct guest *self)
{
	guest_stop(self, true);
	shm_close(self->shm);
	self->shm = NULL;
}

static inline void guest_resize(struct guest *self, uint32_t width, uint32_t height)
{
	CHECK_EQ(pixel_image_init(&self->image, PIXEL_BGRA, width, height), 0);
}

/* The next frame; `damage` NULL: everything. Only announced: guest_fill() draws. Looks until a slot
 * is free. */
static inline void guest_publish(struct guest *self, const struct rect *damage)
{
	struct wire_frame frame = { .image = self->image, .damage_all = !damage };
	uint64_t start = clock_ns();
	frame.screen_width = self->image.width;
	frame.screen_height = self->image.height;
	if (damage)
		region_add(&frame.damage, *damage);
	while (wire_producer_acquire(self->producer, &self->slot) == WIRE_E_BUSY) {
		CHECK(clock_ns() - start < RIG_DEADLINE);
		clock_sleep(NS_PER_MS);
	}
	CHECK_EQ(wire_producer_publish(self->producer, &self->slot, &frame, NULL), 0);
	self->number++;
	guest_ring(self, WIRE_POSTED);
}

/* Draws the first `rows` rows of the published frame and moves the write pointer. */
static inline void guest_fill(struct guest *self, uint32_t rows)
{
	pattern_draw(&self->image, self->slot.pixels, 0, rows, self->number, self->number);
	wire_slot_fill(self->producer, &self->slot, (uint64_t)rows * self->image.pitch);
	if (rows >= self->image.data_height)
		guest_ring(self, WIRE_FILLED);
}

/* The copy failed. */
static inline void guest_abandon(struct guest *self)
{
	wire_slot_abandon(self->producer, &self->slot);
	guest_ring(self, WIRE_FILLED);
}

static inline void guest_point(struct guest *self, int32_t x, int32_t y)
{
	struct cursor cursor = { .visible = true, .has_position = true, .x = x, .y = y };
	wire_producer_pointer(self->producer, &cursor);
	guest_ring(self, WIRE_POINTER);
}

/* Waits until what was published is posted. */
static inline void guest_flush(struct guest *self)
{
	uint64_t start = clock_ns();
	while (wire_producer_flush(self->producer) == WIRE_E_BUSY && clock_ns() - start < NS_PER_S)
		clock_sleep(NS_PER_MS / 2);
}

/* Both, and posts it as soon as the queue is empty (at most a second). */
static inline void guest_frame(struct guest *self, const struct rect *damage)
{
	guest_publish(self, damage);
	guest_fill(self, self->image.data_height);
	guest_flush(self);
}

/* Posts for newcomers for that long. */
static inline void guest_idle(struct guest *self, uint64_t ns)
{
	uint64_t end = clock_ns() + ns;
	do {
		if (self->producer) {
			wire_producer_flush(self->producer);
			wire_producer_pointer_flush(self->producer);
		}
		clock_sleep(NS_PER_MS / 2);
	} while (clock_ns() < end);
}

/* ---- the watcher ---- */

static void on_attached(void *data, const struct oriel_guest_info *info)
{
	struct watcher *self = data;
	self->attached++;
	snprintf(self->version, sizeof(self->version), "%s", info->host_version);
}

static void on_detached(void *data, enum oriel_detach_reason reason, const char *text)
{
	struct watcher *self = data;
	self->detached++;
	self->reason = reason;
	snprintf(self->text, sizeof(self->text), "%s", text);
}

static struct pixel_image shape_of(const struct oriel_format *format)
{
	return (struct pixel_image){ .format = (enum pixel_format)format->pixel,
				     .width = format->width,
				     .height = format->height,
				     .data_width = format->data_width,
				     .data_height = format->data_height,
				     .pitch = format->pitch };
}

static void look_at(struct watcher *self, struct oriel_frame *frame)
{
	struct pixel_image shape = shape_of(&self->format);
	uint64_t stamp;
	const void *pixels = oriel_frame_rows(frame, UINT32_MAX, 0);
	self->wrong = UINT64_MAX;
	if (pixels && pattern_read(&shape, pixels, &self->number, &stamp))
		self->wrong = pattern_check(&shape, pixels, self->number, stamp, NULL);
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct watcher *self = data;
	self->frames++;
	self->format = *oriel_frame_format(frame);
	self->serial = oriel_frame_serial(frame);
	self->held = oriel_frame_held(frame);
	look_at(self, frame);
	if (!self->hold)
		return;
	oriel_frame_unref(self->frame);
	self->frame = oriel_frame_ref(frame);
}

static void on_cursor(void *data, const struct oriel_cursor *cursor)
{
	struct watcher *self = data;
	self->cursors++;
	self->cursor = *cursor;
	if (cursor->has_shape)
		memcpy(&self->cursor_word, cursor->data, sizeof(self->cursor_word));
}

/* Wherever `params` say. */
static inline void watcher_open_at(struct watcher *self, struct guest *guest,
				   struct oriel_params params)
{
	static const struct oriel_listener listener = { on_attached, on_frame, on_cursor,
							on_detached };
	char why[512] = "";
	memset(self, 0, sizeof(*self));
	self->guest = guest;
	params.listener = &listener;
	params.data = self;
	if (oriel_open(&self->oriel, &params, why, sizeof(why)))
		test_fail("%s", why);
}

static inline void watcher_open(struct watcher *self, struct guest *guest, bool early)
{
	struct oriel_params params = { .use_fd = true, .fd = guest->shm->fd, .early = early };
	watcher_open_at(self, guest, params);
}

static inline void watcher_close(struct watcher *self)
{
	oriel_close(self->oriel);
	oriel_frame_unref(self->frame);
	self->oriel = NULL;
	self->frame = NULL;
}

static void turn(struct watcher *self)
{
	struct pollfd wait = { .fd = oriel_fd(self->oriel), .events = POLLIN };
	if (poll(&wait, 1, 1) == 1)
		CHECK_EQ(oriel_dispatch(self->oriel), 0);
	guest_idle(self->guest, 0);
}

/* Dispatches until the counter is at least `wanted` (at most five seconds: then the case fails). */
static inline void watcher_until(struct watcher *self, const unsigned *counter, unsigned wanted)
{
	uint64_t start = clock_ns();
	while (*counter < wanted) {
		if (clock_ns() - start > RIG_DEADLINE)
			test_fail("still %u of %u after 5 s (attached %u, detached %u, frames %u)",
				  *counter, wanted, self->attached, self->detached, self->frames);
		turn(self);
	}
}

/* Dispatches for that long. */
static inline void watcher_for(struct watcher *self, uint64_t ns)
{
	uint64_t end = clock_ns() + ns;
	while (clock_ns() < end)
		turn(self);
}

static inline struct oriel_stats watcher_stats(const struct watcher *self)
{
	struct oriel_stats stats;
	oriel_get_stats(self->oriel, &stats);
	return stats;
}

/* Dispatches until it is so. */
#define WATCH_UNTIL(self, condition)                                                               \
	do {                                                                                       \
		uint64_t end_ = clock_ns() + RIG_DEADLINE;                                         \
		while (!(condition) && clock_ns() < end_)                                          \
			turn(self);                                                                \
		CHECK(condition);                                                                  \
	} while (0)

/* Until the library has seen so many frames. Dispatches none of them. */
static inline void watcher_sees(const struct watcher *self, uint64_t count)
{
	uint64_t end = clock_ns() + RIG_DEADLINE;
	while (watcher_stats(self).frames < count && clock_ns() < end)
		guest_idle(self->guest, 0);
	CHECK_EQ(watcher_stats(self).frames, count);
}

/* Until the library has seen all that there is: the first look that is counted may have begun
 * before, the second has not. Dispatches nothing. */
static inline void watcher_settles(const struct watcher *self)
{
	uint64_t end = clock_ns() + RIG_DEADLINE, looks = watcher_stats(self).looks;
	while (watcher_stats(self).looks < looks + 2 && clock_ns() < end)
		guest_idle(self->guest, 0);
	CHECK(watcher_stats(self).looks >= looks + 2);
}

/* ---- time ---- */

/* For how long threads of this process have been ready to run, and were not. 0 where the kernel
 * does not tell. */
static inline uint64_t rig_starved(void)
{
	char path[300];
	DIR *threads = opendir("/proc/self/task");
	uint64_t all = 0;
	for (struct dirent *entry; threads && (entry = readdir(threads));) {
		uint64_t waited = 0;
		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", entry->d_name);
		FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (file && fscanf(file, "%*u %" SCNu64, &waited) == 1)
			all += waited;
		if (file)
			fclose(file);
	}
	if (threads)
		closedir(threads);
	return all;
}

/* Time without what a busy machine took of it: nothing on a quiet one. Of threads that live all
 * the while. */
struct stopwatch {
	uint64_t begin, starved;
};

static inline struct stopwatch stopwatch_start(void)
{
	return (struct stopwatch){ clock_ns(), rig_starved() };
}

static inline uint64_t stopwatch_ns(const struct stopwatch *self)
{
	uint64_t passed = clock_ns() - self->begin, starved = rig_starved();
	starved -= starved < self->starved ? starved : self->starved;
	return passed - (starved < passed ? starved : passed);
}

/* How often the library may wake up by itself in that time, where nothing happens. */
static inline uint64_t beats_since(uint64_t start)
{
	return (clock_ns() - start) / (400 * NS_PER_MS) + 1;
}

#endif
