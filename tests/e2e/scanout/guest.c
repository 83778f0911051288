/* In the guest: pictures of oriel-guest, out of a memfd, on a display that reads them in place.
 *
 * What it does is said on the console, a line each that begins with "scanout:"; a line that comes
 * from there lets it go on. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "display.h"
#include "pixel/format.h"
#include "pixel/pattern.h"
#include "shm/shm.h"

#define SIZE        "1024x768"
#define DEADLINE_NS (60 * NS_PER_S)
#define PATIENCE    6 /* pictures in other buffers than the one on display */

struct stage {
	struct display display;
	struct oriel *oriel;
	struct oriel_frame *newest; /* a reference; NULL: none since it was taken */
	unsigned frames;
	uint32_t framebuffer;
	int dmabuf;     /* on display */
	uint64_t shown; /* serial of the picture that the display has */
};

static void die(const char *text)
{
	printf("scanout: failed: %s\n", text);
	exit(1);
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct stage *self = data;

	self->frames++;
	oriel_frame_unref(self->newest);
	self->newest = oriel_frame_ref(frame);
}

/* More than udmabuf allows unless somebody raised it; none of it is ever touched. */
static void ask_for_too_much(void)
{
	struct shm *memory;
	struct err err;

	if (shm_create_memfd(&memory, "huge", 128u << 20, &err) < 0)
		die(err.text);
	int fd = shm_dmabuf(memory, 0, 65u << 20, &err);
	printf("scanout: 65 MiB give %d: %s\n", fd, fd < 0 ? err.text : "");
	shm_close(memory);
}

/* A program of its own, with memory that it finds by name. */
static void start_producer(int memory)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), memory);
	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execlp("oriel-guest-static", "oriel-guest", "--memory", path, "--capture",
	       "pattern:" SIZE "@30", NULL);
	_exit(127);
}

static void start(struct stage *self)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	struct oriel_params params = { .use_fd = true, .listener = &listener, .data = self };
	struct shm *memory;
	char text[512];
	struct err err;

	if (shm_create_memfd(&memory, "scanout", 32u << 20, &err) < 0 ||
	    display_open(&self->display, &err) < 0)
		die(err.text);
	params.fd = memory->fd;
	if (oriel_open(&self->oriel, &params, text, sizeof(text)) < 0)
		die(text);
	start_producer(memory->fd);
}

/* Looks at new pictures for at most 100 ms, or until a line comes. Did one? */
static bool turn(struct stage *self)
{
	char line[64];
	struct pollfd fds[] = { { .fd = oriel_fd(self->oriel), .events = POLLIN },
				{ .fd = STDIN_FILENO, .events = POLLIN } };

	poll(fds, ARRAY_LEN(fds), 100);
	if (fds[0].revents && oriel_dispatch(self->oriel) < 0)
		die("oriel_dispatch() gave up");
	return fds[1].revents && read(STDIN_FILENO, line, sizeof(line)) > 0;
}

static struct oriel_frame *next_frame(struct stage *self, uint64_t until)
{
	while (!self->newest) {
		turn(self);
		if (clock_ns() > until)
			die("no picture came in time");
	}
	struct oriel_frame *frame = self->newest;
	self->newest = NULL;
	return frame;
}

static int dmabuf_of(const struct oriel_frame *frame, uint32_t *offset)
{
	char text[512];
	int fd = oriel_frame_dmabuf(frame, offset, text, sizeof(text));

	if (fd < 0)
		die(text);
	return fd;
}

/* What the memory itself says of the picture. */
static uint64_t number_of(struct oriel_frame *frame)
{
	const struct oriel_format *format = oriel_frame_format(frame);
	struct pixel_image image;
	uint64_t number = 0, stamp;
	const void *pixels = oriel_frame_rows(frame, UINT32_MAX, 1000000);

	if (!pixels || pixel_image_init(&image, PIXEL_BGRA, format->width, format->height) < 0 ||
	    image.pitch != format->pitch || !pattern_read(&image, pixels, &number, &stamp))
		die("the picture is none of the producer's");
	return number;
}

/* In words for a report: how long the first call and a later one take. */
static void time_calls(const struct oriel_frame *frame)
{
	uint32_t offset;
	uint64_t start = clock_ns();

	dmabuf_of(frame, &offset);
	uint64_t made = clock_ns();
	for (unsigned i = 0; i < 1000; i++)
		dmabuf_of(frame, &offset);
	uint64_t found = clock_ns();
	printf("a dma-buf was made in %g us, found again in %g ns\n",
	       (double)(made - start) / NS_PER_US, (double)(found - made) / 1000);
}

/* Another buffer than before. */
static void show(struct stage *self, struct oriel_frame *frame)
{
	uint32_t offset;
	struct err err;

	self->dmabuf = dmabuf_of(frame, &offset);
	const struct oriel_format *format = oriel_frame_format(frame);
	if (display_import(&self->display, self->dmabuf, offset, format, &self->framebuffer, &err) <
		    0 ||
	    display_show(&self->display, self->framebuffer, format, &err) < 0)
		die(err.text);
	self->shown = oriel_frame_serial(frame);
}

/* With two in our hands there could be no third. */
static void forget_newest(struct stage *self)
{
	oriel_frame_unref(self->newest);
	self->newest = NULL;
}

/* Keeps the picture on display until the host has seen it. */
static void wait_for_host(struct stage *self, struct oriel_frame *shown)
{
	unsigned before = self->frames;
	uint64_t number = number_of(shown);

	while (!turn(self))
		forget_newest(self);
	forget_newest(self);
	printf("scanout: %u went by, %s %" PRIu64 "\n", self->frames - before,
	       oriel_frame_held(shown) ? "holds" : "lost", number_of(shown));
	if (number != number_of(shown))
		die("the picture changed while it was held");
}

static uint64_t area(const struct oriel_rect *rects, size_t count)
{
	uint64_t pixels = 0;

	for (size_t i = 0; i < count; i++)
		pixels += (uint64_t)rects[i].width * rects[i].height;
	return pixels;
}

/* Brings a later picture in the buffer that is on display there. How many pixels of it differed? */
static uint64_t update(struct stage *self, struct oriel_frame *frame)
{
	struct oriel_rect rects[32];
	struct err err;
	size_t count = oriel_frame_damage(frame, self->shown, rects, ARRAY_LEN(rects));

	if (count && display_update(&self->display, self->framebuffer, rects, count, &err) < 0)
		die(err.text);
	self->shown = oriel_frame_serial(frame);
	return area(rects, count);
}

/* A later picture in the buffer that is on display, which differs from what is there in parts only.
 * A buffer that the producer has no use for any more is left for another one. */
static struct oriel_frame *show_later(struct stage *self)
{
	uint64_t until = clock_ns() + DEADLINE_NS;
	unsigned elsewhere = 0;
	uint32_t offset;

	for (;;) {
		struct oriel_frame *frame = next_frame(self, until);
		bool same = dmabuf_of(frame, &offset) == self->dmabuf;
		uint64_t pixels = same ? update(self, frame) : 0;
		if (pixels > 0 && pixels < 1024 * 768 / 2) {
			printf("scanout: shows %" PRIu64 " after %" PRIu64 " pixels\n",
			       number_of(frame), pixels);
			return frame;
		}
		elsewhere = same ? 0 : elsewhere + 1;
		if (elsewhere == PATIENCE) {
			show(self, frame);
			elsewhere = 0;
		}
		oriel_frame_unref(frame);
	}
}

int main(void)
{
	struct stage stage = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	ask_for_too_much();
	start(&stage);
	struct oriel_frame *frame = next_frame(&stage, clock_ns() + DEADLINE_NS);
	time_calls(frame);
	show(&stage, frame);
	printf("scanout: shows %" PRIu64 "\n", number_of(frame));
	for (;;) {
		wait_for_host(&stage, frame);
		oriel_frame_unref(frame);
		frame = show_later(&stage);
	}
}
