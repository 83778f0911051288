/* In the guest: a screen that does what lines from the console say. Its answers begin with
 * "screen:".
 *
 *	head NUMBER CARD CRTC      the others are about this one, screen: head NUMBER
 *	mode WIDTH HEIGHT          screen: mode WIDTH HEIGHT
 *	rect X Y WIDTH HEIGHT      draws one, tells the kernel of it, screen: rect
 *	draw COUNT SEED            so many of them anywhere, screen: drawn
 *	flip MILLISECONDS          whole pictures as fast as they go, screen: flipped COUNT
 *	pointer X Y | pointer off  screen: pointer
 */
#include <drm.h>
#include <drm_mode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct canvas {
	uint32_t handle, framebuffer, pitch;
	uint32_t width, height;
	uint32_t *pixels;
	size_t size;
};

enum { HEADS = 4 };

static struct screen {
	int fd; /* 0: it was not opened */
	uint32_t card, crtc, connector;
	struct canvas canvas;
	uint32_t pointer; /* its handle */
	uint32_t colour;
} screen, heads[HEADS];
static uint32_t head; /* that `screen` is */

static void die(const char *what)
{
	printf("screen: failed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void ask(unsigned long request, void *argument, const char *what)
{
	if (ioctl(screen.fd, request, argument) < 0)
		die(what);
}

/* Heads of one card share it: who opened it may set its modes. */
static void open_node(uint32_t card)
{
	char path[32];

	for (int i = 0; i < HEADS; i++)
		if (heads[i].fd && heads[i].card == card) {
			screen.fd = heads[i].fd;
			return;
		}
	snprintf(path, sizeof(path), "/dev/dri/card%u", card);
	for (int i = 0; i < 1000; i++) {
		screen.fd = open(path, O_RDWR | O_CLOEXEC);
		if (screen.fd >= 0)
			return;
		usleep(10000);
	}
	die(path);
}

static void open_head(uint32_t card, uint32_t crtc)
{
	uint32_t crtcs[8] = { 0 }, connectors[8] = { 0 };
	struct drm_mode_card_res resources = { .crtc_id_ptr = (uintptr_t)crtcs,
					       .count_crtcs = 8,
					       .connector_id_ptr = (uintptr_t)connectors,
					       .count_connectors = 8 };

	open_node(card);
	ask(DRM_IOCTL_MODE_GETRESOURCES, &resources, "GETRESOURCES");
	if (crtc >= resources.count_crtcs || crtc >= resources.count_connectors)
		die("no such head");
	screen.card = card;
	screen.crtc = crtcs[crtc];
	screen.connector = connectors[crtc];
	screen.colour = crtc * 0x305070 + card * 0x807060;
}

static void choose_head(uint32_t number, uint32_t card, uint32_t crtc)
{
	heads[head] = screen;
	head = number % HEADS;
	screen = heads[head];
	if (!screen.fd)
		open_head(card, crtc);
	printf("screen: head %u\n", number);
}

static struct canvas make_canvas(uint32_t width, uint32_t height, uint32_t depth)
{
	struct drm_mode_create_dumb dumb = { .width = width, .height = height, .bpp = 32 };
	struct canvas made = { .width = width, .height = height };

	ask(DRM_IOCTL_MODE_CREATE_DUMB, &dumb, "CREATE_DUMB");
	struct drm_mode_map_dumb map = { .handle = dumb.handle };
	ask(DRM_IOCTL_MODE_MAP_DUMB, &map, "MAP_DUMB");
	made.handle = dumb.handle;
	made.pitch = dumb.pitch / 4;
	made.size = dumb.size;
	made.pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, screen.fd,
			   (off_t)map.offset);
	if (made.pixels == MAP_FAILED)
		die("mmap");
	if (!depth)
		return made;
	struct drm_mode_fb_cmd command = { .width = width,
					   .height = height,
					   .pitch = dumb.pitch,
					   .bpp = 32,
					   .depth = depth,
					   .handle = dumb.handle };
	ask(DRM_IOCTL_MODE_ADDFB, &command, "ADDFB");
	made.framebuffer = command.fb_id;
	return made;
}

static void free_canvas(struct canvas *self)
{
	struct drm_mode_destroy_dumb dumb = { .handle = self->handle };

	if (!self->pixels)
		return;
	munmap(self->pixels, self->size);
	ioctl(screen.fd, DRM_IOCTL_MODE_RMFB, &self->framebuffer);
	ioctl(screen.fd, DRM_IOCTL_MODE_DESTROY_DUMB, &dumb);
}

static struct drm_mode_modeinfo find_mode(uint32_t width, uint32_t height)
{
	static struct drm_mode_modeinfo modes[128];
	struct drm_mode_get_connector connector = { .connector_id = screen.connector };

	ask(DRM_IOCTL_MODE_GETCONNECTOR, &connector, "GETCONNECTOR");
	uint32_t count = connector.count_modes < 128 ? connector.count_modes : 128;
	connector = (struct drm_mode_get_connector){ .connector_id = screen.connector,
						     .count_modes = count,
						     .modes_ptr = (uintptr_t)modes };
	ask(DRM_IOCTL_MODE_GETCONNECTOR, &connector, "GETCONNECTOR");
	for (uint32_t i = 0; i < count; i++)
		if (modes[i].hdisplay == width && modes[i].vdisplay == height)
			return modes[i];
	/* Nobody has plugged in that head, and no card here looks at the times. */
	return (struct drm_mode_modeinfo){
		.clock = (width + 160) * (height + 40) * 60 / 1000,
		.hdisplay = (uint16_t)width,
		.hsync_start = (uint16_t)(width + 16),
		.hsync_end = (uint16_t)(width + 32),
		.htotal = (uint16_t)(width + 160),
		.vdisplay = (uint16_t)height,
		.vsync_start = (uint16_t)(height + 4),
		.vsync_end = (uint16_t)(height + 8),
		.vtotal = (uint16_t)(height + 40),
	};
}

static void paint(uint32_t x0, uint32_t y0, uint32_t width, uint32_t height)
{
	struct canvas *canvas = &screen.canvas;

	for (uint32_t y = y0; y < y0 + height; y++)
		for (uint32_t x = x0; x < x0 + width; x++)
			canvas->pixels[y * canvas->pitch + x] =
				(screen.colour + x * 3 + y * 0x500) & 0xffffff;
}

static void tell_kernel(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct drm_clip_rect clip = { (uint16_t)x, (uint16_t)y, (uint16_t)(x + width),
				      (uint16_t)(y + height) };
	struct drm_mode_fb_dirty_cmd dirty = { .fb_id = screen.canvas.framebuffer,
					       .num_clips = 1,
					       .clips_ptr = (uintptr_t)&clip };

	/* Cards whose memory is the screen need no telling. */
	if (ioctl(screen.fd, DRM_IOCTL_MODE_DIRTYFB, &dirty) < 0 && errno != ENOSYS)
		die("DIRTYFB");
}

static void rect(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	screen.colour = screen.colour * 1664525 + 1013904223;
	paint(x, y, width, height);
	tell_kernel(x, y, width, height);
}

static void set_mode(uint32_t width, uint32_t height)
{
	struct canvas last = screen.canvas;
	struct drm_mode_crtc crtc = { .crtc_id = screen.crtc,
				      .set_connectors_ptr = (uintptr_t)&screen.connector,
				      .count_connectors = 1,
				      .mode_valid = 1,
				      .mode = find_mode(width, height) };

	screen.canvas = make_canvas(width, height, 24);
	paint(0, 0, width, height);
	crtc.fb_id = screen.canvas.framebuffer;
	ask(DRM_IOCTL_MODE_SETCRTC, &crtc, "SETCRTC");
	tell_kernel(0, 0, width, height);
	free_canvas(&last);
	printf("screen: mode %u %u\n", width, height);
}

static void draw(uint32_t count, uint32_t seed)
{
	srand(seed);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t width = 1 + (uint32_t)rand() % 200, height = 1 + (uint32_t)rand() % 150;
		rect((uint32_t)rand() % (screen.canvas.width - width),
		     (uint32_t)rand() % (screen.canvas.height - height), width, height);
	}
	printf("screen: drawn\n");
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The pictures differ in one line only, so that drawing is not what is measured. */
static void flip(uint32_t ms)
{
	uint64_t until = now_ms() + ms;
	unsigned count = 0;

	for (; now_ms() < until; count++) {
		screen.colour += 0x10203;
		paint(0, count % screen.canvas.height, screen.canvas.width, 1);
		tell_kernel(0, 0, screen.canvas.width, screen.canvas.height);
	}
	printf("screen: flipped %u\n", count);
}

static void point(int x, int y, int shown)
{
	/* A pointer whose shape is told again is another one, whose place the library swallows. */
	uint32_t shape = shown && screen.pointer ? 0 : DRM_MODE_CURSOR_BO;
	struct drm_mode_cursor cursor = { .flags = shape | DRM_MODE_CURSOR_MOVE,
					  .crtc_id = screen.crtc,
					  .x = x,
					  .y = y,
					  .width = 64,
					  .height = 64,
					  .handle = shown ? screen.pointer : 0 };

	if (shown && !screen.pointer) {
		struct canvas canvas = make_canvas(64, 64, 0);
		for (int i = 0; i < 64 * 64; i++)
			canvas.pixels[i] = i % 64 < i / 64 ? 0xffff8040u : 0;
		cursor.handle = screen.pointer = canvas.handle;
	}
	if (ioctl(screen.fd, DRM_IOCTL_MODE_CURSOR, &cursor) < 0)
		printf("screen: no pointer\n");
	else
		printf("screen: pointer\n");
}

static void obey(const char *line)
{
	uint32_t a, b, c, d;
	int x, y;

	if (sscanf(line, "head %u %u %u", &a, &b, &c) == 3)
		choose_head(a, b, c);
	else if (sscanf(line, "mode %u %u", &a, &b) == 2)
		set_mode(a, b);
	else if (sscanf(line, "rect %u %u %u %u", &a, &b, &c, &d) == 4)
		rect(a, b, c, d), printf("screen: rect\n");
	else if (sscanf(line, "draw %u %u", &a, &b) == 2)
		draw(a, b);
	else if (sscanf(line, "flip %u", &a) == 1)
		flip(a);
	else if (sscanf(line, "pointer %d %d", &x, &y) == 2)
		point(x, y, 1);
	else if (strncmp(line, "pointer off", 11) == 0)
		point(0, 0, 0);
}

int main(void)
{
	char line[128];

	setvbuf(stdout, NULL, _IOLBF, 0);
	open_head(0, 0);
	printf("screen: ready\n");
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
