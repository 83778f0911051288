#include "guest/stats.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "guest/session.h"

static uint64_t load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void stats_take(struct stats *out, struct session *session)
{
	const struct pipeline_stats *frames = &session->pipeline.stats;
	struct pulse *pulse = &session->pulse;
	const struct pixel_image *image = &session->capture->image;
	*out = (struct stats){
		.at_ns = clock_ns(),
		.cpu_ns = clock_cpu_ns(),
		.frames = load(&frames->frames),
		.failed = load(&frames->failed),
		.looks = load(&frames->looks),
		.pixels = load(&frames->pixels),
		.fill_ns = load(&frames->fill_ns),
		.copied = load(&session->capture->copied),
		.moves = load(&session->pointer.moves),
		.shapes = load(&session->pointer.shapes),
		.restarts = session->restarts,
		.rings = load(&session->ringer.rung),
		.knocks = load(&pulse->knocks),
		.frame_watchers = atomic_load_explicit(&pulse->frame_watchers,
						       memory_order_relaxed),
		.pointer_watchers = atomic_load_explicit(&pulse->pointer_watchers,
							 memory_order_relaxed),
		.oriels = atomic_load_explicit(&pulse->oriels, memory_order_relaxed),
		.slots = wire_producer_slots(session->producer),
		.screen_pixels = (uint64_t)image->width * image->height,
	};
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

void stats_line(const struct stats *before, const struct stats *now, char *out, size_t length)
{
	uint64_t frames = now->frames - before->frames;
	uint64_t elapsed = now->at_ns - before->at_ns;
	snprintf(out, length,
		 "frames %.1f/s fill %.3f ms damage %.1f%% copied %" PRIu64 " B failed %" PRIu64
		 " starved %" PRIu64 " pointer %" PRIu64 " shapes %" PRIu64
		 " watchers %u+%u oriels %u rings %" PRIu64 " knocks %" PRIu64
		 " slots %u restarts %" PRIu64 " cpu %.2f%%",
		 ratio(frames * NS_PER_S, elapsed),
		 ratio(now->fill_ns - before->fill_ns, frames) / (double)NS_PER_MS,
		 100 * ratio(now->pixels - before->pixels, frames * now->screen_pixels),
		 now->copied - before->copied, now->failed - before->failed,
		 now->looks - before->looks, now->moves - before->moves,
		 now->shapes - before->shapes, now->frame_watchers, now->pointer_watchers,
		 now->oriels, now->rings - before->rings, now->knocks - before->knocks, now->slots,
		 now->restarts, 100 * ratio(now->cpu_ns - before->cpu_ns, elapsed));
}
