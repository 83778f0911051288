#include "bench/paced.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "guest/session.h"
#include "pixel/copy.h"
#include "shm/wake.h"

#define BAND_ROWS 128u /* of a copied picture, between two words to those who read along */

/* This file is the capture that a session of oriel-guest runs. */
struct clockwork {
	struct capture base;
	const struct paced *paced;
	uint8_t *picture; /* to copy from, or NULL */
	/* The capture thread's: */
	uint64_t due_ns, captured_ns;
	uint32_t ticks;
	/* The pointer thread's: */
	uint64_t move_due_ns;
	uint32_t moves;
};

static struct clockwork *clockwork_from(struct capture *capture)
{
	return container_of(capture, struct clockwork, base);
}

static void destroy(struct capture *capture)
{
	struct clockwork *self = clockwork_from(capture);

	free(self->picture);
	free(self);
}

static int create(struct capture **out, const struct capture_params *params, struct err *err);

/* The next beat after `now`, in step with `due`. */
static uint64_t next_beat(uint64_t due, uint64_t now, uint32_t per_second)
{
	uint64_t period = NS_PER_S / per_second;

	return due + period > now ? due + period : now + period;
}

/* Nothing moves while nobody looks. */
static uint64_t first_beat(uint32_t per_second, bool on)
{
	return on && per_second ? clock_ns() : WAKER_FOREVER;
}

/* ---- frames ---- */

static int watch(struct capture *capture, bool on)
{
	struct clockwork *self = clockwork_from(capture);

	self->due_ns = on ? clock_ns() : WAKER_FOREVER;
	return 0;
}

/* In no order: a wake-up is coloured by the one before. */
static enum paced_lot draw(struct clockwork *self)
{
	return self->paced->lots ? (self->ticks++ * 2654435761u >> 13) % PACED_LOTS : PACED_FRAME;
}

static void ring_bare(struct paced_page *page)
{
	atomic_store(&page->bell_ns, clock_ns());
	atomic_fetch_add(&page->bell, 1);
	syscall(SYS_futex, &page->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void ring_event(struct paced_page *page, int fd)
{
	atomic_store(&page->event_ns, clock_ns());
	wake_eventfd_ring(fd);
}

static void report_change(struct clockwork *self, uint64_t now, struct capture_info *info,
			  struct region *damage)
{
	const struct pixel_image *image = &self->base.image;

	self->captured_ns = now;
	atomic_fetch_add(&self->paced->page->captured, 1);
	region_set_full(damage, image->width, image->height);
	*info = (struct capture_info){ .image = *image,
				       .screen_width = image->width,
				       .screen_height = image->height,
				       .when_ns = now };
}

static int wait(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		struct capture_info *info, struct region *damage)
{
	struct clockwork *self = clockwork_from(capture);
	const struct paced *paced = self->paced;

	for (;;) {
		bool woken = waker_wait(waker, -1, min_u64(self->due_ns, deadline_ns)) &
			     WAKER_WOKEN;
		uint64_t now = clock_ns();
		if (woken || now < self->due_ns)
			return CAPTURE_E_TIMEOUT;
		/* Without frames there is one all the same: the first. */
		self->due_ns = paced->frames ? next_beat(self->due_ns, now, paced->frames)
					     : WAKER_FOREVER;
		switch (draw(self)) {
		case PACED_BARE:
			ring_bare(paced->page);
			break;
		case PACED_EVENT:
			ring_event(paced->page, paced->event);
			break;
		default:
			report_change(self, now, info, damage);
			return 0;
		}
	}
}

static void copy_picture(struct clockwork *self, struct capture_target *target)
{
	const struct pixel_image *image = &target->image;

	for (uint32_t y = 0; y < image->data_height; y += BAND_ROWS) {
		uint32_t rows = min_u32(BAND_ROWS, image->data_height - y);
		pixel_copy_rect(image, target->pixels, image->pitch, self->picture, image->pitch,
				(struct rect){ 0, y, image->width, rows });
		target->progress(target, y + rows);
	}
	capture_count_copied(&self->base, pixel_image_size(image));
	atomic_store(&self->paced->page->copied, atomic_load(&self->base.copied));
}

static int fill(struct capture *capture, struct capture_target *target, const struct region *damage)
{
	struct clockwork *self = clockwork_from(capture);

	(void)damage;
	if (self->picture) {
		memcpy(self->picture, &self->captured_ns, sizeof(self->captured_ns));
		copy_picture(self, target);
	} else {
		memcpy(target->pixels, &self->captured_ns, sizeof(self->captured_ns));
	}
	return 0;
}

/* ---- the pointer ---- */

static int pointer_watch(struct capture *capture, bool on)
{
	struct clockwork *self = clockwork_from(capture);

	self->move_due_ns = first_beat(self->paced->moves, on);
	return 0;
}

static int pointer(struct capture *capture, struct waker *waker, uint64_t deadline_ns,
		   struct cursor *out)
{
	struct clockwork *self = clockwork_from(capture);
	bool woken = waker_wait(waker, -1, min_u64(self->move_due_ns, deadline_ns)) & WAKER_WOKEN;
	uint64_t now = clock_ns();

	if (woken || now < self->move_due_ns)
		return CAPTURE_E_TIMEOUT;
	self->move_due_ns = next_beat(self->move_due_ns, now, self->paced->moves);
	uint32_t number = ++self->moves % PACED_MOVES;
	*out = (struct cursor){ .visible = true, .has_position = true, .x = (int32_t)number };
	atomic_store(&self->paced->page->moved_ns[number], now);
	return 0;
}

/* ---- the process ---- */

static const struct capture_impl impl = {
	.name = "clockwork",
	.create = create,
	.destroy = destroy,
	.watch = watch,
	.wait = wait,
	.fill = fill,
	.pointer_watch = pointer_watch,
	.pointer = pointer,
};

static int create(struct capture **out, const struct capture_params *params, struct err *err)
{
	struct clockwork *self = calloc(1, sizeof(*self));

	if (!self)
		return err_set_errno(err, -ENOMEM, "clockwork");
	self->base.impl = &impl;
	self->paced = container_of(params->arg, struct paced, name);
	self->due_ns = self->move_due_ns = WAKER_FOREVER;
	pixel_image_init(&self->base.image, PIXEL_BGRA, self->paced->width, self->paced->height);
	self->picture = self->paced->copies ? calloc(1, pixel_image_size(&self->base.image)) : NULL;
	*out = &self->base;
	return 0;
}

int paced_run(void *data)
{
	const struct paced *paced = data;
	const struct wire_guest guest = { .host_version = "oriel-bench" };
	const struct session_params params = {
		.capture = &impl,
		.arg = paced->name,
		.memory = paced->memory,
		.guest = &guest,
		.no_extension = paced->plain,
	};
	struct session session;
	struct err err;

	thread_precise_timers();
	if (session_init(&session, &params) != 0)
		return 1;
	int failed = session_run(&session, &err);
	if (failed)
		fprintf(stderr, "oriel-bench: %s\n", err.text);
	session_finish(&session);
	return failed ? 1 : 0;
}
