/* memfd -> liboriel -> dma-bufs -> a display, in a guest whose kernel can do that: what QEMU has on
 * that display is compared with the producer's pattern, pixel by pixel.
 *
 * The display is a cirrus-vga: its driver takes foreign dma-bufs and copies what was damaged into
 * the card's own memory. So a picture that QEMU shows is one that the driver found through the
 * dma-buf, at the moment when it was told to look. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "e2e/guest.h"
#include "pixel/format.h"
#include "pixel/pattern.h"
#include "test.h"

#define WIDTH       1024u
#define HEIGHT      768u
#define BOOT_NS     (90 * NS_PER_S)
#define PATIENCE_NS (60 * NS_PER_S)
#define LIFE_S      200 /* of each program we start, whatever happens */

static struct guest_machine machine;

/* ---- the machine ---- */

static void start_machine(void)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 384 -nodefaults "
		"-no-user-config -display none -no-reboot -device cirrus-vga "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-chardev socket,id=monitor,fd=4 -mon chardev=monitor,mode=control "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append \"quiet console=ttyS0 tsc=reliable tsc_early_khz=$4 mitigations=off panic=-1"
		" -- listener\"";
	char khz[16];

	snprintf(khz, sizeof(khz), "%u", clock_tsc_khz());
	guest_machine_start(&machine, LIFE_S, script, khz, NULL);
}

/* One line; false when none comes in time. */
static bool read_line(int fd, char *out, size_t size, uint64_t until)
{
	size_t length = 0;

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		uint64_t now = clock_ns();
		char byte;
		if (now >= until || poll(&wait, 1, (int)((until - now) / NS_PER_MS) + 1) < 1 ||
		    read(fd, &byte, 1) != 1)
			return false;
		if (byte == '\n')
			break;
		if (byte != '\r' && length + 1 < size)
			out[length++] = byte;
	}
	out[length] = '\0';
	return true;
}

/* The next line of the guest program; the others are passed on. */
static void expect_line(char *out, size_t size, uint64_t patience_ns)
{
	static char last[512] = "nothing";
	uint64_t until = clock_ns() + patience_ns;

	while (read_line(machine.console, last, sizeof(last), until)) {
		printf("# guest: %s\n", last);
		if (strstr(last, "scanout: failed"))
			test_fail("%s", last);
		char *words = strstr(last, "scanout: ");
		if (words) {
			snprintf(out, size, "%s", words + strlen("scanout: "));
			return;
		}
	}
	test_fail("the guest says no more; the last was: %s", last);
}

static void go_on(void)
{
	guest_machine_tell(&machine, "\n");
}

/* The monitor's answer; its events are passed over. */
static void command(const char *text)
{
	char line[1024] = "";
	uint64_t until = clock_ns() + PATIENCE_NS;

	CHECK_EQ(write(machine.monitor, text, strlen(text)), strlen(text));
	while (read_line(machine.monitor, line, sizeof(line), until) && !strstr(line, "\"return\""))
		if (strstr(line, "\"error\""))
			break;
	if (!strstr(line, "\"return\""))
		test_fail("%s: %s", text, line);
}

/* ---- what is on display ---- */

static uint32_t picture[WIDTH * HEIGHT];

static void read_picture(const char *path)
{
	unsigned width = 0, height = 0;
	FILE *file = fopen(path, "r");

	CHECK(file != NULL);
	CHECK_EQ(fscanf(file, "P6 %u %u 255", &width, &height), 2);
	CHECK_EQ(fgetc(file), '\n');
	CHECK_EQ(width, WIDTH);
	CHECK_EQ(height, HEIGHT);
	for (size_t i = 0; i < ARRAY_LEN(picture); i++) {
		uint8_t rgb[3];
		CHECK_EQ(fread(rgb, sizeof(rgb), 1, file), 1);
		picture[i] = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
	}
	fclose(file);
}

/* The fourth byte is not on display; the pattern has one all the same. */
static void add_unused_bytes(const struct pixel_image *image, uint64_t number, uint64_t stamp)
{
	static uint32_t drawn[WIDTH * HEIGHT];

	pattern_draw(image, drawn, 0, HEIGHT, number, stamp);
	for (size_t i = 0; i < ARRAY_LEN(picture); i++)
		picture[i] |= drawn[i] & 0xff000000u;
}

/* Takes what QEMU has on the display and compares every pixel. */
static void check_display(uint64_t wanted)
{
	char path[96], text[200];
	struct pixel_image image;
	uint64_t number = 0, stamp = 0;
	struct rect at = { 0 };

	snprintf(path, sizeof(path), "%s/display", machine.folder);
	snprintf(text, sizeof(text),
		 "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"%s\"}}\n", path);
	command(text);
	read_picture(path);
	CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, WIDTH, HEIGHT), 0);
	CHECK_EQ(image.pitch, WIDTH * 4);
	CHECK(pattern_read(&image, picture, &number, &stamp));
	CHECK_EQ(number, wanted);
	add_unused_bytes(&image, number, stamp);
	uint64_t wrong = pattern_check(&image, picture, number, stamp, &at);
	printf("# picture %" PRIu64 ": %" PRIu64 " of %u pixels are wrong\n", number, wrong,
	       WIDTH * HEIGHT);
	if (wrong)
		test_fail("%" PRIu64 " wrong pixels, the first at %u,%u", wrong, at.x, at.y);
}

/* ---- cases, each goes on where the one before ended ---- */

static char said[400];
static uint64_t shown;

static void the_kernels_limit_is_named(void)
{
	char wanted[32];

	guest_needs_qemu();
	guest_machine_image(&machine, LIFE_S);
	start_machine();
	command("{\"execute\":\"qmp_capabilities\"}\n");
	expect_line(said, sizeof(said), BOOT_NS);
	snprintf(wanted, sizeof(wanted), "65 MiB give %d:", -EFBIG);
	CHECK_CONTAINS(said, wanted);
	CHECK_CONTAINS(said, "the kernel allows 64: echo 65 | sudo tee /sys/module/udmabuf/");
}

static void needs_machine(void)
{
	if (!machine.kernel[0])
		test_skip("there is no machine");
	CHECK(machine.pid > 0);
}

static void the_display_reads_the_memory(void)
{
	needs_machine();
	expect_line(said, sizeof(said), PATIENCE_NS);
	CHECK_EQ(sscanf(said, "shows %" SCNu64, &shown), 1);
	check_display(shown);
}

static void the_producer_goes_on_beside_it(void)
{
	unsigned passed = 0;
	uint64_t held = 0;

	needs_machine();
	clock_sleep(NS_PER_S);
	check_display(shown);
	go_on();
	expect_line(said, sizeof(said), PATIENCE_NS);
	CHECK_EQ(sscanf(said, "%u went by, holds %" SCNu64, &passed, &held), 2);
	CHECK_EQ(held, shown);
	CHECK(passed >= 5);
}

static void damage_is_all_that_a_later_one_takes(void)
{
	uint64_t before = shown, pixels = 0;

	needs_machine();
	for (unsigned i = 0; i < 3; i++) {
		if (i > 0) {
			go_on();
			expect_line(said, sizeof(said), PATIENCE_NS);
			CHECK_CONTAINS(said, "went by, holds");
		}
		expect_line(said, sizeof(said), PATIENCE_NS);
		CHECK_EQ(
			sscanf(said, "shows %" SCNu64 " after %" SCNu64 " pixels", &shown, &pixels),
			2);
		CHECK(shown > before);
		CHECK(pixels > 0 && pixels < WIDTH * HEIGHT / 2);
		check_display(shown);
		before = shown;
	}
}

static const struct test_case cases[] = {
	TEST(the_kernels_limit_is_named),
	TEST(the_display_reads_the_memory),
	TEST(the_producer_goes_on_beside_it),
	TEST(damage_is_all_that_a_later_one_takes),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "scanout") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	guest_machine_stop(&machine);
	guest_remove_folder(machine.folder);
	return status;
}
