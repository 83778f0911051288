/* The test picture, drawn by oriel-guest in an emulated guest, through the real ivshmem device, to
 * a consumer built on the public library: every pixel of every picture is compared. */
#include <glib.h>
#include <stdio.h>

#include "base/clock.h"
#include "machine.h"
#include "pixel/pattern.h"
#include "test.h"

struct check {
	uint32_t width, height;
	enum pixel_format format;
	uint64_t last;       /* number of the last picture, 0 none */
	bool may_start_anew; /* the guest was restarted: numbers begin again */
	char wrong[256];
};

static const char *check_numbers(struct check *self, uint64_t number)
{
	bool fresh = number > self->last || self->may_start_anew;
	if (!fresh) {
		snprintf(self->wrong, sizeof(self->wrong),
			 "picture %" PRIu64 " came after %" PRIu64, number, self->last);
		return self->wrong;
	}
	self->may_start_anew = false;
	self->last = number;
	return NULL;
}

static const char *check_pixels(struct check *self, const struct pixel_image *image,
				const void *pixels)
{
	uint64_t number, stamp;
	struct rect at;
	if (!pattern_read(image, pixels, &number, &stamp))
		return "a picture that is not the pattern";
	uint64_t wrong = pattern_check(image, pixels, number, stamp, &at);
	if (wrong == 0)
		return check_numbers(self, number);
	snprintf(self->wrong, sizeof(self->wrong),
		 "picture %" PRIu64 ": %" PRIu64 " wrong pixels, the first at %u,%u", number, wrong,
		 at.x, at.y);
	return self->wrong;
}

static const char *check(void *data, struct oriel_frame *frame)
{
	struct check *self = data;
	const struct oriel_format *format = oriel_frame_format(frame);
	struct pixel_image image = image_of(format);
	const void *pixels = oriel_frame_rows(frame, UINT32_MAX, 2000000);
	if (!pixels)
		return "the rows of a picture did not come";
	if (image.format == self->format && image.width == self->width &&
	    image.height == self->height && image.data_height == self->height)
		return check_pixels(self, &image, pixels);
	snprintf(self->wrong, sizeof(self->wrong), "a picture of %ux%u (%u rows), format %d",
		 image.width, image.height, image.data_height, (int)image.format);
	return self->wrong;
}

static struct machine *boot(struct check *self, const char *capture)
{
	machine_stop_all();
	struct machine *machine = machine_create(self->width, self->height);
	machine_boot(machine, capture);
	return machine;
}

static void every_pixel_of_every_picture_is_right(void)
{
	struct check self = { 1280, 720, .format = PIXEL_BGRA };
	struct machine *machine = boot(&self, "pattern:1280x720@30");
	machine_watch(machine, check, &self, 120, 60);
	CHECK_EQ(machine_attached(machine), 1);
}

/* ---- stamps across the machine's border ---- */

#define DRIFT_PER 1000 /* as the library has it */
#define TIMED     1024

/* What the guest's clock is ahead, as the library sees it, picture by picture. */
struct clocks {
	int64_t offset;
	uint64_t bound, at_ns;
};

struct timing {
	struct clocks clocks[TIMED];
	unsigned count, frames;
	char wrong[256];
};

static const char *check_order(struct timing *self, const struct oriel_stamps *stamps)
{
	if (stamps->captured_ns > stamps->posted_ns || stamps->posted_ns > stamps->filled_ns)
		return "the guest's stamps are not in order";
	if (stamps->posted_ns <= stamps->seen_ns + stamps->bound_ns &&
	    stamps->filled_ns <= stamps->presented_ns + stamps->bound_ns &&
	    stamps->seen_ns <= stamps->presented_ns)
		return NULL;
	snprintf(self->wrong, sizeof(self->wrong),
		 "picture %u: posted at 0, filled at %" PRId64 ", seen at %" PRId64
		 ", presented at %" PRId64 " ns, bound %" PRIu64,
		 self->frames, (int64_t)(stamps->filled_ns - stamps->posted_ns),
		 (int64_t)(stamps->seen_ns - stamps->posted_ns),
		 (int64_t)(stamps->presented_ns - stamps->posted_ns), stamps->bound_ns);
	return self->wrong;
}

/* Each stage as the figures have it, from the guest's capture to our presentation. A picture may be
 * seen before it is filled: then it is for the guest that one waits. */
static const char *check_sum(struct timing *self, const struct oriel_stamps *stamps)
{
	uint64_t seen = MAX(stamps->filled_ns, stamps->seen_ns);
	uint64_t submitted = MAX(seen, stamps->submitted_ns);
	uint64_t sum = (stamps->posted_ns - stamps->captured_ns) +
		       (stamps->filled_ns - stamps->posted_ns) + (seen - stamps->filled_ns) +
		       (submitted - seen) + (MAX(submitted, stamps->presented_ns) - submitted);
	int64_t off = (int64_t)(sum + stamps->captured_ns - stamps->presented_ns);
	if (llabs(off) <= (int64_t)stamps->bound_ns)
		return NULL;
	snprintf(self->wrong, sizeof(self->wrong),
		 "stages of %" PRIu64 " ns miss the total by %" PRId64 ", bound %" PRIu64, sum, off,
		 stamps->bound_ns);
	return self->wrong;
}

/* The guest draws its own time into the picture: how far that is from what we are told may not
 * differ from picture to picture by more than both are unsure, and clocks drift apart. */
static const char *check_clocks(struct timing *self, const struct clocks *now)
{
	for (unsigned i = 0; i < self->count; i++) {
		const struct clocks *then = &self->clocks[i];
		int64_t off = now->offset - then->offset;
		uint64_t sure = now->bound + then->bound + (now->at_ns - then->at_ns) / DRIFT_PER;
		if ((uint64_t)(off < 0 ? -off : off) <= sure)
			continue;
		snprintf(self->wrong, sizeof(self->wrong),
			 "the clocks are %" PRId64 " ns further apart than before, at most %" PRIu64
			 " by what was said",
			 off, sure);
		return self->wrong;
	}
	if (self->count < TIMED)
		self->clocks[self->count++] = *now;
	return NULL;
}

static const char *check_stamps(void *data, struct oriel_frame *frame)
{
	struct timing *self = data;
	struct pixel_image image = image_of(oriel_frame_format(frame));
	const void *pixels = oriel_frame_rows(frame, UINT32_MAX, 2000000);
	struct oriel_stamps stamps;
	uint64_t number, stamp;
	self->frames++;
	oriel_frame_submitted(frame, clock_ns());
	oriel_frame_presented(frame, clock_ns());
	oriel_frame_stamps(frame, &stamps);
	if (!pixels || !pattern_read(&image, pixels, &number, &stamp) || !stamps.captured_ns ||
	    !oriel_frame_held(frame))
		return NULL; /* not timed */
	struct clocks now = { (int64_t)(stamp - stamps.captured_ns), stamps.bound_ns, clock_ns() };
	const char *wrong = check_order(self, &stamps);
	wrong = wrong ? wrong : check_sum(self, &stamps);
	return wrong ? wrong : check_clocks(self, &now);
}

static int by_bound(const void *a, const void *b)
{
	const struct clocks *x = a, *y = b;
	return (x->bound > y->bound) - (x->bound < y->bound);
}

static void stages_add_up_within_the_bound_that_is_stated(void)
{
	static struct timing self;
	struct check size = { 640, 360, .format = PIXEL_BGRA };
	self = (struct timing){ 0 };
	struct machine *machine = boot(&size, "pattern:640x360@30");
	machine_watch(machine, check_stamps, &self, getenv("ORIEL_LONG") ? 900 : 150, 90);
	CHECK(self.count > self.frames / 2);
	qsort(self.clocks, self.count, sizeof(self.clocks[0]), by_bound);
	printf("# %u of %u pictures timed, bound p50 %.1f us, p95 %.1f us, largest %.1f us\n",
	       self.count, self.frames, (double)self.clocks[self.count / 2].bound / 1e3,
	       (double)self.clocks[self.count * 95 / 100].bound / 1e3,
	       (double)self.clocks[self.count - 1].bound / 1e3);
	CHECK(self.clocks[0].bound > 0); /* another kernel: nobody can be quite sure */
	CHECK(self.clocks[self.count / 2].bound < 10 * NS_PER_MS);
}

static void odd_widths_and_packed_pixels_arrive(void)
{
	struct check self = { 1366, 768, .format = PIXEL_RGB_24 };
	struct machine *machine = boot(&self, "pattern:1366x768@20:rgb24");
	machine_watch(machine, check, &self, 30, 60);
}

static void reset_guest_is_found_again(void)
{
	struct check self = { 640, 360, .format = PIXEL_BGRA };
	struct machine *machine = boot(&self, "pattern:640x360@30");
	machine_watch(machine, check, &self, 30, 30);
	machine_reset(machine);
	machine_wait_detached(machine, 30);
	self.may_start_anew = true;
	machine_watch(machine, check, &self, 30, 60);
	CHECK_EQ(machine_attached(machine), 2);
}

static void killed_machine_is_found_again_on_the_same_memory(void)
{
	struct check self = { 640, 360, .format = PIXEL_BGRA };
	struct machine *machine = boot(&self, "pattern:640x360@60");
	for (unsigned round = 1; round <= 2; round++) {
		self.may_start_anew = true;
		machine_watch(machine, check, &self, 30, 60);
		CHECK_EQ(machine_attached(machine), round);
		machine_kill(machine);
		machine_wait_detached(machine, 30);
		machine_boot(machine, "pattern:640x360@60");
	}
	self.may_start_anew = true;
	machine_watch(machine, check, &self, 30, 60);
	CHECK_EQ(machine_attached(machine), 3);
}

static void change_of_format_needs_no_new_consumer(void)
{
	struct check self = { 800, 600, .format = PIXEL_BGRA };
	struct machine *machine = boot(&self, "pattern:800x600@30");
	machine_watch(machine, check, &self, 10, 30);
	machine_kill(machine);
	machine_wait_detached(machine, 30);
	self = (struct check){ 640, 480, .format = PIXEL_RGBA };
	machine_boot(machine, "pattern:640x480@30:rgba");
	machine_watch(machine, check, &self, 10, 60);
}

static const struct test_case cases[] = {
	TEST(every_pixel_of_every_picture_is_right),
	TEST(stages_add_up_within_the_bound_that_is_stated),
	TEST(odd_widths_and_packed_pixels_arrive),
	TEST(reset_guest_is_found_again),
	TEST(killed_machine_is_found_again_on_the_same_memory),
	TEST(change_of_format_needs_no_new_consumer),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	machine_stop_all();
	return status;
}
