/* A compositor that exists only on paper: it takes every request, shows nothing, and says what no
 * compositor says that runs here without a GPU: that it takes dma-bufs, that nobody can see the
 * window, that it has pointers and icons of its own. So what is tested here is our side of the
 * protocol, not whether anything would be seen. */
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include "view/window/wayland/wayland.h"
#include "view_rig.h"

#include "cursor-shape-v1-client.h"
#include "fractional-scale-v1-client.h"
#include "linux-dmabuf-unstable-v1-client.h"
#include "viewporter-client.h"
#include "xdg-decoration-unstable-v1-client.h"
#include "xdg-shell-client.h"
#include "xdg-toplevel-icon-v1-client.h"

/* Not in the client's header. */
extern const struct wl_interface wl_buffer_interface, wl_callback_interface;

static struct stub {
	pthread_t thread;
	struct wl_display *display;
	int bell; /* eventfd: there is an order */
	struct wl_event_source *ringer;
	void (*_Atomic order)(void); /* to be done by its thread; NULL: done */
	char *dir;
	bool refuses; /* dma-bufs */

	/* Of the one client; its thread only. */
	struct wl_resource *toplevel, *xdg_surface, *root, *pointer, *attached, *shown;
	bool configured, attached_dmabuf;
	struct wl_resource *callbacks[64];
	unsigned callback_count;
	uint32_t time;

	GMutex lock;
	GString *heard; /* all requests: "interface.name\n" */

	_Atomic unsigned asked, dmabuf_commits, shm_commits;
	_Atomic uint32_t corner; /* the first pixel of what is shown */
} stub;

/* ---- requests ---- */

static void make(struct wl_resource *from, const struct wl_interface *interface, uint32_t id);

static bool is(struct wl_resource *resource, const struct wl_message *message,
	       const char *interface, const char *name)
{
	return strcmp(wl_resource_get_class(resource), interface) == 0 &&
	       strcmp(message->name, name) == 0;
}

static int dispatch(const void *implementation, void *target, uint32_t opcode,
		    const struct wl_message *message, union wl_argument *args);

static bool is_dmabuf(struct wl_resource *buffer)
{
	return wl_resource_instance_of(buffer, &wl_buffer_interface, stub.display);
}

static void forget_buffer(struct wl_resource *buffer)
{
	if (stub.attached == buffer)
		stub.attached = NULL;
	if (stub.shown == buffer)
		stub.shown = NULL;
}

/* Answers as compositors do: in an event of its own, some time later. */
static void answer_import(struct wl_resource *params)
{
	stub.asked++;
	if (stub.refuses) {
		wl_resource_post_event(params, 1);
		return;
	}
	struct wl_resource *buffer = wl_resource_create(wl_resource_get_client(params),
							&wl_buffer_interface, 1, 0);
	wl_resource_set_dispatcher(buffer, dispatch, stub.display, NULL, forget_buffer);
	wl_resource_post_event(params, 0, buffer);
}

/* A size of the window's own choice; `state` 0: none. */
static void configure(uint32_t state)
{
	struct wl_array states;

	wl_array_init(&states);
	if (state)
		*(uint32_t *)wl_array_add(&states, sizeof(state)) = state;
	wl_resource_post_event(stub.toplevel, 0, 0, 0, &states);
	wl_resource_post_event(stub.xdg_surface, 0, 1);
	stub.configured = true;
	wl_array_release(&states);
}

static uint32_t corner_of(struct wl_resource *buffer)
{
	struct wl_shm_buffer *shm = wl_shm_buffer_get(buffer);
	uint32_t pixel = 0;

	if (shm)
		memcpy(&pixel, wl_shm_buffer_get_data(shm), sizeof(pixel));
	return pixel & 0xffffff;
}

static void commit(void)
{
	if (stub.toplevel && !stub.configured)
		configure(0);
	if (stub.attached && stub.attached != stub.shown) {
		if (stub.shown)
			wl_resource_post_event(stub.shown, 0); /* release */
		stub.shown = stub.attached;
		stub.corner = corner_of(stub.shown);
		if (stub.attached_dmabuf)
			stub.dmabuf_commits++;
		else
			stub.shm_commits++;
	}
	stub.attached = NULL;
	stub.time += 16;
	for (unsigned i = 0; i < stub.callback_count; i++) {
		wl_resource_post_event(stub.callbacks[i], 0, stub.time);
		wl_resource_destroy(stub.callbacks[i]);
	}
	stub.callback_count = 0;
}

static void attach(struct wl_resource *buffer)
{
	struct wl_shm_buffer *shm = buffer ? wl_shm_buffer_get(buffer) : NULL;

	if (shm && wl_shm_buffer_get_width(shm) < 320) /* black, a pointer */
		return;
	stub.attached = buffer;
	stub.attached_dmabuf = buffer && is_dmabuf(buffer);
}

/* Whatever an object is asked to make is made, and speaks through here. */
static void make_all(struct wl_resource *resource, const struct wl_message *message,
		     union wl_argument *args)
{
	int argument = 0;

	for (const char *c = message->signature; *c; c++) {
		if (*c == '?' || (*c >= '0' && *c <= '9'))
			continue;
		if (*c == 'n')
			make(resource, message->types[argument], args[argument].n);
		if (*c == 'h')
			close(args[argument].h);
		argument++;
	}
}

static void hear(const char *interface, const char *name)
{
	g_mutex_lock(&stub.lock);
	g_string_append_printf(stub.heard, "%s.%s\n", interface, name);
	g_mutex_unlock(&stub.lock);
}

/* How often the client has asked for that. */
static unsigned heard(const char *request)
{
	unsigned count = 0;

	g_mutex_lock(&stub.lock);
	for (const char *at = stub.heard->str; (at = strstr(at, request)); at++)
		count++;
	g_mutex_unlock(&stub.lock);
	return count;
}

static int dispatch(const void *implementation, void *target, uint32_t opcode,
		    const struct wl_message *message, union wl_argument *args)
{
	struct wl_resource *resource = target;

	(void)implementation, (void)opcode;
	hear(wl_resource_get_class(resource), message->name);
	make_all(resource, message, args);
	if (strcmp(message->name, "destroy") == 0)
		wl_resource_destroy(resource);
	else if (is(resource, message, "wl_surface", "attach"))
		attach((struct wl_resource *)args[0].o);
	else if (is(resource, message, "wl_surface", "commit"))
		commit();
	else if (is(resource, message, "zwp_linux_buffer_params_v1", "create"))
		answer_import(resource);
	else if (is(resource, message, "xdg_wm_base", "get_xdg_surface"))
		stub.root = (struct wl_resource *)args[1].o;
	return 0;
}

static void make(struct wl_resource *from, const struct wl_interface *interface, uint32_t id)
{
	struct wl_resource *made = wl_resource_create(wl_resource_get_client(from), interface,
						      wl_resource_get_version(from), id);

	wl_resource_set_dispatcher(made, dispatch, NULL, NULL, NULL);
	if (interface == &wl_callback_interface && stub.callback_count < 64)
		stub.callbacks[stub.callback_count++] = made;
	if (strcmp(interface->name, "xdg_surface") == 0)
		stub.xdg_surface = made;
	if (strcmp(interface->name, "xdg_toplevel") == 0)
		stub.toplevel = made;
	if (strcmp(interface->name, "wl_pointer") == 0)
		stub.pointer = made;
}

/* ---- globals ---- */

static void bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	const struct wl_interface *interface = data;
	struct wl_resource *made = wl_resource_create(client, interface, (int)version, id);

	wl_resource_set_dispatcher(made, dispatch, NULL, NULL, NULL);
	if (interface == &zwp_linux_dmabuf_v1_interface) {
		wl_resource_post_event(made, 1, 0x34325258u, 0, 0); /* XR24, linear */
		wl_resource_post_event(made, 1, 0x34324258u, 1, 7); /* XB24, tiled */
	}
	if (interface == &wl_seat_interface)
		wl_resource_post_event(made, 0, WL_SEAT_CAPABILITY_POINTER);
}

/* ---- orders ---- */

static int on_bell(int fd, uint32_t mask, void *data)
{
	uint64_t rings;

	(void)mask, (void)data;
	if (read(fd, &rings, sizeof(rings)) == (ssize_t)sizeof(rings) && stub.order)
		stub.order();
	stub.order = NULL;
	return 0;
}

static bool is_done(void *data)
{
	(void)data;
	return !stub.order;
}

/* The stub does that. */
static void order(void (*what)(void))
{
	uint64_t one = 1;

	stub.order = what;
	CHECK_EQ(write(stub.bell, &one, sizeof(one)), (ssize_t)sizeof(one));
	pump_until(is_done, NULL, "the stub has done it");
}

static void end(void)
{
	wl_display_terminate(stub.display);
}

#define STATE_SUSPENDED 9

static void suspend(void)
{
	configure(STATE_SUSPENDED);
}

static void resume(void)
{
	configure(0);
}

static void enter(void)
{
	wl_resource_post_event(stub.pointer, 0, 7, stub.root, 0, 0);
	wl_resource_post_event(stub.pointer, 5);
}

static void *run(void *data)
{
	wl_display_run(stub.display);
	return data;
}

static void stub_start(bool refuses)
{
	static struct wl_interface wm_base; /* younger than our wayland-protocols */
	static const struct {
		const struct wl_interface *interface;
		int version;
	} globals[] = {
		{ &wl_compositor_interface, 4 },
		{ &wl_subcompositor_interface, 1 },
		{ &wl_seat_interface, 5 },
		{ &wm_base, 6 },
		{ &wp_viewporter_interface, 1 },
		{ &zwp_linux_dmabuf_v1_interface, 3 },
		{ &zxdg_decoration_manager_v1_interface, 1 },
		{ &wp_cursor_shape_manager_v1_interface, 1 },
		{ &xdg_toplevel_icon_manager_v1_interface, 1 },
	};

	wm_base = xdg_wm_base_interface;
	wm_base.version = 6;
	stub.heard = g_string_new("");

	stub.dir = g_dir_make_tmp("oriel-stub-XXXXXX", NULL);
	g_setenv("XDG_RUNTIME_DIR", stub.dir, TRUE);
	stub.refuses = refuses;
	stub.display = wl_display_create();
	stub.bell = eventfd(0, EFD_CLOEXEC);
	wl_display_init_shm(stub.display);
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		wl_global_create(stub.display, globals[i].interface, globals[i].version,
				 (void *)globals[i].interface, bind);
	CHECK_EQ(wl_display_add_socket(stub.display, "wayland-stub"), 0);
	g_setenv("WAYLAND_DISPLAY", "wayland-stub", TRUE);
	stub.ringer = wl_event_loop_add_fd(wl_display_get_event_loop(stub.display), stub.bell,
					   WL_EVENT_READABLE, on_bell, NULL);
	CHECK_EQ(pthread_create(&stub.thread, NULL, run, NULL), 0);
}

static void stub_stop(void)
{
	if (!stub.display)
		return;
	order(end);
	pthread_join(stub.thread, NULL);
	wl_event_source_remove(stub.ringer);
	wl_display_destroy_clients(stub.display);
	wl_display_destroy(stub.display);
	close(stub.bell);
	rmdir(stub.dir);
	g_free(stub.dir);
	g_string_free(stub.heard, TRUE);
	memset(&stub, 0, sizeof(stub));
}

/* ---- the viewer ---- */

static struct script script;
static struct viewer viewer;

static void show(bool dmabuf, unsigned frames)
{
	viewer.options.window = &window_wayland;
	script_init(&script, 640, 480, 0);
	script.dmabuf = dmabuf;
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	for (unsigned i = 0; i < frames; i++) {
		struct figures before;
		app_figures(viewer.app, &before);
		script_post(&script, NULL);
		viewer_shown(&viewer, before.shown + before.skipped + 1);
	}
	pump_ms(50);
}

static struct window *window(void)
{
	return app_window(viewer.app);
}

static void close_all(void)
{
	struct figures figures;

	app_figures(viewer.app, &figures);
	CHECK_STR(figures.way, "direct");
	CHECK_EQ(figures.bytes_copied, 0);
	viewer_stop(&viewer);
	script_finish(&script);
	stub_stop();
}

/* Each of the guest's buffers is asked about once, and then always shown that way. */
static void dmabufs_are_used_where_they_are_taken(void)
{
	stub_start(false);
	show(true, 40);
	CHECK(stub.asked >= 2 && stub.asked <= SCRIPT_SLOTS);
	CHECK(stub.shm_commits >= 1 && stub.shm_commits <= 2 * SCRIPT_SLOTS);
	CHECK(stub.dmabuf_commits >= 40 - 2 * SCRIPT_SLOTS);
	close_all();
}

static void refused_dmabufs_are_not_asked_for_again(void)
{
	stub_start(true);
	show(true, 20);
	CHECK_EQ(stub.asked, 1);
	CHECK_EQ(stub.dmabuf_commits, 0);
	CHECK(stub.shm_commits >= 20);
	close_all();
}

static void frames_without_dmabufs_are_shown_from_memory(void)
{
	stub_start(false);
	show(false, 20);
	CHECK_EQ(stub.asked, 0);
	CHECK(stub.shm_commits >= 20);
	close_all();
}

/* ---- a window that nobody can see ---- */

static bool is_suspended(void *data)
{
	return window()->suspended == *(bool *)data;
}

static bool shows_newest(void *data)
{
	(void)data;
	return stub.corner == (script.model[0] & 0xffffff);
}

static void suspended_windows_show_nothing(void)
{
	bool suspended = true;

	stub_start(false);
	show(false, 5);
	pump_until(shows_newest, NULL, "the newest frame is shown");
	order(suspend);
	pump_until(is_suspended, &suspended, "the window knows that nobody sees it");
	unsigned commits = stub.shm_commits, refreshes = script.refreshes;
	for (int i = 0; i < 10; i++) {
		script_draw(&script, (struct rect){ 0, 0, 640, 480 });
		script_post(&script, NULL);
		pump_ms(5);
	}
	CHECK_EQ(stub.shm_commits, commits);
	CHECK(!shows_newest(NULL));
	order(resume);
	pump_until(shows_newest, NULL, "the newest frame is shown");
	CHECK_EQ(stub.shm_commits, commits + 1); /* and no older one before it */
	CHECK_EQ(script.refreshes, refreshes + 1);
	suspended = false;
	CHECK(is_suspended(&suspended));
	close_all();
}

/* ---- pointers and icons ---- */

static bool is_inside(void *data)
{
	(void)data;
	return ((struct wayland *)window())->pointer_inside;
}

static bool was_heard(void *data)
{
	return heard(data) > 0;
}

static void arrows_are_the_compositors(void)
{
	stub_start(false);
	show(false, 1);
	window_set_cursor(window(), NULL);
	order(enter);
	pump_until(is_inside, NULL, "the pointer is in the window");
	pump_until(was_heard, (void *)"wp_cursor_shape_device_v1.set_shape",
		   "the compositor is asked for its arrow");
	CHECK_EQ(heard("wl_pointer.set_cursor"), 0);
	window_hide_cursor(window());
	pump_until(was_heard, (void *)"wl_pointer.set_cursor", "there is no pointer");
	close_all();
}

static void icons_come_by_name(void)
{
	stub_start(false);
	show(false, 1);
	CHECK_EQ(heard("xdg_toplevel_icon_v1.set_name"), 1);
	CHECK_EQ(heard("xdg_toplevel_icon_manager_v1.set_icon"), 1);
	CHECK_EQ(heard("xdg_toplevel_icon_v1.destroy"), 1);
	close_all();
}

static const struct test_case cases[] = {
	TEST(dmabufs_are_used_where_they_are_taken),
	TEST(refused_dmabufs_are_not_asked_for_again),
	TEST(frames_without_dmabufs_are_shown_from_memory),
	TEST(suspended_windows_show_nothing),
	TEST(arrows_are_the_compositors),
	TEST(icons_come_by_name),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	if (viewer.app)
		viewer_stop(&viewer);
	stub_stop();
	return status;
}
