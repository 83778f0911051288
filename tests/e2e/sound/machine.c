/* A guest's sound through oriel-spice: QEMU's real SPICE server at one end, a real PipeWire at the
 * other, and this program in the viewer's place. With "pulse" as its argument it is a PulseAudio,
 * and spice-client-glib's own player. */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/guest.h"
#include "e2e/worker.h"
#include "link/spice.h"
#include "pulse.h"
#include "rig.h"

#define BOOT_NS     (120 * NS_PER_S)
#define PATIENCE_NS (40 * NS_PER_S)
#define IMAGE_S     280
#define LIFE_S      380 /* of each program we start, whatever happens */

static struct guest_machine machine;

static struct {
	pid_t spice, burners[2];
	struct link *link;
	bool connected, ready;
	uint32_t flags;
	struct link_spice_loudness speaker;
	struct link_spice_sound_figures figures;
	unsigned measured, alerts, played, heards, starts;
	char alert[256];
	int peak, hertz; /* that the guest heard last */
} rig;

/* ---- listening ---- */

static void hear_line(const char *line)
{
	const char *words = strstr(line, "sound: ");

	if (!words)
		return;
	if (strstr(words, "no "))
		printf("# guest: %s\n", words);
	rig.ready |= strstr(words, "ready") != NULL;
	rig.played += strstr(words, "played") != NULL;
	rig.heards += sscanf(words, "sound: heard %d %d", &rig.peak, &rig.hertz) == 2;
}

static void ask(uint32_t type, const void *body, const char *text)
{
	CHECK_EQ(link_send(rig.link, type, body, text, NULL), 0);
}

/* As the viewer does it. */
static void hear_hello(void)
{
	struct link_spice_open open = { LINK_SPICE_VERSION };
	struct link_spice_sound sound = { 1, LINK_SPICE_LATENCY_AUTO, 1 };
	struct link_spice_end end = { LINK_SPICE_MICROPHONE };
	char address[96];

	snprintf(address, sizeof(address), "%s/spice", machine.folder);
	ask(LINK_SPICE_OPEN, &open, address);
	ask(LINK_SPICE_SOUND_DEVICE, &end, "mic");
	ask(LINK_SPICE_SOUND, &sound, NULL);
}

static void hear_state(uint32_t flags)
{
	rig.starts += flags & ~rig.flags & LINK_SPICE_PLAYS;
	rig.flags = flags;
}

static void hear(const struct link_message *message)
{
	const struct link_spice_loudness *loudness = message->body;

	switch (message->type) {
	case LINK_SPICE_HELLO:
		hear_hello();
		break;
	case LINK_SPICE_STATE:
		rig.connected = *(const uint32_t *)message->body == LINK_SPICE_CONNECTED;
		break;
	case LINK_SPICE_SOUND_STATE:
		hear_state(*(const uint32_t *)message->body);
		break;
	case LINK_SPICE_SOUND_LOUD:
		if (loudness->end == LINK_SPICE_SPEAKER)
			rig.speaker = *loudness;
		break;
	case LINK_SPICE_SOUND_MEASURED:
		rig.figures = *(const struct link_spice_sound_figures *)message->body;
		rig.measured++;
		break;
	case LINK_SPICE_SOUND_ALERT:
		printf("# alert: %s\n", message->text);
		snprintf(rig.alert, sizeof(rig.alert), "%s", message->text);
		rig.alerts++;
		break;
	}
}

static void hear_link(void)
{
	struct link_message *message;
	struct err err;
	int result;

	while ((result = link_receive(rig.link, &message, &err)) == 0)
		hear(message);
	if (result < 0)
		test_fail("%s", err.text);
}

static void listen_for(int ms)
{
	struct pollfd wait[2] = { { .fd = link_fd(rig.link), .events = POLLIN },
				  { .fd = machine.console, .events = POLLIN } };

	if (poll(wait, 2, ms) < 1)
		return;
	if (wait[0].revents)
		hear_link();
	if (wait[1].revents)
		guest_machine_hear(&machine, hear_line);
}

#define WAIT_UNTIL(condition, ns)                                                                  \
	GUEST_WAIT(condition, ns, listen_for(50), "not within its time: %s", #condition)

/* ---- starting and stopping ---- */

static void start_machine(void)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 384 -nodefaults "
		"-no-user-config -display none -no-reboot -vga none -name sound-e2e "
		"-spice unix=on,addr=\"$3\"/spice,disable-ticketing=on "
		"-audiodev spice,id=a0 -device AC97,audiodev=a0 "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append 'quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 -- listener'";

	guest_machine_start(&machine, LIFE_S, script, NULL, NULL);
}

/* Both cores of a small machine. */
static void burn(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rig.burners); i++) {
		rig.burners[i] = fork();
		if (rig.burners[i])
			continue;
		guest_limit_life(LIFE_S);
		for (;;)
			;
	}
}

static void cool(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rig.burners); i++)
		guest_end(&rig.burners[i]);
}

static void tell_guest(const char *command)
{
	guest_machine_tell(&machine, command);
}

static void needs_guest(void)
{
	if (!rig.ready)
		test_skip("there is no guest");
}

/* ---- cases, each goes on where the one before ended ---- */

static void boot(void)
{
	guest_needs_spice();
	guest_machine_image(&machine, IMAGE_S);
	start_machine();
	rig.spice = worker_start(&rig.link, LIFE_S);
	WAIT_UNTIL(rig.connected, PATIENCE_NS);
	WAIT_UNTIL(rig.ready, BOOT_NS);
	CHECK_EQ(rig.flags, 0);
}

static void a_guest_boots_and_is_connected_to(void)
{
	rig_start();
	boot();
}

static void measure(void)
{
	unsigned before = rig.measured;

	ask(LINK_SPICE_SOUND_MEASURE, NULL, NULL);
	WAIT_UNTIL(rig.measured > before, PATIENCE_NS);
}

static void play_for(int seconds, const char *how)
{
	struct link_spice_sound_figures before;
	unsigned played = rig.played, starts = rig.starts;
	struct rig_heard heard;
	char command[32];

	measure();
	before = rig.figures;
	rig_forget();
	snprintf(command, sizeof(command), "play %d\n", seconds);
	tell_guest(command);
	WAIT_UNTIL(rig.flags & LINK_SPICE_PLAYS, PATIENCE_NS);
	WAIT_UNTIL(rig.played > played, (uint64_t)seconds * 3 * NS_PER_S + PATIENCE_NS);
	measure();
	rig_heard(&heard);
	const struct link_spice_sound_figures *now = &rig.figures;
	unsigned late = now->late - before.late, restarts = rig.starts - starts - 1;
	printf("# %s: %.1f s heard, %.1f Hz, peak %.3f, %u gaps (longest %.1f ms); the guest "
	       "stopped by itself %u times, PipeWire missed %u turns\n",
	       how, rig_loud_s(), heard.frequency, heard.peak, heard.gaps, heard.longest_ms,
	       restarts, heard.skips);
	printf("# underruns: %u with samples in time, %u where they came late; %u splices; from coming "
	       "to leaving p50 %.1f, p95 %.1f, p99 %.1f ms (turn %.1f, spread %.1f, device %.1f)\n",
	       now->missed - before.missed, late, now->splices - before.splices, now->p50_us / 1e3,
	       now->p95_us / 1e3, now->p99_us / 1e3, now->quantum_us / 1e3, now->spread_us / 1e3,
	       now->device_us / 1e3);
	CHECK(fabs(heard.frequency - 750) < 8);
	CHECK(heard.peak > 0.25 && heard.peak < 0.45);
	CHECK_EQ(now->missed, before.missed);
	/* Our stream may miss a turn of PipeWire's that the listener's does not. */
	CHECK(heard.gaps <= late + restarts + heard.skips + 1 + (unsigned)seconds / 10);
}

static void a_tone_comes_out_of_the_loudspeaker(void)
{
	needs_guest();
	rig_listen("speaker");
	play_for(getenv("ORIEL_LONG") ? 60 : 6, "quiet machine");
	WAIT_UNTIL(!(rig.flags & LINK_SPICE_PLAYS), PATIENCE_NS);
}

static void so_it_does_under_load(void)
{
	needs_guest();
	if (!getenv("ORIEL_LONG"))
		test_skip("ORIEL_LONG is not set");
	burn();
	play_for(60, "both cores loaded");
	cool();
}

static void the_guests_volume_is_ours(void)
{
	struct rig_heard heard;

	needs_guest();
	tell_guest("volume 0\n");
	WAIT_UNTIL(rig.speaker.volume == 0 || rig.speaker.muted, PATIENCE_NS);
	tell_guest("volume 50\n");
	WAIT_UNTIL(rig.speaker.volume > 0 && !rig.speaker.muted, PATIENCE_NS);
	double volume = rig.speaker.volume / 65536.0;
	rig_forget();
	tell_guest("play 3\n");
	unsigned played = rig.played;
	WAIT_UNTIL(rig.played > played, PATIENCE_NS);
	rig_heard(&heard);
	printf("# the guest wants %.3f: peak %.3f\n", volume, heard.peak);
	CHECK(volume < 0.9);
	CHECK(fabs(heard.peak - 0.366 * volume) < 0.05);
	tell_guest("volume 100\n");
	WAIT_UNTIL(rig.speaker.volume > 60000, PATIENCE_NS);
}

static void the_users_mute_is_heard(void)
{
	unsigned played = rig.played;

	needs_guest();
	ask(LINK_SPICE_SOUND_LOUDNESS, &(struct link_spice_loudness){ 0, 65536, 1 }, NULL);
	WAIT_UNTIL(rig.speaker.muted, PATIENCE_NS);
	rig_forget();
	tell_guest("play 2\n");
	WAIT_UNTIL(rig.played > played, PATIENCE_NS);
	CHECK(rig_loud_s() < 0.1);
	ask(LINK_SPICE_SOUND_LOUDNESS, &(struct link_spice_loudness){ 0, 65536, 0 }, NULL);
	WAIT_UNTIL(!rig.speaker.muted, PATIENCE_NS);
}

static void the_guest_listens_once_it_may(void)
{
	needs_guest();
	tell_guest("record 300\n");
	WAIT_UNTIL(rig.flags & LINK_SPICE_WANTS_TO_LISTEN, PATIENCE_NS);
	WAIT_UNTIL(rig.heards >= 1, PATIENCE_NS);
	CHECK_EQ(rig.peak, 0);
	CHECK(!(rig.flags & LINK_SPICE_LISTENS));
	ask(LINK_SPICE_SOUND_LISTEN, &(struct link_spice_listen){ 1 }, NULL);
	WAIT_UNTIL(rig.flags & LINK_SPICE_LISTENS, PATIENCE_NS);
	WAIT_UNTIL(rig.peak > 1000 && abs(rig.hertz - 440) < 15, PATIENCE_NS);
	printf("# heard %d Hz, peak %d\n", rig.hertz, rig.peak);
	ask(LINK_SPICE_SOUND_LISTEN, &(struct link_spice_listen){ 0 }, NULL);
	WAIT_UNTIL(!(rig.flags & LINK_SPICE_LISTENS), PATIENCE_NS);
	unsigned heards = rig.heards;
	WAIT_UNTIL(rig.heards >= heards + 2, PATIENCE_NS);
	CHECK_EQ(rig.peak, 0);
}

static void a_sound_server_may_die(void)
{
	needs_guest();
	rig_deafen();
	rig.alerts = 0;
	ask(LINK_SPICE_SOUND_LISTEN, &(struct link_spice_listen){ 1 }, NULL);
	WAIT_UNTIL(rig.peak > 1000, PATIENCE_NS);
	rig_kill_server();
	WAIT_UNTIL(rig.alerts == 1, PATIENCE_NS);
	rig_start_server();
	WAIT_UNTIL(rig.alerts == 2, PATIENCE_NS);
	CHECK_CONTAINS(rig.alert, "there again");
	rig.peak = 0;
	WAIT_UNTIL(rig.peak > 1000, PATIENCE_NS);
	CHECK(rig.connected);
}

/* ---- PulseAudio ---- */

static void a_guest_boots_where_there_is_no_pipewire(void)
{
	if (!getenv("ORIEL_LONG"))
		test_skip("ORIEL_LONG is not set");
	pulse_start();
	boot();
}

static void pulseaudio_plays_it(void)
{
	unsigned played = rig.played;
	struct pulse_heard heard;

	needs_guest();
	pulse_heard(&heard);
	tell_guest("play 6\n");
	WAIT_UNTIL(rig.played > played, PATIENCE_NS);
	listen_for(1000);
	pulse_heard(&heard);
	printf("# heard %.1f s of %.1f Hz, peak %d\n", heard.loud_s, heard.frequency, heard.peak);
	CHECK(heard.loud_s > 4 && heard.loud_s < 7);
	CHECK(fabs(heard.frequency - 750) < 30);
	CHECK_EQ(rig.alerts, 0);
}

static const struct test_case pulse_cases[] = {
	TEST(a_guest_boots_where_there_is_no_pipewire),
	TEST(pulseaudio_plays_it),
	TEST(the_guest_listens_once_it_may),
};

static const struct test_case cases[] = {
	TEST(a_guest_boots_and_is_connected_to),
	TEST(a_tone_comes_out_of_the_loudspeaker),
	TEST(so_it_does_under_load),
	TEST(the_guests_volume_is_ours),
	TEST(the_users_mute_is_heard),
	TEST(the_guest_listens_once_it_may),
	TEST(a_sound_server_may_die),
};

int main(int argc, char **argv)
{
	bool pulse = argc > 1 && strcmp(argv[1], "pulse") == 0;

	signal(SIGPIPE, SIG_IGN);
	if (guest_make_folder(machine.folder, "sound-guest") < 0)
		return 1;
	int status = pulse ? test_main(1, argv, pulse_cases, ARRAY_LEN(pulse_cases))
			   : test_main(argc, argv, cases, ARRAY_LEN(cases));
	cool();
	link_destroy(rig.link);
	guest_end(&rig.spice);
	guest_machine_stop(&machine);
	rig_stop();
	pulse_stop();
	guest_remove_folder(machine.folder);
	return status;
}
