/* How soon a consumer is awake after a post, beside a bare futex pair and an eventfd. One thread of
 * the producer's process does all three, by lot, so all see the same processors, as busy and as
 * deep asleep. The library is asked to deliver early, so that the post is what wakes it. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "bench/bench.h"
#include "bench/contest.h"
#include "bench/duo.h"
#include "shm/wake.h"

#define ROUNDS       7u
#define ROUND_NS     (3 * NS_PER_S / 2) /* at least */
#define SAMPLES      80u                /* of each way in a round, at least */
#define WARMUP       (3 * NS_PER_S / 2)
#define RATE_FAST    1000u
#define GOAL_FAST    10 /* us from post to awake, from that rate on */
#define GOAL_SLOW    5  /* us more than the bare pair, below */
#define THREADS      2
#define SLEEP_MAX_MS 50

enum way { BARE, EVENT, POSTED, LISTENER, WAYS };

static const char *const way_names[WAYS] = { "bare futex", "bare eventfd", "posted to awake",
					     "posted to listener" };

struct wake {
	struct duo duo;
	pthread_mutex_t lock; /* of the contest; held only by who is already awake */
	struct contest contest;
	bool counts;
	atomic_bool over;
};

static void add(struct wake *self, enum way way, uint64_t from_ns, uint64_t to_ns)
{
	pthread_mutex_lock(&self->lock);
	if (self->counts && from_ns && to_ns >= from_ns)
		contest_add(&self->contest, way, (double)(to_ns - from_ns) / NS_PER_US);
	pthread_mutex_unlock(&self->lock);
}

/* ---- who sleeps ---- */

static void *sleep_bare(void *data)
{
	struct wake *self = data;
	struct paced_page *page = self->duo.paced.page;
	const struct timespec limit = { .tv_nsec = (long)(SLEEP_MAX_MS * NS_PER_MS) };
	uint32_t known = atomic_load(&page->bell);

	while (!atomic_load(&self->over)) {
		syscall(SYS_futex, &page->bell, FUTEX_WAIT, known, &limit, NULL, 0);
		uint64_t now = clock_ns();
		if (atomic_load(&page->bell) == known)
			continue;
		known = atomic_load(&page->bell);
		add(self, BARE, atomic_load(&page->bell_ns), now);
	}
	return NULL;
}

static void *sleep_event(void *data)
{
	struct wake *self = data;
	struct pollfd fd = { self->duo.paced.event, POLLIN, 0 };

	while (!atomic_load(&self->over)) {
		int ready = poll(&fd, 1, SLEEP_MAX_MS);
		uint64_t now = clock_ns();
		if (ready == 1 && wake_eventfd_clear(fd.fd))
			add(self, EVENT, atomic_load(&self->duo.paced.page->event_ns), now);
	}
	return NULL;
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct wake *self = data;
	struct oriel_stamps stamps;
	uint64_t now = clock_ns();

	oriel_frame_stamps(frame, &stamps);
	add(self, POSTED, stamps.posted_ns, stamps.seen_ns);
	add(self, LISTENER, stamps.posted_ns, now);
}

/* ---- the rounds ---- */

static void set_counting(struct wake *self, bool counts)
{
	pthread_mutex_lock(&self->lock);
	if (self->counts)
		contest_end_round(&self->contest);
	self->counts = counts;
	pthread_mutex_unlock(&self->lock);
}

static bool run_rounds(struct wake *self, const struct bench_options *options, uint32_t rate)
{
	uint32_t rounds = options->rounds ? options->rounds : ROUNDS;
	uint64_t samples = options->samples ? options->samples : SAMPLES;
	uint64_t ns = samples * PACED_LOTS * NS_PER_S / rate;
	bool alive = duo_dispatch(&self->duo, WARMUP);

	if (!options->samples && ns < ROUND_NS)
		ns = ROUND_NS;
	for (uint32_t round = 0; round < rounds && alive; round++) {
		set_counting(self, true);
		alive = duo_dispatch(&self->duo, ns);
	}
	set_counting(self, false);
	return alive;
}

static void report_rate(struct report *report, struct wake *self, uint32_t rate)
{
	struct contest_way *ours = &self->contest.ways[POSTED];
	char name[48];

	report_part(report, "%u/s", rate);
	for (int i = 0; i < WAYS; i++)
		report_row(report, way_names[i], "us", &self->contest.ways[i].all);
	for (size_t i = 0; i < ours->p50.count; i++) {
		snprintf(name, sizeof(name), "over bare, round %zu", i + 1);
		report_value(report, name, "us", ours->p50.values[i]);
	}
	if (rate < RATE_FAST) {
		report_goal(report, "over bare, median", "us", series_at(&ours->p50, 50),
			    GOAL_SLOW);
		return;
	}
	report_value(report, "over bare, median", "us", series_at(&ours->p50, 50));
	report_goal(report, "posted to awake, p50", "us", series_at(&ours->all, 50), GOAL_FAST);
}

static int measure_rate(struct report *report, const struct bench_options *options, uint32_t rate)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	const struct paced paced = { .width = 64, .height = 64, .frames = rate, .lots = true };
	struct wake self = { .contest = { .count = WAYS, .compare = contest_difference },
			     .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t threads[THREADS];
	struct err err;

	if (duo_init(&self.duo, &paced, true, &listener, &self, &err) != 0)
		return report_failure(report, err.text);
	thread_start(&threads[0], "bare", sleep_bare, &self);
	thread_start(&threads[1], "event", sleep_event, &self);
	bool alive = run_rounds(&self, options, rate);
	atomic_store(&self.over, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	report_rate(report, &self, rate);
	contest_finish(&self.contest);
	duo_finish(&self.duo);
	return alive ? 0 : report_failure(report, "the producer ended on the way");
}

int bench_wake(struct report *report, const struct bench_options *options)
{
	static const uint32_t usual[] = { 1000, 60 };
	const uint32_t *rates = options->rate_count ? options->rates : usual;
	size_t count = options->rate_count ? options->rate_count : 2;
	int status = 0;

	report_begin(report, "wake", "from a post until who slept is awake, ways by lot");
	for (size_t i = 0; i < count && status == 0; i++)
		status = measure_rate(report, options, rates[i]);
	return status;
}
