#include "e2e/reporter.h"

#include <poll.h>

enum { IMAGE_S = 240 };

static bool finished;

/* TAP is TAP; the rest is a remark. */
static void hear(const char *line)
{
	bool is_end = strncmp(line, "1..", 3) == 0;
	bool is_tap = is_end || strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0 ||
		      line[0] == '#';

	if (*line)
		printf("%s%s\n", is_tap ? "" : "# guest: ", line);
	fflush(stdout);
	finished |= is_end;
}

/* One case of our own, so that what is lacking is said, or that the guest died. */
static void the_guest_speaks(const struct reporter *self, struct guest_machine *machine)
{
	guest_needs_qemu();
	if (self->prepare)
		self->prepare(machine);
	guest_machine_image(machine, IMAGE_S);
	guest_machine_start(machine, self->life_s, self->script, self->fourth, self->fifth);
	struct pollfd spoken = { machine->console, POLLIN, 0 };
	while (!finished && poll(&spoken, 1, (int)self->quiet_s * 1000) == 1 &&
	       guest_machine_hear(machine, hear))
		;
	CHECK(finished);
}

int reporter_skip(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

int reporter_run(const struct reporter *self)
{
	static struct guest_machine machine;

	if (guest_make_folder(machine.folder, self->name) != 0)
		return 1;
	int left = setjmp(test_leave);
	if (left == 0)
		the_guest_speaks(self, &machine);
	guest_machine_stop(&machine);
	guest_remove_folder(machine.folder);
	if (left == TEST_SKIPPED)
		return reporter_skip(test_reason);
	if (left == TEST_FAILED)
		printf("Bail out! the guest did not come to its end\n");
	return left == TEST_FAILED;
}
