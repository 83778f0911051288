/* colours.c - says who the guest is and what colour the middle of its screen has, frame by frame.
 *
 *	cc colours.c $(pkg-config --cflags --libs oriel) -o colours && ./colours /dev/shm/oriel 10
 */
#include <oriel/oriel.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static void attached(void *left, const struct oriel_guest_info *info)
{
	(void)left;
	printf("guest: %s, capture %s\n", info->host_version, info->capture);
}

static void detached(void *left, enum oriel_detach_reason reason, const char *text)
{
	(void)left;
	printf("no guest (%d): %s\n", (int)reason, text);
}

static void frame(void *left, struct oriel_frame *frame)
{
	const struct oriel_format *format = oriel_frame_format(frame);
	const unsigned char *row = oriel_frame_rows(frame, UINT32_MAX, 0);
	if (!row || format->pixel != ORIEL_PIXEL_BGRA)
		return;
	row += (size_t)format->data_height / 2 * format->pitch + format->width / 2 * 4u;
	printf("frame %llu: %ux%u #%02x%02x%02x\n", (unsigned long long)oriel_frame_serial(frame),
	       format->width, format->height, row[2], row[1], row[0]);
	--*(int *)left;
}

int main(int argc, char **argv)
{
	const struct oriel_listener listener = { attached, frame, NULL, detached };
	int left = argc > 2 ? atoi(argv[2]) : 10;
	struct oriel_params params = { .listener = &listener, .data = &left };
	struct oriel *oriel;
	char error[512];
	params.path = argc > 1 ? argv[1] : NULL;
	if (oriel_open(&oriel, &params, error, sizeof(error))) {
		fprintf(stderr, "colours: %s\n", error);
		return 1;
	}
	struct pollfd news = { .fd = oriel_fd(oriel), .events = POLLIN };
	while (left > 0 && poll(&news, 1, -1) == 1 && oriel_dispatch(oriel) == 0)
		fflush(stdout);
	oriel_close(oriel);
	return 0;
}
