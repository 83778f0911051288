/* A compositor that exists only on paper: it takes every request, shows nothing, and says what no
 * compositor says that runs without a GPU: that it takes dma-bufs. So what is tested here is our
 * side of the protocol, not whether anything would be seen. */
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include "view/window/wayland/wayland.h"
#include "view_rig.h"

#include "fractional-scale-v1-client.h"
#include "linux-dmabuf-unstable-v1-client.h"
#include "viewporter-client.h"
#include "xdg-decoration-unstable-v1-client.h"
#include "xdg-shell-client.h"

/* Not in the client's header. */
extern const struct wl_interface wl_buffer_interface, wl_callback_interface;

static struct stub {
	pthread_t thread;
	struct wl_display *display;
	int stop; /* eventfd */
	struct wl_event_source *stopper;
	char *dir;
	bool refuses; /* dma-bufs */

	/* Of the one client; its thread only. */
	struct wl_resource *toplevel, *xdg_surface, *attached, *shown;
	bool configured, attached_dmabuf;
	struct wl_resource *callbacks[64];
	unsigned callback_count;
	uint32_t time;

	_Atomic unsigned asked, dmabuf_commits, shm_commits;
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

static void configure(void)
{
	struct wl_array none;

	wl_array_init(&none);
	wl_resource_post_event(stub.toplevel, 0, 0, 0, &none);
	wl_resource_post_event(stub.xdg_surface, 0, 1);
	stub.configured = true;
}

static void commit(void)
{
	if (stub.toplevel && !stub.configured)
		configure();
	if (stub.attached && stub.attached != stub.shown) {
		if (stub.shown)
			wl_resource_post_event(stub.shown, 0); /* release */
		stub.shown = stub.attached;
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

static int dispatch(const void *implementation, void *target, uint32_t opcode,
		    const struct wl_message *message, union wl_argument *args)
{
	struct wl_resource *resource = target;

	(void)implementation, (void)opcode;
	make_all(resource, message, args);
	if (strcmp(message->name, "destroy") == 0)
		wl_resource_destroy(resource);
	else if (is(resource, message, "wl_surface", "attach"))
		attach((struct wl_resource *)args[0].o);
	else if (is(resource, message, "wl_surface", "commit"))
		commit();
	else if (is(resource, message, "zwp_linux_buffer_params_v1", "create"))
		answer_import(resource);
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
}

static int on_stop(int fd, uint32_t mask, void *data)
{
	(void)fd, (void)mask, (void)data;
	wl_display_terminate(stub.display);
	return 0;
}

static void *run(void *data)
{
	wl_display_run(stub.display);
	return data;
}

static void stub_start(bool refuses)
{
	static const struct {
		const struct wl_interface *interface;
		int version;
	} globals[] = {
		{ &wl_compositor_interface, 4 },       { &wl_subcompositor_interface, 1 },
		{ &xdg_wm_base_interface, 1 },         { &wp_viewporter_interface, 1 },
		{ &zwp_linux_dmabuf_v1_interface, 3 }, { &zxdg_decoration_manager_v1_interface, 1 },
	};

	stub.dir = g_dir_make_tmp("oriel-stub-XXXXXX", NULL);
	g_setenv("XDG_RUNTIME_DIR", stub.dir, TRUE);
	stub.refuses = refuses;
	stub.display = wl_display_create();
	stub.stop = eventfd(0, EFD_CLOEXEC);
	wl_display_init_shm(stub.display);
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		wl_global_create(stub.display, globals[i].interface, globals[i].version,
				 (void *)globals[i].interface, bind);
	CHECK_EQ(wl_display_add_socket(stub.display, "wayland-stub"), 0);
	g_setenv("WAYLAND_DISPLAY", "wayland-stub", TRUE);
	stub.stopper = wl_event_loop_add_fd(wl_display_get_event_loop(stub.display), stub.stop,
					    WL_EVENT_READABLE, on_stop, NULL);
	CHECK_EQ(pthread_create(&stub.thread, NULL, run, NULL), 0);
}

static void stub_stop(void)
{
	uint64_t one = 1;

	if (!stub.display)
		return;
	CHECK_EQ(write(stub.stop, &one, sizeof(one)), (ssize_t)sizeof(one));
	pthread_join(stub.thread, NULL);
	wl_event_source_remove(stub.stopper);
	wl_display_destroy_clients(stub.display);
	wl_display_destroy(stub.display);
	close(stub.stop);
	rmdir(stub.dir);
	g_free(stub.dir);
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

static const struct test_case cases[] = {
	TEST(dmabufs_are_used_where_they_are_taken),
	TEST(refused_dmabufs_are_not_asked_for_again),
	TEST(frames_without_dmabufs_are_shown_from_memory),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	if (viewer.app)
		viewer_stop(&viewer);
	stub_stop();
	return status;
}
