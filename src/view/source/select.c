#include "view/source/select.h"

#include "base/log.h"
#include "view/source/spice.h"

/* By then a capture program that starts again is back, or SPICE's first picture there. */
#define GRACE_MS 1000

struct choice;

/* One way to the guest, and the newest of what it told. */
struct way {
	struct choice *owner;
	struct source *source;
	enum source_state state;
	char *guest, *text, *uuid;
	struct cursor cursor;
	struct cursor_shape shape; /* its data is ours */
};

struct choice {
	struct source source;
	struct way memory, spice;
	struct way *shown; /* NULL: there is no picture */
	bool watching, busy;
	unsigned grace; /* the memory is shown, and its guest has gone; 0: not so */
};

/* ---- to the listener ---- */

static void pass_status(struct choice *self, const struct way *way)
{
	const struct source_status status = { way->state, way->guest ? way->guest : "",
					      way->text ? way->text : "", way->uuid };

	self->source.listener->status(self->source.data, &status);
}

static void pass_cursor(struct choice *self, const struct way *way, bool shape)
{
	struct cursor cursor = way->cursor;

	cursor.has_shape = shape && way->shape.data;
	cursor.shape = way->shape;
	self->source.listener->cursor(self->source.data, &cursor);
}

/* ---- which is shown ---- */

static bool is_left(const struct choice *self)
{
	return self->grace != 0;
}

/* SPICE's picture is of no use while the memory's is shown, and costs nothing then. One that comes
 * back within moments is waited for. */
static void settle_watch(struct choice *self)
{
	bool served = self->shown == &self->memory &&
		      (!is_left(self) || self->memory.state == SOURCE_RESTART);

	source_watch(self->memory.source, self->watching);
	source_watch(self->spice.source, self->watching && !served);
}

static void stop_grace(struct choice *self)
{
	if (self->grace)
		g_source_remove(self->grace);
	self->grace = 0;
}

static void show(struct choice *self, struct way *way)
{
	struct way *last = self->shown;

	stop_grace(self);
	if (last == way)
		return;
	log_info("the picture comes from %s now", way == &self->memory ? "shared memory" : "SPICE");
	self->shown = way;
	settle_watch(self);
	source_busy(way->source, self->busy);
	if (last)
		source_busy(last->source, false);
	pass_status(self, way);
	pass_cursor(self, way, true);
}

/* Machines have memory or not, so what is said of it counts once it is there. */
static void show_nothing(struct choice *self)
{
	bool no_memory = self->memory.state == SOURCE_ABSENT && self->spice.text;

	stop_grace(self);
	self->shown = NULL;
	settle_watch(self);
	pass_status(self, no_memory ? &self->spice : &self->memory);
}

static gboolean on_grace_over(gpointer data)
{
	struct choice *self = data;

	self->grace = 0;
	show_nothing(self);
	return G_SOURCE_REMOVE;
}

/* The last picture stays until SPICE's comes, or for as long as it may take. */
static void leave_memory(struct choice *self)
{
	if (!is_left(self))
		self->grace = g_timeout_add(GRACE_MS, on_grace_over, self);
	settle_watch(self);
}

/* ---- what the ways tell ---- */

static void on_frame(void *data, struct frame *frame)
{
	struct way *way = data;
	struct choice *self = way->owner;

	if (way == &self->spice && self->shown == &self->memory && !is_left(self))
		return;
	show(self, way);
	self->source.listener->frame(self->source.data, frame);
}

static void remember_status(struct way *way, const struct source_status *status)
{
	g_free(way->guest);
	g_free(way->text);
	g_free(way->uuid);
	way->state = status->state;
	way->guest = g_strdup(status->guest);
	way->text = g_strdup(status->text);
	way->uuid = g_strdup(status->uuid);
}

/* A guest that has just come is not shown before its first picture. */
static void on_status(void *data, const struct source_status *status)
{
	struct way *way = data;
	struct choice *self = way->owner;
	bool runs = status->state == SOURCE_RUNNING;

	remember_status(way, status);
	if (way == self->shown && runs) {
		stop_grace(self);
		settle_watch(self);
		pass_status(self, way);
	} else if (way == self->shown && way == &self->memory) {
		leave_memory(self);
	} else if (way == self->shown || (!self->shown && !runs)) {
		show_nothing(self);
	}
}

static void remember_shape(struct way *way, const struct cursor_shape *shape)
{
	if (!cursor_shape_valid(shape))
		return;
	g_free((void *)way->shape.data);
	way->shape = *shape;
	way->shape.data = g_memdup2(shape->data, cursor_shape_bytes(shape));
}

static void on_cursor(void *data, const struct cursor *cursor)
{
	struct way *way = data;

	if (cursor->has_shape)
		remember_shape(way, &cursor->shape);
	way->cursor = *cursor;
	if (way == way->owner->shown)
		pass_cursor(way->owner, way, cursor->has_shape);
}

static const struct source_listener way_listener = {
	.frame = on_frame,
	.cursor = on_cursor,
	.status = on_status,
};

/* ---- a source ---- */

static struct source *active(const struct choice *self)
{
	return self->shown ? self->shown->source : self->memory.source;
}

static void choice_refresh(struct source *source)
{
	source_refresh(active((struct choice *)source));
}

static void choice_busy(struct source *source, bool busy)
{
	struct choice *self = (struct choice *)source;

	self->busy = busy;
	source_busy(active(self), busy);
}

static void choice_watch(struct source *source, bool watching)
{
	struct choice *self = (struct choice *)source;

	self->watching = watching;
	settle_watch(self);
}

static void choice_moves(struct source *source, bool moves)
{
	struct choice *self = (struct choice *)source;

	source_moves(self->memory.source, moves);
	source_moves(self->spice.source, moves);
}

static void choice_point(struct source *source, uint32_t x, uint32_t y)
{
	source_point(active((struct choice *)source), x, y);
}

/* The capture program and SPICE's agent may be in one guest, or either. */
static void choice_want(struct source *source, uint32_t width, uint32_t height, uint32_t scale120,
			uint32_t mhz)
{
	struct choice *self = (struct choice *)source;

	source_want(self->memory.source, width, height, scale120, mhz);
	source_want(self->spice.source, width, height, scale120, mhz);
}

static void choice_figures(const struct source *source, struct source_figures *out)
{
	const struct choice *self = (const struct choice *)source;
	struct source_figures spice;

	source_figures(self->spice.source, &spice);
	source_figures(self->memory.source, out);
	out->skipped += spice.skipped;
	out->bytes_copied += spice.bytes_copied;
}

static void choice_newest(const struct source *source, uint64_t stages[SOURCE_STAGES])
{
	source_newest(active((const struct choice *)source), stages);
}

static void finish_way(struct way *way)
{
	source_destroy(way->source);
	g_free((void *)way->shape.data);
	g_free(way->guest);
	g_free(way->text);
	g_free(way->uuid);
}

static void choice_destroy(struct source *source)
{
	struct choice *self = (struct choice *)source;

	stop_grace(self);
	finish_way(&self->memory);
	finish_way(&self->spice);
	g_free(self);
}

static const struct source_impl source_select = {
	.name = "select",
	.refresh = choice_refresh,
	.busy = choice_busy,
	.watch = choice_watch,
	.moves = choice_moves,
	.point = choice_point,
	.want = choice_want,
	.figures = choice_figures,
	.newest = choice_newest,
	.destroy = choice_destroy,
};

struct source *source_select_create(const char *memory, struct spice *spice, uint32_t monitor,
				    const struct source_listener *listener, void *data,
				    GError **error)
{
	struct choice *self = g_new0(struct choice, 1);

	self->source = (struct source){ &source_select, listener, data };
	self->watching = true;
	self->memory = (struct way){ .owner = self, .state = SOURCE_ABSENT };
	self->spice = (struct way){ .owner = self, .state = SOURCE_ABSENT };
	self->memory.source = source_create(&source_oriel, memory, &way_listener, &self->memory,
					    error);
	if (!self->memory.source) {
		g_free(self);
		return NULL;
	}
	self->spice.source = source_spice_create(spice, monitor, &way_listener, &self->spice);
	return &self->source;
}
