/* A tone of the machine's own speaker, through oriel-spice to a PipeWire of our own: gaps, and how
 * much is kept ready. That PipeWire plays into nothing, in real time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/child.h"
#include "bench/spice.h"

#define START_NS  (10 * NS_PER_S)
#define WARMUP_NS (3 * NS_PER_S) /* it plays closer and closer */
#define SECONDS   5u

#define GOAL_MS 15.0 /* added by us */

/* The first timer's port, its third counter, and what lets that through to the speaker. */
enum { TIMER_ORDER = 0x43, TIMER_THIRD = 0x42, SPEAKER = 0x61, TIMER_HZ = 1193182, TONE_HZ = 440 };

static const char config[] =
	"context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false\n"
	"  default.clock.rate = 48000 default.clock.quantum = 256 default.clock.min-quantum = 128 }\n"
	"context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert\n"
	"  support.* = support/libspa-support }\n"
	"context.modules = [ { name = libpipewire-module-rt flags = [ ifexists nofail ] }\n"
	"  { name = libpipewire-module-protocol-native } { name = libpipewire-module-metadata }\n"
	"  { name = libpipewire-module-spa-node-factory } { name = libpipewire-module-client-node }\n"
	"  { name = libpipewire-module-access } { name = libpipewire-module-adapter }\n"
	"  { name = libpipewire-module-link-factory }\n"
	"  { name = libpipewire-module-session-manager } ]\n"
	"context.objects = [ { factory = adapter args = { factory.name = support.null-audio-sink\n"
	"  node.name = speaker media.class = Audio/Sink audio.position = \"FL,FR\"\n"
	"  priority.session = 2000 priority.driver = 2000 } } ]\n";

struct tone {
	struct spice spice;
	char directory[32];
	pid_t server, manager;
};

/* ---- PipeWire ---- */

static pid_t start(const char *script)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };

	return child_start(argv, NULL, -1);
}

static int write_config(const struct tone *self)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/pipewire.conf", self->directory);
	FILE *file = fopen(path, "we");
	if (!file)
		return -errno;
	bool written = fputs(config, file) >= 0;
	return fclose(file) == 0 && written ? 0 : -EIO;
}

/* All that we start from now on lives in this folder; nobody's own sound server is found. */
static void move_in(const struct tone *self)
{
	setenv("XDG_RUNTIME_DIR", self->directory, 1);
	setenv("HOME", self->directory, 1);
	unsetenv("PIPEWIRE_REMOTE");
	unsetenv("PIPEWIRE_RUNTIME_DIR");
	unsetenv("PULSE_SERVER");
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

static int start_server(struct tone *self, struct err *err)
{
	char path[64];

	strcpy(self->directory, "/tmp/oriel-sound-XXXXXX");
	if (!mkdtemp(self->directory) || write_config(self) < 0)
		return err_set(err, -EIO, "cannot write to /tmp");
	move_in(self);
	self->server = start("exec pipewire -c \"$XDG_RUNTIME_DIR/pipewire.conf\"");
	snprintf(path, sizeof(path), "%s/pipewire-0", self->directory);
	for (uint64_t until = clock_ns() + START_NS; access(path, F_OK) < 0;) {
		if (clock_ns() > until || !child_alive(self->server))
			return err_set(err, -ENOENT, "PipeWire did not start; is it installed?");
		clock_sleep(10 * NS_PER_MS);
	}
	self->manager = start("exec dbus-run-session -- wireplumber");
	return 0;
}

static void finish(struct tone *self)
{
	char command[64];

	spice_finish(&self->spice);
	child_stop(self->manager);
	child_stop(self->server);
	if (!self->directory[0])
		return;
	snprintf(command, sizeof(command), "rm -rf '%s'", self->directory);
	if (system(command) != 0)
		fprintf(stderr, "oriel-bench: %s stays\n", self->directory);
}

/* ---- the tone ---- */

static int beep(struct box *box)
{
	const unsigned ticks = TIMER_HZ / TONE_HZ;
	const struct {
		uint16_t port;
		uint8_t value;
	} orders[] = { { TIMER_ORDER, 0xb6 }, /* the third one, low byte first, a square wave */
		       { TIMER_THIRD, ticks & 255 },
		       { TIMER_THIRD, ticks >> 8 },
		       { SPEAKER, 3 } };
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(orders) && result == 0; i++)
		result = box_out(box, 8, orders[i].port, orders[i].value);
	return result;
}

static int look(struct spice *spice)
{
	spice->measured = false;
	int result = spice_ask(spice, LINK_SPICE_SOUND_MEASURE, NULL, NULL);

	return result == 0 ? spice_wait(spice, &spice->measured, START_NS) : result;
}

static void report_sound(struct report *report, const struct link_spice_sound_figures *before,
			 const struct link_spice_sound_figures *after)
{
	report_part(report, "sound of a guest's speaker, to PipeWire");
	report_value(report, "played", "s", (double)(after->played - before->played) / 48000);
	report_goal(report, "gaps although it came in time", "", after->missed - before->missed, 0);
	report_value(report, "gaps as it came too late", "", after->late - before->late);
	report_goal(report, "coming to speaker, p50", "ms", after->p50_us / 1e3, GOAL_MS);
	report_value(report, "coming to speaker, p95", "ms", after->p95_us / 1e3);
	report_value(report, "of that: a turn of PipeWire's", "ms", after->quantum_us / 1e3);
	report_value(report, "of that: for what is late", "ms", after->spread_us / 1e3);
	report_value(report, "of that: resampler, device", "ms", after->device_us / 1e3);
}

static int measure(struct report *report, struct spice *spice, uint32_t seconds, struct err *err)
{
	const struct link_spice_sound wish = { .enabled = 1,
					       .latency_ms = LINK_SPICE_LATENCY_AUTO };
	int result = spice_ask(spice, LINK_SPICE_SOUND, &wish, NULL);

	if (result == 0)
		result = beep(&spice->box);
	if (result == 0)
		result = spice_wait(spice, &spice->plays, START_NS);
	if (result == 0)
		result = spice_wait(spice, NULL, WARMUP_NS);
	if (result == 0)
		result = look(spice);
	const struct link_spice_sound_figures before = spice->figures;
	if (result == 0)
		result = spice_wait(spice, NULL, seconds * NS_PER_S);
	if (result == 0)
		result = look(spice);
	if (result < 0)
		return err_set_errno(err, result, "sound through SPICE");
	report_sound(report, &before, &spice->figures);
	return 0;
}

int spice_measure_sound(struct report *report, const struct bench_options *options, struct err *err)
{
	struct tone self = { .spice.box.qtest = -1 };

	int result = start_server(&self, err);
	if (result == 0)
		result = spice_init(&self.spice, err);
	if (result == 0)
		result = measure(report, &self.spice, options->seconds ? options->seconds : SECONDS,
				 err);
	finish(&self);
	return result;
}
