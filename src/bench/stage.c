#include "bench/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/child.h"
#include "bench/floor.h"
#include "wire/size.h"

#define SERVER_MS 10000 /* an X server that takes longer to start will not */

/* ---- X servers ---- */

/* The server writes its number and a newline to -displayfd, not always at once. */
static int read_display(int fd, char *out, size_t length)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char text[12] = "";

	for (size_t used = 0; used < sizeof(text) - 1 && !strchr(text, '\n'); used++)
		if (poll(&ready, 1, SERVER_MS) != 1 || read(fd, text + used, 1) != 1)
			return -ETIMEDOUT;
	text[strcspn(text, "\n")] = '\0';
	snprintf(out, length, ":%.10s", text);
	return 0;
}

int screen_init(struct screen *self, uint32_t width, uint32_t height, struct err *err)
{
	char size[32], number[12];
	int ends[2];

	if (pipe(ends) < 0)
		return err_set_errno(err, -errno, "pipe");
	snprintf(size, sizeof(size), "%ux%ux24", width, height);
	snprintf(number, sizeof(number), "%d", ends[1]);
	char *argv[] = { (char *)"Xvfb",
			 (char *)"-displayfd",
			 number,
			 (char *)"-screen",
			 (char *)"0",
			 size,
			 (char *)"-nolisten",
			 (char *)"tcp",
			 (char *)"-noreset",
			 NULL };
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	self->server = child_start(argv, NULL, -1);
	close(ends[1]);
	int result = read_display(ends[0], self->display, sizeof(self->display));
	close(ends[0]);
	return result == 0 ? 0 : err_set(err, result, "Xvfb did not start; is it installed?");
}

/* ---- programs ---- */

static void start_view(struct seat *self, char *program, char *memory, bool stats)
{
	char *argv[] = { program,
			 (char *)"--memory",
			 memory,
			 (char *)"--window=x11",
			 (char *)"--fullscreen",
			 stats ? (char *)"--stats" : NULL,
			 NULL };

	self->output = memfd_create("view", MFD_CLOEXEC);
	self->view = child_start(argv, self->screen.display, self->output);
}

static int start_ours(struct stage *self, const struct bench_options *options, bool stats,
		      struct err *err)
{
	char guest[PATH_MAX], view[PATH_MAX], memory[64];
	int result = shm_create_memfd(&self->memory, "oriel-bench",
				      wire_region_size(options->width, options->height, 4), err);

	if (result < 0)
		return result;
	child_find(guest, sizeof(guest), options->guest, "oriel-guest");
	child_find(view, sizeof(view), options->view, "oriel-view");
	/* A name that goes when we go, however we go. Of their own: the viewer's sandbox keeps it
	 * from looking into other processes. */
	int inherited = dup(self->memory->fd);
	if (inherited < 0)
		return err_set_errno(err, -errno, "cannot duplicate the memory's descriptor");
	snprintf(memory, sizeof(memory), "/proc/self/fd/%d", inherited);
	char *argv[] = { guest,         (char *)"--memory",
			 memory,        (char *)"--capture",
			 (char *)"x11", (char *)(stats ? "--stats" : "--quiet"),
			 NULL };
	self->output = memfd_create("capture", MFD_CLOEXEC);
	self->capture = child_start(argv, self->source.display, self->output);
	for (unsigned i = 0; i < self->seat_count; i++)
		start_view(&self->seats[i], view, memory, stats);
	close(inherited);
	return 0;
}

static int start_floor(struct stage *self, const struct bench_options *options, struct err *err)
{
	uint64_t bytes = FLOOR_HEADER + 4ull * options->width * options->height;
	int result = shm_create_memfd(&self->memory, "oriel-bench-floor", next_power_of_two(bytes),
				      err);

	if (result < 0)
		return result;
	struct floor_end source = { self->source.display, self->memory };
	struct floor_end target = { self->seats[0].screen.display, self->memory };
	self->capture = child_fork(floor_capture, &source);
	self->seats[0].view = child_fork(floor_view, &target);
	return 0;
}

static void make_seats(struct stage *self, unsigned count)
{
	*self = (struct stage){ .output = -1, .seat_count = max_u32(count, 1) };
	self->seat_count = min_u32(self->seat_count, STAGE_SEATS_MAX);
	for (unsigned i = 0; i < self->seat_count; i++)
		self->seats[i].output = -1;
}

int stage_init(struct stage *self, const struct bench_options *options, enum stage_kind kind,
	       struct err *err)
{
	make_seats(self, kind == STAGE_FLOOR ? 1 : options->viewers);
	int result = screen_init(&self->source, options->width, options->height, err);
	for (unsigned i = 0; i < self->seat_count && result == 0; i++)
		result = screen_init(&self->seats[i].screen, options->width, options->height, err);
	if (result == 0)
		result = kind == STAGE_FLOOR ? start_floor(self, options, err)
					     : start_ours(self, options, kind == STAGE_STATS, err);
	if (result != 0)
		stage_finish(self);
	return result;
}

static void end_program(pid_t pid, int output)
{
	child_stop(pid);
	if (output >= 0)
		close(output);
}

void stage_finish(struct stage *self)
{
	for (unsigned i = 0; i < self->seat_count; i++)
		end_program(self->seats[i].view, self->seats[i].output);
	end_program(self->capture, self->output);
	for (unsigned i = 0; i < self->seat_count; i++)
		child_stop(self->seats[i].screen.server);
	child_stop(self->source.server);
	shm_close(self->memory);
	*self = (struct stage){ .output = -1 };
}

bool stage_alive(const struct stage *self)
{
	bool alive = child_alive(self->capture);

	for (unsigned i = 0; i < self->seat_count; i++)
		alive = alive && child_alive(self->seats[i].view);
	return alive;
}

/* ---- what they said ---- */

/* Both programs print "... copied N B ..." once per second. */
uint64_t stage_copied(int output)
{
	static const char key[] = "copied ";
	uint64_t total = 0;
	char line[1024];

	int fd = dup(output);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file)
		return 0;
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, key);
		if (at)
			total += strtoull(at + strlen(key), NULL, 10);
	}
	fclose(file);
	return total;
}

static void repeat(int output)
{
	char text[4096];
	ssize_t got = output < 0 ? 0 : pread(output, text, sizeof(text), 0);

	if (got > 0)
		fwrite(text, 1, (size_t)got, stderr);
}

void stage_complain(const struct stage *self)
{
	repeat(self->output);
	for (unsigned i = 0; i < self->seat_count; i++)
		repeat(self->seats[i].output);
}
