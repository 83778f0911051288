/* The way of a picture through two processes: each stage has a stamp, and they add up. The guest
 * writes the time of capture into the picture itself, by its own clock. On one kernel that is ours:
 * what the library makes of the guest's stamps must be the same within the bound that it states. */
#include <poll.h>

#include "pixel/pattern.h"
#include "scene.h"

static struct scene scene;

struct viewer {
	struct oriel *oriel;
	unsigned frames, timed;
	uint64_t worst_ns, bound_ns; /* distance of the two clocks; largest bound stated */
	uint64_t total_ns;           /* of the last picture */
};

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void judge(struct viewer *self, const struct oriel_stamps *stamps, uint64_t stamp)
{
	uint64_t off = distance(stamps->captured_ns, stamp);
	if (off > stamps->bound_ns)
		test_fail("captured %" PRIu64 " ns away from the guest's stamp, bound %" PRIu64,
			  off, stamps->bound_ns);
	CHECK(stamps->captured_ns <= stamps->posted_ns && stamps->posted_ns <= stamps->filled_ns);
	CHECK(stamps->posted_ns <= stamps->seen_ns + stamps->bound_ns);
	CHECK(stamps->filled_ns <= stamps->presented_ns + stamps->bound_ns);
	CHECK(stamps->seen_ns <= stamps->submitted_ns);
	CHECK(stamps->submitted_ns <= stamps->presented_ns);
	self->worst_ns = off > self->worst_ns ? off : self->worst_ns;
	self->bound_ns = stamps->bound_ns > self->bound_ns ? stamps->bound_ns : self->bound_ns;
	self->timed++;
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct viewer *self = data;
	struct pixel_image image = scene_image(oriel_frame_format(frame));
	const void *pixels = oriel_frame_rows(frame, UINT32_MAX, 2000000);
	struct oriel_stamps stamps;
	uint64_t number, stamp;
	self->frames++;
	CHECK(pixels && pattern_read(&image, pixels, &number, &stamp));
	oriel_frame_submitted(frame, clock_ns());
	oriel_frame_presented(frame, clock_ns());
	oriel_frame_stamps(frame, &stamps);
	self->total_ns = stamps.presented_ns - stamps.captured_ns;
	if (stamps.captured_ns && oriel_frame_held(frame))
		judge(self, &stamps, stamp);
}

static void look_for(struct viewer *self, unsigned frames)
{
	struct pollfd news = { .fd = oriel_fd(self->oriel), .events = POLLIN };
	uint64_t end = clock_ns() + frames * NS_PER_S / 60 + SCENE_SOON;
	for (unsigned from = self->frames; self->frames < from + frames;) {
		CHECK(clock_ns() < end);
		poll(&news, 1, 100);
		CHECK_EQ(oriel_dispatch(self->oriel), 0);
	}
}

static void open_viewer(struct viewer *self)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	struct oriel_params params = { .path = scene.path, .listener = &listener, .data = self };
	*self = (struct viewer){ 0 };
	scene_open(&scene, "pattern:1280x720@60", 1280, 720);
	CHECK_EQ(oriel_open(&self->oriel, &params, NULL, 0), 0);
}

static void stages_agree_with_the_guests_own_clock(void)
{
	struct viewer viewer;
	open_viewer(&viewer);
	look_for(&viewer, scene_seconds(180, 1800));
	printf("# %u of %u timed; bound %.1f us, off by %.1f us\n", viewer.timed, viewer.frames,
	       (double)viewer.bound_ns / 1e3, (double)viewer.worst_ns / 1e3);
	CHECK(viewer.timed > viewer.frames / 2);
	CHECK(viewer.bound_ns < NS_PER_MS);
	oriel_close(viewer.oriel);
	scene_close(&scene);
}

/* Of one picture alone: percentiles of several would mix them. */
static void figures_of_the_stages_add_up(void)
{
	struct viewer viewer;
	struct oriel_stats stats;
	open_viewer(&viewer);
	look_for(&viewer, 1);
	oriel_get_stats(viewer.oriel, &stats);
	uint64_t sum = 0;
	for (unsigned stage = 0; stage < ORIEL_STAGE_TOTAL; stage++)
		sum += stats.stage_ns[stage][0];
	CHECK_EQ(viewer.frames, 1);
	CHECK(sum > 0);
	CHECK_EQ(sum, stats.stage_ns[ORIEL_STAGE_TOTAL][0]);
	CHECK_EQ(sum, viewer.total_ns);
	oriel_close(viewer.oriel);
	scene_close(&scene);
}

static const struct test_case cases[] = {
	TEST(stages_agree_with_the_guests_own_clock),
	TEST(figures_of_the_stages_add_up),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
