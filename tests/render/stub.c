#include "stub.h"

#include <glib.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-server-core.h>

#include "view_rig.h"

#include "color-management-v1-client.h"
#include "content-type-v1-client.h"
#include "cursor-shape-v1-client.h"
#include "fractional-scale-v1-client.h"
#include "idle-inhibit-unstable-v1-client.h"
#include "linux-dmabuf-unstable-v1-client.h"
#include "tearing-control-v1-client.h"
#include "viewporter-client.h"
#include "xdg-activation-v1-client.h"
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

static struct {
	pthread_t thread;
	struct wl_display *display;
	int bell; /* eventfd: there is an order */
	struct wl_event_source *ringer;
	void (*_Atomic order)(void); /* to be done by its thread; NULL: done */
	char *dir;
	pthread_mutex_t lock;
	GString *heard; /* all requests */

	/* Of the one client; its thread only. */
	struct wl_resource *toplevel, *xdg_surface, *root, *pointer;
	struct wl_resource *feedback, *light; /* ears for what changes */
	struct held attached, shown;
	bool configured, attached_dmabuf;
	uint32_t described; /* what the next commit of a picture's surface has: stub.colours */
	struct wl_resource *callbacks[64];
	unsigned callback_count;
	uint32_t time;
} here;

struct stub stub;

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
	return wl_resource_instance_of(buffer, &wl_buffer_interface, here.display);
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
	wl_resource_set_dispatcher(buffer, dispatch, here.display, NULL, NULL);
	wl_resource_post_event(params, 0, buffer);
}

/* A size of the window's own choice; `state` 0: none. */
static void configure(uint32_t state)
{
	struct wl_array states;

	wl_array_init(&states);
	if (state)
		*(uint32_t *)wl_array_add(&states, sizeof(state)) = state;
	wl_resource_post_event(here.toplevel, 0, 0, 0, &states);
	wl_resource_post_event(here.xdg_surface, 0, 1);
	here.configured = true;
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
	if (here.toplevel && !here.configured)
		configure(0);
	if (here.attached.buffer && here.attached.buffer != here.shown.buffer) {
		if (here.shown.buffer)
			wl_resource_post_event(here.shown.buffer, 0); /* release */
		hold(&here.shown, here.attached.buffer);
		stub.corner = corner_of(here.shown.buffer);
		stub.colours = here.described;
		if (here.attached_dmabuf)
			stub.dmabuf_commits++;
		else
			stub.shm_commits++;
	}
	hold(&here.attached, NULL);
	here.time += 16;
	for (unsigned i = 0; i < here.callback_count; i++) {
		wl_resource_post_event(here.callbacks[i], 0, here.time);
		wl_resource_destroy(here.callbacks[i]);
	}
	here.callback_count = 0;
}

static void attach(struct wl_resource *buffer)
{
	struct wl_shm_buffer *shm = buffer ? wl_shm_buffer_get(buffer) : NULL;

	if (shm && wl_shm_buffer_get_width(shm) < 320) /* black, a pointer */
		return;
	hold(&here.attached, buffer);
	here.attached_dmabuf = buffer && is_dmabuf(buffer);
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
		here.described = (uint32_t)(uintptr_t)wl_resource_get_user_data(
			(struct wl_resource *)args[0].o);
	else if (strcmp(name, "unset_image_description") == 0)
		here.described = 0;
	if (strcmp(name, "create") == 0)
		wl_resource_destroy(resource);
}

static bool is_colour(struct wl_resource *resource)
{
	const char *name = wl_resource_get_class(resource);

	return g_str_has_prefix(name, "wp_color_management") ||
	       g_str_has_prefix(name, "wp_image_description");
}

/* With its first arguments, as long as they are numbers. */
static void hear(struct wl_resource *resource, const struct wl_message *message,
		 const union wl_argument *args)
{
	const char *signature = message->signature + strspn(message->signature, "0123456789");

	pthread_mutex_lock(&here.lock);
	g_string_append_printf(here.heard, "%s.%s", wl_resource_get_class(resource), message->name);
	for (; *signature == 'u' || *signature == 'i'; signature++, args++)
		g_string_append_printf(here.heard, *signature == 'u' ? " %u" : " %d", args->i);
	g_string_append_c(here.heard, '\n');
	pthread_mutex_unlock(&here.lock);
}

/* How often the client has asked for that. */
unsigned stub_heard(const char *request)
{
	unsigned count = 0;

	pthread_mutex_lock(&here.lock);
	for (const char *at = here.heard->str; (at = strstr(at, request)); at++)
		count++;
	pthread_mutex_unlock(&here.lock);
	return count;
}

/* ---- dma-bufs ---- */

/* A linear format, a tiled one, one that nothing speaks of, and one whose layout is the driver's.
 */
static void send_table(void)
{
	static const struct {
		uint32_t format, padding;
		uint64_t modifier;
	} rows[] = { { XR24, 0, 0 },
		     { XB24, 0, 0x100000007 },
		     { XB24, 0, 0 },
		     { XR24, 0, 0x00ffffffffffffff } };
	int fd = memfd_create("table", MFD_CLOEXEC);

	if (write(fd, rows, sizeof(rows)) == (ssize_t)sizeof(rows))
		wl_resource_post_event(here.feedback, 1, fd, (uint32_t)sizeof(rows));
	close(fd);
}

void stub_send_feedback(void)
{
	static uint16_t some[] = { 0, 1, 3, 7 }, none[] = { 1 };
	static dev_t device = 0xe280;
	struct wl_array devices = { sizeof(device), sizeof(device), &device };
	struct wl_array indices = { sizeof(some), sizeof(some), some };

	if (stub.takes_none)
		indices = (struct wl_array){ sizeof(none), sizeof(none), none };
	wl_resource_post_event(here.feedback, 2, &devices);
	wl_resource_post_event(here.feedback, 4, &devices);
	wl_resource_post_event(here.feedback, 6, 0);
	wl_resource_post_event(here.feedback, 5, &indices);
	wl_resource_post_event(here.feedback, 3);
	wl_resource_post_event(here.feedback, 0);
}

static int dispatch(const void *implementation, void *target, uint32_t opcode,
		    const struct wl_message *message, union wl_argument *args)
{
	struct wl_resource *resource = target;

	(void)implementation, (void)opcode;
	hear(resource, message, args);
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
		here.root = (struct wl_resource *)args[1].o;
	else if (is(resource, message, "zwp_linux_dmabuf_v1", "get_default_feedback")) {
		here.feedback = wl_client_get_object(wl_resource_get_client(resource), args[0].n);
		send_table();
		stub_send_feedback();
	} else if (is(resource, message, "xdg_activation_token_v1", "commit"))
		wl_resource_post_event(resource, 0, "a token");
	else if (is_colour(resource))
		dispatch_colour(resource, message->name, args);
	return 0;
}

static void make(struct wl_resource *from, const struct wl_interface *interface, uint32_t id)
{
	struct wl_resource *made = wl_resource_create(wl_resource_get_client(from), interface,
						      wl_resource_get_version(from), id);

	wl_resource_set_dispatcher(made, dispatch, NULL, NULL, NULL);
	if (interface == &wl_callback_interface && here.callback_count < 64)
		here.callbacks[here.callback_count++] = made;
	if (strcmp(interface->name, "xdg_surface") == 0)
		here.xdg_surface = made;
	if (strcmp(interface->name, "xdg_toplevel") == 0)
		here.toplevel = made;
	if (strcmp(interface->name, "wl_pointer") == 0)
		here.pointer = made;
	if (strcmp(interface->name, "wp_color_management_surface_feedback_v1") == 0)
		here.light = made;
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
	if (read(fd, &rings, sizeof(rings)) == (ssize_t)sizeof(rings) && here.order)
		here.order();
	here.order = NULL;
	return 0;
}

static bool is_done(void *data)
{
	(void)data;
	return !here.order;
}

/* The stub does that. */
void stub_order(void (*what)(void))
{
	uint64_t one = 1;

	here.order = what;
	CHECK_EQ(write(here.bell, &one, sizeof(one)), (ssize_t)sizeof(one));
	pump_until(is_done, NULL, "the stub has done it");
}

static void end(void)
{
	wl_display_terminate(here.display);
}

#define STATE_SUSPENDED 9

void stub_suspend(void)
{
	configure(STATE_SUSPENDED);
}

void stub_resume(void)
{
	configure(0);
}

void stub_enter(void)
{
	wl_resource_post_event(here.pointer, 0, 7, here.root, 0, 0);
	wl_resource_post_event(here.pointer, 5);
}

void stub_send_light(void)
{
	wl_resource_post_event(here.light, 0, 2);
}

static void *run(void *data)
{
	wl_display_run(here.display);
	return data;
}

void stub_start(void)
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
		{ &wp_content_type_manager_v1_interface, 1 },
		{ &wp_tearing_control_manager_v1_interface, 1 },
		{ &xdg_activation_v1_interface, 1 },
	};

	wm_base = xdg_wm_base_interface;
	wm_base.version = 6;
	here.heard = g_string_new("");

	here.dir = g_dir_make_tmp("oriel-stub-XXXXXX", NULL);
	g_setenv("XDG_RUNTIME_DIR", here.dir, TRUE);
	here.display = wl_display_create();
	here.bell = eventfd(0, EFD_CLOEXEC);
	wl_display_init_shm(here.display);
	wl_display_add_shm_format(here.display, WL_SHM_FORMAT_XBGR2101010);
	wl_display_add_shm_format(here.display, WL_SHM_FORMAT_XBGR16161616F);
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		wl_global_create(here.display, globals[i].interface, globals[i].version,
				 (void *)globals[i].interface, bind);
	if (!stub.no_inhibitor)
		wl_global_create(here.display, &zwp_idle_inhibit_manager_v1_interface, 1,
				 (void *)&zwp_idle_inhibit_manager_v1_interface, bind);
	wl_global_create(here.display, &zwp_linux_dmabuf_v1_interface, stub.no_feedback ? 3 : 4,
			 (void *)&zwp_linux_dmabuf_v1_interface, bind);
	CHECK_EQ(wl_display_add_socket(here.display, "wayland-stub"), 0);
	g_setenv("WAYLAND_DISPLAY", "wayland-stub", TRUE);
	here.ringer = wl_event_loop_add_fd(wl_display_get_event_loop(here.display), here.bell,
					   WL_EVENT_READABLE, on_bell, NULL);
	CHECK_EQ(pthread_create(&here.thread, NULL, run, NULL), 0);
}

void stub_stop(void)
{
	if (!here.display)
		return;
	stub_order(end);
	pthread_join(here.thread, NULL);
	wl_event_source_remove(here.ringer);
	wl_display_destroy_clients(here.display);
	wl_display_destroy(here.display);
	close(here.bell);
	rmdir(here.dir);
	g_free(here.dir);
	g_string_free(here.heard, TRUE);
	memset(&here, 0, sizeof(here));
	memset(&stub, 0, sizeof(stub));
}
