/* A viewer that skips pictures repaints only what changed since the one that it painted last, and
 * has the guest's picture all the same, byte for byte. */
#include <poll.h>

#include "pixel/pattern.h"
#include "scene.h"

#define WIDTH  1280
#define HEIGHT 720

static struct scene scene;

struct painter {
	struct oriel *oriel;
	struct oriel_frame *frame; /* delivered, not painted yet */
	uint64_t painted;          /* serial of the picture on the canvas, 0 none */
	uint64_t number;
	uint64_t pixels, frames, full; /* painted so far; how often everything */
	uint8_t canvas[(size_t)WIDTH * HEIGHT * 4];
};

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct painter *self = data;
	oriel_frame_unref(self->frame);
	self->frame = oriel_frame_ref(frame);
}

static void paint_rect(struct painter *self, const uint8_t *from, uint32_t pitch,
		       const struct oriel_rect *rect)
{
	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		memcpy(self->canvas + ((size_t)y * WIDTH + rect->x) * 4,
		       from + (size_t)y * pitch + (size_t)rect->x * 4, (size_t)rect->width * 4);
	self->pixels += (uint64_t)rect->width * rect->height;
}

/* The whole canvas is that picture. */
static void check_canvas(struct painter *self, uint64_t number, uint64_t stamp)
{
	struct pixel_image canvas;
	struct rect at;
	CHECK_EQ(pixel_image_init(&canvas, PIXEL_BGRA, WIDTH, HEIGHT), 0);
	canvas.pitch = WIDTH * 4;
	uint64_t wrong = pattern_check(&canvas, self->canvas, number, stamp, &at);
	if (wrong)
		test_fail("picture %" PRIu64 " upon %" PRIu64 ": %" PRIu64
			  " pixels differ, the first at %u,%u",
			  number, self->number, wrong, at.x, at.y);
}

/* False where the picture was taken away meanwhile: then the next one is painted in full. */
static bool paint(struct painter *self)
{
	struct oriel_rect rects[64];
	struct pixel_image image = scene_image(oriel_frame_format(self->frame));
	size_t count = oriel_frame_damage(self->frame, self->painted, rects, ARRAY_LEN(rects));
	const uint8_t *pixels = oriel_frame_rows(self->frame, UINT32_MAX, 2000000);
	uint64_t number, stamp, before = self->pixels;
	CHECK(pixels && pattern_read(&image, pixels, &number, &stamp));
	for (size_t i = 0; i < count; i++)
		paint_rect(self, pixels, image.pitch, &rects[i]);
	if (!oriel_frame_held(self->frame))
		return false;
	check_canvas(self, number, stamp);
	CHECK(number > self->number);
	self->number = number;
	self->frames++;
	self->full += self->pixels - before >= (uint64_t)WIDTH * HEIGHT;
	return true;
}

/* Lets so many changes pass, then takes the newest picture. */
static void skip_and_paint(struct painter *self, unsigned every)
{
	uint64_t from = scene_newest(&scene).serial;
	SCENE_EVENTUALLY(scene_newest(&scene).serial >= from + every);
	for (uint64_t end = clock_ns() + SCENE_SOON; !self->frame;) {
		CHECK(clock_ns() < end);
		struct pollfd news = { .fd = oriel_fd(self->oriel), .events = POLLIN };
		poll(&news, 1, 100);
		CHECK_EQ(oriel_dispatch(self->oriel), 0);
	}
	self->painted = paint(self) ? oriel_frame_serial(self->frame) : 0;
	oriel_frame_unref(self->frame);
	self->frame = NULL;
}

static void takes_each(unsigned every, unsigned count, struct painter *self)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	struct oriel_params params = { .path = scene.path, .listener = &listener, .data = self };
	memset(self, 0, sizeof(*self));
	CHECK_EQ(oriel_open(&self->oriel, &params, NULL, 0), 0);
	while (self->frames < count)
		skip_and_paint(self, every);
	oriel_close(self->oriel);
	printf("# each %uth: %" PRIu64 " painted, %" PRIu64
	       " of them in full, %.0f %% of all pixels\n",
	       every, self->frames, self->full,
	       100.0 * (double)self->pixels / ((double)self->frames * WIDTH * HEIGHT));
}

static struct painter painter;

static void skipped_pictures_cost_only_their_damage(void)
{
	unsigned often = scene_seconds(1, 6);
	scene_open(&scene, "pattern:1280x720@250", WIDTH, HEIGHT);
	takes_each(1, 100 * often, &painter);
	CHECK(painter.full < painter.frames / 4);
	takes_each(3, 60 * often, &painter);
	/* The picture changes as a whole each 64th time; else two bars wander. */
	CHECK(painter.full < painter.frames / 4);
	CHECK(painter.pixels < painter.frames * WIDTH * HEIGHT / 2);
	takes_each(10, 40 * often, &painter);
	CHECK(painter.full < painter.frames / 2);
	/* More than the history tells of: everything is painted. */
	takes_each(40, 10 * often, &painter);
	scene_close(&scene);
}

static const struct test_case cases[] = {
	TEST(skipped_pictures_cost_only_their_damage),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
