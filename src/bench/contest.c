#include "bench/contest.h"

double contest_ratio(double way, double floor)
{
	return floor > 0 ? way / floor : 0;
}

double contest_difference(double way, double floor)
{
	return way - floor;
}

void contest_add(struct contest *self, unsigned way, double value)
{
	series_add(&self->ways[way].round, value);
	series_add(&self->ways[way].all, value);
}

static void end_round_of(struct contest *self, struct contest_way *way)
{
	struct series *floor = &self->ways[0].round, *round = &way->round;

	if (round->count == 0 || floor->count == 0)
		return;
	series_add(&way->p50, self->compare(series_at(round, 50), series_at(floor, 50)));
	series_add(&way->p95, self->compare(series_at(round, 95), series_at(floor, 95)));
}

void contest_end_round(struct contest *self)
{
	for (unsigned i = 0; i < self->count; i++)
		end_round_of(self, &self->ways[i]);
	for (unsigned i = 0; i < self->count; i++)
		self->ways[i].round.count = 0;
}

void contest_finish(struct contest *self)
{
	for (unsigned i = 0; i < self->count; i++) {
		series_finish(&self->ways[i].round);
		series_finish(&self->ways[i].all);
		series_finish(&self->ways[i].p50);
		series_finish(&self->ways[i].p95);
	}
	self->count = 0;
}
