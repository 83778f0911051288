#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <pipewire/pipewire.h>
#include <signal.h>
#include <spa/param/audio/format-utils.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "test.h"

#define RATE     48000u
#define ROOM     (RATE * 100) /* frames of one channel */
#define QUIET    0.002f
#define GAP      24u         /* frames of silence that no tone has by itself: 0.5 ms */
#define EDGE     (RATE / 50) /* where it fades */
#define LIFE_S   400
#define START_NS (20 * NS_PER_S)

/* The microphone is a pipe: PipeWire's own source of tones (audiotestsrc of 0.3.65) falls silent
 * for ever, "out of buffers", as soon as somebody who listens was late. */
static const char config[] =
	"context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false\n"
	"  default.clock.rate = 48000 default.clock.quantum = 1024\n"
	"  default.clock.min-quantum = 128 }\n"
	"context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert\n"
	"  support.* = support/libspa-support }\n"
	"context.modules = [ { name = libpipewire-module-rt flags = [ ifexists nofail ] }\n"
	"  { name = libpipewire-module-protocol-native } { name = libpipewire-module-metadata }\n"
	"  { name = libpipewire-module-spa-node-factory } { name = libpipewire-module-client-node }\n"
	"  { name = libpipewire-module-access } { name = libpipewire-module-adapter }\n"
	"  { name = libpipewire-module-link-factory }\n"
	"  { name = libpipewire-module-session-manager }\n"
	"  { name = libpipewire-module-pipe-tunnel args = { tunnel.mode = source\n"
	"    pipe.filename = mic.pipe audio.format = S16LE audio.rate = 48000 audio.channels = 1\n"
	"    audio.position = [ MONO ] stream.props = { node.name = mic media.class = Audio/Source\n"
	"    priority.session = 2000 } } } ]\n"
	"context.objects = [\n"
	"  { factory = adapter args = { factory.name = support.null-audio-sink node.name = speaker\n"
	"    media.class = Audio/Sink audio.position = \"FL,FR\" priority.session = 2000\n"
	"    priority.driver = 2000 } }\n"
	"  { factory = adapter args = { factory.name = support.null-audio-sink node.name = other\n"
	"    media.class = Audio/Sink audio.position = \"FL,FR\" priority.session = 100 } } ]\n";

static struct {
	char folder[64];
	pid_t server, manager, singer;
	struct pw_thread_loop *loop;
	struct pw_context *context;
	struct pw_core *core;
	struct pw_stream *stream;
	struct spa_hook hook;
	float *heard; /* ROOM */
	_Atomic uint32_t frames, seen_state;
	_Atomic uint64_t first_ns;
	_Atomic unsigned skips;
	_Atomic uint64_t ticks; /* of the graph, at the last turn; 0: not known */
} rig;

/* ---- programs ---- */

static pid_t spawn(const char *script)
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	alarm(LIFE_S);
	setenv("HOME", rig.folder, 1);
	chdir(rig.folder);
	execlp("sh", "sh", "-c", script, "sh", NULL);
	_exit(127);
}

static void end(pid_t *child)
{
	if (*child <= 0)
		return;
	kill(-*child, SIGTERM);
	for (int i = 0; i < 100 && waitpid(*child, NULL, WNOHANG) == 0; i++)
		clock_sleep(20 * NS_PER_MS);
	kill(-*child, SIGKILL);
	kill(*child, SIGKILL);
	waitpid(*child, NULL, 0);
	*child = 0;
}

static void write_config(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/pipewire.conf", rig.folder);
	FILE *file = fopen(path, "w");
	CHECK(file && fputs(config, file) >= 0);
	fclose(file);
}

/* 440 Hz, whole waves of it. */
static void write_tone(void)
{
	static int16_t samples[RATE];
	char path[96];

	for (uint32_t i = 0; i < RATE; i++)
		samples[i] = (int16_t)lrint(16000 * sin(2 * M_PI * 440 * i / RATE));
	snprintf(path, sizeof(path), "%s/tone", rig.folder);
	FILE *file = fopen(path, "w");
	CHECK(file && fwrite(samples, sizeof(samples), 1, file) == 1);
	fclose(file);
}

void rig_start_server(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/pipewire-0", rig.folder);
	rig.server = spawn("exec pipewire -c \"$PWD/pipewire.conf\" >server.log 2>&1");
	for (uint64_t until = clock_ns() + START_NS; access(path, F_OK) != 0;) {
		if (clock_ns() > until)
			test_skip("pipewire does not start");
		clock_sleep(20 * NS_PER_MS);
	}
	rig.manager = spawn("exec dbus-run-session -- wireplumber >manager.log 2>&1");
	rig.singer = spawn("until [ -p mic.pipe ]; do sleep 0.05; done; exec >mic.pipe\n"
			   "while cat tone; do :; done");
}

void rig_kill_server(void)
{
	char path[96];

	end(&rig.singer);
	end(&rig.manager);
	end(&rig.server);
	snprintf(path, sizeof(path), "%s/pipewire-0", rig.folder);
	unlink(path);
}

void rig_start(void)
{
	static const char *const programs[] = { "pipewire", "wireplumber", "dbus-run-session" };

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		char command[96];
		snprintf(command, sizeof(command), "command -v %s >/dev/null", programs[i]);
		if (system(command) != 0)
			test_skip("%s is not installed", programs[i]);
	}
	snprintf(rig.folder, sizeof(rig.folder), "%s/oriel-sound.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	CHECK(mkdtemp(rig.folder));
	setenv("XDG_RUNTIME_DIR", rig.folder, 1);
	unsetenv("PIPEWIRE_REMOTE");
	unsetenv("PIPEWIRE_RUNTIME_DIR");
	unsetenv("PULSE_SERVER");
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	write_config();
	write_tone();
	rig.heard = calloc(ROOM, sizeof(*rig.heard));
	pw_init(NULL, NULL);
	rig_start_server();
}

void rig_stop(void)
{
	char command[128];

	rig_deafen();
	rig_kill_server();
	free(rig.heard);
	if (rig.folder[0]) {
		snprintf(command, sizeof(command), "rm -rf '%s'", rig.folder);
		if (system(command) != 0)
			printf("# %s stays\n", rig.folder);
	}
}

/* ---- listening ---- */

/* The graph's clock goes on by what each turn plays, and by more where it came too late. */
static void count_skips(uint32_t frames)
{
	struct pw_time time;

	if (pw_stream_get_time_n(rig.stream, &time, sizeof(time)) < 0)
		return;
	if (rig.ticks && time.ticks > rig.ticks + frames * 3 / 2)
		rig.skips++;
	rig.ticks = time.ticks;
}

static void on_process(void *data)
{
	struct pw_buffer *buffer = pw_stream_dequeue_buffer(rig.stream);
	uint32_t at = rig.frames;

	(void)data;
	if (!buffer)
		return;
	const struct spa_data *in = &buffer->buffer->datas[0];
	const float *samples = SPA_PTROFF(in->data, in->chunk->offset, float);
	uint32_t count = in->chunk->size / sizeof(float);
	count_skips(count);
	for (uint32_t i = 0; i < count && at < ROOM; i++) {
		if (!rig.first_ns && fabsf(samples[i]) > QUIET)
			rig.first_ns = clock_ns();
		rig.heard[at++] = samples[i];
	}
	rig.frames = at;
	pw_stream_queue_buffer(rig.stream, buffer);
}

static void on_state(void *data, enum pw_stream_state old, enum pw_stream_state state,
		     const char *error)
{
	(void)data, (void)old, (void)error;
	rig.seen_state = (uint32_t)state;
}

static const struct pw_stream_events events = {
	PW_VERSION_STREAM_EVENTS,
	.state_changed = on_state,
	.process = on_process,
};

/* Up to 1.2 real time has a file of its own. */
static const char *const real_time[2] = { PW_CHECK_VERSION(1, 3, 0) ? NULL : PW_KEY_CONFIG_NAME,
					  "client-rt.conf" };

static void connect_stream(const char *speaker)
{
	uint8_t room[1024];
	struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(room, sizeof(room));
	struct spa_audio_info_raw info = { .format = SPA_AUDIO_FORMAT_F32,
					   .rate = RATE,
					   .channels = 1,
					   .position = { SPA_AUDIO_CHANNEL_FL } };
	const struct spa_pod *format = spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat,
								  &info);

	rig.stream = pw_stream_new(rig.core, "listener",
				   pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio",
						     PW_KEY_MEDIA_CATEGORY, "Capture",
						     "stream.capture.sink", "true", "target.object",
						     speaker, "node.dont-reconnect", "true", NULL));
	pw_stream_add_listener(rig.stream, &rig.hook, &events, NULL);
	pw_stream_connect(rig.stream, PW_DIRECTION_INPUT, PW_ID_ANY,
			  PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS |
				  PW_STREAM_FLAG_RT_PROCESS,
			  &format, 1);
}

void rig_listen(const char *speaker)
{
	rig_deafen();
	rig_forget();
	rig.seen_state = 0;
	rig.loop = pw_thread_loop_new("listener", NULL);
	rig.context = pw_context_new(pw_thread_loop_get_loop(rig.loop),
				     pw_properties_new(real_time[0], real_time[1], NULL), 0);
	rig.core = pw_context_connect(rig.context, NULL, 0);
	CHECK(rig.core);
	connect_stream(speaker);
	pw_thread_loop_start(rig.loop);
	for (uint64_t until = clock_ns() + START_NS; !rig.frames;) {
		if (clock_ns() > until)
			test_fail("nothing is heard: the listener's state is %u",
				  (unsigned)rig.seen_state);
		/* Other clients of this process hold the server up while they do not answer. */
		while (g_main_context_iteration(NULL, FALSE))
			;
		clock_sleep(NS_PER_MS);
	}
	rig_forget();
}

void rig_deafen(void)
{
	if (!rig.loop)
		return;
	pw_thread_loop_stop(rig.loop);
	if (rig.stream)
		pw_stream_destroy(rig.stream);
	if (rig.core)
		pw_core_disconnect(rig.core);
	if (rig.context)
		pw_context_destroy(rig.context);
	pw_thread_loop_destroy(rig.loop);
	rig.stream = NULL;
	rig.core = NULL;
	rig.context = NULL;
	rig.loop = NULL;
}

void rig_forget(void)
{
	if (rig.loop)
		pw_thread_loop_lock(rig.loop);
	rig.frames = 0;
	rig.first_ns = 0;
	rig.skips = 0;
	rig.ticks = 0;
	if (rig.loop)
		pw_thread_loop_unlock(rig.loop);
}

/* ---- judging ---- */

/* From the first to the last that is no silence. */
static void bounds(uint32_t frames, uint32_t *first, uint32_t *last)
{
	for (*first = 0; *first < frames && fabsf(rig.heard[*first]) <= QUIET;)
		(*first)++;
	for (*last = frames; *last > *first && fabsf(rig.heard[*last - 1]) <= QUIET;)
		(*last)--;
}

double rig_loud_s(void)
{
	uint32_t first, last;

	bounds(rig.frames, &first, &last);
	return (double)(last - first) / RATE;
}

/* Of a stretch without a gap. */
static void measure_tone(struct rig_heard *out, uint32_t from, uint32_t to)
{
	uint32_t crossings = 0, begin = 0, end_at = 0;

	for (uint32_t i = from + 1; i < to; i++) {
		out->peak = fmax(out->peak, (double)fabsf(rig.heard[i]));
		if (rig.heard[i - 1] < 0 && rig.heard[i] >= 0) {
			begin = crossings++ ? begin : i;
			end_at = i;
		}
	}
	if (crossings > 1)
		out->frequency = (crossings - 1.0) * RATE / (end_at - begin);
}

static void keep_longest(uint32_t longest[2], uint32_t from, uint32_t to)
{
	if (to - from <= longest[1] - longest[0])
		return;
	longest[0] = from;
	longest[1] = to;
}

/* And finds the longest stretch without. */
static void count_gaps(struct rig_heard *out, uint32_t from, uint32_t to, uint32_t longest[2])
{
	uint32_t quiet = 0, begin = from += EDGE;

	for (uint32_t i = from; i < to; i++) {
		if (fabsf(rig.heard[i]) <= QUIET) {
			quiet++;
			continue;
		}
		if (quiet > GAP) {
			out->gaps++;
			out->longest_ms = fmax(out->longest_ms, quiet * 1000.0 / RATE);
			keep_longest(longest, begin, i - quiet);
			begin = i;
		}
		quiet = 0;
	}
	keep_longest(longest, begin, to);
}

void rig_heard(struct rig_heard *out)
{
	uint32_t frames = rig.frames, first, last, longest[2] = { 0, 0 };

	bounds(frames, &first, &last);
	*out = (struct rig_heard){ .frames = frames, .first_ns = rig.first_ns, .skips = rig.skips };
	if (last <= first)
		return;
	count_gaps(out, first, last, longest);
	if (longest[1] - longest[0] > 4 * EDGE)
		measure_tone(out, longest[0] + EDGE, longest[1] - EDGE);
}
