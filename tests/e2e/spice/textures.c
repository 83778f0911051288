/* Textures of a SPICE server (QEMU's gl=on), all the way to the viewer's source: QEMU's own server
 * library in this process, oriel-spice beside it. What stands for the graphics card's memory are
 * sealed memfds. */
#include <fcntl.h>
#include <gio/gio.h>
#include <png.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "e2e/guest.h"
#include "server.h"
#include "view/source/spice.h"

#define PATIENCE_NS (40 * NS_PER_S)
#define DEADLINE_NS (100 * NS_PER_MS) /* oriel-spice's */

#define WIDTH  96
#define HEIGHT 64
#define PITCH  512
#define XR24   0x34325258u
#define XB24   0x34324258u
#define NV12   0x3231564eu

static struct {
	char folder[GUEST_FOLDER_SIZE];
	char *address;
	struct spice_options options;
	struct spice *spice;
	struct source *source;
	unsigned frames, states[SOURCE_STATE_COUNT];
	bool opaque, keep;
	uint32_t width, height;
	uint64_t serial;
	struct region damage;
	struct frame *kept;
	uint32_t top, bottom; /* first pixels of these rows */
	uint32_t answers;     /* at the beginning */
} rig;

/* ---- what the viewer sees ---- */

static uint32_t pixel_at(const struct frame *frame, const uint8_t *pixels, uint32_t y)
{
	return *(const uint32_t *)(const void *)(pixels + (size_t)y * frame->image.pitch) &
	       0xffffff;
}

static void on_frame(void *data, struct frame *frame)
{
	const uint8_t *pixels = frame_pixels(frame);

	(void)data;
	CHECK(pixels != NULL);
	frame_damage(frame, rig.serial, &rig.damage);
	rig.serial = frame->serial;
	rig.opaque = frame->opaque;
	rig.width = frame->image.width;
	rig.height = frame->image.height;
	rig.top = pixel_at(frame, pixels, 0);
	rig.bottom = pixel_at(frame, pixels, rig.height - 1);
	rig.frames++;
	if (!rig.keep)
		return;
	frame_unref(rig.kept);
	rig.kept = frame_ref(frame);
}

static void on_cursor(void *data, const struct cursor *cursor)
{
	(void)data, (void)cursor;
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	rig.states[status->state]++;
}

static const struct source_listener listener = { on_frame, on_cursor, on_status };

#define UNTIL(condition)                                                                           \
	GUEST_WAIT(condition, PATIENCE_NS, turn(),                                                 \
		   "not within its time: %s (%u pictures, top %06x, bottom %06x)", #condition,     \
		   rig.frames, rig.top, rig.bottom)

static void turn(void)
{
	if (!g_main_context_iteration(NULL, FALSE))
		g_usleep(500);
}

/* ---- both ends ---- */

static void close_viewer(void)
{
	frame_unref(rig.kept);
	source_destroy(rig.source);
	spice_destroy(rig.spice);
	rig.kept = NULL;
	rig.source = NULL;
	rig.spice = NULL;
}

/* The server stays for all cases, as a machine does. */
static void open_viewer(enum spice_textures textures)
{
	close_viewer();
	memset(rig.states, 0, sizeof(rig.states));
	rig.frames = 0;
	rig.serial = 0;
	rig.keep = false;
	rig.options = (struct spice_options){
		.enabled = TRUE, .wait = TRUE, .address = rig.address, .textures = textures
	};
	rig.spice = spice_create(&rig.options, NULL, NULL);
	rig.source = source_spice_create(rig.spice, 0, &listener, NULL);
}

/* Rows of one colour each: `first` and so on, in the order of memory. */
static int make_memory(uint32_t first)
{
	uint32_t row[PITCH / 4];
	int fd = memfd_create("texture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, PITCH * HEIGHT), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (size_t x = 0; x < ARRAY_LEN(row); x++)
			row[x] = first + y;
		CHECK_EQ(pwrite(fd, row, sizeof(row), (off_t)y * PITCH), (ssize_t)sizeof(row));
	}
	return fd;
}

/* As QEMU does: the monitor is told with it. */
static void show(uint32_t first, uint32_t fourcc, bool flipped)
{
	server_texture(make_memory(first), WIDTH, HEIGHT, PITCH, fourcc, flipped);
	server_view(0, 0, WIDTH, HEIGHT);
}

/* Drawn, and answered. */
static void draw(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	unsigned before = server_answers(NULL);

	server_draw(x, y, width, height);
	UNTIL(server_answers(NULL) == before + 1);
}

/* ---- cases ---- */

/* Nobody draws on it: what is there is shown. */
static void a_still_texture_is_shown(void)
{
	show(0x100, XR24, false);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.frames >= 1);
	CHECK(rig.opaque);
	CHECK_EQ(rig.width, WIDTH);
	CHECK_EQ(rig.height, HEIGHT);
	CHECK_EQ(rig.top, 0x100);
	CHECK_EQ(rig.bottom, 0x100 + HEIGHT - 1);
	CHECK_EQ(rig.states[SOURCE_DARK], 0);
}

static void drawings_are_damage(void)
{
	show(0x200, XR24, false);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.top == 0x200);
	unsigned frames = rig.frames;
	draw(3, 4, 5, 6);
	UNTIL(rig.frames == frames + 1);
	CHECK_EQ(region_area(&rig.damage), 30);
	CHECK_EQ(rig.damage.rects[0].x, 3);
	CHECK_EQ(rig.damage.rects[0].y, 4);
	draw(WIDTH - 2, 0, 500, 1); /* more than there is */
	UNTIL(rig.frames == frames + 2);
	CHECK_EQ(region_area(&rig.damage), 2);
	draw(WIDTH, HEIGHT, 10, 10); /* nothing that there is: answered, and not shown */
	CHECK_EQ(rig.frames, frames + 2);
}

static void flipped_ones_are_upright(void)
{
	show(0x300, XR24, true);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.frames > 0);
	CHECK_EQ(rig.top, 0x300 + HEIGHT - 1);
	CHECK_EQ(rig.bottom, 0x300);
}

/* The guest is let go by who has read it, or in time all the same. */
static void held_pictures_hold_the_guest_for_a_while(void)
{
	uint64_t start, end, quickest = UINT64_MAX;

	show(0x400, XR24, false);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.top == 0x400);
	for (unsigned i = 0; i < 20; i++) {
		start = clock_ns();
		draw(0, 0, 1, 1);
		server_answers(&end);
		quickest = min_u64(quickest, end - start);
	}
	CHECK(quickest < DEADLINE_NS);
	rig.keep = true;
	start = clock_ns();
	draw(0, 0, 1, 1);
	server_answers(&end);
	printf("# quickest %.2f ms, held %.1f ms\n", (double)quickest / NS_PER_MS,
	       (double)(end - start) / NS_PER_MS);
	CHECK(rig.kept != NULL);
	CHECK(end - start >= DEADLINE_NS * 9 / 10);
}

static void pages_are_turned(void)
{
	int pages[2] = { make_memory(0x500), make_memory(0x600) };

	show(0x700, XR24, false);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.top == 0x700);
	for (unsigned i = 0; i < 30; i++) {
		server_texture(dup(pages[i % 2]), WIDTH, HEIGHT, PITCH, XR24, false);
		draw(0, 0, WIDTH, HEIGHT);
		UNTIL(rig.top == (i % 2 ? 0x600u : 0x500u));
	}
	CHECK_EQ(rig.states[SOURCE_RUNNING], 1);
	CHECK_EQ(rig.states[SOURCE_DARK], 0);
	close(pages[0]);
	close(pages[1]);
}

static void copies_are_made_of_what_is_drawn(void)
{
	const uint32_t colour = 0x112233;
	int fd = make_memory(0x800);

	server_texture(dup(fd), WIDTH, HEIGHT, PITCH, XR24, false);
	open_viewer(SPICE_TEXTURES_COPY);
	UNTIL(rig.frames > 0);
	CHECK(!rig.opaque);
	CHECK_EQ(rig.top, 0x800);
	CHECK_EQ(rig.bottom, 0x800 + HEIGHT - 1);
	CHECK_EQ(pwrite(fd, &colour, 4, 0), 4);
	unsigned frames = rig.frames;
	draw(0, 0, 1, 1);
	UNTIL(rig.frames == frames + 1);
	CHECK_EQ(rig.top, colour);
	CHECK_EQ(region_area(&rig.damage), 1);
	show(0x900, XR24, true);
	draw(0, 0, WIDTH, HEIGHT);
	UNTIL(rig.top == 0x900 + HEIGHT - 1);
	CHECK_EQ(rig.bottom, 0x900);
	show(0xa000, XB24, false); /* red and blue change places */
	draw(0, 0, WIDTH, HEIGHT);
	UNTIL(rig.top == 0xa000);
	CHECK_EQ(rig.bottom, (HEIGHT - 1) << 16 | 0xa000);
	CHECK_EQ(rig.states[SOURCE_RUNNING], 1);
	close(fd);
}

/* Who cannot show them says so, and gets copies. */
static void refused_ones_are_copied(void)
{
	show(0xb00, XR24, true);
	open_viewer(SPICE_TEXTURES_AUTO);
	rig.keep = true;
	UNTIL(rig.frames > 0);
	CHECK(rig.opaque);
	frame_refuse(rig.kept);
	UNTIL(!rig.opaque);
	CHECK_EQ(rig.top, 0xb00 + HEIGHT - 1);
	rig.keep = false;
	draw(0, 0, 4, 4);
}

static void a_part_is_cut_out(void)
{
	show(0xc00, XR24, false);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.top == 0xc00);
	server_view(16, 8, 32, 24);
	draw(0, 0, WIDTH, HEIGHT);
	UNTIL(rig.width == 32);
	CHECK_EQ(rig.height, 24);
	CHECK_EQ(rig.top, 0xc08);
	CHECK_EQ(rig.bottom, 0xc08 + 23);
	unsigned frames = rig.frames;
	draw(10, 10, 10, 10); /* 4 columns and all of its rows are seen */
	UNTIL(rig.frames == frames + 1);
	CHECK_EQ(region_area(&rig.damage), 40);
	server_texture(make_memory(0xd00), WIDTH, HEIGHT, PITCH, XR24, true); /* from the top */
	draw(0, 0, WIDTH, HEIGHT);
	UNTIL(rig.top == 0xd00 + HEIGHT - 1 - 8);
	server_view(0, 0, WIDTH, HEIGHT);
	draw(0, 0, WIDTH, HEIGHT);
	UNTIL(rig.width == WIDTH);
}

/* Firmware, text, the guest's driver: nothing goes dark in between. */
static void modes_change(void)
{
	for (int textures = SPICE_TEXTURES_AUTO; textures <= SPICE_TEXTURES_COPY; textures++) {
		show(0xe00, XR24, false);
		open_viewer((enum spice_textures)textures);
		UNTIL(rig.top == 0xe00);
		for (unsigned i = 0; i < 5; i++) {
			server_surface(80 + i, 50, 0x445500 + i);
			UNTIL(rig.width == 80 + i && rig.top == 0x445500 + i);
			CHECK(!rig.opaque);
			show(0xf00 + i, XR24, false);
			draw(0, 0, WIDTH, HEIGHT);
			UNTIL(rig.width == WIDTH && rig.top == 0xf00 + i);
		}
		CHECK_EQ(rig.states[SOURCE_DARK], 0);
	}
}

static void who_looks_again_sees_it_again(void)
{
	show(0x1000, XR24, false);
	open_viewer(SPICE_TEXTURES_AUTO);
	UNTIL(rig.top == 0x1000);
	source_watch(rig.source, false);
	draw(0, 0, 8, 8); /* by nobody's leave */
	show(0x1100, XR24, false);
	draw(0, 0, WIDTH, HEIGHT);
	rig.frames = 0;
	source_watch(rig.source, true);
	UNTIL(rig.top == 0x1100);
	CHECK_EQ(rig.states[SOURCE_DARK], 0);
}

/* Told as a state, and what comes next is shown. */
static void what_cannot_be_is_told(void)
{
	for (int textures = SPICE_TEXTURES_AUTO; textures <= SPICE_TEXTURES_COPY; textures++) {
		show(0x1200, XR24, false);
		open_viewer((enum spice_textures)textures);
		UNTIL(rig.top == 0x1200);
		server_texture(make_memory(0), WIDTH, HEIGHT + 1, PITCH, XR24, false);
		UNTIL(rig.states[SOURCE_DARK] == 1);
		draw(0, 0, WIDTH, HEIGHT); /* is answered */
		show(0x1300, XR24, false);
		UNTIL(rig.top == 0x1300);
		show(0x1400, NV12, false);
		UNTIL(rig.states[SOURCE_DARK] == 2);
		server_texture(make_memory(0), 1u << 30, 1u << 30, 0, XR24, false);
		draw(UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
		server_texture(open("/dev/null", O_RDONLY | O_CLOEXEC), 1, 1, 4, XR24, false);
		draw(0, 0, 1, 1);
		show(0x1500, XR24, false);
		UNTIL(rig.top == 0x1500);
	}
}

/* First pixels of the file's first and last row. */
static void read_shot(const char *path, uint32_t *top, uint32_t *bottom)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t pixels[WIDTH * HEIGHT * 3];

	CHECK(png_image_begin_read_from_file(&image, path));
	CHECK_EQ(image.width, WIDTH);
	CHECK_EQ(image.height, HEIGHT);
	image.format = PNG_FORMAT_RGB;
	CHECK(png_image_finish_read(&image, NULL, pixels, 0, NULL));
	const uint8_t *last = pixels + (HEIGHT - 1) * WIDTH * 3;
	*top = (uint32_t)pixels[0] << 16 | pixels[1] << 8 | pixels[2];
	*bottom = (uint32_t)last[0] << 16 | last[1] << 8 | last[2];
}

static void on_end(GObject *process, GAsyncResult *result, gpointer data)
{
	g_subprocess_wait_finish(G_SUBPROCESS(process), result, NULL);
	*(bool *)data = true;
}

/* The whole program, closed in as it is for people, where nobody can show a texture: and where it
 * is kept without being shown. */
static void the_viewer_keeps_a_picture(void)
{
	g_autofree char *path = g_strdup_printf("%s/shot.png", rig.folder);
	g_autofree char *address = g_strdup_printf("--spice=%s", rig.address);
	g_autofree char *shot = g_strdup_printf("--shot=%s", path);
	g_autoptr(GError) error = NULL;
	uint32_t top, bottom;
	bool ended = false;

	close_viewer();
	show(0x1600, XR24, true);
	g_autoptr(GSubprocess) view = g_subprocess_new(
		G_SUBPROCESS_FLAGS_NONE, &error, g_getenv("ORIEL_VIEW"), "--window=headless",
		"--source=spice", address, shot, "--timeout=30", NULL);
	CHECK(view != NULL);
	g_subprocess_wait_async(view, NULL, on_end, &ended);
	UNTIL(ended);
	CHECK(g_subprocess_get_successful(view));
	read_shot(path, &top, &bottom);
	CHECK_EQ(top, 0x1600 + HEIGHT - 1);
	CHECK_EQ(bottom, 0x1600);
}

static void open_server(void)
{
	if (rig.address)
		return;
	CHECK_EQ(guest_make_folder(rig.folder, "textures"), 0);
	rig.address = g_strdup_printf("%s/spice", rig.folder);
	CHECK(server_open(rig.address));
}

static void the_server_opens(void)
{
	open_server();
}

static const struct test_case cases[] = {
	TEST(the_server_opens),
	TEST(a_still_texture_is_shown),
	TEST(drawings_are_damage),
	TEST(flipped_ones_are_upright),
	TEST(held_pictures_hold_the_guest_for_a_while),
	TEST(pages_are_turned),
	TEST(copies_are_made_of_what_is_drawn),
	TEST(refused_ones_are_copied),
	TEST(a_part_is_cut_out),
	TEST(modes_change),
	TEST(who_looks_again_sees_it_again),
	TEST(what_cannot_be_is_told),
	TEST(the_viewer_keeps_a_picture),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	close_viewer();
	server_close();
	if (*rig.folder)
		guest_remove_folder(rig.folder);
	g_free(rig.address);
	return status;
}
