#include "pulse.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "e2e/guest.h"

#define RATE     48000
#define QUIET    300
#define LIFE_S   400
#define START_NS (20 * NS_PER_S)

/* A source of its own, module-sine-source, gives seconds at a time. */
static const char setup[] = "load-module module-null-sink sink_name=speaker rate=48000\n"
			    "load-module module-null-sink sink_name=room rate=48000\n"
			    "load-module module-sine sink=room frequency=440\n"
			    "load-module module-native-protocol-unix\n"
			    "set-default-sink speaker\n"
			    "set-default-source room.monitor\n";

static struct {
	char folder[GUEST_FOLDER_SIZE];
	pid_t server, ear;
	int heard; /* by the ear: 16 bits, one channel */
} rig;

static pid_t spawn(const char *script)
{
	pid_t child = fork();

	if (child)
		return child;
	guest_limit_life(LIFE_S);
	setenv("HOME", rig.folder, 1);
	if (chdir(rig.folder) < 0)
		_exit(127);
	execlp("sh", "sh", "-c", script, "sh", NULL);
	_exit(127);
}

static bool is_there(const char *name)
{
	char path[96];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", rig.folder, name);
	return stat(path, &st) == 0;
}

static void await(const char *name)
{
	GUEST_WAIT(is_there(name), START_NS, clock_sleep(20 * NS_PER_MS), "no %s of PulseAudio's",
		   name);
}

static void need(const char *test, const char *what)
{
	if (system(test) != 0)
		test_skip("%s not installed", what);
}

static void write_script(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/script.pa", rig.folder);
	FILE *file = fopen(path, "w");
	CHECK(file && fputs(setup, file) >= 0);
	fclose(file);
}

void pulse_start(void)
{
	char path[96];

	need("command -v pulseaudio parec >/dev/null", "PulseAudio is");
	need("find /usr/lib* -name libgstpulseaudio.so | grep -q .",
	     "GStreamer's plugins (gstreamer1.0-plugins-good) are");
	need("find /usr/lib* -name libgstaudioconvert.so | grep -q .",
	     "GStreamer's plugins (gstreamer1.0-plugins-base) are");
	CHECK_EQ(guest_make_folder(rig.folder, "pulse"), 0);
	setenv("XDG_RUNTIME_DIR", rig.folder, 1);
	unsetenv("PULSE_SERVER");
	write_script();
	unsetenv("PIPEWIRE_RUNTIME_DIR");
	rig.server = spawn(
		"exec pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no "
		"-F script.pa >server.log 2>&1");
	await("pulse/native");
	rig.ear = spawn("exec parec --device=speaker.monitor --raw --format=s16le --channels=1 "
			"--rate=48000 >heard 2>ear.log");
	await("heard");
	snprintf(path, sizeof(path), "%s/heard", rig.folder);
	rig.heard = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(rig.heard >= 0);
}

void pulse_stop(void)
{
	guest_end(&rig.ear);
	guest_end(&rig.server);
	if (*rig.folder)
		guest_remove_folder(rig.folder);
}

void pulse_heard(struct pulse_heard *out)
{
	static int16_t samples[8192];
	unsigned loud = 0, crossings = 0;
	int16_t last = 0;
	ssize_t got;

	*out = (struct pulse_heard){ 0 };
	while ((got = read(rig.heard, samples, sizeof(samples))) > 0) {
		for (ssize_t i = 0; i < got / 2; i++) {
			int size = abs(samples[i]);
			loud += size > QUIET;
			crossings += size > QUIET && (samples[i] > 0) != (last > 0);
			out->peak = size > out->peak ? size : out->peak;
			last = size > QUIET ? samples[i] : last;
		}
	}
	out->loud_s = (double)loud / RATE;
	out->frequency = loud ? crossings / 2.0 / out->loud_s : 0;
}
