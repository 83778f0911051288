#include "rig.h"

#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "view/source/spice.h"

#define QUIET_MS 600

struct guest_machine machine;
struct screen_rig rig;

/* ---- pictures ---- */

static void take(const struct frame *frame, const uint8_t *pixels, const struct rect *rect)
{
	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		for (uint32_t x = rect->x; x < rect->x + rect->width; x++) {
			uint32_t word;
			memcpy(&word, pixels + (size_t)y * frame->image.pitch + x * 4, 4);
			rig.mirror[y * rig.width + x] = word & 0xffffff;
		}
	rig.area += (uint64_t)rect->width * rect->height;
}

static void on_picture(void *data, struct frame *frame)
{
	const uint8_t *pixels = frame_pixels(frame);
	struct region damage;

	(void)data;
	rig.frames++;
	rig.frame_ns = clock_ns();
	if (frame->image.width == 320) { /* of the capture program below */
		if (!rig.from_memory++)
			rig.memory_ns = rig.frame_ns;
		return;
	}
	if (frame->image.width != rig.width || frame->image.height != rig.height) {
		rig.width = frame->image.width;
		rig.height = frame->image.height;
		g_free(rig.mirror);
		rig.mirror = g_malloc0((size_t)rig.width * rig.height * 4);
		rig.serial = 0;
	}
	if (rig.careless)
		return;
	frame_damage(frame, rig.serial, &damage);
	rig.serial = frame->serial;
	for (uint32_t i = 0; i < damage.count; i++)
		take(frame, pixels, &damage.rects[i]);
}

static void on_pointer(void *data, const struct cursor *cursor)
{
	(void)data;
	rig.cursor = *cursor;
	if (cursor->has_shape)
		memcpy(&rig.corner,
		       cursor->shape.data +
			       (size_t)cursor->shape.pitch * (cursor->shape.height - 1),
		       4);
}

static void on_status(void *data, const struct source_status *status)
{
	(void)data;
	rig.states[status->state]++;
	rig.serial = 0;
}

const struct source_listener screen_listener = { on_picture, on_pointer, on_status };

/* ---- the guest ---- */

static void hear_line(const char *line)
{
	const char *words = strstr(line, "screen: ");

	if (!words)
		return;
	if (strstr(words, "ready"))
		rig.ready = true;
	else
		snprintf(rig.said, sizeof(rig.said), "%.100s", words + strlen("screen: "));
}

static gboolean on_console(gint fd, GIOCondition condition, gpointer data)
{
	(void)fd, (void)condition, (void)data;
	if (guest_machine_hear(&machine, hear_line))
		return G_SOURCE_CONTINUE;
	rig.console_watch = 0;
	return G_SOURCE_REMOVE;
}

gboolean screen_late(gpointer data)
{
	(void)data;
	rig.late = true;
	return G_SOURCE_CONTINUE;
}

gboolean screen_tick(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

/* Nothing has come for a while. */
void screen_run_until_quiet(void)
{
	uint64_t since = clock_ns();

	RUN_UNTIL(clock_ns() > MAX(since, rig.frame_ns) + QUIET_MS * NS_PER_MS, PATIENCE_S);
}

void screen_say(const char *line)
{
	rig.said[0] = '\0';
	guest_machine_tell(&machine, line);
}

void screen_command(const char *line, const char *answer)
{
	screen_say(line);
	RUN_UNTIL(strstr(rig.said, answer), PATIENCE_S);
}

void screen_needs_guest(void)
{
	if (!rig.ready)
		test_skip("there is no guest");
}

/* ---- starting and stopping ---- */

void screen_make_image(void)
{
	if (machine.kernel[0])
		return;
	guest_needs_qemu();
	if (system("qemu-system-x86_64 -device help 2>&1 | grep -q '\"qxl-vga\"'") != 0)
		test_skip("this QEMU has no QXL (qemu-system-modules-spice?)");
	guest_machine_image(&machine, LIFE_S);
}

void screen_start_machine(const char *card, const char *more)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 384 -nodefaults "
		"-no-user-config -display none -no-reboot -vga \"$4\" $5 "
		"-spice unix=on,addr=\"$3\"/spice,disable-ticketing=on "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-chardev socket,id=qmp,fd=4 -mon chardev=qmp,mode=control "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append 'quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 -- listener'";

	guest_machine_start(&machine, LIFE_S, script, card, more);
	rig.console_watch = g_unix_fd_add(machine.console, G_IO_IN | G_IO_HUP, on_console, NULL);
	CHECK(write(machine.monitor, "{\"execute\":\"qmp_capabilities\"}\n", 31) == 31);
}

void screen_stop_machine(void)
{
	if (rig.console_watch)
		g_source_remove(rig.console_watch);
	rig.console_watch = 0;
	guest_machine_stop(&machine);
	rig.ready = false;
}

void screen_open_spice(void)
{
	g_autofree char *address = g_strdup_printf("%s/spice", machine.folder);

	rig.options = (struct spice_options){ .enabled = TRUE,
					      .wait = TRUE,
					      .address = g_strdup(address) };
	rig.spice = spice_create(&rig.options, NULL, NULL);
	rig.source = source_spice_create(rig.spice, 0, &screen_listener, NULL);
}

/* ---- what QEMU has ---- */

static void ask_for_dump(const char *path, const char *device)
{
	char bytes[512], request[256];

	while (recv(machine.monitor, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
	}
	int length = snprintf(
		request, sizeof(request),
		"{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\"%s%s%s},"
		"\"id\":7}\n",
		path, device ? ",\"head\":0,\"device\":\"" : "", device ? device : "",
		device ? "\"" : "");
	CHECK_EQ(write(machine.monitor, request, (size_t)length), length);
	size_t used = 0;
	for (uint64_t until = clock_ns() + PATIENCE_S * NS_PER_S; clock_ns() < until;) {
		struct pollfd wait = { .fd = machine.monitor, .events = POLLIN };
		ssize_t got = poll(&wait, 1, 100) > 0 ? read(machine.monitor, bytes + used,
							     sizeof(bytes) - 1 - used)
						      : 0;
		used += got > 0 ? (size_t)got : 0;
		bytes[used] = '\0';
		if (strstr(bytes, "\"id\": 7"))
			return;
	}
	test_fail("QEMU made no screendump: %s", bytes);
}

unsigned screen_compare_part(const char *device, unsigned x0, unsigned all)
{
	g_autofree char *path = g_strdup_printf("%s/dump.ppm", machine.folder);
	unsigned width = 0, height = 0, wrong = 0;

	ask_for_dump(path, device);
	FILE *file = fopen(path, "rb");
	CHECK(file && fscanf(file, "P6 %u %u 255", &width, &height) == 2 && fgetc(file) != EOF);
	CHECK_EQ(width, all);
	CHECK(height >= rig.height);
	for (unsigned y = 0; y < rig.height; y++)
		for (unsigned x = 0; x < width; x++) {
			uint8_t rgb[3];
			CHECK_EQ(fread(rgb, 1, 3, file), 3);
			if (x >= x0 && x < x0 + rig.width)
				wrong += rig.mirror[y * rig.width + x - x0] !=
					 ((uint32_t)rgb[0] << 16 | rgb[1] << 8 | rgb[2]);
		}
	fclose(file);
	return wrong;
}

unsigned screen_compare(void)
{
	return screen_compare_part(NULL, 0, rig.width);
}
