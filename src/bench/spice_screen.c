/* Pictures of a QXL card that is drawn on as fast as QEMU takes it, to the viewer's end of the
 * link. Nobody looks at them there: what is measured is oriel-spice. */
#include <errno.h>

#include "base/clock.h"
#include "bench/card.h"
#include "bench/spice.h"
#include "bench/usage.h"

#define WARMUP_NS NS_PER_S
#define SECONDS   4u
#define FULL_NS   (200 * NS_PER_US) /* until the server is looked at again */
#define OPEN_NS   (5 * NS_PER_S)

#define GOAL_MS (1000.0 / 150) /* from one to the next, p50 */

struct flood {
	struct spice spice;
	struct card card;
	struct series apart; /* ms */
};

static int draw_for(struct flood *self, uint64_t ns)
{
	uint64_t until = clock_ns() + ns, last = clock_ns();
	int result = 0;

	while (clock_ns() < until && (result == 0 || result == -EAGAIN)) {
		uint32_t before = self->spice.pictures;
		result = card_draw(&self->card);
		int heard = spice_listen(&self->spice, result == -EAGAIN ? FULL_NS : 0);
		if (heard < 0)
			return heard;
		if (self->spice.pictures == before)
			continue;
		uint64_t now = clock_ns();
		series_add(&self->apart, (double)(now - last) / NS_PER_MS);
		last = now;
	}
	return result == -EAGAIN ? 0 : result;
}

static int measure(struct report *report, struct flood *self, uint32_t seconds, struct err *err)
{
	int result = spice_ask(&self->spice, LINK_SPICE_DISPLAY_WATCH,
			       &(struct link_spice_watch){ 0, 1 }, NULL);
	if (result == 0)
		result = spice_wait(&self->spice, &self->spice.watches, OPEN_NS);
	if (result == 0)
		result = draw_for(self, WARMUP_NS);
	if (result < 0)
		return err_set_errno(err, result, "pictures through SPICE");
	self->apart.count = 0;
	uint32_t pictures = self->spice.pictures, drawn = self->card.drawn;
	struct usage before = usage_of(spice_worker(&self->spice));
	uint64_t began = clock_ns();
	result = draw_for(self, seconds * NS_PER_S);
	double took = (double)(clock_ns() - began) / NS_PER_S;
	if (result < 0 || !self->apart.count)
		return err_set_errno(err, result ? result : -ETIMEDOUT, "pictures through SPICE");
	double cpu = (double)usage_since(spice_worker(&self->spice), &before).cpu_ns / 1e7;

	report_part(report, "QXL, all of %ux%u", CARD_WIDTH, CARD_HEIGHT);
	report_row(report, "from one picture to the next", "ms", &self->apart);
	report_goal(report, "from one to the next, p50", "ms", series_at(&self->apart, 50),
		    GOAL_MS);
	report_value(report, "pictures", "1/s", (self->spice.pictures - pictures) / took);
	report_value(report, "drawn by the card", "1/s", (self->card.drawn - drawn) / took);
	report_value(report, "oriel-spice, of a core", "%", cpu / took);
	return 0;
}

int spice_measure_screen(struct report *report, const struct bench_options *options,
			 struct err *err)
{
	struct flood self = { .apart = { 0 } };

	int result = spice_init(&self.spice, err);
	if (result == 0)
		result = card_init(&self.card, &self.spice.box, err);
	if (result == 0)
		result = measure(report, &self, options->seconds ? options->seconds : SECONDS, err);
	spice_finish(&self.spice);
	series_finish(&self.apart);
	return result;
}
