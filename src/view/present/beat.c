#include "view/present/beat.h"

static const struct beat_impl *const impls[] = {
	[PANE_NONE] = NULL,
	[PANE_XCB] = &beat_x11,
	[PANE_WAYLAND] = &beat_wayland,
};

struct beat *beat_create(struct window *window, const struct pane *pane, beat_seen_func seen,
			 void *data)
{
	const struct beat_impl *impl = impls[pane->kind];
	struct beat *self = impl && impl->create ? impl->create(window, pane) : NULL;

	if (self) {
		self->impl = impl;
		self->seen = seen;
		self->data = data;
	}
	return self;
}

bool beat_before(struct beat *self, uint64_t number)
{
	return self && self->impl->before(self, number);
}

void beat_after(struct beat *self)
{
	if (self && self->impl->after)
		self->impl->after(self);
}

void beat_destroy(struct beat *self)
{
	if (self)
		self->impl->destroy(self);
}
