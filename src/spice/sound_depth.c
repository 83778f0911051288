#include "spice/sound_depth.h"

#include "base/clock.h"
#include "base/mem.h"
#include "spice/sound_pace.h"

#define ERROR_S  0.002 /* that the pace may be off by, and threads be late */
#define SPREAD_S 0.005 /* packets may always be so late: 10 ms before 15 ms are over */
#define ADDED_S  0.014 /* what is late is waited for as long as all is no later than that */
#define STALL_S  0.2   /* the machine stood still */
#define LOOK_NS  (NS_PER_S / 2) /* how often stalls are weighed */
/* Packets. */
#define MEMORY      128
#define LONG_MEMORY 1024

static double clamp(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

static double seconds_of(const struct sound_depth *self, double frames)
{
	return frames / self->rate;
}

/* What a pull takes, and our mistakes, are there in any case. */
static double spread_max(const struct sound_depth *self, uint32_t quantum)
{
	double left = ADDED_S - ERROR_S - seconds_of(self, quantum);

	return left > SPREAD_S ? left : SPREAD_S;
}

double sound_depth_spread(const struct sound_depth *self, uint32_t quantum)
{
	double most = spread_max(self, quantum);

	return self->reserve_s > 0 ? most + self->reserve_s
				   : clamp(self->worst - self->mean, SPREAD_S, most);
}

void sound_depth_init(struct sound_depth *self, uint32_t rate)
{
	*self = (struct sound_depth){ .rate = rate };
}

void sound_depth_rest(struct sound_depth *self)
{
	self->expected_ns = 0;
}

/* A packet that comes so late must make no gap. */
static bool in_time(const struct sound_depth *self, double late,
		    const struct sound_arrival *arrival)
{
	double kept = (double)self->promised - arrival->quantum - arrival->frames / 2;

	return late <= self->mean + seconds_of(self, kept) - ERROR_S;
}

static void count_gaps(struct sound_depth *self, double late, const struct sound_arrival *arrival)
{
	uint32_t gaps = arrival->starved - self->starved;

	if (in_time(self, late, arrival))
		self->missed += gaps;
	else
		self->late += gaps;
	self->starved = arrival->starved;
}

/* What is later than all else is weighed, as soon as it comes and as it is forgotten. */
static void weigh(struct sound_depth *self, double late, const struct sound_arrival *arrival)
{
	double more = late - self->mean - spread_max(self, arrival->quantum);

	if (more > 0)
		sound_stalls_note(&self->stalls, arrival->now_ns, more * 1e3);
	if (more <= 0 && arrival->now_ns - self->weighed_ns < LOOK_NS)
		return;
	self->reserve_s = sound_stalls_reserve(&self->stalls, arrival->now_ns) / 1e3;
	self->weighed_ns = arrival->now_ns;
}

/* One that is later than is waited for counts as one that is just so late: it is over sooner, and
 * what came with it tells nothing of most. */
static void watch(struct sound_depth *self, double late, const struct sound_arrival *arrival)
{
	double most = spread_max(self, arrival->quantum);
	double beyond = clamp(late - self->mean, -most, most);

	late = self->mean + beyond;
	self->mean += beyond / MEMORY;
	self->worst -= (self->worst - self->mean) / LONG_MEMORY;
	if (late > self->worst)
		self->worst = late;
}

/* The first of all: any machine may send its packets by a timer that runs as often as they are
 * made, and the first of them is as likely to be fast as any. */
static void expect_the_usual(struct sound_depth *self, uint32_t frames)
{
	self->mean = seconds_of(self, frames / 2.0);
	self->worst = seconds_of(self, frames);
}

/* The machine's clock as its packets show it, those that came fastest. */
static void judge(struct sound_depth *self, const struct sound_arrival *arrival)
{
	int64_t after_ns = (int64_t)(arrival->now_ns - self->expected_ns);
	double late = self->expected_ns ? (double)after_ns / NS_PER_S : 0;

	count_gaps(self, late, arrival);
	if (late < 0 || late > STALL_S)
		late = 0;
	weigh(self, late, arrival);
	watch(self, late, arrival);
	self->late_s = late;
	self->expected_ns = arrival->now_ns + arrival->frames * NS_PER_S / self->rate -
			    (uint64_t)(late * (1 - 1.0 / LONG_MEMORY) * NS_PER_S);
}

static uint32_t depth(const struct sound_depth *self, const struct sound_arrival *arrival,
		      uint32_t latency_ms)
{
	uint32_t frames = min_u32(arrival->frames, arrival->limit);
	double late = sound_depth_spread(self, arrival->quantum) + ERROR_S;

	if (latency_ms != SOUND_AUTO)
		return max_u32(arrival->quantum, (uint32_t)(latency_ms * self->rate / 1000.0));
	return arrival->quantum + frames / 2 + (uint32_t)(late * self->rate);
}

/* A gap is followed by all of it, else the pace takes its time; so it does where the machine plays
 * again before what it had was used up. */
static uint32_t promise(const struct sound_depth *self, uint32_t target, bool gap,
			const struct sound_arrival *arrival)
{
	uint32_t more = (uint32_t)(arrival->frames * SOUND_PACE_MAX);

	if (gap)
		return arrival->fill ? min_u32(target, arrival->fill + arrival->frames / 2)
				     : target;
	return min_u32(target, self->promised + more);
}

uint32_t sound_depth_arrive(struct sound_depth *self, const struct sound_arrival *arrival,
			    uint32_t latency_ms)
{
	if (!self->worst)
		expect_the_usual(self, arrival->frames);
	if (!self->expected_ns)
		self->starved = arrival->starved; /* at rest it may run dry */
	bool gap = !self->expected_ns || self->starved != arrival->starved;

	judge(self, arrival);
	uint32_t target = min_u32(depth(self, arrival, latency_ms), arrival->limit);
	self->promised = promise(self, target, gap, arrival);
	return target;
}

uint32_t sound_depth_start(const struct sound_depth *self, uint32_t target, uint32_t frames)
{
	double sooner = self->mean > self->late_s ? self->mean - self->late_s : 0;

	return target + frames / 2 + (uint32_t)(sooner * self->rate);
}
