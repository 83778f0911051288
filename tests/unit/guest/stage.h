/* tests/unit/guest/stage.h - a screen to play on and a spectator: both ends of oriel-guest in one
 * process, with the real protocol between them. */
#ifndef STAGE_H
#define STAGE_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "guest/capture.h"
#include "guest/session.h"
#include "shm/shm.h"
#include "shm/wake.h"
#include "test.h"
#include "wire/consumer.h"
#include "wire/producer.h"

#define SOON_NS (10 * NS_PER_S) /* generous: these machines are busy */

/* ---- screen: a capture whose pictures the test draws ---- */

struct screen {
	struct pixel_image image;
	uint8_t *pixels;
	struct region damage;
	pthread_mutex_t lock; /* of the four above and of fail */
	int changed;          /* eventfd */
	int fail;             /* so many fills fail */
	_Atomic bool gone;    /* wait says lost, create says not there */
	_Atomic int creates, waits, fills, watches, pointer_waits;
	_Atomic bool watched;
	_Atomic int64_t warped; /* y << 32 | x, -1 = never */
};

struct screen_capture {
	struct capture base;
	struct screen *screen;
};

static inline void screen_init(struct screen *self, uint32_t width, uint32_t height)
{
	memset(self, 0, sizeof(*self));
	pixel_image_init(&self->image, PIXEL_BGRA, width, height);
	self->pixels = calloc(1, pixel_image_size(&self->image));
	pthread_mutex_init(&self->lock, NULL);
	self->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->warped = -1;
}

static inline void screen_finish(struct screen *self)
{
	free(self->pixels);
	close(self->changed);
	pthread_mutex_destroy(&self->lock);
}

static inline void screen_touch(struct screen *self)
{
	uint64_t one = 1;
	if (write(self->changed, &one, sizeof(one)) < 0)
		abort();
}

static inline void screen_draw(struct screen *self, struct rect rect, uint32_t colour)
{
	pthread_mutex_lock(&self->lock);
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++)
			memcpy(self->pixels + (size_t)y * self->image.pitch + x * 4, &colour, 4);
	region_add(&self->damage, rect);
	pthread_mutex_unlock(&self->lock);
	screen_touch(self);
}

static inline void screen_resize(struct screen *self, uint32_t width, uint32_t height)
{
	pthread_mutex_lock(&self->lock);
	free(self->pixels);
	pixel_image_init(&self->image, PIXEL_BGRA, width, height);
	self->pixels = calloc(1, pixel_image_size(&self->image));
	region_set_full(&self->damage, width, height);
	pthread_mutex_unlock(&self->lock);
	screen_touch(self);
}

static const struct capture_impl capture_screen;

static inline struct screen *screen_of(struct capture *capture)
{
	return container_of(capture, struct screen_capture, base)->screen;
}

static int screen_create(struct capture **out, const struct capture_params *params, struct err *err)
{
	void *where = NULL;
	sscanf(params->arg, "%p", &where);
	struct screen *screen = where;
	screen->creates++;
	if (screen->gone)
		return err_set(err, -ECONNREFUSED, "no screen");
	struct screen_capture *self = calloc(1, sizeof(*self));
	self->base.impl = &capture_screen;
	self->base.can_warp = true;
	self->base.image = screen->image;
	self->screen = screen;
	*out = &self->base;
	return 0;
}

static void screen_destroy(struct capture *capture)
{
	free(container_of(capture, struct screen_capture, base));
}

static int screen_watch(struct capture *capture, bool on)
{
	struct screen *screen = screen_of(capture);
	pthread_mutex_lock(&screen->lock);
	if (on)
		region_set_full(&screen->damage, screen->image.width, screen->image.height);
	pthread_mutex_unlock(&screen->lock);
	screen->watched = on;
	screen->watches++;
	screen_touch(screen);
	return 0;
}

static int screen_wait(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		       struct capture_info *info, struct region *damage)
{
	struct screen *screen = screen_of(capture);
	screen->waits++;
	int changed = screen->watched || screen->gone ? screen->changed : -1;
	if (!(waker_wait(waker, changed, deadline_ns) & WAKER_READABLE))
		return CAPTURE_E_TIMEOUT;
	if (screen->gone)
		return CAPTURE_E_LOST;
	uint64_t taken;
	int answer = CAPTURE_E_TIMEOUT;
	pthread_mutex_lock(&screen->lock);
	if (read(screen->changed, &taken, sizeof(taken)) > 0 && !region_empty(&screen->damage)) {
		region_unite(damage, &screen->damage);
		region_clear(&screen->damage);
		*info = (struct capture_info){ .image = screen->image,
					       .screen_width = screen->image.width,
					       .screen_height = screen->image.height,
					       .when_ns = clock_ns() };
		answer = 0;
	}
	pthread_mutex_unlock(&screen->lock);
	return answer;
}

static int screen_fill(struct capture *capture, struct capture_target *target,
		       const struct region *damage)
{
	struct screen *screen = screen_of(capture);
	screen->fills++;
	pthread_mutex_lock(&screen->lock);
	bool fail = screen->fail > 0 || !pixel_image_same(&screen->image, &target->image);
	screen->fail -= screen->fail > 0;
	for (uint32_t i = 0; i < damage->count && !fail; i++) {
		const struct rect *rect = &damage->rects[i];
		for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
			size_t at = (size_t)y * screen->image.pitch + rect->x * 4;
			memcpy(target->pixels + at, screen->pixels + at, rect->width * 4);
		}
	}
	pthread_mutex_unlock(&screen->lock);
	return fail ? -EIO : 0;
}

static int screen_pointer(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
			  struct cursor *out)
{
	(void)out;
	screen_of(capture)->pointer_waits++;
	waker_wait(waker, -1, deadline_ns);
	return CAPTURE_E_TIMEOUT;
}

static int screen_warp(struct capture *capture, int32_t x, int32_t y)
{
	screen_of(capture)->warped = (int64_t)y << 32 | x;
	return 0;
}

static const struct capture_impl capture_screen = {
	.name = "screen",
	.create = screen_create,
	.destroy = screen_destroy,
	.watch = screen_watch,
	.wait = screen_wait,
	.fill = screen_fill,
	.pointer = screen_pointer,
	.warp = screen_warp,
};

/* ---- stage: memory, screen and a running session ---- */

struct stage {
	struct shm *memory;
	struct screen screen;
	char arg[32];
	uint32_t fps_limit; /* set before stage_begin(), as the next */
	bool no_extension;
	struct session session;
	pthread_t thread;
	int result;
	struct err err;
};

static void *stage_thread(void *data)
{
	struct stage *self = data;
	self->result = session_run(&self->session, &self->err);
	return NULL;
}

static inline void stage_begin(struct stage *self, const struct capture_impl *impl, const char *arg,
			       size_t bytes)
{
	struct wire_guest guest = { .host_version = "test" };
	struct session_params params = { .capture = impl, .guest = &guest };
	CHECK_EQ(shm_create_memfd(&self->memory, "stage", bytes, NULL), 0);
	params.arg = arg;
	params.memory = self->memory;
	params.fps_limit = self->fps_limit;
	params.no_extension = self->no_extension;
	CHECK_EQ(session_init(&self->session, &params), 0);
	CHECK_EQ(pthread_create(&self->thread, NULL, stage_thread, self), 0);
}

/* A screen of that size in that much memory. */
static inline struct stage *stage_limited(uint32_t width, uint32_t height, size_t bytes,
					  uint32_t fps_limit)
{
	struct stage *self = calloc(1, sizeof(*self));
	self->fps_limit = fps_limit;
	screen_init(&self->screen, width, height);
	snprintf(self->arg, sizeof(self->arg), "%p", (void *)&self->screen);
	stage_begin(self, &capture_screen, self->arg, bytes);
	return self;
}

static inline struct stage *stage_new(uint32_t width, uint32_t height, size_t bytes)
{
	return stage_limited(width, height, bytes, 0);
}

static inline void stage_end(struct stage *self)
{
	session_stop(&self->session);
	pthread_join(self->thread, NULL);
	session_finish(&self->session);
	shm_close(self->memory);
	screen_finish(&self->screen);
	int result = self->result;
	free(self);
	CHECK_EQ(result, 0);
}

/* ---- viewer ---- */

struct viewer {
	struct wire_consumer *wire;
	struct wire_frame frame;
	struct wire_hold hold;
	bool holding;
	bool extended;    /* the session is one of two Oriels */
	uint32_t session; /* id of the session when it was last live */
};

static inline void viewer_open(struct viewer *self, struct stage *stage)
{
	memset(self, 0, sizeof(*self));
	CHECK_EQ(wire_consumer_create(&self->wire, stage->memory->base, stage->memory->size, NULL),
		 0);
}

/* One that understands the extension. */
static inline void viewer_open_oriel(struct viewer *self, struct stage *stage)
{
	struct wake_boot_id boot = wake_boot_id();
	viewer_open(self, stage);
	wire_consumer_extend(self->wire, boot.bytes);
}

static inline void viewer_release(struct viewer *self)
{
	if (self->holding)
		wire_consumer_release(self->wire, &self->hold);
	self->holding = false;
}

static inline void viewer_close(struct viewer *self)
{
	viewer_release(self);
	wire_consumer_destroy(self->wire);
}

/* Keeps the session going; true while live. */
static inline bool viewer_check(struct viewer *self)
{
	const struct wire_session *session;
	if (wire_consumer_check(self->wire, clock_ns(), &session) != WIRE_LIVE) {
		self->holding = false;
		self->frame.image.format = PIXEL_INVALID;
		return false;
	}
	if (self->session != session->id)
		self->frame.image.format = PIXEL_INVALID; /* what we saw is another session's */
	self->session = session->id;
	self->extended = session->extended;
	return true;
}

static inline void viewer_live(struct viewer *self)
{
	uint64_t end = clock_ns() + SOON_NS;
	while (!viewer_check(self)) {
		CHECK(clock_ns() < end);
		clock_sleep(5 * NS_PER_MS);
	}
}

/* Until the frame in hand is filled to its end. False: it was given up, or taken away. */
static inline bool viewer_filled(struct viewer *self)
{
	struct wire_stamps stamps;
	uint64_t end = clock_ns() + SOON_NS;
	while (wire_hold_filled(self->wire, &self->hold) < self->hold.size) {
		if (self->extended && !wire_hold_stamps(self->wire, &self->hold, &stamps))
			return false;
		CHECK(clock_ns() < end);
		clock_sleep(NS_PER_MS / 4);
	}
	return !self->extended || wire_hold_valid(self->wire, &self->hold);
}

/* The next frame, filled to its end, within `limit_ns`. */
static inline bool viewer_next(struct viewer *self, uint64_t limit_ns)
{
	uint64_t end = clock_ns() + limit_ns;
	viewer_release(self);
	for (; clock_ns() < end; clock_sleep(NS_PER_MS / 4)) {
		if (!viewer_check(self) || wire_consumer_subscribe(self->wire, WIRE_QUEUE_FRAME) ||
		    wire_consumer_frame(self->wire, &self->frame, &self->hold))
			continue;
		self->holding = true;
		if (viewer_filled(self))
			return true;
		viewer_release(self);
	}
	return false;
}

/* Does the held frame show the whole of the screen's picture? */
static inline uint64_t viewer_wrong_pixels(struct viewer *self, struct stage *stage)
{
	struct screen *screen = &stage->screen;
	const uint8_t *base = (const uint8_t *)stage->memory->base + self->hold.offset;
	uint64_t wrong = 0;
	pthread_mutex_lock(&screen->lock);
	const struct pixel_image *image = &screen->image;
	if (image->width != self->frame.image.width ||
	    image->height != self->frame.image.data_height) {
		pthread_mutex_unlock(&screen->lock);
		return UINT64_MAX;
	}
	for (uint32_t y = 0; y < image->height; y++)
		for (uint32_t x = 0; x < image->width; x++)
			wrong += memcmp(base + (size_t)y * self->frame.image.pitch + x * 4,
					screen->pixels + (size_t)y * image->pitch + x * 4, 4) != 0;
	pthread_mutex_unlock(&screen->lock);
	return wrong;
}

/* Frames until one shows the screen as it is; the one seen last may do. */
static inline void viewer_catch_up(struct viewer *self, struct stage *stage)
{
	uint64_t end = clock_ns() + SOON_NS;
	uint64_t wrong = UINT64_MAX;
	while (clock_ns() < end && wrong) {
		viewer_next(self, 200 * NS_PER_MS);
		if (self->frame.image.format)
			wrong = viewer_wrong_pixels(self, stage);
	}
	CHECK_EQ(wrong, 0);
}

#endif
