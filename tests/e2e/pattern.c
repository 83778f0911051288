/* The test picture, drawn by oriel-guest in an emulated guest, through the real ivshmem device, to
 * a consumer built on the public library: every pixel of every picture is compared. */
#include <glib.h>
#include <stdio.h>

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
