/* From SPICE's picture to the shared memory's, in a window: by when its colour changes there. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xcb/xcb.h>

#include "base/clock.h"
#include "bench/card.h"
#include "bench/child.h"
#include "bench/paced.h"
#include "bench/spice.h"
#include "bench/stage.h"
#include "wire/size.h"

#define ROUNDS    5u
#define FIRST_NS  (20 * NS_PER_S)
#define LIMIT_NS  (5 * NS_PER_S)
#define LOOK_NS   (500 * NS_PER_US) /* between two looks at the window */
#define SETTLE_NS (2 * NS_PER_S)    /* until a machine and its viewer are at rest */
#define GREY      CARD_FIRST        /* SPICE's picture */
#define BLACK     0u                /* the memory's picture */

#define GOAL_MS 100.0

struct change {
	struct box box;
	struct card card;
	struct screen screen;
	struct shm *memory;
	xcb_connection_t *eye;
	pid_t viewer, producer;
	struct paced paced;
	struct series start, first; /* ms: since the program's start, since its first picture */
};

/* ---- looking ---- */

/* The window's middle, which is the screen's. */
static bool shows(struct change *self, uint32_t colour)
{
	xcb_window_t root = xcb_setup_roots_iterator(xcb_get_setup(self->eye)).data->root;
	xcb_get_image_reply_t *reply = xcb_get_image_reply(
		self->eye,
		xcb_get_image(self->eye, XCB_IMAGE_FORMAT_Z_PIXMAP, root, CARD_WIDTH / 2,
			      CARD_HEIGHT / 2, 1, 1, ~0u),
		NULL);
	uint32_t word = ~colour;

	if (reply && xcb_get_image_data_length(reply) >= 4)
		memcpy(&word, xcb_get_image_data(reply), 4);
	free(reply);
	return (word & 0xffffff) == colour;
}

static bool await(struct change *self, uint32_t colour, uint64_t ns)
{
	for (uint64_t until = clock_ns() + ns; !shows(self, colour); clock_sleep(LOOK_NS))
		if (clock_ns() > until || !child_alive(self->viewer))
			return false;
	return true;
}

/* ---- a round ---- */

static double ms_since(uint64_t ns)
{
	return (double)(clock_ns() - ns) / NS_PER_MS;
}

/* A program in the guest starts, whose picture is black. */
static int change(struct change *self, struct err *err)
{
	atomic_store(&self->paced.page->captured, 0);
	uint64_t began = clock_ns(), until = began + LIMIT_NS, first = 0;
	self->producer = child_fork(paced_run, &self->paced);
	while (!(first && shows(self, BLACK)) && clock_ns() < until) {
		if (!first && atomic_load(&self->paced.page->captured))
			first = clock_ns();
		else
			clock_sleep(LOOK_NS / 5);
	}
	if (!first || clock_ns() >= until)
		return err_set(err, -ETIMEDOUT, "the window never showed the shared memory");
	series_add(&self->start, ms_since(began));
	series_add(&self->first, ms_since(first));
	return 0;
}

static int measure(struct change *self, uint32_t rounds, struct err *err)
{
	int result = 0;

	for (uint32_t i = 0; i < rounds && result == 0; i++) {
		if (!await(self, GREY, FIRST_NS))
			return err_set(err, -ETIMEDOUT, "the window never showed SPICE's picture");
		clock_sleep(SETTLE_NS);
		result = change(self, err);
		child_stop(self->producer);
		self->producer = 0;
	}
	return result;
}

/* ---- the whole ---- */

static int make_memory(struct change *self, struct err *err)
{
	int result = shm_create_memfd(&self->memory, "oriel-bench",
				      wire_region_size(CARD_WIDTH, CARD_HEIGHT, 4), err);

	if (result < 0)
		return result;
	self->paced = (struct paced){ .width = CARD_WIDTH,
				      .height = CARD_HEIGHT,
				      .frames = 60,
				      .event = -1,
				      .memory = self->memory };
	self->paced.page = mmap(NULL, sizeof(struct paced_page), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return self->paced.page != MAP_FAILED ? 0 : err_set_errno(err, -ENOMEM, "mmap");
}

static void start_viewer(struct change *self, const struct bench_options *options)
{
	char program[PATH_MAX], memory[64], spice[80];
	int inherited = dup(self->memory->fd);
	char *argv[] = { program, (char *)"--no-config",  (char *)"--memory",     memory,
			 spice,   (char *)"--window=x11", (char *)"--fullscreen", NULL };

	child_find(program, sizeof(program), options->view, "oriel-view");
	snprintf(memory, sizeof(memory), "/proc/self/fd/%d", inherited);
	snprintf(spice, sizeof(spice), "--spice=%s", self->box.spice);
	self->viewer = child_start(argv, self->screen.display, -1);
	close(inherited);
}

static int prepare(struct change *self, const struct bench_options *options, struct err *err)
{
	int result = screen_init(&self->screen, CARD_WIDTH, CARD_HEIGHT, err);

	if (result == 0)
		result = make_memory(self, err);
	if (result == 0)
		result = box_init(&self->box, err);
	if (result == 0)
		result = card_init(&self->card, &self->box, err);
	if (result == 0 && card_draw(&self->card) < 0)
		result = err_set(err, -EIO, "the card draws nothing");
	if (result < 0)
		return result;
	self->eye = xcb_connect(self->screen.display, NULL);
	if (xcb_connection_has_error(self->eye))
		return err_set(err, -ECONNREFUSED, "cannot connect to the X server just started");
	start_viewer(self, options);
	return 0;
}

static void finish(struct change *self)
{
	child_stop(self->producer);
	child_stop(self->viewer);
	if (self->eye)
		xcb_disconnect(self->eye);
	child_stop(self->screen.server);
	box_finish(&self->box);
	shm_close(self->memory);
	series_finish(&self->start);
	series_finish(&self->first);
}

int spice_measure_switch(struct report *report, const struct bench_options *options,
			 struct err *err)
{
	struct change self = { .box.qtest = -1 };

	int result = prepare(&self, options, err);
	if (result == 0)
		result = measure(&self, options->rounds ? options->rounds : ROUNDS, err);
	if (result == 0) {
		report_part(report, "from SPICE to shared memory, in the window");
		report_row(report, "since the program's start", "ms", &self.start);
		report_row(report, "since its first picture", "ms", &self.first);
		report_goal(report, "since its first picture, p95", "ms",
			    series_at(&self.first, 95), GOAL_MS);
	}
	finish(&self);
	return result;
}
