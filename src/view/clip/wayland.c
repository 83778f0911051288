/* The clipboard of a Wayland compositor. It is told of while the window has the focus, and taken
 * with the serial of what the user did last; data go through pipes. */
#include "view/clip/wayland.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "view/clip/formats.h"
#include "view/clip/pump.h"

#define ERRANDS 24

/* A pipe at work, or one that waits for what is to go through it. */
struct way_errand {
	struct way *way;
	bool open, reads;
	uint32_t id;
	int fd; /* to be written to; -1 once it is the pump's */
	int format;
	struct pump *pump;
};

struct way {
	struct clip clip;
	struct wayland *window;
	struct way_half halves[CLIP_SELECTIONS];
	struct way_errand errands[ERRANDS];
	uint32_t last_id;
	char mark[48]; /* a format that only our own offers have */
};

struct wayland *way_window(const struct way_half *half)
{
	return half->way->window;
}

struct clip *way_clip(const struct way_half *half)
{
	return &half->way->clip;
}

/* ---- what is there ---- */

static void drop_offer(struct way_half *half, struct way_offer **offer)
{
	if (*offer) {
		half->protocol->offer_destroy((*offer)->object);
		g_free(*offer);
	}
	*offer = NULL;
}

void way_on_offer(struct way_half *half, struct way_offer *offer, void *object)
{
	drop_offer(half, &half->fresh);
	offer->half = half;
	offer->object = object;
	half->fresh = offer;
}

void way_on_format(struct way_offer *offer, const char *format)
{
	offer->formats |= clip_format_bit(format);
	offer->ours |= strcmp(format, offer->half->way->mark) == 0;
	offer->drops |= clip_drop_bit(format);
}

void way_on_selection(struct way_half *half, void *object)
{
	struct way *self = half->way;

	drop_offer(half, &half->current);
	if (half->fresh && half->fresh->object == object) {
		half->current = half->fresh;
		half->fresh = NULL;
	}
	if (half->current && half->current->ours)
		return;
	self->clip.listener->offered(self->clip.data, half->selection,
				     half->current ? clip_kinds_of(half->current->formats) : 0);
}

/* ---- ours ---- */

static void drop_source(struct way_half *half)
{
	if (half->source)
		half->protocol->source_destroy(half->source);
	half->source = NULL;
	half->kinds = 0;
}

void way_on_cancelled(struct way_half *half, void *source)
{
	if (source == half->source)
		drop_source(half);
}

static void set_source(struct way_half *half, unsigned kinds, uint32_t serial)
{
	void *old = half->source;

	half->source = half->protocol->source(half);
	half->kinds = kinds;
	half->serial = serial;
	for (unsigned i = 0; i < CLIP_FORMATS; i++)
		if (kinds & 1u << clip_formats[i].kind)
			half->protocol->source_offer(half->source, clip_formats[i].name);
	half->protocol->source_offer(half->source, half->way->mark);
	half->protocol->set(half->device, half->source, serial);
	if (old)
		half->protocol->source_destroy(old);
}

/* Compositors turn down a serial that was used: what stands already serves as well. */
static void way_offer(struct clip *clip, enum clip_selection selection, unsigned kinds)
{
	struct way *self = (struct way *)clip;
	struct way_half *half = &self->halves[selection];
	uint32_t serial = self->window->input_serial;

	if (!half->device ||
	    (kinds && half->source && half->kinds == kinds && half->serial == serial))
		return;
	if (kinds)
		set_source(half, kinds, serial);
	else
		drop_source(half); /* which is the end of it for all */
}

/* ---- errands ---- */

static struct way_errand *errand_open(struct way *self, bool reads, uint32_t id, int format)
{
	for (size_t i = 0; i < ERRANDS; i++) {
		struct way_errand *errand = &self->errands[i];
		if (errand->open)
			continue;
		*errand = (struct way_errand){ self, true, reads, id, -1, format, NULL };
		return errand;
	}
	return NULL;
}

static struct way_errand *errand_find(struct way *self, bool reads, uint32_t id)
{
	for (size_t i = 0; i < ERRANDS; i++)
		if (self->errands[i].open && self->errands[i].reads == reads &&
		    self->errands[i].id == id)
			return &self->errands[i];
	return NULL;
}

static void errand_close(struct way_errand *errand)
{
	pump_stop(errand->pump);
	if (errand->fd >= 0)
		close(errand->fd);
	*errand = (struct way_errand){ .fd = -1 };
}

/* ---- theirs, to us ---- */

static const char *reason(int result)
{
	switch (result) {
	case -ETIMEDOUT:
		return "the program that has it does not answer";
	case -EFBIG:
		return "larger than 100 MiB";
	default:
		return g_strerror(-result);
	}
}

static void on_progress(void *data, uint64_t bytes)
{
	const struct way_errand *errand = data;
	struct clip *clip = &errand->way->clip;

	clip->listener->progress(clip->data, errand->id, bytes);
}

static void on_read(void *data, int result, int fd)
{
	struct way_errand *errand = data;
	struct clip *clip = &errand->way->clip;
	uint32_t id = errand->id;
	int other = -1;

	errand->pump = NULL;
	if (result == 0 && clip_formats[errand->format].latin1)
		result = other = clip_from_latin1(fd);
	errand_close(errand);
	if (result < 0)
		clip->listener->refused(clip->data, id, reason(result));
	else
		clip->listener->given(clip->data, id, other >= 0 ? other : fd);
	if (other >= 0)
		close(other);
}

static const struct pump_listener reader = { on_progress, on_read };

struct pump *way_receive(struct way_offer *offer, const char *format,
			 const struct pump_listener *listener, void *data)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	offer->half->protocol->receive(offer->object, format, ends[1]);
	close(ends[1]);
	return pump_read(ends[0], listener, data);
}

static void way_want(struct clip *clip, uint32_t id, enum clip_selection selection,
		     enum clip_kind kind)
{
	struct way *self = (struct way *)clip;
	struct way_half *half = &self->halves[selection];
	int format = half->current && !half->current->ours
			     ? clip_format_best(half->current->formats, kind)
			     : -1;
	struct way_errand *errand = format >= 0 ? errand_open(self, true, id, format) : NULL;

	if (errand)
		errand->pump = way_receive(half->current, clip_formats[format].name, &reader,
					   errand);
	if (errand && errand->pump)
		return;
	if (errand)
		errand_close(errand);
	clip->listener->refused(clip->data, id, "no program offers it any more");
}

static void way_cancel(struct clip *clip, uint32_t id)
{
	struct way_errand *errand = errand_find((struct way *)clip, true, id);

	if (errand)
		errand_close(errand);
}

/* ---- ours, to them ---- */

static int format_of(const char *name)
{
	for (int i = 0; i < CLIP_FORMATS; i++)
		if (strcmp(clip_formats[i].name, name) == 0)
			return i;
	return -1;
}

void way_on_send(struct way_half *half, const char *name, int fd)
{
	struct way *self = half->way;
	int format = format_of(name);
	struct way_errand *errand = NULL;

	if (format >= 0 && half->kinds & 1u << clip_formats[format].kind)
		errand = errand_open(self, false, self->last_id + 1, format);
	if (!errand) {
		close(fd);
		return;
	}
	self->last_id++;
	errand->fd = fd;
	self->clip.listener->wanted(self->clip.data, errand->id, half->selection,
				    clip_formats[format].kind);
}

static void on_written(void *data, int result, int fd)
{
	struct way_errand *errand = data;

	(void)result, (void)fd;
	errand->pump = NULL;
	errand_close(errand);
}

static const struct pump_listener writer = { NULL, on_written };

static void way_give(struct clip *clip, uint32_t id, int fd)
{
	struct way_errand *errand = errand_find((struct way *)clip, false, id);
	int out, other = -1;

	if (!errand || errand->pump)
		return;
	if (clip_formats[errand->format].latin1)
		fd = other = clip_to_latin1(fd);
	out = errand->fd;
	errand->fd = -1;
	errand->pump = pump_write(out, fd, &writer, errand);
	if (!errand->pump)
		errand_close(errand);
	if (other >= 0)
		close(other);
}

static void way_refuse(struct clip *clip, uint32_t id)
{
	struct way_errand *errand = errand_find((struct way *)clip, false, id);

	if (errand && !errand->pump)
		errand_close(errand);
}

/* ---- beginning and end ---- */

static void on_seat(void *data)
{
	struct way *self = data;

	for (int i = 0; i < CLIP_SELECTIONS; i++)
		self->halves[i].device = self->halves[i].protocol->device(&self->halves[i]);
}

/* Whoever owned what: nobody will tell of it any more. */
static void close_half(struct way_half *half)
{
	way_drop_stop(half);
	drop_offer(half, &half->fresh);
	drop_offer(half, &half->current);
	drop_source(half);
	if (half->device)
		half->protocol->device_destroy(half->device);
	half->device = NULL;
}

static void on_no_seat(void *data)
{
	struct way *self = data;

	for (int i = 0; i < CLIP_SELECTIONS; i++) {
		close_half(&self->halves[i]);
		self->clip.listener->offered(self->clip.data, (enum clip_selection)i, 0);
	}
}

static struct clip *way_create(struct window *window, GError **error)
{
	static const struct way_protocol *const protocols[] = {
		[CLIP_CLIPBOARD] = &way_data, [CLIP_PRIMARY] = &way_primary
	};
	struct way *self = g_new0(struct way, 1);

	(void)error;
	self->window = (struct wayland *)window;
	g_snprintf(self->mark, sizeof(self->mark), "application/x-oriel-clipboard-%08x",
		   g_random_int());
	for (int i = 0; i < CLIP_SELECTIONS; i++)
		self->halves[i] = (struct way_half){ .way = self,
						     .selection = (enum clip_selection)i,
						     .protocol = protocols[i] };
	for (size_t i = 0; i < ERRANDS; i++)
		self->errands[i].fd = -1;
	self->window->seat_ear = (struct wayland_seat_ear){ on_seat, on_no_seat, self };
	if (self->window->seat)
		on_seat(self);
	return &self->clip;
}

/* Offers that were read, maybe by another thread, but not yet heard are objects that only who hears
 * of them can destroy: libwayland forgets them with their device. */
static void hear_the_last(struct way *self)
{
	if (!self->window->lost && self->window->display)
		wl_display_dispatch_pending(self->window->display);
}

static void way_destroy(struct clip *clip)
{
	struct way *self = (struct way *)clip;

	hear_the_last(self);
	self->window->seat_ear = (struct wayland_seat_ear){ 0 };
	for (int i = 0; i < CLIP_SELECTIONS; i++)
		close_half(&self->halves[i]);
	for (size_t i = 0; i < ERRANDS; i++)
		if (self->errands[i].open)
			errand_close(&self->errands[i]);
	g_free(self);
}

const struct clip_impl clip_wayland = {
	.name = "wayland",
	.create = way_create,
	.offer = way_offer,
	.want = way_want,
	.cancel = way_cancel,
	.give = way_give,
	.refuse = way_refuse,
	.destroy = way_destroy,
};
