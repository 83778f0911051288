/* A compositor that exists only on paper: it takes every request, shows nothing, and says what no
 * compositor says that runs here without a GPU: that it takes dma-bufs, that nobody can see the
 * window, that it has pointers and icons of its own, that its display takes HDR. So what is tested
 * here is our side of the protocol, not whether anything would be seen. */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include "view/window/wayland/wayland.h"
#include "view_rig.h"

#include "color-management-v1-client.h"
#include "cursor-shape-v1-client.h"
#include "fractional-scale-v1-client.h"
#include "linux-dmabuf-unstable-v1-client.h"
#include "viewporter-client.h"
#include "xdg-decoration-unstable-v1-client.h"
#include "xdg-shell-client.h"
#include "xdg-toplevel-icon-v1-client.h"

/* Not in the client's header. */
extern const struct wl_interface wl_buffer_interface, wl_callback_interface;

/* A buffer, until its client destroys it. */
struct held {
	struct wl_listener gone;
	struct wl_resource *buffer;
};

static struct stub {
	pthread_t thread;
	struct wl_display *display;
	int bell; /* eventfd: there is an order */
	struct wl_event_source *ringer;
	void (*_Atomic order)(void); /* to be done by its thread; NULL: done */
	char *dir;
	bool refuses;    /* dma-bufs */
	bool takes_none; /* in its next feedback */
	struct wl_resource *feedback;
	uint32_t most_nits; /* of its display, whose white has 200 */

	/* Of the one client; its thread only. */
	struct wl_resource *toplevel, *xdg_surface, *root, *pointer;
	struct held attached, shown;
	bool configured, attached_dmabuf;
	struct wl_resource *light; /* the ear for its changes */
	uint32_t described;        /* what the next commit of a picture's surface has, as below */
	struct wl_resource *callbacks[64];
	unsigned callback_count;
	uint32_t time;

	GMutex lock;
	GString *heard; /* all requests: "interface.name\n" */

	_Atomic unsigned asked, dmabuf_commits, shm_commits;
	_Atomic uint32_t colours; /* of what is shown: transfer << 8 | primaries; 0: not told */
	_Atomic uint32_t corner;  /* the first pixel of what is shown */
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

static void on_gone(struct wl_listener *listener, void *data)
{
	struct held *held = wl_container_of(listener, held, gone);

	(void)data;
	held->buffer = NULL;
}

static void hold(struct held *held, struct wl_resource *buffer)
{
	if (held->buffer)
		wl_list_remove(&held->gone.link);
	held->buffer = buffer;
	held->gone.notify = on_gone;
	if (buffer)
		wl_resource_add_destroy_listener(buffer, &held->gone);
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
	wl_resource_set_dispatcher(buffer, dispatch, stub.display, NULL, NULL);
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
	if (stub.attached.buffer && stub.attached.buffer != stub.shown.buffer) {
		if (stub.shown.buffer)
			wl_resource_post_event(stub.shown.buffer, 0); /* release */
		hold(&stub.shown, stub.attached.buffer);
		stub.corner = corner_of(stub.shown.buffer);
		stub.colours = stub.described;
		if (stub.attached_dmabuf)
			stub.dmabuf_commits++;
		else
			stub.shm_commits++;
	}
	hold(&stub.attached, NULL);
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
	hold(&stub.attached, buffer);
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

/* ---- colours ---- */

/* A description, and who makes one, carry what they are about. */
static void tell_colour(struct wl_resource *creator, unsigned shift, uint32_t number)
{
	uintptr_t now = (uintptr_t)wl_resource_get_user_data(creator);

	wl_resource_set_user_data(creator, (void *)(now | (uintptr_t)number << shift));
}

static void finish_description(struct wl_resource *from, uint32_t id)
{
	struct wl_resource *made = wl_client_get_object(wl_resource_get_client(from), id);

	wl_resource_set_user_data(made, wl_resource_get_user_data(from));
	wl_resource_post_event(made, 1, 1); /* ready */
}

/* PQ is the display's own. */
static void inform(struct wl_resource *from, uint32_t id)
{
	struct wl_resource *made = wl_client_get_object(wl_resource_get_client(from), id);

	wl_resource_post_event(made, 5, 11);
	wl_resource_post_event(made, 6, 50, 10000, 200);
	wl_resource_post_event(made, 8, 50, stub.most_nits);
	wl_resource_post_event(made, 0);
	wl_resource_destroy(made);
}

static void dispatch_colour(struct wl_resource *resource, const char *name, union wl_argument *args)
{
	if (strcmp(name, "set_tf_named") == 0)
		tell_colour(resource, 8, args[0].u);
	else if (strcmp(name, "set_primaries_named") == 0)
		tell_colour(resource, 0, args[0].u);
	else if (strcmp(name, "create") == 0 || strcmp(name, "get_preferred_parametric") == 0)
		finish_description(resource, args[0].n);
	else if (strcmp(name, "get_information") == 0)
		inform(resource, args[0].n);
	else if (strcmp(name, "set_image_description") == 0)
		stub.described = (uint32_t)(uintptr_t)wl_resource_get_user_data(
			(struct wl_resource *)args[0].o);
	else if (strcmp(name, "unset_image_description") == 0)
		stub.described = 0;
	if (strcmp(name, "create") == 0)
		wl_resource_destroy(resource);
}

static bool is_colour(struct wl_resource *resource)
{
	const char *name = wl_resource_get_class(resource);

	return g_str_has_prefix(name, "wp_color_management") ||
	       g_str_has_prefix(name, "wp_image_description");
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

/* ---- dma-bufs ---- */

#define XR24 0x34325258u
#define XB24 0x34324258u

/* A linear format, a tiled one, and one that nothing speaks of. */
static void send_table(void)
{
	static const struct {
		uint32_t format, padding;
		uint64_t modifier;
	} rows[] = { { XR24, 0, 0 }, { XB24, 0, 0x100000007 }, { XB24, 0, 0 } };
	int fd = memfd_create("table", MFD_CLOEXEC);

	if (write(fd, rows, sizeof(rows)) == (ssize_t)sizeof(rows))
		wl_resource_post_event(stub.feedback, 1, fd, (uint32_t)sizeof(rows));
	close(fd);
}

static void send_feedback(void)
{
	static uint16_t some[] = { 0, 1, 7 }, none[] = { 1 };
	static dev_t device = 0xe280;
	struct wl_array devices = { sizeof(device), sizeof(device), &device };
	struct wl_array indices = { sizeof(some), sizeof(some), some };

	if (stub.takes_none)
		indices = (struct wl_array){ sizeof(none), sizeof(none), none };
	wl_resource_post_event(stub.feedback, 2, &devices);
	wl_resource_post_event(stub.feedback, 4, &devices);
	wl_resource_post_event(stub.feedback, 6, 0);
	wl_resource_post_event(stub.feedback, 5, &indices);
	wl_resource_post_event(stub.feedback, 3);
	wl_resource_post_event(stub.feedback, 0);
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
	else if (is(resource, message, "zwp_linux_dmabuf_v1", "get_default_feedback")) {
		stub.feedback = wl_client_get_object(wl_resource_get_client(resource), args[0].n);
		send_table();
		send_feedback();
	} else if (is_colour(resource))
		dispatch_colour(resource, message->name, args);
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
	if (strcmp(interface->name, "wp_color_management_surface_feedback_v1") == 0)
		stub.light = made;
}

/* ---- globals ---- */

static void bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	const struct wl_interface *interface = data;
	struct wl_resource *made = wl_resource_create(client, interface, (int)version, id);

	wl_resource_set_dispatcher(made, dispatch, NULL, NULL, NULL);
	if (interface == &zwp_linux_dmabuf_v1_interface && version < 4) {
		wl_resource_post_event(made, 1, XR24, 0, 0); /* linear */
		wl_resource_post_event(made, 1, XB24, 1, 7); /* tiled */
	}
	if (interface == &wp_color_manager_v1_interface) {
		static const uint32_t offers[][2] = { { 1, 1 },  { 2, 5 }, { 2, 9 },
						      { 2, 11 }, { 3, 1 }, { 3, 6 } };
		for (size_t i = 0; i < ARRAY_LEN(offers); i++)
			wl_resource_post_event(made, offers[i][0], offers[i][1]);
		wl_resource_post_event(made, 4);
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

static unsigned dmabuf_version = 4;

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
		{ &zxdg_decoration_manager_v1_interface, 1 },
		{ &wp_color_manager_v1_interface, 1 },
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
	wl_display_add_shm_format(stub.display, WL_SHM_FORMAT_XBGR2101010);
	wl_display_add_shm_format(stub.display, WL_SHM_FORMAT_XBGR16161616F);
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		wl_global_create(stub.display, globals[i].interface, globals[i].version,
				 (void *)globals[i].interface, bind);
	wl_global_create(stub.display, &zwp_linux_dmabuf_v1_interface, (int)dmabuf_version,
			 (void *)&zwp_linux_dmabuf_v1_interface, bind);
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

static void stop_all(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	stub_stop();
}

static void close_all(void)
{
	struct figures figures;

	app_figures(viewer.app, &figures);
	CHECK_STR(figures.way, "direct");
	CHECK_EQ(figures.bytes_copied, 0);
	stop_all();
}

static bool has_dmabuf(uint32_t format)
{
	return wayland_has_dmabuf_format((const struct wayland *)window(), format);
}

/* Each of the guest's buffers is asked about once, and then always shown that way. */
static void dmabufs_are_used(void)
{
	stub_start(false);
	show(true, 40);
	CHECK(has_dmabuf(XR24) && !has_dmabuf(XB24));
	CHECK(stub.asked >= 2 && stub.asked <= SCRIPT_SLOTS);
	CHECK(stub.shm_commits >= 1 && stub.shm_commits <= 2 * SCRIPT_SLOTS);
	CHECK(stub.dmabuf_commits >= 40 - 2 * SCRIPT_SLOTS);
	close_all();
}

static void dmabufs_are_used_where_they_are_taken(void)
{
	dmabufs_are_used();
}

static void dmabufs_are_used_where_there_is_no_feedback(void)
{
	dmabuf_version = 3;
	dmabufs_are_used();
	dmabuf_version = 4;
}

static void change_feedback(void)
{
	stub.takes_none = true;
	send_feedback();
}

static bool takes_none(void *data)
{
	(void)data;
	return !has_dmabuf(XR24);
}

static void dmabufs_follow_the_newest_feedback(void)
{
	stub_start(false);
	show(false, 1);
	CHECK(has_dmabuf(XR24));
	order(change_feedback);
	pump_until(takes_none, NULL, "the newest feedback counts");
	script.dmabuf = true;
	script_post(&script, NULL);
	viewer_shown(&viewer, 2);
	CHECK_EQ(stub.asked, 0);
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

/* ---- light ---- */

#define SRGB   0u
#define HDR10  (11u << 8 | 6)
#define LINEAR (5u << 8 | 6)

static void take_hdr_away(void)
{
	stub.most_nits = 200;
	wl_resource_post_event(stub.light, 0, 2);
}

static void give_hdr(void)
{
	stub.most_nits = 1000;
	wl_resource_post_event(stub.light, 0, 3);
}

static bool is_bright(void *data)
{
	return window()->light.most_nits == *(float *)data;
}

static void await_light(float nits)
{
	pump_until(is_bright, &nits, "the window knows its display's light");
}

/* One frame of that kind, and by what way it went. */
static const char *show_kind(enum pixel_format format, uint32_t colour)
{
	struct pixel_image image;
	struct figures before;

	CHECK_EQ(pixel_image_init(&image, format, 640, 480), 0);
	image.colour = colour;
	app_figures(viewer.app, &before);
	if (!pixel_image_same(&image, &script.image))
		script_change_mode(&script, &image);
	script_slot(&script);
	script_deliver(&script, NULL);
	viewer_shown(&viewer, before.shown + before.skipped + 1);
	app_figures(viewer.app, &before);
	return before.way;
}

static bool are_colours(void *data)
{
	return stub.colours == *(uint32_t *)data;
}

static void check_direct(enum pixel_format format, uint32_t colour, uint32_t described)
{
	CHECK_STR(show_kind(format, colour), "direct");
	pump_until(are_colours, &described, "the compositor was told of the colours");
}

static void hdr_is_passed_on(void)
{
	stub_start(false);
	stub.most_nits = 1000;
	show(false, 2);
	await_light(1000);
	CHECK_EQ(window()->light.white_nits, 200);
	CHECK_EQ(stub.colours, SRGB);
	check_direct(PIXEL_RGBA10, PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ, HDR10);
	check_direct(PIXEL_RGBA16F, PIXEL_COLOUR_HDR, LINEAR);
	check_direct(PIXEL_BGRA, 0, SRGB);
	close_all();
}

/* A display without HDR gets none; and one that changes its mind gets what it wants. */
static void hdr_follows_the_display(void)
{
	const uint32_t hdr10 = PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ;

	stub_start(false);
	stub.most_nits = 200;
	show(false, 2);
	await_light(200);
	CHECK_STR(show_kind(PIXEL_RGBA10, hdr10), "copy");
	pump_until(are_colours, &(uint32_t){ SRGB }, "the compositor sees sRGB");
	order(give_hdr);
	await_light(1000);
	check_direct(PIXEL_RGBA10, hdr10, HDR10);
	order(take_hdr_away);
	await_light(200);
	CHECK_STR(show_kind(PIXEL_RGBA10, hdr10), "copy");
	pump_until(are_colours, &(uint32_t){ SRGB }, "the compositor sees sRGB again");
	check_direct(PIXEL_BGRA, 0, SRGB);
	stop_all();
}

static void hdr_is_mapped_where_the_user_wants_none(void)
{
	stub_start(false);
	stub.most_nits = 1000;
	viewer.options.hdr = HDR_OFF;
	show(false, 2);
	await_light(1000);
	CHECK_STR(show_kind(PIXEL_RGBA10, PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ), "copy");
	CHECK_EQ(stub.colours, SRGB);
	stop_all();
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
	TEST(dmabufs_are_used_where_there_is_no_feedback),
	TEST(dmabufs_follow_the_newest_feedback),
	TEST(refused_dmabufs_are_not_asked_for_again),
	TEST(frames_without_dmabufs_are_shown_from_memory),
	TEST(suspended_windows_show_nothing),
	TEST(hdr_is_passed_on),
	TEST(hdr_follows_the_display),
	TEST(hdr_is_mapped_where_the_user_wants_none),
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
