#include "eye.h"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pixel/pattern.h"

static void on_attached(void *data, const struct oriel_guest_info *info)
{
	struct eye *self = data;
	(void)info;
	atomic_store(&self->score->number, 0); /* a new guest counts from the start */
	atomic_fetch_add(&self->score->attached, 1);
}

/* A picture that was still ours after the last look at it: right or wrong, nothing between. */
static void judge(struct eye_score *score, uint64_t wrong, uint64_t number, uint64_t stamp)
{
	if (wrong || number <= atomic_load(&score->number)) {
		fprintf(stderr, "picture %" PRIu64 " after %" PRIu64 ": %" PRIu64 " wrong pixels\n",
			number, atomic_load(&score->number), wrong);
		atomic_fetch_add(&score->wrong, 1);
		return;
	}
	atomic_store(&score->number, number);
	atomic_store(&score->stamp, stamp);
	atomic_fetch_add(&score->frames, 1);
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct eye *self = data;
	struct pixel_image image = scene_image(oriel_frame_format(frame));
	const void *pixels = oriel_frame_rows(frame, UINT32_MAX, 2000000);
	uint64_t number = 0, stamp = 0, wrong = UINT64_MAX;
	atomic_fetch_add(&self->score->delivered, 1);
	if (pixels && pattern_read(&image, pixels, &number, &stamp))
		wrong = pattern_check(&image, pixels, number, stamp, NULL);
	if (oriel_frame_held(frame))
		judge(self->score, wrong, number, stamp);
	else
		atomic_fetch_add(&self->score->gone, 1);
}

static void on_cursor(void *data, const struct oriel_cursor *cursor)
{
	struct eye *self = data;
	if (!cursor->has_position)
		return;
	atomic_store(&self->score->at, (uint64_t)(uint32_t)cursor->y << 32 | (uint32_t)cursor->x);
	atomic_fetch_add(&self->score->pointers, 1);
}

static void look(void *data)
{
	static const struct oriel_listener listener = { .attached = on_attached,
							.frame = on_frame,
							.cursor = on_cursor };
	struct eye *self = data;
	struct oriel_params params = { .path = self->path, .listener = &listener, .data = self };
	struct oriel *oriel;
	if (oriel_open(&oriel, &params, NULL, 0))
		_exit(2);
	struct pollfd news = { .fd = oriel_fd(oriel), .events = POLLIN };
	while (poll(&news, 1, -1) >= 0 && oriel_dispatch(oriel) == 0)
		;
	_exit(3);
}

void eye_start(struct eye *self, const struct scene *scene)
{
	memcpy(self->path, scene->path, sizeof(self->path));
	if (!self->score)
		self->score = mmap(NULL, sizeof(*self->score), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(self->score != MAP_FAILED);
	self->pid = scene_fork(look, self);
}

void eye_end(struct eye *self)
{
	CHECK(scene_alive(self->pid));
	scene_kill(&self->pid);
	CHECK_EQ(atomic_load(&self->score->wrong), 0);
	munmap(self->score, sizeof(*self->score));
	self->score = NULL;
}

void eye_must_flow(struct eye *self, uint64_t more)
{
	uint64_t from = atomic_load(&self->score->frames);
	SCENE_EVENTUALLY(atomic_load(&self->score->frames) >= from + more);
}
