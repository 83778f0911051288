/* In the guest: what `oriel up` needs to see of one.
 *
 *	up: ready          its power button is listened to
 *	up: heard WORDS    each line of the console; "deaf": from now on the button is not,
 *	                   until "awake"
 *	up: pressed        the power button; unless deaf, the machine goes off
 *	up: UEFI, a TPM    after "firmware": what there is
 *	up: draws          after "draw": from now on there are pictures in the shared memory
 */
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BOOT_MS 10000 /* for the kernel to find the button */

static int find_button(void)
{
	for (int i = 0; i < 32; i++) {
		char path[32], name[64] = "";

		snprintf(path, sizeof(path), "/dev/input/event%d", i);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && ioctl(fd, EVIOCGNAME(sizeof(name) - 1), name) > 0 &&
		    strstr(name, "Power Button"))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

static int await_button(void)
{
	int fd = find_button();

	for (int waited = 0; fd < 0 && waited < BOOT_MS; waited += 50) {
		usleep(50000);
		fd = find_button();
	}
	return fd;
}

static int is_pressed(int button)
{
	struct input_event event;

	return read(button, &event, sizeof(event)) == sizeof(event) && event.type == EV_KEY &&
	       event.code == KEY_POWER && event.value == 1;
}

static void tell_firmware(void)
{
	printf("up: %s, %s\n", access("/sys/firmware/efi", F_OK) == 0 ? "UEFI" : "BIOS",
	       access("/dev/tpm0", F_OK) == 0 ? "a TPM" : "no TPM");
}

static void draw(void)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/usr/bin/oriel-guest-static", "oriel-guest", "--capture",
		      "pattern:640x480@4", (char *)NULL);
		_exit(127);
	}
	printf("up: draws\n");
}

int main(void)
{
	struct pollfd ends[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
	char line[256];
	int deaf = 0;

	ends[1].fd = await_button();
	setvbuf(stdout, NULL, _IONBF, 0);
	printf(ends[1].fd < 0 ? "up: no button\n" : "up: ready\n");
	while (poll(ends, 2, -1) > 0) {
		if (ends[0].revents && fgets(line, sizeof(line), stdin)) {
			line[strcspn(line, "\r\n")] = '\0';
			deaf = strcmp(line, "awake") != 0 && (deaf || strcmp(line, "deaf") == 0);
			if (strcmp(line, "firmware") == 0)
				tell_firmware();
			if (strcmp(line, "draw") == 0)
				draw();
			printf("up: heard %s\n", line);
		}
		if (ends[1].revents && is_pressed(ends[1].fd)) {
			printf("up: pressed\n");
			if (!deaf)
				return 0;
		}
	}
	return 1;
}
