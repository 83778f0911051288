#include "view/source/spice.h"

#include <assert.h>
#include <gio/gio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/source/board.h"
#include "view/source/textures.h"

static_assert((int)LINK_SPICE_CURSOR_MAX <= CURSOR_MAX, "shapes are no larger than ours");

struct guest_screen {
	struct source source;
	struct spice *spice;
	uint32_t monitor;
	bool watching, busy, undelivered;
	struct board *board;  /* NULL: there is no picture */
	struct frame *newest; /* a reference; NULL: none */
	struct textures *textures;
	bool plain; /* textures are of no use here */
	uint64_t serial;
	uint64_t skipped, bytes_copied;
	char *name, *uuid; /* of the machine; NULL: not told */
	struct cursor cursor;
	struct cursor_shape shape; /* its data is ours */
	enum source_state state;
};

/* ---- pictures ---- */

/* To give a slot back may end the link to oriel-spice, and what that leads to ends here again. */
static void replace_newest(struct guest_screen *self, struct frame *frame)
{
	struct frame *last = self->newest;

	self->newest = frame;
	self->undelivered = false;
	if (last)
		frame_unref(last);
}

static void drop_board(struct guest_screen *self)
{
	struct board *board = self->board;

	self->board = NULL;
	board_retire(board);
	replace_newest(self, NULL);
	board_unref(board);
}

/* A texture's picture counts as read when its frame goes back, so none is kept here. */
static struct frame *newest(struct guest_screen *self)
{
	return self->newest ? frame_ref(self->newest) : textures_frame(self->textures);
}

static void deliver(struct guest_screen *self)
{
	if (!self->watching)
		return;
	if (self->busy) {
		self->undelivered = true;
		return;
	}
	self->undelivered = false;
	struct frame *frame = newest(self);
	if (frame)
		self->source.listener->frame(self->source.data, frame);
	frame_unref(frame);
}

static void take_picture(struct guest_screen *self, struct frame *frame)
{
	self->serial++;
	self->skipped += self->undelivered;
	replace_newest(self, frame);
	deliver(self);
}

/* ---- what oriel-spice tells ---- */

static void tell(struct guest_screen *self, enum source_state state, const char *text)
{
	const struct source_status status = { state, self->name ? self->name : "", text,
					      self->uuid };

	self->state = state;
	self->source.listener->status(self->source.data, &status);
}

static void go_blank(struct guest_screen *self, enum source_state state, const char *text)
{
	drop_board(self);
	textures_drop(self->textures);
	tell(self, state, text);
}

static void complain(struct guest_screen *self, const char *what)
{
	log_warn("oriel-spice tells of a %s that cannot be", what);
	go_blank(self, SOURCE_DARK, "oriel-spice told of a picture that cannot be.");
}

static void hear_surface(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_surface *body = message->body;

	if (body->monitor != self->monitor || !self->watching)
		return;
	drop_board(self);
	textures_drop(self->textures);
	self->board = board_create(body, message->fds[0], self->spice, self->serial + 1);
	if (!self->board) {
		complain(self, "surface");
		return;
	}
	message->fds[0] = -1;
	tell(self, SOURCE_RUNNING, "");
}

/* Of a surface that has been replaced nothing is wanted. */
static void hear_frame(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_frame *body = message->body;

	if (!self->board || !board_is(self->board, body->surface))
		return;
	struct frame *frame = board_take(self->board, body, self->serial + 1);
	if (!frame) {
		complain(self, "picture");
		return;
	}
	self->bytes_copied += body->bytes_copied;
	take_picture(self, frame);
}

/* Guests turn pages, so another one is no event. */
static void hear_texture(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_texture *body = message->body;

	if (body->monitor != self->monitor || !self->watching || self->plain)
		return;
	bool news = self->state != SOURCE_RUNNING || !textures_there(self->textures);
	drop_board(self);
	if (!textures_set(self->textures, body, message->fds[0])) {
		complain(self, "texture");
		return;
	}
	message->fds[0] = -1;
	if (news)
		tell(self, SOURCE_RUNNING, "");
}

static void hear_drawn(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_drawn *body = message->body;

	if (!textures_is(self->textures, body->texture))
		return;
	if (!textures_draw(self->textures, body, self->serial + 1))
		complain(self, "picture");
	else
		take_picture(self, NULL);
}

static void hear_blank(void *data, struct link_message *message)
{
	static const char *const texts[] = {
		[LINK_SPICE_BLANK_OFF] = "",
		[LINK_SPICE_BLANK_MONITOR] = "The guest has no monitor of that number.",
		[LINK_SPICE_BLANK_GL] = "QEMU draws it with OpenGL, and neither this display nor "
					"the processor can read that: give QEMU -spice gl=off.",
		[LINK_SPICE_BLANK_SIZE] = "The guest's screen is too large.",
	};
	static_assert(ARRAY_LEN(texts) == LINK_SPICE_BLANK_COUNT, "a text for each");
	const struct link_spice_blanked *body = message->body;

	go_blank(data, SOURCE_DARK, body->why < ARRAY_LEN(texts) ? texts[body->why] : "");
}

/* ---- its pointer ---- */

static void tell_cursor(struct guest_screen *self, bool shape)
{
	struct cursor cursor = self->cursor;

	cursor.has_shape = shape && self->shape.data;
	cursor.shape = self->shape;
	cursor.x -= self->shape.hot_x;
	cursor.y -= self->shape.hot_y;
	self->source.listener->cursor(self->source.data, &cursor);
}

static void hear_cursor(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_cursor *body = message->body;
	const int32_t limit = LINK_SPICE_SCREEN_MAX;

	self->cursor = (struct cursor){
		.visible = body->visible != 0,
		.has_position = body->has_position != 0,
		.x = CLAMP(body->x, -limit, limit),
		.y = CLAMP(body->y, -limit, limit),
	};
	tell_cursor(self, false);
}

/* Read, not mapped: there is nothing that it could change afterwards. */
static uint8_t *read_shape(const struct link_spice_shape *told, int fd)
{
	const size_t size = (size_t)told->width * told->height * 4;
	g_autofree uint8_t *bytes = g_malloc(size);

	return pread(fd, bytes, size, 0) == (ssize_t)size ? g_steal_pointer(&bytes) : NULL;
}

static void hear_shape(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_shape *body = message->body;
	const int32_t limit = LINK_SPICE_CURSOR_MAX;
	uint8_t *bytes = NULL;

	if (body->width > 0 && body->height > 0 && body->width <= LINK_SPICE_CURSOR_MAX &&
	    body->height <= LINK_SPICE_CURSOR_MAX)
		bytes = read_shape(body, message->fds[0]);
	if (!bytes) {
		log_warn("oriel-spice tells of a pointer that cannot be");
		return;
	}
	g_free((void *)self->shape.data);
	self->shape = (struct cursor_shape){
		.type = CURSOR_COLOUR,
		.hot_x = CLAMP(body->hot_x, 0, limit),
		.hot_y = CLAMP(body->hot_y, 0, limit),
		.width = body->width,
		.height = body->height,
		.pitch = body->width * 4,
		.data = bytes,
	};
	tell_cursor(self, true);
}

/* ---- the connection ---- */

static void ask_to_watch(struct guest_screen *self)
{
	bool textures = !self->plain && spice_takes_textures(self->spice);
	struct link_spice_watch body = { self->monitor, self->watching, textures };

	spice_ask(self->spice, LINK_SPICE_DISPLAY_WATCH, &body, NULL, NULL);
}

/* By no presenter: oriel-spice may be able to copy it. */
static void on_refused(void *data)
{
	struct guest_screen *self = data;

	if (self->plain)
		return;
	log_info("the guest's textures cannot be shown here as they are: they are copied");
	self->plain = true;
	ask_to_watch(self);
}

static void on_greeted(void *data)
{
	struct guest_screen *self = data;

	if (self->watching)
		ask_to_watch(self);
}

static void on_lost(void *data)
{
	struct guest_screen *self = data;

	go_blank(self, SOURCE_ABSENT, "oriel-spice starts.");
}

static void hear_state(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_state *body = message->body;

	if (body->connection < LINK_SPICE_LOST)
		return;
	g_autofree char *valid = g_utf8_make_valid(message->text, -1);
	g_autofree char *text = g_strdup_printf("%s: %s", spice_name(self->spice), valid);
	go_blank(self, SOURCE_ABSENT, text);
}

static void hear_server(void *data, struct link_message *message)
{
	struct guest_screen *self = data;
	const struct link_spice_server *body = message->body;

	g_free(self->name);
	g_free(self->uuid);
	self->name = g_utf8_make_valid(message->text, -1);
	self->uuid = source_uuid_text(body->uuid);
	if (self->state == SOURCE_RUNNING)
		tell(self, SOURCE_RUNNING, "");
}

const struct spice_part source_spice_part = {
	.greeted = on_greeted,
	.lost = on_lost,
	.hears = {
		[LINK_SPICE_STATE] = hear_state,
		[LINK_SPICE_SERVER] = hear_server,
		[LINK_SPICE_DISPLAY_SURFACE] = hear_surface,
		[LINK_SPICE_DISPLAY_FRAME] = hear_frame,
		[LINK_SPICE_DISPLAY_TEXTURE] = hear_texture,
		[LINK_SPICE_DISPLAY_DRAWN] = hear_drawn,
		[LINK_SPICE_DISPLAY_BLANK] = hear_blank,
		[LINK_SPICE_CURSOR] = hear_cursor,
		[LINK_SPICE_CURSOR_SHAPE] = hear_shape,
	},
};

/* ---- a source ---- */

static void screen_refresh(struct source *source)
{
	deliver((struct guest_screen *)source);
}

static void screen_busy(struct source *source, bool busy)
{
	struct guest_screen *self = (struct guest_screen *)source;

	self->busy = busy;
	if (!busy && self->undelivered)
		deliver(self);
}

/* What is not watched is closed over there, and comes as another surface. */
static void screen_watch(struct source *source, bool watching)
{
	struct guest_screen *self = (struct guest_screen *)source;

	if (self->watching == watching)
		return;
	self->watching = watching;
	ask_to_watch(self);
	if (watching)
		return;
	drop_board(self);
	textures_drop(self->textures);
}

/* By the guest's agent, where it has one. */
static void screen_want(struct source *source, uint32_t width, uint32_t height, uint32_t scale120,
			uint32_t mhz)
{
	struct guest_screen *self = (struct guest_screen *)source;
	struct link_spice_size body = { self->monitor, width, height };

	(void)scale120, (void)mhz;
	spice_ask(self->spice, LINK_SPICE_DISPLAY_SIZE, &body, NULL, NULL);
}

static void screen_figures(const struct source *source, struct source_figures *out)
{
	const struct guest_screen *self = (const struct guest_screen *)source;

	out->skipped = self->skipped;
	out->bytes_copied = self->bytes_copied;
}

static void screen_destroy(struct source *source)
{
	struct guest_screen *self = (struct guest_screen *)source;

	spice_remove(self->spice, &source_spice_part, self);
	screen_watch(source, false);
	drop_board(self);
	textures_retire(self->textures);
	g_free((void *)self->shape.data);
	g_free(self->name);
	g_free(self->uuid);
	g_free(self);
}

static struct source *screen_create(const char *arg, const struct source_listener *listener,
				    void *data, GError **error)
{
	(void)arg, (void)listener, (void)data;
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "--source=spice: name the SPICE server with --spice-address=ADDRESS");
	return NULL;
}

const struct source_impl source_spice = {
	.name = "spice",
	.create = screen_create,
	.refresh = screen_refresh,
	.busy = screen_busy,
	.watch = screen_watch,
	.want = screen_want,
	.figures = screen_figures,
	.destroy = screen_destroy,
};

struct source *source_spice_create(struct spice *spice, uint32_t monitor,
				   const struct source_listener *listener, void *data)
{
	struct guest_screen *self = g_new0(struct guest_screen, 1);

	self->source = (struct source){ &source_spice, listener, data };
	self->spice = spice;
	self->textures = textures_create(spice, on_refused, self);
	self->monitor = monitor;
	self->watching = true;
	self->state = SOURCE_ABSENT;
	spice_add(spice, &source_spice_part, self);
	return &self->source;
}
