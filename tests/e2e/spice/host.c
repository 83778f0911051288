/* oriel-spice between a viewer, which is this program, and a guest in QEMU that says on its console
 * what its keyboard, mouse and tablet report. */
#include <linux/input-event-codes.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e/guest.h"
#include "e2e/worker.h"
#include "link/spice.h"
#include "spice/keys.h"
#include "test.h"

#define BOOT_NS     (90 * NS_PER_S)
#define PATIENCE_NS (30 * NS_PER_S)
#define LIFE_S      280 /* of each program we start, whatever happens */

static struct guest_machine machine;

static struct {
	pid_t spice;
	const char *pointer; /* the machine's, on USB */
	struct link *link;

	/* What oriel-spice told. */
	unsigned connected, lost; /* so often */
	uint32_t abilities, leds;
	char name[64];

	/* What the guest said since the last forget(). */
	bool ready;
	unsigned downs[KEY_CNT], ups[KEY_CNT], others;
	long x, y, clicks;
	int at[2];
	bool placed;
} rig;

static void forget(void)
{
	memset(rig.downs, 0, sizeof(rig.downs));
	memset(rig.ups, 0, sizeof(rig.ups));
	rig.others = 0;
	rig.x = rig.y = rig.clicks = 0;
	rig.placed = false;
}

/* ---- listening ---- */

static void hear_key(unsigned code, int value)
{
	if (code >= KEY_CNT)
		return;
	rig.downs[code] += value == 1;
	rig.ups[code] += value == 0;
	rig.others++;
}

static void hear_line(const char *line)
{
	const char *words = strstr(line, "input: ");
	long a, b;

	if (!words)
		return;
	if (strstr(words, "ready"))
		rig.ready = true;
	if (sscanf(words, "input: key %ld %ld", &a, &b) == 2)
		hear_key((unsigned)a, (int)b);
	if (sscanf(words, "input: rel %ld %ld", &a, &b) == 2)
		rig.x += a, rig.y += b;
	if (sscanf(words, "input: wheel %ld %ld", &a, &b) == 2)
		rig.clicks += b;
	if (sscanf(words, "input: abs %d %d", &rig.at[0], &rig.at[1]) == 2)
		rig.placed = true;
}

static void open_server(void)
{
	struct link_spice_open open = { .version = LINK_SPICE_VERSION };
	char address[96];

	snprintf(address, sizeof(address), "%s/spice", machine.folder);
	CHECK_EQ(link_send(rig.link, LINK_SPICE_OPEN, &open, address, NULL), 0);
}

static void hear_link(void)
{
	struct link_message *message;
	struct err err;
	int result;

	while ((result = link_receive(rig.link, &message, &err)) == 0) {
		const uint32_t *first = message->body;

		if (message->type == LINK_SPICE_HELLO)
			open_server();
		else if (message->type == LINK_SPICE_STATE && *first == LINK_SPICE_CONNECTED)
			rig.connected++;
		else if (message->type == LINK_SPICE_STATE && *first == LINK_SPICE_LOST)
			rig.lost++;
		else if (message->type == LINK_SPICE_ABILITIES)
			rig.abilities = *first;
		else if (message->type == LINK_SPICE_LEDS)
			rig.leds = *first;
		else if (message->type == LINK_SPICE_SERVER)
			snprintf(rig.name, sizeof(rig.name), "%s", message->text);
	}
	if (result < 0)
		test_fail("%s", err.text);
}

static void listen_for(uint64_t ns)
{
	struct pollfd wait[2] = { { .fd = link_fd(rig.link), .events = POLLIN },
				  { .fd = machine.pid ? machine.console : -1, .events = POLLIN } };
	struct timespec patience = { .tv_sec = (time_t)(ns / NS_PER_S),
				     .tv_nsec = (long)(ns % NS_PER_S) };

	if (ppoll(wait, 2, &patience, NULL) < 1)
		return;
	if (wait[0].revents)
		hear_link();
	if (wait[1].revents)
		guest_machine_hear(&machine, hear_line);
}

#define WAIT_UNTIL(condition, ns)                                                                  \
	GUEST_WAIT(condition, ns, listen_for(50 * NS_PER_MS), "not within its time: %s", #condition)

/* ---- starting and stopping ---- */

static void start_machine(void)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 384 -nodefaults "
		"-no-user-config -display none -no-reboot -vga std -name spice-e2e "
		"-spice unix=on,addr=\"$3\"/spice,disable-ticketing=on "
		"-device qemu-xhci -device \"$5\" "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append \"quiet console=ttyS0 tsc=reliable tsc_early_khz=$4 mitigations=off panic=-1"
		" -- listener\"";
	char khz[16];

	snprintf(khz, sizeof(khz), "%u", clock_tsc_khz());
	guest_machine_start(&machine, LIFE_S, script, khz, rig.pointer);
}

static void stop_machine(void)
{
	guest_machine_stop(&machine);
	rig.ready = false;
}

static void needs_guest(void)
{
	if (!rig.ready)
		test_skip("there is no guest");
	forget();
}

static void ask(uint32_t type, const void *body)
{
	int result = link_send(rig.link, type, body, NULL, NULL);

	if (result < 0)
		test_fail("oriel-spice takes no more: %s", strerror(-result));
	while (link_waiting(rig.link)) {
		struct pollfd wait = { .fd = link_fd(rig.link), .events = POLLIN };
		poll(&wait, 1, 100);
		CHECK_EQ(link_flush(rig.link), 0);
	}
}

static void key(uint32_t type, uint32_t code, bool pressed)
{
	ask(type, &(struct link_spice_key){ code, pressed });
}

/* ---- cases, each goes on where the one before ended ---- */

static void a_server_that_is_not_there_is_tried_again(void)
{
	guest_needs_spice();
	guest_machine_image(&machine, LIFE_S);
	rig.spice = worker_start(&rig.link, LIFE_S);
	WAIT_UNTIL(rig.lost >= 2, PATIENCE_NS);
	CHECK_EQ(rig.connected, 0);
	CHECK_EQ(rig.abilities, 0);
}

static void it_is_found_when_it_comes(void)
{
	if (!machine.kernel[0])
		test_skip("there is no guest");
	start_machine();
	WAIT_UNTIL(rig.connected == 1, PATIENCE_NS);
	WAIT_UNTIL(rig.ready && rig.abilities & LINK_SPICE_CAN_PLACE, BOOT_NS);
	CHECK(rig.abilities & LINK_SPICE_CAN_KEYS && rig.abilities & LINK_SPICE_CAN_MOVE);
	WAIT_UNTIL(rig.name[0], PATIENCE_NS);
	CHECK_STR(rig.name, "spice-e2e");
}

/* Ours that QEMU's PS/2 keyboard has no code for, or Linux none that it keeps. */
static bool beyond_ps2(uint32_t code)
{
	static const uint16_t codes[] = {
		KEY_KATAKANA,  KEY_ZENKAKUHANKAKU,
		KEY_KPJPCOMMA, KEY_KPPLUSMINUS,
		KEY_HANGEUL,   KEY_HANJA,
		KEY_AGAIN,     KEY_PROPS,
		KEY_UNDO,      KEY_FRONT,
		KEY_COPY,      KEY_OPEN,
		KEY_PASTE,     KEY_FIND,
		KEY_CUT,       KEY_HELP,
		KEY_MENU,      KEY_F13,
		KEY_F14,       KEY_F15,
		KEY_F16,       KEY_F17,
		KEY_F18,       KEY_F19,
		KEY_F20,       KEY_F21,
		KEY_F22,       KEY_F23,
		KEY_F24,       KEY_SEARCH,
	};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i] == code)
			return true;
	return false;
}

static void every_key_arrives(void)
{
	unsigned keys = 0;

	needs_guest();
	for (uint32_t code = 1; code < KEY_CNT; code++) {
		uint32_t wanted = code == KEY_PRINT ? KEY_SYSRQ : code;

		if (!key_scancode(code) || beyond_ps2(code))
			continue;
		forget();
		key(LINK_SPICE_KEY, code, true);
		key(LINK_SPICE_KEY, code, false);
		for (uint64_t until = clock_ns() + 5 * NS_PER_S;
		     !rig.ups[wanted] && clock_ns() < until;)
			listen_for(20 * NS_PER_MS);
		if (rig.downs[wanted] != 1 || rig.ups[wanted] != 1 || rig.others != 2)
			test_fail("key %u: %u down, %u up, %u events", code, rig.downs[wanted],
				  rig.ups[wanted], rig.others);
		keys++;
	}
	printf("# %u keys\n", keys);
	CHECK(keys >= 130);
}

static void what_is_down_is_released(void)
{
	needs_guest();
	key(LINK_SPICE_KEY, KEY_LEFTSHIFT, true);
	key(LINK_SPICE_KEY, KEY_RIGHTCTRL, true);
	WAIT_UNTIL(rig.downs[KEY_LEFTSHIFT] && rig.downs[KEY_RIGHTCTRL], PATIENCE_NS);
	CHECK_EQ(rig.ups[KEY_LEFTSHIFT] + rig.ups[KEY_RIGHTCTRL], 0);
	ask(LINK_SPICE_RELEASE, NULL);
	WAIT_UNTIL(rig.ups[KEY_LEFTSHIFT] && rig.ups[KEY_RIGHTCTRL], PATIENCE_NS);
	CHECK_EQ(rig.others, 4);
}

/* Those of the cases before come late: until nothing has changed for a while. */
static void await_calm_lamps(void)
{
	uint32_t leds = rig.leds;

	for (uint64_t since = clock_ns(); clock_ns() - since < 3 * NS_PER_S;) {
		listen_for(50 * NS_PER_MS);
		if (rig.leds == leds)
			continue;
		leds = rig.leds;
		since = clock_ns();
	}
}

/* Whatever the locks were before. */
static void lamps_go_both_ways(void)
{
	needs_guest();
	await_calm_lamps();
	uint32_t before = rig.leds;
	key(LINK_SPICE_KEY, KEY_CAPSLOCK, true);
	key(LINK_SPICE_KEY, KEY_CAPSLOCK, false);
	WAIT_UNTIL(rig.leds == (before ^ 4), PATIENCE_NS);
	ask(LINK_SPICE_LOCKS, &(struct link_spice_lamps){ before }); /* too early, so in vain */
	clock_sleep(NS_PER_S);
	ask(LINK_SPICE_LOCKS, &(struct link_spice_lamps){ before });
	WAIT_UNTIL(rig.leds == before && rig.ups[KEY_CAPSLOCK] == 2, PATIENCE_NS);
	CHECK_EQ(rig.others, 4);
}

static void places_reach_the_corners(void)
{
	/* A guest is not told of a place where the tablet is already. */
	static const uint32_t corners[][2] = {
		{ 1919, 1079 }, { 0, 0 }, { 1919, 0 }, { 1919, 1079 }, { 0, 1079 }
	};

	needs_guest();
	for (size_t i = 0; i < ARRAY_LEN(corners); i++) {
		uint32_t x = corners[i][0], y = corners[i][1];

		rig.placed = false;
		ask(LINK_SPICE_POSITION, &(struct link_spice_position){ x, y, 1920, 1080 });
		WAIT_UNTIL(rig.placed, PATIENCE_NS);
		/* QEMU's scale ends one pixel after the last; the screen has at least 400 lines. */
		CHECK(x ? rig.at[0] >= 32767 - 32767 / 640 : rig.at[0] == 0);
		CHECK(y ? rig.at[1] >= 32767 - 32767 / 400 - 1 : rig.at[1] == 0);
	}
}

/* As a mouse of 1000 Hz does it. */
static void motion_at_1000_hz_adds_up(void)
{
	needs_guest();
	uint64_t due = clock_ns();
	for (unsigned i = 0; i < 4000; i++) {
		ask(LINK_SPICE_MOTION, &(struct link_spice_motion){ i % 4 ? 1 : -2, i % 2 });
		due += NS_PER_MS;
		if (clock_ns() < due)
			clock_sleep_until(due);
		listen_for(0);
	}
	WAIT_UNTIL(rig.x == 1000 && rig.y == 2000, PATIENCE_NS);
}

static void buttons_and_clicks_arrive(void)
{
	static const uint16_t codes[] = { BTN_LEFT, BTN_RIGHT, BTN_MIDDLE };

	needs_guest();
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		key(LINK_SPICE_BUTTON, codes[i], true);
		WAIT_UNTIL(rig.downs[codes[i]] == 1, PATIENCE_NS);
		CHECK_EQ(rig.ups[codes[i]], 0);
		key(LINK_SPICE_BUTTON, codes[i], false);
		WAIT_UNTIL(rig.ups[codes[i]] == 1, PATIENCE_NS);
	}
	for (unsigned i = 0; i < 40; i++) /* five clicks down, by fractions */
		ask(LINK_SPICE_SCROLL, &(struct link_spice_motion){ 0, 15 });
	WAIT_UNTIL(rig.clicks == -5, PATIENCE_NS);
	ask(LINK_SPICE_SCROLL, &(struct link_spice_motion){ 0, -240 });
	WAIT_UNTIL(rig.clicks == -3, PATIENCE_NS);
}

/* QEMU 7.2's PS/2 mouse and tablet have none; nothing may be left behind by that. */
static void side_buttons_do_no_harm(void)
{
	needs_guest();
	key(LINK_SPICE_BUTTON, BTN_SIDE, true);
	key(LINK_SPICE_BUTTON, BTN_SIDE, false);
	key(LINK_SPICE_BUTTON, BTN_LEFT, true);
	key(LINK_SPICE_BUTTON, BTN_LEFT, false);
	WAIT_UNTIL(rig.ups[BTN_LEFT] == 1, PATIENCE_NS);
	CHECK_EQ(rig.downs[BTN_SIDE], rig.ups[BTN_SIDE]);
	printf("# side buttons %s\n", rig.downs[BTN_SIDE] ? "arrive" : "do not arrive");
}

/* What is clicked waits until the pointer is there. */
static void clicks_follow_places(void)
{
	needs_guest();
	ask(LINK_SPICE_MOTION, &(struct link_spice_motion){ 1, 1 });
	ask(LINK_SPICE_POSITION, &(struct link_spice_position){ 0, 0, 640, 400 });
	key(LINK_SPICE_BUTTON, BTN_LEFT, true);
	key(LINK_SPICE_BUTTON, BTN_LEFT, false);
	WAIT_UNTIL(rig.downs[BTN_LEFT] || rig.placed, PATIENCE_NS);
	WAIT_UNTIL(rig.ups[BTN_LEFT] && rig.placed, PATIENCE_NS);
	CHECK_EQ(rig.at[0] + rig.at[1], 0);
}

static void a_killed_worker_connects_again(void)
{
	unsigned connected = rig.connected;
	pid_t worker = guest_child_of(rig.spice);

	needs_guest();
	if (!worker)
		test_skip("this kernel does not tell who is whose child");
	key(LINK_SPICE_KEY, KEY_A, true);
	WAIT_UNTIL(rig.downs[KEY_A], PATIENCE_NS);
	CHECK_EQ(kill(worker, SIGKILL), 0);
	WAIT_UNTIL(rig.connected > connected, PATIENCE_NS);
	WAIT_UNTIL(rig.ups[KEY_A], PATIENCE_NS); /* by the server */
	key(LINK_SPICE_KEY, KEY_B, true);
	key(LINK_SPICE_KEY, KEY_B, false);
	WAIT_UNTIL(rig.ups[KEY_B], PATIENCE_NS);
}

static void the_machine_may_go_and_come(void)
{
	unsigned lost = rig.lost, connected = rig.connected;

	needs_guest();
	stop_machine();
	WAIT_UNTIL(rig.lost > lost && rig.abilities == 0, PATIENCE_NS);
	rig.pointer = "usb-mouse";
	start_machine();
	WAIT_UNTIL(rig.connected > connected && rig.abilities & LINK_SPICE_CAN_KEYS, PATIENCE_NS);
}

static void side_buttons_arrive_at_a_mouse_of_usb(void)
{
	static const uint16_t codes[] = { BTN_SIDE, BTN_EXTRA };

	if (!machine.kernel[0] || machine.pid <= 0)
		test_skip("there is no guest");
	WAIT_UNTIL(rig.ready, BOOT_NS);
	forget();
	ask(LINK_SPICE_MOTION, &(struct link_spice_motion){ 1, 1 });
	WAIT_UNTIL(rig.x == 1, PATIENCE_NS);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		key(LINK_SPICE_BUTTON, codes[i], true);
		WAIT_UNTIL(rig.downs[codes[i]] == 1, PATIENCE_NS);
		key(LINK_SPICE_BUTTON, codes[i], false);
		WAIT_UNTIL(rig.ups[codes[i]] == 1, PATIENCE_NS);
	}
}

/* The chords of the viewer's own keys: Ctrl+Alt with a function key. */
static void chords_arrive_in_their_order(void)
{
	static const uint16_t last[] = { KEY_F1, KEY_F12 };

	needs_guest();
	for (size_t i = 0; i < ARRAY_LEN(last); i++) {
		const uint16_t codes[] = { KEY_LEFTCTRL, KEY_LEFTALT, last[i] };
		forget();
		for (size_t k = 0; k < 3; k++)
			key(LINK_SPICE_KEY, codes[k], true);
		WAIT_UNTIL(rig.downs[last[i]] == 1, PATIENCE_NS);
		CHECK_EQ(rig.downs[KEY_LEFTCTRL] + rig.downs[KEY_LEFTALT], 2);
		CHECK_EQ(rig.ups[KEY_LEFTCTRL] + rig.ups[KEY_LEFTALT], 0);
		for (size_t k = 3; k-- > 0;)
			key(LINK_SPICE_KEY, codes[k], false);
		WAIT_UNTIL(rig.ups[KEY_LEFTCTRL] == 1, PATIENCE_NS);
		CHECK_EQ(rig.others, 6);
	}
}

/* Linux restarts by it, and this machine ends where it would start again. */
static void ctrl_alt_delete_restarts_the_guest(void)
{
	static const uint16_t codes[] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE };
	bool ended = false;

	needs_guest();
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		key(LINK_SPICE_KEY, codes[i], true);
	for (uint64_t until = clock_ns() + PATIENCE_NS; !ended && clock_ns() < until;) {
		listen_for(50 * NS_PER_MS);
		ended = waitpid(machine.pid, NULL, WNOHANG) == machine.pid;
	}
	CHECK(ended);
	guest_machine_ended(&machine);
	rig.ready = false;
}

static const struct test_case cases[] = {
	TEST(a_server_that_is_not_there_is_tried_again),
	TEST(it_is_found_when_it_comes),
	TEST(every_key_arrives),
	TEST(what_is_down_is_released),
	TEST(chords_arrive_in_their_order),
	TEST(lamps_go_both_ways),
	TEST(places_reach_the_corners),
	TEST(motion_at_1000_hz_adds_up),
	TEST(buttons_and_clicks_arrive),
	TEST(side_buttons_do_no_harm),
	TEST(clicks_follow_places),
	TEST(a_killed_worker_connects_again),
	TEST(the_machine_may_go_and_come),
	TEST(side_buttons_arrive_at_a_mouse_of_usb),
	TEST(ctrl_alt_delete_restarts_the_guest),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "spice") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	rig.pointer = "usb-tablet";
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	stop_machine();
	link_destroy(rig.link); /* which ends oriel-spice */
	if (rig.spice > 0)
		waitpid(rig.spice, NULL, 0);
	guest_remove_folder(machine.folder);
	return status;
}
