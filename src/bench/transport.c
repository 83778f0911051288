/* From the producer's capture to the program's listener: real threads of oriel-guest in one
 * process, the library in another. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/duo.h"
#include "bench/usage.h"

#define WARMUP       (3 * NS_PER_S / 2) /* a plain guest's rhythm has to be learnt */
#define SECONDS      4u
#define GOAL_PLAIN   60  /* us, at a steady 60 Hz */
#define GOAL_POINTER 100 /* us */
#define GOAL_CORE    3   /* per cent, of each side, while the pointer moves */

struct transport {
	struct duo duo;
	bool counts;
	struct series posted_seen, seen, heard, moved; /* us */
};

/* ---- who listens ---- */

static void add(struct transport *self, struct series *series, uint64_t from_ns, uint64_t to_ns)
{
	if (self->counts && from_ns && to_ns >= from_ns)
		series_add(series, (double)(to_ns - from_ns) / NS_PER_US);
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct transport *self = data;
	uint64_t now = clock_ns(), captured = duo_captured_ns(frame);
	struct oriel_stamps stamps;

	oriel_frame_stamps(frame, &stamps);
	add(self, &self->posted_seen, stamps.posted_ns, stamps.seen_ns);
	add(self, &self->seen, captured, stamps.seen_ns);
	add(self, &self->heard, captured, now);
}

static void on_cursor(void *data, const struct oriel_cursor *cursor)
{
	struct transport *self = data;
	uint64_t now = clock_ns();

	if (cursor->has_position && cursor->x >= 0 && cursor->x < PACED_MOVES)
		add(self, &self->moved, atomic_load(&self->duo.paced.page->moved_ns[cursor->x]),
		    now);
}

/* ---- what it costs ---- */

struct account {
	struct usage guest, consumer;
	struct oriel_stats stats;
	uint64_t copied, captured, at_ns;
};

static void take_account(const struct transport *self, struct account *out)
{
	out->guest = usage_of(self->duo.producer);
	out->consumer = usage_of(getpid());
	oriel_get_stats(self->duo.oriel, &out->stats);
	out->copied = atomic_load(&self->duo.paced.page->copied) + out->stats.bytes_copied;
	out->captured = atomic_load(&self->duo.paced.page->captured);
	out->at_ns = clock_ns();
}

static void report_frames(struct report *report, struct transport *self, const struct account *from,
			  const struct account *to)
{
	double frames = (double)max_u64(to->captured - from->captured, 1);
	const struct {
		const char *name, *unit;
		double total;
	} each[] = {
		{ "guest CPU a frame", "us",
		  (double)(to->guest.cpu_ns - from->guest.cpu_ns) / 1e3 },
		{ "consumer CPU a frame", "us",
		  (double)(to->consumer.cpu_ns - from->consumer.cpu_ns) / 1e3 },
		{ "guest wakes a frame", "", (double)(to->guest.wakeups - from->guest.wakeups) },
		{ "consumer wakes a frame", "",
		  (double)(to->consumer.wakeups - from->consumer.wakeups) },
		{ "bytes copied a frame", "B", (double)(to->copied - from->copied) },
	};

	if (self->posted_seen.count)
		report_row(report, "posted to seen", "us", &self->posted_seen);
	report_row(report, "captured to seen", "us", &self->seen);
	report_row(report, "captured to listener", "us", &self->heard);
	if (self->duo.paced.plain && self->duo.paced.frames == 60 && !self->duo.paced.copies)
		report_goal(report, "captured to seen, p50", "us", series_at(&self->seen, 50),
			    GOAL_PLAIN);
	for (size_t i = 0; i < ARRAY_LEN(each); i++)
		report_value(report, each[i].name, each[i].unit, each[i].total / frames);
}

/* Per cent of a core. */
static double share(const struct usage *from, const struct usage *to, uint64_t ns)
{
	return 100.0 * (double)(to->cpu_ns - from->cpu_ns) / (double)ns;
}

static void report_moves(struct report *report, struct transport *self, const struct account *from,
			 const struct account *to)
{
	uint64_t ns = to->at_ns - from->at_ns;

	report_row(report, "moved to listener", "us", &self->moved);
	if (!self->duo.paced.plain)
		report_goal(report, "moved to listener, p50", "us", series_at(&self->moved, 50),
			    GOAL_POINTER);
	report_goal(report, "frames sent", "", (double)(to->stats.frames - from->stats.frames), 0);
	report_goal(report, "guest, of a core", "%", share(&from->guest, &to->guest, ns),
		    GOAL_CORE);
	report_goal(report, "consumer, of a core", "%", share(&from->consumer, &to->consumer, ns),
		    GOAL_CORE);
}

/* ---- the cases ---- */

static void report_all(struct report *report, struct transport *self, const struct account *from,
		       const struct account *to)
{
	const struct paced *paced = &self->duo.paced;
	const char *plain = paced->plain ? "plain producer, " : "";

	if (paced->frames) {
		report_part(report, "%s%u/s %ux%u", plain, paced->frames, paced->width,
			    paced->height);
		report_frames(report, self, from, to);
	} else {
		report_part(report, "%s%u moves/s", plain, paced->moves);
		report_moves(report, self, from, to);
	}
}

static int measure(struct report *report, const struct bench_options *options,
		   const struct paced *paced)
{
	static const struct oriel_listener listener = { .frame = on_frame, .cursor = on_cursor };
	struct transport self = { .counts = false };
	struct account from, to;
	struct err err;

	if (duo_init(&self.duo, paced, false, &listener, &self, &err) != 0)
		return report_failure(report, err.text);
	bool alive = duo_dispatch(&self.duo, WARMUP);
	take_account(&self, &from);
	self.counts = true;
	alive = alive &&
		duo_dispatch(&self.duo, (options->seconds ? options->seconds : SECONDS) * NS_PER_S);
	take_account(&self, &to);
	report_all(report, &self, &from, &to);
	series_finish(&self.posted_seen);
	series_finish(&self.seen);
	series_finish(&self.heard);
	series_finish(&self.moved);
	duo_finish(&self.duo);
	return alive ? 0 : report_failure(report, "the producer ended on the way");
}

/* Frames at each rate, large ones that have to be copied, moves of the pointer. */
static int measure_all(struct report *report, const struct bench_options *options, bool plain)
{
	static const uint32_t usual[] = { 60, 240, 1000 };
	const uint32_t *rates = options->rate_count ? options->rates : usual;
	size_t count = options->rate_count ? options->rate_count : ARRAY_LEN(usual);
	struct paced small = { .width = 64, .height = 64, .plain = plain };
	struct paced large = { .width = options->width ? options->width : 1920,
			       .height = options->width ? options->height : 1080,
			       .frames = rates[0],
			       .copies = true,
			       .plain = plain };
	int status = 0;

	for (size_t i = 0; i < count && status == 0; i++) {
		small.frames = rates[i];
		status = measure(report, options, &small);
	}
	small.frames = 0;
	small.moves = 1000;
	if (status == 0)
		status = measure(report, options, &small);
	return status ? status : measure(report, options, &large);
}

int bench_transport(struct report *report, const struct bench_options *options)
{
	int status = 0;

	report_begin(report, "transport", "from capture to the program, two processes");
	if (!options->plain)
		status = measure_all(report, options, false);
	return status ? status : measure_all(report, options, true);
}
