/* In the guest: has its devices for itself as a viewer does, and says on the console what comes.
 *
 *	evdev: device N NAME: ERRNO      0: keyboard or mouse
 *	evdev: exclusive N               and nobody else got it, too
 *	evdev: ready
 *	evdev: key CODE PRESSED DOWN     DOWN: what the kernel says of it then
 *	evdev: motion X Y / scroll X Y
 *	evdev: leak                      who does not have it heard of it
 *	evdev: given back                after Esc: it was closed, and another has it
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "view/input/evdev_port.h"
#include "view/input/evdev_reader.h"

#define DEVICES 16

static struct device {
	struct evdev_reader reader;
	int mine, others;
} devices[DEVICES];
static struct pollfd waits[2 * DEVICES];
static unsigned count;

static void on_key(void *data, uint32_t code, bool pressed)
{
	struct device *device = data;
	struct held down;

	if (evdev_kernel.down(device->mine, &down))
		return;
	printf("evdev: key %u %d %d\n", code, pressed, held_has(&down, code));
}

static void on_motion(void *data, int32_t dx, int32_t dy)
{
	(void)data;
	printf("evdev: motion %d %d\n", dx, dy);
}

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	(void)data;
	printf("evdev: scroll %d %d\n", x120, y120);
}

static const struct evdev_events events = { on_key, on_motion, on_scroll };

static void say_name(int number, const char *path, int result)
{
	char name[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ioctl(fd, EVIOCGNAME(sizeof(name) - 1), name);
	close(fd);
	printf("evdev: device %d %s: %d\n", number, name, result < 0 ? -result : 0);
}

static void open_device(int number)
{
	struct device *device = &devices[count];
	struct evdev_abilities can;
	char path[32];

	snprintf(path, sizeof(path), "/dev/input/event%d", number);
	if (access(path, F_OK))
		return;
	device->mine = evdev_kernel.open(path, &can);
	say_name(number, path, device->mine);
	if (device->mine < 0)
		return;
	device->others = evdev_kernel.open(path, &can);
	if (evdev_kernel.grab(device->mine, true) == 0 &&
	    evdev_kernel.grab(device->others, true) == -EBUSY)
		printf("evdev: exclusive %d\n", number);
	evdev_reader_init(&device->reader, &events, device);
	waits[2 * count] = (struct pollfd){ .fd = device->mine, .events = POLLIN };
	waits[2 * count + 1] = (struct pollfd){ .fd = device->others, .events = POLLIN };
	count++;
}

/* As a viewer that crashes. */
static void give_back(struct device *device)
{
	close(device->mine);
	device->mine = device->others;
	waits[2 * (device - devices)].fd = device->others;
	waits[2 * (device - devices) + 1].fd = -1;
	if (evdev_kernel.grab(device->others, true) == 0)
		printf("evdev: given back\n");
}

static void read_device(struct device *device)
{
	struct input_event batch[64];
	ssize_t got = read(device->mine, batch, sizeof(batch));

	if (got > 0)
		evdev_reader_feed(&device->reader, batch, (size_t)got / sizeof(batch[0]));
	if (held_has(&device->reader.down, KEY_ESC) && device->mine != device->others)
		give_back(device);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	sleep(2); /* devices are found some time after their drivers were loaded */
	for (int i = 0; i < DEVICES; i++)
		open_device(i);
	printf("evdev: ready\n");
	while (poll(waits, 2 * count, -1) > 0)
		for (unsigned i = 0; i < 2 * count; i++) {
			if (waits[i].revents & POLLIN && i % 2)
				printf("evdev: leak\n");
			else if (waits[i].revents & POLLIN)
				read_device(&devices[i / 2]);
		}
	return 0;
}
