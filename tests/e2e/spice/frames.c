/* Pictures of a QXL card through oriel-spice, beside a client that does nothing with them but have
 * the library draw them: by turns, in one run. The card is one without a guest (bench/box.h). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spice-client.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/card.h"
#include "e2e/guest.h"
#include "e2e/worker.h"
#include "link/spice.h"
#include "spice/heap.h"

#define PATIENCE_NS (30 * NS_PER_S)
#define LIFE_S      100
#define WARM_NS     (500 * NS_PER_MS)
#define TURN_NS     (800 * NS_PER_MS)
#define TURNS       5

/* Of the bare client's rate. Without heap_keep() it is 0.4. */
#define SHARE 0.5

/* One who looks at a card of its own. */
struct side {
	struct box box;
	struct card card;
	pid_t program;
	_Atomic unsigned *pictures;
};

static struct {
	struct side ours, bare;
	struct link *link;
	bool connected, watches;
	int memory; /* of the surface */
	uint64_t pitch, slot_size;
	uint32_t colour; /* of the newest picture's last pixel */
} rig = { .memory = -1 };

/* ---- ours ---- */

static void ask(uint32_t type, const void *body, const char *text)
{
	CHECK_EQ(link_send(rig.link, type, body, text, NULL), 0);
}

static void hear_surface(struct link_message *message)
{
	const struct link_spice_surface *surface = message->body;

	CHECK_EQ(surface->width, CARD_WIDTH);
	CHECK_EQ(surface->height, CARD_HEIGHT);
	rig.pitch = surface->pitch;
	rig.slot_size = surface->slot_size;
	if (rig.memory >= 0)
		close(rig.memory);
	rig.memory = message->fds[0];
	message->fds[0] = -1;
	rig.watches = true;
}

static void hear_frame(const struct link_spice_frame *frame)
{
	off_t at = (off_t)(rig.slot_size * frame->slot + rig.pitch * (CARD_HEIGHT - 1) +
			   (CARD_WIDTH - 1) * 4);

	CHECK_EQ(pread(rig.memory, &rig.colour, 4, at), 4);
	atomic_fetch_add(rig.ours.pictures, 1);
	ask(LINK_SPICE_DISPLAY_FREE, &(struct link_spice_slot){ frame->surface, frame->slot },
	    NULL);
}

static void hear(struct link_message *message)
{
	const struct link_spice_state *state = message->body;

	if (message->type == LINK_SPICE_HELLO)
		ask(LINK_SPICE_OPEN, &(struct link_spice_open){ .version = LINK_SPICE_VERSION },
		    rig.ours.box.spice);
	else if (message->type == LINK_SPICE_STATE)
		rig.connected |= state->connection == LINK_SPICE_CONNECTED;
	else if (message->type == LINK_SPICE_DISPLAY_SURFACE)
		hear_surface(message);
	else if (message->type == LINK_SPICE_DISPLAY_FRAME)
		hear_frame(message->body);
}

static void listen_for(int ms)
{
	struct pollfd news = { .fd = link_fd(rig.link), .events = POLLIN };
	struct link_message *message;
	struct err err;
	int result;

	poll(&news, 1, ms);
	while ((result = link_receive(rig.link, &message, &err)) == 0)
		hear(message);
	if (result < 0)
		test_fail("%s", err.text);
}

/* ---- the bare client ---- */

static void on_invalidate(SpiceChannel *channel, gint x, gint y, gint width, gint height,
			  gpointer data)
{
	(void)channel, (void)x, (void)y, (void)data;
	if (width == CARD_WIDTH && height == CARD_HEIGHT)
		atomic_fetch_add(rig.bare.pictures, 1);
}

static void on_channel(SpiceSession *session, SpiceChannel *channel, gpointer data)
{
	(void)session, (void)data;
	if (!SPICE_IS_DISPLAY_CHANNEL(channel))
		return;
	g_signal_connect(channel, "display-invalidate", G_CALLBACK(on_invalidate), NULL);
	spice_channel_connect(channel);
}

/* Allocates as ours does: that is not what is compared. */
static void run_bare(void)
{
	SpiceSession *session = spice_session_new();

	guest_limit_life(LIFE_S);
	heap_keep();
	g_signal_connect(session, "channel-new", G_CALLBACK(on_channel), NULL);
	g_object_set(session, "unix-path", rig.bare.box.spice, "preferred-compression",
		     SPICE_IMAGE_COMPRESSION_OFF, "enable-audio", FALSE, NULL);
	spice_session_connect(session);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
}

/* ---- turns ---- */

static void draw(struct side *side)
{
	int result = card_draw(&side->card);

	if (result && result != -EAGAIN)
		test_fail("the card: %s", strerror(-result));
}

/* Pictures a second. */
static double rate(struct side *side, uint64_t ns)
{
	unsigned before = atomic_load(side->pictures);
	uint64_t began = clock_ns(), until = began + ns;

	while (clock_ns() < until) {
		draw(side);
		listen_for(0);
		clock_sleep(200 * NS_PER_US);
	}
	return (atomic_load(side->pictures) - before) * 1e9 / (double)(clock_ns() - began);
}

static void init_side(struct side *side)
{
	struct err err;

	side->pictures = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0);
	CHECK(side->pictures != MAP_FAILED);
	if (box_init(&side->box, &err) || card_init(&side->card, &side->box, &err))
		test_fail("%s", err.text);
}

#define WAIT_UNTIL(condition, turn)                                                                \
	GUEST_WAIT(condition, PATIENCE_NS, turn, "not within its time: %s", #condition)

/* ---- cases ---- */

static void a_card_is_shown(void)
{
	guest_needs_spice();
	if (system("qemu-system-x86_64 -device help 2>&1 | grep -q '\"qxl-vga\"'") != 0)
		test_skip("this QEMU has no QXL (qemu-system-modules-spice?)");
	init_side(&rig.ours);
	rig.ours.program = worker_start(&rig.link, LIFE_S);
	WAIT_UNTIL(rig.connected, listen_for(100));
	ask(LINK_SPICE_DISPLAY_WATCH, &(struct link_spice_watch){ 0, 1 }, NULL);
	WAIT_UNTIL(rig.watches, listen_for(100));
	draw(&rig.ours);
	WAIT_UNTIL((rig.colour & 0xffffff) == CARD_FIRST, listen_for(100));
}

/* However much the server leaves out. */
static void the_last_picture_arrives(void)
{
	if (!rig.watches)
		test_skip("there is no card");
	for (unsigned i = 0; i < 100; i++)
		draw(&rig.ours);
	WAIT_UNTIL(card_draw(&rig.ours.card) == 0, listen_for(1));
	uint32_t wanted = card_colour(rig.ours.card.drawn - 1);
	WAIT_UNTIL((rig.colour & 0xffffff) == wanted, listen_for(100));
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void it_keeps_up_with_the_library(void)
{
	double shares[TURNS];

	if (!rig.watches)
		test_skip("there is no card");
	init_side(&rig.bare);
	rig.bare.program = fork();
	if (rig.bare.program == 0)
		run_bare();
	WAIT_UNTIL(atomic_load(rig.bare.pictures) > 0, rate(&rig.bare, 100 * NS_PER_MS));
	rate(&rig.ours, WARM_NS);
	rate(&rig.bare, WARM_NS);
	for (unsigned i = 0; i < TURNS; i++) {
		double ours = rate(&rig.ours, TURN_NS), bare = rate(&rig.bare, TURN_NS);
		shares[i] = ours / (bare > 0 ? bare : 1);
		printf("# oriel-spice %.0f pictures/s, the library alone %.0f/s\n", ours, bare);
	}
	qsort(shares, TURNS, sizeof(shares[0]), by_size);
	printf("# in the middle %.2f of it\n", shares[TURNS / 2]);
	CHECK(shares[TURNS / 2] >= SHARE);
}

static const struct test_case cases[] = {
	TEST(a_card_is_shown),
	TEST(the_last_picture_arrives),
	TEST(it_keeps_up_with_the_library),
};

static void finish_side(struct side *side)
{
	guest_end(&side->program);
	box_finish(&side->box);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	rig.ours.box.qtest = rig.bare.box.qtest = -1;
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	link_destroy(rig.link);
	finish_side(&rig.bare);
	finish_side(&rig.ours);
	return status;
}
