#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "view/input/evdev_port.h"

/* The kernel counts bits in words of its own size. */
static bool has_bit(const unsigned long *bits, unsigned number)
{
	const unsigned per = 8 * sizeof(*bits);

	return bits[number / per] >> number % per & 1;
}

static void take_bits(struct held *out, const unsigned long *bits)
{
	for (uint32_t code = 1; code < KEY_CNT; code++)
		held_set(out, code, has_bit(bits, code));
}

#define WORDS(bits) (((bits) + 8 * sizeof(long) - 1) / (8 * sizeof(long)))

static bool is_empty(const struct held *keys)
{
	static const struct held none;

	return memcmp(keys, &none, sizeof(none)) == 0;
}

/* Of touchpads and tablets the window system makes what they mean. */
static int ask(int fd, struct evdev_abilities *out)
{
	unsigned long keys[WORDS(KEY_CNT)] = { 0 }, ways[WORDS(REL_CNT)] = { 0 };
	unsigned long places[WORDS(ABS_CNT)] = { 0 };

	if (ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) < 0 ||
	    ioctl(fd, EVIOCGBIT(EV_REL, sizeof(ways)), ways) < 0 ||
	    ioctl(fd, EVIOCGBIT(EV_ABS, sizeof(places)), places) < 0)
		return -errno;
	take_bits(&out->codes, keys);
	out->moves = has_bit(ways, REL_X) && has_bit(ways, REL_Y);
	out->scrolls = has_bit(ways, REL_WHEEL) || has_bit(ways, REL_HWHEEL);
	if (has_bit(places, ABS_X) && !out->moves)
		return -ENOTSUP;
	return is_empty(&out->codes) && !out->moves ? -ENOTSUP : 0;
}

static int kernel_open(const char *path, struct evdev_abilities *out)
{
	struct evdev_abilities abilities = { 0 };
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	int failed = ask(fd, &abilities);
	if (failed) {
		close(fd);
		return failed == -ENOTTY || failed == -EINVAL ? -ENOTSUP : failed;
	}
	*out = abilities;
	return fd;
}

static int kernel_grab(int fd, bool on)
{
	return ioctl(fd, EVIOCGRAB, on ? 1UL : 0UL) ? -errno : 0;
}

static int kernel_down(int fd, struct held *out)
{
	unsigned long keys[WORDS(KEY_CNT)] = { 0 };

	if (ioctl(fd, EVIOCGKEY(sizeof(keys)), keys) < 0)
		return -errno;
	memset(out, 0, sizeof(*out));
	take_bits(out, keys);
	return 0;
}

const struct evdev_port evdev_kernel = {
	.open = kernel_open,
	.grab = kernel_grab,
	.down = kernel_down,
};
