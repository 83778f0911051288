#include "lib/frame.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "lib/source.h"

static_assert((int)ORIEL_PIXEL_RGB_24 == (int)PIXEL_RGB_24, "KVMFR's numbers in both");
static_assert((int)ORIEL_COLOUR_PQ == (int)PIXEL_COLOUR_PQ, "KVMFR's bits in both");
static_assert((int)ORIEL_FRAME_TRUNCATED == (int)WIRE_FRAME_TRUNCATED, "KVMFR's bits in both");
static_assert(sizeof(struct oriel_rect) == sizeof(struct rect), "copied one by one");

/* While rows are waited for: this long without sleeping, then naps. */
#define ROWS_SPIN_NS (50 * NS_PER_US)
#define ROWS_NAP_NS  (50 * NS_PER_US)

static bool is_free(const struct oriel_frame *self)
{
	return !atomic_load_explicit(&self->used, memory_order_acquire);
}

bool frame_available(const struct source *source)
{
	for (size_t i = 0; i < SOURCE_FRAMES; i++)
		if (is_free(&source->frames[i]))
			return true;
	return false;
}

struct oriel_frame *frame_claim(struct source *source, const struct wire_hold *hold)
{
	struct oriel_frame *self = source->frames;
	while (!is_free(self))
		if (++self == source->frames + SOURCE_FRAMES)
			return NULL;
	self->source = source_ref(source);
	self->hold = *hold;
	atomic_store_explicit(&self->refs, 1, memory_order_relaxed);
	atomic_store_explicit(&self->submitted_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&self->presented_ns, 0, memory_order_relaxed);
	self->dmabufs = NULL;
	self->timed = false;
	self->stamps = (struct wire_stamps){ 0 };
	atomic_store_explicit(&self->settled, 0, memory_order_relaxed);
	atomic_store_explicit(&self->used, true, memory_order_relaxed);
	atomic_store_explicit(&self->holding, true, memory_order_release);
	return self;
}

void frame_set_format(struct oriel_frame *self, const struct wire_frame *from)
{
	const struct pixel_image *image = &from->image;
	self->format = (struct oriel_format){
		.pixel = (enum oriel_pixel)image->format,
		.fourcc = pixel_format_info(image->format)->fourcc,
		.width = image->width,
		.height = image->height,
		.data_width = image->data_width,
		.data_height = image->data_height,
		.pitch = image->pitch,
		.rotation = (uint32_t)image->rotation,
		.colour = image->colour,
		.flags = from->flags,
		.screen_width = from->screen_width,
		.screen_height = from->screen_height,
	};
}

void frame_let_go(struct oriel_frame *self)
{
	if (atomic_exchange_explicit(&self->holding, false, memory_order_acq_rel))
		wire_consumer_release(self->source->consumer, &self->hold);
}

/* Only ever grows; several threads may wait for different rows of one frame. */
void frame_settle(struct oriel_frame *self, uint64_t bytes)
{
	uint64_t known = atomic_load_explicit(&self->settled, memory_order_relaxed);
	while (known < bytes &&
	       !atomic_compare_exchange_weak_explicit(&self->settled, &known, bytes,
						      memory_order_release, memory_order_relaxed))
		;
}

struct oriel_frame *oriel_frame_ref(struct oriel_frame *frame)
{
	atomic_fetch_add_explicit(&frame->refs, 1, memory_order_relaxed);
	return frame;
}

void oriel_frame_give_back(struct oriel_frame *frame)
{
	frame_let_go(frame);
	account_returned(frame->source->account);
}

void oriel_frame_unref(struct oriel_frame *frame)
{
	if (!frame || atomic_fetch_sub_explicit(&frame->refs, 1, memory_order_acq_rel) != 1)
		return;
	struct source *source = frame->source;
	frame_let_go(frame);
	dmabufs_unref(frame->dmabufs);
	/* Partner: the acquire in is_free(). */
	atomic_store_explicit(&frame->used, false, memory_order_release);
	account_returned(source->account);
	source_unref(source);
}

const struct oriel_format *oriel_frame_format(const struct oriel_frame *frame)
{
	return &frame->format;
}

uint64_t oriel_frame_serial(const struct oriel_frame *frame)
{
	return frame->serial;
}

uint64_t oriel_frame_seen_ns(const struct oriel_frame *frame)
{
	return frame->seen_ns;
}

static struct rect bounds_of(const struct rect *rects, uint32_t count)
{
	struct region tail = { 0 };
	for (uint32_t i = 0; i < count; i++)
		tail.rects[tail.count++] = rects[i];
	return region_bounds(&tail);
}

size_t oriel_frame_damage(const struct oriel_frame *frame, uint64_t since, struct oriel_rect *out,
			  size_t max)
{
	struct region damage;
	history_since(&frame->history, since, &damage);
	if (max == 0)
		return damage.count;
	if (damage.count > max) {
		uint32_t last = (uint32_t)max - 1;
		damage.rects[last] = bounds_of(damage.rects + last, damage.count - last);
		damage.count = (uint32_t)max;
	}
	for (uint32_t i = 0; i < damage.count; i++) {
		const struct rect *r = &damage.rects[i];
		out[i] = (struct oriel_rect){ r->x, r->y, r->width, r->height };
	}
	return damage.count;
}

bool oriel_frame_held(const struct oriel_frame *frame)
{
	return atomic_load_explicit(&frame->holding, memory_order_acquire) &&
	       wire_hold_valid(frame->source->consumer, &frame->hold);
}

bool oriel_frame_lasting(const struct oriel_frame *frame)
{
	return frame->ext_serial != 0;
}

static uint64_t bytes_for(const struct oriel_frame *self, uint32_t rows)
{
	return (uint64_t)min_u32(rows, self->format.data_height) * self->format.pitch;
}

/* 0, ETIMEDOUT or ESTALE. */
static int wait_for(struct oriel_frame *self, uint64_t bytes, uint64_t timeout_ns)
{
	uint64_t start = clock_ns(), now = start;
	while (wire_hold_filled(self->source->consumer, &self->hold) < bytes) {
		if (!oriel_frame_held(self))
			return ESTALE;
		if (now - start >= timeout_ns)
			return ETIMEDOUT;
		if (now - start < ROWS_SPIN_NS)
			cpu_relax();
		else
			clock_sleep(min_u64(ROWS_NAP_NS, timeout_ns - (now - start)));
		now = clock_ns();
	}
	if (!oriel_frame_held(self)) /* what we counted may be the next picture's */
		return ESTALE;
	if (!self->fenced)
		clock_sleep(FRAME_SETTLE_NS);
	return 0;
}

const void *oriel_frame_rows(struct oriel_frame *frame, uint32_t rows, uint32_t timeout_us)
{
	uint64_t bytes = bytes_for(frame, rows);
	if (atomic_load_explicit(&frame->settled, memory_order_acquire) < bytes) {
		int failed = wait_for(frame, bytes, timeout_us * NS_PER_US);
		if (failed) {
			errno = failed;
			return NULL;
		}
		frame_settle(frame, bytes);
	}
	return (const uint8_t *)frame->source->shm->base + frame->hold.offset;
}

int oriel_frame_shm(const struct oriel_frame *frame, off_t *offset, size_t *size)
{
	const struct shm *shm = frame->source->shm;
	if (shm->fd < 0)
		return -ENOTSUP;
	if (source_is_gone(frame->source))
		return -ESTALE;
	*offset = shm->fd_offset + (off_t)frame->hold.offset;
	*size = (size_t)shm->fd_offset + shm->size;
	return shm->fd;
}

static int get_dmabuf(const struct oriel_frame *self, struct err *err)
{
	const struct source *source = self->source;
	if (source_is_gone(source))
		return err_set(err, -ESTALE, "%s was truncated", source->shm->name);
	if (!self->dmabufs)
		return err_set_errno(err, -ENOMEM, "cannot keep dma-bufs");
	return dmabufs_get(self->dmabufs, source->shm, self->hold.offset,
			   max_u64(self->hold.size, 1), err);
}

int oriel_frame_dmabuf(const struct oriel_frame *frame, uint32_t *offset, char *error,
		       size_t error_size)
{
	struct err err;
	int fd = get_dmabuf(frame, &err);
	if (fd >= 0)
		*offset = (uint32_t)(frame->hold.offset % MEM_PAGE);
	else if (error && error_size)
		snprintf(error, error_size, "%s", err.text);
	return fd;
}

/* The guest says what it likes, the difference is computed without overflow; 0 stays unknown. */
static uint64_t our_time(const struct oriel_frame *self, uint64_t theirs)
{
	return theirs && self->timed ? theirs - (uint64_t)self->clock.offset_ns : 0;
}

uint64_t frame_made_ns(const struct oriel_frame *self)
{
	const struct wire_stamps *stamps = &self->stamps;
	return our_time(self, stamps->filled ? stamps->filled : stamps->posted);
}

static uint64_t moment(const _Atomic uint64_t *stamp)
{
	return atomic_load_explicit(stamp, memory_order_relaxed);
}

void oriel_frame_stamps(const struct oriel_frame *frame, struct oriel_stamps *out)
{
	struct wire_stamps stamps = frame->stamps, later;
	if (frame->timed && !stamps.filled &&
	    wire_hold_stamps(frame->source->consumer, &frame->hold, &later))
		stamps = later;
	*out = (struct oriel_stamps){
		.captured_ns = our_time(frame, stamps.captured),
		.posted_ns = our_time(frame, stamps.posted),
		.filled_ns = our_time(frame, stamps.filled),
		.bound_ns = frame->timed ? frame->clock.bound_ns : 0,
		.seen_ns = frame->seen_ns,
		.submitted_ns = moment(&frame->submitted_ns),
		.presented_ns = moment(&frame->presented_ns),
	};
}

/* Only the first time counts. */
static bool stamp(_Atomic uint64_t *self, uint64_t when_ns)
{
	uint64_t never = 0;
	return atomic_compare_exchange_strong_explicit(self, &never, when_ns, memory_order_relaxed,
						       memory_order_relaxed);
}

void oriel_frame_submitted(struct oriel_frame *frame, uint64_t when_ns)
{
	stamp(&frame->submitted_ns, when_ns);
}

/* The receiver's thread hands it on when it wakes next. */
static void tell_guest(const struct oriel_frame *self, uint64_t when_ns)
{
	struct source *source = self->source;
	if (!self->ext_serial)
		return;
	atomic_store_explicit(&source->presented_ns, when_ns, memory_order_relaxed);
	atomic_store_explicit(&source->presented_serial, self->ext_serial, memory_order_release);
}

void oriel_frame_presented(struct oriel_frame *frame, uint64_t when_ns)
{
	struct account *account = frame->source->account;
	struct oriel_stamps stamps;
	if (when_ns < frame->seen_ns || !stamp(&frame->presented_ns, when_ns))
		return;
	account_latency(account, when_ns - frame->seen_ns);
	oriel_frame_stamps(frame, &stamps);
	if (stamps.captured_ns)
		account_stages(account, &stamps);
	tell_guest(frame, when_ns);
}
