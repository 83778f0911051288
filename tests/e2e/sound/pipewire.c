/* Our streams at a real PipeWire, fed with a tone whose clock is not PipeWire's. */
#include <glib.h>
#include <math.h>

#include "base/clock.h"
#include "rig.h"
#include "spice/sound.h"
#include "test.h"

#define RATE        48000u
#define PACKET      480u
#define PATIENCE_NS (30 * NS_PER_S)

static struct {
	struct sound *sound;
	struct sound_track track;
	bool has_track;
	unsigned timer;
	uint64_t began_ns, made, first_ns;
	double ppm; /* the feeder's clock */
	unsigned alerts, loudnesses;
	char alert[256];
	double volume;
	bool muted;
	uint64_t heard;
	int16_t heard_peak;
} rig;

static void on_heard(void *data, const int16_t *samples, uint32_t frames)
{
	(void)data;
	for (uint32_t i = 0; i < frames; i++)
		rig.heard_peak = MAX(rig.heard_peak, samples[i]);
	rig.heard += frames;
}

static void on_loudness(void *data, enum sound_end end, double volume, bool muted)
{
	(void)data, (void)end;
	rig.loudnesses++;
	rig.volume = volume;
	rig.muted = muted;
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	rig.alerts++;
	g_strlcpy(rig.alert, text, sizeof(rig.alert));
}

static const struct sound_listener listener = {
	.heard = on_heard,
	.loudness = on_loudness,
	.alert = on_alert,
};

/* 750 Hz on both channels, a packet each 10 ms of a clock of its own. */
static gboolean on_feed(gpointer data)
{
	int16_t samples[PACKET * 2];
	double seconds = (double)(clock_ns() - rig.began_ns) / NS_PER_S;
	uint64_t due = (uint64_t)(seconds * (1 + rig.ppm * 1e-6) * RATE);

	(void)data;
	while (rig.made + PACKET <= due) {
		for (uint32_t i = 0; i < PACKET; i++, rig.made++)
			samples[2 * i] = samples[2 * i + 1] =
				(int16_t)(16000 * sin(2 * G_PI * 750 * (double)rig.made / RATE));
		if (!rig.first_ns)
			rig.first_ns = clock_ns();
		sound_track_push(&rig.track, samples, PACKET, clock_ns(), SOUND_AUTO);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

#define RUN_UNTIL(condition)                                                                       \
	do {                                                                                       \
		unsigned tick_ = g_timeout_add(20, on_tick, NULL);                                 \
		uint64_t until_ = clock_ns() + PATIENCE_NS;                                        \
		while (!(condition) && clock_ns() < until_)                                        \
			g_main_context_iteration(NULL, TRUE);                                      \
		g_source_remove(tick_);                                                            \
		CHECK(condition);                                                                  \
	} while (0)

static void silence(void)
{
	if (rig.timer)
		g_source_remove(rig.timer);
	rig.timer = 0;
	if (rig.has_track) {
		sound_play(rig.sound, NULL);
		sound_track_finish(&rig.track);
	}
	rig.has_track = false;
}

static void play(double ppm)
{
	silence();
	CHECK_EQ(sound_track_init(&rig.track, &(struct sound_format){ RATE, 2 }), 0);
	rig.has_track = true;
	rig.ppm = ppm;
	rig.began_ns = clock_ns();
	rig.made = rig.first_ns = 0;
	rig.timer = g_timeout_add(1, on_feed, NULL);
	sound_play(rig.sound, &rig.track);
}

static void print_figures(void)
{
	struct sound_figures figures;

	sound_track_figures(&rig.track, &figures);
	printf("# from coming to leaving: p50 %.1f, p95 %.1f, p99 %.1f ms (turn %.1f, spread %.1f, "
	       "device %.1f); %u late, %u missed, %u splices\n",
	       figures.wait_us[0] / 1e3, figures.wait_us[1] / 1e3, figures.wait_us[2] / 1e3,
	       figures.quantum_us / 1e3, figures.spread_us / 1e3, sound_delay_us(rig.sound) / 1e3,
	       figures.late, figures.missed, figures.splices);
}

/* ---- cases ---- */

/* What is still on its way goes by. */
static void pause_all(void)
{
	silence();
	for (uint64_t until = clock_ns() + NS_PER_S / 2; clock_ns() < until; clock_sleep(NS_PER_MS))
		g_main_context_iteration(NULL, FALSE);
	rig_forget();
}

static void needs_server(void)
{
	if (!rig.sound)
		test_skip("there is no PipeWire");
}

static void a_tone_comes_through_whole(void)
{
	struct rig_heard heard;

	rig_start();
	rig.sound = sound_create_named("pipewire", &listener, NULL);
	CHECK(rig.sound);
	rig_listen("speaker");
	play(300);
	RUN_UNTIL(rig_loud_s() > 5);
	rig_heard(&heard);
	print_figures();
	printf("# %.1f Hz, peak %.3f, %u gaps; first heard after %.1f ms\n", heard.frequency,
	       heard.peak, heard.gaps, ((double)heard.first_ns - (double)rig.first_ns) / 1e6);
	CHECK(fabs(heard.frequency - 750) < 8); /* the pace may be off by its 0.5 % now */
	CHECK(heard.peak > 0.4 && heard.peak < 0.55);
	CHECK_EQ(rig.track.depth.missed, 0);
	CHECK(heard.gaps <= rig.track.depth.late + heard.skips + 1); /* a turn of PipeWire's */
	CHECK_EQ(rig.alerts, 0);
}

static void a_short_rest_is_none(void)
{
	needs_server();
	silence();
	play(0);
	RUN_UNTIL(rig.track.played > RATE / 4);
	sound_track_rest(&rig.track);
	sound_rest(rig.sound, true);
	uint64_t played = rig.track.played;
	sound_rest(rig.sound, false);
	RUN_UNTIL(rig.track.played > played + RATE / 4);
	pause_all();
}

static void loudness_is_set_and_told(void)
{
	struct rig_heard heard;

	needs_server();
	sound_set_loudness(rig.sound, SOUND_SPEAKER, 0.5, false);
	play(0);
	RUN_UNTIL(rig_loud_s() > 0.5);
	rig_heard(&heard);
	printf("# peak %.3f at half the volume\n", heard.peak);
	CHECK(heard.peak > 0.2 && heard.peak < 0.28);
	sound_set_loudness(rig.sound, SOUND_SPEAKER, 0.5, true);
	RUN_UNTIL(rig.muted);
	pause_all();
	play(0);
	RUN_UNTIL(rig.track.played > RATE / 2);
	CHECK(rig_loud_s() < 0.1);
	sound_set_loudness(rig.sound, SOUND_SPEAKER, 1, false);
	RUN_UNTIL(!rig.muted && rig.volume > 0.99);
	pause_all();
}

static void a_missing_device_is_said_and_the_default_plays(void)
{
	needs_server();
	rig.alerts = 0;
	sound_set_device(rig.sound, SOUND_SPEAKER, "no-such-device");
	play(0);
	RUN_UNTIL(rig_loud_s() > 0.5 && rig.alerts);
	CHECK_EQ(rig.alerts, 1);
	CHECK_CONTAINS(rig.alert, "no device \"no-such-device\"");
	pause_all();
}

static void another_device_can_be_chosen(void)
{
	needs_server();
	rig.alerts = 0;
	sound_set_device(rig.sound, SOUND_SPEAKER, "other");
	rig_listen("other");
	play(0);
	RUN_UNTIL(rig_loud_s() > 0.5);
	CHECK_EQ(rig.alerts, 0);
	sound_set_device(rig.sound, SOUND_SPEAKER, "");
	silence();
}

static void the_microphone_is_heard_while_it_is_wanted(void)
{
	needs_server();
	rig.heard = 0;
	sound_listen(rig.sound, &(struct sound_format){ 44100, 2 });
	RUN_UNTIL(rig.heard > 44100 / 2 && rig.heard_peak > 1000);
	sound_listen(rig.sound, NULL);
	uint64_t heard = rig.heard;
	for (uint64_t until = clock_ns() + NS_PER_S / 4; clock_ns() < until;)
		g_main_context_iteration(NULL, FALSE);
	CHECK_EQ(rig.heard, heard);
}

static void a_server_that_died_is_found_again(void)
{
	needs_server();
	rig_deafen();
	rig.alerts = 0;
	play(0);
	RUN_UNTIL(rig.track.played > RATE / 4);
	rig_kill_server();
	RUN_UNTIL(rig.alerts == 1);
	CHECK_CONTAINS(rig.alert, "no sound: PipeWire");
	rig_start_server();
	RUN_UNTIL(rig.alerts == 2);
	CHECK_CONTAINS(rig.alert, "there again");
	rig_listen("speaker");
	RUN_UNTIL(rig_loud_s() > 0.5);
	CHECK_EQ(rig.track.depth.missed, 0);
	silence();
}

static void one_that_is_not_there_is_said_once(void)
{
	needs_server();
	rig_deafen();
	rig_kill_server();
	RUN_UNTIL(clock_ns() > 0);
	rig.alerts = 0;
	play(0);
	RUN_UNTIL(rig.alerts == 1);
	for (uint64_t until = clock_ns() + 2 * NS_PER_S; clock_ns() < until; clock_sleep(NS_PER_MS))
		g_main_context_iteration(NULL, FALSE);
	CHECK_EQ(rig.alerts, 1);
	silence();
}

static const struct test_case cases[] = {
	TEST(a_tone_comes_through_whole),
	TEST(a_short_rest_is_none),
	TEST(loudness_is_set_and_told),
	TEST(a_missing_device_is_said_and_the_default_plays),
	TEST(another_device_can_be_chosen),
	TEST(the_microphone_is_heard_while_it_is_wanted),
	TEST(a_server_that_died_is_found_again),
	TEST(one_that_is_not_there_is_said_once),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	silence();
	sound_destroy(rig.sound);
	rig_stop();
	return status;
}
