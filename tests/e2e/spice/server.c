#include "server.h"

#include <glib-unix.h>
#include <spice-server/spice.h>
#include <stdatomic.h>

#include "base/clock.h"

struct SpiceTimer {
	SpiceTimerFunc func;
	void *opaque;
	unsigned source;
};

struct SpiceWatch {
	SpiceWatchFunc func;
	void *opaque;
	int fd;
	unsigned source;
};

#define VIEW_TRIES 50000 /* of 0.2 ms */

static struct {
	SpiceServer *server;
	QXLInstance card;
	uint32_t *memory; /* of the surface; NULL: there is none */
	QXLMonitorsConfig *monitors;
	_Atomic unsigned answers, monitors_read;
	_Atomic uint64_t answered_ns;
} here;

enum { COOKIE_DRAW = 1, COOKIE_MONITORS };

/* ---- its main loop ---- */

static gboolean on_timer(gpointer data)
{
	SpiceTimer *self = data;

	self->source = 0;
	self->func(self->opaque);
	return G_SOURCE_REMOVE;
}

static SpiceTimer *timer_add(SpiceTimerFunc func, void *opaque)
{
	SpiceTimer *self = g_new0(SpiceTimer, 1);

	*self = (SpiceTimer){ func, opaque, 0 };
	return self;
}

static void timer_cancel(SpiceTimer *self)
{
	if (self->source)
		g_source_remove(self->source);
	self->source = 0;
}

static void timer_start(SpiceTimer *self, uint32_t ms)
{
	timer_cancel(self);
	self->source = g_timeout_add(ms, on_timer, self);
}

static void timer_remove(SpiceTimer *self)
{
	timer_cancel(self);
	g_free(self);
}

static gboolean on_ready(int fd, GIOCondition condition, gpointer data)
{
	SpiceWatch *self = data;
	int events = (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR) ? SPICE_WATCH_EVENT_READ : 0) |
		     (condition & G_IO_OUT ? SPICE_WATCH_EVENT_WRITE : 0);

	self->func(fd, events, self->opaque);
	return G_SOURCE_CONTINUE;
}

static void watch_update_mask(SpiceWatch *self, int events)
{
	GIOCondition condition = (events & SPICE_WATCH_EVENT_READ ? G_IO_IN : 0) |
				 (events & SPICE_WATCH_EVENT_WRITE ? G_IO_OUT : 0);

	if (self->source)
		g_source_remove(self->source);
	self->source = events ? g_unix_fd_add(self->fd, condition, on_ready, self) : 0;
}

static SpiceWatch *watch_add(int fd, int events, SpiceWatchFunc func, void *opaque)
{
	SpiceWatch *self = g_new0(SpiceWatch, 1);

	*self = (SpiceWatch){ func, opaque, fd, 0 };
	watch_update_mask(self, events);
	return self;
}

static void watch_remove(SpiceWatch *self)
{
	watch_update_mask(self, 0);
	g_free(self);
}

static void channel_event(int event, SpiceChannelEventInfo *info)
{
	(void)event, (void)info;
}

static SpiceCoreInterface core = {
	.base = { .type = SPICE_INTERFACE_CORE,
		  .major_version = SPICE_INTERFACE_CORE_MAJOR,
		  .minor_version = SPICE_INTERFACE_CORE_MINOR },
	.timer_add = timer_add,
	.timer_start = timer_start,
	.timer_cancel = timer_cancel,
	.timer_remove = timer_remove,
	.watch_add = watch_add,
	.watch_update_mask = watch_update_mask,
	.watch_remove = watch_remove,
	.channel_event = channel_event,
};

/* ---- a card that has no commands; its threads are the server's ---- */

static void attached(QXLInstance *card)
{
	(void)card;
}

static void set_level(QXLInstance *card, int level)
{
	(void)card, (void)level;
}

static void get_init_info(QXLInstance *card, QXLDevInitInfo *info)
{
	(void)card;
	*info = (QXLDevInitInfo){ .num_memslots_groups = 1,
				  .num_memslots = 1,
				  .memslot_gen_bits = 8,
				  .memslot_id_bits = 8,
				  .n_surfaces = 1 };
}

static int no_command(QXLInstance *card, QXLCommandExt *command)
{
	(void)card, (void)command;
	return 0;
}

static int yes(QXLInstance *card)
{
	(void)card;
	return 1;
}

static int no(QXLInstance *card)
{
	(void)card;
	return 0;
}

static void release(QXLInstance *card, QXLReleaseInfoExt info)
{
	(void)card, (void)info;
}

static void notify(QXLInstance *card, uint32_t update)
{
	(void)card, (void)update;
}

static void complete(QXLInstance *card, uint64_t cookie)
{
	(void)card;
	if (cookie == COOKIE_MONITORS)
		atomic_fetch_add(&here.monitors_read, 1);
	if (cookie != COOKIE_DRAW)
		return;
	atomic_store(&here.answered_ns, clock_ns());
	atomic_fetch_add(&here.answers, 1);
}

static void area_complete(QXLInstance *card, uint32_t surface, QXLRect *rects, uint32_t count)
{
	(void)card, (void)surface, (void)rects, (void)count;
}

static void set_capabilities(QXLInstance *card, uint8_t present,
			     uint8_t capabilities[SPICE_CAPABILITIES_SIZE])
{
	(void)card, (void)present, (void)capabilities;
}

static int client_monitors(QXLInstance *card, VDAgentMonitorsConfig *config)
{
	(void)card, (void)config;
	return 0;
}

static const QXLInterface card = {
	.base = { .type = SPICE_INTERFACE_QXL,
		  .description = "textures",
		  .major_version = SPICE_INTERFACE_QXL_MAJOR,
		  .minor_version = SPICE_INTERFACE_QXL_MINOR },
	.attached_worker = attached,
	.set_compression_level = set_level,
	.get_init_info = get_init_info,
	.get_command = no_command,
	.req_cmd_notification = yes,
	.release_resource = release,
	.get_cursor_command = no_command,
	.req_cursor_notification = yes,
	.notify_update = notify,
	.flush_resources = no,
	.async_complete = complete,
	.update_area_complete = area_complete,
	.set_client_capabilities = set_capabilities,
	.client_monitors_config = client_monitors,
};

/* ---- for tests ---- */

bool server_open(const char *path)
{
	QXLDevMemSlot all = { .virt_end = UINTPTR_MAX };

	here.server = spice_server_new();
	spice_server_set_addr(here.server, path, SPICE_ADDR_FLAG_UNIX_ONLY);
	spice_server_set_port(here.server, 0);
	spice_server_set_noauth(here.server);
	if (spice_server_init(here.server, &core) != 0)
		return false;
	here.card.base.sif = &card.base;
	if (spice_server_add_interface(here.server, &here.card.base) != 0)
		return false;
	spice_qxl_add_memslot(&here.card, &all);
	spice_server_vm_start(here.server);
	return true;
}

static void drop_surface(void)
{
	if (here.memory)
		spice_qxl_destroy_primary_surface(&here.card, 0);
	g_clear_pointer(&here.memory, g_free);
}

void server_close(void)
{
	if (!here.server)
		return;
	spice_server_destroy(here.server);
	g_clear_pointer(&here.memory, g_free);
	g_clear_pointer(&here.monitors, g_free);
	here.server = NULL;
	here.card = (QXLInstance){ 0 };
}

void server_texture(int fd, uint32_t width, uint32_t height, uint32_t pitch, uint32_t fourcc,
		    bool flipped)
{
	drop_surface();
	spice_qxl_gl_scanout(&here.card, fd, width, height, pitch, fourcc, flipped);
}

void server_draw(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	spice_qxl_gl_draw_async(&here.card, x, y, width, height, COOKIE_DRAW);
}

unsigned server_answers(uint64_t *when_ns)
{
	if (when_ns)
		*when_ns = atomic_load(&here.answered_ns);
	return atomic_load(&here.answers);
}

/* A thread reads it until the answer. */
void server_view(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	const unsigned before = atomic_load(&here.monitors_read);
	QXLMonitorsConfig *config = g_malloc0(sizeof(*config) + sizeof(QXLHead));

	config->count = config->max_allowed = 1;
	config->heads[0] = (QXLHead){ .x = x, .y = y, .width = width, .height = height };
	spice_qxl_monitors_config_async(&here.card, (uintptr_t)config, 0, COOKIE_MONITORS);
	for (unsigned i = 0; i < VIEW_TRIES && atomic_load(&here.monitors_read) == before; i++)
		g_usleep(200);
	g_free(here.monitors);
	here.monitors = config;
}

void server_surface(uint32_t width, uint32_t height, uint32_t colour)
{
	QXLDevSurfaceCreate surface = { .width = width,
					.height = height,
					.stride = (int32_t)(width * 4),
					.format = SPICE_SURFACE_FMT_32_xRGB,
					.flags = QXL_SURF_FLAG_KEEP_DATA,
					.mouse_mode = TRUE };

	drop_surface();
	spice_qxl_gl_scanout(&here.card, -1, 0, 0, 0, 0, FALSE);
	here.memory = g_new(uint32_t, (gsize)width * height);
	for (size_t i = 0; i < (size_t)width * height; i++)
		here.memory[i] = colour;
	surface.mem = (uintptr_t)here.memory;
	spice_qxl_create_primary_surface(&here.card, 0, &surface);
}
