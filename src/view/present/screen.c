#include "view/present/screen.h"

#include <gio/gio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define WAYS_MAX 8

struct screen {
	struct window *window;
	const char *only;
	bool lenient; /* a wish at run time, or one that was had: else another will do */
	const struct screen_listener *listener;
	void *data;
	struct present *present;    /* the way in use, or NULL */
	struct frame *waiting;      /* the newest one */
	bool busy;                  /* between show() and ready() or failed() */
	bool stale;                 /* the way in use must be made anew */
	bool barred[WAYS_MAX];      /* could not be made */
	unsigned strikes[WAYS_MAX]; /* failures of a way since something worked or changed */
	char *last_failure;         /* for the message when no way is left */
	struct screen_figures figures;
};

/* Failures in a row after which a way is not tried again: one may be bad luck with a memory that
 * has just been replaced, and attaching anew heals that. */
#define STRIKES_OUT 2

static void begin(struct screen *self, struct frame *frame);

static void drop_present(struct screen *self)
{
	if (!self->present)
		return;
	self->figures.bytes_copied += self->present->bytes_copied;
	present_destroy(self->present);
	self->present = NULL;
}

static int way_in_use(const struct screen *self)
{
	for (int i = 0; self->present && self->window->impl->presents[i]; i++)
		if (self->window->impl->presents[i] == self->present->impl)
			return i;
	return -1;
}

static void give_back(struct frame **frame)
{
	frame_unref(*frame);
	*frame = NULL;
}

/* Nobody can see the window, which asks for the newest picture when somebody can. Owns the
 * reference to `frame`. */
static void let_pass(struct screen *self, struct frame *frame)
{
	self->figures.skipped++;
	frame_unref(frame);
}

static void show_waiting(struct screen *self)
{
	struct frame *next = self->waiting;

	self->waiting = NULL;
	if (next && self->window->suspended)
		let_pass(self, next);
	else if (next)
		begin(self, next);
}

static void set_busy(struct screen *self, bool busy)
{
	self->busy = busy;
	self->listener->busy(self->data, busy);
}

static void on_ready(void *data)
{
	struct screen *self = data;

	self->busy = false;
	show_waiting(self);
	if (!self->busy)
		set_busy(self, false);
}

static void on_shown(void *data, uint64_t seen_ns, uint64_t when_ns)
{
	struct screen *self = data;

	if (when_ns == 0) {
		self->figures.skipped++;
		return;
	}
	self->strikes[way_in_use(self)] = 0;
	self->lenient |= self->present->impl->looks;
	self->figures.shown++;
	self->listener->shown(self->data, seen_ns, when_ns);
}

static void note_failure(struct screen *self, const char *name, const char *why)
{
	log_info("%s: %s", name, why);
	g_free(self->last_failure);
	self->last_failure = g_strdup_printf("%s: %s", name, why);
}

static void tell(struct screen *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void tell(struct screen *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	if (self->listener->notice)
		self->listener->notice(self->data, text);
	else
		log_warn("%s", text);
}

/* A device that is lost once is made anew; what it drew last comes again. */
static void on_failed(void *data, const char *why)
{
	struct screen *self = data;
	const struct present_impl *impl = self->present->impl;

	note_failure(self, impl->name, why);
	if (++self->strikes[way_in_use(self)] == STRIKES_OUT && impl->looks && !self->only)
		tell(self, "%s failed twice (%s): filters and colours are off", impl->name, why);
	set_busy(self, false);
	self->stale = true;
	if (self->waiting)
		show_waiting(self);
	else
		self->listener->needs_picture(self->data);
}

static const struct present_listener present_listener = {
	.ready = on_ready,
	.shown = on_shown,
	.failed = on_failed,
};

static bool usable(const struct screen *self, int way, const struct frame *frame)
{
	const struct present_impl *impl = self->window->impl->presents[way];

	return (!self->only || strcmp(self->only, impl->name) == 0) && !self->barred[way] &&
	       self->strikes[way] < STRIKES_OUT && impl->suits(self->window, frame);
}

/* The best way for this frame, or -1. A special look wants a way that heeds it, if there is one. */
static int best_way(const struct screen *self, const struct frame *frame)
{
	bool special = look_special(&self->window->look);
	int best = -1;

	for (int i = 0; self->window->impl->presents[i]; i++) {
		if (!usable(self, i, frame))
			continue;
		if (!special || self->window->impl->presents[i]->looks)
			return i;
		if (best < 0)
			best = i;
	}
	return best;
}

static bool make(struct screen *self, int way)
{
	const struct present_impl *impl = self->window->impl->presents[way];
	g_autoptr(GError) error = NULL;

	if (self->present && self->present->impl == impl && !self->stale)
		return true;
	drop_present(self);
	self->stale = false;
	self->present = present_create(impl, self->window, &present_listener, self, &error);
	if (self->present)
		return true;
	note_failure(self, impl->name, error ? error->message : "no reason given");
	self->barred[way] = true;
	return false;
}

/* True: there is more to try. */
static bool give_in(struct screen *self)
{
	if (!self->only || !self->lenient)
		return false;
	tell(self, "presenter %s cannot be used here (%s); the best that works is", self->only,
	     self->last_failure ? self->last_failure : "it does not suit the picture");
	self->only = NULL;
	return true;
}

/* The best way for this frame becomes the one in use. */
static bool choose(struct screen *self, const struct frame *frame, GError **error)
{
	int way;

	do {
		while ((way = best_way(self, frame)) >= 0)
			if (make(self, way))
				return true;
	} while (!frame->opaque && give_in(self));
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "no presenter can show a %ux%u picture of format %s here (%s)",
		    frame->image.width, frame->image.height,
		    pixel_format_info(frame->image.format)->name,
		    self->last_failure ? self->last_failure : "none suits");
	return false;
}

/* Owns the reference to `frame`. */
static void begin(struct screen *self, struct frame *frame)
{
	g_autoptr(GError) error = NULL;

	if (!choose(self, frame, &error)) {
		bool opaque = frame->opaque;
		if (opaque)
			frame_refuse(frame);
		frame_unref(frame);
		if (opaque)
			return;
		self->listener->failed(self->data, error->message);
		return;
	}
	const struct present_impl *impl = self->present->impl;
	set_busy(self, true);
	impl->show(self->present, frame);
	if (!impl->late)
		frame_submitted(frame, clock_ns());
	frame_unref(frame);
}

void screen_show(struct screen *self, struct frame *frame)
{
	frame_ref(frame);
	if (self->window->suspended) {
		let_pass(self, frame);
		return;
	}
	if (!self->busy) {
		begin(self, frame);
		return;
	}
	if (self->waiting)
		self->figures.skipped++;
	frame_unref(self->waiting);
	self->waiting = frame;
}

void screen_forget(struct screen *self)
{
	give_back(&self->waiting);
	if (self->present && self->present->impl->forget)
		self->present->impl->forget(self->present);
	else
		self->stale = true;
	memset(self->strikes, 0, sizeof(self->strikes));
}

void screen_redraw(struct screen *self)
{
	if (self->present && !self->stale && self->present->impl->redraw &&
	    !self->present->impl->redraw(self->present))
		self->listener->needs_picture(self->data);
}

void screen_set_look(struct screen *self, const struct look *look)
{
	struct look *now = &self->window->look;
	bool forced = self->only && strcmp(self->only, "gpu") == 0;

	*now = *look;
	now->software = look->software || forced || look_special(look);
	memset(self->barred, 0, sizeof(self->barred));
	if (self->present && self->present->impl->looks)
		screen_redraw(self);
	else if (self->present && look_special(look))
		self->listener->needs_picture(self->data);
}

void screen_set_way(struct screen *self, const char *way)
{
	struct look look = self->window->look;

	self->only = way;
	self->lenient = true;
	look.software = false;
	memset(self->strikes, 0, sizeof(self->strikes));
	screen_set_look(self, &look);
	self->listener->needs_picture(self->data);
}

bool screen_set_pointer(struct screen *self, const struct present_pointer *pointer)
{
	struct present *present = self->stale ? NULL : self->present;

	return present && present->impl->pointer && present->impl->pointer(present, pointer);
}

void *screen_read(struct screen *self, const struct frame *frame)
{
	struct present *present = self->stale ? NULL : self->present;
	g_autofree void *pixels = NULL;

	if (!present || !present->impl->read)
		return NULL;
	pixels = g_try_malloc0(pixel_image_size(&frame->image));
	return pixels && present->impl->read(present, frame, pixels) ? g_steal_pointer(&pixels)
								     : NULL;
}

void screen_figures(const struct screen *self, struct screen_figures *out)
{
	*out = self->figures;
	out->way = self->present ? self->present->impl->name : "none";
	out->reads = self->present && self->present->reads ? self->present->reads : "";
	if (self->present)
		out->bytes_copied += self->present->bytes_copied;
	if (self->present && self->present->device)
		g_strlcpy(out->device, self->present->device, sizeof(out->device));
}

static bool way_exists(const struct window *window, const char *name)
{
	for (const struct present_impl *const *i = window->impl->presents; *i; i++)
		if (strcmp((*i)->name, name) == 0)
			return true;
	return false;
}

struct screen *screen_create(struct window *window, const char *way,
			     const struct screen_listener *listener, void *data, GError **error)
{
	if (way && !way_exists(window, way)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "a window of kind %s has no presenter \"%s\"", window->impl->name, way);
		return NULL;
	}
	struct screen *self = g_new0(struct screen, 1);
	self->window = window;
	self->only = way;
	window->look.software = way && strcmp(way, "gpu") == 0;
	self->listener = listener;
	self->data = data;
	return self;
}

void screen_destroy(struct screen *self)
{
	if (!self)
		return;
	drop_present(self);
	frame_unref(self->waiting);
	g_free(self->last_failure);
	g_free(self);
}
