#include "bench/series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void series_add(struct series *self, double value)
{
	if (self->count == self->room) {
		self->room = self->room ? 2 * self->room : 256;
		self->values = realloc(self->values, self->room * sizeof(*self->values));
		if (!self->values) {
			perror("oriel-bench");
			exit(1);
		}
	}
	self->values[self->count++] = value;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double series_at(struct series *self, double percent)
{
	if (self->count == 0)
		return 0;
	qsort(self->values, self->count, sizeof(*self->values), ascending);
	double rank = ceil(percent / 100 * (double)self->count);
	return self->values[rank < 1 ? 0 : (size_t)rank - 1];
}

void series_finish(struct series *self)
{
	free(self->values);
	*self = (struct series){ 0 };
}
