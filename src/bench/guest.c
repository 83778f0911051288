/* From a pixel in a real guest, in an emulated machine, to a program on this side that its doorbell
 * wakes: stage by stage, by the stamps of both clocks. */
#include <oriel/oriel.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/doorbell.h"
#include "bench/vm.h"

#define BOOT_NS (90 * NS_PER_S)
#define WARMUP  (5 * NS_PER_S) /* until the library asks for the guest's clock rarely */
#define SECONDS 5u
#define TURN_MS 50

enum stage { POST, FILL, SEEN, HEARD, TOTAL, BOUND, STAGES };

static const char *const stage_names[STAGES] = { "captured to posted",   "posted to filled",
						 "filled to seen",       "seen to listener",
						 "captured to listener", "clocks right within" };

struct guest {
	struct vm vm;
	struct oriel *oriel;
	bool counts;
	uint64_t frames; /* seen so far */
	struct series stages[STAGES];
	uint64_t early; /* frames seen before, by the stamps, they were there */
};

static void add(struct guest *self, enum stage stage, uint64_t from_ns, uint64_t to_ns)
{
	int64_t ns = (int64_t)(to_ns - from_ns);

	series_add(&self->stages[stage], (double)ns / NS_PER_US);
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct guest *self = data;
	struct oriel_stamps at;
	uint64_t now = clock_ns();

	self->frames++;
	oriel_frame_stamps(frame, &at);
	if (!self->counts || !at.captured_ns || !at.posted_ns || !at.filled_ns)
		return;
	add(self, POST, at.captured_ns, at.posted_ns);
	add(self, FILL, at.posted_ns, at.filled_ns);
	add(self, SEEN, at.filled_ns, at.seen_ns);
	add(self, HEARD, at.seen_ns, now);
	add(self, TOTAL, at.captured_ns, now);
	add(self, BOUND, 0, at.bound_ns);
	self->early += at.seen_ns < at.filled_ns;
}

/* Until `frames` more have come, or the time is over. */
static bool dispatch(struct guest *self, uint64_t ns, uint64_t frames)
{
	struct pollfd news = { .fd = oriel_fd(self->oriel), .events = POLLIN };
	uint64_t end = clock_ns() + ns, from = self->frames;

	while (clock_ns() < end && self->frames - from < frames) {
		if (poll(&news, 1, TURN_MS) == 1 && oriel_dispatch(self->oriel) != 0)
			return false;
		if (!child_alive(self->vm.machine))
			return false;
	}
	return self->frames > from;
}

static void report_rate(struct report *report, struct guest *self, uint32_t rate,
			const struct oriel_stats *from, const struct oriel_stats *to)
{
	double frames = (double)max_u64(to->frames - from->frames, 1);

	report_part(report, "%u/s 640x480", rate);
	for (int i = 0; i < STAGES; i++)
		report_row(report, stage_names[i], "us", &self->stages[i]);
	report_value(report, "seen before filled, by stamps", "", (double)self->early);
	report_value(report, "consumer wakes a frame", "",
		     (double)(to->wakeups - from->wakeups) / frames);
	report_value(report, "bytes copied by consumer", "B",
		     (double)(to->bytes_copied - from->bytes_copied) / frames);
}

static int measure(struct report *report, struct guest *self, uint32_t rate, uint32_t seconds,
		   struct err *err)
{
	struct oriel_stats from, to;
	char arguments[64];

	snprintf(arguments, sizeof(arguments), "--capture pattern:640x480@%u", rate);
	self->frames = self->early = 0;
	self->counts = false;
	int result = vm_boot(&self->vm, arguments, err);
	if (result != 0)
		return result;
	if (!dispatch(self, BOOT_NS, 1) || !dispatch(self, WARMUP, UINT64_MAX))
		return err_set(err, -1, "no picture came out of the guest");
	self->counts = true;
	oriel_get_stats(self->oriel, &from);
	dispatch(self, seconds * NS_PER_S, UINT64_MAX);
	oriel_get_stats(self->oriel, &to);
	report_rate(report, self, rate, &from, &to);
	for (int i = 0; i < STAGES; i++)
		series_finish(&self->stages[i]);
	return 0;
}

int bench_guest(struct report *report, const struct bench_options *options)
{
	static const uint32_t usual[] = { 60, 1000 };
	static const struct oriel_listener listener = { .frame = on_frame };
	const uint32_t *rates = options->rate_count ? options->rates : usual;
	size_t count = options->rate_count ? options->rate_count : ARRAY_LEN(usual);
	struct guest self = { .counts = false };
	struct err err;

	report_begin(report, "guest", "from a pixel in an emulated machine to a program");
	if (vm_init(&self.vm, "oriel-guest-static", &err) != 0)
		return report_failure(report, err.text);
	struct oriel_params params = { .server = self.vm.socket,
				       .listener = &listener,
				       .data = &self };
	char text[200];
	int result = oriel_open(&self.oriel, &params, text, sizeof(text));
	if (result != 0)
		err_set(&err, result, "%s", text);
	for (size_t i = 0; i < count && result == 0; i++)
		result = measure(report, &self, rates[i],
				 options->seconds ? options->seconds : SECONDS, &err);
	if (result != 0)
		vm_complain(&self.vm);
	oriel_close(self.oriel);
	vm_finish(&self.vm);
	return result ? report_failure(report, err.text) : doorbell_measure(report, options);
}
