#include "view_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 10000

/* ---- an X server ---- */

static void exec_xvfb(int displayfd, const char *screen, bool tcp)
{
	char fd[16];
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(fd, sizeof(fd), "%d", displayfd);
	dup2(null, STDERR_FILENO);
	dup2(null, STDOUT_FILENO);
	execlp("Xvfb", "Xvfb", "-displayfd", fd, "-screen", "0", screen,
	       tcp ? "-listen" : "-nolisten", "tcp", "-noreset", (char *)NULL);
	_exit(127);
}

static bool read_display(int fd, char *out, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while (length + 1 < size && (got = read(fd, out + length, 1)) == 1 && out[length] != '\n')
		length++;
	out[length] = 0;
	return length > 0;
}

static void start(struct server *self, const char *screen, bool tcp)
{
	char display[32] = "localhost:", *number = display + strlen(display);
	int ends[2];

	if (pipe(ends) != 0)
		test_fail("pipe: %s", strerror(errno));
	self->pid = fork();
	if (self->pid == 0)
		exec_xvfb(ends[1], screen, tcp);
	close(ends[1]);
	bool good = read_display(ends[0], number, 16);
	close(ends[0]);
	if (!good) {
		waitpid(self->pid, NULL, 0);
		test_skip("no Xvfb here");
	}
	g_setenv("DISPLAY", tcp ? display : number - 1, TRUE);
	g_unsetenv("WAYLAND_DISPLAY"); /* programs would prefer it */
	g_unsetenv("WAYLAND_SOCKET");
	g_unsetenv("XDG_SESSION_TYPE");
	self->xcb = xcb_connect(NULL, NULL);
	CHECK(!xcb_connection_has_error(self->xcb));
	self->screen = xcb_setup_roots_iterator(xcb_get_setup(self->xcb)).data;
}

void server_start(struct server *self, const char *screen)
{
	start(self, screen, false);
}

void server_start_listening(struct server *self, const char *screen)
{
	start(self, screen, true);
}

void server_stop(struct server *self)
{
	if (self->xcb)
		xcb_disconnect(self->xcb);
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	*self = (struct server){ 0 };
}

void server_sync(struct server *self)
{
	free(xcb_get_input_focus_reply(self->xcb, xcb_get_input_focus(self->xcb), NULL));
}

/* Windows of one pixel are there for the clipboard. */
static bool is_for_people(struct server *self, xcb_window_t window)
{
	xcb_get_geometry_reply_t *reply = xcb_get_geometry_reply(
		self->xcb, xcb_get_geometry(self->xcb, window), NULL);
	bool yes = reply && (reply->width > 1 || reply->height > 1);

	free(reply);
	return yes;
}

xcb_window_t server_newest(struct server *self)
{
	xcb_query_tree_reply_t *tree = xcb_query_tree_reply(
		self->xcb, xcb_query_tree(self->xcb, self->screen->root), NULL);
	xcb_window_t window = XCB_NONE;

	for (int i = tree ? tree->children_len : 0; i-- > 0 && !window;)
		if (is_for_people(self, xcb_query_tree_children(tree)[i]))
			window = xcb_query_tree_children(tree)[i];
	free(tree);
	return window;
}

xcb_window_t server_window(struct server *self)
{
	xcb_window_t window = server_newest(self);

	CHECK(window);
	return window;
}

bool server_viewable(struct server *self, xcb_window_t window)
{
	xcb_get_window_attributes_reply_t *reply = xcb_get_window_attributes_reply(
		self->xcb, xcb_get_window_attributes(self->xcb, window), NULL);
	bool yes = reply && reply->map_state == XCB_MAP_STATE_VIEWABLE;

	free(reply);
	return yes;
}

/* Grabbed in between, or the window might change its size. */
static xcb_get_image_reply_t *get_image(struct server *self, xcb_window_t window, uint32_t *width,
					uint32_t *height)
{
	xcb_get_image_reply_t *image = NULL;

	xcb_grab_server(self->xcb);
	xcb_get_geometry_reply_t *geometry = xcb_get_geometry_reply(
		self->xcb, xcb_get_geometry(self->xcb, window), NULL);
	if (geometry) {
		*width = geometry->width;
		*height = geometry->height;
		image = xcb_get_image_reply(self->xcb,
					    xcb_get_image(self->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP,
							  window, 0, 0, geometry->width,
							  geometry->height, ~0u),
					    NULL);
	}
	free(geometry);
	xcb_ungrab_server(self->xcb);
	xcb_flush(self->xcb);
	return image;
}

uint32_t *server_grab(struct server *self, xcb_window_t window, uint32_t *width, uint32_t *height)
{
	xcb_get_image_reply_t *image = get_image(self, window, width, height);

	CHECK(image);
	uint32_t *pixels = g_memdup2(xcb_get_image_data(image), (size_t)*width * *height * 4);
	free(image);
	for (size_t i = 0; i < (size_t)*width * *height; i++)
		pixels[i] &= 0xffffff;
	return pixels;
}

xcb_window_t server_cover(struct server *self, int16_t x, int16_t y, uint16_t width,
			  uint16_t height)
{
	const uint32_t values[] = { 0xff00ff, 1 };
	xcb_window_t window = xcb_generate_id(self->xcb);

	xcb_create_window(self->xcb, XCB_COPY_FROM_PARENT, window, self->screen->root, x, y, width,
			  height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, self->screen->root_visual,
			  XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	xcb_map_window(self->xcb, window);
	server_sync(self);
	return window;
}

void server_uncover(struct server *self, xcb_window_t window)
{
	xcb_destroy_window(self->xcb, window);
	server_sync(self);
}

void server_resize(struct server *self, xcb_window_t window, uint32_t width, uint32_t height)
{
	const uint32_t values[] = { width, height };

	xcb_configure_window(self->xcb, window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
			     values);
	server_sync(self);
}

/* ---- a guest ---- */

static const void *script_pixels(struct frame *frame)
{
	return frame->opaque ? NULL : ((struct script_frame *)frame)->pixels;
}

static void script_frame_damage(const struct frame *frame, uint64_t since, struct region *out)
{
	const struct script_frame *self = (const struct script_frame *)frame;

	region_clear(out);
	if (since + SCRIPT_MEMORY < frame->serial)
		region_set_full(out, frame->image.width, frame->image.height);
	else
		for (uint64_t i = 0; i < frame->serial - since; i++)
			region_unite(out, &self->damages[i]);
}

static void script_release(struct frame *frame)
{
	struct script_frame *self = (struct script_frame *)frame;
	struct script *owner = (struct script *)self->owner;

	owner->given_back++;
	if (owner->poison)
		memset((void *)self->pixels, 0x77, owner->memory.slot_size);
}

static int script_dmabuf(struct frame *frame, struct frame_dmabuf *out)
{
	const struct script_frame *self = (const struct script_frame *)frame;

	out->offset = (uint32_t)frame->shm_offset;
	out->fd = self->owner->memory.fd;
	if (!frame->opaque)
		return self->owner->dmabuf ? 0 : -ENOTSUP;
	out->modifier = FRAME_MODIFIER_UNKNOWN;
	out->width = frame->image.width;
	out->height = frame->image.height;
	out->flipped = self->owner->flipped;
	return 0;
}

static void script_refused(struct frame *frame)
{
	((struct script *)((struct script_frame *)frame)->owner)->refused++;
}

const struct frame_impl script_frame_impl = {
	.dmabuf = script_dmabuf,
	.refused = script_refused,
	.pixels = script_pixels,
	.damage = script_frame_damage,
	.release = script_release,
};

static void set_image(struct script *self, const struct pixel_image *image)
{
	self->image = *image;
	g_free(self->model);
	self->model = g_new0(uint32_t, (size_t)image->width * image->height);
}

static struct pixel_image make_image(uint32_t width, uint32_t height, uint32_t pitch)
{
	struct pixel_image image;

	CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, width, height), 0);
	if (pitch)
		image.pitch = pitch;
	return image;
}

static void take_memory(struct script *self)
{
	for (unsigned i = 0; i < SCRIPT_SLOTS; i++) {
		self->frames[i].owner = self;
		self->frames[i].pixels = memory_slot(&self->memory, i);
	}
}

void script_init(struct script *self, uint32_t width, uint32_t height, uint32_t pitch)
{
	struct pixel_image image = make_image(width, height, pitch);

	*self = (struct script){ 0 };
	set_image(self, &image);
	CHECK(memory_init(&self->memory, SCRIPT_SLOTS, pixel_image_size(&image) * 2, NULL));
	take_memory(self);
}

void script_init_file(struct script *self, uint32_t width, uint32_t height, const char *path)
{
	struct pixel_image image = make_image(width, height, 0);
	struct memory *memory = &self->memory;

	*self = (struct script){ 0 };
	set_image(self, &image);
	memory->slots = SCRIPT_SLOTS;
	memory->slot_size = align_up(pixel_image_size(&image), MEM_PAGE);
	memory->size = memory->slot_size * SCRIPT_SLOTS;
	memory->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(memory->fd >= 0 && posix_fallocate(memory->fd, 0, (off_t)memory->size) == 0);
	memory->base = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
	CHECK(memory->base != MAP_FAILED);
	take_memory(self);
}

void script_finish(struct script *self)
{
	memory_finish(&self->memory);
	g_clear_pointer(&self->model, g_free);
}

void script_change_mode(struct script *self, const struct pixel_image *image)
{
	CHECK(pixel_image_size(image) <= self->memory.slot_size);
	set_image(self, image);
	self->serial += SCRIPT_MEMORY + 1; /* no damage relative to what was */
}

void script_status(struct script *self, enum source_state state, const char *text)
{
	const struct source_status status = { state, "script", text };

	self->source.listener->status(self->source.data, &status);
}

void script_draw(struct script *self, struct rect rect)
{
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
		for (uint32_t x = rect.x; x < rect.x + rect.width; x++)
			self->model[(size_t)y * self->image.width + x] = g_random_int() & 0xffffff;
}

void *script_slot(struct script *self)
{
	for (unsigned i = 1; i <= SCRIPT_SLOTS; i++) {
		unsigned slot = (self->newest + i) % SCRIPT_SLOTS;
		if (self->frames[slot].frame.refs + self->frames[slot].frame.memory == 0) {
			self->newest = slot;
			return (void *)self->frames[slot].pixels;
		}
	}
	test_fail("all slots are held");
}

void script_deliver(struct script *self, const struct region *damage)
{
	struct script_frame *frame = &self->frames[self->newest];

	frame_init(&frame->frame, self->frame_impl ? self->frame_impl : &script_frame_impl,
		   &self->image);
	memory_place_frame(&self->memory, self->newest, &frame->frame);
	frame->frame.serial = ++self->serial;
	frame->frame.lasting = !self->fleeting;
	frame->frame.opaque = self->texture;
	frame->frame.seen_ns = (uint64_t)g_get_monotonic_time() * 1000;
	memmove(self->damages + 1, self->damages, sizeof(*damage) * (SCRIPT_MEMORY - 1));
	if (damage)
		self->damages[0] = *damage;
	else
		region_set_full(&self->damages[0], self->image.width, self->image.height);
	memcpy(frame->damages, self->damages, sizeof(frame->damages));
	self->source.listener->frame(self->source.data, &frame->frame);
	frame_unref(&frame->frame);
}

void script_post(struct script *self, const struct region *damage)
{
	const struct pixel_image *image = &self->image;
	uint8_t *slot = script_slot(self);

	memset(slot, 0xee, pixel_image_size(image));
	for (uint32_t y = 0; y < image->height; y++) {
		uint32_t *row = (uint32_t *)(void *)(slot + (size_t)y * image->pitch);
		for (uint32_t x = 0; x < image->width; x++)
			row[x] = self->model[(size_t)y * image->width + x] |
				 (self->opaque ? 0xff000000 : 0);
	}
	script_deliver(self, damage);
}

static struct source *script_create(const char *arg, const struct source_listener *listener,
				    void *data, GError **error)
{
	struct script *self = (struct script *)(void *)(uintptr_t)arg;

	(void)listener;
	(void)data;
	(void)error;
	self->created = true;
	return &self->source;
}

/* What it last posted, in a slot of its own. */
static void script_refresh(struct source *source)
{
	struct script *self = (struct script *)source;

	self->refreshes++;
	if (self->serial)
		script_post(self, NULL);
}

static void script_moves(struct source *source, bool moves)
{
	((struct script *)source)->moves = moves;
}

static void script_point(struct source *source, uint32_t x, uint32_t y)
{
	struct script *self = (struct script *)source;

	self->points++;
	self->point = (struct point){ x, y };
}

static void script_want(struct source *source, uint32_t width, uint32_t height, uint32_t scale120,
			uint32_t mhz)
{
	struct script *self = (struct script *)source;

	(void)scale120, (void)mhz;
	self->wants++;
	self->want = (struct extent){ width, height };
}

static void script_destroy(struct source *source)
{
	((struct script *)source)->created = false;
}

const struct source_impl script_impl = {
	.name = "script",
	.create = script_create,
	.refresh = script_refresh,
	.moves = script_moves,
	.point = script_point,
	.want = script_want,
	.destroy = script_destroy,
};

/* ---- the viewer ---- */

void viewer_start(struct viewer *self, struct script *script)
{
	GError *error = NULL;

	self->options.keep_aspect = self->options.upscale = self->options.resizable = TRUE;
	self->options.wayland = (struct wayland_options){ TRUE, TRUE, TRUE };
	self->options.input.hide_cursor = !self->shows_arrow;
	self->options.source = &script_impl;
	self->options.source_arg = (char *)script;
	if (!self->options.window)
		self->options.window = &window_x11;
	self->app = app_create(&self->options, &error);
	if (!self->app)
		test_fail("no viewer: %s", error->message);
}

void viewer_stop(struct viewer *self)
{
	app_destroy(self->app);
	*self = (struct viewer){ 0 };
}

void pump_until(bool (*done)(void *data), void *data, const char *what)
{
	gint64 end = g_get_monotonic_time() + PATIENCE_MS * 1000;

	while (!done(data)) {
		if (g_get_monotonic_time() > end)
			test_fail("waited in vain until %s", what);
		if (!g_main_context_iteration(NULL, FALSE))
			g_usleep(500);
	}
}

static bool is_past(void *data)
{
	return g_get_monotonic_time() >= *(gint64 *)data;
}

void pump_ms(unsigned ms)
{
	gint64 end = g_get_monotonic_time() + ms * 1000;

	pump_until(is_past, &end, "time passes");
}

struct figures viewer_figures(const struct viewer *self)
{
	struct figures out;

	app_figures(self->app, &out);
	return out;
}

struct goal {
	const struct viewer *viewer;
	uint64_t count;
};

static bool has_shown(void *data)
{
	const struct goal *goal = data;
	struct figures figures = viewer_figures(goal->viewer);

	return figures.shown + figures.skipped >= goal->count;
}

void viewer_shown(struct viewer *self, uint64_t count)
{
	struct goal goal = { self, count };

	pump_until(has_shown, &goal, "the frame is shown");
	/* Who draws himself only knows that he has asked: the server may hear others first. */
	if (self->options.way && strcmp(self->options.way, "gpu") == 0)
		g_usleep(10000);
}

void viewer_post(struct viewer *self, struct script *script, const struct region *damage)
{
	struct figures before = viewer_figures(self);

	script_post(script, damage);
	viewer_shown(self, before.shown + before.skipped + 1);
}

void viewer_post_all(struct viewer *self, struct script *script)
{
	script_draw(script, (struct rect){ 0, 0, script->image.width, script->image.height });
	viewer_post(self, script, NULL);
}

/* ---- comparing ---- */

static uint32_t expected(const struct script *script, struct placement at, uint32_t x, uint32_t y)
{
	int64_t sx = (int64_t)x - at.x, sy = (int64_t)y - at.y;

	if (sx < 0 || sy < 0 || sx >= at.width || sy >= at.height)
		return 0;
	return script
		->model[(size_t)(sy / at.factor) * script->image.width + (size_t)(sx / at.factor)];
}

void check_window(struct server *server, xcb_window_t window, const struct script *script,
		  struct placement at)
{
	uint32_t width, height;
	g_autofree uint32_t *got = server_grab(server, window, &width, &height);

	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t want = expected(script, at, x, y);
			if (got[(size_t)y * width + x] != want)
				test_fail("pixel %u,%u of %ux%u is %06x, wanted %06x", x, y, width,
					  height, got[(size_t)y * width + x], want);
		}
}
