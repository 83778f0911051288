/* In the guest: says on the console what its keyboard, mice and tablet report, a line each.
 *
 *	input: ready
 *	input: key CODE VALUE            also the buttons of mice
 *	input: rel X Y                   sums, once it has been quiet for a while
 *	input: wheel CODE VALUE
 *	input: abs X Y                   each report, 0 to 32767
 *	input: led CODE VALUE            what the kernel wants the keyboard's lamps to be
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICES  16
#define QUIET_MS 200

struct listener {
	struct pollfd devices[DEVICES];
	unsigned count;
	long x, y; /* motion since it was quiet */
	int absolute[2];
	int moved, placed;
};

static void open_devices(struct listener *self)
{
	for (int i = 0; i < DEVICES; i++) {
		char path[32], name[64] = "";

		snprintf(path, sizeof(path), "/dev/input/event%d", i);
		int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		ioctl(fd, EVIOCGNAME(sizeof(name) - 1), name);
		printf("input: device %d %s\n", i, name);
		self->devices[self->count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

static void relative(struct listener *self, const struct input_event *event)
{
	self->moved = 1;
	if (event->code == REL_X)
		self->x += event->value;
	else if (event->code == REL_Y)
		self->y += event->value;
	else if (event->code == REL_WHEEL || event->code == REL_HWHEEL)
		printf("input: wheel %d %d\n", event->code, event->value);
}

static void say(struct listener *self, const struct input_event *event)
{
	switch (event->type) {
	case EV_KEY:
		printf("input: key %d %d\n", event->code, event->value);
		break;
	case EV_LED:
		printf("input: led %d %d\n", event->code, event->value);
		break;
	case EV_REL:
		relative(self, event);
		break;
	case EV_ABS:
		if (event->code <= ABS_Y)
			self->absolute[event->code] = event->value;
		self->placed |= event->code <= ABS_Y;
		break;
	case EV_SYN:
		if (self->placed)
			printf("input: abs %d %d\n", self->absolute[0], self->absolute[1]);
		self->placed = 0;
		break;
	}
}

static void read_device(struct listener *self, int fd)
{
	struct input_event events[64];
	ssize_t got;

	while ((got = read(fd, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)got / sizeof(events[0]); i++)
			say(self, &events[i]);
}

int main(void)
{
	struct listener self = { .count = 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Devices are found some time after their drivers were loaded. */
	sleep(2);
	open_devices(&self);
	printf("input: ready\n");
	for (;;) {
		int events = poll(self.devices, self.count, QUIET_MS);

		for (unsigned i = 0; events > 0 && i < self.count; i++)
			if (self.devices[i].revents & POLLIN)
				read_device(&self, self.devices[i].fd);
		if (events == 0 && self.moved) {
			printf("input: rel %ld %ld\n", self.x, self.y);
			self.x = self.y = self.moved = 0;
		}
	}
}
