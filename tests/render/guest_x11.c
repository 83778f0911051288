/* The guest side on real X servers: what is drawn arrives, pixel by pixel. */
#include "unit/guest/stage.h"

#include <xcb/randr.h>
#include <xcb/xtest.h>

#include "guest_xserver.h"

#define MIB (1u << 20)

/* ---- a server, its capture and a viewer: on the heap, for a case that fails leaves its threads
 * behind ---- */

struct scene {
	struct xserver server;
	struct hand hand;
	struct stage *stage;
	struct viewer viewer;
	int32_t hot_x, hot_y; /* of the last shape that arrived */
	char arg[64];
};

static void scene_capture(struct scene *self, const char *way)
{
	snprintf(self->arg, sizeof(self->arg), "%s%s%s", self->server.display, way ? ",way=" : "",
		 way ? way : "");
	self->stage = calloc(1, sizeof(*self->stage));
	screen_init(&self->stage->screen, 1, 1);
	hand_open(&self->hand, &self->server);
	stage_begin(self->stage, &capture_x11, self->arg, 64 * MIB);
	viewer_open(&self->viewer, self->stage);
	viewer_live(&self->viewer); /* libXau cannot connect from two threads at once */
}

static struct scene *scene_new(void)
{
	return calloc(1, sizeof(struct scene));
}

static struct scene *scene_open(const char *screen, const char *way)
{
	struct scene *self = scene_new();
	xserver_start(&self->server, screen, NULL, NULL);
	scene_capture(self, way);
	return self;
}

static void scene_close(struct scene *self)
{
	hand_close(&self->hand);
	viewer_close(&self->viewer);
	stage_end(self->stage);
	xserver_stop(&self->server);
	free(self);
}

/* Pixels of the held frame that differ from what the X server says it shows. */
static uint64_t wrong_pixels(struct scene *self)
{
	const struct pixel_image *image = &self->viewer.frame.image;
	const uint8_t *slot = (uint8_t *)self->stage->memory->base + self->viewer.hold.offset;
	xcb_get_image_reply_t *reply = hand_look(&self->hand, image->width, image->height);
	if (!reply)
		return UINT64_MAX;
	const uint8_t *want = xcb_get_image_data(reply);
	uint64_t wrong = 0;
	for (uint32_t y = 0; y < image->height; y++)
		for (uint32_t x = 0; x < image->width; x++)
			wrong += memcmp(slot + (size_t)y * image->pitch + x * 4,
					want + ((size_t)y * image->width + x) * 4, 3) != 0;
	free(reply);
	return wrong;
}

/* Frames until one shows what the server shows; a drawing that changed nothing brings none. */
static void catch_up(struct scene *self)
{
	uint64_t end = clock_ns() + SOON_NS, wrong = UINT64_MAX;
	while (wrong && clock_ns() < end) {
		viewer_next(&self->viewer, 200 * NS_PER_MS);
		if (self->viewer.frame.image.format)
			wrong = wrong_pixels(self);
	}
	CHECK_EQ(wrong, 0);
}

static uint32_t random_below(uint32_t *state, uint32_t limit)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % limit;
}

static void scribble(struct scene *self, uint32_t *state, uint32_t width, uint32_t height)
{
	for (uint32_t n = 1 + random_below(state, 6); n; n--) {
		uint32_t x = random_below(state, width), y = random_below(state, height);
		struct rect rect = { x, y, 1 + random_below(state, min_u32(90, width - x)),
				     1 + random_below(state, min_u32(70, height - y)) };
		xcb_window_t where = random_below(state, 3) ? self->hand.screen->root
							    : self->hand.window;
		hand_draw(&self->hand, where, rect, random_below(state, 1u << 24));
	}
}

/* ---- pictures ---- */

static uint64_t copied(struct scene *self)
{
	return atomic_load(&self->stage->session.capture->copied);
}

static void draw_and_compare(const char *way, bool copies)
{
	static const struct {
		const char *screen;
		uint32_t width, height;
	} sizes[] = { { "1366x768x24", 1366, 768 },
		      { "1680x1050x24", 1680, 1050 },
		      { "1920x1080x24", 1920, 1080 } };
	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++) {
		struct scene *scene;
		uint32_t state = i;
		scene = scene_open(sizes[i].screen, way);
		catch_up(scene);
		CHECK_EQ(scene->viewer.frame.image.width, sizes[i].width);
		CHECK_EQ(scene->viewer.frame.image.height, sizes[i].height);
		for (int round = 0; round < 15; round++) {
			scribble(scene, &state, sizes[i].width, sizes[i].height);
			catch_up(scene);
		}
		CHECK_EQ(copied(scene) > 0, copies);
		scene_close(scene);
	}
}

static void way_pixmap_copies_nothing(void)
{
	draw_and_compare("pixmap", false);
}

static void way_getimage_copies_nothing(void)
{
	draw_and_compare("getimage", false);
}

static void way_copy_is_exact(void)
{
	draw_and_compare("copy", true);
}

static void way_socket_is_exact(void)
{
	draw_and_compare("socket", true);
}

static void without_shm_the_socket_is_used(void)
{
	struct scene *scene = scene_new();
	uint32_t state = 1;
	xserver_start(&scene->server, "640x480x24", "-extension", "MIT-SHM");
	scene_capture(scene, NULL);
	catch_up(scene);
	scribble(scene, &state, 640, 480);
	catch_up(scene);
	CHECK(copied(scene) > 0);
	scene_close(scene);
}

/* Drawn without a pause while frames are taken all the time: what changes between the server's
 * word, our look and its copy is in one frame or in the next. */
static void a_storm_loses_no_pixel(void)
{
	struct scene *scene;
	uint32_t state = 3;
	scene = scene_open("1366x768x24", NULL);
	catch_up(scene);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 300; i++) {
			scribble(scene, &state, 1366, 768);
			if (i % 8 == 0)
				viewer_next(&scene->viewer, NS_PER_MS);
		}
		catch_up(scene);
	}
	scene_close(scene);
}

static void damage_is_small_and_exact(void)
{
	struct scene *scene;
	scene = scene_open("640x480x24", NULL);
	catch_up(scene);
	clock_sleep(100 * NS_PER_MS); /* the window's own drawing has arrived */
	while (viewer_next(&scene->viewer, 100 * NS_PER_MS))
		;
	hand_draw(&scene->hand, scene->hand.screen->root, (struct rect){ 300, 200, 64, 32 },
		  0xff00);
	catch_up(scene);
	CHECK(!scene->viewer.frame.damage_all);
	CHECK_EQ(scene->viewer.frame.damage.count, 1);
	CHECK_EQ(scene->viewer.frame.damage.rects[0].x, 300);
	CHECK_EQ(scene->viewer.frame.damage.rects[0].y, 200);
	CHECK_EQ(scene->viewer.frame.damage.rects[0].width, 64);
	CHECK_EQ(scene->viewer.frame.damage.rects[0].height, 32);
	scene_close(scene);
}

static void depth_16_is_refused_with_a_remedy(void)
{
	struct xserver server;
	struct capture *capture;
	struct err err = { 0 };
	xserver_start(&server, "640x480x16", NULL, NULL);
	struct capture_params params = { .arg = server.display, .fd = -1 };
	CHECK_EQ(capture_x11.create(&capture, &params, &err), -ENOTSUP);
	CHECK_CONTAINS(err.text, "depth 16");
	CHECK_CONTAINS(err.text, "DefaultDepth 24");
	xserver_stop(&server);
}

static void two_captures_live_in_one_process(void)
{
	struct scene *a, *b;
	uint32_t state = 5;
	a = scene_open("640x480x24", NULL);
	b = scene_open("800x600x24", "getimage");
	for (int i = 0; i < 10; i++) {
		scribble(a, &state, 640, 480);
		scribble(b, &state, 800, 600);
		catch_up(a);
		catch_up(b);
	}
	scene_close(a);
	scene_close(b);
}

/* ---- pointer ---- */

static bool next_cursor(struct scene *self, struct cursor *out, uint64_t limit_ns)
{
	uint64_t end = clock_ns() + limit_ns;
	for (; clock_ns() < end; clock_sleep(NS_PER_MS)) {
		if (!viewer_check(&self->viewer) ||
		    wire_consumer_subscribe(self->viewer.wire, WIRE_QUEUE_POINTER) ||
		    wire_consumer_pointer(self->viewer.wire, out))
			continue;
		if (out->has_shape) {
			self->hot_x = out->shape.hot_x;
			self->hot_y = out->shape.hot_y;
		}
		return true;
	}
	return false;
}

static void await_place(struct scene *self, struct cursor *cursor, int32_t x, int32_t y)
{
	uint64_t end = clock_ns() + SOON_NS;
	do
		CHECK(clock_ns() < end && next_cursor(self, cursor, SOON_NS));
	while (cursor->x + self->hot_x != x || cursor->y + self->hot_y != y);
}

/* A 16x16 cursor, black where the pattern says, hot spot 3,5. */
static void set_core_cursor(struct hand *hand)
{
	xcb_connection_t *conn = hand->conn;
	xcb_pixmap_t bits = xcb_generate_id(conn);
	xcb_create_pixmap(conn, 1, bits, hand->screen->root, 16, 16);
	xcb_gcontext_t gc = xcb_generate_id(conn);
	uint32_t one = 1;
	xcb_create_gc(conn, gc, bits, XCB_GC_FOREGROUND, &one);
	xcb_rectangle_t all = { 0, 0, 16, 16 };
	xcb_poly_fill_rectangle(conn, bits, gc, 1, &all);
	xcb_cursor_t cursor = xcb_generate_id(conn);
	xcb_create_cursor(conn, cursor, bits, bits, 0xffff, 0, 0, 0, 0, 0xffff, 3, 5);
	xcb_change_window_attributes(conn, hand->screen->root, XCB_CW_CURSOR, &cursor);
	xcb_flush(conn);
}

static void shapes_arrive_with_their_hot_spot(void)
{
	struct scene *scene;
	struct cursor cursor;
	scene = scene_open("640x480x24", NULL);
	CHECK(next_cursor(scene, &cursor, SOON_NS));
	set_core_cursor(&scene->hand);
	xcb_warp_pointer(scene->hand.conn, XCB_NONE, scene->hand.screen->root, 0, 0, 0, 0, 600,
			 400);
	xcb_flush(scene->hand.conn);
	uint64_t end = clock_ns() + SOON_NS;
	do {
		CHECK(clock_ns() < end);
		CHECK(next_cursor(scene, &cursor, SOON_NS));
	} while (!cursor.has_shape || cursor.shape.hot_x != 3);
	CHECK(cursor.visible);
	CHECK_EQ(cursor.shape.hot_y, 5);
	CHECK_EQ(cursor.shape.type, CURSOR_COLOUR);
	CHECK_EQ(cursor.shape.width, 16);
	CHECK_EQ(cursor.shape.height, 16);
	static const uint8_t red[4] = { 0, 0, 0xff, 0xff };
	CHECK(memcmp(cursor.shape.data + 8 * cursor.shape.pitch + 8 * 4, red, 4) == 0);
	scene_close(scene);
}

/* Xvfb paints the pointer into its screen; what is captured must not have it. */
static void the_pointer_is_not_in_the_picture(void)
{
	struct scene *scene;
	scene = scene_open("640x480x24", NULL);
	set_core_cursor(&scene->hand);
	xcb_warp_pointer(scene->hand.conn, XCB_NONE, scene->hand.screen->root, 0, 0, 0, 0, 400,
			 300);
	hand_draw(&scene->hand, scene->hand.screen->root, (struct rect){ 350, 250, 100, 100 },
		  0x0000ff);
	catch_up(scene);
	const struct viewer *viewer = &scene->viewer;
	const uint8_t *slot = (uint8_t *)scene->stage->memory->base + viewer->hold.offset;
	static const uint8_t blue[3] = { 0xff, 0, 0 };
	CHECK(memcmp(slot + 303 * viewer->frame.image.pitch + 403 * 4, blue, 3) == 0);
	scene_close(scene);
}

static void motion_arrives_without_a_frame(void)
{
	struct scene *scene;
	struct cursor cursor;
	scene = scene_open("640x480x24", NULL);
	catch_up(scene);
	CHECK(next_cursor(scene, &cursor, SOON_NS));
	while (viewer_next(&scene->viewer, 200 * NS_PER_MS))
		;
	uint64_t before = scene->stage->session.pipeline.stats.frames, begin = clock_ns();
	for (int16_t i = 0; i < 20; i++) {
		xcb_test_fake_input(scene->hand.conn, XCB_MOTION_NOTIFY, 0, 0,
				    scene->hand.screen->root, (int16_t)(100 + i), 200, 0);
		xcb_flush(scene->hand.conn);
		await_place(scene, &cursor, 100 + i, 200);
	}
	CHECK((clock_ns() - begin) / NS_PER_MS < 3000); /* woken: looks would take 20 * 0.5 s */
	CHECK_EQ(scene->stage->session.pipeline.stats.frames, before);
	scene_close(scene);
}

static void a_consumer_moves_the_pointer(void)
{
	struct scene *scene;
	struct cursor cursor;
	uint32_t serial;
	scene = scene_open("640x480x24", NULL);
	CHECK(next_cursor(scene, &cursor, SOON_NS));
	CHECK_EQ(wire_consumer_set_cursor(scene->viewer.wire, 321, 123, &serial), 0);
	await_place(scene, &cursor, 321, 123);
	xcb_query_pointer_reply_t *reply = xcb_query_pointer_reply(
		scene->hand.conn, xcb_query_pointer(scene->hand.conn, scene->hand.screen->root),
		NULL);
	CHECK_EQ(reply->root_x, 321);
	CHECK_EQ(reply->root_y, 123);
	free(reply);
	scene_close(scene);
}

/* ---- trouble ---- */

static void server_dies_and_returns(bool watched)
{
	struct scene *scene = scene_new();
	uint32_t state = 9;
	char number[16];
	/* Far from those that -displayfd hands out: nobody else takes it in between. */
	snprintf(number, sizeof(number), ":%d", 1000 + getpid() % 50000);
	xserver_start(&scene->server, "640x480x24", number, NULL);
	scene_capture(scene, NULL);
	if (watched)
		catch_up(scene);
	viewer_release(&scene->viewer);
	hand_close(&scene->hand);
	xserver_stop(&scene->server);
	uint64_t end = clock_ns() + SOON_NS;
	while (viewer_check(&scene->viewer)) {
		CHECK(clock_ns() < end);
		clock_sleep(NS_PER_MS);
	}
	/* SIGKILL leaves the lock file; a fresh server under the same name clears it. */
	const char *argv[] = { "Xvfb",      number, "-screen",  "0", "800x600x24",
			       "-nolisten", "tcp",  "-noreset", NULL };
	CHECK(xserver_run(&scene->server, argv));
	CHECK_STR(scene->server.display, number);
	viewer_live(&scene->viewer);
	hand_open(&scene->hand, &scene->server);
	scribble(scene, &state, 800, 600);
	catch_up(scene);
	CHECK_EQ(scene->viewer.frame.image.width, 800);
	scene_close(scene);
}

static void a_watched_server_may_die_and_return(void)
{
	server_dies_and_returns(true);
}

static void an_unwatched_server_may_die_and_return(void)
{
	server_dies_and_returns(false);
}

/* Xvfb has one mode; Xorg with the dummy driver has many. */
static bool xorg_start(struct xserver *self, char *directory)
{
	static const char config[] =
		"Section \"ServerFlags\"\n Option \"AutoAddDevices\" \"off\"\n"
		" Option \"AutoAddGPU\" \"off\"\nEndSection\n"
		"Section \"Device\"\n Identifier \"d\"\n Driver \"dummy\"\n VideoRam 65536\n"
		"EndSection\n"
		"Section \"Monitor\"\n Identifier \"m\"\n HorizSync 5-1000\n VertRefresh 5-200\n"
		" Modeline \"1280x720\" 74.5 1280 1344 1472 1664 720 723 728 748\n"
		" Modeline \"1024x768\" 65 1024 1048 1184 1344 768 771 777 806\n"
		" Modeline \"800x600\" 40 800 840 968 1056 600 601 605 628\nEndSection\n"
		"Section \"Screen\"\n Identifier \"s\"\n Device \"d\"\n Monitor \"m\"\n"
		" DefaultDepth 24\n SubSection \"Display\"\n  Depth 24\n"
		"  Modes \"1280x720\" \"1024x768\" \"800x600\"\n  Virtual 1280 768\n"
		" EndSubSection\nEndSection\n";
	char path[64], log[64];
	snprintf(path, sizeof(path), "%s/xorg.conf", directory);
	snprintf(log, sizeof(log), "%s/xorg.log", directory);
	FILE *file = fopen(path, "w");
	fputs(config, file);
	fclose(file);
	const char *argv[] = { "Xorg",        "-config",   path,  "-logfile",  log,   "-noreset",
			       "-novtswitch", "-sharevts", "-ac", "-nolisten", "tcp", NULL };
	return xserver_run(self, argv);
}

static void set_mode(struct hand *hand, uint16_t width, uint16_t height)
{
	xcb_connection_t *conn = hand->conn;
	xcb_window_t root = hand->screen->root;
	free(xcb_randr_query_version_reply(conn, xcb_randr_query_version(conn, 1, 1), NULL));
	xcb_randr_get_screen_info_reply_t *info = xcb_randr_get_screen_info_reply(
		conn, xcb_randr_get_screen_info(conn, root), NULL);
	CHECK(info != NULL);
	const xcb_randr_screen_size_t *sizes = xcb_randr_get_screen_info_sizes(info);
	int count = xcb_randr_get_screen_info_sizes_length(info), found = -1;
	for (int i = 0; i < count; i++)
		if (sizes[i].width == width && sizes[i].height == height)
			found = i;
	CHECK(found >= 0);
	xcb_randr_set_screen_config_reply_t *reply = xcb_randr_set_screen_config_reply(
		conn,
		xcb_randr_set_screen_config(conn, root, XCB_CURRENT_TIME, info->config_timestamp,
					    (uint16_t)found, XCB_RANDR_ROTATION_ROTATE_0, 0),
		NULL);
	CHECK(reply != NULL);
	CHECK_EQ(reply->status, XCB_RANDR_SET_CONFIG_SUCCESS);
	free(reply);
	free(info);
}

static void a_mode_change_is_a_new_format(void)
{
	static const uint16_t modes[][2] = { { 800, 600 }, { 1280, 720 }, { 1024, 768 } };
	struct scene *scene = scene_new();
	uint32_t state = 3;
	char directory[] = "/tmp/oriel-xorg-XXXXXX", command[64];
	CHECK(mkdtemp(directory) != NULL);
	bool started = geteuid() == 0 && xorg_start(&scene->server, directory);
	if (started)
		scene_capture(scene, NULL);
	for (unsigned i = 0; started && i < ARRAY_LEN(modes); i++) {
		set_mode(&scene->hand, modes[i][0], modes[i][1]);
		scribble(scene, &state, modes[i][0], modes[i][1]);
		uint64_t end = clock_ns() + SOON_NS;
		while (scene->viewer.frame.image.width != modes[i][0]) {
			CHECK(clock_ns() < end);
			viewer_next(&scene->viewer, SOON_NS);
		}
		catch_up(scene);
		CHECK_EQ(scene->viewer.frame.image.height, modes[i][1]);
		CHECK_EQ(scene->viewer.frame.screen_width, modes[i][0]);
	}
	if (started)
		scene_close(scene);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	CHECK_EQ(system(command), 0);
	if (!started)
		test_skip("Xorg with the dummy driver does not start (root? "
			  "xserver-xorg-video-dummy?)");
}

static const struct test_case cases[] = {
	TEST(way_pixmap_copies_nothing),
	TEST(way_getimage_copies_nothing),
	TEST(way_copy_is_exact),
	TEST(way_socket_is_exact),
	TEST(without_shm_the_socket_is_used),
	TEST(a_storm_loses_no_pixel),
	TEST(damage_is_small_and_exact),
	TEST(depth_16_is_refused_with_a_remedy),
	TEST(two_captures_live_in_one_process),
	TEST(shapes_arrive_with_their_hot_spot),
	TEST(the_pointer_is_not_in_the_picture),
	TEST(motion_arrives_without_a_frame),
	TEST(a_consumer_moves_the_pointer),
	TEST(a_watched_server_may_die_and_return),
	TEST(an_unwatched_server_may_die_and_return),
	TEST(a_mode_change_is_a_new_format),
};

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN); /* servers are killed here */
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
