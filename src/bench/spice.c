/* What SPICE costs: from a motion to QEMU, from a QXL picture to the viewer, from SPICE's picture
 * to the shared memory's, and a guest's sound. */
#include "bench/spice.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/child.h"

#define CONNECT_NS (20 * NS_PER_S)

/* ---- the link ---- */

static void hear_surface(struct spice *self, const struct link_message *message)
{
	(void)message;
	self->watches = true;
}

static void hear_frame(struct spice *self, const struct link_message *message)
{
	const struct link_spice_frame *frame = message->body;

	self->pictures++;
	spice_ask(self, LINK_SPICE_DISPLAY_FREE,
		  &(struct link_spice_slot){ frame->surface, frame->slot }, NULL);
}

static void hear_hello(struct spice *self, const struct link_message *message)
{
	(void)message;
	spice_ask(self, LINK_SPICE_OPEN, &(struct link_spice_open){ .version = LINK_SPICE_VERSION },
		  self->box.spice);
}

static void hear_state(struct spice *self, const struct link_message *message)
{
	const struct link_spice_state *state = message->body;

	self->connected += state->connection == LINK_SPICE_CONNECTED;
}

static void hear_abilities(struct spice *self, const struct link_message *message)
{
	self->abilities = ((const struct link_spice_abilities *)message->body)->abilities;
}

static void hear_sound_state(struct spice *self, const struct link_message *message)
{
	const struct link_spice_sound_state *state = message->body;

	self->plays = state->flags & LINK_SPICE_PLAYS;
}

static void hear_measured(struct spice *self, const struct link_message *message)
{
	self->figures = *(const struct link_spice_sound_figures *)message->body;
	self->measured = true;
}

static void (*const hears[LINK_SPICE_TELL_COUNT])(struct spice *self,
						  const struct link_message *message) = {
	[LINK_SPICE_HELLO] = hear_hello,
	[LINK_SPICE_STATE] = hear_state,
	[LINK_SPICE_ABILITIES] = hear_abilities,
	[LINK_SPICE_DISPLAY_SURFACE] = hear_surface,
	[LINK_SPICE_DISPLAY_FRAME] = hear_frame,
	[LINK_SPICE_SOUND_STATE] = hear_sound_state,
	[LINK_SPICE_SOUND_MEASURED] = hear_measured,
};

int spice_ask(struct spice *self, enum link_spice_ask type, const void *body, const char *text)
{
	int result = link_send(self->link, type, body, text, NULL);

	while (result == 0 && link_waiting(self->link)) {
		struct pollfd ready = { .fd = link_fd(self->link), .events = POLLIN };
		poll(&ready, 1, 100);
		result = link_flush(self->link);
	}
	return result;
}

int spice_listen(struct spice *self, uint64_t ns)
{
	struct pollfd news = { .fd = link_fd(self->link), .events = POLLIN };
	struct timespec patience = { .tv_sec = (time_t)(ns / NS_PER_S),
				     .tv_nsec = (long)(ns % NS_PER_S) };
	struct link_message *message;
	struct err err;
	int result;

	ppoll(&news, 1, &patience, NULL);
	while ((result = link_receive(self->link, &message, &err)) == 0)
		if (hears[message->type])
			hears[message->type](self, message);
	return result == LINK_E_EMPTY ? 0 : result;
}

int spice_wait(struct spice *self, const bool *flag, uint64_t ns)
{
	uint64_t until = clock_ns() + ns, now;
	int result = 0;

	while (result == 0 && !(flag && *flag) && (now = clock_ns()) < until)
		result = spice_listen(self, until - now);
	return result ? result : flag && !*flag ? -ETIMEDOUT : 0;
}

/* ---- its life ---- */

pid_t spice_worker(const struct spice *self)
{
	char path[64];
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", self->program, self->program);
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%d", &found) != 1)
		found = 0;
	if (file)
		fclose(file);
	return found;
}

static int start_program(struct spice *self, struct err *err)
{
	char program[PATH_MAX], option[24];
	char *argv[] = { program, option, NULL };
	int ends[2], result = link_pair(ends);

	if (result < 0)
		return err_set_errno(err, result, "no link to oriel-spice");
	int inherited = dup(ends[1]); /* which an exec leaves open */
	close(ends[1]);
	child_find(program, sizeof(program), NULL, "oriel-spice");
	snprintf(option, sizeof(option), "--link=%d", inherited);
	self->program = child_start(argv, NULL, -1);
	close(inherited);
	result = link_create(&self->link, ends[0], &link_spice_asks, &link_spice_tells);
	return result == 0 ? 0 : err_set_errno(err, result, "no link to oriel-spice");
}

static int connect_program(struct spice *self, struct err *err)
{
	uint64_t until = clock_ns() + CONNECT_NS;
	int result = start_program(self, err);

	if (result < 0)
		return result;
	while (result == 0 && !(self->connected && self->abilities & LINK_SPICE_CAN_MOVE)) {
		if (clock_ns() > until)
			result = -ETIMEDOUT;
		else
			result = spice_listen(self, 100 * NS_PER_MS);
	}
	return result == 0 ? 0
			   : err_set_errno(err, result,
					   "oriel-spice does not connect to QEMU; is it built?");
}

int spice_init(struct spice *self, struct err *err)
{
	*self = (struct spice){ .box.qtest = -1 };
	int result = box_init(&self->box, err);

	if (result == 0)
		result = connect_program(self, err);
	if (result < 0)
		spice_finish(self);
	return result;
}

void spice_finish(struct spice *self)
{
	link_destroy(self->link);
	child_stop(self->program);
	box_finish(&self->box);
	*self = (struct spice){ .box.qtest = -1 };
}

/* ---- the command ---- */

int bench_spice(struct report *report, const struct bench_options *options)
{
	static int (*const parts[])(struct report *, const struct bench_options *, struct err *) = {
		spice_measure_input,
		spice_measure_screen,
		spice_measure_switch,
		spice_measure_sound,
	};
	struct err err;
	int status = 0;

	report_begin(report, "spice", "input, pictures and sound of a machine by way of SPICE");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (parts[i](report, options, &err) != 0)
			status = report_failure(report, err.text);
	return status;
}
