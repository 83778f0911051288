#include "bench/duo.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/child.h"
#include "shm/wake.h"
#include "wire/size.h"

#define TURN_MS 20 /* of looking whether the time is up */

static int make_memory(struct duo *self, struct err *err)
{
	const struct paced *paced = &self->paced;
	int result = shm_create_memfd(&self->memory, "oriel-bench",
				      wire_region_size(paced->width, paced->height, 4), err);

	if (result != 0)
		return result;
	self->paced.page = mmap(NULL, sizeof(struct paced_page), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (self->paced.page == MAP_FAILED)
		return err_set_errno(err, -ENOMEM, "mmap");
	self->paced.memory = self->memory;
	self->paced.event = wake_eventfd();
	return self->paced.event < 0 ? err_set_errno(err, self->paced.event, "eventfd") : 0;
}

int duo_init(struct duo *self, const struct paced *paced, bool early,
	     const struct oriel_listener *listener, void *data, struct err *err)
{
	struct oriel_params params = {
		.use_fd = true, .early = early, .listener = listener, .data = data
	};
	char text[200];

	*self = (struct duo){ .paced = *paced };
	self->paced.event = -1;
	int result = make_memory(self, err);
	if (result == 0) {
		self->producer = child_fork(paced_run, &self->paced);
		params.fd = self->memory->fd;
		result = oriel_open(&self->oriel, &params, text, sizeof(text));
		if (result != 0)
			err_set(err, result, "%s", text);
	}
	if (result != 0)
		duo_finish(self);
	return result;
}

void duo_finish(struct duo *self)
{
	oriel_close(self->oriel);
	child_stop(self->producer);
	if (self->paced.event >= 0)
		close(self->paced.event);
	if (self->paced.page && self->paced.page != MAP_FAILED)
		munmap(self->paced.page, sizeof(struct paced_page));
	shm_close(self->memory);
	*self = (struct duo){ .paced.event = -1 };
}

bool duo_dispatch(struct duo *self, uint64_t ns)
{
	struct pollfd news = { .fd = oriel_fd(self->oriel), .events = POLLIN };
	uint64_t end = clock_ns() + ns;

	while (clock_ns() < end)
		if (poll(&news, 1, TURN_MS) == 1 && oriel_dispatch(self->oriel) != 0)
			return false;
	return child_alive(self->producer);
}

uint64_t duo_captured_ns(struct oriel_frame *frame)
{
	const void *pixels = oriel_frame_rows(frame, 1, 0);
	uint64_t captured = 0;

	if (pixels)
		memcpy(&captured, pixels, sizeof(captured));
	return captured;
}
