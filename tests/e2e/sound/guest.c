/* In the guest: plays and records at the console's word, and says there what became of it.
 *
 *	sound: ready
 *	play SECONDS     750 Hz         sound: playing, sound: played
 *	record SECONDS                  sound: recording, sound: heard PEAK HZ, each second
 *	volume PERCENT                  sound: volume PERCENT
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/soundcard.h>
#include <unistd.h>

#define RATE   48000
#define WAVE   64 /* frames: 750 Hz */
#define PERIOD 512

static int open_sound(int flags)
{
	int fd = open("/dev/dsp", flags | O_CLOEXEC);
	int fragments = 8 << 16 | 11, format = AFMT_S16_LE, channels = 2, rate = RATE;

	if (fd < 0 || ioctl(fd, SNDCTL_DSP_SETFRAGMENT, &fragments) < 0 ||
	    ioctl(fd, SNDCTL_DSP_SETFMT, &format) < 0 ||
	    ioctl(fd, SNDCTL_DSP_CHANNELS, &channels) < 0 ||
	    ioctl(fd, SNDCTL_DSP_SPEED, &rate) < 0 || rate != RATE)
		printf("sound: no device: %s\n", strerror(errno));
	return fd;
}

static void play(int seconds)
{
	short wave[PERIOD * 2];
	int fd = open_sound(O_WRONLY);

	for (int i = 0; i < PERIOD; i++)
		wave[2 * i] = wave[2 * i + 1] = (short)lrint(12000 * sin(2 * M_PI * i / WAVE));
	printf("sound: playing\n");
	for (long left = (long)seconds * RATE; left > 0; left -= PERIOD)
		if (write(fd, wave, sizeof(wave)) != (ssize_t)sizeof(wave))
			break;
	close(fd);
	printf("sound: played\n");
}

static void judge(const short *samples, int frames)
{
	int peak = 0, crossings = 0;

	for (int i = 1; i < frames; i++) {
		peak = abs(samples[2 * i]) > peak ? abs(samples[2 * i]) : peak;
		crossings += samples[2 * i - 2] < 0 && samples[2 * i] >= 0;
	}
	printf("sound: heard %d %d\n", peak, (int)((long)crossings * RATE / frames));
}

static void record(int seconds)
{
	static short samples[RATE * 2];
	int fd = open_sound(O_RDONLY);

	printf("sound: recording\n");
	for (int i = 0; i < seconds; i++) {
		size_t got = 0;

		while (got < sizeof(samples)) {
			ssize_t more = read(fd, (char *)samples + got, sizeof(samples) - got);
			if (more <= 0)
				return;
			got += (size_t)more;
		}
		judge(samples, RATE);
	}
	close(fd);
	printf("sound: recorded\n");
}

static void set_volume(int percent)
{
	static const int controls[] = { SOUND_MIXER_WRITE_VOLUME, SOUND_MIXER_WRITE_PCM,
					SOUND_MIXER_WRITE_RECLEV, SOUND_MIXER_WRITE_IGAIN };
	int fd = open("/dev/mixer", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
		int level = i == 0 ? percent | percent << 8 : 100 | 100 << 8;
		if (ioctl(fd, controls[i], &level) < 0)
			printf("sound: no mixer control %zu: %s\n", i, strerror(errno));
	}
	close(fd);
	printf("sound: volume %d\n", percent);
}

int main(void)
{
	char line[80];
	int number;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < 100 && access("/dev/dsp", F_OK) != 0; i++)
		usleep(50000);
	set_volume(100);
	printf("sound: ready\n");
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "play %d", &number) == 1)
			play(number);
		else if (sscanf(line, "record %d", &number) == 1)
			record(number);
		else if (sscanf(line, "volume %d", &number) == 1)
			set_volume(number);
	}
	printf("sound: no more console\n");
	return 0;
}
