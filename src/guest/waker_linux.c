#include "guest/waker.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

int waker_init(struct waker *self)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	self->fd = fd;
	return 0;
}

void waker_finish(struct waker *self)
{
	close(self->fd);
	self->fd = -1;
}

void waker_wake(struct waker *self)
{
	uint64_t one = 1;
	/* Can only fail when the counter is full, and then a wake is due anyway. */
	if (write(self->fd, &one, sizeof(one)) < 0)
		return;
}

static const struct timespec *remaining(struct timespec *out, uint64_t deadline_ns)
{
	if (deadline_ns == WAKER_FOREVER)
		return NULL;
	uint64_t now = clock_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
	*out = (struct timespec){ .tv_sec = (time_t)(left / NS_PER_S),
				  .tv_nsec = (long)(left % NS_PER_S) };
	return out;
}

unsigned waker_wait(struct waker *self, int also, uint64_t deadline_ns)
{
	/* poll() skips a negative descriptor. */
	struct pollfd fds[] = { { .fd = self->fd, .events = POLLIN },
				{ .fd = also, .events = POLLIN } };
	struct timespec left;
	while (ppoll(fds, 2, remaining(&left, deadline_ns), NULL) < 0)
		if (errno != EINTR)
			return 0;
	unsigned cause = fds[1].revents ? WAKER_READABLE : 0;
	uint64_t taken;
	if (fds[0].revents && read(self->fd, &taken, sizeof(taken)) > 0)
		cause |= WAKER_WOKEN;
	return cause;
}
