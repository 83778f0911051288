/* A guest's screen out of shared memory, through the public library. */
#include <oriel/oriel.h>

#include <assert.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/find/find.h"
#include "view/source/source.h"
#include "view/watch.h"

/* The library's numbers are the house's. */
static_assert((int)ORIEL_PIXEL_BGRA == (int)PIXEL_BGRA, "same formats");
static_assert((int)ORIEL_PIXEL_RGB_24 == (int)PIXEL_RGB_24, "same formats");
static_assert((int)ORIEL_COLOUR_HDR == (int)PIXEL_COLOUR_HDR, "same colours");
static_assert((int)ORIEL_COLOUR_PQ == (int)PIXEL_COLOUR_PQ, "same colours");
static_assert((int)ORIEL_CURSOR_COLOUR == (int)CURSOR_COLOUR, "same cursors");
static_assert((int)ORIEL_CURSOR_MASKED == (int)CURSOR_MASKED, "same cursors");

static_assert((int)ORIEL_STAGES == (int)SOURCE_STAGES, "same stages");

/* In use here at once: delivered, waiting, being shown, and one to spare; three more that only wait
 * for the news that they were seen. */
#define FRAMES   7
#define RETRY_MS 500

struct guest_frame {
	struct frame frame; /* without refs and memory: free */
	struct oriel_frame *inner;
	int *no_dmabuf;   /* the guest's */
	uint64_t *stages; /* the same */
};

struct guest {
	struct source source;
	struct oriel *oriel; /* NULL: the memory is not there yet */
	char *path;          /* of memory, or of a server's socket; NULL: what is found */
	char *vm;            /* of that name, found; NULL: of any */
	bool server;         /* it is a server's */
	int connection;      /* to a server; -1: none */
	char *name;          /* of the guest, for people */
	char *uuid;          /* NULL: it does not say */
	unsigned watch;      /* on the library, or on the clock until there is memory */
	bool still;          /* nobody needs to know where the pointer is */
	bool told;           /* why there is no memory */
	int no_dmabuf;       /* why this guest's frames have none, a negative errno; 0: they may */
	uint64_t stages[SOURCE_STAGES]; /* of the picture that was shown last, ns */
	struct guest_frame frames[FRAMES];
};

static const void *guest_pixels(struct frame *frame)
{
	return oriel_frame_rows(((struct guest_frame *)frame)->inner, 0, 0);
}

/* What failed once fails for as long as this guest is there. */
static int guest_dmabuf(struct frame *frame, struct frame_dmabuf *out)
{
	struct guest_frame *self = (struct guest_frame *)frame;
	char why[512];

	if (*self->no_dmabuf)
		return *self->no_dmabuf;
	out->fd = oriel_frame_dmabuf(self->inner, &out->offset, why, sizeof(why));
	if (out->fd >= 0)
		return 0;
	log_info("no dma-bufs: %s", why);
	return *self->no_dmabuf = out->fd;
}

static void guest_damage(const struct frame *frame, uint64_t since, struct region *out)
{
	const struct guest_frame *self = (const struct guest_frame *)frame;
	struct oriel_rect rects[REGION_MAX];
	size_t count = oriel_frame_damage(self->inner, since, rects, REGION_MAX);

	region_clear(out);
	for (size_t i = 0; i < count; i++)
		region_add(out, (struct rect){ rects[i].x, rects[i].y, rects[i].width,
					       rects[i].height });
}

static void guest_submitted(struct frame *frame, uint64_t when_ns)
{
	oriel_frame_submitted(((struct guest_frame *)frame)->inner, when_ns);
}

/* As the library counts: each moment lies between the one before it and the last. What a plain
 * guest does not tell begins when its picture was seen. */
static void split(const struct oriel_stamps *stamps, uint64_t out[SOURCE_STAGES])
{
	const uint64_t moments[] = { stamps->posted_ns, stamps->filled_ns, stamps->seen_ns,
				     stamps->submitted_ns, stamps->presented_ns };
	static_assert(ARRAY_LEN(moments) == SOURCE_TOTAL, "one moment ends each stage");
	uint64_t last = stamps->presented_ns;
	uint64_t begin = min_u64(stamps->captured_ns ? stamps->captured_ns : stamps->seen_ns, last);
	uint64_t at = begin;

	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		uint64_t next = max_u64(at, min_u64(moments[i], last));
		out[i] = next - at;
		at = next;
	}
	out[SOURCE_TOTAL] = last - begin;
}

static void guest_presented(struct frame *frame, uint64_t when_ns)
{
	struct guest_frame *self = (struct guest_frame *)frame;
	struct oriel_stamps stamps;

	oriel_frame_presented(self->inner, when_ns);
	oriel_frame_stamps(self->inner, &stamps);
	if (stamps.presented_ns)
		split(&stamps, self->stages);
}

static void guest_give_back(struct frame *frame)
{
	oriel_frame_give_back(((struct guest_frame *)frame)->inner);
}

static void guest_release(struct frame *frame)
{
	oriel_frame_unref(((struct guest_frame *)frame)->inner);
}

static const struct frame_impl guest_frame_impl = {
	.pixels = guest_pixels,
	.dmabuf = guest_dmabuf,
	.damage = guest_damage,
	.submitted = guest_submitted,
	.presented = guest_presented,
	.give_back = guest_give_back,
	.release = guest_release,
};

static struct pixel_image image_from(const struct oriel_format *format)
{
	return (struct pixel_image){
		.format = (enum pixel_format)format->pixel,
		.width = format->width,
		.height = format->height,
		.data_width = format->data_width,
		.data_height = format->data_height,
		.pitch = format->pitch,
		.rotation = (enum pixel_rotation)(format->rotation & 3),
		.colour = format->colour,
	};
}

static void wrap(struct guest *guest, struct guest_frame *self, struct oriel_frame *inner,
		 const struct pixel_image *image)
{
	const struct oriel_format *format = oriel_frame_format(inner);

	frame_init(&self->frame, &guest_frame_impl, image);
	self->inner = oriel_frame_ref(inner);
	self->no_dmabuf = &guest->no_dmabuf;
	self->stages = guest->stages;
	self->frame.serial = oriel_frame_serial(inner);
	self->frame.seen_ns = oriel_frame_seen_ns(inner);
	self->frame.screen_width = format->screen_width;
	self->frame.screen_height = format->screen_height;
	self->frame.wants_awake = format->flags & ORIEL_FRAME_BLOCK_SCREENSAVER;
	self->frame.wants_attention = format->flags & ORIEL_FRAME_REQUEST_ACTIVATION;
	self->frame.lasting = oriel_frame_lasting(inner);
	int fd = oriel_frame_shm(inner, &self->frame.shm_offset, &self->frame.shm_size);
	self->frame.shm_fd = fd >= 0 ? fd : -1;
}

static struct guest_frame *free_frame(struct guest *self)
{
	for (size_t i = 0; i < ARRAY_LEN(self->frames); i++)
		if (self->frames[i].frame.refs + self->frames[i].frame.memory == 0)
			return &self->frames[i];
	return NULL;
}

static void on_frame(void *data, struct oriel_frame *inner)
{
	struct guest *self = data;
	struct pixel_image image = image_from(oriel_frame_format(inner));
	struct guest_frame *frame = free_frame(self);

	if (!frame || !pixel_image_valid(&image))
		return;
	wrap(self, frame, inner, &image);
	self->source.listener->frame(self->source.data, &frame->frame);
	frame_unref(&frame->frame);
}

static void on_cursor(void *data, const struct oriel_cursor *from)
{
	struct guest *self = data;
	struct cursor cursor = {
		.visible = from->visible,
		.has_position = from->has_position,
		.x = from->x,
		.y = from->y,
		.has_shape = from->has_shape,
	};

	if (from->has_shape)
		cursor.shape = (struct cursor_shape){
			.type = (enum cursor_type)from->type,
			.hot_x = from->hot_x,
			.hot_y = from->hot_y,
			.width = from->width,
			.height = from->height,
			.pitch = from->pitch,
			.data = from->data,
		};
	self->source.listener->cursor(self->source.data, &cursor);
}

static void tell(struct guest *self, enum source_state state, const char *text)
{
	const struct source_status status = { state, self->name ? self->name : "", text,
					      self->uuid };

	self->source.listener->status(self->source.data, &status);
}

/* Guests choose this text: nothing in it may steer a terminal. */
static char *presentable(const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);

	for (char *at = valid; *at; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			memset(at, '?', (size_t)(g_utf8_next_char(at) - at));
	return valid;
}

static void on_attached(void *data, const struct oriel_guest_info *info)
{
	struct guest *self = data;

	g_free(self->name);
	g_free(self->uuid);
	self->name = presentable(info->os_name);
	self->uuid = source_uuid_text(info->uuid);
	g_autofree char *version = presentable(info->host_version);
	g_autofree char *capture = presentable(info->capture);
	self->no_dmabuf = 0;
	log_info("capture program %s (%s)", version, capture);
	tell(self, SOURCE_RUNNING, "");
}

static void on_detached(void *data, enum oriel_detach_reason reason, const char *text)
{
	static const enum source_state states[] = {
		[ORIEL_DETACH_ABSENT] = SOURCE_WAITING,    [ORIEL_DETACH_LOST] = SOURCE_LOST,
		[ORIEL_DETACH_RESTARTED] = SOURCE_RESTART, [ORIEL_DETACH_VERSION] = SOURCE_VERSION,
		[ORIEL_DETACH_MEMORY] = SOURCE_MEMORY,
	};
	static_assert(ARRAY_LEN(states) == ORIEL_DETACH_MEMORY + 1, "one state per reason");

	tell(data, (size_t)reason < ARRAY_LEN(states) ? states[reason] : SOURCE_LOST, text);
}

static const struct oriel_listener library_listener = {
	.attached = on_attached,
	.frame = on_frame,
	.cursor = on_cursor,
	.detached = on_detached,
};

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
	struct guest *self = data;

	(void)fd;
	(void)condition;
	if (oriel_dispatch(self->oriel) == 0)
		return G_SOURCE_CONTINUE;
	self->watch = 0;
	tell(self, SOURCE_MEMORY, "");
	return G_SOURCE_REMOVE;
}

static bool is_socket(const char *path)
{
	GStatBuf status;

	return path && g_stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int open_found(struct guest *self, const struct find_place *place,
		      struct oriel_params *params, char *why, size_t size)
{
	params->server = place->kind == PLACE_MACHINE ? place->path : NULL;
	params->path = place->kind == PLACE_MACHINE ? NULL : place->path;
	return oriel_open(&self->oriel, params, why, size);
}

/* Nobody said where. Of several that came while this program waited, the first. */
static int open_anywhere(struct guest *self, struct oriel_params *params, char *why, size_t size)
{
	g_autoptr(GPtrArray) all = find_places(find_usual());
	g_autoptr(GPtrArray) choices = find_choices(all, self->vm);

	if (choices->len)
		return open_found(self, choices->pdata[0], params, why, size);
	g_autofree char *nothing = find_nothing(find_usual(), self->vm);
	g_strlcpy(why, nothing, size);
	return -ENOENT;
}

static int open_place(struct guest *self, char *why, size_t size)
{
	struct oriel_params params = {
		.use_server_fd = self->connection >= 0,
		.server_fd = self->connection,
		.listener = &library_listener,
		.data = self,
	};

	if (!self->path && self->connection < 0)
		return open_anywhere(self, &params, why, size);
	if (self->server || is_socket(self->path))
		params.server = self->path;
	else
		params.path = self->path;
	return oriel_open(&self->oriel, &params, why, size);
}

/* 0, or a negative errno with words. */
static int open_memory(struct guest *self, char *why, size_t size)
{
	int failed = open_place(self, why, size);

	if (failed)
		return failed;
	oriel_moves(self->oriel, !self->still);
	self->watch = watch_readable(oriel_fd(self->oriel), on_readable, self);
	return 0;
}

/* Memory that is not there yet appears when the machine, or its server, starts. */
static bool may_come(int failed)
{
	return failed == -ENOENT || failed == -ECONNREFUSED;
}

static gboolean on_retry(gpointer data)
{
	struct guest *self = data;
	char why[512] = "";

	if (open_memory(self, why, sizeof(why)) == 0)
		return G_SOURCE_REMOVE; /* `watch` is another one now */
	if (!self->told) {
		log_warn("%s; waiting for it", why);
		tell(self, SOURCE_ABSENT, why);
	}
	self->told = true;
	return G_SOURCE_CONTINUE;
}

static void guest_destroy(struct source *source)
{
	struct guest *self = (struct guest *)source;

	if (self->watch)
		g_source_remove(self->watch);
	oriel_close(self->oriel);
	g_free(self->path);
	g_free(self->vm);
	g_free(self->name);
	g_free(self->uuid);
	g_free(self);
}

/* "PATH", "server=SOCKET", "server=fd:N", "vm=NAME" */
static void take_place(struct guest *self, const char *arg)
{
	guint64 fd = 0;

	self->connection = -1;
	self->server = arg && g_str_has_prefix(arg, SOURCE_SERVER);
	if (self->server)
		arg += strlen(SOURCE_SERVER);
	if (self->server && g_str_has_prefix(arg, "fd:") &&
	    g_ascii_string_to_unsigned(arg + 3, 10, 0, INT_MAX, &fd, NULL))
		self->connection = (int)fd;
	else if (!self->server && arg && g_str_has_prefix(arg, SOURCE_VM))
		self->vm = g_strdup(arg + strlen(SOURCE_VM));
	else
		self->path = g_strdup(arg);
}

static struct source *guest_create(const char *arg, const struct source_listener *listener,
				   void *data, GError **error)
{
	struct guest *self = g_new0(struct guest, 1);
	char why[512] = "";
	int failed;

	(void)listener;
	(void)data;
	take_place(self, arg);
	failed = open_memory(self, why, sizeof(why));
	if (may_come(failed))
		self->watch = g_timeout_add(RETRY_MS, on_retry, self);
	if (failed == 0 || may_come(failed))
		return &self->source;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-failed), "%s", why);
	guest_destroy(&self->source);
	return NULL;
}

/* A guest that cannot says so to the library. */
static void guest_point(struct source *source, uint32_t x, uint32_t y)
{
	struct guest *self = (struct guest *)source;

	if (self->oriel)
		(void)oriel_set_cursor(self->oriel, (int32_t)x, (int32_t)y);
}

static void guest_want(struct source *source, uint32_t width, uint32_t height, uint32_t scale120,
		       uint32_t mhz)
{
	struct guest *self = (struct guest *)source;

	if (self->oriel)
		oriel_want(self->oriel, width, height, scale120, mhz);
}

static void guest_refresh(struct source *source)
{
	struct guest *self = (struct guest *)source;

	if (self->oriel)
		oriel_refresh(self->oriel);
}

static void guest_busy(struct source *source, bool busy)
{
	struct guest *self = (struct guest *)source;

	if (self->oriel)
		oriel_busy(self->oriel, busy);
}

static void guest_watch(struct source *source, bool watching)
{
	struct guest *self = (struct guest *)source;

	if (self->oriel)
		oriel_watch(self->oriel, watching);
}

static void guest_moves(struct source *source, bool moves)
{
	struct guest *self = (struct guest *)source;

	self->still = !moves;
	if (self->oriel)
		oriel_moves(self->oriel, moves);
}

static const char *wake_name(enum oriel_wake wake)
{
	static const char *const names[] = {
		[ORIEL_WAKE_NONE] = "",
		[ORIEL_WAKE_PACING] = "pacing",
		[ORIEL_WAKE_FUTEX] = "futex",
		[ORIEL_WAKE_DOORBELL] = "doorbell",
	};

	return (size_t)wake < ARRAY_LEN(names) ? names[wake] : "";
}

static void guest_figures(const struct source *source, struct source_figures *out)
{
	const struct guest *self = (const struct guest *)source;
	struct oriel_stats stats;

	if (!self->oriel)
		return;
	oriel_get_stats(self->oriel, &stats);
	*out = (struct source_figures){
		.skipped = stats.skipped,
		.wakeups = stats.wakeups,
		.rung = stats.rung,
		.wake = wake_name(stats.wake),
		.bytes_copied = stats.bytes_copied,
	};
	memcpy(out->stages, stats.stage_ns, sizeof(out->stages));
}

static void guest_newest(const struct source *source, uint64_t stages[SOURCE_STAGES])
{
	memcpy(stages, ((const struct guest *)source)->stages, SOURCE_STAGES * sizeof(stages[0]));
}

const struct source_impl source_oriel = {
	.name = "oriel",
	.create = guest_create,
	.refresh = guest_refresh,
	.point = guest_point,
	.want = guest_want,
	.busy = guest_busy,
	.watch = guest_watch,
	.moves = guest_moves,
	.figures = guest_figures,
	.newest = guest_newest,
	.destroy = guest_destroy,
};
