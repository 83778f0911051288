#include "guest/capture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void list_names(const struct capture_impl *const *impls, char *out, size_t length)
{
	size_t used = 0;
	out[0] = '\0';
	for (; *impls && used < length; impls++)
		used += (size_t)snprintf(out + used, length - used, "%s%s", used ? ", " : "",
					 (*impls)->name);
}

const struct capture_impl *capture_find(const struct capture_impl *const *impls, const char *spec,
					const char **arg, struct err *err)
{
	*arg = NULL;
	if (!spec)
		return impls[0];
	const char *colon = strchr(spec, ':');
	size_t length = colon ? (size_t)(colon - spec) : strlen(spec);
	for (unsigned i = 0; impls[i]; i++)
		if (strlen(impls[i]->name) == length && memcmp(impls[i]->name, spec, length) == 0) {
			*arg = colon ? colon + 1 : NULL;
			return impls[i];
		}
	char names[128];
	list_names(impls, names, sizeof(names));
	err_set(err, -ENOENT, "capture \"%.*s\" is not in this program; it has: %s", (int)length,
		spec, names);
	return NULL;
}

void capture_destroy(struct capture *self)
{
	if (self)
		self->impl->destroy(self);
}

void capture_begin(struct capture *self, struct capture_target *target, const struct region *damage)
{
	if (self->impl->begin)
		self->impl->begin(self, target, damage);
}

int capture_pointer_watch(struct capture *self, bool on)
{
	return self->impl->pointer_watch ? self->impl->pointer_watch(self, on) : 0;
}

int capture_pointer(struct capture *self, struct waker *waker, uint64_t deadline_ns,
		    struct cursor *out)
{
	if (self->impl->pointer)
		return self->impl->pointer(self, waker, deadline_ns, out);
	waker_wait(waker, -1, deadline_ns);
	return CAPTURE_E_TIMEOUT;
}

int capture_warp(struct capture *self, int32_t x, int32_t y)
{
	return self->impl->warp ? self->impl->warp(self, x, y) : -ENOTSUP;
}
