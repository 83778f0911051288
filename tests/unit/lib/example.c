/* The example program, in a process of its own, against a producer on a file. */
#include <fcntl.h>
#include <unistd.h>

#include "rig.h"

static char path[] = "/tmp/oriel-example-XXXXXX";

static void prepare_file(struct guest *guest)
{
	int fd = mkstemp(path);
	memset(guest, 0, sizeof(*guest));
	CHECK(fd >= 0 && ftruncate(fd, (off_t)(16 * MIB)) == 0);
	CHECK_EQ(shm_open_fd(&guest->shm, fd, NULL), 0);
	CHECK_EQ(pixel_image_init(&guest->image, PIXEL_BGRA, 320, 200), 0);
	close(fd);
}

static void *keep_posting(void *data)
{
	struct guest *guest = data;
	while (!atomic_load(&guest->stop)) {
		guest_frame(guest, NULL);
		clock_sleep(10 * NS_PER_MS);
	}
	return NULL;
}

static void it_prints_guest_and_frames(void)
{
	struct guest guest;
	pthread_t thread;
	char command[512], line[256];
	const char *program = getenv("ORIEL_EXAMPLE");
	unsigned frames = 0, guests = 0;
	if (!program)
		test_skip("ORIEL_EXAMPLE does not name the program");
	prepare_file(&guest);
	guest_start(&guest, "Oriel test");
	CHECK_EQ(pthread_create(&thread, NULL, keep_posting, &guest), 0);
	snprintf(command, sizeof(command), "timeout 20 %s %s 5", program, path);
	FILE *said = popen(command, "r");
	CHECK(said != NULL);
	while (fgets(line, sizeof(line), said)) {
		printf("# %s", line);
		guests += strcmp(line, "guest: Oriel test, capture test\n") == 0;
		frames += strncmp(line, "frame ", 6) == 0 && strstr(line, ": 320x200 #");
	}
	int status = pclose(said);
	atomic_store(&guest.stop, true);
	pthread_join(thread, NULL);
	guest_finish(&guest);
	unlink(path);
	CHECK_EQ(status, 0);
	CHECK_EQ(guests, 1);
	CHECK_EQ(frames, 5);
}

static const struct test_case cases[] = {
	TEST(it_prints_guest_and_frames),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
