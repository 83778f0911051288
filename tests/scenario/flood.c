/* 4K, changed 120 times a second, and a viewer that presents 60 times: every picture that it shows
 * is whole and the newest. Each change writes three eighths of the rows, each 64th all of them. */
#include <unistd.h>

#include "pixel/pattern.h"
#include "scene.h"

#define PERIOD (NS_PER_S / 60)

static struct scene scene;

struct viewer {
	struct oriel *oriel;
	struct oriel_frame *frame; /* on screen */
	uint64_t number, stamp;    /* of its pixels */
	unsigned shown, fresh, late, presentations;
};

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct viewer *self = data;
	oriel_frame_unref(self->frame);
	self->frame = oriel_frame_ref(frame);
	self->shown++;
}

/* Every pixel, compared while the guest goes on. */
static void check_picture(struct viewer *self)
{
	struct pixel_image image = scene_image(oriel_frame_format(self->frame));
	const void *pixels = oriel_frame_rows(self->frame, UINT32_MAX, 2000000);
	uint64_t number;
	struct rect at;
	CHECK(pixels != NULL);
	CHECK(pattern_read(&image, pixels, &number, &self->stamp));
	uint64_t wrong = pattern_check(&image, pixels, number, self->stamp, &at);
	CHECK(oriel_frame_held(self->frame));
	if (wrong)
		test_fail("picture %" PRIu64 " has %" PRIu64 " wrong pixels, the first at %u,%u",
			  number, wrong, at.x, at.y);
	CHECK(number > self->number);
	self->number = number;
}

/* The newest at this moment goes on screen. Late is what shows a picture although a newer one was
 * there when the presentation before began. */
static void present(struct viewer *self, uint64_t *before)
{
	uint64_t newest = scene_newest(&scene).captured;
	unsigned shown = self->shown;
	CHECK_EQ(oriel_dispatch(self->oriel), 0);
	if (self->shown != shown)
		check_picture(self);
	self->presentations++;
	self->late += self->stamp < *before;
	self->fresh += self->stamp >= newest;
	*before = newest;
}

static void open_viewer(struct viewer *self)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	struct oriel_params params = { .path = scene.path, .listener = &listener, .data = self };
	*self = (struct viewer){ 0 };
	CHECK_EQ(oriel_open(&self->oriel, &params, NULL, 0), 0);
	uint64_t end = clock_ns() + SCENE_SOON;
	for (; self->shown == 0; clock_sleep(NS_PER_MS)) {
		CHECK(clock_ns() < end);
		CHECK_EQ(oriel_dispatch(self->oriel), 0);
	}
	check_picture(self);
	SCENE_EVENTUALLY((uint32_t)scene_newest(&scene).serial > 10); /* memory was there first */
}

static void every_picture_is_whole_and_the_newest(void)
{
	struct viewer viewer;
	uint64_t before = 0;
	scene_open(&scene, "pattern:3840x2160@120", 3840, 2160);
	open_viewer(&viewer);
	uint64_t first = scene_newest(&scene).serial, begin = clock_ns();
	uint64_t end = begin + scene_seconds(4, 30) * NS_PER_S;
	for (uint64_t due = begin; clock_ns() < end;) {
		present(&viewer, &before);
		due = due + PERIOD > clock_ns() ? due + PERIOD : clock_ns();
		clock_sleep_until(due);
	}
	double seconds = (double)(clock_ns() - begin) / NS_PER_S;
	double made = (double)(scene_newest(&scene).serial - first) / seconds;
	printf("# %.1f changes/s, %.1f presentations/s, %u of %u with the newest, %u late\n", made,
	       viewer.presentations / seconds, viewer.fresh, viewer.presentations, viewer.late);
	/* Of a crowded machine, where the library's thread has to wait for a core. */
	CHECK(made > 120.0 / 3);
	CHECK(viewer.shown > viewer.presentations / 3);
	CHECK(viewer.fresh > viewer.presentations * 3 / 4);
	CHECK(viewer.late <= viewer.presentations / 20);
	oriel_frame_unref(viewer.frame);
	oriel_close(viewer.oriel);
	scene_close(&scene);
}

static const struct test_case cases[] = {
	TEST(every_picture_is_whole_and_the_newest),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
